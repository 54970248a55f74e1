"""The baseline as arithmetic, of people as different as the evidence says.

As :mod:`tests.projection`, by classes of people (:mod:`tests.unlike_people`) that start as
:mod:`tests.unlike_start` says. It knows what the other cannot: those at higher risk fall ill and
die first, habits drift and risk follows them late, diabetes leads to heart disease and stroke, and
depression comes back more often than it comes.

Stocks have shape ``(2, sexes, ages, classes)``: of people without and with diabetes.
"""

from dataclasses import dataclass

import numpy as np

from tests import unlike_people as people
from tests.projection import (
    DISEASES,
    Projection,
    Table,
    figure,
    male_share_at_first_age,
    start_population,
)
from tests.unlike_people import CLOCKS, YEARS, kinds, ratio
from tests.unlike_start import VASCULAR, Start, after_events, expected_diabetes, of_diabetes, start

SUBSTEPS = 12  # per year
NOT_YET = 0.5 / 12.0  # years until a disease that comes or goes counts for death: from next month
MARGINAL = tuple(d for d in DISEASES if d != "type_2_diabetes")
DEADLY = tuple(d for d in MARGINAL if d != "depression")


@dataclass
class Stocks:
    """People by class: all, with each disease but diabetes, and well with past depression."""

    alive: Table
    ill: dict[str, Table]
    past: Table

    def moved(self, change: "Stocks", years: float) -> "Stocks":
        """Return the stocks after some time of a change [per year]."""
        return Stocks(
            self.alive + years * change.alive,
            {d: self.ill[d] + years * change.ill[d] for d in MARGINAL},
            self.past + years * change.past,
        )


@dataclass(frozen=True)
class Lagged:
    """What people carry from year to year: lagged doses by clock, hazard of diabetes met."""

    dose: dict[str, Table]
    met: Table


def _older(table: Table) -> Table:
    """Return a table (..., ages, classes) one year of age later; nobody yet at the first."""
    moved = np.zeros_like(table)
    moved[..., 1:, :] = table[..., :-1, :]
    moved[..., -1, :] += table[..., -1, :]
    return moved


def _at_start(found: Start, persons: Table) -> Stocks:
    """Return stocks of persons (sexes, ages) as they are at the start."""
    alive = persons[..., None] * found.living.weight * found.share["type_2_diabetes"]
    ill = {d: alive * found.share[d] for d in MARGINAL}
    past = (alive - ill["depression"]) * found.links.history_in_january[..., None]
    return Stocks(alive, ill, past)


def _newcomers(found: Start, persons: Table) -> Stocks:
    """Return stocks of newcomers: well but for depression."""
    fresh = _at_start(found, persons)
    alive = np.array([fresh.alive.sum(axis=0), np.zeros_like(fresh.past[0])])
    ill = {d: np.zeros_like(alive) for d in MARGINAL}
    ill["depression"] = alive * found.share["depression"][0]
    past = (alive - ill["depression"]) * found.links.history_in_january[..., None]
    return Stocks(alive, ill, past)


def _a_year_older(found: Start, stocks: Stocks, newcomers: Stocks) -> Stocks:
    """Return everybody a year older, some past depression forgotten, and the newcomers."""
    kept = np.exp(-found.links.fading)[..., None]
    return Stocks(
        _older(stocks.alive) + newcomers.alive,
        {d: _older(stocks.ill[d]) + newcomers.ill[d] for d in MARGINAL},
        _older(stocks.past) * kept + newcomers.past,
    )


# Hazards of a year


def _first_lags(found: Start) -> Lagged:
    """Return what a steady habit has led to."""
    by_clock = {clock: people.dose(0) for clock in CLOCKS}
    return Lagged(by_clock, _steadily_met(found, 0))


def _steadily_met(found: Start, year: int) -> Table:
    lasting = np.exp(people.by_dose("type_2_diabetes", people.dose(year)))
    return found.diabetes_met[..., None] * lasting


