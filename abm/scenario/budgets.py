"""Budgets and capacities: how far a policy reaches in each year, decided before the run.

A year's money goes first to those who stay, then to those who quit and come back, then to new
starters. All are expected from a pilot: people without any policy, of whom is known in which years
the policy could be offered to them, and when they die. Year by year a policy takes back the largest
share of those who return, and then covers the largest share of the eligible, for which neither
this year nor the next costs more than the budget.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.limits import spaced
from abm.rules import economics
from abm.scenario.participants import (
    CELLS_PER_YEAR,
    Course,
    Numbers,
    alive_by_year,
    cells_before,
    nobody_yet,
    spells,
)
from abm.scenario.parts import Cost, Policy, Scenario
from abm.scenario.pilot_error import Charges, ServedByStart, pilot_error
from abm.scenario.text import ScenarioError

# Years ahead in which those who stay are within the budget too: who starts late in a year takes
# part for longer in the next, and for less long in each year after that.
LOOK_AHEAD = 1
# Expected spending of a year aims at the middle of the promised 95 to 100 %, as a pilot has its own
# Monte Carlo error of about one per cent. The next year may come closer to it.
AIM, AIM_AHEAD = 0.975, 0.99
HALVINGS = 24
DIGITS = 1e6  # shares are given in so many parts, so that the order of sums never shows


@dataclass(frozen=True)
class Pilot:
    """People without policies: who could be offered one, and when they die.

    ``eligible`` has shape (persons, years) and says who could be offered the policy on 1 January;
    ``died`` is the year in which each person dies, shape (persons,), the number of years for those
    who do not. ``persons`` is the number at the start, newcomers left out; ``residents`` the
    years lived in the policy's place in each year, shape (years,), or None if not known; ``ever``
    the persons there until the end of each year, newcomers and the dead among them, shape (years,),
    or None if all are there from the start.
    """

    eligible: NDArray[np.bool_]
    died: NDArray[np.int64]
    persons: int
    residents: Numbers | None = None
    ever: Numbers | None = None


@dataclass(frozen=True)
class Delivery:
    """What is expected of a policy with a budget or a capacity, year by year.

    Shapes (years,), for the people represented: ``reach``, the share of the eligible covered by
    the end of the year; ``limit``, the most that money and places allow (infinite where they allow
    all that is wanted); ``returning``, the share of those coming back who are taken; the numbers
    who are ``eligible`` and not yet asked, are ``offered`` it and have ``started``;
    ``participant_years``; ``spending`` and the pilot's Monte Carlo error of it [currency].
    """

    reach: Numbers
    limit: Numbers
    returning: Numbers
    eligible: Numbers
    offered: Numbers
    started: Numbers
    participant_years: Numbers
    spending: Numbers
    spending_error: Numbers


def limited(policy: Policy) -> bool:
    """Return whether money or places may limit a policy's reach."""
    cost = policy.cost
    return cost is not None and (
        cost.budget_per_year is not None or cost.capacity_per_year is not None
    )


def years_delivered(policy: Policy) -> float:
    """Return for how many years of each time of taking part something is delivered."""
    months = None if policy.cost is None else policy.cost.delivery_months
    return math.inf if months is None else months / 12.0


def fixed_cost(scenario: Scenario, policy: Policy, years: int) -> Numbers:
    """Return what is fixed of a policy's cost in each year of delivery, shape (years,)."""
    fixed = 0.0 if policy.cost is None else policy.cost.fixed_per_year
    return np.where(delivered(scenario, policy, years), fixed, 0.0)


