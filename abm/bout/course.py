"""The rules of a bout over arrays: many times and many people at once.

A rule is written for scalars. Where its source holds no branch on its arguments, the same source
runs on arrays once the elementary functions in it are NumPy's; nothing is written twice.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import FunctionType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.kernel import draws
from abm.rules import arithmetic
from abm.rules import bout as rules

Doubles = NDArray[np.float64]

PURPOSE = 80  # of the draws of a bout, see abm.kernel.draws

# How strongly the muscles of an activity release IL-6, against cycling.
ACTIVITY_FACTOR: Final = {
    "walking": "bout.walking_factor",
    "running": "bout.running_factor",
    "intervals": "bout.intervals_factor",
    "resistance": "bout.resistance_factor",
}
_ELEMENTARY: Mapping[str, Any] = {
    "exp": np.exp,
    "power": np.power,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "square_root": np.sqrt,
}


@cache
def over_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a copy of a branch-free rule that takes arrays as well as numbers."""
    assert isinstance(function, FunctionType)
    names = {}
    for name in function.__code__.co_names:
        found = function.__globals__.get(name)
        known_rule = found in arithmetic.RULES if callable(found) else False
        names[name] = _ELEMENTARY.get(name) or (over_arrays(found) if known_rule else found)
    return FunctionType(function.__code__, names, function.__name__)


class Follower(NamedTuple):
    """The paths of the entries that say how a cytokine follows IL-6 in time."""

    peak_delay: str
    half_life: str


FOLLOWERS: Final = {
    "il1ra": Follower("bout.il1ra_peak_delay_hours", "bout.il1ra_half_life_hours"),
    "il10": Follower("bout.il10_peak_delay_hours", "bout.il10_half_life_hours"),
}


class Fuel(NamedTuple):
    """The paths of the entries that say how IL-6 moves a fuel, and whether it does."""

    rise_share: str
    in_exercise: str
    at_rest: str


FUELS: Final = {
    "glucose_output": Fuel(
        "bout.glucose_output_rise_share",
        "bout.glucose_output_in_exercise",
        "bout.glucose_output_at_rest",
    ),
    "lipolysis": Fuel(
        "bout.lipolysis_rise_share", "bout.lipolysis_in_exercise", "bout.lipolysis_at_rest"
    ),
}


class Response(NamedTuple):
    """The numbers of one bout for a person of median response."""

    duration: float  # hours
    gain: float  # rise per unit of build-up
    plateau_hours: float
    largest_rise: float
    half_life: float  # hours

    @property
    def peak_rise(self) -> float:
        """Return the IL-6 rise at the stop."""
        return rules.rise_during(self.duration, self.gain, self.plateau_hours, self.largest_rise)

    @property
    def area(self) -> float:
        """Return the area under the rise [fold-hours above rest]."""
        return rules.area(*self)


def response(
    activity: str,
    minutes: float,
    intensity: float,
    trained: bool,
    carbohydrate: bool,
    parameters: Parameters,
) -> Response:
    """Return the median response to a bout."""
    work = rules.relative_work(
        intensity, parameters["bout.reference_intensity"], parameters["bout.intensity_exponent"]
    )
    modifier = (parameters["bout.trained_factor"] if trained else 1.0) * (
        parameters["bout.carbohydrate_factor"] if carbohydrate else 1.0
    )
    factor = 1.0 if activity == "cycling" else parameters[ACTIVITY_FACTOR[activity]]
    return Response(
        minutes / 60.0,
        rules.gain(parameters["bout.gain"], factor, work, modifier),
        parameters["bout.saturation_hours"],
        parameters["bout.fold_cap"] - 1.0,
        parameters["bout.half_life_hours"],
    )


class Scatter(NamedTuple):
    """How people differ from the median response, each of shape ``(people,)``."""

    il6: Doubles
    il1ra: Doubles
    il10: Doubles


def median_person() -> Scatter:
    """Return the scatter of one person who responds as the median does."""
    one = np.ones(1)
    return Scatter(one, one, one)


