"""Death: other causes, what diseases add to them, and deaths soon after an event."""

from abm.rules.arithmetic import exp, rule


@rule
def excess_hazard(so_far: float, excess: float, ill: float) -> float:
    """Return what diseases add to a person's hazard of death [per year], one more counted.

    ``excess`` is the disease's rate among those who have it, ``ill`` is 1 for them and 0 otherwise.
    """
    return so_far + excess * ill


@rule
def death_hazard(other: float, excess: float) -> float:
    """Return the death hazard [per year]: the person's own of other causes, plus the excess."""
    return other + excess


@rule
def dies_of_event(uniform: float, case_fatality: float) -> bool:
    """Return whether a new event is fatal at once."""
    return uniform < case_fatality


@rule
def is_cause(uniform: float, hazard: float, excess_so_far: float) -> bool:
    """Return whether a disease's share of the death hazard covers the draw.

    Each disease in turn adds its excess; what they leave of the hazard is other causes.
    """
    return uniform * hazard < excess_so_far


@rule
def survives(uniform: float, relative_hazard: float, hazard_to_date: float) -> bool:
    """Return whether a person of constant relative hazard has outlived the reference hazard."""
    return uniform < exp(-relative_hazard * hazard_to_date)
