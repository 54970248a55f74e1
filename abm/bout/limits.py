"""What a bout may be: every problem of a request in one message, before anything is computed."""

import math
from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any

ACTIVITIES = ("walking", "running", "cycling", "intervals", "resistance")

MOST_PEOPLE = 100_000
MOST_CELLS = 20_000_000  # people times rows; about a gigabyte
LONGEST_FOLLOW_UP_HOURS = 336.0
PERCENT = 100.0


def refuse(problems: Iterable[str | None]) -> None:
    """Raise one ValueError with every problem there is; None means there is none."""
    found = [problem for problem in problems if problem]
    if found:
        raise ValueError("; ".join(found))


def activity_problem(activity: Any) -> str | None:
    """Say what is wrong with an activity, and which known one is nearest."""
    if activity in ACTIVITIES:
        return None
    nearest = get_close_matches(str(activity).lower(), ACTIVITIES, n=1, cutoff=0.4)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"activity is {activity!r}, must be one of {', '.join(ACTIVITIES)}{hint}"


def as_number(found: Any) -> float:
    """Return what was given as a float; NaN where it is no number at all."""
    return float(found) if isinstance(found, Real) and not isinstance(found, bool) else math.nan


def number_problem(
    name: str, found: Any, unit: str, above: float, highest: float, *, or_equal: bool = False
) -> str | None:
    """Say what is wrong with a number that must lie above one bound and at most at another."""
    number = as_number(found)
    if not math.isfinite(number):
        return f"{name} is {found!r}, must be a finite number [{unit}]"
    if (above <= number if or_equal else above < number) and number <= highest:
        return None
    lower = f"at least {above:g}" if or_equal else f"above {above:g}"
    return f"{name} is {number:g}, must be {lower} and at most {highest:g} [{unit}]"


def share_problem(name: str, found: Any, of_what: str) -> str | None:
    """Say what is wrong with a share; a percentage is recognised as one."""
    problem = number_problem(name, found, f"fraction of {of_what}", 0.0, 1.0)
    number = as_number(found)
    if problem and 1.0 < number <= PERCENT:
        return f"{problem}: not a percentage; did you mean {number / PERCENT:g}?"
    return problem


def minutes_problem(minutes: Any, longest: float) -> str | None:
    """Say what is wrong with the length of a bout."""
    problem = number_problem("minutes", minutes, "minutes", 0.0, longest)
    number = as_number(minutes)
    if problem and longest < number < math.inf:
        return f"{problem}: that is {number / 60:.4g} hours, the longest bout is {longest / 60:g}"
    return problem


def whole_number_problem(name: str, found: Any, lowest: int, highest: int) -> str | None:
    """Say what is wrong with a count or a seed."""
    whole = isinstance(found, Integral) and not isinstance(found, bool)
    if whole and lowest <= found <= highest:
        return None
    return f"{name} is {found!r}, must be a whole number from {lowest} to {highest}"


def size_problem(people: int, rows: int) -> str | None:
    """Say that a request does not fit in memory."""
    if people * rows <= MOST_CELLS:
        return None
    return (
        f"{people} people at {rows} times is too much, must be at most {MOST_CELLS} together: "
        "fewer people, fewer hours or longer step_minutes"
    )
