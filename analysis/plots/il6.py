"""Panels of resting IL-6 in both worlds: its distribution and its course."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from analysis.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

IL6_TICKS = (0.25, 0.5, 1, 2, 4, 8)


def _moments(table: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """List moment, world, colour and line style of the distributions a table holds."""
    every = [
        ("start", "baseline", style.START, "-"),
        ("end", "baseline", style.BASELINE, "-"),
        ("end", "policy", style.POLICY, "--"),
    ]
    held = set(zip(table["moment"], table["world"], strict=True))
    return [entry for entry in every if entry[:2] in held]


def _logarithmic_il6_axis(axes: Axes, table: pd.DataFrame) -> None:
    seen = table[table["share"] > 5e-4]
    axes.set_xscale("log")
    axes.set_xlim(float(seen["il6_from"].min()), float(seen["il6_to"].max()))
    axes.xaxis.set_major_locator(FixedLocator(IL6_TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def draw_il6_distribution(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the distribution of resting IL-6 at the start and at the end in each world.

    Parameters
    ----------
    table
        As of :func:`analysis.tables.of_figures.il6_distribution`.
    ax
        Axes to draw on.
    """
    one_world = "policy" not in set(table["world"])
    for moment, world, colour, line in _moments(table):
        rows = table[(table["moment"] == moment) & (table["world"] == world)]
        whose = "" if one_world else " (both worlds)" if moment == "start" else f", {world}"
        edges = np.append(rows["il6_from"].to_numpy(), rows["il6_to"].to_numpy()[-1])
        share = 100 * rows["share"].to_numpy()
        fill = moment == "start"
        ax.stairs(
            share,
            edges,
            color=colour,
            fill=fill,
            alpha=0.45 if fill else 1.0,
            linestyle=line,
            linewidth=1.6,
            label=f"at the {moment}{whose}",
        )
    _logarithmic_il6_axis(ax, table)
    width = float(np.log(table["il6_to"].iloc[0] / table["il6_from"].iloc[0]))
    ax.set_ylabel(f"persons [% per {100 * (np.exp(width) - 1):.0f} % step of IL-6]")
    ax.set_ylim(bottom=0)
    style.few_ticks(ax, along_y=5)
    ax.legend(frameon=False, loc="upper right")
    return ax


def draw_il6_shift(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how many persons more or fewer the policy leaves in each bin of IL-6 at the end."""
    wide = table[table["moment"] == "end"].pivot(
        index=["il6_from", "il6_to"], columns="world", values="share"
    )
    edges = np.append(
        wide.index.get_level_values("il6_from"), wide.index.get_level_values("il6_to")[-1:]
    )
    shift = 100 * (wide["policy"] - wide["baseline"]).to_numpy()
    ax.stairs(shift, edges, fill=True, color=style.POLICY, alpha=0.85)
    style.signed_axis(ax)
    style.few_ticks(ax, along_y=4)
    ax.set_ylabel("policy minus\nbaseline [% points]")
    return ax


def draw_il6_course(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw geometric mean and quartiles of resting IL-6 by year in each world.

    Parameters
    ----------
    table
        As of :func:`analysis.tables.of_figures.il6_course`.
    ax
        Axes to draw on.
    """
    ends = {}
    for world, rows in table.groupby("world", observed=True):
        colour = style.WORLD_COLOURS[world]
        years = style.year_ends(rows["year"])
        if world == "baseline":
            ax.fill_between(years, rows["p25"], rows["p75"], color=colour, alpha=0.16, linewidth=0)
        else:
            for quartile in ("p25", "p75"):
                ax.plot(years, rows[quartile], color=colour, linewidth=0.9, linestyle=":")
        ax.plot(years, rows["geometric_mean"], color=colour, linestyle=style.WORLD_LINES[world])
        ends[world] = (float(years[-1]), float(rows["geometric_mean"].iloc[-1]))
    style.label_line_ends(ax, ends)
    first = table[table["world"] == "baseline"].iloc[0]
    for name, text in (("p75", "upper quartile"), ("p25", "lower quartile")):
        ax.annotate(
            text,
            (style.year_ends(first["year"]), first[name]),
            xytext=(4, -9 if name == "p75" else 4),
            textcoords="offset points",
            color=style.MUTED,
            fontsize=7.5,
        )
    ax.set_ylim(bottom=0)
    ax.margins(x=0)
    ax.set_ylabel("resting IL-6 [pg/mL]")
    style.few_ticks(ax, along_x=6, along_y=5)
    return ax


def draw_il6_difference(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the policy's relative difference in geometric mean resting IL-6 by year."""
    rows = table[table["world"] == "policy"]
    years = style.year_ends(rows["year"])
    style.draw_difference(ax, years, 100 * rows["relative_difference"])
    style.few_ticks(ax, along_x=6, along_y=4)
    ax.set_ylabel("IL-6, policy\nagainst baseline [%]")
    return ax
