"""One step of everybody: training, lagged doses, and the clocks that follow them.

Branch-free loops over the rows of a block: for training, for each lag, for each clock, and one that
marks whose tolerance is reached.
Slow quantities move in closed form over the step, and hazards use their values in its middle, so
that the step's length hardly matters.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, sequence, stage
from abm.kernel.traits import ZERO, log_ratio_at_dose, set_point_of
from abm.rules import activity, disease, il6, mortality
from abm.rules.arithmetic import maximum

SINGLE = np.float32
SMALLEST_DOSE = SINGLE(1e-6)
# Scratch: what a lag hands to the clocks that follow it, and training to all of them
MIDDLE_DOSE, LED_TO, PATHWAY = range(c.SCRATCH, c.SCRATCH + 3)


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
def from_activity(risks, clock, dose, set_point, pathway):
    """Return a clock's log hazard ratio of activity and IL-6."""
    return disease.activity_and_il6(
        risks.net_factor[clock], log_ratio_at_dose(risks, clock, dose),
        risks.il6_slope[clock], pathway, set_point,
    )  # fmt: skip


@inlined
def clock_hazard(risks, clock, steady, follows, dose, set_point, pathway):
    """Return the hazard [per year] of any clock but the last."""
    log_ratio = from_activity(risks, clock, dose, set_point, pathway)
    return disease.hazard(steady, follows, log_ratio)


@inlined
def hazard_of_all_else(risks, steady, responds, excess, dose, set_point, pathway):
    """Return the hazard [per year] of the last clock: all other causes, and what illnesses add."""
    log_ratio = from_activity(risks, c.ALL_ELSE, dose, set_point, pathway)
    own = disease.hazard(steady, ZERO, ZERO) * disease.partly_responding(responds, log_ratio)
    return mortality.death_hazard(own, excess)


@stage
def move_training(step, share, set_point, log_ratio, training, pathway, n):
    """Move the training state; set the path through IL-6 signalling in mid-step."""
    keep_apart()
    for i in range(n):
        middle = il6.training_after(
            training[i], set_point[i], step.falling_half, step.rising_half
        )
        pathway[i] = il6.log_signalling(middle, share, log_ratio[i])
        training[i] = il6.training_after(training[i], set_point[i], step.falling, step.rising)


@stage
def move_lag(
    inflammation, keep, keep_half, dose, quality, multiplier, pull, average, middle_dose, led_to, n,
):  # fmt: skip
    """Move a lagged dose; set its value in mid-step, and the signalling to which it would lead."""
    keep_apart()
    for i in range(n):
        middle = activity.toward(average[i], dose[i], keep_half)
        average[i] = activity.toward(average[i], dose[i], keep)
        middle_dose[i] = middle
        led_to[i] = il6.log_signalling(
            set_point_at(inflammation, middle * quality[i], multiplier[i], pull[i]),
            inflammation.signalling_share, ZERO,
        )  # fmt: skip


@stage
def move_clock(
    risks, clock, years, steady, follows, middle_dose, led_to, pathway, accumulated, n
):  # fmt: skip
    """Accumulate the hazard of any clock but the last."""
    keep_apart()
    for i in range(n):
        accumulated[i] += years * clock_hazard(
            risks, clock, steady[i], follows[i], middle_dose[i], led_to[i], pathway[i]
        )


@stage
def move_last_clock(
    risks, years, steady, responds, excess, middle_dose, led_to, pathway, accumulated, n
):  # fmt: skip
    """Accumulate the hazard of all other causes of death, with what illnesses add to it."""
    keep_apart()
    for i in range(n):
        accumulated[i] += years * hazard_of_all_else(
            risks, steady[i], responds[i], excess[i], middle_dose[i], led_to[i], pathway[i]
        )


@stage
def mark_crossings(accumulated, tolerance, crossed, n):
    """Mark which clocks have reached their tolerance, one bit each."""
    keep_apart()
    for i in range(n):
        bits = np.int32(0)
        for clock in range(c.N_CLOCKS):
            bits |= np.int32(accumulated[clock, i] >= tolerance[clock, i]) << clock
        crossed[i] = bits


