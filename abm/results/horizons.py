"""What a QALY costs within some years from the start and for life."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.parameters import central_parameters
from abm.kernel.blocks import Counts
from abm.results.claims import with_draws
from abm.results.joint_error import A, Horizon, P, Q, Together, horizons_of, together
from abm.results.scales import scales
from abm.results.worth_of_draws import DrawWorth
from abm.scenario.parts import Scenario

AMOUNTS = (
    "qalys_gained", "qalys_gained_standard_error", "care_cost_averted",
    "care_cost_averted_standard_error", "policy_cost", "net_cost", "net_cost_standard_error",
)  # fmt: skip


def horizons_table(
    scenario: Scenario, central: Sequence[Counts], draws: Sequence[DrawWorth]
) -> pd.DataFrame | None:
    """Return QALYs, money and the cost per QALY, a row for each scale and horizon.

    Discounted. Within years that the run reaches or, where lives are followed, beyond it: then of
    those who took part in the run. ``lower`` and ``upper`` are the 95 % Monte Carlo interval of
    the cost per QALY (infinite where QALYs may be none), ``parameter_lower`` and
    ``parameter_upper`` the central 95 % of the draws. None without policies. ``central`` are the
    tallies of the central values, ``draws`` as of
    :func:`abm.results.worth_of_draws.worth_of_draws`.
    """
    if not scenario.policies:
        return None
    found = horizons_of(central[0])
    parameters = central_parameters(scenario.parameters, scenario.place)
    values = [together(central, scenario, parameters, each) for each in found]
    table = pd.DataFrame([_row(*each) for each in zip(found, values, strict=True)])
    table.insert(2, "unit", scenario.place.currency)
    ratios = _ratios_of_draws(draws, len(found))
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
        "qalys_gained": value.means[Q],
        "qalys_gained_standard_error": value.error_of((1.0, 0.0, 0.0)),
        "care_cost_averted": value.means[A],
        "care_cost_averted_standard_error": value.error_of((0.0, 1.0, 0.0)),
        "policy_cost": value.means[P],
        "net_cost": value.net_cost,
        "net_cost_standard_error": value.error_of((0.0, -1.0, 1.0)),
        "cost_per_qaly": ratio,
        "lower": lower,
        "upper": upper,
    }


def _ratios_of_draws(draws: Sequence[DrawWorth], horizons: int) -> list[list[float]]:
    """Return the cost per QALY of every draw (of means over its seeds), for each horizon."""
    sums: dict[int, NDArray[np.float64]] = {}
    for each in draws:
        sums[each.draw] = sums.get(each.draw, np.zeros((horizons, 2))) + np.array(each.so_far)
    return [
        [float(own[k, 1] / own[k, 0]) if own[k, 0] > 0.0 else math.nan for own in sums.values()]
        for k in range(horizons)
    ]


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the central 95 % of the draws; NaN where there are none, or one has no value."""
    if not values or any(math.isnan(value) for value in values):
        return math.nan, math.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
