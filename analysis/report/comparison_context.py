"""What a comparison says of each scenario beside its numbers: what carries it, what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from abm.scenario.text import printable
from analysis.decision.options import by_draw
from analysis.report.carries import assumptions_told, first_carriers
from analysis.report.first_screen import DRAWS_TABLE, share_of_qalys

LONGEST = 600
RANKED_BY = (
    "Ranked by how far each moves the net benefit of 100 000 persons against doing nothing, "
    "discounted. What is shown at both ends is the cost per QALY, which stays as it is where "
    "people and money move together, as with reach."
)
Tables = Mapping[str, Any]


def carried(order: Sequence[str], runs: Mapping[str, Tables]) -> dict[str, Any]:
    """Return what is said of all scenarios' inputs, and of the first ones of each; {} of none."""
    lead: list[str] = []
    scenarios = []
    for name in order:
        tables = runs.get(name, {})
        assumptions = assumptions_told(tables)
        if assumptions is None:
            continue
        told, first = first_carriers(assumptions, _draws(tables))
        lead += [each for each in told if each not in lead]
        if first:
            scenarios.append({"name": name, "first": first})
    lead += [RANKED_BY] if scenarios else []
    return {"lead": lead, "scenarios": scenarios} if lead or scenarios else {}


def _draws(tables: Tables) -> int:
    table = tables.get(DRAWS_TABLE)
    return 0 if table is None else len(by_draw(table))


def through_il6(order: Sequence[str], runs: Mapping[str, Tables]) -> list[dict[str, str]]:
    """Return the share of each scenario's QALYs that runs through IL-6, in a sentence."""
    found = {name: runs.get(name, {}) for name in order}
    return [
        {"name": name, "told": share_of_qalys(each["qaly_sources.csv"], each.get("effects.csv"))}
        for name, each in found.items()
        if each.get("qaly_sources.csv") is not None
    ]


def not_valued(
    order: Sequence[str], manifests: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Return what scenarios say of themselves that they do not value."""
    told = {name: manifests.get(name, {}).get("scenario") for name in order}
    found = {
        name: each.get("not_valued") for name, each in told.items() if isinstance(each, Mapping)
    }
    return [
        {"name": name, "told": printable(str(text), LONGEST)}
        for name, text in found.items()
        if text
    ]
