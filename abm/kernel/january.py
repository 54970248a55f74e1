"""The first of January: people age, slow processes move, hazards are looked up anew.

Every stage works on the rows from ``first`` up to, not including, ``last``.
"""

import numpy as np

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.compiled import keep_apart, rows, sequence, stage
from abm.kernel.hazards import set_clocks
from abm.kernel.traits import (
    ONE,
    ZERO,
    body_mass_index,
    copy,
    doses_at,
    habit_tendency,
    is_smoker,
    log_ratio_at_dose,
    mix_quality,
    set_point_of,
    spikes_of,
)
from abm.rules import activity, depression, disease
from abm.rules.arithmetic import exp

SINGLE = np.float32


@stage
def grow_older(
    slot, entry, year, seed, constants, age, cell, slow, occasion, drift, fresh, first, last
):  # fmt: skip
    """Age by a year, and move what changes from year to year: habit and IL-6."""
    keep_apart()
    habits, inflammation = constants.activity, constants.inflammation
    for i in rows(first, last):
        words = draws.philox(slot[i], entry[i], draws.YEAR, year, seed[0], seed[1])
        step = np.int32(1) if age[i] < c.OLDEST else np.int32(0)
        age[i] += step
        cell[i] += step
        fresh[i] = 0
        slow[i] = activity.drifted(slow[i], habits.slow_keep, draws.normal(words[0]))
        occasion[i] = draws.normal(words[1])
        moved = inflammation.drift_sd * draws.normal(words[2])
        drift[i] = activity.drifted(drift[i], inflammation.drift_keep, moved)


@stage
def keep_standing(body, cell, deprivation, bmi_score, smoking_score, bmi, smoker, first, last):
    """Set BMI and smoking: a person's standing among equals stays for life."""
    keep_apart()
    for i in rows(first, last):
        bmi[i] = body_mass_index(body, cell[i], deprivation[i], bmi_score[i])
        smoker[i] = is_smoker(body, cell[i], deprivation[i], smoking_score[i])


@stage
def take_habit(
    habits, cell, sex, deprivation, bmi_score, for_life, slow, occasion, habit, reported, first,
    last,
):  # fmt: skip
    """Set this year's habitual and reported dose."""
    keep_apart()
    for i in rows(first, last):
        latent = activity.latent_habit(
            habit_tendency(habits, cell[i], deprivation[i], bmi_score[i]),
            habits.residual_sd[sex[i]], for_life[i], slow[i], habits.for_life_share,
            habits.slow_share,
        )  # fmt: skip
        habit[i], reported[i] = doses_at(habits, sex[i], latent, occasion[i])


@stage
def take_quality(habits, mode_share, quality, first, last):
    """Set the training quality of the habitual mix of modes."""
    keep_apart()
    for i in rows(first, last):
        quality[i] = mix_quality(
            habits, mode_share[0, i], mode_share[1, i], mode_share[2, i], mode_share[3, i]
        )


@stage
def take_spikes(inflammation, mode_share, dose, spikes, first, last):
    """Set the weekly exposure to IL-6 spikes that the habit brings [fold-hours]."""
    keep_apart()
    for i in rows(first, last):
        spikes[i] = dose[i] * spikes_of(
            inflammation, mode_share[0, i], mode_share[1, i], mode_share[2, i], mode_share[3, i]
        )


@stage
def take_multiplier(inflammation, bmi, diabetic, multiplier, first, last):
    """Set how strongly a person answers training: more with diabetes or obesity, else less."""
    keep_apart()
    for i in rows(first, last):
        more = bmi[i] >= inflammation.obesity_bmi or diabetic[i] > ZERO
        multiplier[i] = inflammation.multiplier if more else inflammation.multiplier_of_others


@stage
def follow_training(inflammation, dose, quality, spikes, multiplier, set_point, first, last):
    """Set where training leads at a dose."""
    keep_apart()
    for i in rows(first, last):
        set_point[i] = set_point_of(inflammation, dose[i] * quality[i], multiplier[i], spikes[i])


