"""A scenario and its parameters under one draw of all that is uncertain."""

from __future__ import annotations

from abm.evidence.distributions import quantile
from abm.evidence.parameters import Parameters, addressed_uniform, draw_parameters
from abm.scenario.parts import Scenario

CENTRAL = -1  # the draw that uses every entry's central value


def drawn(
    scenario: Scenario, parameters: Parameters | None, draw: int
) -> tuple[Scenario, Parameters | None]:
    """Return the scenario and parameters of a draw; those given for :data:`CENTRAL`.

    Entries of the evidence and the scenario's own intervals are drawn alike, each by its path.
    """
    if draw == CENTRAL:
        return scenario, parameters
    values = {
        path: quantile(
            addressed_uniform(scenario.seed, path, draw), "normal",
            each.value, each.low, each.high, each.minimum, each.maximum,
        )
        for path, each in scenario.intervals.items()
    }  # fmt: skip
    moved = scenario.with_values(values)
    return moved, draw_parameters(draw, scenario.seed, moved.parameters)
