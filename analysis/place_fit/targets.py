"""What a town counted, or a programme's monitoring: the table of targets of ``place fit``.

Two headers are known. A town's: ``measure,condition,sex,age_from,age_to,events,person_years``, a
row for each count. A programme's: ``policy,year,offered,started,taking_part``, a row for each
policy and year; ``taking_part`` is years of taking part in that year.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from abm.conditions import CONDITIONS
from abm.limits import Number
from abm.results.units import events_of
from abm.scenario.check import number_in_text
from abm.scenario.hints import nearest
from abm.scenario.place_tables import (
    SEX_WORDS,
    SEXES,
    Faults,
    cells_of,
    no_commas,
    other_number_of_cells,
)
from abm.scenario.text import Place as Position
from abm.scenario.text import Problem, ScenarioError, Source, printable, read_text
from abm.scenario.written_numbers import plain_scalar

TOWN = ("measure", "condition", "sex", "age_from", "age_to", "events", "person_years")
PROGRAMME = ("policy", "year", "offered", "started", "taking_part")
COUNTED = PROGRAMME[2:]
UNITS_OF_COUNTED = ("persons", "persons", "years")
DEATHS, NEW_CASES = "deaths", "new_cases"
PUBLISHED = {each.published_as: each.name for each in CONDITIONS if each.published_as}
FIRST, LAST, WIDTH = 20, 90, 10  # ages of the bands by which cases are simulated
MOST = 1e10  # more than there are people
EVENTS = Number(0, MOST, "counted")
YEARS = Number(0, MOST, "person-years", above_minimum=True)
UNKNOWN = Position(Source("targets"))
CALENDAR = Number(1900, 2300, "year of the calendar", whole=True)


@dataclass(frozen=True)
class Counted:
    """A row of a table of targets; ``places`` says where its cells stand."""

    places: Mapping[str, Position] = field(default_factory=dict, compare=False, kw_only=True)

    def fault(self, column: str, message: str) -> Problem:
        """Return what is wrong with one of its cells."""
        return Problem(self.places.get(column, UNKNOWN), f"targets.{column}", message)


@dataclass(frozen=True)
class TownTarget(Counted):
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

    @property
    def unit(self) -> str:
        """Return what it counts."""
        return DEATHS if self.measure == DEATHS else events_of(self.condition)


@dataclass(frozen=True)
class ProgrammeTarget(Counted):
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

    @property
    def places(self) -> Mapping[str, Position]:
        source = self.faults.source
        return {name: Position(source, self.number, at) for name, at in self.columns.items()}

    def word(self, column: str, known: Sequence[str]) -> str:
        text = self.cells[column]
        if text not in known:
            hint = nearest(text, known)
            if text.lower() in SEX_WORDS and column == "sex":
                hint = f"; did you mean '{SEX_WORDS[text.lower()]}'?"
            self.say(column, f"{_shown(text)}; must be one of {', '.join(known)}{hint}")
        return text

    def number_in(self, column: str, allowed: Number) -> float:
        found = number_in_text(self.cells[column], allowed)
        if not isinstance(found, str):
            return float(found)
        empty = "is empty; must be given" if not self.cells[column] else ""
        self.say(column, empty or found)
        return math.nan


Reader = Callable[[_Line], TownTarget | ProgrammeTarget]
Rows = list[tuple[_Line, TownTarget | ProgrammeTarget]]


def _shown(text: str) -> str:
    return f"is '{printable(text, 60)}'" if text else "is empty"


def read_targets(path: Path) -> Targets | list[str]:
    """Return the targets of a file, or all that is wrong with it."""
    source = Source(str(path))
    try:
        lines = read_text(path, source, "a table of targets (CSV)").splitlines()
    except ScenarioError as error:
        return list(error.problems)
    faults = Faults("targets", source)
    found = _rows_of(lines, faults)
    _repeated(found, faults)
    _overlapping(found, faults)
    return list(map(str, faults.told())) or tuple(each for _, each in found)


def _rows_of(lines: Sequence[str], faults: Faults) -> Rows:
    """Return the rows below a header of one of the two kinds, noting what is wrong."""
    if not lines or not lines[0].strip():
        faults.say(1, 1, "", "is empty; the first line must be a header", "header")
        return []
    header = [name for _, name in cells_of(lines[0])]
    kinds: tuple[tuple[Sequence[str], Reader], ...] = ((TOWN, _town), (PROGRAMME, _programme))
    for columns, reader in kinds:
        if sorted(header) == sorted(columns):
            found = _rows(lines, header, faults, reader)
            if not found and not faults.told():
                faults.say(1, 1, "", "has no rows; must have some below the header", "no rows")
            return found
    told = f"must read {','.join(TOWN)} (a town) or {','.join(PROGRAMME)} (a programme)"
    told = f"the header is '{printable(lines[0], 200)}'; {told}"
    faults.say(1, 1, "", no_commas(lines[0], len(PROGRAMME)) or told, "header")
    return []


def _rows(lines: Sequence[str], header: list[str], faults: Faults, reader: Reader) -> Rows:
    found = []
    for number, text in enumerate(lines[1:], start=2):
        if not text.strip():
            continue
        cells = cells_of(text)
        if len(cells) != len(header):
            message = other_number_of_cells(len(cells), len(header))
            faults.say(number, 1, "", message, "cells")
            continue
        named = dict(zip(header, cells, strict=True))
        starts = {name: at for name, (at, _) in named.items()}
        line = _Line(number, starts, {name: cell for name, (_, cell) in named.items()}, faults)
        found.append((line, reader(line)))
    return found


def _town(line: _Line) -> TownTarget:
    measure = line.word("measure", (DEATHS, NEW_CASES))
    condition = line.cells["condition"]
    if measure == DEATHS and condition:
        line.say("condition", f"{_shown(condition)}; must be empty: deaths are of all causes")
    elif measure == NEW_CASES:
        line.word("condition", tuple(PUBLISHED))
    sex = line.word("sex", SEXES)
    ages = [_age(line, column) for column in ("age_from", "age_to")]
    if None not in ages and ages[0] >= ages[1]:  # type: ignore[operator]
        line.say("age_to", f"is {ages[1]}, not above age_from, {ages[0]}; must be above")
    events, years = line.number_in("events", EVENTS), line.number_in("person_years", YEARS)
    if events > years:
        line.say("events", f"is {events:g} in {years:g} person-years; must be at most these")
    return TownTarget(
        measure, condition, sex, ages[0] or 0, ages[1] or 0, events, years, places=line.places
    )


def _age(line: _Line, column: str) -> int | None:
    found = plain_scalar(line.cells[column])
    if found in range(FIRST, LAST + 1, WIDTH):
        return int(found)  # type: ignore[arg-type]
    message = f"must be one of {FIRST}, {FIRST + WIDTH}, ... {LAST}"
    line.say(column, f"{_shown(line.cells[column])}; {message}")
    return None


def _programme(line: _Line) -> ProgrammeTarget:
    if not line.cells["policy"]:
        line.say("policy", "is empty; must be the name of a policy")
    year = line.number_in("year", CALENDAR)
    counted = tuple(line.number_in(column, EVENTS) for column in COUNTED)
    if counted[1] > counted[0]:
        line.say("started", f"is {counted[1]:g} of {counted[0]:g} offered; must be at most these")
    whole = 0 if math.isnan(year) else int(year)
    return ProgrammeTarget(line.cells["policy"], whole, counted, places=line.places)


def _repeated(found: Rows, faults: Faults) -> None:
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


def _overlapping(found: Rows, faults: Faults) -> None:
    """Note bands of ages that share years: their people would count twice."""
    towns = [(line, each) for line, each in found if isinstance(each, TownTarget)]
    for (before, one), (line, other) in combinations(towns, 2):
        share = one.age_from < other.age_to and other.age_from < one.age_to
        same = (one.age_from, one.age_to) == (other.age_from, other.age_to)
        if one.scale == other.scale and share and not same:
            message = (
                f"is {other.age_from}, and line {before.number} counts {one.age_from} to "
                f"{one.age_to}; must not overlap"
            )
            line.say("age_from", message)
