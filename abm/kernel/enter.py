"""A person enters the model: at the start of the run, or at 20 years of age in a later January."""

import numpy as np

from abm import columns as c
from abm import draws
from abm.arithmetic import exp, log
from abm.compiled import inlined, stage
from abm.rules import activity, disease, il6

SINGLE = np.float32
ZERO = np.float32(0.0)
ONE = np.float32(1.0)
NEVER = np.float32(1e9)


@stage
def cell_at(cumulative, share):
    """Return the first cell whose cumulative share exceeds ``share`` (binary search)."""
    low, high = 0, cumulative.size - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > share:
            high = middle
        else:
            low = middle + 1
    return low


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
def expected_diabetes(constants, year, cell, dose):
    """Return the share with diabetes expected at a steady dose, by now."""
    relative = exp(
        constants.causal_share[c.DIABETES] * log_ratio_at_dose(constants, c.DIABETES, dose)
    )
    return disease.expected_diabetes_share(constants.diabetes_to_date[year, cell], relative)


@inlined
def start_log_ratio(constants, clock, cell, sex, deprivation, own_il6, bmi, smoker, dose):
    """Return the log hazard ratio of a clock at a steady dose, diabetes left out."""
    carried = carried_log_ratio(constants, clock, cell, sex, deprivation, own_il6, bmi, smoker)
    return carried + constants.causal_share[clock] * log_ratio_at_dose(constants, clock, dose)


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


@stage
def draw_modes(numbers, i, habits, cell, sex, slot, entry, low, high):
    """Draw the shares of the four modes: Dirichlet, resistance only for those who do any."""
    any_resistance = draws.uniform(draws.philox(slot, entry, draws.MODES, 0, low, high)[0])
    total = ZERO
    for mode in range(4):
        share = draws.gamma(
            habits.mode_alpha[cell * 4 + mode], slot, entry, draws.MODES, mode + 1, low, high
        )
        if mode == 2 and any_resistance > habits.resistance_share[sex]:
            share = ZERO
        numbers[c.MODE_SHARE + mode, i] = share
        total += share
    for mode in range(4):
        numbers[c.MODE_SHARE + mode, i] /= total


@stage
def draw_clocks(numbers, integers, i, slot, entry, low, high):
    """Draw the tolerances of all clocks; a remission's for those who are ill."""
    for k in range(c.N_DISEASES):
        words = draws.philox(slot, entry, draws.CLOCK + k, 0, low, high)
        ill = numbers[c.ILL + k, i] > ZERO
        numbers[c.TOLERANCE + k, i] = draws.exponential(words[1] if ill else words[0])
        numbers[c.ACCUMULATED + k, i] = ZERO
        integers[c.EPISODE + k, i] = 0
    words = draws.philox(slot, entry, draws.DEATH_CLOCK, 0, low, high)
    numbers[c.TOLERANCE + c.OTHER, i] = draws.exponential(words[0])
    numbers[c.ACCUMULATED + c.OTHER, i] = ZERO


@stage
def _has_at_start(constants, clock, cell, log_ratio, uniform, entry):
    """Return 1 if a person has a disease on entering."""
    start = constants.start[clock]
    if entry > 0 and clock != c.DEPRESSION or start == 1:
        return ZERO
    if start == 2:
        return ONE
    chance = disease.prevalence(constants.intercept[clock, cell], log_ratio)
    return ONE if uniform < chance else ZERO


@stage
def draw_diseases(numbers, integers, i, constants, year, slot, entry, low, high):
    """Draw existing disease in causal order: diabetes, heart, stroke, cancers, depression."""
    cell, sex = integers[c.CELL, i], integers[c.SEX, i]
    deprivation = integers[c.DEPRIVATION, i]
    own_il6 = numbers[c.PERSON_EFFECT, i] + numbers[c.DRIFT, i]
    bmi, smoker, dose = numbers[c.BMI, i], numbers[c.SMOKER, i], numbers[c.HABIT_DOSE, i]
    expected = expected_diabetes(constants, year, cell, dose)
    first = draws.philox(slot, entry, draws.START_DISEASES, 0, low, high)
    second = draws.philox(slot, entry, draws.START_DISEASES, 1, low, high)
    words = (first[0], first[1], first[2], first[3], second[0], second[1])
    diabetic = ZERO
    for clock in (c.DIABETES, c.HEART, c.STROKE, c.COLON, c.BREAST, c.DEPRESSION):
        ratio = start_log_ratio(
            constants, clock, cell, sex, deprivation, own_il6, bmi, smoker, dose
        )
        ratio += disease.diabetes_log_ratio(
            constants.diabetes_ratio[clock], diabetic, expected
        )
        has = _has_at_start(constants, clock, cell, ratio, draws.uniform(words[clock]), entry)
        numbers[c.ILL + clock, i] = has
        if clock == c.DIABETES:
            diabetic = has
    draw_history(numbers, i, constants, cell, draws.uniform(second[2]), slot, entry, low, high)


