"""Spending against what was expected: within three errors in 97 of 100 years, pilot and all."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm import load_scenario, simulate
from abm.running import pilot, setup
from tests.statistics import assert_spread

pytestmark = pytest.mark.verification
PILOTS = 40
WALKS = "policies.walks.{}".format
COST = "budget_per_year: 60000, per_person_offered: 0, per_participant: 30, delivery_months: null"
# Walks for two quintiles of a town; a nurse for every resident of one of them.
CASES = {
    "starters and those who stay": (
        WALKS(f"cost={{{COST}, per_participant_year: 40}}"), WALKS("eligible.deprivation=[1, 2]"),
    ),
    "mostly residents": (
        WALKS(f"cost={{{COST}, per_participant_year: 10, per_resident_year: 1.8}}"),
        WALKS("eligible.deprivation=[2]"),
    ),
}  # fmt: skip
SIMULATED = 20_000
TOWN = [
    "population.represents=150000", "years=7", WALKS("reach=0.6"),
    WALKS("adherence={quit_12_weeks: 0.25, half_life_years: 0.5, stays: 0.75}"),
]  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def years(request: pytest.FixtureRequest) -> pd.DataFrame:
    """Return the years of many runs, each planned on a small pilot of its own people."""
    scenario = load_scenario("walking_groups", [*TOWN, *CASES[request.param]])
    of_seed_0 = setup.pilot_scenario
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pilot, "ENOUGH", 1)  # one block
        patch.setattr(pilot, "ROUND", 1)
        for k in range(PILOTS):
            patch.setattr(
                setup, "pilot_scenario", lambda *args, k=k: replace(of_seed_0(*args), seed=500 + k)
            )
            run = simulate(scenario, persons=SIMULATED, seed=1 + k, pathways=False, lifetimes=False)
            planned = setup.set_up(run.scenario, pathways=False).deliveries["walks"]
            table = run.budget_impact.query("scale == 'represented'")
            found.append(table.assign(run=k, of_pilot=planned.spending_error))
    return pd.concat(found).query("year > 2025")


def misses(table: pd.DataFrame, error: pd.Series) -> pd.Series:
    return (table["spending"] - table["expected_spending"]) / error


def test_spending_lies_within_three_errors_of_what_was_expected(years):
    far = misses(years, years["spending_standard_error"])
    assert (far.abs() <= 3.0).mean() >= 0.97, far.abs().describe()
    for _, rows in years.groupby("year"):  # of one year the runs are independent
        assert_spread(misses(rows, rows["spending_standard_error"]), 1.0, detect=0.6)


def test_an_error_without_the_pilots_would_be_noticed(years):
    """Negative control: the error of the run alone."""
    of_run = np.sqrt(years["spending_standard_error"] ** 2 - years["of_pilot"] ** 2)
    far = misses(years, of_run)
    assert (far.abs() <= 3.0).mean() < 0.9, far.abs().describe()
