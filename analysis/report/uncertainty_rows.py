"""The intervals of a run's effects, and what would narrow them, written out for its report."""

from __future__ import annotations

from typing import Any

from analysis.certainty.draws_in_words import marked
from analysis.outcomes import events, row_label
from analysis.plots.effect_tables import per_100k
from analysis.plots.style import with_interval
from analysis.report.numbers import count, missing, range_in_words


def uncertainty_rows(table: Any, effects: Any) -> list[dict[str, str]]:
    """Return, per event, the intervals of its effect and the seeds or persons a precision takes.

    Parameters
    ----------
    table
        As of :func:`analysis.certainty.precision.uncertainty`, or None.
    effects
        The effects, for the scale per 100 000 persons.
    """
    if table is None:
        return []
    scale = per_100k(effects)
    return [
        _row(row, scale)
        for row in table.to_dict("records")
        if row["outcome"].removeprefix("incidence.") in events()
        and not missing(row["standard_error"])
    ]


def _row(row: dict[str, Any], scale: float) -> dict[str, str]:
    estimate, lower, upper = (scale * row[end] for end in ("estimate", "lower", "upper"))
    parameter = [scale * row[f"parameter_{end}"] for end in ("lower", "upper")]
    return {
        "name": row_label(row["outcome"]),
        "monte_carlo": with_interval(estimate, lower, upper),
        "parameter": marked(range_in_words(*parameter), estimate, *parameter),
        "goal": f"{100 * row['precision']:g}",
        "seeds": count(row["seeds_needed"]),
        "persons": count(row["persons_needed"]),
    }
