"""What happens to the few whose accumulated hazard reached a tolerance in this step.

Hazards hold for the whole step, so the time of an event inside it is known. The earliest death,
from a death clock or from a fatal event, ends the step for a person; what would have come later
does not happen.
"""

import numpy as np

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.accounts import has_account, note_excess
from abm.kernel.blocks import ROWS_AT_ONCE
from abm.kernel.compiled import inlined, rows, sequence, stage
from abm.kernel.hazards import excess_put_down, reset_clocks
from abm.kernel.month import hazard_of_step
from abm.kernel.traits import ONE, ZERO, copy_row
from abm.rules import depression, disease, mortality

SINGLE = np.float32
NO_DEATH = SINGLE(2.0)  # shares of a step end at 1
ENDLESS = SINGLE(1e30)


@stage
def note_increases(numbers, constants, i, clocks):
    """Set what some clocks (bits) of a person gained in this step (scratch)."""
    for k in range(c.N_CLOCKS):
        if (clocks >> k) & 1 == 1:
            hazard = hazard_of_step(numbers, constants, i, k)
            numbers[c.SCRATCH + k, i] = hazard * constants.step.years


@inlined
def crossing(numbers, i, clock):
    """Return the share of the step at which a clock reached its tolerance."""
    increase = numbers[c.SCRATCH + clock, i]
    before = numbers[c.ACCUMULATED + clock, i] - increase
    return disease.crossing_share(numbers[c.TOLERANCE + clock, i], before, increase)


@inlined
def is_fatal(numbers, integers, risks, i, clock, seed):
    """Return whether the coming event of a clock kills at once."""
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], c.CLOCK_DRAW[clock],
        integers[c.EPISODE + clock, i] + 1, seed[0], seed[1],
    )  # fmt: skip
    fatality = risks.case_fatality[clock, integers[c.CELL, i]]
    return mortality.dies_of_event(draws.uniform(words[2]), fatality)


@inlined
def cause_of_death(numbers, integers, constants, i, year_start, seed):
    """Draw which of the hazards that add up to that of the last clock was the one."""
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], draws.CAUSE_OF_DEATH, 0, seed[0], seed[1]
    )
    risks, cell = constants.disease, integers[c.CELL, i]
    uniform = draws.uniform(words[0])
    hazard = numbers[c.SCRATCH + c.ALL_ELSE, i] / constants.step.years
    excess = ZERO
    for k in range(c.N_DISEASES):
        if c.KILLS_LATER[k] and c.IS_CAUSE[k] and numbers[c.ILL + k, i] > ZERO:
            put_down = excess_put_down(numbers, risks, cell, year_start, i, k)
            excess = mortality.excess_hazard(excess, put_down, ONE)
            if mortality.is_cause(uniform, hazard, excess):
                return k
    return c.ALL_ELSE


@inlined
def earliest_death(numbers, integers, constants, i, year_start, seed):
    """Return when in the step a person dies (2 if not), of what, and by which event (-1: none)."""
    bits = integers[c.CROSSED, i]
    time, cause, killer = NO_DEATH, -1, -1
    if integers[c.ROLE, i] == c.FOLLOW_UP:
        return time, cause, killer
    for k in range(c.N_DISEASES, c.N_CLOCKS):
        at = crossing(numbers, i, k) if (bits >> k) & 1 == 1 else NO_DEATH
        if at < time:
            time, cause = at, k
    if cause == c.ALL_ELSE:
        cause = cause_of_death(numbers, integers, constants, i, year_start, seed)
    for k in range(c.N_DISEASES):
        ill = numbers[c.ILL + k, i] > ZERO
        if (bits >> k) & 1 == 0 or ill or (c.HARMLESS >> k) & 1 == 1:
            continue
        at = crossing(numbers, i, k)
        if at < time and is_fatal(numbers, integers, constants.disease, i, k, seed):
            time, cause, killer = at, k, k
    return time, cause, killer


@inlined
def record_onset(registers, person, k, when, tolerance):
    """Record an onset in a life."""
    first = registers[c.EVENT_COUNT + k, person] == ZERO
    if first and registers[c.PREVALENT + k, person] == ZERO:
        registers[c.ONSET_TIME + k, person] = when
    if first:
        registers[c.PAST_HAZARD + k, person] += tolerance
    registers[c.EVENT_COUNT + k, person] += ONE


@inlined
def begin_episode(numbers, integers, registers, i, left):
    """Record an episode of depression, the first or a later one."""
    person, role = integers[c.REGISTER, i], integers[c.ROLE, i]
    if role != c.FOLLOW_UP:
        registers[c.EPISODE_COUNT, person] += ONE
    if role != c.ENDED:
        numbers[c.SPENT_ON_EPISODES, i] += numbers[c.TOLERANCE + c.DEPRESSION, i]
    integers[c.EPISODES, i] += 1
    numbers[c.WELL, i] -= left


