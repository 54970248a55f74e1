"""What the runs mean: comparisons, uncertainty, sensitivity, figures and reports.

The public names are loaded when first used, because SALib and pandas take seconds to load.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.plots.panels import plot
    from analysis.sensitivity.mesa_bridge import study_mesa_model, uniform, whole_numbers

__all__ = ["plot", "study_mesa_model", "uniform", "whole_numbers"]

_OF_STUDIES = ("study_mesa_model", "uniform", "whole_numbers")
_MODULES = {
    "plot": "analysis.plots.panels",
    **dict.fromkeys(_OF_STUDIES, "analysis.sensitivity.mesa_bridge"),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
