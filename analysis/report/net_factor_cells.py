"""The net factor of activity, condition by condition, in the words of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from abm.results.net_factors import MOST
from analysis.certainty.draws_in_words import marked
from analysis.words import probability

STRONGER = "stronger than published"


def net_factor_cells(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the cells of the table of net factors from the manifest's rows.

    Examples
    --------
    >>> row = {"label": "stroke", "causal_share": 0.6, "dilution_factor": 1.9, "net_factor": 1.14}
    >>> cells = net_factor_cells([row])[0]
    >>> cells["net"], cells["flag"]
    ('1.14', 'stronger than published')
    """
    return [
        {
            "name": str(row["label"]),
            "share": f"{row['causal_share']:.2f}",
            "dilution": "–" if row["dilution_factor"] is None else f"{row['dilution_factor']:.2f}",
            "net": f"{row['net_factor']:.2f}",
            "interval": _interval(row) if "lower" in row else "",
            "above": probability(row["draws_above_1"]) if "draws_above_1" in row else "",
            "flag": STRONGER if row["net_factor"] > MOST else "",
        }
        for row in rows
    ]


def _interval(row: Mapping[str, Any]) -> str:
    """Return the interval over draws, marked where the net factor lies outside it."""
    limits = row["lower"], row["upper"]
    return marked(f"{limits[0]:.2f} to {limits[1]:.2f}", row["net_factor"], *limits)
