"""The first of January: people age, slow processes move, hazards are looked up anew.

Every stage works on the first ``n`` rows.
"""

import numpy as np

from abm import columns as c
from abm import draws
from abm.arithmetic import exp
from abm.compiled import keep_apart, stage
from abm.kernel.clocks import look_up, set_clocks
from abm.kernel.traits import ONE, ZERO, mix_quality, set_point_of, spikes_of
from abm.rules import activity, disease

SINGLE = np.float32


@stage
def draw_year(slot, entry, year, low, high, slow, occasion, drift, uniform, n):
    """Draw the year's four numbers of every person: three normals and a uniform."""
    keep_apart()
    for i in range(n):
        words = draws.philox(slot[i], entry[i], draws.YEAR, year, low, high)
        slow[i] = draws.normal(words[0])
        occasion[i] = draws.normal(words[1])
        drift[i] = draws.normal(words[2])
        uniform[i] = draws.uniform(words[3])


@stage
def grow_older(age, cell, n):
    """Add a year of age; those of the highest age stay in its cell."""
    keep_apart()
    for i in range(n):
        step = np.int32(1) if age[i] < c.OLDEST else np.int32(0)
        age[i] += step
        cell[i] += step


@stage
def drift(state, normal, keep, spread, n):
    """Move a slow Gaussian process of standard deviation ``spread`` by a year."""
    keep_apart()
    for i in range(n):
        state[i] = activity.drifted(state[i], keep, spread * normal[i])


@stage
def take_shape(body, cell, deprivation, log_mean, log_sd, smoking, n):
    """Look up the BMI and smoking of people of each person's age, sex and deprivation."""
    for i in range(n):
        k = cell[i] * 5 + deprivation[i] - 1
        log_mean[i] = body.bmi_log_mean[k]
        log_sd[i] = body.bmi_log_sd[cell[i]]
        smoking[i] = body.smoking_share[k]


@stage
def keep_standing(log_mean, log_sd, smoking, bmi_score, smoking_score, bmi, smoker, n):
    """Set BMI and smoking: a person's standing among equals stays for life."""
    keep_apart()
    for i in range(n):
        bmi[i] = exp(log_mean[i] + log_sd[i] * bmi_score[i])
        smoker[i] = ONE if smoking_score[i] < smoking[i] else ZERO


@stage
def take_habit(
    habits, sex, tendency, deprivation, bmi_score, for_life, slow, occasion, habit, reported,
    n,
):  # fmt: skip
    """Set this year's habitual and reported dose."""
    keep_apart()
    spread_men, spread_women = habits.residual_sd[c.MALE], habits.residual_sd[c.FEMALE]
    zero_men, zero_women = habits.zero_share[c.MALE], habits.zero_share[c.FEMALE]
    median_men, median_women = habits.median[c.MALE], habits.median[c.FEMALE]
    ceiling, log_sd, highest = habits.low_ceiling, habits.log_sd, habits.highest
    for i in range(n):
        male = sex[i] == c.MALE
        place = habits.tendency_deprivation * (SINGLE(deprivation[i]) - SINGLE(3.0))
        latent = activity.latent_habit(
            tendency[i] + place + habits.tendency_bmi * bmi_score[i],
            spread_men if male else spread_women, for_life[i], slow[i],
            habits.for_life_share, habits.slow_share,
        )  # fmt: skip
        report = activity.latent_report(latent, occasion[i], habits.occasion_share)
        zero, median = zero_men if male else zero_women, median_men if male else median_women
        habit[i] = activity.dose(latent, zero, ceiling, median, log_sd, highest)
        reported[i] = activity.dose(report, zero, ceiling, median, log_sd, highest)


@stage
def take_training(inflammation, dose, quality, bmi, diabetic, spikes, multiplier, set_point,
                  n):  # fmt: skip
    """Set where training leads this year, and how strongly the person answers it."""
    keep_apart()
    for i in range(n):
        obese = bmi[i] >= inflammation.obesity_bmi
        more = inflammation.multiplier if obese or diabetic[i] > ZERO else ONE
        multiplier[i] = more
        set_point[i] = set_point_of(inflammation, dose[i] * quality[i], more, spikes[i])


@stage
def expect_diabetes(constants, now, average, before, met, expected, n):
    """Carry the hazard of diabetes met so far on by a year; set the share to be expected.

    ``before`` and ``now`` are what the inactive have met by the last January and by this one.
    """
    keep_apart()
    k, knots = constants.curve[c.DIABETES], constants.knots
    k0, k1, k2, k3, k4 = k[0], k[1], k[2], k[3], k[4]
    k5, k6, k7, k8, k9 = k[5], k[6], k[7], k[8], k[9]
    knot_1, knot_2, knot_3, knot_4 = knots[0], knots[1], knots[2], knots[3]
    share, cap = constants.causal_share[c.DIABETES], constants.cap
    for i in range(n):
        ratio = disease.activity_log_ratio(
            average[i], cap, knot_1, knot_2, knot_3, knot_4, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9
        )
        met[i] = disease.diabetes_hazard_met(met[i], before[i], now[i], exp(share * ratio))
        before[i] = now[i]
        expected[i] = disease.expected_diabetes_share(met[i])


