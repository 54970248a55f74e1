"""Budgets and capacities: how far a policy reaches in each year, decided before the run.

What a year costs are its new starters, and those of earlier years who stay. Both are expected from
a pilot: people without any policy, of whom is known in which years the policy could be offered to
them, and when they die. Within its wanted reach a policy then covers, year by year, the largest
share for which neither this year nor any of the next :data:`LOOK_AHEAD` costs more than the budget.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.rules import policy as rules
from abm.scenario.parts import Adherence, Cost, Policy, Scenario

Numbers = NDArray[np.float64]

WEEKS_PER_YEAR = 365.25 / 7.0
CELLS_PER_YEAR = 96  # of the curve of taking part; quitting is steepest in the first weeks
# Years ahead in which those who stay and those who come back are within the budget too. Where
# many who quit return, that keeps money back in the first years.
LOOK_AHEAD = 30
# Expected spending of a year aims at the middle of the promised 95 to 100 %, as a pilot has its own
# Monte Carlo error of about one per cent. Later years may come closer to the budget: where those
# who quit return, spending grows without new starters.
AIM, AIM_AHEAD = 0.975, 0.99
LEAST = 0.95  # of a budget; where less is spent although people wait, it is said
HALVINGS = 40
DIGITS = 1e6  # reach is given to so many parts, so that the order of sums never shows


@dataclass(frozen=True)
class Pilot:
    """People without policies: who could be offered one, and when they die.

    ``eligible`` has shape (persons, years) and says who could be offered the policy on 1 January;
    ``died`` is the year in which each person dies, shape (persons,), the number of years for those
    who do not. ``persons`` is the number at the start, newcomers left out.
    """

    eligible: NDArray[np.bool_]
    died: NDArray[np.int64]
    persons: int


@dataclass(frozen=True)
class Delivery:
    """What is expected of a policy with a budget or a capacity, year by year.

    Shapes (years,), for the people represented: ``reach``, the share of the eligible covered by
    the end of the year; ``limit``, the most that money and places allow (infinite where they allow
    all that is wanted); the numbers who are ``eligible`` and not yet asked, are ``offered`` it and
    have ``started``; ``participant_years``; and ``spending`` [currency].
    """

    reach: Numbers
    limit: Numbers
    eligible: Numbers
    offered: Numbers
    started: Numbers
    participant_years: Numbers
    spending: Numbers


def limited(policy: Policy) -> bool:
    """Return whether money or places may limit a policy's reach."""
    cost = policy.cost
    return cost is not None and (
        cost.budget_per_year is not None or cost.capacity_per_year is not None
    )


# Taking part


def still_taking_part(adherence: Adherence, early_shape: float, years: Numbers) -> Numbers:
    """Return the share of starters whose first spell has not ended so many years later."""
    weeks = years * WEEKS_PER_YEAR
    early = [
        rules.survival_at_week(min(week, 12.0), adherence.quit_12_weeks, early_shape)
        for week in weeks
    ]
    later = np.maximum(weeks - 12.0, 0.0) / WEEKS_PER_YEAR
    kept = adherence.stays + (1.0 - adherence.stays) * 0.5 ** (later / adherence.half_life_years)
    return np.array(early) * kept


def years_taking_part(
    adherence: Adherence | None, early_shape: float, years: int, joins: float = math.inf
) -> Numbers:
    """Return for how long somebody has taken part by each moment since starting [years].

    Expected of one who lives on. Those who quit come back at the yearly rate ``rejoin_per_year``,
    up to ``joins`` years after the start. Shape (years * CELLS_PER_YEAR + 1,).
    """
    cell = 1.0 / CELLS_PER_YEAR
    edges = np.arange(years * CELLS_PER_YEAR + 1, dtype=np.float64) * cell
    if adherence is None:
        return edges
    left = still_taking_part(adherence, early_shape, edges)
    part = _with_returns((left[1:] + left[:-1]) / 2.0, adherence.rejoin_per_year * cell, joins)
    return np.concatenate([[0.0], np.cumsum(part) * cell])


def _with_returns(left: Numbers, chance: float, joins: float) -> Numbers:
    """Return the share taking part by cell, returns included; ``chance`` to come back in a cell."""
    part = left.copy()
    if chance == 0.0:
        return part
    for now in range(1, math.ceil(min(left.size, joins * CELLS_PER_YEAR))):
        back = chance * (1.0 - part[now - 1])
        part[now:] += back * left[: left.size - now]
    return part


