"""Why it cannot be said whether a policy pays, where no parameter draws would tell."""

from __future__ import annotations

from typing import Any

from abm.evidence.entries import has_costs
from analysis.words import joined

NOBODY = "nobody takes part"
ALIKE = "nothing differs between the two worlds"
COST_UNKNOWN = "what it costs or saves is not known"


def why_undecided(scenario: Any, nobody: bool, differs: bool) -> str:
    """Return why no draws would say what a policy is worth, after "because"; nothing if they would.

    Parameters
    ----------
    scenario
        With its place and policies.
    nobody, differs
        Whether nobody takes part; whether health or money differ between the worlds.
    """
    if nobody or not differs:
        return NOBODY if nobody else ALIKE
    return why_no_net_cost(scenario)


def why_no_net_cost(scenario: Any) -> str:
    """Return why net cost and cost per QALY are not known, after "because"; nothing if they are."""
    place, policies = scenario.place, scenario.policies
    if not has_costs(place):
        return "the place does not say what care costs"
    free = [f"'{policy.name}'" for policy in policies if policy.cost is None]
    if free:
        which = "policies {} name" if len(free) > 1 else "policy {} names"
        return f"the {which.format(joined(free))} no cost"
    foreign = sorted({policy.cost.currency for policy in policies} - {place.currency})
    if foreign:
        of_policies = f"costs of policies are in {joined(foreign)}"
        return f"{of_policies} and those of the place in {place.currency}"
    return ""
