"""One step of everybody's life, in branch-free loops over the rows of a block.

Slow quantities move in closed form over the step, and hazards use their values in its middle, so
that the step's length hardly matters.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, sequence, stage
from abm.kernel.traits import (
    ZERO,
    log_ratio_at_dose,
    set_point_of,
)
from abm.rules import activity, disease, il6, mortality
from abm.rules.arithmetic import maximum

SINGLE = np.float32
SMALLEST_DOSE = SINGLE(1e-6)


@inlined
def set_point_at(inflammation, effective_dose, multiplier, pull):
    """Return where training would lead at a lagged dose; ``pull`` is what spikes change of it."""
    by_dose = il6.training_set_point(
        effective_dose, multiplier, inflammation.amplitude, inflammation.dose_scale
    )
    return by_dose + pull


@stage
def pull_by_spikes(inflammation, keep_half, dose, quality, multiplier, spikes, average, pull, n):
    """Set how far the spikes of a lagged dose pull its set point away from that of the dose."""
    keep_apart()
    for i in range(n):
        middle = activity.toward(average[i], dose[i], keep_half)
        exposure = spikes[i] * middle / maximum(dose[i], SMALLEST_DOSE)
        with_spikes = set_point_of(inflammation, middle * quality[i], multiplier[i], exposure)
        without = set_point_at(inflammation, middle * quality[i], multiplier[i], ZERO)
        pull[i] = with_spikes - without


@inlined
def clock_hazard(risks, clock, steady, follows, dose, set_point, pathway):
    """Return a clock's hazard [per year], what diseases add to that of death left out."""
    from_activity = disease.activity_and_il6(
        risks.causal_share[clock], log_ratio_at_dose(risks, clock, dose),
        risks.il6_slope[clock], pathway, set_point,
    )  # fmt: skip
    return disease.hazard(steady, follows, from_activity)


@stage
def move_people(
    step, inflammation, risks, dose, quality, multiplier, pull, set_point, log_ratio, steady,
    follows, excess, tolerance, training, cardiometabolic, cancer, mood, mortal,
    heart, stroke, diabetes, colon, breast, depression, death, crossed, n,
):  # fmt: skip
    """Live one step: training, lagged doses, and the accumulated hazards of seven clocks.

    The one loop that runs in every month for everybody, and so written out: each column is read
    and written once. ``cardiometabolic`` to ``mortal`` are the lagged doses, ``heart`` to
    ``death`` the accumulated hazards. ``crossed`` marks whose tolerance is reached.
    """
    keep_apart()
    years = step.years
    for i in range(n):
        now, good, more = dose[i], quality[i], multiplier[i]
        pathway = log_ratio[i] + il6.training_after(
            training[i], set_point[i], step.falling_half, step.rising_half
        )
        training[i] = il6.training_after(training[i], set_point[i], step.falling, step.rising)

        d0 = activity.toward(cardiometabolic[i], now, step.lag_half[0])
        d1 = activity.toward(cancer[i], now, step.lag_half[1])
        d2 = activity.toward(mood[i], now, step.lag_half[2])
        d3 = activity.toward(mortal[i], now, step.lag_half[3])
        cardiometabolic[i] = activity.toward(cardiometabolic[i], now, step.lag[0])
        cancer[i] = activity.toward(cancer[i], now, step.lag[1])
        mood[i] = activity.toward(mood[i], now, step.lag[2])
        mortal[i] = activity.toward(mortal[i], now, step.lag[3])
        s0 = set_point_at(inflammation, d0 * good, more, pull[0, i])
        s1 = set_point_at(inflammation, d1 * good, more, pull[1, i])
        s2 = set_point_at(inflammation, d2 * good, more, pull[2, i])
        s3 = set_point_at(inflammation, d3 * good, more, pull[3, i])

        h0 = heart[i] + years * clock_hazard(
            risks, c.HEART, steady[0, i], follows[0, i], d0, s0, pathway
        )
        h1 = stroke[i] + years * clock_hazard(
            risks, c.STROKE, steady[1, i], follows[1, i], d0, s0, pathway
        )
        h2 = diabetes[i] + years * clock_hazard(
            risks, c.DIABETES, steady[2, i], follows[2, i], d0, s0, pathway
        )
        h3 = colon[i] + years * clock_hazard(
            risks, c.COLON, steady[3, i], follows[3, i], d1, s1, pathway
        )
        h4 = breast[i] + years * clock_hazard(
            risks, c.BREAST, steady[4, i], follows[4, i], d1, s1, pathway
        )
        h5 = depression[i] + years * clock_hazard(
            risks, c.DEPRESSION, steady[5, i], follows[5, i], d2, s2, pathway
        )
        other = clock_hazard(risks, c.OTHER, steady[6, i], follows[6, i], d3, s3, pathway)
        h6 = death[i] + years * mortality.death_hazard(other, excess[i])

        bits = np.int32(h0 >= tolerance[0, i]) | np.int32(h1 >= tolerance[1, i]) << 1
        bits |= np.int32(h2 >= tolerance[2, i]) << 2 | np.int32(h3 >= tolerance[3, i]) << 3
        bits |= np.int32(h4 >= tolerance[4, i]) << 4 | np.int32(h5 >= tolerance[5, i]) << 5
        bits |= np.int32(h6 >= tolerance[6, i]) << 6
        heart[i], stroke[i], diabetes[i], colon[i] = h0, h1, h2, h3
        breast[i], depression[i], death[i] = h4, h5, h6
        crossed[i] = bits


