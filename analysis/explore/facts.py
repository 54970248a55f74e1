"""What the page must know of a policy beside its table: how it stands, and what may be asked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from abm.kernel import layout as c
from abm.results.effects_table import EffectsTable
from abm.results.worth import has_costs
from abm.scenario.budgets import years_delivered
from abm.scenario.participants import CELLS_PER_YEAR, nobody_yet, spells
from abm.scenario.parts import Policy
from analysis.explore.quantities import HELD

NO_COST = {
    "per_person_offered": 0.0, "per_participant": 0.0, "per_participant_year": 0.0,
    "per_resident_year": 0.0, "fixed_per_year": 0.0,
}  # fmt: skip
AGES = (20, 100)  # from, to, where a policy names none
MOST_YEARS_DELIVERED = 80
FIFTHS = ("1 (most deprived)", "2", "3", "4", "5 (least)")


def reading(table: EffectsTable) -> dict[str, Any]:
    """Return what a page needs to work with the columns of a table."""
    return {
        "sexes": list(c.SEXES), "oldest": c.OLDEST, "age_bands": list(c.AGE_BANDS),
        "fifth_labels": list(FIFTHS), "delivered": HELD.index("delivered_years"),
        "cost_rate": math.log1p(table.parameters["economics.discount_rate.costs"]),
        "delivery_by_year": [round(share, 7) for share in delivery_by_year(table)],
    }  # fmt: skip


def delivery_by_year(table: EffectsTable) -> list[float]:
    """Return the share of a starter's years of delivery that comes in each year since the start.

    For those who start on a 1 January and live: by the policy's adherence.
    """
    policy, years = table.policy, MOST_YEARS_DELIVERED
    shape = table.parameters["policy.early_quit_shape"]
    kept = spells(policy.adherence, shape, years, years_delivered(policy))
    course, found = nobody_yet(1, years), []
    start, back = np.zeros((12, 1)), np.ones(CELLS_PER_YEAR)
    start[0] = 1.0
    for _ in range(years):
        course = course.after_a_year(kept, start, back)
        found.append(float(course.years_served()[0, 0]))
        start = np.zeros((12, 1))
        course = type(course)(
            course.part[:, CELLS_PER_YEAR:], course.served[:, CELLS_PER_YEAR:], course.ever
        )
    total = sum(found)
    shares = [each / total for each in found] if total else [1.0]
    while shares[-1] < 1e-7:
        shares.pop()
    return shares


def own_wish(table: EffectsTable, threshold: float) -> dict[str, Any]:
    """Return the policy as it stands, as the page asks: fit for JSON."""
    policy, rule = table.policy, table.policy.eligible
    return {
        "ages": list(rule.ages or AGES), "sex": rule.sex, "met_hours_below": rule.met_hours_below,
        "bmi_above": rule.bmi_above, "deprivation": list(rule.deprivation or (1, 2, 3, 4, 5)),
        "diseases": list(rule.diseases or ()), "reach": policy.reach, "uptake": policy.uptake,
        "ramp_years": policy.ramp_years, "start": max(policy.start, table.starts[0]),
        "end": policy.end, "cost": _cost(policy), "threshold": threshold,
        "represents": table.scenario.population.represents, **_doses(policy),
    }  # fmt: skip


def _cost(policy: Policy) -> dict[str, float]:
    if policy.cost is None:
        return dict(NO_COST)
    return {name: getattr(policy.cost, name) for name in NO_COST}


def _doses(policy: Policy) -> dict[str, Any]:
    """Return minutes per week by mode, and adherence, None where nobody quits."""
    adherence = policy.adherence
    return {
        "adds": {mode: getattr(policy.adds, mode) for mode in vars(policy.adds)},
        "adherence": adherence and {
            "quit_12_weeks": adherence.quit_12_weeks, "half_life_years": adherence.half_life_years
        },
    }  # fmt: skip


def priced(table: EffectsTable) -> bool:
    """Return whether the policy has a cost that can be known."""
    return table.policy.cost is not None and has_costs(table.scenario)
