"""What would narrow the Monte Carlo intervals of a run's effects, written out for its report."""

from __future__ import annotations

from typing import Any

from analysis.outcomes import events, row_label
from analysis.report.numbers import count, missing
from analysis.tables.effect_tables import per_100k
from analysis.words import with_interval


def uncertainty_rows(table: Any, effects: Any) -> list[dict[str, str]]:
    """Return, per event, its effect and the seeds or persons that a precision takes.

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
    return {
        "name": row_label(row["outcome"]),
        "monte_carlo": with_interval(estimate, lower, upper),
        "goal": f"{100 * row['precision']:g}",
        "seeds": count(row["seeds_needed"]),
        "persons": count(row["persons_needed"]),
    }
