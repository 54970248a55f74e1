"""A population of people whose exercise habits move resting IL-6 and the risk of disease.

The public names are loaded when first used, so that reading a scenario stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.bout.simulate import simulate_bout
    from abm.mesa_face.model import ExerciseModel, Person
    from abm.running.simulate import Result, simulate
    from abm.scenario.load import load_scenario
    from abm.scenario.parts import Scenario
    from abm.scenario.text import ScenarioError

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
    "ExerciseModel": "abm.mesa_face.model",
    "Person": "abm.mesa_face.model",
    "Result": "abm.running.simulate",
    "Scenario": "abm.scenario.load",
    "ScenarioError": "abm.scenario.load",
    "load_scenario": "abm.scenario.load",
    "simulate": "abm.running.simulate",
    "simulate_bout": "abm.bout.simulate",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'abm' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
