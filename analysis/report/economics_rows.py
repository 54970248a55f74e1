"""Health and money in the report: the table of what the policies gain and cost, written out."""

from __future__ import annotations

import re
from math import isclose
from typing import Any

from abm.results.scales import PER_100_000, REPRESENTED
from analysis.certainty.draws_in_words import marked
from analysis.outcomes import ECONOMIC_LABELS
from analysis.plots.style import THIN_SPACE, capitalised, in_words
from analysis.report.numbers import range_in_words

# What is gained and what it costs first; what is named here stands before the rest.
FIRST = ("qalys_gained", "policy_cost", "care_cost_averted", "net_cost", "cost_per_qaly")


def economics_rows(table: Any) -> list[dict[str, str]]:
    """Return health and money per 100 000 persons and, where known, for the people represented.

    Parameters
    ----------
    table
        The table ``result.economics``, or None. Nothing is returned where nothing differs.
    """
    if not anything_differs(table):
        return []
    represented = table[table["scale"] == REPRESENTED].set_index("measure")["value"]
    hundred = table[(table["scale"] == PER_100_000) & table["value"].notna()]
    rows = list(hundred.itertuples())
    rows.sort(key=lambda row: FIRST.index(row.measure) if row.measure in FIRST else len(FIRST))
    same = _own_threshold({row.measure: row.value for row in rows})
    return [
        _row(row, represented.get(row.measure), row.measure == same)
        for row in rows
        if not (same and row.measure == "net_benefit")
    ]


def anything_differs(table: Any) -> bool:
    """Return whether a table of health and money holds anything but nothing."""
    return table is not None and bool(table["value"].fillna(0.0).any())


def _own_threshold(values: dict[str, float]) -> str:
    """Return the net benefit at a listed threshold which is the scenario's own, if one is."""
    own = values.get("net_benefit")
    listed = [name for name in values if name.startswith("net_benefit_")]
    same = [name for name in listed if own is not None and isclose(values[name], own)]
    return same[0] if len(same) == 1 else ""


def looks_ahead(table: Any) -> bool:
    """Return whether a table of health and money looks beyond the run."""
    return table is not None and "horizon" in table and bool((table["horizon"] == "lifetime").any())


def _row(row: Any, represented: float | None, own: bool) -> dict[str, str]:
    name = re.sub(r"(?<=\d),(?=\d)", THIN_SPACE, capitalised(ECONOMIC_LABELS[row.measure]))
    return {
        "name": f"{name}, the scenario's threshold" if own else name,
        "unit": row.unit,
        "value": written(row.value),
        "represented": "" if represented is None else written(represented),
        "within_run": written(getattr(row, "within_run", row.value)),
        "monte_carlo": range_in_words(row.lower, row.upper, written),
        "parameter": marked(
            range_in_words(row.parameter_lower, row.parameter_upper, written),
            row.value, row.parameter_lower, row.parameter_upper,
        ),
    }  # fmt: skip


def written(number: float) -> str:
    """Return an amount of health or money with three significant digits."""
    return in_words(float(f"{number:.3g}"))
