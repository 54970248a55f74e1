"""Compare scenarios: the effects of several runs side by side.

Works on effects that already exist; it runs nothing. Scenarios of one comparison should share
persons, seeds, years and population, so that they differ by their policies only; what they do not
share is said.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from abm.running.folders import claimed
from abm.running.output import damaged_files, files_listed, manifest_in
from abm.scenario.vocabulary import COMPARISON
from analysis.outcomes import label, not_cases
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.plots.effect import draw_estimates, draw_parameter_intervals
from analysis.plots.effect_tables import doubts_of_draws, event_effects, forest
from analysis.plots.files import rendered, write_figures
from analysis.plots.style import with_interval
from analysis.report.ahead import Draws, comparison_note, comparison_title
from analysis.report.effect_rows import BEST, COUNTED
from analysis.report.numbers import plain
from analysis.report.unlike_runs import (
    OF_PRECISION,
    shared_facts,
    unlike,
    unlike_eligible,
    unlike_in_words,
    unlike_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


HEAD = "expected averted per 100 000 persons (95 % Monte Carlo interval)"


def compare_effects(
    effects: Mapping[str, pd.DataFrame], years: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Put the effects of several scenarios into one tidy table.

    Parameters
    ----------
    effects
        Scenario name to its effects (one row per outcome).
    years
        Scenario name to the years of its run, where these are known.

    Returns
    -------
        Columns scenario, years where they are known, and those of
        :func:`analysis.plots.effect_tables.forest`: outcome; per 100 000 estimate,
        estimate_lower, estimate_upper (expected, with 95 % Monte Carlo intervals),
        parameter_lower and parameter_upper where a scenario has them; at the end
        relative_change and what was counted, averted_per_100k, lower, upper.

    Raises
    ------
    ValueError
        If there is nothing to compare.
    """
    parts = []
    for scenario, table in effects.items():
        rows = forest(table)
        change = event_effects(table)["relative_change"]
        parts.append(rows.assign(relative_change=change).assign(scenario=scenario))
    if not any(len(part) for part in parts):
        raise ValueError("nothing to compare: no scenario has effects (a baseline has none)")
    joined = pd.concat([part for part in parts if len(part)], ignore_index=True)
    first, last = ["scenario"], ["relative_change", *COUNTED]
    if years:
        joined["years"] = joined["scenario"].map(years)
        first.append("years")
    return joined[[*first, *joined.columns.drop([*first, *last]), *last]]


def wide_comparison(comparison: pd.DataFrame) -> pd.DataFrame:
    """Return cases averted per 100 000 with one row per outcome and one column per scenario.

    Expected ones where there are such.
    """
    order = comparison["outcome"].drop_duplicates()
    names = comparison["scenario"].drop_duplicates()
    wide = comparison.pivot(index="outcome", columns="scenario", values="estimate")
    return wide.loc[order, names]


def comparison_in_text(
    comparison: pd.DataFrame, differences: Mapping[str, str], eligible: str = ""
) -> str:
    """Return the comparison as a table for the terminal.

    Before its first number stands how long each run is, and who may take part in it, where runs
    differ in that; ``differences`` and ``eligible`` as of :mod:`analysis.report.unlike_runs`.
    """
    years = differences.get("years")
    lines = [f"runs of unlike duration, in years: {years}"] if years else []
    lines += [f"{eligible}; numbers are of all persons, not of these"] if eligible else []
    cells = zip(*(comparison[name] for name in BEST), strict=True)
    words = comparison.assign(estimate=[with_interval(*limits) for limits in cells])
    return "\n".join([*lines, HEAD, plain(wide_comparison(words).to_string())])


def draw_outcome(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one outcome of all scenarios, with intervals.

    Parameters
    ----------
    table
        Rows of one outcome of :func:`compare_effects`.
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
        "start plus entrants, as expected from the risks met, each outcome on its own axis. Thin "
        "bars: 95 % Monte Carlo interval. Wide pale bars, where present: 95 % parameter interval."
        f"{doubts_of_draws(comparison)}{comparison_note(comparison, draws) if alike else ''}"
    )
    for words in (unlike_in_words(differences), eligible):
        note += f" {style.capitalised(words)}." if words else ""
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


class Run(NamedTuple):
    """What is read of a finished run: effects, those of its draws if there are any, manifest."""

    effects: pd.DataFrame
    draws: pd.DataFrame | None
    manifest: dict[str, Any]


def compare_runs(runs: Mapping[str, Run], folder: Path) -> tuple[str, str, list[Path]]:
    """Compare runs, write what :func:`draw_comparison` writes, and return it in words.

    Returns
    -------
        The table for the terminal, what the runs do not share beside their policies (or nothing),
        and the files written.
    """
    manifests = {name: run.manifest for name, run in runs.items()}
    differences, eligible = unlike(manifests), unlike_eligible(manifests)
    effects = {name: run.effects for name, run in runs.items()}
    draws = {name: run.draws for name, run in runs.items() if run.draws is not None}
    years = {name: shared_facts(each)["years"] for name, each in manifests.items()}
    comparison = compare_effects(effects, years)
    paths = draw_comparison(comparison, folder, differences, eligible, draws)
    text = comparison_in_text(comparison, differences, eligible)
    return text, unlike_in_words(differences), paths


def read_run(folder: Path) -> tuple[str, Run]:
    """Read the name of a finished run and what is compared from its folder.

    Raises
    ------
    ValueError
        If the folder does not hold a finished run; the message names the file.
    """
    damaged = damaged_files(folder)
    if "effects.csv" in damaged or "effects.csv" not in files_listed(folder):
        raise ValueError(
            f"{folder / 'effects.csv'}: not as the run wrote it, or not there; give the folder of "
            "a finished run with policies"
        )
    drawn = folder / "draw_effects.csv"
    has_draws = drawn.name in files_listed(folder) and drawn.name not in damaged
    draws = pd.read_csv(drawn) if has_draws else None
    run = Run(pd.read_csv(folder / "effects.csv"), draws, manifest_in(folder))
    return folder.resolve().name, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the runs named on the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.report.comparison", description=__doc__
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RESULTS/NAME")
    parser.add_argument("--out", type=Path, default=Path("results", COMPARISON), metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        runs = [read_run(folder) for folder in options.runs]
        names = [name for name, _ in runs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two runs have the same name: {', '.join(twice)}")
        with claimed(options.out):
            text, warning, paths = compare_runs(dict(runs), options.out)
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    if warning:
        print(f"warning: {warning}", file=sys.stderr)
    print(text)
    print("\n".join(str(path) for path in paths))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
