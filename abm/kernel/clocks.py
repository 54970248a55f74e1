"""The steady part of each clock's log hazard: looked up in January, and again after an event.

Also what diseases add to the hazard of death, which follows nothing but the illness.

``set_clocks`` does it for everybody in vectorised loops, ``reset_clocks`` for one person.
"""

import numpy as np

from abm import columns as c
from abm.compiled import inlined, keep_apart, stage
from abm.kernel.traits import ONE, ZERO, carried_log_ratio
from abm.rules import disease, mortality

SINGLE = np.float32


@stage
def look_up(table, cell, found, n):
    """Copy each person's entry of a table by age and sex."""
    for i in range(n):
        found[i] = table[cell[i]]


@inlined
def past_and_recent(log_ratio, recent_ratio, now, history, last_vascular):
    """Return what past depression and a recent vascular event add to depression's log hazard."""
    return log_ratio * history + disease.recent_event_log_ratio(recent_ratio, now - last_vascular)


@stage
def depression_extra(log_ratio, recent_ratio, now, history, last_vascular, extra, n):
    """Set what past depression and a recent vascular event add to depression's log hazard."""
    keep_apart()
    for i in range(n):
        extra[i] = past_and_recent(log_ratio, recent_ratio, now, history[i], last_vascular[i])


@stage
def add_excess(heart, stroke, diabetes, colon, breast, ill, excess, n):
    """Set what diseases add to the hazard of death; the arguments are their rates by person."""
    keep_apart()
    for i in range(n):
        excess[i] = mortality.excess_hazard(
            heart[i] * ill[c.HEART, i],
            stroke[i] * ill[c.STROKE, i],
            diabetes[i] * ill[c.DIABETES, i],
            colon[i] * ill[c.COLON, i],
            breast[i] * ill[c.BREAST, i],
        )


@stage
def set_excess(numbers, integers, constants, n):
    """Set what diseases add to everybody's hazard of death."""
    scratch = numbers[c.INCREASE : c.INCREASE + 5]
    for k in range(5):
        look_up(constants.excess[k], integers[c.CELL], scratch[k], n)
    add_excess(
        scratch[c.HEART], scratch[c.STROKE], scratch[c.DIABETES], scratch[c.COLON],
        scratch[c.BREAST], numbers[c.ILL : c.ILL + 6], numbers[c.EXCESS], n,
    )  # fmt: skip


@stage
def no_extra(extra, n):
    """Set nothing more."""
    for i in range(n):
        extra[i] = ZERO


@stage
def set_clock(
    reference, bmi_slope, bmi_floor, smoking, for_men, for_women, between_slope,
    diabetes_ratio, depression_ratio, sex, deprivation, person, drifting, bmi, smoker,
    diabetic, depressed, expected, extra, ill, steady, follows, n,
):  # fmt: skip
    """Set the steady part of one clock's log hazard of onset; ``follows`` is 0 for the ill."""
    keep_apart()
    for i in range(n):
        place = for_men if sex[i] == c.MALE else for_women
        carried = disease.person_log_ratio(
            between_slope, person[i] + drifting[i], bmi_slope[i], bmi[i], bmi_floor,
            smoking[i], smoker[i], place, SINGLE(deprivation[i]),
        )  # fmt: skip
        comorbid = disease.diabetes_log_ratio(diabetes_ratio, diabetic[i], expected[i])
        steady[i] = reference[i] + carried + comorbid + depression_ratio * depressed[i] + extra[i]
        follows[i] = ONE - ill[i]


@stage
def set_exits(exit_rate, cell, ill, steady, n):
    """Let the clock of the ill run toward recovery instead."""
    for i in range(n):
        if ill[i] > ZERO:
            steady[i] = exit_rate[cell[i]]


@stage
def set_extra(numbers, constants, k, now, n):
    """Set what a clock's log hazard has beside the common part."""
    extra = numbers[c.EXTRA]
    if k == c.DEPRESSION:
        depression_extra(
            constants.history_log_ratio, constants.recent_ratio, now, numbers[c.HISTORY],
            numbers[c.LAST_VASCULAR], extra, n,
        )  # fmt: skip
    else:
        no_extra(extra, n)


