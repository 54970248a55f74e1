"""The effects table gives what runs give: the same people, the same bits, whoever is asked for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_runs import SmallParts

from abm import effects_table, load_scenario, simulate
from abm.kernel import layout as c
from abm.results.quantities import OF_HORIZON, QUANTITIES
from abm.results.when_they_start import Starts, drawn_starts, expected_starts, spread_over
from abm.running import every_start
from abm.running.effects_table import EVERYBODY
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.parts import Scenario

BUNDLED = [path.stem for path in sorted(Path("scenarios").glob("*.yaml")) if path.stem != "uk"]
SURVEY = Path(__file__).parents[1] / "data" / "survey.csv"
OUTCOMES = c.OUTCOMES
PRICE = load_scenario("walking_groups").policies[0].cost
SPENT = ("policy_cost", "net_cost")  # of which a run has another error: participants as counts
MONEY = ("care_cost_averted", "social_care_averted", *SPENT)


def of_a_run(scenario: Scenario) -> tuple[pd.Series, pd.Series]:
    """Return what a run tells of the quantities of a table, and its Monte Carlo errors."""
    result = simulate(scenario, only_effects=True, pathways=False, threads=2)
    effects = result.effects.set_index("outcome").loc[list(OUTCOMES)]
    money = result.economics.query("scale == 'per_100000'").set_index("measure")
    people = result.counts[scenario.seed, -1].people.sum()
    took_part = result.participation[["started", "participant_years"]].sum()
    value = pd.concat([effects["expected_averted"], money["value"] * people / 1e5, took_part])
    errors = [effects["expected_standard_error"], money["standard_error"] * people / 1e5]
    return value, pd.concat(errors)


def assert_equal_to_the_run(answer, scenario):
    """Assert that an answer is that of a run, but for the rounding of each person's part."""
    value, error = of_a_run(scenario)
    names = [name for name in answer.units if name in value.index]
    assert len(names) == 29 and value["deaths"] != 0.0
    people = answer.people
    for name in names:
        # single precision adds up costs and years of taking part: six digits
        unit = 1000.0 if name in MONEY else 1.0
        most = people / 2**21 * unit + 2e-6 * abs(value[name])
        assert answer.values[name] == pytest.approx(value[name], abs=most, nan_ok=True), name
        if not np.isnan(error.get(name, np.nan)):  # squares are rounded too
            point = c.EVENT_SQUARE_POINT if name in OUTCOMES[:-1] else c.SQUARE_POINT
            variance = error[name] ** 2
            most = people / 2 / point * unit**2 + 1e-5 * variance
            if name in SPENT:  # participants at their mean cost, and a place as certain
                most = 0.6 * variance if error[name] > 0.0 else np.inf
            assert answer.covariance.loc[name, name] == pytest.approx(variance, abs=most)
            assert not np.isnan(answer.standard_error[name])


def small(name: str, *words: str) -> Scenario:
    return load_scenario(name, ["persons=900", "years=6", "seed=4", *words])


def without_ramp(scenario: Scenario, **changes) -> Scenario:
    policy = replace(scenario.policies[0], ramp_years=0.0, **changes)
    return replace(scenario, policies=(policy,))


@pytest.fixture(scope="module")
def walks():
    """Walking groups for six years, and their table."""
    scenario = load_scenario("walking_groups", ["persons=2500", "years=6", "seed=3"])
    return scenario, effects_table(scenario, threads=2)


# Equal to the run


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_scenario_is_equal_to_its_run(name):
    scenario = without_ramp(small(name))
    assert_equal_to_the_run(effects_table(scenario).answer(as_drawn=True), scenario)


