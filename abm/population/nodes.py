"""The nodes of the quadrature in one cell: what people carry, do and have lived through, compiled.

In each fifth of deprivation every body (BMI and habit) meets everything else that is carried
(smoking and lasting IL-6). A hazard ratio is a product of one factor of the body and one of the
rest. Arrays over bodies and nodes are single precision, one fifth after the other, each filled up
to whole lanes with empty ones, whose weight is 0.
"""

from typing import NamedTuple

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, kernel, rows, stage
from abm.kernel.constants import Single
from abm.kernel.traits import (
    body_mass_index,
    carried_log_ratio,
    diabetes_ratio_at_dose,
    habit_tendency,
    start_death_ratio,
    start_log_ratio,
)
from abm.places.country import Table
from abm.population.lanes import filled_up, four_sums
from abm.rules import activity, disease
from abm.rules.arithmetic import exp, minimum

SINGLE = np.float32
ZERO, ONE = SINGLE(0.0), SINGLE(1.0)
FIFTHS = 5
AVERAGE = 3  # fifth
USUAL_BMI = SINGLE(25.0)


class Grid(NamedTuple):
    """The nodes of every fifth, in single precision.

    ``bmi_score`` and ``habit_score`` (bodies,) filled up with 0, ``bodies`` their number;
    ``smoker`` and ``own_il6`` (scores,): what else is carried, those who smoke last; ``lasting``
    is the share of IL-6 that stays for life. ``weight``, ``smokes`` and ``others`` (nodes of
    a fifth,): node ``score * bodies + body``, filled up with 0; ``everybody`` is 1.
    """

    bmi_score: Single
    habit_score: Single
    bodies: int
    smoker: Single
    own_il6: Single
    lasting: float
    weight: Single
    smokes: Single
    others: Single
    everybody: Single


def grid_of(
    bmi: tuple[Table, Table], habit: tuple[Table, Table], il6: tuple[Table, Table], lasting: float,
) -> Grid:  # fmt: skip
    """Return the grid of scores and weights of BMI, habit and lasting IL-6 [ln units]."""
    bodies = bmi[0].size * habit[0].size
    weight = np.outer(bmi[1], habit[1]).ravel()
    smoker = np.repeat([0.0, 1.0], il6[0].size)
    size = filled_up(bodies * smoker.size)
    return Grid(
        _filled(np.repeat(bmi[0], habit[0].size), filled_up(bodies)),
        _filled(np.tile(habit[0], bmi[0].size), filled_up(bodies)),
        bodies, smoker.astype(SINGLE), np.tile(il6[0], 2).astype(SINGLE), lasting,
        _filled(np.outer(np.tile(il6[1], 2), weight).ravel() / FIFTHS, size),
        _filled(np.repeat(smoker, bodies), size), _filled(np.repeat(1.0 - smoker, bodies), size),
        np.ones(size, SINGLE),
    )  # fmt: skip


def _filled(values: Table, size: int) -> Single:
    found = np.zeros(size, SINGLE)
    found[: values.size] = values
    return found


@stage
def _fill_bodies(habits, body, sex, cell, deprivation, bmi_score, habit_score, bmi, dose):
    """Set BMI and the habitual dose of the bodies of one fifth."""
    keep_apart()
    for b in rows(0, bmi.size):
        bmi[b] = body_mass_index(body, cell, deprivation, bmi_score[b])
        latent = habit_tendency(habits, cell, deprivation, bmi_score[b])
        latent += habits.residual_sd[sex] * habit_score[b]
        dose[b] = activity.dose(
            latent, habits.zero_share[sex], habits.low_ceiling, habits.median[sex],
            habits.log_sd, habits.highest,
        )  # fmt: skip


@stage
def _ratios_of_bodies(risks, clock, cell, sex, deprivation, bmi, dose, ratio):
    """Set a clock's hazard ratio of body, dose and place."""
    keep_apart()
    if clock < c.N_DISEASES:
        for b in rows(0, bmi.size):
            ratio[b] = exp(
                start_log_ratio(risks, clock, cell, sex, deprivation, ZERO, bmi[b], ZERO, dose[b])
            )
    else:
        for b in rows(0, bmi.size):
            ratio[b] = start_death_ratio(
                risks, clock, cell, sex, deprivation, ZERO, bmi[b], ZERO, dose[b]
            )


@stage
def _ratios_at_dose(risks, dose, ratio):
    """Set the relative hazard of diabetes at the dose of each body."""
    keep_apart()
    for b in rows(0, dose.size):
        ratio[b] = diabetes_ratio_at_dose(risks, dose[b])


@stage
def spread(of_body, carried, bodies, of_node):
    """Set the product of what bodies and what else is carried bring, at the nodes of a fifth."""
    keep_apart()
    for score in range(carried.size):
        first = np.uint64(score) * np.uint64(bodies)
        for b in rows(0, bodies):
            of_node[first + b] = of_body[b] * carried[score]


@stage
def _add_met(of_body, carried, bodies, met):
    """Add the hazard of a death clock met to date, at the nodes of a fifth."""
    keep_apart()
    for score in range(carried.size):
        first = np.uint64(score) * np.uint64(bodies)
        for b in rows(0, bodies):
            met[first + b] += of_body[b] * carried[score]


@stage
def _survive(weight, met, living):
    """Set the weights of those who have lived, relative to who met the least hazard; return it."""
    keep_apart()
    least = met[0]
    for n in rows(0, met.size):
        least = minimum(least, met[n])
    for n in rows(0, met.size):
        living[n] = weight[n] * exp(least - met[n])
    return least


