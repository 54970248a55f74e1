"""Who stands in the rows of a block: people enter, are copied into other worlds, and leave."""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.accounts import open_account
from abm.kernel.blocks import ROWS_AT_ONCE, FollowUps
from abm.kernel.compiled import inlined, rows, sequence, stage
from abm.kernel.newcomers import enter
from abm.kernel.offers import no_policies
from abm.kernel.possible import leave_possible, only_effects
from abm.kernel.traits import NEVER, ZERO, copy_row
from abm.rules import depression

SINGLE = np.float32
FOLLOWED, PEOPLE = range(2)  # the groups of rows of a world, in the order of a month


@sequence
def years_of(given):
    """Return the years of the whole run."""
    return SINGLE(given.diabetes_to_date.shape[0] - 1)


@sequence
def filled_up(first, last):
    """Return the row after the last of as many whole vectors as hold the rows."""
    return first + (last - first + ROWS_AT_ONCE - 1) // ROWS_AT_ONCE * ROWS_AT_ONCE


@sequence
def open_registers(block, year, first, last):
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
        registers[c.EVER_DEPRESSED, person] = SINGLE(integers[c.COURSE, i] != depression.NEVER)
        registers[c.DEATH_TIME, person] = NEVER
        registers[c.DEATH_CAUSE, person] = SINGLE(-1.0)
        registers[c.ENTERED, person] = SINGLE(year)
        registers[c.STRATUM_SEX, person] = SINGLE(integers[c.SEX, i])
        registers[c.STRATUM_DEPRIVATION, person] = SINGLE(integers[c.DEPRIVATION, i])
    block.size[0] = last
    block.size[-1] = before + last


@sequence
def add_people(block, given, year, first, last):
    """Let people enter the baseline world in free rows that hold their slots.

    Where only effects are asked for, those leave at once who turn out to be nobody that matters.
    """
    numbers, integers = block.numbers[0], block.integers[0]
    filled = filled_up(first, last)
    integers[c.SLOT, last:filled] = 0
    integers[c.ENTRY, first:filled] = year
    enter(numbers, integers, given, year, first, last, filled)
    no_policies(numbers, integers, given.policies.size, first, filled)
    open_registers(block, year, first, last)
    if only_effects(given):
        leave_possible(block, given, year, year, first)


@sequence
def add_newcomers(block, given, year, arrivals):
    """Let this year's 20-year-olds enter."""
    first = block.size[0]
    last = first
    for place in range(arrivals.until[year - 1], arrivals.until[year]):
        block.integers[0, c.SLOT, last] = arrivals.slots[place]
        last += 1
    if last > first:
        add_people(block, given, year, first, last)


@stage
def remove_dead(block, world):
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
def copy_person(block, given, i, now):
    """Copy the person in row ``i`` of the baseline into the other worlds, and open their account.

    From here on the person's worlds may differ. ``now`` is in years since the start.
    """
    numbers, integers = block.numbers[0], block.integers[0]
    person = integers[c.REGISTER, i]
    integers[c.DIVERGED, i] = 1
    open_account(numbers, integers, block.registers[0], given.constants[0], i, now)
    for world in range(1, block.numbers.shape[0]):
        j = block.size[world]
        copy_row(numbers, integers, i, block.numbers[world], block.integers[world], j)
        block.integers[world, c.DIVERGED, j] = 0
        for k in range(c.N_REGISTERS):
            block.registers[world, k, person] = block.registers[0, k, person]
        block.size[world] = j + 1


@inlined
def any_starts(started, diverged, first, end):
    """Return whether any of the people in a vector of rows starts a policy before ``end``."""
    found = False
    for i in rows(first, first + ROWS_AT_ONCE):
        found |= (started[i] < end) & (diverged[i] == 0)
    return found


@sequence
def copy_participants(block, given, start, end):
    """Copy people who start a policy before ``end`` into the other worlds."""
    numbers, integers, n = block.numbers[0], block.integers[0], block.size[0]
    diverged = integers[c.DIVERGED]
    for p in range(given.policies.size):
        started = numbers[c.N_NUMBERS + p * c.N_POLICY_NUMBERS + c.STARTED]
        for first in range(0, n, ROWS_AT_ONCE):
            if not any_starts(started, diverged, first, end):
                continue
            for i in range(first, min(first + ROWS_AT_ONCE, n)):
                if started[i] < end and diverged[i] == 0 and integers[c.CAUSE, i] < 0:
                    copy_person(block, given, i, start)


@sequence
def rows_of(block, world, group):
    """Return the numbers and integers of a group of rows of a world, and how many there are."""
    people = group == PEOPLE
    numbers = block.numbers[world] if people else block.follow_up_numbers[world]
    integers = block.integers[world] if people else block.follow_up_integers[world]
    n = block.size[world] if people else block.follow_up_size[world, 0]
    return numbers, integers, n


@sequence
def follow_ups_of(block, world):
    """Return those of a world who have died and are followed on."""
    return FollowUps(
        block.follow_up_numbers[world], block.follow_up_integers[world],
        block.follow_up_size[world],
    )  # fmt: skip
