"""The accounts of twins: what a policy averts, from the hazards that the two lives meet.

Two estimates of the same. One compares what each twin meets up to its own death: its noise comes of
the time that one twin outlives the other. The other counts only while both live, each life weighed
by its chance to have lasted so long over the chance that both have: as both deaths hang on one
tolerance, this stands for the time that one lives alone. The first varies with those who die, the
second with those who do not, so that their mean has less noise than either.
"""

import numpy as np

from abm import columns as c
from abm.arithmetic import exp
from abm.compiled import inlined, stage
from abm.kernel.traits import NEVER, ONE, ZERO

SINGLE = np.float32
SCALE = SINGLE(c.FIXED_POINT)
SQUARE_SCALE = SINGLE(c.SQUARE_POINT)
DAYS = SINGLE(365.25)
HALF = SINGLE(0.5)


@inlined
def fixed(amount):
    """Return an amount as a whole number of 1 / FIXED_POINT."""
    return int(np.floor(amount * SCALE + HALF))


# What a life has met


@inlined
def note_hazards(numbers, integers, registers, constants, i):
    """Record the hazards that a person has met, and how much of them since the last account."""
    person, cell = integers[c.REGISTER, i], integers[c.CELL, i]
    death_hazard = numbers[c.ACCUMULATED + c.OTHER, i]
    registers[c.MORE_DEATH, person] = death_hazard - registers[c.DEATH_HAZARD, person]
    registers[c.DEATH_HAZARD, person] = death_hazard
    for k in range(c.N_DISEASES):
        spell = (ONE - numbers[c.ILL + k, i]) * numbers[c.ACCUMULATED + k, i]
        so_far = registers[c.SPENT_HAZARD + k, person] + spell
        more = so_far - registers[c.EXPECTED + k, person]
        fatality = constants.disease.case_fatality[k, cell]
        registers[c.MORE + k, person] = more
        registers[c.EXPECTED + k, person] = so_far
        registers[c.FATALITY + k, person] = fatality
        registers[c.EXPECTED_DEATHS, person] += more * fatality


@inlined
def open_account(numbers, integers, registers, constants, i, now):
    """Begin the accounts of a person whose worlds may differ from ``now`` on."""
    note_hazards(numbers, integers, registers, constants, i)
    person = integers[c.REGISTER, i]
    registers[c.APART, person] = ONE
    registers[c.PARTED, person] = now
    registers[c.BASELINE_WEIGHT, person] = ONE
    registers[c.OWN_WEIGHT, person] = ONE


# What twins meet while both live


@inlined
def weighted_fall(weight, amount, other_weight, other_amount):
    """Return the difference of two weighted amounts; exactly 0 if they are the same."""
    return (weight - other_weight) * amount + other_weight * (amount - other_amount)


@inlined
def share_of(years, lived):
    """Return which share of the years lived lies in the account; 0 of those who are dead."""
    return years / lived if lived > ZERO else ZERO


@inlined
def death_clock(registers, r, lived, share):
    """Return what the death clock gained in the account, and where it stands at its end."""
    more = registers[c.MORE_DEATH, r] if lived > ZERO else ZERO
    gained = more * share
    return gained, registers[c.DEATH_HAZARD, r] - more + gained


@inlined
def settle_life(baseline, other, r, years, lived, shares):
    """Add an account's difference in deaths of the death clock and in years lived.

    Returns the weights of both lives, on average over the account. ``years`` of the account were
    lived in the one world and the other, out of all that were ``lived`` in the year.
    """
    first, now = death_clock(baseline, r, lived[0], shares[0])
    second, other_now = death_clock(other, r, lived[1], shares[1])
    further = max(now, other_now)
    last, other_last = exp(further - now), exp(further - other_now)
    weight = HALF * (other[c.BASELINE_WEIGHT, r] + last)
    other_weight = HALF * (other[c.OWN_WEIGHT, r] + other_last)
    other[c.BASELINE_WEIGHT, r], other[c.OWN_WEIGHT, r] = last, other_last
    other[c.WEIGHED_DEATHS, r] += weighted_fall(weight, first, other_weight, second)
    other[c.WEIGHED_YEARS, r] += weighted_fall(weight, years[0], other_weight, years[1])
    return weight, other_weight


@inlined
def settle_disease(baseline, other, k, r, lived, shares, weights):
    """Add an account's difference in events of a disease, and in deaths soon after them."""
    fall = weighted_fall(
        weights[0], baseline[c.MORE + k, r] * shares[0], weights[1],
        other[c.MORE + k, r] * shares[1],
    )  # fmt: skip
    other[c.WEIGHED + k, r] += fall
    alive = baseline if lived[0] > ZERO else other  # the dead grow no older
    other[c.WEIGHED_DEATHS, r] += fall * alive[c.FATALITY + k, r]


@inlined
def undisturbed(worlds, column, nothing, person):
    """Return whether a column still says that nothing has happened, in every world."""
    quiet = True
    for world in range(worlds.shape[0]):
        quiet &= worlds[world, column, person] == nothing
    return quiet


@inlined
def settle_undisturbed(worlds, world, r):
    """Add a year's difference in hazards while no world had the event or the death.

    It shows a hazard's change itself, without what follows from living longer.
    """
    if not undisturbed(worlds, c.DEATH_TIME, NEVER, r):
        return
    baseline, other = worlds[0], worlds[world]
    death = baseline[c.MORE_DEATH, r] - other[c.MORE_DEATH, r]
    for k in range(c.N_DISEASES):
        fall = baseline[c.MORE + k, r] - other[c.MORE + k, r]
        death += fall * other[c.FATALITY + k, r]
        if undisturbed(worlds, c.EVENT_COUNT + k, ZERO, r):
            other[c.UNDISTURBED + k, r] += fall
    other[c.UNDISTURBED_DEATH, r] += death


