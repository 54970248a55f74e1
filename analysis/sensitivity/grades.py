"""How well each input of a study is known: its grade in the evidence, or in the scenario's words.

In scenario files the comment beside a number names its source and grade. Of several grades in it
the weakest counts, and a number without any is taken as assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from abm.evidence.entries import GRADES, load_evidence
from abm.scenario.check import INTERVAL_KEYS, policy_path
from abm.scenario.layers import gather
from abm.scenario.merging import merged
from abm.scenario.parts import Scenario
from abm.scenario.text import Node, Place

UNKNOWN = "assumed"
_COMMENT = re.compile(r"(?:^|\s)#(.*)$")
_GRADE = re.compile(rf"\b({'|'.join(GRADES)})\b", re.IGNORECASE)


def grades_of(scenario: Scenario, inputs: Iterable[str]) -> dict[str, str]:
    """Return the grade of each input, by name.

    Parameters
    ----------
    scenario
        The scenario under study; its file is read again for the comments beside its numbers.
    inputs
        Names as in :func:`analysis.sensitivity.scenario_study.inputs_of`.

    Returns
    -------
        For an entry of the evidence the weakest grade of itself and of what is drawn with it; for
        a number of the scenario what its file says, "assumed" where it says nothing or where the
        interval was given elsewhere.

    Raises
    ------
    ScenarioError
        If the scenario's file cannot be read any more.
    """
    of_evidence, of_file = _of_evidence(scenario), _of_file(scenario)
    return {name: of_evidence.get(name) or of_file.get(name, UNKNOWN) for name in inputs}


def weakest_grade(grades: Iterable[str]) -> str:
    """Return the grade that says least."""
    return max(grades, key=GRADES.index)


def _of_evidence(scenario: Scenario) -> dict[str, str]:
    grades: dict[str, str] = {}
    for entry in load_evidence(scenario.place).entries.values():
        path = entry.drawn_with or entry.path
        grades[path] = weakest_grade([entry.grade, grades.get(path, entry.grade)])
    return grades


def _of_file(scenario: Scenario) -> dict[str, str]:
    """Return the grades named beside the intervals that still stand as the file gives them."""
    if scenario.path is None:
        return {}
    lines_of: dict[Path, list[str]] = {}
    grades = {}
    for path, node, key in _intervals(merged(gather(scenario.path).trees), ""):
        if _stands(scenario, path, node):
            named = _GRADE.findall(_comments(node, key, lines_of))
            grades[path] = weakest_grade(word.lower() for word in named) if named else UNKNOWN
    return grades


def _intervals(node: Node, path: str) -> Iterator[tuple[str, Node, Place]]:
    """Yield every {value, low, high} below a node, with its path and the place of its key."""
    if isinstance(node.value, list):
        for number, item in enumerate(node.value):
            yield from _intervals(item, policy_path(item, number))
    elif isinstance(node.value, dict):
        for key, child in node.value.items():
            below = f"{path}.{key}" if path else key
            if isinstance(child.value, dict) and set(child.value) == set(INTERVAL_KEYS):
                yield below, child, node.key_places[key]
            else:
                yield from _intervals(child, below)


def _stands(scenario: Scenario, path: str, node: Node) -> bool:
    """Say whether the scenario has an interval as its file gives it, not from an override."""
    found = scenario.intervals.get(path)
    assert isinstance(node.value, dict)
    written = [node.value[key].value for key in INTERVAL_KEYS]
    return found is not None and written == [found.value, found.low, found.high]


def _comments(node: Node, key: Place, lines_of: dict[Path, list[str]]) -> str:
    """Return the comments on the lines of an interval."""
    assert isinstance(node.value, dict)
    file = Path(key.source.shown)
    if file not in lines_of:
        lines_of[file] = file.read_text(encoding="utf-8-sig").splitlines()
    numbers = {key.line, *(part.place.line for part in node.value.values())}
    found = (_COMMENT.search(lines_of[file][number - 1]) for number in sorted(numbers))
    return " ".join(comment[1] for comment in found if comment)
