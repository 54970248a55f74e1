"""The accounts of those whose worlds may differ: what is to be expected of each of their lives.

What is to be expected of a life does not hang on when it happens to end. So whoever dies is
followed on as if alive (survival-weighted follow-up), and what is met is weighed by the chance to
have lived so long. What illness comes, and who takes part, is as drawn.

What an account needs from year to year stands in its row, so that it is settled in vectors
(:mod:`abm.kernel.settlement`); what is expected is added to registers. What few people have in a
year (illness, an event) is looked up one person at a time.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, sequence, stage
from abm.kernel.hazards import excess_put_down
from abm.kernel.tallies import activity_group, age_band
from abm.kernel.traits import HALF, ONE, TOP, ZERO, swap_rows
from abm.rules import depression
from abm.rules.arithmetic import exp, maximum

SINGLE = np.float32
SMALL_HAZARD, SIXTH = SINGLE(0.05), SINGLE(1.0 / 6.0)


@inlined
def mean_survival(hazard):
    """Return the chance to live on average over a time in which a constant hazard adds up."""
    near = ONE - hazard * (HALF - hazard * SIXTH)
    far = (ONE - exp(-hazard)) / maximum(hazard, SMALL_HAZARD)
    return near if hazard < SMALL_HAZARD else far


@inlined
def met_so_far(ill, accumulated, spent):
    """Return the hazard of a disease that a person has met: until past onsets, and since."""
    return spent + (ONE - ill) * accumulated


@inlined
def met_of_first(course, ill, accumulated, spent):
    """Return the same of a first onset of depression, of which later episodes are no part."""
    spell = (ONE - ill) * accumulated
    return spent + (spell if course == depression.NEVER else ZERO)


# From step to step


@inlined
def death_hazard_met(numbers, i):
    """Return the hazard of death that a row has met so far, of all death clocks."""
    met = ZERO
    for place in range(c.N_DEATH_CLOCKS):
        met += numbers[c.ACCUMULATED + c.N_DISEASES + place, i]
    return met


@inlined
def time_taken_out(chance, survival, years):
    """Return the time not lived of a step, for events in its middle that so many survive."""
    return HALF * years * chance * (ONE - survival)


@stage
def take_out_events(years, chance, survival, lived, n):
    """Let the events of the last step, of so many years, have come in its middle."""
    keep_apart()
    for i in range(n):
        lived[i] -= time_taken_out(chance[i], survival[i], years)
        chance[i] = chance[i] * survival[i]
        survival[i] = ONE


@stage
def add_time_lived(met_by_clock, years, chance, met_before, survival, lived, n):
    """Add the time to be lived in a step, before its events; of nobody without an account.

    Policies change hazards within a year, so that its time cannot be had from its end alone.
    """
    keep_apart()
    for i in range(n):
        met = ZERO
        for place in range(c.N_DEATH_CLOCKS):
            met += met_by_clock[place, i]
        more = met - met_before[i]
        before = chance[i] * survival[i]
        lived[i] -= time_taken_out(chance[i], survival[i], years)
        lived[i] += years * before * mean_survival(more)
        chance[i] = before * exp(-more)
        met_before[i] = met
        survival[i] = ONE


@sequence
def add_time(numbers, years, n):
    """Add the time to be lived in a step of so many years, of everybody in some rows."""
    first = c.ACCUMULATED + c.N_DISEASES
    add_time_lived(
        numbers[first : first + c.N_DEATH_CLOCKS], years, numbers[c.CHANCE_NOW],
        numbers[c.MET_NOW], numbers[c.SURVIVAL_OF_STEP], numbers[c.LIVED], n,
    )  # fmt: skip


# An account is opened, and events are noted in it


@inlined
def start_from_hazards(numbers, integers, i):
    """Let an account begin with the hazards that a person has met so far, and no event."""
    for k in range(c.N_DISEASES):
        ill, met = numbers[c.ILL + k, i], numbers[c.ACCUMULATED + k, i]
        spent = numbers[c.SPENT_HAZARD + k, i]
        numbers[c.MET + k, i] = met_so_far(ill, met, spent)
        if k == c.DEPRESSION:
            numbers[c.MET + k, i] = met_of_first(integers[c.COURSE, i], ill, met, spent)
            numbers[c.MET_OF_EPISODES, i] = met_so_far(ill, met, numbers[c.SPENT_ON_EPISODES, i])
        numbers[c.SURVIVED + k, i] = ZERO
        numbers[c.LATER + k, i] = ZERO
    for place in range(c.N_DEATH_CLOCKS):
        numbers[c.MET_BEFORE + place, i] = numbers[c.ACCUMULATED + c.N_DISEASES + place, i]
    numbers[c.MET_NOW, i] = death_hazard_met(numbers, i)


@inlined
def open_account(numbers, integers, registers, constants, i, now):
    """Begin the account of a person whose worlds may differ from ``now`` on."""
    start_from_hazards(numbers, integers, i)
    for column in (c.CHANCE_NOW, c.CHANCE_BEFORE, c.SURVIVAL_OF_STEP):
        numbers[column, i] = ONE
    for column in (c.SETTLED, c.NOTED):
        numbers[column, i] = now
    numbers[c.LIVED, i] = ZERO
    person = integers[c.REGISTER, i]
    for place in range(c.N_DEATH_CLOCKS):
        registers[c.DEATH_HAZARD + place, person] = numbers[c.MET_BEFORE + place, i]
    registers[c.APART, person] = ONE
    registers[c.OPENED, person] = now
    registers[c.CHANCE, person] = ONE
    registers[c.JOINED_BAND, person] = SINGLE(age_band(integers[c.AGE, i]))
    group = activity_group(constants.activity.group_bounds, numbers[c.HABIT_DOSE, i])
    registers[c.JOINED_GROUP, person] = SINGLE(group)


@inlined
def has_account(integers, registers, i):
    """Return whether a row keeps an account: a life, or the follow-up of one that has ended."""
    apart = registers[c.APART, integers[c.REGISTER, i]] > ZERO
    return apart and integers[c.ROLE, i] != c.ENDED


@inlined
def note_excess_of(numbers, integers, risks, k, i, year_start, until):
    """Note what a disease has added to the hazard of death ``until`` then.

    Those to which no death is put down are left out. Times in years since the start.
    """
    if c.KILLS_LATER[k] and c.IS_CAUSE[k] and numbers[c.ILL + k, i] > ZERO:
        years = until - numbers[c.NOTED, i]
        own = excess_put_down(numbers, risks, integers[c.CELL, i], year_start, i, k)
        numbers[c.LATER + k, i] += years * own


@inlined
def note_excess(numbers, integers, risks, i, year_start, until):
    """Note what diseases have added to the hazard of death ``until`` then, before that changes."""
    for k in range(c.N_DISEASES):
        note_excess_of(numbers, integers, risks, k, i, year_start, until)
    numbers[c.NOTED, i] = until


# Registers and rows


@stage
def add_up(amount, person, sums, n):
    """Add what is expected of each to their register."""
    keep_apart()
    for i in range(n):
        sums[np.uint64(person[i])] += amount[i]


@stage
def put(amount, person, register, n):
    """Put something of each into their register."""
    keep_apart()
    for i in range(n):
        register[np.uint64(person[i])] = amount[i]


@stage
def bring_forward(numbers, integers, n):
    """Bring the rows with an account before the others of the baseline; return how many."""
    first, last = TOP, n
    while first < last:
        if integers[c.DIVERGED, first] == 1:
            first += 1
            continue
        last -= 1
        if integers[c.DIVERGED, last] == 1:
            swap_rows(numbers, integers, first, last)
            first += 1
    return first
