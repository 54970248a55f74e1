"""After the run: those who took part are followed to the end of their lives, for health and money.

Nobody new comes in or starts. Rows go through the same years as in the run, in the baseline and
the policy world; those whose chance to be still alive is next to nothing are left out. Of those who
die only what is expected counts from now on: they stay in their rows.
"""

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.arrivals import NOBODY
from abm.kernel.blocks import MOST_LATER, Block, Counts
from abm.kernel.compiled import kernel, sequence, stage
from abm.kernel.constants import Given
from abm.kernel.order import advance, look_so_far
from abm.kernel.possible import mark_participants, take_out
from abm.kernel.traits import ONE, TOP, ZERO, copy_row
from abm.kernel.twins import add_sources, value_lifetimes

YEARS_AT_ONCE = 5
LEAST_CHANCE = np.float32(2e-4)  # to be alive, in either world
WORLDS = 2
NO_YEAR = 1_000_000  # later than any


@stage
def mark_living(registers, register, least, matters, n):
    """Mark those who may still be alive in some world."""
    for i in range(n):
        person = register[i]
        chance = max(registers[0, c.CHANCE, person], registers[1, c.CHANCE, person])
        matters[i] = ONE if chance >= least else ZERO


@sequence
def keep_living(numbers, integers, registers, n, least):
    """Leave only those in the rows who may still be alive in some world; return how many."""
    matters = numbers[c.SCRATCH]
    mark_living(registers, integers[c.REGISTER], least, matters, n)
    return take_out(numbers, integers, matters, TOP, n)


@kernel
def begin_later(block):
    """Leave the participants of a block only, with those of them who are followed on already."""
    numbers, integers, n = block.numbers[0], block.integers[0], block.size[0]
    mark_participants(integers[c.DIVERGED], numbers[c.SCRATCH], TOP, n)
    block.size[0] = take_out(numbers, integers, numbers[c.SCRATCH], TOP, n)
    for world in range(WORLDS):
        for i in range(block.follow_up_size[world, 0]):
            copy_row(
                block.follow_up_numbers[world], block.follow_up_integers[world], i,
                block.numbers[world], block.integers[world], block.size[world],
            )  # fmt: skip
            block.size[world] += 1


@kernel
def leave_the_dead(block, least):
    """Leave those only who may still be alive."""
    for world in range(block.numbers.shape[0]):
        block.size[world] = keep_living(
            block.numbers[world], block.integers[world], block.registers, block.size[world], least
        )


@kernel
def end_later(block, counts, year):
    """Compare what was expected of the twins' whole lives, which have ended before a ``year``."""
    baseline, policy = block.registers[0], block.registers[1]
    look_so_far(block, counts, year + 1, NO_YEAR)
    value_lifetimes(baseline, policy, counts.lifetime, counts.lifetime_by_cell, block.size[-1])
    add_sources(baseline, policy, counts.sources[1], block.size[-1])


def see_out(
    block: Block, given: Given, counts: Counts, years: int, steps_per_year: int
) -> NDArray[np.float32]:
    """Follow the participants of a block after a run of so many years, and count them.

    ``given`` is what holds after the run: its policies have ended, nobody comes in, and its steps
    may be longer. Returns the registers of the participants, one after the other, in two worlds.
    """
    begin_later(block)
    pair = _participants(block)
    after = _uncounted(counts, years)
    reached = years
    for year in range(years, years + MOST_LATER, YEARS_AT_ONCE):
        if not pair.size[:WORLDS].any():
            break
        reached = year + YEARS_AT_ONCE
        first, last = year * steps_per_year, (year + YEARS_AT_ONCE) * steps_per_year
        advance(pair, given, after, first, last, steps_per_year, NOBODY)
        leave_the_dead(pair, LEAST_CHANCE)
    end_later(pair, counts, reached)
    counts.told_later[...] += after.told[:, :, years:]
    return pair.registers


def _participants(block: Block) -> Block:
    """Return the participants of a block in two worlds, their registers side by side."""
    people = np.flatnonzero(block.registers[0, c.APART, : block.size[-1]] > ZERO)
    place = np.zeros(block.size[-1], np.int32)
    place[people] = np.arange(people.size)
    for world in range(WORLDS):
        register = block.integers[world, c.REGISTER, : block.size[world]]
        register[:] = place[register]
    rows = {
        name: getattr(block, name)[:WORLDS]
        for name in ("numbers", "integers", "archive_numbers", "archive_integers")
    }
    return block._replace(
        registers=np.take(block.registers[:WORLDS], people, axis=2),
        size=np.array([*block.size[:WORLDS], people.size]),
        follow_up_numbers=block.follow_up_numbers[:WORLDS, :, :0].copy(),
        follow_up_integers=block.follow_up_integers[:WORLDS, :, :0].copy(),
        follow_up_size=np.zeros((WORLDS, 1), np.int64), **rows,
    )  # fmt: skip


def _uncounted(counts: Counts, years: int) -> Counts:
    """Return tallies for the years after a run: of what policies do alone."""
    policies, facts = counts.told.shape[1], counts.told.shape[3]
    return counts._replace(
        strata=counts.strata[:, :0].copy(), crossings=counts.crossings[:, :0].copy(),
        histograms=counts.histograms[:, :0].copy(), course=counts.course[:0],
        told=np.zeros((WORLDS, policies, years + MOST_LATER, facts), np.int64),
    )  # fmt: skip
