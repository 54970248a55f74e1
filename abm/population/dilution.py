"""How far one report dilutes the effect of a habit: the factor that undoes it, for each curve.

Published curves regress what happens over years on one report. Hazards here follow the habit, whose
reports carry noise and which drifts, so a curve that acts on the habit as published comes back
about half as steep. The factor f of a curve is that for which a cohort asked once, in which f times
the published log relative risk acts on the lagged habit, has slope 1 on its reports.

By quadrature: bodies and ages are held as a regression that adjusts for them does, courses of a
habit are points of a lattice, and what is reported is integrated given the habit. Nobody is drawn.
"""

from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.conditions import CONDITIONS, LAGS
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.compiled import solver
from abm.kernel.constants import Activity, Disease, packed
from abm.kernel.traits import log_ratio_at_dose
from abm.places.country import Table, population
from abm.rules import activity
from abm.rules.arithmetic import exp

AGES = (45, 55, 65)  # middles of the ten-year bands of a cohort of 40 to 69
BODY_NODES = 3  # of what deprivation and BMI together lead one to expect
REPORT_NODES = 8  # of what is reported, given the habit
# A Korobov lattice: powers of the multiplier, modulo the number of courses in each cell.
COURSES, MULTIPLIER = 61, 59
SINGLE = np.float32
FLAT = 1e-12  # a curve without effect has no slope to correct


class Cohort(NamedTuple):
    """Who is asked: cells of sex, age and body, and the courses that habits take in them.

    ``sex`` and ``weight`` (cells,); ``tendency`` (cells, years): mean latent habit as people grow
    older; ``normals`` (cells, courses, years + 1): own habit, its lasting part, what changes it.
    """

    sex: NDArray[np.int64]
    weight: Table
    tendency: Table
    normals: Table


@cache
def _courses(cells: int, years: int) -> Table:
    """Return standard normals (cells, courses, years + 1): one lattice, shifted in each cell."""
    powers = np.array([pow(MULTIPLIER, j, COURSES) for j in range(years + 1)])
    lattice = np.arange(COURSES)[:, None] * powers / COURSES
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    shift = golden * np.arange(1, cells + 1)[:, None] * np.arange(1, years + 2)
    points = (lattice + shift[:, None, :] + 0.5 / COURSES) % 1.0
    inverse = np.vectorize(NormalDist().inv_cdf, otypes=[float])
    return np.asarray(inverse(np.clip(points, 1e-6, 1.0 - 1e-6)))


def _nodes(number: int) -> tuple[Table, Table]:
    """Return nodes and weights that integrate against a standard normal density."""
    x, w = np.polynomial.hermite_e.hermegauss(number)
    return x, w / w.sum()


def cohort_of(habits: Activity, years: int) -> Cohort:
    """Return the cohort that is asked once and followed for so many years."""
    spread = np.sqrt(2.0 * habits.tendency_deprivation**2 + habits.tendency_bmi**2)
    people = population()
    sex, weight, tendency = [], [], []
    for s in range(len(c.SEXES)):
        for age in AGES:
            first = age - c.YOUNGEST
            own = habits.tendency[s * c.N_AGES + first :][:years]
            for node, share in zip(*_nodes(BODY_NODES), strict=True):
                sex.append(s)
                weight.append(share * people[s, first - 5 : first + 5].sum())
                tendency.append(own + spread * node)
    cells = len(sex)
    return Cohort(np.array(sex), np.array(weight), np.array(tendency), _courses(cells, years))


@solver
def _live(given, cohort, scores, doses, reports):
    """Set doses (cells, courses, years) and reported doses (cells, courses, reports)."""
    habits = given[0]
    for cell in range(cohort.sex.size):
        sex = cohort.sex[cell]
        zero, median = habits.zero_share[sex], habits.median[sex]
        ceiling, log_sd, highest = habits.low_ceiling, habits.log_sd, habits.highest
        for i in range(cohort.normals.shape[1]):
            normals = cohort.normals[cell, i]
            lasting = habits.for_life_share / (habits.for_life_share + habits.slow_share)
            for_life, slow = activity.split_habit(SINGLE(normals[0]), lasting, SINGLE(normals[1]))
            for year in range(doses.shape[2]):
                if year > 0:
                    slow = activity.drifted(slow, habits.slow_keep, SINGLE(normals[year + 1]))
                latent = activity.latent_habit(
                    SINGLE(cohort.tendency[cell, year]), habits.residual_sd[sex], for_life, slow,
                    habits.for_life_share, habits.slow_share,
                )  # fmt: skip
                doses[cell, i, year] = activity.dose(
                    latent, zero, ceiling, median, log_sd, highest
                )
                if year == 0:
                    for r in range(scores.size):
                        report = activity.latent_report(latent, scores[r], habits.occasion_share)
                        reports[cell, i, r] = activity.dose(
                            report, zero, ceiling, median, log_sd, highest
                        )


