"""The figures of a sensitivity study. Takes tables; runs nothing.

:func:`draw_study` writes them as PNG and SVG with the numbers they show as CSV beside them.
"""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.input_names import name_of_input
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.plots.files import RenderedFigure, rendered, write_figures
from analysis.sensitivity.design import CONTROLS, INTERVAL, Input
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.plan import few_samples
from analysis.sensitivity.presentation.labels import MOST_LABELS, name_points, write_values
from analysis.sensitivity.presentation.panels import (
    INDEX_NAMES,
    draw_bars,
    draw_convergence,
    draw_heat_map,
    draw_mu_sigma,
    draw_scatter,
    draw_tornado,
)
from analysis.sensitivity.presentation.summary import (
    leaders,
    not_told_apart,
    output_in_words,
    quantity_in_words,
    ranking,
    ranks_by,
    without_controls,
    without_unit,
)
from analysis.sensitivity.study import Study
from analysis.words import NO_BREAK, capitalised, in_words, joined, several

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 15
MOST_ROWS = 25
TOP_INPUTS = 4
LETTERS_ACROSS = 90  # of the name of an axis
LABEL_WIDTH = 34  # letters of a line of a label
ROW = 0.31  # inches of a bar, and of a label of two lines
LABELS = {"tornado": write_values, "plane": name_points}  # placed once all else is
OF_LABELS = {
    "tornado": " At the ends of bars: the input's value there; where both bars lie on one side, "
    "both values, that of the longer one first.",
    "plane": f" Named are the largest, {MOST_LABELS} at most.",
}


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
    return write_figures(render_study(study), folder)


def render_study(study: Study) -> list[RenderedFigure]:
    """Render the same figures in memory, so that files and page share one drawing."""
    with style.house_style():
        return [rendered(drawing) for drawing in drawings_of(study)]


def drawings_of(study: Study) -> list[Drawing]:
    """Return the same figures, not rendered yet; to be called in the house style."""
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
    # The input without effect and the seed are the scale for everything else.
    scale = leading["input"].isin(CONTROLS)
    chosen = [*leading["input"][~scale].head(MOST_BARS), *leading["input"][scale]]
    rows = study.indices[study.indices["output"] == output]
    height = 1.7 + ROW * len(chosen)
    if study.plan.method == "oat":
        table, draw, name = _with_values(_wide(rows, chosen), study), draw_tornado, "tornado"
    elif study.plan.method == "morris" and not study.plan.grouped:
        table, draw, name = _plane_table(rows, leading), draw_mu_sigma, "plane"
        height = 5.0
    else:
        table, draw, name = _bars_table(rows, chosen), draw_bars, "bars"
    figure, axes = style.new_figure(height)
    draw(_named(table), axes[0, 0])
    _name_axes(axes[0, 0], name, study, output)
    finding, note = main_finding(study, output), _note(study) + OF_LABELS.get(name, "")
    style.title_and_note(figure, finding, note)
    if name in LABELS:
        LABELS[name](axes[0, 0], _named(table))
    return Drawing(f"{study.plan.method}_{name}_{output}", figure, table, finding, note)


def _plane_table(rows: pd.DataFrame, leading: pd.DataFrame) -> pd.DataFrame:
    """Return every input's mu* with its limits, and its sigma."""
    limits = {end: leading[end].to_numpy() for end in ("lower", "upper")}
    return _wide(rows, list(leading["input"])).assign(**limits)


def _bars_table(rows: pd.DataFrame, chosen: list[str]) -> pd.DataFrame:
    """Return the indices of the chosen inputs that are drawn as bars, in the chosen order."""
    kinds = [kind for kind in INDEX_NAMES if kind in set(rows["index"])]
    kinds = ["shapley"] if "shapley" in kinds else kinds
    rows = rows[rows["input"].isin(chosen) & rows["index"].isin(kinds)]
    rank = {unit: place for place, unit in enumerate(chosen)}
    return rows.sort_values("input", key=lambda units: units.map(rank), kind="stable")


