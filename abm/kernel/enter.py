"""A person enters the model: at the start of the run, or at 20 years of age in a later January."""

import numpy as np

from abm import columns as c
from abm import draws
from abm.arithmetic import exp
from abm.compiled import stage
from abm.kernel.respondents import take_from_sample
from abm.kernel.traits import (
    ONE,
    ZERO,
    body_mass_index,
    diabetes_ratio_at_dose,
    doses_at,
    habit_tendency,
    is_smoker,
    mix_quality,
    set_point_of,
    spikes_of,
    start_log_ratio,
)
from abm.rules import activity, disease, mortality

SINGLE = np.float32
MOST_ATTEMPTS = 200


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
    to_date = constants.diabetes_to_date[year, cell]
    met = to_date * diabetes_ratio_at_dose(constants, dose)
    numbers[c.DIABETES_TO_DATE, i] = to_date
    numbers[c.DIABETES_MET, i] = met
    expected = disease.expected_diabetes_share(met)
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
def draw_traits(numbers, integers, i, constants, slot, entry, attempt, low, high):
    """Draw what a person carries: fifth, habit, standings of BMI and smoking, own IL-6."""
    who = draws.philox(slot, entry, draws.WHO, attempt, low, high)
    integers[c.DEPRIVATION, i] = 1 + int(draws.uniform(who[1]) * SINGLE(5.0))
    habit = draws.philox(slot, entry, draws.HABIT, attempt, low, high)
    numbers[c.FOR_LIFE, i] = draws.normal(habit[0])
    numbers[c.SLOW, i] = draws.normal(habit[1])
    numbers[c.OCCASION, i] = draws.normal(habit[2])
    body = draws.philox(slot, entry, draws.BODY, attempt, low, high)
    numbers[c.BMI_SCORE, i] = draws.normal(body[0])
    numbers[c.SMOKING_SCORE, i] = draws.uniform(body[1])
    own = draws.philox(slot, entry, draws.INFLAMMATION, attempt, low, high)
    numbers[c.PERSON_EFFECT, i] = constants.inflammation.person_sd * draws.normal(own[0])
    numbers[c.DRIFT, i] = constants.inflammation.drift_sd * draws.normal(own[1])


@stage
def show_traits(numbers, integers, i, constants):
    """Set BMI, smoking and dose from what a person carries, at their age."""
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


@stage
def lived_so_far(numbers, integers, i, constants, uniform):
    """Return whether someone with these traits would have lived from 20 to their age."""
    risks, cell = constants.disease, integers[c.CELL, i]
    log_ratio = start_log_ratio(
        risks, c.OTHER, cell, integers[c.SEX, i], integers[c.DEPRIVATION, i],
        numbers[c.PERSON_EFFECT, i], numbers[c.BMI, i], numbers[c.SMOKER, i],
        numbers[c.HABIT_DOSE, i],
    )  # fmt: skip
    return mortality.survives(uniform, exp(log_ratio), risks.death_to_date[cell])


@stage
def enter(numbers, integers, i, constants, sample, sample_cumulative, year, slot, entry, low, high):
    """Write a new person into row ``i``; every draw is addressed by slot and year of entry.

    Traits are drawn as they are at 20 and kept if their bearer would have lived to the person's
    age; otherwise drawn anew. So the old are those whom death has left. Respondents of a survey
    are alive by definition.
    """
    who = draws.philox(slot, entry, draws.WHO, 0, low, high)
    if entry == 0:
        cell = cell_at(constants.age_sex_share, draws.uniform(who[0]))
    else:
        male = draws.uniform(who[0]) < constants.entrant_male_share
        cell = 0 if male else c.N_AGES
    integers[c.SLOT, i] = slot
    integers[c.ENTRY, i] = entry
    integers[c.SEX, i] = cell // c.N_AGES
    integers[c.CELL, i] = cell
    integers[c.AGE, i] = c.YOUNGEST + cell % c.N_AGES
    if entry == 0 and sample.shape[0] > 0:
        draw_traits(numbers, integers, i, constants, slot, entry, 0, low, high)
        row = cell_at(sample_cumulative, draws.uniform(who[2]))
        habit = draws.philox(slot, entry, draws.HABIT, 0, low, high)
        body = draws.philox(slot, entry, draws.BODY, 0, low, high)
        take_from_sample(
            numbers, integers, i, constants, sample[row], habit[3], body[2], body[3]
        )
        show_traits(numbers, integers, i, constants)
    else:
        for attempt in range(MOST_ATTEMPTS):
            draw_traits(numbers, integers, i, constants, slot, entry, attempt, low, high)
            show_traits(numbers, integers, i, constants)
            chance = draws.philox(slot, entry, draws.WHO, attempt, low, high)[3]
            if lived_so_far(numbers, integers, i, constants, draws.uniform(chance)):
                break
    complete(numbers, integers, i, constants, year, slot, entry, low, high)


@stage
def complete(numbers, integers, i, constants, year, slot, entry, low, high):
    """Derive the rest of a new person from who they are."""
    cell, sex = integers[c.CELL, i], integers[c.SEX, i]
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
