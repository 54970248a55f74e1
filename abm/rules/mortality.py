"""Death: other causes, the long-term hazard of the ill, and deaths soon after an event."""

from abm.arithmetic import exp, log, rule


@rule
def illness_multiplier(
    diabetes: float, heart: float, stroke: float, colon: float, breast: float
) -> float:
    """Return the death hazard against that of the well; each argument is a disease's excess.

    The excess is the hazard ratio less 1 for those who have the disease, 0 for the others.
    """
    return 1.0 + diabetes + heart + stroke + colon + breast


@rule
def log_multiplier(multiplier: float) -> float:
    """Return the logarithm of a death-hazard multiplier."""
    return log(multiplier)


@rule
def dies_of_event(uniform: float, case_fatality: float) -> bool:
    """Return whether a new event is fatal at once."""
    return uniform < case_fatality


@rule
def is_cause(uniform: float, multiplier: float, excess_so_far: float) -> bool:
    """Return whether a cause's share of the death hazard covers the draw.

    Other causes come first with share 1 / multiplier; then each disease in turn adds its excess.
    """
    return uniform * multiplier < 1.0 + excess_so_far


@rule
def survives(uniform: float, relative_hazard: float, hazard_to_date: float) -> bool:
    """Return whether a person of constant relative hazard has outlived the reference hazard."""
    return uniform < exp(-relative_hazard * hazard_to_date)
