"""What the runs mean: comparisons, uncertainty, sensitivity, figures and reports.

The public names are loaded when first used, because SALib and pandas take seconds to load.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.plots.panels import plot
    from analysis.sensitivity.from_python import study_scenario
    from analysis.sensitivity.mesa_bridge import study_mesa_model, uniform, whole_numbers

__all__ = ["plot", "study_mesa_model", "study_scenario", "uniform", "whole_numbers"]

_MODULES = dict.fromkeys(__all__, "analysis.sensitivity.mesa_bridge") | {
    "plot": "analysis.plots.panels",
    "study_scenario": "analysis.sensitivity.from_python",
}


def _refuse_another_model() -> None:
    """Name a package of somebody else that would be taken for our ``abm``.

    Raises
    ------
    ImportError
        If there is one, or none at all.
    """
    ours, found = Path(__file__).resolve().parents[1] / "abm", find_spec("abm")
    origin = None if found is None or found.origin is None else Path(found.origin).resolve()
    if origin is None or origin.parent != ours:
        where = "there is none" if origin is None else f"{origin.parent} is found first"
        raise ImportError(
            f"analysis needs the package 'abm' in {ours}, but {where}; rename that folder, or take "
            "it out of the search path (python -P leaves the current folder out)"
        )


_refuse_another_model()


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
