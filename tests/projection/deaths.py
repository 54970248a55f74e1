"""The life table's deaths divided among causes."""

from dataclasses import dataclass

import numpy as np

from abm.conditions import DISEASES
from tests.projection.balance import Triple
from tests.projection.bands import other_shares
from tests.projection.diseases import ALL_ELSE, AT_EVENT, BY_CAUSE, BY_EXCESS, BY_RATIO
from tests.projection.inputs import AGE, Table, figure, life_table

ROUNDS = 100
LEAST_LEFT = 0.05  # of the life table, for all other causes


@dataclass(frozen=True)
class Mortality:
    """Death by other causes, what diseases add [both per year], share dying at the event."""

    other: dict[str, Table]
    excess: dict[str, Table]
    at_event: dict[str, Table]


def divided(triples: dict[str, Triple]) -> Mortality:
    """Return the life table's deaths divided among causes.

    Heart disease and stroke: the ill die at a published multiple of others' rate, the rest of
    their published deaths at the event. Diabetes: at a multiple. Cancers: at their excess.
    """
    total, zero = life_table(), np.zeros((2, len(AGE)))
    extra = {
        disease: np.full_like(zero, figure(f"mortality.hazard_ratio.{disease}") - 1.0)
        for disease in BY_RATIO
    }
    limits = [figure(f"mortality.acute_fatality_{end}") for end in ("minimum", "maximum")]
    by_excess = sum(triples[d].prevalence * triples[d].excess for d in BY_EXCESS)
    ill = sum(extra[d] * triples[d].prevalence for d in extra)
    known = dict(zip(BY_CAUSE, (share * total for share in other_shares()), strict=False))
    least = sum(known.values()) + LEAST_LEFT * total
    other, fatal = total.copy(), {}
    for _ in range(ROUNDS):
        at_once = np.zeros_like(total)
        for disease in AT_EVENT:
            t = triples[disease]
            later = other * extra[disease] * t.prevalence
            fatal[disease] = np.clip((t.prevalence * t.excess - later) / t.incidence, *limits)
            at_once = at_once + fatal[disease] * t.incidence
        other = np.maximum((total - at_once - by_excess) / (1.0 + ill), least)
    excess = {disease: other * ratio for disease, ratio in extra.items()}
    for disease in BY_EXCESS:
        excess[disease] = triples[disease].excess
    by_cause = known | {ALL_ELSE: other - sum(known.values())}
    return Mortality(by_cause, excess, {d: fatal.get(d, zero) for d in DISEASES})
