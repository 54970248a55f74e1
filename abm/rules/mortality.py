"""Death: other causes, what diseases and their combinations add, and deaths at an event."""

from abm.rules.arithmetic import exp, rule


@rule
def excess_hazard(so_far: float, excess: float, ill: float) -> float:
    """Return what diseases add to a person's hazard of death [per year], one more counted.

    ``excess`` is the disease's rate among those who have it, ``ill`` is 1 for them and 0 otherwise.
    """
    return so_far + excess * ill


@rule
def over_a_year(passed: float, this_year: float, next_year: float) -> float:
    """Return the mean, over the year to come, of a rate that changes on the day of the event.

    ``passed`` is the share of the running year since the event that is over, ``this_year`` and
    ``next_year`` are the rates of this year since the event and of the next.
    """
    return (1.0 - passed) * this_year + passed * next_year


@rule
def combination(so_far: int, place: int, ill: float) -> int:
    """Return which chronic diseases a person has, one bit each, one more looked at.

    ``place`` is that of the disease among the chronic ones, ``ill`` is above 0 for who has it.
    """
    return so_far | (1 << place) if ill > 0.0 else so_far


@rule
def share_of_excess(alone: float, of_each_alone: float, diseases: float) -> float:
    """Return the share of the excess of several diseases that is put down to one of them.

    In proportion to what each adds ``alone``, ``of_each_alone`` being their sum; equally among so
    many ``diseases`` where that is 0.
    """
    return (alone + 1e-30) / (of_each_alone + 1e-30 * diseases)


@rule
def death_hazard(own: float, excess: float) -> float:
    """Return a death clock's hazard [per year]: the person's own of its causes, plus the excess."""
    return own + excess


@rule
def dies_of_event(uniform: float, case_fatality: float) -> bool:
    """Return whether a new event is fatal at once."""
    return uniform < case_fatality


@rule
def is_cause(uniform: float, hazard: float, excess_so_far: float) -> bool:
    """Return whether a disease's share of the death hazard covers the draw.

    Each disease in turn adds its excess; what they leave of the clock's hazard is all else.
    """
    return uniform * hazard < excess_so_far


@rule
def survives(uniform: float, hazard_met: float) -> bool:
    """Return whether a person has outlived the hazard of death met so far, of all causes."""
    return uniform < exp(-hazard_met)
