"""Health and money in the report: the table of what a policy is worth, written out."""

from __future__ import annotations

from typing import Any

from analysis.plots.style import WORTH_NAMES, capitalised, in_words
from analysis.report.certainty import missing


def worth_rows(table: Any) -> list[dict[str, str]]:
    """Return health and money per 100 000 persons, written out; nothing where nothing differs.

    Parameters
    ----------
    table
        The table ``result.economics``, or None.
    """
    if table is None or not table["value"].fillna(0.0).any():
        return []
    return [_row(row) for row in table.itertuples() if not missing(row.value)]


def _row(row: Any) -> dict[str, str]:
    scale = row.per_100k / row.value if row.value else 0.0
    return {
        "name": capitalised(WORTH_NAMES[row.measure]),
        "unit": row.unit,
        "value": _written(row.per_100k),
        "noise": _between(row.lower * scale, row.upper * scale),
        "parameter": _between(row.parameter_lower * scale, row.parameter_upper * scale),
    }


def _between(low: float, high: float) -> str:
    return "" if missing(low) else f"{_written(low)} to {_written(high)}"


def _written(number: float) -> str:
    return in_words(float(f"{number:.3g}"))
