"""What people have when they enter the model: diabetes first, as the others depend on it.

Every stage works on the rows from ``first`` up to, not including, ``last``.
"""

import numpy as np

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, rows, sequence, stage
from abm.kernel.traits import ONE, ZERO, log_ratio_at_dose, start_log_ratio
from abm.rules import depression, disease
from abm.rules.arithmetic import exp

SINGLE = np.float32
LONG_AGO = SINGLE(-9.0)


@stage
def meet_diabetes(risks, to_date, cell, dose, known, met, expected, first, last):
    """Set the hazard of diabetes met so far at a lifelong dose, and the share to be expected."""
    keep_apart()
    for i in rows(first, last):
        inactive = to_date[cell[i]]
        by_activity = risks.net_factor[c.DIABETES] * log_ratio_at_dose(risks, c.DIABETES, dose[i])
        known[i] = inactive
        met[i] = inactive * exp(by_activity)
        expected[i] = disease.expected_diabetes_share(met[i])


@inlined
def lasting_log_ratio(
    risks, clock, who, person, drift, bmi, smoker, dose, diabetic, expected, i
):  # fmt: skip
    """Return a person's log hazard ratio for a disease, as if carried for life."""
    ratio = start_log_ratio(
        risks, clock, who[c.W_CELL, i], who[c.W_SEX, i], who[c.W_DEPRIVATION, i],
        person[i] + drift[i], bmi[i], smoker[i], dose[i],
    )  # fmt: skip
    return ratio + disease.diabetes_log_ratio(
        risks.diabetes_ratio[clock], diabetic[i], expected[i]
    )


@stage
def draw_illness(
    risks, clock, slot, entry, seed, who, person, drift, bmi, smoker, dose, diabetic, expected, ill,
    first, last,
):  # fmt: skip
    """Draw who has a disease on entering."""
    keep_apart()
    start = risks.start[clock]
    occasion, word = c.START_DRAW[clock] // 4, c.START_DRAW[clock] % 4
    for i in rows(first, last):
        ratio = lasting_log_ratio(
            risks, clock, who, person, drift, bmi, smoker, dose, diabetic, expected, i
        )
        chance = disease.prevalence(risks.intercept[clock, who[c.W_CELL, i]], ratio)
        words = draws.philox(slot[i], entry[i], draws.START_DISEASES, occasion, seed[0], seed[1])
        drawn = words[0]
        drawn = words[1] if word == 1 else drawn
        drawn = words[2] if word == 2 else drawn
        drawn = words[3] if word == 3 else drawn
        has = draws.uniform(drawn) < chance
        has = start == 2 if start > 0 else has
        ill[i] = ONE if has else ZERO


@stage
def draw_course(
    risks, slot, entry, seed, who, person, drift, bmi, smoker, dose, diabetic, expected, course,
    ill, first, last,
):  # fmt: skip
    """Draw who has ever had depression, and where in its course they are.

    By the hazard of a first onset met so far; where in its course is a matter of age and sex alone.
    """
    keep_apart()
    k, start = c.DEPRESSION, risks.start[c.DEPRESSION]
    up_to = risks.course_share
    ever_word, place_word = c.START_DRAW[k] % 4, draws.DEPRESSION_COURSE % 4
    for i in rows(first, last):
        cell = who[c.W_CELL, i]
        ratio = lasting_log_ratio(
            risks, k, who, person, drift, bmi, smoker, dose, diabetic, expected, i
        )
        words = draws.philox(
            slot[i], entry[i], draws.START_DISEASES, c.START_DRAW[k] // 4, seed[0], seed[1]
        )
        ever = draws.uniform(words[ever_word]) < depression.share_ever_ill(
            risks.intercept[k, cell], ratio
        )
        ever = start == 2 if start > 0 else ever
        # A cohort of the depressed has the states of the ill.
        whole = up_to[depression.AGAIN, cell] if start == 2 else ONE
        place = depression.place_in_course(
            draws.uniform(words[place_word]) * whole, up_to[1, cell], up_to[2, cell],
            up_to[3, cell], up_to[4, cell], up_to[5, cell],
        )  # fmt: skip
        state = np.int32(place) if ever else np.int32(depression.NEVER)
        course[i] = state
        ill[i] = ONE if depression.is_ill(state) else ZERO


