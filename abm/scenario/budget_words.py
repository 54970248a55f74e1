"""What a reader is told of budgets and capacities before the run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

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
        first, then = int(np.argmax(bound)), _later(scenario, policy, delivery)
        found.append(
            f"{name}: within {limits} it can be offered to {delivery.reach[first]:.3f} of the "
            f"eligible by the end of {first_year + first} and {then}; "
            "budget_impact.csv has every year"
        )
    least = int(np.argmin(delivery.returning))
    if delivery.returning[least] < 1.0:
        found.append(
            f"{name}: within {limits} not all can be taken who quit and come back "
            f"({delivery.returning[least]:.0%} of them in {first_year + least}, the least); the "
            "others try again later"
        )
    return [*found, *_left_over(scenario, policy, delivery)]


def _later(scenario: Scenario, policy: Policy, delivery: Delivery) -> str:
    """Say when a policy reaches all whom it asked for, or how far it is in its last year."""
    years = delivery.limit.size
    last = int(np.flatnonzero(delivered(scenario, policy, years))[-1])
    free = int(np.flatnonzero(np.isfinite(delivery.limit))[-1]) + 1
    if free <= last:
        return f"to the {policy.reach:g} asked for from {scenario.start_year + free} on"
    whose = "the" if last == years - 1 else "its"
    return (
        f"to {delivery.reach[last]:.3f} in {scenario.start_year + last}, {whose} last year (asked: "
        f"{policy.reach:g})"
    )


def _means(policy: Policy) -> str:
    """Return in words what a policy has for a year."""
    cost, means = policy.cost, []
    if cost is not None and cost.budget_per_year is not None:
        means.append(f"{cost.budget_per_year:,.0f} {cost.currency} a year")
    if cost is not None and cost.capacity_per_year is not None:
        means.append(f"{cost.capacity_per_year:,.0f} new places a year")
    return " and ".join(means)


def _left_over(scenario: Scenario, policy: Policy, delivery: Delivery) -> Sequence[str]:
    """Return a sentence where money is kept for those who start late in a year."""
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
        f"({delivery.spending[least] / budget:.0%} in {scenario.start_year + least}): who starts "
        "late in a year must be paid for in the next"
    ]


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
