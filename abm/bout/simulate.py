"""One bout of exercise, or a week of them: the hours of IL-6, IL-1ra, IL-10 and fuel.

Intensity is a fraction of VO2max. For intervals and resistance exercise it is the steady
intensity that does the same work of contracting muscle; :func:`interval_bout` and
:func:`resistance_bout` find it from repetitions, load and rest.

What the evidence disagrees on is a parameter, not a silent choice:

- *Plateau.* The 24-hour laboratory study levels off at 14-fold; the log-log line through published
  studies reaches 100-fold at six hours and goes on. ``bout.saturation_hours`` (3.5) follows the
  first; 1000 follows the second, up to ``bout.fold_cap``.
- *Hepatic glucose output.* Infused IL-6 raised it during light exercise and left it alone at rest:
  ``bout.glucose_output_in_exercise`` (1), ``bout.glucose_output_at_rest`` (0).
- *Lipolysis.* Infused IL-6 raised it at rest and did nothing in exercise, six persons each:
  ``bout.lipolysis_in_exercise`` (1), ``bout.lipolysis_at_rest`` (1).

The sizes of the fuel responses are recalled, not measured: read their direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.bout import course
from abm.bout.conflicts import conflicts
from abm.bout.course import Doubles, Rises, Scatter
from abm.bout.limits import (
    ACTIVITIES,
    LONGEST_FOLLOW_UP_HOURS,
    number_problem,
    size_problem,
)
from abm.bout.session import (
    HOURS_PER_WEEK,
    Bout,
    Given,
    interval_bout,
    resistance_bout,
    resolved,
    response_to,
)
from abm.evidence.parameters import Parameters
from abm.limits import LIMITS, problem, problems_of, refuse
from abm.modes import MODES
from abm.rules import bout as rules

# pandas loads slowly and is imported where a table is made: simulations need only the closed forms.
if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ACTIVITIES",
    "Bout",
    "conflicts",
    "interval_bout",
    "repeated",
    "resistance_bout",
    "simulate_bout",
    "simulate_peaks",
    "simulate_week",
    "spikes_per_met_hour",
    "week_exposure",
]

QUANTILES = {"": 0.5, "_p05": 0.05, "_p95": 0.95}


def simulate_bout(
    activity: str,
    minutes: float,
    intensity: float,
    trained: bool = False,
    people: int = 1,
    carbohydrate: bool = False,
    seed: int | None = None,
    hours: float = 24.0,
    parameters: Given = None,
    step_minutes: float = 10.0,
) -> pd.DataFrame:
    """Follow IL-6 and what it calls forth through one bout and the hours after it.

    Parameters
    ----------
    activity
        walking, running, cycling, intervals or resistance.
    minutes
        Length of the bout [minutes], at most two days.
    intensity
        Fraction of VO2max, above 0 and at most 1; the steady equivalent for intervals and
        resistance exercise (see :func:`interval_bout`, :func:`resistance_bout`).
    trained
        Whether the person is endurance trained.
    people
        Number of people drawn, each on one occasion.
    carbohydrate
        Whether carbohydrate is taken during the bout.
    seed
        Of the draws. One person without a seed responds as the median does.
    hours
        How long to follow after the stop [hours].
    parameters
        Overrides of evidence entries by path, or whole parameters.
    step_minutes
        Between rows [minutes], at least .1; the stop and the peak of IL-1ra have rows of their own.

    Returns
    -------
        One row per time: hours (from the start), exercising, il6_fold, il1ra_fold, il10_fold
        [fold over rest], the same in pg/mL at the resting levels of the evidence,
        hepatic_glucose_output_change and lipolysis_change [share of their level without IL-6].
        With several people the columns hold medians, and those ending in ``_p05`` and ``_p95``
        the 90 % interval over people. ``attrs["conflicts"]`` says where sources disagree.

    Raises
    ------
    ValueError
        If an argument is out of range; the message names all that are.

    Examples
    --------
    >>> marathon = simulate_bout("running", minutes=206, intensity=0.78, trained=True)
    >>> at_stop = marathon.loc[marathon["il6_fold"].idxmax()]
    >>> round(float(at_stop["hours"]), 2), round(at_stop["il6_fold"]), round(at_stop["il10_fold"])
    (3.43, 51, 11)
    """
    _check_request(people, seed, hours, step_minutes)
    people, values = int(people), resolved(parameters)
    bout = Bout(activity, minutes, intensity, trained=trained, carbohydrate=carbohydrate)
    one = response_to(bout, values)
    time = _times(one.duration, hours, step_minutes, values["bout.il1ra_peak_delay_hours"])
    refuse([size_problem(people, len(time))])
    scatter = _people(people, seed, 0, values)
    table = _table(time, course.rises(time, one, scatter, values), time <= one.duration, values)
    table.attrs = {
        "activity": activity,
        "minutes": float(minutes),
        "intensity": float(intensity),
        "trained": trained,
        "carbohydrate": carbohydrate,
        "people": people,
        "drawn": people > 1 or seed is not None,
        "area_fold_hours": one.area,
        "conflicts": conflicts(values),
    }
    return table


def _check_request(people: int, seed: int | None, hours: float, step_minutes: float) -> None:
    """Refuse what cannot be drawn or followed."""
    refuse(
        [
            problem("people", people, LIMITS["people"]),
            *problems_of(seed=seed),
            number_problem("hours", hours, "hours", 0.0, LONGEST_FOLLOW_UP_HOURS, or_equal=True),
            number_problem("step_minutes", step_minutes, "minutes", 0.1, 1440.0, or_equal=True),
        ]
    )


def _people(people: int, seed: int | None, occasion: int, values: Parameters) -> Scatter:
    """Return the median person, or people drawn."""
    if people == 1 and seed is None:
        return course.median_person()
    return course.drawn_people(people, 1 if seed is None else int(seed), occasion, values)


def _times(duration: float, hours_after: float, step_minutes: float, il1ra_delay: float) -> Doubles:
    """Return the times of the rows [hours]: a regular grid, the stop, the IL-1ra peak, the end."""
    end = duration + hours_after
    of_note = [t for t in (duration, duration + il1ra_delay, end) if t <= end]
    grid = np.arange(0.0, end, step_minutes / 60.0)
    near = np.abs(grid[:, np.newaxis] - of_note).min(axis=1) < 1e-9
    return np.unique(np.concatenate([grid[~near], of_note]))


def _table(time: Doubles, rises: Rises, exercising: Any, parameters: Parameters) -> pd.DataFrame:
    """Return rises as a table of folds, levels and fuel, with quantiles over several people."""
    import pandas as pd

    several = rises.il6.shape[1] > 1
    columns: dict[str, Any] = {"hours": time, "exercising": exercising}
    for suffix, share in QUANTILES.items() if several else (("", 0.5),):
        il6, il1ra, il10 = (
            np.quantile(rise, share, axis=1) if several else rise[:, 0] for rise in rises
        )
        columns |= {
            f"il6_fold{suffix}": 1.0 + il6,
            f"il1ra_fold{suffix}": 1.0 + il1ra,
            f"il10_fold{suffix}": 1.0 + il10,
            f"il6_pg_ml{suffix}": (1.0 + il6) * parameters["il6.reference_level"],
            f"il1ra_pg_ml{suffix}": (1.0 + il1ra) * parameters["bout.il1ra_resting_pg_ml"],
            f"il10_pg_ml{suffix}": (1.0 + il10) * parameters["bout.il10_resting_pg_ml"],
        }
        for fuel in ("glucose_output", "lipolysis"):
            name = "hepatic_glucose_output" if fuel == "glucose_output" else fuel
            change = course.fuel_change(fuel, il6, exercising, parameters)
            columns[f"{name}_change{suffix}"] = change
    return pd.DataFrame(columns)


def simulate_peaks(
    bouts: Sequence[Bout], seed: int | None = None, parameters: Given = None
) -> pd.DataFrame:
    """Return the peaks of many bouts, each by a person of their own.

    Parameters
    ----------
    bouts
        One bout per person.
    seed
        Of the scatter between people; without it everybody responds as the median does.
    parameters
        Overrides of evidence entries by path, or whole parameters.

    Returns
    -------
        One row per bout: activity, minutes, intensity, il6_peak_fold (at the stop),
        il1ra_peak_fold, il10_peak_fold, area_fold_hours (IL-6 above rest).
    """
    import pandas as pd

    refuse(problems_of(seed=seed))
    values = resolved(parameters)
    known = {id(bout): bout for bout in bouts}
    found = {name: response_to(bout, values) for name, bout in known.items()}
    answers = [found[id(bout)] for bout in bouts]
    count = len(answers)
    ones = Scatter(np.ones(count), np.ones(count), np.ones(count))
    people = ones if seed is None else course.drawn_people(count, int(seed), 0, values)
    il6 = np.array([answer.peak_rise for answer in answers]) * people.il6
    return pd.DataFrame(
        {
            "activity": [bout.activity for bout in bouts],
            "minutes": [bout.minutes for bout in bouts],
            "intensity": [bout.intensity for bout in bouts],
            "il6_peak_fold": 1.0 + il6,
            "il1ra_peak_fold": 1.0 + people.il1ra * course.il1ra_called_for(il6, values),
            "il10_peak_fold": 1.0 + people.il10 * course.il10_called_for(il6, values),
            "area_fold_hours": np.array([answer.area for answer in answers]) * people.il6,
        }
    )


def simulate_week(
    bouts: Sequence[Bout],
    seed: int | None = None,
    parameters: Given = None,
    step_minutes: float = 15.0,
) -> pd.DataFrame:
    """Follow one person through a week of bouts, whose rises add up.

    Parameters
    ----------
    bouts
        With their ``start_hours``; they may not overlap.
    seed
        Of the person and of each occasion; without it every response is the median one.
    parameters
        Overrides of evidence entries by path, or whole parameters.
    step_minutes
        Between rows [minutes]; every stop has a row of its own.

    Returns
    -------
        Columns as of :func:`simulate_bout` for one person, from Monday midnight for seven days.

    Raises
    ------
    ValueError
        If a bout is out of range, or starts before the one before it has ended.
    """
    wrong_step = number_problem("step_minutes", step_minutes, "minutes", 0.1, 1440.0, or_equal=True)
    refuse([*problems_of(seed=seed), wrong_step])
    values = resolved(parameters)
    ordered = _in_order(bouts, values)
    grid = np.arange(0.0, HOURS_PER_WEEK + 1e-9, step_minutes / 60.0)
    stops = [bout.stop_hours for bout in ordered if bout.stop_hours < HOURS_PER_WEEK]
    time = np.unique(np.concatenate([grid, stops]))
    total = Rises(*(np.zeros((len(time), 1)) for _ in range(3)))
    exercising = np.zeros(len(time), dtype=bool)
    for occasion, bout in enumerate(ordered):
        people = _people(1, seed, occasion, values)
        more = course.rises(time - bout.start_hours, response_to(bout, values), people, values)
        total = Rises(*(sum_so_far + rise for sum_so_far, rise in zip(total, more, strict=True)))
        exercising |= (time >= bout.start_hours) & (time <= bout.stop_hours)
    return _table(time, total, exercising, values)


def _in_order(bouts: Sequence[Bout], parameters: Parameters) -> list[Bout]:
    """Return bouts by their start, refusing those that are out of range or overlap."""
    for bout in bouts:
        response_to(bout, parameters)
    ordered = sorted(bouts, key=lambda bout: bout.start_hours)
    for earlier, later in zip(ordered, ordered[1:], strict=False):
        if later.start_hours < earlier.stop_hours - 1e-9:
            raise ValueError(
                f"{later.activity} starts at hour {later.start_hours:g}, must not start before "
                f"{earlier.activity} stops at hour {earlier.stop_hours:g}"
            )
    return ordered


def week_exposure(bouts: Sequence[Bout], parameters: Given = None) -> dict[str, float]:
    """Return a week's IL-6 above rest in closed form, for a person of median response.

    Returns
    -------
        ``area_fold_hours`` above rest, ``spike_share`` (of all IL-6 of the week),
        ``highest_fold`` at any stop (what is left of earlier bouts added), ``minutes`` and
        ``bouts``.

    Examples
    --------
    >>> week = week_exposure([Bout("running", 60, 0.75, start_hours=18)])
    >>> round(week["area_fold_hours"], 1), round(week["spike_share"], 2)
    (16.2, 0.09)
    """
    values = resolved(parameters)
    ordered = _in_order(bouts, values)
    answers = [response_to(bout, values) for bout in ordered]
    area = sum(answer.area for answer in answers)
    highest = 1.0
    for bout in ordered:
        left = (
            rules.rise(bout.stop_hours - earlier.start_hours, *answer)
            for earlier, answer in zip(ordered, answers, strict=True)
            if earlier.start_hours <= bout.start_hours
        )
        highest = max(highest, 1.0 + sum(left))
    return {
        "area_fold_hours": area,
        "spike_share": rules.spike_share(area, HOURS_PER_WEEK),
        "highest_fold": highest,
        "minutes": float(sum(bout.minutes for bout in ordered)),
        "bouts": float(len(ordered)),
    }


def spikes_per_met_hour(parameters: Given = None) -> dict[str, dict[str, float]]:
    """Return what each marginal MET-hour of a mode adds to a week of IL-6.

    Each mode is done in bouts of its usual length and intensity (``bout.habit``). Areas are means
    over people and occasions, not medians, because a week adds them up.

    Returns
    -------
        By mode (moderate, vigorous, resistance, endurance): ``exposure`` [fold-hours above rest
        per MET-hour], ``bouts`` [per MET-hour], ``peak_fold`` of one bout (median).
    """
    values = resolved(parameters)
    mean = rules.mean_of_scatter(values["bout.scatter_log_sd"])
    table = {}
    for mode in MODES:
        habit = Bout(mode.activity, values[mode.habit_minutes], values[mode.habit_intensity])
        answer = response_to(habit, values)
        hours_per_met_hour = 1.0 / values[mode.marginal_met]
        table[mode.name] = {
            "exposure": mean
            * rules.weekly_exposure(hours_per_met_hour, answer.duration, answer.area),
            "bouts": hours_per_met_hour / answer.duration,
            "peak_fold": 1.0 + answer.peak_rise,
        }
    return table


def repeated(bout: Bout, starts: Sequence[float]) -> list[Bout]:
    """Return the same bout at several starts [hours from Monday midnight]."""
    return [replace(bout, start_hours=start) for start in starts]