@stage
def draw_recent(risks, place, slot, entry, seed, cell, ill, last_vascular, first, last):
    """Draw when a vascular disease began, if within the last year: the latest of them counts."""
    keep_apart()
    for i in rows(first, last):
        words = draws.philox(slot[i], entry[i], draws.START_HISTORY, place // 2, seed[0], seed[1])
        whether = words[0] if place % 2 == 0 else words[2]
        when = words[1] if place % 2 == 0 else words[3]
        recent = draws.uniform(whether) < risks.recent_share[place, cell[i]] and ill[i] > ZERO
        began = -draws.uniform(when) if recent else LONG_AGO
        last_vascular[i] = max(last_vascular[i], began)


@stage
def draw_years_ill(risks, place, slot, entry, seed, cell, began, year, first, last):
    """Draw since when those have had a disease whose deaths fall with the years since then.

    Within a whole year at any time alike; who has had it for longer counts as for the last of them.
    """
    keep_apart()
    for i in rows(first, last):
        words = draws.philox(slot[i], entry[i], draws.START_YEARS_ILL, place // 4, seed[0], seed[1])
        word = words[0]
        word = words[1] if place % 4 == 1 else word
        word = words[2] if place % 4 == 2 else word
        word = words[3] if place % 4 == 3 else word
        left = draws.uniform(word)
        since = ZERO
        for whole in range(c.N_YEARS_ILL):
            share = risks.years_ill[place, whole, cell[i]]
            since += disease.part_covered(left, share)
            left -= share
        began[i] = year - since


@sequence
def draw_diseases(numbers, integers, risks, to_date, seed, first, last):
    """Draw existing disease in causal order."""
    slot, entry, cell = integers[c.SLOT], integers[c.ENTRY], integers[c.CELL]
    dose, nobody = numbers[c.HABIT_DOSE], numbers[c.NOTHING]
    meet_diabetes(
        risks, to_date, cell, dose, numbers[c.DIABETES_TO_DATE], numbers[c.DIABETES_MET],
        numbers[c.EXPECTED_DIABETES], first, last,
    )  # fmt: skip
    who = integers[c.WHO : c.WHO + c.N_WHO]
    for order in range(c.N_DISEASES):
        clock = c.CAUSAL_ORDER[order]
        if clock == c.DEPRESSION:
            draw_course(
                risks, slot, entry, seed, who, numbers[c.PERSON_EFFECT], numbers[c.DRIFT],
                numbers[c.BMI], numbers[c.SMOKER], dose, numbers[c.ILL + c.DIABETES],
                numbers[c.EXPECTED_DIABETES], integers[c.COURSE], numbers[c.ILL + clock], first,
                last,
            )  # fmt: skip
            continue
        diabetic = nobody if clock == c.DIABETES else numbers[c.ILL + c.DIABETES]
        draw_illness(
            risks, clock, slot, entry, seed, who,
            numbers[c.PERSON_EFFECT], numbers[c.DRIFT], numbers[c.BMI], numbers[c.SMOKER], dose,
            diabetic, numbers[c.EXPECTED_DIABETES], numbers[c.ILL + clock], first, last,
        )  # fmt: skip
    numbers[c.LAST_VASCULAR, first:last] = LONG_AGO
    for place in range(len(c.VASCULAR)):
        draw_recent(
            risks, place, slot, entry, seed, cell, numbers[c.ILL + c.VASCULAR[place]],
            numbers[c.LAST_VASCULAR], first, last,
        )  # fmt: skip
