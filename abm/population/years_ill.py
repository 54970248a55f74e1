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
from abm.places.country import DiseaseRates, Table

MONTHS = 12
LEAST = 1e-3  # of the deadliest year's excess, where nobody is there whose excess counts
WHOLE_YEARS = np.minimum(np.arange(MONTHS * (c.N_YEARS_ILL - 1) + 1) // MONTHS, c.N_YEARS_ILL - 1)


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

    ``by_year`` (years,) is the excess by year since diagnosis; only its ratios count.

    Raises
    ------
    ValueError
        If no year has any: then there are no ratios.
    """
    by_month = np.asarray(by_year, float)[WHOLE_YEARS]
    deadliest = float(by_month.max())
    if deadliest <= 0.0:
        raise ValueError("mortality.excess_by_year: is 0 in every year; one must be above 0")
    cases = np.zeros((2, by_month.size))  # of each month since diagnosis, per person alive
    share = np.zeros((c.N_YEARS_ILL, 2, c.N_AGES))
    mean = np.zeros((2, c.N_AGES))
    for age in range(c.N_AGES):
        share[:, :, age] = _by_whole_year(cases)
        deaths = persons = 0.0
        for _ in range(MONTHS):
            with_it = np.maximum(cases.sum(axis=1), 1e-30)
            now = np.maximum(cases @ by_month, deadliest * 1e-30) / with_it
            deaths, persons = deaths + now * with_it, persons + with_it
            cases = _a_month_on(cases, rates, age, by_month, now)
        mean[:, age] = np.maximum(deaths / persons, LEAST * deadliest)
    return YearsIll(share, mean)


def _by_whole_year(cases: Table) -> Table:
    """Return shares by whole years since diagnosis, (years, 2); all long ago where nobody is."""
    found = np.stack([cases[:, y == WHOLE_YEARS].sum(axis=1) for y in range(c.N_YEARS_ILL)])
    whole = found.sum(axis=0)
    found[-1] += whole <= 0.0
    return found / np.where(whole > 0.0, whole, 1.0)


def _a_month_on(
    cases: Table, rates: DiseaseRates, age: int, by_month: Table, mean: Table
) -> Table:
    """Return the cases of each month since diagnosis a month later."""
    leaving = rates.excess[:, age, None] * by_month / mean[:, None] + rates.exit_rate[:, age, None]
    left = cases * np.exp(-leaving / MONTHS)
    later = np.concatenate([rates.incidence[:, age, None] / MONTHS, left[:, :-1]], axis=1)
    later[:, -1] += left[:, -1]
    return later
