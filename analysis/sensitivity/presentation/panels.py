"""Panels of the figures of a study: functions ``(table, ax) -> Axes`` that run nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.plots import style
from analysis.sensitivity.presentation.summary import column_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FIRST, _TOTAL = "#8fb3d1", style.BASELINE
_COLOURS = ("#3f678c", "#d55e00", "#2a8073", "#7a4ea3", "#b08900", "#9aa7b2")
INDEX_NAMES = {
    "S1": "first-order index (alone)",
    "ST": "total index (with interactions)",
    "shapley": "Shapley effect",
    "delta": "Borgonovo's delta",
    "PAWN": "PAWN index (median distance)",
    "ST_bound": "upper bound of the total index",
    "mu_star": "mean absolute effect over the 95 % interval",
    "swing": "swing over the 95 % interval",
}


def draw_bars(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw indices as bars with their 95 % intervals, one pair of bars per input.

    Parameters
    ----------
    table
        Rows of one output: columns input, index, estimate, lower, upper. The inputs stand in the
        order of their first appearance, from the top.
    ax
        Axes to draw on.
    """
    inputs = list(dict.fromkeys(table["input"]))
    kinds = list(dict.fromkeys(table["index"]))
    height = 0.76 / len(kinds)
    for number, kind in enumerate(kinds):
        rows = table[table["index"] == kind].set_index("input").reindex(inputs)
        places = np.arange(len(inputs)) + (number - (len(kinds) - 1) / 2) * height
        colour = _FIRST if kind == "S1" and len(kinds) > 1 else _TOTAL
        ax.barh(
            places, rows["estimate"], height * 0.9, color=colour, label=INDEX_NAMES.get(kind, kind)
        )
        ax.hlines(places, rows["lower"], rows["upper"], color=style.INK, linewidth=1.1)
    ax.set_yticks(np.arange(len(inputs)), inputs)
    ax.set_ylim(len(inputs) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=style.MUTED, linewidth=0.8)
    ax.set_xlabel(
        f"{INDEX_NAMES.get(kinds[-1], kinds[-1])} [1]"
        if len(kinds) == 1
        else "share of the output's variance [1]"
    )
    if len(kinds) > 1:
        _legend_above(ax)
    return ax


def draw_mu_sigma(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw Morris' plane: mean absolute effect against its spread, with the line sigma = mu*.

    Parameters
    ----------
    table
        Columns input, mu_star, lower, upper, sigma.
    ax
        Axes to draw on.
    """
    ax.hlines(table["sigma"], table["lower"], table["upper"], color=_FIRST, linewidth=1.4)
    ax.scatter(table["mu_star"], table["sigma"], s=22, color=_TOTAL, zorder=3)
    most = float(max(table["mu_star"].max(), table["sigma"].max(), 0.0)) or 1.0
    ax.plot(
        [0, most],
        [0, most],
        color=style.START,
        linewidth=1.0,
        linestyle="--",
        label="sigma = mu*: beyond it, effects change sign or interact",
    )
    ax.set_xlabel("mu*: mean absolute effect over the input's 95 % interval [output's unit]")
    ax.set_ylabel("sigma: spread of the effect [output's unit]")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False)
    return ax


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def draw_tornado(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw how far the output moves when one input goes to either end of its interval.

    Parameters
    ----------
    table
        Columns input, low, high: change of the output [output's unit] at the 2.5 % and 97.5 %
        quantile of the input, largest swing first.
    ax
        Axes to draw on.
    """
    places = np.arange(len(table))
    for end, other, colour in (("low", "high", _FIRST), ("high", "low", style.POLICY)):
        label = f"input at its {'2.5' if end == 'low' else '97.5'} % quantile"
        bars = ax.barh(places, table[end], 0.7, color=colour, label=label)
        for bar, shorter in zip(bars, table[end].abs() < table[other].abs(), strict=True):
            bar.set_zorder(1.2 if shorter else 1.1)  # it may lie on the longer one
    ax.set_yticks(places, table["input"])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.set_xlabel("change against the run with central values [output's unit]")
    _legend_above(ax)
    return ax


def draw_heat_map(table: pd.DataFrame, ax: Axes, what: str = "share of variance [1]") -> Axes:
    """Draw one index for every input (rows) and output or scenario (columns).

    Parameters
    ----------
    table
        Wide: inputs as index, outputs as columns, the index as values [1]; NaN stays blank.
    ax
        Axes to draw on.
    what
        What the values are, for the colour bar.
    """
    values = table.to_numpy(dtype=float)
    image = ax.imshow(
        values, cmap="Blues", vmin=0.0, vmax=max(float(np.nanmax(values)), 1e-9), aspect="auto"
    )
    middle = float(np.nanmax(values)) / 2
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            ax.text(
                column,
                row,
                f"{value:.2f}",
                ha="center",
                va="center",
                fontsize=7,
                color="white" if value > middle else style.INK,
            )
    names = [column_of(output) for output in table.columns]
    ax.set_xticks(np.arange(len(names)), names, rotation=35, ha="right")
    ax.set_yticks(np.arange(len(table)), table.index)
    ax.grid(visible=False)
    _figure_of(ax).colorbar(image, ax=ax, shrink=0.8, label=what)
    return ax


def draw_convergence(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the leading inputs' index against the number of samples, with intervals.

    Parameters
    ----------
    table
        Rows of one output and index: columns samples, input, estimate, lower, upper.
    ax
        Axes to draw on; its x axis becomes logarithmic.
    """
    groups = list(table.groupby("input", sort=False))
    groups.sort(key=lambda group: -group[1]["estimate"].iloc[-1])
    for number, (name, part) in enumerate(groups):
        colour = _COLOURS[number % len(_COLOURS)]
        # Side by side, so that intervals can be told apart.
        places = part["samples"] * 1.03 ** (number - (len(groups) - 1) / 2)
        ax.plot(places, part["estimate"], "o-", color=colour, markersize=4, label=name)
        ax.vlines(places, part["lower"], part["upper"], color=colour, linewidth=1.1)
    sizes = sorted(set(table["samples"]))
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.set_xlabel("samples")
    kind = str(table["index"].iloc[0])
    ax.set_ylabel("mu* [output's unit]" if kind == "mu_star" else f"{INDEX_NAMES[kind]} [1]")
    ax.yaxis.set_major_formatter(style.thin_spaces())
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=7.5)
    return ax


def draw_scatter(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the output of every run against one input, with the mean in ten slices.

    Parameters
    ----------
    table
        Columns input (its value), output, label (of the x axis, the same in all rows).
    ax
        Axes to draw on.
    """
    ax.scatter(
        table["input"],
        table["output"],
        s=4,
        color=_TOTAL,
        alpha=0.35,
        linewidths=0,
        rasterized=len(table) > 2000,
    )
    order = np.argsort(table["input"].to_numpy(), kind="stable")
    slices = np.array_split(order, min(10, len(order)))
    middles = [float(table["input"].to_numpy()[part].mean()) for part in slices]
    means = [float(table["output"].to_numpy()[part].mean()) for part in slices]
    ax.plot(middles, means, color=style.POLICY, linewidth=1.8)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(style.thin_spaces())
    ax.set_xlabel(str(table["label"].iloc[0]), fontsize=7.5)
    return ax


def _legend_above(ax: Axes) -> None:
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False)