@sequence
def take_habits(numbers, constants, first, last):
    """Set dose, quality, spikes and set point that the habit alone gives."""
    habit, modes = numbers[c.HABIT_DOSE], numbers[c.MODE_SHARE : c.MODE_SHARE + 4]
    copy(habit, numbers[c.DOSE], first, last)
    take_quality(constants.activity, modes, numbers[c.QUALITY], first, last)
    take_spikes(constants.inflammation, modes, habit, numbers[c.SPIKES], first, last)
    follow_training(
        constants.inflammation, habit, numbers[c.QUALITY], numbers[c.SPIKES],
        numbers[c.MULTIPLIER], numbers[c.SET_POINT], first, last,
    )  # fmt: skip


@stage
def expect_diabetes(risks, to_date, cell, average, before, met, expected, first, last):
    """Carry the hazard of diabetes met so far on by a year; set the share to be expected.

    ``before`` and ``to_date`` are what the inactive have met by the last January and by this one.
    """
    keep_apart()
    for i in rows(first, last):
        now = to_date[cell[i]]
        ratio = risks.net_factor[c.DIABETES] * log_ratio_at_dose(risks, c.DIABETES, average[i])
        met[i] = disease.diabetes_hazard_met(met[i], before[i], now, exp(ratio))
        before[i] = now
        expected[i] = disease.expected_diabetes_share(met[i])


@stage
def open_accounts(ill, at_risk, events, first, last):
    """Start the year's accounts of a disease: no event yet, everyone well is at risk all year."""
    keep_apart()
    for i in rows(first, last):
        at_risk[i] = ONE - ill[i]
        events[i] = 0


@stage
def open_course(ill, course, well, at_risk, episodes, first, last):
    """Start the year's accounts of depression: only who never had it is at risk of a first."""
    keep_apart()
    for i in rows(first, last):
        well[i] = ONE - ill[i]
        at_risk[i] = ONE if course[i] == depression.NEVER else ZERO
        episodes[i] = 0


@sequence
def open_year(numbers, integers, first, last):
    """Start the year's accounts."""
    for k in range(c.N_DISEASES):
        open_accounts(
            numbers[c.ILL + k], numbers[c.AT_RISK + k], integers[c.EVENTS + k], first, last
        )
    open_course(
        numbers[c.ILL + c.DEPRESSION], integers[c.COURSE], numbers[c.WELL],
        numbers[c.AT_RISK + c.DEPRESSION], integers[c.EPISODES], first, last,
    )  # fmt: skip
    numbers[c.ALIVE, first:last] = ONE


@sequence
def turn_year(numbers, integers, constants, year, seed, first, last):
    """Move people who were there last year into this one."""
    habits = constants.activity
    grow_older(
        integers[c.SLOT], integers[c.ENTRY], year, seed, constants, integers[c.AGE],
        integers[c.CELL], numbers[c.SLOW], numbers[c.OCCASION], numbers[c.DRIFT],
        integers[c.FRESH], first, last,
    )  # fmt: skip
    keep_standing(
        constants.body, integers[c.CELL], integers[c.DEPRIVATION], numbers[c.BMI_SCORE],
        numbers[c.SMOKING_SCORE], numbers[c.BMI], numbers[c.SMOKER], first, last,
    )  # fmt: skip
    if habits.fixed_dose < ZERO:
        take_habit(
            habits, integers[c.CELL], integers[c.SEX], integers[c.DEPRIVATION],
            numbers[c.BMI_SCORE], numbers[c.FOR_LIFE], numbers[c.SLOW], numbers[c.OCCASION],
            numbers[c.HABIT_DOSE], numbers[c.REPORTED_DOSE], first, last,
        )  # fmt: skip


@sequence
def start_year(numbers, integers, constants, to_date, now, first, last):
    """Set everything that holds for the year: doses, set points, clocks, accounts.

    ``to_date`` is the hazard of diabetes that the inactive of each age and sex have met by now.
    """
    take_multiplier(
        constants.inflammation, numbers[c.BMI], numbers[c.ILL + c.DIABETES],
        numbers[c.MULTIPLIER], first, last,
    )  # fmt: skip
    take_habits(numbers, constants, first, last)
    expect_diabetes(
        constants.disease, to_date, integers[c.CELL],
        numbers[c.AVERAGE + c.LAG_OF_CLOCK[c.DIABETES]],
        numbers[c.DIABETES_TO_DATE], numbers[c.DIABETES_MET], numbers[c.EXPECTED_DIABETES],
        first, last,
    )  # fmt: skip
    set_clocks(numbers, integers, constants.disease, now, first, last)
    open_year(numbers, integers, first, last)
