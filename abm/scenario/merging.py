"""Layers of a scenario laid over each other.

A merged tree keeps the place of every node, so that a fault inherited through ``extends`` is shown
in the file that holds it.
"""

from __future__ import annotations

from collections.abc import Sequence

from abm.scenario.check import policy_name
from abm.scenario.kinds import Kind, Policies, Section, TextOr
from abm.scenario.text import Node, Place, Source
from abm.scenario.vocabulary import SCENARIO

NOT_INHERITED = ("name", "title", "description", "extends")


def merged(trees: Sequence[Node]) -> Node:
    """Merge layers, parents first: a child's keys override, its policies by name.

    An empty list of policies in a child takes none of its parent's.
    """
    whole = Node({}, Place(Source("scenario"), 0, 0))
    for i, tree in enumerate(trees):
        whole = _merge(whole if i else None, tree, SCENARIO)
        if i < len(trees) - 1 and trees[i + 1].place.line:
            whole = _without(whole, NOT_INHERITED)
    return whole


def _without(tree: Node, names: Sequence[str]) -> Node:
    assert isinstance(tree.value, dict)
    kept = {name: child for name, child in tree.value.items() if name not in names}
    places = {name: place for name, place in tree.key_places.items() if name not in names}
    return Node(kept, tree.place, key_places=places)


def _merge(parent: Node | None, child: Node, kind: Kind | None) -> Node:
    if parent is None:
        return child
    if isinstance(kind, Policies):
        return _merge_policies(parent, child, kind.item)
    if isinstance(kind, TextOr):
        return _merge_text_or_section(parent, child, kind)
    if not isinstance(kind, Section):
        return child
    if not isinstance(parent.value, dict) or not isinstance(child.value, dict):
        return child
    values = dict(parent.value)
    for name, node in child.value.items():
        key = kind.keys.get(name)
        values[name] = _merge(values.get(name), node, key.kind if key else None)
    return Node(values, child.place, key_places={**parent.key_places, **child.key_places})


def _merge_text_or_section(parent: Node, child: Node, kind: TextOr) -> Node:
    """Merge sections key by key, text as the key it stands for; text of a child replaces all."""
    if not isinstance(child.value, dict):
        return child
    if isinstance(parent.value, str):
        parent = Node({kind.key: parent}, parent.place, key_places={kind.key: parent.place})
    return _merge(parent, child, kind.section)


def _merge_policies(parent: Node, child: Node, item: Section) -> Node:
    if not isinstance(parent.value, list) or not isinstance(child.value, list) or not child.value:
        return child
    policies = list(parent.value)
    where = {policy_name(node): i for i, node in enumerate(policies) if policy_name(node)}
    for node in child.value:
        i = where.get(policy_name(node))
        if i is None:
            policies.append(node)
        else:
            policies[i] = _merge(policies[i], node, item)
    return Node(policies, child.place)
