"""The order of a month, and of a block's whole life, in all worlds side by side."""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.accounts import open_account, settle_accounts, turn_accounts
from abm.kernel.blocks import PERSONS_PER_BLOCK, ROWS_AT_ONCE, Block, Counts, Ghosts
from abm.kernel.compiled import kernel, sequence, stage
from abm.kernel.constants import Given
from abm.kernel.events import live_events
from abm.kernel.january import start_year, turn_year
from abm.kernel.month import move_everybody
from abm.kernel.newcomers import enter
from abm.kernel.offers import no_policies, offer
from abm.kernel.participation import apply_policies, begin_scheduled
from abm.kernel.tallies import count_year
from abm.kernel.traits import NEVER, ONE, TOP, ZERO, copy_row
from abm.kernel.twins import compare_twins, settle_twins, sum_lives

SINGLE = np.float32


@sequence
def years_of(given):
    """Return the years of the whole run."""
    return SINGLE(given.diabetes_to_date.shape[0] - 1)


@sequence
def filled_up(first, last):
    """Return the row after the last of as many whole vectors as hold the rows."""
    return first + (last - first + ROWS_AT_ONCE - 1) // ROWS_AT_ONCE * ROWS_AT_ONCE


@sequence
def enroll(block, year, first, last):
    """Open the registers of people who have just entered."""
    numbers, integers, registers = block.numbers[0], block.integers[0], block.registers[0]
    before = block.size[-1] - first
    for k in range(c.N_REGISTERS):
        registers[k, before + first : before + last] = ZERO
    for i in range(first, last):
        person = before + i
        integers[c.REGISTER, i] = person
        for k in range(c.N_DISEASES):
            registers[c.ONSET_TIME + k, person] = NEVER
            registers[c.PREVALENT + k, person] = numbers[c.ILL + k, i]
        registers[c.DEATH_TIME, person] = NEVER
        registers[c.DEATH_CAUSE, person] = SINGLE(-1.0)
        registers[c.ENTERED, person] = SINGLE(year)
        registers[c.STRATUM_SEX, person] = SINGLE(integers[c.SEX, i])
        registers[c.STRATUM_DEPRIVATION, person] = SINGLE(integers[c.DEPRIVATION, i])
    block.size[0] = last
    block.size[-1] = before + last


@sequence
def bear(block, given, year, first, last):
    """Let people enter the baseline world in free rows that hold their slots."""
    numbers, integers = block.numbers[0], block.integers[0]
    filled = filled_up(first, last)
    integers[c.SLOT, last:filled] = 0
    integers[c.ENTRY, first:filled] = year
    enter(numbers, integers, given, year, first, last, filled)
    no_policies(numbers, integers, given.policies.size, first, filled)
    enroll(block, year, first, last)


@sequence
def entrants(block, given, year, first_slot, persons):
    """Let this year's 20-year-olds enter: slot p owns one where p * rate passes a whole number.

    The phase differs from year to year by the golden ratio, so slots take turns.
    """
    rate = given.constants[0].entrant_rate
    phase = (year * 0.6180339887498949) % 1.0
    first = block.size[0]
    last = first
    for slot in range(first_slot, first_slot + persons):
        if np.floor((slot + 1) * rate + phase) > np.floor(slot * rate + phase):
            block.integers[0, c.SLOT, last] = slot
            last += 1
    if last > first:
        bear(block, given, year, first, last)


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


@sequence
def part_ways(block, given, start, end):
    """Copy people who start a policy before ``end`` into the other worlds."""
    constants, policies = given.constants[0], given.policies.size
    years_left = years_of(given) - start
    numbers, integers = block.numbers[0], block.integers[0]
    for i in range(block.size[0]):
        starts = False
        for p in range(policies):
            starts |= numbers[c.N_NUMBERS + p * c.N_POLICY_NUMBERS + c.STARTED, i] < end
        if not starts or integers[c.DIVERGED, i] == 1 or integers[c.CAUSE, i] >= 0:
            continue
        integers[c.DIVERGED, i] = 1
        person = integers[c.REGISTER, i]
        open_account(numbers, integers, block.registers[0], constants, i, start, years_left)
        for world in range(1, block.numbers.shape[0]):
            j = block.size[world]
            copy_row(numbers, integers, i, block.numbers[world], block.integers[world], j)
            block.integers[world, c.DIVERGED, j] = 0
            for k in range(c.N_REGISTERS):
                block.registers[world, k, person] = block.registers[0, k, person]
            block.size[world] = j + 1


@sequence
def ghosts_of(block, world):
    """Return the ghosts of a world."""
    return Ghosts(block.ghost_numbers[world], block.ghost_integers[world], block.ghost_size[world])


@sequence
def turn_january(numbers, integers, registers, given, year, n):
    """Let a year pass for people who were there last year."""
    constants = given.constants[0]
    turn_year(
        numbers, integers, constants, year, given.seed[0], given.seed[1], TOP, filled_up(TOP, n)
    )
    turn_accounts(numbers, integers, registers, constants.disease, n)


@sequence
def begin_january(numbers, integers, given, told, year, n):
    """Set what holds for the year, and offer policies."""
    now, filled = SINGLE(year), filled_up(TOP, n)
    start_year(
        numbers, integers, given.constants[0], given.diabetes_to_date[year], now, TOP, filled
    )
    offer(numbers, integers, given.policies, told, year, now, given.seed, n, filled)


