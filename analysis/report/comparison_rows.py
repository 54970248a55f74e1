"""Rows of a comparison's tables of budget impact and of who gains more by deprivation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from abm.results.claims import sure_side
from abm.results.scales import PER_100_000_AT_START
from analysis.report.economics_rows import written
from analysis.report.numbers import missing
from analysis.tables.effect_tables import QALYS
from analysis.tables.groups import chance_of
from analysis.tables.slope import MOST_DEPRIVED, nothing_gained, who_by_slope
from analysis.words import in_words, probability

NAN = float("nan")
MONEY = ("spending", "net_cost")
Tables = Mapping[str, Any]


def cell(number: Any) -> str:
    """Return an amount with three significant digits, or a dash where there is none."""
    return "–" if missing(number) else written(float(number))


def budget_rows(
    order: Sequence[str], runs: Mapping[str, Tables], money: str
) -> list[dict[str, str]]:
    """Return what is spent in the first years and in all.

    Per 100 000 persons at the start or entering later, as all else on the page.
    """
    rows = []
    for name in order:
        tables = runs.get(name, {})
        if tables.get("budget_impact.csv") is not None:
            rows.append({"name": name, **_spending(tables, money)})
    return rows


def _spending(tables: Tables, money: str) -> dict[str, str]:
    """Return a policy's money; blank where it is of another currency than the page's."""
    table = tables["budget_impact.csv"]
    own = table[table["scale"] == PER_100_000_AT_START]
    elsewhere = own["unit"] != money
    own = own.assign(**{name: own[name].mask(elsewhere) for name in MONEY})
    own[list(MONEY)] *= _at_start_of_all(tables)
    own = own[own["year"] >= _start(own)]
    by_year = own.groupby("year")[list(MONEY)].sum(min_count=1)
    spent = by_year["spending"]
    sums = {"first": spent.iloc[:1], "five": spent.iloc[:5], "all": spent}
    return {
        "started": cell(_took_part(tables)),
        **{name: cell(each.sum(min_count=1)) for name, each in sums.items()},
        "most": cell(spent.max()),
        "net": cell(by_year["net_cost"].sum(min_count=1)),
    }


def _took_part(tables: Tables) -> float:
    """Return how many of 100 000 take part in any policy, each person once; NaN if not known."""
    groups = tables.get("group_effects.csv")
    if groups is None or "participants" not in groups:
        return NAN
    everybody = groups[groups["group"] == "all"].iloc[0]
    return 1e5 * float(everybody["participants"]) / float(everybody["persons"])


def _at_start_of_all(tables: Tables) -> float:
    """Return how many are there at the start for each who ever is; NaN where that is not known."""
    groups, persons = tables.get("group_effects.csv"), tables.get("persons")
    if groups is None or persons is None:
        return NAN
    return float(persons) / float(groups.loc[groups["group"] == "all", "persons"].iat[0])


def _start(own: pd.DataFrame) -> int:
    """Return the first year in which anybody is offered anything or money is spent."""
    something = own[(own["offered"] > 0) | (own["spending"].fillna(0.0) != 0.0)]
    return int((something if len(something) else own)["year"].min())


def equity_rows(order: Sequence[str], runs: Mapping[str, Tables]) -> list[dict[str, str]]:
    """Return the slope of QALYs over deprivation, and what may be said of it."""
    rows = []
    for name in order:
        table = runs.get(name, {}).get("equity.csv")
        own = None if table is None else table[table["outcome"] == QALYS]
        if own is None or own.empty:
            continue
        row = own.iloc[0]
        (chance, by), groups = chance_of(row, MOST_DEPRIVED), runs[name].get("group_effects.csv")
        slope = row["slope_index"]
        rows.append(
            {
                "name": name,
                "slope": "–" if missing(slope) else in_words(float(slope)),
                "chance": "unknown" if missing(chance) else probability(chance),
                "by": by,
                "told": _slope_told(row, chance, groups),
            }
        )
    return rows


def _slope_told(row: Mapping[str, Any], chance: float, groups: Any) -> str:
    """Return who gains or loses more, in the words of a run's own page."""
    if nothing_gained(row):
        return "nothing is gained or lost"
    side = sure_side(chance)
    return who_by_slope(side, groups) if side else "nothing can be said"
