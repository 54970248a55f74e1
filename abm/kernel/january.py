"""The first of January: people age, slow processes move, hazards are looked up, policies offered.

Every stage works on the first ``n`` rows.
"""

import numpy as np

from abm import columns as c
from abm import draws
from abm.arithmetic import exp
from abm.compiled import inlined, keep_apart, stage
from abm.kernel.enter import (
    NEVER,
    ONE,
    ZERO,
    carried_log_ratio,
    mix_quality,
    set_point_of,
    spikes_of,
)
from abm.rules import activity, disease, mortality, policy

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
def expect_diabetes(constants, to_date, average, expected, n):
    """Set the share with diabetes expected of people with this history of activity."""
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
        relative = exp(share * ratio)
        expected[i] = disease.expected_diabetes_share(to_date[i], relative)


@stage
def forget_depression(fading, cell, uniform, depressed, history, n):
    """Let the raised risk after past depression wear off."""
    keep_apart()
    for i in range(n):
        lost = disease.loses_history(fading[cell[i]], uniform[i]) and depressed[i] == ZERO
        history[i] = ZERO if lost else history[i]


@inlined
def past_and_recent(log_ratio, recent_ratio, now, history, last_vascular):
    """Return what past depression and a recent vascular event add to depression's log hazard."""
    return log_ratio * history + disease.recent_event_log_ratio(recent_ratio, now - last_vascular)


@inlined
def illness_log_multiplier(diabetes, heart, stroke, colon, breast):
    """Return the log of the death hazard of the ill against that of the well."""
    return mortality.log_multiplier(
        mortality.illness_multiplier(diabetes, heart, stroke, colon, breast)
    )


@stage
def look_up(table, cell, found, n):
    """Copy each person's entry of a table by age and sex."""
    for i in range(n):
        found[i] = table[cell[i]]


@stage
def depression_extra(log_ratio, recent_ratio, now, history, last_vascular, extra, n):
    """Set what past depression and a recent vascular event add to depression's log hazard."""
    keep_apart()
    for i in range(n):
        extra[i] = past_and_recent(log_ratio, recent_ratio, now, history[i], last_vascular[i])


@stage
def death_extra(diabetes, heart, stroke, colon, breast, ill, extra, n):
    """Set the log of the death hazard of the ill against that of the well."""
    keep_apart()
    for i in range(n):
        extra[i] = illness_log_multiplier(
            diabetes[i] * ill[c.DIABETES, i],
            heart[i] * ill[c.HEART, i],
            stroke[i] * ill[c.STROKE, i],
            colon[i] * ill[c.COLON, i],
            breast[i] * ill[c.BREAST, i],
        )


@stage
def no_extra(extra, n):
    """Set nothing more."""
    for i in range(n):
        extra[i] = ZERO


@stage
def set_clock(
    reference, bmi_slope, bmi_floor, smoking, for_men, for_women, between_slope,
    diabetes_ratio, depression_ratio, sex, deprivation, person, drifting, bmi, smoker,
    diabetic, depressed, expected, extra, ill, steady, follows, n,
):  # fmt: skip
    """Set the steady part of one clock's log hazard of onset; ``follows`` is 0 for the ill."""
    keep_apart()
    for i in range(n):
        place = for_men if sex[i] == c.MALE else for_women
        carried = disease.person_log_ratio(
            between_slope, person[i] + drifting[i], bmi_slope[i], bmi[i], bmi_floor,
            smoking[i], smoker[i], place, SINGLE(deprivation[i]),
        )  # fmt: skip
        comorbid = disease.diabetes_log_ratio(diabetes_ratio, diabetic[i], expected[i])
        steady[i] = reference[i] + carried + comorbid + depression_ratio * depressed[i] + extra[i]
        follows[i] = ONE - ill[i]


@stage
def set_exits(exit_rate, cell, ill, steady, n):
    """Let the clock of the ill run toward recovery instead."""
    for i in range(n):
        if ill[i] > ZERO:
            steady[i] = exit_rate[cell[i]]


