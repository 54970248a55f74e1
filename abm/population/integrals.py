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
from abm.rules import activity, depression, disease
from abm.rules.arithmetic import exp

CALIBRATED_AGES = 81  # 20 to 100; rates are flat beyond
SINGLE = np.float32


class Sums(NamedTuple):
    """Integrals over the population model, by sex and age.

    Diseases are counted in the order of their table, killers those of them that kill (KILLERS of
    the layout). ``intercept`` (diseases, 2, ages); ``at_risk`` (diseases, 2, ages, 5): mean
    relative hazard of those at risk, by deprivation fifth (summing to the population's); ``death``
    (killers + 1, 2, ages, 5): mean relative hazard of other death, of those with each killer and of
    all; ``inactive_diabetes`` (2, ages): hazard-to-date of diabetes at no activity; ``ill``
    (killers, 2, ages, 5): share with each killer, by fifth; ``both`` (killers, killers, 2, ages):
    share with two; ``events`` (acute, COMPARED_IN_DEATH, 2, ages): of new events of a disease that
    kills at the event, the share that befalls those with a disease, as if that raised it not;
    ``smoking`` and ``fifths`` (2, ages, 5): share of smokers by standing at 20, and the living by
    fifth; ``recurring`` (2, ages): log of what a recurrence of depression is on average multiplied
    by among those ever ill.
    """

    intercept: Table
    at_risk: Table
    death: Table
    inactive_diabetes: Table
    ill: Table
    both: Table
    events: Table
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
            by_dose[k, b] = risks.causal_share[k] * log_ratio_at_dose(risks, k, dose)


@solver
def _fill_nodes(risks, sex, cell, bodies, nodes, own_il6, lasting, bmi, by_dose, log_ratio,
                frailty):  # fmt: skip
    """Set every node's log hazard ratios, and its frailty.

    ``nodes`` (nodes, 3): body, smoker, weight; ``own_il6`` (nodes,), of which the share
    ``lasting`` stays for life and so counts in ``frailty``, the relative hazard of death by what
    people carry through life (deprivation comes on top).
    """
    for n in range(nodes.shape[0]):
        b = int(nodes[n, 0])
        own, smoker = SINGLE(own_il6[n]), SINGLE(nodes[n, 1])
        for k in range(c.N_CLOCKS):
            carried = carried_log_ratio(risks, k, cell, sex, int(bodies[b, 0]), own, bmi[b], smoker)
            log_ratio[k, n] = carried + by_dose[k, b]
        drifting = risks.between_slope[c.OTHER] * own * SINGLE(1.0 - lasting)
        frailty[n] = exp(log_ratio[c.OTHER, n] - drifting)


@solver
def _weigh_survivors(nodes, fifth, published, tilt, to_date, frailty, weights, smoking, shares):
    """Set the nodes' weights among those who have lived to this age.

    People start in equal fifths at 20; whoever carries a higher hazard of death is rarer later on.
    ``smoking`` is the share by standing at 20 that leaves the ``published`` share of smokers among
    the living of each fifth; ``shares`` the living by fifth.
    """
    alive = np.zeros((5, 2))
    whole = np.zeros((5, 2))
    for n in range(fifth.size):
        d, s = fifth[n], int(nodes[n, 1])
        weights[n] = nodes[n, 2] * np.exp(-frailty[n] * tilt[d] * to_date)
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


@solver
def _sum_at_risk(k, risks, cell, weights, fifth, present, chance, never, hazards, recent, sums):
    """Add the relative hazards of those at risk of clock ``k``, by fifth.

    ``chance`` (diseases, 2, nodes) of having each disease without and with diabetes; ``never`` to
    have had depression, ``recent`` of a vascular event in the last year. Return the log mean of
    what recurrences of depression are multiplied by.
    """
    more = np.zeros(c.N_DISEASES)
    for j in range(c.N_DISEASES):
        more[j] = np.exp(risks.while_ill_log_ratio[k, j])
        more[j] -= 1.0
    applies = risks.applies_to_recurrence
    ever, again = 0.0, 0.0
    for n in range(weights.size):
        total = 0.0
        for t in range(2):
            q = present[n] if t == 1 else 1.0 - present[n]
            free = never[t, n] if k == c.DEPRESSION else 1.0 - chance[k, t, n]
            hazard = 1.0 * hazards[t, n]
            for j in range(c.N_DISEASES):
                if more[j] != 0.0:
                    hazard *= 1.0 + more[j] * chance[j, t, n]
            if k == c.DEPRESSION:
                hazard *= 1.0 + (risks.recent_ratio - 1.0) * recent[t, n]
                ever += weights[n] * q * (1.0 - free)
                again += weights[n] * q * (1.0 - free) * hazard**applies
            total += q * free * hazard
        sums[fifth[n]] += weights[n] * total
    return np.log(again / ever) if ever > 0.0 else 0.0


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
    frailty: Single
    weights: Table
    present: Table  # chance of diabetes
    nobody: Table  # stays 0
    dose_ratio: Table
    expected: Single  # share with diabetes to be expected
    fifth: NDArray[np.int64]
    hazards: Single  # (clocks, 2, nodes) without and with diabetes
    chance: Table  # (diseases, 2, nodes) of having each
    never: Table  # (2, nodes) of never having had depression
    recent: Table  # (2, nodes) of a vascular event in the last year


