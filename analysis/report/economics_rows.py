"""Health and money in the report: the table of what the policies gain and cost, written out."""

from __future__ import annotations

from typing import Any

from abm.results.scales import PER_100_000, REPRESENTED
from analysis.outcomes import ECONOMIC_LABELS
from analysis.plots.style import capitalised, in_words
from analysis.report.numbers import missing, range_in_words


def economics_rows(table: Any) -> list[dict[str, str]]:
    """Return health and money per 100 000 persons and, where known, for the people represented.

    Parameters
    ----------
    table
        The table ``result.economics``, or None. Nothing is returned where nothing differs.
    """
    if table is None or not table["value"].fillna(0.0).any():
        return []
    represented = table[table["scale"] == REPRESENTED].set_index("measure")["value"]
    rows = table[table["scale"] == PER_100_000].itertuples()
    return [_row(row, represented.get(row.measure)) for row in rows if not missing(row.value)]


def looks_ahead(table: Any) -> bool:
    """Return whether a table of health and money looks beyond the run."""
    return table is not None and "horizon" in table and bool((table["horizon"] == "lifetime").any())


def _row(row: Any, represented: float | None) -> dict[str, str]:
    return {
        "name": capitalised(ECONOMIC_LABELS[row.measure]),
        "unit": row.unit,
        "value": _written(row.value),
        "represented": "" if represented is None else _written(represented),
        "within_run": _written(getattr(row, "within_run", row.value)),
        "monte_carlo": range_in_words(row.lower, row.upper, _written),
        "parameter": range_in_words(row.parameter_lower, row.parameter_upper, _written),
    }


def _written(number: float) -> str:
    return in_words(float(f"{number:.3g}"))
