"""Sentences about scenarios that are valid and yet may not be what their author meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abm.scenario.parts import Policy, Scenario

ENTRY_AGE = 20


def warnings_about(scenario: Scenario) -> Iterator[str]:
    """Yield one sentence for each policy that changes nothing or reaches beyond the run."""
    yield from _about_unknown_costs(scenario)
    for policy in scenario.policies:
        yield from _about_nothing(policy)
        yield from _about_time(policy, scenario)
        yield from _about_cost(policy)
        yield from _about_people(policy, scenario)


def _about_nothing(policy: Policy) -> Iterator[str]:
    for key in ("reach", "uptake"):
        if getattr(policy, key) == 0:
            yield f"The policy '{policy.name}' reaches nobody: its {key} is 0."
    adds = policy.adds
    minutes = (adds.moderate, adds.vigorous, adds.resistance, adds.endurance)
    if not any(minutes) and policy.il6_signalling == 1 and policy.raises_to is None:
        yield (
            f"The policy '{policy.name}' changes nothing: it adds no minutes, its il6_signalling "
            "is 1 and it has no raises_to."
        )


def _about_time(policy: Policy, scenario: Scenario) -> Iterator[str]:
    horizon = scenario.start_year + scenario.years
    last = f"the run ends with {horizon - 1}"
    if policy.start >= horizon:
        yield f"The policy '{policy.name}' never starts: it begins in {policy.start}, and {last}."
        return
    if policy.end is not None and policy.end > horizon:
        yield f"The policy '{policy.name}' goes on until {policy.end}, beyond the run: {last}."
    full = policy.start + policy.ramp_years
    if full > min(horizon, policy.end or horizon):
        yield (
            f"The policy '{policy.name}' never comes to its full reach: its ramp of "
            f"{policy.ramp_years:g} years ends in {full:g}, and {last}"
            f"{f', the policy in {policy.end}' if policy.end else ''}."
        )


def _about_unknown_costs(scenario: Scenario) -> Iterator[str]:
    unknown = [policy.name for policy in scenario.policies if policy.cost is None]
    if unknown and len(unknown) < len(scenario.policies):
        names = ", ".join(f"'{name}'" for name in unknown)
        yield f"Costs of the scenario are left empty, as nothing says what {names} costs."


def _about_cost(policy: Policy) -> Iterator[str]:
    cost = policy.cost
    if cost is None or cost.budget_per_year is None:
        return
    if not (cost.per_person_offered or cost.per_participant or cost.per_participant_year):
        yield (
            f"The budget of the policy '{policy.name}' limits nothing: per_person_offered, "
            "per_participant and per_participant_year are 0."
        )


def _about_people(policy: Policy, scenario: Scenario) -> Iterator[str]:
    population, eligible = scenario.population, policy.eligible
    if "both" not in (population.sex, eligible.sex) and population.sex != eligible.sex:
        yield (
            f"The policy '{policy.name}' reaches nobody: it is for sex '{eligible.sex}', and the "
            f"population has only '{population.sex}'."
        )
    if eligible.ages is None:
        return
    youngest, oldest = _ages_met(policy, scenario)
    if eligible.ages[0] >= oldest or eligible.ages[1] <= youngest:
        yield (
            f"The policy '{policy.name}' reaches nobody: it is for ages {eligible.ages[0]} to "
            f"below {eligible.ages[1]}, and while it runs people are {youngest} to below {oldest}."
        )


def _ages_met(policy: Policy, scenario: Scenario) -> tuple[int, int]:
    """Return the ages [from, to) that people can have while a policy runs."""
    horizon = scenario.start_year + scenario.years
    last = min(horizon, policy.end or horizon)
    youngest = scenario.population.ages[0] + max(0, policy.start - scenario.start_year)
    if scenario.population.entrants:
        youngest = min(youngest, ENTRY_AGE)
    oldest = scenario.population.ages[1] + max(0, last - scenario.start_year)
    return youngest, oldest
