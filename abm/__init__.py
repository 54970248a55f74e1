"""A population of people whose exercise habits move resting IL-6 and the risk of disease.

The public names are loaded when first used, so that reading a scenario stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from abm.version import __version__ as __version__

if TYPE_CHECKING:
    from abm.bout.simulate import simulate_bout
    from abm.mesa_face.model import ExerciseModel
    from abm.mesa_face.views import People, Person
    from abm.population.curves import published_curve
    from abm.results.answer import Answer
    from abm.results.effects_table import EffectsTable
    from abm.results.result import Result, load_result
    from abm.results.saved import SavedResultError
    from abm.running.effects_table import effects_table
    from abm.running.simulate import simulate
    from abm.scenario.load import load_scenario
    from abm.scenario.parts import Scenario
    from abm.scenario.text import ScenarioError

__all__ = [
    "Answer",
    "EffectsTable",
    "ExerciseModel",
    "People",
    "Person",
    "Result",
    "SavedResultError",
    "Scenario",
    "ScenarioError",
    "__version__",
    "effects_table",
    "load_result",
    "load_scenario",
    "published_curve",
    "simulate",
    "simulate_bout",
]

_ROOMS = {
    "Answer": "abm.results.answer",
    "EffectsTable": "abm.results.effects_table",
    "ExerciseModel": "abm.mesa_face.model",
    "People": "abm.mesa_face.views",
    "Person": "abm.mesa_face.views",
    "Result": "abm.results.result",
    "SavedResultError": "abm.results.saved",
    "Scenario": "abm.scenario.parts",
    "ScenarioError": "abm.scenario.text",
    "effects_table": "abm.running.effects_table",
    "load_result": "abm.results.result",
    "load_scenario": "abm.scenario.load",
    "published_curve": "abm.population.curves",
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