@pytest.mark.parametrize(
    "changes",
    [
        {"reach": 1.0, "uptake": 1.0},
        {"reach": 0.7, "uptake": 0.3, "start": 2028},
        {"start": 2030, "uptake": 0.9},
        {"eligible": {"ages": (60, 63), "met_hours_below": None}},  # most of them come of age
        {"eligible": {"ages": (20, 22), "met_hours_below": None}, "reach": 1.0},  # newcomers
        {"eligible": {"sex": "female", "deprivation": (2, 5), "bmi_above": 25.0}},
        {"eligible": {"diseases": ("type_2_diabetes", "depression")}, "reach": 1.0},
        {"end": 2028, "reach": 1.0},
    ],
    ids=str,
)
def test_one_table_answers_what_other_runs_tell(walks, changes):
    scenario, table = walks
    changes = {"uptake": 1.0, **changes}
    rule = replace(scenario.policies[0].eligible, **changes.pop("eligible", {}))
    end = changes.pop("end", None)
    run = without_ramp(scenario, eligible=rule, end=end, **changes)
    now = np.array([True] * 6) if end is None else table.years < end
    answer = table.answer(table.eligible(rule) & now, ramp_years=0.0, as_drawn=True, **changes)
    assert_equal_to_the_run(answer, run)
    asked_by_rule = table.answer(rule, ramp_years=0.0, as_drawn=True, **changes)
    assert (asked_by_rule.values == answer.values).all() == (end is None)


def test_what_persons_give_is_what_the_run_adds_up_to_the_unit(walks):
    scenario, table = walks
    everybody = without_ramp(scenario, reach=1.0, uptake=1.0, eligible=EVERYBODY)
    counts = count_population(set_up(everybody, pathways=False, lifetimes=True), 3, 1)
    first = table.on_january.there[:, 1:].argmax(axis=1)
    own = table.effects[np.arange(len(first)), first, : len(OUTCOMES)]
    own[:, c.O_LIFE_YEARS] *= -1.0
    units = np.floor(own * np.float32(c.FIXED_POINT) + np.float32(0.5)).astype(np.int64)
    np.testing.assert_array_equal(
        units.sum(axis=0), counts.effects[0, 0, : len(OUTCOMES), c.E_EXPECTED]
    )


def test_within_the_run_as_far_as_it_goes(walks):
    scenario, table = walks
    answer = table.answer(ramp_years=0.0, as_drawn=True, horizon="run")
    short = replace(without_ramp(scenario), economics=replace(scenario.economics, horizon="run"))
    assert_equal_to_the_run(answer, short)
    own = effects_table(short).answer(as_drawn=True)
    assert own.horizon == "run" and (own.values == answer.values).all()
    assert answer.values["qalys_gained"] < table.answer(ramp_years=0.0).values["qalys_gained"]


