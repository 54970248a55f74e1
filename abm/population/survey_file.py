"""The text of a survey file becomes rows of numbers, and every kind of fault one line.

The time taken grows with the size of the file and with nothing else.
"""

from __future__ import annotations

import csv
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from abm.scenario.hints import nearest
from abm.scenario.text import Place, Problem, ScenarioError, Source, printable

COLUMNS = ("age", "sex", "deprivation", "bmi", "smoker", "met_hours")
WEIGHT = "weight"
UNKNOWN = -1.0

MOST_BYTES = 100_000_000
MOST_ROWS = 1_000_000  # draws of a row are no finer than one in eight million
MOST_SHOWN = 60
MOST_PLACES = 4  # named of each kind of fault
# Bounds beyond which an entry can only be a slip or another unit; no claim about people.
SEX_WORDS = {"male": 0, "m": 0, "1": 0, "female": 1, "f": 1, "2": 1}
SMOKER_WORDS = {"no": 0, "0": 0, "yes": 1, "1": 1}
NOT_KNOWN = ("nan", "na", "n/a", "inf", "infinity", "null", "none")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")

Row = tuple[float, ...]


@dataclass(frozen=True)
class _Number:
    """A column of numbers: the bounds a value must keep, and what it means."""

    low: float
    high: float
    meaning: str
    whole: bool = False

    def value_of(self, text: str) -> float | None:
        """Return the number a cell holds, None if it is none or out of bounds."""
        if not _NUMBER.fullmatch(text):
            return None
        number = float(text)
        within = self.low <= number <= self.high  # first, as an endless number has no whole part
        return number if within and not (self.whole and number % 1.0) else None

    def allowed(self, text: str) -> str:
        """Say what a cell may hold."""
        kind = "a whole number" if self.whole else "a number"
        bounds = f"{kind} from {self.low:g} to {self.high:g} ({self.meaning})"
        comma = _DECIMAL_COMMA.fullmatch(text)
        return bounds + (" with a decimal point, not a comma" if comma else "")


@dataclass(frozen=True)
class _Words:
    """A column of words, each standing for a number."""

    words: Mapping[str, int]
    names: str

    def value_of(self, text: str) -> float | None:
        """Return the number a word stands for, None if it is not one of the words."""
        found = self.words.get(text.lower())
        return None if found is None else float(found)

    def allowed(self, text: str) -> str:
        """Say what a cell may hold."""
        long = [word for word in self.words if len(word) > 1]
        return self.names + nearest(text, long)


KINDS: Mapping[str, _Number | _Words] = {
    "age": _Number(20, 110, "years of age", whole=True),
    "sex": _Words(SEX_WORDS, "male, female, m, f, 1 (male) or 2 (female)"),
    "deprivation": _Number(1, 5, "1 the most deprived quintile", whole=True),
    "bmi": _Number(10, 100, "kg/m2"),
    "smoker": _Words(SMOKER_WORDS, "yes, no, 1 or 0"),
    "met_hours": _Number(
        0, 500, "reported marginal MET-hours per week; MET-minutes must be divided by 60"
    ),
    WEIGHT: _Number(0, 1e12, "survey weight"),
}


