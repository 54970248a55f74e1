"""The order of a run: the year and the month from beginning to end, in all worlds side by side.

A block goes through all its years before the next one begins; blocks do not depend on each other.
A world has two groups of rows: its people, and those who have died there and are followed on for
what is expected of their lives.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.accounts import add_time, bring_forward
from abm.kernel.arrivals import Arrivals
from abm.kernel.blocks import Block, Counts
from abm.kernel.compiled import kernel, sequence
from abm.kernel.constants import Given
from abm.kernel.events import handle_events
from abm.kernel.january import start_year, turn_year
from abm.kernel.month import move_everybody
from abm.kernel.offers import count_residents, offer
from abm.kernel.participation import apply_policies, begin_scheduled
from abm.kernel.possible import leave_possible, only_effects
from abm.kernel.rows import (
    PEOPLE,
    add_newcomers,
    add_people,
    copy_participants,
    filled_up,
    follow_ups_of,
    remove_dead,
    rows_of,
    years_of,
)
from abm.kernel.settlement import settle_accounts
from abm.kernel.tallies import count_year
from abm.kernel.traits import ONE, TOP
from abm.kernel.twins import (
    add_care_of_year,
    add_course,
    add_sources,
    add_worth,
    compare_by_cell,
    compare_twins,
    set_life_years,
    settle_twins,
)

SINGLE = np.float32
FROZEN = 2  # the world in which policies do not reach IL-6
GROUPS = 2


# One year


@kernel
def advance(block, given, counts, first_step, last_step, steps_per_year, arrivals):
    """Advance a block from one step up to, not including, another."""
    for number in range(first_step, last_step):
        year, within = number // steps_per_year, number % steps_per_year
        start = SINGLE(year) + SINGLE(within) / SINGLE(steps_per_year)
        end = SINGLE(year) + SINGLE(within + 1) / SINGLE(steps_per_year)
        if within == 0:
            january(block, given, counts, year, arrivals)
        month(block, given, counts, year, start, end)
        if within == steps_per_year - 1:
            december(block, given, counts, year)


@sequence
def january(block, given, counts, year, arrivals):
    """Everybody ages, newcomers enter, hazards are looked up anew, policies are offered."""
    worlds = block.numbers.shape[0]
    if year > 0:
        for world in range(worlds):
            for group in range(GROUPS):
                numbers, integers, n = rows_of(block, world, group)
                if n == 0:
                    continue
                age(numbers, integers, given, year, n)
        if year < arrivals.until.size:
            add_newcomers(block, given, year, arrivals)
    for world in range(worlds):
        for group in range(GROUPS):
            numbers, integers, n = rows_of(block, world, group)
            if n > 0:
                open_year(numbers, integers, given, counts.told[world], year, n)


@sequence
def month(block, given, counts, year, start, end):
    """Those who start a policy part from their twins; then everybody moves by a step."""
    if given.policies.size > 0:
        copy_participants(block, given, start, end)
    for world in range(block.numbers.shape[0]):
        registers, followed = block.registers[world], follow_ups_of(block, world)
        for group in range(GROUPS):  # who die in this step are followed from the next
            numbers, integers, n = rows_of(block, world, group)
            if n > 0:
                move_world(
                    numbers, integers, registers, followed, given, counts.told[world], world, year,
                    start, end, n,
                )  # fmt: skip


@sequence
def december(block, given, counts, year):
    """The year is counted, accounts are settled, the dead leave, and twins are compared.

    Nobody is counted after the run, nor where only effects are asked for.
    """
    worlds, now = block.numbers.shape[0], SINGLE(year) + ONE
    constants, left = given.constants[0], years_of(given) - now
    in_run = year < counts.course.shape[0]
    for world in range(worlds):
        numbers, integers, n = rows_of(block, world, PEOPLE)
        if year + 1 < counts.strata.shape[1]:
            count_year(numbers, integers, constants, counts, world, year + 1, n, filled_up(TOP, n))
        count_residents(
            integers, numbers[c.ALIVE], given.policies, counts.told[world], year, SINGLE(year), n,
            world > 0,
        )  # fmt: skip
        remove_dead(block, world)
        if worlds > 1:
            settle_world(block, world, constants, now, left, in_run)
    for world in range(1, worlds):
        settle_twins(block.registers, world, in_run, block.size[-1])
    if worlds > 1 and in_run:
        add_course(block.registers[0], block.registers[1], counts.course[year], block.size[-1])
        add_care_of_year(
            block.registers[0], block.registers[1], counts.care[year], block.size[-1]
        )
    if worlds > 1:
        look_so_far(block, counts, year + 1, year + 2)
    if only_effects(given) and left > 0.0:
        leave_possible(block, given, year + 1, year, TOP)


@sequence
def settle_world(block, world, constants, now, left, in_run):
    """Settle the accounts of a world's people, and of those who are followed on.

    Of the baseline's people only those have one whose worlds may differ.
    """
    registers = block.registers[world]
    for group in range(GROUPS):
        numbers, integers, n = rows_of(block, world, group)
        n = bring_forward(numbers, integers, n) if world == 0 else n
        if n > 0:
            settle_accounts(
                numbers, integers, registers, constants, now, left, in_run, n, filled_up(TOP, n)
            )


@sequence
def look_so_far(block, counts, first, last):
    """Look at health and money so far, if that is a horizon: so many years from the start."""
    for place in range(1, counts.worth.shape[0]):
        if first <= c.HORIZONS[place - 1] < last:
            add_worth(
                block.registers[0], block.registers[1], counts.worth[place], block.size[-1]
            )


# What each of them does in one group of rows


@sequence
def age(numbers, integers, given, year, n):
    """Let a year pass for people who were there last year."""
    turn_year(numbers, integers, given.constants[0], year, given.seed, TOP, filled_up(TOP, n))


@sequence
def open_year(numbers, integers, given, told, year, n):
    """Set what holds for the year, and offer policies."""
    constants, now, filled = given.constants[0], SINGLE(year), filled_up(TOP, n)
    start_year(numbers, integers, constants, given.diabetes_to_date[year], now, TOP, filled)
    offer(numbers, integers, given.policies, given.covered, told, year, now, given.seed, n,
          filled)  # fmt: skip


@sequence
def move_world(numbers, integers, registers, followed, given, told, world, year, start, end, n):
    """Take part in policies, move training, doses and hazards, and handle what has come of it."""
    constants, filled = given.constants[0], filled_up(TOP, n)
    if world > 0:
        begin_scheduled(numbers, integers, given.policies, start, end, given.seed, told, year, n)
        apply_policies(
            numbers, integers, registers, given, start, end, world == FROZEN, told, year, n, filled
        )
    move_everybody(numbers, integers, constants, filled)
    if given.policies.size > 0:
        add_time(numbers, constants.step.years, filled)
    handle_events(
        numbers, integers, registers, followed, constants, start, SINGLE(year), n, given.seed
    )


# A whole run


@kernel
def begin(block, given, counts, arrivals):
    """Make a block's people and count the starting stocks."""
    block.size[:] = 0
    block.follow_up_size[:] = 0
    persons = arrivals.until[0]
    for i in range(persons):
        block.integers[0, c.SLOT, i] = arrivals.slots[i]
    add_people(block, given, TOP, TOP, TOP + persons)
    numbers, integers, n = block.numbers[0], block.integers[0], block.size[0]
    if counts.strata.shape[1] > 0:
        count_year(numbers, integers, given.constants[0], counts, TOP, TOP, n, filled_up(TOP, n))


@kernel
def finish(block, counts, years):
    """Compare the twins of a block after so many years."""
    for world in range(block.numbers.shape[0]):
        set_life_years(block.registers[world], years, block.size[-1])
    for world in range(1, block.numbers.shape[0]):
        compare_twins(
            block.registers[0],
            block.registers[1],
            block.registers[world],
            counts.effects[world - 1],
            block.size[-1],
        )
    if block.numbers.shape[0] > 1:
        baseline, policy = block.registers[0], block.registers[1]
        compare_by_cell(baseline, policy, counts.by_cell, counts.participants, block.size[-1])
        add_sources(baseline, policy, counts.sources[0], block.size[-1])
        add_worth(baseline, policy, counts.worth[0], block.size[-1])


def run_block(
    block: Block, given: Given, counts: Counts, steps: int, steps_per_year: int, arrivals: Arrivals
) -> None:
    """Run a block from its start to its end, and count its people."""
    begin(block, given, counts, arrivals)
    advance(block, given, counts, 0, steps, steps_per_year, arrivals)
    finish(block, counts, steps // steps_per_year)