@stage
def set_clocks(numbers, integers, constants, now, n):
    """Set the steady parts of all clocks of some rows, and the excess of the ill."""
    set_excess(numbers, integers, constants, n)
    cell = integers[c.CELL]
    reference, bmi_slope, smoking = (
        numbers[c.INCREASE], numbers[c.INCREASE + 1], numbers[c.INCREASE + 2]
    )  # fmt: skip
    for k in range(c.N_CLOCKS):
        set_extra(numbers, constants, k, now, n)
        look_up(constants.log_reference[k], cell, reference, n)
        look_up(constants.bmi_slope[k], cell, bmi_slope, n)
        look_up(constants.smoking[k], cell, smoking, n)
        ill = numbers[c.ILL + k] if k < c.OTHER else numbers[c.NOBODY]
        set_clock(
            reference, bmi_slope, constants.bmi_floor[k], smoking,
            constants.deprivation[k, c.MALE], constants.deprivation[k, c.FEMALE],
            constants.between_slope[k], constants.diabetes_ratio[k],
            constants.depression_log_ratio[k], integers[c.SEX], integers[c.DEPRIVATION],
            numbers[c.PERSON_EFFECT], numbers[c.DRIFT], numbers[c.BMI], numbers[c.SMOKER],
            numbers[c.ILL + c.DIABETES], numbers[c.ILL + c.DEPRESSION],
            numbers[c.EXPECTED_DIABETES], numbers[c.EXTRA], ill, numbers[c.STEADY + k],
            numbers[c.FOLLOWS + k], n,
        )  # fmt: skip
        if k < c.OTHER:
            set_exits(constants.log_exit[k], cell, ill, numbers[c.STEADY + k], n)


@inlined
def depends_on(constants, k, turned):
    """Return whether clock ``k`` runs differently once the disease ``turned`` has come or gone."""
    by_diabetes = turned == c.DIABETES and constants.diabetes_ratio[k] != ONE
    by_depression = turned == c.DEPRESSION and constants.depression_log_ratio[k] != ZERO
    by_event = k == c.DEPRESSION and (turned == c.HEART or turned == c.STROKE)
    return k == turned or by_diabetes or by_depression or by_event


@stage
def reset_clocks(numbers, integers, constants, turned, now, i):
    """Set the clocks of one person that depend on a disease that has just come or gone."""
    cell, sex = integers[c.CELL, i], integers[c.SEX, i]
    own_il6 = numbers[c.PERSON_EFFECT, i] + numbers[c.DRIFT, i]
    numbers[c.EXCESS, i] = mortality.excess_hazard(
        constants.excess[c.HEART, cell] * numbers[c.ILL + c.HEART, i],
        constants.excess[c.STROKE, cell] * numbers[c.ILL + c.STROKE, i],
        constants.excess[c.DIABETES, cell] * numbers[c.ILL + c.DIABETES, i],
        constants.excess[c.COLON, cell] * numbers[c.ILL + c.COLON, i],
        constants.excess[c.BREAST, cell] * numbers[c.ILL + c.BREAST, i],
    )
    for k in range(c.N_CLOCKS):
        if not depends_on(constants, k, turned):
            continue
        if k < c.OTHER and numbers[c.ILL + k, i] > ZERO:
            numbers[c.STEADY + k, i] = constants.log_exit[k, cell]
            numbers[c.FOLLOWS + k, i] = ZERO
            continue
        extra = ZERO
        if k == c.DEPRESSION:
            extra = past_and_recent(
                constants.history_log_ratio, constants.recent_ratio, now, numbers[c.HISTORY, i],
                numbers[c.LAST_VASCULAR, i],
            )  # fmt: skip
        carried = carried_log_ratio(
            constants, k, cell, sex, integers[c.DEPRIVATION, i], own_il6, numbers[c.BMI, i],
            numbers[c.SMOKER, i],
        )  # fmt: skip
        comorbid = disease.diabetes_log_ratio(
            constants.diabetes_ratio[k], numbers[c.ILL + c.DIABETES, i],
            numbers[c.EXPECTED_DIABETES, i],
        )  # fmt: skip
        depressed = constants.depression_log_ratio[k] * numbers[c.ILL + c.DEPRESSION, i]
        numbers[c.STEADY + k, i] = (
            constants.log_reference[k, cell] + carried + comorbid + depressed + extra
        )
        numbers[c.FOLLOWS + k, i] = ONE
