"""A cohort asked once: which slope its reports show of what acts on habits, and what undoes that.

People of 40 to 69 are points of a Sobol sequence, of each sex and ten-year band, whose habits drift
for ten years and act with a lag. What they report is noisy. A Poisson regression of the hazards
that they meet on the published log relative risk of the reported dose holds age, sex and, in narrow
strata, what deprivation and BMI lead one to expect.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import qmc

from abm.conditions import condition
from tests.projection.curves import log_ratio
from tests.projection.diseases import lag_of
from tests.projection.inputs import FIRST_AGE, Table, figure, remembered, start_population
from tests.projection.people import dose_at, expected_habit

BANDS = (45, 55, 65)  # middle ages
POINTS, STRATA = 2**13, 32


@dataclass(frozen=True)
class Asked:
    """People of one sex and band, in strata: doses (years, people), what they report (people,)."""

    sex: int
    number: float  # of people whom they stand for
    stratum: Table
    doses: Table
    reported: Table


@remembered
def cohort(seed: int | None = None, points: int = POINTS) -> tuple[Asked, ...]:
    """Return the cohort: evenly spread points, or chance with a seed."""
    years = int(figure("activity.dilution.cohort_years"))
    found = []
    for s in range(2):
        for middle in BANDS:
            if seed is None:
                normal = ndtri(qmc.Sobol(years + 4, scramble=False).random(points) + 0.5 / points)
            else:
                chance = np.random.default_rng([seed, s, middle])
                normal = chance.standard_normal((points, years + 4))
            found.append(_asked(s, middle, normal.T, years))
    return tuple(found)


def _asked(s: int, middle: int, normal: Table, years: int) -> Asked:
    """Return the people of one sex and band from standard normals (years + 4, people)."""
    by_age, place, weight, own = expected_habit(s)
    quintile = np.argsort(np.argsort(normal[0])) * 5 // normal.shape[1] + 1
    expected = place * (quintile - 3.0) + weight * normal[1]
    noise, lasting, slow = (
        figure(f"activity.habit_share.{part}") for part in ("occasion", "permanent", "slow")
    )
    keep = np.exp(-1.0 / figure("activity.slow_time_constant_years"))
    drift, doses, reported = normal[4], [], normal[4]
    for year in range(years):
        if year:
            drift = keep * drift + np.sqrt(1.0 - keep**2) * normal[4 + year]
        habit = np.sqrt(lasting) * normal[3] + np.sqrt(slow) * drift
        score = by_age[middle + year - FIRST_AGE] + expected
        score = score + own * habit / np.sqrt(lasting + slow)
        doses.append(dose_at(s, score))
        if not year:
            reported = dose_at(s, np.sqrt(1.0 - noise) * score + np.sqrt(noise) * normal[2])
    rank = np.argsort(np.argsort(expected))
    first = middle - 5 - FIRST_AGE
    number = start_population()[s, first : first + 10].sum()
    return Asked(s, float(number), rank * STRATA // len(rank), np.array(doses), reported)


def acting(clock: str, doses: Table) -> Table:
    """Return the published log relative risk of the lagged dose in the middle of each year."""
    lag = figure(lag_of(clock))
    average, found = doses[0], []
    for now in doses:
        found.append(log_ratio(clock, now + (average - now) * np.exp(-0.5 / lag)))
        average = now + (average - now) * np.exp(-1.0 / lag)
    return np.array(found)


def score(clock: str, people: tuple[Asked, ...], factor: float, slope: float) -> float:
    """Return the regression's score: 0 if ``slope`` is what reports show of ``factor``."""
    total = 0.0
    for each in people:
        if condition(clock).sex == "female" and each.sex == 0:
            continue
        heard = log_ratio(clock, each.reported)
        met = np.exp(factor * acting(clock, each.doses)).mean(axis=0)
        fitted = np.exp(slope * heard)
        level = np.bincount(each.stratum, met) / np.bincount(each.stratum, fitted)
        total += each.number * float(np.mean(heard * (met - level[each.stratum] * fitted)))
    return total


@remembered
def dilution(clock: str) -> float:
    """Return by what a curve is steepened for habits: reports then show it as published."""
    if not figure("activity.dilution.correction"):
        return 1.0
    factor = brentq(lambda f: score(clock, cohort(), f, 1.0), 0.5, 4.0, xtol=1e-4)
    return min(float(factor), figure("activity.dilution.highest_factor"))


def slope_of(clock: str, people: tuple[Asked, ...], factor: float) -> float:
    """Return the slope that reports show if a curve acts on habits ``factor`` times as steeply."""
    return float(brentq(lambda slope: score(clock, people, factor, slope), -1.0, 4.0, xtol=1e-4))
