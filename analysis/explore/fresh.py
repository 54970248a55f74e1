"""What the page is told of a fresh run: sums over the simulated persons, with their errors."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from abm.results.effects import people_ever
from abm.results.result import Result
from abm.results.scales import PER_100_000, PER_100_000_AT_START
from analysis.explore.quantities import DERIVED, HELD

MONEY_BY_YEAR = ("spending", "care_cost_averted", "net_cost")


def told_of(result: Result) -> dict[str, Any]:
    """Return a run for the page's script, fit for JSON: None where something is not known.

    ``value`` and ``error`` by quantity, of all simulated persons; ``cost_per_qaly`` with its error;
    ``by_year``: money of each year of the run, not discounted; ``people``, ``persons`` and ``seed``
    of the run.
    """
    (counts,) = result.counts.values()
    people, scenario = people_ever(counts), result.scenario
    value, error = _of_effects(result)
    money = _at(result.economics, PER_100_000).set_index("measure")
    for name in {*HELD, *DERIVED} & set(money.index):
        value[name], error[name] = (
            float(money.loc[name, column]) * people / 1e5 for column in ("value", "standard_error")
        )
    ratio = [float(money.loc["cost_per_qaly", each]) for each in ("value", "standard_error")]
    years = _at(result.budget_impact, PER_100_000_AT_START)
    by_year = {name: list(years[name] * scenario.persons / 1e5) for name in MONEY_BY_YEAR}
    found: dict[str, Any] = _plain({
        "value": value, "error": error, "cost_per_qaly": ratio, "by_year": by_year,
        "people": people, "persons": scenario.persons, "seed": scenario.seed,
    })  # fmt: skip
    return found


def _at(table: pd.DataFrame | None, scale: str) -> pd.DataFrame:
    assert table is not None  # there is a policy
    return table[table["scale"] == scale]


def _of_effects(result: Result) -> tuple[dict[str, float], dict[str, float]]:
    """Return expected events and years averted, or gained, within the run, and their errors."""
    rows = result.effects.set_index("outcome")
    value, error = {}, {}
    for name in set(HELD) & set(rows.index):
        value[name] = float(rows.loc[name, "expected_averted"])
        error[name] = float(rows.loc[name, "expected_standard_error"])
    return value, error


def _plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _plain(each) for name, each in found.items()}
    if isinstance(found, list):
        return [_plain(each) for each in found]
    if isinstance(found, str):
        return found
    if isinstance(found, int):
        return found
    return float(found) if math.isfinite(found) else None
