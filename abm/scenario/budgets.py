"""Budgets: how far a policy reaches with the money it has, decided before the run.

The share that can be offered is the yearly budget, less fixed cost, over the years in which reach
builds up, divided by the expected cost of offering the policy to everyone eligible.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from abm.evidence.parameters import Parameters
from abm.rules import policy as rules
from abm.scenario.parts import Policy, Scenario

SAMPLE_PERSONS = 8192
WEEKS_PER_YEAR = 365.25 / 7.0


def years_taking_part(policy: Policy, parameters: Parameters, horizon: float) -> float:
    """Return how many years a participant is expected to take part within the horizon.

    The integral of the share still taking part; rejoining is left out.
    """
    stay = policy.adherence
    if stay is None:
        return horizon
    weeks = np.linspace(0.0, horizon * WEEKS_PER_YEAR, 4000)
    shape = parameters["policy.early_quit_shape"]
    early = [rules.survival_at_week(min(w, 12.0), stay.quit_12_weeks, shape) for w in weeks]
    later = np.maximum(weeks - 12.0, 0.0) / WEEKS_PER_YEAR
    kept = stay.stays + (1.0 - stay.stays) * 0.5 ** (later / max(stay.half_life_years, 1e-9))
    return float(np.trapezoid(np.array(early) * kept, weeks) / WEEKS_PER_YEAR)


def for_everyone(scenario: Scenario, policy: Policy) -> Scenario:
    """Return a year in which everyone eligible for one policy is offered it, and declines."""
    alone = replace(
        policy, start=scenario.start_year, end=None, ramp_years=0.0, reach=1.0, uptake=0.0
    )
    free = replace(alone, cost=replace(alone.cost, budget_per_year=None))
    return replace(scenario, persons=SAMPLE_PERSONS, years=1, seed=0, policies=(free,))


def affordable_reach(
    scenario: Scenario, parameters: Parameters, eligible_share: Callable[[Policy], float]
) -> tuple[list[float], list[str]]:
    """Return each policy's reach within its budget, and a sentence where the budget binds.

    ``eligible_share`` returns the share of the population that a policy is open to.
    """
    reaches, notes = [], []
    real_persons = scenario.population.represents or float(scenario.persons)
    for policy in scenario.policies:
        reaches.append(policy.reach)
        cost = policy.cost
        if cost.budget_per_year is None:
            continue
        horizon = scenario.start_year + scenario.years - policy.start
        years = years_taking_part(policy, parameters, max(float(horizon), 0.0))
        per_offer = policy.uptake * (cost.per_participant + cost.per_participant_year * years)
        purse = max(cost.budget_per_year - cost.fixed_per_year, 0.0) * max(policy.ramp_years, 1.0)
        wanted = real_persons * eligible_share(policy) * per_offer
        if wanted > 0.0 and purse / wanted < policy.reach:
            reaches[-1] = purse / wanted
            notes.append(
                f"policies.{policy.name}: the budget of {cost.budget_per_year:,.0f} "
                f"{cost.currency} a year limits reach to {reaches[-1]:.4f} of the eligible "
                f"(asked: {policy.reach:g})"
            )
    return reaches, notes
