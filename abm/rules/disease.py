"""Disease: from a person's dose, resting IL-6, body and other illness to hazards and episodes.

Hazards are per person-year. A first event happens when the accumulated hazard reaches a tolerance
drawn once, so a lower hazard can only delay it.
"""

from abm.rules.arithmetic import clamped, exp, log, maximum, minimum, rule


@rule
def part_covered(left: float, share: float) -> float:
    """Return which part of a share of people a draw covers, 0 to 1; ``left`` is what is left of it.

    Shares are taken off the draw one after the other until nothing is left.
    """
    return minimum(maximum(left / maximum(share, 1e-30), 0.0), 1.0)


@rule
def activity_log_ratio(
    dose: float,
    cap: float,
    knot_1: float,
    knot_2: float,
    knot_3: float,
    knot_4: float,
    slope: float,
    linear_2: float,
    square_2: float,
    cube_2: float,
    linear_3: float,
    square_3: float,
    cube_3: float,
    linear_4: float,
    square_4: float,
    cube_4: float,
) -> float:
    """Return the log relative risk at a dose against none: straight, then three cubic pieces.

    Flat above ``cap`` [MET-hours per week]. Each piece starts at its knot with value 0, so that
    the pieces add up without a branch.
    """
    held = minimum(dose, cap)
    u1 = clamped(held, 0.0, knot_1)
    u2 = clamped(held - knot_1, 0.0, knot_2 - knot_1)
    u3 = clamped(held - knot_2, 0.0, knot_3 - knot_2)
    u4 = clamped(held - knot_3, 0.0, knot_4 - knot_3)
    piece_2 = u2 * (linear_2 + u2 * (square_2 + u2 * cube_2))
    piece_3 = u3 * (linear_3 + u3 * (square_3 + u3 * cube_3))
    piece_4 = u4 * (linear_4 + u4 * (square_4 + u4 * cube_4))
    return slope * u1 + piece_2 + piece_3 + piece_4


@rule
def net_factor(causal_share: float, dilution_factor: float, correction: float) -> float:
    """Return by what the published log relative risk of a reported dose is multiplied for a habit.

    The causal share takes confounding and reverse causation out. The dilution factor puts back
    what one report loses, as far as the ``correction`` is switched on (0 to 1).
    """
    return causal_share * (1.0 + correction * (dilution_factor - 1.0))


@rule
def activity_and_il6(
    net_factor: float,
    log_ratio_at_dose: float,
    il6_slope: float,
    il6_pathway: float,
    set_point_at_dose: float,
) -> float:
    """Return the log hazard from activity: the path through IL-6 and the direct path.

    The direct path is what the published dose response leaves after the IL-6 path at steady state,
    so both together equal the net factor of the published effect whatever the IL-6 slope.
    """
    direct = net_factor * log_ratio_at_dose - il6_slope * set_point_at_dose
    return il6_slope * il6_pathway + direct


@rule
def hazard(steady: float, follows: float, from_activity: float) -> float:
    """Return a clock's hazard [per year]; remissions do not follow activity (``follows`` 0)."""
    return exp(steady + follows * from_activity)


@rule
def partly_responding(responds: float, log_ratio: float) -> float:
    """Return the hazard ratio of several causes together, of which a share responds.

    ``responds`` is the share of the hazard at ratio 1 that has the log ratio; the rest keeps its
    hazard, as external causes of death do whatever activity or IL-6.
    """
    return 1.0 - responds + responds * exp(log_ratio)


@rule
def person_log_ratio(
    between_slope: float,
    own_il6: float,
    bmi_slope: float,
    bmi: float,
    bmi_floor: float,
    smoking: float,
    smoker: float,
    deprivation_effect: float,
    deprivation: float,
) -> float:
    """Return the log hazard ratio of what a person brings: IL-6, BMI, smoking, deprivation.

    ``own_il6`` is the lasting deviation of ln IL-6; ``bmi_slope`` is per kg/m2 above ``bmi_floor``;
    ``deprivation_effect`` is the log ratio of the most to the least deprived fifth.
    """
    body = bmi_slope * (maximum(bmi, bmi_floor) - 25.0)
    place = deprivation_effect * (3.0 - deprivation) / 4.0
    return between_slope * own_il6 + body + smoking * smoker + place


@rule
def diabetes_log_ratio(hazard_ratio: float, diabetic: float, expected_share: float) -> float:
    """Return the log hazard ratio of having diabetes against its expectation at the same dose.

    Published activity curves already contain what runs through diabetes; dividing by the expected
    multiplier keeps that part from counting twice. ``expected_share`` 0 switches this off.
    """
    extra = hazard_ratio - 1.0
    return diabetic * log(hazard_ratio) - log(1.0 + extra * expected_share)


@rule
def diabetes_hazard_met(
    met: float, inactive_before: float, inactive_now: float, relative_hazard: float
) -> float:
    """Return the hazard of diabetes met so far after a year at a relative hazard.

    ``inactive_before`` and ``inactive_now`` are what the inactive have met by the last age and by
    this one; where that falls with age, a person's falls in proportion.
    """
    more = inactive_now - inactive_before
    grown = met + more * relative_hazard
    shrunk = met * inactive_now / maximum(inactive_before, 1e-12)
    return grown if more >= 0.0 else shrunk


@rule
def expected_diabetes_share(hazard_met: float) -> float:
    """Return the share with diabetes expected of people who have met this hazard of it."""
    return 1.0 - exp(-hazard_met)


@rule
def recent_event_log_ratio(hazard_ratio: float, years_since: float) -> float:
    """Return the log hazard ratio of depression in the coming year after a vascular event.

    It holds for the first year after the event; a January covers what is left of that year.
    """
    return log(1.0 + (hazard_ratio - 1.0) * clamped(1.0 - years_since, 0.0, 1.0))


@rule
def crossing_share(tolerance: float, before: float, increase: float) -> float:
    """Return the share of a step after which the accumulated hazard reaches the tolerance."""
    return clamped((tolerance - before) / maximum(increase, 1e-30), 0.0, 1.0)


@rule
def prevalence(intercept: float, log_ratio: float) -> float:
    """Return the probability of having a disease at the start (logistic)."""
    return 1.0 / (1.0 + exp(-(intercept + log_ratio)))
