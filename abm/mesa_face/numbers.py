"""Numbers of a scenario as keywords of a model, so that a sweep of Mesa's can vary them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from abm.limits import as_number, misfit, refuse
from abm.scenario.hints import nearest, nearest_path
from abm.scenario.parts import Scenario

FIRST = ("policies", "parameters")
SEEDS = ("seed", "random_seed")  # as other models of Mesa's call it
WANTED = "policies.NAME.KEY or parameters.PATH"


def with_numbers(scenario: Scenario, numbers: Mapping[str, float], model_class: type) -> Scenario:
    """Return the scenario with the numbers that a model was given as keywords, by their paths.

    Raises
    ------
    TypeError
        If a name is no path: a keyword that the model does not take.
    ValueError
        If a path leads to no number of the scenario, or a number is out of its range.
    """
    for name in numbers:
        if name.partition(".")[0] not in FIRST or "." not in name:
            raise TypeError(
                f"{model_class.__name__} takes no keyword {name!r}; must be one of its parameters, "
                f"or the path of a number, {WANTED}{_meant(name, scenario, model_class)}"
            )
    refuse(
        misfit(name, value, as_number(value) is not None, "a number")
        for name, value in numbers.items()
    )
    for name, value in numbers.items():
        scenario = _with_number(scenario, name, value)
    return scenario


def _with_number(scenario: Scenario, name: str, value: float) -> Scenario:
    try:
        return scenario.with_values({name: value})
    except ValueError as error:
        hint = "" if name in scenario.intervals else nearest_path(name, scenario.intervals)
        raise ValueError(f"{error}{hint}") from None


def _meant(name: str, scenario: Scenario, model_class: type) -> str:
    """Return which keyword or path may be meant by a name that is none; or nothing."""
    if name in SEEDS:
        return "; did you mean 'rng'?"
    ends = [path for path in scenario.intervals if path.endswith(f".{name}")]
    if ends:
        return f"; did you mean '{ends[0]}'?"
    if "." in name:
        return nearest_path(name, scenario.intervals)
    return nearest(name, inspect.signature(model_class).parameters)
