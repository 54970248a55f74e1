"""People enter the model: at the start of the run, or at 20 years of age in a later January.

Every stage works on the rows from ``first`` up to, not including, ``last``. People who have to be
drawn again go through the same stages one by one.
"""

import numpy as np

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, rows, sequence, stage
from abm.kernel.first_illness import draw_diseases, draw_years_ill
from abm.kernel.january import (
    keep_standing,
    take_habit,
    take_habits,
    take_multiplier,
)
from abm.kernel.survey_answers import take_from_sample
from abm.kernel.traits import (
    ONE,
    ZERO,
    copy,
    start_death_ratio,
)
from abm.rules import mortality

SINGLE = np.float32
FIRST_ATTEMPT = np.int64(0)
MOST_ATTEMPTS = 200


@inlined
def cell_at(cumulative, share):
    """Return the first cell whose cumulative share exceeds ``share`` (bisection)."""
    last = cumulative.size - 1
    cell = 0
    for step in (128, 64, 32, 16, 8, 4, 2, 1):
        probe = min(cell + step, last)
        cell = probe if cumulative[probe - 1] <= share else cell
    return cell


@stage
def draw_who(slot, entry, cumulative, male_share, seed, cell, sex, age, first, last):
    """Draw age and sex: of the start population, or of newcomers of 20."""
    keep_apart()
    for i in rows(first, last):
        word = draws.philox(slot[i], entry[i], draws.WHO, 0, seed[0], seed[1])[0]
        share = draws.uniform(word)
        young = 0 if share < male_share else c.N_AGES
        found = cell_at(cumulative, share) if entry[i] == 0 else young
        woman = found >= c.N_AGES
        cell[i] = found
        sex[i] = np.int32(1) if woman else np.int32(0)
        age[i] = c.YOUNGEST + found - (c.N_AGES if woman else 0)


@stage
def draw_traits(
    slot, entry, attempt, seed, inflammation, deprivation, for_life, slow, occasion, bmi_score,
    smoking_score, person, drift, chance, first, last,
):  # fmt: skip
    """Draw what a person carries: fifth, habit, standings of BMI and smoking, own IL-6.

    ``chance`` decides whether the bearer would have lived.
    """
    keep_apart()
    for i in rows(first, last):
        who = draws.philox(slot[i], entry[i], draws.WHO, attempt, seed[0], seed[1])
        deprivation[i] = np.int32(1) + np.int32(draws.uniform(who[1]) * SINGLE(5.0))
        chance[i] = draws.uniform(who[3])
        habit = draws.philox(slot[i], entry[i], draws.HABIT, attempt, seed[0], seed[1])
        for_life[i] = draws.normal(habit[0])
        slow[i] = draws.normal(habit[1])
        occasion[i] = draws.normal(habit[2])
        body = draws.philox(slot[i], entry[i], draws.BODY, attempt, seed[0], seed[1])
        bmi_score[i] = draws.normal(body[0])
        smoking_score[i] = draws.uniform(body[1])
        own = draws.philox(slot[i], entry[i], draws.INFLAMMATION, attempt, seed[0], seed[1])
        person[i] = inflammation.person_sd * draws.normal(own[0])
        drift[i] = inflammation.drift_sd * draws.normal(own[1])


@stage
def survive_to_age(risks, cell, sex, deprivation, person, bmi, smoker, dose, chance, lived, first,
                last):  # fmt: skip
    """Set whether someone with these traits would have lived from 20 to their age."""
    keep_apart()
    for i in rows(first, last):
        met = ZERO
        for place in range(c.N_DEATH_CLOCKS):
            ratio = start_death_ratio(
                risks, c.N_DISEASES + place, cell[i], sex[i], deprivation[i], person[i], bmi[i],
                smoker[i], dose[i],
            )  # fmt: skip
            met += ratio * risks.death_to_date[place, cell[i]]
        lived[i] = ONE if mortality.survives(chance[i], met) else ZERO


@stage
def draw_gamma(slot, entry, mode, alpha, cell, seed, share, first, last):
    """Set each person's gamma draw of a mode; -1 where the first attempt is refused."""
    keep_apart()
    for i in rows(first, last):
        words = draws.philox(slot[i], entry[i], draws.MODES, (mode + 1) * 16, seed[0], seed[1])
        value = draws.gamma_attempt(
            alpha[cell[i] * 4 + mode], draws.normal(words[0]), draws.uniform(words[1]),
            draws.uniform(words[2]),
        )  # fmt: skip
        share[i] = value


