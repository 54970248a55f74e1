"""Whom policies find at all: tried out before a run, and looked up after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from abm.kernel.blocks import Counts
from abm.limits import spaced
from abm.results.effects import tells_of_offers
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.parts import Policy, Scenario

# Of a run so small everybody is tried, else as many of its persons as take about half a second.
MOST_PERSON_YEARS = 400_000
FEW = 1_024


def nobody_eligible(scenario: Scenario, threads: int | None = None) -> list[str]:
    """Return a sentence for each policy for which nobody tried is eligible in any year.

    The persons tried are the first of the run itself, and all are reached who can be. Nothing is
    tried of a policy of which it is known without.
    """
    most = max(min(scenario.persons, MOST_PERSON_YEARS // scenario.years), 1)
    doubtful = [policy for policy in scenario.policies if not _warned_of(policy, scenario)]
    for persons in sorted({min(FEW, most), most}):  # a few mostly do
        doubtful = _without_takers(scenario, doubtful, persons, threads)
    of = "" if most == scenario.persons else f" of the {spaced(most)} tried first"
    return [
        f"The policy '{policy.name}' reaches nobody: no person{of} is eligible in any year."
        for policy in doubtful
    ]


def _without_takers(
    scenario: Scenario, policies: list[Policy], persons: int, threads: int | None
) -> list[Policy]:
    """Return those policies for which none of the first so many persons is eligible."""
    if not policies:
        return []
    tried = replace(scenario, persons=persons, policies=tuple(map(_for_all, policies)))
    counts = count_population(set_up(tried, pathways=False), scenario.seed, threads)
    return [policy for policy, n in zip(policies, _offered(counts), strict=True) if n == 0]


def offered_to_nobody(scenario: Scenario, runs: Iterable[Counts]) -> list[str]:
    """Return a sentence for each policy that was offered to nobody in any of some runs.

    Of policies of which not all were simulated who could be offered them that is not known.
    """
    runs = list(runs)
    found = [_offered(counts) for counts in runs] if scenario.policies else []
    return [
        f"The policy '{policy.name}' was offered to nobody in this run."
        for place, policy in enumerate(scenario.policies)
        if not any(each[place] for each in found)
        and all(tells_of_offers(counts, policy) for counts in runs)
        and not _warned_of(policy, scenario)
    ]


def _offered(counts: Counts) -> list[int]:
    """Return how many were offered each policy."""
    facts = counts.told[0] + counts.told[1]
    return [int(number) for number in facts[:, :, 0].sum(axis=1)]


def _for_all(policy: Policy) -> Policy:
    """Return a policy that reaches all who are eligible, whatever it costs."""
    unlimited = policy.cost and replace(policy.cost, budget_per_year=None, capacity_per_year=None)
    return replace(policy, reach=1.0, ramp_years=0.0, cost=unlimited)


def _warned_of(policy: Policy, scenario: Scenario) -> bool:
    """Return whether the scenario's own warnings say why a policy reaches nobody."""
    name = f"The policy '{policy.name}' "
    return any(
        each.startswith((f"{name}reaches nobody", f"{name}never starts"))
        for each in scenario.warnings
    )
