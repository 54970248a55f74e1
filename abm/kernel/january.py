"""The first of January: people age, slow processes move, hazards are looked up, policies offered.

Every stage works on the rows from ``first`` up to but not including ``last``.
"""

import numpy as np

from abm import columns as c
from abm import draws
from abm.arithmetic import exp, log
from abm.compiled import stage
from abm.kernel.enter import NEVER, ONE, ZERO, mix_quality, set_point_of, spikes_of
from abm.rules import activity, disease, mortality, policy

SINGLE = np.float32


@stage
def draw_year(slot, entry, year, low, high, slow, occasion, drift, uniform, first, last):
    """Draw the year's four numbers of every person: three normals and a uniform."""
    for i in range(first, last):
        words = draws.philox(slot[i], entry[i], draws.YEAR, year, low, high)
        slow[i] = draws.normal(words[0])
        occasion[i] = draws.normal(words[1])
        drift[i] = draws.normal(words[2])
        uniform[i] = draws.uniform(words[3])


@stage
def grow_older(age, cell, first, last):
    """Add a year of age; those of the highest age stay in its cell."""
    for i in range(first, last):
        step = np.int32(1) if age[i] < c.OLDEST else np.int32(0)
        age[i] += step
        cell[i] += step


@stage
def drift(state, normal, keep, spread, first, last):
    """Move a slow Gaussian process of standard deviation ``spread`` by a year."""
    for i in range(first, last):
        state[i] = activity.drifted(state[i], keep, spread * normal[i])


@stage
def take_shape(body, cell, deprivation, bmi_score, smoking_score, bmi, smoker, first, last):
    """Look up BMI and smoking at the new age; a person's standing among equals stays."""
    for i in range(first, last):
        k = cell[i] * 5 + deprivation[i] - 1
        bmi[i] = exp(body.bmi_log_mean[k] + body.bmi_log_sd[cell[i]] * bmi_score[i])
        smoker[i] = ONE if smoking_score[i] < body.smoking_share[k] else ZERO


@stage
def take_habit(
    habits, sex, cell, deprivation, bmi_score, for_life, slow, occasion, habit, reported,
    first, last,
):  # fmt: skip
    """Set this year's habitual and reported dose."""
    for i in range(first, last):
        s = sex[i]
        place = habits.tendency_deprivation * (SINGLE(deprivation[i]) - SINGLE(3.0))
        latent = activity.latent_habit(
            habits.tendency[cell[i]] + place + habits.tendency_bmi * bmi_score[i],
            habits.residual_sd[s], for_life[i], slow[i],
            habits.for_life_share, habits.slow_share,
        )  # fmt: skip
        report = activity.latent_report(latent, occasion[i], habits.occasion_share)
        zero, median = habits.zero_share[s], habits.median[s]
        ceiling, log_sd, highest = habits.low_ceiling, habits.log_sd, habits.highest
        habit[i] = activity.dose(latent, zero, ceiling, median, log_sd, highest)
        reported[i] = activity.dose(report, zero, ceiling, median, log_sd, highest)


@stage
def hold_dose(fixed, habit, reported, first, last):
    """Give everybody one dose for life."""
    for i in range(first, last):
        habit[i] = fixed
        reported[i] = fixed


@stage
def take_training(inflammation, dose, quality, bmi, diabetic, spikes, multiplier, set_point,
                  first, last):  # fmt: skip
    """Set where training leads this year, and how strongly the person answers it."""
    for i in range(first, last):
        obese = bmi[i] >= inflammation.obesity_bmi
        more = inflammation.multiplier if obese or diabetic[i] > ZERO else ONE
        multiplier[i] = more
        set_point[i] = set_point_of(inflammation, dose[i] * quality[i], more, spikes[i])


@stage
def expect_diabetes(constants, to_date, cell, average, expected, first, last):
    """Set the share with diabetes expected of people with this history of activity."""
    k = constants.curve[c.DIABETES]
    knots = constants.knots
    for i in range(first, last):
        ratio = disease.activity_log_ratio(
            average[i], constants.cap, knots[0], knots[1], knots[2], knots[3],
            k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8], k[9],
        )  # fmt: skip
        relative = exp(constants.causal_share[c.DIABETES] * ratio)
        expected[i] = disease.expected_diabetes_share(to_date[cell[i]], relative)


