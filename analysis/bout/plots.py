"""Figures of the hours after a bout and of a week of bouts. Runs the model, writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from abm.bout.session import HOURS_PER_WEEK, Bout, Given, interval_bout, resistance_bout
from abm.bout.simulate import repeated, simulate_bout, simulate_week, week_exposure
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.words import capitalised, in_words, joined

CYTOKINES = {
    "il6": ("IL-6", "#d55e00", "-"),
    "il1ra": ("IL-1ra", "#0072b2", "--"),
    "il10": ("IL-10", "#009e73", "-."),
}
FUELS = {
    "hepatic_glucose_output_change": ("hepatic glucose output", "#7a4ea3", "-"),
    "lipolysis_change": ("lipolysis", "#b8860b", "--"),
}
FOLD_TICKS = (1, 1.5, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300)
SMALL_FOLD_TICKS = (1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def plain_ticks(
    axis: Any, ticks: Sequence[float], words: Mapping[float, str] | None = None
) -> None:
    """Put plain numbers on a logarithmic axis."""
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    names = words or {}
    axis.set_major_formatter(FuncFormatter(lambda x, _: names.get(x, f"{x:g}")))


def fold_axis(ax: Axes, highest: float) -> None:
    """Make y a logarithmic axis of folds over rest."""
    ax.set_yscale("log")
    ax.set_ylim(0.94, highest)
    ticks = SMALL_FOLD_TICKS if highest < 2.2 else FOLD_TICKS
    plain_ticks(ax.yaxis, [tick for tick in ticks if tick <= highest])


def bout_in_words(bout: Bout) -> str:
    """Return a bout as a phrase, such as ``206 min of running at 78 % of VO2max, trained``."""
    parts = [f"{bout.minutes:.0f} min of {bout.activity} at {100 * bout.intensity:.0f} % of VO2max"]
    parts += ["trained"] * bout.trained + ["with carbohydrate"] * bout.carbohydrate
    return ", ".join(parts)


def cascade(course: pd.DataFrame, bout: Bout) -> Drawing:
    """Draw the cytokines and the fuel response through one bout and the hours after it.

    Parameters
    ----------
    course
        As of :func:`abm.bout.simulate.simulate_bout`, for one person or several.
    bout
        What was done.
    """
    figure, axes = style.new_figure(6.0, 2, 1, sharex=True, height_ratios=[2.3, 1])
    top, bottom = axes[:, 0]
    several = "il6_fold_p05" in course
    for name, (label, colour, line) in CYTOKINES.items():
        _line(top, course, f"{name}_fold", colour, line, label, 1.0)
    highest = max(float(course[f"{name}_fold{'_p95' * several}"].max()) for name in CYTOKINES)
    fold_axis(top, max(1.3, 1.25 * highest))
    top.set_ylabel("fold over rest (log scale)")
    top.legend(frameon=False, loc="upper right")
    for name, (label, colour, line) in FUELS.items():
        _line(bottom, course, name, colour, line, label, 100.0)
    bottom.set_ylim(-1, 19)
    bottom.set_ylabel("change through\nIL-6 [%]")
    bottom.set_xlabel("hours from the start of exercise")
    bottom.legend(frameon=False, loc="upper right")
    stop = bout.minutes / 60.0
    for ax in (top, bottom):
        ax.axvspan(0, stop, color=style.GRID, alpha=0.8, linewidth=0, zorder=0)
    middle = (stop / 2, 0.975) if stop > 1.5 else (stop + 0.2, 0.975)
    top.annotate(
        "exercise" if stop > 1.5 else "\N{LEFTWARDS ARROW} exercise (grey)",
        middle,
        xycoords=("data", "axes fraction"),
        ha="center" if stop > 1.5 else "left",
        va="top",
        color=style.MUTED,
    )
    top.set_xlim(0, float(course["hours"].iloc[-1]))
    peaks = {name: course.loc[course[f"{name}_fold"].idxmax()] for name in CYTOKINES}
    il1ra_after = float(peaks["il1ra"]["hours"]) - stop
    words = [
        f"IL-6 reaches {in_words(float(peaks['il6']['il6_fold']), 2)}-fold at the stop",
        f"IL-1ra {in_words(float(peaks['il1ra']['il1ra_fold']), 2)}-fold {il1ra_after:.1f} h later",
    ]
    il10 = float(peaks["il10"]["il10_fold"])
    words.append(f"IL-10 {in_words(il10, 2)}-fold" if il10 > 1.005 else "IL-10 does not move")
    finding = joined(words)
    people = " Bands: 90 % of people." if several else " A person of median response."
    note = (
        f"{capitalised(bout_in_words(bout))}.{people} Fuel: direction from infusion studies, "
        "size recalled; sources disagree on glucose output at rest and on lipolysis in exercise."
    )
    style.title_and_note(figure, finding, note)
    return Drawing("bout_cascade", figure, course, finding, note)


def _line(
    ax: Axes, course: pd.DataFrame, name: str, colour: str, line: str, label: str, scale: float
) -> None:
    """Draw one column, with its band over people where there is one."""
    hours = course["hours"].to_numpy()
    if f"{name}_p05" in course:
        low, high = (scale * course[f"{name}{end}"].to_numpy() for end in ("_p05", "_p95"))
        ax.fill_between(hours, low, high, color=colour, alpha=0.13, linewidth=0)
    ax.plot(hours, scale * course[name].to_numpy(), color=colour, linestyle=line, label=label)


def weeks() -> dict[str, list[Bout]]:
    """Return four weeks: a walker, a gym-goer, an interval trainer and a marathon runner."""
    evening = [24 * day + 18.0 for day in range(7)]
    walk = Bout("walking", 45, 0.50)
    lift = resistance_bout(sets=24, repetitions=10, load=0.75, rest_seconds=60)
    sprint = interval_bout(10, 1, 0.95, 1, trained=True)
    run = Bout("running", 60, 0.70, trained=True)
    race = Bout("running", 206, 0.78, start_hours=24 * 6 + 9.0, trained=True)
    return {
        "walker: 45 min, five days": repeated(walk, evening[:5]),
        "gym-goer: 24 sets of 10 at 75 %, three days": repeated(lift, evening[0:5:2]),
        "interval trainer: 10 x 1 min at 95 %, three days": repeated(sprint, evening[1:6:2]),
        "marathon runner: two runs of 60 min, the race on Sunday": [
            *repeated(run, evening[1:4:2]),
            race,
        ],
    }


def four_weeks(parameters: Given = None) -> Drawing:
    """Draw four weeks, with what each adds to a week at rest; ``parameters`` as for a bout."""
    figure, axes = style.new_figure(7.4, 4, 1, sharex=True, sharey=True)
    tables = []
    shares = []
    for ax, (who, bouts) in zip(axes[:, 0], weeks().items(), strict=True):
        week = simulate_week(bouts, parameters=parameters)
        exposure = week_exposure(bouts, parameters)
        tables.append(week.assign(who=who))
        shares.append(exposure["spike_share"])
        for name, (label, colour, line) in CYTOKINES.items():
            ax.plot(
                week["hours"],
                week[f"{name}_fold"],
                color=colour,
                linestyle=line,
                linewidth=1.3,
                label=label,
            )
        fold_axis(ax, 90)
        plain_ticks(ax.yaxis, (1, 2, 5, 10, 20, 50))
        ax.set_title(who)
        ax.set_title(
            f"above rest {in_words(exposure['area_fold_hours'], 2)} fold-hours, "
            f"{in_words(100 * exposure['spike_share'], 2)} % of the week's IL-6",
            loc="right",
            fontsize=8,
            fontweight="normal",
            color=style.MUTED,
        )
    last = axes[-1, 0]
    last.set_xlim(0, HOURS_PER_WEEK)
    last.set_xticks([24 * day for day in range(8)], labels=[""] * 8)
    last.set_xticks([24 * day + 12 for day in range(7)], labels=DAYS, minor=True)
    last.tick_params(axis="x", which="minor", length=0, labelsize=8, labelcolor=style.MUTED)
    figure.supylabel("fold over rest (log scale)", fontsize=8, color=style.MUTED)
    axes[0, 0].legend(frameon=False, loc="upper left", ncols=3)
    walker, runner = (in_words(100 * shares[place], 2) for place in (0, -1))
    finding = (
        f"Spikes make {walker} % of a walker's week of IL-6 and {runner} % of a marathon runner's"
    )
    note = (
        "Persons of median response; interval trainer and runner are trained. Rises of several "
        "bouts add up. The week's rest is 168 fold-hours."
    )
    style.title_and_note(figure, finding, note)
    return Drawing("bout_weeks", figure, pd.concat(tables, ignore_index=True), finding, note)


def example_course(bout: Bout, people: int, seed: int | None) -> pd.DataFrame:
    """Return the course of a bout on a grid fine enough to draw."""
    return simulate_bout(
        bout.activity,
        bout.minutes,
        bout.intensity,
        trained=bout.trained,
        people=people,
        carbohydrate=bout.carbohydrate,
        seed=seed,
    )
