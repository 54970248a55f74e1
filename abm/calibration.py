"""Reference hazards, prevalences and death rates that make the population model fit the country.

Integrates the population model cell by cell (sex and single year of age) over deprivation,
smoking, BMI, habit and lasting IL-6, by quadrature, with the same rules as the kernel. It never
looks at simulated people, so it is the same for every population size and seed.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from abm import columns as c
from abm.arithmetic import exp
from abm.compiled import solver
from abm.constants import Activity, Body, Disease, packed
from abm.kernel.traits import (
    body_mass_index,
    carried_log_ratio,
    habit_tendency,
    log_ratio_at_dose,
)
from abm.national import DiseaseRates, Table
from abm.parameters import Parameters
from abm.rules import activity, disease

CALIBRATED_AGES = 81  # 20 to 100; rates are flat beyond
HABIT_NODES = 9
BMI_NODES = 4
IL6_NODES = 3
SINGLE = np.float32


@dataclass(frozen=True)
class Sums:
    """Integrals over the population model, by sex and age.

    ``intercept`` (6, 2, ages); ``at_risk`` (6, 2, ages, 5): mean relative hazard of those at
    risk, by deprivation fifth (summing to the population's); ``death`` (6, 2, ages, 5): mean
    relative hazard of other death, of those with each of the first five diseases and of all;
    ``inactive_diabetes`` (2, ages): hazard-to-date of diabetes at no activity; ``ill`` (5, 2, ages,
    5): share with each disease, by fifth; ``both`` (5, 5, 2, ages): share with two diseases;
    ``smoking`` and ``fifths`` (2, ages, 5): share of smokers by standing at 20, and the living by
    fifth.
    """

    intercept: Table
    at_risk: Table
    death: Table
    inactive_diabetes: Table
    ill: Table
    both: Table
    smoking: Table
    fifths: Table


def _gauss(nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights that integrate against a standard normal density."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    return x, w / w.sum()


@solver
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


@solver
def _fill_nodes(habits, body, risks, sex, cell, grid, own_il6, lasting, log_ratio, dose_ratio,
                fifth, frailty):  # fmt: skip
    """Set every node's log hazard ratios and the relative hazard of diabetes by activity alone.

    ``grid`` (nodes, 5): fifth, smoker, BMI score, habit score, weight; ``own_il6`` (nodes,), of
    which the share ``lasting`` stays for life and so counts in ``frailty``, the relative hazard of
    death by what people carry through life (deprivation comes on top).
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
        drifting = risks.between_slope[c.OTHER] * own_il6[n] * (1.0 - lasting)
        frailty[n] = np.exp(log_ratio[c.OTHER, n] - drifting)


@solver
def _weigh_survivors(grid, published, tilt, to_date, frailty, weights, smoking, shares):
    """Set the nodes' weights among those who have lived to this age.

    People start in equal fifths at 20; whoever carries a higher hazard of death is rarer later on.
    ``smoking`` is the share by standing at 20 that leaves the ``published`` share of smokers among
    the living of each fifth; ``shares`` the living by fifth.
    """
    alive = np.zeros((5, 2))
    whole = np.zeros((5, 2))
    for n in range(grid.shape[0]):
        d, s = int(grid[n, 0]) - 1, int(grid[n, 1])
        weights[n] = grid[n, 4] * np.exp(-frailty[n] * tilt[d] * to_date)
        alive[d, s] += weights[n]
        whole[d, s] += grid[n, 4]
    total = 0.0
    for d in range(5):
        lived = alive[d] / whole[d]
        smokers, others = published[d] / lived[1], (1.0 - published[d]) / lived[0]
        smoking[d] = smokers / (smokers + others)
        shares[d] = alive[d, 1] * smoking[d] + alive[d, 0] * (1.0 - smoking[d])
        total += shares[d]
    for n in range(grid.shape[0]):
        d = int(grid[n, 0]) - 1
        weights[n] *= (smoking[d] if grid[n, 1] > 0.5 else 1.0 - smoking[d]) / total
    shares /= total


@solver
def _with_diabetes(risks, k, log_ratio, expected, pair):
    """Set the log ratios of clock ``k`` without and with diabetes."""
    ratio = risks.diabetes_ratio[k]
    for n in range(expected.size):
        share = SINGLE(expected[n])
        pair[0, n] = log_ratio[k, n] + disease.diabetes_log_ratio(ratio, SINGLE(0.0), share)
        pair[1, n] = log_ratio[k, n] + disease.diabetes_log_ratio(ratio, SINGLE(1.0), share)


@solver
def _logistic(alpha, pair, out):
    """Set the probability of a disease without and with diabetes."""
    for t in range(2):
        for n in range(pair.shape[1]):
            out[t, n] = 1.0 / (1.0 + np.exp(-(alpha + pair[t, n])))


@solver
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


@solver
def _integrate(given_habits, given_body, given_risks, prevalence, grid, own_il6, lasting,
               within_curve, every, tilts, deaths_to_date, sums_at_risk, sums_death, sums_ill,
               sums_both, intercepts, to_date, smoking, shares):  # fmt: skip
    """Integrate every calibrated cell, or one in ``every``; shapes as in :class:`Sums`."""
    habits, body, risks = given_habits[0], given_body[0], given_risks[0]
    nodes = grid.shape[0]
    log_ratio = np.empty((c.N_CLOCKS, nodes))
    dose_ratio, weights, expected = np.empty(nodes), np.empty(nodes), np.zeros(nodes)
    present, nobody, frailty = np.empty(nodes), np.zeros(nodes), np.empty(nodes)
    fifth = np.empty(nodes, np.int64)
    pairs = np.empty((c.N_CLOCKS, 2, nodes))
    chance = np.zeros((c.N_DISEASES, 2, nodes))
    chance[c.DIABETES, 1] = 1.0  # without and with it
    recent = np.zeros((2, nodes))
    ratios = np.ones(3)
    for sex in range(2):
        for a in range(0, CALIBRATED_AGES, every):
            cell = sex * c.N_AGES + a
            _fill_nodes(
                habits, body, risks, sex, cell, grid, own_il6, lasting, log_ratio, dose_ratio,
                fifth, frailty,
            )  # fmt: skip
            _weigh_survivors(
                grid, body.smoking_share[cell * 5 : cell * 5 + 5], tilts[sex],
                deaths_to_date[sex, a], frailty, weights, smoking[sex, a], shares[sex, a],
            )  # fmt: skip
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
            _sum_death(
                weights, fifth, present, chance, pairs[c.OTHER], sums_death[:, sex, a],
                sums_ill[:, sex, a], sums_both[:, :, sex, a],
            )  # fmt: skip


@solver
def _sum_death(weights, fifth, present, chance, pairs, sums, ill, both):
    """Add the relative hazards of other death, of the ill and of all, and the shares of the ill.

    ``sums`` (6, 5) and ``ill`` (5, 5) by fifth; ``both`` (5, 5) of pairs of diseases.
    """
    for n in range(weights.size):
        for t in range(2):
            share = weights[n] * (present[n] if t == 1 else 1.0 - present[n])
            relative = np.exp(pairs[t, n])
            sums[5, fifth[n]] += share * relative
            for k in range(5):
                with_disease = share * chance[k, t, n]
                sums[k, fifth[n]] += with_disease * relative
                ill[k, fifth[n]] += with_disease
                for j in range(5):
                    both[k, j] += with_disease * (1.0 if j == k else chance[j, t, n])


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


@dataclass(frozen=True)
class Selection:
    """Who has lived to each age: what death has taken, by what people carry through life.

    ``tilts`` (2, 5): relative death hazard of the fifths; ``to_date`` (2, ages): other-death hazard
    of the reference person since 20.
    """

    tilts: Table
    to_date: Table


def integrate(
    habits: Activity, body: Body, risks: Disease, rates: tuple[DiseaseRates, ...],
    parameters: Parameters, selection: Selection, every: int = 1,
) -> Sums:  # fmt: skip
    """Integrate the population model over every cell, or ``every`` so many ages."""
    grid = quadrature_grid()
    person, drift = parameters["il6.person_sd"], parameters["il6.drift_sd"]
    variance = max(person**2 + drift**2, 1e-12)
    at_risk = np.zeros((c.N_DISEASES, 2, c.N_AGES, 5))
    death, ill = np.zeros((6, 2, c.N_AGES, 5)), np.zeros((5, 2, c.N_AGES, 5))
    both = np.zeros((5, 5, 2, c.N_AGES))
    intercept = np.full((c.N_DISEASES, 2, c.N_AGES), -1e3)
    to_date = np.zeros((2, c.N_AGES))
    smoking, shares = np.zeros((2, c.N_AGES, 5)), np.full((2, c.N_AGES, 5), 0.2)
    prevalence = np.array([rate.prevalence for rate in rates])
    _integrate(
        packed(habits), packed(body), packed(risks), prevalence, np.ascontiguousarray(grid[:, :5]),
        np.ascontiguousarray(np.sqrt(variance) * grid[:, 5]), person**2 / variance,
        parameters["disease.diabetes_within_activity_curve"], every, selection.tilts,
        selection.to_date, at_risk, death, ill, both, intercept, to_date, smoking, shares,
    )  # fmt: skip
    by_fifth = (at_risk, death, ill, smoking, shares)
    for table in (*by_fifth, both, intercept, to_date):
        _fill_ages(table, every, axis=-2 if any(table is each for each in by_fifth) else -1)
    return Sums(intercept, at_risk, death, to_date, ill, both, smoking, shares)


def _fill_ages(table: Table, every: int, axis: int) -> None:
    """Interpolate over the ages that were left out, and hold the last calibrated one; in place."""
    moved = np.moveaxis(table, axis, 0)
    known = np.arange(0, CALIBRATED_AGES, every)
    for a in range(c.N_AGES):
        if a in known:
            continue
        before = min(a // every * every, known[-1])
        after = min(before + every, known[-1])
        share = (a - before) / every if after > before else 0.0
        moved[a] = (1.0 - share) * moved[before] + share * moved[after]
