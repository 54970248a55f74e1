"""Reading a survey: its rows as numbers, or everything that is wrong with it in one pass.

A kind of fault is told once, with its place, its number and where else it stands, so that a file
with a wrong column gives a line and not thousands. No work grows faster than the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.evidence.place import Place
from abm.limits import spaced
from abm.places.country import population
from abm.population.survey_bands import Banded, ages_in, places_in
from abm.population.survey_cells import (
    ANSWERS,
    DECIMAL_COMMA,
    KINDS,
    OTHER_DOSES,
    UNKNOWN,
    Reading,
    codes_of,
)
from abm.population.survey_doses import PARTS, dose_of, factor_of
from abm.population.survey_faults import Faults
from abm.population.survey_header import (
    LINES_LOOKED_AT,
    LONGEST_CELL,
    Column,
    Layout,
    Line,
    Unreadable,
    column_of,
    fields_of,
    layout_of,
    lines_of,
)
from abm.population.survey_parquet import MOST_ROWS, Text
from abm.population.survey_text import (
    check_size,
    content_of,
    shown_path,
    text_of,
)
from abm.scenario.microdata import NUMBER, GivenSurvey, Microdata, code_of

COLUMNS = ("age", "sex", "deprivation", "bmi", "smoker", "met_hours")
WEIGHT = "weight"
ORDER = (*COLUMNS, WEIGHT)
DOSE = ORDER.index("met_hours")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Read:
    """What a survey file says.

    ``table`` has a row per respondent: :data:`COLUMNS`, -1 where nothing is known, then the weight;
    ``file`` is what it is called, ``sha256`` that of its content; ``ignored`` are its columns that
    are not read, ``remarks`` what is to be said of how it was read.
    """

    table: Table
    file: str
    sha256: str
    ignored: tuple[str, ...]
    remarks: tuple[str, ...]


def read_survey(survey: Microdata, parameters: Parameters) -> tuple[Read, Faults]:
    """Return what a survey says, and where further faults are noted, which has none so far.

    Raises
    ------
    ScenarioError
        With a line per kind of fault: the first of it in full, then how many and where.
    """
    content, faults = _opened(survey)
    wanted, own = _wanted(survey)
    text = text_of(content, {name.strip().casefold() for name in wanted.values()}, faults)
    lines = list(lines_of(text.text))
    first = survey.header_line
    head = list(islice((line for line in lines if line[0] >= first), LINES_LOOKED_AT))
    layout = layout_of(head or lines[-1:], wanted, own, first, faults)
    rows = [line for line in lines if line[0] > head[0][0]]
    if not rows:
        told = "has a header but no rows; must have at least one respondent"
        faults.refuse(head[0][0], 1, "file", told)
    decimal = survey.decimal or _decimal_of(rows, layout, text, faults)
    readings = _readings(survey, layout, parameters, decimal)
    reader = _Reader(faults, layout, survey, parameters.place, readings)
    table = reader.read(rows)
    faults.stop()
    remarks = tuple(filter(None, [text.note, reader.remark]))
    digest = hashlib.sha256(content).hexdigest()
    ignored = (*layout.ignored, *text.unread)
    return Read(table, Path(faults.shown).name, digest, ignored, remarks), faults


def _opened(survey: Microdata) -> tuple[bytes, Faults]:
    """Return the bytes of a survey and where its faults are noted."""
    file = survey.file
    if isinstance(file, GivenSurvey) and file.content is not None:
        faults = Faults(file.name)
        check_size(len(file.content), faults)
        return file.content, faults
    path = Path(str(file.path if isinstance(file, GivenSurvey) else file))
    faults = Faults(shown_path(path))
    return content_of(path, faults), faults


def _wanted(survey: Microdata) -> tuple[dict[str, str], bool]:
    """Return the names of the columns to read, by ours, and whether these are our own."""
    if not survey.columns and not survey.dose:
        return {name: name for name in ORDER}, True
    wanted = dict(survey.columns)
    for i, answer in enumerate(survey.dose):
        parts = {part: getattr(answer, part) for part in PARTS}
        wanted |= {f"dose[{i}].{part}": name for part, name in parts.items() if name}
    return wanted, False


def _readings(
    survey: Microdata, layout: Layout, parameters: Parameters, decimal: str
) -> dict[str, Reading]:
    """Return how the cells of each column are read."""
    everywhere = frozenset(map(code_of, survey.missing))
    found = {}
    for column in layout.columns:
        question, _, part = column.ours.rpartition(".")
        own = survey.dose[int(question[5:-1])].missing if question else ()
        missing = everywhere | frozenset(map(code_of, own))
        dose = column.ours == "met_hours"
        kind = ANSWERS[part] if part in ANSWERS else KINDS[column.ours]
        kind = OTHER_DOSES.get(survey.dose_unit, kind) if dose else kind
        factor = factor_of(survey.dose_unit, parameters) if dose else 1.0
        meanings = codes_of(survey.values.get(column.ours, {}), kind, factor)
        name = column.ours
        found[name] = Reading(name, kind, meanings, missing, decimal, factor)
    return found


def _decimal_of(rows: Sequence[Line], layout: Layout, text: Text, faults: Faults) -> str:
    """Return the mark before decimals that the numbers have: the first that can only be one."""
    if layout.separator == "," and '"' not in text.text:
        return "point"
    numeric = [each for each in layout.columns if each.ours.rpartition(".")[2] not in
               ("sex", "smoker", "does")]  # fmt: skip
    unsure: dict[str, tuple[Line, Column, str]] = {}
    for line in rows:
        try:
            found = fields_of(line[1], layout.separator)
        except Unreadable:
            continue
        for column in numeric:
            cell = found[column.index] if column.index < len(found) else ""
            mark = _mark_in(cell)
            if mark and not _THOUSANDS.fullmatch(cell):
                return mark
            if mark:
                unsure.setdefault(mark, (line, column, cell))
    if not unsure or (list(unsure) == ["point"] and layout.separator == ","):
        return "point"
    _refuse_marks(unsure, layout, faults)
    return "point"


def _mark_in(cell: str) -> str:
    """Return which mark a number has before its decimals, or seems to have; none if it has none."""
    if DECIMAL_COMMA.fullmatch(cell):
        return "comma"
    return "point" if "." in cell and NUMBER.fullmatch(cell) else ""


def _refuse_marks(
    unsure: dict[str, tuple[Line, Column, str]], layout: Layout, faults: Faults
) -> None:
    """Say in which two ways numbers can be read."""
    for mark, ((number, line), column, cell) in unsure.items():
        small, large = cell.replace(",", "."), re.sub("[.,]", "", cell)
        other = "comma" if mark == "point" else "point"
        told = (
            f"is {cell}, which is {float(small):g} with a decimal {mark}, or {large} with a {mark} "
            f"between thousands, and no number of the file shows which; must be said by decimal: "
            f"{mark} or decimal: {other} in population.microdata"
        )
        faults.at(number, column_of(line, column.index, layout.separator), column.ours, told)
    faults.stop()


@dataclass
class _Reader:
    """Read lines into rows and note what is wrong with them."""

    faults: Faults
    layout: Layout
    survey: Microdata
    place: Place
    readings: dict[str, Reading]
    banded: list[Banded] = field(default_factory=list)
    joined: int = 0

    def read(self, lines: Sequence[Line]) -> Table:
        """Return the rows; those with a fault are of no use, and noted."""
        plain = [(each, ORDER.index(each.ours)) for each in self.layout.columns
                 if each.ours in KINDS]  # fmt: skip
        asked = self._asked()
        rows: list[list[float]] = []
        for number, line, found in self._records(lines):
            if len(rows) >= MOST_ROWS:
                told = f"has more than {spaced(MOST_ROWS)} rows; must be at most that"
                self.faults.refuse(number, 1, "file", told)
            values = [UNKNOWN] * len(COLUMNS) + [1.0]
            for column, place in plain:
                self._take(values, len(rows), place, (number, line), column, found)
            if asked:
                values[DOSE] = self._dose(asked, (number, line), found)
            rows.append(values)
        return self._resolved(np.array(rows, np.float64).reshape(-1, len(ORDER)))

    @property
    def remark(self) -> str:
        """Say how many rows took more than a line, as an open quotation mark may swallow some."""
        many = f"{spaced(self.joined)} row" + ("s have" if self.joined > 1 else " has")
        return f"{many} a cell in quotation marks that goes over lines" if self.joined else ""

    def _records(self, lines: Sequence[Line]) -> Iterator[tuple[int, str, list[str]]]:
        """Yield the number, text and fields of each row of the right length."""
        i = 0
        while i < len(lines):
            number, line = lines[i]
            found, used = self._fields(lines, i)
            i, self.joined = i + used, self.joined + (used > 1)
            if found and len(found) != self.layout.fields:
                self._say_length(number, len(found))
            elif found:
                yield number, line, found

    def _say_length(self, number: int, fields: int) -> None:
        told = f"has {fields} fields; must have {self.layout.fields}, as many as the header"
        self.faults.say("row", "length", "row", f"line {number}", lambda: (number, 1, told))

    def _fields(self, lines: Sequence[Line], i: int) -> tuple[list[str], int]:
        """Return the fields of a row, and how many lines it takes: a quoted cell may have some."""
        separator = self.layout.separator
        number, line = lines[i]
        try:
            return fields_of(line, separator), 1
        except Unreadable as error:
            message = str(error)
        for more in range(2, LONGEST_CELL + 1 if message.startswith("has quotation") else 2):
            try:
                joined = "\n".join(each for _, each in lines[i : i + more])
                return fields_of(joined, separator), more
            except Unreadable:
                continue
        told = (number, line.index('"') + 1, message)
        self.faults.say("file", message, "line", f"line {number}", lambda: told)
        return [], 1

    def _take(
        self, values: list[float], row: int, place: int, line: Line, column: Column,
        found: Sequence[str],
    ) -> None:  # fmt: skip
        """Put what a cell says in its place."""
        cell = found[column.index]
        value, may = self.readings[column.ours].value_of(cell)
        if place == len(COLUMNS) and value is None and may:
            may, value = self._is_listed(cell), 0.0  # without a weight nobody is stood for
        if not may:
            self._say_cell(line, column, cell)
        elif isinstance(value, tuple):
            self.banded.append(Banded(row, place, *value))
        elif value is not None:
            values[place] = value

    def _is_listed(self, cell: str) -> bool:
        """Return whether the scenario says that a cell stands for nothing known."""
        return bool(cell) and code_of(cell) in self.readings[WEIGHT].missing

    def _asked(self) -> list[tuple[float, dict[str, Column]]]:
        """Return the METs and columns of each question that adds up to the dose."""
        by_name = {column.ours: column for column in self.layout.columns}
        return [
            (answer.mets, {part: by_name[f"dose[{i}].{part}"] for part in PARTS
                           if f"dose[{i}].{part}" in by_name})
            for i, answer in enumerate(self.survey.dose)
        ]  # fmt: skip

    def _dose(
        self, asked: Iterable[tuple[float, dict[str, Column]]], line: Line, found: Sequence[str]
    ) -> float:
        """Return the dose that a row's answers add up to."""
        answers = [
            (mets, {part: self._answer(line, column, found) for part, column in columns.items()})
            for mets, columns in asked
        ]
        dose = dose_of(answers)
        return UNKNOWN if dose is None else dose

    def _answer(self, line: Line, column: Column, found: Sequence[str]) -> float | None:
        value, may = self.readings[column.ours].value_of(found[column.index])
        if not may:
            self._say_cell(line, column, found[column.index])
        return value if isinstance(value, float) else None

    def _say_cell(self, line: Line, column: Column, cell: str) -> None:
        reading, (number, text) = self.readings[column.ours], line

        def first() -> tuple[int, int, str]:
            place = column_of(text, column.index, self.layout.separator)
            return number, place, reading.told(cell)

        kind = reading.fault_of(cell)
        self.faults.say(column.ours, kind, "cell", f"line {number}", first)

    def _resolved(self, table: Table) -> Table:
        """Return the table with a number in the place of each band."""
        for place in {each.column for each in self.banded}:
            bands = [each for each in self.banded if each.column == place]
            rows = [each.row for each in bands]
            by_age = place == ORDER.index("age")
            sexes = table[rows, ORDER.index("sex")]
            people = population(self.place)
            table[rows, place] = ages_in(bands, sexes, people) if by_age else places_in(bands)
        return table
