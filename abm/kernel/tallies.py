"""Counting, in whole numbers only, so that sums are the same in any order.

Amounts that are not counts are added in fixed point, rounded person by person.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, rows, sequence, stage
from abm.kernel.traits import ONE, TOP, ZERO, fixed
from abm.rules import depression, il6

SINGLE = np.float32
LEVEL, BUSY = c.SCRATCH, c.SCRATCH + 1
BINS_PER_UNIT = SINGLE(1.0 / c.BIN_WIDTH)
HIGHEST_BIN = SINGLE(c.N_BINS - 1)


@inlined
def activity_group(bounds, dose):
    """Return the activity group of a habitual dose."""
    return int(dose >= bounds[0]) + int(dose >= bounds[1]) + int(dose >= bounds[2])


@inlined
def age_band(age):
    """Return the ten-year band of an age, 0 for 20 to 29, 7 for 90 and more."""
    return min((age - c.YOUNGEST) // 10, c.N_BANDS - 1)


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
def set_groups(habits, habit, group, first, last):
    """Set each person's activity group."""
    keep_apart()
    for i in rows(first, last):
        group[i] = activity_group(habits.group_bounds, habit[i])


@stage
def set_levels(
    inflammation, who, bmi, smoker, training, person, drift, log_ratio, level, bin_, first, last
):  # fmt: skip
    """Set each person's usual ln IL-6, and its bin."""
    keep_apart()
    for i in rows(first, last):
        now = usual_level(
            inflammation, who[c.W_AGE, i], who[c.W_SEX, i], bmi[i], smoker[i], training[i],
            person[i], drift[i], log_ratio[i],
        )  # fmt: skip
        level[i] = now
        place = (now - SINGLE(c.LOWEST_BIN)) * BINS_PER_UNIT
        bin_[i] = np.int32(min(max(place, ZERO), HIGHEST_BIN))


@stage
def mark_busy(ill, at_risk, alive, events, course, busy, first, last):
    """Mark who has more to count: those who are ill, or were not at risk of all all year."""
    keep_apart()
    for i in rows(first, last):
        more = ZERO
        for k in range(c.N_DISEASES):
            away = alive[i] - at_risk[k, i]
            more += ill[k, i] + SINGLE(events[k, i]) + (ONE if away != ZERO else ZERO)
        more += SINGLE(course[i])
        busy[i] = more


@inlined
def stocks_of(numbers, constants, i):
    """Return what a living person adds to the stocks of the year's end, in the tallies' order."""
    reported = numbers[c.REPORTED_DOSE, i] + numbers[c.POLICY_DOSE, i]
    return (
        int(reported >= constants.activity.guideline), fixed(numbers[c.DOSE, i]),
        fixed(numbers[LEVEL, i]), fixed(numbers[c.TRAINING, i]), fixed(numbers[c.SPIKES, i]),
        fixed(numbers[c.LOG_RATIO, i]),
    )  # fmt: skip


@inlined
def add_stocks(row, stocks, ill, course, busy, i):
    """Add a living person to one stratum."""
    row[c.T_PERSONS] += 1
    row[c.T_GUIDELINE] += stocks[0]
    row[c.T_MET_HOURS] += stocks[1]
    row[c.T_LOG_IL6] += stocks[2]
    row[c.T_TRAINING] += stocks[3]
    row[c.T_SPIKES] += stocks[4]
    row[c.T_LOG_RATIO] += stocks[5]
    if busy:
        for k in range(c.N_DISEASES):
            if ill[k, i] > ZERO:
                row[c.T_PREVALENCE + k] += 1
        row[c.T_EVER] += int(course[i] != depression.NEVER)


