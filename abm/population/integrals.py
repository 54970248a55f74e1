"""Integrals over the population model, cell by cell, compiled.

By quadrature over deprivation, smoking, BMI, habit and lasting IL-6, with the same rules as the
kernel. :mod:`abm.population.calibration` lays out the nodes and calls :func:`integrate_cells`.
"""

from typing import NamedTuple

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import kernel
from abm.kernel.constants import Single
from abm.places.country import Table
from abm.population.groups_of_ill import (
    AGAIN,
    EVER,
    KNOWN,
    KNOWN_FROM,
    ONE,
    PLACES,
    ROWS,
    SUMMED,
    add_by_fifth,
    add_rows,
    add_totals,
    more_with_diabetes,
    new_groups,
    set_at_risk,
    set_groups,
    set_more,
    sum_rows,
)
from abm.population.lanes import LANES, clear, new_lanes
from abm.population.nodes import FIFTHS, Grid, fill_bodies, weigh_survivors
from abm.population.prevalence import find_diabetes, find_others
from abm.rules.arithmetic import power

CALIBRATED_AGES = 81  # 20 to 100; rates are flat beyond
SINGLE = np.float32
NOBODY = 1e-300


class Sums(NamedTuple):
    """Integrals over the population model, by sex and age.

    Diseases are counted in the order of their table. Groups of the ill are the combinations of
    chronic diseases, one bit each in the order of CHRONIC of the layout, then the diseases that
    kill by their own rate (BY_OWN_RATE). What is by group or by fifth of deprivation is per person
    of the population. ``intercept`` (diseases, 2, ages); ``at_risk`` (diseases, 2, ages, 5): mean
    relative hazard of those at risk; ``having`` (groups, 2, ages, 5): share who belong to a group;
    ``death`` (known causes, groups, 2, ages): their relative hazard of each cause of death but the
    last, ``known`` (known causes, 2, ages, 5) that of all of a fifth; ``all_else`` (groups, 2,
    ages, 5) that of the last; ``ill`` (BY_OWN_RATE, groups, 2, ages): share of a group with each
    disease; ``events`` (diseases, groups, 2, ages): relative hazard of those at risk in a group, as
    if what raises it were as frequent there as elsewhere; ``inactive_diabetes`` (2, ages):
    hazard-to-date of diabetes at no activity; ``smoking`` and ``fifths`` (2, ages, 5): share of
    smokers by standing at 20, and the living by fifth; ``recurring`` (2, ages): log of what a
    recurrence of depression is on average multiplied by among those ever ill.
    """

    intercept: Table
    at_risk: Table
    having: Table
    death: Table
    known: Table
    all_else: Table
    ill: Table
    events: Table
    inactive_diabetes: Table
    smoking: Table
    fifths: Table
    recurring: Table


class Work(NamedTuple):
    """What holds for the cell at hand; single precision.

    Of bodies of all fifths, one after the other: ``bmi``, ``dose``, ``at_dose`` (relative hazard
    of diabetes), ``expected`` (share with diabetes), ``of_body`` (clocks, bodies). Of scores of
    what else is carried: ``carried`` (clocks, scores), ``lived`` (scores,). Of nodes of all fifths:
    ``met`` (hazard of death to date, then whatever is needed for a moment), ``weight``, of it
    ``well`` and ``diabetic``, ``ratio`` (clocks, nodes) without diabetes; without and with it
    ``chance`` (diseases, 2, nodes) of each disease, ``ever`` (2, nodes) depressed, ``recent``
    (2, nodes) vascular event. Of the nodes of one fifth: ``groups`` (places, nodes), ``hazard``
    (diseases, nodes), ``rows`` (rows, nodes). ``lanes`` and ``sums`` (rows, places, lanes) hold
    sums, ``four`` (4, lanes) those needed for a moment, ``scale`` (5, 2) what weights of a
    fifth's others and smokers are to be multiplied by, ``more`` (diseases,
    diseases) by how much each is raised by each.
    """

    bmi: Single
    dose: Single
    at_dose: Single
    expected: Single
    of_body: Single
    carried: Single
    lived: Single
    met: Single
    weight: Single
    well: Single
    diabetic: Single
    ratio: Single
    chance: Single
    ever: Single
    recent: Single
    groups: Single
    hazard: Single
    rows: Single
    lanes: Single
    sums: Single
    four: Single
    scale: Table
    more: Single


def work_of(grid: Grid) -> Work:
    """Return memory for one cell."""
    bodies, nodes = FIFTHS * grid.bmi_score.size, FIFTHS * grid.weight.size
    scores = grid.smoker.size

    def empty(*shape: int) -> Single:
        return np.zeros(shape, SINGLE)

    chance = empty(c.N_DISEASES, 2, nodes)
    chance[c.DIABETES, 1] = 1.0  # without and with it
    return Work(
        *(empty(bodies) for _ in range(4)), empty(c.N_CLOCKS, bodies),
        empty(c.N_CLOCKS, scores), empty(scores), *(empty(nodes) for _ in range(4)),
        empty(c.N_CLOCKS, nodes), chance, empty(2, nodes), empty(2, nodes),
        new_groups(grid.weight.size), empty(c.N_DISEASES, grid.weight.size),
        empty(SUMMED, grid.weight.size), new_lanes(max(SUMMED, PLACES)),
        empty(ROWS, PLACES, LANES), new_lanes(4), np.empty((FIFTHS, 2)),
        empty(c.N_DISEASES, c.N_DISEASES),
    )  # fmt: skip


