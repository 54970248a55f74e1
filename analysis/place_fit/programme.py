"""A programme fitted to its monitoring table: who is reached, who starts, who goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from abm.evidence.place import Place, bundled_places
from abm.running.simulate import simulate
from abm.scenario.parts import Policy, Scenario
from analysis.place_fit.fitted import FittedTarget, Outcome, intervals
from analysis.place_fit.nearest_numbers import Number, Numbers, gauss_newton, nearest_numbers
from analysis.place_fit.targets import COUNTED, ProgrammeTarget

OF_POLICY = ("reach", "uptake")
OF_ADHERENCE = ("quit_12_weeks", "half_life_years", "stays", "rejoin_per_year")
NO_SHARES = ("half_life_years", "rejoin_per_year")
FEWEST_SEEDS = 10  # from which the spread of what is simulated is known well enough
IN_PARTICIPATION = {"offered": "offered", "started": "started", "taking_part": "participant_years"}
LEAST_COUNT = 1.0


def problems_of(scenario: Scenario, targets: Sequence[ProgrammeTarget]) -> list[str]:
    """Say why a scenario cannot be fitted to a monitoring table."""
    found = []
    known = [each.name for each in scenario.policies]
    for name in dict.fromkeys(each.policy for each in targets):
        if name not in known:
            listed = ", ".join(known) or "none"
            found.append(f"{scenario.name} has no policy '{name}'; must be one of {listed}")
    early = [each.year for each in targets if each.year < scenario.start_year]
    if early:
        found.append(
            f"the year {min(early)} is before start_year, {scenario.start_year}; must not be"
        )
    if scenario.population.represents is None:
        found.append(
            f"population.represents of {scenario.name} is not given; must say of how many people "
            "the programme's counts are"
        )
    return found


def numbers_of(scenario: Scenario, targets: Sequence[ProgrammeTarget]) -> list[Number]:
    """Return the numbers of the policies to be fitted: those that are not at an end of their range.

    A share of 0 or 1, or a rate of 0, is kept: it says that nothing of the kind happens.
    """
    named = {each.policy for each in targets}
    found = []
    for policy in scenario.policies:
        if policy.name in named:
            found += [
                Number(f"{policy.name}.{key}", value, key not in NO_SHARES)
                for key, value in _values(policy).items()
                if value > 0.0 and (key in NO_SHARES or value < 1.0)
            ]
    return found


def _values(policy: Policy) -> dict[str, float]:
    found = {key: float(getattr(policy, key)) for key in OF_POLICY}
    if policy.adherence is not None:
        found |= {f"{key}": float(getattr(policy.adherence, key)) for key in OF_ADHERENCE}
    return found


def with_numbers(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return a scenario with other numbers, by names such as ``walks.uptake``."""
    policies = []
    for policy in scenario.policies:
        own = {
            key: values[f"{policy.name}.{key}"]
            for key in (*OF_POLICY, *OF_ADHERENCE)
            if f"{policy.name}.{key}" in values
        }
        adherence = policy.adherence
        if adherence is not None:
            of_it = {key: own[key] for key in OF_ADHERENCE if key in own}
            adherence = replace(adherence, **of_it)
        of_policy = {key: own[key] for key in OF_POLICY if key in own}
        policies.append(replace(policy, adherence=adherence, **of_policy))
    return replace(scenario, policies=tuple(policies))


def participation(
    scenario: Scenario, targets: Sequence[ProgrammeTarget], persons: int, seed: int
) -> Numbers:
    """Return what one seed gives for every target, of the people represented, (3 x targets,)."""
    years = max(each.year for each in targets) - scenario.start_year + 1
    result = simulate(
        scenario, persons=persons, years=years, seed=seed, pathways=False, lifetimes=False
    )
    table = result.participation
    assert table is not None and scenario.population.represents is not None
    table = table.set_index(["policy", "year"])
    each_stands_for = scenario.population.represents / persons
    return np.array(
        [
            float(table.loc[(each.policy, each.year), IN_PARTICIPATION[name]]) * each_stands_for  # type: ignore[index]
            for each in targets
            for name in COUNTED
        ]
    )