def main_finding(study: Study, output: str) -> str:
    """Return what the main figure of an output shows, in one line."""
    title = without_unit(output_in_words(output)).replace("100 000", f"100{NO_BREAK}000")
    index = ranks_by(study)
    ranked = without_controls(ranking(study.indices, output, index))
    if index not in ("shapley", "S1"):
        if len(leaders(ranked)) > 1:
            return f"The inputs that move {title} most {not_told_apart(ranked)}"
        return f"Most moved by {name_of_input(ranked['input'].iloc[0])}: {title}"
    top = ranked.head(2)
    carried = 100 * min(float(top["estimate"].clip(lower=0).sum()), 1.0)
    names = capitalised(joined(list(map(name_of_input, top["input"]))))
    return f"{names} carry {carried:.0f} % of the variance of {title}"


def _name_axes(ax: Axes, name: str, study: Study, output: str) -> None:
    """Say what an effect is an effect on."""
    title = output_in_words(output)
    if name == "plane":
        effect = f"mu*: mean absolute effect on {title} over the input's 95 % interval"
        ax.set_xlabel(textwrap.fill(effect, LETTERS_ACROSS))
        ax.set_ylabel("sigma: spread of that effect")
        ax.xaxis.set_major_formatter(style.thin_spaces())
        ax.yaxis.set_major_formatter(style.thin_spaces())
    elif name == "tornado":
        central = study.table[0, study.outputs.index(output)]
        change = f"change of {title} against the central {in_words(central, 3)}"
        ax.set_xlabel(textwrap.fill(change, LETTERS_ACROSS))
        ax.xaxis.set_major_formatter(style.thin_spaces())
    style.few_ticks(ax, along_x=8)


