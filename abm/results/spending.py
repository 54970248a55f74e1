"""What policies spend in each year, and what was expected of those with a budget or a capacity."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.rules import economics
from abm.scenario.budgets import fixed_cost
from abm.scenario.parts import Policy, Scenario

Numbers = NDArray[np.float64]
OFFERED, TAKING_PART, STARTED, DELIVERED, RESIDENTS = range(5)  # what the kernel tells of policies
IN_YEARS = [TAKING_PART, DELIVERED, RESIDENTS]


def told_of(counts: Counts, p: int) -> Numbers:
    """Return what happened in one policy by year, shape (years, 5), for the simulated persons.

    Columns: persons offered it first, years of taking part, persons who started, years of taking
    part in which something is delivered, and years lived by the people of its place.
    """
    facts = (counts.told[0, p] + counts.told[1, p]).astype(float)
    facts[:, IN_YEARS] /= c.FIXED_POINT
    return facts


def spending(counts: Counts, scenario: Scenario, p: int) -> Numbers:
    """Return one policy's cost of each year for the simulated persons, not discounted.

    Per person and year as counted; of what is fixed, the part of as many persons as are simulated.
    Zero where the policy names no cost.
    """
    policy, facts = scenario.policies[p], told_of(counts, p)
    cost = policy.cost
    if cost is None:
        return np.zeros(len(facts))
    return np.array(
        [
            economics.policy_cost(
                year[OFFERED], year[STARTED], year[DELIVERED], year[RESIDENTS],
                cost.per_person_offered, cost.per_participant, cost.per_participant_year,
                cost.per_resident_year, fixed * simulated_share(scenario),
            )
            for year, fixed in zip(facts, fixed_cost(scenario, policy, len(facts)), strict=True)
        ]
    )  # fmt: skip


class CostParts(NamedTuple):
    """What the policies of a run cost in all, for the simulated persons, not discounted.

    Of ``starting`` and being served, of asking those who start and those who refuse, of the place
    and what is fixed. ``variance_of_refusing`` as of Poisson counts; ``variance_of_service`` is
    what different times of being served add: as of exponential ones where delivery has no end.
    """

    starting: float
    asked_starters: float
    asked_others: float
    place_and_fixed: float
    variance_of_refusing: float
    variance_of_service: float

    @property
    def whole(self) -> float:
        """Return all of it."""
        asked = self.asked_starters + self.asked_others
        return self.starting + asked + self.place_and_fixed


def cost_parts(counts: Counts, scenario: Scenario) -> CostParts:
    """Return what the policies of a run cost by what it is paid for."""
    parts = np.zeros(len(CostParts._fields))
    for p, policy in enumerate(scenario.policies):
        cost, facts = policy.cost, told_of(counts, p)
        if cost is None:
            continue
        offered, starts, served, lived = facts[:, [OFFERED, STARTED, DELIVERED, RESIDENTS]].sum(
            axis=0
        )
        refusing, endless = max(offered - starts, 0.0), cost.delivery_months is None
        fixed = fixed_cost(scenario, policy, len(facts)).sum() * simulated_share(scenario)
        parts += (
            cost.per_participant * starts + cost.per_participant_year * served,
            cost.per_person_offered * min(starts, offered),
            cost.per_person_offered * refusing,
            cost.per_resident_year * lived + fixed,
            cost.per_person_offered**2 * refusing,
            (cost.per_participant_year * served) ** 2 / starts if endless and starts else 0.0,
        )
    return CostParts(*parts.tolist())


def spending_later(counts: Counts, policy: Policy, p: int) -> Numbers:
    """Return what one policy costs in each year after the run, shape (later years,).

    It has ended: what is still delivered to those who take part is all that costs.
    """
    served = (counts.told_later[0, p] + counts.told_later[1, p])[:, DELIVERED] / c.FIXED_POINT
    yearly = 0.0 if policy.cost is None else policy.cost.per_participant_year
    return np.array(
        [economics.policy_cost(0.0, 0.0, s, 0.0, 0.0, 0.0, yearly, 0.0, 0.0) for s in served]
    )


def spending_error(counts: Counts, policy: Policy, p: int) -> Numbers:
    """Return the Monte Carlo standard error of one policy's cost of each year.

    Persons come one by one: those offered it, those who start and those who are served are as
    Poisson counts, and who starts was offered it and is served. Those who live in the place are a
    part R / n of all n persons so far, so that the variance of their years R is R (1 - R / n), and
    with the cost C of those who come, who live there too, they vary together by C (1 - R / n).
    """
    facts, cost = told_of(counts, p), policy.cost
    if cost is None:
        return np.full(len(facts), np.nan)
    offered, starts, years = facts[:, OFFERED], facts[:, STARTED], facts[:, DELIVERED]
    asked, once, yearly = cost.per_person_offered, cost.per_participant, cost.per_participant_year
    together = 2.0 * (once + asked) * yearly * np.minimum(starts, years)
    together += 2.0 * asked * once * starts
    variance = asked**2 * offered + once**2 * starts + yearly**2 * years + together
    residents, each = facts[:, RESIDENTS], cost.per_resident_year
    elsewhere = np.maximum(1.0 - residents / _people_so_far(counts), 0.0)
    coming = asked * offered + once * starts + yearly * years
    return np.sqrt(variance + elsewhere * each * (2.0 * coming + each * residents))


def _people_so_far(counts: Counts) -> Numbers:
    """Return the persons at the start and all entrants until the end of each year, (years,)."""
    so_far = counts.people[0] + np.cumsum(counts.people[1:])
    return np.asarray(np.maximum(so_far, 1), float)


def simulated_share(scenario: Scenario) -> float:
    """Return the simulated persons per person represented."""
    return scenario.persons / (scenario.population.represents or scenario.persons)