@stage
def set_extra(numbers, integers, constants, k, now, n):
    """Set what a clock's log hazard has beside the common part."""
    extra, cell = numbers[c.EXTRA], integers[c.CELL]
    if k == c.DEPRESSION:
        depression_extra(
            constants.history_log_ratio, constants.recent_ratio, now, numbers[c.HISTORY],
            numbers[c.LAST_VASCULAR], extra, n,
        )  # fmt: skip
    elif k == c.OTHER:
        scratch = numbers[c.INCREASE : c.INCREASE + 5]
        for j in range(5):
            look_up(constants.excess[j], cell, scratch[j], n)
        death_extra(
            scratch[c.DIABETES], scratch[c.HEART], scratch[c.STROKE], scratch[c.COLON],
            scratch[c.BREAST], numbers[c.ILL : c.ILL + 6], extra, n,
        )  # fmt: skip
    else:
        no_extra(extra, n)


@stage
def set_clocks(numbers, integers, constants, now, n):
    """Set the steady parts of all clocks of some rows."""
    cell = integers[c.CELL]
    reference, bmi_slope, smoking = (
        numbers[c.INCREASE], numbers[c.INCREASE + 1], numbers[c.INCREASE + 2]
    )  # fmt: skip
    for k in range(c.N_CLOCKS):
        set_extra(numbers, integers, constants, k, now, n)
        look_up(constants.log_reference[k], cell, reference, n)
        look_up(constants.bmi_slope[k], cell, bmi_slope, n)
        look_up(constants.smoking[k], cell, smoking, n)
        ill = numbers[c.ILL + k] if k < c.OTHER else numbers[c.NOBODY]
        set_clock(
            reference, bmi_slope, constants.bmi_floor[k], smoking,
            constants.deprivation[k, c.MALE], constants.deprivation[k, c.FEMALE],
            constants.between_slope[k], constants.diabetes_ratio[k],
            constants.depression_log_ratio[k], integers[c.SEX], integers[c.DEPRIVATION],
            numbers[c.PERSON_EFFECT], numbers[c.DRIFT], numbers[c.BMI], numbers[c.SMOKER],
            numbers[c.ILL + c.DIABETES], numbers[c.ILL + c.DEPRESSION],
            numbers[c.EXPECTED_DIABETES], numbers[c.EXTRA], ill, numbers[c.STEADY + k],
            numbers[c.FOLLOWS + k], n,
        )  # fmt: skip
        if k < c.OTHER:
            set_exits(constants.log_exit[k], cell, ill, numbers[c.STEADY + k], n)


@inlined
def depends_on(constants, k, turned):
    """Return whether clock ``k`` runs differently once the disease ``turned`` has come or gone."""
    by_diabetes = turned == c.DIABETES and constants.diabetes_ratio[k] != ONE
    by_depression = turned == c.DEPRESSION and constants.depression_log_ratio[k] != ZERO
    by_event = k == c.DEPRESSION and (turned == c.HEART or turned == c.STROKE)
    return k == turned or k == c.OTHER or by_diabetes or by_depression or by_event


