"""The fit page of ``place check``: one HTML file that needs nothing else, and a CSV beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from abm.evidence.place import Place
from abm.running.output import write_all
from analysis.pages.dress import page_from
from analysis.place_fit import panels
from analysis.place_fit.fit import (
    ENOUGH,
    LIFE,
    MOST_OFF,
    MOST_YEARS_OFF,
    YEARS,
    Cell,
    table_of,
)
from analysis.report.place_rows import sources_of_place
from analysis.words import in_words, joined

TEMPLATE = "template.html"
PAGE, TABLE = "fit.html", "fit.csv"
PERCENT = f"{100 * MOST_OFF:.0f} %"


def fit_sentence(cells: Sequence[Cell]) -> str:
    """Say how well simulated people meet the tables of their place."""
    judged = [each for each in cells if each.judged and each.measure != LIFE]
    off = sum(not each.meets for each in judged)
    many = f"{len(judged)} cells with at least {ENOUGH} expected"
    within = f"{PERCENT} and two Monte Carlo errors of the table"
    if not judged:
        return f"No cell has {ENOUGH} expected; simulate more (--persons, --seeds)."
    if off:
        return f"{off} of {many} do not lie within {within}."
    return f"All {many} lie within {within}."


def life_sentence(cells: Sequence[Cell]) -> str:
    """Say how far simulated lives are from those of the table."""
    lives = [each for each in cells if each.measure == LIFE]
    if not lives:
        return "Too few grow old to say how many years of life are left; simulate more."
    parts = [
        f"{panels.SEX_WORDS[each.sex]} {each.simulated:.1f} years simulated, "
        f"{each.table:.1f} by the table"
        for each in lives
        if each.age == "20"
    ]
    off = [each for each in lives if not each.meets]
    if not all(each.judged for each in lives):
        return f"Years of life left at 20: {joined(parts)}; their error needs two seeds or more."
    verdict = (
        f"{len(off)} of {len(lives)} lie more than {MOST_YEARS_OFF:g} years apart"
        if off
        else f"all {len(lives)} at 20, 40 and 65 lie within {MOST_YEARS_OFF:g} years"
    )
    return f"Years of life left at 20: {joined(parts)}; {verdict}."


def page_of(
    place: Place, cells: Sequence[Cell], notes: Sequence[str], persons: int, seeds: int
) -> str:
    """Return the fit page.

    Parameters
    ----------
    place
        Whose tables.
    cells
        Simulated figures beside the tables.
    notes
        What calibration could not give as the tables ask for it.
    persons, seeds
        How many were simulated, how often.
    """
    return page_from(
        Path(__file__).with_name(TEMPLATE),
        place=place,
        headline=fit_sentence(cells),
        off=panels.off_in_words(cells),
        lives_sentence=life_sentence(cells),
        lives=[each for each in cells if each.measure == LIFE],
        panels=panels.panels_of(cells),
        notes=notes,
        sources=sources_of_place(place),
        size=(
            f"{in_words(persons, 12)} persons with {seeds} seed{'s' if seeds > 1 else ''} over "
            f"{YEARS} years"
        ),
        enough=ENOUGH,
        most=PERCENT,
        years_off=f"{MOST_YEARS_OFF:g}",
        sexes=panels.SEX_WORDS,
        box=panels,
    )


def write_page(
    folder: Path, place: Place, cells: Sequence[Cell], notes: Sequence[str], persons: int,
    seeds: int,
) -> Path:  # fmt: skip
    """Write the page and the table to a folder that is there; return the page's path."""
    page = folder / PAGE
    table = table_of(cells).to_csv(index=False, lineterminator="\n")
    write_all(
        {
            folder / TABLE: table.encode(),
            page: page_of(place, cells, notes, persons, seeds).encode(),
        }
    )
    return page