def work_of(grid: Grid) -> Work:
    """Return memory for one cell."""
    size, bodies = len(grid.nodes), len(grid.bodies)
    chance = np.zeros((c.N_DISEASES, 2, size))
    chance[c.DIABETES, 1] = 1.0  # without and with it
    return Work(
        np.empty(bodies, SINGLE), np.empty((c.N_CLOCKS, bodies), SINGLE),
        np.empty((c.N_CLOCKS, size), SINGLE), np.empty(size, SINGLE), np.empty(size),
        np.empty(size), np.zeros(size), np.empty(size), np.zeros(size, SINGLE),
        grid.bodies[grid.nodes[:, 0].astype(int), 0].astype(np.int64) - 1,
        np.empty((c.N_CLOCKS, 2, size), SINGLE), chance, np.ones((2, size)), np.zeros((2, size)),
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
    """Integrate one cell; ``lived`` are the fifths' tilts and the hazard of death to date."""
    cell = sex * c.N_AGES + a
    _fill_bodies(habits, body, risks, sex, cell, grid.bodies, work.bmi, work.by_dose)
    _fill_nodes(
        risks, sex, cell, grid.bodies, grid.nodes, grid.own_il6, grid.lasting, work.bmi,
        work.by_dose, work.log_ratio, work.frailty,
    )  # fmt: skip
    _weigh_survivors(
        grid.nodes, work.fifth, body.smoking_share[cell * 5 : cell * 5 + 5], lived[0][sex],
        lived[1][sex, a], work.frailty, work.weights, sums.smoking[sex, a], sums.fifths[sex, a],
    )  # fmt: skip
    alpha, to_date = _find_diabetes(risks, prevalence[c.DIABETES, sex, a], within_curve, grid, work)
    _find_others(risks, cell, prevalence[:, sex, a], work, sums.intercept[:, sex, a])
    sums.intercept[c.DIABETES, sex, a] = alpha
    sums.inactive_diabetes[sex, a] = to_date
    for k in range(c.N_DISEASES):
        again = _sum_at_risk(
            k, risks, cell, work.weights, work.fifth, work.present, work.chance, work.never,
            work.hazards[k], work.recent, sums.at_risk[k, sex, a],
        )  # fmt: skip
        if k == c.DEPRESSION:
            sums.recurring[sex, a] = again
    _sum_death(
        work.weights, work.fifth, work.present, work.chance, work.hazards[c.OTHER],
        sums.death[:, sex, a], sums.ill[:, sex, a], sums.both[:, :, sex, a],
    )  # fmt: skip
    _share_events(work.weights, work.present, work.chance, work.hazards, sums.events[:, :, sex, a])


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


@solver
def _sum_death(weights, fifth, present, chance, hazards, sums, ill, both):
    """Add the relative hazards of other death, of the ill and of all, and the shares of the ill.

    ``sums`` (killers + 1, 5) and ``ill`` (killers, 5) by fifth; ``both`` (killers, killers).
    """
    killers = len(c.KILLERS)
    for n in range(weights.size):
        for t in range(2):
            share = weights[n] * (present[n] if t == 1 else 1.0 - present[n])
            relative = hazards[t, n]
            sums[killers, fifth[n]] += share * relative
            for p in range(killers):
                k = c.KILLERS[p]
                with_disease = share * chance[k, t, n]
                sums[p, fifth[n]] += with_disease * relative
                ill[p, fifth[n]] += with_disease
                for q in range(killers):
                    both[p, q] += with_disease * (1.0 if q == p else chance[c.KILLERS[q], t, n])


@solver
def _share_events(weights, present, chance, hazards, events):
    """Set which share of the acute diseases' new events befalls those with another disease."""
    for p in range(len(c.ACUTE)):
        event = c.ACUTE[p]
        total = 0.0
        for n in range(weights.size):
            for t in range(2):
                share = weights[n] * (present[n] if t == 1 else 1.0 - present[n])
                risk = share * (1.0 - chance[event, t, n]) * hazards[event, t, n]
                total += risk
                for q in range(len(c.COMPARED_IN_DEATH)):
                    events[p, q] += risk * chance[c.COMPARED_IN_DEATH[q], t, n]
        for q in range(len(c.COMPARED_IN_DEATH)):
            events[p, q] /= total