@inlined
def fall_ill(numbers, integers, registers, i, k, when, left):
    """Fall ill: ``when`` in years since the start, ``left`` years of this year to come."""
    person, role = integers[c.REGISTER, i], integers[c.ROLE, i]
    if k == c.DEPRESSION:
        begin_episode(numbers, integers, registers, i, left)
    if k != c.DEPRESSION or integers[c.COURSE, i] == depression.NEVER:
        if role != c.FOLLOW_UP:
            record_onset(registers, person, k, when, numbers[c.TOLERANCE + k, i])
        if role != c.ENDED:
            numbers[c.SPENT_HAZARD + k, i] += numbers[c.TOLERANCE + k, i]
        integers[c.EVENTS + k, i] += 1
        numbers[c.AT_RISK + k, i] -= left
    integers[c.EPISODE + k, i] += 1
    numbers[c.ILL + k, i] = ONE
    numbers[c.BEGAN + k, i] = when
    if c.RAISES_FOR_A_YEAR[k]:
        numbers[c.LAST_VASCULAR, i] = when


@inlined
def survive(numbers, integers, risks, i, k):
    """Record the risk to die of an event that a person has just lived through."""
    if integers[c.ROLE, i] != c.ENDED:
        fatality = risks.case_fatality[k, integers[c.CELL, i]]
        numbers[c.SURVIVED + k, i] = fatality
        numbers[c.SURVIVAL_OF_STEP, i] *= ONE - fatality


@inlined
def recover(numbers, i, k, left):
    """Leave a disease: no longer counted as ill, at risk of a new event."""
    numbers[c.ILL + k, i] = ZERO
    if k == c.DEPRESSION:
        numbers[c.WELL, i] += left
    else:
        numbers[c.AT_RISK + k, i] += left


@inlined
def move_on(numbers, integers, risks, i, seed):
    """Move somebody whose depression has just begun or ended on in its course."""
    state = integers[c.COURSE, i]
    if numbers[c.ILL + c.DEPRESSION, i] == ZERO:
        integers[c.COURSE, i] = depression.after_recovery(state)
        return
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], c.CLOCK_DRAW[c.DEPRESSION],
        integers[c.EPISODE + c.DEPRESSION, i], seed[0], seed[1],
    )  # fmt: skip
    integers[c.COURSE, i] = depression.after_onset(
        state, draws.uniform(words[3]), risks.single_course, risks.recurrent_course
    )


@inlined
def next_tolerance(numbers, integers, i, k, seed):
    """Draw the tolerance of a clock that has just turned: to recover, or to fall ill again."""
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], c.CLOCK_DRAW[k],
        integers[c.EPISODE + k, i], seed[0], seed[1],
    )  # fmt: skip
    ill = numbers[c.ILL + k, i] > ZERO
    return draws.exponential(words[1] if ill else words[0])


@inlined
def turn_clock(numbers, integers, registers, constants, i, k, start, year_start, death, kills,
               seed):  # fmt: skip
    """Take a clock through the step, event after event, until the step or the life ends.

    Onsets and recoveries alternate; what is left of the step counts for the next. An event that
    ``kills`` is the clock's last.
    """
    years = constants.step.years
    at = crossing(numbers, i, k)
    while at < death or kills:
        when = start + at * years
        left = year_start + ONE - when
        if c.KILLS_LATER[k] and has_account(integers, registers, i):
            note_excess(numbers, integers, constants.disease, i, year_start, start + years)
        if numbers[c.ILL + k, i] == ZERO:
            fall_ill(numbers, integers, registers, i, k, when, left)
            if not kills:
                survive(numbers, integers, constants.disease, i, k)
        else:
            recover(numbers, i, k, left)
        if kills:
            return
        if k == c.DEPRESSION:
            move_on(numbers, integers, constants.disease, i, seed)
        numbers[c.TOLERANCE + k, i] = next_tolerance(numbers, integers, i, k, seed)
        reset_clocks(numbers, integers, constants.disease, k, year_start, i)
        numbers[c.SCRATCH + k, i] = hazard_of_step(numbers, constants, i, k) * years
        grows = numbers[c.SCRATCH + k, i] * (ONE - at)
        numbers[c.ACCUMULATED + k, i] = grows
        if grows < numbers[c.TOLERANCE + k, i]:
            return
        at += (ONE - at) * disease.crossing_share(numbers[c.TOLERANCE + k, i], ZERO, grows)