# From a year's reach to what it costs


class _Forecast:
    """The years of one policy, one after the other."""

    def __init__(
        self, scenario: Scenario, policy: Policy, parameters: Parameters, pilot: Pilot,
        wanted: Numbers,
    ) -> None:  # fmt: skip
        assert policy.cost is not None
        self.policy, self.pilot, self.wanted = policy, pilot, wanted
        self.cost: Cost = policy.cost
        self.first_year = scenario.start_year
        self.years = pilot.eligible.shape[1]
        self.scale = (scenario.population.represents or scenario.persons) / pilot.persons
        self.asked = np.zeros(pilot.died.size)  # share of each person's chances used up
        self.participant_years = np.zeros(self.years)
        shape = parameters["policy.early_quit_shape"]
        self.curve: Callable[[float], Numbers] = cache(
            lambda joins: years_taking_part(policy.adherence, shape, self.years + 1, joins)
        )

    def year(self, y: int) -> _Year:
        """Return what is known of a year before its reach is chosen."""
        eligible = self.pilot.eligible[:, y]
        asked, group = np.unique(self.asked[eligible], return_inverse=True)
        people = np.zeros((asked.size, self.years + 1))
        np.add.at(people, (group, self.pilot.died[eligible]), self.scale)
        return _Year(y, asked, people, self._part_by_month(y))

    def _part_by_month(self, y: int) -> Numbers:
        """Return years of taking part by starting month of year ``y`` and year, were all alive."""
        part = np.zeros((12, self.years))
        for month in range(12):
            start = y + month / 12.0
            end = math.inf if self.policy.end is None else self.policy.end - self.first_year - start
            curve = self.curve(end if self._returns() else math.inf)
            edges = np.maximum(np.arange(self.years + 1) - start, 0.0) * CELLS_PER_YEAR
            part[month] = np.diff(curve[np.round(edges).astype(int)])
        return part

    def _returns(self) -> bool:
        adherence = self.policy.adherence
        return adherence is not None and adherence.rejoin_per_year > 0.0

    def fits(self, year: _Year, reach: float) -> bool:
        """Return whether a reach keeps this year and the next within places and money."""
        starters = year.starters(self.wanted, reach, self.policy.uptake)
        places = self.cost.capacity_per_year
        if places is not None and starters.sum() > AIM * places:
            return False
        if self.cost.budget_per_year is None:
            return True
        ahead = slice(year.y, year.y + LOOK_AHEAD + 1)
        spending = self.spending(starters.sum(), year.participation(starters), year.y)[ahead]
        fixed, aim = self.fixed()[ahead], np.full(spending.size, AIM_AHEAD)
        aim[0] = AIM
        return bool((spending <= fixed + aim * (self.cost.budget_per_year - fixed)).all())

    def fixed(self) -> Numbers:
        """Return the fixed cost of each year of delivery."""
        calendar = self.first_year + np.arange(self.years)
        runs = (calendar >= self.policy.start) & (calendar < (self.policy.end or math.inf))
        return np.where(runs, self.cost.fixed_per_year, 0.0)

    def spending(self, starters: float, more: Numbers, y: int) -> Numbers:
        """Return the spending of all years, with starters in ``y`` and what they take part."""
        years = self.participant_years + more
        spent = self.fixed() + years * self.cost.per_participant_year
        spent[y] += starters * self.cost.per_participant
        return spent

    def settle(self, year: _Year, reach: float) -> None:
        """Let a year be: its starters stay, and whoever was covered is not asked again."""
        starters = year.starters(self.wanted, reach, self.policy.uptake)
        self.participant_years += year.participation(starters)
        eligible = self.pilot.eligible[:, year.y]
        self.asked[eligible] = np.maximum(self.asked[eligible], reach)


