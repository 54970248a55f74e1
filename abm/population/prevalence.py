"""Who has which disease at the nodes of one cell, so that each is as frequent as published.

Prevalence is logistic in the log hazard ratio (rule ``disease.prevalence``, here on odds); of
depression, never having had it is what the hazard met so far leaves (``depression.share_ever_ill``,
here on the hazard): both without an exponential and a logarithm for every node. Compiled; arrays
over nodes are single precision, and what is solved for double.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, kernel, multiply_add, rows, stage
from abm.population.lanes import LANES, WIDTH, clear, four_sums, totals
from abm.population.nodes import expect, less_expected, spread_over_fifths
from abm.rules import depression
from abm.rules.arithmetic import exp, minimum

SINGLE = np.float32
ZERO, ONE, HALF = SINGLE(0.0), SINGLE(1.0), SINGLE(0.5)
MOST_ODDS = SINGLE(1e30)  # finite when 1 is added and when they are multiplied by less than 1e8
NOBODY = -1e3  # a log that is as good as none
STEPS = 30
CLOSE = 2e-4  # of Newton's steps: the error left is about the square of the last one
SMALL = SINGLE(0.25)  # below it, a series of the exponential is the more accurate


@inlined
def share_of_odds(odds):
    """Return the probability that belongs to odds, and that of the opposite."""
    held = minimum(odds, MOST_ODDS)
    not_so = ONE / (ONE + held)
    return held * not_so, not_so


@inlined
def share_ever(met):
    """Return 1 - exp(-met), as accurate for small hazards as for large ones."""
    series = SINGLE(1.0 / 120.0) - met * SINGLE(1.0 / 720.0)
    series = SINGLE(1.0 / 24.0) - met * series
    series = SINGLE(1.0 / 6.0) - met * series
    series = HALF - met * series
    series = met * (ONE - met * series)
    return series if met < SMALL else ONE - exp(-met)


@stage
def _add_logistic(ratio, well, diabetic, odds, more, vectors, of_well, of_ill, slope, slope_of_ill):
    """Add up prevalence and its slope on the log odds, of people without and with diabetes."""
    keep_apart()
    for vector in rows(0, vectors):
        for lane in range(WIDTH):
            n = vector * WIDTH + lane
            has, has_not = share_of_odds(odds * ratio[n])
            of_well[lane] = multiply_add(well[n], has, of_well[lane])
            slope[lane] = multiply_add(well[n] * has, has_not, slope[lane])
            has, has_not = share_of_odds(odds * more * ratio[n])
            of_ill[lane] = multiply_add(diabetic[n], has, of_ill[lane])
            slope_of_ill[lane] = multiply_add(diabetic[n] * has, has_not, slope_of_ill[lane])


@stage
def _add_ever(ratio, well, diabetic, met, more, vectors, of_well, of_ill, slope, slope_of_ill):
    """Add up who ever was ill and its slope on the hazard met, without and with diabetes."""
    keep_apart()
    for vector in rows(0, vectors):
        for lane in range(WIDTH):
            n = vector * WIDTH + lane
            ever = share_ever(met * ratio[n])
            of_well[lane] = multiply_add(well[n], ever, of_well[lane])
            slope[lane] = multiply_add(well[n] * ratio[n], ONE - ever, slope[lane])
            ever = share_ever(met * more * ratio[n])
            of_ill[lane] = multiply_add(diabetic[n], ever, of_ill[lane])
            slope_of_ill[lane] = multiply_add(
                diabetic[n] * more * ratio[n], ONE - ever, slope_of_ill[lane]
            )


@kernel
def _mean(ratio, more, work):
    """Return the mean of a hazard ratio, which diabetes multiplies by ``more``."""
    well, diabetic, _, _ = four_sums(
        ratio, work.well, work.diabetic, work.diabetic, work.diabetic, work.four
    )
    return well + more * diabetic


@kernel
def intercept(target, ratio, more, work):
    """Return the logistic intercept at which prevalence is on target (Newton's method).

    ``ratio`` (nodes,) hazard ratio without diabetes, which multiplies it by ``more``. Starts where
    the target would be reached if all had the mean ratio.
    """
    if target <= 0.0:
        return NOBODY
    alpha = np.log(target / (1.0 - target) / _mean(ratio, more, work))
    for _ in range(STEPS):
        clear(work.four)
        _add_logistic(
            ratio, work.well, work.diabetic, SINGLE(np.exp(alpha)), SINGLE(more),
            ratio.size // LANES, work.four[0], work.four[1], work.four[2], work.four[3],
        )  # fmt: skip
        of_well, of_ill, slope, slope_of_ill = totals(work.four)
        change = (target - of_well - of_ill) / (slope + slope_of_ill)
        alpha += min(max(change, -2.0), 2.0)
        if abs(change) < CLOSE:
            break
    return alpha


@kernel
def log_hazard_to_date(target, ratio, more, work):
    """Return the log of the hazard met at which ``target`` is the share ever ill (Newton).

    Starts where the target would be reached if all had the mean ratio, which is below.
    """
    if target <= 0.0:
        return NOBODY
    met = -np.log(1.0 - target) / _mean(ratio, more, work)
    for _ in range(STEPS):
        clear(work.four)
        _add_ever(
            ratio, work.well, work.diabetic, SINGLE(met), SINGLE(more), ratio.size // LANES,
            work.four[0], work.four[1], work.four[2], work.four[3],
        )  # fmt: skip
        of_well, of_ill, slope, slope_of_ill = totals(work.four)
        change = (target - of_well - of_ill) / (slope + slope_of_ill)
        met += change
        if abs(change) < CLOSE * met:
            break
    return np.log(met)


@stage
def _set_shares(ratio, odds, shares):
    """Set the probability of a disease."""
    keep_apart()
    for n in rows(0, ratio.size):
        shares[n] = share_of_odds(odds * ratio[n])[0]


@stage
def _set_ever(ratio, met, of_ever, ever, ill):
    """Set the probability of ever having been depressed, and of being so."""
    keep_apart()
    for n in rows(0, ratio.size):
        ever[n] = share_ever(met * ratio[n])
        ill[n] = of_ever * ever[n]


@stage
def _part_with_diabetes(weight, share, well, diabetic):
    """Divide the weights of nodes among people without and with diabetes."""
    keep_apart()
    for n in rows(0, weight.size):
        diabetic[n] = weight[n] * share[n]
        well[n] = weight[n] - diabetic[n]


@stage
def _nobody_has_it(weight, well, diabetic):
    keep_apart()
    for n in rows(0, weight.size):
        well[n] = weight[n]
        diabetic[n] = ZERO


@stage
def _recent(share, chance, recent):
    """Add who had a vascular event in the last year."""
    keep_apart()
    for n in rows(0, chance.size):
        recent[n] += share * chance[n]


@kernel
def find_diabetes(target, within_curve, grid, work):
    """Part the weights by diabetes; return its intercept and hazard to date of the inactive.

    ``within_curve`` above 0: what a published curve contains of it is to be expected.
    """
    k, ratio = c.DIABETES, work.ratio[c.DIABETES]
    spread_over_fifths(work.at_dose, grid.everybody[: grid.smoker.size], grid, work.met)
    _nobody_has_it(work.weight, work.well, work.diabetic)
    mean, _, _, _ = four_sums(work.weight, work.met, work.met, work.met, work.met, work.four)
    to_date = -np.log(1.0 - target) / mean
    if within_curve > 0.0:
        expect(work.at_dose, SINGLE(to_date), work.expected)
    else:
        expect(work.at_dose, ZERO, work.expected)
    spread_over_fifths(work.of_body[k], work.carried[k], grid, ratio)
    alpha = intercept(target, ratio, ONE, work)
    _set_shares(ratio, SINGLE(np.exp(alpha)), work.met)
    _part_with_diabetes(work.weight, work.met, work.well, work.diabetic)
    return alpha, to_date


@kernel
def find_others(risks, cell, prevalence, grid, work, intercepts):
    """Set the chances of the other diseases at every node, and their intercepts.

    ``work.chance`` (diseases, 2, nodes) is that of people without and with diabetes.
    """
    for k in range(c.N_CLOCKS):
        if k == c.DIABETES:
            continue
        more = risks.diabetes_ratio[k]
        less_expected(more, work.expected, work.of_body[k])
        spread_over_fifths(work.of_body[k], work.carried[k], grid, work.ratio[k])
        if k < c.N_DISEASES:
            intercepts[k] = _find(risks, cell, k, prevalence[k], more, work)
    for t in range(2):
        work.recent[t, :] = ZERO
        for place in range(len(c.VASCULAR)):
            chance = work.chance[c.VASCULAR[place], t]
            _recent(risks.recent_share[place, cell], chance, work.recent[t])


@kernel
def _find(risks, cell, k, prevalence, more, work):
    """Set the chances of a disease and return its intercept: of depression, of the hazard met."""
    ratio, chance = work.ratio[k], work.chance[k]
    if k == c.DEPRESSION:
        of_ever = risks.course_share[depression.AGAIN, cell]
        alpha = log_hazard_to_date(prevalence / of_ever, ratio, more, work)
        met = SINGLE(np.exp(alpha))
        _set_ever(ratio, met, of_ever, work.ever[0], chance[0])
        _set_ever(ratio, met * more, of_ever, work.ever[1], chance[1])
        return alpha
    alpha = intercept(prevalence, ratio, more, work)
    odds = SINGLE(np.exp(alpha))
    _set_shares(ratio, odds, chance[0])
    _set_shares(ratio, odds * more, chance[1])
    return alpha