@stage
def forget_depression(fading, cell, uniform, depressed, history, n):
    """Let the raised risk after past depression wear off."""
    keep_apart()
    for i in range(n):
        lost = disease.loses_history(fading[cell[i]], uniform[i]) and depressed[i] == ZERO
        history[i] = ZERO if lost else history[i]


@stage
def open_year(numbers, integers, n):
    """Start the year's accounts: nobody has had an event, everyone well is at risk all year."""
    for k in range(c.N_DISEASES):
        for i in range(n):
            numbers[c.AT_RISK + k, i] = ONE - numbers[c.ILL + k, i]
            integers[c.EVENTS + k, i] = 0
    for i in range(n):
        numbers[c.ALIVE, i] = ONE


@stage
def take_quality(habits, mode_share, quality, n):
    """Set the training quality of the habitual mix of modes."""
    keep_apart()
    for i in range(n):
        quality[i] = mix_quality(
            habits, mode_share[0, i], mode_share[1, i], mode_share[2, i], mode_share[3, i]
        )


@stage
def take_spikes(inflammation, mode_share, dose, spikes, n):
    """Set the weekly exposure to IL-6 spikes that the habit brings [fold-hours]."""
    keep_apart()
    for i in range(n):
        spikes[i] = dose[i] * spikes_of(
            inflammation, mode_share[0, i], mode_share[1, i], mode_share[2, i], mode_share[3, i]
        )


@stage
def turn_year(numbers, integers, constants, year, low, high, n):
    """Move people who were there last year into this one."""
    normals = (numbers[c.INCREASE], numbers[c.OCCASION], numbers[c.INCREASE + 1])
    draw_year(
        integers[c.SLOT], integers[c.ENTRY], year, low, high,
        normals[0], normals[1], normals[2], numbers[c.YEAR_DRAW], n,
    )  # fmt: skip
    grow_older(integers[c.AGE], integers[c.CELL], n)
    drift(numbers[c.SLOW], normals[0], constants.activity.slow_keep, ONE, n)
    inflammation = constants.inflammation
    drift(
        numbers[c.DRIFT], normals[2], inflammation.drift_keep, inflammation.drift_sd, n
    )
    forget_depression(
        constants.disease.fading, integers[c.CELL], numbers[c.YEAR_DRAW],
        numbers[c.ILL + c.DEPRESSION], numbers[c.HISTORY], n,
    )  # fmt: skip
    scratch = numbers[c.INCREASE : c.INCREASE + 3]
    take_shape(
        constants.body, integers[c.CELL], integers[c.DEPRIVATION], scratch[0], scratch[1],
        scratch[2], n,
    )  # fmt: skip
    keep_standing(
        scratch[0], scratch[1], scratch[2], numbers[c.BMI_SCORE], numbers[c.SMOKING_SCORE],
        numbers[c.BMI], numbers[c.SMOKER], n,
    )  # fmt: skip
    if constants.activity.fixed_dose < ZERO:
        look_up(constants.activity.tendency, integers[c.CELL], numbers[c.EXTRA], n)
        take_habit(
            constants.activity, integers[c.SEX], numbers[c.EXTRA], integers[c.DEPRIVATION],
            numbers[c.BMI_SCORE], numbers[c.FOR_LIFE], numbers[c.SLOW], numbers[c.OCCASION],
            numbers[c.HABIT_DOSE], numbers[c.REPORTED_DOSE], n,
        )  # fmt: skip
    for i in range(n):
        integers[c.FRESH, i] = 0


@stage
def start_year(numbers, integers, constants, year, now, n):
    """Set everything that holds for the year: doses, set points, clocks, accounts."""
    numbers[c.DOSE, :n] = numbers[c.HABIT_DOSE, :n]
    mode_share = numbers[c.MODE_SHARE : c.MODE_SHARE + 4]
    take_quality(constants.activity, mode_share, numbers[c.QUALITY], n)
    take_spikes(
        constants.inflammation, mode_share, numbers[c.HABIT_DOSE], numbers[c.SPIKES], n
    )
    take_training(
        constants.inflammation, numbers[c.DOSE], numbers[c.QUALITY], numbers[c.BMI],
        numbers[c.ILL + c.DIABETES], numbers[c.SPIKES], numbers[c.MULTIPLIER],
        numbers[c.SET_POINT], n,
    )  # fmt: skip
    to_date = constants.disease.diabetes_to_date[year]
    look_up(to_date, integers[c.CELL], numbers[c.EXTRA], n)
    expect_diabetes(
        constants.disease, numbers[c.EXTRA], numbers[c.AVERAGE], numbers[c.DIABETES_TO_DATE],
        numbers[c.DIABETES_MET], numbers[c.EXPECTED_DIABETES], n,
    )  # fmt: skip
    set_clocks(numbers, integers, constants.disease, now, n)
    open_year(numbers, integers, n)
