"""One step of everybody's life, in branch-free loops over the rows of a block.

Slow quantities move in closed form over the step, and hazards use their values in its middle, so
that the step's length hardly matters.
"""

import numpy as np

from abm import columns as c
from abm import draws
from abm.arithmetic import maximum
from abm.compiled import inlined, keep_apart, stage
from abm.kernel.traits import ZERO, mix_quality, set_point_of, spikes_of
from abm.rules import activity, disease, il6, mortality, policy

SINGLE = np.float32
SMALLEST_DOSE = SINGLE(1e-6)


@stage
def train(state, set_point, log_ratio, pathway, falling, rising, falling_half, rising_half, n):
    """Move the training effect toward its set point; leave the step's middle in ``pathway``."""
    keep_apart()
    for i in range(n):
        middle = il6.training_after(state[i], set_point[i], falling_half, rising_half)
        pathway[i] = middle + log_ratio[i]
        state[i] = il6.training_after(state[i], set_point[i], falling, rising)


@stage
def remember(dose, quality, multiplier, spikes, average, middle, set_point, keep, keep_half,
             amplitude, dose_scale, spike_share, spike_scale, n):  # fmt: skip
    """Move a lagged dose; leave its middle value and the set point that belongs to it."""
    keep_apart()
    for i in range(n):
        half = activity.toward(average[i], dose[i], keep_half)
        middle[i] = half
        target = il6.training_set_point(half * quality[i], multiplier[i], amplitude, dose_scale)
        if spike_share > ZERO:
            exposure = spikes[i] * half / maximum(dose[i], SMALLEST_DOSE)
            target = il6.spike_driven_set_point(
                target, exposure, spike_share, multiplier[i], amplitude, spike_scale
            )
        set_point[i] = target
        average[i] = activity.toward(average[i], dose[i], keep)


@stage
def run_clock(
    steady, follows, added, accumulated, tolerance, increase, dose, set_point, pathway, crossed,
    bit, causal_share, il6_slope, cap, knot_1, knot_2, knot_3, knot_4,
    k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, years, n,
):  # fmt: skip
    """Accumulate one clock's hazard over the step and mark whose tolerance is reached.

    ``added`` [per year]: the excess of the ill on the clock of death, 0 on the others.
    """
    keep_apart()
    for i in range(n):
        ratio = disease.activity_log_ratio(
            dose[i], cap, knot_1, knot_2, knot_3, knot_4, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9
        )
        from_activity = disease.activity_and_il6(
            causal_share, ratio, il6_slope, pathway[i], set_point[i]
        )
        own = disease.hazard(steady[i], follows[i], from_activity)
        grows = mortality.death_hazard(own, added[i]) * years
        total = accumulated[i] + grows
        increase[i] = grows
        accumulated[i] = total
        crossed[i] |= np.int32(total >= tolerance[i]) << bit


@inlined
def hazard_now(numbers, constants, i, clock, lag):
    """Return the hazard of one disease's clock of one person in this step [per year]."""
    k = constants.curve[clock]
    knots = constants.knots
    ratio = disease.activity_log_ratio(
        numbers[c.AVERAGE_MID + lag, i], constants.cap, knots[0], knots[1], knots[2], knots[3],
        k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8], k[9],
    )  # fmt: skip
    from_activity = disease.activity_and_il6(
        constants.causal_share[clock], ratio, constants.il6_slope[clock],
        numbers[c.PATHWAY, i], numbers[c.SET_POINT_MID + lag, i],
    )  # fmt: skip
    return disease.hazard(
        numbers[c.STEADY + clock, i], numbers[c.FOLLOWS + clock, i], from_activity
    )


@stage
def move_everybody(numbers, integers, constants, lag_of_clock, n):
    """Live one step: training, lagged doses, seven clocks."""
    step, inflammation, risks = constants.step, constants.inflammation, constants.disease
    train(
        numbers[c.TRAINING], numbers[c.SET_POINT], numbers[c.LOG_RATIO], numbers[c.PATHWAY],
        step.falling, step.rising, step.falling_half, step.rising_half, n,
    )  # fmt: skip
    for lag in range(c.N_LAGS):
        remember(
            numbers[c.DOSE], numbers[c.QUALITY], numbers[c.MULTIPLIER], numbers[c.SPIKES],
            numbers[c.AVERAGE + lag], numbers[c.AVERAGE_MID + lag],
            numbers[c.SET_POINT_MID + lag], step.lag[lag], step.lag_half[lag],
            inflammation.amplitude, inflammation.dose_scale, inflammation.spike_share,
            inflammation.spike_scale, n,
        )  # fmt: skip
    for k in range(c.N_CLOCKS):
        lag, curve, knots = lag_of_clock[k], risks.curve[k], risks.knots
        added = numbers[c.EXCESS] if k == c.OTHER else numbers[c.NOBODY]
        run_clock(
            numbers[c.STEADY + k], numbers[c.FOLLOWS + k], added, numbers[c.ACCUMULATED + k],
            numbers[c.TOLERANCE + k], numbers[c.INCREASE + k], numbers[c.AVERAGE_MID + lag],
            numbers[c.SET_POINT_MID + lag], numbers[c.PATHWAY], integers[c.CROSSED], np.int32(k),
            risks.causal_share[k], risks.il6_slope[k], risks.cap,
            knots[0], knots[1], knots[2], knots[3],
            curve[0], curve[1], curve[2], curve[3], curve[4], curve[5], curve[6], curve[7],
            curve[8], curve[9], step.years, n,
        )  # fmt: skip


