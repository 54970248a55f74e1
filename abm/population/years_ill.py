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
from abm.rules import mortality

MONTHS = 12
LEAST = 1e-3  # of the deadliest year's excess, where nobody is there whose excess counts
# by months since diagnosis; the last year's are more than a year, so that rates of a year fit in
WHOLE_YEARS = np.minimum(np.arange(MONTHS * c.N_YEARS_ILL + 1) // MONTHS, c.N_YEARS_ILL - 1)


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
    january = _rates_from_january(by_year)
    cases = np.zeros((2, january.size))  # of each month since diagnosis, per person alive
    share = np.zeros((c.N_YEARS_ILL, 2, c.N_AGES))
    mean = np.zeros((2, c.N_AGES))
    for age in range(c.N_AGES):
        share[:, :, age] = _by_whole_year(cases)
        deaths = persons = 0.0
        kept = january
        for _ in range(MONTHS):
            with_it = np.maximum(cases.sum(axis=1), 1e-30)
            now = np.maximum(cases @ kept, deadliest * 1e-30) / with_it
            deaths, persons = deaths + now * with_it, persons + with_it
            cases = _a_month_on(cases, rates, age, kept, now)
            kept = _moved_on(kept, by_year[0])
        mean[:, age] = np.maximum(deaths / persons, LEAST * deadliest)
    return YearsIll(share, mean)


def _rates_from_january(by_year: Table) -> Table:
    """Return each patient's mean rate in the year to come, by months since diagnosis."""
    passed = (np.arange(WHOLE_YEARS.size) % MONTHS + 0.5) / MONTHS
    later = np.minimum(WHOLE_YEARS + 1, c.N_YEARS_ILL - 1)
    rule = np.vectorize(mortality.over_a_year)
    return np.asarray(rule(passed, by_year[WHOLE_YEARS], by_year[later]), float)


def _moved_on(by_month: Table, new: float | Table) -> Table:
    """Return what belongs to patients (..., months) a month later; the last month's are lost."""
    first = np.broadcast_to(new, by_month[..., :1].shape)
    return np.concatenate([first, by_month[..., :-1]], axis=-1)


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
    later = _moved_on(left, rates.incidence[:, age, None] / MONTHS)
    later[:, -1] += left[:, -1]
    return later
