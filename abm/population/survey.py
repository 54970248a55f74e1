"""Survey microdata: real respondents instead of synthetic people.

A survey is a comma-separated file with a header. Every fault is found in one pass and told with
its place, like those of a scenario. What a row leaves empty is drawn from the population model.
"""

from __future__ import annotations

import csv
import math
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.scenario.check import nearest
from abm.scenario.parts import Scenario
from abm.scenario.text import Place, Problem, ScenarioError, Source, printable

Sample = tuple[NDArray[np.float32], NDArray[np.float32]]
COLUMNS = ("age", "sex", "deprivation", "bmi", "smoker", "met_hours")
WEIGHT = "weight"
UNKNOWN = -1.0
AGE, SEX = COLUMNS.index("age"), COLUMNS.index("sex")

MOST_BYTES = 100_000_000
MOST_ROWS = 1_000_000  # draws of a row are no finer than one in eight million
MOST_SHOWN = 20
# Bounds beyond which an entry can only be a slip or another unit; no claim about people.
SEX_WORDS = {"male": 0, "m": 0, "1": 0, "female": 1, "f": 1, "2": 1}
SMOKER_WORDS = {"no": 0, "0": 0, "yes": 1, "1": 1}
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Survey:
    """Respondents ready to be drawn.

    ``sample`` has shape (rows, 6) in the order of :data:`COLUMNS`, -1 where unknown;
    ``cumulative`` (rows,) holds cumulative weights, the last one 2 so that every draw finds a row.
    ``left_out`` counts rows outside the scenario's ages or sex, ``unweighted`` those of weight 0.
    """

    sample: NDArray[np.float32]
    cumulative: NDArray[np.float32]
    left_out: int = 0
    unweighted: int = 0

    @property
    def note(self) -> str | None:
        """Say how many rows are not used, and why; None if all are."""
        reasons = []
        if self.left_out:
            reasons.append(f"{self.left_out:,} outside the scenario's ages or sex")
        if self.unweighted:
            reasons.append(f"{self.unweighted:,} of weight 0")
        if not reasons:
            return None
        total = len(self.sample) + self.left_out + self.unweighted
        return f"survey: {' and '.join(reasons)} of {total:,} rows are left out"


def no_sample() -> Sample:
    """Return an empty sample: everybody is drawn from the population model."""
    return np.zeros((0, len(COLUMNS)), np.float32), np.zeros(0, np.float32)


def read_survey(path: str | Path, scenario: Scenario) -> Sample:
    """Read a survey file for a scenario; see :func:`load_survey`.

    Returns
    -------
        The respondents, shape (rows, 6) in the order of :data:`COLUMNS` with -1 where unknown, and
        their cumulative weights, shape (rows,), the last one 2.
    """
    survey = load_survey(path, scenario)
    return survey.sample, survey.cumulative


def load_survey(path: str | Path, scenario: Scenario) -> Survey:
    """Read a survey file and keep the rows within the scenario's ages and sex.

    Parameters
    ----------
    path
        A comma-separated file in UTF-8 with the columns ``age`` [years], ``sex`` (male, female),
        ``deprivation`` (1 most deprived to 5), ``bmi`` [kg/m2], ``smoker`` (yes, no), ``met_hours``
        (reported dose, marginal MET-hours per week) and ``weight``, any of them left out.
    scenario
        Its ``population.ages`` and ``population.sex`` say which rows are used.

    Raises
    ------
    ScenarioError
        With every problem of the file as ``file:line:column: name: what is wrong; what is allowed``
        (the first twenty, then their number).
    """
    reader = _Reader(_shown(Path(path)))
    rows = reader.read(_text(Path(path), reader))
    reader.stop_if_faulty()
    table = np.array(rows, np.float64).reshape(-1, len(COLUMNS) + 1)
    weight = table[:, -1]
    if not weight.sum() > 0.0:
        reader.refuse(1, 1, WEIGHT, "is 0 in every row; must be positive in at least one")
    wanted = _within(table, scenario)
    used = wanted & (weight > 0.0)
    if not used.any():
        low, high = scenario.population.ages
        reader.refuse(
            1, 1, "file",
            f"has no row of positive weight among ages {low} to {high - 1}, sex "
            f"{scenario.population.sex}; must have at least one (population.ages, population.sex)",
        )  # fmt: skip
    cumulative = np.cumsum(weight[used]) / weight[used].sum()
    cumulative[-1] = 2.0
    return Survey(
        np.ascontiguousarray(table[used, :-1], np.float32),
        cumulative.astype(np.float32),
        left_out=int((~wanted).sum()),
        unweighted=int((wanted & (weight == 0.0)).sum()),
    )


