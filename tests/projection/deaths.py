"""The life table's deaths divided among causes."""

from dataclasses import dataclass

import numpy as np

from abm.conditions import DISEASES
from tests.projection.balance import Triple, extra_while_ill
from tests.projection.diseases import AT_EVENT, BY_EXCESS, BY_RATIO, DEPRESSION
from tests.projection.inputs import AGE, Table, figure, life_table, ratio

ROUNDS = 100
LEAST_OTHER = 0.05  # of the life table


@dataclass(frozen=True)
class Mortality:
    """Death by other causes, what diseases add [both per year], share dying at the event."""

    other: Table
    excess: dict[str, Table]
    at_event: dict[str, Table]


def divided(triples: dict[str, Triple]) -> Mortality:
    """Return the life table's deaths divided among causes.

    Heart disease and stroke: the ill die at a published multiple of others' rate, the rest of
    their published deaths at the event. Diabetes: at a multiple. Cancers: at their excess.
    Depression: at a multiple while ill, less the fatal events that it brings.
    """
    total, zero = life_table(), np.zeros((2, len(AGE)))
    extra = {
        disease: np.full_like(zero, figure(f"mortality.hazard_ratio.{disease}") - 1.0)
        for disease in BY_RATIO
    }
    limits = [figure(f"mortality.acute_fatality_{end}") for end in ("minimum", "maximum")]
    by_excess = sum(triples[d].prevalence * triples[d].excess for d in BY_EXCESS)
    ill = sum(extra[d] * triples[d].prevalence for d in extra)
    other, fatal = total.copy(), {}
    for _ in range(ROUNDS):
        at_once = np.zeros_like(total)
        for disease in AT_EVENT:
            t = triples[disease]
            later = other * extra[disease] * t.prevalence
            fatal[disease] = np.clip((t.prevalence * t.excess - later) / t.incidence, *limits)
            at_once = at_once + fatal[disease] * t.incidence
        brought = sum(
            (ratio(f"disease.depression_hazard_ratio.{d}") - 1.0)
            * triples[d].incidence / (1.0 - triples[d].prevalence) * fatal[d]
            for d in AT_EVENT
        )  # fmt: skip
        depressed = np.maximum(extra_while_ill() * other - brought, 0.0)
        left = total - at_once - by_excess - depressed * triples[DEPRESSION].prevalence
        other = np.maximum(left, LEAST_OTHER * total) / (1.0 + ill)
    excess = {disease: other * more for disease, more in extra.items()}
    excess[DEPRESSION] = depressed
    for disease in BY_EXCESS:
        excess[disease] = triples[disease].excess
    return Mortality(other, excess, {d: fatal.get(d, zero) for d in DISEASES})
