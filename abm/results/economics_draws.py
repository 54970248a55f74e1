"""Health and money of every parameter draw: what programs for health economics read."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from abm.kernel.blocks import Counts
from abm.results.scales import scales
from abm.results.worth_of_draws import DrawWorth
from abm.scenario.parts import Scenario

MEASURES = ("qalys_gained", "care_cost_averted", "policy_cost", "net_cost")


def economics_draws_table(
    scenario: Scenario, central: Sequence[Counts], draws: Sequence[DrawWorth]
) -> pd.DataFrame | None:
    """Return health and money of every draw and seed, a row for each scale; None without draws.

    As far as the scenario's horizon looks. Columns draw, seed, scale, unit (of money),
    :data:`MEASURES` and the net benefit at the place's thresholds; money is blank where a policy
    names no cost. ``central`` are the tallies of the central values, ``draws`` as of
    :func:`abm.results.worth_of_draws.worth_of_draws`.
    """
    if not draws or not scenario.policies:
        return None
    measures = [*MEASURES, *(f"net_benefit_{each}" for each in scenario.place.thresholds)]
    rows = [
        {"draw": each.draw, "seed": each.seed, "unit": scenario.place.currency,
         **{name: each.worth[name] for name in measures}}
        for each in draws
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    parts = []
    for scale, factor in scales(scenario, central).items():
        part = table.assign(**{name: table[name] * factor for name in measures})
        part.insert(2, "scale", scale)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