@inlined
def die(numbers, integers, registers, i, cause, when, left, unlived):
    """Record a death and take the rest of the year out of the accounts.

    ``left`` is what is left of the year [years], ``unlived`` the share of the step.
    """
    person = integers[c.REGISTER, i]
    integers[c.CAUSE, i] = cause
    registers[c.DEATH_TIME, person] = when
    registers[c.DEATH_CAUSE, person] = SINGLE(np.int32(cause))
    numbers[c.ALIVE, i] -= left
    for k in range(c.N_CLOCKS):
        if k < c.N_DISEASES and numbers[c.ILL + k, i] > ZERO:
            continue
        numbers[c.ACCUMULATED + k, i] -= unlived * numbers[c.SCRATCH + k, i]
        if k == c.DEPRESSION:
            numbers[c.WELL, i] -= left
        if k < c.N_DISEASES and (k != c.DEPRESSION or integers[c.COURSE, i] == depression.NEVER):
            numbers[c.AT_RISK + k, i] -= left
    numbers[c.EXCESS, i] = ZERO
    for k in range(c.N_CLOCKS):
        numbers[c.STEADY + k, i] = SINGLE(-100.0)
        numbers[c.FOLLOWS + k, i] = ZERO
        numbers[c.TOLERANCE + k, i] = ENDLESS


@stage
def turn_clocks(numbers, integers, registers, constants, i, start, year_start, death, killer, seed):
    """Take all diseases of one person through the step."""
    crossed = integers[c.CROSSED, i]
    for k in range(c.N_DISEASES):
        if (crossed >> k) & 1 == 1:
            turn_clock(
                numbers, integers, registers, constants, i, k, start, year_start, death,
                k == killer, seed,
            )  # fmt: skip


@inlined
def go_on(numbers, integers, i):
    """Let a row be the follow-up of a life, which nothing ends."""
    integers[c.ROLE, i] = c.FOLLOW_UP
    for k in range(c.N_DISEASES, c.N_CLOCKS):
        numbers[c.TOLERANCE + k, i] = ENDLESS


@stage
def begin_follow_up(numbers, integers, i, follow_ups):
    """Follow a person on from before the last events. Return the new row."""
    follow_up = follow_ups.size[0]
    copy_row(numbers, integers, i, follow_ups.numbers, follow_ups.integers, follow_up)
    integers[c.ROLE, i] = c.ENDED
    go_on(follow_ups.numbers, follow_ups.integers, follow_up)
    follow_ups.size[0] = follow_up + 1
    return follow_up


@stage
def handle_person(numbers, integers, registers, follow_ups, constants, i, start, year_start, seed):
    """Handle one person's events of this step.

    What clocks gained is noted before an event changes their hazards: of those that have turned,
    and of all for who dies, to whom the rest of the step does not happen.
    """
    crossed = integers[c.CROSSED, i]
    note_increases(numbers, constants, i, crossed)
    death, cause, killer = earliest_death(numbers, integers, constants, i, year_start, seed)
    apart = registers[c.APART, integers[c.REGISTER, i]] > ZERO
    if cause >= 0 and apart and follow_ups.numbers.shape[1] == 0:
        go_on(numbers, integers, i)
        death, cause, killer = NO_DEATH, -1, -1
    if cause >= 0:
        note_increases(numbers, constants, i, ~crossed)
    if cause >= 0 and apart:
        follow_up = begin_follow_up(numbers, integers, i, follow_ups)
        turn_clocks(
            follow_ups.numbers, follow_ups.integers, registers, constants, follow_up, start,
            year_start, NO_DEATH, -1, seed,
        )  # fmt: skip
    turn_clocks(numbers, integers, registers, constants, i, start, year_start, death, killer, seed)
    if cause >= 0:
        when = start + death * constants.step.years
        left = year_start + ONE - when
        die(numbers, integers, registers, i, cause, when, left, ONE - death)


@inlined
def any_crossed(crossed, first):
    """Return whether anything happens to any of the people in a vector of rows."""
    bits = np.int32(0)
    for i in rows(first, first + ROWS_AT_ONCE):
        bits |= crossed[i]
    return bits != 0


@sequence
def handle_events(numbers, integers, registers, follow_ups, constants, start, year_start, n, seed):
    """Handle everybody with an event in this step."""
    crossed = integers[c.CROSSED]
    for first in range(0, n, ROWS_AT_ONCE):
        if not any_crossed(crossed, first):
            continue
        for i in range(first, min(first + ROWS_AT_ONCE, n)):
            if crossed[i] != 0:
                handle_person(
                    numbers, integers, registers, follow_ups, constants, i, start, year_start, seed
                )
