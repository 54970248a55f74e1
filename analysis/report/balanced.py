"""A run's warnings as they stand first on the page: long ones in short, their list further down."""

from __future__ import annotations

from abm.population.misfits import BALANCED, WHERE_EXPLAINED
from analysis.words import capitalised


def in_short(warning: str) -> tuple[str, list[str]]:
    """Return a warning's first sentence, and the list that it ends with if it is one of draws.

    Examples
    --------
    >>> in_short("within 60 000 USD a year")
    ('within 60 000 USD a year', [])
    """
    first, _, figures = warning.partition(f" {WHERE_EXPLAINED}: ")
    if BALANCED not in first or not figures:
        return warning, []
    return f"{capitalised(first)}.", figures.split("; ")
