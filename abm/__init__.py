"""A population of people whose exercise habits move resting IL-6 and the risk of disease.

The public names are loaded when first used, so that reading a scenario stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.bout import simulate_bout
    from abm.model import ExerciseModel, Person
    from abm.scenario import Scenario, ScenarioError, load_scenario
    from abm.simulation import Result, simulate

__all__ = [
    "ExerciseModel",
    "Person",
    "Result",
    "Scenario",
    "ScenarioError",
    "load_scenario",
    "simulate",
    "simulate_bout",
]

_ROOMS = {
    "ExerciseModel": "abm.model",
    "Person": "abm.model",
    "Result": "abm.simulation",
    "Scenario": "abm.scenario",
    "ScenarioError": "abm.scenario",
    "load_scenario": "abm.scenario",
    "simulate": "abm.simulation",
    "simulate_bout": "abm.bout",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'abm' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