@stage
def forget_depression(fading, cell, uniform, depressed, history, first, last):
    """Let the raised risk after past depression wear off."""
    for i in range(first, last):
        lost = disease.loses_history(fading[cell[i]], uniform[i]) and depressed[i] == ZERO
        history[i] = ZERO if lost else history[i]


@stage
def depression_extra(log_ratio, recent_ratio, now, history, last_vascular, extra, first, last):
    """Set what past depression and a recent vascular event add to the log hazard."""
    for i in range(first, last):
        recent = disease.recent_event_log_ratio(recent_ratio, now - last_vascular[i])
        extra[i] = log_ratio * history[i] + recent


@stage
def death_extra(excess, cell, ill, extra, first, last):
    """Set the log of the death hazard of the ill against that of the well."""
    for i in range(first, last):
        k = cell[i]
        extra[i] = log(
            mortality.illness_multiplier(
                excess[c.DIABETES, k] * ill[c.DIABETES, i],
                excess[c.HEART, k] * ill[c.HEART, i],
                excess[c.STROKE, k] * ill[c.STROKE, i],
                excess[c.COLON, k] * ill[c.COLON, i],
                excess[c.BREAST, k] * ill[c.BREAST, i],
            )
        )


@stage
def no_extra(extra, first, last):
    """Set nothing more."""
    for i in range(first, last):
        extra[i] = ZERO


@stage
def set_clock(
    reference, exit_rate, bmi_slope, bmi_floor, smoking, deprivation_effect, between_slope,
    diabetes_ratio, depression_ratio, cell, sex, deprivation, person, drifting, bmi, smoker,
    diabetic, depressed, expected, extra, ill, steady, follows, first, last,
):  # fmt: skip
    """Set the steady part of one clock's log hazard: onset for the well, exit for the ill."""
    for i in range(first, last):
        k = cell[i]
        carried = disease.person_log_ratio(
            between_slope, person[i] + drifting[i], bmi_slope[k], bmi[i], bmi_floor,
            smoking[k], smoker[i], deprivation_effect[sex[i]], SINGLE(deprivation[i]),
        )  # fmt: skip
        comorbid = disease.diabetes_log_ratio(diabetes_ratio, diabetic[i], expected[i])
        onset = reference[k] + carried + comorbid + depression_ratio * depressed[i] + extra[i]
        steady[i] = exit_rate[k] if ill[i] > ZERO else onset
        follows[i] = ONE - ill[i]


@stage
def set_clocks(numbers, integers, constants, now, first, last):
    """Set the steady parts of all clocks of some rows."""
    ill = numbers[c.ILL : c.ILL + 6]
    extra, cell = numbers[c.EXTRA], integers[c.CELL]
    for k in range(c.N_CLOCKS):
        if k == c.DEPRESSION:
            depression_extra(
                constants.history_log_ratio, constants.recent_ratio, now, numbers[c.HISTORY],
                numbers[c.LAST_VASCULAR], extra, first, last,
            )  # fmt: skip
        elif k == c.OTHER:
            death_extra(constants.excess, cell, ill, extra, first, last)
        else:
            no_extra(extra, first, last)
        own = numbers[c.ILL + k] if k < c.OTHER else numbers[c.NOBODY]
        set_clock(
            constants.log_reference[k], constants.log_exit[k], constants.bmi_slope[k],
            constants.bmi_floor[k], constants.smoking[k], constants.deprivation[k],
            constants.between_slope[k], constants.diabetes_ratio[k],
            constants.depression_log_ratio[k], cell, integers[c.SEX], integers[c.DEPRIVATION],
            numbers[c.PERSON_EFFECT], numbers[c.DRIFT], numbers[c.BMI], numbers[c.SMOKER],
            ill[c.DIABETES], ill[c.DEPRESSION], numbers[c.EXPECTED_DIABETES], extra, own,
            numbers[c.STEADY + k], numbers[c.FOLLOWS + k], first, last,
        )  # fmt: skip


@stage
def open_year(numbers, integers, first, last):
    """Start the year's accounts: nobody has had an event, everyone well is at risk all year."""
    for k in range(c.N_DISEASES):
        for i in range(first, last):
            numbers[c.AT_RISK + k, i] = ONE - numbers[c.ILL + k, i]
            integers[c.EVENTS + k, i] = 0
    for i in range(first, last):
        numbers[c.ALIVE, i] = ONE


