"""Inputs in words: every one that is uncertain has a label that fits a figure, its alone."""

from collections import Counter

import pytest

from abm import load_scenario
from abm.evidence.entries import load_evidence, within_a_sentence
from abm.evidence.parameters import uncertain_paths
from abm.evidence.place import bundled_place, bundled_places
from abm.scenario.kinds import Section
from abm.scenario.vocabulary import POLICY
from analysis.input_names import name_and_path, name_of_input
from analysis.sensitivity.scenario_study import inputs_of

LONGEST = 60
SCENARIOS = ("exercise_referral", "walking_groups", "brief_advice")


@pytest.mark.parametrize("name", bundled_places())
def test_every_uncertain_entry_has_a_short_label_of_its_own(name):
    place = bundled_place(name)
    labels = {path: load_evidence(place).entries[path].label for path in uncertain_paths(place)}
    assert {path: label for path, label in labels.items() if not 3 < len(label) <= LONGEST} == {}
    assert [label for label, count in Counter(labels.values()).items() if count > 1] == []


def test_labels_stay_within_a_sentence_and_say_no_path():
    labels = [entry.label for entry in load_evidence().entries.values()]
    assert [label for label in labels if "_" in label or label.endswith(".")] == []
    assert [label for label in labels if label != within_a_sentence(label)] == []


def keys_with_intervals(section, before=""):
    for name, key in section.keys.items():
        if isinstance(key.kind, Section):
            yield from keys_with_intervals(key.kind, f"{before}{name}.")
        elif getattr(key.kind, "interval", False):
            yield f"{before}{name}", key.label


def test_every_number_of_a_policy_that_may_be_uncertain_has_a_label_of_its_own():
    labels = dict(keys_with_intervals(POLICY))
    assert len(labels) > 15
    assert [path for path, label in labels.items() if not label] == []
    assert len(set(labels.values())) == len(labels)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_input_of_a_bundled_scenario_is_named_in_words(scenario):
    names = [name_of_input(path) for path in inputs_of(load_scenario(scenario))]
    assert [name for name in names if len(name) > LONGEST or "." in name.strip(".")] == []
    assert len(set(names)) == len(names)


def test_a_path_stands_beside_words_and_alone_without_any():
    assert name_and_path("policies.walks.adherence.stays") == (
        "share that never quits of walks (policies.walks.adherence.stays)"
    )
    assert name_and_path("policies.walks.nothing.such") == "policies.walks.nothing.such"
    assert name_of_input("parameters.causal_share.cancer") == name_of_input("causal_share.cancer")
