"""Habits: how active a person is, what a survey would hear of it, and what the body makes of it.

Doses are marginal MET-hours per week (one resting MET subtracted). The mode mix is the share of
the dose done as moderate activity, vigorous or interval exercise, resistance exercise and
prolonged endurance exercise.
"""

from abm.rules.arithmetic import (
    clamped,
    exp,
    log,
    maximum,
    minimum,
    normal_cumulative,
    normal_quantile,
    rule,
    square_root,
)


@rule
def drifted(state: float, keep: float, normal: float) -> float:
    """Return next year's state of a stationary Gaussian process of unit variance.

    The exact transition of an Ornstein-Uhlenbeck process over one year: ``keep`` is the correlation
    of successive years, ``normal`` a standard normal draw.
    """
    return state * keep + square_root(1.0 - keep * keep) * normal


@rule
def latent_habit(
    tendency: float,
    residual_sd: float,
    for_life: float,
    slow: float,
    for_life_share: float,
    slow_share: float,
) -> float:
    """Return the standard normal score that places a person's habitual dose in the population.

    ``tendency`` is what age, deprivation and BMI lead one to expect; the rest is a part for life
    and a slowly drifting part, in proportion to their shares of the variance.
    """
    total = for_life_share + slow_share
    own = square_root(for_life_share / total) * for_life + square_root(slow_share / total) * slow
    return tendency + residual_sd * own


@rule
def latent_report(habit: float, occasion: float, occasion_share: float) -> float:
    """Return the score of the dose that a survey hears of: the habit and the occasion's noise."""
    return square_root(1.0 - occasion_share) * habit + square_root(occasion_share) * occasion


@rule
def dose(
    latent: float,
    zero_share: float,
    low_ceiling: float,
    median: float,
    log_sd: float,
    highest: float,
) -> float:
    """Return the dose [MET-hours per week] at a standard normal score.

    The lowest ``zero_share`` of people spread evenly from 0 to ``low_ceiling``; the others follow a
    lognormal distribution.
    """
    share = normal_cumulative(latent)
    low = low_ceiling * share / zero_share
    upper = clamped((share - zero_share) / (1.0 - zero_share), 1e-06, 0.999999)
    high = minimum(median * exp(log_sd * normal_quantile(upper)), highest)
    return low if share < zero_share else high


@rule
def quality(
    moderate: float,
    vigorous: float,
    resistance: float,
    endurance: float,
    quality_moderate: float,
    quality_vigorous: float,
    quality_resistance: float,
    quality_endurance: float,
    combined_factor: float,
    combined_minimum_share: float,
) -> float:
    """Return how strongly a mix of modes trains resting IL-6, per MET-hour (1 = moderate only).

    The first four arguments are doses or shares of the modes. A mix of aerobic and resistance
    exercise, each at least ``combined_minimum_share`` of it, counts ``combined_factor`` more.
    """
    aerobic = moderate + vigorous + endurance
    total = maximum(aerobic + resistance, 1e-06)
    mean = (
        moderate * quality_moderate
        + vigorous * quality_vigorous
        + resistance * quality_resistance
        + endurance * quality_endurance
    ) / total
    least = minimum(aerobic, resistance) / total
    return mean * combined_factor if least >= combined_minimum_share else mean


@rule
def toward(average: float, current: float, keep: float) -> float:
    """Return an exponentially weighted average after a step at the ``current`` value.

    ``keep`` is the weight that the past keeps over the step, exp(-step / lag).
    """
    return current + (average - current) * keep


@rule
def latent_of_dose(
    dose: float, zero_share: float, low_ceiling: float, median: float, log_sd: float, within: float
) -> float:
    """Return the standard normal score of a dose, the inverse of :func:`dose`.

    Surveys hear "none" of everyone with next to nothing, so below ``low_ceiling`` the place among
    the inactive is drawn: ``within`` in (0, 1).
    """
    low = zero_share * clamped(within, 1e-06, 1.0)
    above = log(maximum(dose, low_ceiling) / median) / log_sd
    high = zero_share + (1.0 - zero_share) * normal_cumulative(above)
    return normal_quantile(minimum(low if dose < low_ceiling else high, 0.999999))


@rule
def habit_given_report(
    report: float, tendency: float, residual_sd: float, occasion_share: float, normal: float
) -> float:
    """Return a draw of the latent habit given the latent report (Gaussian posterior)."""
    precision = 1.0 / (residual_sd * residual_sd) + (1.0 - occasion_share) / occasion_share
    evidence = tendency / (residual_sd * residual_sd)
    evidence += square_root(1.0 - occasion_share) * report / occasion_share
    return evidence / precision + normal / square_root(precision)


@rule
def split_habit(own: float, for_life_share: float, normal: float) -> tuple[float, float]:
    """Return the for-life and slow parts, unit normals, that make up a person's own habit."""
    weight, rest = square_root(for_life_share), square_root(1.0 - for_life_share)
    return weight * own + rest * normal, rest * own - weight * normal


@rule
def occasion_of(report: float, habit: float, occasion_share: float) -> float:
    """Return the occasion's noise that joins a latent habit to a latent report."""
    return (report - square_root(1.0 - occasion_share) * habit) / square_root(occasion_share)