@inlined
def add_flows(row, numbers, integers, years, cause, busy, i):
    """Add a person's year to one stratum."""
    row[c.T_PERSON_YEARS] += years
    if integers[c.FRESH, i] > 0:
        row[c.T_ENTRANTS] += 1
    if cause >= 0:
        row[c.T_DEATHS + cause] += 1
    if busy:
        for k in range(c.N_DISEASES):
            away = numbers[c.ALIVE, i] - numbers[c.AT_RISK + k, i]
            if away != ZERO or integers[c.EVENTS + k, i] > 0:
                row[c.T_NOT_AT_RISK + k] += fixed(away)
                row[c.T_INCIDENCE + k] += integers[c.EVENTS + k, i]
        row[c.T_EPISODES] += integers[c.EPISODES, i]
        row[c.T_DEPRESSED] += fixed(numbers[c.ALIVE, i] - numbers[c.WELL, i])


@sequence
def count_levels(integers, bins, histograms, world, year, n):
    """Add the living to the histograms of ln IL-6: by sex and age, by fifth, by activity.

    A loop of its own: so short that the processor waits for many people's bins at once.
    """
    for i in range(n):
        if integers[c.CAUSE, i] >= 0:
            continue
        part = world + 1 if world > 0 else integers[c.DIVERGED, i]
        band = age_band(integers[c.AGE, i])
        histograms[part, year, integers[c.SEX, i] * c.N_BANDS + band, bins[i]] += 1
        histograms[part, year, c.M_FIFTHS - 1 + integers[c.DEPRIVATION, i], bins[i]] += 1
        histograms[part, year, c.M_GROUPS + integers[c.ACTIVITY_GROUP, i], bins[i]] += 1


@sequence
def count_year(numbers, integers, constants, counts, world, year, n, filled):
    """Count all rows of a world: the year's flows, and the living's stocks (year 0: stocks only).

    Baseline rows whose life a policy has changed are counted apart (part 1) from those that stand
    for every world (part 0); rows of another world ``w`` are counted in part ``w + 1``.
    """
    group, ill = integers[c.ACTIVITY_GROUP], numbers[c.ILL : c.ILL + c.N_DISEASES]
    bins, course = integers[c.CROSSED], integers[c.COURSE]  # bins: set anew in every step
    set_groups(constants.activity, numbers[c.HABIT_DOSE], group, TOP, filled)
    set_levels(
        constants.inflammation, integers[c.WHO : c.WHO + c.N_WHO], numbers[c.BMI],
        numbers[c.SMOKER], numbers[c.TRAINING], numbers[c.PERSON_EFFECT], numbers[c.DRIFT],
        numbers[c.LOG_RATIO], numbers[LEVEL], bins, TOP, filled,
    )  # fmt: skip
    mark_busy(
        ill, numbers[c.AT_RISK : c.AT_RISK + c.N_DISEASES], numbers[c.ALIVE],
        integers[c.EVENTS : c.EVENTS + c.N_DISEASES], integers[c.COURSE], numbers[BUSY], TOP,
        filled,
    )  # fmt: skip
    for i in range(n):
        part = world + 1 if world > 0 else integers[c.DIVERGED, i]
        sex, fifth = integers[c.SEX, i], integers[c.DEPRIVATION, i] - 1
        band = age_band(integers[c.AGE, i])
        by_age = counts.strata[part, year, sex * c.N_BANDS + band]
        by_fifth = counts.crossings[part, year, sex * c.N_FIFTHS + fifth]
        by_activity = counts.crossings[part, year, c.N_BY_FIFTH + band * c.N_GROUPS + group[i]]
        busy, cause = numbers[BUSY, i] > ZERO, integers[c.CAUSE, i]
        if year > 0:
            years = fixed(numbers[c.ALIVE, i])
            add_flows(by_age, numbers, integers, years, cause, busy, i)
            add_flows(by_fifth, numbers, integers, years, cause, busy, i)
            add_flows(by_activity, numbers, integers, years, cause, busy, i)
        if cause < 0:
            stocks = stocks_of(numbers, constants, i)
            add_stocks(by_age, stocks, ill, course, busy, i)
            add_stocks(by_fifth, stocks, ill, course, busy, i)
            add_stocks(by_activity, stocks, ill, course, busy, i)
    count_levels(integers, bins, counts.histograms, world, year, n)
