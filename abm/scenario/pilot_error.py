"""How far the pilot behind a budget may lie beside what it expects a policy to cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.scenario.participants import (
    CELLS_PER_YEAR,
    Course,
    Numbers,
    Spells,
    alive_by_year,
    nobody_yet,
)

PERSONS_AT_ONCE = 8192


class ServedByStart:
    """For how many years one starter is served in each year, by the year of the start, if alive."""

    def __init__(self, spells: Spells, years: int) -> None:
        self._spells = spells
        self._course = nobody_yet(years, years)
        self._rows: list[Numbers] = []

    def add(self, y: int, offered: Numbers, returning: Numbers) -> None:
        """Go on by a year in which so many are ``offered`` it, shape (12,).

        ``returning`` has shape (cells of a year,): the share of those coming back who are taken.
        """
        starters = np.zeros((12, len(self._course.ever)))
        starters[:, y] = offered / (offered.sum() or 1.0)
        later = self._course.after_a_year(self._spells, starters, returning)
        self._rows.append(later.years_served()[:, 0])
        ahead = slice(CELLS_PER_YEAR, None)
        self._course = Course(later.part[:, ahead], later.served[:, ahead], later.ever)

    def table(self) -> Numbers:
        """Return the years served, shape (years of the start, years)."""
        return np.array(self._rows).T[: len(self._rows)]


@dataclass(frozen=True)
class Charges:
    """What a policy with a settled plan costs for a person [currency].

    ``offered`` in the year in which she is covered; ``served`` in each year if alive, shape (years
    in which she is covered, years); ``resident`` for a year lived in the place, shape (years,).
    """

    offered: float
    served: Numbers
    resident: Numbers


def pilot_error(
    eligible: NDArray[np.bool_], died: NDArray[np.int64], ever: Numbers, residents: Numbers,
    reach: Numbers, charges: Charges,
) -> Numbers:  # fmt: skip
    """Return the standard error of what a pilot costs in each year, shape (years,).

    A plan is settled on a pilot, and then carried out on other people. With its reach given, what a
    year is expected to cost is a sum over the persons of the pilot: each costs what her years of
    eligibility and her year of death let expect. Persons are independent, so the variance of the
    sum of their costs x is sum x^2 - (sum x)^2 / n, with n persons so far. The plan's reach was
    chosen on the same persons, so that their sum meets the aim whatever they are; other people miss
    it by the error of the sum at that reach (to first order in it).

    A year lived in a place that costs r adds r to x, and all who are covered live there, so that
    sum x^2 grows by 2 r sum x + r^2 R, where R are the years lived.

    Parameters
    ----------
    eligible, died, ever, residents
        As of :class:`abm.scenario.budgets.Pilot`; the years may be more than those of the plan.
    reach
        The share of the eligible covered by the end of each year, shape (years,).
    charges
        What it costs.
    """
    years = len(reach)
    sums, squares = np.zeros(years), np.zeros(years)
    for first in range(0, len(died), PERSONS_AT_ONCE):
        some = slice(first, first + PERSONS_AT_ONCE)
        cost = _costs(eligible[some], died[some], reach, charges)
        sums, squares = added_in_order(sums, cost), added_in_order(squares, np.square(cost))
    place = charges.resident * residents[:years]
    squares += charges.resident * (2.0 * sums + place)
    variance = squares - (sums + place) ** 2 / ever[:years]
    return np.sqrt(np.maximum(variance, 0.0))


def added_in_order(so_far: Numbers, rows: Numbers) -> Numbers:
    """Return sums to which rows are added in their order.

    People who enter later cost nothing before: added so, they change no digit of earlier years.
    """
    found: Numbers = np.cumsum(np.vstack([so_far, rows]), axis=0)[-1]
    return found


def _costs(
    eligible: NDArray[np.bool_], died: NDArray[np.int64], reach: Numbers, charges: Charges
) -> Numbers:
    """Return what persons are expected to cost, shape (persons, years); their place left out."""
    years = len(reach)
    covered, asked = np.zeros((len(died), years)), np.zeros(len(died))
    for y in range(years):
        now = np.where(eligible[:, y], np.maximum(reach[y], asked), asked)
        covered[:, y], asked = now - asked, now
    alive = alive_by_year(eligible.shape[1], range(years))[died]
    served = np.zeros_like(covered)
    for y in range(years):  # one by one, so that later years change no digit of earlier ones
        served += covered[:, y, None] * charges.served[y]
    found: Numbers = covered * charges.offered + served * alive
    return found