@stage
def take_quality(habits, mode_share, quality, first, last):
    """Set the training quality of the habitual mix of modes."""
    for i in range(first, last):
        quality[i] = mix_quality(
            habits, mode_share[0, i], mode_share[1, i], mode_share[2, i], mode_share[3, i]
        )


@stage
def take_spikes(inflammation, mode_share, dose, spikes, first, last):
    """Set the weekly exposure to IL-6 spikes that the habit brings [fold-hours]."""
    for i in range(first, last):
        spikes[i] = dose[i] * spikes_of(
            inflammation, mode_share[0, i], mode_share[1, i], mode_share[2, i], mode_share[3, i]
        )


@stage
def turn_year(numbers, integers, constants, year, low, high, first, last):
    """Move people who were there last year into this one."""
    normals = (numbers[c.INCREASE], numbers[c.OCCASION], numbers[c.INCREASE + 1])
    draw_year(
        integers[c.SLOT], integers[c.ENTRY], year, low, high,
        normals[0], normals[1], normals[2], numbers[c.YEAR_DRAW], first, last,
    )  # fmt: skip
    grow_older(integers[c.AGE], integers[c.CELL], first, last)
    drift(numbers[c.SLOW], normals[0], constants.activity.slow_keep, ONE, first, last)
    inflammation = constants.inflammation
    drift(
        numbers[c.DRIFT], normals[2], inflammation.drift_keep, inflammation.drift_sd, first, last
    )
    forget_depression(
        constants.disease.fading, integers[c.CELL], numbers[c.YEAR_DRAW],
        numbers[c.ILL + c.DEPRESSION], numbers[c.HISTORY], first, last,
    )  # fmt: skip
    take_shape(
        constants.body, integers[c.CELL], integers[c.DEPRIVATION], numbers[c.BMI_SCORE],
        numbers[c.SMOKING_SCORE], numbers[c.BMI], numbers[c.SMOKER], first, last,
    )  # fmt: skip
    if constants.activity.fixed_dose < ZERO:
        take_habit(
            constants.activity, integers[c.SEX], integers[c.CELL], integers[c.DEPRIVATION],
            numbers[c.BMI_SCORE], numbers[c.FOR_LIFE], numbers[c.SLOW], numbers[c.OCCASION],
            numbers[c.HABIT_DOSE], numbers[c.REPORTED_DOSE], first, last,
        )  # fmt: skip
    for i in range(first, last):
        integers[c.FRESH, i] = 0


@stage
def start_year(numbers, integers, constants, year, now, first, last):
    """Set everything that holds for the year: doses, set points, clocks, accounts."""
    numbers[c.DOSE, first:last] = numbers[c.HABIT_DOSE, first:last]
    mode_share = numbers[c.MODE_SHARE : c.MODE_SHARE + 4]
    take_quality(constants.activity, mode_share, numbers[c.QUALITY], first, last)
    take_spikes(
        constants.inflammation, mode_share, numbers[c.HABIT_DOSE], numbers[c.SPIKES], first, last
    )
    take_training(
        constants.inflammation, numbers[c.DOSE], numbers[c.QUALITY], numbers[c.BMI],
        numbers[c.ILL + c.DIABETES], numbers[c.SPIKES], numbers[c.MULTIPLIER],
        numbers[c.SET_POINT], first, last,
    )  # fmt: skip
    expect_diabetes(
        constants.disease, constants.disease.diabetes_to_date[year], integers[c.CELL],
        numbers[c.AVERAGE], numbers[c.EXPECTED_DIABETES], first, last,
    )  # fmt: skip
    set_clocks(numbers, integers, constants.disease, now, first, last)
    open_year(numbers, integers, first, last)


@stage
def illness_bits(numbers, i):
    """Return a person's diseases as a bit set."""
    bits = 0
    for k in range(c.N_DISEASES):
        if numbers[c.ILL + k, i] > ZERO:
            bits |= 1 << k
    return bits


@stage
def offer(numbers, integers, plan, told, year, now, low, high, first, last):
    """Offer policies: set when each person who will accept this year starts."""
    for p in range(plan.start.size):
        if now < plan.start[p] or now >= plan.end[p]:
            continue
        for i in range(first, last):
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
