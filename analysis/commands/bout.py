"""The command ``bout``: one bout on the terminal and as figures, or the published studies."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from abm.bout.session import Bout
    from analysis.plots.figures import Drawing

EPILOG = """examples:
  run.py bout walking --minutes 45 --intensity 0.5
  run.py bout running --minutes 206 --intensity 0.78 --trained --people 10000 --out marathon
  run.py bout resistance --sets 24 --repetitions 10 --load 0.7 --rest 60
  run.py bout intervals --repetitions 10 --work 4 --intensity 0.875 --rest 120
  run.py bout --published --out studies"""

SHOWN_HOURS_AFTER = (0.0, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0, 24.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    add = parser.add_argument
    add(
        "activity",
        nargs="?",
        metavar="ACTIVITY",
        help="walking, running, cycling, intervals or resistance",
    )
    add("--minutes", type=float, metavar="M", help="length of the bout")
    add(
        "--intensity",
        type=float,
        metavar="I",
        help="fraction of VO2max; of the work stretches where --work is given",
    )
    add("--trained", action="store_true", help="an endurance-trained person")
    add("--carbohydrate", action="store_true", help="carbohydrate taken during the bout")
    add(
        "--people", type=int, default=1, metavar="N", help="draw N people (default: the median one)"
    )
    add("--seed", type=int, metavar="S", help="of the draws (default 1 with several people)")
    add("--hours", type=float, default=24.0, metavar="H", help="to follow after the stop")
    add("--sets", type=int, help="resistance: all sets of the session")
    add("--repetitions", type=int, help="resistance: per set; intervals: how many")
    add("--load", type=float, help="resistance: fraction of the heaviest single lift")
    add("--rest", type=float, metavar="SECONDS", help="between sets or intervals")
    add("--work", type=float, metavar="MINUTES", help="intervals: length of each")
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="override an evidence entry, such as bout.saturation_hours=1000",
    )
    add(
        "--published",
        action="store_true",
        help="hold the model against the published studies instead",
    )
    add("--out", type=Path, metavar="DIR", help="write figures and tables there")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code: 2 where the request is not a bout."""
    try:
        drawings = _published(arguments) if arguments.published else _one_bout(arguments)
        if arguments.out is not None:
            _write(drawings, arguments.out)
    except ValueError as problem:
        print(f"bout: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"bout: cannot write to {arguments.out}: {problem.strerror}", file=sys.stderr)
        return 1
    return 0


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
    from abm.bout.session import Bout, interval_bout, resistance_bout

    settings = _settings(arguments.settings)
    if arguments.sets is not None:
        _need(arguments, "resistance", "sets", "repetitions", "load", "rest")
        return resistance_bout(
            arguments.sets,
            arguments.repetitions,
            arguments.load,
            arguments.rest,
            trained=arguments.trained,
            parameters=settings,
        )
    if arguments.work is not None:
        _need(arguments, "intervals", "repetitions", "work", "intensity", "rest")
        return interval_bout(
            arguments.repetitions,
            arguments.work,
            arguments.intensity,
            arguments.rest / 60.0,
            trained=arguments.trained,
            parameters=settings,
        )
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


def _one_bout(arguments: argparse.Namespace) -> list[Any]:
    """Print one bout and return how to draw its figures."""
    from abm.bout.conflicts import conflicts
    from abm.bout.simulate import simulate_bout

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
    print(_in_text(bout, course))
    print("\nWhere the evidence disagrees:")
    for conflict in conflicts(settings):
        print(f"- {conflict}")

    def drawings() -> list[Drawing]:
        from analysis.bout.peak_plots import heat_map, peak_by_duration
        from analysis.bout.plots import cascade, four_weeks

        return [
            cascade(course, bout),
            peak_by_duration(settings),
            four_weeks(settings),
            heat_map(settings),
        ]

    return [drawings]


def _in_text(bout: Bout, course: pd.DataFrame) -> str:
    """Return what happens after the stop as a short table."""
    from abm.bout.session import HOURS_PER_WEEK
    from analysis.bout.published import aligned

    stop = bout.minutes / 60.0
    wanted = [stop + hours for hours in SHOWN_HOURS_AFTER if stop + hours <= course["hours"].max()]
    rows = course.iloc[[int((course["hours"] - time).abs().argmin()) for time in wanted]]
    shown = rows[["hours"]].copy()
    shown["hours"] = [f"{time:.2f}" for time in rows["hours"]]
    shown.insert(1, "after the stop", [f"{time - stop:+.2f}" for time in rows["hours"]])
    for name, label in (("il6", "IL-6"), ("il1ra", "IL-1ra"), ("il10", "IL-10")):
        shown[f"{label} [fold]"] = _with_interval(rows, f"{name}_fold", 1.0)
    shown.insert(3, "[pg/mL]", _with_interval(rows, "il6_pg_ml", 1.0))
    shown["glucose output [%]"] = _with_interval(rows, "hepatic_glucose_output_change", 100.0)
    shown["lipolysis [%]"] = _with_interval(rows, "lipolysis_change", 100.0)
    people = course.attrs["people"]
    who = f"{people} people: median (90 % of them)" if people > 1 else _alone(course)
    phrase = (
        f"{bout.activity}, {bout.minutes:.4g} min at {bout.intensity:.2g} of VO2max"
        f"{', trained' if bout.trained else ''}; {who}"
    )
    area = course.attrs["area_fold_hours"]
    share = 100 * area / (area + HOURS_PER_WEEK)
    return "\n".join(
        [
            phrase,
            aligned(shown),
            f"IL-6 above rest: {area:.3g} fold-hours (median person), {share:.2g} % of all IL-6 "
            "in a week with this one bout",
        ]
    )


def _alone(course: pd.DataFrame) -> str:
    """Say who the only person is."""
    return "one person drawn" if course.attrs["drawn"] else "a person of median response"


def _plain(number: float) -> str:
    """Return three significant digits without an exponent; nothing below a hundredth."""
    if abs(number) < 0.005:
        return "0"
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _with_interval(rows: pd.DataFrame, column: str, scale: float) -> list[str]:
    """Return a column as text, with its interval over people where there is one."""
    middle = [_plain(scale * value) for value in rows[column]]
    if f"{column}_p05" not in rows:
        return middle
    ends = zip(scale * rows[f"{column}_p05"], scale * rows[f"{column}_p95"], strict=True)
    return [
        f"{m} ({_plain(low)} to {_plain(high)})"
        for m, (low, high) in zip(middle, ends, strict=True)
    ]


def _published(arguments: argparse.Namespace) -> list[Any]:
    """Print the published studies against the model and return how to draw them."""
    from analysis.bout.published import as_text, published_against_modelled, what_must_hold

    if arguments.settings:
        raise ValueError("--published holds the central values; leave out --set")
    table = published_against_modelled()
    print(as_text(table, what_must_hold()))

    def drawings() -> list[Drawing]:
        from analysis.bout.agreement import agreement

        return [agreement(table)]

    return [drawings]


def _write(drawings: list[Any], folder: Path) -> None:
    """Draw and write the figures, and say where."""
    from analysis.plots import style
    from analysis.plots.files import rendered, write_figures

    with style.house_style():
        figures = [rendered(drawing) for draw in drawings for drawing in draw()]
    paths = write_figures(figures, folder)
    print(f"\n{len(paths)} files in {folder}")


def main(words: list[str] | None = None) -> int:
    """Run the command by itself: ``python -m analysis.commands.bout``."""
    parser = argparse.ArgumentParser(prog="bout", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(words))


if __name__ == "__main__":
    sys.exit(main())