@solver
def _published(given, clock, lag, doses, reports, acting, heard):
    """Set the published log relative risk of the lagged dose in mid-year, and of each report."""
    risks = given[0]
    keep, keep_half = SINGLE(np.exp(-1.0 / lag)), SINGLE(np.exp(-0.5 / lag))
    for cell in range(doses.shape[0]):
        for i in range(doses.shape[1]):
            average = doses[cell, i, 0]
            for year in range(doses.shape[2]):
                now = doses[cell, i, year]
                middle = activity.toward(average, now, keep_half)
                acting[cell, i, year] = log_ratio_at_dose(risks, clock, middle)
                average = activity.toward(average, now, keep)
            for r in range(reports.shape[2]):
                heard[cell, i, r] = log_ratio_at_dose(risks, clock, reports[cell, i, r])


@solver
def _score(factor, weight, shares, acting, heard):
    """Return the Poisson regression's score at slope 1, and its derivative by the factor.

    Each cell has a level of its own. Both are sums over the courses of habits.
    """
    score, derivative = 0.0, 0.0
    for cell in range(acting.shape[0]):
        met, met_heard, fitted, fitted_heard = 0.0, 0.0, 0.0, 0.0
        more, more_heard = 0.0, 0.0
        for i in range(acting.shape[1]):
            hazard, change = 0.0, 0.0
            for year in range(acting.shape[2]):
                relative = exp(SINGLE(factor) * acting[cell, i, year])
                hazard += relative
                change += relative * acting[cell, i, year]
            log_ratio = 0.0
            for r in range(shares.size):
                log_ratio += shares[r] * heard[cell, i, r]
                expected = shares[r] * exp(heard[cell, i, r])
                fitted += expected
                fitted_heard += expected * heard[cell, i, r]
            met += hazard
            met_heard += hazard * log_ratio
            more += change
            more_heard += change * log_ratio
        level = fitted_heard / fitted
        score += weight[cell] * (met_heard - met * level)
        derivative += weight[cell] * (more_heard - more * level)
    return score, derivative


@solver
def _solve(weight, shares, acting, heard):
    """Return the factor at which the score is 0 (Newton's method); 1 for a curve without effect."""
    factor = 1.8
    for _ in range(30):
        score, derivative = _score(factor, weight, shares, acting, heard)
        if abs(derivative) < FLAT * np.sum(weight):
            return 1.0
        change = -score / derivative
        factor += min(max(change, -1.0), 1.0)
        if abs(change) < 1e-4:  # the error left is about the square of it
            break
    return factor


def dilution_factors(p: Parameters, habits: Activity, risks: Disease) -> Table:
    """Return for each condition by what a published curve is to be steepened, shape (clocks,).

    Nothing is steepened by more than ``activity.dilution.highest_factor``.
    """
    years = int(round(p["activity.dilution.cohort_years"]))
    cohort = cohort_of(habits, years)
    scores, shares = _nodes(REPORT_NODES)
    shape = cohort.normals.shape[:2]
    doses, acting = (np.empty((*shape, years), SINGLE) for _ in range(2))
    reports, heard = (np.empty((*shape, scores.size), SINGLE) for _ in range(2))
    _live(packed(habits), cohort, scores.astype(SINGLE), doses, reports)
    record = packed(risks)
    factors = np.empty(c.N_CLOCKS)
    for k, row in enumerate(CONDITIONS):
        asked = cohort.weight * (cohort.sex == 1) if row.sex == "female" else cohort.weight
        _published(record, k, p[LAGS[row.lag]], doses, reports, acting, heard)
        factors[k] = _solve(asked, shares, acting, heard)
    return np.minimum(factors, p["activity.dilution.highest_factor"])
