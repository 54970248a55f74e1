"""Scenario files: what loads, what is refused and with which words, and what a scenario offers."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.conditions import DISEASES
from abm.evidence.entries import has_costs, load_evidence
from abm.evidence.place import bundled_place
from abm.scenario.check import Interval
from abm.scenario.json_schema import json_schema
from abm.scenario.kinds import Policies, Section, WordOr
from abm.scenario.layers import bundled_names
from abm.scenario.load import load_scenario
from abm.scenario.made_in_python import checked
from abm.scenario.parts import Adds, ConstantDose
from abm.scenario.text import MOST_BYTES, ScenarioError, parse
from abm.scenario.vocabulary import SCENARIO
from abm.scenario.warnings import added_in_words
from abm.scenario.written_numbers import plain_scalar

ROOT = Path(__file__).resolve().parents[2]
BAD_FOLDER = ROOT / "tests" / "data" / "bad_scenarios"
BAD_FILES = sorted(BAD_FOLDER.glob("*.yaml"))
BUNDLED = [
    "active_travel",
    "anti_inflammatory_drug",
    "brief_advice",
    "everyone_meets_guideline",
    "exercise_referral",
    "free_leisure_centres",
    "mass_media",
    "strength_for_over_65s",
    "uk",
    "walking_groups",
    "workplace_programme",
]


def entry(value: Any, minimum: float, maximum: float) -> SimpleNamespace:
    ends = {"minimum": minimum, "maximum": maximum}
    return SimpleNamespace(value=value, **ends, unit="share", remainder_of=())


EVIDENCE = SimpleNamespace(
    entries={
        "causal_share.cardiovascular": entry(0.8, 0, 1),
        "causal_share.all_else": entry(0.5, 0, 1),
        "disease.lag_years.cardiovascular": entry(3.1, 1, 10),
        "economics.losses_add": entry(0.0, 0, 1),
        "smoking.men": entry({20.0: 0.16, 65.0: 0.08}, 0, 1),
    }
)


@pytest.fixture(autouse=True)
def stand_in_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    # Read and kept first: a place gives values of entries that the stand-in does not have.
    assert has_costs(bundled_place()) and load_evidence().entries
    monkeypatch.setattr("abm.evidence.entries.load_evidence", lambda place=None: EVIDENCE)
    general = SimpleNamespace(fields=EVIDENCE.entries)
    monkeypatch.setattr("abm.evidence.entries.general_evidence", lambda: general)


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str | bytes, name: str = "town.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file


def problems_of(name: Any, *overrides: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(name, overrides)
    assert caught.value.problems
    return caught.value.problems


# What is refused


def test_there_are_enough_bad_scenarios() -> None:
    assert len(BAD_FILES) >= 50


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_bad_scenario_gives_the_expected_message_in_time(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# expect: ")
    start = time.process_time()
    problems = problems_of(path)
    assert time.process_time() - start < 1
    expected = first.removeprefix("# expect: ").replace("DISEASES", ", ".join(DISEASES))
    assert expected in "\n".join(problems)
    for problem in problems:
        place, _, message = problem.partition(": ")
        assert place.split(":")[0].endswith(".yaml")
        assert all(part.isdigit() for part in place.split(":")[1:])
        assert ": " in message


def test_all_problems_of_a_file_come_in_one_pass(write) -> None:
    path = write(
        "years: 0\n"
        "persons: many\n"
        "population: {ages: [60, 40], sexx: both}\n"
        "policies:\n"
        "  - name: walks\n"
        "    reach: 30\n"
        "    end: 2020\n"
        "  - {uptake: 2}\n"
        "parameters: {causal_share.cardiovasculr: 0.8}\n"
    )
    found = [problem.removeprefix(str(path) + ":") for problem in problems_of(path)]
    starts = {problem.split(": ")[0] + " " + problem.split(": ")[1] for problem in found}
    assert starts == {
        "1:8 years",
        "2:10 persons",
        "3:20 population.ages",
        "3:30 population.sexx",
        "6:12 policies.walks.reach",
        "7:10 policies.walks.end",
        "8:5 policies[1].name",
        "8:14 policies[1].uptake",
        "9:14 parameters.causal_share.cardiovasculr",
    }


def test_faults_of_parent_and_child_come_together_each_at_its_place(write) -> None:
    write("years: 0\npopulation: {sex: man}\n", "base.yaml")
    child = write("extends: base.yaml\nseed: -1\n")
    found = "\n".join(problems_of(child))
    assert "base.yaml:1:8: years: is 0" in found
    assert "base.yaml:2:19: population.sex: unknown word 'man'" in found
    assert f"{child}:2:7: seed: is -1" in found


def test_child_is_checked_even_if_its_parent_cannot_be_read(write) -> None:
    write("years: [", "base.yaml")
    found = "\n".join(problems_of(write("extends: base.yaml\nseed: -1\n")))
    assert "base.yaml" in found and "seed: is -1" in found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"title: " + b"a" * 10_000_000, "must be at most 256 000 bytes"),
        (b"#" + b" " * MOST_BYTES, "has 256 001 bytes; must be at most 256 000"),
        ("title: Übung".encode("latin-1"), ":1:8: file: is not UTF-8 (byte 0xdc)"),
        ("title: town".encode("utf-16"), "is not UTF-8"),
        (b"title: \x00", "is not valid YAML"),
        (b"\xef\xbb\xbf", "is empty"),
    ],
)
def test_content_that_is_no_text_is_refused(write, content: bytes, message: str) -> None:
    start = time.process_time()
    assert message in problems_of(write(content))[0]
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "{" * 200_000,
        "[" * 200_000,
        "- " * 100_000,
        "? " * 100_000,
        "a: &a [*a]\n" * 10,
        "!" * 9_999,
    ],
    ids=["braces", "brackets", "dashes", "marks", "aliases", "tags"],
)
def test_hostile_text_is_refused_in_time(write, text: str) -> None:
    start = time.process_time()
    problems_of(write(text))
    assert time.process_time() - start < 1


def test_missing_file_names_what_there_is(tmp_path: Path) -> None:
    missing = tmp_path / "walking_group.yaml"
    problem = problems_of(missing)[0]
    assert problem.startswith(
        f"{missing}:1:1: file: does not exist; must be a scenario file or one"
    )
    assert problem.endswith("did you mean 'walking_groups'?")
    assert "did you mean 'uk'?" in problems_of("ukk")[0]


@pytest.mark.parametrize("name", ["", "\0", "a" * 5000, "nothing/at\nall"])
def test_impossible_names_are_refused(name: str) -> None:
    assert len(problems_of(name)[0].splitlines()) == 1


def test_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder; must be a scenario file" in problems_of(tmp_path)[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "is not a regular file" in problems_of(tmp_path / "pipe.yaml")[0]


def test_unreadable_file_is_refused(write, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser may read everything, so the refusal of the system is played.
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write("years: 10")
    monkeypatch.setattr(Path, "open", refuse)
    assert "file: cannot be read (Permission denied)" in problems_of(path)[0]


def test_extends_may_not_leave_the_folder_tree_by_a_link(write, tmp_path: Path) -> None:
    write("years: 10", "outside.yaml")
    child = write("extends: link.yaml", "study/town.yaml")
    (tmp_path / "study" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert "lies outside the scenario's folder" in problems_of(child)[0]


def test_circular_extends_names_the_circle(write) -> None:
    write("extends: second.yaml", "first.yaml")
    write("extends: third.yaml", "second.yaml")
    write("extends: first.yaml", "third.yaml")
    (problem,) = problems_of(write("extends: first.yaml", "town.yaml"))
    circle = problem.split("circular (")[1].split(")")[0].split(" -> ")
    names = [Path(part).name for part in circle]
    assert names == ["first.yaml", "second.yaml", "third.yaml", "first.yaml"]


def test_long_chain_of_extends_is_refused(write) -> None:
    for i in range(11):
        write(f"extends: layer{i + 1}.yaml", f"layer{i}.yaml")
    write("years: 10", "layer11.yaml")
    assert "more than 10 files" in problems_of(write("extends: layer0.yaml"))[0]


def test_error_survives_pickling(write) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write("years: 0\nseed: -1"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert str(again) == "\n".join(again.problems)


# What loads


def test_bundled_scenarios_are_complete() -> None:
    assert bundled_names() == BUNDLED


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_scenario_loads_by_name_from_anywhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.source and scenario.title != name and scenario.description
    assert scenario.warnings == ()
    assert scenario.persons == 100_000 and scenario.population.entrants is True
    assert bool(scenario.policies) == (name != "uk")
    assert scenario == load_scenario(ROOT / "scenarios" / f"{name}.yaml")


def test_bundled_scenarios_are_found_in_an_installed_package(tmp_path: Path) -> None:
    package = tmp_path / "site" / "abm"
    shutil.copytree(ROOT / "abm", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "scenarios", package / "_scenarios")
    code = (
        "from abm.scenario.load import load_scenario; print(load_scenario('walking_groups').path)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == (package / "_scenarios" / "walking_groups.yaml").resolve()


def test_defaults_are_explicit(write) -> None:
    scenario = load_scenario(write("policies: [{name: walks, adds: {moderate: 90}}]"))
    assert (scenario.name, scenario.title) == ("town", "town")
    assert (scenario.years, scenario.start_year, scenario.step_months) == (20, 2025, 1)
    assert scenario.population.ages == (20, 95)
    (policy,) = scenario.policies
    assert (policy.start, policy.end, policy.reach, policy.uptake) == (2025, None, 1, 1)
    assert policy.adds == Adds(moderate=90, vigorous=0, resistance=0, endurance=0)
    assert policy.adherence is None and policy.il6_signalling == 1 and policy.raises_to is None
    assert policy.eligible.ages is None and policy.cost is None


def test_scenario_is_frozen_hashable_and_not_iterable() -> None:
    scenario = load_scenario("uk")
    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.years = 10  # type: ignore[misc]
    with pytest.raises(TypeError):
        iter(scenario)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        scenario.parameters["causal_share.cardiovascular"] = 1.0  # type: ignore[index]
    assert len({scenario, load_scenario("uk")}) == 1


def test_yaml_1_2_numbers_and_words(write) -> None:
    scenario = load_scenario(
        write("title: no\npersons: 1e5\nseed: 0x10\npolicies: [{name: a, reach: 1e-3}]")
    )
    assert scenario.title == "no"
    assert scenario.persons == 100_000 and isinstance(scenario.persons, int)
    assert scenario.seed == 16
    assert scenario.policies[0].reach == 0.001


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".5", 0.5),
        ("-7", -7),
        ("012", 12),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("yes", "yes"),
        ("Null", None),
        ("FALSE", False),
        ("-.INF", float("-inf")),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    found = plain_scalar(text)
    assert found == value and type(found) is type(value)


def test_aliases_may_be_used_sparingly(write) -> None:
    text = "policies:\n  - {name: a, adds: &m {moderate: 10}}\n  - {name: b, adds: *m}\n"
    first, second = load_scenario(write(text)).policies
    assert first.adds == second.adds == Adds(10, 0, 0, 0)


def test_constant_dose_and_diseases(write) -> None:
    text = "population: {activity: {met_hours: 8.75}, diseases: [stroke, depression]}"
    population = load_scenario(write(text)).population
    assert population.activity == ConstantDose(8.75)
    assert population.diseases == ("stroke", "depression")


def test_microdata_is_resolved_inside_the_folder(write) -> None:
    survey = write("age,sex\n40,male\n", "data/survey.csv")
    scenario = load_scenario(write("population: {microdata: data/survey.csv}"))
    assert scenario.population.microdata == str(survey.resolve())
    assert scenario.to_dict()["population"]["microdata"] == "data/survey.csv"
    before = scenario.hash
    survey.write_text("age,sex\n41,male\n")
    assert scenario.hash != before


def test_microdata_of_a_parent_is_relative_to_the_parent(write) -> None:
    survey = write("age\n40\n", "base/survey.csv")
    write("population: {microdata: survey.csv}", "base/base.yaml")
    scenario = load_scenario(write("extends: base/base.yaml"))
    assert scenario.population.microdata == str(survey.resolve())


# Extends


PARENT = """
name: base
title: Base
description: The parent.
source: [Base 2020]
years: 10
population: {sex: female, entrants: false}
policies:
  - name: walks
    start: 2027
    reach: {value: 0.3, low: 0.2, high: 0.4}
    adds: {moderate: 90, resistance: 40}
    adherence: {quit_12_weeks: 0.5, half_life_years: 1.5}
  - name: swims
    adds: {vigorous: 30}
