"""How sure: Monte Carlo error beside parameter uncertainty, in one small table."""

from __future__ import annotations

from typing import Any

from abm.results.scales import PER_100_000
from analysis.outcomes import economic_label
from analysis.report.economics_rows import written
from analysis.report.numbers import missing, percentage, range_in_words
from analysis.words import capitalised

MEASURES = ("qalys_gained", "policy_cost", "care_cost_averted", "net_cost")


def certainty_rows(economics: Any) -> list[dict[str, str]]:
    """Return both intervals of health and money per 100 000 persons, and Monte Carlo's share."""
    if economics is None:
        return []
    own = economics[economics["scale"] == PER_100_000].set_index("measure")
    return [_row(name, own.loc[name]) for name in MEASURES if _known(own, name)]


def _known(table: Any, name: str) -> bool:
    return name in table.index and not missing(table.loc[name, "value"])


def _row(name: str, row: Any) -> dict[str, str]:
    share = row.get("monte_carlo_share")
    return {
        "name": capitalised(economic_label(name)),
        "unit": str(row["unit"]),
        "value": written(float(row["value"])),
        "monte_carlo": range_in_words(row["lower"], row["upper"], written) or "–",
        "parameter": range_in_words(row["parameter_lower"], row["parameter_upper"], written) or "–",
        "share": "–" if missing(share) else percentage(float(share)),
    }
