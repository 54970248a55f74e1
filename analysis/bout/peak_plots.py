"""Figures of the IL-6 peak over duration, activity and intensity. Writes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.patheffects import withStroke

from abm.bout.session import Bout, Given, resolved
from abm.bout.simulate import simulate_peaks
from abm.evidence.parameters import Parameters
from analysis.bout.plots import fold_axis, plain_ticks
from analysis.bout.published import studies
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.words import in_words

ACTIVITY_COLOURS = {
    "walking": "#009e73",
    "running": "#d55e00",
    "cycling": "#0072b2",
    "intervals": "#7a4ea3",
    "resistance": "#5f6c78",
}
ACTIVITY_MARKERS = {
    "walking": "D",
    "running": "o",
    "cycling": "s",
    "intervals": "^",
    "resistance": "P",
}
# Drawn as typical of each activity: intensity, trained, minutes from and to.
TYPICAL = {
    "running": (0.70, True, 15, 720),
    "cycling": (0.62, False, 15, 1440),
    "intervals": (0.78, False, 10, 90),
    "resistance": (0.53, False, 15, 120),
    "walking": (0.45, False, 15, 720),
}
MINUTE_TICKS = (10, 30, 60, 120, 240, 480, 1440)
# Where the name of a study stands beside its middle point: points to the right, up, alignment.
LABEL_PLACES = {
    "Ostrowski 1999": (-8, -2, "right"),
    "Steensberg 2000": (-8, 1, "right"),
    "Jouffroy 2022": (9, -9, "left"),
    "Wallberg 2011": (0, -14, "center"),
    "Febbraio 2003": (7, -9, "left"),
    "Ringleb 2023": (8, -4, "left"),
}


def _duration_axis(ax: Axes, shortest: float, longest: float) -> None:
    """Make x a logarithmic axis of bout lengths, in minutes and hours."""
    ax.set_xscale("log")
    ax.set_xlim(shortest, longest)
    words = {m: f"{m} min" if m < 60 else f"{m / 60:g} h" for m in MINUTE_TICKS}
    plain_ticks(ax.xaxis, MINUTE_TICKS, {float(minutes): word for minutes, word in words.items()})
    ax.set_xlabel("duration of the bout")


def peak_by_duration(parameters: Given = None) -> Drawing:
    """Draw the IL-6 peak against duration for each activity, with the published studies."""
    figure, axes = style.new_figure(5.6)
    ax = axes[0, 0]
    tables = []
    for activity, (intensity, trained, shortest, longest) in TYPICAL.items():
        minutes = np.geomspace(shortest, longest, 60)
        bouts = [Bout(activity, float(m), intensity, trained=trained) for m in minutes]
        peaks = simulate_peaks(bouts, parameters=parameters)
        tables.append(peaks.assign(source="model"))
        state = ", trained" if trained else ""
        ax.plot(
            minutes,
            peaks["il6_peak_fold"],
            color=ACTIVITY_COLOURS[activity],
            label=f"{activity}, {100 * intensity:.0f} %{state}",
        )
    published = _published_points()
    _draw_published(ax, published)
    _other_reading(ax)
    _duration_axis(ax, 9, 2000)
    fold_axis(ax, 320)
    ax.set_ylabel("IL-6 at the stop [fold over rest, log scale]")
    ax.legend(frameon=False, loc="upper left", title="model, at % of VO2max", alignment="left")
    finding = "How long, how hard and with what: IL-6 at the end of a bout"
    note = (
        "Lines: median person at the intensity named. Points: published means (labelled by "
        "study and % of VO2max), at their own intensities, so a point need not lie on the line "
        "of its colour. Some intensities are not given by the source (docs/bout.md)."
    )
    style.title_and_note(figure, finding, note)
    tables.append(published.assign(source="published"))
    return Drawing("bout_peaks", figure, pd.concat(tables, ignore_index=True), finding, note)


def _published_points() -> pd.DataFrame:
    """Return the studies that measured IL-6 at the end of one bout."""
    rows = [
        {
            "activity": study["activity"],
            "minutes": 60 * study["hours"],
            "intensity": study["intensity"],
            "il6_peak_fold": study["published"],
            "study": study["study"],
        }
        for study in studies()
        if study["measure"] == "il6"
        and study["row"] != "A15"
        and "if untrained" not in study["study"]
    ]
    return pd.DataFrame(rows)


def _draw_published(ax: Axes, published: pd.DataFrame) -> None:
    """Draw the studies as points, each study named once, beside its last point."""
    for activity, rows in published.groupby("activity"):
        ax.plot(
            rows["minutes"],
            rows["il6_peak_fold"],
            linestyle="",
            marker=ACTIVITY_MARKERS[str(activity)],
            markersize=6,
            markerfacecolor=ACTIVITY_COLOURS[str(activity)],
            markeredgecolor="white",
            zorder=4,
        )
    for study, rows in published.groupby("study"):
        colour = ACTIVITY_COLOURS[rows["activity"].iloc[0]]
        ax.plot(rows["minutes"], rows["il6_peak_fold"], color=colour, linewidth=0.7, zorder=3)
        name = str(study).split("(")[1].split(",")[0].rstrip(")")
        point = rows.iloc[len(rows) // 2]
        right, up, side = LABEL_PLACES.get(name, (7, -2, "left"))
        ax.annotate(
            f"{name}, {_intensities(rows)} %",
            (point["minutes"], point["il6_peak_fold"]),
            xytext=(right, up),
            textcoords="offset points",
            ha=side,
            fontsize=7,
            color=style.INK,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
        )


def _intensities(rows: pd.DataFrame) -> str:
    """Return the intensities of a study's points as ``60`` or ``60 to 70``."""
    low, high = (round(100 * rows["intensity"].agg(end)) for end in ("min", "max"))
    return f"{low}" if low == high else f"{low} to {high}"


