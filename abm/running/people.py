"""Simulate people block by block: only to count them, or to keep a row for each."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from abm.kernel.arrivals import arrivals_from, shared_out
from abm.kernel.blocks import PERSONS_PER_BLOCK, Block, Counts
from abm.kernel.constants import Given
from abm.kernel.later import see_out
from abm.kernel.order import advance, begin, run_block
from abm.population.setup import Setup, empty_counts, new_block
from abm.results.persons import Columns, PersonStates, joined, person_columns

if TYPE_CHECKING:
    import pandas as pd


SLOTS_AT_ONCE = 128 * PERSONS_PER_BLOCK  # whose people's addresses are held in memory


def run_slots(setup: Setup, seed: int, first: int, last: int, block: Block, counts: Counts) -> None:
    """Simulate the people of slots ``first`` to ``last`` - 1 and add them to ``counts``.

    That is everybody, or who can matter to an effect.
    """
    given, later, room = setup.given(seed), setup.later, block.registers.shape[2]
    after = None if later is None else setup.given_later(seed)
    for slot in range(first, last, SLOTS_AT_ONCE):
        people = arrivals_from(given, slot, min(slot + SLOTS_AT_ONCE, last), counts)
        for arrivals in shared_out(people, room):
            run_block(block, given, counts, setup.steps, setup.steps_per_year, arrivals)
            if later is not None and after is not None:
                see_out(block, after, counts, setup.scenario.years, later.steps_per_year)


def people_table(setup: Setup, seed: int, threads: int | None = None) -> pd.DataFrame:
    """Simulate a scenario's population and return one row per person and world.

    They are the same people as in the tallies, simulated again with each person's last state kept.

    Parameters
    ----------
    setup
        What the kernel is given.
    seed
        Seed of the run.
    threads
        Default: one per processor. The table does not depend on it.

    Returns
    -------
        Baseline rows first, then the policy world's, each in the order of ``person``: the slot for
        those there at the start, entry year since the start times 1 000 000 000 plus slot for
        those who entered later. Columns are described in docs/results.md.
    """
    of_this_thread, given = threading.local(), setup.given(seed)

    def columns_from(first: int) -> list[Columns]:
        own = of_this_thread
        if not hasattr(own, "block"):
            own.block, own.counts = new_block(setup, keep_people=True), empty_counts(setup)
        states = _simulated(PersonStates(setup, own.block), given, own.counts, first)
        return [
            person_columns(states, world, seed, setup.scenario.years)
            for world in range(min(setup.worlds, 2))
        ]

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        blocks = pool.map(columns_from, range(0, setup.scenario.persons, PERSONS_PER_BLOCK))
        return joined(list(blocks))


def _simulated(states: PersonStates, given: Given, counts: Counts, first: int) -> PersonStates:
    """Simulate the block that begins at a slot, noting each year who has entered."""
    setup = states.setup
    persons = min(PERSONS_PER_BLOCK, setup.scenario.persons - first)
    arrivals = arrivals_from(given, first, first + persons, counts)
    begin(states.block, given, counts, arrivals)
    states.note_entries()
    for step in range(0, setup.steps, setup.steps_per_year):
        year_end = step + setup.steps_per_year
        advance(states.block, given, counts, step, year_end, setup.steps_per_year, arrivals)
        states.note_entries()
    return states
