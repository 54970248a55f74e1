"""The figure of a comparison: the effects of several scenarios, one panel per outcome."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.outcomes import label, not_cases
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.plots.effect import draw_estimates, draw_parameter_intervals
from analysis.plots.files import rendered, write_figures
from analysis.report.ahead import Draws, comparison_note, comparison_title
from analysis.report.unlike_runs import OF_PRECISION, unlike_in_words, unlike_title
from analysis.tables.effect_tables import doubts_of_draws
from analysis.words import capitalised

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_outcome(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one outcome of all scenarios, with intervals.

    Parameters
    ----------
    table
        Rows of one outcome of :func:`analysis.report.comparison.compare_effects`.
    ax
        Axes to draw on.
    """
    draw_parameter_intervals(table, ax, width=7)
    draw_estimates(table, ax, width=1.4, dot=5)
    ax.set_yticks(range(len(table)), list(table["scenario"]))
    style.panel_title(ax, label(table["outcome"].iloc[0]))
    style.few_ticks(ax, along_x=3)
    return ax


def comparison_drawing(
    comparison: pd.DataFrame, differences: Mapping[str, str], eligible: str = "",
    draws: Draws | None = None,
) -> Drawing:  # fmt: skip
    """Draw cases averted per 100 000 by scenario, one panel per outcome.

    ``differences`` and ``eligible`` as of :mod:`analysis.report.unlike_runs`, which the note says;
    ``draws`` as of :func:`analysis.report.ahead.comparison_title`.
    """
    outcomes = list(comparison["outcome"].drop_duplicates())
    scenarios = comparison["scenario"].nunique()
    bands = -(-len(outcomes) // 2)
    figure, axes = style.new_figure(0.9 + bands * (0.55 + 0.24 * scenarios), bands, 2, sharey=True)
    style.hide_spare_panels(axes, len(outcomes))
    for outcome, panel in zip(outcomes, axes.flat, strict=False):
        draw_outcome(comparison[comparison["outcome"] == outcome], panel)
    for panel in axes[-1, :]:
        panel.set_xlabel("averted per 100 000")
    alike = set(differences) <= set(OF_PRECISION)
    title = comparison_title(comparison, draws) if alike else unlike_title(differences)
    others = not_cases(outcomes)
    note = (
        f"Cases{f' ({others})' if others else ''} or deaths averted per 100 000 persons at the "
        "start plus entrants within the run, against doing nothing, as expected from the risks "
        "met, each outcome on its own axis. Thin bars: 95 % Monte Carlo interval. Wide pale bars, "
        "where present: 95 % parameter interval."
        f"{doubts_of_draws(comparison)}{comparison_note(comparison, draws) if alike else ''}"
    )
    for words in (unlike_in_words(differences), eligible):
        note += f" {capitalised(words)}." if words else ""
    style.title_and_note(figure, title, note)
    return Drawing("comparison", figure, comparison, title, note)


def draw_comparison(
    comparison: pd.DataFrame, folder: str | Path, differences: Mapping[str, str] | None = None,
    eligible: str = "", draws: Draws | None = None,
) -> list[Path]:  # fmt: skip
    """Write the figure of a comparison (PNG, SVG) and its table (CSV) to a folder.

    Parameters as of :func:`comparison_drawing`.
    """
    with style.house_style():
        drawing = comparison_drawing(comparison, differences or {}, eligible, draws)
        return write_figures([rendered(drawing)], folder)
