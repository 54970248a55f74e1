"""The order of a month, and of a block's whole life, in all worlds side by side."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm import columns as c
from abm.compiled import kernel, stage
from abm.kernel.enter import enter
from abm.kernel.events import live_events
from abm.kernel.january import start_year, turn_year
from abm.kernel.month import apply_policies, begin_episode, move_everybody
from abm.kernel.offers import no_policies, offer
from abm.kernel.tallies import compare_twins, count_year
from abm.kernel.traits import NEVER, ZERO

SINGLE = np.float32
PERSONS_PER_BLOCK = 512
LAG_OF_CLOCK = np.array(c.LAG_OF_CLOCK, np.int64)


class Block(NamedTuple):
    """The state of a block of people in all its worlds.

    ``numbers`` (worlds, columns, capacity), ``integers`` likewise, ``registers`` (worlds, columns,
    people ever), ``archive_numbers`` and ``archive_integers`` the last state of each person by
    register (or empty), ``size`` (worlds + 1,): rows in use per world, then people so far.
    """

    numbers: NDArray[np.float32]
    integers: NDArray[np.int32]
    registers: NDArray[np.float32]
    archive_numbers: NDArray[np.float32]
    archive_integers: NDArray[np.int32]
    size: NDArray[np.int64]


class Counts(NamedTuple):
    """Whole-number tallies; shapes in :func:`abm.tally.new_counts`."""

    strata: NDArray[np.int64]
    histograms: NDArray[np.int64]
    effects: NDArray[np.int64]
    told: NDArray[np.int64]


@stage
def copy_row(numbers_from, integers_from, i, numbers_to, integers_to, j):
    """Copy a person from row ``i`` of one array pair to row ``j`` of another."""
    for k in range(numbers_from.shape[0]):
        numbers_to[k, j] = numbers_from[k, i]
    for k in range(integers_from.shape[0]):
        integers_to[k, j] = integers_from[k, i]


@stage
def bear(block, constants, plan, sample, sample_cumulative, year, slot, low, high):
    """Let a person enter the baseline world in its next free row."""
    i = block.size[0]
    person = block.size[-1]
    numbers, integers, registers = block.numbers[0], block.integers[0], block.registers[0]
    enter(
        numbers, integers, i, constants, sample, sample_cumulative, year, slot, year, low, high
    )
    integers[c.REGISTER, i] = person
    for k in range(c.N_REGISTERS):
        registers[k, person] = ZERO
    for k in range(c.N_DISEASES):
        registers[c.ONSET_TIME + k, person] = NEVER
        registers[c.PREVALENT + k, person] = numbers[c.ILL + k, i]
    registers[c.DEATH_TIME, person] = NEVER
    registers[c.DEATH_CAUSE, person] = SINGLE(-1.0)
    registers[c.STRATUM_SEX, person] = SINGLE(integers[c.SEX, i])
    registers[c.STRATUM_DEPRIVATION, person] = SINGLE(integers[c.DEPRIVATION, i])
    block.size[0] = i + 1
    block.size[-1] = person + 1


@stage
def entrants(block, constants, plan, sample, sample_cumulative, year, first_slot, persons, low,
             high):  # fmt: skip
    """Let this year's 20-year-olds enter: slot p owns one where p * rate passes a whole number.

    The phase differs from year to year by the golden ratio, so slots take turns.
    """
    rate = constants.entrant_rate
    phase = (year * 0.6180339887498949) % 1.0
    for slot in range(first_slot, first_slot + persons):
        if np.floor((slot + 1) * rate + phase) > np.floor(slot * rate + phase):
            bear(block, constants, plan, sample, sample_cumulative, year, slot, low, high)


@stage
def bury(block, world):
    """Take the dead out of the rows: the last living person moves into each gap."""
    numbers, integers = block.numbers[world], block.integers[world]
    n = block.size[world]
    keeps = block.archive_numbers.shape[0] > 0
    i = 0
    while i < n:
        if integers[c.CAUSE, i] < 0:
            i += 1
            continue
        if keeps:
            person = integers[c.REGISTER, i]
            copy_row(
                numbers, integers, i, block.archive_numbers[world],
                block.archive_integers[world], person,
            )  # fmt: skip
        n -= 1
        if i < n:
            copy_row(numbers, integers, n, numbers, integers, i)
    block.size[world] = n


@stage
def part_ways(block, plan, end, low, high):
    """Copy people who start a policy before ``end`` into the other worlds."""
    numbers, integers = block.numbers[0], block.integers[0]
    for i in range(block.size[0]):
        if integers[c.DIVERGED, i] == 1 or integers[c.CAUSE, i] >= 0:
            continue
        starts = False
        for p in range(plan.start.size):
            column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
            starts |= numbers[column + c.STARTED, i] < end
        if not starts:
            continue
        integers[c.DIVERGED, i] = 1
        person = integers[c.REGISTER, i]
        block.registers[0, c.APART, person] = SINGLE(1.0)
        for world in range(1, block.numbers.shape[0]):
            j = block.size[world]
            copy_row(numbers, integers, i, block.numbers[world], block.integers[world], j)
            block.integers[world, c.DIVERGED, j] = 0
            block.registers[world, :, person] = block.registers[0, :, person]
            block.size[world] = j + 1


@stage
def begin_scheduled(numbers, integers, plan, start, end, low, high, told, year, n):
    """Begin the first episode of those whose scheduled start lies in this step."""
    for p in range(plan.start.size):
        column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
        for i in range(n):
            started = numbers[column + c.STARTED, i]
            fresh = integers[c.N_INTEGERS + p, i] == 0
            if fresh and start <= started < end and integers[c.CAUSE, i] < 0:
                begin_episode(numbers, integers, plan, p, i, started, low, high)
                told[p, year, 2] += 1


@stage
def open_january(block, constants, plan, sample, sample_cumulative, counts, year, first_slot,
                 persons, low, high):  # fmt: skip
    """Turn the year in every world, let people enter, offer policies."""
    now = SINGLE(year)
    worlds = block.numbers.shape[0]
    if year > 0:
        for world in range(worlds):
            turn_year(
                block.numbers[world], block.integers[world], constants, year, low, high,
                block.size[world],
            )  # fmt: skip
        if constants.entrant_rate > 0.0:
            before = block.size[0]
            entrants(
                block, constants, plan, sample, sample_cumulative, year, first_slot, persons,
                low, high,
            )  # fmt: skip
            no_policies(
                block.numbers[0], block.integers[0], plan.start.size, before, block.size[0]
            )
    for world in range(worlds):
        numbers, integers = block.numbers[world], block.integers[world]
        start_year(numbers, integers, constants, year, now, block.size[world])
        offer(
            numbers, integers, plan, counts.told[world], year, now, low, high,
            block.size[world],
        )  # fmt: skip


@stage
def live_step(block, constants, plan, lag_of_clock, counts, year, start, end, low, high):
    """Live one step in every world."""
    worlds = block.numbers.shape[0]
    year_start = SINGLE(year)
    if plan.start.size > 0:
        part_ways(block, plan, end, low, high)
    for world in range(worlds):
        numbers, integers = block.numbers[world], block.integers[world]
        n = block.size[world]
        if world > 0:
            told = counts.told[world]
            begin_scheduled(numbers, integers, plan, start, end, low, high, told, year, n)
            apply_policies(
                numbers, integers, constants, plan, start, end, world == 2, low, high, told,
                year, n,
            )  # fmt: skip
        move_everybody(numbers, integers, constants, lag_of_clock, n)
        live_events(
            numbers, integers, block.registers[world], constants.disease, lag_of_clock, start,
            constants.step.years, year_start, n, low, high,
        )  # fmt: skip


@stage
def close_december(block, constants, counts, year):
    """Count the year and bury the dead, in every world."""
    for world in range(block.numbers.shape[0]):
        count_year(
            block.numbers[world], block.integers[world], block.registers, constants,
            counts.strata, counts.histograms, world, year + 1, block.size[world],
        )  # fmt: skip
        bury(block, world)


@kernel
def begin(block, constants, plan, sample, sample_cumulative, counts, first_slot, persons, low,
          high):  # fmt: skip
    """Make a block's people and count the starting stocks."""
    block.size[:] = 0
    for slot in range(first_slot, first_slot + persons):
        bear(block, constants, plan, sample, sample_cumulative, 0, slot, low, high)
    no_policies(block.numbers[0], block.integers[0], plan.start.size, 0, persons)
    count_year(
        block.numbers[0], block.integers[0], block.registers, constants, counts.strata,
        counts.histograms, 0, 0, block.size[0],
    )  # fmt: skip


