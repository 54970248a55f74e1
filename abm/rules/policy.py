"""Policies: who is offered one and when, who accepts, how long they keep it up.

Times are years since the start of the run. Draws belong to (person, policy name), so they are the
same in every world that has the policy.
"""

from abm.rules.arithmetic import clamped, exp, log, maximum, minimum, power, rule


@rule
def is_eligible(
    age: float,
    youngest: float,
    oldest: float,
    sex: int,
    sex_wanted: int,
    reported_dose: float,
    dose_below: float,
    bmi: float,
    bmi_above: float,
    deprivation: int,
    fifths: int,
    illnesses: int,
    illnesses_wanted: int,
) -> bool:
    """Return whether a person may be offered a policy.

    ``fifths`` and ``illnesses`` are bit sets; ``sex_wanted`` -1 and ``illnesses_wanted`` 0 accept
    all. Ages count from ``youngest`` up to but not including ``oldest``.
    """
    right_person = youngest <= age < oldest and (sex_wanted < 0 or sex == sex_wanted)
    right_body = reported_dose < dose_below and bmi > bmi_above
    right_place = (fifths >> deprivation) & 1 == 1
    right_illness = illnesses_wanted == 0 or (illnesses & illnesses_wanted) != 0
    return right_person and right_body and right_place and right_illness


@rule
def ramped(months_running: float, ramp_months: float) -> float:
    """Return the share of full reach by the end of a month (0 = the first month)."""
    return minimum((months_running + 1.0) / maximum(ramp_months, 1.0), 1.0)


@rule
def covered_so_far(reach: float, ramp_share: float, limit: float) -> float:
    """Return the share of the eligible that is reached so far; ``limit`` is what money allows."""
    return minimum(reach * ramp_share, limit)


@rule
def is_offered(reach_draw: float, covered: float) -> bool:
    """Return whether the share of the eligible that is reached so far holds a person."""
    return reach_draw < covered


@rule
def accepts(uptake_draw: float, uptake: float) -> bool:
    """Return whether a person who is offered a policy takes part; a decline is final."""
    return uptake_draw < uptake


@rule
def years_taking_part(
    draw: float, quit_12_weeks: float, early_shape: float, stays: float, half_life_years: float
) -> float:
    """Return for how long a participant keeps it up [years], from one uniform draw.

    Still taking part after t <= 12 weeks: (1 - quit) ** ((t / 12) ** shape). Of those left, a share
    ``stays`` never quits and the others have a half-life. 1e6 years stands for never.
    """
    left = 1.0 - quit_12_weeks
    twelve_weeks = 12.0 * 7.0 / 365.25
    if draw >= left:
        return twelve_weeks * power(maximum(log(draw) / log(left), 1e-12), 1.0 / early_shape)
    later = draw / left
    if later < stays:
        return 1e6
    remaining = maximum((later - stays) / (1.0 - stays), 1e-07)
    return twelve_weeks - half_life_years * log(remaining) / 0.6931472


@rule
def is_taken_back(draw: float, share: float) -> bool:
    """Return whether someone who quit and comes back is among the share that money allows."""
    return draw < share


@rule
def years_until_rejoining(tolerance: float, rate: float) -> float:
    """Return the wait before someone who quit starts again [years]; 1e6 where nobody does."""
    return minimum(tolerance / rate, 1e6) if rate > 0.0 else 1e6


@rule
def built_up(since: float, build_up: float) -> float:
    """Return the integral of the build-up from 0 to ``since`` [years of full dose].

    The dose grows in a straight line from nothing to its full value over ``build_up`` years.
    """
    if build_up <= 0.0:
        return since
    ramp = minimum(since, build_up)
    return ramp * ramp / (2.0 * build_up) + maximum(since - build_up, 0.0)


@rule
def participation(
    step_start: float, step_end: float, started: float, stopped: float, build_up: float
) -> float:
    """Return the mean share of the full dose over a step, between starting and stopping."""
    first = clamped(step_start, started, stopped)
    last = clamped(step_end, started, stopped)
    dosed = built_up(last - started, build_up) - built_up(first - started, build_up)
    return maximum(dosed, 0.0) / (step_end - step_start)


@rule
def adherent_share(step_start: float, step_end: float, started: float, stopped: float) -> float:
    """Return the share of a step during which a person takes part, whatever the dose."""
    first = clamped(step_start, started, stopped)
    last = clamped(step_end, started, stopped)
    return (last - first) / (step_end - step_start)


@rule
def delivered_until(started: float, stopped: float, delivery: float) -> float:
    """Return when an episode is no longer delivered: at its end, or after so many years of it."""
    return minimum(stopped, started + delivery)


@rule
def met_hours(minutes: float, marginal_met: float) -> float:
    """Return a weekly dose [MET-hours] from minutes per week and marginal METs."""
    return minutes / 60.0 * marginal_met


@rule
def top_up(habitual_dose: float, raised_to: float) -> float:
    """Return the dose that is missing from a target, 0 for those beyond it."""
    return maximum(raised_to - habitual_dose, 0.0)


@rule
def survival_at_week(week: float, quit_12_weeks: float, early_shape: float) -> float:
    """Return the share still taking part after ``week`` <= 12 weeks."""
    return exp(log(1.0 - quit_12_weeks) * power(maximum(week / 12.0, 1e-12), early_shape))
