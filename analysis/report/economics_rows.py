"""Health and money in the report: the table of what the policies gain and cost, written out."""

from __future__ import annotations

from math import isclose
from typing import Any

from abm.results.scales import PER_100_000, REPRESENTED
from analysis.certainty.draws_in_words import marked
from analysis.outcomes import economic_label
from analysis.report.cost_per_qaly import cost_per_qaly, ratios_between, within_the_run
from analysis.report.numbers import range_in_words, thin
from analysis.words import capitalised, in_words

# What is gained and what it costs first; what is named here stands before the rest.
RATIO = "cost_per_qaly"
FIRST = ("qalys_gained", "policy_cost", "care_cost_averted", "net_cost", RATIO)


def economics_rows(table: Any) -> list[dict[str, str]]:
    """Return health and money per 100 000 persons and, where known, for the people represented.

    Parameters
    ----------
    table
        The table ``result.economics``, or None. Nothing is returned where nothing differs.
    """
    if not anything_differs(table):
        return []
    every, represented = (
        table[table["scale"] == scale].set_index("measure") for scale in (PER_100_000, REPRESENTED)
    )
    ratio = _ratio_cells(every, not represented.empty)
    known = every["value"].notna() | (bool(ratio) & (every.index == RATIO))
    rows = list(every[known].reset_index().itertuples())
    rows.sort(key=lambda row: FIRST.index(row.measure) if row.measure in FIRST else len(FIRST))
    same = _own_threshold({row.measure: row.value for row in rows})
    return [
        _row(row, represented["value"].get(row.measure), row.measure == same)
        | (ratio if row.measure == RATIO else {})
        for row in rows
        if not (same and row.measure == "net_benefit")
    ]


def _ratio_cells(every: Any, has_represented: bool) -> dict[str, str]:
    """Return the cells of the cost per QALY, which is a number only where QALYs cost something."""
    if not {RATIO, "net_cost", "qalys_gained"} <= set(every.index):
        return {}
    words = cost_per_qaly(every, written)
    if not words:
        return {}
    row = every.loc[RATIO]
    limits = row["parameter_lower"], row["parameter_upper"]
    return {
        "value": words,
        "monte_carlo": ratios_between(row["lower"], row["upper"], written),
        "represented": words if has_represented else "",
        "parameter": marked(ratios_between(*limits, written), row["value"], *limits),
        "within_run": within_the_run(every, written) if "within_run" in every else words,
    }


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
    name = thin(capitalised(economic_label(row.measure, row.unit)))
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
