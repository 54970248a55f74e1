"""What a town counted, or a programme's monitoring: the table of targets of ``place fit``.

Two headers are known. A town's: ``measure,condition,sex,age_from,age_to,events,person_years``, a
row for each count. A programme's: ``policy,year,offered,started,taking_part``, a row for each
policy and year; ``taking_part`` is years of taking part in that year.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from abm.conditions import CONDITIONS
from abm.scenario.hints import nearest
from abm.scenario.place_tables import Faults
from abm.scenario.text import MOST_BYTES, Problem, Source, printable
from abm.scenario.written_numbers import plain_scalar

TOWN = ("measure", "condition", "sex", "age_from", "age_to", "events", "person_years")
PROGRAMME = ("policy", "year", "offered", "started", "taking_part")
COUNTED = PROGRAMME[2:]
DEATHS, NEW_CASES = "deaths", "new_cases"
SEXES = ("male", "female")
PUBLISHED = {each.published_as: each.name for each in CONDITIONS if each.published_as}
FIRST, LAST, WIDTH = 20, 90, 10  # ages of the bands by which cases are simulated


@dataclass(frozen=True)
class TownTarget:
    """Deaths or new cases of one sex from ``age_from`` to below ``age_to``, and person-years."""

    measure: str
    condition: str
    sex: str
    age_from: int
    age_to: int
    events: float
    person_years: float

    @property
    def scale(self) -> tuple[str, str, str]:
        """Return which scale it tells of."""
        return self.measure, self.condition, self.sex


@dataclass(frozen=True)
class ProgrammeTarget:
    """What one policy counted in one year, in the order of :data:`COUNTED`."""

    policy: str
    year: int
    counted: tuple[float, ...]


Targets = tuple[TownTarget, ...] | tuple[ProgrammeTarget, ...]


@dataclass
class _Line:
    """The cells of one line, asked for one by one; what is wrong is noted."""

    number: int
    columns: dict[str, int]
    cells: dict[str, str]
    faults: Faults

    def say(self, column: str, message: str) -> None:
        self.faults.say(self.number, self.columns[column], column, message, f"{column} {message}")

    def word(self, column: str, known: Sequence[str]) -> str:
        text = self.cells[column]
        if text not in known:
            hint = nearest(text, known)
            listed = ", ".join(word or "nothing" for word in known)
            self.say(column, f"is '{printable(text, 60)}'; must be one of {listed}{hint}")
        return text

    def number_in(self, column: str, least: float, above: bool = False) -> float:
        found = plain_scalar(self.cells[column])
        sound = isinstance(found, int | float) and not isinstance(found, bool)
        if sound and math.isfinite(found) and (found > least if above else found >= least):  # type: ignore[arg-type, operator]
            return float(found)  # type: ignore[arg-type]
        wanted = f"a number {'above' if above else 'of at least'} {least:g}"
        self.say(column, f"is '{printable(self.cells[column], 60)}'; must be {wanted}")
        return math.nan


def read_targets(path: Path) -> Targets | list[Problem]:
    """Return the targets of a file, or all that is wrong with it."""
    source = Source(str(path))
    faults = Faults("targets", source)
    lines = _lines(path, faults)
    header = [name.strip() for name in lines[0].split(",")] if lines else []
    if sorted(header) == sorted(TOWN):
        found = _rows(lines, header, faults, _town)
    elif sorted(header) == sorted(PROGRAMME):
        found = _rows(lines, header, faults, _programme)
    else:
        found = []
        if lines:
            told = f"must read {','.join(TOWN)} (a town) or {','.join(PROGRAMME)} (a programme)"
            faults.say(1, 1, "", f"the header is '{printable(lines[0], 200)}'; {told}", "header")
    if header and not found and not faults.told():
        faults.say(1, 1, "", "has no rows; must have some below the header", "no rows")
    _repeated(found, faults)
    return faults.told() or tuple(each for _, each in found)


def _lines(path: Path, faults: Faults) -> list[str]:
    problem = ""
    try:
        if not path.is_file():
            problem = "is no file; must be a table of targets (CSV)"
        elif path.stat().st_size > MOST_BYTES:
            problem = f"is larger than {MOST_BYTES:,} bytes; must be smaller"
        else:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            if lines and lines[0].strip():
                return lines
            problem = "is empty; the first line must be a header"
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot be read as UTF-8 text ({type(error).__name__})"
    faults.say(0, 0, "", problem, "file")
    return []


def _rows(
    lines: list[str], header: list[str], faults: Faults,
    reader: Callable[[_Line], TownTarget | ProgrammeTarget],
) -> list[tuple[_Line, TownTarget | ProgrammeTarget]]:  # fmt: skip
    found = []
    for number, text in enumerate(lines[1:], start=2):
        cells = text.split(",")
        if not text.strip():
            continue
        if len(cells) != len(header):
            message = f"has {len(cells)} cells; must have {len(header)}, as the header has"
            faults.say(number, 1, "", message, "cells")
            continue
        starts = [1 + sum(len(cell) + 1 for cell in cells[:k]) for k in range(len(cells))]
        line = _Line(
            number, dict(zip(header, starts, strict=True)),
            dict(zip(header, (cell.strip() for cell in cells), strict=True)), faults,
        )  # fmt: skip
        found.append((line, reader(line)))
    return found


def _town(line: _Line) -> TownTarget:
    measure = line.word("measure", (DEATHS, NEW_CASES))
    known = ("",) if measure == DEATHS else tuple(PUBLISHED)
    condition, sex = line.word("condition", known), line.word("sex", SEXES)
    ages = [_age(line, column) for column in ("age_from", "age_to")]
    if None not in ages and ages[0] >= ages[1]:  # type: ignore[operator]
        line.say("age_to", f"is {ages[1]}, not above age_from, {ages[0]}; must be above")
    events = line.number_in("events", 0.0)
    years = line.number_in("person_years", 0.0, above=True)
    if events > years:
        line.say("events", f"is {events:g} in {years:g} person-years; must be fewer")
    return TownTarget(measure, condition, sex, ages[0] or 0, ages[1] or 0, events, years)


def _age(line: _Line, column: str) -> int | None:
    found = plain_scalar(line.cells[column])
    if found in range(FIRST, LAST + 1, WIDTH):
        return int(found)  # type: ignore[arg-type]
    shown = printable(line.cells[column], 60)
    line.say(column, f"is '{shown}'; must be one of {FIRST}, {FIRST + WIDTH}, ... {LAST}")
    return None


def _programme(line: _Line) -> ProgrammeTarget:
    year = line.number_in("year", 1900)
    counted = tuple(line.number_in(column, 0.0) for column in COUNTED)
    if counted[1] > counted[0]:
        line.say("started", f"is {counted[1]:g} of {counted[0]:g} offered; must be at most these")
    return ProgrammeTarget(line.cells["policy"], 0 if math.isnan(year) else int(year), counted)


def _repeated(
    found: Iterable[tuple[_Line, TownTarget | ProgrammeTarget]], faults: Faults
) -> None:
    seen: dict[object, int] = {}
    for line, each in found:
        if isinstance(each, TownTarget):
            key: object = (*each.scale, each.age_from, each.age_to)
        else:
            key = (each.policy, each.year)
        if key in seen:
            message = f"stands twice (first in line {seen[key]}); must stand once"
            faults.say(line.number, 1, "", message, "twice")
        seen.setdefault(key, line.number)