@stage
def begin_episode(numbers, integers, plan, p, i, started, low, high):
    """Start (or start again) taking part: draw how long, and when to rejoin after quitting."""
    column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
    episode = integers[c.N_INTEGERS + p, i]
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], draws.POLICY_EPISODE + (episode << 8),
        plan.key[p], low, high,
    )  # fmt: skip
    lasts = SINGLE(1e6)
    if plan.quits[p] == 1:
        lasts = policy.years_taking_part(
            draws.uniform(words[0]), plan.quit_12_weeks[p], plan.early_shape, plan.stays[p],
            plan.half_life[p],
        )  # fmt: skip
    waits = policy.years_until_rejoining(draws.exponential(words[1]), plan.rejoin[p])
    numbers[column + c.STARTED, i] = started
    numbers[column + c.STOPPED, i] = started + lasts
    numbers[column + c.REJOINS, i] = started + lasts + waits
    integers[c.N_INTEGERS + p, i] = episode + 1


@stage
def take_part(numbers, integers, plan, p, i, start, end, low, high, told, year):
    """Return the mean share of full dose and of taking part over the step; note costs."""
    column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
    dosed, part = ZERO, ZERO
    while numbers[column + c.STARTED, i] < end:
        started, stopped = numbers[column + c.STARTED, i], numbers[column + c.STOPPED, i]
        dosed += policy.participation(start, end, started, stopped, plan.build_up[p])
        part += policy.adherent_share(start, end, started, stopped)
        again = numbers[column + c.REJOINS, i]
        if again >= end or again >= plan.end[p]:
            break
        begin_episode(numbers, integers, plan, p, i, again, low, high)
    told[p, year, 1] += int(np.round(part * (end - start) * SINGLE(1048576.0)))
    return dosed, part


@stage
def added_doses(numbers, integers, habits, plan, i, start, end, low, high, told, year):
    """Return what all policies add over the step: doses of the four modes, and ln IL-6."""
    habit = numbers[c.HABIT_DOSE, i]
    moderate, vigorous, resistance, endurance, log_ratio = ZERO, ZERO, ZERO, ZERO, ZERO
    for p in range(plan.start.size):
        dosed, part = take_part(numbers, integers, plan, p, i, start, end, low, high, told, year)
        moderate += dosed * (plan.dose[p, 0] + policy.top_up(habit, plan.raised_to[p]))
        vigorous += dosed * plan.dose[p, 1]
        resistance += dosed * plan.dose[p, 2]
        endurance += dosed * plan.dose[p, 3]
        log_ratio += part * plan.log_ratio[p]
    return moderate, vigorous, resistance, endurance, log_ratio


@stage
def take_dose(numbers, i, constants, added):
    """Set dose, quality and spikes from the habit and what policies add to it.

    Where they add nothing, all three are to the bit what the habit alone gives.
    """
    habits = constants.activity
    habit = numbers[c.HABIT_DOSE, i]
    extra = added[0] + added[1] + added[2] + added[3]
    total = min(habit + extra, habits.highest) if extra > ZERO else habit
    moderate, vigorous = numbers[c.MODE_SHARE, i], numbers[c.MODE_SHARE + 1, i]
    resistance, endurance = numbers[c.MODE_SHARE + 2, i], numbers[c.MODE_SHARE + 3, i]
    if extra > ZERO:
        whole = habit + extra
        moderate = (habit * moderate + added[0]) / whole
        vigorous = (habit * vigorous + added[1]) / whole
        resistance = (habit * resistance + added[2]) / whole
        endurance = (habit * endurance + added[3]) / whole
    numbers[c.DOSE, i] = total
    numbers[c.POLICY_DOSE, i] = total - habit
    numbers[c.QUALITY, i] = mix_quality(habits, moderate, vigorous, resistance, endurance)
    numbers[c.SPIKES, i] = total * spikes_of(
        constants.inflammation, moderate, vigorous, resistance, endurance
    )


@stage
def apply_policies(numbers, integers, constants, plan, start, end, frozen, low, high, told, year,
                   n):  # fmt: skip
    """Set each participant's dose, quality and set point for the step.

    In the frozen world the policies' doses do not reach IL-6: its set point follows the habit.
    """
    for i in range(n):
        if integers[c.CAUSE, i] >= 0:
            continue
        added = added_doses(
            numbers, integers, constants.activity, plan, i, start, end, low, high, told, year
        )
        take_dose(numbers, i, constants, added)
        if frozen:
            continue
        numbers[c.LOG_RATIO, i] = added[4]
        numbers[c.SET_POINT, i] = set_point_of(
            constants.inflammation, numbers[c.DOSE, i] * numbers[c.QUALITY, i],
            numbers[c.MULTIPLIER, i], numbers[c.SPIKES, i],
        )  # fmt: skip