@dataclass(frozen=True)
class _Year:
    """Those who can be offered a policy in a year, by how far they were covered before.

    ``asked`` has shape (groups,); ``people`` (groups, years + 1) counts them by year of death;
    ``part`` (12, years) is how long who starts in a month takes part in each year.
    """

    y: int
    asked: Numbers
    people: Numbers
    part: Numbers

    def offered(self, wanted: Numbers, reach: float) -> Numbers:
        """Return how many are offered it by month and year of death, shape (12, years + 1)."""
        covered = np.minimum(wanted[12 * self.y : 12 * (self.y + 1)], reach)
        so_far = np.maximum(covered[None, :], self.asked[:, None])
        newly = np.diff(so_far, axis=1, prepend=self.asked[:, None])
        found: Numbers = newly.T @ self.people
        return found

    def starters(self, wanted: Numbers, reach: float, uptake: float) -> Numbers:
        """Return how many start, shaped alike; deaths come evenly over a year."""
        found = uptake * self.offered(wanted, reach)
        found[:, self.y] *= 1.0 - np.arange(12) / 12.0
        return found

    def participation(self, starters: Numbers) -> Numbers:
        """Return the years for which they take part, by year; half of the year of death."""
        died, years = np.arange(starters.shape[1])[:, None], np.arange(self.part.shape[1])
        alive = np.where(died > years, 1.0, np.where(died == years, 0.5, 0.0))
        found: Numbers = ((starters @ alive) * self.part).sum(axis=0)
        return found


def expected_delivery(
    scenario: Scenario, policy: Policy, parameters: Parameters, pilot: Pilot, wanted: Numbers
) -> Delivery:
    """Return each year's reach within a policy's budget and capacity, and what comes of it.

    Parameters
    ----------
    scenario
        Says the years and how many people stand behind the simulated ones.
    policy
        One with a budget or a capacity.
    parameters
        For the shape of early quitting.
    pilot
        Of at least the run's years and :data:`LOOK_AHEAD` more.
    wanted
        The share of the eligible that the policy would cover by each month, shape (months,).
    """
    forecast = _Forecast(scenario, policy, parameters, pilot, wanted)
    found = []
    for y in range(scenario.years):
        year = forecast.year(y)
        reach, limit = _largest(partial(forecast.fits, year), float(wanted[12 * y + 11]))
        started = year.starters(wanted, reach, policy.uptake).sum()
        offered = year.offered(wanted, reach).sum()
        open_to = ((1.0 - year.asked) @ year.people).sum()
        forecast.settle(year, reach)
        spent = forecast.spending(started, np.zeros(forecast.years), y)[y]
        taking_part = forecast.participant_years[y]
        found.append((reach, limit, open_to, offered, started, taking_part, spent))
    return Delivery(*np.array(found, float).T)


def _largest(fits: Callable[[float], bool], most: float) -> tuple[float, float]:
    """Return the largest reach up to ``most`` that fits, and the limit that it sets."""
    if fits(most):
        return most, math.inf
    low, high = 0.0, most
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if fits(middle) else (low, middle)
    rounded = math.floor(low * DIGITS) / DIGITS
    return rounded, rounded


def limits_in_words(scenario: Scenario, policy: Policy, delivery: Delivery) -> Sequence[str]:
    """Return a sentence where money or places limit a policy's reach."""
    bound = np.isfinite(delivery.limit)
    cost = policy.cost
    if cost is None or not bound.any():
        return []
    means = []
    if cost.budget_per_year is not None:
        means.append(f"{cost.budget_per_year:,.0f} {cost.currency} a year")
    if cost.capacity_per_year is not None:
        means.append(f"{cost.capacity_per_year:,.0f} new places a year")
    first = int(np.argmax(bound))
    return [
        f"policies.{policy.name}: within {' and '.join(means)} it can be offered to "
        f"{delivery.reach[first]:.3f} of the eligible by the end of {scenario.start_year + first} "
        f"and to {delivery.reach[-1]:.3f} in {scenario.start_year + scenario.years - 1} (asked: "
        f"{policy.reach:g}), as those who take part go on; budget_impact.csv has every year",
        *_held_back(scenario, policy, delivery),
    ]


def _held_back(scenario: Scenario, policy: Policy, delivery: Delivery) -> Sequence[str]:
    """Return a sentence where money is kept for those who come back in later years."""
    budget = policy.cost.budget_per_year if policy.cost else None
    if not budget:
        return []
    short = np.flatnonzero(np.isfinite(delivery.limit) & (delivery.spending < LEAST * budget))
    if not short.size:
        return []
    least = int(short[np.argmin(delivery.spending[short])])
    return [
        f"policies.{policy.name}: {short.size} years spend less than {LEAST:.0%} of the budget "
        f"though people wait ({delivery.spending[least] / budget:.0%} in "
        f"{scenario.start_year + least}): the rest is kept for those who stay or come back later"
    ]
