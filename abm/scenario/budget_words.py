"""What a reader is told of budgets and capacities before the run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.limits import spaced
from abm.scenario.budgets import Delivery, delivered
from abm.scenario.parts import Policy, Scenario

LEAST = 0.95  # of a budget; where less is spent although people wait, it is said


def limits_in_words(scenario: Scenario, policy: Policy, delivery: Delivery) -> Sequence[str]:
    """Return sentences where money or places limit whom a policy reaches or takes back."""
    limits = _means(policy)
    if not limits:
        return []
    name, first_year = f"policies.{policy.name}", scenario.start_year
    bound, found = np.isfinite(delivery.limit), []
    if bound.any():
        first = int(np.argmax(bound))
        found.append(
            f"{name}: within {limits} it can be offered to {_share(delivery.reach[first])} of the "
            f"eligible by the end of {first_year + first}"
            f"{_later(scenario, policy, delivery, first)}; budget_impact.csv has every year"
        )
    least = int(np.argmin(delivery.returning))
    if delivery.returning[least] < 1.0:
        found.append(
            f"{name}: within {limits} not all can be taken who quit and come back "
            f"({delivery.returning[least]:.0%} of them in {first_year + least}, the least); the "
            "others try again later"
        )
    return [
        *found, *_left_over(scenario, policy, delivery), *_not_needed(scenario, policy, delivery)
    ]  # fmt: skip


def needs_less(spending: Any, budget: Any, reach: Any, asked: float) -> Any:
    """Return in which years a policy has the reach it asked for and leaves money of its budget."""
    return (spending < LEAST * budget) & (reach > asked - 1e-9)


def _not_needed(scenario: Scenario, policy: Policy, delivery: Delivery) -> Sequence[str]:
    """Return a sentence where a budget is not used in full because nobody waits for more."""
    budget = policy.cost.budget_per_year if policy.cost else None
    years = delivery.limit.size
    runs = delivered(scenario, policy, years)
    if not budget or not runs.any() or not delivery.eligible.any():
        return []
    spent, first_year = delivery.spending[:years], scenario.start_year
    waiting = np.isfinite(delivery.limit)
    if not waiting[runs].any() and (spent[runs] < LEAST * budget).all():
        what = "the budget is never used in full, as all whom it is to be offered to are reached"
        return [f"policies.{policy.name}: {what}{_most(spent, runs, budget, first_year)}"]
    spare = runs & needs_less(spent, budget, delivery.reach[:years], policy.reach) & ~waiting
    if not spare.any():
        return []
    from_then = f"from {first_year + int(np.argmax(spare))} on the budget is not used in full"
    reached = f"as the reach asked for, {policy.reach:g}, is there"
    most = _most(spent, spare, budget, first_year)
    return [f"policies.{policy.name}: {from_then}, {reached}{most}"]


def _most(
    spent: NDArray[np.float64], years: NDArray[np.bool_], budget: float, first_year: int
) -> str:
    """Return the largest share of a budget that is spent in some years, and when."""
    year = int(np.argmax(np.where(years, spent, -np.inf)))
    return f"; at most {spent[year] / budget:.0%} is spent ({first_year + year})"


def _later(scenario: Scenario, policy: Policy, delivery: Delivery, first: int) -> str:
    """Say when a policy reaches all whom it asked for, or how far it is in its last year."""
    years = delivery.limit.size
    last = int(np.flatnonzero(delivered(scenario, policy, years))[-1])
    free = int(np.flatnonzero(np.isfinite(delivery.limit))[-1]) + 1
    if free <= last:
        return f" and to the {policy.reach:g} asked for from {scenario.start_year + free} on"
    year = f"{'the' if last == years - 1 else 'its'} last year (asked: {policy.reach:g})"
    if first == last:
        return f", {year}"
    return f" and to {_share(delivery.reach[last])} in {scenario.start_year + last}, {year}"


def _share(reach: float) -> str:
    """Return a share with three significant digits, however small it is."""
    return np.format_float_positional(reach, precision=3, fractional=False, trim="-")


def _means(policy: Policy) -> str:
    """Return in words what a policy has for a year."""
    cost, means = policy.cost, []
    if cost is not None and cost.budget_per_year is not None:
        means.append(f"{spaced(cost.budget_per_year)} {cost.currency} a year")
    if cost is not None and cost.capacity_per_year is not None:
        means.append(f"{spaced(cost.capacity_per_year)} new places a year")
    return " and ".join(means)


def _left_over(scenario: Scenario, policy: Policy, delivery: Delivery) -> Sequence[str]:
    """Return a sentence where money is left although people wait, and why."""
    budget = policy.cost.budget_per_year if policy.cost else None
    if not budget:
        return []
    short = np.flatnonzero(np.isfinite(delivery.limit) & (delivery.spending < LEAST * budget))
    if not short.size:
        return []
    least = int(short[np.argmin(delivery.spending[short])])
    years = "1 year spends" if short.size == 1 else f"{short.size} years spend"
    return [
        f"policies.{policy.name}: {years} less than {LEAST:.0%} of the budget though people wait "
        f"({delivery.spending[least] / budget:.0%} in {scenario.start_year + least}): "
        f"{_why_left(policy, delivery, short)}"
    ]


def _why_left(policy: Policy, delivery: Delivery, short: NDArray[np.int_]) -> str:
    """Say whether places, or who must be paid for later, keep money from being spent."""
    late = "who starts late in a year must be paid for in the next"
    places = policy.cost.capacity_per_year if policy.cost else None
    if places is None:
        return late
    full = delivery.started[short] >= LEAST * places
    taken = f"the {spaced(places)} new places a year are taken"
    return late if not full.any() else taken if full.all() else f"{taken}, or {late}"


def without_money(scenario: Scenario, deliveries: Mapping[str, Delivery]) -> Sequence[str]:
    """Return the policies whose budget does not pay what their place costs in some year."""
    return [
        policy.name
        for policy in scenario.policies
        if policy.name in deliveries and policy.cost and policy.cost.budget_per_year is not None
        and (deliveries[policy.name].spending > policy.cost.budget_per_year).any()
    ]  # fmt: skip


def no_money_in_draws(draws_of: Mapping[str, Collection[int]], draws: int) -> Sequence[str]:
    """Return a sentence for each policy whose budget was too small in some draws."""
    return [
        f"policies.{name}: in {len(found)} of {draws} draws some year's budget is less than "
        "residents and fixed costs take; these are spent, and nobody new is taken on then"
        for name, found in draws_of.items()
    ]
