"""One bout of exercise: how far IL-6 rises, how it returns, and what follows it.

The driver is the work of contracting muscle: a rate of work (intensity relative to a reference,
raised to a power) that builds up with time and saturates. The rise peaks when the muscle stops
and then halves every half-life. IL-1ra and IL-10 follow. All areas are in closed form.

"Rise" is the IL-6 fold over rest less 1, so that 0 is rest and rises of several bouts add up.
Times are hours from the start of the bout.
"""

from abm.rules.arithmetic import exp, maximum, minimum, power, rule, square_root

LN_2 = 0.69314718
HALF_PI = 1.57079633


@rule
def relative_work(intensity: float, reference_intensity: float, exponent: float) -> float:
    """Return the work rate of contracting muscle relative to that at the reference intensity."""
    return power(intensity / reference_intensity, exponent)


@rule
def steady_equivalent(
    work_intensity: float, work_share: float, rest_intensity: float, exponent: float
) -> float:
    """Return the steady intensity that does the same relative work as stop-and-go exercise.

    The power mean of work and rest over time: contraction at ``work_intensity`` for
    ``work_share`` of the time (sets, intervals), ``rest_intensity`` between.
    """
    work = work_share * power(work_intensity, exponent)
    rest = (1.0 - work_share) * power(rest_intensity, exponent)
    return power(work + rest, 1.0 / exponent)


@rule
def build_up(hours: float, plateau_hours: float) -> float:
    """Return how far the response to steady work has built up [hours squared].

    It grows with the square of time at first and levels off well after ``plateau_hours``.
    """
    ratio = hours / plateau_hours
    return hours * hours / (1.0 + ratio * ratio)


@rule
def gain(rise_at_one_hour: float, mode_factor: float, work: float, modifier: float) -> float:
    """Return the rise per unit of build-up.

    ``mode_factor`` belongs to the activity, ``work`` to :func:`relative_work`, ``modifier`` to
    the person and the day (training, carbohydrate).
    """
    return rise_at_one_hour * mode_factor * work * modifier


@rule
def rise_during(hours: float, bout_gain: float, plateau_hours: float, largest_rise: float) -> float:
    """Return the IL-6 rise after so many hours of exercise, held below the largest rise."""
    return minimum(bout_gain * build_up(hours, plateau_hours), largest_rise)


@rule
def share_left(hours_since_stop: float, half_life: float) -> float:
    """Return the share of a rise that is left some time after the stop."""
    return exp(-LN_2 * hours_since_stop / half_life)


@rule
def rise(
    hours: float,
    duration: float,
    bout_gain: float,
    plateau_hours: float,
    largest_rise: float,
    half_life: float,
) -> float:
    """Return the IL-6 rise at any time from the start of the bout; it peaks at the stop."""
    reached = rise_during(minimum(hours, duration), bout_gain, plateau_hours, largest_rise)
    return reached * share_left(maximum(hours - duration, 0.0), half_life)


@rule
def arctangent_gap(x: float) -> float:
    """Return x - arctan(x) for x >= 0, without cancellation where x is small.

    Abramowitz and Stegun (1964), formula 4.4.49, with its first term taken out; above 1 by
    arctan(x) = pi/2 - arctan(1/x). Relative error below 1e-5.
    """
    y = minimum(x, 1.0 / maximum(x, 1e-06))
    z = y * y
    series = 0.0161657367 - 0.0028662257 * z
    series = 0.0429096138 - series * z
    series = 0.0752896400 - series * z
    series = 0.1065626393 - series * z
    series = 0.1420889944 - series * z
    series = 0.1999355085 - series * z
    series = 0.3333314528 - series * z
    gap = y * z * series
    return gap if x <= 1.0 else x - HALF_PI + y - gap


@rule
def area_of_build_up(hours: float, plateau_hours: float) -> float:
    """Return the integral of :func:`build_up` from 0 to ``hours`` [hours cubed]."""
    scale = plateau_hours * plateau_hours * plateau_hours
    return scale * arctangent_gap(hours / plateau_hours)


@rule
def hours_to_largest(bout_gain: float, plateau_hours: float, largest_rise: float) -> float:
    """Return when steady work meets the largest rise [hours]; a thousand years if never."""
    excess = bout_gain - largest_rise / (plateau_hours * plateau_hours)
    return square_root(largest_rise / maximum(excess, 1e-12)) if excess > 0.0 else 1e07