@stage
def _reweigh(smokes, smokers, others, weight):
    """Multiply the weights of smokers and of others."""
    keep_apart()
    for n in rows(0, weight.size):
        weight[n] *= others + (smokers - others) * smokes[n]


@stage
def _clear(column):
    keep_apart()
    for n in rows(0, column.size):
        column[n] = ZERO


@stage
def expect(ratio, to_date, expected):
    """Set the share with diabetes to be expected of each body."""
    keep_apart()
    for b in rows(0, ratio.size):
        expected[b] = disease.expected_diabetes_share(to_date * ratio[b])


@stage
def less_expected(hazard_ratio, expected, ratio):
    """Take the diabetes that a published activity curve contains out of a clock's ratio."""
    keep_apart()
    for b in rows(0, ratio.size):
        ratio[b] *= exp(disease.diabetes_log_ratio(hazard_ratio, ZERO, expected[b]))


@inlined
def set_carried(risks, clock, cell, sex, grid, lasting, carried):
    """Set a clock's hazard ratio of smoking and IL-6, of which the share ``lasting`` counts."""
    for score in range(carried.size):
        own = grid.own_il6[score] * lasting
        along = carried_log_ratio(
            risks, clock, cell, sex, AVERAGE, own, USUAL_BMI, grid.smoker[score]
        )
        alone = carried_log_ratio(risks, clock, cell, sex, AVERAGE, ZERO, USUAL_BMI, ZERO)
        carried[score] = exp(along - alone)


@kernel
def fill_bodies(habits, body, risks, sex, cell, grid, work):
    """Set BMI, dose and every clock's hazard ratio of the bodies of all fifths.

    ``work`` is a :class:`abm.population.integrals.Work`.
    """
    size = grid.bmi_score.size
    for fifth in range(FIFTHS):
        here = slice(fifth * size, (fifth + 1) * size)
        bmi, dose = work.bmi[here], work.dose[here]
        _fill_bodies(
            habits, body, sex, cell, fifth + 1, grid.bmi_score, grid.habit_score, bmi, dose
        )
        _ratios_at_dose(risks, dose, work.at_dose[here])
        for k in range(c.N_CLOCKS):
            _ratios_of_bodies(risks, k, cell, sex, fifth + 1, bmi, dose, work.of_body[k, here])
    for k in range(c.N_CLOCKS):
        set_carried(risks, k, cell, sex, grid, ONE, work.carried[k])


@kernel
def spread_over_fifths(of_body, carried, grid, of_node):
    """Set a ratio at the nodes of all fifths from those of bodies and of what else is carried."""
    bodies, nodes = grid.bmi_score.size, grid.weight.size
    for fifth in range(FIFTHS):
        spread(
            of_body[fifth * bodies : (fifth + 1) * bodies], carried, grid.bodies,
            of_node[fifth * nodes : (fifth + 1) * nodes],
        )  # fmt: skip


@kernel
def _meet_death(risks, sex, cell, fifth, tilt, to_date, grid, work, met):
    """Set the hazard of death met to date, by what people carry for life, in one fifth."""
    bodies = grid.bmi_score.size
    _clear(met)
    for place in range(c.N_DEATH_CLOCKS):
        k = c.N_DISEASES + place
        set_carried(risks, k, cell, sex, grid, SINGLE(grid.lasting), work.lived)
        for score in range(work.lived.size):
            work.lived[score] *= SINGLE(tilt[place, fifth] * to_date[place])
        of_body = work.of_body[k, fifth * bodies : (fifth + 1) * bodies]
        _add_met(of_body, work.lived, grid.bodies, met)


@kernel
def weigh_survivors(risks, sex, cell, published, tilt, to_date, grid, work, smoking, shares):
    """Set the nodes' weights among those who have lived to this age.

    People start in equal fifths at 20; whoever carries a higher hazard of death for life is rarer
    later on. ``tilt`` (death clocks, 5), ``to_date`` (death clocks,). ``smoking`` is the share by
    standing at 20 that leaves the ``published`` share of smokers among the living of each fifth;
    ``shares`` the living by fifth.
    """
    nodes, total = grid.weight.size, 0.0
    for fifth in range(FIFTHS):
        here = slice(fifth * nodes, (fifth + 1) * nodes)
        met, weight = work.met[here], work.weight[here]
        _meet_death(risks, sex, cell, fifth, tilt, to_date, grid, work, met)
        whole = grid.bodies * grid.smoker.size
        half = whole // 2
        best_others = _survive(grid.weight[:half], met[:half], weight[:half])
        best_smokers = _survive(grid.weight[half:whole], met[half:whole], weight[half:whole])
        others, smokers, _, _ = four_sums(
            weight, grid.others, grid.smokes, grid.smokes, grid.smokes, work.four
        )
        work.scale[fifth, 0] = np.exp(-np.float64(best_others))
        work.scale[fifth, 1] = np.exp(-np.float64(best_smokers))
        others, smokers = others * work.scale[fifth, 0], smokers * work.scale[fifth, 1]
        at_20 = published[fifth] / smokers, (1.0 - published[fifth]) / others
        smoking[fifth] = at_20[0] / (at_20[0] + at_20[1])
        shares[fifth] = smokers * smoking[fifth] + others * (1.0 - smoking[fifth])
        total += shares[fifth]
    for fifth in range(FIFTHS):
        _reweigh(
            grid.smokes, SINGLE(work.scale[fifth, 1] * smoking[fifth] / total),
            SINGLE(work.scale[fifth, 0] * (1.0 - smoking[fifth]) / total),
            work.weight[fifth * nodes : (fifth + 1) * nodes],
        )  # fmt: skip
        shares[fifth] /= total
