"""Sentences about scenarios that are valid and yet may not be what their author meant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from abm.evidence.entries import has_costs
from abm.evidence.place import YAML_FILE
from abm.scenario.hints import nearest
from abm.scenario.place_doubts import doubts_about

if TYPE_CHECKING:
    from abm.scenario.parts import Adds, Policy, Scenario

ENTRY_AGE = 20


def warnings_about(scenario: Scenario) -> Iterator[str]:
    """Yield one sentence for each policy that may not do what its author meant."""
    yield from _about_the_place(scenario)
    yield from _about_unknown_costs(scenario)
    yield from _about_doses_above(scenario)
    yield from _about_near_names(scenario)
    for policy in scenario.policies:
        yield from _about_nothing(policy, scenario)
        yield from _about_time(policy, scenario)
        yield from _about_cost(policy)
        yield from _about_people(policy, scenario)


def _about_the_place(scenario: Scenario) -> Iterator[str]:
    """Yield a sentence where a folder has the name of a bundled place, and what else is odd."""
    place = scenario.place
    own = Path(scenario.path).parent / place.name if place.bundled and scenario.path else None
    if own and (own / YAML_FILE).is_file():
        yield (
            f"The place '{place.name}' is the bundled one, and not the folder beside the scenario, "
            f"which is called './{place.name}'."
        )
    yield from doubts_about(place)


def _about_nothing(policy: Policy, scenario: Scenario) -> Iterator[str]:
    for key in ("reach", "uptake"):
        if getattr(policy, key) == 0:
            yield f"The policy '{policy.name}' reaches nobody: its {key} is 0."
    if not _any_minutes(policy.adds) and policy.il6_signalling == 1 and policy.raises_to is None:
        own = f"policies.{policy.name}."
        varied = any(path.startswith((f"{own}adds.", f"{own}il6_s")) for path in scenario.intervals)
        yield (
            f"The policy '{policy.name}' changes nothing{' at central values' * varied}: it adds "
            "no minutes, its il6_signalling is 1 and it has no raises_to."
        )


def _any_minutes(adds: Adds) -> bool:
    return any((adds.moderate, adds.vigorous, adds.resistance, adds.endurance))


def _about_near_names(scenario: Scenario) -> Iterator[str]:
    """Yield a sentence for each policy beside inherited ones that has nearly the name of one."""
    for name, others in _added(scenario):
        if hint := nearest(name, others):
            yield (
                f"The policy '{name}' is new beside {_listed(others)}, which the scenario "
                f"inherits, and both run{hint}"
            )


def added_in_words(scenario: Scenario) -> Iterator[str]:
    """Yield a sentence for each other policy that a file adds to inherited ones."""
    for name, others in _added(scenario):
        if not nearest(name, others):
            yield f"The policy '{name}' runs together with the inherited {_listed(others)}."


def _added(scenario: Scenario) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the policies added to inherited ones, as far as both are there."""
    there = {policy.name for policy in scenario.policies}
    for name, others in scenario.added:
        left = tuple(other for other in others if other in there)
        if name in there and left:
            yield name, left


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _about_doses_above(scenario: Scenario) -> Iterator[str]:
    """Yield a sentence where participants end above the dose that a policy raises them to."""
    raising = [policy for policy in scenario.policies if policy.raises_to is not None]
    for policy in raising:
        if _any_minutes(policy.adds):
            yield (
                f"The policy '{policy.name}' has raises_to together with adds: raises_to adds what "
                "the habit lacks, whatever adds gives, so participants end above the dose of "
                "raises_to."
            )
        for other in scenario.policies:
            gives = other.raises_to is None and _any_minutes(other.adds)
            if gives and _can_share_people(policy, other, scenario):
                yield (
                    f"The policy '{policy.name}' has raises_to, and '{other.name}' can reach the "
                    "same people: raises_to adds what the habit lacks, whatever the other gives, "
                    "so participants of both end above the dose of raises_to."
                )
    for one, other in combinations(raising, 2):
        if _can_share_people(one, other, scenario):
            yield (
                f"The policies '{one.name}' and '{other.name}' both have raises_to and can reach "
                "the same people: each adds what the habit lacks, whatever the other gives, so "
                "participants of both end above the dose of raises_to."
            )


def _can_share_people(one: Policy, other: Policy, scenario: Scenario) -> bool:
    """Return whether somebody may be offered both policies in the course of the run."""
    first, second = one.eligible, other.eligible
    if "both" not in (first.sex, second.sex) and first.sex != second.sex:
        return False
    fifths, others = first.deprivation, second.deprivation
    if fifths and others and not set(fifths) & set(others):
        return False
    if first.ages is None or second.ages is None:
        return True
    # Who is too old for one may have been young enough for it earlier in the run.
    apart = max(first.ages[0], second.ages[0]) - (min(first.ages[1], second.ages[1]) - 1)
    return apart < scenario.years


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
    place = scenario.place
    if scenario.policies and not has_costs(place):
        yield (
            f"The place '{place.shown}' does not say what care costs, so savings in care, net cost "
            "and cost per QALY are left empty."
        )
    own = place.currency
    foreign = {each.cost.currency for each in scenario.policies if each.cost} - {own}
    if foreign:
        yield (
            "Costs of the scenario are left empty, as those of its policies are in "
            f"{', '.join(foreign)} and those of the place in {own}; budget_impact.csv has what "
            "they spend."
        )


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