@stage
def settle_twins(worlds, world, year, people):
    """Settle a year's account of a world's people with their twins in the baseline.

    The account ends when the death clock first rings in either world: from then on weights stand
    for the twin who lives on. Who dies soon after an event does not end the other's account.
    """
    baseline, other = worlds[0], worlds[world]
    for r in range(people):
        if baseline[c.APART, r] == ZERO:
            continue
        start, end = max(year, baseline[c.PARTED, r]), year + ONE
        until = min(end, min(baseline[c.CLOCK_DEATH, r], other[c.CLOCK_DEATH, r])) - start
        lived = (
            max(min(baseline[c.DEATH_TIME, r], end) - start, ZERO),
            max(min(other[c.DEATH_TIME, r], end) - start, ZERO),
        )
        if until <= ZERO or max(lived[0], lived[1]) <= ZERO:
            continue
        years = min(lived[0], until), min(lived[1], until)
        shares = share_of(years[0], lived[0]), share_of(years[1], lived[1])
        weights = settle_life(baseline, other, r, years, lived, shares)
        for k in range(c.N_DISEASES):
            settle_disease(baseline, other, k, r, lived, shares, weights)
        settle_undisturbed(worlds, world, r)


# The whole run


@stage
def _add_effect(
    effects, outcome, sex, deprivation, difference, delayed, added, expected, quiet
):  # fmt: skip
    """Add one person's differences to everybody's, the sex's and the fifth's."""
    amount = fixed(expected)
    square = int(np.floor(expected * expected * SQUARE_SCALE + HALF))
    for group in (0, 1 + sex, 3 + deprivation - 1):
        row = effects[group, outcome]
        row[c.E_DIFFERENCE] += difference
        row[c.E_SQUARE] += difference * difference
        row[c.E_DELAYED] += delayed
        row[c.E_ADDED] += added
        row[c.E_EXPECTED] += amount
        row[c.E_EXPECTED_SQUARE] += square
        row[c.E_UNDISTURBED] += fixed(quiet)


@stage
def sum_lives(registers, years, people):
    """Set how long everybody has lived in the run, up to its end after so many ``years``."""
    for r in range(people):
        end = min(registers[c.DEATH_TIME, r], SINGLE(years))
        registers[c.LIFE_YEARS, r] = end - registers[c.ENTERED, r]


@stage
def compare_twins(baseline, other, effects, people):
    """Add up the differences between two worlds, person by person, over the whole run.

    ``baseline`` and ``other`` are registers, shape (columns, people). Delayed: the first event
    comes in both worlds, later in the other; added: only in the other.
    """
    for r in range(people):
        if baseline[c.APART, r] == ZERO:
            continue
        sex, fifth = int(baseline[c.STRATUM_SEX, r]), int(baseline[c.STRATUM_DEPRIVATION, r])
        for k in range(c.N_DISEASES):
            first = int(baseline[c.EVENT_COUNT + k, r])
            second = int(other[c.EVENT_COUNT + k, r])
            when, then = baseline[c.ONSET_TIME + k, r], other[c.ONSET_TIME + k, r]
            later = when < then < NEVER
            _add_effect(
                effects, k, sex, fifth, first - second, int(later),
                int(first == 0 and second > 0),
                HALF * (baseline[c.EXPECTED + k, r] - other[c.EXPECTED + k, r]
                        + other[c.WEIGHED + k, r]),
                other[c.UNDISTURBED + k, r],
            )  # fmt: skip
        _compare_deaths(baseline, other, effects, r, sex, fifth)


@stage
def _compare_deaths(baseline, other, effects, r, sex, fifth):
    """Add the differences in deaths by cause, deaths, and days of life."""
    died, dies = baseline[c.DEATH_TIME, r], other[c.DEATH_TIME, r]
    later = died < dies < NEVER
    for k in range(c.N_CLOCKS):
        first = int(int(baseline[c.DEATH_CAUSE, r]) == k)
        second = int(int(other[c.DEATH_CAUSE, r]) == k)
        _add_effect(
            effects, 6 + k, sex, fifth, first - second, int(first == 1 and second == 1 and later),
            int(first == 0 and second == 1), ZERO, ZERO,
        )  # fmt: skip
    first, second = int(died < NEVER), int(dies < NEVER)
    met = (
        baseline[c.EXPECTED_DEATHS, r] + baseline[c.DEATH_HAZARD, r]
        - other[c.EXPECTED_DEATHS, r] - other[c.DEATH_HAZARD, r]
    )  # fmt: skip
    _add_effect(
        effects, 13, sex, fifth, first - second, int(later), int(first == 0 and second == 1),
        HALF * (met + other[c.WEIGHED_DEATHS, r]), other[c.UNDISTURBED_DEATH, r],
    )  # fmt: skip
    days = int(np.round(baseline[c.LIFE_YEARS, r] * DAYS)) - int(
        np.round(other[c.LIFE_YEARS, r] * DAYS)
    )
    years = HALF * (
        baseline[c.LIFE_YEARS, r] - other[c.LIFE_YEARS, r] + other[c.WEIGHED_YEARS, r]
    )
    _add_effect(effects, 14, sex, fifth, days, 0, 0, years, years)