def _with_values(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Add the inputs' values at both ends of their interval, written out."""
    by_name = {entry.name: entry for entry in study.plan.inputs}
    ends = {}
    for end, share in zip(("low", "high"), INTERVAL, strict=True):
        quantiles = [by_name[name].quantile for name in table["input"]]
        ends[f"{end}_value"] = [
            "" if quantile is None else in_words(quantile(share), 3) for quantile in quantiles
        ]
    return table.assign(**ends)


def _wide(rows: pd.DataFrame, chosen: list[str]) -> pd.DataFrame:
    wide = rows.pivot(index="input", columns="index", values="estimate").loc[chosen]
    return wide.reset_index().rename_axis(columns=None)


def _convergence_drawing(study: Study, output: str, leading: pd.DataFrame) -> Drawing:
    top = list(leading["input"].head(5))
    found = study.convergence
    kind = METHODS[study.plan.method].leading
    table = found[(found["output"] == output) & (found["index"] == kind) & found["input"].isin(top)]
    figure, axes = style.new_figure(3.6)
    draw_convergence(_named(table), axes[0, 0])
    finding = _convergence_finding(study, output, table)
    note = "Estimates and 95 % intervals from the first part of the samples and from all. "
    style.title_and_note(figure, finding, note + _note(study, intervals=False))
    return Drawing(f"{study.plan.method}_convergence_{output}", figure, table, finding, note)


def _convergence_finding(study: Study, output: str, table: pd.DataFrame) -> str:
    wide = table.pivot(index="input", columns="samples", values="estimate")
    last, before = wide.iloc[:, -1], wide.iloc[:, -2]
    shift = in_words(float((last - before).abs().max()), 2)
    return (
        "From half the samples to all, the leading indices of "
        f"{without_unit(output_in_words(output))} moved by up to {shift}"
    )


def _scatter_drawing(study: Study, output: str, leading: pd.DataFrame) -> list[Drawing]:
    columns = {entry.name: column for column, entry in enumerate(study.plan.inputs)}
    units = [unit for unit in leading["input"] if unit in columns and unit not in CONTROLS]
    if not units:
        return []
    tables = [_scatter_table(study, output, columns[unit]) for unit in units[:TOP_INPUTS]]
    figure, axes = style.new_figure(3.6, columns=len(tables), sharey=True)
    for ax, table in zip(axes[0], tables, strict=True):
        draw_scatter(table, ax)
        style.few_ticks(ax, along_y=5)
    axes[0, 0].set_ylabel(textwrap.fill(output_in_words(output), 30))
    title = capitalised(without_unit(output_in_words(output)))
    finding = f"{title} against the inputs that matter most"
    note = "One point per run; the line joins the means of ten slices. "
    note += _note(study, intervals=False)
    style.title_and_note(figure, finding, note)
    name = f"{study.plan.method}_scatter_{output}"
    return [Drawing(name, figure, pd.concat(tables), finding, note)]


def _scatter_table(study: Study, output: str, column: int) -> pd.DataFrame:
    """Return one input and the output in every run."""
    entry = study.plan.inputs[column]
    values, label = _values(entry, study.design.shares[:, column])
    results = study.table[:, study.outputs.index(output)]
    return pd.DataFrame({"input": values, "output": results, "label": label, "name": entry.name})


def _values(entry: Input, shares: np.ndarray) -> tuple[np.ndarray, str]:
    if entry.quantile is None:
        return shares, f"{_in_lines(entry.name, 26)}\n[quantile]"
    values = np.array([entry.quantile(share) for share in shares])
    return values, f"{_in_lines(entry.name, 26)}\n[{entry.unit}]"


def _named(table: pd.DataFrame, width: int = LABEL_WIDTH) -> pd.DataFrame:
    """Return a table with its inputs in words, to be drawn."""
    return table.assign(input=[_in_lines(path, width) for path in table["input"]])


def _in_lines(path: str, width: int = LABEL_WIDTH) -> str:
    """Return an input in words, in lines of at most so many letters."""
    return textwrap.fill(name_of_input(path), width)


def _heat_drawing(study: Study) -> list[Drawing]:
    kind = METHODS[study.plan.method].leading
    rows = study.indices[study.indices["index"] == kind]
    name = f"{study.plan.method}_heat_map"
    quantities = dict.fromkeys(map(quantity_in_words, study.outputs))
    note = f"Columns: {', '.join(quantities)}. {_note(study, intervals=False)}"
    return heat_map_drawing(rows.assign(column=rows["output"]), kind, name, "results", note)


def heat_map_drawing(
    rows: pd.DataFrame, kind: str, name: str, columns: str, note: str
) -> list[Drawing]:
    """Return a figure of one index, inputs by outputs or scenarios; none where nothing varies.

    ``rows`` has input, column (in their order), estimate, lower, upper. Effects in different units
    (mu*, swing) are shown as a share of their column's largest.
    """
    wide = rows.pivot(index="input", columns="column", values="estimate")
    wide = wide[list(dict.fromkeys(rows["column"]))]
    relative = kind in ("mu_star", "swing")
    if relative:
        wide = wide / wide.max().where(wide.max() > 0)
    controls = [name for name in reversed(CONTROLS) if name in wide.index]
    ranked = wide.drop(index=controls).mean(axis=1).sort_values(ascending=False, kind="stable")
    wide = wide.loc[[*ranked.index[:MOST_ROWS], *controls]]
    if wide.isna().to_numpy().all():
        return []
    figure, axes = style.new_figure(2.6 + 0.24 * len(wide))
    what = "share of the column's largest" if relative else f"{INDEX_NAMES[kind]} [1]"
    draw_heat_map(wide.rename(index=name_of_input), axes[0, 0], what)
    finding = first_by_column(rows, columns)
    note = f"{capitalised(INDEX_NAMES[kind])}. Inputs by their mean over columns. {note}"
    style.title_and_note(figure, finding, note)
    return [Drawing(name, figure, wide.reset_index(), finding, note)]


def first_by_column(rows: pd.DataFrame, columns: str) -> str:
    """Say which input is clear of the second in most columns; ``columns`` is what these are."""
    ranked = without_controls(rows).sort_values("estimate", ascending=False, kind="stable")
    found = [leaders(part) for _, part in ranked.groupby("column", sort=False)]
    varying = [names for names in found if names]
    clear = Counter(names[0] for names in varying if len(names) == 1)
    if not clear:
        return f"In none of {len(varying)} {columns} is the first input clear of the second"
    leader, times = clear.most_common(1)[0]
    name = capitalised(name_of_input(leader))
    return f"{name} matters most, clear of the second, for {times} of {len(varying)} {columns}"


def _note(study: Study, *, intervals: bool = True) -> str:
    method = METHODS[study.plan.method]
    shown = intervals and study.plan.method != "oat"
    interval = " Thin lines are 95 % intervals of the index." if shown else ""
    few = few_samples(study.plan)
    return (
        f"{method.title}, {several(study.plan.samples, method.sample)}, "
        f"{len(study.table)} runs.{interval}{f' {few}' if few else ''}"
    )