def fit_programme(
    scenario: Scenario, targets: Sequence[ProgrammeTarget], persons: int, seeds: Sequence[int],
    told: Callable[[str], None],
) -> Outcome:  # fmt: skip
    """Return the numbers that bring a programme to its monitoring table, with intervals.

    Whoever starts is counted in several years and columns, so counts hang together. By how much is
    taken from how each seed would move the numbers, which gives counting and Monte Carlo error.

    Raises
    ------
    ValueError
        If the table does not tell the numbers, or there are too few seeds.
    """
    if len(seeds) < FEWEST_SEEDS:
        raise ValueError(f"{len(seeds)} seeds; must be at least {FEWEST_SEEDS} for a programme")
    numbers = numbers_of(scenario, targets)
    counted = np.array([one for each in targets for one in each.counted])
    errors = np.sqrt(np.maximum(counted, LEAST_COUNT))
    kept: list[Numbers] = []

    def simulated(values: Numbers) -> Numbers:
        here = with_numbers(
            scenario, {each.name: one for each, one in zip(numbers, values, strict=True)}
        )
        runs = [participation(here, targets, persons, seed) for seed in seeds]
        kept.append(np.array(runs))
        return np.asarray(np.mean(runs, axis=0))

    found = nearest_numbers(simulated, numbers, counted, errors, told)
    runs = next(each for each in kept if np.array_equal(each.mean(axis=0), found.simulated))
    share = persons / float(scenario.population.represents or persons)
    spread = share + 1.0 / len(seeds)  # of the count itself and of the mean over seeds, in seeds
    follow = gauss_newton(found.slopes, errors)
    of_numbers = np.std(runs @ follow.T, axis=0, ddof=1) * np.sqrt(spread)
    of_targets = np.std(runs, axis=0, ddof=1) * np.sqrt(spread)
    names = [f"{each.policy}, {each.year}, {name}" for each in targets for name in COUNTED]
    rows = [
        FittedTarget(*each)
        for each in zip(
            names, counted, found.simulated, np.maximum(of_targets, LEAST_COUNT), strict=True
        )
    ]
    return Outcome(intervals(numbers, found.x, of_numbers, len(seeds) - 1), rows, found.trials)


def as_yaml(scenario: Scenario, extends: str, outcome: Outcome) -> str:
    """Return a scenario file that extends the one fitted, with its numbers and intervals."""
    lines = [
        "# Fitted to a monitoring table; intervals hold counting and Monte Carlo error.",
        f"extends: {extends}",
        *_place_lines(scenario.place),
        "policies:",
    ]
    for policy in scenario.policies:
        own = {
            each.name.removeprefix(f"{policy.name}."): each
            for each in outcome.numbers
            if each.name.startswith(f"{policy.name}.")
        }
        if not own:
            continue
        lines.append(f"  - name: {policy.name}")
        lines += [f"    {key}: {_written(own[key])}" for key in OF_POLICY if key in own]
        if any(key in own for key in OF_ADHERENCE):
            lines.append("    adherence:")
            lines += [f"      {key}: {_written(own[key])}" for key in OF_ADHERENCE if key in own]
    return "\n".join(lines) + "\n"


def _place_lines(place: Place) -> list[str]:
    """Return what names the place; a folder can be named only where it lies beside the file."""
    if place.name in bundled_places():
        return [f"population: {{place: {place.name}}}"]
    return [f"# fitted at {place.shown}: put its folder beside this file, and name it here",
            "# population: {place: FOLDER}"]  # fmt: skip


def _written(each: object) -> str:
    numbers = {key: f"{getattr(each, key):.4g}" for key in ("value", "lower", "upper")}
    return f"{{value: {numbers['value']}, low: {numbers['lower']}, high: {numbers['upper']}}}"