def _within(table: NDArray[np.float64], scenario: Scenario) -> NDArray[np.bool_]:
    """Return which rows belong to the scenario's population; the unknown may."""
    low, high = scenario.population.ages
    age, sex = table[:, AGE], table[:, SEX]
    wanted = (age == UNKNOWN) | ((age >= low) & (age < high))
    if scenario.population.sex != "both":
        wanted &= (sex == UNKNOWN) | (sex == SEX_WORDS[scenario.population.sex])
    return np.asarray(wanted, bool)


def _shown(path: Path) -> str:
    """Return a path as short as it can be said from here."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return str(path)
    return str(path) if relative.startswith("..") else relative


def _text(path: Path, reader: _Reader) -> str:
    """Return the text of a survey file, refusing what cannot be one before it is parsed."""
    must = "must be a survey file (CSV)"
    try:
        status = path.stat()
        # Opening a named pipe or a device could wait for ever, so the kind is checked first.
        if not stat.S_ISREG(status.st_mode):
            reader.refuse(1, 1, "file", f"is not a regular file; {must}")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        reason = getattr(error, "strerror", None) or error
        reader.refuse(1, 1, "file", f"cannot be read ({reason}); {must}")
    if len(content) > MOST_BYTES:
        size = max(status.st_size, len(content))
        reader.refuse(1, 1, "file", f"has {size:,} bytes; must be at most {MOST_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        reader.refuse(
            line, column, "file",
            f"is not UTF-8 (byte 0x{content[error.start]:02x}); must be text saved as UTF-8",
        )  # fmt: skip
        raise AssertionError from error  # refuse always raises


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
        if self.whole and number != math.floor(number):
            return None
        return number if self.low <= number <= self.high else None

    def allowed(self, text: str) -> str:
        """Say what a cell may hold."""
        kind = "a whole number" if self.whole else "a number"
        bounds = f"{kind} from {self.low:g} to {self.high:g} ({self.meaning})"
        comma = re.fullmatch(r"[-+]?\d+,\d+", text)
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
    "met_hours": _Number(0, 500, "reported marginal MET-hours per week"),
    WEIGHT: _Number(0, 1e12, "survey weight"),
}


@dataclass
class _Reader:
    """Read lines into rows and collect what is wrong with them."""

    shown: str
    problems: list[Problem] = field(default_factory=list)
    more: int = 0

    def say(self, line: int, column: int, name: str, message: str) -> None:
        """Note a problem; after the first twenty they are only counted."""
        if len(self.problems) >= MOST_SHOWN:
            self.more += 1
            return
        self.problems.append(Problem(Place(Source(self.shown), line, column), name, message))

    def refuse(self, line: int, column: int, name: str, message: str) -> None:
        """Note a problem beyond which reading makes no sense, and stop."""
        self.say(line, column, name, message)
        self.stop_if_faulty()

    def stop_if_faulty(self) -> None:
        """Raise with all problems found so far, if any."""
        if not self.problems:
            return
        told = [str(problem) for problem in self.problems]
        if self.more:
            told.append(f"{self.shown}: and {self.more:,} more problems like these")
        raise ScenarioError(told)

    def read(self, text: str) -> list[tuple[float, ...]]:
        """Return one tuple per row: the columns of :data:`COLUMNS`, then the weight."""
        lines = _lines(text)
        first, header = next(lines, (1, ""))
        if not header:
            self.refuse(1, 1, "file", "is empty; must have a header such as age,sex,met_hours")
        places = self._places(first, header)
        self.stop_if_faulty()
        rows: list[tuple[float, ...]] = []
        for number, line in lines:
            if len(rows) >= MOST_ROWS:
                self.refuse(
                    number, 1, "file", f"has more than {MOST_ROWS:,} rows; must be at most that"
                )
            rows.append(self._row(number, line, places))
        if not rows:
            self.refuse(
                first, 1, "file", "has a header but no rows; must have at least one respondent"
            )
        return rows

    def _places(self, number: int, header: str) -> list[tuple[str, int]]:
        """Return the name of each field and where in a row its value goes."""
        for separator, name in ((";", "semicolons"), ("\t", "tabs")):
            if separator in header and "," not in header:
                self.refuse(
                    number, header.index(separator) + 1, "file",
                    f"is separated by {name}; must be separated by commas, with decimal points",
                )  # fmt: skip
        names = self._fields(number, header)
        known: list[tuple[str, int]] = []
        for i, name in enumerate(names):
            self._check_name(number, header, i, name, names[:i])
            known.append((name, [*COLUMNS, WEIGHT].index(name) if name in KINDS else 0))
        if not self.problems and not set(names) & set(COLUMNS):
            self.say(number, 1, "file", f"has none of the columns {', '.join(COLUMNS)}")
        return known

    def _check_name(
        self, number: int, header: str, i: int, name: str, before: Iterable[str]
    ) -> None:
        column = _column_of(header, i)
        shown = printable(name, 60)
        if name in before:
            self.say(number, column, "header", f"has '{shown}' twice; must be given once")
        elif name not in KINDS:
            found = f"unknown column '{shown}'" if name else "has a column without a name"
            allowed = f"allowed are {', '.join(KINDS)}{nearest(name, KINDS)}"
            self.say(number, column, "header", f"{found}; {allowed}")

    def _fields(self, number: int, line: str) -> list[str]:
        """Return the fields of a line without blanks around them."""
        if '"' not in line:
            return [part.strip() for part in line.split(",")]
        try:
            return [part.strip() for part in next(csv.reader([line], strict=True))]
        except csv.Error:
            self.say(
                number, line.index('"') + 1, "file",
                "has quotation marks that do not match; must open and close within the line",
            )  # fmt: skip
            return []

    def _row(self, number: int, line: str, places: list[tuple[str, int]]) -> tuple[float, ...]:
        """Return the values of a row."""
        values = [UNKNOWN] * len(COLUMNS) + [1.0]
        found = self._fields(number, line)
        if len(found) != len(places):
            if found:
                self.say(
                    number, 1, "row",
                    f"has {len(found)} fields; must have {len(places)}, as many as the header",
                )  # fmt: skip
            return tuple(values)
        for i, ((name, place), text) in enumerate(zip(places, found, strict=True)):
            if not text and name != WEIGHT:
                continue
            value = KINDS[name].value_of(text)
            if value is None:
                self._say_cell(number, _column_of(line, i), name, text)
            else:
                values[place] = value
        return tuple(values)

    def _say_cell(self, number: int, column: int, name: str, text: str) -> None:
        kind = KINDS[name]
        is_number = isinstance(kind, _Number) and _NUMBER.fullmatch(text)
        if text.lower().lstrip("+-") in ("nan", "na", "n/a", "inf", "infinity", "null", "none"):
            found = f"is {printable(text, 60)}"
            hint = "" if name == WEIGHT else "; leave the cell empty if it is unknown"
        else:
            found = f"is {printable(text, 60)}" if is_number else f"is '{printable(text, 60)}'"
            hint = ""
        if not text:
            found = "is empty"
        self.say(number, column, name, f"{found}; must be {kind.allowed(text)}{hint}")


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
