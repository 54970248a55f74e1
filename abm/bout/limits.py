"""What a bout may be: every problem of a request in one message, before anything is computed."""

import math
from difflib import get_close_matches
from typing import Any

from abm.limits import Number, as_number, problem

ACTIVITIES = ("walking", "running", "cycling", "intervals", "resistance")

MOST_CELLS = 20_000_000  # people times rows; about a gigabyte
LONGEST_FOLLOW_UP_HOURS = 336.0
PERCENT = 100.0
LEAST_PERCENTAGE = 10.0  # nobody trains at less; 1.2 is a share beyond its range


def activity_problem(activity: Any) -> str | None:
    """Say what is wrong with an activity, and which known one is nearest."""
    if activity in ACTIVITIES:
        return None
    nearest = get_close_matches(str(activity).lower(), ACTIVITIES, n=1, cutoff=0.4)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"activity: is {activity!r:.60}; must be one of {', '.join(ACTIVITIES)}{hint}"


def number_problem(
    name: str, found: Any, unit: str, above: float, highest: float, *, or_equal: bool = False
) -> str | None:
    """Say what is wrong with a number that must lie above one bound and at most at another."""
    return problem(name, found, Number(above, highest, unit, above_minimum=not or_equal))


def share_problem(name: str, found: Any, of_what: str) -> str | None:
    """Say what is wrong with a share; a percentage is recognised as one, from 10 on."""
    wrong = number_problem(name, found, f"fraction of {of_what}", 0.0, 1.0)
    number = as_number(found)
    if number is not None and LEAST_PERCENTAGE <= number <= PERCENT:
        return f"{wrong}: not a percentage; did you mean {number / PERCENT:g}?"
    return wrong


def minutes_problem(minutes: Any, longest: float) -> str | None:
    """Say what is wrong with the length of a bout."""
    wrong = number_problem("minutes", minutes, "minutes", 0.0, longest)
    number = as_number(minutes)
    if number is not None and longest < number < math.inf:
        return f"{wrong}: that is {number / 60:.4g} hours, the longest bout is {longest / 60:g}"
    return wrong


def whole_number_problem(name: str, found: Any, highest: int, unit: str) -> str | None:
    """Say what is wrong with a count of at least 1."""
    return problem(name, found, Number(1, highest, unit, whole=True))


def size_problem(people: int, rows: int) -> str | None:
    """Say that a request does not fit in memory."""
    if people * rows <= MOST_CELLS:
        return None
    return (
        f"{people} people at {rows} times is too much, must be at most {MOST_CELLS} together: "
        "fewer people, fewer hours or longer step_minutes"
    )
