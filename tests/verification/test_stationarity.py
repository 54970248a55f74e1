"""Twenty years without a policy: the prevalence of every condition stays what it was.

A million people of the country, newcomers included, are counted at single years of age on the day
after the run. Standardised for age within each sex by the country's people, prevalence is then that
of the first day within 3 per cent and two Monte Carlo errors. Ages are those at which people are
there on both days; the table of all conditions is written to ``outputs/verification``.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm.conditions import CONDITIONS, condition
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.places.country import population
from abm.population.constants_of import calibrated_model
from abm.running.setup import set_up
from abm.running.stepwise import StepwisePopulation
from abm.scenario.load import load_scenario
from tests.baseline import keep

pytestmark = [pytest.mark.verification, pytest.mark.slow]

YEARS = 20
PERSONS, SEEDS = 100_000, 10
WITHIN = 0.03
MONTE_CARLO_ERRORS = 2.0
LARGEST_KNOWN = 0.10
# Nobody is 20 on the last day, or older than 94 on the first. Those of 40 or less are newcomers.
SPANS = {"21 to 94": slice(1, 75), "41 to 94": slice(21, 75)}
PAIRS = [
    (each.name, sex)
    for each in CONDITIONS
    if each.is_disease
    for sex in c.SEXES
    if each.sex in ("both", sex)
]
# What is known to drift, and why. Each cause was found by leaving one thing out: newcomers (those
# of 41 and more were all there on the first day), or what makes people of one age and sex differ.
NEWCOMERS = "newcomers of 20 bring no disease but depression; published prevalence at 20 is not 0"
DEPLETION = (
    "those at higher risk fall ill and die first, which people drawn at the start have yet to do: "
    "with people alike heart disease in women is .98, diabetes 1.00 after twenty years"
)
DRIFTS = {
    ("coronary_heart_disease", "female", "21 to 94"): DEPLETION,
    ("coronary_heart_disease", "female", "41 to 94"): DEPLETION,
    ("stroke", "male", "21 to 94"): NEWCOMERS,
    ("type_2_diabetes", "male", "21 to 94"): NEWCOMERS,
    ("type_2_diabetes", "female", "21 to 94"): NEWCOMERS,
    ("type_2_diabetes", "female", "41 to 94"): DEPLETION,
    ("colon_cancer", "male", "21 to 94"): DEPLETION,
    ("colon_cancer", "male", "41 to 94"): DEPLETION,
}
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


def standardised(counted, k, sex, ages):
    """Return prevalence at the country's ages, at the end over the start, and its error."""
    people, ill = counted[0, sex, ages], counted[1 + k, sex, ages]
    weight = population()[sex, ages]
    whole = weight @ calibrated_model(central_parameters()).rates[k].prevalence[sex, ages]
    share = ill / people
    error = np.sqrt(np.sum(weight**2 * share * (1.0 - share) / people))
    return weight @ share / whole, error / whole


def table_of(counted):
    """Return one row per condition, sex and ages: ratio, its Monte Carlo error, and the excess.

    ``beyond`` is what is left of the distance from 1 after what is allowed; above 0 is a drift.
    """
    rows = []
    for k, name in enumerate(c.DISEASES):
        for s, sex in enumerate(c.SEXES):
            if condition(name).sex in ("both", sex):
                for ages, span in SPANS.items():
                    ratio, error = standardised(counted, k, s, span)
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
    assert len(table) == (2 * c.N_DISEASES - 1) * len(SPANS)
    assert table["error"].max() < WITHIN, "too small a sample"


@pytest.mark.parametrize("ages", SPANS)
@pytest.mark.parametrize(("name", "sex"), PAIRS)
def test_prevalence_stays_what_it_was(table, name, sex, ages, request):
    """Within 3 per cent and two Monte Carlo errors; what is known to drift says why."""
    if (name, sex, ages) in DRIFTS:
        # Not strict: most are beyond the limit by less than a Monte Carlo error.
        request.applymarker(pytest.mark.xfail(reason=DRIFTS[name, sex, ages], strict=False))
    row = table[(table["condition"] == name) & (table["sex"] == sex) & (table["ages"] == ages)]
    assert (row["beyond"] <= 0.0).all(), row.to_string(index=False)


def test_nothing_drifts_further_than_is_known(table):
    """A tenth in twenty years and two Monte Carlo errors, whatever the cause."""
    assert (table["beyond"] < LARGEST_KNOWN - WITHIN).all(), table.to_string(index=False)


def test_the_comparison_notices_a_prevalence_that_drifts(after_twenty_years):
    """The negative control: a fifth more of any condition is noticed in each sex."""
    more = after_twenty_years.copy()
    more[1:] *= 1.2
    assert (table_of(more)["beyond"] > 0.0).all()