@stage
def draw_history(numbers, i, constants, cell, uniform, slot, entry, low, high):
    """Draw past depression, and when a vascular disease began if within the last year."""
    depressed = numbers[c.ILL + c.DEPRESSION, i]
    past = uniform < constants.history_start[cell] and constants.start[c.DEPRESSION] != 1
    numbers[c.HISTORY, i] = ONE if depressed > ZERO or past else ZERO
    words = draws.philox(slot, entry, draws.START_HISTORY, 0, low, high)
    last = SINGLE(-9.0)
    for k in range(2):
        recent = draws.uniform(words[2 * k]) < constants.recent_share[k, cell]
        if numbers[c.ILL + k, i] > ZERO and recent:
            last = max(last, -draws.uniform(words[2 * k + 1]))
    numbers[c.LAST_VASCULAR, i] = last


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
def settle(numbers, integers, i, habits, inflammation):
    """Set what a steady habit has led to: training, averages, and nothing from policies."""
    dose = numbers[c.HABIT_DOSE, i]
    numbers[c.DOSE, i] = dose
    numbers[c.POLICY_DOSE, i] = ZERO
    numbers[c.LOG_RATIO, i] = ZERO
    moderate, vigorous = numbers[c.MODE_SHARE, i], numbers[c.MODE_SHARE + 1, i]
    resistance, endurance = numbers[c.MODE_SHARE + 2, i], numbers[c.MODE_SHARE + 3, i]
    numbers[c.QUALITY, i] = mix_quality(habits, moderate, vigorous, resistance, endurance)
    spikes = dose * spikes_of(inflammation, moderate, vigorous, resistance, endurance)
    numbers[c.SPIKES, i] = spikes
    obese = numbers[c.BMI, i] >= inflammation.obesity_bmi
    answers_more = obese or numbers[c.ILL + c.DIABETES, i] > ZERO
    multiplier = inflammation.multiplier if answers_more else ONE
    numbers[c.MULTIPLIER, i] = multiplier
    set_point = set_point_of(inflammation, dose * numbers[c.QUALITY, i], multiplier, spikes)
    numbers[c.SET_POINT, i] = set_point
    numbers[c.TRAINING, i] = set_point
    for lag in range(c.N_LAGS):
        numbers[c.AVERAGE + lag, i] = dose


@stage
def enter(numbers, integers, i, constants, sample, sample_cumulative, year, slot, entry, low, high):
    """Write a new person into row ``i``; every draw is addressed by slot and year of entry."""
    who = draws.philox(slot, entry, draws.WHO, 0, low, high)
    if entry == 0:
        cell = cell_at(constants.age_sex_share, draws.uniform(who[0]))
    else:
        male = draws.uniform(who[0]) < constants.entrant_male_share
        cell = 0 if male else c.N_AGES
    sex = cell // c.N_AGES
    deprivation = 1 + int(draws.uniform(who[1]) * SINGLE(5.0))
    integers[c.SLOT, i] = slot
    integers[c.ENTRY, i] = entry
    integers[c.SEX, i] = sex
    integers[c.DEPRIVATION, i] = deprivation
    integers[c.CELL, i] = cell
    integers[c.AGE, i] = c.YOUNGEST + cell % c.N_AGES
    habit = draws.philox(slot, entry, draws.HABIT, 0, low, high)
    numbers[c.FOR_LIFE, i] = draws.normal(habit[0])
    numbers[c.SLOW, i] = draws.normal(habit[1])
    numbers[c.OCCASION, i] = draws.normal(habit[2])
    body = draws.philox(slot, entry, draws.BODY, 0, low, high)
    numbers[c.BMI_SCORE, i] = draws.normal(body[0])
    numbers[c.SMOKING_SCORE, i] = draws.uniform(body[1])
    own = draws.philox(slot, entry, draws.INFLAMMATION, 0, low, high)
    numbers[c.PERSON_EFFECT, i] = constants.inflammation.person_sd * draws.normal(own[0])
    numbers[c.DRIFT, i] = constants.inflammation.drift_sd * draws.normal(own[1])
    if entry == 0 and sample.shape[0] > 0:
        row = cell_at(sample_cumulative, draws.uniform(who[2]))
        take_from_sample(
            numbers, integers, i, constants, sample[row], habit[3], body[2], body[3]
        )
    complete(numbers, integers, i, constants, year, slot, entry, low, high)


