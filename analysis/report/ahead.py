"""Which scenario of a comparison averts most, and which kinds of error that claim has stood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from abm.results.claims import FEWEST_DRAWS
from analysis.outcomes import DEATHS, counted
from analysis.words import amount, joined

Draws = Mapping[str, pd.DataFrame]  # the effects of every draw, by scenario
NOBODY = "Which scenario averts most deaths or first events of disease cannot be told"


def comparison_title(comparison: pd.DataFrame, draws: Draws | None = None) -> str:
    """Name the scenarios that avert most deaths and most of the two diseases averted most.

    Only where the best is clear of every other scenario by the Monte Carlo error. Of what is clear
    for the evidence too, from paired draws, if anything is; else the title says that it is by that
    error alone.

    Parameters
    ----------
    comparison
        As of :func:`analysis.report.comparison.compare_effects`.
    draws
        The effects of every parameter draw, by scenario, of those which have them.
    """
    found = _found(comparison, draws)
    if not found:
        return NOBODY
    if True in found:
        return _named(found[True])
    return f"{_named(found[False])}, by the Monte Carlo error alone"


def comparison_note(comparison: pd.DataFrame, draws: Draws | None = None) -> str:
    """Return what is clear by the Monte Carlo error alone, and why no more is; else nothing."""
    alone = _found(comparison, draws).get(False)
    if not alone:
        return ""
    return f" By the Monte Carlo error alone{_left_open(draws, comparison)}: {_named(alone)}."


def _found(comparison: pd.DataFrame, draws: Draws | None) -> dict[bool, dict[str, list[str]]]:
    """Return what each scenario averts most of, by whether that is clear for the evidence too."""
    found: dict[bool, dict[str, list[str]]] = {}
    for scenario, outcome, number in _best(comparison):
        sure = _ahead_in_draws(draws or {}, comparison, scenario, outcome)
        found.setdefault(sure, {}).setdefault(scenario, []).append(counted(outcome, number))
    return found


def _best(comparison: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield scenario, outcome and number of what is clear by the Monte Carlo error."""
    largest = comparison.groupby("outcome")["estimate"].max()
    first_events = largest.drop([DEATHS], errors="ignore").nlargest(2)
    for outcome in (DEATHS, *map(str, first_events.index)):
        top = _clear_of_others(comparison[comparison["outcome"] == outcome])
        if top is not None:
            limits = (float(top[f"estimate{end}"]) for end in ("", "_lower", "_upper"))
            yield str(top["scenario"]), outcome, amount(*limits)


def _named(best: Mapping[str, list[str]]) -> str:
    """Return who averts most of what; names stand as the scenarios have them."""
    return joined([f"{name} averts most {joined(each)}" for name, each in best.items()])


def _left_open(draws: Draws | None, comparison: pd.DataFrame) -> str:
    """Return why nothing is claimed for the evidence, where parameters were drawn."""
    if not draws or set(draws) != set(comparison["scenario"]):
        return ""
    fewest = min(table["draw"].nunique() for table in draws.values())
    few = fewest < FEWEST_DRAWS
    return f" ({fewest} draws are too few for more)" if few else " (the evidence leaves it open)"


def _clear_of_others(rows: pd.DataFrame) -> pd.Series | None:
    """Return the row that averts most if its difference to every other excludes zero.

    Scenarios that share their persons err alike, so that taking their errors as independent is
    careful.
    """
    if rows.empty:
        return None
    half = (rows["estimate_upper"] - rows["estimate_lower"]) / 2
    place = rows["estimate"].idxmax()
    if not rows.loc[place, "estimate_lower"] > 0:
        return None
    others = rows.index != place
    ahead = rows.loc[place, "estimate"] - rows.loc[others, "estimate"]
    clear = (ahead > (half[place] ** 2 + half[others] ** 2) ** 0.5).all()
    return rows.loc[place] if clear else None


def _ahead_in_draws(draws: Draws, comparison: pd.DataFrame, first: str, outcome: str) -> bool:
    """Return whether one scenario is ahead of every other in 95 % of the paired draws.

    A draw of a number has the same evidence in all scenarios, so its difference is that of the
    policies.
    """
    others = [name for name in comparison["scenario"].unique() if name != first]
    if not {first, *others} <= set(draws):
        return False
    own = _by_draw(draws[first], outcome)
    return all(_above_zero(own - _by_draw(draws[name], outcome)) for name in others)


def _above_zero(differences: pd.Series) -> bool:
    known = differences.dropna()
    return len(known) >= FEWEST_DRAWS and bool(known.quantile(0.025) > 0.0)


def _by_draw(table: pd.DataFrame, outcome: str) -> Any:
    """Return what is averted per 100 000 by draw: expected where there is such, else counted."""
    rows = table[table["outcome"].str.removeprefix("incidence.") == outcome].set_index("draw")
    counted_ones = rows["averted_per_100k"]
    return rows.get("expected_averted_per_100k", counted_ones).fillna(counted_ones)
