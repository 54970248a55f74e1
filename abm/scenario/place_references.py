"""The bibliography of a place: what of it could not be read, line by line."""

from __future__ import annotations

import re

from abm.scenario.place_tables import Faults
from abm.scenario.text import printable

BEGINNING = re.compile(r"@\w+\{([^\s,{}]+),")
FIELD = re.compile(r"[ \t]+\w+\s*=\s*(?:\{.*\}|\w+),?")
NO_ENTRY = re.compile(r"@(comment|preamble|string)\b", re.IGNORECASE)
MUST_BEGIN = "must begin with a line such as @article{smith2020,"
MUST_BE_FIELD = "must be one field such as `title = {A survey},`, indented and whole in its line"


def check_references(text: str, faults: Faults) -> None:
    """Note entries and fields of a ``references.bib`` that would be passed over, and keys twice."""
    first: dict[str, int] = {}
    open_since = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("@"):
            _closed(open_since, faults)
            open_since = 0 if NO_ENTRY.match(line) else number
            if open_since:
                _begun(line, number, first, faults)
        elif line.startswith("}"):
            open_since = 0
        elif open_since and line.strip() and not FIELD.fullmatch(line.rstrip()):
            told = f"is '{printable(line.strip(), 60)}'; {MUST_BE_FIELD}"
            faults.say(number, 1 + len(line) - len(line.lstrip()), "", told, "field")
    _closed(open_since, faults)


def _begun(line: str, number: int, first: dict[str, int], faults: Faults) -> None:
    match = BEGINNING.fullmatch(line.rstrip())
    if match is None:
        told = f"is '{printable(line.strip(), 60)}'; {MUST_BEGIN}"
        faults.say(number, 1, "", told, "beginning")
        return
    if match[1] in first:
        told = f"the key is given twice (first in line {first[match[1]]}); must be given once"
        faults.say(number, match.start(1) + 1, printable(match[1], 60), told, "twice")
    first.setdefault(match[1], number)


def _closed(open_since: int, faults: Faults) -> None:
    if open_since:
        told = "the entry has no end; must end with a line that begins with }"
        faults.say(open_since, 1, "", told, "no end")
