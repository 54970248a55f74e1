"""Pictures of a sensitivity study. Takes tables; runs nothing.

Every panel is a function ``(table, ax) -> Axes``; :func:`draw_study` writes them as PNG and SVG
with the numbers they show as CSV beside them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.design_of_study import DUMMY, SEED, Input
from analysis.plots import style
from analysis.plots.figures import Drawing
from analysis.plots.files import rendered, write_figures
from analysis.sensitivity_methods import METHODS
from analysis.sensitivity_summary import counted, output_in_words, ranking
from analysis.study import Study

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_BARS = 15
MOST_LABELS = 8
TOP_INPUTS = 4
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
        Columns input, mu_star, lower, upper, sigma; the leading inputs are named.
    ax
        Axes to draw on.
    """
    ax.hlines(table["sigma"], table["lower"], table["upper"], color=style.GRID, linewidth=1.6)
    ax.scatter(table["mu_star"], table["sigma"], s=22, color=_TOTAL, zorder=3)
    most = float(max(table["mu_star"].max(), table["sigma"].max(), 0.0)) or 1.0
    ax.plot(
        [0, most],
        [0, most],
        color=style.MUTED,
        linewidth=0.8,
        linestyle=":",
        label="sigma = mu*: beyond it, effects change sign or interact",
    )
    for row in table.nlargest(MOST_LABELS, "mu_star").to_dict("records"):
        ax.annotate(
            row["input"],
            (row["mu_star"], row["sigma"]),
            xytext=(5, 3),
            textcoords="offset points",
            fontsize=7.5,
            annotation_clip=False,
        )
    ax.set_xlabel("mu*: mean absolute effect over the input's 95 % interval [output's unit]")
    ax.set_ylabel("sigma: spread of the effect [output's unit]")
    ax.legend(loc="upper left", frameon=False)
    return ax


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
    ax.barh(places, table["low"], 0.7, color=_FIRST, label="input at its 2.5 % quantile")
    ax.barh(
        places,
        table["high"],
        0.7,
        color=style.POLICY,
        alpha=0.85,
        label="input at its 97.5 % quantile",
    )
    ax.set_yticks(places, table["input"])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.set_xlabel("change against the run with central values [output's unit]")
    _legend_above(ax)
    return ax


def draw_heat_map(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one index for every input (rows) and output (columns).

    Parameters
    ----------
    table
        Wide: inputs as index, outputs as columns, the index as values [1]; NaN stays blank.
    ax
        Axes to draw on.
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
    names = [output_in_words(output) for output in table.columns]
    ax.set_xticks(np.arange(len(names)), names, rotation=35, ha="right")
    ax.set_yticks(np.arange(len(table)), table.index)
    ax.grid(visible=False)
    assert ax.figure is not None
    ax.figure.colorbar(image, ax=ax, shrink=0.8, label="share [1]")
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
    for number, (name, part) in enumerate(table.groupby("input", sort=False)):
        colour = _COLOURS[number % len(_COLOURS)]
        ax.plot(part["samples"], part["estimate"], "o-", color=colour, markersize=4, label=name)
        ax.fill_between(part["samples"], part["lower"], part["upper"], color=colour, alpha=0.13)
    sizes = sorted(set(table["samples"]))
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.set_xlabel("samples")
    ax.set_ylabel(f"{INDEX_NAMES.get(table['index'].iloc[0], table['index'].iloc[0])} [1]")
    ax.legend(loc="best", frameon=False, fontsize=7.5)
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
    ax.set_xlabel(str(table["label"].iloc[0]), fontsize=7.5)
    return ax


def _legend_above(ax: Axes) -> None:
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False)


def draw_study(study: Study, folder: str | os.PathLike[str]) -> list[Path]:
    """Draw every figure that suits the study's method, as PNG, SVG and CSV.

    Parameters
    ----------
    study
        A finished study.
    folder
        Where to write; made if missing.

    Returns
    -------
        Paths written.
    """
    with style.house_style():
        return write_figures([rendered(drawing) for drawing in _drawings(study)], folder)


def _drawings(study: Study) -> list[Drawing]:
    drawings = []
    for output in study.outputs:
        leading = ranking(study.indices, output, METHODS[study.plan.method].leading)
        if leading["estimate"].isna().all():
            continue
        drawings.append(_main_drawing(study, output, leading))
        if study.convergence["samples"].nunique() > 1:
            drawings.append(_convergence_drawing(study, output, leading))
        if study.plan.method not in ("oat", "morris"):
            drawings += _scatter_drawing(study, output, leading)
    return drawings + (_heat_drawing(study) if len(study.outputs) > 1 else [])


