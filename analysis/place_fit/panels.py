"""Panels of the fit page: simulated over table by age band and sex, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from abm.conditions import condition
from abm.kernel.layout import SEXES
from abm.limits import spaced
from analysis.place_fit.fit import BELOW_90, DEATHS, INCIDENCE, LIFE, MOST_OFF, PREVALENCE, Cell
from analysis.words import capitalised

WIDTH, HEIGHT = 300, 180
LEFT, RIGHT, TOP, BOTTOM = 38, 294, 10, 146
LOWEST, HIGHEST = 0.7, 1.3
TICKS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
EN_DASH = "\N{EN DASH}"
SEX_WORDS = {"male": "men", "female": "women"}
APART = 5.0  # of men and women, to either side of the middle of their band
KINDS = {DEATHS: "deaths", INCIDENCE: "new cases", PREVALENCE: "cases at the end"}


@dataclass(frozen=True)
class Dot:
    """One cell as drawn: where, how far its two errors reach, and how it is to look."""

    x: float
    y: float
    top: float
    bottom: float
    look: str
    beyond: str
    words: str


@dataclass(frozen=True)
class Panel:
    """One measure of one condition: what it is, its dots and rows of the table behind them."""

    title: str
    kind: str
    dots: tuple[Dot, ...]
    rows: tuple[tuple[str, Cell | None, Cell | None], ...]
    judged: int
    off: int


def panels_of(cells: Sequence[Cell]) -> list[Panel]:
    """Return a panel for each measure and condition, in the order of the cells."""
    found = []
    events = [each for each in cells if each.measure != LIFE]
    for (measure, name), group in groupby(events, lambda each: (each.measure, each.condition)):
        own = list(group)
        by_cell = {(each.sex, each.age): each for each in own}
        rows = tuple(
            (age, by_cell.get((SEXES[0], age)), by_cell.get((SEXES[1], age))) for age in BELOW_90
        )
        found.append(
            Panel(
                capitalised(condition(name).label) if name else "All causes of death",
                KINDS[measure],
                tuple(_dot(each) for each in own),
                tuple(row for row in rows if row[1] or row[2]),
                sum(each.judged for each in own),
                sum(each.judged and not each.meets for each in own),
            )
        )
    return found


def height_of(ratio: float) -> float:
    """Return where a ratio stands in a panel; what lies beyond its ends stands at the end."""
    inside = min(max(ratio, LOWEST), HIGHEST)
    return round(BOTTOM - (inside - LOWEST) / (HIGHEST - LOWEST) * (BOTTOM - TOP), 1)


def place_of(band: str) -> float:
    """Return where the middle of an age band stands in a panel."""
    step = (RIGHT - LEFT) / len(BELOW_90)
    return round(LEFT + step * (BELOW_90.index(band) + 0.5), 1)


def _dot(cell: Cell) -> Dot:
    reach = 2.0 * cell.ratio_error
    beyond = "above" if cell.ratio > HIGHEST else "below" if cell.ratio < LOWEST else ""
    look = cell.sex if cell.judged else f"{cell.sex} few"
    words = (
        f"{capitalised(SEX_WORDS[cell.sex])} of {cell.age}: "
        f"{spaced(cell.simulated)} simulated, {spaced(cell.table)} by the table, ratio "
        f"{cell.ratio:.2f}"
    )
    side = -APART if cell.sex == SEXES[0] else APART
    return Dot(
        place_of(cell.age) + side, height_of(cell.ratio), height_of(cell.ratio + reach),
        height_of(cell.ratio - reach), look if cell.meets or not cell.judged else f"{look} off",
        beyond, words,
    )  # fmt: skip


def off_in_words(cells: Sequence[Cell]) -> list[str]:
    """Return a line for each cell that does not meet its table."""
    return [
        f"{_named(each)}, {SEX_WORDS[each.sex]} of {each.age.replace('-', EN_DASH)}: "
        f"{each.ratio:.2f} ± {2.0 * each.ratio_error:.2f} of the table"
        for each in cells
        if each.measure != LIFE and each.judged and not each.meets
    ]


def _named(cell: Cell) -> str:
    kind = KINDS[cell.measure]
    return f"{kind} of {condition(cell.condition).label}" if cell.condition else kind


BAND = (height_of(1.0 + MOST_OFF), height_of(1.0 - MOST_OFF))
