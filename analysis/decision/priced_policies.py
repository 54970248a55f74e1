"""The effects tables of the policies that compete for a budget, boiled down to candidates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.results.effects_table import EffectsTable
from abm.results.scales import PER_100_000, REPRESENTED
from abm.running.effects_table import effects_table
from abm.running.finished_work import FinishedWork
from abm.scenario.drawn import drawn
from abm.scenario.parts import Policy, Scenario
from abm.scenario.text import ScenarioError
from analysis.decision.allocation import Market
from analysis.decision.budget_request import starts_of
from analysis.decision.candidates import (
    CARE,
    COST,
    MEASURES,
    OFFERED,
    QALYS,
    Candidate,
    candidate_of,
    halves_of,
)

Numbers = NDArray[np.float64]
YEARS_APART = 3  # of simulated starts, once most people have started
DRAW_PERSONS = 1_024  # in each parameter draw: only ratios to the central values are taken


@dataclass(frozen=True)
class Simulation:
    """How tables are made: what they are kept in, on how many threads, whom progress is told."""

    kept: FinishedWork
    threads: int | None
    progress: Callable[[int], Any]


@dataclass(frozen=True)
class Shifts:
    """How each policy's sums move in each parameter draw, all of shape (draws, policies).

    ``qalys`` and ``cost`` are factors; ``care`` is what more is averted for each person offered.
    """

    qalys: Numbers
    cost: Numbers
    care: Numbers


def policies_of(scenarios: Sequence[Scenario]) -> Iterator[tuple[Scenario, Policy]]:
    """Yield each policy with its scenario."""
    for scenario in scenarios:
        for policy in scenario.policies:
            yield scenario, policy


def market_for(
    scenarios: Sequence[Scenario], threshold: float, how: Simulation
) -> tuple[Market, NDArray[np.bool_], str]:
    """Return what a budget can buy, one half of the people, and the scale of all sums.

    Parameters
    ----------
    scenarios
        Of the same people, with costs.
    threshold
        What a QALY is worth [currency].
    how
        How tables are made.
    """
    candidates: list[Candidate] = []
    for scenario, policy in policies_of(scenarios):
        table = _table(scenario, policy, how)
        half = halves_of(table.people)
        candidates.append(candidate_of(table, half))
    scales = table.answer(reach=1.0).scales
    name = REPRESENTED if REPRESENTED in scales else PER_100_000
    fifth = table.people["deprivation"].to_numpy(np.int64)
    return Market(candidates, fifth, scales[name], threshold), half, name


def work_of(scenarios: Sequence[Scenario], draws: int) -> int:
    """Return the person-years that progress will be told of."""
    policies = sum(1 for _ in policies_of(scenarios))
    persons = scenarios[0].persons + draws_of(draws) * min(DRAW_PERSONS, scenarios[0].persons)
    return policies * persons * scenarios[0].years


def draws_of(draws: int) -> int:
    """Return how many tables of fewer people a policy takes: the draws and the central values."""
    return draws + 1 if draws else 0


def shifts_for(scenarios: Sequence[Scenario], draws: int, how: Simulation) -> Shifts | None:
    """Return how the policies' sums move over parameter draws; None without draws.

    A draw that the place's tables do not allow moves nothing.
    """
    if not draws:
        return None
    parts = []
    for scenario, policy in policies_of(scenarios):
        few = replace(scenario, persons=min(DRAW_PERSONS, scenario.persons))
        central = _whole(few, policy, how, None)
        rows = [_moved(central, _whole(few, policy, how, draw)) for draw in range(draws)]
        parts.append(np.array(rows))
    return Shifts(*np.moveaxis(np.array(parts), (0, 1, 2), (2, 1, 0)).copy())


def _moved(central: Numbers, other: Numbers | None) -> tuple[float, float, float]:
    """Return the factors of QALYs and cost, and what more care is averted for each offer."""
    if other is None:
        return 1.0, 1.0, 0.0
    per_offer = [each / each[OFFERED] if each[OFFERED] > 0.0 else each * 0.0
                 for each in (central, other)]  # fmt: skip
    ratio = [
        per_offer[1][place] / per_offer[0][place] if per_offer[0][place] != 0.0 else 1.0
        for place in (QALYS, COST)
    ]
    return ratio[0], ratio[1], float(per_offer[1][CARE] - per_offer[0][CARE])


def _whole(few: Scenario, policy: Policy, how: Simulation, draw: int | None) -> Numbers | None:
    """Return the sums of a policy offered to everybody eligible, residents and fixed cost too."""
    moved, parameters = (few, None) if draw is None else drawn(few, None, draw)
    starts = starts_of(few, policy, few.years)
    try:
        table = effects_table(
            moved, policy=policy.name, starts=starts, threads=how.threads, parameters=parameters,
            finished_work=how.kept, progress=how.progress,
        )  # fmt: skip
    except ScenarioError:
        return None
    values = table.answer(reach=1.0).values
    return np.array([values[name] for name in MEASURES])


def _table(scenario: Scenario, policy: Policy, how: Simulation) -> EffectsTable:
    return effects_table(
        scenario, policy=policy.name, starts=starts_of(scenario, policy, YEARS_APART),
        threads=how.threads, finished_work=how.kept, progress=how.progress,
    )  # fmt: skip


def share_of_normal_above(value: float, error: float) -> float:
    """Return the probability that a number is above 0, by its value and standard error."""
    if math.isnan(error) or error == 0.0:
        return math.nan if math.isnan(value) else float(value > 0.0)
    return 0.5 * math.erfc(-value / error / math.sqrt(2.0))
