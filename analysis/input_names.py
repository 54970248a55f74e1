"""Inputs of model and scenario in words: the labels of the evidence and of scenario keys."""

from __future__ import annotations

from typing import Any

from abm.evidence.entries import load_evidence
from abm.scenario.drawn import EVIDENCE
from abm.scenario.vocabulary import POLICY

POLICIES = "policies."
ANY = "*"  # stands for the name of a policy where those of several scenarios share a row
CONTROLS = {"dummy": "an input without effect", "seed": "the seed"}


def name_of_input(path: str) -> str:
    """Return an input's name within a sentence; its path where it has no words.

    Examples
    --------
    >>> name_of_input("causal_share.cancer"), name_of_input("policies.led_walks.uptake")
    ("causal share of activity's effect on cancers", 'uptake of led walks')
    >>> name_of_input("policies.*.adds.moderate"), name_of_input("all inputs")
    ('moderate minutes', 'all inputs')
    """
    entry = load_evidence().entries.get(path.removeprefix(EVIDENCE))
    if entry is not None:
        return entry.label
    policy, _, key = path.removeprefix(POLICIES).partition(".")
    label = _label_of_key(key) if path.startswith(POLICIES) else ""
    if not label:
        return CONTROLS.get(path, path)
    return label if policy == ANY else f"{label} of {policy.replace('_', ' ')}"


def name_and_path(path: str) -> str:
    """Return an input's name with the path beside it, or only the path.

    Examples
    --------
    >>> name_and_path("policies.walks.reach"), name_and_path("all inputs")
    ('reach of walks (policies.walks.reach)', 'all inputs')
    """
    name = name_of_input(path)
    return name if name == path or path in CONTROLS else f"{name} ({path})"


def _label_of_key(key: str) -> str:
    """Return the label of a key of a policy, "" if it has none."""
    kind: Any = POLICY
    label = ""
    for part in key.split("."):
        found = getattr(kind, "keys", {}).get(part)
        if found is None:
            return ""
        kind, label = found.kind, found.label
    return label