@stage
def complete(numbers, integers, i, constants, year, slot, entry, low, high):
    """Derive the rest of a new person from who they are."""
    cell, sex, deprivation = integers[c.CELL, i], integers[c.SEX, i], integers[c.DEPRIVATION, i]
    numbers[c.BMI, i] = body_mass_index(constants.body, cell, deprivation, numbers[c.BMI_SCORE, i])
    numbers[c.SMOKER, i] = is_smoker(constants.body, cell, deprivation, numbers[c.SMOKING_SCORE, i])
    latent = activity.latent_habit(
        habit_tendency(constants.activity, cell, deprivation, numbers[c.BMI_SCORE, i]),
        constants.activity.residual_sd[sex],
        numbers[c.FOR_LIFE, i],
        numbers[c.SLOW, i],
        constants.activity.for_life_share,
        constants.activity.slow_share,
    )
    habitual, reported = doses_at(constants.activity, sex, latent, numbers[c.OCCASION, i])
    numbers[c.HABIT_DOSE, i] = habitual
    numbers[c.REPORTED_DOSE, i] = reported
    draw_modes(numbers, i, constants.activity, cell, sex, slot, entry, low, high)
    draw_diseases(numbers, integers, i, constants.disease, year, slot, entry, low, high)
    numbers[c.NOBODY, i] = ZERO
    settle(numbers, integers, i, constants.activity, constants.inflammation)
    draw_clocks(numbers, integers, i, slot, entry, low, high)
    for k in range(c.N_DISEASES):
        integers[c.EVENTS + k, i] = 0
    integers[c.CAUSE, i] = -1
    integers[c.CROSSED, i] = 0
    integers[c.DIVERGED, i] = 0
    integers[c.OFFERED, i] = 0
    integers[c.REACHED, i] = 0
    integers[c.FRESH, i] = 1 if entry > 0 else 0


@stage
def take_from_sample(numbers, integers, i, constants, row, habit_word, body_word, place_word):
    """Overwrite a new person with what a survey row knows; -1 leaves what was drawn.

    Columns: age, sex, deprivation, BMI, smoker, reported dose. A reported dose is turned into a
    habit by the posterior of the habit given the report; a smoker's standing is drawn within the
    smokers of like age, sex and deprivation.
    """
    habits, body = constants.activity, constants.body
    if row[0] >= ZERO:
        integers[c.AGE, i] = int(row[0])
    if row[1] >= ZERO:
        integers[c.SEX, i] = int(row[1])
    if row[2] >= ZERO:
        integers[c.DEPRIVATION, i] = int(row[2])
    sex, deprivation = integers[c.SEX, i], integers[c.DEPRIVATION, i]
    cell = sex * c.N_AGES + integers[c.AGE, i] - c.YOUNGEST
    integers[c.CELL, i] = cell
    if row[3] >= ZERO:
        mean = body.bmi_log_mean[cell * 5 + deprivation - 1]
        numbers[c.BMI_SCORE, i] = (log(row[3]) - mean) / body.bmi_log_sd[cell]
    if row[4] >= ZERO:
        share = body.smoking_share[cell * 5 + deprivation - 1]
        within = draws.uniform(body_word)
        numbers[c.SMOKING_SCORE, i] = (
            share * within if row[4] > ZERO else share + (ONE - share) * within
        )
    if row[5] >= ZERO:
        tendency = habit_tendency(habits, cell, deprivation, numbers[c.BMI_SCORE, i])
        place_report(
            numbers, i, habits, sex, tendency, row[5], draws.normal(habit_word),
            draws.uniform(place_word),
        )  # fmt: skip


@stage
def place_report(numbers, i, habits, sex, tendency, reported, normal, within):
    """Set habit and occasion such that the survey would hear of exactly this dose."""
    score = activity.latent_of_dose(
        reported, habits.zero_share[sex], habits.low_ceiling, habits.median[sex], habits.log_sd,
        within,
    )  # fmt: skip
    latent = activity.habit_given_report(
        score, tendency, habits.residual_sd[sex], habits.occasion_share, normal
    )
    own = (latent - tendency) / habits.residual_sd[sex]
    total = habits.for_life_share + habits.slow_share
    for_life, slow = activity.split_habit(
        own, habits.for_life_share / total, numbers[c.SLOW, i]
    )
    numbers[c.FOR_LIFE, i] = for_life
    numbers[c.SLOW, i] = slow
    numbers[c.OCCASION, i] = activity.occasion_of(score, latent, habits.occasion_share)
