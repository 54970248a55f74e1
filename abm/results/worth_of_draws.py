"""What every parameter draw says of health and money: gone through once for all tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from abm.evidence.parameters import central_parameters
from abm.kernel.blocks import Counts
from abm.results.joint_error import Horizon, horizons_of, means_of
from abm.results.worth import worth
from abm.scenario.drawn import CENTRAL, drawn
from abm.scenario.parts import Scenario


class DrawWorth(NamedTuple):
    """A draw and seed: what :func:`abm.results.worth.worth` says, and QALYs and net cost so far.

    ``so_far`` holds both for each of ``horizons``.
    """

    draw: int
    seed: int
    worth: Mapping[str, float]
    horizons: tuple[Horizon, ...]
    so_far: tuple[tuple[float, float], ...]


def worth_of_draws(
    scenario: Scenario, runs: Mapping[tuple[int, int], Counts]
) -> list[DrawWorth]:
    """Return every draw and seed, draw by draw, for the simulated persons."""
    found = []
    for draw in sorted({draw for _, draw in runs if draw != CENTRAL}):
        moved, parameters = drawn(scenario, None, draw)
        values = parameters or central_parameters(moved.parameters, moved.place)
        for (seed, each), counts in runs.items():
            if each == draw:
                horizons = tuple(horizons_of(counts))
                so_far = tuple(means_of(counts, moved, values, horizon) for horizon in horizons)
                found.append(
                    DrawWorth(draw, seed, worth(counts, moved, values), horizons, so_far)
                )
    return found