def _lags_a_year_older(found: Start, lags: Lagged, before: Table, year: int) -> Lagged:
    """Return the lagged doses and the hazard of diabetes met by the January of a year.

    ``before``: the doses of the year that has just ended.
    """
    young = people.dose(year)[:, :1]
    dose = {}
    for clock, lagged in lags.dose.items():
        keep = np.exp(-1.0 / people.lag(clock))
        dose[clock] = _older(before + (lagged - before) * keep)
        dose[clock][:, :1] = young
    inactive = found.diabetes_met[..., None]
    more = np.diff(inactive, axis=1, prepend=0.0)
    met_before = _older(lags.met)
    relative = np.exp(people.by_dose("type_2_diabetes", dose["type_2_diabetes"]))
    shrunk = met_before * inactive / np.maximum(inactive - more, 1e-12)
    met = np.where(more >= 0.0, met_before + more * relative, shrunk)
    met[:, :1] = _steadily_met(found, year)[:, :1]
    return Lagged(dose, met)


def _hazards(found: Start, lags: Lagged, now: Table, year: int) -> dict[str, Table]:
    """Return the hazards of onset and of other death [per year], without and with diabetes.

    Over the year the lagged dose is on average between where it was and ``now``, the year's doses.
    """
    smoker = found.living.smoker
    own_il6 = kinds().lasting_il6 + kinds().drifting_il6[year]
    obese = people.body_mass_index() >= figure("il6.obesity_bmi")
    more = np.array([obese, np.ones_like(obese)])
    expected = expected_diabetes(lags.met)
    hazards = {}
    for clock in CLOCKS:
        lag = people.lag(clock)
        left = lag * (1.0 - np.exp(-1.0 / lag))
        lagged = now + (lags.dose[clock] - now) * left
        place = found.place[:, None, :] if clock == "other" else people.by_place(clock)
        carried = (
            people.by_body(clock) + people.of_smokers(clock) * smoker + place
            + people.by_il6(clock, own_il6) + people.by_dose(clock, lagged)
        )  # fmt: skip
        trained = people.by_training(clock, now, lagged, more)
        hazards[clock] = (
            found.reference[clock][..., None] * np.exp(carried + trained)
            * of_diabetes(clock, expected)
        )  # fmt: skip
    return hazards


# Flows


@dataclass(frozen=True)
class Flows:
    """Events and deaths of all classes together [per year], shape (sexes, ages)."""

    events: dict[str, Table]
    deaths: dict[str, Table]


def _share(part: Table, whole: Table) -> Table:
    return part / np.maximum(whole, 1e-300)


def _onsets(found: Start, hazards: dict[str, Table], now: Stocks) -> dict[str, Table]:
    """Return new cases by class [per year]; those of depression with its relapses."""
    new = {}
    for d in DEADLY:
        more = ratio(f"disease.depression_hazard_ratio.{d}") - 1.0
        depressed = 1.0 + more * _share(now.ill["depression"], now.alive)
        new[d] = hazards[d] * (now.alive - now.ill[d]) * depressed
    vascular = {d: _share(now.ill[d], now.alive) for d in VASCULAR}
    onset = hazards["depression"] * after_events(found.links, vascular)
    relapse = figure("disease.depression.relapse_hazard_ratio")
    never = now.alive - now.ill["depression"] - now.past
    new["depression"] = onset * (never + relapse * now.past)
    new["relapse"] = onset * relapse * now.past
    return new


def _flow(found: Start, hazards: dict[str, Table], now: Stocks) -> tuple[Stocks, Flows]:
    """Return the change of all stocks, and the flows that are counted [per year]."""
    excess, new = found.death.excess, _onsets(found, hazards, now)
    recovering = {d: found.triples[d].recovery[..., None] * now.ill[d] for d in MARGINAL}
    at_once = {d: found.death.at_event[d][..., None] * new[d] for d in VASCULAR}
    late = {
        d: excess[d][..., None] * (now.ill[d] - NOT_YET * (new[d] - recovering[d]))
        for d in DEADLY
    }  # fmt: skip
    of_diabetes = excess["type_2_diabetes"][..., None] * now.alive[1]
    other = hazards["other"] * now.alive
    total = other + sum(at_once.values()) + sum(late.values())
    total[1] += of_diabetes

    change = Stocks(-total, {}, np.zeros_like(total))
    for d in MARGINAL:
        # besides their own, cases die their part of what everybody dies of
        own, once = late.get(d, 0.0), at_once.get(d, 0.0)
        besides = (total - own - once) * _share(now.ill[d], now.alive)
        change.ill[d] = new[d] - once - recovering[d] - own - besides
    change.past = recovering["depression"] - new["relapse"] - total * _share(now.past, now.alive)
    diabetics = _turn_diabetic(found, hazards["type_2_diabetes"][0], now, change)

    events = {d: new[d].sum(axis=(0, -1)) for d in MARGINAL}
    deaths = {d: late[d].sum(axis=(0, -1)) for d in DEADLY}
    for d in VASCULAR:
        deaths[d] = deaths[d] + at_once[d].sum(axis=(0, -1))
    events["type_2_diabetes"] = diabetics.sum(axis=-1)
    deaths["type_2_diabetes"] = of_diabetes.sum(axis=-1)
    deaths["depression"], deaths["other"] = np.zeros(other.shape[1:3]), other.sum(axis=(0, -1))
    return change, Flows(events, deaths)


