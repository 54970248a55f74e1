"""A scenario made or changed in Python is held against the rules of scenario files.

Its parts are written as the tree of a file and checked as that of a file is, so that there is one
set of limits, and one set of rules for what only holds between keys.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from abm.limits import as_number, described
from abm.scenario.check import INTERVAL_KEYS, Checker
from abm.scenario.layers import note_repeated_policies
from abm.scenario.load import (
    check_policies,
    place_of_tree,
    resolve_currency,
    resolve_place,
    scenario_of,
)
from abm.scenario.microdata import GivenSurvey, Microdata, as_written
from abm.scenario.overrides import check_overrides, check_remainders
from abm.scenario.parts import Scenario, evidence_entries
from abm.scenario.survey_places import resolve_microdata
from abm.scenario.text import Node, Place, ScenarioError, Source, printable
from abm.scenario.vocabulary import SCENARIO

OF_NO_FILE = ("intervals", "path", "warnings", "added", "source_from")


def checked(scenario: Scenario) -> Scenario:
    """Return a scenario as a file of the same content would give it, with warnings made anew.

    One that was loaded and not changed comes back equal. Whole numbers among shares, lists in
    place of tuples and numbers of NumPy come back as a file gives them.

    Raises
    ------
    ScenarioError
        With a line for each problem, such as ``policies.walks.uptake: is -1; must be ...``.
    """
    checker = Checker()
    path = _path(checker, scenario.path)
    root = None if path is None else Path(path).parent
    tree = _tree(scenario, Place(Source("", root)))
    _relative_survey(checker, tree, path)
    note_repeated_policies(checker.problems, tree)
    parameters = _parameters(checker, tree)
    values = checker.check(tree, SCENARIO, "")
    _require_name(checker, values, scenario)
    resolve_place(checker, values, tree, None)
    resolve_currency(checker, values, tree)
    resolve_microdata(checker, values, tree, root, _given(scenario))
    check_policies(checker, values, tree)
    _noted_by_loading(checker, scenario)
    if checker.problems:
        told = [f"{printable(each.path)}: {each.message}" for each in checker.problems]
        raise ScenarioError(told)
    found = scenario_of(values, parameters, checker.intervals, path, scenario.added)
    return replace(found, source_from=scenario.source_from)


def _noted_by_loading(checker: Checker, scenario: Scenario) -> None:
    """Refuse what loading a file never notes: of added policies, and of whose the sources are."""
    added, place = scenario.added, Place(Source(""))
    pairs = isinstance(added, tuple) and all(
        isinstance(each, tuple)
        and len(each) == 2
        and isinstance(each[0], str)
        and isinstance(each[1], tuple)
        and all(isinstance(name, str) for name in each[1])
        for each in added
    )
    if not pairs:
        checker.say(place, "added", f"is {described(added)}; must be as a file gives it, or ()")
    if not isinstance(scenario.source_from, str | None):
        message = f"is {described(scenario.source_from)}; must be a scenario's name, or None"
        checker.say(place, "source_from", message)


def _path(checker: Checker, path: Any) -> str | None:
    """Return the path of the scenario's file, None if it is of no file."""
    if path is None:
        return None
    if isinstance(path, str | os.PathLike):
        return os.fsdecode(path)
    message = f"is {described(path)}; must be the path of the scenario's file, or None"
    checker.say(Place(Source("")), "path", message)
    return None


def _parameters(checker: Checker, tree: Node) -> dict[str, Any]:
    """Take the overrides of evidence entries out of a tree, and check them."""
    assert isinstance(tree.value, dict)
    overrides = tree.value.pop("parameters")
    del tree.key_places["parameters"]
    some = isinstance(overrides.value, dict) and overrides.value
    entries = evidence_entries(place_of_tree(tree, None)) if some else {}
    found = check_overrides(checker, overrides, entries)
    check_remainders(checker, found, entries)
    return found