def delivered(scenario: Scenario, policy: Policy, years: int) -> NDArray[np.bool_]:
    """Return whether a policy is delivered in each year of a run, shape (years,)."""
    calendar = scenario.start_year + np.arange(years)
    runs: NDArray[np.bool_] = (calendar >= policy.start) & (calendar < (policy.end or math.inf))
    return runs


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
        self.years = pilot.eligible.shape[1]
        self.start_year = scenario.start_year
        self.runs = delivered(scenario, policy, self.years)
        self.scale = _scale(scenario, pilot)
        self.fixed = _cost_of_place(scenario, policy, pilot)
        self.asked = np.zeros(pilot.died.size)  # share of each person's chances used up
        shape = parameters["policy.early_quit_shape"]
        self.spells = spells(policy.adherence, shape, self.years, years_delivered(policy))
        self.course = nobody_yet(self.years + 1, self.years)  # from the present year on
        self.served = ServedByStart(self.spells, self.years)

    def year(self, y: int) -> _Year:
        """Return what is known of a year before it is settled."""
        eligible = self.pilot.eligible[:, y]
        asked, group = np.unique(self.asked[eligible], return_inverse=True)
        counts = np.zeros((asked.size, self.years + 1))
        np.add.at(counts, (group, self.pilot.died[eligible]), 1.0)
        return _Year(
            y, self.wanted[12 * y : 12 * (y + 1)], self.policy.uptake, asked,
            self.scale * counts, self.scale * counts.sum(axis=1),
        )  # fmt: skip

    def to_come_back(self, y: int, share: float) -> Numbers:
        """Return the share of those coming back who are taken, by cell of a year."""
        end = math.inf if self.policy.end is None else self.policy.end - self.start_year
        return share * cells_before(end, y)

    def without_starters(self, y: int, share: float) -> Numbers:
        """Return the years served in this year and the next if nobody new starts."""
        ahead = slice(0, (1 + LOOK_AHEAD) * CELLS_PER_YEAR)
        alive = self.alive(y)
        part, served = alive.T @ self.course.part[:, ahead], alive.T @ self.course.served[:, ahead]
        seen = Course(part, served, alive.T @ self.course.ever)
        later = seen.after_a_year(
            self.spells, np.zeros((12, seen.ever.size)), self.to_come_back(y, share)
        )
        return np.diag(later.years_served())

    def per_starter(self, y: int) -> Numbers:
        """Return the years for which one starter is served, by month, in this year and the next."""
        one = nobody_yet(12, 1 + LOOK_AHEAD)
        return one.after_a_year(self.spells, np.eye(12), self.to_come_back(y, 1.0)).years_served()

    def alive(self, y: int) -> Numbers:
        """Return the share of this year and the next lived, by year of death."""
        return alive_by_year(self.years, range(y, y + 1 + LOOK_AHEAD))

    def pays_for(self, y: int, offered: float, starters: float, years: Numbers) -> bool:
        """Return whether a budget pays for a year's starters, and for who is served in the next."""
        if self.cost.budget_per_year is None:
            return True
        for ahead in range(1 + LOOK_AHEAD):
            now = 0.0 if ahead else 1.0
            spent = self.cost_of(y + ahead, now * offered, now * starters, years[ahead])
            fixed, aim = self.fixed[y + ahead], AIM_AHEAD if ahead else AIM
            if spent > fixed + aim * (self.cost.budget_per_year - fixed):
                return False
        return True

    def share_taken_back(self, y: int) -> float:
        """Return the share of those coming back for whom there is money."""
        if self.spells.returns_per_cell == 0.0:
            return 1.0
        share, _ = _largest(lambda s: self.pays_for(y, 0.0, 0.0, self.without_starters(y, s)), 1.0)
        return share

    def reach_of(self, year: _Year, share: float) -> tuple[float, float]:
        """Return a year's reach within places and money, and the limit that they set."""
        before, each = self.without_starters(year.y, share), self.per_starter(year.y)
        alive, places = self.alive(year.y), self.cost.capacity_per_year

        def fits(reach: float) -> bool:
            starters = year.starters(reach)
            if places is not None and starters.sum() > AIM * places:
                return False
            taking_part = before + ((starters @ alive) * each).sum(axis=0)
            offered = float(year.offered(reach).sum())
            return self.pays_for(year.y, offered, float(starters.sum()), taking_part)

        return _largest(fits, float(year.wanted[11]))

    def cost_of(self, y: int, offered: float, starters: float, years: float) -> float:
        """Return what a year costs with so many offered it, starters, and years served."""
        cost = self.cost
        return economics.policy_cost(
            offered, starters, years, 0.0, cost.per_person_offered, cost.per_participant,
            cost.per_participant_year, 0.0, float(self.fixed[y]),
        )  # fmt: skip

    def settle(self, year: _Year, reach: float, share: float) -> tuple[float, float]:
        """Let a year be, and return its years of taking part and those served."""
        back = self.to_come_back(year.y, share)
        later = self.course.after_a_year(self.spells, year.starters(reach), back)
        self.served.add(year.y, year.offered_by_month(reach), back)
        eligible = self.pilot.eligible[:, year.y]
        self.asked[eligible] = np.maximum(self.asked[eligible], reach)
        ahead = slice(CELLS_PER_YEAR, None)
        self.course = Course(later.part[:, ahead], later.served[:, ahead], later.ever)
        alive = self.alive(year.y)[:, 0]
        return float(later.years()[:, 0] @ alive), float(later.years_served()[:, 0] @ alive)

    def error(self, reach: Numbers) -> Numbers:
        """Return the pilot's Monte Carlo error of each settled year's spending."""
        cost, pilot, years = self.cost, self.pilot, len(reach)
        residents = np.zeros(years) if pilot.residents is None else pilot.residents
        everybody = float(max(pilot.persons, pilot.died.size))
        ever = np.full(years, everybody) if pilot.ever is None else pilot.ever
        charges = Charges(
            cost.per_person_offered + self.policy.uptake * cost.per_participant,
            self.policy.uptake * cost.per_participant_year * self.served.table()[:, :years],
            np.where(self.runs[:years], cost.per_resident_year, 0.0),
        )
        of_pilot = pilot_error(
            pilot.eligible, pilot.died, ever, residents, reach, charges
        )
        return self.scale * of_pilot


@dataclass(frozen=True)
class _Year:
    """Those who can be offered a policy in a year, by how far they were covered before.

    ``wanted`` has shape (12,); ``asked`` (groups,); ``people`` (groups, years + 1) counts them by
    year of death, ``everybody`` (groups,) whenever they die: to the same digit for every horizon.
    """

    y: int
    wanted: Numbers
    uptake: float
    asked: Numbers
    people: Numbers
    everybody: Numbers

    def offered(self, reach: float) -> Numbers:
        """Return how many are offered it by month and year of death, shape (12, years + 1)."""
        found: Numbers = self._newly(reach) @ self.people
        return found

    def offered_by_month(self, reach: float) -> Numbers:
        """Return how many are offered it by month, shape (12,)."""
        found: Numbers = self._newly(reach) @ self.everybody
        return found

    def _newly(self, reach: float) -> Numbers:
        """Return the share of each group that is offered it by month, shape (12, groups)."""
        covered = np.minimum(self.wanted, reach)
        so_far = np.maximum(covered[None, :], self.asked[:, None])
        found: Numbers = np.diff(so_far, axis=1, prepend=self.asked[:, None]).T
        return found

    def starters(self, reach: float) -> Numbers:
        """Return how many start, shaped alike; deaths come evenly over a year."""
        found = self.uptake * self.offered(reach)
        found[:, self.y] *= 1.0 - np.arange(12) / 12.0
        return found


def expected_delivery(
    scenario: Scenario, policy: Policy, parameters: Parameters, pilot: Pilot, wanted: Numbers
) -> Delivery:
    """Return each year's reach within a policy's budget and capacity, and what comes of it.

    Nobody is taken on in a year for which the budget does not even pay what its place costs.

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
        share = forecast.share_taken_back(y)
        reach, limit = forecast.reach_of(year, share)
        started, offered = year.starters(reach).sum(), year.offered_by_month(reach).sum()
        open_to = (1.0 - year.asked) @ year.everybody
        taking_part, served = forecast.settle(year, reach, share)
        spent = forecast.cost_of(y, offered, started, served)
        found.append((reach, limit, share, open_to, offered, started, taking_part, spent))
    years = np.array(found, float).T
    return Delivery(*[*years, forecast.error(years[0])])


def refuse_too_small_a_budget(scenario: Scenario, policy: Policy, pilot: Pilot) -> None:
    """Refuse a budget that does not pay for what a place costs in some year, whoever comes.

    Where these are given as intervals, the budget's low end for the others' high ends.

    Raises
    ------
    ScenarioError
        With both amounts.
    """
    budget = _end_of(scenario, policy, "budget_per_year", "low")
    fixed = _cost_of_place(scenario, policy, pilot, "high")[: scenario.years]
    if budget is None or fixed.max() <= budget:
        return
    most = int(fixed.argmax())
    central = budget == policy.cost.budget_per_year if policy.cost else True
    raise ScenarioError(
        [
            f"policies.{policy.name}.cost.budget_per_year: {'is' if central else 'reaches down to'}"
            f" {spaced(budget)}, less than residents and fixed costs take in "
            f"{scenario.start_year + most}; must be {spaced(fixed[most])} or more"
        ]
    )


def _end_of(scenario: Scenario, policy: Policy, key: str, end: str) -> float | None:
    """Return an end of the interval in which a cost is given, or the cost itself."""
    interval = scenario.intervals.get(f"policies.{policy.name}.cost.{key}") if end else None
    found: float | None = getattr(interval or policy.cost, end if interval else key, None)
    return found


def _cost_of_place(scenario: Scenario, policy: Policy, pilot: Pilot, end: str = "") -> Numbers:
    """Return what a policy costs in each year of a pilot, whoever comes [currency], shape (years,).

    That is what is fixed and what residents cost: as given, or at an ``end`` of their intervals.
    """
    years = pilot.eligible.shape[1]
    fixed = _end_of(scenario, policy, "fixed_per_year", end) or 0.0
    each = _end_of(scenario, policy, "per_resident_year", end) or 0.0
    lived = np.zeros(years) if pilot.residents is None else pilot.residents
    place = fixed + _scale(scenario, pilot) * each * lived
    return np.where(delivered(scenario, policy, years), place, 0.0)


def _scale(scenario: Scenario, pilot: Pilot) -> float:
    """Return how many people stand behind a person of the pilot."""
    return (scenario.population.represents or scenario.persons) / pilot.persons


def _largest(fits: Callable[[float], bool], most: float) -> tuple[float, float]:
    """Return the largest share up to ``most`` that fits, and the limit that it sets."""
    if fits(most):
        return most, math.inf
    low, high = 0.0, most
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if fits(middle) else (low, middle)
    rounded = math.floor(low * DIGITS) / DIGITS
    return rounded, rounded
