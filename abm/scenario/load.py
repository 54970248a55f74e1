"""Scenario files become frozen, complete, validated scenarios.

This module puts a scenario together from its checked values. How its text is read stands in
:mod:`abm.scenario.text`, which keys there are in :mod:`abm.scenario.vocabulary`, how they are
checked in :mod:`abm.scenario.check`, how files extend one another in :mod:`abm.scenario.layers`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from abm.evidence.place import Place as PlaceOfPeople
from abm.evidence.place import bundled_place
from abm.limits import described
from abm.scenario.check import Checker, Interval, policy_path
from abm.scenario.currencies import PRICES, bundled_or_made, refuse_renamed_money
from abm.scenario.inherited import added_policies, source_inherited
from abm.scenario.layers import (
    Layers,
    gather,
    needs_evidence,
    override_layers,
)
from abm.scenario.merging import merged
from abm.scenario.microdata import GivenSurvey, given_survey
from abm.scenario.overrides import check_overrides, check_remainders
from abm.scenario.parts import (
    Adds,
    Adherence,
    ConstantDose,
    Cost,
    Eligibility,
    Policy,
    Population,
    Scenario,
    Valuation,
    evidence_entries,
    evidence_paths,
    frozen,
)
from abm.scenario.place_named import find_place, place_named
from abm.scenario.survey_places import resolve_microdata, survey_layers
from abm.scenario.text import Node, Place, ScenarioError, in_order
from abm.scenario.vocabulary import SCENARIO
from abm.scenario.warnings import warnings_about

__all__ = ["Scenario", "ScenarioError", "load_scenario"]

FOR_ALL = ("fixed_per_year", "budget_per_year", "capacity_per_year")


def load_scenario(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
    microdata: Any = None,
) -> Scenario:
    """Load a scenario file, or a bundled scenario by name, and check all of it.

    Parameters
    ----------
    name_or_path
        A path, or the name of a bundled scenario, which works from any folder.
    overrides
        "KEY=VALUE" texts; KEY is a scenario key such as ``policies.referral.reach``,
        ``population.entrants`` or ``years``, or an evidence path; VALUE is YAML.
    options
        Values of command-line options that stand for a scenario key, such as
        ``{"persons": "1e5"}``; messages about them say ``--persons``.
    microdata
        A survey in place of the scenario's file, read as ``population.microdata`` says: a path,
        which may lie anywhere, or a pandas DataFrame.

    Raises
    ------
    ScenarioError
        With every problem of the scenario, of the files it extends, and of the overrides.
    """
    given = _check_kinds(name_or_path, overrides, options, microdata)
    layers = gather(os.fspath(name_or_path))
    tree = merged(layers.trees)
    pairs = [("--set", text) for text in overrides]
    pairs += [(f"--{key}", f"{key}={text}") for key, text in (options or {}).items()]
    uses_evidence = _uses_evidence(layers, pairs)
    known = evidence_paths() if uses_evidence else {}
    settings, faults = override_layers(pairs, tree, known, layers.path.parent)
    settings += survey_layers(given)
    checker = Checker([*layers.problems, *faults])
    place = place_of_tree(merged([tree, *settings]), layers.path.parent)
    entries = evidence_entries(place) if uses_evidence else {}
    parameters = _parameters(checker, [*layers.trees, *settings], entries)
    values = _values(checker, merged([tree, *settings])) if layers.trees else {}
    if values:
        _complete(checker, values, merged([tree, *settings]), layers, given)
    if checker.problems:
        raise ScenarioError(list(dict.fromkeys(map(str, in_order(checker.problems)))))
    found = scenario_of(
        values, parameters, checker.intervals, str(layers.path), added_policies(layers.trees)
    )
    set_here = any(_node(tree, "source") for tree in settings)
    return found if set_here else replace(found, source_from=source_inherited(layers.trees))


def _check_kinds(scenario: Any, overrides: Any, options: Any, microdata: Any) -> GivenSurvey | None:
    """Refuse what is given from Python and is of no kind that can be read; return its survey."""
    problems, given = [], None
    if not isinstance(scenario, str | os.PathLike):
        message = f"is {described(scenario)}; must be a path, or the name of a bundled scenario"
        problems.append(f"scenario: {message}")
    if isinstance(overrides, str | bytes) or not isinstance(overrides, Sequence):
        wanted = "must be a list of texts such as ['years=10']"
        problems.append(f"overrides: is {described(overrides)}; {wanted}")
    else:
        problems += [
            f"overrides[{i}]: is {described(each)}; must be a text such as 'years=10'"
            for i, each in enumerate(overrides)
            if not isinstance(each, str)
        ]
    if options is not None and not isinstance(options, Mapping):
        wanted = "must be a mapping such as {'persons': '1e5'}"
        problems.append(f"options: is {described(options)}; {wanted}")
    if microdata is not None:
        try:
            given = given_survey(microdata)
        except ValueError as error:
            problems.append(f"microdata: {error}")
    if problems:
        raise ScenarioError(problems)
    return given


def _uses_evidence(layers: Layers, pairs: Sequence[tuple[str, str]]) -> bool:
    in_files = any(isinstance(t.value, dict) and "parameters" in t.value for t in layers.trees)
    keys = [text.partition("=")[0].strip() for _, text in pairs]
    return in_files or any(needs_evidence(key) or key.startswith("parameters") for key in keys)


def _parameters(
    checker: Checker, trees: Sequence[Node], entries: Mapping[str, Any]
) -> dict[str, Any]:
    """Check the overrides layer by layer, so that nested and dotted forms override each other."""
    found: dict[str, Any] = {}
    for tree in trees:
        node = tree.value.get("parameters") if isinstance(tree.value, dict) else None
        if node is not None:
            # An override from the command line is shown by the key the user wrote.
            prefix = "parameters" if node.place.line else ""
            found |= check_overrides(checker, node, entries, prefix)
    check_remainders(checker, found, entries)
    return found


def _values(checker: Checker, tree: Node) -> dict[str, Any]:
    assert isinstance(tree.value, dict)
    kept = {name: node for name, node in tree.value.items() if name != "parameters"}
    bare = Node(kept, tree.place, key_places=tree.key_places)
    return checker.check(bare, SCENARIO, "") or {}


def _complete(
    checker: Checker, values: dict[str, Any], tree: Node, layers: Layers, given: GivenSurvey | None
) -> None:
    """Fill in what depends on more than one key, and check what only holds between keys."""
    if values["name"] is None and _node(tree, "name") is None:
        # the file's own place, whatever options lie over it
        stem = Node(layers.path.stem, layers.trees[-1].place, written=layers.path.stem)
        values["name"] = checker.check(stem, SCENARIO.keys["name"].kind, "name")
    values["title"] = values["title"] or values["name"]
    resolve_place(checker, values, tree, layers.path.parent)
    resolve_currency(checker, values, tree)
    resolve_microdata(checker, values, tree, layers.path.parent, given)
    check_policies(checker, values, tree)


def check_policies(checker: Checker, values: dict[str, Any], tree: Node) -> None:
    """Check what only holds between the keys of a policy, of its scenario, and of the others."""
    node = _node(tree, "policies")
    if node is None or not isinstance(node.value, list):
        return
    currencies: dict[str, str] = {}
    for i, (policy, written) in enumerate(zip(values["policies"], node.value, strict=True)):
        if policy is None:
            continue
        path = policy_path(written, i)
        _check_dates(checker, policy, written, path, values["start_year"])
        _check_cost(checker, policy, written, path, values["population"])
        if policy["cost"] and policy["cost"]["currency"]:
            currencies.setdefault(policy["cost"]["currency"], policy["name"])
    if len(currencies) > 1:
        found = ", ".join(f"{currency} in {name}" for currency, name in currencies.items())
        checker.say(node.place, "policies", f"has costs in {found}; must be one currency")


def _node(tree: Node, name: str) -> Node | None:
    return tree.value.get(name) if isinstance(tree.value, dict) else None


def _check_dates(
    checker: Checker, policy: dict[str, Any], node: Node, path: str, first: int | None
) -> None:
    start, end = policy["start"], policy["end"]
    written = _node(node, "start")
    if start is None and first is not None and (written is None or written.value is None):
        start = policy["start"] = first
    if start is None or first is None:
        return
    if start < first:
        place = _place_of(node, "start")
        message = f"is {start}, before the run begins; must be {first} (start_year) or later"
        checker.say(place, f"{path}.start", message)
    if end is not None and end <= start:
        message = f"is {end}, not after the start in {start}; must be {start + 1} or later"
        checker.say(_place_of(node, "end"), f"{path}.end", f"{message}, or null for no end")


def _check_cost(
    checker: Checker,
    policy: dict[str, Any],
    node: Node,
    path: str,
    population: dict[str, Any] | None,
) -> None:
    """Check what money and places mean: of how many people, and in which order of size."""
    cost, section = policy["cost"], _node(node, "cost")
    if not cost or section is None:
        return
    if not any(_node(section, key) for key in PRICES):
        message = (
            f"names no price; must hold one of {', '.join(PRICES)} (0 for what is free), or be "
            "left out where the cost is not known"
        )
        checker.say(section.place, f"{path}.cost", message)
    for key in FOR_ALL:
        if cost[key] and population and population["represents"] is None:
            message = (
                f"is {cost[key]:g} for the people represented, and nothing says how many these "
                "are; must come with population.represents, such as population: "
                "{represents: 300000}"
            )
            checker.say(_place_of(section, key), f"{path}.cost.{key}", message)
    _check_budget(checker, cost, section, f"{path}.cost")


def _check_budget(checker: Checker, cost: dict[str, Any], section: Node, path: str) -> None:
    """Check that a budget pays for what is fixed, at any place of the intervals of both."""
    low, high = cost["budget_per_year"], cost["fixed_per_year"]
    if low is None or high is None:
        return
    budget = checker.intervals.get(f"{path}.budget_per_year")
    fixed = checker.intervals.get(f"{path}.fixed_per_year")
    low, high = budget.low if budget else low, fixed.high if fixed else high
    if high <= low:
        return
    lies = "reaches down to" if budget else "is"
    other = f"the fixed cost, which reaches up to {high:g}" if fixed else "the fixed cost"
    message = f"{lies} {low:g}, less than {other}; must be {high:g} or more"
    checker.say(_place_of(section, "budget_per_year"), f"{path}.budget_per_year", message)


def _place_of(node: Node, name: str) -> Place:
    child = _node(node, name)
    return child.place if child else node.place


def resolve_place(
    checker: Checker, values: dict[str, Any], tree: Node, root: Path | None
) -> None:
    """Turn a place into the name of a bundled one or the whole path of a folder, and check it.

    ``root`` is the folder in whose tree it must lie unless the command line names it; None allows
    any.
    """
    population = values["population"]
    if not population or not population["place"]:
        return
    node = _place_node(tree)
    if node is None:
        return
    found = find_place(population["place"], node, root)
    if isinstance(found, str):
        population["place"] = found
    else:
        checker.problems += found
        population["place"] = None


def resolve_currency(checker: Checker, values: dict[str, Any], tree: Node) -> None:
    """Give every cost its currency, and refuse one that is not the place's.

    A bundled scenario keeps its own elsewhere: it runs there without money, and a warning says so.
    """
    population, economics = values["population"], values["economics"]
    if not economics or not population or not population["place"]:
        return
    place = place_named(population["place"])
    node = _node(_node(tree, "economics") or tree, "currency")
    given = economics["currency"]
    if given not in (None, place.currency) and node and not bundled_or_made(node):
        message = (
            f"is {given}, and care at the place '{place.shown}' costs {place.currency}; must be "
            f"{place.currency}, or left out"
        )
        checker.say(node.place, "economics.currency", message)
    elif given or node is None:
        refuse_renamed_money(checker, values["policies"], tree)
    economics["currency"] = given or place.currency
    for policy in values["policies"]:
        if policy and policy["cost"] and policy["cost"]["currency"] is None:
            policy["cost"]["currency"] = economics["currency"]


def place_of_tree(tree: Node, root: Path | None) -> PlaceOfPeople:
    """Return the place that a scenario's tree names; the usual one if there is none such."""
    node = _place_node(tree)
    if node is None or not isinstance(node.value, str):
        return bundled_place()
    found = find_place(node.value, node, root)
    return place_named(found) if isinstance(found, str) else bundled_place()


