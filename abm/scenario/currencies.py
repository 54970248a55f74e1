"""Amounts of bundled scenarios that another currency would take for its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from abm.evidence.place import bundled_place
from abm.scenario.check import Checker
from abm.scenario.layers import bundled_folder
from abm.scenario.text import Node

PRICES = (
    "per_person_offered", "per_participant", "per_participant_year", "per_resident_year",
    "fixed_per_year",
)  # fmt: skip
AMOUNTS = (*PRICES, "budget_per_year")


def bundled_or_made(node: Node) -> bool:
    """Return whether a node stands in a bundled scenario, or in one that was made in Python."""
    return not node.place.source.shown or _bundled(node)


def _bundled(node: Node) -> bool:
    source = node.place.source
    bundled = source.folder is not None and source.folder.resolve() == bundled_folder().resolve()
    return bundled and node.place.line > 0


def refuse_renamed_money(checker: Checker, policies: Any, tree: Node) -> None:
    """Refuse a currency of one's own over amounts that a bundled scenario gives in its own.

    An amount is not the same in another currency. All bundled scenarios are in the currency of the
    usual place.
    """
    listed, economics = _child(tree, "policies"), _child(tree, "economics")
    if listed is None or not isinstance(listed.value, list):
        return
    usual = bundled_place().currency
    for policy, node in zip(policies, listed.value, strict=True):
        cost = node.value.get("cost") if isinstance(node.value, dict) else None
        if not policy or cost is None or not isinstance(cost.value, dict):
            continue
        named = cost.value.get("currency") or _child(economics, "currency")
        if named is None or bundled_or_made(named) or named.value == usual:
            continue
        checked = policy["cost"] or {}
        if named is cost.value.get("currency") and checked.get("currency") != named.value:
            continue  # a fault of its own
        if inherited := list(_inherited(cost.value, checked)):
            message = (
                f"is {named.value}, and the policy '{policy['name']}' has {', '.join(inherited)} "
                f"of a bundled scenario, in {usual}; must be given anew in {named.value}, 0 if "
                "there is none"
            )
            checker.say(named.place, "economics.currency", message)


def _child(node: Node | None, name: str) -> Node | None:
    return node.value.get(name) if node and isinstance(node.value, dict) else None


def _inherited(written: Mapping[str, Node], cost: Mapping[str, Any]) -> Iterator[str]:
    for name in AMOUNTS:
        if name in written and cost.get(name) and _bundled(written[name]):
            yield name
