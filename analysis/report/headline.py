"""What a run found, in a few sentences."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any

from abm.results.claims import FEWEST_CONTRIBUTING
from analysis.certainty.level_changes import IL6, Limits, whether
from analysis.outcomes import DEATHS, counted
from analysis.report.effect_rows import effect_rows
from analysis.report.people import People, people_of
from analysis.report.undecided import why_no_net_cost
from analysis.report.worth_in_words import taking_part_sentences, worth_sentences
from analysis.tables import groups
from analysis.tables.effect_tables import benefit_by_group, with_scale
from analysis.tables.slope import slope_if_known
from analysis.tables.titles import NOBODY_LEFT
from analysis.words import MINUS, NO_BREAK, capitalised, in_words, joined, told_apart

MOST_DISEASES = 3
AT_CENTRE = " at central values, while some do in parameter draws"


def headline(result: Any, economics: Any = None, uncertainty: Any = None) -> list[str]:
    """Return a few plain sentences: what the run found, first of all.

    Without policies they describe the baseline; with them they say what is gained and what it costs
    (from ``economics``, the table ``result.economics``), how many take part, the largest effects
    whose Monte Carlo interval excludes zero, the deaths, the change of resting IL-6, and which
    groups gain more.
    """
    if not result.scenario.policies:
        return [
            f"This run has no policy: it shows what {_years(result.scenario.years)} hold for the "
            "population as things stand."
        ]
    people, draws = people_of(result), int(result.manifest.get("draws", 0))
    return [
        *worth_sentences(economics, people, draws, why_no_net_cost(result.scenario)),
        _effects_sentence(result, people),
        *taking_part_sentences(result, people),
        *_il6_sentence(result.effects, uncertainty),
        *_group_sentences(result),
    ]


def _nothing_clear(rows: list[dict[str, Any]]) -> str:
    if all(row["best"] == "0" for row in rows):
        central = any(row["parameter"] not in ("", "0 to 0") for row in rows)
        return f"no outcome differs between the two worlds{AT_CENTRE if central else ''}"
    if any(row["unknown"] for row in rows):
        return (
            "no effect can be told: it would rest on fewer than "
            f"{FEWEST_CONTRIBUTING} persons whose risks differ between the two worlds"
        )
    return "no outcome differs between the two worlds by more than the Monte Carlo error"


def _effects_sentence(result: Any, people: People) -> str:
    """Return the largest effects that are clear of the Monte Carlo error, or that none is."""
    span = f"Over {_years(result.scenario.years)}"
    effects = with_scale(result.effects, result.group_effects)
    rows = effect_rows(effects, hundred_thousands=people.hundred_thousands)
    chosen = _most_important([row for row in rows if row["clear"]])
    if not chosen:
        return f"{span} {_nothing_clear(rows)}."
    parts = [_change_in_words(row) for row in chosen]
    expected = any(row["expected"] for row in chosen)
    return (
        f"{span}, {people.among}: {joined(parts)}"
        f"{', as expected from the risks met' if expected else ''}."
    )


def _years(number: int) -> str:
    return "one year" if number == 1 else f"{number} years"


def _group_sentences(result: Any) -> list[str]:
    """Return which groups gain more, or that it cannot be told."""
    return groups.sentences(
        benefit_by_group(result.group_effects), groups.eligible_groups(result.scenario),
        slope_if_known(result.equity, result.group_effects), groups.chance_of_women(result.equity),
    )  # fmt: skip


def _most_important(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the largest effects on first events, then deaths."""
    first_events = [row for row in rows if row["outcome"] != DEATHS]
    first_events.sort(key=lambda row: -abs(row["per_100k"]))
    return first_events[:MOST_DISEASES] + [row for row in rows if row["outcome"] == DEATHS]


def _change_in_words(row: Mapping[str, Any]) -> str:
    number = str(row["represented_amount"] or row["amount"]).removeprefix(MINUS)  # as in the table
    side = "fewer" if row["per_100k"] > 0 else "more"
    share = in_words(100 * abs(row["relative"]), 2)
    sign = MINUS if row["per_100k"] > 0 else "+"
    return f"{number} {side} {counted(row['outcome'], number)} ({sign}{share}{NO_BREAK}%)"


def _il6_cannot_be_told(uncertainty: Any) -> bool:
    """Say whether the Monte Carlo interval of the change of IL-6 holds 0."""
    if uncertainty is None:
        return False
    rows = uncertainty[uncertainty["outcome"].astype(str) == IL6]
    return any(Limits(row.lower, row.upper).hold_zero for row in rows.itertuples())


def _il6_sentence(effects: Any, uncertainty: Any) -> list[str]:
    rows = effects[effects["outcome"].astype(str) == IL6]
    if rows.empty:
        return []
    row = rows.iloc[0]
    change = 100 * float(row["relative_change"])
    if isnan(change):
        return [f"{NOBODY_LEFT}."]
    if change == 0:
        return ["Resting IL-6 is the same in both worlds."]
    if _il6_cannot_be_told(uncertainty):
        return [f"{capitalised(whether('resting IL-6'))}."]
    return [
        f"Resting IL-6 (geometric mean) ends {in_words(abs(change), 2)} % "
        f"{'lower' if change < 0 else 'higher'} under the policy: "
        f"{' against '.join(told_apart(float(row['policy']), float(row['baseline'])))} pg/mL."
    ]