parameters: {causal_share: {cardiovascular: {value: 0.8, low: 0.6, high: 1}}}
"""


@pytest.fixture
def parent(write) -> Path:
    return write(PARENT, "base.yaml")


def test_child_overrides_keys_and_inherits_the_rest(write, parent: Path) -> None:
    child = load_scenario(write("extends: base.yaml\npopulation: {sex: male}\nseed: 7\n"))
    assert (child.name, child.title, child.description) == ("town", "town", "")
    assert child.source == ("Base 2020",)
    assert (child.years, child.seed) == (10, 7)
    assert (child.population.sex, child.population.entrants) == ("male", False)
    assert [policy.name for policy in child.policies] == ["walks", "swims"]


def test_child_overrides_a_policy_by_name_and_adds_another(write, parent: Path) -> None:
    text = """
extends: base.yaml
policies:
  - {name: walks, reach: 0.5, adds: {moderate: 60}, adherence: null}
  - {name: gym, adds: {resistance: 20}}
"""
    child = load_scenario(write(text))
    walks, swims, gym = child.policies
    assert (walks.reach, walks.start, walks.adherence) == (0.5, 2027, None)
    assert walks.adds == Adds(moderate=60, vigorous=0, resistance=40, endurance=0)
    assert swims.adds.vigorous == 30 and gym.adds.resistance == 20
    assert "policies.walks.reach" not in child.intervals


def test_empty_list_of_policies_takes_none_of_the_parents(write, parent: Path) -> None:
    assert load_scenario(write("extends: base.yaml\npolicies: []")).policies == ()


def test_dotted_parameter_overrides_the_nested_one_of_the_parent(write, parent: Path) -> None:
    child = load_scenario(write("extends: base.yaml\nparameters: {causal_share.cardiovascular: 1}"))
    assert child.parameters == {"causal_share.cardiovascular": 1.0}
    assert "parameters.causal_share.cardiovascular" not in child.intervals


def test_parent_in_a_folder_below_may_extend_its_neighbour(write) -> None:
    write("years: 7", "base/grandparent.yaml")
    write("extends: grandparent.yaml", "base/parent.yaml")
    assert load_scenario(write("extends: base/parent.yaml")).years == 7


# Intervals and parameters


def test_an_interval_is_forgotten_with_its_number() -> None:
    scenario = load_scenario("walking_groups")
    kept = {path for path in scenario.intervals if path != "policies.walks.reach"}
    assert kept and "policies.walks.reach" in scenario.intervals
    walks = dataclasses.replace(scenario.policies[0], reach=0.25)
    changed = dataclasses.replace(scenario, policies=(walks,))
    assert set(changed.intervals) == kept
    assert changed.to_dict()["policies"][0]["reach"] == 0.25
    nothing = dataclasses.replace(scenario, policies=())
    assert not any(path.startswith("policies.") for path in nothing.intervals)
    assert nothing.to_dict()["policies"] == []


def test_intervals_are_kept_by_path_with_the_range_of_a_draw(parent: Path) -> None:
    scenario = load_scenario(parent)
    assert scenario.policies[0].reach == 0.3
    assert dict(scenario.intervals) == {
        "policies.walks.reach": Interval(0.3, 0.2, 0.4, 0, 1),
        "parameters.causal_share.cardiovascular": Interval(0.8, 0.6, 1, 0, 1),
    }


def test_table_of_evidence_is_overridden_by_a_table_or_by_one_number(write) -> None:
    table = load_scenario(write("parameters: {smoking: {men: {20: 0.2, 50: 0.1}}}"))
    assert table.parameters == {"smoking.men": {20.0: 0.2, 50.0: 0.1}}
    flat = load_scenario(write("parameters: {smoking.men: 0.1}"))
    assert flat.parameters == {"smoking.men": {20.0: 0.1, 65.0: 0.1}}
    bad = problems_of(write("parameters: {smoking.men: {young: 0.1, 30: 2, 30.0: 0.1}}"))
    assert "'young' is no knot" in bad[0]
    assert "parameters.smoking.men.30: is 2" in bad[1]
    assert "the knot 30.0 is given twice" in bad[2]


def test_with_values_changes_numbers_and_nothing_else(parent: Path) -> None:
    scenario = load_scenario(parent)
    changed = scenario.with_values(
        {
            "policies.walks.reach": 0.25,
            "policies.walks.adherence.half_life_years": 2,
            "parameters.causal_share.cardiovascular": 0.7,
        }
    )
    assert changed.policies[0].reach == 0.25
    assert changed.policies[0].adherence is not None
    assert changed.policies[0].adherence.half_life_years == 2
    assert changed.parameters["causal_share.cardiovascular"] == 0.7
    assert changed.policies[1] == scenario.policies[1] and not changed.intervals
    assert scenario.policies[0].reach == 0.3
    assert scenario.parameters["causal_share.cardiovascular"] == 0.8


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("policies.runs.reach", 0.1, "unknown policy 'runs'; must be one of walks, swims"),
        ("policies.walks.reach", 1.2, "must be a number between 0 and 1"),
        ("policies.walks.reach", float("nan"), "must be a number between 0 and 1"),
        ("policies.walks.reach", True, "is True; must be a number between 0 and 1"),
        ("policies.walks.reach", "0.5", "is the text '0.5'; must be a number between 0 and 1"),
        ("parameters.causal_share.cardiovascular", False, "is False; must be a number between"),
        ("policies.walks.start", 2026, "names no number of a policy that may vary"),
        ("policies.walks", 1, "names no number"),
        ("policies.swims.adherence.stays", 0.1, "the policy has no adherence"),
        ("parameters.causal_share", 0.1, "names no single number"),
        ("parameters.causal_share.cardiovascular", 2, "must be a number between 0 and 1"),
        ("years", 2, "must be policies.NAME.KEY or parameters.PATH"),
    ],
)
def test_with_values_refuses(parent: Path, path: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match="^" + path.replace(".", r"\.")) as caught:
        load_scenario(parent).with_values({path: value})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "policies: [{name: a, eligible: {met_hours_below: %s}}]",
        "policies: [{name: a, raises_to: %s}]",
        "population: {activity: {met_hours: %s}}",
    ],
)
def test_minutes_in_place_of_a_dose_are_refused_with_the_dose_they_are(write, text: str) -> None:
    (told,) = problems_of(write(text % 150))
    assert ": is 150; must be a number " in told
    meant = "did you mean 8.75, that of 150 minutes of moderate activity?"
    assert told.endswith(f"100 (marginal MET-hours per week); {meant}")
    (too_many,) = problems_of(write(text % 2000))  # of 2000 minutes even the dose is too large
    assert too_many.endswith("100 (marginal MET-hours per week)")
    assert load_scenario(write(text % 100))


def test_resolved_form_is_a_scenario_file_that_says_the_same(write, parent: Path) -> None:
    scenario = load_scenario(parent)
    resolved = json.loads(json.dumps(scenario.to_dict()))
    again = load_scenario(write(json.dumps(resolved), "again.yaml"))
    assert dataclasses.replace(again, path=scenario.path) == scenario
    assert again.hash == scenario.hash


def test_hash_follows_what_changes_results(parent: Path) -> None:
    base = load_scenario(parent)
    assert load_scenario(parent, ["title=New"]).hash == base.hash
    assert load_scenario(parent, ["seed=2"]).hash != base.hash
    assert load_scenario(parent, ["policies.walks.reach=0.3"]).hash != base.hash


def test_scenario_survives_pickling_and_copying(parent: Path) -> None:
    scenario = load_scenario(parent, ["smoking.men={20: 0.1, 40: 0.2}"])
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    assert copy.deepcopy(scenario) == scenario


# Overrides


def test_overrides_reach_every_kind_of_key(parent: Path) -> None:
    scenario = load_scenario(
        parent,
        [
            "years=1e1",
            "population.entrants=true",
            "population.ages=[30, 60]",
            "policies.walks.reach={value: 0.5, low: 0.4, high: 0.6}",
            "policies.walks.cost.per_participant=30",
            "policies.swims.end=2030",
            "causal_share.all_else=0.4",
            "parameters.causal_share.cardiovascular=0.9",
            "title=A town, again",
            "seed=1",
            "seed=2",
        ],
    )
    assert (scenario.years, scenario.seed, scenario.title) == (10, 2, "A town, again")
    assert scenario.population.entrants is True and scenario.population.ages == (30, 60)
    assert scenario.intervals["policies.walks.reach"] == Interval(0.5, 0.4, 0.6, 0, 1)
    assert scenario.policies[0].cost.per_participant == 30
    assert scenario.policies[1].end == 2030
    assert scenario.parameters == {"causal_share.cardiovascular": 0.9, "causal_share.all_else": 0.4}
    assert scenario.name == "base"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("years", "--set: years: 'years' has no value; must be KEY=VALUE such as years=10"),
        ("=3", "--set: KEY: '=3' has no value"),
        ("years=", "--set: years: is empty (null); must be a whole number"),
        ("years=ten", "--set: years: is the text 'ten'; must be a whole number"),
        ("years=[", "--set: years: is not valid YAML"),
        ("years=!!int 3", "--set: years: has the tag '!!int'; tags are not allowed"),
        ("persons=1e12", "--set: persons: is 1e12; must be a whole number between 1 and 200 000 "),
        ("yeers=3", "--set: yeers: unknown key; must be a scenario key"),
        ("yeers=3", "did you mean 'years'?"),
        ("entrants=no", "did you mean 'population.entrants'?"),
        ("reach=0.5", "did you mean 'policies.walks.reach'?"),
        ("causal_share.cardiovasculr=0.3", "did you mean 'causal_share.cardiovascular'?"),
        ("causal_share.all_elze=0.3", "did you mean 'causal_share.all_else'?"),
        ("causal_share.cardiovascular=3", "causal_share.cardiovascular: is 3; must be a number"),
        ("causal_share=3", "--set: causal_share: is 3; must be a mapping with entries such as"),
        ("population.age=3", "--set: population.age: unknown key 'age'"),
        ("population.ages.from=3", "--set: population.ages: is a mapping; must be [from, to)"),
        ("policies.runs.reach=1", "unknown policy 'runs'; must be one of walks, swims"),
        ("policies.walk.reach=1", "did you mean 'walks'?"),
        ("policies.walks=1", "--set: policies.walks: is a whole policy"),
        ("policies.walks.name=runs", "cannot be set; a policy keeps its name"),
        ("policies.walks.reach=30", "--set: policies.walks.reach: is 30; must be a number"),
        ("policies.walks.end=2026", "--set: policies.walks.end: is 2026, not after the start"),
        ("extends=uk", "--set: extends: cannot be set"),
    ],
)
def test_bad_override_is_named_by_its_key(parent: Path, override: str, message: str) -> None:
    found = "\n".join(problems_of(parent, override))
    assert message in found
    assert found.startswith("--set: ")


@pytest.mark.parametrize(
    "path",
    ["disease.lag_years.heart", "disease.hazard_ratio.diabetes", "disease.dementia.incidence"],
)
def test_paths_that_share_letters_only_are_no_hint(write, parent: Path, path: str) -> None:
    in_a_file = problems_of(write(f"parameters: {{{path}: 2}}"))
    for found in (problems_of(parent, f"{path}=2"), in_a_file):
        assert "unknown" in found[0] and "did you mean" not in found[0]


def test_options_of_the_command_line_are_named_as_options(parent: Path) -> None:
    assert load_scenario(parent, options={"persons": "1e3"}).persons == 1000
    with pytest.raises(ScenarioError, match=r"^--persons: persons: is -5; must be a whole number"):
        load_scenario(parent, options={"persons": "-5"})


def test_faults_of_file_and_overrides_come_together(write) -> None:
    found = problems_of(write("years: 0"), "seed=-1", "yeers=3")
    assert len(found) == 3


# Warnings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("reach: 0", "reaches nobody: its reach is 0"),
        ("uptake: 0", "reaches nobody: its uptake is 0"),
        ("adds: {}", "changes nothing"),
        ("start: 2045", "never starts: it begins in 2045, and the run ends with 2044"),
        ("end: 2050", "goes on until 2050, beyond the run"),
        ("{start: 2040, ramp_years: 10}", "never comes to its full reach"),
        ("eligible: {sex: male}", "it is for sex 'male'"),
        ("eligible: {ages: [0, 20]}", "while it runs people are 20 to below 80"),
        ("eligible: {ages: [80, 90]}", "reaches nobody: it is for ages 80 to below 90"),
    ],
)
def test_policy_without_effect_is_warned_about(write, text: str, words: str) -> None:
    keys = text.strip("{}") if text.startswith("{") else text
    path = write(
        "population: {ages: [20, 60], sex: female}\n"
        f"policies: [{{name: a, adds: {{moderate: 9}}, {keys}}}]"
        if not keys.startswith("adds")
        else "policies: [{name: a}]"
    )
    (warning,) = load_scenario(path).warnings
    assert words in warning and warning.startswith("The policy 'a' ") and warning.endswith(".")


RAISES = "{{name: {}, raises_to: 8.75, eligible: {}}}"


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ("{}", "{}", True),
        ("{sex: female}", "{sex: male}", False),
        ("{deprivation: [1, 2]}", "{deprivation: [3]}", False),
        ("{deprivation: [1, 2]}", "{deprivation: [2, 3]}", True),
        ("{ages: [20, 40]}", "{ages: [48, 90]}", True),  # in ten years one of 39 is 48
        ("{ages: [20, 40]}", "{ages: [49, 90]}", False),
    ],
)
def test_two_targets_for_the_same_people_are_warned_about(write, first, second, overlap) -> None:
    policies = [RAISES.format(name, each) for name, each in (("a", first), ("b", second))]
    found = load_scenario(write(f"years: 10\npolicies: [{', '.join(policies)}]")).warnings
    words = "The policies 'a' and 'b' both have raises_to and can reach the same people: "
    assert [each.startswith(words) for each in found] == [True] * overlap


def test_a_target_beside_the_minutes_of_another_policy_is_warned_about(write) -> None:
    def told(eligible):
        gives = f"{{name: b, adds: {{moderate: 30}}, eligible: {eligible}}}"
        men = RAISES.format("a", "{sex: male}")
        return load_scenario(write(f"policies: [{men}, {gives}]")).warnings

    (warning,) = told("{}")
    assert warning.startswith("The policy 'a' has raises_to, and 'b' can reach the same people: ")
    assert told("{sex: female}") == ()


def test_faults_are_told_from_the_first_line_to_the_last(write) -> None:
    path = write("years: 0\npolicies: [{name: a, reach: 2}]\nseed: -1\nfourth: 4\nstep_months: 5")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, overrides=["persons=0"])
    lines = [int(each.split(":")[1]) for each in caught.value.problems if ".yaml:" in each]
    assert lines == [1, 2, 3, 4, 5] and len(caught.value.problems) == 6


def test_a_target_together_with_minutes_is_warned_about(write) -> None:
    path = write("policies: [{name: a, raises_to: 8.75, adds: {resistance: 20}}]")
    (warning,) = load_scenario(path).warnings
    assert warning.startswith("The policy 'a' has raises_to together with adds: ")


def test_a_policy_added_to_inherited_ones_is_told(write) -> None:
    text = "extends: walking_groups\npolicies: [{{name: {}, adds: {{moderate: 9}}}}]"
    near = load_scenario(write(text.format("walking")))
    words = "'walking' is new beside 'walks', which the scenario inherits, and both run"
    (told,) = (each for each in near.warnings if "is new" in each)
    assert words in told and told.endswith("; did you mean 'walks'?")
    assert checked(near).warnings == near.warnings and not list(added_in_words(near))
    far = load_scenario(write(text.format("swims")))
    assert not any("is new" in each for each in far.warnings)
    assert list(added_in_words(far)) == [
        "The policy 'swims' runs together with the inherited 'walks'."
    ]
    same = load_scenario(write(text.format("walks")))
    assert not same.added and not list(added_in_words(same))


def test_closed_cohort_grows_out_of_a_policy_for_the_young(write) -> None:
    text = (
        "population: {{ages: [40, 60], entrants: {}}}\n"
        "policies: [{{name: a, adds: {{moderate: 9}}, eligible: {{ages: [20, 30]}}}}]"
    )
    assert load_scenario(write(text.format("true"))).warnings == ()
    (warning,) = load_scenario(write(text.format("false"))).warnings
    assert "while it runs people are 40 to below 80" in warning


# The vocabulary


def test_committed_schema_is_current() -> None:
    committed = (ROOT / "abm" / "scenario.schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == json.loads(json.dumps(json_schema()))


def section_keys(section: Section) -> Iterator[tuple[str, Section]]:
    for name, key in section.keys.items():
        yield name, section
        kind = key.kind
        if isinstance(kind, Policies):
            kind = kind.item
        if isinstance(kind, WordOr) and isinstance(kind.other, Section):
            kind = kind.other
        if isinstance(kind, Section):
            yield from section_keys(kind)


def test_end_is_said_to_stop_the_new_and_not_those_who_take_part() -> None:
    policies = SCENARIO.keys["policies"].kind
    assert isinstance(policies, Policies)
    readme = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    (row,) = (line for line in readme.splitlines() if line.startswith("| `end` "))
    for text in (policies.item.keys["end"].description, row):
        assert "nobody new starts or comes back" in text
        assert "go on along their curve" in text and "charged while something is delivered" in text


def test_readme_explains_every_key() -> None:
    text = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    names = [name for name, _ in section_keys(SCENARIO)]
    assert len(names) > 50
    assert [name for name in names if f"`{name}`" not in text] == []


def schema_allows(schema: dict[str, Any], value: Any) -> bool:
    """Judge by the few words of JSON Schema that the vocabulary uses."""
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
        "null": type(None),
    }
    if "anyOf" in schema and not any(schema_allows(each, value) for each in schema["anyOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    wanted = schema.get("type", [])
    names = [wanted] if isinstance(wanted, str) else wanted
    if names and not any(isinstance(value, kinds[name]) for name in names):
        return False
    if isinstance(value, bool) and names and "boolean" not in names:
        return False
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return (
            set(value) <= set(known)
            and all(schema_allows(known[key], item) for key, item in value.items())
            and set(schema.get("required", ())) <= set(value)
        )
    if isinstance(value, list) and "items" in schema:
        few = len(value) <= schema.get("maxItems", len(value))
        return few and all(schema_allows(schema["items"], item) for item in value)
    if isinstance(value, (int, float)):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return True


def plain(node: Any) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    return [plain(child) for child in node.value] if isinstance(node.value, list) else node.value


@pytest.mark.parametrize("name", BUNDLED)
def test_schema_allows_the_bundled_scenarios(name: str) -> None:
    text = (ROOT / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
    root, problems = parse(text, SimpleNamespace(shown=name))  # type: ignore[arg-type]
    assert not problems and schema_allows(json_schema(), plain(root))
    assert schema_allows(json_schema(), load_scenario(name).to_dict())


@pytest.mark.parametrize(
    "content",
    [
        {"yeers": 10},
        {"years": 0},
        {"years": "10"},
        {"population": {"sex": "man"}},
        {"policies": [{"start": 2026}]},
        {"policies": [{"name": "a", "reach": 30}]},
        {"policies": [{"name": "a", "reach": {"value": 0.3, "low": 0.2}}]},
        {"policies": [{"name": "a", "eligible": {"diseases": ["strok"]}}]},
        {"policies": [{"name": f"p{i}"} for i in range(33)]},
    ],
)
def test_schema_refuses_what_the_loader_refuses(write, content: dict[str, Any]) -> None:
    assert not schema_allows(json_schema(), content)
    problems_of(write(json.dumps(content)))


def test_reading_scenarios_loads_no_heavy_library() -> None:
    code = (
        "import sys; from abm.scenario.load import load_scenario; load_scenario('walking_groups');"
        "print(sorted({'numpy', 'pandas', 'numba', 'mesa', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# Nothing but a ScenarioError escapes


def load_or_refuse(path: Path, *overrides: str) -> None:
    try:
        load_scenario(path, overrides)
    except ScenarioError as error:
        assert all(problem and "\n" not in problem for problem in error.problems)
        assert error.problems


FRAGMENTS = """
name title extends years seed persons population policies parameters reach ages adds value low high
eligible adherence cost start end entrants diseases uk survey none null true no 0.3 -1 1e9 .nan .inf
2026 'a' "b" &a *a !!int !x << ? - : { } [ ] , | > % @ ` # \\ --- ... ~
"""
WORDS = st.sampled_from(FRAGMENTS.split()) | st.text(max_size=4)
SPACES = st.sampled_from(["", " ", "\n", "\n  ", ": ", "\n- ", "\n  - ", ", ", "\t"])
YAML_LIKE = st.lists(st.tuples(WORDS, SPACES), max_size=30).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                sorted({name for name, _ in section_keys(SCENARIO)} | {"value", "low"})
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=YAML_LIKE)
def test_fuzzed_text_ends_in_a_scenario_or_its_error(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "town.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    load_or_refuse(path)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(content=st.dictionaries(st.sampled_from(list(SCENARIO.keys)), VALUES, max_size=5))
def test_fuzzed_values_end_in_a_scenario_or_its_error(tmp_path_factory, content: Any) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "town.yaml"
    path.write_text(json.dumps(content).replace("NaN", ".nan").replace("Infinity", ".inf"))
    load_or_refuse(path)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(start=st.integers(0, 2000), length=st.integers(0, 40), patch=st.binary(max_size=12))
def test_damaged_scenario_ends_in_a_scenario_or_its_error(
    tmp_path_factory, start: int, length: int, patch: bytes
) -> None:
    whole = (ROOT / "scenarios" / "walking_groups.yaml").read_bytes()
    path = tmp_path_factory.mktemp("fuzz") / "town.yaml"
    path.write_bytes(whole[:start] + patch + whole[start + length :])
    load_or_refuse(path)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(key=YAML_LIKE | st.sampled_from(["years", "policies.walks.reach"]), value=YAML_LIKE)
def test_fuzzed_overrides_end_in_a_scenario_or_its_error(key: str, value: str) -> None:
    load_or_refuse(ROOT / "scenarios" / "walking_groups.yaml", f"{key}={value}")


def test_an_empty_start_is_the_start_of_the_run(tmp_path):
    path = tmp_path / "empty.yaml"
    path.write_text("extends: uk\nstart_year: 2030\npolicies:\n  - name: walks\n    start:\n")
    assert load_scenario(path).policies[0].start == 2030


# Costs: of how many people, and in which order of size


COSTS = "policies: [{name: walks, adds: {moderate: 90}, cost: {per_participant: 0, %s}}]\n%s"


@pytest.mark.parametrize("key", ["fixed_per_year", "budget_per_year", "capacity_per_year"])
def test_money_and_places_of_a_year_need_the_people_they_are_for(write, key) -> None:
    with pytest.raises(ScenarioError) as error:
        load_scenario(write(COSTS % (f"{key}: 5000", "")))
    assert f"policies.walks.cost.{key}" in str(error.value)
    assert "population.represents" in str(error.value)
    found = load_scenario(write(COSTS % (f"{key}: 5000", "population: {represents: 9000}")))
    assert getattr(found.policies[0].cost, key) == 5000
    assert load_scenario(write(COSTS % (f"{key}: 0", "population: {represents: 9}"))).persons


def test_nothing_fixed_needs_nobody(write) -> None:
    assert load_scenario(write(COSTS % ("fixed_per_year: 0", ""))).policies[0].cost is not None


@pytest.mark.parametrize(("fixed", "budget"), [(5000, 4999), (0.5, 0), (1e12, 1e11)])
def test_a_budget_covers_the_fixed_cost(write, fixed, budget) -> None:
    cost = f"fixed_per_year: {fixed}, budget_per_year: {budget}"
    with pytest.raises(ScenarioError, match="less than the fixed cost; must be"):
        load_scenario(write(COSTS % (cost, "population: {represents: 9000}")))
    cost = f"fixed_per_year: {fixed}, budget_per_year: {fixed}"
    assert load_scenario(write(COSTS % (cost, "population: {represents: 9000}")))


FIXED_TO_60 = "fixed_per_year: {value: 45, low: 30, high: 60}"
BUDGET_FROM_50 = "budget_per_year: {value: 60, low: 50, high: 70}"


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (f"{FIXED_TO_60}, {BUDGET_FROM_50}", "reaches down to 50, less than the fixed cost, which "
         "reaches up to 60; must be 60 or more"),
        (f"{FIXED_TO_60}, budget_per_year: 59", "is 59, less than the fixed cost, which reaches up "
         "to 60; must be 60 or more"),
        (f"fixed_per_year: 51, {BUDGET_FROM_50}", "reaches down to 50, less than the fixed cost; "
         "must be 51 or more"),
    ],
)  # fmt: skip
def test_a_budget_covers_the_fixed_cost_over_whole_intervals(write, cost, message) -> None:
    """Else some draws could not be delivered."""
    with pytest.raises(ScenarioError) as error:
        load_scenario(write(COSTS % (cost, "population: {represents: 9000}")))
    assert f"policies.walks.cost.budget_per_year: {message}" in str(error.value)
    assert load_scenario(
        write(COSTS % (f"fixed_per_year: 50, {BUDGET_FROM_50}", "population: {represents: 9000}"))
    ).intervals


def test_an_override_is_held_to_the_same(write) -> None:
    free = write(COSTS % ("per_participant: 5", ""))
    with pytest.raises(ScenarioError, match="population.represents"):
        load_scenario(free, ["policies.walks.cost.budget_per_year=1000"])


def test_costs_of_one_policy_only_are_warned_of(write) -> None:
    text = "policies: [{name: walks, adds: {moderate: 90}, cost: {per_participant: 5}},\n"
    found = load_scenario(write(text + " {name: runs, adds: {vigorous: 30}}]"))
    assert any("nothing says what 'runs' costs" in warning for warning in found.warnings)
    assert not any("left empty" in warning for warning in load_scenario(write(text + "]")).warnings)
    idle = write(COSTS % ("budget_per_year: 10", "population: {represents: 9000}"))
    assert any("limits nothing" in warning for warning in load_scenario(idle).warnings)


def test_a_cost_names_a_price_or_is_left_out(write) -> None:
    """Nothing is free by default; a price of 0 is a price."""
    text = "policies: [{name: walks, adds: {moderate: 90}, cost: {%s}}]\n"
    for none in ("currency: GBP", "delivery_months: 3"):
        with pytest.raises(ScenarioError, match="cost: names no price; must hold one of"):
            load_scenario(write(text % none))
    assert load_scenario(write(text % "per_participant: 0")).policies[0].cost is not None


def test_options_do_not_hide_where_a_name_comes_from(write) -> None:
    path = write("years: 1\n", "my town.yaml")
    with pytest.raises(ScenarioError, match=r"my town.yaml:1:1: name: is the text 'my town'"):
        load_scenario(path, options={"years": "2"})


@pytest.mark.parametrize("name", ["comparison", "Comparison", "COMPARISON"])
def test_the_name_of_the_folder_of_comparisons_is_reserved(write, name: str) -> None:
    told = "is the text .*, which is kept for the folder in which several scenarios stand"
    for made in (write(f"name: {name}\nyears: 1\n"), write("years: 1\n", f"{name}.yaml")):
        with pytest.raises(ScenarioError, match=f":1:[17]: name: {told}"):
            load_scenario(made)
    with pytest.raises(ScenarioError, match=f"--set: name: {told}"):
        load_scenario("uk", [f"name={name}"])
    assert load_scenario("uk", [f"name={name}s"]).name == f"{name}s"


# Old names


def test_an_old_name_is_refused_with_the_new_one(monkeypatch) -> None:
    monkeypatch.setattr("abm.evidence.renamed.RENAMED", {
        "adheres": (("adherence",), "the rest is as it was"),
        "economics.norm": (("economics.losses_add", "smoking.men"), "now two"),
    })  # fmt: skip
    found = problems_of("walking_groups", "policies.walks.adheres=1")
    assert found[0].endswith(
        "policies.walks.adheres: was renamed; must be adherence (the rest is as it was)"
    )
    two = "was renamed; must be one of economics.losses_add or smoking.men (now two)"
    for override in ("parameters.economics.norm=1", "economics.norm=1"):
        assert problems_of("walking_groups", override)[0].endswith(two)


def test_keys_and_evidence_may_share_a_first_word() -> None:
    words = ["economics.perspective=health_and_social_care", "economics.losses_add=1"]
    scenario = load_scenario("uk", words)
    assert scenario.economics.perspective == "health_and_social_care"
    assert scenario.parameters == {"economics.losses_add": 1.0}
    assert "did you mean 'economics.perspective'?" in problems_of("uk", "economics.perspectiv=1")[0]


def test_what_is_not_valued_stands_beside_the_money() -> None:
    for name in ("strength_for_over_65s", "active_travel", "free_leisure_centres"):
        assert load_scenario(name).not_valued
    assert load_scenario("walking_groups").not_valued is None
