"""Classes of people as different as the evidence says: body, smoking and habit.

A class is a kind of person: a quintile of deprivation, standings in BMI and in smoking, a habit and
its drift, IL-6 and its drift. Classes are the points of a Sobol sequence, the same for every age
and sex, so nothing here is random. Arrays have shape ``(sexes, ages, classes)`` unless said.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from tests.projection.inputs import (
    AGE,
    SEXES,
    Table,
    by_sex,
    figure,
    over_age,
    remembered,
    start_population,
)

CLASSES = 1024  # four times as many move no cell by more than .7 %, few by .2 %
YEARS = 5  # whose drift of habit and IL-6 is part of a class


@dataclass(frozen=True)
class Kinds:
    """Who the classes are, shape (classes,); what drifts has shape (years, classes)."""

    quintile: Table  # of deprivation, 1 most deprived
    bmi_score: Table
    smoking_score: Table  # those below the share of smokers smoke
    habit: Table  # standard normal
    lasting_il6: Table
    drifting_il6: Table


def _drifting(innovations: Table, time_constant: float) -> Table:
    """Return a stationary Ornstein-Uhlenbeck process year by year from standard normals."""
    keep = np.exp(-1.0 / time_constant)
    path = [innovations[0]]
    for step in innovations[1:]:
        path.append(keep * path[-1] + np.sqrt(1.0 - keep**2) * step)
    return np.array(path)


@remembered
def kinds() -> Kinds:
    """Return the classes."""
    points = qmc.Sobol(5 + 2 * YEARS, scramble=False).random(CLASSES) + 0.5 / CLASSES
    uniform, normal = points.T, ndtri(points.T)
    lasting, slow = (figure(f"activity.habit_share.{part}") for part in ("permanent", "slow"))
    slow_habit = _drifting(normal[5 : 5 + YEARS], figure("activity.slow_time_constant_years"))
    drift = _drifting(normal[5 + YEARS :], figure("il6.drift_time_constant_years"))
    habit = np.sqrt(lasting) * normal[3] + np.sqrt(slow) * slow_habit
    return Kinds(
        np.floor(5.0 * uniform[0]) + 1.0, normal[1], uniform[2], habit / np.sqrt(lasting + slow),
        figure("il6.person_sd") * normal[4], figure("il6.drift_sd") * drift,
    )  # fmt: skip


# Body, smoking and habit


@remembered
def body_mass_index() -> Table:
    """Return BMI [kg/m2] by standing."""
    spread = np.sqrt(np.log1p(by_sex("people.bmi_cv") ** 2))[..., None]
    step = by_sex("people.bmi_per_deprivation_fifth")[..., None]
    mean = by_sex("people.bmi_mean")[..., None] + step * (3.0 - kinds().quintile)
    return np.exp(np.log(mean) - spread**2 / 2.0 + spread * kinds().bmi_score)


@remembered
def published_smoking() -> Table:
    """Return the share who smoke by sex, age and quintile, shape (sexes, ages, 5)."""
    quintiles = np.array([figure(f"people.smoking_deprivation_factor.{d}") for d in range(1, 6)])
    sexes = np.array([figure(f"people.smoking_sex_factor.{sex}") for sex in SEXES])
    return sexes[:, None, None] * over_age("people.smoking_share_by_age")[:, None] * quintiles


def _gap_in_bmi_score(s: int) -> float:
    """Return the SDs of BMI between the obese and those of normal weight."""
    bmi, people = body_mass_index()[s], start_population()[s][:, None]
    score = np.broadcast_to(kinds().bmi_score, bmi.shape)
    low, high = (figure(f"activity.weight_group_bound.{each}") for each in ("overweight", "obese"))
    obese, normal = people * (bmi >= high), people * (bmi < low)
    return float(np.average(score, weights=obese) - np.average(score, weights=normal))


@remembered
def expected_habit(s: int) -> tuple[Table, float, float, float]:
    """Return what habits of a sex depend on: age, quintile, score of BMI, and a person's own."""
    report = np.sqrt(1.0 - figure("activity.habit_share.occasion"))
    by_age = ndtri(over_age("activity.meets_guideline_share_by_age")) / report
    root = "activity.meets_guideline_share_by"
    most, least = (ndtri(figure(f"{root}_deprivation.{end}")) for end in ("most", "least"))
    place = (least - most) / 4.0 / report
    differences = [
        ndtri(figure(f"{root}_bmi.{sex}.obese")) - ndtri(figure(f"{root}_bmi.{sex}.normal"))
        for sex in SEXES
    ]
    gaps = [_gap_in_bmi_score(s) for s in range(len(SEXES))]
    weight = np.mean(np.divide(differences, gaps)) / report
    people = start_population()[s]
    mean = np.average(by_age, weights=people)
    spread = np.average((by_age - mean) ** 2, weights=people)
    own = np.sqrt(1.0 - spread - 2.0 * place**2 - weight**2)
    return by_age - mean, float(place), float(weight), float(own)


@remembered
def habit_score(year: int) -> Table:
    """Return where the habits of a year place people in the population of their sex."""
    score = np.empty((2, len(AGE), CLASSES))
    for s in range(len(SEXES)):
        by_age, place, weight, own = expected_habit(s)
        score[s] = by_age[:, None] + place * (kinds().quintile - 3.0)
        score[s] += weight * kinds().bmi_score + own * kinds().habit[year]
    return score


@remembered
def dose(year: int) -> Table:
    """Return the habitual dose [MET-hours per week] of a year."""
    return np.array([dose_at(s, habit_score(year)[s]) for s in range(len(SEXES))])


def dose_at(s: int, score: Table) -> Table:
    """Return the dose [MET-hours per week] at scores among people of a sex."""
    share, none = ndtr(score), figure(f"activity.zero_share.{SEXES[s]}")
    above = np.clip((share - none) / (1.0 - none), 1e-12, 1.0 - 1e-12)
    median, spread = figure(f"activity.median_dose.{SEXES[s]}"), figure("activity.dose_log_sd")
    active = median * np.exp(spread * ndtri(above))
    little = figure("activity.low_dose_ceiling") * share / none
    return np.minimum(np.where(share < none, little, active), figure("activity.maximum_dose"))
