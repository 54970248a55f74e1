"""The accounts of twins: what a policy averts, from the hazards that the two lives meet.

Whether a person is still alive, or has not yet fallen ill, is a matter of one tolerance that both
worlds share. So hazards are counted only while that is so in both worlds, each weighted by the
chance of it in its own world over the chance of it in both. The expectation is that of counting
each world's life to its own end, without the noise of one twin who lives on.
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
SMALLEST = SINGLE(1e-6)


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
        registers[c.SPELL + k, person] = spell
        registers[c.MORE + k, person] = more
        registers[c.EXPECTED + k, person] = so_far
        registers[c.FATALITY + k, person] = fatality
        registers[c.EXPECTED_DEATHS, person] += more * fatality


@inlined
def close_account(registers, r):
    """Let a person's next account begin."""
    for k in range(c.N_DISEASES):
        registers[c.SPELL_BEFORE + k, r] = registers[c.SPELL + k, r]
        registers[c.COUNT_BEFORE + k, r] = registers[c.EVENT_COUNT + k, r]


@inlined
def open_account(numbers, integers, registers, constants, i, now):
    """Begin the accounts of a person whose worlds may differ from ``now`` on."""
    note_hazards(numbers, integers, registers, constants, i)
    person = integers[c.REGISTER, i]
    registers[c.APART, person] = ONE
    registers[c.PARTED, person] = now
    registers[c.BASELINE_WEIGHT, person] = ONE
    registers[c.OWN_WEIGHT, person] = ONE
    close_account(registers, person)


@stage
def close_accounts(worlds, people):
    """Close the year's accounts in every world."""
    for r in range(people):
        if worlds[0, c.APART, r] == ZERO:
            continue
        for world in range(worlds.shape[0]):
            close_account(worlds[world], r)


# What twins meet while their luck holds in both worlds


@inlined
def both_less_own(baseline, other):
    """Return how much the larger of two exceeds the first, and the second."""
    larger = max(baseline, other)
    return larger - baseline, larger - other


@inlined
def weighted_fall(weight, amount, other_weight, other_amount):
    """Return the difference of two weighted amounts; exactly 0 if they are the same."""
    return (weight - other_weight) * amount + other_weight * (amount - other_amount)


@inlined
def share_lived(start, until, end):
    """Return which share of the time from ``start`` to ``end`` lies before ``until``."""
    return max(until - start, ZERO) / max(end - start, SMALLEST)


@inlined
def settle_life(baseline, other, r, start, until, ends):
    """Add a year's difference in deaths of the death clock and in years lived.

    Returns the weights of both lives, on average over the year. The weight of a life is its
    chance, over that in both worlds, of having escaped the death clock and the fatal events.
    """
    first = baseline[c.MORE_DEATH, r] * share_lived(start, until, ends[0])
    second = other[c.MORE_DEATH, r] * share_lived(start, until, ends[1])
    mine, theirs = both_less_own(
        baseline[c.DEATH_HAZARD, r] - baseline[c.MORE_DEATH, r] + first,
        other[c.DEATH_HAZARD, r] - other[c.MORE_DEATH, r] + second,
    )  # fmt: skip
    for k in range(c.N_DISEASES):
        more, again = both_less_own(baseline[c.SURVIVED + k, r], other[c.SURVIVED + k, r])
        mine += more
        theirs += again
    mine, theirs = exp(mine), exp(theirs)
    weight = HALF * (other[c.BASELINE_WEIGHT, r] + mine)
    other_weight = HALF * (other[c.OWN_WEIGHT, r] + theirs)
    other[c.BASELINE_WEIGHT, r], other[c.OWN_WEIGHT, r] = mine, theirs
    other[c.AVERTED_DEATHS, r] += weighted_fall(weight, first, other_weight, second)
    other[c.YEARS_LOST, r] += (weight - other_weight) * (until - start)
    return weight, other_weight


@inlined
def fell_ill(registers, k, r):
    """Return whether a person had an event since the last account."""
    return registers[c.EVENT_COUNT + k, r] > registers[c.COUNT_BEFORE + k, r]


@inlined
def met_in_spell(own, twin, k, r, start, until, end):
    """Return the hazard met in the spell at risk that was the present one at the last account.

    A spell has the number of events before it. It counts until the twin's spell of this number
    has ended.
    """
    number, ill = own[c.COUNT_BEFORE + k, r], fell_ill(own, k, r)
    own_end = own[c.LAST_ONSET + k, r] if ill else end
    stop = min(own_end, until)
    if twin[c.EVENT_COUNT + k, r] > number:
        stop = min(stop, twin[c.LAST_ONSET + k, r])
    if twin[c.COUNT_BEFORE + k, r] > number:
        stop = start
    met = own[c.MORE + k, r] - (own[c.SPELL + k, r] if ill else ZERO)
    return met * share_lived(start, stop, own_end)


@inlined
def met_after_spell(own, twin, k, r, until, end):
    """Return the hazard met in a spell at risk that began after an event since the last account."""
    behind = twin[c.EVENT_COUNT + k, r] > own[c.EVENT_COUNT + k, r]
    if behind or not fell_ill(own, k, r):
        return ZERO
    return own[c.SPELL + k, r] * share_lived(own[c.LAST_ONSET + k, r], until, end)


@inlined
def settle_disease(baseline, other, k, r, start, until, ends, weights):
    """Add a year's difference in events of a disease, and in deaths soon after them."""
    first = met_in_spell(baseline, other, k, r, start, until, ends[0])
    second = met_in_spell(other, baseline, k, r, start, until, ends[1])
    before, after = baseline[c.SPELL_BEFORE + k, r], other[c.SPELL_BEFORE + k, r]
    early, other_early = both_less_own(before, after)
    late, other_late = both_less_own(before + first, after + second)
    if baseline[c.COUNT_BEFORE + k, r] == other[c.COUNT_BEFORE + k, r]:
        first *= exp(HALF * (early + late))
        second *= exp(HALF * (other_early + other_late))
    first += met_after_spell(baseline, other, k, r, until, ends[0])
    second += met_after_spell(other, baseline, k, r, until, ends[1])
    fall = weighted_fall(weights[0], first, weights[1], second)
    other[c.AVERTED + k, r] += fall
    other[c.AVERTED_DEATHS, r] += fall * other[c.FATALITY + k, r]


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
    """Settle the accounts of a world's people with their twins in the baseline for one year.

    Once one twin has died there is nothing more to settle: weights stand for who lives on.
    """
    baseline, other = worlds[0], worlds[world]
    for r in range(people):
        if baseline[c.APART, r] == ZERO:
            continue
        start, end = max(year, baseline[c.PARTED, r]), year + ONE
        ends = min(baseline[c.DEATH_TIME, r], end), min(other[c.DEATH_TIME, r], end)
        until = min(ends[0], ends[1])
        if until <= start:
            continue
        weights = settle_life(baseline, other, r, start, until, ends)
        for k in range(c.N_DISEASES):
            settle_disease(baseline, other, k, r, start, until, ends, weights)
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
                int(first == 0 and second > 0), other[c.AVERTED + k, r],
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
    _add_effect(
        effects, 13, sex, fifth, first - second, int(later), int(first == 0 and second == 1),
        other[c.AVERTED_DEATHS, r], other[c.UNDISTURBED_DEATH, r],
    )  # fmt: skip
    days = int(np.round(baseline[c.LIFE_YEARS, r] * DAYS)) - int(
        np.round(other[c.LIFE_YEARS, r] * DAYS)
    )
    years = other[c.YEARS_LOST, r]
    _add_effect(effects, 14, sex, fifth, days, 0, 0, years, years)
