"""What is done in one bout: its length and intensity, or sets, load and rest translated to them.

The source of the IL-6 is contracting muscle, so stop-and-go exercise counts by what the muscle
does while it contracts: load or intensity, averaged over work and rest with the same power that
makes hard work raise IL-6 more than easy work.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from abm import notebook
from abm.bout.course import Response, response
from abm.bout.limits import (
    activity_problem,
    minutes_problem,
    number_problem,
    share_problem,
    whole_number_problem,
)
from abm.evidence.entries import Value
from abm.evidence.parameters import Parameters, central_parameters
from abm.limits import refuse
from abm.rules import bout as rules

Given = Parameters | Mapping[str, Value] | None

HOURS_PER_WEEK = 168.0


@dataclass(frozen=True, slots=True)
class Bout:
    """One bout of exercise; ``start_hours`` counts from Monday midnight."""

    activity: str
    minutes: float
    intensity: float
    start_hours: float = 0.0
    trained: bool = False
    carbohydrate: bool = False

    @property
    def stop_hours(self) -> float:
        """Return when the bout ends [hours]."""
        return self.start_hours + self.minutes / 60.0

    def _repr_html_(self) -> str:
        of_whom = "an endurance-trained person" if self.trained else "a person not trained"
        return notebook.shown(
            f"{self.minutes:g} minutes of {self.activity} at {self.intensity:g} of VO2max",
            [
                f"By {of_whom}, {'with' if self.carbohydrate else 'without'} carbohydrate; starts "
                f"{self.start_hours:g} hours after Monday midnight.",
            ],
        )


def resolved(parameters: Given) -> Parameters:
    """Return parameters: as they are, or the central ones with overrides."""
    if isinstance(parameters, Parameters):
        return parameters
    return central_parameters(parameters or {})


def response_to(bout: Bout, parameters: Parameters) -> Response:
    """Check a bout and return its median response."""
    refuse(
        [
            activity_problem(bout.activity),
            minutes_problem(bout.minutes, parameters["bout.longest_minutes"]),
            share_problem("intensity", bout.intensity, "VO2max"),
            number_problem(
                "start_hours", bout.start_hours, "hours", 0.0, HOURS_PER_WEEK, or_equal=True
            ),
        ]
    )
    return response(
        bout.activity,
        float(bout.minutes),
        float(bout.intensity),
        bool(bout.trained),
        bool(bout.carbohydrate),
        parameters,
    )


def resistance_bout(
    sets: int,
    repetitions: int,
    load: float,
    rest_seconds: float,
    *,
    trained: bool = False,
    parameters: Given = None,
) -> Bout:
    """Translate sets, load and rest into the work of contracting muscle.

    Parameters
    ----------
    sets
        All sets of the session, of all exercises together.
    repetitions
        Repetitions per set.
    load
        Fraction of the heaviest load that can be lifted once [1].
    rest_seconds
        Rest after each set [s].
    trained
        Passed on to the bout.
    parameters
        Overrides of evidence entries by path, or whole parameters.

    Returns
    -------
        A bout of the session's length at its steady equivalent intensity.

    Examples
    --------
    >>> bout = resistance_bout(sets=24, repetitions=10, load=0.7, rest_seconds=60)
    >>> round(bout.minutes), round(bout.intensity, 2)
    (40, 0.53)
    """
    refuse(
        [
            whole_number_problem("sets", sets, 200, "sets"),
            whole_number_problem("repetitions", repetitions, 500, "repetitions"),
            share_problem("load", load, "the heaviest single lift"),
            number_problem("rest_seconds", rest_seconds, "s", 0.0, 1800.0, or_equal=True),
        ]
    )
    values = resolved(parameters)
    under_load = repetitions * values["bout.seconds_per_repetition"]
    cycle = under_load + rest_seconds
    intensity = _steady_equivalent(load, under_load / cycle, None, values)
    return Bout("resistance", sets * cycle / 60.0, intensity, trained=trained)


def interval_bout(
    repetitions: int,
    work_minutes: float,
    work_intensity: float,
    rest_minutes: float,
    rest_intensity: float | None = None,
    *,
    trained: bool = False,
    parameters: Given = None,
) -> Bout:
    """Translate intervals into the steady intensity that does the same work of muscle.

    Sprints may go beyond VO2max (up to twice); rest is standing still unless its intensity is
    given.

    Examples
    --------
    >>> bout = interval_bout(10, 4, 0.875, 2)
    >>> round(bout.minutes), round(bout.intensity, 2)
    (60, 0.77)
    """
    refuse(
        [
            whole_number_problem("repetitions", repetitions, 500, "repetitions"),
            number_problem("work_minutes", work_minutes, "minutes", 0.0, 120.0),
            number_problem("work_intensity", work_intensity, "fraction of VO2max", 0.0, 2.0),
            number_problem("rest_minutes", rest_minutes, "minutes", 0.0, 120.0, or_equal=True),
            None
            if rest_intensity is None
            else share_problem("rest_intensity", rest_intensity, "VO2max"),
        ]
    )
    values = resolved(parameters)
    cycle = work_minutes + rest_minutes
    intensity = _steady_equivalent(work_intensity, work_minutes / cycle, rest_intensity, values)
    if intensity > 1.0:
        raise ValueError(
            f"the intervals amount to a steady {intensity:.2f} of VO2max, must be at most 1: "
            "shorten the work, lengthen the rest or lower work_intensity"
        )
    return Bout("intervals", repetitions * cycle, intensity, trained=trained)


def _steady_equivalent(
    work: float, share: float, rest: float | None, parameters: Parameters
) -> float:
    """Return the steady equivalent of work and rest, standing still where no rest is given."""
    quiet = parameters["bout.rest_intensity"] if rest is None else rest
    return rules.steady_equivalent(
        work, share, min(quiet, work), parameters["bout.intensity_exponent"]
    )
