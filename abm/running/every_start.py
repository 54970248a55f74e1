"""People simulated once, and with a policy from each of many Januaries on.

Nobody's life depends on a policy before it starts. So a block of people is simulated without any,
and copied on each of the Januaries asked for: in the copy all who are there take part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.arrivals import Arrivals, arrivals_from, shared_out
from abm.kernel.blocks import Block, Counts, new_counts
from abm.kernel.constants import Given, Plan, packed_plan, single
from abm.kernel.later import see_out
from abm.kernel.order import advance, begin, finish
from abm.population.setup import Setup, new_block
from abm.results.quantities import (
    HORIZON,
    OF_HORIZON,
    QUANTITIES,
    events_of,
    valued_of,
    years_worth,
)

NEVER_STARTS = 1e6  # years since the start of the run
WORLDS = 2
WHO = (c.SEX, c.DEPRIVATION, c.AGE)
SEX, FIFTH, AGE = range(len(WHO))
BODY = (c.REPORTED_DOSE, c.BMI)
DOSE, BMI = range(len(BODY))


class PeopleByStart(NamedTuple):
    """Some people, and what a policy does to each from each start.

    ``slot`` and ``entry`` (people,) are their address, ``who`` (people, 3) sex, quintile and age on
    entering, ``died`` (people,) when they die in the baseline [years since the start, 1e9 never].
    Of each 1 January: ``there`` (people, years) whether they live there, ``ill`` the bits of their
    diseases, ``body`` (people, years, 2) reported dose and BMI. ``effects`` (people, starts,
    quantities) has all of :data:`abm.results.quantities.QUANTITIES`, as far as the scenario looks;
    ``within_run`` (people, starts, columns) those of :data:`OF_HORIZON` to the end of the run.
    """

    slot: NDArray[np.int32]
    entry: NDArray[np.int32]
    who: NDArray[np.int32]
    died: NDArray[np.float32]
    there: NDArray[np.bool_]
    ill: NDArray[np.int32]
    body: NDArray[np.float32]
    effects: NDArray[np.float32]
    within_run: NDArray[np.float32]

    def of(self, people: slice) -> PeopleByStart:
        """Return some of the people, in the same memory."""
        parts: Any = (each[people] for each in self)
        return PeopleByStart(*parts)


def nobody_yet(people: int, years: int, starts: int) -> PeopleByStart:
    """Return room for so many people."""
    return PeopleByStart(
        np.zeros(people, np.int32), np.zeros(people, np.int32),
        np.zeros((people, len(WHO)), np.int32), np.zeros(people, np.float32),
        np.zeros((people, years), np.bool_), np.zeros((people, years), np.int32),
        np.zeros((people, years, len(BODY)), np.float32),
        np.zeros((people, starts, len(QUANTITIES)), np.float32),
        np.zeros((people, starts, len(OF_HORIZON)), np.float32),
    )  # fmt: skip


def kept_by_person(setup: Setup) -> Setup:
    """Return a setup whose policies tell of each person for how long they took part."""

    def told(plan: Plan) -> Plan:
        return plan._replace(by_person=np.ones_like(plan.by_person))

    later = setup.later and setup.later._replace(plan=told(setup.later.plan))
    return replace(setup, plan=told(setup.plan), later=later)


def people_from(setup: Setup, seed: int, first: int, last: int) -> Arrivals:
    """Return who enters from slots ``first`` to ``last`` - 1."""
    return arrivals_from(setup.given(seed), first, last, _no_counts(setup))


def from_every_start(
    setup: Setup, seed: int, starts: Sequence[int], first: int, last: int
) -> PeopleByStart:
    """Simulate the people of slots ``first`` to ``last`` - 1 with a policy from each start on.

    Parameters
    ----------
    setup
        Of one policy that reaches everybody at once, in two worlds, :func:`kept_by_person`.
    seed
        Seed of the run.
    starts
        Years since the start of the run, each in it, in their order.
    first, last
        Slots of the population.
    """
    arrivals = people_from(setup, seed, first, last)
    found = nobody_yet(arrivals.slots.size, setup.scenario.years, len(starts))
    given = _given_by_start(setup, seed, starts)
    base, copy = new_block(setup, keep_people=True), new_block(setup)
    place = 0
    for own in shared_out(arrivals, copy.registers.shape[2]):
        whole = found.of(slice(place, place + own.slots.size))
        _Block(setup, seed, base, copy, own, whole).run(given)
        place += own.slots.size
    return found


def _given_by_start(setup: Setup, seed: int, starts: Sequence[int]) -> dict[int, Given]:
    """Return what the kernel is given for a policy from each start on, and, by -1, for none."""
    given = setup.given(seed)._replace(covered=np.ones_like(setup.covered))

    def starting(year: float) -> Given:
        return given._replace(policies=packed_plan(setup.plan._replace(start=single([year]))))

    return {-1: starting(NEVER_STARTS)} | {year: starting(year) for year in starts}


def _no_counts(setup: Setup) -> Counts:
    """Return tallies of effects alone, all zero."""
    return new_counts(WORLDS, setup.scenario.years, 1, setup.later is not None, everybody=False)


class _Block:
    """A block of people, year by year; ``base`` and ``copy`` are memory, ``found`` what is told."""

    def __init__(
        self, setup: Setup, seed: int, base: Block, copy: Block, arrivals: Arrivals,
        found: PeopleByStart,
    ) -> None:  # fmt: skip
        self.setup, self.base, self.copy, self.arrivals, self.found = (
            setup, base, copy, arrivals, found,
        )  # fmt: skip
        self.years, self.steps = setup.scenario.years, setup.steps_per_year
        self.later = None if setup.later is None else setup.given_later(seed)
        self.rate = float(setup.constants.economics.cost_rate)

    def run(self, given: dict[int, Given]) -> None:
        """Simulate all years without the policy, and those since each start with it."""
        counts, idle = _no_counts(self.setup), given[-1]
        starts = [year for year in given if year >= 0]
        begin(self.base, idle, counts, self.arrivals)
        for year in range(self.years):
            if year in given:
                self._take_part(given[year], year, starts.index(year))
            self._note_january(year)
            self._advance(self.base, idle, counts, year, year + 1, self.arrivals)
            self._note_year(year)
        self.found.died[:] = self.base.registers[0, c.DEATH_TIME, : self.found.died.size]

    def _advance(
        self, block: Block, given: Given, counts: Counts, year: int, until: int, arrivals: Arrivals
    ) -> None:
        advance(block, given, counts, year * self.steps, until * self.steps, self.steps, arrivals)

    # Who they are

    def _note_january(self, year: int) -> None:
        """Note who has lived until a 1 January, and with which diseases."""
        n = int(self.base.size[0])
        people = self.base.integers[0, c.REGISTER, :n]
        self.found.there[people, year] = True
        ill = self.base.numbers[0, c.ILL : c.ILL + c.N_DISEASES, :n] > 0.0
        self.found.ill[people, year] = _bits(ill)

    def _note_year(self, year: int) -> None:
        """Note what a 1 January brought: newcomers, and what stays as it is until the next.

        Read on 31 December, also of those who have died since.
        """
        self._note_newcomers(year)
        people, n = int(self.base.size[-1]), int(self.base.size[0])
        latest = self.base.archive_numbers[0][list(BODY), :people].T.copy()
        rows = self.base.integers[0, c.REGISTER, :n]
        latest[rows] = self.base.numbers[0][list(BODY), :n].T
        there = self.found.there[:people, year]
        self.found.body[:people, year][there] = latest[there]

    def _note_newcomers(self, year: int) -> None:
        until = self.arrivals.until
        own = slice(int(until[year - 1]) if year else 0, int(until[year]))
        self.found.slot[own] = self.arrivals.slots[own]
        self.found.entry[own] = year
        self.found.there[own, year] = True
        ill = self.base.registers[0, c.PREVALENT : c.PREVALENT + c.N_DISEASES, own] > 0.0
        self.found.ill[own, year] = _bits(ill)
        integers = self.base.archive_integers[0][list(WHO), :].T
        rows = self.base.integers[0, :, : int(self.base.size[0])]
        latest = integers[: int(self.base.size[-1])].copy()
        latest[rows[c.REGISTER]] = rows[list(WHO)].T
        self.found.who[own] = latest[own]

    # What the policy does

    def _take_part(self, given: Given, year: int, place: int) -> None:
        """Let all who are there on a 1 January take part from it on, and note what comes of it."""
        counts, copy, setup = _no_counts(self.setup), self.copy, self.setup
        self._set_copy()
        until_then = Arrivals(self.arrivals.slots, self.arrivals.until[: year + 1])
        self._advance(copy, given, counts, year, self.years, until_then)
        finish(copy, counts, self.years)
        people = int(copy.size[-1])
        baseline, policy = (registers[:, :people] for registers in copy.registers)
        apart = baseline[c.APART] > 0.0
        effects, valued = self.found.effects[:people, place], valued_of(baseline, policy)
        self.found.within_run[:people, place] = np.where(apart[:, None], valued, 0.0)
        in_run = events_of(baseline, policy), valued, self._paid_for(baseline, policy, year)
        effects[apart] = np.column_stack(in_run)[apart]
        if self.later is not None and setup.later is not None:
            participants = see_out(
                copy, self.later, counts, self.years, setup.later.steps_per_year
            )
            effects[apart, HORIZON] = valued_of(*participants)

    def _set_copy(self) -> None:
        """Make the copy what the block without the policy is now."""
        base, copy = self.base, self.copy
        copy.numbers[0], copy.integers[0] = base.numbers[0], base.integers[0]
        copy.registers[0], copy.size[:] = base.registers[0], base.size
        copy.follow_up_size[:] = 0

    def _paid_for(
        self, baseline: NDArray[np.float32], policy: NDArray[np.float32], year: int
    ) -> NDArray[np.float64]:
        """Return years of taking part, and those lived longer while the policy runs."""
        window = year, min(float(self.setup.plan.end[0]), self.years)
        first, second = (
            years_worth(year, registers[c.DEATH_TIME].astype(float), self.rate, window)
            for registers in (baseline, policy)
        )
        return np.column_stack([policy[c.TOOK_PART], second - first])


def _bits(ill: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return diseases, shape (diseases, people), as the bits of whole numbers."""
    places = np.arange(len(ill), dtype=np.int32)[:, None]
    return np.bitwise_or.reduce(ill.astype(np.int32) << places, axis=0)
