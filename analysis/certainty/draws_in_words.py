"""What is said wherever an interval over parameter draws is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from abm.results.claims import FEWEST_DRAWS, outside

MARK = " *"


def marked(interval: str, value: Any, lower: Any, upper: Any) -> str:
    """Return an interval in words, with a mark where the central value lies outside it.

    Examples
    --------
    >>> marked("1 to 2", 3.0, 1.0, 2.0), marked("1 to 2", 1.5, 1.0, 2.0)
    ('1 to 2 *', '1 to 2')
    """
    return f"{interval}{MARK}" if interval and outside(value, lower, upper) else interval


def doubts(draws: float, any_outside: bool) -> list[str]:
    """Return what is said once beside intervals over so many draws; nothing without draws.

    Parameters
    ----------
    draws
        Parameter draws behind the intervals; 0 or not a number where there are none.
    any_outside
        Whether the mark stands at any of them.

    Examples
    --------
    >>> doubts(200, False)
    []
    """
    if not draws > 0:
        return []
    few = draws < FEWEST_DRAWS
    found = []
    if any_outside:
        why = "which few draws can bring about" if few else "so the draws are not centred on it"
        found.append(f"* The central value lies outside its own 95 % parameter interval, {why}.")
    if few:
        found.append(
            f"From {draws:.0f} draw{'' if draws == 1 else 's'} a 95 % parameter interval is a "
            f"rough guess: its ends mean something from {FEWEST_DRAWS} draws on; take some "
            "hundreds (--draws)."
        )
    return found


def doubts_beside(intervals: Iterable[str], draws: float) -> list[str]:
    """Return :func:`doubts` of intervals in words; nothing where none is shown."""
    shown = [each for each in intervals if each]
    return doubts(draws, any(each.endswith(MARK) for each in shown)) if shown else []
