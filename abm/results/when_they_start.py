"""When people would start a policy, from who is eligible on each 1 January and how reach grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
MONTHS = 12


@dataclass(frozen=True)
class Starts:
    """Who is asked in each year and starts: chances, or 0 and 1; all of shape (people, years).

    A start within a year counts in part as one on the 1 January before it (``early``), in part as
    one on the next (``late``), by how near it is to either.
    """

    offered: Numbers
    early: Numbers
    late: Numbers


def expected_starts(eligible: Flags, covered: NDArray[np.float32], uptake: float) -> Starts:
    """Return the chances of people whom reach and uptake may choose or not.

    A person is asked once: in the first January at which they are eligible, if the year's reach
    holds them by December, else when it has grown so far and they are eligible still.

    Parameters
    ----------
    eligible
        Shape (people, years); False where a policy does not ask.
    covered
        Share of the eligible reached by each month, shape (months,); never falls.
    uptake
        Share of those asked who start.
    """
    monthly = covered.astype(float).reshape(-1, MONTHS)
    parts = np.arange(MONTHS) / MONTHS
    asked = np.zeros(len(eligible))  # the share of each that has been asked
    offered, late = np.zeros(eligible.shape), np.zeros(eligible.shape)
    for year, share in enumerate(monthly):
        now = eligible[:, year]
        offered[:, year] = np.where(now, share[-1] - asked, 0.0)
        late[:, year] = np.where(now, np.diff(share) @ parts[1:], 0.0)
        asked[now] = share[-1]
    return Starts(offered, uptake * (offered - late), uptake * late)


def drawn_starts(
    eligible: Flags, covered: NDArray[np.float32], uptake: float,
    reach_draw: NDArray[np.float32], uptake_draw: NDArray[np.float32],
) -> Starts:  # fmt: skip
    """Return who starts and when in a run, by its draws of reach and uptake, shape (people,)."""
    monthly = covered.reshape(-1, MONTHS)
    accepts = uptake_draw < np.float32(uptake)
    waiting = np.ones(len(eligible), np.bool_)
    offered, late = np.zeros(eligible.shape), np.zeros(eligible.shape)
    for year, share in enumerate(monthly):
        now = eligible[:, year] & waiting & (reach_draw < share[-1])
        month = np.searchsorted(share, reach_draw, side="right")
        offered[:, year] = now
        late[:, year] = np.where(now, month / MONTHS, 0.0)
        waiting &= ~now
    started = offered * accepts[:, None]
    late *= accepts[:, None]
    return Starts(offered, started - late, late)


def still_there(starts: Starts, there: Flags) -> Numbers:
    """Return who starts in each year: those who would be late only if they live that long."""
    next_year = np.column_stack([there[:, 1:], there[:, -1:]])
    return starts.early + starts.late * next_year


def spread_over(starts: Starts, first: int, places: Sequence[int], there: Flags) -> Numbers:
    """Return how much each start counts that is known, shape (people, starts).

    Parameters
    ----------
    starts
        When people start.
    first
        The first year in which anybody does.
    places
        The years whose starts are known, in their order: the first is not after ``first``, the
        last is the last in which anybody starts. Between them effects change in a straight line;
        for a person who has entered since the one before, it goes through the next two.
    there
        Who is there on each 1 January, shape (people, years).
    """
    last = places[-1]
    weights = starts.early[:, : last + 1].copy()
    weights[:, 1:] += starts.late[:, :last]
    weights[:, last] += starts.late[:, last]
    if list(places) == list(range(places[0], last + 1)):
        return weights[:, places[0] :]
    found = np.zeros((len(weights), len(places)))
    for year in range(first, last + 1):
        after = int(np.searchsorted(places, year))
        was_there = there[:, places[max(after - 1, 0)]]
        _along(found, weights[:, year] * was_there, max(after - 1, 0), places, year)
        _along(found, weights[:, year] * ~was_there, after, places, year)
    return found


def _along(found: Numbers, weights: Numbers, line: int, places: Sequence[int], year: int) -> None:
    """Spread what counts in a year over two known starts in line with it, or on the last one."""
    if line == len(places) - 1:
        found[:, line] += weights
        return
    share = (year - places[line]) / (places[line + 1] - places[line])
    found[:, line] += weights * (1.0 - share)
    found[:, line + 1] += weights * share