@sequence
def move_everybody(numbers, integers, constants, n):
    """Live one step of everybody in the first ``n`` rows."""
    average, met, inflammation = c.AVERAGE, c.ACCUMULATED, constants.inflammation
    if inflammation.spike_share > ZERO:
        for lag in range(c.N_LAGS):
            pull_by_spikes(
                inflammation, constants.step.lag_half[lag], numbers[c.DOSE], numbers[c.QUALITY],
                numbers[c.MULTIPLIER], numbers[c.SPIKES], numbers[average + lag],
                numbers[c.SPIKE_PULL + lag], n,
            )  # fmt: skip
    move_people(
        constants.step, inflammation, constants.disease, numbers[c.DOSE], numbers[c.QUALITY],
        numbers[c.MULTIPLIER], numbers[c.SPIKE_PULL : c.SPIKE_PULL + 4], numbers[c.SET_POINT],
        numbers[c.LOG_RATIO], numbers[c.STEADY : c.STEADY + 7],
        numbers[c.FOLLOWS : c.FOLLOWS + 7], numbers[c.EXCESS],
        numbers[c.TOLERANCE : c.TOLERANCE + 7], numbers[c.TRAINING], numbers[average],
        numbers[average + 1], numbers[average + 2], numbers[average + 3], numbers[met],
        numbers[met + 1], numbers[met + 2], numbers[met + 3], numbers[met + 4], numbers[met + 5],
        numbers[met + 6], integers[c.CROSSED], n,
    )  # fmt: skip


@inlined
def in_the_middle(after, toward, keep_half):
    """Return what a quantity was half a step ago that has moved ``toward`` a value since."""
    return toward + (after - toward) / keep_half


@inlined
def hazard_of_step(numbers, constants, i, clock):
    """Return one clock's hazard of one person in the step that has just been lived [per year]."""
    step, lag = constants.step, c.LAG_OF_CLOCK[clock]
    now, set_point = numbers[c.DOSE, i], numbers[c.SET_POINT, i]
    training = numbers[c.TRAINING, i]
    keep_half = step.falling_half if set_point < training else step.rising_half
    pathway = in_the_middle(training, set_point, keep_half) + numbers[c.LOG_RATIO, i]
    dose = in_the_middle(numbers[c.AVERAGE + lag, i], now, step.lag_half[lag])
    led_to = set_point_at(
        constants.inflammation, dose * numbers[c.QUALITY, i], numbers[c.MULTIPLIER, i],
        numbers[c.SPIKE_PULL + lag, i],
    )  # fmt: skip
    hazard = clock_hazard(
        constants.disease, clock, numbers[c.STEADY + clock, i], numbers[c.FOLLOWS + clock, i],
        dose, led_to, pathway,
    )  # fmt: skip
    return mortality.death_hazard(hazard, numbers[c.EXCESS, i]) if clock == c.OTHER else hazard
