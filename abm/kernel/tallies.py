"""Counting, in whole numbers only, so that sums are the same in any order.

Amounts that are not counts are added in fixed point, rounded person by person.
"""

import numpy as np

from abm import columns as c
from abm.compiled import inlined, keep_apart, sequence, stage
from abm.kernel.traits import NEVER, ONE, TOP, ZERO
from abm.rules import il6

SINGLE = np.float32
SCALE = SINGLE(c.FIXED_POINT)
SQUARE_SCALE = SINGLE(c.SQUARE_POINT)
DAYS = SINGLE(365.25)
LEVEL, BUSY = c.SCRATCH, c.SCRATCH + 1


@inlined
def fixed(amount):
    """Return an amount as a whole number of 1 / FIXED_POINT."""
    return int(np.floor(amount * SCALE + SINGLE(0.5)))


@inlined
def activity_group(bounds, dose):
    """Return the activity group of a habitual dose."""
    return int(dose >= bounds[0]) + int(dose >= bounds[1]) + int(dose >= bounds[2])


@inlined
def age_band(age):
    """Return the ten-year band of an age, 0 for 20 to 29, 7 for 90 and more."""
    return min((age - 20) // 10, 7)


@inlined
def log_il6(numbers, integers, inflammation, i):
    """Return a person's usual ln IL-6."""
    return usual_level(
        inflammation, integers[c.AGE, i], integers[c.SEX, i], numbers[c.BMI, i],
        numbers[c.SMOKER, i], numbers[c.TRAINING, i], numbers[c.PERSON_EFFECT, i],
        numbers[c.DRIFT, i], numbers[c.LOG_RATIO, i],
    )  # fmt: skip


@inlined
def usual_level(inflammation, age, sex, bmi, smoker, training, person, drift, log_ratio):
    """Return usual ln IL-6 from what makes it up."""
    return il6.usual_log_il6(
        inflammation.reference, inflammation.age_slope, SINGLE(age), inflammation.bmi_slope, bmi,
        SINGLE(sex == c.MALE), inflammation.male, smoker, inflammation.smoker, training, person,
        drift, log_ratio,
    )  # fmt: skip


@stage
def sort_people(
    habits, inflammation, sex, age, deprivation, habit, bmi, smoker, training, person, drift,
    log_ratio, ill, at_risk, alive, events, group, stratum, level, busy, first, last,
):  # fmt: skip
    """Set each person's group and stratum, usual ln IL-6, and who has more to count than being.

    ``busy`` marks those who are ill, or were not at risk of every disease all year.
    """
    keep_apart()
    for i in range(first, last):
        own = activity_group(habits.group_bounds, habit[i])
        band = age_band(age[i])
        group[i] = own
        stratum[i] = ((sex[i] * 8 + band) * 5 + deprivation[i] - 1) * 4 + own
        level[i] = usual_level(
            inflammation, age[i], sex[i], bmi[i], smoker[i], training[i], person[i], drift[i],
            log_ratio[i],
        )  # fmt: skip
        more = ZERO
        for k in range(c.N_DISEASES):
            away = alive[i] - at_risk[k, i]
            more += ill[k, i] + SINGLE(events[k, i]) + (ONE if away != ZERO else ZERO)
        busy[i] = more


@inlined
def count_stocks(numbers, constants, i, row, busy):
    """Add a living person to the stocks of the year's end."""
    row[c.T_PERSONS] += 1
    if busy:
        for k in range(c.N_DISEASES):
            row[c.T_PREVALENCE + k] += int(numbers[c.ILL + k, i] > ZERO)
    reported = numbers[c.REPORTED_DOSE, i] + numbers[c.POLICY_DOSE, i]
    row[c.T_GUIDELINE] += int(reported >= constants.activity.guideline)
    row[c.T_MET_HOURS] += fixed(numbers[c.DOSE, i])
    row[c.T_LOG_IL6] += fixed(numbers[LEVEL, i])
    row[c.T_TRAINING] += fixed(numbers[c.TRAINING, i])
    if numbers[c.LOG_RATIO, i] != ZERO:
        row[c.T_LOG_RATIO] += fixed(numbers[c.LOG_RATIO, i])
    row[c.T_SPIKES] += fixed(numbers[c.SPIKES, i])


@inlined
def count_level(histogram, level, sex, age, deprivation, group):
    """Add a living person to the histograms of ln IL-6: by sex and age, by fifth, by activity."""
    bin_ = int((level - SINGLE(c.LOWEST_BIN)) / SINGLE(c.BIN_WIDTH))
    bin_ = min(max(bin_, 0), c.N_BINS - 1)
    histogram[sex * 8 + age_band(age), bin_] += 1
    histogram[16 + deprivation - 1, bin_] += 1
    histogram[21 + group, bin_] += 1


@inlined
def count_flows(numbers, integers, i, row, busy):
    """Add a person's year to the flows."""
    row[c.T_PERSON_YEARS] += fixed(numbers[c.ALIVE, i])
    row[c.T_ENTRANTS] += integers[c.FRESH, i]
    if integers[c.CAUSE, i] >= 0:
        row[c.T_DEATHS + integers[c.CAUSE, i]] += 1
    if busy:
        for k in range(c.N_DISEASES):
            row[c.T_NOT_AT_RISK + k] += fixed(numbers[c.ALIVE, i] - numbers[c.AT_RISK + k, i])
            row[c.T_INCIDENCE + k] += integers[c.EVENTS + k, i]


@inlined
def undisturbed(registers, column, nothing, person):
    """Return whether a column still says that nothing has happened, in every world."""
    quiet = True
    for world in range(registers.shape[0]):
        quiet &= registers[world, column, person] == nothing
    return quiet


@inlined
def note_expected(numbers, integers, worlds, world, constants, i):
    """Record the events and deaths to be expected of a person's hazards so far.

    A count less its accumulated hazard is pure chance, so the twins' difference in hazards has the
    same expectation as their difference in events, with far less noise. What is met while no
    world has had the event or the death shows a hazard's change itself, without what follows from
    living longer.
    """
    registers = worlds[world]
    person, cell = integers[c.REGISTER, i], integers[c.CELL, i]
    death_hazard = numbers[c.ACCUMULATED + c.OTHER, i]
    more_death = death_hazard - registers[c.DEATH_HAZARD, person]
    registers[c.DEATH_HAZARD, person] = death_hazard
    all_alive = undisturbed(worlds, c.DEATH_TIME, NEVER, person)
    for k in range(c.N_DISEASES):
        at_risk = ONE - numbers[c.ILL + k, i]
        so_far = registers[c.SPENT_HAZARD + k, person] + at_risk * numbers[c.ACCUMULATED + k, i]
        more = so_far - registers[c.EXPECTED + k, person]
        registers[c.EXPECTED + k, person] = so_far
        acute = more * constants.disease.case_fatality[k, cell]
        registers[c.EXPECTED_DEATHS, person] += acute
        more_death += acute
        if all_alive and undisturbed(worlds, c.EVENT_COUNT + k, ZERO, person):
            registers[c.UNDISTURBED + k, person] += more
    if all_alive:
        registers[c.UNDISTURBED_DEATH, person] += more_death


@sequence
def count_year(numbers, integers, worlds, constants, counts, histograms, world, year, n, filled):
    """Count all rows of a world: the year's flows, and the living's stocks (year 0: stocks only).

    Baseline rows whose life a policy has changed are counted apart (part 1) from those that stand
    for every world (part 0); rows of another world ``w`` are counted in part ``w + 1``.
    """
    stratum, group, busy = integers[c.CROSSED], integers[c.ACTIVITY_GROUP], numbers[BUSY]
    sort_people(
        constants.activity, constants.inflammation, integers[c.SEX], integers[c.AGE],
        integers[c.DEPRIVATION], numbers[c.HABIT_DOSE], numbers[c.BMI], numbers[c.SMOKER],
        numbers[c.TRAINING], numbers[c.PERSON_EFFECT], numbers[c.DRIFT], numbers[c.LOG_RATIO],
        numbers[c.ILL : c.ILL + 6], numbers[c.AT_RISK : c.AT_RISK + 6], numbers[c.ALIVE],
        integers[c.EVENTS : c.EVENTS + 6], group, stratum, numbers[LEVEL], busy, TOP, filled,
    )  # fmt: skip
    for i in range(n):
        part = world + 1 if world > 0 else integers[c.DIVERGED, i]
        row = counts[part, year, stratum[i]]
        more = busy[i] > ZERO
        if year > 0:
            count_flows(numbers, integers, i, row, more)
            if part > 0:
                note_expected(numbers, integers, worlds, world, constants, i)
        if integers[c.CAUSE, i] < 0:
            count_stocks(numbers, constants, i, row, more)
            count_level(
                histograms[part, year], numbers[LEVEL, i], integers[c.SEX, i],
                integers[c.AGE, i], integers[c.DEPRIVATION, i], group[i],
            )  # fmt: skip
    stratum[:filled] = 0


@stage
def _add_effect(
    effects, outcome, sex, deprivation, difference, delayed, added, expected, quiet
):  # fmt: skip
    """Add one person's differences to everybody's, the sex's and the fifth's."""
    amount = fixed(expected)
    square = int(np.floor(expected * expected * SQUARE_SCALE + SINGLE(0.5)))
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
                baseline[c.EXPECTED + k, r] - other[c.EXPECTED + k, r],
                baseline[c.UNDISTURBED + k, r] - other[c.UNDISTURBED + k, r],
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
        baseline[c.EXPECTED_DEATHS, r] + baseline[c.DEATH_HAZARD, r]
        - other[c.EXPECTED_DEATHS, r] - other[c.DEATH_HAZARD, r],
        baseline[c.UNDISTURBED_DEATH, r] - other[c.UNDISTURBED_DEATH, r],
    )  # fmt: skip
    days = int(np.round(baseline[c.LIFE_YEARS, r] * DAYS)) - int(
        np.round(other[c.LIFE_YEARS, r] * DAYS)
    )
    years = baseline[c.LIFE_YEARS, r] - other[c.LIFE_YEARS, r]
    _add_effect(effects, 14, sex, fifth, days, 0, 0, years, years)
