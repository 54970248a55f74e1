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
from abm.kernel.compiled import keep_apart, kernel, rows, stage
from abm.kernel.constants import Activity, Disease, Single, packed, single
from abm.kernel.traits import copy, log_ratio_at_dose
from abm.places.country import Table, population
from abm.population.lanes import filled_up, four_sums, new_lanes
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

    ``sex`` and ``weight`` (cells,), of which the sum is 1; ``tendency`` (years, cells): mean latent
    habit as people grow older; ``normals`` (years + 1, courses of all cells): own habit, its
    lasting part, what changes it. The courses of a cell are filled up to whole lanes with some that
    ``there`` (courses,) is 0 for.
    """

    sex: NDArray[np.int64]
    weight: Table
    tendency: Single
    normals: Single
    there: Single


@cache
def _courses(cells: int, years: int) -> tuple[Single, Single]:
    """Return standard normals (years + 1, courses of all cells), and which of them are there.

    One lattice, shifted in each cell.
    """
    powers = np.array([pow(MULTIPLIER, j, COURSES) for j in range(years + 1)])
    lattice = np.arange(COURSES)[:, None] * powers / COURSES
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    shift = golden * np.arange(1, cells + 1)[:, None] * np.arange(1, years + 2)
    points = (lattice + shift[:, None, :] + 0.5 / COURSES) % 1.0
    inverse = np.vectorize(NormalDist().inv_cdf, otypes=[float])
    normals = np.zeros((years + 1, cells, filled_up(COURSES)), SINGLE)
    normals[..., :COURSES] = inverse(np.clip(points, 1e-6, 1.0 - 1e-6)).transpose(2, 0, 1)
    there = np.zeros(normals.shape[1:], SINGLE)
    there[:, :COURSES] = 1.0
    return normals.reshape(years + 1, -1), there.ravel()


def _nodes(number: int) -> tuple[Table, Table]:
    """Return nodes and weights that integrate against a standard normal density."""
    x, w = np.polynomial.hermite_e.hermegauss(number)
    return x, w / w.sum()


def cohort_of(habits: Activity, years: int, people: Table) -> Cohort:
    """Return the cohort, of ``people`` (2, ages), that is asked once and followed for years."""
    spread = np.sqrt(2.0 * habits.tendency_deprivation**2 + habits.tendency_bmi**2)
    sex, weight, tendency = [], [], []
    for s in range(len(c.SEXES)):
        for age in AGES:
            first = age - c.YOUNGEST
            own = habits.tendency[s * c.N_AGES + first :][:years]
            for node, share in zip(*_nodes(BODY_NODES), strict=True):
                sex.append(s)
                weight.append(share * people[s, first - 5 : first + 5].sum())
                tendency.append(own + spread * node)
    return Cohort(
        np.array(sex), np.array(weight) / np.sum(weight), single(np.transpose(tendency)),
        *_courses(len(sex), years),
    )  # fmt: skip


@stage
def _begin(lasting, own, part, for_life, slow):
    """Set the part for life of habits, and the part that drifts."""
    keep_apart()
    for n in rows(0, own.size):
        for_life[n], slow[n] = activity.split_habit(own[n], lasting, part[n])


@stage
def _drift(keep, normal, slow):
    """Move the part that drifts on by a year."""
    keep_apart()
    for n in rows(0, slow.size):
        slow[n] = activity.drifted(slow[n], keep, normal[n])


@stage
def _do(habits, sex, tendency, for_life, slow, latent, dose):
    """Set the latent habits and the doses of one cell."""
    keep_apart()
    for n in rows(0, dose.size):
        latent[n] = activity.latent_habit(
            tendency, habits.residual_sd[sex], for_life[n], slow[n], habits.for_life_share,
            habits.slow_share,
        )  # fmt: skip
        dose[n] = activity.dose(
            latent[n], habits.zero_share[sex], habits.low_ceiling, habits.median[sex],
            habits.log_sd, habits.highest,
        )  # fmt: skip


@stage
def _report(habits, sex, score, latent, report):
    """Set the doses that one cell reports at a score of the occasion."""
    keep_apart()
    for n in rows(0, report.size):
        heard = activity.latent_report(latent[n], score, habits.occasion_share)
        report[n] = activity.dose(
            heard, habits.zero_share[sex], habits.low_ceiling, habits.median[sex],
            habits.log_sd, habits.highest,
        )  # fmt: skip


@kernel
def _live(given, cohort, scores, memory, doses, reports):
    """Set doses (years, courses) and reported doses (reports, courses); memory (3, courses)."""
    habits, each = given[0], cohort.there.size // cohort.sex.size
    for_life, slow, latent = memory[0], memory[1], memory[2]
    lasting = habits.for_life_share / (habits.for_life_share + habits.slow_share)
    _begin(lasting, cohort.normals[0], cohort.normals[1], for_life, slow)
    for year in range(doses.shape[0]):
        if year > 0:
            _drift(habits.slow_keep, cohort.normals[year + 1], slow)
        for cell in range(cohort.sex.size):
            sex, first, last = cohort.sex[cell], cell * each, (cell + 1) * each
            _do(
                habits, sex, cohort.tendency[year, cell], for_life[first:last], slow[first:last],
                latent[first:last], doses[year][first:last],
            )  # fmt: skip
            if year == 0:
                for r in range(scores.size):
                    _report(habits, sex, scores[r], latent[first:last], reports[r][first:last])


@stage
def _act(risks, clock, keep, keep_half, dose, average, acting):
    """Set the published log relative risk of a year's lagged dose in its middle."""
    keep_apart()
    for n in rows(0, dose.size):
        middle = activity.toward(average[n], dose[n], keep_half)
        acting[n] = log_ratio_at_dose(risks, clock, middle)
        average[n] = activity.toward(average[n], dose[n], keep)


