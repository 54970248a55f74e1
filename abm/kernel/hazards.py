"""The steady part of each clock's log hazard: looked up in January, and again after an event.

Also what diseases add to the hazard of death, which follows nothing but the illness. In January
vectorised loops over the rows from ``first`` up to, not including, ``last`` set it for everybody;
after an event it is set for one person. Both call the same functions of one person.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, rows, sequence, stage
from abm.kernel.traits import ONE, ZERO, carried_log_ratio
from abm.rules import depression, disease, mortality

SINGLE = np.float32


@inlined
def onset(risks, k, cell, sex, deprivation, own_il6, bmi, smoker, diabetic, expected):
    """Return the steady log hazard of onset; what illnesses but diabetes bring comes on top."""
    carried = carried_log_ratio(risks, k, cell, sex, deprivation, own_il6, bmi, smoker)
    comorbid = disease.diabetes_log_ratio(risks.diabetes_ratio[k], diabetic, expected)
    return risks.log_reference[k, cell] + carried + comorbid


@inlined
def in_course(risks, now, cell, course, last_vascular, onset):
    """Return the steady log hazard of leaving a state of depression, and how far it follows.

    ``onset`` is that of a first one, a recent vascular event left out.
    """
    recent = disease.recent_event_log_ratio(risks.recent_ratio, now - last_vascular)
    applies = risks.applies_to_recurrence
    leaving = risks.course_log_rate[course, cell]
    reference = risks.log_reference[c.DEPRESSION, cell]
    steady = depression.log_hazard(course, onset + recent, leaving, reference, applies)
    return steady, depression.follows(course, applies)


# Everybody


@stage
def set_clock(
    risks, k, who, person, drift, bmi, smoker, diabetic, expected, ill, steady, follows, first, last
):  # fmt: skip
    """Set the steady part of one clock's log hazard of onset, illnesses but diabetes apart.

    ``follows`` is 0 for the ill, whose recovery follows neither activity nor IL-6.
    """
    keep_apart()
    for i in rows(first, last):
        steady[i] = onset(
            risks, k, who[c.W_CELL, i], who[c.W_SEX, i], who[c.W_DEPRIVATION, i],
            person[i] + drift[i], bmi[i], smoker[i], diabetic[i], expected[i],
        )  # fmt: skip
        follows[i] = ONE - ill[i]


@stage
def set_responding(responds, cell, follows, first, last):
    """Set which share of the hazard of all other causes follows activity and IL-6."""
    for i in rows(first, last):
        follows[i] = responds[cell[i]]


@stage
def add_illness(log_ratio, ill, steady, first, last):
    """Add to a clock what an illness brings while it lasts."""
    keep_apart()
    for i in rows(first, last):
        steady[i] += log_ratio * ill[i]


@stage
def take_course(risks, now, cell, course, last_vascular, steady, follows, first, last):
    """Let the clock of depression run toward what ends each person's state of it."""
    keep_apart()
    for i in rows(first, last):
        steady[i], follows[i] = in_course(
            risks, now, cell[i], course[i], last_vascular[i], steady[i]
        )


@stage
def set_exits(risks, k, cell, ill, steady, first, last):
    """Let the clock of the ill run toward recovery instead."""
    keep_apart()
    for i in rows(first, last):
        recovery = risks.log_exit[k, cell[i]]
        steady[i] = recovery if ill[i] > ZERO else steady[i]


@inlined
def excess_rate(risks, k, cell, now, began):
    """Return what a disease by itself adds to the hazard of death in the year from ``now`` on.

    Of a new case, in what is left of this year: years since the event count from 0.
    """
    since, last = max(now - began, ZERO), c.N_YEARS_ILL - 1
    year = np.int64(since)
    return risks.excess[k, cell] * mortality.over_a_year(
        since - np.floor(since), risks.excess_by_year[k, min(year, last)],
        risks.excess_by_year[k, min(year + 1, last)],
    )  # fmt: skip


@stage
def add_excess(risks, k, cell, now, began, ill, excess, first, last):
    """Add what a disease brings to the hazard of death of those who have it."""
    keep_apart()
    for i in rows(first, last):
        rate = excess_rate(risks, k, cell[i], now, began[i])
        excess[i] = mortality.excess_hazard(excess[i], rate, ill[i])


@inlined
def chronic_combination(numbers, ill, i):
    """Return which chronic diseases a person has, one bit each; those of all begin at ``ill``."""
    which = 0
    for place in range(len(c.CHRONIC)):
        which = mortality.combination(which, place, numbers[ill + c.CHRONIC[place], i])
    return which


@stage
def add_excess_of_several(risks, cell, ill, excess, first, last):
    """Add what the chronic diseases that people have bring together to the hazard of death."""
    keep_apart()
    for i in rows(first, last):
        excess[i] += risks.excess_of_several[chronic_combination(ill, 0, i), cell[i]]


