"""One person's scalars: what traits make of body, habit, training and hazards."""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, rows, stage
from abm.rules import activity, disease, il6
from abm.rules.arithmetic import exp

SINGLE = np.float32
ZERO = np.float32(0.0)
ONE = np.float32(1.0)
HALF = np.float32(0.5)
SCALE = np.float32(c.FIXED_POINT)
NEVER = np.float32(1e9)
TOP = np.int64(0)  # the first row; a literal 0 would be compiled as a case of its own


@inlined
def fixed(amount):
    """Return an amount as a whole number of 1 / FIXED_POINT."""
    return int(np.floor(amount * SCALE + HALF))


@inlined
def log_ratio_at_dose(constants, clock, dose):
    """Return the log relative risk of a clock at a steady dose."""
    k = constants.curve[clock]
    knots = constants.knots
    return disease.activity_log_ratio(
        dose, constants.cap, knots[0], knots[1], knots[2], knots[3],
        k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8], k[9],
    )  # fmt: skip


@inlined
def carried_log_ratio(constants, clock, cell, sex, deprivation, own_il6, bmi, smoker):
    """Return the log hazard ratio of what a person brings to a clock."""
    return disease.person_log_ratio(
        constants.between_slope[clock],
        own_il6,
        constants.bmi_slope[clock, cell],
        bmi,
        constants.bmi_floor[clock],
        constants.smoking[clock, cell],
        smoker,
        constants.deprivation[clock, sex],
        SINGLE(np.int32(deprivation)),
    )


@inlined
def diabetes_ratio_at_dose(constants, dose):
    """Return the relative hazard of diabetes at a steady dose."""
    return exp(constants.net_factor[c.DIABETES] * log_ratio_at_dose(constants, c.DIABETES, dose))


@inlined
def start_log_ratio(constants, clock, cell, sex, deprivation, own_il6, bmi, smoker, dose):
    """Return the log hazard ratio of a clock at a steady dose, diabetes left out."""
    carried = carried_log_ratio(constants, clock, cell, sex, deprivation, own_il6, bmi, smoker)
    return carried + constants.net_factor[clock] * log_ratio_at_dose(constants, clock, dose)


@inlined
def dose_ratio_of_death(risks, clock, cell, dose):
    """Return what a steady dose makes of the hazard of a death clock."""
    log_ratio = risks.net_factor[clock] * log_ratio_at_dose(risks, clock, dose)
    responds = risks.responds[cell] if clock == c.ALL_ELSE else ONE
    return disease.partly_responding(responds, log_ratio)


@inlined
def start_death_ratio(risks, clock, cell, sex, deprivation, own_il6, bmi, smoker, dose):
    """Return the hazard ratio of a death clock at a steady dose, diabetes left out."""
    carried = carried_log_ratio(risks, clock, cell, sex, deprivation, own_il6, bmi, smoker)
    return exp(carried) * dose_ratio_of_death(risks, clock, cell, dose)


@inlined
def body_mass_index(body, cell, deprivation, score):
    """Return BMI [kg/m2] from a person's standing among those of like age, sex and deprivation."""
    return exp(body.bmi_log_mean[cell * 5 + deprivation - 1] + body.bmi_log_sd[cell] * score)


@inlined
def is_smoker(body, cell, deprivation, score):
    """Return 1 for a smoker: the same people smoke for life, as many as at their age."""
    return ONE if score < body.smoking_share[cell * 5 + deprivation - 1] else ZERO


@inlined
def habit_tendency(habits, cell, deprivation, bmi_score):
    """Return the mean latent habit of people like this."""
    place = habits.tendency_deprivation * (SINGLE(np.int32(deprivation)) - SINGLE(3.0))
    return habits.tendency[cell] + place + habits.tendency_bmi * bmi_score


@inlined
def doses_at(habits, sex, latent, occasion):
    """Return the habitual and the reported dose [MET-hours per week]."""
    if habits.fixed_dose >= ZERO:
        return habits.fixed_dose, habits.fixed_dose
    report = activity.latent_report(latent, occasion, habits.occasion_share)
    zero, median = habits.zero_share[sex], habits.median[sex]
    ceiling, log_sd, highest = habits.low_ceiling, habits.log_sd, habits.highest
    return (
        activity.dose(latent, zero, ceiling, median, log_sd, highest),
        activity.dose(report, zero, ceiling, median, log_sd, highest),
    )


@inlined
def mix_quality(habits, moderate, vigorous, resistance, endurance):
    """Return the training quality of a mix of modes."""
    q = habits.quality
    return activity.quality(
        moderate, vigorous, resistance, endurance,
        q[0], q[1], q[2], q[3], habits.combined_factor, habits.combined_minimum_share,
    )  # fmt: skip


@inlined
def spikes_of(inflammation, moderate, vigorous, resistance, endurance):
    """Return a week's area of IL-6 above rest [fold-hours] from doses by mode."""
    area = inflammation.spike_per_dose
    aerobic = area[0] * moderate + area[1] * vigorous + area[3] * endurance
    return aerobic + area[2] * resistance


@inlined
def set_point_of(inflammation, effective_dose, multiplier, spikes):
    """Return where training leads: by weekly dose, and by spikes as far as they count."""
    by_dose = il6.training_set_point(
        effective_dose, multiplier, inflammation.amplitude, inflammation.dose_scale
    )
    return il6.spike_driven_set_point(
        by_dose, spikes, inflammation.spike_share, multiplier, inflammation.amplitude,
        inflammation.spike_scale,
    )  # fmt: skip


@stage
def copy(source, target, first, last):
    """Copy some rows of a column to another."""
    keep_apart()
    for i in rows(first, last):
        target[i] = source[i]


@stage
def copy_row(numbers_from, integers_from, i, numbers_to, integers_to, j):
    """Copy a person from row ``i`` of one array pair to row ``j`` of another."""
    for k in range(numbers_from.shape[0]):
        numbers_to[k, j] = numbers_from[k, i]
    for k in range(integers_from.shape[0]):
        integers_to[k, j] = integers_from[k, i]


@stage
def swap_rows(numbers, integers, i, j):
    """Let two persons change places."""
    for k in range(numbers.shape[0]):
        numbers[k, i], numbers[k, j] = numbers[k, j], numbers[k, i]
    for k in range(integers.shape[0]):
        integers[k, i], integers[k, j] = integers[k, j], integers[k, i]
