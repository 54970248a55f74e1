"""What must hold whatever the numbers, as far as no unit test shows it already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from abm import simulate
from abm.conditions import CONDITIONS, DISEASES
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Estimate, Found, Size, exactly, over_seeds
from analysis.validation.panel import visits

SLOPES = tuple(each.evidence.il6_causal_slope for each in CONDITIONS)
STOPPED = 4  # months after which nobody trains any more
LEFT = np.exp(-1.0)


def invariants(size: Size) -> Found:
    """Double the assay, take IL-6 from the inactive, and let people stop training."""
    inactive = ["population.activity.met_hours=0"]
    return {
        "I.assay": changed_persons(size, "country", ["il6.reference_level=2.5"]),
        "I.no_activity": changed_persons(
            size, "dose_response", [f"{slope}=0" for slope in SLOPES], inactive
        ),
    } | detraining(size)


def changed_persons(
    size: Size, name: str, changes: Sequence[str], always: Sequence[str] = ()
) -> Estimate:
    """Return how many people meet other events when some numbers are changed: none may."""
    columns = ["death_age", *(f"onset_age.{disease}" for disease in DISEASES)]
    one, other = (
        simulate(
            cohort(name, [*always, *extra]), persons=size.persons, years=5, seed=1,
            keep_people=True,
        ).people[columns].fillna(-1.0).to_numpy()
        for extra in ((), changes)
    )  # fmt: skip
    found = exactly(np.any(one != other, axis=1).sum())
    return Estimate(found.value, 0.0, size.persons, 1)


def detraining(size: Size) -> Found:
    """Stop training after twelve weeks: how fast does resting IL-6 come back?"""
    months = np.arange(STOPPED, 34)

    def one(seed: int) -> dict[str, float]:
        seen = visits(cohort("detraining"), size.persons, seed, list(months), (0, 1))
        twin, trained = seen.values()
        effect = [(t["usual"] - u["usual"]).mean() for t, u in zip(trained, twin, strict=True)]
        left, since = np.array(effect) / effect[0], months - STOPPED
        return {
            "I.detraining_months": float(np.interp(-LEFT, -left, since)),
            "I.detraining_year": 100 * float(1.0 - np.interp(12, since, left)),
        }

    return over_seeds(size, one)