def _require_name(checker: Checker, values: dict[str, Any], scenario: Scenario) -> None:
    if scenario.name is None:
        checker.check(Node(None, Place(Source(""))), SCENARIO.keys["name"].kind, "name")
    values["title"] = values["title"] or values["name"]


def _tree(scenario: Scenario, place: Place) -> Node:
    """Return the nodes of a file that would hold a scenario."""
    content = {
        entry.name: getattr(scenario, entry.name)
        for entry in fields(scenario)
        if entry.name not in OF_NO_FILE
    }
    content["population"] = _with_survey_in_words(content["population"])
    for key in ("description", "source"):  # empty where a file leaves them out
        if isinstance(content[key], str | tuple) and not content[key]:
            del content[key]
    tree = _node(content, place)
    for path, interval in scenario.intervals.items():
        parts = {part: getattr(interval, part) for part in INTERVAL_KEYS}
        _put(tree, path, _node(parts, place))
    return tree


def _node(value: Any, place: Place) -> Node:
    """Return what a file would hold for a value; what no file can hold keeps its own kind."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {entry.name: getattr(value, entry.name) for entry in fields(value)}
    if isinstance(value, Mapping):
        children = {str(key): _node(each, place) for key, each in value.items()}
        return Node(children, place, key_places=dict.fromkeys(children, place))
    if isinstance(value, list | tuple):
        return Node([_node(each, place) for each in value], place)
    if value is None or isinstance(value, str | bool):
        return Node(value, place, written="" if value is None else str(value))
    if isinstance(value, np.bool_):
        return Node(bool(value), place, written=str(value))
    if isinstance(value, os.PathLike):
        return Node(os.fsdecode(value), place, written=os.fsdecode(value))
    number: Any = as_number(value)
    return Node(value if number is None else number, place, written=described(value))


def _relative_survey(checker: Checker, tree: Node, path: str | None) -> None:
    """Write the path of a survey as a file does, relative to the scenario's folder."""
    survey = _file_node(tree)
    if path is None or survey is None or not isinstance(survey.value, str):
        return
    given, root = Path(survey.value), Path(path).parent
    if given.is_relative_to(root):
        survey.value = survey.written = given.relative_to(root).as_posix()
    elif given.is_absolute():
        message = (
            f"'{printable(survey.value)}' lies outside the folder of the scenario's file, {root}; "
            "must lie in it, be given to load_scenario as microdata, or the scenario must be of no "
            "file, as replace(scenario, path=None)"
        )
        checker.say(survey.place, "population.microdata", message)
        _population(tree)["microdata"].value = None


def _population(tree: Node) -> dict[str, Node]:
    assert isinstance(tree.value, dict)
    found = tree.value["population"].value
    return found if isinstance(found, dict) else {}


def _file_node(tree: Node) -> Node | None:
    """Return the node of the survey's file."""
    survey = _population(tree).get("microdata")
    if survey is not None and isinstance(survey.value, dict):
        return survey.value.get("file")
    return survey


def _given(scenario: Scenario) -> GivenSurvey | None:
    """Return the survey that was given beside a scenario, if there is one."""
    survey = getattr(scenario.population, "microdata", None)
    file = survey.file if isinstance(survey, Microdata) else None
    return file if isinstance(file, GivenSurvey) else None


def _with_survey_in_words(population: Any) -> Any:
    """Return a population whose survey stands as a scenario file has it."""
    survey = getattr(population, "microdata", None)
    if not isinstance(survey, Microdata):
        return population
    name = survey.file.name if isinstance(survey.file, GivenSurvey) else survey.file
    return replace(population, microdata=as_written(survey, name))


def _put(tree: Node, path: str, interval: Node) -> None:
    """Put an interval in the place of its central value."""
    root: Any = tree.value
    first, _, rest = path.partition(".")
    if first == "parameters":
        root["parameters"].value[rest] = interval
        return
    name, *keys = rest.split(".")
    policies = [policy.value for policy in root["policies"].value]
    target = next(policy for policy in policies if policy["name"].value == name)
    for key in keys[:-1]:
        target = target[key].value
    target[keys[-1]] = interval
