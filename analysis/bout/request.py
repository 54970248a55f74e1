"""What a command line of ``bout`` asks for: one bout, or the published studies beside the model."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from abm.bout.conflicts import conflicts
from abm.bout.limits import activity_problem
from abm.bout.session import HOURS_PER_WEEK, Bout, interval_bout, resistance_bout
from abm.bout.simulate import simulate_bout
from analysis.bout.published import (
    aligned,
    as_text,
    published_against_modelled,
    what_must_hold,
)

SHOWN_HOURS_AFTER = (0.0, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0, 24.0)


@dataclass(frozen=True)
class OneBout:
    """A bout, its course as of :func:`abm.simulate_bout`, and the evidence that was overridden."""

    bout: Bout
    course: pd.DataFrame
    settings: dict[str, float]

    def in_text(self) -> str:
        """Return the course after the stop, and where the evidence disagrees."""
        told = [f"- {conflict}" for conflict in conflicts(self.settings)]
        course = _in_text(self.bout, self.course)
        return "\n".join([course, "", "Where the evidence disagrees:", *told])

    def rows(self) -> list[dict[str, Any]]:
        """Return the course as rows."""
        return self.course.to_dict("records")

    def content(self) -> dict[str, Any]:
        """Return the bout, its course and where the evidence disagrees, for programs to read."""
        told = list(conflicts(self.settings))
        return {"bout": asdict(self.bout), "course": self.rows(), "evidence_disagrees": told}


@dataclass(frozen=True)
class Published:
    """The published studies beside the model, and what must hold of them."""

    table: pd.DataFrame
    must_hold: pd.DataFrame

    def in_text(self) -> str:
        """Return both tables."""
        return as_text(self.table, self.must_hold)

    def rows(self) -> list[dict[str, Any]]:
        """Return the studies as rows."""
        return self.table.to_dict("records")

    def content(self) -> dict[str, Any]:
        """Return both tables for programs to read."""
        return {"studies": self.rows(), "must_hold": self.must_hold.to_dict("records")}


Answer = OneBout | Published


def answered(arguments: argparse.Namespace) -> Answer:
    """Return what is asked for.

    Raises
    ------
    ValueError
        If the arguments do not say what is done.
    """
    if not arguments.published:
        return _one_bout(arguments)
    if arguments.settings:
        raise ValueError("--published holds the central values; leave out --set")
    return Published(published_against_modelled(), what_must_hold())


def _settings(texts: list[str]) -> dict[str, float]:
    """Read ``KEY=VALUE`` overrides of evidence entries."""
    found = {}
    for text in texts:
        key, sign, value = text.partition("=")
        try:
            found[key.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign:
            raise ValueError(f"--set {text!r} must read KEY=NUMBER")
    return found


def requested_bout(arguments: argparse.Namespace) -> Bout:
    """Return the bout that is asked for, translated from sets or intervals where given.

    Raises
    ------
    ValueError
        If the arguments do not say what is done; the message names what is missing.
    """
    settings = _settings(arguments.settings)
    if arguments.activity and (unknown := activity_problem(arguments.activity)):
        raise ValueError(unknown)
    if arguments.sets is not None:
        _need(arguments, "resistance", "sets", "repetitions", "load", "rest")
        return resistance_bout(
            arguments.sets, arguments.repetitions, arguments.load, arguments.rest,
            trained=arguments.trained, parameters=settings,
        )  # fmt: skip
    if arguments.work is not None:
        _need(arguments, "intervals", "repetitions", "work", "intensity", "rest")
        return interval_bout(
            arguments.repetitions, arguments.work, arguments.intensity, arguments.rest / 60.0,
            trained=arguments.trained, parameters=settings,
        )  # fmt: skip
    _need(arguments, None, "activity", "minutes", "intensity")
    return Bout(
        arguments.activity,
        arguments.minutes,
        arguments.intensity,
        trained=arguments.trained,
        carbohydrate=arguments.carbohydrate,
    )


def _need(arguments: argparse.Namespace, activity: str | None, *names: str) -> None:
    """Refuse a request that lacks an argument, or that mixes two activities."""
    if activity and arguments.activity not in (None, activity):
        raise ValueError(f"--{names[0]} belongs to {activity}, not to {arguments.activity!r}")
    missing = [name for name in names if getattr(arguments, name) is None]
    if missing:
        named = ", ".join(name.upper() if name == "activity" else f"--{name}" for name in missing)
        raise ValueError(f"missing {named}; see --help for examples")


def _one_bout(arguments: argparse.Namespace) -> OneBout:
    """Simulate the bout that is asked for."""
    bout = requested_bout(arguments)
    settings = _settings(arguments.settings)
    course = simulate_bout(
        bout.activity,
        bout.minutes,
        bout.intensity,
        trained=bout.trained,
        people=arguments.people,
        carbohydrate=arguments.carbohydrate,
        seed=arguments.seed,
        hours=arguments.hours,
        parameters=settings,
    )
    return OneBout(bout, course, settings)


def _in_text(bout: Bout, course: pd.DataFrame) -> str:
    """Return what happens after the stop as a short table."""
    people = course.attrs["people"]
    who = f"{people} people: median (90 % of them)" if people > 1 else _alone(course)
    area = course.attrs["area_fold_hours"]
    share = 100 * area / (area + HOURS_PER_WEEK)
    lines = [
        f"{bout.activity}, {bout.minutes:.4g} min at {bout.intensity:.2g} of VO2max"
        f"{', trained' if bout.trained else ''}; {who}",
        aligned(_after_the_stop(bout, course)),
        f"IL-6 above rest: {area:.3g} fold-hours (median person), {share:.2g} % of all IL-6 "
        "in a week with this one bout",
    ]
    return "\n".join(lines)


def _after_the_stop(bout: Bout, course: pd.DataFrame) -> pd.DataFrame:
    """Return the rows and columns that are shown, as text."""
    stop = bout.minutes / 60.0
    wanted = [stop + hours for hours in SHOWN_HOURS_AFTER if stop + hours <= course["hours"].max()]
    rows = course.iloc[[int((course["hours"] - time).abs().argmin()) for time in wanted]]
    shown = {
        "hours": [f"{time:.2f}" for time in rows["hours"]],
        "after the stop": [f"{time - stop:+.2f}" for time in rows["hours"]],
        "IL-6 [fold]": _with_interval(rows, "il6_fold"),
        "[pg/mL]": _with_interval(rows, "il6_pg_ml"),
        "IL-1ra [fold]": _with_interval(rows, "il1ra_fold"),
        "IL-10 [fold]": _with_interval(rows, "il10_fold"),
        "glucose output [%]": _with_interval(rows, "hepatic_glucose_output_change", 100.0),
        "lipolysis [%]": _with_interval(rows, "lipolysis_change", 100.0),
    }
    return pd.DataFrame(shown)


def _alone(course: pd.DataFrame) -> str:
    """Say who the only person is."""
    return "one person drawn" if course.attrs["drawn"] else "a person of median response"


def _plain(number: float) -> str:
    """Return three significant digits without an exponent; nothing below a hundredth."""
    if abs(number) < 0.005:
        return "0"
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _with_interval(rows: pd.DataFrame, column: str, scale: float = 1.0) -> list[str]:
    """Return a column as text, with its interval over people where there is one."""
    middle = [_plain(scale * value) for value in rows[column]]
    if f"{column}_p05" not in rows:
        return middle
    ends = zip(scale * rows[f"{column}_p05"], scale * rows[f"{column}_p95"], strict=True)
    return [
        f"{m} ({_plain(low)} to {_plain(high)})"
        for m, (low, high) in zip(middle, ends, strict=True)
    ]
