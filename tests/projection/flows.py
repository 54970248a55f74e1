"""Stocks of people by class, and their flows: onset, recovery and death.

Stocks have shape ``(2, sexes, ages, classes)``: of people without and with diabetes.
"""

from dataclasses import dataclass

import numpy as np

from abm.conditions import CAUSES
from tests.projection.deaths import GROUPS, Mortality
from tests.projection.depression import HEALED, STATES, WAITING, recovery, recurrence, shares
from tests.projection.diseases import (
    ALL_ELSE,
    AT_EVENT,
    BESIDE_DIABETES,
    BY_CAUSE,
    BY_EXCESS,
    BY_RATIO,
    CAUSES_OF_DEATH,
    DEPRESSING,
    DEPRESSION,
    DIABETES,
    EPISODES,
    FIRST_EVENTS,
)
from tests.projection.hazards import older
from tests.projection.illness import NEVER, after_events, brought
from tests.projection.inputs import Table, ratio
from tests.projection.start import TINY, Start

KILLING = tuple(d for d in FIRST_EVENTS if d in CAUSES_OF_DEATH)
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
    """Return stocks of persons (sexes, ages) as they are at the start, and newcomers at 20."""
    alive = persons[..., None] * found.living.weight * found.share[DIABETES]
    ill = {d: alive * found.share[d] for d in FIRST_EVENTS}
    return Stocks(alive, ill, _in_course(found, alive, found.share[NEVER]))


def _in_course(found: Start, alive: Table, never: Table) -> Table:
    """Return how those ever depressed are spread over its course."""
    return found.course.of_ever[:, None, :, :, None] * alive * (1.0 - never)


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
        having = {other: _share(ill[other], now.alive) for other in FIRST_EVENTS}
        new[d] = hazards[d] * (now.alive - ill[d]) * depressed * brought(d, having)
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
    death, new, ill = found.death, _onsets(found, hazards, now), now.ill
    recovering = {d: found.triples[d].recovery[..., None] * ill[d] for d in FIRST_EVENTS}
    at_once = {d: death.at_event[d][..., None] * new[d] for d in AT_EVENT}
    counting = {d: ill[d] - NOT_YET * (new[d] - recovering[d]) for d in KILLING}
    late, put_down = _deaths_together(death, now.alive, counting)
    own_rate = {d: death.excess[d][..., None] * counting[d] for d in BY_EXCESS}
    late, put_down = late | own_rate, put_down | own_rate
    other = {cause: hazards[cause] * now.alive for cause in BY_CAUSE}
    other[ALL_ELSE] = other[ALL_ELSE] + death.excess[DEPRESSION][..., None] * _depressed(now, new)
    total = sum(other.values()) + sum(at_once.values()) + sum(put_down.values())

    change = Stocks(-total, {}, _course_changes(now, new, total, death.excess[DEPRESSION]))
    together = sum(put_down[d] for d in BY_RATIO)
    for d in FIRST_EVENTS:
        # besides their own, cases die their part of what everybody dies of; what combinations add
        # kills only who has one
        own, once = late.get(d, 0.0), at_once.get(d, 0.0)
        of_own_kind = together if d in BY_RATIO else own
        besides = (total - of_own_kind - once) * _share(ill[d], now.alive)
        change.with_disease[d] = new[d] - once - recovering[d] - own - besides
    diabetics = _turn_diabetic(found, hazards[DIABETES][0], now, change)

    events = {d: new[d].sum(axis=(0, -1)) for d in BESIDE_DIABETES}
    events[EPISODES] = events[DEPRESSION] + new[RECURRENCE].sum(axis=(0, -1))
    events[DIABETES] = diabetics.sum(axis=-1)
    deaths = dict.fromkeys(CAUSES, np.zeros(total.shape[1:3]))
    deaths |= {d: each.sum(axis=(0, -1)) for d, each in put_down.items()}
    for d in AT_EVENT:
        deaths[d] = deaths[d] + at_once[d].sum(axis=(0, -1))
    deaths |= {cause: other[cause].sum(axis=(0, -1)) for cause in BY_CAUSE}
    return change, Flows(events, deaths)


def _deaths_together(
    death: Mortality, alive: Table, ill: dict[str, Table]
) -> tuple[dict[str, Table], dict[str, Table]]:
    """Return deaths that combinations of diseases add: of those with each, and put down to each.

    Within a class, and without or with diabetes, heart disease and stroke come together by chance.
    """
    share = {d: _share(ill[d], alive) for d in BY_RATIO if d != DIABETES}
    share[DIABETES] = np.array([np.zeros_like(alive[0]), np.ones_like(alive[0])])
    of_ill = {d: np.zeros_like(alive) for d in BY_RATIO}
    put_down = {d: np.zeros_like(alive) for d in BY_RATIO}
    for group in GROUPS[1:]:
        people = alive
        for d in BY_RATIO:
            people = people * (share[d] if d in group else 1.0 - share[d])
        dying = death.together[group][..., None] * people
        for d in group:
            of_ill[d] += dying
            put_down[d] += death.part(group, d)[..., None] * dying
    return of_ill, put_down


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
