"""The allowed word that is most like one that is not: what messages offer instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LEAST_LIKENESS = 0.8  # of the parts of two paths


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return "; did you mean 'X'?" for the allowed word most like this one, or nothing."""
    tidy = word[:100].strip().lower().replace("-", "_").replace(" ", "_")
    choices = {choice.lower(): choice for choice in allowed}
    close = difflib.get_close_matches(tidy, choices, n=1, cutoff=0.6)
    return f"; did you mean '{choices[close[0]]}'?" if close else ""


def nearest_path(path: str, allowed: Iterable[str]) -> str:
    """Return "; did you mean 'X'?" for the allowed dotted path most like this one, or nothing.

    Every part must be that of the other path, or nearly: two paths that share letters only, such
    as ``disease.lag_years.heart`` and ``disease.lag_years.cancer``, mean different things.
    """
    parts = path[:200].strip().lower().replace("-", "_").split(".")
    if len(parts) == 1:
        return nearest(path, allowed)
    found = []
    for choice in allowed:
        others = choice.lower().split(".")
        likeness = [max(_likeness(part, other) for other in others) for part in parts]
        if min(likeness) >= LEAST_LIKENESS and abs(len(others) - len(parts)) <= 1:
            found.append((likeness.count(1.0), _likeness(path, choice), choice))
    return f"; did you mean '{max(found)[-1]}'?" if found else ""


def _likeness(one: str, other: str) -> float:
    """Return how alike two texts are, between 0 and 1."""
    return difflib.SequenceMatcher(None, one, other).ratio()
