"""By what the published effect of activity is multiplied in a run, for each condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from abm.conditions import CONDITIONS
from abm.kernel.constants import Single
from abm.population.setup import Setup
from abm.scenario.drawn import CENTRAL

MOST = 1.0  # beyond it an effect is stronger than published


def net_factor_rows(setup: Setup, by_draw: Mapping[int, Single]) -> list[dict[str, Any]]:
    """Return a row for each condition, fit for JSON.

    Parameters
    ----------
    setup
        That of the central values.
    by_draw
        Net factors (clocks,) of every parameter draw; the central values among them or not.

    Returns
    -------
        ``condition``, ``label``, ``causal_share``, ``dilution_factor`` (None where the share is
        0), ``net_factor``, and with draws ``lower`` and ``upper`` (95 %) and ``draws_above_1``, the
        share of them in which the effect is stronger than published.
    """
    drawn = np.array([each for draw, each in sorted(by_draw.items()) if draw != CENTRAL])
    rows = []
    for k, each in enumerate(CONDITIONS):
        share = float(setup.parameters[each.evidence.causal_share])
        net = float(setup.constants.disease.net_factor[k])
        row = {
            "condition": each.name,
            "label": each.label,
            "causal_share": share,
            "dilution_factor": round(net / share, 4) if share > 0.0 else None,
            "net_factor": round(net, 4),
        }
        rows.append(row | (_over_draws(drawn[:, k]) if len(drawn) else {}))
    return rows


def _over_draws(net: Any) -> dict[str, float]:
    """Return the interval of a net factor over draws, and the share of them above 1."""
    lower, upper = np.quantile(net, (0.025, 0.975)).round(4).tolist()
    return {"lower": lower, "upper": upper, "draws_above_1": float(np.mean(net > MOST))}


def stronger_than_published(rows: list[dict[str, Any]]) -> list[str]:
    """Return a sentence about conditions on which the effect is stronger than published."""
    above = [f"{row['label']} {row['net_factor']:.2f}" for row in rows if row["net_factor"] > MOST]
    if not above:
        return []
    return [
        "The effect of activity on the habit is stronger than published: net factor (causal share "
        f"x dilution factor) above 1 for {', '.join(above)}."
    ]
