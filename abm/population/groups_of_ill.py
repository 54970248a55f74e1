"""Sums over groups of the ill within one cell of the quadrature, compiled.

Groups are the combinations of chronic diseases, one bit each in the order of CHRONIC of the
layout, then the diseases that kill by their own rate (BY_OWN_RATE). The nodes of one fifth, of
people without or with diabetes, are summed at a time, four groups together: those combinations that
hold diabetes, or those that do not, and the diseases; what is missing to a multiple of four is
empty.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, kernel, rows, stage
from abm.kernel.constants import Single
from abm.kernel.traits import copy
from abm.population.lanes import add_four, clear, fold
from abm.rules.arithmetic import exp, power

SINGLE = np.float32
ZERO, ONE = SINGLE(0.0), SINGLE(1.0)
FOUR = 4
NONE = -1
_BIT = 1 << c.CHRONIC.index(c.DIABETES)


def _fours(groups: list[int]) -> list[int]:
    return groups + [NONE] * (-len(groups) % FOUR)


_OWN = _fours([c.N_COMBINATIONS + p for p in range(len(c.BY_OWN_RATE))])
_COMBINATIONS = [
    _fours([which for which in range(c.N_COMBINATIONS) if (which & _BIT > 0) == with_it])
    for with_it in (False, True)
]
OWN_FROM = len(_COMBINATIONS[0])  # places before it are combinations
PLACES = OWN_FROM + len(_OWN)
KNOWN = c.N_DEATH_CLOCKS - 1  # causes of death with a share of their own
N_OWN = len(c.BY_OWN_RATE)
ROWS = KNOWN + N_OWN + c.N_DISEASES  # that are summed over all fifths, by group
# Rows that are summed by fifth: diseases at risk, what recurrences of depression are multiplied by,
# who ever had it, known causes of death
AGAIN, EVER, KNOWN_FROM = c.N_DISEASES, c.N_DISEASES + 1, c.N_DISEASES + 2
SUMMED = -(-(KNOWN_FROM + KNOWN) // FOUR) * FOUR
# diseases whose hazard is not that of those at risk where they are part of a combination
HOLDS = tuple(k in c.CHRONIC or k == c.DEPRESSION for k in range(c.N_DISEASES))
# which group stands at a place, without and with diabetes; NONE where it is empty
GROUP = np.array([[*chosen, *_OWN] for chosen in _COMBINATIONS])


def new_groups(nodes: int) -> Single:
    """Return memory for the groups of one fifth, (places, nodes)."""
    return np.zeros((PLACES, nodes), SINGLE)


@stage
def _who_have(chance, part):
    """Keep of a part of people those who have a disease."""
    keep_apart()
    for n in rows(0, chance.size):
        part[n] *= chance[n]


@stage
def _who_have_not(chance, part):
    """Keep of a part of people those who do not have a disease."""
    keep_apart()
    for n in rows(0, chance.size):
        part[n] *= ONE - chance[n]


@stage
def _raise(more, chance, hazard):
    """Multiply a hazard by what those who have a disease have more of it, on average."""
    keep_apart()
    for n in rows(0, chance.size):
        hazard[n] *= ONE + more * chance[n]


@stage
def _at_risk(hazard, chance, at_risk):
    """Set the hazard of those who do not have a disease, on average."""
    keep_apart()
    for n in rows(0, chance.size):
        at_risk[n] = hazard[n] * (ONE - chance[n])


@stage
def _of_depressed(hazard, ever, applies, at_risk, again):
    """Set the hazards of a first onset and of what sets a recurrence apart."""
    keep_apart()
    for n in rows(0, hazard.size):
        at_risk[n] = hazard[n] * (ONE - ever[n])
        again[n] = ever[n] * power(hazard[n], applies)


@kernel
def set_groups(t, weight, chance, first, last, groups):
    """Set how many belong to every group at nodes of people without (``t`` 0) or with diabetes.

    ``weight`` (nodes,) of the nodes from ``first`` up to ``last`` of ``chance`` (diseases, 2, all
    nodes), ``groups`` (places, nodes).
    """
    for place in range(PLACES):
        group = GROUP[t, place]
        if group == NONE:
            continue
        copy(weight, groups[place], 0, groups[place].size)
        if group >= c.N_COMBINATIONS:
            k = c.BY_OWN_RATE[group - c.N_COMBINATIONS]
            _who_have(chance[k, t][first:last], groups[place])
            continue
        for bit in range(len(c.CHRONIC)):
            k = c.CHRONIC[bit]
            if k != c.DIABETES:
                if group >> bit & 1 == 1:
                    _who_have(chance[k, t][first:last], groups[place])
                else:
                    _who_have_not(chance[k, t][first:last], groups[place])


@kernel
def _add_groups(row, groups, first, lanes):
    """Add a row times each of the groups from place ``first`` on to sums (places, LANES)."""
    for place in range(first, groups.shape[0], FOUR):
        add_four(
            row, groups[place], groups[place + 1], groups[place + 2], groups[place + 3],
            lanes[place : place + FOUR],
        )  # fmt: skip


@kernel
def add_by_fifth(t, factor, row, groups, lanes, table):
    """Add the sums of a row times each group to ``table`` (groups,)."""
    clear(lanes)
    _add_groups(row, groups, 0, lanes)
    fold(lanes)
    for place in range(PLACES):
        group = GROUP[t, place]
        if group != NONE:
            table[group] += factor * lanes[place, 0]


@kernel
def set_more(risks, more):
    """Set by how much each disease raises each while it lasts (diseases, diseases); 0 for none."""
    for k in range(c.N_DISEASES):
        for j in range(c.N_DISEASES):
            more[k, j] = exp(risks.while_ill_log_ratio[k, j]) - ONE


@kernel
def set_at_risk(t, first, last, risks, chance, work):
    """Set the rows that are summed, diabetes left out; see :data:`SUMMED`.

    ``work.hazard`` (diseases, nodes) are hazard ratios with all that other diseases bring; of
    depression, of those not in an episode.
    """
    for k in range(c.N_DISEASES):
        hazard, row = work.hazard[k], work.rows[k]
        copy(work.ratio[k][first:last], hazard, 0, hazard.size)
        for j in range(c.N_DISEASES):
            if work.more[k, j] != ZERO:
                _raise(work.more[k, j], chance[j, t][first:last], hazard)
        if k == c.DEPRESSION:
            ever = work.ever[t][first:last]
            _raise(risks.recent_ratio - ONE, work.recent[t][first:last], hazard)
            copy(ever, work.rows[EVER], 0, ever.size)
            _of_depressed(hazard, ever, risks.applies_to_recurrence, row, work.rows[AGAIN])
            _who_have_not(chance[k, t][first:last], hazard)
        else:
            _at_risk(hazard, chance[k, t][first:last], row)
    for place in range(KNOWN):
        ratio = work.ratio[c.N_DISEASES + place][first:last]
        copy(ratio, work.rows[KNOWN_FROM + place], 0, ratio.size)


@kernel
def sum_rows(weight, work):
    """Leave the sums of weighted rows in the first lanes of ``work.lanes`` (rows, LANES)."""
    clear(work.lanes)
    _add_groups(weight, work.rows, 0, work.lanes)
    fold(work.lanes)


@kernel
def add_rows(t, first, last, chance, work):
    """Add rows times groups to ``work.sums`` (rows, places, LANES), whatever the fifth.

    Known causes of death, diseases that kill by their own rate, and diseases, of which people
    with a combination of chronic diseases are at risk if they do not have it, and all others as
    often as everybody.
    """
    for place in range(KNOWN):
        _add_groups(work.rows[KNOWN_FROM + place], work.groups, 0, work.sums[place])
    for p in range(N_OWN):
        row = chance[c.BY_OWN_RATE[p], t][first:last]
        _add_groups(row, work.groups, 0, work.sums[KNOWN + p])
    for k in range(c.N_DISEASES):
        sums = work.sums[KNOWN + N_OWN + k]
        in_combinations = work.hazard[k] if HOLDS[k] else work.rows[k]
        elsewhere = work.hazard[k] if k == c.DEPRESSION else work.rows[k]
        _add_groups(in_combinations, work.groups[:OWN_FROM], 0, sums)
        _add_groups(elsewhere, work.groups, OWN_FROM, sums)


@kernel
def add_totals(t, risks, work, death, ill, events):
    """Add up what :func:`add_rows` has summed.

    To ``death`` (known causes, groups), ``ill`` (diseases that kill by their own rate, groups) and
    ``events`` (diseases, groups).
    """
    for row in range(ROWS):
        fold(work.sums[row])
    for place in range(PLACES):
        group = GROUP[t, place]
        if group == NONE:
            continue
        for j in range(KNOWN):
            factor = more_with_diabetes(risks, c.N_DISEASES + j, t)
            death[j, group] += factor * work.sums[j, place, 0]
        for p in range(N_OWN):
            if group != c.N_COMBINATIONS + p:  # who have it themselves are added below
                ill[p, group] += work.sums[KNOWN + p, place, 0]
        for k in range(c.N_DISEASES):
            if not _has(k, group):
                factor = more_with_diabetes(risks, k, t)
                events[k, group] += factor * work.sums[KNOWN + N_OWN + k, place, 0]


@inlined
def more_with_diabetes(risks, k, t):
    """Return the hazard ratio of diabetes for a clock, 1 for people without it (``t`` 0)."""
    return risks.diabetes_ratio[k] if t == 1 else ONE


@inlined
def _has(k, group):
    """Return whether all of a group have disease ``k``."""
    for bit in range(len(c.CHRONIC)):
        if c.CHRONIC[bit] == k and group < c.N_COMBINATIONS:
            return group >> bit & 1 == 1
    return group >= c.N_COMBINATIONS and c.BY_OWN_RATE[group - c.N_COMBINATIONS] == k