@dataclass
class _Fault:
    """A kind of fault: where it was met first and what is said of it, and where else."""

    first: Problem
    noun: str
    count: int = 0
    places: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return one line, however many there are."""
        if self.count == 1:
            return str(self.first)
        left = self.count - len(self.places)
        more = f" and {left:,} more" if left else ""
        named = f"{', '.join(self.places)}{more}"
        return f"{self.first}; {self.count:,} such {self.noun}s: {named}"


@dataclass
class Faults:
    """What is wrong with a survey file, by kind, in the order in which the kinds were met."""

    shown: str
    found: dict[tuple[str, str], _Fault] = field(default_factory=dict)

    def say(
        self, name: str, kind: str, noun: str, place: str, first: Callable[[], tuple[int, int, str]]
    ) -> None:
        """Note a fault; ``first`` gives line, column and message, asked for once of a kind."""
        fault = self.found.get((name, kind))
        if fault is None:
            line, column, message = first()
            where = Place(Source(self.shown), line, column)
            fault = self.found[name, kind] = _Fault(Problem(where, name, message), noun)
        fault.count += 1
        if len(fault.places) < MOST_PLACES:
            fault.places.append(place)

    def refuse(self, line: int, column: int, name: str, message: str) -> None:
        """Note a problem beyond which reading makes no sense, and stop."""
        self.say(name, message, "line", f"line {line}", lambda: (line, column, message))
        self.stop()

    def stop(self) -> None:
        """Raise with all problems found so far, if any."""
        if self.found:
            raise ScenarioError([str(fault) for fault in self.found.values()])


def read_rows(path: Path) -> tuple[list[Row], Faults]:
    """Return one tuple per row of a survey file: the columns of :data:`COLUMNS`, then the weight.

    Also where further faults are noted, which has none so far.

    Raises
    ------
    ScenarioError
        With a line per kind of fault: the first of it in full, then how many and where.
    """
    faults = Faults(_shown(path))
    rows = _Reader(faults).read(_text(path, faults))
    faults.stop()
    return rows, faults


@dataclass
class _Reader:
    """Read lines into rows and note what is wrong with them."""

    faults: Faults

    def read(self, text: str) -> list[Row]:
        """Return the rows; those with a fault are of no use, and noted."""
        lines = _lines(text)
        first, header = next(lines, (1, ""))
        if not header:
            self.faults.refuse(
                1, 1, "file", "is empty; must have a header such as age,sex,met_hours"
            )
        places = self._places(first, header)
        self.faults.stop()
        rows: list[Row] = []
        for number, line in lines:
            if len(rows) >= MOST_ROWS:
                self.faults.refuse(
                    number, 1, "file", f"has more than {MOST_ROWS:,} rows; must be at most that"
                )
            rows.append(self._row(number, line, places))
        if not rows:
            self.faults.refuse(
                first, 1, "file", "has a header but no rows; must have at least one respondent"
            )
        return rows

    def _places(self, number: int, header: str) -> list[tuple[str, int]]:
        """Return the name of each field and where in a row its value goes."""
        for separator, name in ((";", "semicolons"), ("\t", "tabs")):
            if separator in header and "," not in header:
                self.faults.refuse(
                    number, header.index(separator) + 1, "file",
                    f"is separated by {name}; must be separated by commas, with decimal points",
                )  # fmt: skip
        names = self._fields(number, header)
        seen: set[str] = set()
        for i, name in enumerate(names):
            self._check_name(number, header, i, name, seen)
            seen.add(name)
        if not self.faults.found and not seen & set(COLUMNS):
            self.faults.refuse(number, 1, "file", f"has none of the columns {', '.join(COLUMNS)}")
        order = [*COLUMNS, WEIGHT]
        return [(name, order.index(name) if name in KINDS else 0) for name in names]

    def _check_name(self, number: int, header: str, i: int, name: str, seen: set[str]) -> None:
        shown = printable(name[: MOST_SHOWN + 1], MOST_SHOWN)

        def message() -> tuple[int, int, str]:
            if name and name in seen:
                told = f"has '{shown}' twice; must be given once"
            else:
                found = f"unknown column '{shown}'" if name else "has a column without a name"
                told = f"{found}; allowed are {', '.join(KINDS)}{nearest(name, KINDS)}"
            return number, _column_of(header, i), told

        kind = "nameless" if not name else "twice" if name in seen else "unknown"
        if kind == "unknown" and name in KINDS:
            return
        place = f"'{shown}'" if name else f"number {i + 1}"
        self.faults.say("header", kind, "column", place, message)

    def _fields(self, number: int, line: str) -> list[str]:
        """Return the fields of a line without blanks around them; none if it cannot be split."""
        if '"' not in line:
            return [part.strip() for part in line.split(",")]
        try:
            return [part.strip() for part in next(csv.reader([line], strict=True))]
        except csv.Error as error:
            message = (
                f"has a field of more than {csv.field_size_limit():,} characters; must be shorter"
                if "field larger" in str(error)
                else "has quotation marks that do not match; must open and close within the line"
            )
            column = line.index('"') + 1
            place = f"line {number}"
            self.faults.say("file", message, "line", place, lambda: (number, column, message))
            return []

    def _row(self, number: int, line: str, places: list[tuple[str, int]]) -> Row:
        """Return the values of a row."""
        values = [UNKNOWN] * len(COLUMNS) + [1.0]
        found = self._fields(number, line)
        if len(found) != len(places):
            if found:
                message = f"has {len(found)} fields; must have {len(places)}, as many as the header"
                where = f"line {number}"
                self.faults.say("row", "length", "row", where, lambda: (number, 1, message))
            return tuple(values)
        for i, ((name, place), text) in enumerate(zip(places, found, strict=True)):
            if not text and name != WEIGHT:
                continue
            value = KINDS[name].value_of(text)
            if value is None:
                self._say_cell(number, line, i, name, text)
            else:
                values[place] = value
        return tuple(values)

    def _say_cell(self, number: int, line: str, i: int, name: str, text: str) -> None:
        kind = _kind_of_fault(KINDS[name], text)

        def first() -> tuple[int, int, str]:
            return number, _column_of(line, i), _about_cell(kind, name, text)

        self.faults.say(name, kind, "cell", f"line {number}", first)


def _kind_of_fault(kind: _Number | _Words, text: str) -> str:
    """Return what is wrong with a cell, as a kind."""
    if not text:
        return "empty"
    if text.lower().lstrip("+-") in NOT_KNOWN:
        return "not known"
    if isinstance(kind, _Number) and _NUMBER.fullmatch(text):
        return "number"
    return "comma" if _DECIMAL_COMMA.fullmatch(text) else "word"


def _about_cell(fault: str, name: str, text: str) -> str:
    """Say what is wrong with a cell and what it may hold."""
    shown = printable(text[: MOST_SHOWN + 1], MOST_SHOWN)
    found = {"empty": "is empty", "not known": f"is {shown}", "number": f"is {shown}"}
    leave = fault == "not known" and name != WEIGHT
    hint = "; leave the cell empty if it is unknown" if leave else ""
    allowed = KINDS[name].allowed(text)
    told = found.get(fault, f"is '{shown}'")
    return f"{told}; must be {allowed}{hint}"


def _shown(path: Path) -> str:
    """Return a path as short as it can be said from here."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return str(path)
    return str(path) if relative.startswith("..") else relative


