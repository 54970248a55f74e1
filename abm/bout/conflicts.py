"""Where the sources on one bout disagree, said beside every result."""

from collections.abc import Mapping
from typing import Any

from abm.bout.session import Given, resolved


def conflicts(parameters: Given = None) -> list[str]:
    """Return where the sources disagree, and what the parameters at hand choose."""
    inner = resolved(parameters).under("bout")
    hours = inner["saturation_hours"]
    return [
        "Beyond six hours sources part: 14-fold and level over 24 hours in the laboratory, "
        "100-fold at six hours and rising by a line through many studies. "
        f"Chosen: half of the plateau at {hours:g} h (bout.saturation_hours).",
        "Infused IL-6 raised hepatic glucose output in light exercise (n = 6), not at rest. "
        f"Chosen: {_chosen('glucose_output', inner)}.",
        "Infused IL-6 raised lipolysis at rest, not in exercise (n = 6). "
        f"Chosen: {_chosen('lipolysis', inner)}.",
        "The sizes of both fuel responses are recalled with low confidence: read the direction.",
    ]


def _chosen(fuel: str, inner: Mapping[str, Any]) -> str:
    """Say where a fuel response is switched on."""
    return " and ".join(
        f"{'on' if inner[name] else 'off'} {words} (bout.{name})"
        for name, words in (
            (f"{fuel}_in_exercise", "in exercise"),
            (f"{fuel}_at_rest", "after it"),
        )
    )
