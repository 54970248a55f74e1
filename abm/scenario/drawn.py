"""A scenario and its parameters under one draw of all that is uncertain."""

from __future__ import annotations

from abm.evidence.distributions import quantile
from abm.evidence.parameters import Parameters, addressed_uniform, draw_parameters
from abm.evidence.remainders import kept_whole
from abm.scenario.parts import Scenario, evidence_entries

EVIDENCE = "parameters."  # begins the path of an entry among those of a scenario's numbers
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
    moved = with_drawn(scenario, values)
    return moved, draw_parameters(draw, scenario.seed, moved.parameters, moved.place)


def with_drawn(scenario: Scenario, values: dict[str, float]) -> Scenario:
    """Return the scenario with values drawn from its intervals, by the paths of these.

    Entries of the evidence leave what is allowed for those that are 1 less others, whatever ends
    of their intervals are drawn (:func:`abm.evidence.remainders.kept_whole`).
    """
    drawn = {
        path.removeprefix(EVIDENCE): value
        for path, value in values.items()
        if path.startswith(EVIDENCE)
    }
    entries = evidence_entries(scenario.place) if drawn else {}
    concerned = [
        each for each in entries.values() if not drawn.keys().isdisjoint(each.remainder_of)
    ]
    parts = [path for entry in concerned for path in entry.remainder_of]
    centre = {path: scenario.parameters.get(path, entries[path].value) for path in parts}
    kept = kept_whole(centre | drawn, centre, concerned)
    return scenario.with_values(values | {f"{EVIDENCE}{path}": kept[path] for path in drawn})
