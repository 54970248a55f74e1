"""Tables of the population model by sex and age: habits, BMI and smoking.

Everything here follows from evidence entries in closed form; shapes are ``(2, N_AGES)`` unless
said. The population model is what calibration integrates over and what people are drawn from.
"""

from dataclasses import dataclass
from math import erfc
from statistics import NormalDist
from typing import Final

import numpy as np

from abm.evidence.parameters import Parameters
from abm.kernel.layout import N_AGES
from abm.modes import MODES
from abm.places.country import Table, at_every_age, population

STANDARD = NormalDist()
# Shares and a variance that no evidence may pass; calibration tells where one would.
MOST_SMOKERS, LEAST_MODERATE, LEAST_VARIANCE_LEFT = 0.95, 0.05, 0.05

# Evidence entries of men and of women, in the order of all arrays by sex.
BMI_MEAN: Final = ("people.bmi_mean.male", "people.bmi_mean.female")
BMI_CV: Final = ("people.bmi_cv.male", "people.bmi_cv.female")
BMI_PER_FIFTH: Final = (
    "people.bmi_per_deprivation_fifth.male",
    "people.bmi_per_deprivation_fifth.female",
)
MEETS_GUIDELINE_OBESE: Final = (
    "activity.meets_guideline_share_by_bmi.male.obese",
    "activity.meets_guideline_share_by_bmi.female.obese",
)
MEETS_GUIDELINE_NORMAL: Final = (
    "activity.meets_guideline_share_by_bmi.male.normal",
    "activity.meets_guideline_share_by_bmi.female.normal",
)
SMOKING_BY_SEX: Final = ("people.smoking_sex_factor.male", "people.smoking_sex_factor.female")
# From the most to the least deprived.
SMOKING_BY_FIFTH: Final = (
    "people.smoking_deprivation_factor.1",
    "people.smoking_deprivation_factor.2",
    "people.smoking_deprivation_factor.3",
    "people.smoking_deprivation_factor.4",
    "people.smoking_deprivation_factor.5",
)


@dataclass(frozen=True)
class HabitModel:
    """How the latent habit depends on who a person is.

    ``tendency`` (2, ages), ``deprivation`` per fifth towards the least deprived, ``bmi`` per SD of
    BMI, ``residual_sd`` (2,): together of unit variance in the population of each sex.
    ``variance_left`` (2,) is what the rest leaves for the residual, which has a least one.
    """

    tendency: Table
    deprivation: float
    bmi: float
    residual_sd: Table
    variance_left: Table


def _bmi_score_gaps(parameters: Parameters) -> Table:
    """Return how far the mean BMI scores of the obese and of those of normal weight lie apart.

    In SDs among people of like age and deprivation, by sex, shape (2,).
    """
    means, spreads = bmi_tables(parameters)
    bounds = ("activity.weight_group_bound.overweight", "activity.weight_group_bound.obese")
    low, high = ((np.log(parameters[bound]) - means) / spreads[..., None] for bound in bounds)
    people = population(parameters.place)[..., None]
    complement = np.vectorize(erfc)

    def share(score: Table) -> Table:
        return np.asarray(complement(-score / np.sqrt(2.0)) / 2.0)

    def density(score: Table) -> Table:
        return np.asarray(np.exp(-(score**2) / 2.0) / np.sqrt(2.0 * np.pi))

    def mean(density_beyond: Table, share_beyond: Table) -> Table:
        return (people * density_beyond).sum((1, 2)) / (people * share_beyond).sum((1, 2))

    return mean(density(high), 1.0 - share(high)) + mean(density(low), share(low))


