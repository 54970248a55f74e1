"""Classes of people as different as the evidence says: who they are, and what that does to risk.

A class is a kind of person: a fifth of deprivation, standings in BMI and in smoking, a habit and
its drift, IL-6 and its drift. Classes are the points of a Sobol sequence, the same for every age
and sex, so nothing here is random. Written apart from the model, from the evidence files alone.

Arrays have shape ``(sexes, ages, classes)`` unless said.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from tests.projection import AGE, DISEASES, SEXES, figure, over_age, rows, start_population

CLASSES = 1024  # four times as many move no cell by more than .7 %, few by .2 %
YEARS = 5  # whose drift of habit and IL-6 is part of a class
CLOCKS = (*DISEASES, "other")
LAG = {
    "colon_cancer": "disease.lag_years.cancer", "breast_cancer": "disease.lag_years.cancer",
    "depression": "disease.lag_years.depression", "other": "mortality.lag_years",
}  # fmt: skip

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Kinds:
    """Who the classes are, shape (classes,); what drifts has shape (years, classes)."""

    fifth: Table  # 1 most deprived
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


@cache
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


def by_sex(path: str) -> Table:
    """Return an entry by sex and age; entries that do not tell the sexes apart hold for both."""
    try:
        return np.array([over_age(f"{path}.{sex}") for sex in SEXES])
    except KeyError:
        return np.array([over_age(path)] * 2)


# Body, smoking and habit


@cache
def body_mass_index() -> Table:
    """Return BMI [kg/m2] by standing."""
    spread = np.sqrt(np.log1p(by_sex("people.bmi_cv") ** 2))[..., None]
    step = by_sex("people.bmi_per_deprivation_fifth")[..., None]
    mean = by_sex("people.bmi_mean")[..., None] + step * (3.0 - kinds().fifth)
    return np.exp(np.log(mean) - spread**2 / 2.0 + spread * kinds().bmi_score)


@cache
def published_smoking() -> Table:
    """Return the share who smoke by sex, age and fifth, shape (sexes, ages, 5)."""
    fifths = np.array([figure(f"people.smoking_deprivation_factor.{d}") for d in range(1, 6)])
    sexes = np.array([figure(f"people.smoking_sex_factor.{sex}") for sex in SEXES])
    return sexes[:, None, None] * over_age("people.smoking_share_by_age")[:, None] * fifths


def _gap_in_bmi_score(s: int) -> float:
    """Return the SDs of BMI between the obese and those of normal weight."""
    bmi, people = body_mass_index()[s], start_population()[s][:, None]
    score = np.broadcast_to(kinds().bmi_score, bmi.shape)
    low, high = (figure(f"activity.weight_group_bound.{each}") for each in ("overweight", "obese"))
    obese, normal = people * (bmi >= high), people * (bmi < low)
    return float(np.average(score, weights=obese) - np.average(score, weights=normal))


@cache
def habit_score(year: int) -> Table:
    """Return where the habits of a year place people in the population of their sex."""
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
    score = np.empty((2, len(AGE), CLASSES))
    for s, people in enumerate(start_population()):
        mean = np.average(by_age, weights=people)
        spread = np.average((by_age - mean) ** 2, weights=people)
        own = np.sqrt(1.0 - spread - 2.0 * place**2 - weight**2)
        score[s] = (by_age - mean)[:, None] + place * (kinds().fifth - 3.0)
        score[s] += weight * kinds().bmi_score + own * kinds().habit[year]
    return score


@cache
def dose(year: int) -> Table:
    """Return the habitual dose [MET-hours per week] of a year."""
    share = ndtr(habit_score(year))
    found = np.empty_like(share)
    for s, sex in enumerate(SEXES):
        none = figure(f"activity.zero_share.{sex}")
        above = np.clip((share[s] - none) / (1.0 - none), 1e-12, 1.0 - 1e-12)
        median, spread = figure(f"activity.median_dose.{sex}"), figure("activity.dose_log_sd")
        active = median * np.exp(spread * ndtri(above))
        little = figure("activity.low_dose_ceiling") * share[s] / none
        found[s] = np.where(share[s] < none, little, active)
    return np.minimum(found, figure("activity.maximum_dose"))


# Log hazard ratios


@cache
def _curve(clock: str) -> tuple[Table, Table]:
    outcome = "other_death" if clock == "other" else clock
    own = [row for row in rows("activity_dose_response") if row["outcome"] == outcome]
    points = sorted((float(row["met_hours"]), np.log(float(row["relative_risk"]))) for row in own)
    doses, logs = np.array(points).T
    return doses, logs


def by_dose(clock: str, lagged: Table) -> Table:
    """Return the causal part of the log relative risk at a steady dose.

    Straight to the first published dose, monotone cubics from there, flat above the cap.
    """
    doses, logs = _curve(clock)
    held = np.minimum(lagged, figure("disease.dose_cap"))
    share = figure(f"causal_share.{'other_death' if clock == 'other' else 'diseases'}")
    straight = held * logs[1] / doses[1]
    return share * np.where(held < doses[1], straight, PchipInterpolator(doses, logs)(held))


def _path(clock: str, name: str) -> str:
    return f"mortality.{name}" if clock == "other" else f"disease.{name}.{clock}"


@cache
def by_body(clock: str) -> Table:
    """Return the log hazard ratio of BMI."""
    slope = np.log(by_sex(_path(clock, "bmi_hazard_ratio_per_5"))) / 5.0
    floor = figure("mortality.bmi_threshold") if clock == "other" else 0.0
    return slope[..., None] * (np.maximum(body_mass_index(), floor) - 25.0)


@cache
def of_smokers(clock: str) -> Table:
    """Return the log hazard ratio of smokers, shape (sexes, ages, 1)."""
    return np.log(by_sex(_path(clock, "smoking_hazard_ratio")))[..., None]


def by_place(clock: str) -> Table:
    """Return the log hazard ratio of the fifths for a disease, shape (classes,)."""
    ratio = figure(f"disease.deprivation_hazard_ratio.{clock}")
    return np.log(ratio) * (3.0 - kinds().fifth) / 4.0


def by_il6(clock: str, own: Table) -> Table:
    """Return the log hazard ratio of what sets people's IL-6 apart."""
    return figure(_path(clock, "il6_between_person_slope")) * own


def by_training(clock: str, now: Table, lagged: Table, more: Table) -> Table:
    """Return what training moves through IL-6 beyond what the lagged dose stands for.

    Training answers a new dose within months, the published effect of a dose takes years.
    ``more`` says whether somebody's training answers twice as strongly (obesity, diabetes).
    """
    depth, scale = (figure(f"il6.training.{name}") for name in ("amplitude", "dose_scale"))
    factor = np.where(more, figure("il6.training.diabetes_or_obesity_multiplier"), 1.0)
    fall = depth * (np.exp(-now / scale) - np.exp(-lagged / scale))
    return figure(_path(clock, "il6_causal_slope")) * factor * fall


def lag(clock: str) -> float:
    """Return the time constant with which a clock follows activity [years]."""
    return float(figure(LAG.get(clock, "disease.lag_years.cardiometabolic")))


def ratio(path: str) -> float:
    """Return a hazard ratio of one disease on another; 1 where the evidence has none."""
    try:
        return float(figure(path))
    except KeyError:
        return 1.0
