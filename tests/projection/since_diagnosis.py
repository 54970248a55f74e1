"""How deadly a cancer is to those who have it: by the months since it was found.

Published excess is a mean over all who have it. Their months since diagnosis say whose it is: those
just diagnosed die fastest. The mean moves as long as people are found and lost at other rates than
those by which the start was put in balance.
"""

from dataclasses import dataclass, replace

import numpy as np

from tests.projection.balance import Triple
from tests.projection.diseases import that_kill
from tests.projection.flows import Flows, Stocks
from tests.projection.hazards import older
from tests.projection.inputs import AGE, SEXES, Table, figure, remembered
from tests.projection.start import Start, start

MONTHS = 12
TINY = 1e-30


def dated() -> tuple[str, ...]:
    """Return the diseases whose excess falls with the years since diagnosis."""
    return tuple(d for d in that_kill("by published excess") if _by_year(d))


def _by_year(disease: str) -> dict[float, float]:
    try:
        return {float(year): float(rate) for year, rate in figure(_path(disease)).items()}
    except KeyError:
        return {}


def _path(disease: str) -> str:
    return f"mortality.excess_by_year.{disease}"


def by_month(disease: str) -> Table:
    """Return the published excess by months since diagnosis; the last stands for all later ones.

    Years between those published are on the line between them.
    """
    years, rates = np.array(sorted(_by_year(disease).items())).T
    own = np.interp(np.arange(1.0, years[-1] + 1.0), years, rates)
    return np.append(np.repeat(own, MONTHS), own[-1])


@dataclass(frozen=True)
class Balance:
    """In balance, by sex and age: ``share`` (..., months) who have had it so long, and ``level``.

    ``level`` (sexes, ages) is what published excess is multiplied by, so that its mean is that of
    deaths over cases.
    """

    share: Table
    level: Table


@remembered
def balance(disease: str) -> Balance:
    """Return how long those with a disease have had it, and how deadly it is to each."""
    triple, rates = start().triples[disease], by_month(disease)
    share = np.zeros((len(SEXES), len(AGE), rates.size))
    level = np.zeros((len(SEXES), len(AGE)))
    for s in range(len(SEXES)):
        cases = np.zeros(rates.size)
        for i in range(len(AGE)):
            share[s, i] = _even_within_years(cases)
            level[s, i], cases = _through_a_year(triple, (s, i), rates, cases)
    return Balance(share, level)


def _even_within_years(cases: Table) -> Table:
    """Return shares by month, each year's spread over its months; nobody: all long ago."""
    whole = cases.sum()
    if whole <= 0.0:
        return np.append(np.zeros(cases.size - 1), 1.0)
    years = cases[:-1].reshape(-1, MONTHS).mean(axis=1)
    return np.append(np.repeat(years, MONTHS), cases[-1]) / whole


def _through_a_year(
    triple: Triple, at: tuple[int, int], rates: Table, cases: Table
) -> tuple[float, Table]:
    """Return the level of excess in a year of age, and the cases by month at its end."""
    told = persons = 0.0
    for _ in range(MONTHS):
        people = max(cases.sum(), TINY)
        mean = max(float(cases @ rates), TINY * rates.max()) / people
        told, persons = told + people * mean, persons + people
        going = triple.excess[at] * rates / mean + triple.recovery[at]
        cases = _a_month_later(cases * np.exp(-going / MONTHS), triple.incidence[at] / MONTHS)
    return triple.excess[at] * persons / told, cases


def _a_month_later(cases: Table, new: Table | float) -> Table:
    """Return cases (..., months) a month later, the new ones first."""
    later = np.empty_like(cases)
    later[..., 1:] = cases[..., :-1]
    later[..., -1] += cases[..., -1]
    later[..., 0] = new
    return later


@dataclass(frozen=True)
class SinceDiagnosis:
    """How many have had each dated disease for so many months, shape (sexes, ages, months)."""

    cases: dict[str, Table]

    def excess(self, found: Start) -> Start:
        """Return the start with the excess that these people have on average."""
        now = {
            d: balance(d).level * (c @ by_month(d)) / np.maximum(c.sum(axis=-1), TINY)
            for d, c in self.cases.items()
        }
        return replace(found, death=replace(found.death, excess=found.death.excess | now))

    def a_year_older(self, newcomers: Stocks) -> "SinceDiagnosis":
        """Return everybody a year older; newcomers have had it for long."""
        later = {d: older(cases) for d, cases in self.cases.items()}
        for d, cases in later.items():
            cases[..., -1] += _everybody(newcomers, d)
        return SinceDiagnosis(later)

    def moved(self, flows: Flows, now: Stocks, years: float) -> "SinceDiagnosis":
        """Return them a month later, when ``now`` are there after the flows of that time."""
        later = {}
        for d, cases in self.cases.items():
            left = cases * np.exp(-years * balance(d).level[..., None] * by_month(d))
            new = years * flows.events[d]
            old = np.maximum(_everybody(now, d) - new, 0.0)
            scale = old / np.maximum(left.sum(axis=-1), TINY)
            later[d] = _a_month_later(left * scale[..., None], new)
        return SinceDiagnosis(later)


def _everybody(now: Stocks, disease: str) -> Table:
    """Return those with a disease by sex and age."""
    return now.with_disease[disease].sum(axis=(0, -1))


def since_diagnosis(now: Stocks) -> SinceDiagnosis:
    """Return how long those who have a disease at the start have had it."""
    return SinceDiagnosis(
        {d: _everybody(now, d)[..., None] * balance(d).share for d in dated()}
    )
