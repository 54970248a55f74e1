"""Budgets over 5 to 40 years: the same first years, each year's spending within the budget."""

import numpy as np
import pytest

from abm import load_scenario, simulate
from abm.results.result import Result
from abm.scenario.budgets import AIM_AHEAD

pytestmark = pytest.mark.verification
HORIZONS = (5, 10, 20, 40)
SEEDS = 4
# Budget [GBP a year] and the yearly rate at which those who quit come back.
BUDGETS = {
    "tight": (60_000, 0.05), "town": (100_000, 0.05), "late": (200_000, 0.05),
    "many come back": (60_000, 0.5),
}  # fmt: skip
WALKS = "policies.walks.{}".format
# Many quit early, others for life cost money every year: the hardest case for a budget.
STAYING = "quit_12_weeks: 0.25, half_life_years: 0.5, stays: 0.75"
COST = (
    "per_person_offered: 0, per_participant: 30, per_participant_year: 40, delivery_months: null"
)


def town(budget: int, rejoin: float, years: int) -> Result:
    """Simulate walks for the two most deprived quintiles of a town of 150 000."""
    words = [
        "population.represents=150000", f"years={years}", WALKS("reach=0.6"),
        WALKS("eligible.deprivation=[1, 2]"), WALKS(f"cost.budget_per_year={budget}"),
        WALKS(f"adherence={{{STAYING}, rejoin_per_year: {rejoin}}}"), WALKS(f"cost={{{COST}}}"),
    ]  # fmt: skip
    scenario = load_scenario("walking_groups", words)
    return simulate(scenario, persons=40_000, seed=11, seeds=SEEDS, pathways=False)


@pytest.fixture(scope="module", params=BUDGETS)
def runs(request: pytest.FixtureRequest) -> dict[int, Result]:
    return {years: town(*BUDGETS[request.param], years) for years in HORIZONS}


def tables(runs):
    for years, result in runs.items():
        table = result.budget_impact.query("scale == 'represented' and year > 2025")
        yield years, table.reset_index(drop=True)


def test_the_first_years_do_not_know_the_horizon(runs):
    found = dict(tables(runs))
    for years in HORIZONS[:-1]:
        np.testing.assert_array_equal(found[years]["reach"], found[40]["reach"][: years - 1])


def test_expected_spending_is_within_the_budget_and_near_it_while_demand_lasts(runs):
    for _, table in tables(runs):
        share = table["expected_spending"] / table["budget"]
        assert (share <= AIM_AHEAD + 1e-6).all()
        building_up = (table["year"] == 2026) & (table["reach"] >= 0.3 - 1e-6)
        waiting = (table["reach"] < 0.6 - 1e-6) & ~building_up
        assert (share[waiting] >= 0.95).all(), share.round(3).tolist()


def test_spending_lies_within_three_errors_of_what_was_expected(runs):
    """In 97 of 100 years; years of one run go together, so horizons are not added up."""
    table = dict(tables(runs))[40]
    far = (table["spending"] - table["expected_spending"]) / table["spending_standard_error"]
    assert (far.abs() <= 3.0).mean() >= 0.97, far.round(1).tolist()


def test_a_budget_that_forgot_those_who_stay_would_be_noticed(runs):
    """Negative control: the starters of each year alone are far from the budget."""
    table = dict(tables(runs))[40]
    starters = table["started"] * 30.0
    far = (starters - table["expected_spending"]) / table["spending_standard_error"]
    assert (far.abs() > 3.0).mean() > 0.9