@kernel
def advance(block, constants, plan, sample, sample_cumulative, lag_of_clock, counts, first_step,
            last_step, steps_per_year, first_slot, persons, low, high):  # fmt: skip
    """Live a block from one step up to, not including, another."""
    for step in range(first_step, last_step):
        year = step // steps_per_year
        within = step % steps_per_year
        if within == 0:
            open_january(
                block, constants, plan, sample, sample_cumulative, counts, year, first_slot,
                persons, low, high,
            )  # fmt: skip
        start = SINGLE(year) + SINGLE(within) / SINGLE(steps_per_year)
        end = SINGLE(year) + SINGLE(within + 1) / SINGLE(steps_per_year)
        live_step(block, constants, plan, lag_of_clock, counts, year, start, end, low, high)
        if within == steps_per_year - 1:
            close_december(block, constants, counts, year)


@kernel
def finish(block, counts):
    """Compare the twins of a block at the end of its run."""
    for world in range(1, block.numbers.shape[0]):
        compare_twins(
            block.registers[0], block.registers[world], counts.effects[world - 1], block.size[-1]
        )


@kernel
def live_blocks(block, constants, plan, sample, sample_cumulative, lag_of_clock, counts, steps,
                steps_per_year, first_slot, last_slot, low, high):  # fmt: skip
    """Live whole blocks one after the other in the same memory, and count them."""
    for slot in range(first_slot, last_slot, PERSONS_PER_BLOCK):
        persons = min(PERSONS_PER_BLOCK, last_slot - slot)
        begin(
            block, constants, plan, sample, sample_cumulative, counts, slot, persons, low, high
        )
        advance(
            block, constants, plan, sample, sample_cumulative, lag_of_clock, counts, 0, steps,
            steps_per_year, slot, persons, low, high,
        )  # fmt: skip
        finish(block, counts)
