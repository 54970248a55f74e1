"""What a scenario has from those that it extends: whose sources, and beside which policies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from abm.scenario.layers import policy_names
from abm.scenario.text import Node


def source_inherited(trees: Sequence[Node]) -> str | None:
    """Return the name of the scenario whose sources the last file inherits; None if it has own."""
    giving = [tree for tree in trees if isinstance(tree.value, dict) and "source" in tree.value]
    if not giving or giving[-1] is trees[-1]:
        return None
    return Path(giving[-1].place.source.shown).stem


def added_policies(trees: Sequence[Node]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each policy that a file adds to inherited ones, with the names of these."""
    there: list[str] = []
    added: list[tuple[str, tuple[str, ...]]] = []
    for tree in trees:
        node = tree.value.get("policies") if isinstance(tree.value, dict) else None
        if node is None or not isinstance(node.value, list):
            continue
        new = [name for name in policy_names(tree) if name not in there]
        if there and new:
            added += [(name, tuple(there)) for name in new]
        there = [*there, *new] if node.value else []
    return tuple(added)
