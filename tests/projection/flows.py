"""Stocks of people by class, and their flows: onset, recovery and death.

Stocks have shape ``(2, sexes, ages, classes)``: of people without and with diabetes.
"""

from dataclasses import dataclass

import numpy as np

from abm.conditions import CAUSES
from tests.projection.depression import HEALED, STATES, WAITING, recovery, recurrence, shares
from tests.projection.diseases import (
    AT_EVENT,
    BESIDE_DIABETES,
    DEADLY,
    DEPRESSING,
    DEPRESSION,
    DIABETES,
    EPISODES,
    FIRST_EVENTS,
    OTHER,
)
from tests.projection.hazards import older
from tests.projection.illness import NEVER, after_events
from tests.projection.inputs import Table, ratio
from tests.projection.start import TINY, Start

KILLING = tuple(d for d in FIRST_EVENTS if d in DEADLY)
RECURRENCE = "recurrence"
NOT_YET = 0.5 / 12.0  # years until a disease that comes or goes counts for death: from next month


@dataclass
class Stocks:
    """People by class: all, with each disease but diabetes and depression, and by its course.

    ``course`` (6, 2, ...): states of depression, those ill first.
    """

    alive: Table
    with_disease: dict[str, Table]
    course: Table

    @property
    def ill(self) -> dict[str, Table]:
        """Return those with each disease but diabetes."""
        return {**self.with_disease, DEPRESSION: self.course[:HEALED].sum(axis=0)}

    def moved(self, change: "Stocks", years: float) -> "Stocks":
        """Return the stocks after some time of a change [per year]."""
        return Stocks(
            self.alive + years * change.alive,
            {d: self.with_disease[d] + years * change.with_disease[d] for d in FIRST_EVENTS},
            self.course + years * change.course,
        )


def at_start(found: Start, persons: Table) -> Stocks:
    """Return stocks of persons (sexes, ages) as they are at the start."""
    alive = persons[..., None] * found.living.weight * found.share[DIABETES]
    ill = {d: alive * found.share[d] for d in FIRST_EVENTS}
    return Stocks(alive, ill, _in_course(found, alive, found.share[NEVER]))


def _in_course(found: Start, alive: Table, never: Table) -> Table:
    """Return how those ever depressed are spread over its course."""
    return found.course.of_ever[:, None, :, :, None] * alive * (1.0 - never)


def as_newcomers(found: Start, persons: Table) -> Stocks:
    """Return stocks of newcomers: well but for depression."""
    fresh = at_start(found, persons)
    alive = np.array([fresh.alive.sum(axis=0), np.zeros_like(fresh.alive[0])])
    ill = {d: np.zeros_like(alive) for d in FIRST_EVENTS}
    return Stocks(alive, ill, _in_course(found, alive, found.share[NEVER][0]))


def a_year_older(stocks: Stocks, newcomers: Stocks) -> Stocks:
    """Return everybody a year older, and the newcomers."""
    return Stocks(
        older(stocks.alive) + newcomers.alive,
        {d: older(stocks.ill[d]) + newcomers.ill[d] for d in FIRST_EVENTS},
        older(stocks.course) + newcomers.course,
    )


@dataclass(frozen=True)
class Flows:
    """Events and deaths of all classes together [per year], shape (sexes, ages)."""

    events: dict[str, Table]
    deaths: dict[str, Table]


def _share(part: Table, whole: Table) -> Table:
    return part / np.maximum(whole, TINY)


def _onsets(found: Start, hazards: dict[str, Table], now: Stocks) -> dict[str, Table]:
    """Return new cases by class [per year]; first ones of depression and its recurrences."""
    new, ill = {}, now.ill
    for d in FIRST_EVENTS:
        more = ratio(f"disease.depression_hazard_ratio.{d}") - 1.0
        depressed = 1.0 + more * _share(ill[DEPRESSION], now.alive)
        new[d] = hazards[d] * (now.alive - ill[d]) * depressed
    had_event = {d: _share(ill[d], now.alive) for d in DEPRESSING}
    onset = hazards[DEPRESSION] * after_events(found.links, had_event)
    new[DEPRESSION] = onset * (now.alive - now.course.sum(axis=0))
    new[RECURRENCE] = recurrence() * now.course[WAITING]
    return new


