"""What messages offer instead: the allowed word or path most like a wrong one, or another unit."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from abm.evidence.entries import load_evidence
from abm.limits import Number

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


def nearest_of_kind(path: str, allowed: Iterable[str]) -> str:
    """Return which allowed path with the same first part is most like this one, or nothing.

    Examples
    --------
    >>> nearest_of_kind("il6.nonsens", ["il6.sex", "il6.bmi_slope", "crp.slope"])
    "; of il6.* 'il6.sex' is the nearest"
    """
    first = path[:200].strip().lower().partition(".")[0]
    own = [choice for choice in allowed if choice.startswith(f"{first}.")]
    closest = max(own, key=lambda choice: _likeness(path[:200], choice), default="")
    return f"; of {first}.* '{closest}' is the nearest" if closest else ""


def in_another_unit(value: float, kind: Number) -> str:
    """Say what a number that is too large may have meant: a percentage, or minutes for a dose."""
    if value <= kind.maximum:
        return ""
    if kind.unit.startswith("a share") and value <= 100 and kind.holds(value / 100):
        return f"; did you mean {value / 100:g}?"
    if kind.unit.startswith("marginal MET-hours"):
        met = load_evidence().entries["activity.marginal_met.moderate"].value
        dose = value / 60 * met if isinstance(met, float) else value
        if kind.holds(dose):
            return f"; did you mean {dose:g}, that of {value:g} minutes of moderate activity?"
    return ""


def _likeness(one: str, other: str) -> float:
    """Return how alike two texts are, between 0 and 1."""
    return difflib.SequenceMatcher(None, one, other).ratio()
