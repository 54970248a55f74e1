"""The steady part of each clock's log hazard: looked up in January, and again after an event.

Also what diseases add to the hazard of death, which follows nothing but the illness.
``set_clocks`` does it for everybody in vectorised loops, ``reset_clocks`` for one person; both call
the same functions of one person.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, rows, sequence, stage
from abm.kernel.traits import ONE, ZERO, carried_log_ratio
from abm.rules import disease, mortality

SINGLE = np.float32


@inlined
def past_and_recent(risks, now, history, last_vascular):
    """Return what past depression and a recent vascular event add to depression's log hazard."""
    recent = disease.recent_event_log_ratio(risks.recent_ratio, now - last_vascular)
    return risks.history_log_ratio * history + recent


@inlined
def log_hazard_of_onset(risks, k, cell, carried, diabetic, expected, depressed, extra):
    """Return the steady part of a clock's log hazard for somebody who is not ill."""
    comorbid = disease.diabetes_log_ratio(risks.diabetes_ratio[k], diabetic, expected)
    depression = risks.depression_log_ratio[k] * depressed
    return risks.log_reference[k, cell] + carried + comorbid + depression + extra


@stage
def set_clock(
    risks, k, cell, sex, deprivation, person, drift, bmi, smoker, diabetic, depressed, expected,
    extra, ill, steady, follows, first, last,
):  # fmt: skip
    """Set the steady part of one clock's log hazard of onset.

    ``follows`` is 0 for the ill, whose recovery follows neither activity nor IL-6.
    """
    keep_apart()
    for i in rows(first, last):
        carried = carried_log_ratio(
            risks, k, cell[i], sex[i], deprivation[i], person[i] + drift[i], bmi[i], smoker[i]
        )
        steady[i] = log_hazard_of_onset(
            risks, k, cell[i], carried, diabetic[i], expected[i], depressed[i], extra[i]
        )
        follows[i] = ONE - ill[i]


@stage
def set_exits(risks, k, cell, ill, steady, first, last):
    """Let the clock of the ill run toward recovery instead."""
    for i in rows(first, last):
        if ill[i] > ZERO:
            steady[i] = risks.log_exit[k, cell[i]]


@stage
def depression_extra(risks, now, history, last_vascular, extra, first, last):
    """Set what past depression and a recent vascular event add to depression's log hazard."""
    keep_apart()
    for i in rows(first, last):
        extra[i] = past_and_recent(risks, now, history[i], last_vascular[i])


@stage
def set_excess(risks, cell, ill, excess, first, last):
    """Set what diseases add to everybody's hazard of death."""
    keep_apart()
    for i in rows(first, last):
        excess[i] = mortality.excess_hazard(
            risks.excess[c.HEART, cell[i]] * ill[c.HEART, i],
            risks.excess[c.STROKE, cell[i]] * ill[c.STROKE, i],
            risks.excess[c.DIABETES, cell[i]] * ill[c.DIABETES, i],
            risks.excess[c.COLON, cell[i]] * ill[c.COLON, i],
            risks.excess[c.BREAST, cell[i]] * ill[c.BREAST, i],
        )


@sequence
def set_clocks(numbers, integers, risks, now, first, last):
    """Set the steady parts of all clocks of some rows, and the excess of the ill."""
    cell, nobody, extra = integers[c.CELL], numbers[c.NOBODY], numbers[c.SCRATCH]
    set_excess(risks, cell, numbers[c.ILL : c.ILL + c.N_DISEASES], numbers[c.EXCESS], first, last)
    depression_extra(risks, now, numbers[c.HISTORY], numbers[c.LAST_VASCULAR], extra, first, last)
    for k in range(c.N_CLOCKS):
        set_clock(
            risks, k, cell, integers[c.SEX], integers[c.DEPRIVATION], numbers[c.PERSON_EFFECT],
            numbers[c.DRIFT], numbers[c.BMI], numbers[c.SMOKER], numbers[c.ILL + c.DIABETES],
            numbers[c.ILL + c.DEPRESSION], numbers[c.EXPECTED_DIABETES],
            extra if k == c.DEPRESSION else nobody,
            nobody if k == c.OTHER else numbers[c.ILL + k], numbers[c.STEADY + k],
            numbers[c.FOLLOWS + k], first, last,
        )  # fmt: skip
        if k < c.OTHER:
            set_exits(risks, k, cell, numbers[c.ILL + k], numbers[c.STEADY + k], first, last)


@inlined
def depends_on(risks, k, turned):
    """Return whether clock ``k`` has to be set anew once disease ``turned`` has come or gone."""
    by_diabetes = turned == c.DIABETES and risks.diabetes_ratio[k] != ONE
    by_event = k == c.DEPRESSION and (turned == c.HEART or turned == c.STROKE)
    return k == turned or by_diabetes or by_event


@inlined
def reset_clock(numbers, integers, risks, k, now, i):
    """Set one person's clock ``k``."""
    cell = integers[c.CELL, i]
    if k < c.OTHER and numbers[c.ILL + k, i] > ZERO:
        numbers[c.STEADY + k, i] = risks.log_exit[k, cell]
        numbers[c.FOLLOWS + k, i] = ZERO
        return
    extra = ZERO
    if k == c.DEPRESSION:
        extra = past_and_recent(risks, now, numbers[c.HISTORY, i], numbers[c.LAST_VASCULAR, i])
    own_il6 = numbers[c.PERSON_EFFECT, i] + numbers[c.DRIFT, i]
    carried = carried_log_ratio(
        risks, k, cell, integers[c.SEX, i], integers[c.DEPRIVATION, i], own_il6,
        numbers[c.BMI, i], numbers[c.SMOKER, i],
    )  # fmt: skip
    numbers[c.STEADY + k, i] = log_hazard_of_onset(
        risks, k, cell, carried, numbers[c.ILL + c.DIABETES, i], numbers[c.EXPECTED_DIABETES, i],
        numbers[c.ILL + c.DEPRESSION, i], extra,
    )  # fmt: skip
    numbers[c.FOLLOWS + k, i] = ONE


@inlined
def follow_depression(numbers, risks, i):
    """Move the other clocks of somebody whose depression has just come or gone."""
    sign = ONE if numbers[c.ILL + c.DEPRESSION, i] > ZERO else -ONE
    for k in range(c.N_CLOCKS):
        change = sign * risks.depression_log_ratio[k]
        numbers[c.STEADY + k, i] += change * numbers[c.FOLLOWS + k, i]


@inlined
def reset_clocks(numbers, integers, risks, turned, now, i):
    """Set the clocks, and the excess, that depend on a disease that has just come or gone."""
    if turned == c.DEPRESSION:
        reset_clock(numbers, integers, risks, turned, now, i)
        follow_depression(numbers, risks, i)
        return
    for k in range(c.N_CLOCKS):
        if depends_on(risks, k, turned):
            reset_clock(numbers, integers, risks, k, now, i)
    cell = integers[c.CELL, i]
    numbers[c.EXCESS, i] = mortality.excess_hazard(
        risks.excess[c.HEART, cell] * numbers[c.ILL + c.HEART, i],
        risks.excess[c.STROKE, cell] * numbers[c.ILL + c.STROKE, i],
        risks.excess[c.DIABETES, cell] * numbers[c.ILL + c.DIABETES, i],
        risks.excess[c.COLON, cell] * numbers[c.ILL + c.COLON, i],
        risks.excess[c.BREAST, cell] * numbers[c.ILL + c.BREAST, i],
    )
