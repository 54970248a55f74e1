"""Precision of a run's effects: goals read, seeds added until they are met, the error itself."""

from __future__ import annotations

import numpy as np
import pytest

from abm.kernel import layout as c
from abm.results.effects import effect_columns, standard_error
from abm.running.simulate import simulate
from abm.scenario.load import load_scenario
from analysis.certainty.precision import (
    Goal,
    half_widths,
    headline_outcomes,
    read_goal,
    seeds_for,
    uncertainty,
    unmet,
)

SCENARIO = load_scenario("walking_groups", ["years=6", "persons=1000"])


@pytest.fixture(scope="module")
def result():
    strong = load_scenario("everyone_meets_guideline", ["years=6", "persons=1000"])
    return simulate(strong, seeds=2, draws=3, threads=1, pathways=False)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("5%", Goal(0.05)),
        ("0.1", Goal(0.1)),
        ("stroke = 2 %", Goal(0.02, "incidence.stroke")),
        ("deaths=10%", Goal(0.1, "deaths")),
    ],
)
def test_goals_are_read_and_written(text, goal):
    assert read_goal(text) == goal
    assert read_goal(str(goal)) == goal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", r"no share.*; did you mean 5%\?$"),
        ("deaths=500", "below 100 %$"),
        ("death=5%", "unknown outcome 'death'.*did you mean 'deaths'"),
        ("=5%", "unknown outcome ''"),
        ("deaths=", "no share"),
    ],
)
def test_what_is_no_goal_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_goal(text)


def central(result):
    return [counts for (_, draw), counts in result.counts.items() if draw == -1]


def test_seeds_are_added_until_the_goal_is_met():
    """The last look finds the goal met, the look before does not."""
    told, seen = [], []
    rule = seeds_for([Goal(0.35, "deaths")], 64, lambda *words: told.append(words))

    def more(runs):
        seen.append(half_widths(runs)["deaths"])
        return rule(runs)

    found = simulate(SCENARIO, threads=1, pathways=False, more_seeds=more)
    assert seen[-1] <= 0.35 < min(seen[:-1])
    assert len(found.counts) == 1 + sum(added for _, added in told)
    assert "deaths is known to" in told[0][0]


def test_seeds_stop_at_the_limit_and_say_so():
    told = []
    rule = seeds_for([Goal(0.0001)], 3, lambda *words: told.append(words))
    found = simulate(SCENARIO, draws=2, threads=1, pathways=False, more_seeds=rule)
    assert [draw for _, draw in found.counts].count(-1) == 3
    assert len(found.counts) == 3 + 2  # parameter draws keep to the seeds asked for
    assert "no more seeds (--most-seeds)" in told[-1][0]


def test_every_headline_outcome_counts_where_none_is_named(result):
    found = half_widths(central(result))
    assert set(found) == set(headline_outcomes())
    assert len(unmet([Goal(1e-9)], found)) == len(headline_outcomes())
    assert unmet([Goal(1e-9, "deaths")], found)[0].startswith("deaths is known to")
    widest = max(found, key=found.get)
    beginning = widest.removeprefix("incidence.").replace("_", " ")[:5]
    assert unmet([Goal(1e-9)], found)[0].startswith(beginning)


def test_a_policy_without_effect_is_known_exactly():
    null = load_scenario("walking_groups", ["years=1", "persons=500", "policies.walks.reach=0"])
    found = half_widths(central(simulate(null, threads=1, pathways=False)))
    assert set(found.values()) == {0.0}


def test_noise_and_evidence_are_told_apart_for_every_headline_number(result):
    """Where all of the spread between few draws may be noise, that of parameters is nothing."""
    table = uncertainty(result).set_index("outcome")
    outcomes = (*headline_outcomes(), "life_years", "il6.geometric_mean")
    wide = table.loc[list(outcomes), "parameter_lower"] < table["parameter_upper"][list(outcomes)]
    assert wide.sum() >= len(outcomes) - 2
    for outcome in outcomes:
        row = table.loc[outcome]
        assert row["lower"] < row["estimate"] < row["upper"]
        assert row["parameter_lower"] <= row["parameter_upper"]
        if row["lower"] > 0.0 or row["upper"] < 0.0:
            assert row["seeds_needed"] >= 1
        else:  # of what may be nothing no share can be asked for
            assert np.isnan(row["seeds_needed"])
    effects = result.effects.set_index("outcome")
    deaths = table.loc["deaths"]
    assert deaths["estimate"] == pytest.approx(effects.loc["deaths", "expected_averted"])
    assert deaths["standard_error"] == effects.loc["deaths", "expected_standard_error"]
    assert deaths["upper"] == pytest.approx(effects.loc["deaths", "expected_upper"])
    il6 = table.loc["il6.geometric_mean", "estimate"]
    assert il6 == pytest.approx(effects.loc["il6.geometric_mean", "relative_change"], rel=0.01)


def test_a_run_without_policies_has_no_effect_to_be_sure_of():
    assert uncertainty(simulate("uk", persons=200, years=1, threads=1)) is None


def toy(repeat, persons=6000, risk=0.10, risk_after=0.08):
    """One run of twin worlds with common luck, as the tallies hold it: sum and sum of squares."""
    luck = np.random.default_rng([11, repeat]).random(persons)
    difference = (luck < risk).astype(float) - (luck < risk_after)
    table = np.zeros((1, c.N_EFFECTS))
    table[0, [c.E_DIFFERENCE, c.E_SQUARE]] = difference.sum(), (difference**2).sum()
    return difference.sum(), standard_error(table, persons)[0]


def share_covered(factor):
    truth = 6000 * 0.02
    runs = [toy(repeat) for repeat in range(1000)]
    return np.mean([abs(sum_ - truth) <= factor * error for sum_, error in runs])


def test_the_error_between_persons_covers_the_truth_as_often_as_it_says():
    assert 0.93 <= share_covered(1.96) <= 0.97


def test_a_narrower_interval_would_fail_the_coverage_check():
    assert share_covered(1.645) < 0.93


@pytest.mark.slow
@pytest.mark.verification
def test_the_error_between_persons_is_the_spread_between_seeds():
    """Real runs, 120 seeds: a standard deviation of 120 values is known to about 7 %."""
    strong = load_scenario("everyone_meets_guideline", ["years=10", "persons=2000"])
    found = simulate(strong, seeds=120, threads=1, pathways=False)
    columns = [effect_columns([counts], False) for counts in central(found)]
    known = np.isin(c.OUTCOMES, (*headline_outcomes(), "life_years"))
    for kind in ("", "expected_"):
        values, errors = (
            np.array([each[f"{kind}{name}"] for each in columns])[:, known]
            for name in ("averted", "standard_error")
        )
        ratios = values.std(axis=0, ddof=1) / np.sqrt((errors**2).mean(axis=0))
        assert (np.abs(ratios - 1) < 0.35).all(), ratios
        misses = np.abs(values - values.mean(axis=0))
        # Intervals of a handful of counted events are too narrow; those of hazards never are.
        many = np.abs(values.mean(axis=0)) > 25 if kind == "" else slice(None)
        assert 0.92 < (misses <= 1.96 * errors)[:, many].mean() < 0.98
        # Negative control: half the error would not do.
        assert (misses <= 0.98 * errors)[:, many].mean() < 0.8
