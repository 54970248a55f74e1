"""The figure of published against modelled acute responses. Writes nothing."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.bout.plots import plain_ticks
from analysis.bout.published import AGREES_WITHIN
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.words import in_words

COLOURS = {"agrees": "#009e73", "inside interval": "#0072b2", "MISS": "#d55e00"}
MARKERS = {"tune": "o", "check": "D", "compare": "^"}


def agreement(table: pd.DataFrame) -> Drawing:
    """Draw modelled over published for every row that is a level or a ratio.

    Parameters
    ----------
    table
        As of :func:`analysis.bout.published.published_against_modelled`.
    """
    rows = levels_and_ratios(table)
    figure, axes = style.new_figure(0.9 + 0.27 * len(rows))
    _draw_rows(axes[0, 0], rows)
    _agreement_legend(axes[0, 0])
    counts = table.loc[table["use"] != "input", "verdict"].value_counts()
    agree = counts.get("agrees", 0) + counts.get("direction agrees", 0)
    finding = (
        f"Of {counts.sum()} published rows {agree} agree, {counts.get('inside interval', 0)} "
        f"lie within the scatter of people, {counts.get('MISS', 0)} are missed, "
        f"{counts.get('not modelled', 0)} are not modelled"
    )
    note = (
        "Points: median person; lines: 90 % of people; grey: within 1.5 either way; published "
        "value in brackets. Correlations, directions, zeros, and results that are inputs of the "
        "model are in the table only."
    )
    style.title_and_note(figure, finding, note)
    return Drawing("bout_validation", figure, table, finding, note)


def levels_and_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that can be drawn as a ratio, the last first."""
    rows = table[
        (table["use"] != "input")
        & (table["published"] > 0)
        & table["modelled"].notna()
        & (table["unit"] != "correlation")
    ]
    return rows.iloc[::-1].reset_index(drop=True)


def _draw_rows(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw modelled over published, with 90 % of people, one row below the other."""
    ax.axvspan(1 / AGREES_WITHIN, AGREES_WITHIN, color=style.GRID, linewidth=0, zorder=0)
    ax.axvline(1, color=style.MUTED, linewidth=0.9)
    for place, row in rows.iterrows():
        low, high = row["lower"] / row["published"], row["upper"] / row["published"]
        colour = COLOURS[row["verdict"]]
        ax.plot([low, high], [place, place], color=colour, linewidth=1.4)
        ax.plot([row["ratio"]], [place], marker=MARKERS[row["use"]], color=colour, markersize=6)
    labels = [
        f"{row['row']}  {row['study'].split(' (')[0]}: {row['quantity']} "
        f"({in_words(row['published'])})"
        for _, row in rows.iterrows()
    ]
    ax.set_yticks(range(len(rows)), labels=labels, fontsize=7.2)
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_xscale("log")
    ax.set_xlim(0.1, 14)
    plain_ticks(ax.xaxis, (0.125, 0.25, 0.5, 1, 2, 4, 8))
    ax.set_xlabel("modelled / published (log scale)")


def _agreement_legend(ax: Axes) -> None:
    """Explain colours (verdict) and markers (use of the row)."""
    handles = [
        Line2D([], [], color=colour, label=verdict.lower()) for verdict, colour in COLOURS.items()
    ]
    uses = {"tune": "tuned to", "check": "check", "compare": "comparison"}
    handles += [
        Line2D([], [], color=style.MUTED, marker=MARKERS[use], linestyle="", label=name)
        for use, name in uses.items()
    ]
    ax.legend(handles=handles, frameon=False, loc="upper right", ncols=1, fontsize=7)