def _other_reading(ax: Axes) -> None:
    """Draw the line through published studies that the plateau conflicts with."""
    hours = np.geomspace(0.8, 10, 30)
    points = [study for study in studies() if study["row"] == "A15"]
    (first, second) = points
    slope = np.log(second["published"] / first["published"]) / np.log(
        second["hours"] / first["hours"]
    )
    fold = first["published"] * (hours / first["hours"]) ** slope
    ax.plot(60 * hours, fold, color=style.MUTED, linestyle=":", linewidth=1.2)
    ax.annotate(
        "line through studies\n(Fischer 2006): no plateau",
        (60 * 9.6, 255),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        fontsize=7,
        color=style.MUTED,
    )


def heat_map(parameters: Given = None) -> Drawing:
    """Draw the IL-6 peak over minutes and intensity, cycling beside running."""
    figure, axes = style.new_figure(4.6, 1, 2, sharey=True)
    minutes = np.geomspace(10, 720, 70)
    intensities = np.linspace(0.30, 1.0, 60)
    tables = []
    mesh = None
    for ax, activity in zip(axes[0], ("cycling", "running"), strict=True):
        trained = activity == "running"
        bouts = [
            Bout(activity, float(m), float(i), trained=trained)
            for i in intensities
            for m in minutes
        ]
        peaks = simulate_peaks(bouts, parameters=parameters)
        tables.append(peaks)
        folds = peaks["il6_peak_fold"].to_numpy().reshape(len(intensities), len(minutes))
        mesh = ax.pcolormesh(
            minutes,
            100 * intensities,
            folds,
            norm=LogNorm(1, 300),
            cmap="cividis",
            shading="gouraud",
            rasterized=True,
        )
        lines = ax.contour(
            minutes,
            100 * intensities,
            folds,
            levels=[1.5, 3, 10, 30, 100],
            colors="white",
            linewidths=0.9,
        )
        _duration_axis(ax, 10, 720)
        outline = [withStroke(linewidth=2.2, foreground=style.INK)]
        labels = ax.clabel(lines, fmt=lambda level: f"{level:g}-fold", fontsize=7.5)
        for text in labels:
            text.set_path_effects(outline)
        lines.set_path_effects(outline)
        _out_of_reach(ax, minutes, resolved(parameters))
        ax.grid(False)
        ax.set_title(f"{activity}, {'trained' if trained else 'untrained'}")
    axes[0, 0].set_ylabel("intensity [% of VO2max]")
    assert mesh is not None
    bar = figure.colorbar(mesh, ax=list(axes[0]), pad=0.01, aspect=28)
    bar.set_label("IL-6 at the stop [fold over rest]")
    plain_ticks(bar.ax.yaxis, (1, 2, 5, 10, 30, 100, 300))
    hour = simulate_peaks(
        [Bout("cycling", 60, 0.70), Bout("running", 60, 0.70, trained=True)], parameters=parameters
    )["il6_peak_fold"]
    cycled, run = (in_words(float(fold), 2) for fold in hour)
    finding = f"An hour at 70 % of VO2max: {cycled}-fold in cycling, {run}-fold in running"
    note = (
        "Median person. Hatched: harder than a trained person can hold for that long, by a line "
        "through marathon pace (78 % for 3.4 h) and 60 % held for 24 h."
    )
    style.title_and_note(figure, finding, note)
    return Drawing("bout_heat_map", figure, pd.concat(tables, ignore_index=True), finding, note)


def _out_of_reach(ax: Axes, minutes: Any, values: Parameters) -> None:
    """Hatch what nobody holds: intensity above the sustainable for that duration."""
    hold = values["bout.sustainable.at_one_hour"] - values[
        "bout.sustainable.fall_per_log_hour"
    ] * np.log(minutes / 60.0)
    line = 100 * np.minimum(hold, 1.0)
    ax.fill_between(
        minutes,
        line,
        100,
        facecolor="white",
        alpha=0.45,
        hatch="////",
        edgecolor=style.MUTED,
        linewidth=0.0,
    )
    ax.set_ylim(30, 100)
