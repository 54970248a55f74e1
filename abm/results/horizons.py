"""What a QALY costs within some years from the start and for life."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from abm.evidence.parameters import central_parameters
from abm.evidence.prices import CURRENCY
from abm.kernel.blocks import Counts
from abm.results.claims import with_draws
from abm.results.joint_error import A, Horizon, P, Q, Together, horizons_of, together
from abm.results.scales import scales
from abm.scenario.drawn import CENTRAL, drawn
from abm.scenario.parts import Scenario

Runs = Mapping[tuple[int, int], Counts]  # by seed and draw
AMOUNTS = (
    "qalys_gained", "qalys_gained_standard_error", "care_cost_averted",
    "care_cost_averted_standard_error", "policy_cost", "net_cost", "net_cost_standard_error",
)  # fmt: skip


def horizons_table(scenario: Scenario, runs: Runs) -> pd.DataFrame | None:
    """Return QALYs, money and the cost per QALY, a row for each scale and horizon.

    Discounted. Within years that the run reaches or, where lives are followed, beyond it: then of
    those who took part in the run. ``lower`` and ``upper`` are the 95 % Monte Carlo interval of
    the cost per QALY (infinite where QALYs may be none), ``parameter_lower`` and
    ``parameter_upper`` the central 95 % of the draws. None without policies.
    """
    if not scenario.policies:
        return None
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    found = horizons_of(central[0])
    parameters = central_parameters(scenario.parameters)
    values = [together(central, scenario, parameters, each) for each in found]
    table = pd.DataFrame([_row(*each) for each in zip(found, values, strict=True)])
    ratios = _ratios_of_draws(scenario, runs, found)
    limits = [_interval(each) for each in ratios]
    table["parameter_lower"], table["parameter_upper"] = zip(*limits, strict=True)
    table = with_draws(table, table["cost_per_qaly"], len(ratios[0]))
    parts = [
        table.assign(scale=scale, **{name: table[name] * factor for name in AMOUNTS})
        for scale, factor in scales(scenario, central).items()
    ]
    joined = pd.concat(parts, ignore_index=True)
    joined.insert(2, "scale", joined.pop("scale"))
    return joined


def _row(horizon: Horizon, value: Together) -> dict[str, object]:
    """Return what is told of a horizon, for the simulated persons."""
    ratio, lower, upper = value.ratio()
    return {
        "horizon": horizon.name,
        "years": math.nan if horizon.years is None else horizon.years,
        "unit": CURRENCY,
        "qalys_gained": value.means[Q],
        "qalys_gained_standard_error": value.error_of((1.0, 0.0, 0.0)),
        "care_cost_averted": value.means[A],
        "care_cost_averted_standard_error": _error_of_care(value),
        "policy_cost": value.means[P],
        "net_cost": value.net_cost,
        "net_cost_standard_error": value.error_of((0.0, -1.0, 1.0)),
        "cost_per_qaly": ratio,
        "lower": lower,
        "upper": upper,
    }


def _error_of_care(value: Together) -> float:
    """Return the error of the care averted, known without any cost."""
    return float(np.sqrt(max(value.covariance[A, A], 0.0))) if value.known else math.nan


def _ratios_of_draws(
    scenario: Scenario, runs: Runs, horizons: Sequence[Horizon]
) -> list[list[float]]:
    """Return the cost per QALY of every draw, for each horizon."""
    found: list[list[float]] = [[] for _ in horizons]
    for draw in sorted({draw for _, draw in runs if draw != CENTRAL}):
        moved, parameters = drawn(scenario, None, draw)
        values = parameters or central_parameters(moved.parameters)
        own = [counts for (_, each), counts in runs.items() if each == draw]
        for place, horizon in enumerate(horizons):
            found[place].append(together(own, moved, values, horizon).ratio()[0])
    return found


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the central 95 % of the draws; NaN where there are none, or one has no value."""
    if not values or any(math.isnan(value) for value in values):
        return math.nan, math.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