def _turn_diabetic(found: Start, onset: Table, now: Stocks, change: Stocks) -> Table:
    """Move those whose diabetes comes or goes, with all they have; return the new cases."""
    more = ratio("disease.depression_hazard_ratio.type_2_diabetes")
    depressed = _share(now.ill["depression"][0], now.alive[0])
    average = onset * (1.0 + (more - 1.0) * depressed)
    recovery = found.triples["type_2_diabetes"].recovery[..., None]

    def move(part: Table, stock: Table, rate: Table) -> None:
        flow = rate * stock[0] - recovery * stock[1]
        part[0] -= flow
        part[1] += flow

    move(change.alive, now.alive, average)
    for d in DEADLY:
        move(change.ill[d], now.ill[d], average)
    move(change.ill["depression"], now.ill["depression"], onset * more)
    move(change.past, now.past, onset)
    return average * now.alive[0]


# Years


def first_day(persons: Table) -> tuple[dict[str, Table], dict[str, Table]]:
    """Return events and deaths [per year] of persons (sexes, ages) as they start."""
    found = start()
    hazards = _hazards(found, _first_lags(found), people.dose(0), 0)
    _change, flows = _flow(found, hazards, _at_start(found, persons))
    return flows.events, flows.deaths


def project(years: int = YEARS, least: float = 0.0) -> Projection:
    """Move the country's people through the years, as :func:`tests.projection.project`.

    From the second year on nobody's dose is below ``least`` [MET-hours per week].
    """
    found = start()
    doses = [np.maximum(people.dose(year), least if year else 0.0) for year in range(years)]
    persons = start_population()
    persons = persons / persons.sum()
    male = male_share_at_first_age()
    fresh = np.zeros_like(persons)
    fresh[:, 0] = figure("people.entrant_rate") * np.array([male, 1.0 - male])
    newcomers = _newcomers(found, fresh)
    now, lags = _at_start(found, persons), _first_lags(found)
    shape = (years, *persons.shape)
    lived = Projection(
        np.zeros((years + 1, *persons.shape)), np.zeros(shape),
        {d: np.zeros(shape) for d in DISEASES},
        {d: np.zeros((years + 1, *persons.shape)) for d in DISEASES},
        {d: np.zeros(shape) for d in CLOCKS},
    )  # fmt: skip
    for year in range(years):
        _take_stock(lived, year, now)
        if year > 0:
            now = _a_year_older(found, now, newcomers)
            lags = _lags_a_year_older(found, lags, doses[year - 1], year)
        now = _live_year(lived, year, found, _hazards(found, lags, doses[year], year), now)
    _take_stock(lived, years, now)
    return lived


def _take_stock(lived: Projection, year: int, now: Stocks) -> None:
    lived.people[year] = now.alive.sum(axis=(0, -1))
    for d in MARGINAL:
        lived.stocks[d][year] = now.ill[d].sum(axis=(0, -1))
    lived.stocks["type_2_diabetes"][year] = now.alive[1].sum(axis=-1)


def _live_year(
    lived: Projection, year: int, found: Start, hazards: dict[str, Table], now: Stocks
) -> Stocks:
    """Live one year in small steps (midpoint rule)."""
    dt = 1.0 / SUBSTEPS
    for _ in range(SUBSTEPS):
        change, _flows = _flow(found, hazards, now)
        middle = now.moved(change, dt / 2.0)
        change, flows = _flow(found, hazards, middle)
        lived.person_years[year] += dt * middle.alive.sum(axis=(0, -1))
        for d in DISEASES:
            lived.events[d][year] += dt * flows.events[d]
        for cause in CLOCKS:
            lived.deaths[cause][year] += dt * flows.deaths[cause]
        now = now.moved(change, dt)
    return now
