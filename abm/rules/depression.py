"""Depression as persons: a first onset, a course drawn there, recovery, and perhaps episodes again.

Seven states: never ill; ill for the first time with a single, a recurrent or a chronic course; ill
again; well after a single episode; well after another course. Rates are per person-year.
"""

from abm.rules.arithmetic import exp, rule

NEVER = 0
FIRST_SINGLE = 1
FIRST_RECURRENT = 2
FIRST_CHRONIC = 3
AGAIN = 4
WELL_AFTER_SINGLE = 5
WELL_AFTER_OTHER = 6
N_STATES = 7


@rule
def is_ill(state: int) -> bool:
    """Return whether somebody in this state is in an episode."""
    return FIRST_SINGLE <= state <= AGAIN


@rule
def after_onset(state: int, uniform: float, single: float, recurrent: float) -> int:
    """Return the state that an onset leads to.

    The first draws the course for life: ``single`` and ``recurrent`` are their shares, the rest
    is chronic.
    """
    other = FIRST_RECURRENT if uniform < single + recurrent else FIRST_CHRONIC
    first = FIRST_SINGLE if uniform < single else other
    return first if state == NEVER else AGAIN


@rule
def after_recovery(state: int) -> int:
    """Return the state that a recovery leads to: whoever has a single course stays well."""
    return WELL_AFTER_SINGLE if state == FIRST_SINGLE else WELL_AFTER_OTHER


@rule
def log_hazard(state: int, onset: float, leaving: float, reference: float, applies: float) -> float:
    """Return the steady log hazard of leaving a state.

    ``onset`` is that of a person's first onset, of which ``reference`` is the reference person's;
    ``leaving`` is the log rate at which the state is left otherwise. What sets a person's onset
    apart counts in a recurrence with the weight ``applies``.
    """
    recurrence = leaving + applies * (onset - reference)
    well = recurrence if state == WELL_AFTER_OTHER else leaving
    return onset if state == NEVER else well


@rule
def follows(state: int, applies: float) -> float:
    """Return how far activity and IL-6 move the hazard of leaving a state: 1 for a first onset."""
    well = applies if state == WELL_AFTER_OTHER else 0.0
    return 1.0 if state == NEVER else well


@rule
def share_ever_ill(log_hazard_to_date: float, log_ratio: float) -> float:
    """Return the share ever ill of people who have met the reference hazard times a ratio."""
    return 1.0 - exp(-exp(log_hazard_to_date + log_ratio))


@rule
def place_in_course(
    uniform: float, up_to_1: float, up_to_2: float, up_to_3: float, up_to_4: float, up_to_5: float
) -> int:
    """Return the state of somebody ever ill; ``up_to_k`` is the share in the states 1 to k."""
    later = (uniform >= up_to_1) + (uniform >= up_to_2) + (uniform >= up_to_3)
    return FIRST_SINGLE + later + (uniform >= up_to_4) + (uniform >= up_to_5)
