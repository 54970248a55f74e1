"""Health and money in the report: the table of what the policies gain and cost, written out."""

from __future__ import annotations

from typing import Any

from analysis.outcomes import ECONOMIC_LABELS
from analysis.plots.style import capitalised, in_words
from analysis.report.numbers import missing, range_in_words


def economics_rows(table: Any) -> list[dict[str, str]]:
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
        "name": capitalised(ECONOMIC_LABELS[row.measure]),
        "unit": row.unit,
        "value": _written(row.per_100k),
        "monte_carlo": range_in_words(row.lower * scale, row.upper * scale, _written),
        "parameter": range_in_words(
            row.parameter_lower * scale, row.parameter_upper * scale, _written
        ),
    }


def _written(number: float) -> str:
    return in_words(float(f"{number:.3g}"))
