"""A programme fitted to its monitoring table: who is reached, who starts, who goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from abm.evidence.place import Place, bundled_places
from abm.limits import LIMITS, spaced
from abm.running.simulate import simulate
from abm.scenario.hints import nearest
from abm.scenario.parts import Policy, Scenario
from abm.scenario.text import Problem, ScenarioError, printable
from analysis.place_fit.fitted import FittedTarget, Outcome, intervals
from analysis.place_fit.nearest_numbers import Number, Numbers, gauss_newton, nearest_numbers
from analysis.place_fit.targets import COUNTED, UNITS_OF_COUNTED, ProgrammeTarget

OF_POLICY = ("reach", "uptake")
OF_ADHERENCE = ("quit_12_weeks", "half_life_years", "stays", "rejoin_per_year")
NO_SHARES = ("half_life_years", "rejoin_per_year")
FEWEST_SEEDS = 10  # from which the spread of what is simulated is known well enough
IN_PARTICIPATION = {"offered": "offered", "started": "started", "taking_part": "participant_years"}
LEAST_COUNT = 1.0


def problems_of(scenario: Scenario, targets: Sequence[ProgrammeTarget]) -> list[str]:
    """Say why a scenario cannot be fitted to a monitoring table."""
    found = []
    known = {each.name: each for each in scenario.policies}
    for name in dict.fromkeys(each.policy for each in targets):
        own = sorted((each for each in targets if each.policy == name), key=lambda each: each.year)
        if name in known:
            found += [*_out_of_time(scenario, known[name], own), *_no_counts(own)]
            found += _too_many(scenario, known[name], own)
        else:
            listed = ", ".join(known) or "none"
            message = f"{scenario.name} has no policy '{printable(name, 60)}'; must be one of "
            found.append(own[0].fault("policy", f"{message}{listed}{nearest(name, list(known))}"))
    told = list(map(str, found))
    if scenario.population.represents is None:
        told.append(
            f"population.represents of {scenario.name} is not given; must say of how many people "
            "the programme's counts are"
        )
    return told


def _out_of_time(
    scenario: Scenario, policy: Policy, own: Sequence[ProgrammeTarget]
) -> Iterator[Problem]:
    last = scenario.start_year + int(LIMITS["years"].maximum) - 1
    for each in own:
        if not scenario.start_year <= each.year <= last:
            message = f"is {each.year}; must be from start_year, {scenario.start_year}, to {last}"
            yield each.fault("year", message)
        elif each.year < policy.start and any(each.counted):
            message = f"is {each.year}, and '{policy.name}' starts in {policy.start}; must be then"
            yield each.fault("year", f"{message} or later")


def _no_counts(own: Sequence[ProgrammeTarget]) -> Iterator[Problem]:
    for k, name in enumerate(COUNTED):
        if not any(each.counted[k] for each in own):
            message = f"is 0 in every year of '{own[0].policy}'; must be above 0 in one"
            yield own[0].fault(name, message)


def _too_many(
    scenario: Scenario, policy: Policy, own: Sequence[ProgrammeTarget]
) -> Iterator[Problem]:
    """Note more people offered than there are, and more years of taking part than who started."""
    people, ever_started = scenario.population.represents or math.inf, 0.0
    whole = own[0].year <= policy.start
    for each in own:
        offered, started, taking_part = each.counted
        ever_started += started
        if offered > people:
            message = f"is {spaced(offered, '.12g')} of {spaced(people, '.12g')} people"
            yield each.fault(
                "offered", f"{message} (population.represents); must be at most these"
            )
        if whole and taking_part > ever_started:
            message = f"is {spaced(taking_part, '.12g')} years in one of"
            started_in_all = f"{spaced(ever_started, '.12g')} who started"
            yield each.fault(
                "taking_part", f"{message} {started_in_all}; must be at most one each"
            )


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
        try:
            runs = [participation(here, targets, persons, seed) for seed in seeds]
        except ScenarioError as error:
            told = f"the counts lead to what no policy can be ({'; '.join(error.problems)})"
            raise ValueError(f"{told}; must be such as the policies can bring") from None
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
            names, counted, found.simulated, np.maximum(of_targets, LEAST_COUNT),
            UNITS_OF_COUNTED * len(targets), strict=True,
        )
    ]
    return Outcome(intervals(numbers, found.x, of_numbers, len(seeds) - 1), rows, found.trials)


def as_yaml(scenario: Scenario, extends: str, outcome: Outcome, place_inherited: bool) -> str:
    """Return a scenario file that extends the one fitted, with its numbers and intervals."""
    lines = [
        "# Fitted to a monitoring table; intervals hold counting and Monte Carlo error.",
        f"extends: {extends}",
        *([] if place_inherited else _place_lines(scenario.place)),
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
