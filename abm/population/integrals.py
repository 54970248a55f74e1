"""Integrals over the population model, cell by cell, compiled.

By quadrature over deprivation, smoking, BMI, habit and lasting IL-6, with the same rules as the
kernel. :mod:`abm.population.calibration` lays out the nodes and calls :func:`integrate_cells`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.compiled import solver
from abm.kernel.constants import Single
from abm.kernel.traits import (
    body_mass_index,
    carried_log_ratio,
    habit_tendency,
    log_ratio_at_dose,
)
from abm.places.country import Table
from abm.population.groups_of_ill import set_groups, sum_at_risk, sum_death
from abm.rules import activity, depression, disease
from abm.rules.arithmetic import exp, log

CALIBRATED_AGES = 81  # 20 to 100; rates are flat beyond
SINGLE = np.float32


class Sums(NamedTuple):
    """Integrals over the population model, by sex and age.

    Diseases are counted in the order of their table. Groups of the ill are the combinations of
    chronic diseases, one bit each in the order of CHRONIC of the layout, then the diseases that
    kill by their own rate (BY_OWN_RATE). What is by group or by fifth of deprivation is per person
    of the population. ``intercept`` (diseases, 2, ages); ``at_risk`` (diseases, 2, ages, 5): mean
    relative hazard of those at risk; ``having`` (groups, 2, ages, 5): share who belong to a group;
    ``death`` (death clocks, groups, 2, ages, 5): their relative hazard of each death clock; ``ill``
    (BY_OWN_RATE, groups, 2, ages, 5): share of a group with each disease; ``events`` (diseases,
    groups, 2, ages): relative hazard of those at risk in a group, as if what raises it were as
    frequent there as elsewhere; ``inactive_diabetes`` (2, ages): hazard-to-date of diabetes at no
    activity; ``smoking`` and ``fifths`` (2, ages, 5): share of smokers by standing at 20, and the
    living by fifth; ``recurring`` (2, ages): log of what a recurrence of depression is on average
    multiplied by among those ever ill.
    """

    intercept: Table
    at_risk: Table
    having: Table
    death: Table
    ill: Table
    events: Table
    inactive_diabetes: Table
    smoking: Table
    fifths: Table
    recurring: Table


@solver
def _intercept(target, weights, ratios, present):
    """Return the logistic intercept at which prevalence is on target (Newton's method).

    ``ratios`` (2, nodes): odds ratios without and with diabetes; ``present`` the probability of
    diabetes. Starts where the target would be reached if it were rare.
    """
    if target <= 0.0:
        return -1e3
    mean = 0.0
    for n in range(weights.size):
        mean += weights[n] * ((1.0 - present[n]) * ratios[0, n] + present[n] * ratios[1, n])
    alpha = np.log(target / mean)
    for _ in range(30):
        odds = np.exp(alpha)
        value, slope = 0.0, 0.0
        for n in range(weights.size):
            p0 = 1.0 - 1.0 / (1.0 + odds * ratios[0, n])
            p1 = 1.0 - 1.0 / (1.0 + odds * ratios[1, n])
            w0, w1 = weights[n] * (1.0 - present[n]), weights[n] * present[n]
            value += w0 * p0 + w1 * p1
            slope += w0 * p0 * (1.0 - p0) + w1 * p1 * (1.0 - p1)
        change = (target - value) / slope
        alpha += min(max(change, -2.0), 2.0)
        if abs(change) < 1e-6:  # the error left is about the square of it
            break
    return alpha


@solver
def _log_hazard_to_date(target, weights, ratios, present):
    """Return the log of the hazard met at which ``target`` is the share never ill (Newton)."""
    if target >= 1.0:
        return -1e3
    hazard = 0.0
    for _ in range(30):
        value, slope = -target, 0.0
        for n in range(weights.size):
            for t in range(2):
                w = weights[n] * (present[n] if t == 1 else 1.0 - present[n])
                never = np.exp(-hazard * ratios[t, n])
                value += w * never
                slope += w * never * ratios[t, n]
        hazard += value / slope
        if abs(value) < 1e-9:
            break
    return np.log(hazard)


@solver
def _fill_bodies(habits, body, risks, sex, cell, bodies, bmi, by_dose):
    """Set BMI and every clock's log hazard ratio of habitual activity.

    ``bodies`` (bodies, 3): fifth, BMI score, habit score; ``by_dose`` (clocks, bodies).
    """
    for b in range(bodies.shape[0]):
        deprivation, score = int(bodies[b, 0]), SINGLE(bodies[b, 1])
        bmi[b] = body_mass_index(body, cell, deprivation, score)
        latent = habit_tendency(habits, cell, deprivation, score)
        latent += habits.residual_sd[sex] * SINGLE(bodies[b, 2])
        dose = activity.dose(
            latent, habits.zero_share[sex], habits.low_ceiling, habits.median[sex],
            habits.log_sd, habits.highest,
        )  # fmt: skip
        for k in range(c.N_CLOCKS):
            by_dose[k, b] = risks.net_factor[k] * log_ratio_at_dose(risks, k, dose)
        by_dose[c.ALL_ELSE, b] = log(
            disease.partly_responding(risks.responds[cell], by_dose[c.ALL_ELSE, b])
        )


@solver
def _fill_nodes(risks, sex, cell, bodies, nodes, own_il6, lasting, bmi, by_dose, log_ratio,
                frailty):  # fmt: skip
    """Set every node's log hazard ratios, and its frailty.

    ``nodes`` (nodes, 3): body, smoker, weight; ``own_il6`` (nodes,), of which the share
    ``lasting`` stays for life and so counts in ``frailty`` (death clocks, nodes), the relative
    hazard of death by what people carry through life (the tilt of the fifths comes on top).
    """
    for n in range(nodes.shape[0]):
        b = int(nodes[n, 0])
        own, smoker = SINGLE(own_il6[n]), SINGLE(nodes[n, 1])
        for k in range(c.N_CLOCKS):
            carried = carried_log_ratio(risks, k, cell, sex, int(bodies[b, 0]), own, bmi[b], smoker)
            log_ratio[k, n] = carried + by_dose[k, b]
        for place in range(c.N_DEATH_CLOCKS):
            k = c.N_DISEASES + place
            drifting = risks.between_slope[k] * own * SINGLE(1.0 - lasting)
            frailty[place, n] = exp(log_ratio[k, n] - drifting)


@solver
def _weigh_survivors(nodes, fifth, published, tilt, to_date, frailty, weights, smoking, shares):
    """Set the nodes' weights among those who have lived to this age.

    People start in equal fifths at 20; whoever carries a higher hazard of death is rarer later on.
    ``tilt`` (death clocks, 5), ``to_date`` (death clocks,), ``frailty`` (death clocks, nodes).
    ``smoking`` is the share by standing at 20 that leaves the ``published`` share of smokers among
    the living of each fifth; ``shares`` the living by fifth.
    """
    alive = np.zeros((5, 2))
    whole = np.zeros((5, 2))
    for n in range(fifth.size):
        d, s = fifth[n], int(nodes[n, 1])
        met = 0.0
        for place in range(c.N_DEATH_CLOCKS):
            met += frailty[place, n] * tilt[place, d] * to_date[place]
        weights[n] = nodes[n, 2] * np.exp(-met)
        alive[d, s] += weights[n]
        whole[d, s] += nodes[n, 2]
    total = 0.0
    for d in range(5):
        lived = alive[d] / whole[d]
        smokers, others = published[d] / lived[1], (1.0 - published[d]) / lived[0]
        smoking[d] = smokers / (smokers + others)
        shares[d] = alive[d, 1] * smoking[d] + alive[d, 0] * (1.0 - smoking[d])
        total += shares[d]
    for n in range(fifth.size):
        d = fifth[n]
        weights[n] *= (smoking[d] if nodes[n, 1] > 0.5 else 1.0 - smoking[d]) / total
    shares /= total


@solver
def _with_diabetes(risks, k, log_ratio, expected, ratios):
    """Set the hazard ratios of clock ``k`` without and with diabetes."""
    ratio = risks.diabetes_ratio[k]
    for n in range(expected.size):
        without = disease.diabetes_log_ratio(ratio, SINGLE(0.0), expected[n])
        along = disease.diabetes_log_ratio(ratio, SINGLE(1.0), expected[n])
        ratios[0, n] = exp(log_ratio[k, n] + without)
        ratios[1, n] = exp(log_ratio[k, n] + along)


@solver
def _logistic(alpha, ratios, out):
    """Set the probability of a disease without and with diabetes."""
    odds = np.exp(alpha)
    for t in range(2):
        for n in range(ratios.shape[1]):
            out[t, n] = 1.0 - 1.0 / (1.0 + odds * ratios[t, n])


class Grid(NamedTuple):
    """The nodes of the quadrature.

    ``bodies`` (bodies, 3): fifth, BMI score, habit score; ``nodes`` (nodes, 3): body, smoker,
    weight; ``own_il6`` (nodes,), of which ``lasting`` is the share that stays for life.
    """

    bodies: Table
    nodes: Table
    own_il6: Table
    lasting: float


class Work(NamedTuple):
    """What holds for the nodes of the cell at hand; arrays over nodes or bodies."""

    bmi: Single
    by_dose: Single  # (clocks, bodies)
    log_ratio: Single  # (clocks, nodes)
    frailty: Single  # (death clocks, nodes)
    weights: Table
    present: Table  # chance of diabetes
    nobody: Table  # stays 0
    dose_ratio: Table
    expected: Single  # share with diabetes to be expected
    fifth: NDArray[np.int64]
    hazards: Single  # (clocks, 2, nodes) without and with diabetes
    chance: Table  # (diseases, 2, nodes) of having each
    groups: Table  # (groups of the ill, 2, nodes) of belonging to each
    never: Table  # (2, nodes) of never having had depression
    recent: Table  # (2, nodes) of a vascular event in the last year


def work_of(grid: Grid) -> Work:
    """Return memory for one cell."""
    size, bodies = len(grid.nodes), len(grid.bodies)
    chance = np.zeros((c.N_DISEASES, 2, size))
    chance[c.DIABETES, 1] = 1.0  # without and with it
    return Work(
        np.empty(bodies, SINGLE), np.empty((c.N_CLOCKS, bodies), SINGLE),
        np.empty((c.N_CLOCKS, size), SINGLE), np.empty((c.N_DEATH_CLOCKS, size), SINGLE),
        np.empty(size), np.empty(size), np.zeros(size), np.empty(size), np.zeros(size, SINGLE),
        grid.bodies[grid.nodes[:, 0].astype(int), 0].astype(np.int64) - 1,
        np.empty((c.N_CLOCKS, 2, size), SINGLE), chance,
        np.empty((c.N_GROUPS_OF_ILL, 2, size)), np.ones((2, size)), np.zeros((2, size)),
    )  # fmt: skip


@solver
def _find_diabetes(risks, target, within_curve, grid, work):
    """Set the chance of diabetes at every node; return its intercept and hazard to date."""
    dose_ratio, hazards = work.dose_ratio, work.hazards[c.DIABETES]
    for n in range(grid.nodes.shape[0]):
        dose_ratio[n] = exp(work.by_dose[c.DIABETES, int(grid.nodes[n, 0])])
    to_date = -np.log(1.0 - target) / np.sum(work.weights * dose_ratio)
    for n in range(grid.nodes.shape[0]):
        if within_curve > 0.0:
            work.expected[n] = 1.0 - np.exp(-to_date * dose_ratio[n])
        hazards[:, n] = exp(work.log_ratio[c.DIABETES, n])
    alpha = _intercept(target, work.weights, hazards, work.nobody)
    odds = np.exp(alpha)
    for n in range(grid.nodes.shape[0]):
        work.present[n] = 1.0 - 1.0 / (1.0 + odds * hazards[0, n])
    return alpha, to_date


@solver
def _find_depression(risks, cell, prevalence, work):
    """Set the chances of being in an episode and of never having had one; return the intercept."""
    ill_of_ever = risks.course_share[depression.AGAIN, cell]
    target = 1.0 - prevalence / ill_of_ever
    alpha = _log_hazard_to_date(target, work.weights, work.hazards[c.DEPRESSION], work.present)
    met = np.exp(alpha)
    for t in range(2):
        for n in range(work.weights.size):
            work.never[t, n] = np.exp(-met * work.hazards[c.DEPRESSION, t, n])
            work.chance[c.DEPRESSION, t, n] = ill_of_ever * (1.0 - work.never[t, n])
    return alpha


@solver
def _find_others(risks, cell, prevalence, work, intercepts):
    """Set the chances of the other diseases at every node, and their intercepts."""
    for k in range(c.N_CLOCKS):
        if k != c.DIABETES:
            _with_diabetes(risks, k, work.log_ratio, work.expected, work.hazards[k])
        if k == c.DEPRESSION:
            intercepts[k] = _find_depression(risks, cell, prevalence[k], work)
        elif k != c.DIABETES and k < c.N_DISEASES:
            intercepts[k] = _intercept(prevalence[k], work.weights, work.hazards[k], work.present)
            _logistic(intercepts[k], work.hazards[k], work.chance[k])
    work.recent[:] = 0.0
    for place in range(len(c.VASCULAR)):
        for t in range(2):
            having = work.chance[c.VASCULAR[place], t]
            work.recent[t] += risks.recent_share[place, cell] * having


@solver
def _integrate_cell(habits, body, risks, sex, a, prevalence, within_curve, grid, lived, work, sums):
    """Integrate one cell; ``lived`` are the fifths' tilts and the hazards of death to date."""
    cell = sex * c.N_AGES + a
    _fill_bodies(habits, body, risks, sex, cell, grid.bodies, work.bmi, work.by_dose)
    _fill_nodes(
        risks, sex, cell, grid.bodies, grid.nodes, grid.own_il6, grid.lasting, work.bmi,
        work.by_dose, work.log_ratio, work.frailty,
    )  # fmt: skip
    _weigh_survivors(
        grid.nodes, work.fifth, body.smoking_share[cell * 5 : cell * 5 + 5],
        lived[0][:, sex], lived[1][:, sex, a], work.frailty, work.weights, sums.smoking[sex, a],
        sums.fifths[sex, a],
    )  # fmt: skip
    alpha, to_date = _find_diabetes(risks, prevalence[c.DIABETES, sex, a], within_curve, grid, work)
    _find_others(risks, cell, prevalence[:, sex, a], work, sums.intercept[:, sex, a])
    sums.intercept[c.DIABETES, sex, a] = alpha
    sums.inactive_diabetes[sex, a] = to_date
    set_groups(work.chance, work.groups)
    for k in range(c.N_DISEASES):
        again = sum_at_risk(
            k, risks, cell, work.weights, work.fifth, work.present, work.chance, work.never,
            work.hazards[k], work.recent, work.groups, sums.at_risk[k, sex, a],
            sums.events[k, :, sex, a],
        )  # fmt: skip
        if k == c.DEPRESSION:
            sums.recurring[sex, a] = again
    sum_death(
        work.weights, work.fifth, work.present, work.chance, work.groups, work.hazards,
        sums.having[:, sex, a], sums.death[:, :, sex, a], sums.ill[:, :, sex, a],
    )  # fmt: skip


@solver
def integrate_cells(
    habits, body, risks, prevalence, within_curve, every, grid, lived, work, sums
):  # fmt: skip
    """Integrate every calibrated cell, or one in ``every``; ``sums`` as in :class:`Sums`."""
    for sex in range(2):
        for a in range(0, CALIBRATED_AGES, every):
            _integrate_cell(
                habits[0], body[0], risks[0], sex, a, prevalence, within_curve, grid, lived, work,
                sums,
            )  # fmt: skip
