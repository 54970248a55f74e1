"""The tables of a place (CSV), read cell by cell with line and column of each.

What one cell, one row and the header may hold is checked here; what only holds between rows and
tables in :mod:`abm.scenario.place_rates`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from abm.conditions import CONDITIONS
from abm.evidence.place import TABLES
from abm.scenario.hints import nearest
from abm.scenario.place_vocabulary import CONDITION_NAMES
from abm.scenario.text import Place, Problem, Source, printable
from abm.scenario.written_numbers import plain_scalar, readings

SEXES = ("male", "female")
SEX_WORDS = {"m": "male", "men": "male", "man": "male", "f": "female", "w": "female",
             "women": "female", "woman": "female"}  # fmt: skip
CAUSES = tuple(dict.fromkeys([*CONDITION_NAMES, *(n for c in CONDITIONS for n in c.made_of)]))
OLDEST_AGE = 120
WHOLE_YEARS = f"a whole number of years between 0 and {OLDEST_AGE}"
NAMES: Mapping[str, tuple[str, ...]] = {
    "sex": SEXES, "condition": CONDITION_NAMES, "cause": CAUSES,
}  # fmt: skip
MOST_ROWS = 10_000  # every cause by sex and single year of age has some 5 000
ALIKE_SHOWN = 3  # of faults of one kind in one table


@dataclass(frozen=True)
class Range:
    """What a number of a column may be: from ``least`` to ``most``, and which unit it has.

    ``above`` and ``below`` say that the ends themselves are not allowed.
    """

    least: float
    most: float
    unit: str
    above: bool = False
    below: bool = False

    def holds(self, number: float) -> bool:
        """Say whether a number is allowed."""
        low = number > self.least if self.above else number >= self.least
        return low and (number < self.most if self.below else number <= self.most)

    @property
    def words(self) -> str:
        """Describe the range."""
        low = f"above {self.least:g}" if self.above else f"of at least {self.least:g}"
        if math.isinf(self.most):
            return f"a number {low} ({self.unit})"
        high = f"{'below' if self.below else 'at most'} {self.most:g}"
        return f"a number {low} and {high} ({self.unit})"


# Among those of 110 about .9 die in a year; nothing that a place has comes near 3.
RANGES: Mapping[str, Range] = {
    "population": Range(0, math.inf, "people"),
    "deaths_per_person_year": Range(0, 3, "deaths per person and year", above=True),
    "incidence_per_person_year": Range(0, 1, "new cases per person alive and year", below=True),
    "prevalence_share": Range(0, 1, "a share of those alive", below=True),
    "excess_mortality_per_case_year": Range(0, 3, "deaths per case and year"),
    "share_of_deaths": Range(0, 1, "a share of all deaths"),
}


@dataclass
class Faults:
    """The faults of one table; of many alike the first few are told, and how many more."""

    table: str
    source: Source
    problems: list[Problem] = field(default_factory=list)
    _alike: dict[str, list[Problem]] = field(default_factory=dict)

    def say(self, line: int, column: int, where: str, message: str, kind: str) -> None:
        """Note a fault in a line and column; ``where`` names the column of the table."""
        path = f"{self.table}.{where}" if where else self.table
        problem = Problem(Place(self.source, line, column), path, message)
        self._alike.setdefault(kind, []).append(problem)

    def told(self) -> list[Problem]:
        """Return the faults in the order of lines."""
        found = []
        for alike in self._alike.values():
            shown, more = alike[:ALIKE_SHOWN], len(alike) - ALIKE_SHOWN
            if more > 0:
                last = shown[-1]
                lines = "line" if more == 1 else "lines"
                message = f"{last.message} (and the same in {more} more {lines})"
                shown[-1] = Problem(last.place, last.path, message)
            found += shown
        return sorted(found, key=lambda each: (each.place.line, each.place.column))


@dataclass(frozen=True)
class Row:
    """A line of a table: where it and its cells stand, and what they hold as far as it is sound."""

    line: int
    columns: Mapping[str, int]
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        """Return what a cell holds; None if that is no sound value."""
        return self.values.get(column)

    @property
    def of_whom(self) -> str:
        """Return the names of the row for a message: stroke, male, 60."""
        names = ("condition", "cause", "sex", "age")
        return ", ".join(str(self.values[name]) for name in names if self.values.get(name))


def read_rows(table: str, text: str, faults: Faults) -> list[Row]:
    """Return the rows of a table, noting faults of header, rows and cells."""
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        wanted = ",".join(TABLES[table])
        faults.say(1, 1, "", f"has no header; the first line must read {wanted}", "header")
        return []
    header = _header(table, lines[0], faults)
    if header is None:
        return []
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], start=2):
        if len(rows) == MOST_ROWS:
            faults.say(number, 1, "", f"has more than {MOST_ROWS:,} rows; must have fewer", "many")
            break
        if line.strip():
            rows.append(_row(number, cells_of(line), header, faults))
    if not rows:
        faults.say(1, 1, "", "has no rows; must have some below the header", "no rows")
    _repeated(rows, faults)
    return rows


def cells_of(line: str) -> list[tuple[int, str]]:
    """Return the cells of a line, each with the column in which it begins.

    Examples
    --------
    >>> cells_of('45, male,"0,3",45')
    [(1, '45'), (5, 'male'), (11, '0,3'), (16, '45')]
    """
    found, start = [], 1
    for text in line.split(",") if '"' not in line else _between_commas(line):
        cell, at = text.strip(), start + len(text) - len(text.lstrip())
        if len(cell) > 1 and cell[0] == cell[-1] == '"':
            cell, at = cell[1:-1].replace('""', '"').strip(), at + 1
        found.append((at, cell))
        start += len(text) + 1
    return found


def _between_commas(line: str) -> list[str]:
    """Split a line at the commas that do not stand between quotation marks."""
    # csv.reader would lose the columns, and let an open quotation mark swallow what follows.
    found, start, quoted = [], 0, False
    for i, letter in enumerate(line):
        quoted ^= letter == '"'
        if letter == "," and not quoted:
            found.append(line[start:i])
            start = i + 1
    return [*found, line[start:]]


def _header(table: str, line: str, faults: Faults) -> list[str] | None:
    """Return the names of the columns; None if too little of them is right to go on."""
    wanted = TABLES[table]
    names = [(at, name.strip()) for at, name in cells_of(line)]
    if told := no_commas(line, len(wanted)):
        faults.say(1, 1, "", told, "header")
        return None
    if line.startswith("#"):
        told = f"begins with a comment; the first line must be the header, {','.join(wanted)}"
        faults.say(1, 1, "", f"{told} (comments stand in place.yaml)", "header")
        return None
    given = [name for _, name in names]
    for at, name in names:
        if name not in wanted:
            told = f"unknown column '{printable(name, 60)}'; must be one of {', '.join(wanted)}"
            faults.say(1, at, "", f"{told}{nearest(name, wanted)}", f"column {name}")
        elif given.count(name) > 1 and names[given.index(name)][0] != at:
            faults.say(1, at, name, "is given twice; must be given once", f"twice {name}")
    missing = [name for name in wanted if name not in given]
    for name in missing:
        faults.say(1, 1, name, "the column is missing; must be given", f"missing {name}")
    return None if missing else given


def no_commas(header: str, columns: int) -> str:
    """Say that another mark than a comma stands between columns; nothing if none does."""
    for mark, word in ((";", "semicolons"), ("\t", "tabs")):
        if header.count(",") < columns - 1 <= header.count(mark):
            return f"has columns apart by {word}; must be commas, with a point in numbers"
    return ""


def other_number_of_cells(cells: int, header: int) -> str:
    """Say that a line has more or fewer cells than the header."""
    hint = "; a comma within a number?" if cells > header else ""
    return f"has {cells} cells; must have {header}, as the header has{hint}"


def _row(line: int, cells: list[tuple[int, str]], header: list[str], faults: Faults) -> Row:
    places = {name: at for name, (at, _) in zip(header, cells, strict=False)}
    values: dict[str, Any] = {}
    texts = [
        (at, text, name)
        for name, (at, text) in zip(header, cells, strict=False)
        if name == "age" or name in NAMES or name in RANGES
    ]
    if len(cells) != len(header):
        message = other_number_of_cells(len(cells), len(header))
        faults.say(line, cells[-1][0], "", message, "cells")
        # whose line it is, so that no age is said to be missing
        texts = [each for each in texts if each[2] not in RANGES]
        faults = Faults(faults.table, faults.source)
    for at, text, name in sorted(texts, key=lambda each: each[2] in RANGES):  # names first
        of_whom = Row(line, places, values).of_whom
        values[name] = _value(line, at, text, name, of_whom, faults)
    return Row(line, places, values)


def _value(line: int, at: int, text: str, name: str, of_whom: str, faults: Faults) -> Any:
    """Return what a cell holds: a name, an age or a number; None if it is none of these."""
    if not text:
        faults.say(line, at, name, f"is empty{_of(of_whom)}; must be given", f"empty {name}")
        return None
    if name in NAMES:
        if text in NAMES[name]:
            return text
        hint = nearest(text, NAMES[name])
        if name == "sex" and text.lower() in SEX_WORDS:
            hint = f"; did you mean '{SEX_WORDS[text.lower()]}'?"
        words = ", ".join(NAMES[name])
        message = f"unknown {name} '{printable(text, 60)}'; must be one of {words}{hint}"
        faults.say(line, at, name, message, f"name {name}")
        return None
    number = text if text[:2] in ("0x", "0o") else plain_scalar(text)
    if isinstance(number, bool) or not isinstance(number, int | float) or number != number:
        wanted = WHOLE_YEARS if name == "age" else f"a number{_meant(text, RANGES[name])}"
        message = f"is '{printable(text, 60)}'{_of(of_whom)}; must be {wanted}"
        faults.say(line, at, name, message, f"no number {name}")
        return None
    if name == "age":
        return _age(line, at, number, faults)
    return _number(line, at, float(number), name, of_whom, faults)


def _age(line: int, at: int, number: float, faults: Faults) -> int | None:
    if 0 <= number <= OLDEST_AGE and number == int(number):
        return int(number)
    message = f"is {number:g}; must be {WHOLE_YEARS}"
    faults.say(line, at, "age", message, "age")
    return None


def _number(
    line: int, at: int, number: float, name: str, of_whom: str, faults: Faults
) -> float | None:
    allowed = RANGES[name]
    if allowed.holds(number) and not math.isinf(number):
        return number
    hint = _hint(number, allowed)
    message = f"is {number:g}{_of(of_whom)}; must be {allowed.words}{hint}"
    faults.say(line, at, name, message, f"range {name}")
    return None


def _meant(text: str, allowed: Range) -> str:
    """Say which number a text with a decimal comma, or apart by thousands, may stand for."""
    meant = " or ".join(f"{each:.15g}" for each in readings(text) if allowed.holds(each))
    return f"; did you mean {meant}?" if meant else ""


def _hint(number: float, allowed: Range) -> str:
    """Say which other unit a number may be in, or what to give where nobody was counted."""
    if allowed.above and number == allowed.least == 0:
        return "; where nobody died at an age, give the rate of several years, or of ages about it"
    if number <= allowed.most or math.isinf(number):
        return ""
    if allowed.unit.startswith("a share") and number <= 100:
        return f"; did you mean {number / 100:g}, a share and no percentage?"
    if "per person" in allowed.unit or "per case" in allowed.unit:
        whom = "case" if "per case" in allowed.unit else "person"
        return f"; per {whom} and year, not per 100 000?"
    return ""


def _of(of_whom: str) -> str:
    return f" ({of_whom})" if of_whom else ""


def _repeated(rows: list[Row], faults: Faults) -> None:
    """Note rows of the same names and age as one before."""
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row[name] for name in ("condition", "cause", "sex", "age"))
        if row["sex"] is None or row["age"] is None:
            continue
        if key in seen:
            message = f"stands twice ({row.of_whom}, first in line {seen[key]}); must stand once"
            faults.say(row.line, row.columns["age"], "age", message, "repeated")
        seen.setdefault(key, row.line)


def of_names(rows: list[Row], name: str, words: tuple[str, ...]) -> Iterator[
    tuple[str, str, list[Row]]
]:  # fmt: skip
    """Yield the rows of each name and sex that have a sound age, in the order of the file."""
    for word in words:
        for sex in SEXES:
            own = [
                row
                for row in rows
                if row["sex"] == sex and row["age"] is not None and (not name or row[name] == word)
            ]
            yield word, sex, own


def columns_of(rows: Sequence[Row]) -> dict[str, tuple[Any, ...]]:
    """Return the columns of a table without faults, as :func:`abm.evidence.reader.read_table` does.

    What is used is what was checked: a second reader would take blanks, quotation marks and unusual
    numbers otherwise.
    """
    return {
        name: tuple(
            float(row[name]) if isinstance(row[name], int) else row[name] for row in rows
        )
        for name in rows[0].columns
    }
