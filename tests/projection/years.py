"""Years of the country's people: what is expected of a run."""

from dataclasses import dataclass

import numpy as np

from abm.conditions import CAUSES, DISEASES
from tests.projection.diseases import BESIDE_DIABETES, DIABETES, EPISODES
from tests.projection.flows import Flows, Stocks, a_year_older, at_start, flow
from tests.projection.hazards import first_lags, hazards_of_year, lags_a_year_older
from tests.projection.inputs import (
    AGE,
    SEXES,
    Table,
    figure,
    male_share_at_first_age,
    start_population,
)
from tests.projection.people import YEARS, dose
from tests.projection.since_diagnosis import SinceDiagnosis, since_diagnosis
from tests.projection.start import Start, start

SUBSTEPS = 12  # per year: months, as those since diagnosis
EVER = "ever depressed"


@dataclass(frozen=True)
class Projection:
    """Expected numbers per person at the start, shape (years, sexes, ages); years + 1 for stocks.

    ``events`` and ``stocks`` by disease, beside them EPISODES of depression and who EVER had one,
    ``deaths`` by cause.
    """

    people: Table
    person_years: Table
    events: dict[str, Table]
    stocks: dict[str, Table]
    deaths: dict[str, Table]

    @classmethod
    def empty(cls, years: int) -> "Projection":
        """Return one of so many years in which nothing has been counted."""
        stock, flow = (np.zeros((n, len(SEXES), len(AGE))) for n in (years + 1, years))
        return cls(
            stock, flow, {d: flow.copy() for d in (*DISEASES, EPISODES)},
            {d: stock.copy() for d in (*DISEASES, EVER)},
            {cause: flow.copy() for cause in CAUSES},
        )  # fmt: skip

    def take_stock(self, year: int, now: Stocks) -> None:
        """Note the stocks of a January."""
        self.people[year] = now.alive.sum(axis=(0, -1))
        ill = now.ill
        for d in BESIDE_DIABETES:
            self.stocks[d][year] = ill[d].sum(axis=(0, -1))
        self.stocks[EVER][year] = now.course.sum(axis=(0, 1, -1))
        self.stocks[DIABETES][year] = now.alive[1].sum(axis=-1)

    def count(self, year: int, people: Stocks, flows: Flows, time: float) -> None:
        """Add what happens to people in a part of a year."""
        self.person_years[year] += time * people.alive.sum(axis=(0, -1))
        for d in (*DISEASES, EPISODES):
            self.events[d][year] += time * flows.events[d]
        for cause in CAUSES:
            self.deaths[cause][year] += time * flows.deaths[cause]


def first_day(persons: Table) -> tuple[dict[str, Table], dict[str, Table]]:
    """Return events and deaths [per year] of persons (sexes, ages) as they start."""
    found = start()
    hazards = hazards_of_year(found, first_lags(found), dose(0), 0)
    _change, flows = flow(found, hazards, at_start(found, persons))
    return flows.events, flows.deaths


def project(years: int = YEARS, least: float = 0.0) -> Projection:
    """Return what is expected of the country's people in the years after the start.

    From the second year on nobody's dose is below ``least`` [MET-hours per week].
    """
    found = start()
    doses = [np.maximum(dose(year), least if year else 0.0) for year in range(years)]
    persons = start_population()
    persons = persons / persons.sum()
    now, lags = at_start(found, persons), first_lags(found)
    since = since_diagnosis(now)
    newcomers = at_start(found, _entrants())
    expected = Projection.empty(years)
    for year in range(years):
        expected.take_stock(year, now)
        if year > 0:
            now, since = a_year_older(now, newcomers), since.a_year_older(newcomers)
            lags = lags_a_year_older(found, lags, doses[year - 1], year)
        hazards = hazards_of_year(found, lags, doses[year], year)
        now, since = _run_year(expected, year, found, hazards, now, since)
    expected.take_stock(years, now)
    return expected


def _entrants() -> Table:
    """Return the newcomers of a year per person at the start (sexes, ages)."""
    fresh, male = np.zeros((len(SEXES), len(AGE))), male_share_at_first_age()
    fresh[:, 0] = figure("people.entrant_rate") * np.array([male, 1.0 - male])
    return fresh


def _run_year(
    expected: Projection, year: int, found: Start, hazards: dict[str, Table], now: Stocks,
    since: SinceDiagnosis,
) -> tuple[Stocks, SinceDiagnosis]:
    """Count one year in months (midpoint rule), and return the stocks at its end."""
    dt = 1.0 / SUBSTEPS
    for _ in range(SUBSTEPS):
        as_deadly = since.excess(found)
        change, _flows = flow(as_deadly, hazards, now)
        middle = now.moved(change, dt / 2.0)
        change, flows = flow(as_deadly, hazards, middle)
        expected.count(year, middle, flows, dt)
        now = now.moved(change, dt)
        since = since.moved(flows, now, dt)
    return now, since
