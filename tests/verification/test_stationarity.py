"""Twenty years without a policy: the prevalence of every condition stays what it was.

A million people of the country, newcomers included, are counted at single years of age on the day
after the run. Standardised for age and sex by the country's people, prevalence is then that of the
first day within 3 per cent and two Monte Carlo errors. Ages are those at which people are there on
both days; the table of all conditions, by sex too, is written to ``outputs/verification``.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm.conditions import condition
from abm.evidence.parameters import central_parameters
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.places.country import population
from abm.population.constants_of import calibrated_model
from abm.running.setup import set_up
from abm.running.stepwise import StepwisePopulation
from abm.scenario.load import load_scenario
from tests.baseline import keep

PLACE = bundled_place()

pytestmark = [pytest.mark.verification, pytest.mark.slow]

YEARS = 20
PERSONS, SEEDS = 100_000, 10
WITHIN = 0.03
MONTE_CARLO_ERRORS = 2.0
LARGEST_KNOWN = 0.10
# Nobody is 20 on the last day, or older than 94 on the first. Those of 40 or less are newcomers.
SPANS = {"21 to 94": slice(1, 75), "41 to 94": slice(21, 75)}
BOTH = "both"
SHAPE = (len(c.SEXES), c.N_AGES)


def stocks(run):
    """Return people and ill on the day after a run, shape (1 + diseases, sexes, ages)."""
    keys = run.living(0)
    sex, age = (run.column(0, True, k)[keys] for k in (c.SEX, c.AGE))
    # Ages grow in the first step of a year: on the next day all are a year older.
    place = (sex, np.minimum(age - c.YOUNGEST + 1, c.N_AGES - 1))
    found = np.zeros((1 + c.N_DISEASES, *SHAPE))
    np.add.at(found[0], place, 1.0)
    for k in range(c.N_DISEASES):
        np.add.at(found[1 + k], place, run.column(0, False, c.ILL + k)[keys] > 0)
    return found


@pytest.fixture(scope="module")
def after_twenty_years():
    """Return people and ill of all seeds on the day after the run."""
    setup = set_up(replace(load_scenario("uk"), persons=PERSONS, years=YEARS))
    found = np.zeros((1 + c.N_DISEASES, *SHAPE))
    for seed in range(1, SEEDS + 1):
        run = StepwisePopulation(setup, seed)
        while run.steps_done < run.steps:
            run.step()
        found += stocks(run)
    return found


def standardised(counted, k, sexes, ages):
    """Return prevalence at the country's ages and sexes, end over start, and its error."""
    people, ill = counted[0, sexes, ages], counted[1 + k, sexes, ages]
    weight = population(PLACE)[sexes, ages]
    before = calibrated_model(central_parameters()).rates[k].prevalence[sexes, ages]
    whole, share = np.sum(weight * before), ill / people
    error = np.sqrt(np.sum(weight**2 * share * (1.0 - share) / people))
    return np.sum(weight * share) / whole, error / whole


def sexes_of(disease):
    """Return what is compared of a disease: both sexes together, and each by itself."""
    if condition(disease).sex == "female":
        return {BOTH: slice(c.FEMALE, c.FEMALE + 1)}
    return {BOTH: slice(None), **{sex: slice(s, s + 1) for s, sex in enumerate(c.SEXES)}}


def table_of(counted):
    """Return one row per condition, sex and ages: ratio, its Monte Carlo error, and the excess.

    ``beyond`` is what is left of the distance from 1 after what is allowed; above 0 is a drift.
    """
    rows = []
    for k, name in enumerate(c.DISEASES):
        for sex, sexes in sexes_of(name).items():
            for ages, span in SPANS.items():
                ratio, error = standardised(counted, k, sexes, span)
                beyond = abs(ratio - 1.0) - WITHIN - MONTE_CARLO_ERRORS * error
                rows.append((name, sex, ages, ratio, error, beyond))
    names = ["condition", "sex", "ages", "ratio", "error", "beyond"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def table(after_twenty_years):
    """Return the table, kept for readers."""
    found = table_of(after_twenty_years)
    keep(found, "stationarity")
    print(f"\n{found.to_string(index=False)}")
    return found


def test_all_conditions_are_compared(table):
    assert set(table["condition"]) == set(c.DISEASES)
    assert table["error"].max() < WITHIN, "too small a sample"


@pytest.mark.parametrize("name", c.DISEASES)
def test_prevalence_stays_what_it_was(table, name):
    """Standardised for age and sex, within 3 per cent and two Monte Carlo errors."""
    both = table[(table["sex"] == BOTH) & (table["ages"] == "21 to 94")]
    row = both[both["condition"] == name]
    assert len(row) == 1
    assert (row["beyond"] <= 0.0).all(), row.to_string(index=False)


def test_no_sex_drifts_far_by_itself(table):
    """A tenth in twenty years and two Monte Carlo errors: those at higher risk fall ill first."""
    assert (table["beyond"] < LARGEST_KNOWN - WITHIN).all(), table.to_string(index=False)


def test_the_comparison_notices_a_prevalence_that_drifts(after_twenty_years):
    """The negative control: a fifth more of any condition is noticed in each sex."""
    more = after_twenty_years.copy()
    more[1:] *= 1.2  # of the ill
    assert (table_of(more)["beyond"] > 0.0).all()
