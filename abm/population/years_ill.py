"""How long those have had a disease whose deaths fall with the years since diagnosis.

The people of each age are those of the age before: new cases come, some die of the disease and some
leave it, and who is left has had it for longer. So its deaths, by year since diagnosis, add up to
those of all who have it.
"""

from typing import NamedTuple

import numpy as np

from abm.conditions import CONDITIONS
from abm.evidence.parameters import Parameters, table_at
from abm.kernel import layout as c
from abm.kernel.constants import Single
from abm.places.country import DiseaseRates, Table
from abm.population.lanes import new_lanes
from abm.population.months_ill import BINS, MONTHS, SIZE, grow_older
from abm.rules import mortality

LEAST = 1e-3  # of the deadliest year's excess, where nobody is there whose excess counts
# by months since diagnosis; the last year's are more than a year, so that rates of a year fit in
WHOLE_YEARS = np.minimum(np.arange(BINS) // MONTHS, c.N_YEARS_ILL - 1)


class YearsIll(NamedTuple):
    """Those who have a disease: ``share`` (years, 2, ages) on 1 January by whole years since
    diagnosis, ``mean`` (2, ages) of the excess by years over all of them in the year after.
    """

    share: Table
    mean: Table


def excess_by_year(parameters: Parameters) -> Table:
    """Return excess mortality by year since diagnosis, (diseases, years); 1 where all are alike."""
    found = np.ones((c.N_DISEASES, c.N_YEARS_ILL))
    for k, row in enumerate(CONDITIONS[: c.N_DISEASES]):
        if row.evidence.excess_by_year:
            table = parameters[row.evidence.excess_by_year]
            found[k] = [table_at(table, year + 1.0) for year in range(c.N_YEARS_ILL)]
    return found


def years_since_diagnosis(rates: DiseaseRates, by_year: Table) -> YearsIll:
    """Return how long those with a disease have had it, month by month from the first age on.

    ``by_year`` (years,) is the excess by year since diagnosis; only its ratios count. As in the
    kernel, each patient keeps the mean rate of a year from January on, and a new one that of the
    first year: where many leave the disease within a year, rates that fell in it would kill more.

    Raises
    ------
    ValueError
        If no year has any: then there are no ratios.
    """
    by_year = np.asarray(by_year, float)
    deadliest = float(by_year.max())
    if deadliest <= 0.0:
        raise ValueError("mortality.excess_by_year: is 0 in every year; one must be above 0")
    relative = by_year / deadliest
    through_a_year, lanes = _rates_through_a_year(relative), new_lanes(4)
    share = np.zeros((c.N_YEARS_ILL, 2, c.N_AGES))
    mean = np.zeros((2, c.N_AGES))
    for sex in range(2):
        if not rates.incidence[sex].any():  # nobody ever has it
            share[-1, sex], mean[sex] = 1.0, 1.0
            continue
        grow_older(
            rates.incidence[sex], rates.excess[sex], rates.exit_rate[sex], through_a_year,
            np.zeros((2, SIZE), np.float32), lanes, share[:, sex], mean[sex],
        )  # fmt: skip
    return YearsIll(share, deadliest * np.maximum(mean, LEAST))


def _rates_through_a_year(by_year: Table) -> Single:
    """Return each patient's rate in the months after January, by months since diagnosis.

    Shape (13, bins filled up), with a row of 1: who is new has that of the first year.
    """
    january = _rates_from_january(by_year)
    found = np.zeros((MONTHS + 1, SIZE), np.float32)
    found[MONTHS] = 1.0
    for passed in range(MONTHS):
        found[passed, :passed] = by_year[0]
        found[passed, passed:BINS] = january[: BINS - passed]
    return found


def _rates_from_january(by_year: Table) -> Table:
    """Return each patient's mean rate in the year to come, by months since diagnosis."""
    passed = (np.arange(WHOLE_YEARS.size) % MONTHS + 0.5) / MONTHS
    later = np.minimum(WHOLE_YEARS + 1, c.N_YEARS_ILL - 1)
    rule = np.vectorize(mortality.over_a_year)
    return np.asarray(rule(passed, by_year[WHOLE_YEARS], by_year[later]), float)
