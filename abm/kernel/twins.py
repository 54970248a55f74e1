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
from abm.kernel.traits import HALF, NEVER, ONE, ZERO, fixed

SINGLE = np.float32
SQUARE_SCALE = SINGLE(c.SQUARE_POINT)
DAYS = SINGLE(365.25)


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
def fatal_weight(own, twin, k, r, start, until):
    """Return the weight of a life for a disease's first event, on average from start to until.

    The draw that decides whether the event kills is the twins' own too. So it is 1 while neither
    has had the event, and when only the twin has, one over the chance to have lived through it.
    """
    risk, twin_risk = own[c.SURVIVED + k, r], twin[c.SURVIVED + k, r]
    if risk + twin_risk == ZERO:
        return ONE
    at, twin_at = own[c.ONSET_TIME + k, r], twin[c.ONSET_TIME + k, r]
    first = min(max(min(at, twin_at), start), until)
    second = min(max(max(at, twin_at), start), until)
    between = ONE / (ONE - twin_risk) if twin_at < at else ONE
    after = (ONE - risk) / (ONE - max(risk, twin_risk))
    whole = first - start + (second - first) * between + (until - second) * after
    return whole / (until - start)


@inlined
def fatal_weights(own, twin, r, start, until):
    """Return the weight of a life for the fatal first events of all diseases."""
    weight = ONE
    for k in range(c.DEPRESSION):
        weight *= fatal_weight(own, twin, k, r, start, until)
    return weight


@inlined
def weight_at_risk(own, twin, k, r, start, until, weight):
    """Return a life's weight while it is at risk of the first event of a disease that can kill."""
    own_until = min(until, own[c.ONSET_TIME + k, r])
    if own[c.SURVIVED + k, r] + twin[c.SURVIVED + k, r] == ZERO or own_until <= start:
        return weight
    whole_year = fatal_weight(own, twin, k, r, start, until)
    return weight / whole_year * fatal_weight(own, twin, k, r, start, own_until)


@inlined
def settle_life(baseline, other, r, start, until, shares):
    """Add an account's difference in deaths of the death clock and in years lived.

    Returns the weights of both lives, on average over the account.
    """
    first, second = baseline[c.MORE_DEATH, r] * shares[0], other[c.MORE_DEATH, r] * shares[1]
    now = baseline[c.DEATH_HAZARD, r] - baseline[c.MORE_DEATH, r] + first
    other_now = other[c.DEATH_HAZARD, r] - other[c.MORE_DEATH, r] + second
    further = max(now, other_now)
    last, other_last = exp(further - now), exp(further - other_now)
    weight = HALF * (other[c.BASELINE_WEIGHT, r] + last)
    other_weight = HALF * (other[c.OWN_WEIGHT, r] + other_last)
    other[c.BASELINE_WEIGHT, r], other[c.OWN_WEIGHT, r] = last, other_last
    weight *= fatal_weights(baseline, other, r, start, until)
    other_weight *= fatal_weights(other, baseline, r, start, until)
    other[c.WEIGHED_DEATHS, r] += weighted_fall(weight, first, other_weight, second)
    other[c.WEIGHED_YEARS, r] += (weight - other_weight) * (until - start)
    return weight, other_weight


@inlined
def settle_disease(baseline, other, k, r, start, until, shares, weights):
    """Add an account's difference in events of a disease, and in deaths soon after them."""
    fall = weighted_fall(
        weight_at_risk(baseline, other, k, r, start, until, weights[0]),
        baseline[c.MORE + k, r] * shares[0],
        weight_at_risk(other, baseline, k, r, start, until, weights[1]),
        other[c.MORE + k, r] * shares[1],
    )  # fmt: skip
    other[c.WEIGHED + k, r] += fall
    other[c.WEIGHED_DEATHS, r] += fall * other[c.FATALITY + k, r]


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

    The account ends with the first death: from then on weights stand for the twin who lives on.
    """
    baseline, other = worlds[0], worlds[world]
    for r in range(people):
        if baseline[c.APART, r] == ZERO:
            continue
        start, end = max(year, baseline[c.PARTED, r]), year + ONE
        died, dies = min(baseline[c.DEATH_TIME, r], end), min(other[c.DEATH_TIME, r], end)
        until = min(died, dies)
        if until <= start:
            continue
        shares = (until - start) / (died - start), (until - start) / (dies - start)
        weights = settle_life(baseline, other, r, start, until, shares)
        for k in range(c.DEPRESSION):
            settle_disease(baseline, other, k, r, start, until, shares, weights)
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


@inlined
def expected_events(baseline, other, k, r):
    """Return the difference in a disease's events to be expected of the hazards met.

    The noise of depression is that of its coming again, not of outliving, and a heart attack or
    stroke moves it at once, which yearly weights would miss: it needs no second estimate.
    """
    met = baseline[c.EXPECTED + k, r] - other[c.EXPECTED + k, r]
    return met if k == c.DEPRESSION else HALF * (met + other[c.WEIGHED + k, r])


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
                expected_events(baseline, other, k, r), other[c.UNDISTURBED + k, r],
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
