"""How far the answer hangs on the causal share of all other causes of death."""

from __future__ import annotations

from typing import Any

from abm.evidence.entries import load_evidence
from abm.evidence.place import Place
from abm.results.claims import excludes_zero
from analysis.outcomes import DEATHS
from analysis.report.numbers import missing
from analysis.words import MINUS, in_words

ALL_ELSE = f"{DEATHS}.all_else"
SHARE = "causal_share.all_else"


def at_both_ends(effects: Any, parameters: Any, place: Place | None = None) -> str:
    """Return a sentence: deaths averted and life-years gained at both ends of the share's interval.

    To first order: what is averted of all other causes goes with the share, and all deaths averted
    gain as many years of life each. Nothing where the share is 0, where deaths averted cannot be
    told from none, where more die (no policy takes activity away), or where none is averted of all
    other causes: those who do not die of disease then die of them, which no share changes.

    Parameters
    ----------
    effects
        The table ``result.effects``.
    parameters
        What the scenario sets of the evidence, by path.
    place
        Whose evidence; default that of scenarios which name none.
    """
    rows = effects.set_index("outcome")
    if "expected_averted" not in rows or ALL_ELSE not in rows.index:
        return ""
    entry = load_evidence(place).entries[SHARE]
    used = float(parameters.get(SHARE, entry.value))
    averted, lower, upper = (
        float(rows.loc[DEATHS, name])
        for name in ("expected_averted", "expected_lower", "expected_upper")
    )
    if used <= 0.0 or missing(averted) or averted <= 0.0 or not excludes_zero(lower, upper):
        return ""
    part = float(rows.loc[ALL_ELSE, "expected_averted"]) / averted
    if part <= 0.0:
        return ""
    parts = [
        _at(end, 1.0 + part * (end / used - 1.0), rows) for end in (entry.low, entry.high)
    ]
    return (
        f"All other causes make up {in_words(100.0 * part, 2)} % of the deaths averted. Which "
        f"share of their association with activity is causal ({SHARE}, here {used:g}) is "
        f"one of the least known numbers behind this page. All else at central values, {parts[0]}; "
        f"{parts[1]} (to first order)."
    )


def _at(end: float, factor: float, rows: Any) -> str:
    deaths = factor * float(rows.loc[DEATHS, "expected_averted_per_100k"])
    years = factor * float(rows.loc["life_years", "expected_averted_per_100k"])
    return (
        f"at {end:g} it would be {_written(deaths)} deaths averted and {_written(years)} "
        "life-years gained per 100 000 persons"
    )


def _written(number: float) -> str:
    return f"{MINUS if number < 0 else ''}{in_words(abs(number), 3)}"