@sequence
def open_january(block, given, counts, year, first_slot, persons):
    """Turn the year in every world, let people enter, offer policies."""
    worlds = block.numbers.shape[0]
    if year > 0:
        for world in range(worlds):
            ghosts, registers = ghosts_of(block, world), block.registers[world]
            turn_january(
                block.numbers[world], block.integers[world], registers, given, year,
                block.size[world],
            )  # fmt: skip
            turn_january(ghosts.numbers, ghosts.integers, registers, given, year, ghosts.size[0])
        if given.constants[0].entrant_rate > 0.0:
            entrants(block, given, year, first_slot, persons)
    for world in range(worlds):
        ghosts = ghosts_of(block, world)
        begin_january(
            block.numbers[world], block.integers[world], given, counts.told[world], year,
            block.size[world],
        )  # fmt: skip
        begin_january(
            ghosts.numbers, ghosts.integers, given, block.ghost_told, year, ghosts.size[0]
        )


@sequence
def live_people(numbers, integers, registers, ghosts, given, told, world, year, start, end, n):
    """Live one step of the people, or the ghosts, of a world."""
    constants, filled = given.constants[0], filled_up(TOP, n)
    if world > 0:
        begin_scheduled(numbers, integers, given.policies, start, end, given.seed, told, year, n)
        apply_policies(
            numbers, integers, constants, given.policies, start, end, world == 2, given.seed,
            told, year, n, filled,
        )  # fmt: skip
    move_everybody(numbers, integers, constants, filled)
    live_events(numbers, integers, registers, ghosts, constants, start, SINGLE(year), n, given.seed)


@sequence
def live_step(block, given, counts, year, start, end):
    """Live one step in every world: those who were ghosts before it, then people."""
    if given.policies.size > 0:
        part_ways(block, given, start, end)
    for world in range(block.numbers.shape[0]):
        ghosts, registers = ghosts_of(block, world), block.registers[world]
        live_people(
            ghosts.numbers, ghosts.integers, registers, ghosts, given, block.ghost_told, world,
            year, start, end, ghosts.size[0],
        )  # fmt: skip
        live_people(
            block.numbers[world], block.integers[world], registers, ghosts, given,
            counts.told[world], world, year, start, end, block.size[world],
        )  # fmt: skip


@sequence
def close_december(block, given, counts, year):
    """Count the year, settle the accounts of twins, and bury the dead."""
    worlds, people = block.numbers.shape[0], block.size[-1]
    constants, now = given.constants[0], SINGLE(year) + ONE
    years_left = years_of(given) - now
    for world in range(worlds):
        numbers, integers, n = block.numbers[world], block.integers[world], block.size[world]
        count_year(numbers, integers, constants, counts, world, year + 1, n, filled_up(TOP, n))
        if worlds > 1:
            ghosts, registers = ghosts_of(block, world), block.registers[world]
            settle_accounts(numbers, integers, registers, constants, now, years_left, n)
            settle_accounts(
                ghosts.numbers, ghosts.integers, registers, constants, now, years_left,
                ghosts.size[0],
            )  # fmt: skip
        bury(block, world)
    for world in range(1, worlds):
        settle_twins(block.registers, world, people)


@kernel
def begin(block, given, counts, first_slot, persons):
    """Make a block's people and count the starting stocks."""
    block.size[:] = 0
    block.ghost_size[:] = 0
    for i in range(persons):
        block.integers[0, c.SLOT, i] = first_slot + i
    bear(block, given, TOP, TOP, TOP + persons)
    count_year(
        block.numbers[0], block.integers[0], given.constants[0], counts, TOP, TOP, block.size[0],
        filled_up(TOP, block.size[0]),
    )  # fmt: skip


@kernel
def advance(block, given, counts, first_step, last_step, steps_per_year, first_slot, persons):
    """Live a block from one step up to, not including, another."""
    for step in range(first_step, last_step):
        year = step // steps_per_year
        within = step % steps_per_year
        if within == 0:
            open_january(block, given, counts, year, first_slot, persons)
        start = SINGLE(year) + SINGLE(within) / SINGLE(steps_per_year)
        end = SINGLE(year) + SINGLE(within + 1) / SINGLE(steps_per_year)
        live_step(block, given, counts, year, start, end)
        if within == steps_per_year - 1:
            close_december(block, given, counts, year)


@kernel
def finish(block, counts, years):
    """Compare the twins of a block after so many years."""
    for world in range(block.numbers.shape[0]):
        sum_lives(block.registers[world], years, block.size[-1])
    for world in range(1, block.numbers.shape[0]):
        compare_twins(
            block.registers[0], block.registers[world], counts.effects[world - 1], block.size[-1]
        )


def live_blocks(
    block: Block, given: Given, counts: Counts, steps: int, steps_per_year: int, first_slot: int,
    last_slot: int,
) -> None:  # fmt: skip
    """Live whole blocks one after the other in the same memory, and count them."""
    for slot in range(first_slot, last_slot, PERSONS_PER_BLOCK):
        persons = min(PERSONS_PER_BLOCK, last_slot - slot)
        begin(block, given, counts, slot, persons)
        advance(block, given, counts, 0, steps, steps_per_year, slot, persons)
        finish(block, counts, steps // steps_per_year)
