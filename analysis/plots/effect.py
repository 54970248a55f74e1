"""Panels of what the policy did: the forest of cases averted, survival, and who benefits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.results.claims import outside
from analysis.certainty.draws_in_words import MARK
from analysis.outcomes import ECONOMIC_LABELS, can_befall, label, row_label
from analysis.plots import style
from analysis.tables.of_figures import SEXES
from analysis.words import with_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

QUINTILES = ("1", "2", "3", "4", "5")
GROUP_PLACES = {group: place for place, group in enumerate(QUINTILES, start=1)}
GROUP_PLACES |= {"female": 6.6, "male": 8.4}


def draw_forest(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw cases averted per 100 000 with Monte Carlo and, where present, parameter intervals.

    Parameters
    ----------
    table
        As of :func:`analysis.tables.effect_tables.forest`: one row per outcome.
    ax
        Axes to draw on.
    """
    draw_parameter_intervals(table, ax)
    if table["expected"].any():
        _draw_counted(table, ax)
    draw_estimates(table, ax)
    _forest_labels(table, ax)
    return ax


def draw_parameter_intervals(table: pd.DataFrame, ax: Axes, width: float = 9) -> None:
    """Draw a wide pale bar for each estimate that has a parameter interval."""
    if "parameter_lower" in table:
        ax.hlines(
            np.arange(len(table)),
            table["parameter_lower"],
            table["parameter_upper"],
            color=style.POLICY,
            alpha=0.28,
            linewidth=width,
            label="95 % parameter interval: uncertainty of the evidence",
        )
        _mark_outside(table, ax)


def _mark_outside(table: pd.DataFrame, ax: Axes) -> None:
    """Put the mark above each estimate that lies outside its own parameter interval."""
    beyond = outside(table["estimate"], table["parameter_lower"], table["parameter_upper"])
    for row in np.flatnonzero(beyond):
        ax.annotate(
            MARK.strip(), (table["estimate"].iloc[row], row), xytext=(0, 2),
            textcoords="offset points", ha="center", va="bottom", color=style.INK, fontsize=9,
        )  # fmt: skip


def draw_estimates(table: pd.DataFrame, ax: Axes, width: float = 1.6, dot: float = 6) -> None:
    """Draw one row per estimate: a dot, and its Monte Carlo interval as a thin dark bar."""
    rows = np.arange(len(table))
    ax.hlines(
        rows,
        table["estimate_lower"],
        table["estimate_upper"],
        color=style.INK,
        linewidth=width,
        label="95 % Monte Carlo interval: sampling error of the simulation only",
        zorder=3,
    )
    name = "expected difference" if table["expected"].any() else None
    ax.plot(table["estimate"], rows, "o", color=style.POLICY, markersize=dot, zorder=4, label=name)
    ax.axvline(0, color=style.MUTED, linewidth=0.9)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_formatter(style.thin_spaces())


def _draw_counted(table: pd.DataFrame, ax: Axes) -> None:
    """Draw the differences of counted events lightly, below the expected ones."""
    rows = np.arange(len(table)) + 0.26
    ax.hlines(rows, table["lower"], table["upper"], color=style.START, linewidth=1.0)
    ax.plot(
        table["averted_per_100k"],
        rows,
        "o",
        color=style.START,
        markersize=3.5,
        label="events counted in this run, with their interval",
    )


def _forest_labels(table: pd.DataFrame, ax: Axes) -> None:
    ax.set_yticks(range(len(table)), [row_label(outcome) for outcome in table["outcome"]])
    ax.tick_params(axis="y", labelsize=9, labelcolor=style.INK)
    for row, (_, effect) in enumerate(table.iterrows()):
        ax.annotate(
            with_interval(effect["estimate"], effect["estimate_lower"], effect["estimate_upper"]),
            (1.01, row),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=7.4,
        )


def draw_survival(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the share still alive by years since the start in each world.

    Parameters
    ----------
    table
        As of :func:`analysis.tables.of_figures.survival`.
    ax
        Axes to draw on.
    """
    ends = {}
    for world, rows in table.groupby("world", observed=True):
        ax.plot(
            rows["years_since_start"],
            100 * rows["share_alive"],
            color=style.WORLD_COLOURS[world],
            linestyle=style.WORLD_LINES[world],
        )
        ends[world] = (
            float(rows["years_since_start"].iloc[-1]),
            100 * float(rows["share_alive"].iloc[-1]),
        )
    style.label_line_ends(ax, ends)
    lowest = 100 * float(table["share_alive"].min())
    ax.set_ylim(max(0.0, lowest - 0.15 * (100 - lowest) - 0.1), 100)
    ax.set_ylabel("alive [% of all simulated so far]")
    ax.margins(x=0)
    style.few_ticks(ax, along_x=8, along_y=5)
    return ax


def draw_more_alive(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how many more persons are expected to be alive under the policy, per 100 000, by year.

    With the 95 % Monte Carlo interval as a band.
    """
    rows = table[table["world"] == "policy"]
    band = (rows["lower"], rows["upper"])
    style.draw_difference(ax, rows["years_since_start"], rows["expected_per_100k"], band)
    style.few_ticks(ax, along_x=8, along_y=4)
    ax.set_ylabel("more alive with\nthe policy, expected\n[per 100 000]")
    return ax


def draw_benefit(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw what each quintile of deprivation and each sex gains of one outcome, with intervals.

    Parameters
    ----------
    table
        Rows of one outcome of :func:`analysis.tables.effect_tables.benefit_by_group`.
    ax
        Axes to draw on.
    """
    outcome = str(table["outcome"].iloc[0])
    looks = {QUINTILES: (style.POLICY, "o")}
    looks |= {(sex,): (style.SEX_COLOURS[sex], style.SEX_MARKERS[sex])
              for sex in SEXES if can_befall(outcome, sex)}  # fmt: skip
    for groups, (colour, marker) in looks.items():  # one artist of each kind draws faster than five
        rows = table[table["group"].isin(groups)]
        places = [GROUP_PLACES[group] for group in rows["group"]]
        ax.vlines(places, rows["lower"], rows["upper"], color=colour, linewidth=1.2)
        ax.plot(places, rows["expected_per_100k"], marker, color=colour, markersize=4.5)
    style.panel_title(ax, ECONOMIC_LABELS.get(outcome, label(outcome)))
    ax.axhline(0, color=style.MUTED, linewidth=0.8)
    ax.set_xlim(0.4, 9.2)
    words = ["1\nmost", "2", "3", "4", "5\nleast", "women", "men"]
    ax.set_xticks(list(GROUP_PLACES.values()), words, fontsize=7)
    ax.yaxis.set_major_formatter(style.thin_spaces())
    ax.grid(visible=False, axis="x")
    style.few_ticks(ax, along_y=4)
    return ax
