"""A survey's respondents enter the model: what they said stands, the rest is drawn to fit."""

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.compiled import stage
from abm.kernel.traits import ONE, ZERO, habit_tendency
from abm.rules import activity
from abm.rules.arithmetic import log


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
    for_life, slow = activity.split_habit(own, habits.for_life_share / total, numbers[c.SLOW, i])
    numbers[c.FOR_LIFE, i] = for_life
    numbers[c.SLOW, i] = slow
    numbers[c.OCCASION, i] = activity.occasion_of(score, latent, habits.occasion_share)