@kernel
def _integrate_cell(habits, body, risks, sex, a, prevalence, within_curve, grid, lived, work, sums):
    """Integrate one cell; ``lived`` are the fifths' tilts and the hazards of death to date."""
    cell = sex * c.N_AGES + a
    fill_bodies(habits, body, risks, sex, cell, grid, work)
    weigh_survivors(
        risks, sex, cell, body.smoking_share[cell * 5 : cell * 5 + 5], lived[0][:, sex],
        lived[1][:, sex, a], grid, work, sums.smoking[sex, a], sums.fifths[sex, a],
    )  # fmt: skip
    alpha, to_date = find_diabetes(prevalence[c.DIABETES], within_curve, grid, work)
    find_others(risks, cell, prevalence, grid, work, sums.intercept[:, sex, a])
    sums.intercept[c.DIABETES, sex, a] = alpha
    sums.inactive_diabetes[sex, a] = to_date
    _add_up(risks, sex, a, prevalence, grid, work, sums)


@kernel
def _add_up(risks, sex, a, prevalence, grid, work, sums):
    """Add up the nodes of one cell, of people without and with diabetes.

    Those who have a disease whatever else they have are as many as its ``prevalence`` says, which
    single precision and Newton's method meet to seven digits only.
    """
    nodes = grid.weight.size
    ever, again = 0.0, 0.0
    for t in range(2):
        for row in range(ROWS):
            clear(work.sums[row])
        for fifth in range(FIFTHS):
            first, last = fifth * nodes, (fifth + 1) * nodes
            weight = work.well[first:last] if t == 0 else work.diabetic[first:last]
            set_groups(t, weight, work.chance, first, last, work.groups)
            set_at_risk(t, first, last, risks, work.chance, work)
            add_rows(t, first, last, work.chance, work)
            more = _add_fifth(t, fifth, risks, weight, grid, work, sums, sex, a)
            ever, again = ever + more[0], again + more[1]
        add_totals(
            t, risks, work, sums.death[:, :, sex, a], sums.ill[:, :, sex, a],
            sums.events[:, :, sex, a],
        )  # fmt: skip
    for p in range(len(c.BY_OWN_RATE)):
        _meet(prevalence[c.BY_OWN_RATE[p]], c.N_COMBINATIONS + p, sums.having[:, sex, a],
              sums.ill[p, :, sex, a])  # fmt: skip
    sums.recurring[sex, a] = np.log(again / ever) if ever > 0.0 else 0.0


@kernel
def _meet(prevalence, own, having, ill):
    """Scale those with a disease to its prevalence, as a group and within combinations."""
    whole, among = 0.0, 0.0
    for fifth in range(FIFTHS):
        whole += having[own, fifth]
    for which in range(c.N_COMBINATIONS):
        among += ill[which]
    for fifth in range(FIFTHS):
        having[own, fifth] *= prevalence / max(whole, NOBODY)
    for group in range(c.N_GROUPS_OF_ILL):
        ill[group] *= prevalence / max(among, NOBODY)
    ill[own] = prevalence


@kernel
def _add_fifth(t, fifth, risks, weight, grid, work, sums, sex, a):
    """Add up one fifth; return who ever was depressed, and how much more often it recurs."""
    nodes = grid.weight.size
    all_else = work.ratio[c.ALL_ELSE][fifth * nodes : (fifth + 1) * nodes]
    more = more_with_diabetes(risks, c.ALL_ELSE, t)
    add_by_fifth(t, ONE, grid.everybody, work.groups, work.lanes, sums.having[:, sex, a, fifth])
    add_by_fifth(t, more, all_else, work.groups, work.lanes, sums.all_else[:, sex, a, fifth])
    sum_rows(weight, work)
    for k in range(c.N_DISEASES):
        more = more_with_diabetes(risks, k, t)
        sums.at_risk[k, sex, a, fifth] += more * work.lanes[k, 0]
    for place in range(KNOWN):
        more = more_with_diabetes(risks, c.N_DISEASES + place, t)
        sums.known[place, sex, a, fifth] += more * work.lanes[KNOWN_FROM + place, 0]
    applies = power(more_with_diabetes(risks, c.DEPRESSION, t), risks.applies_to_recurrence)
    return work.lanes[EVER, 0], applies * work.lanes[AGAIN, 0]


@kernel
def integrate_cells(
    habits, body, risks, prevalence, within_curve, every, grid, lived, work, sums
):  # fmt: skip
    """Integrate every calibrated cell, or one in ``every``; ``sums`` as in :class:`Sums`."""
    set_more(risks[0], work.more)
    for sex in range(2):
        for a in range(0, CALIBRATED_AGES, every):
            _integrate_cell(
                habits[0], body[0], risks[0], sex, a, prevalence[:, sex, a], within_curve, grid,
                lived, work, sums,
            )  # fmt: skip


@kernel
def fill_ages(table, every):
    """Interpolate over the ages left out, and hold the last calibrated one: (..., ages, ...)."""
    last = (CALIBRATED_AGES - 1) // every * every
    for row in range(table.shape[0]):
        for age in range(table.shape[1]):
            before = min(age // every * every, last)
            after = min(before + every, last)
            share = (age - before) / every if after > before else 0.0
            for column in range(table.shape[2]):
                one, two = table[row, before, column], table[row, after, column]
                table[row, age, column] = (1.0 - share) * one + share * two
