"""Which scenarios can share a budget: of the same people, valued alike, with priced policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from abm.evidence.entries import has_costs as gives_costs
from abm.results.worth import has_costs
from abm.scenario.parts import Policy, Scenario

ALIKE = ("years", "start_year", "seed", "step_months")
VALUED = ("horizon", "perspective", "currency")
PEOPLE = (
    "place", "represents", "microdata", "ages", "sex", "entrants", "activity", "diseases",
)  # fmt: skip


def problems_of(scenarios: Sequence[Scenario]) -> list[str]:
    """Return why scenarios cannot share a budget, a line for each reason; empty if they can."""
    found = [problem for each in scenarios for problem in _own_problems(each)]
    for other in scenarios[1:]:
        found += _differences(scenarios[0], other)
    return found


def limits_not_applied(scenarios: Sequence[Scenario]) -> list[str]:
    """Return a warning for each limit of a policy's own that the budget takes the place of."""
    return [
        f"{each.name}: policies.{policy.name}.cost.{name} is not applied: the budget of this "
        "command takes its place"
        for each in scenarios
        for policy in each.policies
        for name in ("budget_per_year", "capacity_per_year")
        if policy.cost is not None and getattr(policy.cost, name) is not None
    ]


def _own_problems(scenario: Scenario) -> Iterator[str]:
    if not scenario.policies:
        yield f"{scenario.name}: has no policies; must have at least one to spend a budget on"
    elif not gives_costs(scenario.place):
        yield (
            f"{scenario.name}: the place '{scenario.place.shown}' gives no costs of care, so that "
            "nothing can be said of what pays; must be a place with costs"
        )
    elif not has_costs(scenario):
        yield (
            f"{scenario.name}: no cost is known of {_without_cost(scenario)}; every policy must "
            f"have a cost in {scenario.place.currency}, the currency of its place"
        )
    after = scenario.start_year + scenario.years
    for policy in scenario.policies:
        if policy.start >= after:
            yield (
                f"{scenario.name}: policies.{policy.name}.start: is {policy.start}; must be "
                f"before {after}, in the run"
            )


def _without_cost(scenario: Scenario) -> str:
    names = [each.name for each in scenario.policies if each.cost is None]
    return ", ".join(names or [each.name for each in scenario.policies])


def _differences(first: Scenario, other: Scenario) -> Iterator[str]:
    """Yield what two scenarios do not share beside their policies."""
    parts = [
        ("", first, other, ALIKE),
        ("population.", first.population, other.population, PEOPLE),
        ("economics.", first.economics, other.economics, VALUED),
    ]
    for path, one, two, names in parts:
        for name in names:
            ours, theirs = getattr(one, name), getattr(two, name)
            if ours != theirs:
                yield _unlike(f"{path}{name}", first, other, ours, theirs)
    paths = {*first.parameters, *other.parameters}
    for path in sorted(paths):
        ours, theirs = (each.parameters.get(path) for each in (first, other))
        if ours != theirs:
            yield _unlike(f"parameters.{path}", first, other, ours, theirs)


def _unlike(path: str, first: Scenario, other: Scenario, ours: object, theirs: object) -> str:
    said = "the place's own" if theirs is None else theirs
    wanted = "the place's own" if ours is None else ours
    return f"{other.name}: {path}: is {said}; must be {wanted}, as in {first.name}"


def starts_of(scenario: Scenario, policy: Policy, apart: int) -> list[int]:
    """Return the years whose starts are simulated.

    Each year while reach grows, when most people start, and the year after; then every so many
    years, and the last.
    """
    after = scenario.start_year + scenario.years
    last = min(policy.end or after, after) - 1
    dense = min(policy.start + int(-(-policy.ramp_years // 1)) + 1, last)
    years = [*range(policy.start, dense + 1), *range(dense + apart, last, apart), last]
    return sorted(set(years))
