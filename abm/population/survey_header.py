"""How a survey file is laid out: its lines, what separates the fields, which column is which."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from abm.limits import spaced
from abm.population.survey_faults import Faults
from abm.scenario.hints import nearest
from abm.scenario.text import printable

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LINES_LOOKED_AT = 40  # for a header below a title
LEAST_LIKENESS = 0.8  # of a column's name and ours, beyond which it looks like a slip
MOST_COMPARED = 200  # columns
MOST_SHOWN = 60
LONGEST_CELL = 20  # lines

Line = tuple[int, str]


class Unreadable(Exception):
    """A line that cannot be split into fields: what is wrong with it."""


@dataclass(frozen=True)
class Column:
    """A column that is read: where it stands in a row, how the file and how we call it."""

    index: int
    name: str
    ours: str


@dataclass(frozen=True)
class Layout:
    """How a file is laid out; ``ignored`` are the columns that are not read."""

    separator: str
    header: str
    fields: int
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines that are not blank, counted from 1."""
    # str.splitlines would also break at form feeds and other rarities inside a field.
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line.strip():
            yield number, line


def fields_of(line: str, separator: str) -> list[str]:
    """Return the fields of a line without blanks around them.

    Raises
    ------
    Unreadable
        If quotation marks do not match, or a field is too long.
    """
    if '"' not in line:
        return [part.strip() for part in line.split(separator)]
    try:
        return [part.strip() for part in next(csv.reader([line], strict=True, delimiter=separator))]
    except csv.Error as error:
        if "field larger" in str(error):
            most = f"more than {spaced(csv.field_size_limit())} characters"
            raise Unreadable(f"has a field of {most}; must be shorter") from None
        raise Unreadable(
            "has quotation marks that do not match; must open and close within the line"
        ) from None


def column_of(line: str, field_number: int, separator: str) -> int:
    """Return the character, counted from 1, at which a field of a line begins."""
    seen, quoted = 0, False
    for i, letter in enumerate(line):
        if seen == field_number:
            return i + 1
        quoted ^= letter == '"'
        seen += letter == separator and not quoted
    return len(line) + 1 if line else 1


def layout_of(
    lines: Sequence[Line], wanted: Mapping[str, str], own: bool, first: int, faults: Faults
) -> Layout:
    """Find the header of a file, and the columns wanted in it.

    Parameters
    ----------
    lines
        The first lines that are not blank.
    wanted
        Names of the columns that are read, by ours.
    own
        Whether these are our own names, some of which a file may leave out.
    first
        Number of the header's line.
    faults
        Where it is noted what is missing; stops if nothing can be read.
    """
    below = [line for line in lines if line[0] >= first]
    if not below:
        last = f"; the file has {lines[-1][0]} lines" if lines else ""
        told = "is empty; must have a header such as age,sex,met_hours"
        faults.refuse(1, 1, "file", f"has no line {first}{last}" if lines else told)
    number, header = below[0]
    separator, known = _separator_of(header, wanted, number, faults)
    if known == 0 or (own and _is_weight_alone(header, separator, wanted)):
        _refuse_header(below, wanted, own, faults)
    try:
        names = fields_of(header, separator)
    except Unreadable as error:
        faults.refuse(number, header.index('"') + 1, "file", str(error))
    columns = _columns(number, header, separator, names, wanted, own, faults)
    used = {column.index for column in columns}
    ignored = tuple(name for i, name in enumerate(names) if i not in used)
    return Layout(separator, header, len(names), tuple(columns), ignored)


def _separator_of(
    header: str, wanted: Mapping[str, str], number: int, faults: Faults
) -> tuple[str, int]:
    """Return what separates the fields of a header, and how many columns wanted it then has."""
    found = {each: _names_known(header, each, wanted) for each in SEPARATORS if each in header}
    if not found:
        return ",", _names_known(header, ",", wanted)
    most = max(found.values())
    best = [each for each, known in found.items() if known == most]
    if most and len(best) > 1:
        ways = " or ".join(SEPARATORS[each] for each in best)
        faults.refuse(
            number, 1, "header",
            f"can be separated by {ways}, and has as many columns that are wanted either way; "
            "must have names without these marks, or in quotation marks",
        )  # fmt: skip
    return max(best, key=header.count), most


