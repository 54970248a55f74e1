"""Inputs of the model and the scenario in words, as the evidence and the scenario call them."""

from __future__ import annotations

from collections.abc import Callable

from abm.evidence.entries import load_evidence
from abm.evidence.place import Place
from abm.scenario.drawn import EVIDENCE
from analysis.report.setting_rows import LABELS

POLICIES = "policies."


def names_of_inputs(place: Place | None = None) -> Callable[[str], str]:
    """Return what gives an input's name by its path; nothing for one that has no words.

    Examples
    --------
    >>> names_of_inputs()("causal_share.cancer")
    "Causal share of activity's effect on cancers"
    >>> names_of_inputs()("policies.led_walks.uptake")
    'Uptake [share of the offered who start], led walks'
    """
    entries = load_evidence(place).entries

    def name(path: str) -> str:
        entry = entries.get(path.removeprefix(EVIDENCE))
        if entry is not None:
            return str(entry.description)
        policy, _, key = path.removeprefix(POLICIES).partition(".")
        label = LABELS.get(key.rpartition(".")[2], "") if path.startswith(POLICIES) else ""
        return f"{label[:1].upper()}{label[1:]}, {policy.replace('_', ' ')}" if label else ""

    return name
