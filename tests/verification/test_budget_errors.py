"""Spending against what was expected: within three errors in 97 of 100 years, pilot and all."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm import load_scenario
from abm.results.budget_impact import budget_impact_table
from abm.running import pilot, setup
from abm.running.queue import count_population
from tests.statistics import assert_spread

pytestmark = [pytest.mark.verification, pytest.mark.slow]
PILOTS, SIMULATED = 24, 40_000
WALKS = "policies.walks.{}".format
COST = "budget_per_year: {}, per_person_offered: 0, per_participant: {}, delivery_months: null"
# Walks for few people, so that a pilot of 1 024 persons knows little of their number; and a place
# where residents take most of the money.
CASES = {
    "few are eligible": (
        WALKS(f"cost={{{COST.format(150_000, 100)}, per_participant_year: 10}}"),
        WALKS("eligible={deprivation: [1, 2], ages: [60, 80]}"), WALKS("uptake=1"),
    ),
    "mostly residents": (
        WALKS(f"cost={{{COST.format(60_000, 30)}, per_resident_year: 1.2}}"),
        WALKS("eligible.deprivation=[2]"),
    ),
}  # fmt: skip
TOWN = [
    "population.represents=150000", "years=5", WALKS("reach=1"),
    WALKS("adherence={quit_12_weeks: 0.25, half_life_years: 0.5, stays: 0.75}"),
]  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def years(request: pytest.FixtureRequest) -> pd.DataFrame:
    """Return the years of many runs, each planned on a small pilot of its own people."""
    scenario = load_scenario("walking_groups", [*TOWN, *CASES[request.param]])
    scenario = replace(scenario, persons=SIMULATED)
    of_seed_0 = setup.pilot_scenario
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pilot, "ENOUGH", 1)
        patch.setattr(pilot, "ROUND", 1)  # one block
        found = []
        for k in range(PILOTS):
            patch.setattr(
                setup, "pilot_scenario", lambda *args, k=k: replace(of_seed_0(*args), seed=500 + k)
            )
            planned = setup.set_up(scenario, pathways=False)
            counts = count_population(planned, 1 + k)
            table = budget_impact_table(scenario, [counts], planned.deliveries)
            table = table.query("scale == 'represented'")
            found.append(table.assign(of_pilot=planned.deliveries["walks"].spending_error))
    return pd.concat(found).query("year > 2025")


def misses(table: pd.DataFrame, error: pd.Series) -> pd.Series:
    return (table["spending"] - table["expected_spending"]) / error


def test_spending_lies_within_three_errors_of_what_was_expected(years):
    far = misses(years, years["spending_standard_error"])
    assert (far.abs() <= 3.0).mean() >= 0.97, far.abs().describe()
    for _, rows in years.groupby("year"):  # of one year the runs are independent
        assert_spread(misses(rows, rows["spending_standard_error"]), 1.0, detect=1.5)


def test_an_error_without_the_pilots_would_be_noticed(years):
    """Negative control: the error of the run alone."""
    of_run = np.sqrt(years["spending_standard_error"] ** 2 - years["of_pilot"] ** 2)
    far = misses(years, of_run)
    assert (far.abs() <= 3.0).mean() < 0.95, far.abs().describe()