@sequence
def move_any_clock(numbers, constants, clock, n):
    """Move a clock of a disease or of death."""
    risks, years = constants.disease, constants.step.years
    steady, follows = numbers[c.STEADY + clock], numbers[c.FOLLOWS + clock]
    dose, led_to, pathway = numbers[MIDDLE_DOSE], numbers[LED_TO], numbers[PATHWAY]
    accumulated = numbers[c.ACCUMULATED + clock]
    if clock == c.ALL_ELSE:
        move_last_clock(
            risks, years, steady, follows, numbers[c.EXCESS], dose, led_to, pathway, accumulated, n
        )
    else:
        move_clock(risks, clock, years, steady, follows, dose, led_to, pathway, accumulated, n)


@sequence
def move_everybody(numbers, integers, constants, n):
    """Move everybody in the first ``n`` rows by a step."""
    step, inflammation = constants.step, constants.inflammation
    dose, quality, more = numbers[c.DOSE], numbers[c.QUALITY], numbers[c.MULTIPLIER]
    move_training(
        step, inflammation.signalling_share, numbers[c.SET_POINT], numbers[c.LOG_RATIO],
        numbers[c.TRAINING], numbers[PATHWAY], n,
    )  # fmt: skip
    for lag in range(c.N_LAGS):
        average, pull = numbers[c.AVERAGE + lag], numbers[c.SPIKE_PULL + lag]
        if inflammation.spike_share > ZERO:
            pull_by_spikes(
                inflammation, step.lag_half[lag], dose, quality, more, numbers[c.SPIKES], average,
                pull, n,
            )  # fmt: skip
        move_lag(
            inflammation, step.lag[lag], step.lag_half[lag], dose, quality, more, pull, average,
            numbers[MIDDLE_DOSE], numbers[LED_TO], n,
        )  # fmt: skip
        for clock in range(c.N_CLOCKS):
            if c.LAG_OF_CLOCK[clock] == lag:
                move_any_clock(numbers, constants, clock, n)
    mark_crossings(
        numbers[c.ACCUMULATED : c.ACCUMULATED + c.N_CLOCKS],
        numbers[c.TOLERANCE : c.TOLERANCE + c.N_CLOCKS], integers[c.CROSSED], n,
    )  # fmt: skip


@inlined
def in_the_middle(after, toward, keep_half):
    """Return what a quantity was half a step ago that has moved ``toward`` a value since."""
    return toward + (after - toward) / keep_half


@inlined
def hazard_of_step(numbers, constants, i, clock):
    """Return one clock's hazard of one person in the step that has just passed [per year]."""
    step, lag = constants.step, c.LAG_OF_CLOCK[clock]
    now, set_point = numbers[c.DOSE, i], numbers[c.SET_POINT, i]
    training = numbers[c.TRAINING, i]
    keep_half = step.falling_half if set_point < training else step.rising_half
    share = constants.inflammation.signalling_share
    pathway = il6.log_signalling(
        in_the_middle(training, set_point, keep_half), share, numbers[c.LOG_RATIO, i]
    )
    dose = in_the_middle(numbers[c.AVERAGE + lag, i], now, step.lag_half[lag])
    led_to = set_point_at(
        constants.inflammation, dose * numbers[c.QUALITY, i], numbers[c.MULTIPLIER, i],
        numbers[c.SPIKE_PULL + lag, i],
    )  # fmt: skip
    led_to = il6.log_signalling(led_to, share, ZERO)
    risks, steady, follows = (
        constants.disease, numbers[c.STEADY + clock, i], numbers[c.FOLLOWS + clock, i]
    )  # fmt: skip
    if clock == c.ALL_ELSE:
        excess = numbers[c.EXCESS, i]
        return hazard_of_all_else(risks, steady, follows, excess, dose, led_to, pathway)
    return clock_hazard(risks, clock, steady, follows, dose, led_to, pathway)
