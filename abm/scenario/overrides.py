"""Check the evidence entries a scenario overrides against the evidence itself.

Paths may be written nested or dotted; what an entry means is decided elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from abm.evidence.remainders import left_for, refused, set_by
from abm.evidence.renamed import old_names_below, renamed, renamed_elsewhere
from abm.limits import Number
from abm.scenario.check import Checker
from abm.scenario.node_words import described
from abm.scenario.text import Node, printable
from abm.scenario.written_numbers import plain_scalar


def check_overrides(
    checker: Checker, node: Node, entries: Mapping[str, Any], prefix: str = "parameters"
) -> dict[str, Any]:
    """Check overrides of evidence entries, nested or dotted, against the evidence.

    Parameters
    ----------
    entries
        The evidence by path; each entry has ``value``, ``minimum``, ``maximum`` and
        ``remainder_of``.
    prefix
        What stands before an evidence path in messages.

    Returns
    -------
        Values by evidence path: a number, or knots and numbers where the entry is a table. The
        intervals are noted as ``parameters.PATH``.
    """
    found: dict[str, Any] = {}
    if not isinstance(node.value, dict):
        message = f"is {described(node)}; must be a mapping from evidence paths to numbers"
        checker.say(node.place, prefix, message)
        return found
    _take_overrides(checker, node, "", entries, prefix, found)
    return found


def check_remainders(
    checker: Checker, found: Mapping[str, Any], entries: Mapping[str, Any]
) -> None:
    """Check what overrides leave for entries that are 1 less others, at both ends of intervals."""
    for entry in entries.values():
        given = [path for path in checker.overridden if path in entry.remainder_of]
        parts = {path: found.get(path, entries[path].value) for path in entry.remainder_of}
        if not given or None in parts.values():
            continue
        ranges = {path: checker.intervals.get(f"parameters.{path}") for path in parts}
        low = parts | {path: each.low for path, each in ranges.items() if each}
        high = parts | {path: each.high for path, each in ranges.items() if each}
        if told := refused(entry, left_for(entry, high), left_for(entry, low)):
            checker.say(*checker.overridden[given[-1]], told)


def _take_overrides(
    checker: Checker,
    node: Node,
    above: str,
    entries: Mapping[str, Any],
    prefix: str,
    found: dict[str, Any],
) -> None:
    assert isinstance(node.value, dict)
    for name, child in node.value.items():
        path = f"{above}.{name}" if above else name
        shown = f"{prefix}.{path}" if prefix else path
        place = node.key_places[name]
        if path in found:
            checker.say(place, shown, "is given twice (nested and dotted); must be given once")
        elif path in entries and (told := set_by(entries[path])):
            checker.say(place, shown, told)
        elif path in entries:
            found[path] = _override(checker, child, path, shown, entries[path])
            checker.overridden.pop(path, None)
            checker.overridden[path] = place, shown
        elif (gone := renamed(path, entries)) and not _leads_on(child, path, entries):
            checker.say(place, shown, gone)
        elif isinstance(child.value, dict) and old_names_below(path):
            _take_overrides(checker, child, path, entries, prefix, found)
        elif told := _of_old_names(path, entries):
            checker.say(place, shown, told)
        elif not any(entry.startswith(path + ".") for entry in entries):
            unknown = "unknown evidence path; must be an entry of the evidence "
            unknown += f"(the command `evidence` lists them){checker.suggest(path, entries)}"
            checker.say(place, shown, unknown)
        elif isinstance(child.value, dict):
            _take_overrides(checker, child, path, entries, prefix, found)
        else:
            below = [entry for entry in entries if entry.startswith(path + ".")]
            message = f"is {described(child)}; must be a mapping with entries such as {below[0]}"
            checker.say(child.place, shown, message)


def _leads_on(node: Node, path: str, entries: Mapping[str, Any]) -> bool:
    """Return whether a mapping goes on to entries below a path, and so is not its own interval."""
    below = node.value if isinstance(node.value, dict) else {}
    return any(each.startswith(f"{path}.{name}") for name in below for each in entries)


def _of_old_names(path: str, entries: Mapping[str, Any]) -> str:
    """Say of a path that is no entry that it is an old name, or a group of them; or nothing."""
    if any(entry.startswith(path + ".") for entry in entries):
        return ""
    told = [f"{each.removeprefix(path + '.')} {renamed(each, entries)}" for each in
            old_names_below(path)]  # fmt: skip
    return "; ".join(told) or renamed_elsewhere(path)


def _override(checker: Checker, node: Node, path: str, shown: str, entry: Any) -> Any:
    minimum = -math.inf if entry.minimum is None else entry.minimum
    maximum = math.inf if entry.maximum is None else entry.maximum
    kind = Number(minimum, maximum, getattr(entry, "unit", None) or "no unit", interval=True)
    if isinstance(entry.value, Mapping):
        return _table(checker, node, shown, kind, entry.value)
    if isinstance(node.value, dict):
        value = checker.interval(node, kind, shown)
        if shown in checker.intervals:
            checker.intervals[f"parameters.{path}"] = checker.intervals.pop(shown)
        return value
    checker.intervals.pop(f"parameters.{path}", None)
    return checker.number(node, kind, shown)


def _table(
    checker: Checker, node: Node, shown: str, kind: Number, knots: Mapping[Any, Any]
) -> dict[float, float] | None:
    """Check the override of a table over age: knots with numbers, or one number for all knots."""
    if not isinstance(node.value, dict):
        number = checker.number(node, kind, shown)
        return None if number is None else {float(knot): number for knot in knots}
    table: dict[float, float] = {}
    for name, child in node.value.items():
        knot = plain_scalar(name)
        usable = isinstance(knot, int | float) and not isinstance(knot, bool)
        if not usable or not 0 <= float(str(knot)) <= 120:
            message = f"'{printable(name, 60)}' is no knot; must be an age between 0 and 120"
            checker.say(node.key_places[name], shown, f"{message} with its number")
        elif float(str(knot)) in table:
            checker.say(node.key_places[name], shown, f"the knot {knot} is given twice")
        else:
            number = checker.number(child, kind, f"{shown}.{name}")
            table[float(str(knot))] = math.nan if number is None else number
    if not node.value:
        checker.say(node.place, shown, "is empty; must give at least one knot with its number")
    return dict(sorted(table.items()))
