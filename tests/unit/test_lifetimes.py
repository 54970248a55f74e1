"""Health and money look to the end of life of those who took part; effects stay within the run."""

from dataclasses import replace

import numpy as np
import pytest

from abm import load_scenario, simulate
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.population.setup import empty_counts, new_block
from abm.results.spending import spending_later, told_of
from abm.results.worth import LIFETIME, RUN, horizon_of, valued, worth
from abm.running.people import run_slots
from abm.running.queue import count_population
from abm.running.setup import set_up

COHORT = [
    "population.entrants=false", "population.ages=[45, 75]", "policies.walks.end=2030",
    "policies.walks.reach=1", "policies.walks.uptake=0.6",
]  # fmt: skip


def cohort(years, *more, persons=4000):
    words = [*COHORT, f"years={years}", f"persons={persons}", *more]
    return load_scenario("walking_groups", words)


def counted(scenario, seed=3, lifetimes=True, threads=1):
    setup = set_up(scenario, pathways=False, lifetimes=lifetimes)
    return count_population(setup, seed, threads)


@pytest.fixture(scope="module")
def after_six_years():
    return counted(cohort(6))


def test_what_a_cohort_is_worth_does_not_depend_on_the_years_of_the_run(after_six_years):
    """Whether the run ends soon after the policy, later, or when all have died."""
    central = central_parameters()
    short = worth(after_six_years, cohort(6), central)
    for years in (15, 80):
        found = worth(counted(cohort(years)), cohort(years), central)
        for name in ("dalys_averted", "qalys_gained", "cost_per_qaly"):
            assert found[name] == pytest.approx(short[name], rel=0.03), (years, name)
        assert found["policy_cost"] == pytest.approx(short["policy_cost"], rel=1e-3)
    whole = counted(cohort(80))
    np.testing.assert_allclose(valued(whole, LIFETIME), valued(whole, RUN), rtol=1e-3)
    within = worth(after_six_years, cohort(6), central, RUN)
    assert within["qalys_gained"] < 0.2 * short["qalys_gained"]  # the check can fail


def test_effects_stay_within_the_run(after_six_years):
    without = counted(cohort(6), lifetimes=False)
    for name in ("strata", "effects", "course", "told"):
        np.testing.assert_array_equal(getattr(without, name), getattr(after_six_years, name))
    assert horizon_of(without) == RUN and horizon_of(after_six_years) == LIFETIME
    np.testing.assert_array_equal(valued(without, RUN), valued(after_six_years, RUN))


def test_the_run_is_the_horizon_where_the_scenario_says_so():
    scenario = cohort(6, "economics.horizon=run", persons=500)
    assert set_up(scenario, lifetimes=True).later is None
    assert set_up(load_scenario("uk"), lifetimes=True).later is None  # nobody takes part
    table = simulate(scenario, pathways=False).economics
    assert set(table["horizon"]) == {RUN}
    np.testing.assert_array_equal(table["value"], table["within_run"])


def test_both_horizons_stand_side_by_side():
    scenario = cohort(6, persons=1000)
    result = simulate(scenario, pathways=False)
    table = result.economics.set_index("measure")
    assert set(table["horizon"]) == {LIFETIME}
    gained = table.loc["qalys_gained"]
    assert gained["within_run"] < 0.3 * gained["value"]
    spent = table.loc["policy_cost"]
    assert spent["value"] == pytest.approx(spent["within_run"]) and spent["value"] > 0
    narrow = simulate(scenario, pathways=False, lifetimes=False).economics.set_index("measure")
    assert narrow.loc["qalys_gained", "value"] == pytest.approx(gained["within_run"])


def test_threads_and_blocks_do_not_matter():
    setup = set_up(cohort(6, persons=3000), pathways=False, lifetimes=True)
    one, two = (count_population(setup, 5, threads) for threads in (1, 2))
    block, parts = new_block(setup), empty_counts(setup)
    for first, last in ((0, 1024), (1024, 2048), (2048, 3000)):
        run_slots(setup, 5, first, last, block, parts)
    for name in ("lifetime", "told_later", "effects", "worth", "sources"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        np.testing.assert_array_equal(getattr(one, name), getattr(parts, name))


def test_the_world_in_which_il6_is_frozen_changes_nothing():
    scenario = cohort(6, persons=1500)
    two, three = (
        count_population(set_up(scenario, pathways=pathways, lifetimes=True), 5)
        for pathways in (False, True)
    )
    np.testing.assert_array_equal(two.lifetime, three.lifetime)
    np.testing.assert_array_equal(two.told_later, three.told_later)


def test_a_policy_that_reaches_nobody_is_worth_exactly_nothing():
    counts = counted(cohort(6, "policies.walks.reach=0", persons=1500))
    assert not counts.lifetime.any() and not counts.told_later.any()


def test_nobody_starts_after_the_run_and_each_month_delivered_costs():
    """Nobody quits: who takes part at the end goes on, and is served until death."""
    for_life = ("policies.walks.end=null", "policies.walks.adherence=null")
    scenario = cohort(6, *for_life, "policies.walks.cost.delivery_months=null")
    counts = counted(scenario)
    later = counts.told_later[0, 0] + counts.told_later[1, 0]
    assert later[:, [0, 2, 4]].sum() == 0  # offered, started, residents
    assert later[0, 3] > 0.9 * told_of(counts, 0)[-1, 3] * c.FIXED_POINT
    assert (np.diff(later[:, 3]) <= 0).all() and later[70:].sum() == 0
    policy = scenario.policies[0]
    cost = spending_later(counts, policy, 0)
    served = later[:, 3] / c.FIXED_POINT
    np.testing.assert_allclose(cost, served * policy.cost.per_participant_year)
    eight_months = counted(cohort(6, *for_life)).told_later[1, 0].sum(axis=0)
    assert eight_months[1] > 20 * eight_months[3]


def test_who_comes_in_after_the_run_takes_part_in_nothing():
    """In an open population as well, only those who took part are followed."""
    scenario = replace(cohort(6), persons=2000)
    still = replace(scenario, population=replace(scenario.population, entrants=True))
    counts = counted(still)
    later = counts.told_later[0, 0] + counts.told_later[1, 0]
    assert later[:, [0, 2]].sum() == 0 and later[0, 1] > 0
