"""Effects, tables and plans from numbers made by hand, so that every factor can be seen."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm import load_scenario, simulate
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import added, new_counts, seed_words
from abm.results.effects import (
    DAYS_PER_YEAR,
    MEANS,
    effect_columns,
    effects_of_runs,
    expected_il6_change,
    participation_table,
    with_parameter_intervals,
)
from abm.results.group_effects import group_effects
from abm.results.outcome_tables import OutcomeTables
from abm.results.outcomes import QUANTILES, histogram_quantiles, outcomes_table
from abm.scenario.drawn import CENTRAL
from abm.scenario.plan import FOREVER, plan_for
from analysis.commands.run_results import effects_in_text
from tests.places import STROKE as STROKE_PLACE

STROKE = c.OUTCOMES.index("incidence.stroke")
PERSONS, ENTRANTS = 700, 30  # 730 ever: per 100 000 is no whole number
WHOLE = ["sex", "age_band", "deprivation", "activity_group"]


def counts_by_hand(averted=4, squares=10):
    """Return tallies of two years: 40 strokes in the baseline, some fewer with the policy."""
    counts = new_counts(worlds=2, years=2, policies=1)
    every, baseline, policy = counts.strata
    every[0, 5, c.T_PERSONS] = PERSONS
    every[1:, 5, c.T_PERSONS] = PERSONS
    every[2, 5, c.T_ENTRANTS] = ENTRANTS
    counts.people[[0, 2]] = PERSONS, ENTRANTS
    every[1:, 5, c.T_PERSON_YEARS] = PERSONS * c.FIXED_POINT
    every[1:, 5, c.T_NOT_AT_RISK + STROKE_PLACE] = 50 * c.FIXED_POINT
    every[1:, 5, c.T_LOG_IL6] = int(PERSONS * math.log(1.4) * c.FIXED_POINT)
    every[1:, 5, c.T_MET_HOURS] = PERSONS * 12 * c.FIXED_POINT
    every[1, 5, c.T_INCIDENCE + STROKE_PLACE] = 30
    baseline[2, 5, c.T_INCIDENCE + STROKE_PLACE] = 10
    policy[2, 5, c.T_INCIDENCE + STROKE_PLACE] = 10 - averted
    row = counts.effects[0, 0, STROKE]
    row[c.E_DIFFERENCE], row[c.E_SQUARE] = averted, squares
    row[c.E_DELAYED], row[c.E_ADDED] = 3, 2
    row[c.E_EXPECTED] = int(3.5 * c.FIXED_POINT)
    row[c.E_EXPECTED_SQUARE] = int(0.25 * c.EVENT_SQUARE_POINT)
    row[c.E_CONTRIBUTING] = 40
    counts.effects[0, 1] = counts.effects[0, 0]
    counts.effects[0, 0, c.OUTCOMES.index("life_years"), c.E_DIFFERENCE] = -731
    counts.told[:, 0, 1] = [
        (0, 0, 0, 0, 0),
        (12, int(2.5 * c.FIXED_POINT), 6, int(1.5 * c.FIXED_POINT), 40 * c.FIXED_POINT),
    ]
    return counts


def outcomes_of(counts):
    return outcomes_table(counts, central_parameters({}), 2025, 1, CENTRAL, ("baseline", "policy"))


def at_end_of(counts):
    tables = OutcomeTables()
    tables.add(outcomes_of(counts))
    return tables.at_end(MEANS)


WORLDS_FROM_0 = {"baseline": 0.0, "policy": 2.0}


def test_effects_from_sums():
    counts = counts_by_hand()
    table = effects_of_runs([counts], at_end_of(counts), False).set_index("outcome")
    stroke, ever = table.loc["incidence.stroke"], PERSONS + ENTRANTS
    assert (stroke["baseline"], stroke["policy"], stroke["averted"]) == (40, 36, 4)
    assert (stroke["delayed"], stroke["added"]) == (3, 2)
    assert stroke["relative_change"] == pytest.approx(36 / 40 - 1)  # a ratio, not per cent
    assert stroke["averted_per_100k"] == pytest.approx(4e5 / ever)
    error = math.sqrt(10 - 4**2 / ever)
    assert stroke["standard_error"] == pytest.approx(error)
    assert stroke["lower"] == pytest.approx(4 - 1.96 * error, abs=1e-3)
    assert stroke["upper"] == pytest.approx(4 + 1.96 * error, abs=1e-3)
    assert stroke["expected_averted"] == pytest.approx(3.5)
    expected_error = math.sqrt(0.25 - 3.5**2 / ever)
    assert stroke["expected_standard_error"] == pytest.approx(expected_error)
    assert stroke["expected_lower"] == pytest.approx(3.5 - 1.96 * expected_error, abs=1e-3)
    assert table.loc["life_years", "averted"] == pytest.approx(731 / DAYS_PER_YEAR)
    assert table.loc["met_hours.mean", "baseline"] == pytest.approx(12.0)
    assert table.loc["il6.geometric_mean", "policy"] == pytest.approx(1.4, rel=1e-5)


def test_a_change_is_blank_where_there_was_nothing_and_0_where_nothing_changed():
    counts = counts_by_hand()
    counts.effects[:] = 0
    nothing = pd.DataFrame(effect_columns([counts], False))
    same = nothing.query("baseline > 0")["relative_change"]
    assert len(same) and (same == 0.0).all() and not np.signbit(same).any()
    at_end = pd.DataFrame(
        [(name, world, value) for name in MEANS for world, value in WORLDS_FROM_0.items()],
        columns=["measure", "world", "value"],
    )
    means = effects_of_runs([counts], at_end, False).set_index("outcome").loc[list(MEANS)]
    assert means["relative_change"].isna().all() and (means["policy"] == 2.0).all()


def test_the_expected_change_of_il6_compares_expected_means():
    """50 more live than in the baseline, and all of them together have 40 less of ln IL-6."""
    counts = counts_by_hand()
    counts.effects[0, 0, c.LIVING, c.E_EXPECTED] = -50 * c.FIXED_POINT
    counts.effects[0, 0, c.LOG_IL6, c.E_EXPECTED] = 40 * c.FIXED_POINT
    level = PERSONS * math.log(1.4)
    mean = (level - 40) / (PERSONS + 50)
    assert expected_il6_change(counts, counts) == pytest.approx(math.exp(mean) / 1.4 - 1, rel=1e-6)


def test_effects_are_means_over_seeds_and_errors_fall_with_their_root():
    runs = [counts_by_hand(), counts_by_hand(averted=2)]
    table = effects_of_runs(runs, at_end_of(runs[0]), False).set_index("outcome")
    assert table.loc["incidence.stroke", "averted"] == 3
    assert table.loc["incidence.stroke", "policy"] == 37
    ever = PERSONS + ENTRANTS
    pooled = math.sqrt((10 - 16 / ever) + (10 - 4 / ever)) / 2
    assert table.loc["incidence.stroke", "standard_error"] == pytest.approx(pooled)


def test_groups_and_participation_from_sums():
    counts = counts_by_hand()
    groups = group_effects([counts], [counts]).set_index(["group", "outcome"])["averted"]
    assert groups["male", "incidence.stroke"] == 4 and groups["female", "incidence.stroke"] == 0
    policies = load_scenario("walking_groups").policies
    told = participation_table(counts, policies, 2025).set_index("year")
    assert told.loc[2026, ["offered", "participant_years", "started"]].tolist() == [12, 2.5, 6]
    assert told.loc[2025, ["offered", "participant_years", "started"]].tolist() == [0, 0, 0]


def test_outcomes_from_sums():
    table = outcomes_of(counts_by_hand())
    whole = table[(table[WHOLE].astype(str) == "all").all(axis=1)]
    baseline = whole[whole["world"] == "baseline"].set_index(["year", "measure"])["value"]
    assert sorted(set(table["year"])) == [2024, 2025, 2026]
    assert baseline[2024, "persons"] == PERSONS
    assert (2024, "person_years") not in baseline.index  # flows cover the years lived
    assert baseline[2025, "person_years"] == PERSONS
    assert baseline[2025, "at_risk_years.stroke"] == PERSONS - 50
    assert (baseline[2025, "incidence.stroke"], baseline[2026, "incidence.stroke"]) == (30, 10)
    assert baseline[2026, "entrants"] == ENTRANTS
    assert baseline[2026, "il6.geometric_mean"] == pytest.approx(1.4, rel=1e-5)


def test_quantiles_of_a_histogram():
    """A thousand people spread evenly over ten bins, from ln IL-6 of 0 on."""
    histogram = np.zeros(c.N_BINS, np.int64)
    first = round((0.0 - c.LOWEST_BIN) / c.BIN_WIDTH)
    histogram[first : first + 10] = 100
    expected = np.exp(10 * c.BIN_WIDTH * np.array([0.05, 0.25, 0.5, 0.75, 0.95]))
    np.testing.assert_allclose(histogram_quantiles(histogram), expected)
    assert QUANTILES == (0.05, 0.25, 0.5, 0.75, 0.95)


def test_tallies_add_up_once():
    first, second = counts_by_hand(), counts_by_hand()
    total = added(first, second)
    assert total.strata[0, 0].sum() == 2 * PERSONS
    assert total.effects[0, 0, STROKE, c.E_DIFFERENCE] == 8


def test_parameter_intervals_over_draws():
    effects = pd.DataFrame({"outcome": ["deaths"], "averted": [50.0], "expected_averted": [np.nan]})
    draws = pd.DataFrame(
        {
            "draw": range(101),
            "outcome": "deaths",
            "averted": np.arange(101.0),
            "expected_averted": np.nan,
            "share_via_il6": np.arange(101.0) / 100.0,
        }
    )
    row = with_parameter_intervals(effects, draws).iloc[0]
    assert (row["parameter_lower"], row["parameter_upper"]) == pytest.approx((2.5, 97.5))
    assert (row["share_lower"], row["share_upper"]) == pytest.approx((0.025, 0.975))
    assert row["parameter_draws"] == 101 and row["outside_parameter_interval"] is False


def test_a_seed_is_used_whole():
    assert seed_words(5) == (5, 0)
    assert seed_words(2**40 + 7) == (7, 256)


def test_every_seed_asked_for_is_run_and_no_other():
    result = simulate("uk", persons=64, years=1, seed=7, seeds=2)
    assert set(result.counts) == {(7, CENTRAL), (8, CENTRAL)}
    assert sorted(result.outcomes["seed"].unique()) == [7, 8]
    first, second = (counts.strata for counts in result.counts.values())
    assert (first != second).any()
    alone = simulate("uk", persons=64, years=1, seed=8)
    np.testing.assert_array_equal(alone.counts[8, CENTRAL].strata, second)


# Plans


def test_a_plan_says_what_the_scenario_says():
    scenario = load_scenario("exercise_referral", ["start_year=2024"])
    first = replace(
        scenario.policies[0], start=2027, end=2031, ramp_years=1.5, uptake=0.4, il6_signalling=0.7,
        raises_to=9.0, build_up_months=3.0,
        adds=replace(scenario.policies[0].adds, moderate=30.0, vigorous=12.0, resistance=60.0),
    )  # fmt: skip
    wanted = replace(first.eligible, ages=(40, 75), sex="female", met_hours_below=8.75,
                     bmi_above=30.0, deprivation=(1, 2), diseases=("stroke",))  # fmt: skip
    second = replace(scenario.policies[0], name="second", adherence=None, eligible=wanted)
    both = replace(scenario, policies=(first, second))
    plan = plan_for(both, central_parameters({}))
    assert plan.start.tolist() == [3.0, 2.0] and plan.end.tolist() == [7.0, FOREVER]
    assert plan.build_up[0] == 0.25
    assert plan.uptake[0] == pytest.approx(0.4)
    assert plan.dose[0].tolist() == pytest.approx([0.5 * 3.5, 0.2 * 7.0, 2.5, 0.0])
    assert plan.raised_to.tolist() == [9.0, 0.0]
    assert plan.log_ratio.tolist() == pytest.approx([math.log(0.7), 0.0], abs=1e-6)
    assert plan.quits.tolist() == [1, 0]
    assert plan.delivery.tolist() == pytest.approx([4.0 / 12.0] * 2)
    kept = first.adherence
    assert (plan.quit_12_weeks[0], plan.half_life[0], plan.stays[0], plan.rejoin[0]) == (
        pytest.approx((kept.quit_12_weeks, kept.half_life_years, kept.stays, kept.rejoin_per_year))
    )
    assert (plan.youngest[1], plan.oldest[1], plan.sex[1]) == (40.0, 75.0, c.FEMALE)
    assert (plan.dose_below[1], plan.bmi_above[1]) == (8.75, 30.0)
    assert plan.fifths[1] == 0b110 and plan.illnesses[1] == 1 << STROKE_PLACE
    assert len(set(plan.key.tolist())) == 2  # no two policies share their luck


def test_a_cohort_that_dies_out_has_blank_means_and_all_else():
    """Nobody is alive at the end: no mean, and everything else is there."""
    scenario = replace(
        load_scenario("walking_groups", ["population.entrants=false", "population.ages=[93, 95]"]),
        persons=60,
        years=30,
    )
    result = simulate(scenario)
    effects = result.effects.set_index("outcome")
    assert effects.loc["deaths", "baseline"] == 60
    assert effects.loc["il6.geometric_mean", ["baseline", "policy", "relative_change"]].isna().all()
    assert effects.loc["incidence.stroke", ["baseline", "policy", "averted"]].notna().all()
    assert "nobody is alive" in effects_in_text(result)