def _names_known(line: str, separator: str, wanted: Mapping[str, str]) -> int:
    """Return how many columns wanted a line names."""
    try:
        names = {name.casefold() for name in fields_of(line, separator)}
    except Unreadable:
        return 0
    return len(names & {name.casefold() for name in wanted.values()})


def _is_weight_alone(header: str, separator: str, wanted: Mapping[str, str]) -> bool:
    others = {ours: name for ours, name in wanted.items() if ours != "weight"}
    return _names_known(header, separator, others) == 0


def _refuse_header(
    lines: Sequence[Line], wanted: Mapping[str, str], own: bool, faults: Faults
) -> None:
    """Say that a line names none of the columns, and which line below it does."""
    number, header = lines[0]
    names = [name for ours, name in wanted.items() if not (own and ours == "weight")]
    listed = ", ".join(printable(name, MOST_SHOWN) for name in dict.fromkeys(names))
    for below, line in lines[1:LINES_LOOKED_AT]:
        known = max(_names_known(line, each, wanted) for each in SEPARATORS)
        if known >= min(2, len(wanted)):
            faults.refuse(
                number, 1, "header",
                f"has none of the columns {listed}; line {below} looks like the header: must be "
                f"the first line, or named by header_line: {below} in population.microdata",
            )  # fmt: skip
    separator = max(SEPARATORS, key=header.count)
    try:
        there = fields_of(header, separator)[:MOST_COMPARED]
    except Unreadable:
        there = []
    first = printable((there or [""])[0], MOST_SHOWN)
    begins = f" in its header, which begins with '{first}'" if first else ""
    hint = next(filter(None, (nearest(name, there) for name in names)), "")
    faults.refuse(number, 1, "file", f"has none of the columns {listed}{begins}{hint}")


def _columns(
    number: int, header: str, separator: str, names: Sequence[str], wanted: Mapping[str, str],
    own: bool, faults: Faults,
) -> list[Column]:  # fmt: skip
    """Return the columns that are read; note those that are missing, twice there, or misspelt."""
    found = []
    for ours, name in wanted.items():
        places = _places_of(name, names)
        if len(places) > 1:
            at = column_of(header, places[1], separator)
            told = f"has '{printable(names[places[1]], MOST_SHOWN)}' twice; must be given once"
            faults.at(number, at, "header", told)
        elif places:
            found.append(Column(places[0], names[places[0]], ours))
        elif not own:
            near = nearest(name, names[:MOST_COMPARED])
            shown = printable(name, MOST_SHOWN)
            faults.at(number, 1, ours, f"names '{shown}', which is no column of the file{near}")
    if own:
        _note_slips(number, header, separator, names, wanted, found, faults)
    return found


def _places_of(name: str, names: Sequence[str]) -> list[int]:
    """Return where a column stands: by its name, else by its name in any letters."""
    exact = [i for i, each in enumerate(names) if each == name]
    tidy = name.strip().casefold()
    return exact or [i for i, each in enumerate(names) if each.casefold() == tidy]


def _note_slips(
    number: int, header: str, separator: str, names: Sequence[str], wanted: Mapping[str, str],
    found: Sequence[Column], faults: Faults,
) -> None:  # fmt: skip
    """Note columns that look like one of ours that is missing."""
    there = {name.casefold() for name in names}
    missing = {name for name in wanted.values() if name.casefold() not in there}
    used = {column.index for column in found}
    for i, name in enumerate(names[:MOST_COMPARED]):
        like = [ours for ours in missing if _alike(name, ours)]
        if i in used or not like:
            continue
        told = (
            f"unknown column '{printable(name, MOST_SHOWN)}'; allowed are {', '.join(wanted)}; "
            f"did you mean '{like[0]}'? (Another name that means it is given in "
            f"population.microdata, as columns: {{{like[0]}: ...}})"
        )
        faults.at(number, column_of(header, i, separator), "header", told)


def _alike(name: str, ours: str) -> bool:
    tidy = name[:100].strip().casefold().replace("-", "_").replace(" ", "_")
    return difflib.SequenceMatcher(None, tidy, ours).ratio() >= LEAST_LIKENESS