def drawn_people(people: int, seed: int, occasion: int, parameters: Parameters) -> Scatter:
    """Draw how ``people`` respond on one occasion; a person is the same on every occasion."""
    own = standard_normals(people, seed, 0)
    new = standard_normals(people, seed, 1 + occasion)
    il6 = over_arrays(rules.scatter)(
        own[0], new[0], parameters["bout.scatter_log_sd"], parameters["bout.scatter_person_share"]
    )
    il1ra = np.exp(parameters["bout.il1ra_scatter_log_sd"] * new[1])
    il10 = np.exp(parameters["bout.il10_scatter_log_sd"] * new[2])
    return Scatter(il6, il1ra, il10)


def standard_normals(people: int, seed: int, occasion: int) -> list[Doubles]:
    """Draw standard normal numbers by person, addressed as all draws are (Box and Muller 1958)."""
    slots: Any = np.arange(people, dtype=np.uint64)
    words = draws.philox(slots, 0, PURPOSE, occasion, seed & draws.MASK, seed >> 32)
    first, second, third, fourth = ((np.asarray(w, dtype=np.float64) + 0.5) / 2**32 for w in words)
    radius, other_radius = np.sqrt(-2.0 * np.log(first)), np.sqrt(-2.0 * np.log(third))
    angle, other_angle = 2.0 * np.pi * second, 2.0 * np.pi * fourth
    return [radius * np.cos(angle), radius * np.sin(angle), other_radius * np.cos(other_angle)]


class Rises(NamedTuple):
    """Rises above rest, each of shape ``(times, people)``."""

    il6: Doubles
    il1ra: Doubles
    il10: Doubles


def rises(hours: Doubles, bout: Response, people: Scatter, parameters: Parameters) -> Rises:
    """Return the rises of the three cytokines at ``hours`` after the start of one bout.

    Before the start (negative hours) they are 0.
    """
    time = np.maximum(hours, 0.0)[:, np.newaxis]
    since_stop = np.maximum(time - bout.duration, 0.0)
    built = over_arrays(rules.rise_during)(
        np.minimum(time, bout.duration), bout.gain, bout.plateau_hours, bout.largest_rise
    )
    reached = built * people.il6
    return Rises(
        reached * over_arrays(rules.share_left)(since_stop, bout.half_life),
        people.il1ra
        * _followed(
            il1ra_called_for(reached, parameters), since_stop, parameters, FOLLOWERS["il1ra"]
        ),
        people.il10
        * _followed(
            il10_called_for(reached, parameters), since_stop, parameters, FOLLOWERS["il10"]
        ),
    )


def il1ra_called_for(il6_rise: Doubles, parameters: Parameters) -> Doubles:
    """Return the IL-1ra rise that an IL-6 rise calls for."""
    called: Doubles = over_arrays(rules.il1ra_fold)(
        1.0 + il6_rise, parameters["bout.il1ra_exponent"]
    )
    return called - 1.0


def il10_called_for(il6_rise: Doubles, parameters: Parameters) -> Doubles:
    """Return the IL-10 rise that an IL-6 rise calls for."""
    called: Doubles = over_arrays(rules.il10_fold)(
        1.0 + il6_rise, parameters["bout.il10_threshold_fold"]
    )
    return called - 1.0


def _followed(
    called_for: Doubles, since_stop: Doubles, parameters: Parameters, follower: Follower
) -> Doubles:
    """Return the rise of a follower over time."""
    course: Doubles = over_arrays(rules.follower_rise)(
        called_for,
        since_stop,
        parameters[follower.peak_delay],
        parameters["bout.half_life_hours"],
        parameters[follower.half_life],
    )
    return course


def fuel_change(
    fuel: str, il6_rise: Doubles, exercising: NDArray[np.bool_], parameters: Parameters
) -> Doubles:
    """Return the relative change of ``glucose_output`` or ``lipolysis`` that IL-6 makes."""
    paths = FUELS[fuel]
    switch: Doubles = np.where(exercising, parameters[paths.in_exercise], parameters[paths.at_rest])
    change: Doubles = over_arrays(rules.fuel_change)(
        il6_rise, parameters[paths.rise_share], parameters["bout.fuel_rise_scale"]
    )
    return switch * change
