"""Reference hazards, prevalences and death rates that make the population model fit the country.

Integrates the population model cell by cell (sex and single year of age) over deprivation,
smoking, BMI, habit and lasting IL-6, by quadrature, with the same rules as the kernel. It never
looks at simulated people, so it is the same for every population size and seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from abm import columns as c
from abm.arithmetic import exp
from abm.compiled import kernel, stage
from abm.constants import Activity, Body, Disease
from abm.kernel.enter import (
    body_mass_index,
    carried_log_ratio,
    habit_tendency,
    log_ratio_at_dose,
)
from abm.national import DiseaseRates, Table, death_rates
from abm.parameters import Parameters
from abm.rules import activity, disease

CALIBRATED_AGES = 81  # 20 to 100; rates are flat beyond
HABIT_NODES = 9
BMI_NODES = 4
IL6_NODES = 3
FIXED_POINT_ROUNDS = 25
SINGLE = np.float32


@dataclass(frozen=True)
class Sums:
    """Integrals over the population model, by sex and age.

    ``intercept`` (6, 2, ages); ``at_risk`` (6, 2, ages, 5): mean relative hazard of those at
    risk, by deprivation fifth (summing to the population's); ``death`` (6, 2, ages, 5): mean
    relative death hazard of all, and of those with each of the first five diseases;
    ``inactive_diabetes`` (2, ages): hazard-to-date of diabetes at no activity.
    """

    intercept: Table
    at_risk: Table
    death: Table
    inactive_diabetes: Table


def _gauss(nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights that integrate against a standard normal density."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    return x, w / w.sum()


@stage
def _intercept(target, weights, log_ratios, present):
    """Return the logistic intercept at which prevalence is on target (Newton's method).

    ``log_ratios`` (2, nodes): without and with diabetes; ``present`` the probability of diabetes.
    """
    if target <= 0.0:
        return -1e3
    low = np.log(target / (1.0 - target))
    alpha = low
    for _ in range(30):
        value, slope = 0.0, 0.0
        for n in range(weights.size):
            p0 = 1.0 / (1.0 + np.exp(-(alpha + log_ratios[0, n])))
            p1 = 1.0 / (1.0 + np.exp(-(alpha + log_ratios[1, n])))
            q = present[n]
            value += weights[n] * ((1.0 - q) * p0 + q * p1)
            slope += weights[n] * ((1.0 - q) * p0 * (1.0 - p0) + q * p1 * (1.0 - p1))
        change = (target - value) / slope
        alpha += min(max(change, -2.0), 2.0)
        if abs(change) < 1e-9:
            break
    return alpha


@stage
def _fill_nodes(habits, body, risks, sex, cell, grid, own_il6, log_ratio, dose_ratio, fifth):
    """Set every node's log hazard ratios and the relative hazard of diabetes by activity alone.

    ``grid`` (nodes, 5): fifth, smoker, BMI score, habit score, weight; ``own_il6`` (nodes,).
    """
    for n in range(grid.shape[0]):
        deprivation = int(grid[n, 0])
        score = SINGLE(grid[n, 2])
        bmi = body_mass_index(body, cell, deprivation, score)
        latent = habit_tendency(habits, cell, deprivation, score)
        latent += habits.residual_sd[sex] * SINGLE(grid[n, 3])
        dose = activity.dose(
            latent, habits.zero_share[sex], habits.low_ceiling, habits.median[sex],
            habits.log_sd, habits.highest,
        )  # fmt: skip
        for k in range(c.N_CLOCKS):
            by_dose = risks.causal_share[k] * log_ratio_at_dose(risks, k, dose)
            carried = carried_log_ratio(
                risks, k, cell, sex, deprivation, SINGLE(own_il6[n]), bmi, SINGLE(grid[n, 1])
            )
            log_ratio[k, n] = carried + by_dose
            if k == c.DIABETES:
                dose_ratio[n] = exp(by_dose)
        fifth[n] = deprivation - 1


@stage
def _node_weights(grid, smoking, cell, weights):
    """Set the nodes' weights: the share of smokers depends on the fifth."""
    for n in range(grid.shape[0]):
        share = smoking[cell * 5 + int(grid[n, 0]) - 1]
        weights[n] = grid[n, 4] * (share if grid[n, 1] > 0.5 else 1.0 - share)


@stage
def _with_diabetes(risks, k, log_ratio, expected, pair):
    """Set the log ratios of clock ``k`` without and with diabetes."""
    ratio = risks.diabetes_ratio[k]
    for n in range(expected.size):
        share = SINGLE(expected[n])
        pair[0, n] = log_ratio[k, n] + disease.diabetes_log_ratio(ratio, SINGLE(0.0), share)
        pair[1, n] = log_ratio[k, n] + disease.diabetes_log_ratio(ratio, SINGLE(1.0), share)


@stage
def _logistic(alpha, pair, out):
    """Set the probability of a disease without and with diabetes."""
    for t in range(2):
        for n in range(pair.shape[1]):
            out[t, n] = 1.0 / (1.0 + np.exp(-(alpha + pair[t, n])))


@stage
def _sum_at_risk(k, weights, fifth, present, own, depressed, pairs, history, recent, ratios, sums):
    """Add the relative hazards of those at risk of clock ``k``, by fifth.

    ``ratios``: of the depressed for this clock, of those with a history, of a recent event.
    """
    extra = ratios[0] - 1.0
    for n in range(weights.size):
        total = 0.0
        for t in range(2):
            q = present[n] if t == 1 else 1.0 - present[n]
            hazard = np.exp(pairs[t, n])
            if k == c.DIABETES:
                q = 1.0 - present[n] if t == 0 else 0.0
                hazard *= 1.0 + extra * depressed[0, n]
            elif k == c.DEPRESSION:
                q *= 1.0 - own[t, n]
                hazard *= 1.0 + (ratios[1] - 1.0) * history
                hazard *= 1.0 + (ratios[2] - 1.0) * recent[t, n]
            else:
                q *= 1.0 - own[t, n]
                hazard *= 1.0 + extra * depressed[t, n]
            total += q * hazard
        sums[fifth[n]] += weights[n] * total


@kernel
def _integrate(habits, body, risks, prevalence, grid, own_il6, within_curve, sums_at_risk,
               sums_death, intercepts, to_date):  # fmt: skip
    """Integrate every calibrated cell; shapes as in :class:`Sums`."""
    nodes = grid.shape[0]
    log_ratio = np.empty((c.N_CLOCKS, nodes))
    dose_ratio, weights, expected = np.empty(nodes), np.empty(nodes), np.zeros(nodes)
    present, nobody = np.empty(nodes), np.zeros(nodes)
    fifth = np.empty(nodes, np.int64)
    pairs = np.empty((c.N_CLOCKS, 2, nodes))
    chance = np.zeros((c.N_DISEASES, 2, nodes))
    recent = np.zeros((2, nodes))
    ratios = np.ones(3)
    for sex in range(2):
        for a in range(CALIBRATED_AGES):
            cell = sex * c.N_AGES + a
            _fill_nodes(habits, body, risks, sex, cell, grid, own_il6, log_ratio, dose_ratio, fifth)
            _node_weights(grid, body.smoking_share, cell, weights)
            target = prevalence[c.DIABETES, sex, a]
            to_date[sex, a] = -np.log(1.0 - target) / np.sum(weights * dose_ratio)
            if within_curve > 0.0:
                expected[:] = 1.0 - np.exp(-to_date[sex, a] * dose_ratio)
            pairs[c.DIABETES, 0, :] = log_ratio[c.DIABETES]
            pairs[c.DIABETES, 1, :] = log_ratio[c.DIABETES]
            alpha = _intercept(target, weights, pairs[c.DIABETES], nobody)
            intercepts[c.DIABETES, sex, a] = alpha
            present[:] = 1.0 / (1.0 + np.exp(-(alpha + log_ratio[c.DIABETES])))
            for k in range(c.N_CLOCKS):
                if k != c.DIABETES:
                    _with_diabetes(risks, k, log_ratio, expected, pairs[k])
                if k != c.DIABETES and k != c.OTHER:
                    alpha = _intercept(prevalence[k, sex, a], weights, pairs[k], present)
                    intercepts[k, sex, a] = alpha
                    _logistic(alpha, pairs[k], chance[k])
            for t in range(2):
                recent[t] = 0.0
                for k in range(2):
                    recent[t] += risks.recent_share[k, cell] * chance[k, t]
            for k in range(c.N_DISEASES):
                ratios[0] = np.exp(risks.depression_log_ratio[k])
                ratios[1] = np.exp(risks.history_log_ratio)
                ratios[2] = risks.recent_ratio
                _sum_at_risk(
                    k, weights, fifth, present, chance[k], chance[c.DEPRESSION], pairs[k],
                    risks.history_share[cell], recent, ratios, sums_at_risk[k, sex, a],
                )  # fmt: skip
            _sum_death(weights, fifth, present, chance, pairs[c.OTHER], sums_death, sex, a)


@stage
def _sum_death(weights, fifth, present, chance, pairs, sums, sex, a):
    """Add the relative death hazards: of everybody, and of those with each disease."""
    for n in range(weights.size):
        for t in range(2):
            q = present[n] if t == 1 else 1.0 - present[n]
            amount = weights[n] * q * np.exp(pairs[t, n])
            sums[5, sex, a, fifth[n]] += amount
            for k in range(5):
                has = float(t) if k == c.DIABETES else chance[k, t, n]
                sums[k, sex, a, fifth[n]] += amount * has


@cache
def quadrature_grid() -> NDArray[np.float64]:
    """Return the nodes (fifth, smoker, BMI score, habit score, weight, IL-6 score)."""
    rows = []
    for fifth in range(1, 6):
        for smoker in (0.0, 1.0):
            for b, wb in zip(*_gauss(BMI_NODES), strict=True):
                for h, wh in zip(*_gauss(HABIT_NODES), strict=True):
                    for v, wv in zip(*_gauss(IL6_NODES), strict=True):
                        rows.append((fifth, smoker, b, h, 0.2 * wb * wh * wv, v))
    return np.array(rows)


def integrate(
    habits: Activity, body: Body, risks: Disease, rates: tuple[DiseaseRates, ...],
    own_il6_sd: float, within_curve: float,
) -> Sums:  # fmt: skip
    """Integrate the population model over every cell."""
    grid = quadrature_grid()
    at_risk = np.zeros((c.N_DISEASES, 2, c.N_AGES, 5))
    death = np.zeros((6, 2, c.N_AGES, 5))
    intercept = np.full((c.N_DISEASES, 2, c.N_AGES), -1e3)
    to_date = np.zeros((2, c.N_AGES))
    prevalence = np.array([rate.prevalence for rate in rates])
    _integrate(
        habits, body, risks, prevalence, np.ascontiguousarray(grid[:, :5]),
        np.ascontiguousarray(own_il6_sd * grid[:, 5]), within_curve, at_risk, death, intercept,
        to_date,
    )  # fmt: skip
    for table in (at_risk, death):
        table[:, :, CALIBRATED_AGES:] = table[:, :, CALIBRATED_AGES - 1 : CALIBRATED_AGES]
    for table in (intercept, to_date):
        table[..., CALIBRATED_AGES:] = table[..., CALIBRATED_AGES - 1 : CALIBRATED_AGES]
    return Sums(intercept, at_risk, death, to_date)


@dataclass(frozen=True)
class Deaths:
    """Death by other causes and of the ill, solved to fit the life table.

    ``reference`` (2, ages) hazard; ``excess`` (6, 2, ages) hazard ratio less 1 of the ill;
    ``case_fatality`` (6, 2, ages); ``deprivation`` (2,) log ratio most to least deprived.
    """

    reference: Table
    excess: Table
    case_fatality: Table
    deprivation: Table


def _solve_deaths_of_sex(
    sex: int, gradient: float, sums: Sums, rates: tuple[DiseaseRates, ...],
    hazard_ratios: dict[int, float], parameters: Parameters,
) -> tuple[Table, Table, Table, Table]:  # fmt: skip
    """Return reference hazard, excess, case fatality, and death rates by fifth, for one gradient.

    Heart disease, stroke and diabetes raise the death hazard of those who have them by published
    ratios; what heart disease and stroke kill beyond that dies at the event. The cancers' excess
    is their published excess mortality.
    """
    total = death_rates()[sex]
    tilt = np.exp(gradient * (3.0 - np.arange(1, 6)) / 4.0)
    ill = np.einsum("kad,d->ka", sums.death[:, sex], tilt)
    lowest = parameters["mortality.acute_fatality_minimum"]
    highest = parameters["mortality.acute_fatality_maximum"]
    disease_deaths = np.array([r.prevalence[sex] * r.excess[sex] for r in rates])
    incidence = np.array([r.incidence[sex] for r in rates])
    fatality = np.zeros((6, c.N_AGES))
    reference = total / ill[5]
    for _ in range(FIXED_POINT_ROUNDS):
        for k in (c.HEART, c.STROKE):
            later = reference * (hazard_ratios[k] - 1.0) * ill[k]
            fatality[k] = np.minimum(
                np.maximum((disease_deaths[k] - later) / incidence[k], lowest), highest
            )
        at_once = (fatality * incidence).sum(axis=0)
        cancers = disease_deaths[c.COLON] + disease_deaths[c.BREAST]
        of_well = ill[5] + sum((ratio - 1.0) * ill[k] for k, ratio in hazard_ratios.items())
        reference = np.maximum(total - at_once - cancers, 0.05 * total) / of_well
    excess = np.zeros((6, c.N_AGES))
    for k, ratio in hazard_ratios.items():
        excess[k] = ratio - 1.0
    for k in (c.COLON, c.BREAST):
        excess[k] = disease_deaths[k] / np.maximum(reference * ill[k], 1e-30)
    by_fifth = sums.death[5, sex] + np.einsum("ka,kad->ad", excess[:5], sums.death[:5, sex])
    share = sums.at_risk[:, sex] / np.maximum(sums.at_risk[:, sex].sum(-1, keepdims=True), 1e-30)
    acute = np.einsum("ka,kad->ad", fatality * incidence, share)
    rates_by_fifth = (reference[:, None] * by_fifth * tilt + acute) / 0.2
    return reference, excess, fatality, rates_by_fifth


def life_expectancy(rates: Table) -> Table:
    """Return remaining life at the first age from yearly death rates along axis 0 [years]."""
    survival = np.exp(-np.cumsum(rates, axis=0))
    start = np.concatenate([np.ones((1, *survival.shape[1:])), survival[:-1]])
    lived = (start - survival) / np.maximum(rates, 1e-12)
    return lived.sum(axis=0) + survival[-1] / np.maximum(rates[-1], 1e-12)


def _gap(
    sex: int, gradient: float, sums: Sums, rates: tuple[DiseaseRates, ...],
    hazard_ratios: dict[int, float], parameters: Parameters,
) -> float:  # fmt: skip
    """Return the gap in life expectancy between the least and most deprived fifth [years]."""
    by_fifth = _solve_deaths_of_sex(sex, gradient, sums, rates, hazard_ratios, parameters)[3]
    years = life_expectancy(by_fifth)
    return float(years[4] - years[0])


def _gradient(gap: Callable[[float], float], target: float) -> float:
    """Return the gradient at which the gap is on target (secant steps; the gap is near linear)."""
    older, newer = 0.3, 0.6
    gap_older, gap_newer = gap(older), gap(newer)
    for _ in range(8):
        step = (target - gap_newer) * (newer - older) / (gap_newer - gap_older)
        older, gap_older = newer, gap_newer
        newer += min(max(step, -1.0), 1.0)
        if abs(step) < 1e-7:
            break
        gap_newer = gap(newer)
    return newer


def solve_deaths(
    sums: Sums, rates: tuple[DiseaseRates, ...], parameters: Parameters
) -> Deaths:
    """Return death hazards that fit the life table and the gap between deprivation fifths."""
    names = {k: c.DISEASES[k] for k in (c.HEART, c.STROKE, c.DIABETES)}
    ratios = {k: parameters[f"mortality.hazard_ratio.{name}"] for k, name in names.items()}
    found = []
    gradients = np.zeros(2)
    for s, sex in enumerate(c.SEXES):
        target = parameters[f"mortality.deprivation_life_expectancy_gap_years.{sex}"]
        gradients[s] = _gradient(
            lambda g, s=s: _gap(s, g, sums, rates, ratios, parameters), target
        )
        found.append(_solve_deaths_of_sex(s, gradients[s], sums, rates, ratios, parameters))
    reference, excess, fatality = (np.stack([f[i] for f in found], axis=-2) for i in range(3))
    return Deaths(reference, excess, fatality, gradients)
