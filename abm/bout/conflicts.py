"""Where the sources on one bout disagree, said beside every result."""

from abm.bout.course import FUELS
from abm.bout.session import Given, resolved
from abm.evidence.parameters import Parameters


def conflicts(parameters: Given = None) -> list[str]:
    """Return where the sources disagree, and what the parameters at hand choose."""
    values = resolved(parameters)
    hours = values["bout.saturation_hours"]
    return [
        "Beyond six hours sources part: 14-fold and level over 24 hours in the laboratory, "
        "100-fold at six hours and rising by a line through many studies. "
        f"Chosen: half of the plateau at {hours:g} h (bout.saturation_hours).",
        "Infused IL-6 raised hepatic glucose output in light exercise (n = 6), not at rest. "
        f"Chosen: {_chosen('glucose_output', values)}.",
        "Infused IL-6 raised lipolysis at rest, not in exercise (n = 6). "
        f"Chosen: {_chosen('lipolysis', values)}.",
        "The sizes of both fuel responses are recalled with low confidence: read the direction.",
    ]


def _chosen(fuel: str, parameters: Parameters) -> str:
    """Say where a fuel response is switched on."""
    paths = FUELS[fuel]
    return " and ".join(
        f"{'on' if parameters[path] else 'off'} {words} ({path})"
        for path, words in ((paths.in_exercise, "in exercise"), (paths.at_rest, "after it"))
    )