@stage
def share_out(slot, entry, sex, men, women, seed, moderate, vigorous, resistance, endurance,
              first, last):  # fmt: skip
    """Turn gamma draws into shares of the dose; resistance only for those who do any."""
    keep_apart()
    for i in rows(first, last):
        words = draws.philox(slot[i], entry[i], draws.MODES, 0, seed[0], seed[1])
        takes_part = draws.uniform(words[0]) <= (men if sex[i] == c.MALE else women)
        lifting = resistance[i] if takes_part else ZERO
        total = moderate[i] + vigorous[i] + lifting + endurance[i]
        moderate[i] = moderate[i] / total
        vigorous[i] = vigorous[i] / total
        resistance[i] = lifting / total
        endurance[i] = endurance[i] / total


@sequence
def draw_modes(numbers, integers, habits, seed, first, last):
    """Draw the shares of the four modes (Dirichlet)."""
    slot, entry, cell = integers[c.SLOT], integers[c.ENTRY], integers[c.CELL]
    for mode in range(4):
        share = numbers[c.MODE_SHARE + mode]
        draw_gamma(slot, entry, mode, habits.mode_alpha, cell, seed, share, first, last)
        for i in range(first, last):
            if share[i] < ZERO:
                share[i] = draws.gamma(
                    habits.mode_alpha[cell[i] * 4 + mode], slot[i], entry[i], draws.MODES,
                    mode + 1, seed[0], seed[1],
                )  # fmt: skip
    modes = numbers[c.MODE_SHARE : c.MODE_SHARE + 4]
    share_out(
        slot, entry, integers[c.SEX], habits.resistance_share[c.MALE],
        habits.resistance_share[c.FEMALE], seed, modes[0], modes[1], modes[2], modes[3],
        first, last,
    )  # fmt: skip


@stage
def draw_tolerances(slot, entry, purpose, seed, ill, tolerance, first, last):
    """Draw a clock's tolerance: that of an onset, or of a remission for those who are ill."""
    keep_apart()
    for i in rows(first, last):
        words = draws.philox(slot[i], entry[i], purpose, 0, seed[0], seed[1])
        tolerance[i] = draws.exponential(words[1] if ill[i] > ZERO else words[0])


@sequence
def draw_clocks(numbers, integers, seed, first, last):
    """Start all clocks at 0 with new tolerances."""
    slot, entry = integers[c.SLOT], integers[c.ENTRY]
    for k in range(c.N_CLOCKS):
        ill = numbers[c.ILL + k] if k < c.N_DISEASES else numbers[c.NOTHING]
        draw_tolerances(
            slot, entry, c.CLOCK_DRAW[k], seed, ill, numbers[c.TOLERANCE + k], first, last
        )
        numbers[c.ACCUMULATED + k, first:last] = ZERO
    for k in range(c.N_DISEASES):
        integers[c.EPISODE + k, first:last] = 0


@sequence
def settle(numbers, constants, first, last):
    """Set what a steady habit has led to: training, averages, and nothing from policies."""
    dose = numbers[c.HABIT_DOSE]
    take_multiplier(
        constants.inflammation, numbers[c.BMI], numbers[c.ILL + c.DIABETES],
        numbers[c.MULTIPLIER], first, last,
    )  # fmt: skip
    take_habits(numbers, constants, first, last)
    copy(numbers[c.SET_POINT], numbers[c.TRAINING], first, last)
    for lag in range(c.N_LAGS):
        copy(dose, numbers[c.AVERAGE + lag], first, last)
    numbers[c.POLICY_DOSE, first:last] = ZERO
    numbers[c.LOG_RATIO, first:last] = ZERO


@sequence
def show_traits(numbers, integers, constants, first, last):
    """Set BMI, smoking and dose from what people carry, at their age."""
    keep_standing(
        constants.body, integers[c.CELL], integers[c.DEPRIVATION], numbers[c.BMI_SCORE],
        numbers[c.SMOKING_SCORE], numbers[c.BMI], numbers[c.SMOKER], first, last,
    )  # fmt: skip
    take_habit(
        constants.activity, integers[c.CELL], integers[c.SEX], integers[c.DEPRIVATION],
        numbers[c.BMI_SCORE], numbers[c.FOR_LIFE], numbers[c.SLOW], numbers[c.OCCASION],
        numbers[c.HABIT_DOSE], numbers[c.REPORTED_DOSE], first, last,
    )  # fmt: skip