def _text(path: Path, faults: Faults) -> str:
    """Return the text of a survey file, refusing what cannot be one before it is parsed."""
    must = "must be a survey file (CSV)"
    try:
        status = path.stat()
        # Opening a named pipe or a device could wait for ever, so the kind is checked first.
        if not stat.S_ISREG(status.st_mode):
            faults.refuse(1, 1, "file", f"is not a regular file; {must}")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        reason = getattr(error, "strerror", None) or error
        faults.refuse(1, 1, "file", f"cannot be read ({reason}); {must}")
    if len(content) > MOST_BYTES:
        size = max(status.st_size, len(content))
        faults.refuse(1, 1, "file", f"has {size:,} bytes; must be at most {MOST_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        faults.refuse(
            line, column, "file",
            f"is not UTF-8 (byte 0x{content[error.start]:02x}); must be text saved as UTF-8",
        )  # fmt: skip
        raise AssertionError from error  # refuse always raises


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, counted from 1."""
    # str.splitlines would also break at form feeds and other rarities inside a field.
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line.strip():
            yield number, line


def _column_of(line: str, field_number: int) -> int:
    """Return the character, counted from 1, at which a field of a line begins."""
    seen, quoted = 0, False
    for i, letter in enumerate(line):
        if seen == field_number:
            return i + 1
        quoted ^= letter == '"'
        seen += letter == "," and not quoted
    return len(line) + 1 if line else 1