def _main_drawing(study: Study, output: str, leading: pd.DataFrame) -> Drawing:
    chosen = list(leading["input"].head(MOST_BARS))
    rows = study.indices[study.indices["output"] == output]
    if study.plan.method == "oat":
        table = _wide(rows, chosen)
        draw, name = draw_tornado, "tornado"
    elif study.plan.method == "morris" and not study.plan.grouped:
        table = _wide(rows, list(leading["input"])).assign(
            lower=leading["lower"].to_numpy(), upper=leading["upper"].to_numpy()
        )
        draw, name = draw_mu_sigma, "plane"
    else:
        kinds = [kind for kind in INDEX_NAMES if kind in set(rows["index"])]
        kinds = ["shapley"] if "shapley" in kinds else kinds
        rows = rows[rows["input"].isin(chosen) & rows["index"].isin(kinds)]
        rank = {unit: place for place, unit in enumerate(chosen)}
        table = rows.sort_values("input", key=lambda units: units.map(rank), kind="stable")
        draw, name = draw_bars, "bars"
    figure, axes = style.new_figure(1.7 + 0.27 * len(chosen) if name != "plane" else 5.0)
    draw(table, axes[0, 0])
    finding = f"What drives {output_in_words(output)}"
    note = _note(study)
    style.title_and_note(figure, finding, note)
    return Drawing(f"{study.plan.method}_{name}_{output}", figure, table, finding, note)


def _wide(rows: pd.DataFrame, chosen: list[str]) -> pd.DataFrame:
    wide = rows.pivot(index="input", columns="index", values="estimate").loc[chosen]
    return wide.reset_index().rename_axis(columns=None)


def _convergence_drawing(study: Study, output: str, leading: pd.DataFrame) -> Drawing:
    top = list(leading["input"].head(5))
    found = study.convergence
    kind = METHODS[study.plan.method].leading
    table = found[(found["output"] == output) & (found["index"] == kind) & found["input"].isin(top)]
    figure, axes = style.new_figure(3.6)
    draw_convergence(table, axes[0, 0])
    finding = f"Do the indices of {output_in_words(output)} still change?"
    note = "Estimates and 95 % intervals from the first part of the samples and from all. "
    style.title_and_note(figure, finding, note + _note(study))
    return Drawing(f"{study.plan.method}_convergence_{output}", figure, table, finding, note)


def _scatter_drawing(study: Study, output: str, leading: pd.DataFrame) -> list[Drawing]:
    import pandas as pd

    by_name = {entry.name: column for column, entry in enumerate(study.plan.inputs)}
    luck = (DUMMY, SEED)
    top = [unit for unit in leading["input"] if unit in by_name and unit not in luck][:TOP_INPUTS]
    if not top:
        return []
    figure, axes = style.new_figure(3.2, columns=len(top), sharey=True)
    tables = []
    for ax, unit in zip(axes[0], top, strict=True):
        column = by_name[unit]
        values, label = _values(study.plan.inputs[column], study.design.shares[:, column])
        tables.append(
            pd.DataFrame(
                {
                    "input": values,
                    "output": study.table[:, study.outputs.index(output)],
                    "label": label,
                    "name": unit,
                }
            )
        )
        draw_scatter(tables[-1], ax)
        style.few_ticks(ax, along_y=5)
    axes[0, 0].set_ylabel(output_in_words(output))
    finding = f"{style.capitalised(output_in_words(output))} against the inputs that matter most"
    note = "One point per run; the line joins the means of ten slices. " + _note(study)
    style.title_and_note(figure, finding, note)
    name = f"{study.plan.method}_scatter_{output}"
    return [Drawing(name, figure, pd.concat(tables), finding, note)]


def _values(entry: Input, shares: np.ndarray) -> tuple[np.ndarray, str]:
    if entry.quantile is None:
        return shares, f"{_in_lines(entry.name)}\n[quantile]"
    values = np.array([entry.quantile(share) for share in shares])
    return values, f"{_in_lines(entry.name)}\n[{entry.unit}]"


def _in_lines(name: str, width: int = 26) -> str:
    """Break a long path at its dots."""
    lines = [""]
    for part in re.findall(r"[^.]+\.?", name):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _heat_drawing(study: Study) -> list[Drawing]:
    kind = METHODS[study.plan.method].leading
    rows = study.indices[study.indices["index"] == kind]
    wide = rows.pivot(index="input", columns="output", values="estimate")[list(study.outputs)]
    if kind in ("mu_star", "swing"):
        # Effects of different units: each as a share of the output's largest.
        wide = wide / wide.max().where(wide.max() > 0)
    wide = wide.loc[wide.max(axis=1).sort_values(ascending=False).index].head(25)
    if wide.isna().to_numpy().all():
        return []
    figure, axes = style.new_figure(2.6 + 0.24 * len(wide))
    draw_heat_map(wide, axes[0, 0])
    finding = "Which input matters for which result"
    what = "as a share of the output's largest" if kind in ("mu_star", "swing") else "[1]"
    note = f"{INDEX_NAMES[kind]}, {what}. {_note(study)}"
    style.title_and_note(figure, finding, note)
    return [Drawing(f"{study.plan.method}_heat_map", figure, wide.reset_index(), finding, note)]


def _note(study: Study) -> str:
    method = METHODS[study.plan.method]
    interval = "" if study.plan.method == "oat" else " Thin lines are 95 % intervals of the index."
    return (
        f"{method.title}, {counted(study.plan.samples, method.sample)}, "
        f"{len(study.table)} runs.{interval}"
    )
