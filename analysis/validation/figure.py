"""The scorecard as a picture: every target between its limits. Writes nothing."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.validation.catalogue import EXPERIMENTS
from analysis.validation.estimates import AGREES, MISSES, UNSURE, reach_of

COLOURS = {AGREES: "#009e73", MISSES: "#d55e00", UNSURE: "#8a6d00"}
MARKERS = {"tune": "o", "check": "D"}
ROW_INCHES, LEAST_ROWS, GAP = 0.05, 3, 1.7
EDGE = 2.1  # what lies further out is drawn here
LONGEST_LABEL, LABEL_ROWS = 46, 2.4


def drawing(table: pd.DataFrame, first: str = "") -> Drawing:
    """Draw modelled and published numbers of every target on one scale.

    Parameters
    ----------
    table
        As of :func:`analysis.validation.scorecard.scorecard`.
    first
        A sentence before the title's finding.
    """
    with style.house_style():
        return _drawn(table, first)


def _drawn(table: pd.DataFrame, first: str) -> Drawing:
    judged = table[table["kind"] != "report"].reset_index(drop=True)
    places, heights = layout(judged)
    labels = label_places(judged, places)
    bottom = max([heights[-1], *(place + LABEL_ROWS for place in labels.values())])
    figure, axes = style.new_figure(1.6 + ROW_INCHES * bottom)
    ax = axes[0, 0]
    ax.axvspan(-1, 1, color=style.GRID, linewidth=0, zorder=0)
    for k, row in judged.iterrows():
        draw_row(ax, row, places[int(str(k))])
    label_items(ax, judged, places)
    label_apart(ax, judged, places, labels)
    ax.set_ylim(bottom, -GAP)
    ax.set_xlim(-EDGE - 0.1, EDGE + 2.6)
    ax.set_xticks([-1, 0, 1], labels=["lowest limit", "middle", "highest limit"])
    ax.grid(visible=False, axis="y")
    explain(ax)
    finding = f"{first} {counted(judged)}".strip()
    note = (
        "Each number on the scale of its own limits (grey); those with one limit by their distance "
        "from it. Lines: Monte Carlo 95 % interval; pale lines: the published one. "
        "What lies beyond the frame stands at its edge."
    )
    style.title_and_note(figure, finding, note)
    return Drawing("validation", figure, table, finding, note)


def counted(judged: pd.DataFrame) -> str:
    """Say how many numbers agree, are missed and are undecided."""
    found = judged["verdict"].value_counts()
    agree, missed, unsure = (int(found.get(each, 0)) for each in (AGREES, MISSES, UNSURE))
    return (
        f"Of {len(judged)} published number{'' if len(judged) == 1 else 's'} "
        f"{agree} agree{'s' if agree == 1 else ''}, "
        f"{missed} {'is' if missed == 1 else 'are'} missed, "
        f"{unsure} {'is' if unsure == 1 else 'are'} undecided"
    )


def layout(judged: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Return the height of each row, and the bottom of each item's block [rows]."""
    places: list[float] = []
    bottoms, top = [], 0.0
    for item in judged["item"].unique():
        rows = int((judged["item"] == item).sum())
        block = max(rows, LEAST_ROWS)
        places += [top + (k + 0.5) * block / rows for k in range(rows)]
        top += block + GAP
        bottoms.append(top)
    # Rows take less room than the names of those that do not agree: a stretch for many of these.
    apart = int((judged["verdict"] != AGREES).sum())
    stretch = max(1.0, apart * LABEL_ROWS / top) if top else 1.0
    return [each * stretch for each in places], [each * stretch for each in bottoms] or [1.0]


def on_scale(value: float, row: Any) -> float:
    """Return where a number lies: -1 its lowest limit, 1 its highest."""
    low, high = row["lowest"], row["highest"]
    if math.isnan(low) and math.isnan(high):
        return math.nan
    if math.isnan(low) or math.isnan(high):
        limit, side = (low, -1.0) if math.isnan(high) else (high, 1.0)
        return side + (value - limit) / max(abs(limit), abs(value), 1e-12)
    half = (high - low) / 2.0
    if half == 0.0:
        return 2.0 * ((value > high) - (value < low))
    return (value - low) / half - 1.0


def within(value: float) -> float:
    """Return a place on the scale held inside the frame."""
    return min(max(value, -EDGE), EDGE)


def draw_row(ax: Axes, row: Any, place: float) -> None:
    """Draw one number: published interval and value, modelled value and Monte Carlo interval."""
    low, high, centre = (
        within(on_scale(row[name], row))
        for name in ("published_low", "published_high", "published")
    )
    ax.plot([low, high], [place, place], color=style.START, linewidth=0.8, zorder=1.6)
    ax.plot([centre], [place], marker="|", color=style.MUTED, markersize=4, zorder=1.7)
    colour = COLOURS[row["verdict"]]
    reach = reach_of(row["standard_error"], row["seeds"])
    reach = 0.0 if math.isnan(reach) else reach
    ends = [within(on_scale(row["modelled"] + step, row)) for step in (-reach, reach)]
    ax.plot(ends, [place, place], color=colour, linewidth=1.1)
    at = within(on_scale(row["modelled"], row))
    ax.plot([at], [place], marker=MARKERS[row["kind"]], color=colour, markersize=3.2, zorder=3)


def label_places(judged: pd.DataFrame, places: list[float]) -> dict[int, float]:
    """Return the height of the name of each row that does not agree, one below the other."""
    found, last = {}, -math.inf
    for k in judged.index[judged["verdict"] != AGREES]:
        found[int(k)] = last = max(places[k], last + LABEL_ROWS)
    return found


def label_apart(
    ax: Axes, judged: pd.DataFrame, places: list[float], labels: dict[int, float]
) -> None:
    """Name what does not agree at the right."""
    for k, last in labels.items():
        row, place = judged.loc[k], places[k]
        colour, at = COLOURS[row["verdict"]], within(on_scale(row["modelled"], row))
        bent = ([at, EDGE, EDGE + 0.2], [place, place, last])
        ax.plot(*bent, color=colour, linewidth=0.4, zorder=1.2)
        label = textwrap.shorten(row["what"], LONGEST_LABEL, placeholder=" …")
        ax.text(EDGE + 0.25, last, label, va="center", fontsize=6.0, color=colour)


def label_items(ax: Axes, judged: pd.DataFrame, places: list[float]) -> None:
    """Name the items beside their blocks."""
    middles, names = [], []
    for item in judged["item"].unique():
        own = [places[k] for k in judged.index[judged["item"] == item]]
        middles.append(sum(own) / len(own))
        names.append(f"{EXPERIMENTS[item].title}  {item}")
    ax.set_yticks(middles, labels=names, fontsize=7.2)


def explain(ax: Axes) -> None:
    """Explain colours (verdict) and markers (kind) above the picture."""
    handles = [Line2D([], [], color=c, linewidth=2, label=v) for v, c in COLOURS.items()]
    handles += [
        Line2D([], [], color=style.MUTED, marker=m, linestyle="", markersize=4, label=kind)
        for kind, m in MARKERS.items()
    ]
    handles.append(Line2D([], [], color=style.MUTED, marker="|", linestyle="", label="published"))
    ax.legend(
        handles=handles, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=6,
        fontsize=7,
    )  # fmt: skip
