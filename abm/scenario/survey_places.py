"""Where the survey of a scenario lies: inside its folder, or where the command line says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from abm.scenario.check import Checker
from abm.scenario.layers import inside
from abm.scenario.microdata import GivenSurvey, code_of, microdata_of, with_file
from abm.scenario.text import Node, Place, Problem, Source

WHERE = "population.microdata"
OPTION = "--microdata"


def survey_layers(given: GivenSurvey | None) -> list[Node]:
    """Return the layer that puts a survey given beside the scenario over that of its file."""
    if given is None:
        return []
    place = Place(Source(OPTION))
    node = Node(given.name, place, written=given.name)
    for key in ("file", "microdata", "population"):
        node = Node({key: node}, place, key_places={key: place})
    return [node]


def resolve_microdata(
    checker: Checker,
    values: dict[str, Any],
    tree: Node,
    root: Path | None,
    given: GivenSurvey | None = None,
) -> None:
    """Put the survey of a scenario in the place of its keys, and check that there is such a file.

    ``root`` is the folder in whose tree it must lie; None allows any. ``given`` may lie anywhere,
    and takes the place of the file.
    """
    population = values["population"]
    if not population or not population["microdata"]:
        return
    found, node = population["microdata"], _node_of(tree)
    survey = found if isinstance(found, str) else _described(checker, found, node)
    if survey is None:
        return
    file = found if isinstance(found, str) else found["file"]
    folder = node.place.source.folder or root
    if isinstance(node.value, dict) and "file" in node.value:
        node = node.value["file"]
        folder = node.place.source.folder or root
    there = _given_file(given) if given else _survey_file(file, folder, root)
    if isinstance(there, str):
        checker.problems.append(Problem(node.place, WHERE, there))
        return
    population["microdata"] = with_file(survey, given or str(there))


def _node_of(tree: Node) -> Node:
    node = tree
    for key in ("population", "microdata"):
        assert isinstance(node.value, dict)
        node = node.value[key]
    return node


def _described(checker: Checker, values: dict[str, Any], node: Node) -> Any:
    """Return the survey that a mapping describes; None where its keys are at fault."""
    if values["file"] is None:  # noted
        return None
    columns, answers = values["columns"] or {}, values["dose"] or ()
    if answers and columns.get("met_hours"):
        message = "comes with columns.met_hours; must be one of both"
        checker.say(_child(node, "dose"), f"{WHERE}.dose", message)
    if answers and values["dose_unit"] != "met_hours":
        message = "comes with dose, whose questions say their METs; must be left out beside it"
        checker.say(_child(node, "dose_unit"), f"{WHERE}.dose_unit", message)
    if answers and not values["columns"]:
        message = "comes without columns; must name those of age, sex and the like beside it"
        checker.say(_child(node, "dose"), f"{WHERE}.dose", message)
    for i, answer in enumerate(answers):
        if answer and not (answer["hours"] or answer["minutes"]):
            message = "names no column of how long; must have minutes or hours"
            checker.say(_child(node, "dose"), f"{WHERE}.dose[{i}]", message)
    _used_twice(checker, columns, node)
    for column, meanings in (values["values"] or {}).items():
        _alike(checker, column, meanings or {}, node)
    if checker.problems:
        return None
    return microdata_of(values)


def _used_twice(checker: Checker, columns: Mapping[str, str | None], node: Node) -> None:
    """Note a column of the file that two of ours are to be read from."""
    first: dict[str, str] = {}
    for ours, name in columns.items():
        tidy = (name or "").strip().casefold()
        if tidy in first:
            message = f"names '{name}', as columns.{first[tidy]} does; must be another column"
            checker.say(_child(node, "columns", ours), f"{WHERE}.columns.{ours}", message)
        elif tidy:
            first[tidy] = ours


def _alike(checker: Checker, column: str, meanings: Mapping[str, Any], node: Node) -> None:
    """Note codes that are read as one and mean two things."""
    first: dict[float | str, str] = {}
    for code, meant in meanings.items():
        before = first.setdefault(code_of(code), code)
        if meanings[before] != meant:
            message = (
                f"is read as the code '{before}', which means something else; must be one of both "
                "(capitals, blanks and zeros after the point do not matter)"
            )
            path = f"{WHERE}.values.{column}.{code}"
            checker.say(_child(node, "values", column, code), path, message)


def _child(node: Node, *keys: str) -> Place:
    """Return where what a path of keys leads to stands, or as much of it as there is."""
    for key in keys:
        child = node.value.get(key) if isinstance(node.value, dict) else None
        node = child or node
    return node.place


def _given_file(given: GivenSurvey) -> Path | str:
    """Return the path of a survey given beside the scenario, or why it is none."""
    if given.path is None:
        return Path(given.name)
    path = Path(given.path)
    if not path.is_file():
        return f"'{given.name}' is not a file; must be a survey file (CSV or Parquet)"
    return path


def _survey_file(wanted: str, folder: Path | None, root: Path | None) -> Path | str:
    """Return the survey file that a path means, or why there is none."""
    found = Path(wanted).resolve() if root is None else inside(wanted, folder or root, (root,))
    if isinstance(found, str) and ("not relative" in found or "outside" in found):
        return f"{found}; a file that lies elsewhere is named on the command line: {OPTION} FILE"
    if isinstance(found, Path) and not found.is_file():
        return f"'{wanted}' is not a file; must be a survey file (CSV)"
    return found
