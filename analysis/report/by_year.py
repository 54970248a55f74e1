"""Who takes part and what is spent, year by year, and what a QALY costs by horizon."""

from __future__ import annotations

from typing import Any

from abm.evidence.distributions import NORMAL_95
from abm.results.budget_impact import ALL_POLICIES
from abm.results.claims import excludes_zero
from abm.results.scales import PER_100_000, PER_100_000_AT_START, REPRESENTED
from analysis.report.cost_per_qaly import (
    CANNOT_BE_TOLD,
    LOST,
    NO_GAIN,
    NO_LIMITS,
    SAVES,
    ratios_between,
)
from analysis.report.economics_rows import written
from analysis.report.numbers import missing
from analysis.words import in_words, several

PEOPLE = ("offered", "started", "taking_part")
RUN = "run"
MONEY = ("spending", "care_cost_averted", "net_cost")


def rows_by_year(table: Any, represented: bool, currency: str) -> list[dict[str, str]]:
    """Return people and money of each year, all policies together, not discounted.

    Parameters
    ----------
    table
        The table ``result.budget_impact``, or None.
    represented
        Whether of the people represented; else per 100 000 at the start.
    currency
        That of the place: spending in another is left out.
    """
    own = _of_scale(table, represented)
    if own is None:
        return []
    own = own.assign(spending=own["spending"].where(own["unit"] == currency))
    single = own[own["policy"] != ALL_POLICIES].groupby("year")
    together = own.groupby("year")
    sums = single[[*PEOPLE, "spending"]].sum(min_count=1)
    money = together[["care_cost_averted", "net_cost"]].sum(min_count=1)
    return [
        {"year": str(row["year"]), **{name: _cell(row[name]) for name in (*PEOPLE, *MONEY)}}
        for row in sums.join(money).reset_index().to_dict("records")
        if any(not missing(row[name]) and row[name] != 0.0 for name in (*PEOPLE, *MONEY))
    ]


def _of_scale(table: Any, represented: bool) -> Any:
    if table is None:
        return None
    return table[table["scale"] == (REPRESENTED if represented else PER_100_000_AT_START)]


def most_at_once(table: Any, represented: bool) -> str:
    """Return in which year most take part, how many, and how many do in the last year."""
    own = _of_scale(table, represented)
    if own is None:
        return ""
    by_year = own[own["policy"] != ALL_POLICIES].groupby("year")["taking_part"].sum()
    if not by_year.max() > 0.0:
        return "Nobody takes part in any year."
    best, last = by_year.idxmax(), by_year.index[-1]
    later = "" if best == last else f"; in {last}, the last year, {_cell(by_year[last])} do"
    whom = "of the people represented" if represented else "per 100 000 persons at the start"
    several = own.loc[own["policy"] != ALL_POLICIES, "policy"].nunique() > 1
    twice = ", and once for each policy" if several else ""
    return (
        f"Most take part in {best}: {_cell(by_year[best])} people {whom}, counted by the share of "
        f"the year that they do{twice}{later}."
    )


def _cell(number: Any) -> str:
    return "–" if missing(number) else written(float(number))


def horizon_rows(table: Any, represented: bool, drawn: bool) -> list[dict[str, str]]:
    """Return what a QALY costs within each horizon; nothing where nobody can say.

    ``table`` is ``result.horizons``, or None; ``drawn`` says whether the run has parameter draws.
    """
    if table is None or table.empty:
        return []
    scales = set(table["scale"])
    scale = REPRESENTED if represented and REPRESENTED in scales else PER_100_000
    own = table[table["scale"] == scale]
    run = own.loc[own["horizon"] == RUN, "years"]
    same = own["years"].isin(run) & (own["horizon"] != RUN)  # told once, as the run
    rows = own[~same].sort_values("years").to_dict("records")
    return [_horizon(row, drawn) | _ratio(row) for row in rows]


def _horizon(row: dict[str, Any], drawn: bool) -> dict[str, str]:
    years = row.get("years", float("nan"))
    name = {RUN: "the run", "lifetime": "to the end of life"}.get(row["horizon"], row["horizon"])
    if row["horizon"] == RUN and not missing(years):
        name = f"the run ({several(in_words(float(years)), 'year')})"
    return {
        "name": name,
        "qalys": _cell(row["qalys_gained"]),
        "policy_cost": _cell(row["policy_cost"]),
        "care": _cell(row["care_cost_averted"]),
        "net": _cell(row["net_cost"]),
        "ratio": ratio_in_words(row["qalys_gained"], row["net_cost"], row["cost_per_qaly"]),
        "between": _ratio_interval(row, drawn),
    }


def _ratio(row: dict[str, Any]) -> dict[str, str]:
    """Return that there is no cost per QALY where QALYs cannot be told from none; else nothing."""
    gained, half = row["qalys_gained"], NORMAL_95 * row.get("qalys_gained_standard_error", 0.0)
    if gained == 0.0 or missing(row["net_cost"]) or excludes_zero(gained - half, gained + half):
        return {}
    return {"ratio": CANNOT_BE_TOLD}


def ratio_in_words(gained: Any, net: Any, ratio: Any) -> str:
    """Return a cost per QALY, or what is said instead where there is none."""
    if missing(net) or missing(gained):
        return "not known"
    if gained <= 0.0:
        return LOST if gained < 0.0 else NO_GAIN
    return SAVES if net < 0.0 else written(float(ratio))


def _ratio_interval(row: dict[str, Any], drawn: bool) -> str:
    """Return the interval of a cost per QALY over draws, without draws its Monte Carlo interval."""
    if drawn and missing(row.get("parameter_lower")):
        return "" if missing(row["cost_per_qaly"]) else NO_LIMITS
    for lower, upper in (("parameter_lower", "parameter_upper"), ("lower", "upper")):
        ends = row.get(lower), row.get(upper)
        if not missing(ends[0]) and not missing(ends[1]):
            if max(abs(float(end)) for end in ends) == float("inf"):
                return "no limits"
            return ratios_between(*ends, written)
    return ""