@rule
def area_during(
    duration: float, bout_gain: float, plateau_hours: float, largest_rise: float
) -> float:
    """Return the area under the rise until the stop [fold-hours above rest]."""
    free = minimum(duration, hours_to_largest(bout_gain, plateau_hours, largest_rise))
    return bout_gain * area_of_build_up(free, plateau_hours) + largest_rise * (duration - free)


@rule
def area_after(peak_rise: float, half_life: float) -> float:
    """Return the area under the rise from the stop onwards [fold-hours above rest]."""
    return peak_rise * half_life / LN_2


@rule
def area(
    duration: float,
    bout_gain: float,
    plateau_hours: float,
    largest_rise: float,
    half_life: float,
) -> float:
    """Return the whole area of one bout's IL-6 above rest [fold-hours]."""
    peak_rise = rise_during(duration, bout_gain, plateau_hours, largest_rise)
    during = area_during(duration, bout_gain, plateau_hours, largest_rise)
    return during + area_after(peak_rise, half_life)


@rule
def weekly_exposure(weekly_hours: float, bout_hours: float, area_of_bout: float) -> float:
    """Return the area above rest of a week's bouts of one kind [fold-hours per week].

    ``weekly_hours`` are split into bouts of ``bout_hours``; a part of a bout counts as a bout
    every few weeks.
    """
    return weekly_hours / bout_hours * area_of_bout


@rule
def spike_share(exposure: float, period_hours: float) -> float:
    """Return the share of all IL-6 of a period that lies above rest (rest is 1 throughout)."""
    return exposure / (exposure + period_hours)


@rule
def scatter(
    person_normal: float, occasion_normal: float, log_sd: float, person_share: float
) -> float:
    """Return the factor by which a person's rise on one occasion differs from the median.

    ``person_share`` of the log variance stays with the person, the rest is new on each occasion.
    """
    own = square_root(person_share) * person_normal
    new = square_root(1.0 - person_share) * occasion_normal
    return exp(log_sd * (own + new))


@rule
def mean_of_scatter(log_sd: float) -> float:
    """Return the mean of a lognormal factor of median 1: areas of many bouts grow by it."""
    return exp(0.5 * log_sd * log_sd)


@rule
def il1ra_fold(il6_fold: float, exponent: float) -> float:
    """Return the IL-1ra fold that an IL-6 peak of ``il6_fold`` calls forth."""
    return power(il6_fold, exponent)


@rule
def il10_fold(il6_fold: float, threshold: float) -> float:
    """Return the IL-10 fold that goes with ``il6_fold``; none below the threshold."""
    return maximum(il6_fold / threshold, 1.0)


@rule
def follower(
    hours_since_stop: float, delay: float, source_half_life: float, own_half_life: float
) -> float:
    """Return the course of a cytokine that IL-6 calls forth, 1 at its peak.

    One compartment fed by a source that decays with ``source_half_life`` and emptied with
    ``own_half_life``, its peak placed ``delay`` hours after the stop.
    """
    k = LN_2 / source_half_life
    own = LN_2 / own_half_life
    alike = -0.001 < (own - k) / k < 0.001
    own = 1.001 * k if alike else own
    since_peak = hours_since_stop - delay
    fed = k * exp(-own * since_peak) - own * exp(-k * since_peak)
    return maximum(fed / (k - own), 0.0)


@rule
def follower_rise(
    peak_rise_so_far: float,
    hours_since_stop: float,
    delay: float,
    source_half_life: float,
    own_half_life: float,
) -> float:
    """Return the rise of a follower, given what IL-6 has called for until now or the stop.

    During exercise (``hours_since_stop`` 0) it is the part that its delay lets through.
    """
    return peak_rise_so_far * follower(hours_since_stop, delay, source_half_life, own_half_life)


@rule
def fuel_change(il6_rise: float, largest_change: float, rise_scale: float) -> float:
    """Return the relative change of a fuel flow (hepatic glucose output, lipolysis) by IL-6."""
    return largest_change * (1.0 - exp(-il6_rise / rise_scale))