@pytest.mark.parametrize(
    "words",
    [
        ("step_months=12",), ("step_months=3", "population.entrants=false"),
        ("population.represents=90000", "policies.walks.cost.fixed_per_year=20000",
         "policies.walks.cost.per_resident_year=2", "policies.walks.end=2029"),
        ("policies.walks.adherence={quit_12_weeks: 0.3, half_life_years: 1, rejoin_per_year: 0.5}",
         "policies.walks.cost.delivery_months=null"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_steps_populations_and_costs_of_all_kinds(words):
    scenario = without_ramp(small("walking_groups", *words), uptake=0.8)
    assert_equal_to_the_run(effects_table(scenario).answer(as_drawn=True), scenario)


def test_a_survey():
    scenario = without_ramp(small("walking_groups"), reach=1.0)
    people = replace(scenario.population, microdata=str(SURVEY), entrants=False)
    scenario = replace(scenario, population=people, path=None)
    assert_equal_to_the_run(effects_table(scenario).answer(as_drawn=True), scenario)


def test_one_of_several_policies_is_told_of_as_if_alone():
    walks = small("walking_groups")
    referral = load_scenario("exercise_referral").policies[0]
    both = replace(walks, policies=(*walks.policies, replace(referral, reach=0.9)))
    alone = without_ramp(replace(both, policies=both.policies[1:]))
    for name in ("referral", 1, np.int64(1)):
        table = effects_table(both, policy=name)
        assert_equal_to_the_run(table.answer(ramp_years=0.0, as_drawn=True), alone)


# Linear in reach times uptake


def test_chances_take_the_place_of_draws_within_the_monte_carlo_error(walks):
    scenario, table = walks
    many = {"ramp_years": 0.0, "reach": 0.5, "uptake": 0.5}
    expected = table.answer(**many)
    drawn = table.answer(**many, as_drawn=True)
    names = ["deaths", "incidence.type_2_diabetes", "qalys_gained", "policy_cost", "started"]
    # both are of the same people: what differs is chance in who takes part
    apart = (drawn.by_person - expected.by_person)[
        :, [list(expected.units).index(n) for n in names]
    ]
    errors = apart.std(axis=0) * len(apart) ** 0.5
    assert (np.abs(apart.sum(axis=0)) < 3.5 * errors).all()
    assert (expected.standard_error[names[:-1]] < 0.8 * drawn.standard_error[names[:-1]]).all()


def test_runs_of_other_seeds_lie_around_the_answer(walks):
    scenario, table = walks
    run = without_ramp(scenario, reach=0.8, uptake=0.4)
    answer = table.answer(ramp_years=0.0, reach=0.8, uptake=0.4)
    result = simulate(run, seed=50, seeds=6, only_effects=True, pathways=False, threads=2)
    effects = result.effects.set_index("outcome")
    for name in ("deaths", "incidence.type_2_diabetes", "incidence.coronary_heart_disease"):
        found = effects.loc[name]
        error = np.hypot(found["expected_standard_error"], answer.standard_error[name])
        assert abs(found["expected_averted"] - answer.values[name]) < 3.5 * error, name
    started = result.participation["started"].sum()  # of the first seed alone
    assert abs(started - answer.values["started"]) < 3.5 * answer.values["started"] ** 0.5


@pytest.mark.parametrize("ramp", [0.0, 3.0])
def test_twice_the_reach_or_uptake_is_twice_the_effect(walks, ramp):
    table = walks[1]
    half, whole = (table.answer(reach=r, uptake=u, ramp_years=ramp).values for r, u in
                   ((0.4, 0.5), (0.8, 0.5)))  # fmt: skip
    np.testing.assert_allclose(2.0 * half, whole, rtol=1e-5)
    uptake = table.answer(reach=0.8, uptake=0.25, ramp_years=ramp).values
    of_takers = [name for name in QUANTITIES if name != "resident_years"]
    np.testing.assert_allclose(2.0 * uptake[of_takers], whole[of_takers], rtol=1e-5)
    assert uptake["offered"] == pytest.approx(whole["offered"])


# With a ramp


def test_with_a_ramp_starts_are_interpolated_to_a_stated_difference(walks):
    scenario, table = walks
    policy = replace(scenario.policies[0], reach=1.0, uptake=1.0, ramp_years=3.0)
    value, _ = of_a_run(replace(scenario, policies=(policy,)))
    answer = table.answer(reach=1.0, uptake=1.0, ramp_years=3.0, as_drawn=True).values
    at_once = table.answer(reach=1.0, uptake=1.0, ramp_years=0.0, as_drawn=True).values
    for name, most in (("life_years", 0.04), ("qalys_gained", 0.04), ("policy_cost", 0.005),
                       ("participant_years", 0.002), ("started", 0.005)):  # fmt: skip
        assert answer[name] == pytest.approx(value[name], rel=most), name
        assert abs(at_once[name] / value[name] - 1.0) > most or name == "started"


def test_starts_of_a_ramp_by_hand():
    covered = np.minimum(np.arange(1, 37) / 24, 1.0).astype(np.float32) * np.float32(0.6)
    eligible = np.array([[True, True, True], [False, True, True], [True, False, True],
                         [False, False, False]])  # fmt: skip
    expected = expected_starts(eligible, covered, 0.5)
    # .3 of the eligible are reached in the first year, .3 in the second, nobody new in the third
    np.testing.assert_allclose(
        expected.offered, [[0.3, 0.3, 0], [0, 0.6, 0], [0.3, 0, 0.3], [0, 0, 0]], atol=1e-6
    )
    months = np.arange(12) / 12
    late = 0.5 * 0.3 / 12 * months.sum()
    np.testing.assert_allclose(expected.late, [[late, late, 0], [0, late, 0], [late, 0, 0],
                                               [0, 0, 0]], atol=1e-6)  # fmt: skip
    np.testing.assert_allclose(expected.early + expected.late, 0.5 * expected.offered, atol=1e-6)
    draws = (
        np.array([0.01, 0.44, 0.29, 0.1], np.float32),
        np.array([0.4, 0.4, 0.6, 0.1], np.float32),
    )
    drawn = drawn_starts(eligible, covered, 0.5, *draws)
    np.testing.assert_array_equal(drawn.offered, [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(drawn.late, [[0, 0, 0], [0, 5 / 12, 0], [0, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(drawn.early.sum(axis=1), [1, 7 / 12, 0, 0], rtol=1e-6)
    there = np.ones((4, 3), np.bool_)
    whole = spread_over(drawn, 0, [0, 1, 2], there)
    np.testing.assert_allclose(whole[:2], [[1, 0, 0], [0, 7 / 12, 5 / 12]], rtol=1e-6)
    sample = spread_over(drawn, 0, [0, 2], there)
    np.testing.assert_allclose(sample[:2], [[1, 0], [3.5 / 12, 8.5 / 12]], rtol=1e-6)
    there[1, 0] = False  # who was not there at the start before: as the next, for want of two
    sample = spread_over(drawn, 0, [0, 2], there)
    np.testing.assert_allclose(sample[:2], [[1, 0], [0, 1]], rtol=1e-6)


def test_newcomers_between_starts_are_in_line_with_the_next_two():
    nobody = np.zeros((2, 8))
    early = nobody.copy()
    early[:, 2] = 1.0
    there = np.array([[True] * 8, [False, False] + [True] * 6])
    found = spread_over(Starts(early, early, nobody), 1, [1, 4, 7], there)
    np.testing.assert_allclose(found, [[2 / 3, 1 / 3, 0], [0, 5 / 3, -2 / 3]])
    np.testing.assert_allclose(found @ [10, 7, 4], [9, 9])  # what falls in a straight line is met
    known = spread_over(Starts(early, early, nobody), 1, [2, 4, 7], there)
    np.testing.assert_allclose(known, [[1, 0, 0]] * 2)


# Who they are


def test_entrants_stand_in_the_table_from_the_year_they_enter(walks):
    scenario, table = walks
    people, there = table.people, table.on_january.there
    assert people["person"].is_unique and table.starts == (2026, 2027, 2028, 2029, 2030)
    entered = (people["entry_year"] - 2025).to_numpy()
    assert (entered[:2500] == 0).all() and (entered[2500:] > 0).all() and entered.max() == 5
    assert people["person"].is_monotonic_increasing
    years = np.arange(6)
    assert not there[years < entered[:, None]].any()
    died = people["death_year"].fillna(9999).to_numpy() - 2025
    np.testing.assert_array_equal(there, (years >= entered[:, None]) & (years < died[:, None]))
    assert (table.on_january.age[2500:][there[2500:]] < 26).all()
    assert (table.effects[~there[:, 1:]] == 0.0).all()
    gives = (table.effects[..., list(QUANTITIES).index("participant_years")] > 0.0).any(axis=0)
    assert gives.all() and (table.effects[there[:, 1:]] != 0.0).any(axis=1).all()


def test_people_are_those_of_the_run(walks):
    scenario, table = walks
    run = simulate(scenario, keep_people=True).people
    run = run[run["world"] == "baseline"].set_index("person")
    ours = table.people.set_index("person").loc[run.index]
    for name in ("entry_year", "sex", "deprivation", "age"):
        assert (ours[name] == run[name]).all(), name
    order = table.people.reset_index().set_index("person")["index"].loc[run.index]
    entered = (run["entry_year"] - 2025).to_numpy()
    for name, january in (("bmi", table.on_january.bmi), ("met_hours", table.on_january.met_hours)):
        np.testing.assert_array_equal(january[order, entered], run[name].to_numpy(np.float32))
    for disease in c.DISEASES:
        had = table.on_january.has(disease)[order, entered]
        np.testing.assert_array_equal(had, run[f"prevalent.{disease}"])
    ages = ours["death_year"] - ours["entry_year"] + ours["age"]
    np.testing.assert_allclose(ages, run["death_age"], rtol=1e-6)


def test_what_a_table_holds_cannot_be_changed(walks):
    table = walks[1]
    with pytest.raises(ValueError, match="read-only"):
        table.effects[0, 0, 0] = 1.0
    with pytest.raises(AttributeError):
        table.seed = 2
    people = len(table.people)
    assert table.effects.shape == (people, 5, len(QUANTITIES))
    assert table.within_run.shape == (people, 5, len(OF_HORIZON))
    assert table.effects.nbytes < table.nbytes < 160 * people * 5 + 25 * people * 6


# Answers


def test_errors_of_sums_come_from_the_persons(walks):
    answer = walks[1].answer()
    value, error = answer.net_benefit(20_000)
    each = 20_000 * answer.by_person[:, answer.values.index.get_loc("qalys_gained")]
    each = each - answer.by_person[:, -1]
    assert value == pytest.approx(each.sum())
    assert error == pytest.approx(each.std() * len(each) ** 0.5)
    assert answer.cost_per_qaly == pytest.approx(
        answer.values["net_cost"] / answer.values["qalys_gained"]
    )
    women = (walks[1].people["sex"] == "female").to_numpy()
    both = answer.among(women).values + answer.among(~women).values
    np.testing.assert_allclose(both, answer.values, rtol=1e-9, atol=1e-12)
    table = answer.table("per_100000").set_index("outcome")
    assert table.loc["deaths", "value"] == pytest.approx(
        1e5 * answer.values["deaths"] / answer.people
    )
    assert set(table["scale"]) == {"per_100000"} and table["unit"].ne("").all()


def test_answers_of_other_seeds_vary_as_their_errors_say():
    names = ["life_years", "qalys_gained", "incidence.type_2_diabetes", "policy_cost", "net_cost"]
    scenario = small("walking_groups", "persons=600", "years=3")
    answers = [effects_table(scenario, seed=seed).answer(reach=1.0) for seed in range(24)]
    values, errors = (
        np.array([getattr(each, kind)[names] for each in answers], float)
        for kind in ("values", "standard_error")
    )
    ratio = values.std(axis=0, ddof=1) / np.sqrt(np.square(errors).mean(axis=0))
    assert (ratio > 0.55).all() and (ratio < 1.5).all(), ratio  # 99.9 % of 23 degrees of freedom


def test_a_policy_without_a_price_has_no_cost():
    scenario = small("everyone_meets_guideline")
    answer = effects_table(scenario, starts=[2026, 2030]).answer()
    assert np.isnan(answer.values[["policy_cost", "net_cost"]]).all()
    assert answer.values["qalys_gained"] > 0.0 and np.isnan(answer.net_benefit(20_000)[0])


def test_other_prices_are_answered_too(walks):
    scenario, table = walks
    dear = replace(scenario.policies[0].cost, per_participant=500.0, per_person_offered=0.0)
    run = without_ramp(scenario, cost=dear)
    assert_equal_to_the_run(table.answer(ramp_years=0.0, cost=dear, as_drawn=True), run)


# A sample of starts


def test_a_sample_of_starts_is_that_of_the_whole_table_and_interpolated_between(walks):
    scenario, table = walks
    sample = effects_table(scenario, starts=[2026, 2028, 2030])
    np.testing.assert_array_equal(sample.effects, table.effects[:, [0, 2, 4]])
    np.testing.assert_array_equal(sample.on_january.there, table.on_january.there)
    every = {"reach": 1.0, "uptake": 1.0}
    most_of_all = table.answer(**every).values
    for start in (2027, 2028, 2029):
        ours, theirs = (each.answer(**every, start=start).values for each in (sample, table))
        for name, most in (("qalys_gained", 0.04), ("life_years", 0.06), ("policy_cost", 0.005)):
            assert abs(ours[name] - theirs[name]) < most * most_of_all[name], (start, name)
            assert ours[name] != theirs[name]
        for name in ("started", "offered"):
            assert ours[name] == pytest.approx(theirs[name], rel=1e-12)


# The same bits


def test_threads_do_not_show(walks):
    scenario, table = walks
    other = effects_table(scenario, threads=1)
    np.testing.assert_array_equal(other.effects, table.effects)
    np.testing.assert_array_equal(other.within_run, table.within_run)
    pd.testing.assert_frame_equal(other.people, table.people)


def test_what_is_finished_is_kept_and_found_again(walks, tmp_path, monkeypatch):
    scenario, table = walks
    whole = every_start.from_every_start

    def breaks(setup, seed, starts, first, last):
        if first > 0:
            raise RuntimeError("the machine goes down")
        return whole(setup, seed, starts, first, last)

    monkeypatch.setattr("abm.running.effects_table.from_every_start", breaks)
    with pytest.raises(RuntimeError, match="slots [12].* to 2.*: RuntimeError: the machine goes"):
        effects_table(scenario, finished_work=SmallParts(tmp_path), threads=1)
    monkeypatch.setattr("abm.running.effects_table.from_every_start", whole)
    resumed, again = SmallParts(tmp_path), SmallParts(tmp_path)
    first = effects_table(scenario, finished_work=resumed)
    second = effects_table(scenario, finished_work=again)
    assert (resumed.entries_found, resumed.entries_new) == (1, 2)
    assert (again.entries_found, again.entries_new) == (3, 0)
    for found in (first, second):
        np.testing.assert_array_equal(found.effects, table.effects)
        np.testing.assert_array_equal(found.on_january.ill, table.on_january.ill)
        pd.testing.assert_frame_equal(found.people, table.people)
    others = SmallParts(tmp_path)
    effects_table(scenario, finished_work=others, starts=[2028, 2030])
    assert others.entries_found == 0  # another table


def test_a_table_with_a_fault_is_noticed(walks, monkeypatch):
    """The negative control: what asserts equality to the run can fail."""
    scenario, table = walks
    run = without_ramp(scenario, reach=1.0, uptake=1.0)
    sizes = {"ramp_years": 0.0, "reach": 1.0, "uptake": 1.0, "as_drawn": True}
    assert_equal_to_the_run(table.answer(**sizes), run)
    lost = table.eligible()
    lost[np.flatnonzero(lost[:, 1])[0]] = False  # one person of some 1 300
    shifted = replace(table, effects=np.roll(table.effects, 1, axis=1))
    for wrong in (table.answer(lost, **sizes), shifted.answer(**sizes)):
        with pytest.raises(AssertionError):
            assert_equal_to_the_run(wrong, run)


# Bad input


@pytest.mark.parametrize(
    ("scenario", "options", "message"),
    [
        ("uk", {}, "policy: uk has no policies, so no effects"),
        ("walking_groups", {"policy": "walk"}, "policy: is the text 'walk'; must be 'walks'; did"),
        ("walking_groups", {"policy": 1}, "policy: is 1; must be a name, or a whole number"),
        ("walking_groups", {"policy": True}, "policy: is True; must be a name"),
        ("walking_groups", {"persons": 1}, "persons: is 1; must be at least 2, for a Monte Carlo"),
        ("walking_groups", {"persons": 0}, "persons: is 0; must be a whole number"),
        ("walking_groups", {"threads": 0}, "threads: is 0; must be"),
        ("walking_groups", {"starts": [2024, 2027]}, "starts: holds 2024; must be years from"),
        ("walking_groups", {"starts": [2027.5]}, "starts: holds 2027.5; must be years"),
        ("walking_groups", {"starts": [2026, 2027]}, "starts: ends with 2027; must .* 2028 among"),
        ("walking_groups", {"starts": [2028, 2026]}, "starts: has years out of order or twice"),
        ("walking_groups", {"starts": []}, "starts: is empty"),
        ("walking_groups", {"starts": 2027}, "starts: is 2027; must be years from 2025"),
        ("walking_groups", {"years": 1}, "policy: 'walks' starts in 2026; must start by 2025"),
        ("walking_groups", {"finished_work": "here"}, "finished_work: is the text 'here'; must be"),
        ("walking_groups", {"parameters": 3}, "parameters: is 3; must be what central_parameters"),
        ("walking_groups", {"progress": 3}, "progress: is 3; must be a function"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused(scenario, options, message):
    with pytest.raises(ValueError, match=message):
        effects_table(scenario, **{"persons": 100, "years": 4, **options})


def test_it_has_to_be_said_which_of_several_policies():
    walks = small("walking_groups")
    second = replace(walks.policies[0], name="more")
    with pytest.raises(ValueError, match="policy: walking_groups has 2; must be 'walks' or 'more'"):
        effects_table(replace(walks, policies=(*walks.policies, second)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reach": 1.5}, r"reach: is 1.5; must be a number between 0 and 1"),
        ({"uptake": "all"}, "uptake: is 'all'; must be a number|uptake"),
        ({"start": 2025}, "start: is 2025; must be a year from 2026 to 2030"),
        ({"start": 2031}, "start: is 2031; must be a year from 2026 to 2030"),
        ({"horizon": "ever"}, "horizon: is the text 'ever'; must be lifetime or run"),
        ({"as_drawn": 2}, "as_drawn: is 2; must be True or False"),
        ({"cost": replace(PRICE, delivery_months=3.0)}, "cost.delivery_months: is 3.0; must be 8"),
        (
            {"cost": replace(PRICE, delivery_months=None)},
            "cost.delivery_months: is None; must",
        ),
        (
            {"cost": replace(PRICE, per_participant=-1.0)},
            "cost.per_participant: is -1.0; must",
        ),
        ({"eligible": "all"}, "eligible: is the text 'all'; must be an Eligibility, or an array"),
        ({"eligible": np.ones((3, 6), np.bool_)}, "eligible: is .*; must be an Eligibility"),
        ({"eligible": np.ones((2966, 6))}, "eligible: is .*; must be an Eligibility"),
    ],
)
def test_questions_without_an_answer_are_refused(walks, options, message):
    with pytest.raises(ValueError, match=message):
        walks[1].answer(**options)


def test_a_disease_that_is_none_is_refused(walks):
    with pytest.raises(ValueError, match="disease: is the text 'strok'; must .* mean 'stroke'"):
        walks[1].on_january.has("strok")


def test_a_table_told_to_the_end_of_the_run_knows_no_lives_beyond():
    table = effects_table(small("walking_groups", "economics.horizon=run"), starts=[2030])
    with pytest.raises(ValueError, match="horizon: is the text 'lifetime'; must be run"):
        table.answer(start=2030, horizon="lifetime")
    with pytest.raises(ValueError, match="weights: hold the text 'qaly'; must be among incidence"):
        table.answer(start=2030).combined({"qaly": 1.0})
    with pytest.raises(ValueError, match="threshold: is the text 'x'; must be a finite number"):
        table.answer(start=2030).net_benefit("x")
    with pytest.raises(ValueError, match="weights: qalys_gained: is NaN; must be a finite number"):
        table.answer(start=2030).combined({"qalys_gained": float("nan")})
    with pytest.raises(ValueError, match="scale: is the text 'each'; must be simulated or per_10"):
        table.answer(start=2030).table("each")
    with pytest.raises(
        ValueError, match="persons: is .*; must be 1[0-9]{3}|9[0-9]{2} truth values"
    ):
        table.answer(start=2030).among(np.array([True]))


def test_care_without_a_price_is_unknown_and_not_nothing():
    abroad = load_scenario("walking_groups", ["years=3", "persons=300", "population.place=usa"])
    answer = effects_table(abroad).answer()
    assert answer.values[["care_cost_averted", "social_care_averted", "net_cost"]].isna().all()
    assert answer.values["deaths"] != 0.0
