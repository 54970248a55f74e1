"""Entries that are 1 less others: what sets them, and what the others must leave for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

TOLERANCE = 1e-12  # of sums of shares


def set_by(entry: Any) -> str:
    """Say what sets an entry that is 1 less others; nothing of any other entry."""
    if not entry.remainder_of:
        return ""
    return f"follows from {_parts(entry)}, 1 less these; must be set by these"


def left_for(entry: Any, values: Mapping[str, Any]) -> float:
    """Return what the values of other entries leave for one that is 1 less these."""
    rest = 1.0
    for path in entry.remainder_of:
        rest -= values[path]
    return rest


def fits(entry: Any, left: float) -> bool:
    """Say whether an entry may be what others leave for it."""
    return bool(entry.minimum - TOLERANCE <= left <= entry.maximum + TOLERANCE)


def refused(entry: Any, least: float, most: float) -> str:
    """Say what others leave for an entry, and what is allowed; nothing if all of it is."""
    if fits(entry, least) and fits(entry, most):
        return ""
    left = f"{least:.6g}" if least == most else f"{least:.6g} to {most:.6g}"
    return (
        f"leaves {left} for {entry.path} (1 less {_parts(entry)}); must leave "
        f"{entry.minimum:g} to {entry.maximum:g}"
    )


def kept_whole(
    drawn: Mapping[str, Any], centre: Mapping[str, Any], entries: Iterable[Any]
) -> dict[str, Any]:
    """Return values of which the rest is allowed, as near to those drawn as they can be.

    Parameters
    ----------
    drawn, centre
        Values by path: of a draw, and the central ones, of which the rest is allowed. Both hold
        every part of ``entries``.
    entries
        Those that are 1 less others.

    Parts that leave too much or too little move together towards their central values, until what
    they leave is the end of the range. Other values stay, and so does a part that was not drawn.
    """
    kept = dict(drawn)
    for entry in entries:
        left, middle = left_for(entry, drawn), left_for(entry, centre)
        if fits(entry, left):
            continue
        end = min(max(left, entry.minimum), entry.maximum)
        share = (end - middle) / (left - middle)
        for path in entry.remainder_of:
            kept[path] = centre[path] + share * (drawn[path] - centre[path])
    return kept


def _parts(entry: Any) -> str:
    *others, last = entry.remainder_of
    return f"{', '.join(others)} and {last}"
