"""The steady part of each clock's log hazard: looked up in January, and again after an event.

Also what diseases add to the hazard of death, which follows nothing but the illness. Every function
works on the rows from ``first`` up to, not including, ``last``: in January on everybody, after an
event on the one person whom it befell.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, rows, sequence, stage
from abm.kernel.traits import ONE, ZERO, carried_log_ratio
from abm.rules import disease, mortality

SINGLE = np.float32


@stage
def set_clock(
    risks, k, cell, sex, deprivation, person, drift, bmi, smoker, diabetic, expected, ill, steady,
    follows, first, last,
):  # fmt: skip
    """Set the steady part of one clock's log hazard of onset, illnesses other than diabetes apart.

    ``follows`` is 0 for the ill, whose recovery follows neither activity nor IL-6.
    """
    keep_apart()
    for i in rows(first, last):
        carried = carried_log_ratio(
            risks, k, cell[i], sex[i], deprivation[i], person[i] + drift[i], bmi[i], smoker[i]
        )
        comorbid = disease.diabetes_log_ratio(risks.diabetes_ratio[k], diabetic[i], expected[i])
        steady[i] = risks.log_reference[k, cell[i]] + carried + comorbid
        follows[i] = ONE - ill[i]


@stage
def add_illness(log_ratio, ill, steady, first, last):
    """Add to a clock what an illness brings while it lasts."""
    keep_apart()
    for i in rows(first, last):
        steady[i] += log_ratio * ill[i]


@stage
def add_past(risks, now, history, last_vascular, steady, first, last):
    """Add to the clock of depression what past depression and a recent vascular event bring."""
    keep_apart()
    for i in rows(first, last):
        recent = disease.recent_event_log_ratio(risks.recent_ratio, now - last_vascular[i])
        steady[i] += risks.history_log_ratio * history[i] + recent


@stage
def set_exits(risks, k, cell, ill, steady, first, last):
    """Let the clock of the ill run toward recovery instead."""
    for i in rows(first, last):
        if ill[i] > ZERO:
            steady[i] = risks.log_exit[k, cell[i]]


@sequence
def set_whole_clock(numbers, integers, risks, k, now, first, last):
    """Set the steady part of clock ``k``, with all that illnesses bring to it."""
    cell, steady = integers[c.CELL], numbers[c.STEADY + k]
    ill = numbers[c.ILL + k] if k < c.N_DISEASES else numbers[c.NOTHING]
    set_clock(
        risks, k, cell, integers[c.SEX], integers[c.DEPRIVATION], numbers[c.PERSON_EFFECT],
        numbers[c.DRIFT], numbers[c.BMI], numbers[c.SMOKER], numbers[c.ILL + c.DIABETES],
        numbers[c.EXPECTED_DIABETES], ill, steady, numbers[c.FOLLOWS + k], first, last,
    )  # fmt: skip
    for j in range(c.N_DISEASES):
        if risks.while_ill_log_ratio[k, j] != ZERO:
            add_illness(risks.while_ill_log_ratio[k, j], numbers[c.ILL + j], steady, first, last)
    if k == c.DEPRESSION:
        add_past(risks, now, numbers[c.HISTORY], numbers[c.LAST_VASCULAR], steady, first, last)
    if k < c.N_DISEASES:
        set_exits(risks, k, cell, ill, steady, first, last)


@stage
def add_excess(risks, k, cell, ill, excess, first, last):
    """Add what a disease brings to the hazard of death of those who have it."""
    keep_apart()
    for i in rows(first, last):
        excess[i] = mortality.excess_hazard(excess[i], risks.excess[k, cell[i]], ill[i])


@sequence
def set_excess(numbers, integers, risks, first, last):
    """Set what diseases add to the hazard of death."""
    numbers[c.EXCESS, first:last] = ZERO
    for k in range(c.N_DISEASES):
        if c.KILLS_LATER[k]:
            add_excess(
                risks, k, integers[c.CELL], numbers[c.ILL + k], numbers[c.EXCESS], first, last
            )


@sequence
def set_clocks(numbers, integers, risks, now, first, last):
    """Set the steady parts of all clocks of some rows, and the excess of the ill."""
    set_excess(numbers, integers, risks, first, last)
    for k in range(c.N_CLOCKS):
        set_whole_clock(numbers, integers, risks, k, now, first, last)


@inlined
def depends_on(risks, k, turned):
    """Return whether clock ``k`` has to be set anew once disease ``turned`` has come or gone."""
    by_diabetes = turned == c.DIABETES and risks.diabetes_ratio[k] != ONE
    by_event = k == c.DEPRESSION and c.RAISES_FOR_A_YEAR[turned]
    return k == turned or by_diabetes or by_event


@inlined
def follow_illness(numbers, risks, turned, i):
    """Move the other clocks of somebody whose illness ``turned`` has just come or gone."""
    sign = ONE if numbers[c.ILL + turned, i] > ZERO else -ONE
    for k in range(c.N_CLOCKS):
        change = sign * risks.while_ill_log_ratio[k, turned]
        numbers[c.STEADY + k, i] += change * numbers[c.FOLLOWS + k, i]


@sequence
def reset_clocks(numbers, integers, risks, turned, now, i):
    """Set the clocks, and the excess, that depend on a disease that has just come or gone."""
    for k in range(c.N_CLOCKS):
        if depends_on(risks, k, turned):
            set_whole_clock(numbers, integers, risks, k, now, i, i + 1)
    if c.RAISES_WHILE_ILL[turned]:
        follow_illness(numbers, risks, turned, i)
    if c.KILLS_LATER[turned]:
        set_excess(numbers, integers, risks, i, i + 1)