@stage
def reset_clocks(numbers, integers, constants, turned, now, i):
    """Set the clocks of one person that depend on a disease that has just come or gone."""
    cell, sex = integers[c.CELL, i], integers[c.SEX, i]
    own_il6 = numbers[c.PERSON_EFFECT, i] + numbers[c.DRIFT, i]
    for k in range(c.N_CLOCKS):
        if not depends_on(constants, k, turned):
            continue
        if k < c.OTHER and numbers[c.ILL + k, i] > ZERO:
            numbers[c.STEADY + k, i] = constants.log_exit[k, cell]
            numbers[c.FOLLOWS + k, i] = ZERO
            continue
        extra = ZERO
        if k == c.DEPRESSION:
            extra = past_and_recent(
                constants.history_log_ratio, constants.recent_ratio, now, numbers[c.HISTORY, i],
                numbers[c.LAST_VASCULAR, i],
            )  # fmt: skip
        elif k == c.OTHER:
            extra = illness_log_multiplier(
                constants.excess[c.DIABETES, cell] * numbers[c.ILL + c.DIABETES, i],
                constants.excess[c.HEART, cell] * numbers[c.ILL + c.HEART, i],
                constants.excess[c.STROKE, cell] * numbers[c.ILL + c.STROKE, i],
                constants.excess[c.COLON, cell] * numbers[c.ILL + c.COLON, i],
                constants.excess[c.BREAST, cell] * numbers[c.ILL + c.BREAST, i],
            )
        carried = carried_log_ratio(
            constants, k, cell, sex, integers[c.DEPRIVATION, i], own_il6, numbers[c.BMI, i],
            numbers[c.SMOKER, i],
        )  # fmt: skip
        comorbid = disease.diabetes_log_ratio(
            constants.diabetes_ratio[k], numbers[c.ILL + c.DIABETES, i],
            numbers[c.EXPECTED_DIABETES, i],
        )  # fmt: skip
        depressed = constants.depression_log_ratio[k] * numbers[c.ILL + c.DEPRESSION, i]
        numbers[c.STEADY + k, i] = (
            constants.log_reference[k, cell] + carried + comorbid + depressed + extra
        )
        numbers[c.FOLLOWS + k, i] = ONE


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
        constants.disease, numbers[c.EXTRA], numbers[c.AVERAGE], numbers[c.EXPECTED_DIABETES],
        n,
    )  # fmt: skip
    set_clocks(numbers, integers, constants.disease, now, n)
    open_year(numbers, integers, n)


@stage
def illness_bits(numbers, i):
    """Return a person's diseases as a bit set."""
    bits = 0
    for k in range(c.N_DISEASES):
        if numbers[c.ILL + k, i] > ZERO:
            bits |= 1 << k
    return bits


@stage
def offer(numbers, integers, plan, told, year, now, low, high, n):
    """Offer policies: set when each person who will accept this year starts."""
    for p in range(plan.start.size):
        if now < plan.start[p] or now >= plan.end[p]:
            continue
        for i in range(n):
            if integers[c.DIVERGED, i] == 1 or (integers[c.OFFERED, i] >> p) & 1 == 1:
                continue
            if not policy.is_eligible(
                SINGLE(integers[c.AGE, i]), plan.youngest[p], plan.oldest[p],
                integers[c.SEX, i], plan.sex[p],
                numbers[c.REPORTED_DOSE, i], plan.dose_below[p],
                numbers[c.BMI, i], plan.bmi_above[p],
                integers[c.DEPRIVATION, i], plan.fifths[p],
                illness_bits(numbers, i), plan.illnesses[p],
            ):  # fmt: skip
                continue
            if offer_to(numbers, integers, i, plan, p, now, low, high):
                told[p, year, 0] += 1


@stage
def offer_to(numbers, integers, i, plan, p, now, low, high):
    """Find the month of this year in which an eligible person is reached; return if there is one."""
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], draws.POLICY_OFFER, plan.key[p], low, high
    )
    reach_draw = draws.uniform(words[0])
    before = np.round((now - plan.start[p]) * SINGLE(12.0))
    for month in range(12):
        share = policy.ramped(before + SINGLE(np.int32(month)), plan.ramp_months[p])
        if policy.is_offered(reach_draw, plan.reach[p], share):
            integers[c.OFFERED, i] |= 1 << p
            integers[c.REACHED, i] = 1
            column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
            if policy.accepts(draws.uniform(words[1]), plan.uptake[p]):
                numbers[column + c.STARTED, i] = now + SINGLE(np.int32(month)) / SINGLE(12.0)
            return True
    return False


@stage
def no_policies(numbers, integers, policies, first, last):
    """Give new rows the policy columns of someone who takes part in nothing."""
    for p in range(policies):
        column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
        for i in range(first, last):
            numbers[column + c.STARTED, i] = NEVER
            numbers[column + c.STOPPED, i] = NEVER
            numbers[column + c.REJOINS, i] = NEVER
            integers[c.N_INTEGERS + p, i] = 0