@sequence
def set_clocks(numbers, integers, risks, now, first, last):
    """Set the steady parts of all clocks of some rows, and the excess of the ill."""
    cell, nothing = integers[c.CELL], numbers[c.NOTHING]
    numbers[c.EXCESS, first:last] = ZERO
    for k in range(c.N_CLOCKS):
        steady, ill = numbers[c.STEADY + k], numbers[c.ILL + k] if k < c.N_DISEASES else nothing
        set_clock(
            risks, k, integers[c.WHO : c.WHO + c.N_WHO], numbers[c.PERSON_EFFECT],
            numbers[c.DRIFT], numbers[c.BMI], numbers[c.SMOKER], numbers[c.ILL + c.DIABETES],
            numbers[c.EXPECTED_DIABETES], ill, steady, numbers[c.FOLLOWS + k], first, last,
        )  # fmt: skip
        for j in range(c.N_DISEASES):
            if risks.while_ill_log_ratio[k, j] != ZERO:
                add_illness(
                    risks.while_ill_log_ratio[k, j], numbers[c.ILL + j], steady, first, last
                )
        if k == c.DEPRESSION:
            take_course(
                risks, now, cell, integers[c.COURSE], numbers[c.LAST_VASCULAR], steady,
                numbers[c.FOLLOWS + k], first, last,
            )  # fmt: skip
        elif k < c.N_DISEASES:
            set_exits(risks, k, cell, ill, steady, first, last)
        if k < c.N_DISEASES and c.KILLS_BY_OWN_RATE[k]:
            began = numbers[c.BEGAN + k]
            add_excess(risks, k, cell, now, began, ill, numbers[c.EXCESS], first, last)
    ill = numbers[c.ILL : c.ILL + c.N_DISEASES]
    add_excess_of_several(risks, cell, ill, numbers[c.EXCESS], first, last)
    set_responding(risks.responds, cell, numbers[c.FOLLOWS + c.ALL_ELSE], first, last)


# One person, after an event


@inlined
def depends_on(risks, k, turned):
    """Return whether clock ``k`` has to be set anew once disease ``turned`` has come or gone."""
    by_diabetes = turned == c.DIABETES and risks.diabetes_ratio[k] != ONE
    by_event = k == c.DEPRESSION and c.RAISES_FOR_A_YEAR[turned]
    return k == turned or by_diabetes or by_event


@inlined
def reset_clock(numbers, integers, risks, k, now, i):
    """Set one person's clock ``k``."""
    cell = integers[c.CELL, i]
    if k < c.N_DISEASES and k != c.DEPRESSION and numbers[c.ILL + k, i] > ZERO:
        numbers[c.STEADY + k, i] = risks.log_exit[k, cell]
        numbers[c.FOLLOWS + k, i] = ZERO
        return
    steady = onset(
        risks, k, cell, integers[c.SEX, i], integers[c.DEPRIVATION, i],
        numbers[c.PERSON_EFFECT, i] + numbers[c.DRIFT, i], numbers[c.BMI, i],
        numbers[c.SMOKER, i], numbers[c.ILL + c.DIABETES, i], numbers[c.EXPECTED_DIABETES, i],
    )  # fmt: skip
    for j in range(c.N_DISEASES):
        steady += risks.while_ill_log_ratio[k, j] * numbers[c.ILL + j, i]
    follows = risks.responds[cell] if k == c.ALL_ELSE else ONE
    if k == c.DEPRESSION:
        course, vascular = integers[c.COURSE, i], numbers[c.LAST_VASCULAR, i]
        steady, follows = in_course(risks, now, cell, course, vascular, steady)
    numbers[c.STEADY + k, i] = steady
    numbers[c.FOLLOWS + k, i] = follows


@inlined
def follow_illness(numbers, risks, turned, i):
    """Move the other clocks of somebody whose illness ``turned`` has just come or gone."""
    sign = ONE if numbers[c.ILL + turned, i] > ZERO else -ONE
    for k in range(c.N_CLOCKS):
        well = k >= c.N_DISEASES or numbers[c.ILL + k, i] == ZERO
        if well:  # a recovery follows nothing
            numbers[c.STEADY + k, i] += sign * risks.while_ill_log_ratio[k, turned]


@inlined
def excess_put_down(numbers, risks, cell, now, i, k):
    """Return what of a person's excess hazard of death is put down to ``k``, which they have.

    ``now`` is when this year began.
    """
    if c.KILLS_BY_OWN_RATE[k]:
        return excess_rate(risks, k, cell, now, numbers[c.BEGAN + k, i])
    alone, of_each_alone, diseases = ZERO, ZERO, ZERO
    for place in range(len(c.CHRONIC)):
        ill = numbers[c.ILL + c.CHRONIC[place], i]
        own = risks.excess_of_several[1 << place, cell]
        of_each_alone += own * ill
        diseases += ill
        alone = own if c.CHRONIC[place] == k else alone
    whole = risks.excess_of_several[chronic_combination(numbers, c.ILL, i), cell]
    return mortality.share_of_excess(alone, of_each_alone, diseases) * whole


@inlined
def reset_excess(numbers, integers, risks, now, i):
    """Set what diseases add to one person's hazard of death; ``now`` is when this year began."""
    cell = integers[c.CELL, i]
    excess = ZERO
    for k in range(c.N_DISEASES):
        if c.KILLS_BY_OWN_RATE[k]:
            rate = excess_rate(risks, k, cell, now, numbers[c.BEGAN + k, i])
            excess = mortality.excess_hazard(excess, rate, numbers[c.ILL + k, i])
    excess += risks.excess_of_several[chronic_combination(numbers, c.ILL, i), cell]
    numbers[c.EXCESS, i] = excess


@inlined
def reset_clocks(numbers, integers, risks, turned, now, i):
    """Set the clocks, and the excess, that depend on a disease that has just come or gone."""
    for k in range(c.N_CLOCKS):
        if depends_on(risks, k, turned):
            reset_clock(numbers, integers, risks, k, now, i)
    if c.RAISES_WHILE_ILL[turned]:
        follow_illness(numbers, risks, turned, i)
    if c.KILLS_LATER[turned]:
        reset_excess(numbers, integers, risks, now, i)