@stage
def _hear(risks, clock, share, report, heard, fitted, fitted_heard):
    """Add up the log relative risk of what is reported, and what a regression expects of it."""
    keep_apart()
    for n in rows(0, report.size):
        log_ratio = log_ratio_at_dose(risks, clock, report[n])
        expected = share * exp(log_ratio)
        heard[n] += share * log_ratio
        fitted[n] += expected
        fitted_heard[n] += expected * log_ratio


@stage
def _centre(weight, level, there, heard):
    """Turn what one cell reports into its weighted distance from the cell's level."""
    keep_apart()
    for n in rows(0, heard.size):
        heard[n] = weight * there[n] * (heard[n] - level)


@kernel
def _published(given, clock, lag, weight, shares, cohort, memory, doses, reports, acting, lanes):
    """Set the published log relative risk of the lagged dose (years, courses), and of reports.

    ``memory[0]`` becomes the weighted distance of what is reported from the level of its cell.
    """
    risks, each = given[0], cohort.there.size // weight.size
    heard, fitted, fitted_heard, average = memory[0], memory[1], memory[2], memory[3]
    keep, keep_half = SINGLE(np.exp(-1.0 / lag)), SINGLE(np.exp(-0.5 / lag))
    memory[:3, :] = SINGLE(0.0)
    copy(doses[0], average, 0, average.size)
    for year in range(doses.shape[0]):
        _act(risks, clock, keep, keep_half, doses[year], average, acting[year])
    for r in range(shares.size):
        _hear(risks, clock, SINGLE(shares[r]), reports[r], heard, fitted, fitted_heard)
    for cell in range(weight.size):
        first, last = cell * each, (cell + 1) * each
        there = cohort.there[first:last]
        one, two = fitted[first:last], fitted_heard[first:last]
        expected, expected_heard, _, _ = four_sums(there, one, two, two, two, lanes)
        level = SINGLE(expected_heard / expected)
        _centre(SINGLE(weight[cell]), level, there, heard[first:last])


@stage
def _meet(factor, acting, hazard, change):
    """Set the hazard met over the years, and its derivative by the factor."""
    keep_apart()
    for n in rows(0, hazard.size):
        hazard[n] = SINGLE(0.0)
        change[n] = SINGLE(0.0)
    for year in range(acting.shape[0]):
        for n in rows(0, hazard.size):
            relative = exp(factor * acting[year, n])
            hazard[n] += relative
            change[n] += relative * acting[year, n]


@kernel
def _solve(memory, acting, lanes):
    """Return the factor at which the Poisson regression's score at slope 1 is 0 (Newton's method).

    Each cell has a level of its own. 1 for a curve without effect.
    """
    heard, hazard, change = memory[0], memory[1], memory[2]
    factor = 1.8
    for _ in range(30):
        _meet(SINGLE(factor), acting, hazard, change)
        score, derivative, _, _ = four_sums(heard, hazard, change, change, change, lanes)
        if abs(derivative) < FLAT:
            return 1.0
        step = -score / derivative
        factor += min(max(step, -1.0), 1.0)
        if abs(step) < 2e-4:  # the error left is about the square of it
            break
    return factor


def dilution_factors(p: Parameters, habits: Activity, risks: Disease) -> Table:
    """Return for each condition by what a published curve is to be steepened, shape (clocks,).

    Nothing is steepened by more than ``activity.dilution.highest_factor``.
    """
    years = int(round(p["activity.dilution.cohort_years"]))
    cohort = cohort_of(habits, years, population(p.place))
    scores, shares = _nodes(REPORT_NODES)
    courses = cohort.there.size
    memory, reports = (np.empty((rows_, courses), SINGLE) for rows_ in (4, scores.size))
    doses, acting = (np.empty((years, courses), SINGLE) for _ in range(2))
    lanes = new_lanes(4)
    _live(packed(habits), cohort, scores.astype(SINGLE), memory, doses, reports)
    record = packed(risks)
    factors = np.empty(c.N_CLOCKS)
    for k, row in enumerate(CONDITIONS):
        asked = cohort.weight * (cohort.sex == 1) if row.sex == "female" else cohort.weight
        _published(
            record, k, p[LAGS[row.lag]], asked, shares, cohort, memory, doses, reports, acting,
            lanes,
        )  # fmt: skip
        factors[k] = _solve(memory, acting, lanes)
    return np.minimum(factors, p["activity.dilution.highest_factor"])