def _place_node(tree: Node) -> Node | None:
    section = _node(tree, "population")
    return _node(section, "place") if section else None


def scenario_of(
    values: dict[str, Any],
    parameters: dict[str, Any],
    intervals: dict[str, Interval],
    path: str | None,
    added: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> Scenario:
    """Return the scenario that checked values make, with the warnings about it."""
    content = {key: value for key, value in values.items() if key != "extends"}
    population = dict(content["population"])
    if isinstance(population["activity"], dict):
        population["activity"] = ConstantDose(**population["activity"])
    content["description"] = content["description"].strip()
    content["not_valued"] = (content["not_valued"] or "").strip() or None
    content["population"] = Population(**population)
    content["economics"] = Valuation(**content["economics"])
    content["policies"] = tuple(_policy(policy) for policy in content["policies"])
    content["parameters"] = frozen(parameters)
    content["intervals"] = MappingProxyType(dict(intervals))
    scenario = Scenario(**content, path=path, added=added)
    return replace(scenario, warnings=tuple(warnings_about(scenario)))


def _policy(values: dict[str, Any]) -> Policy:
    adherence = values["adherence"]
    parts = {
        "eligible": Eligibility(**values["eligible"]),
        "adds": Adds(**values["adds"]),
        "adherence": Adherence(**adherence) if adherence else None,
        "cost": Cost(**values["cost"]) if values["cost"] is not None else None,
    }
    return Policy(**{**values, **parts})
