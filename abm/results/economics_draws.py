"""Health and money of every parameter draw: what programs for health economics read."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from abm.evidence.parameters import central_parameters
from abm.evidence.prices import CURRENCY
from abm.kernel.blocks import Counts
from abm.results.scales import scales
from abm.results.worth import THRESHOLDS, worth
from abm.scenario.drawn import CENTRAL, drawn
from abm.scenario.parts import Scenario

MEASURES = (
    "qalys_gained", "care_cost_averted", "policy_cost", "net_cost",
    *(f"net_benefit_{threshold}" for threshold in THRESHOLDS),
)  # fmt: skip


def economics_draws_table(
    scenario: Scenario, runs: Mapping[tuple[int, int], Counts]
) -> pd.DataFrame | None:
    """Return health and money of every draw and seed, a row for each scale; None without draws.

    As far as the scenario's horizon looks. Columns draw, seed, scale, unit (of money), and
    :data:`MEASURES`; money is blank where a policy names no cost.
    """
    draws = sorted({draw for _, draw in runs if draw != CENTRAL})
    if not draws or not scenario.policies:
        return None
    rows = []
    for draw in draws:
        moved, parameters = drawn(scenario, None, draw)
        values = parameters or central_parameters(moved.parameters)
        for (seed, each), counts in runs.items():
            if each == draw:
                found = worth(counts, moved, values)
                kept = {name: found[name] for name in MEASURES}
                rows.append({"draw": draw, "seed": seed, "unit": CURRENCY, **kept})
    table = pd.DataFrame(rows)
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    parts = []
    for scale, factor in scales(scenario, central).items():
        part = table.assign(**{name: table[name] * factor for name in MEASURES})
        part.insert(2, "scale", scale)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
