"""What a year of life is worth in health, what it costs, and when it counts."""

from abm.rules.arithmetic import exp, maximum, minimum, rule

# Quality of life


@rule
def quality_left(quality: float, share_lost: float, share_ill: float) -> float:
    """Return what one more illness leaves of the quality of a year, ill for a share of it."""
    return quality * (1.0 - share_lost * share_ill)


@rule
def quality_adjusted_years(
    well: float, years: float, quality: float, lost: float, losses_add: float
) -> float:
    """Return years weighed by quality of life.

    ``well`` is the quality of a year without the diseases, ``quality`` the share that they leave of
    this calendar year (a product over illnesses), ``lost`` the sum of what each takes of it.
    ``losses_add`` is 0 where the product counts, 1 where the sum does. What lies before the account
    was opened takes nothing: it is the same in twins.
    """
    shared = (1.0 - losses_add) * (1.0 - quality)
    return well * (years - shared) - losses_add * lost


@rule
def utility_of_the_well(norm: float, quality: float, lost: float, losses_add: float) -> float:
    """Return the quality of a year without the diseases, of people whose mean is the ``norm``.

    ``quality`` and ``lost`` are means over all of them, as above for a whole year.
    """
    return (norm + losses_add * lost) / (1.0 - (1.0 - losses_add) * (1.0 - quality))


@rule
def newly_active_years(
    opened: float, begins: float, ends: float, habit: float, dose: float, guideline: float
) -> float:
    """Return for how much of a time somebody is newly active: in the first year of taking part.

    They meet the guideline with the policy's dose, and would not by their habit.
    """
    first_year = maximum(minimum(ends, opened + 1.0) - maximum(begins, opened), 0.0)
    return first_year if habit < guideline and dose >= guideline else 0.0


# Money


@rule
def first_year_cost(events: float, fatality: float, first: float) -> float:
    """Return what events cost in their first year: those which do not kill at once."""
    return events * (1.0 - fatality) * first


@rule
def cost_around_anniversary(
    begins: float, ends: float, anniversary: float, before: float, after: float
) -> float:
    """Return what care costs from one time since an event to another, less than two years later.

    ``before`` and ``after`` are the costs of a year on either side of an ``anniversary`` of the
    event that is not earlier than ``begins``.
    """
    first = minimum(ends, anniversary) - begins
    return before * first + after * maximum(ends - anniversary, 0.0)


@rule
def policy_cost(
    offered: float,
    starters: float,
    delivered: float,
    residents: float,
    per_person_offered: float,
    per_participant: float,
    per_participant_year: float,
    per_resident_year: float,
    fixed: float,
) -> float:
    """Return what a year of a policy costs: invitations, starts, delivery, its place, the fixed.

    ``delivered`` are years of taking part for which something is delivered, ``residents`` those of
    the people of its place. What goes on without delivery costs nothing.
    """
    people = offered * per_person_offered + starters * per_participant
    return people + delivered * per_participant_year + residents * per_resident_year + fixed


@rule
def discount(rate: float, years: float) -> float:
    """Return what something is worth today that comes after so many years.

    ``rate`` is continuous: the logarithm of one plus the yearly rate.
    """
    return exp(-rate * years)
