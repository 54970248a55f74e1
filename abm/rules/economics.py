"""What a year of life is worth in health, and when it counts."""

from abm.rules.arithmetic import exp, rule


@rule
def quality_adjusted_years(utility: float, years: float, lost: float) -> float:
    """Return years weighed by the quality of life of others of this age, less what illness takes.

    ``lost`` is the sum over illnesses of what one takes of a year, times years ill: losses add up
    (Sullivan 2011). With a utility of 1 and disability weights these are years without disability.
    """
    return utility * years - lost


@rule
def care_cost(cases: float, first: float, years_ill: float, later: float) -> float:
    """Return what a disease costs: so much for each later year, and the rest with a new case."""
    return later * years_ill + (first - later) * cases


@rule
def policy_cost(
    starters: float, years: float, per_participant: float, per_participant_year: float, fixed: float
) -> float:
    """Return what a policy costs in a year: its starters, those who take part, what is fixed.

    ``years`` are those of taking part.
    """
    return starters * per_participant + years * per_participant_year + fixed


@rule
def discount(rate: float, years: float) -> float:
    """Return what something is worth today that comes after so many years.

    ``rate`` is continuous: the logarithm of one plus the yearly rate.
    """
    return exp(-rate * years)