@sequence
def draw_people(numbers, integers, constants, attempt, seed, first, last):
    """Draw traits, show them, and set whether their bearers would have lived (scratch 0)."""
    chance, lived = numbers[c.SCRATCH + 1], numbers[c.SCRATCH]
    draw_traits(
        integers[c.SLOT], integers[c.ENTRY], attempt, seed, constants.inflammation,
        integers[c.DEPRIVATION], numbers[c.FOR_LIFE], numbers[c.SLOW], numbers[c.OCCASION],
        numbers[c.BMI_SCORE], numbers[c.SMOKING_SCORE], numbers[c.PERSON_EFFECT],
        numbers[c.DRIFT], chance, first, last,
    )  # fmt: skip
    show_traits(numbers, integers, constants, first, last)
    survive_to_age(
        constants.disease, integers[c.CELL], integers[c.SEX], integers[c.DEPRIVATION],
        numbers[c.PERSON_EFFECT], numbers[c.BMI], numbers[c.SMOKER], numbers[c.HABIT_DOSE],
        chance, lived, first, last,
    )  # fmt: skip


@sequence
def take_respondents(numbers, integers, given, first, last):
    """Give each row a respondent of the survey, drawn by weight, and draw the rest to fit."""
    constants, seed = given.constants[0], given.seed
    for i in range(first, last):
        slot, entry = integers[c.SLOT, i], integers[c.ENTRY, i]
        who = draws.philox(slot, entry, draws.WHO, 0, seed[0], seed[1])
        habit = draws.philox(slot, entry, draws.HABIT, 0, seed[0], seed[1])
        body = draws.philox(slot, entry, draws.BODY, 0, seed[0], seed[1])
        row = np.searchsorted(given.sample_cumulative, draws.uniform(who[2]), "right")
        take_from_sample(
            numbers, integers, i, constants, given.sample[min(row, len(given.sample) - 1)],
            habit[3], body[2], body[3],
        )  # fmt: skip
    show_traits(numbers, integers, constants, first, last)


@sequence
def enter(numbers, integers, given, year, first, last, filled):
    """Write new people into rows whose slot and year of entry are known.

    Traits are drawn as they are at 20 and kept if their bearer would have lived to the person's
    age; otherwise drawn anew. So the old are those whom death has left. Respondents of a survey
    are alive by definition. Rows from ``last`` to ``filled`` only fill a vector up.
    """
    constants, seed = given.constants[0], given.seed
    integers[c.AGE, first:filled] = c.YOUNGEST
    draw_who(
        integers[c.SLOT], integers[c.ENTRY], constants.age_sex_share,
        constants.entrant_male_share, seed, integers[c.CELL], integers[c.SEX],
        integers[c.AGE], first, filled,
    )  # fmt: skip
    draw_people(numbers, integers, constants, FIRST_ATTEMPT, seed, first, filled)
    if year == 0 and given.sample.shape[0] > 0:
        take_respondents(numbers, integers, given, first, last)
    else:
        for i in range(first, last):
            for attempt in range(1, MOST_ATTEMPTS):
                if numbers[c.SCRATCH, i] > ZERO:
                    break
                draw_people(numbers, integers, constants, attempt, seed, i, i + 1)
    complete(numbers, integers, given, year, first, filled)


@sequence
def complete(numbers, integers, given, year, first, last):
    """Derive the rest of new people from who they are."""
    constants, seed = given.constants[0], given.seed
    for column in (c.NOTHING, c.CHANCE_NOW, c.MET_NOW, c.SURVIVAL_OF_STEP, c.LIVED):
        numbers[column, first:last] = ZERO
    numbers[c.SPENT_HAZARD : c.SPENT_HAZARD + c.N_DISEASES, first:last] = ZERO
    numbers[c.SPENT_ON_EPISODES, first:last] = ZERO
    draw_modes(numbers, integers, constants.activity, seed, first, last)
    draw_diseases(
        numbers, integers, constants.disease, given.diabetes_to_date[year], seed, first, last
    )
    settle(numbers, constants, first, last)
    draw_clocks(numbers, integers, seed, first, last)
    began = SINGLE(year) - constants.economics.ill_before
    for k in range(c.N_DISEASES):
        integers[c.EVENTS + k, first:last] = 0
        numbers[c.BEGAN + k, first:last] = began
    for place in range(len(c.BY_YEARS_ILL)):
        draw_years_ill(
            constants.disease, place, integers[c.SLOT], integers[c.ENTRY], seed, integers[c.CELL],
            numbers[c.BEGAN + c.BY_YEARS_ILL[place]], SINGLE(year), first, last,
        )  # fmt: skip
    integers[c.CAUSE, first:last] = -1
    for column in (c.CROSSED, c.DIVERGED, c.OFFERED, c.REACHED, c.ROLE):
        integers[column, first:last] = 0
    integers[c.FRESH, first:last] = 1 if year > 0 else 0