def _course_changes(now: Stocks, new: dict[str, Table], total: Table, excess: Table) -> Table:
    """Return the change of each state of depression [per year].

    ``total`` deaths by class, among them the ``excess`` [per case-year] of the depressed alone.
    """
    ending = recovery()[:, None, None, None, None] * now.course[:HEALED]
    coming = np.zeros_like(now.course)
    coming[:3] = shares()[:, None, None, None, None] * new[DEPRESSION]
    coming[3] = new[RECURRENCE]
    coming[HEALED], coming[WAITING] = ending[0], ending[1:].sum(axis=0)
    going = np.zeros_like(now.course)
    going[:HEALED] = ending
    going[WAITING] = new[RECURRENCE]
    own = excess[..., None] * (now.course[:HEALED] - NOT_YET * (coming[:HEALED] - ending))
    going[:HEALED] += own
    besides = _share(total - own.sum(axis=0), now.alive)
    return coming - going - besides * now.course


def _depressed(now: Stocks, new: dict[str, Table]) -> Table:
    """Return the depressed by class whose death hazard has already risen, and not yet fallen."""
    ending = recovery()[:, None, None, None, None] * now.course[:HEALED]
    turning = new[DEPRESSION] + new[RECURRENCE] - ending.sum(axis=0)
    return now.course[:HEALED].sum(axis=0) - NOT_YET * turning


def flow(found: Start, hazards: dict[str, Table], now: Stocks) -> tuple[Stocks, Flows]:
    """Return the change of all stocks, and the flows that are counted [per year]."""
    excess, new, ill = found.death.excess, _onsets(found, hazards, now), now.ill
    recovering = {d: found.triples[d].recovery[..., None] * ill[d] for d in FIRST_EVENTS}
    at_once = {d: found.death.at_event[d][..., None] * new[d] for d in AT_EVENT}
    late = {
        d: excess[d][..., None] * (ill[d] - NOT_YET * (new[d] - recovering[d])) for d in KILLING
    }
    of_depression = excess[DEPRESSION][..., None] * _depressed(now, new)
    of_diabetes = excess[DIABETES][..., None] * now.alive[1]
    other = hazards[OTHER] * now.alive + of_depression
    total = other + sum(at_once.values()) + sum(late.values())
    total[1] += of_diabetes

    change = Stocks(-total, {}, _course_changes(now, new, total, excess[DEPRESSION]))
    for d in FIRST_EVENTS:
        # besides their own, cases die their part of what everybody dies of
        own, once = late.get(d, 0.0), at_once.get(d, 0.0)
        besides = (total - own - once) * _share(ill[d], now.alive)
        change.with_disease[d] = new[d] - once - recovering[d] - own - besides
    diabetics = _turn_diabetic(found, hazards[DIABETES][0], now, change)

    events = {d: new[d].sum(axis=(0, -1)) for d in BESIDE_DIABETES}
    events[EPISODES] = events[DEPRESSION] + new[RECURRENCE].sum(axis=(0, -1))
    events[DIABETES] = diabetics.sum(axis=-1)
    deaths = dict.fromkeys(CAUSES, np.zeros(other.shape[1:3]))
    deaths |= {d: late[d].sum(axis=(0, -1)) for d in KILLING}
    for d in AT_EVENT:
        deaths[d] = deaths[d] + at_once[d].sum(axis=(0, -1))
    deaths[DIABETES], deaths[OTHER] = of_diabetes.sum(axis=-1), other.sum(axis=(0, -1))
    return change, Flows(events, deaths)


def _turn_diabetic(found: Start, onset: Table, now: Stocks, change: Stocks) -> Table:
    """Move those whose diabetes comes or goes, with all they have; return the new cases."""
    more = ratio(f"disease.depression_hazard_ratio.{DIABETES}")
    depressed = _share(now.ill[DEPRESSION][0], now.alive[0])
    average = onset * (1.0 + (more - 1.0) * depressed)
    recovery = found.triples[DIABETES].recovery[..., None]

    def move(part: Table, stock: Table, rate: Table) -> None:
        turning = rate * stock[0] - recovery * stock[1]
        part[0] -= turning
        part[1] += turning

    move(change.alive, now.alive, average)
    for d in FIRST_EVENTS:
        move(change.with_disease[d], now.with_disease[d], average)
    for place in range(len(STATES)):
        move(change.course[place], now.course[place], onset * more if place < HEALED else onset)
    return average * now.alive[0]
