"""Compare scenarios: the effects of several runs side by side.

Works on effects that already exist; it runs nothing. Scenarios of one comparison should share
persons, seeds, years and population, so that they differ by their policies only; what they do not
share is said.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from abm.running.folders import claimed
from abm.running.output import damaged_files, files_listed, manifest_in
from abm.scenario.text import printable
from abm.scenario.vocabulary import COMPARISON
from analysis.outcomes import DEATHS, counted, label, not_cases
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.plots.effect import draw_estimates, draw_parameter_intervals
from analysis.plots.effect_tables import doubts_of_draws, event_effects, forest
from analysis.plots.files import rendered, write_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Who is simulated, for how long and with what evidence; how many only makes it more precise.
OF_RUNS = ("persons", "seeds", "overrides", "evidence_hash", "sources_hash")
OF_SCENARIOS = ("years", "start_year", "step_months")
OF_PRECISION = ("persons", "seeds")
SCALES_ONLY = ("represents",)  # numbers are compared per 100 000
LONGEST_FACT = 60
UNLIKE_TITLE = "Averted per 100 000 persons, in runs that differ by more than their policies"


def compare_effects(effects: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the effects of several scenarios into one tidy table.

    Parameters
    ----------
    effects
        Scenario name to its effects (one row per outcome).

    Returns
    -------
        Columns scenario and those of :func:`analysis.plots.effect_tables.forest` (per 100 000;
        estimate, estimate_lower, estimate_upper with 95 % Monte Carlo intervals; parameter_lower
        and parameter_upper where a scenario has them), relative_change.

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
    return joined[["scenario", *joined.columns.drop("scenario")]]


def wide_comparison(comparison: pd.DataFrame) -> pd.DataFrame:
    """Return cases averted per 100 000 with one row per outcome and one column per scenario.

    Expected ones where there are such.
    """
    order = comparison["outcome"].drop_duplicates()
    names = comparison["scenario"].drop_duplicates()
    wide = comparison.pivot(index="outcome", columns="scenario", values="estimate")
    return wide.loc[order, names]


def shared_facts(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what runs of one comparison should have in common, by name."""
    scenario = _mapping(manifest.get("scenario"))
    population = _mapping(scenario.get("population"))
    facts = {fact: manifest.get(fact) for fact in OF_RUNS}
    facts |= {fact: scenario.get(fact) for fact in OF_SCENARIOS}
    facts |= {
        f"population.{key}": value for key, value in population.items() if key not in SCALES_ONLY
    }
    return facts


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def unlike(manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the facts in which runs differ though a comparison wants them alike.

    Examples
    --------
    >>> unlike({"a": {"persons": 1000}, "b": {"persons": 2000}, "c": {"persons": 1000}})
    {'persons': '1000 in a and c, 2000 in b'}
    """
    facts = {name: shared_facts(manifest) for name, manifest in manifests.items()}
    found = {}
    for fact in dict.fromkeys(fact for each in facts.values() for fact in each):
        having: dict[str, list[str]] = {}
        for name, each in facts.items():
            shown = json.dumps(each.get(fact), default=str, sort_keys=True)
            having.setdefault(shown, []).append(name)
        if len(having) > 1:
            found[fact] = ", ".join(
                f"{printable(shown, LONGEST_FACT)} in {style.joined(names)}"
                for shown, names in having.items()
            )
    return found


def unlike_in_words(differences: Mapping[str, str]) -> str:
    """Say in what the runs of a comparison differ beside their policies; nothing if they do not.

    Examples
    --------
    >>> unlike_in_words({"years": "10 in a, 20 in b"})
    'the runs differ by more than their policies: years 10 in a, 20 in b'
    """
    if not differences:
        return ""
    parts = "; ".join(f"{fact} {values}" for fact, values in differences.items())
    return f"the runs differ by more than their policies: {parts}"


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
    ax.set_yticks(range(len(table)), [name.replace("_", " ") for name in table["scenario"]])
    style.panel_title(ax, label(table["outcome"].iloc[0]))
    style.few_ticks(ax, along_x=3)
    return ax


def comparison_drawing(comparison: pd.DataFrame, differences: Mapping[str, str]) -> Drawing:
    """Draw cases averted per 100 000 by scenario, one panel per outcome.

    ``differences`` as of :func:`unlike`; the note says them.
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
    title = comparison_title(comparison) if alike else UNLIKE_TITLE
    others = not_cases(outcomes)
    note = (
        f"Cases{f' ({others})' if others else ''} or deaths averted per 100 000 persons at the "
        "start plus entrants, as expected from the risks met, each outcome on its own axis. Thin "
        "bars: 95 % Monte Carlo interval. Wide pale bars, where present: 95 % parameter interval."
        f"{doubts_of_draws(comparison)}"
    )
    if differences:
        words = unlike_in_words(differences)
        note += f" {words[0].upper()}{words[1:]}."
    style.title_and_note(figure, title, note)
    return Drawing("comparison", figure, comparison, title, note)


def comparison_title(comparison: pd.DataFrame) -> str:
    """Name the scenarios that avert most deaths and most of the two diseases averted most.

    Only where the best is clear of every other scenario.
    """
    largest = comparison.groupby("outcome")["estimate"].max()
    first_events = largest.drop([DEATHS], errors="ignore").nlargest(2)
    best: dict[str, list[str]] = {}
    for outcome in (DEATHS, *map(str, first_events.index)):
        top = _clear_of_others(comparison[comparison["outcome"] == outcome])
        if top is not None:
            limits = (float(top[f"estimate{end}"]) for end in ("", "_lower", "_upper"))
            number = style.amount(*limits)
            best.setdefault(str(top["scenario"]), []).append(f"{number} {counted(outcome, number)}")
    if not best:
        return "Which scenario averts most deaths or first events of disease cannot be told"
    parts = [f"{name.replace('_', ' ')} ({style.joined(each)})" for name, each in best.items()]
    return f"Averting most per 100 000 persons: {style.joined(parts)}"


def _clear_of_others(rows: pd.DataFrame) -> pd.Series | None:
    """Return the row that averts most if its difference to every other excludes zero.

    Scenarios that share their persons err alike, so that taking their errors as independent is
    careful.
    """
    if rows.empty:
        return None
    half = (rows["estimate_upper"] - rows["estimate_lower"]) / 2
    place = rows["estimate"].idxmax()
    if not rows.loc[place, "estimate_lower"] > 0:
        return None
    others = rows.index != place
    ahead = rows.loc[place, "estimate"] - rows.loc[others, "estimate"]
    clear = (ahead > (half[place] ** 2 + half[others] ** 2) ** 0.5).all()
    return rows.loc[place] if clear else None


def draw_comparison(
    effects: Mapping[str, pd.DataFrame], folder: str | Path,
    differences: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, list[Path]]:  # fmt: skip
    """Compare scenarios and write the figure (PNG, SVG) and its table (CSV) to a folder.

    What the runs do not share, as of :func:`unlike`, stands in the figure's note.
    """
    comparison = compare_effects(effects)
    with style.house_style():
        drawing = comparison_drawing(comparison, differences or {})
        paths = write_figures([rendered(drawing)], folder)
    return comparison, paths


def read_run(folder: Path) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    """Read name, effects and manifest of a finished run from its folder.

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
    return folder.resolve().name, pd.read_csv(folder / "effects.csv"), manifest_in(folder)


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
        names = [name for name, _, _ in runs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two runs have the same name: {', '.join(twice)}")
        with claimed(options.out):
            tables = {name: table for name, table, _ in runs}
            differences = unlike({name: manifest for name, _, manifest in runs})
            comparison, paths = draw_comparison(tables, options.out, differences)
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    if differences:
        print(f"warning: {unlike_in_words(differences)}", file=sys.stderr)
    print("Averted per 100 000 persons:")
    print(wide_comparison(comparison).round(1).to_string())
    print("\n".join(str(path) for path in paths))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
