"""Sums over groups of the ill within one cell of the quadrature, compiled.

Groups are the combinations of chronic diseases, one bit each in the order of CHRONIC of the
layout, then the diseases that kill by their own rate (BY_OWN_RATE).
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import solver


@solver
def set_groups(chance, groups):
    """Set the probability of every group of the ill, without and with diabetes.

    Combinations of chronic diseases, then diseases that kill by their own rate. ``chance``
    (diseases, 2, nodes), ``groups`` (groups of the ill, 2, nodes).
    """
    for n in range(chance.shape[2]):
        for t in range(2):
            for which in range(c.N_COMBINATIONS):
                groups[which, t, n] = 1.0
                for place in range(len(c.CHRONIC)):
                    p = chance[c.CHRONIC[place], t, n]
                    groups[which, t, n] *= p if which >> place & 1 == 1 else 1.0 - p
            for p in range(len(c.BY_OWN_RATE)):
                groups[c.N_COMBINATIONS + p, t, n] = chance[c.BY_OWN_RATE[p], t, n]


@solver
def chance_of_no(k, group, chance):
    """Return the chance that somebody of a group of the ill has no disease ``k``.

    ``chance`` is that of having it whatever group one belongs to.
    """
    for place in range(len(c.CHRONIC)):
        if c.CHRONIC[place] == k and group < c.N_COMBINATIONS:
            return 0.0 if group >> place & 1 == 1 else 1.0
    for p in range(len(c.BY_OWN_RATE)):
        if c.BY_OWN_RATE[p] == k and group == c.N_COMBINATIONS + p:
            return 0.0
    return 1.0 - chance


@solver
def sum_at_risk(k, risks, cell, weights, fifth, present, chance, never, hazards, recent, groups,
                 sums, events):  # fmt: skip
    """Add the relative hazards of those at risk of clock ``k``, by fifth and by group of the ill.

    ``chance`` (diseases, 2, nodes) of having each disease without and with diabetes; ``never`` to
    have had depression, ``recent`` of a vascular event in the last year; ``groups`` (groups of the
    ill, 2, nodes) of belonging to each. ``sums`` (5,), ``events`` (groups of the ill,). Return the
    log mean of what recurrences of depression are multiplied by.
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
            for g in range(c.N_GROUPS_OF_ILL):
                free = groups[g, t, n] * chance_of_no(k, g, chance[k, t, n])
                events[g] += weights[n] * q * free * hazard
        sums[fifth[n]] += weights[n] * total
    return np.log(again / ever) if ever > 0.0 else 0.0


@solver
def sum_death(weights, fifth, present, chance, groups, hazards, having, death, ill):
    """Add up who belongs to which group of the ill, how they die, and what they have.

    By fifth: ``having`` (groups, 5) shares, ``death`` (death clocks, groups, 5) relative hazards,
    ``ill`` (diseases that kill by their own rate, groups, 5) shares with each.
    """
    for n in range(weights.size):
        d = fifth[n]
        for t in range(2):
            share = weights[n] * (present[n] if t == 1 else 1.0 - present[n])
            for g in range(c.N_GROUPS_OF_ILL):
                part = share * groups[g, t, n]
                if part > 0.0:
                    having[g, d] += part
                    for place in range(c.N_DEATH_CLOCKS):
                        death[place, g, d] += part * hazards[c.N_DISEASES + place, t, n]
                    for p in range(len(c.BY_OWN_RATE)):
                        k = c.BY_OWN_RATE[p]
                        ill[p, g, d] += part * (1.0 - chance_of_no(k, g, chance[k, t, n]))