def habit_model(parameters: Parameters) -> HabitModel:
    """Return the habit model that reproduces the surveyed shares meeting the guideline.

    Shares are turned into scores of the reported dose and divided by the correlation of habit and
    report, so that the report shows the published gradients.
    """
    score = STANDARD.inv_cdf
    correlation = np.sqrt(1.0 - parameters["activity.habit_share.occasion"])
    shares = at_every_age(parameters["activity.meets_guideline_share_by_age"])
    by_age = np.array([score(share) for share in shares]) / correlation
    least = parameters["activity.meets_guideline_share_by_deprivation.least"]
    most = parameters["activity.meets_guideline_share_by_deprivation.most"]
    deprivation = (score(least) - score(most)) / 4.0 / correlation
    falls = [
        score(parameters[obese]) - score(parameters[normal])
        for obese, normal in zip(MEETS_GUIDELINE_OBESE, MEETS_GUIDELINE_NORMAL, strict=True)
    ]
    bmi = float(np.mean(falls / _bmi_score_gaps(parameters))) / correlation
    people = population(parameters.place)
    tendency = np.empty((2, N_AGES))
    left = np.empty(2)
    for s in range(2):
        mean = np.average(by_age, weights=people[s])
        tendency[s] = by_age - mean
        spread = np.average((by_age - mean) ** 2, weights=people[s])
        left[s] = 1.0 - spread - 2.0 * deprivation**2 - bmi**2
    residual = np.sqrt(np.maximum(left, LEAST_VARIANCE_LEFT))
    return HabitModel(tendency, float(deprivation), bmi, residual, left)


def bmi_tables(parameters: Parameters) -> tuple[Table, Table]:
    """Return the mean of ln BMI, shape (2, ages, 5), and its SD, shape (2, ages)."""
    means, spreads = np.empty((2, N_AGES, 5)), np.empty((2, N_AGES))
    for s in range(2):
        mean = at_every_age(parameters[BMI_MEAN[s]])
        cv = at_every_age(parameters[BMI_CV[s]])
        spreads[s] = np.sqrt(np.log1p(cv**2))
        step = parameters[BMI_PER_FIFTH[s]]
        for fifth in range(5):
            local = mean + step * (2 - fifth)
            means[s, :, fifth] = np.log(local) - spreads[s] ** 2 / 2.0
    return means, spreads


def smoking_table(parameters: Parameters) -> Table:
    """Return the share who smoke, shape (2, ages, 5)."""
    return np.minimum(smoking_asked(parameters), MOST_SMOKERS)


def smoking_asked(parameters: Parameters) -> Table:
    """Return the share who would smoke by the evidence, however large, shape (2, ages, 5)."""
    by_age = at_every_age(parameters["people.smoking_share_by_age"])
    fifths = np.array([parameters[path] for path in SMOKING_BY_FIFTH])
    sexes = np.array([parameters[path] for path in SMOKING_BY_SEX])
    asked: Table = sexes[:, None, None] * by_age[None, :, None] * fifths
    return asked


def mode_weights(parameters: Parameters) -> Table:
    """Return the Dirichlet weights of the four modes, shape (2, ages, 4).

    Vigorous and endurance exercise together take the share of their age, in their usual
    proportion; moderate activity takes what is left beside resistance exercise.
    """
    shares = mode_shares_asked(parameters)
    shares[..., 0] = np.maximum(shares[..., 0], LEAST_MODERATE)
    return np.maximum(parameters["activity.mode_concentration"] * shares, 0.02)


def mode_shares_asked(parameters: Parameters) -> Table:
    """Return the mean share of each mode, shape (2, ages, 4); what is left may be below zero."""
    _, vigorous, resistance, endurance = (parameters[mode.share] for mode in MODES)
    hard = vigorous + endurance
    by_age = at_every_age(parameters["activity.vigorous_and_endurance_share_by_age"])
    shares = np.empty((2, N_AGES, 4))
    shares[..., 1] = by_age * vigorous / max(hard, 1e-9)
    shares[..., 2] = resistance
    shares[..., 3] = by_age * endurance / max(hard, 1e-9)
    shares[..., 0] = 1.0 - shares[..., 1:].sum(axis=-1)
    return shares
