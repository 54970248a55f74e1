"""Stocks of people by class, and their flows: onset, recovery and death.

Stocks have shape ``(2, sexes, ages, classes)``: of people without and with diabetes.
"""

from dataclasses import dataclass

import numpy as np

from abm.conditions import CAUSES
from tests.projection.deaths import GROUPS, Mortality
from tests.projection.diseases import (
    AT_EVENT,
    BESIDE_DIABETES,
    BY_CAUSE,
    BY_RATIO,
    DEADLY,
    DEPRESSING,
    DEPRESSION,
    DIABETES,
    FIRST_EVENTS,
)
from tests.projection.hazards import older
from tests.projection.illness import after_events, brought
from tests.projection.inputs import Table, figure, ratio
from tests.projection.start import TINY, Start

KILLING = tuple(d for d in FIRST_EVENTS if d in DEADLY)
NOT_YET = 0.5 / 12.0  # years until a disease that comes or goes counts for death: from next month


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
            {d: self.ill[d] + years * change.ill[d] for d in BESIDE_DIABETES},
            self.past + years * change.past,
        )


def at_start(found: Start, persons: Table) -> Stocks:
    """Return stocks of persons (sexes, ages) as they are at the start."""
    alive = persons[..., None] * found.living.weight * found.share[DIABETES]
    ill = {d: alive * found.share[d] for d in BESIDE_DIABETES}
    past = (alive - ill[DEPRESSION]) * found.links.history_in_january[..., None]
    return Stocks(alive, ill, past)


def as_newcomers(found: Start, persons: Table) -> Stocks:
    """Return stocks of newcomers: well but for depression."""
    fresh = at_start(found, persons)
    alive = np.array([fresh.alive.sum(axis=0), np.zeros_like(fresh.past[0])])
    ill = {d: np.zeros_like(alive) for d in BESIDE_DIABETES}
    ill[DEPRESSION] = alive * found.share[DEPRESSION][0]
    past = (alive - ill[DEPRESSION]) * found.links.history_in_january[..., None]
    return Stocks(alive, ill, past)


def a_year_older(found: Start, stocks: Stocks, newcomers: Stocks) -> Stocks:
    """Return everybody a year older, some past depression forgotten, and the newcomers."""
    kept = np.exp(-found.links.fading)[..., None]
    return Stocks(
        older(stocks.alive) + newcomers.alive,
        {d: older(stocks.ill[d]) + newcomers.ill[d] for d in BESIDE_DIABETES},
        older(stocks.past) * kept + newcomers.past,
    )


@dataclass(frozen=True)
class Flows:
    """Events and deaths of all classes together [per year], shape (sexes, ages)."""

    events: dict[str, Table]
    deaths: dict[str, Table]


def _share(part: Table, whole: Table) -> Table:
    return part / np.maximum(whole, TINY)


def _onsets(found: Start, hazards: dict[str, Table], now: Stocks) -> dict[str, Table]:
    """Return new cases by class [per year]; those of depression with its relapses."""
    new = {}
    for d in FIRST_EVENTS:
        more = ratio(f"disease.depression_hazard_ratio.{d}") - 1.0
        depressed = 1.0 + more * _share(now.ill[DEPRESSION], now.alive)
        shares = {other: _share(now.ill[other], now.alive) for other in FIRST_EVENTS}
        new[d] = hazards[d] * (now.alive - now.ill[d]) * depressed * brought(d, shares)
    had_event = {d: _share(now.ill[d], now.alive) for d in DEPRESSING}
    onset = hazards[DEPRESSION] * after_events(found.links, had_event)
    relapse = figure("disease.depression.relapse_hazard_ratio")
    never = now.alive - now.ill[DEPRESSION] - now.past
    new[DEPRESSION] = onset * (never + relapse * now.past)
    new["relapse"] = onset * relapse * now.past
    return new


def flow(found: Start, hazards: dict[str, Table], now: Stocks) -> tuple[Stocks, Flows]:
    """Return the change of all stocks, and the flows that are counted [per year]."""
    death, new = found.death, _onsets(found, hazards, now)
    recovering = {d: found.triples[d].recovery[..., None] * now.ill[d] for d in BESIDE_DIABETES}
    at_once = {d: death.at_event[d][..., None] * new[d] for d in AT_EVENT}
    counting = {d: now.ill[d] - NOT_YET * (new[d] - recovering[d]) for d in KILLING}
    late, put_down = _deaths_together(death, now.alive, counting)
    late |= {d: death.excess[d][..., None] * counting[d] for d in death.excess}
    put_down |= {d: late[d] for d in death.excess}
    other = {cause: hazards[cause] * now.alive for cause in BY_CAUSE}
    total = sum(other.values()) + sum(at_once.values()) + sum(put_down.values())

    change = Stocks(-total, {}, np.zeros_like(total))
    together = sum(put_down[d] for d in BY_RATIO)
    for d in BESIDE_DIABETES:
        # besides their own, cases die their part of what everybody dies of; what combinations add
        # kills only who has one
        own, once = late.get(d, 0.0), at_once.get(d, 0.0)
        of_own_kind = together if d in BY_RATIO else own
        besides = (total - of_own_kind - once) * _share(now.ill[d], now.alive)
        change.ill[d] = new[d] - once - recovering[d] - own - besides
    change.past = recovering[DEPRESSION] - new["relapse"] - total * _share(now.past, now.alive)
    diabetics = _turn_diabetic(found, hazards[DIABETES][0], now, change)

    events = {d: new[d].sum(axis=(0, -1)) for d in BESIDE_DIABETES}
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
        move(change.ill[d], now.ill[d], average)
    move(change.ill[DEPRESSION], now.ill[DEPRESSION], onset * more)
    move(change.past, now.past, onset)
    return average * now.alive[0]
