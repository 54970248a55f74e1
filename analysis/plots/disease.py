"""Panels of disease in both worlds: cumulative incidence, rates by group, the map of risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.outcomes import label
from analysis.plots import style
from analysis.tables.of_figures import ORDERS, ordered
from analysis.words import in_words, with_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def draw_cumulative_incidence(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw new cases of one disease since the start, per 100 000 persons, in each world.

    Parameters
    ----------
    table
        Rows of one disease of :func:`analysis.tables.of_figures.cumulative_incidence`.
    ax
        Axes to draw on.
    """
    for world, rows in table.groupby("world", observed=True):
        ax.plot(
            style.year_ends(rows["year"]),
            rows["cases_per_100k"],
            color=style.WORLD_COLOURS[world],
            linestyle=style.WORLD_LINES[world],
            label=world,
        )
    style.panel_title(ax, label(table["disease"].iloc[0]))
    ax.set_ylim(bottom=0)
    ax.margins(x=0)
    style.few_ticks(ax, along_x=3, along_y=3)
    ax.yaxis.set_major_formatter(style.thin_spaces())
    return ax


def draw_cases_averted(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cases of one disease expected to be averted since the start, by year.

    Per 100 000 persons, with the 95 % Monte Carlo interval as a band.
    """
    rows = table[table["world"] == "policy"]
    years, band = style.year_ends(rows["year"]), (rows["lower"], rows["upper"])
    style.draw_difference(ax, years, rows["expected_per_100k"], band, linewidth=1.4)
    style.few_ticks(ax, along_x=3, along_y=2)
    last = rows.iloc[-1]
    ax.annotate(
        with_interval(last["expected_per_100k"], last["lower"], last["upper"]),
        (1, 1),
        xytext=(0, 2),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=style.POLICY,
        fontsize=7.5,
        fontweight="bold",
    )
    return ax


def draw_rate_by_activity(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the incidence rate of one disease by activity group in each world.

    Parameters
    ----------
    table
        Rows of one disease of :func:`analysis.tables.of_figures.rate_by_activity`.
    ax
        Axes to draw on.
    """
    groups = ordered(list(table["activity_group"]), ORDERS["activity_group"])
    place = {group: row for row, group in enumerate(groups)}
    wide = table.pivot(index="activity_group", columns="world", values="rate_per_1000")
    rows = [place[group] for group in wide.index]
    if "policy" in wide:
        ax.plot(wide["policy"], rows, "o", color=style.POLICY, markersize=4, zorder=3)
    ring: dict[str, Any] = {"markersize": 8.5, "markerfacecolor": "none", "markeredgewidth": 1.6}
    ax.plot(wide["baseline"], rows, "o", color=style.BASELINE, **ring)
    style.panel_title(ax, label(table["disease"].iloc[0]))
    ax.set_yticks(range(len(groups)), [group.replace("_", " ") for group in groups])
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.set_xlim(0, style.above(wide.to_numpy(), 1.08))
    style.few_ticks(ax, along_x=3)
    return ax


def draw_risk_map(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one disease's incidence by age band (down) and group (across), rates in the cells.

    Colours run on the disease's own logarithmic scale; cells with too few events stay empty.

    Parameters
    ----------
    table
        Rows of one disease of :func:`analysis.tables.of_figures.risk_by_age_and_activity`.
    ax
        Axes to draw on.
    """
    ages = ordered(list(table["age_band"]), ORDERS["age_band"])
    groups = ordered(list(table["group"]), ORDERS[table["grouped_by"].iloc[0]])
    wide = table.pivot(index="age_band", columns="group", values="rate_per_1000")
    rates = wide.reindex(index=ages, columns=groups).to_numpy(dtype=float)
    shade = np.log(np.where(rates > 0, rates, np.nan))
    ax.pcolormesh(shade, cmap="YlOrBr", edgecolors="white", linewidth=1.5)
    middle = np.nanmean([np.nanmin(shade), np.nanmax(shade)]) if np.isfinite(shade).any() else 0
    for row, column in np.argwhere(np.isfinite(shade)):
        dark = shade[row, column] > middle + 0.4 * (np.nanmax(shade) - middle)
        ax.text(
            column + 0.5,
            row + 0.5,
            in_words(rates[row, column], digits=2),
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else style.INK,
            in_layout=False,
        )
    style.panel_title(ax, label(table["disease"].iloc[0]))
    ax.set_xticks(np.arange(len(groups)) + 0.5, [group.replace("_", "\n") for group in groups])
    ax.set_yticks(np.arange(len(ages)) + 0.5, ages)
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax
