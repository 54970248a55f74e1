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
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from abm.limits import spaced
from abm.results.claims import unknown
from abm.results.scales import PER_100_000
from abm.results.units import unit_of
from abm.running.folders import claimed
from abm.running.output import damaged_files, files_listed, manifest_in, remove_file, write_whole
from abm.running.spreadsheet import as_csv
from abm.scenario.vocabulary import COMPARISON
from analysis.certainty.draws_in_words import doubts_beside, marked
from analysis.decision.league import NOT_COMPARED, Entry
from analysis.decision.options import NOTHING
from analysis.decision.tables import COMPARED, LEAGUE, OF_COMPARISON, comparison_tables
from analysis.outcomes import diseases
from analysis.report.compared_names import shown_names
from analysis.report.comparison_page import comparison_page
from analysis.report.comparison_words import named, status_of
from analysis.report.effect_rows import BEST, COUNTED, best_relative_change
from analysis.report.numbers import missing, plain
from analysis.report.unlike_runs import (
    shared_facts,
    unlike,
    unlike_eligible,
    unlike_in_words,
    unlike_places,
)
from analysis.tables.effect_tables import (
    DRAWS,
    PARAMETER_LIMITS,
    event_effects,
    forest,
    with_scale,
)
from analysis.tables.of_figures import DIGITS
from analysis.words import amount, joined, probability, with_interval

HEAD = "expected averted per 100 000 persons (95 % Monte Carlo interval)"
HEAD_OF_DRAWS = "expected averted per 100 000 persons (95 % parameter interval)"
HEAD_OF_BOTH = f"{HEAD_OF_DRAWS[:-1]}; without draws 95 % Monte Carlo interval)"
PAGE = "report.html"
PAYS, BEST_OF_ALL = "probability_it_pays_", "probability_best_"  # then a threshold
OF_DRAWS = ("estimate", *PARAMETER_LIMITS)


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
        Columns scenario, years where they are known, outcome, unit, scale, and those of
        :func:`analysis.tables.effect_tables.forest`: per 100 000 estimate,
        estimate_lower, estimate_upper (expected, with 95 % Monte Carlo intervals),
        parameter_lower and parameter_upper where a scenario has them; at the end
        relative_change (of the estimate) and what was counted, averted_per_100k, lower, upper.

    Raises
    ------
    ValueError
        If there is nothing to compare.
    """
    parts = []
    for scenario, table in effects.items():
        rows, counts = forest(table), event_effects(table)
        both = zip(counts.to_dict("records"), rows.to_dict("records"), strict=True)
        change = [best_relative_change(effect, scale) for effect, scale in both]
        units = rows["outcome"].map({name: unit_of(f"incidence.{name}") for name in diseases()})
        units = units.fillna(rows["outcome"].map(unit_of))
        told = {"scenario": scenario, "unit": units, "scale": PER_100_000}
        parts.append(rows.assign(relative_change=change, **told))
    if not any(len(part) for part in parts):
        raise ValueError("nothing to compare: no scenario has effects (a baseline has none)")
    joined = pd.concat([part for part in parts if len(part)], ignore_index=True)
    first, last = ["scenario", "outcome", "unit", "scale"], ["relative_change", *COUNTED]
    if years:
        joined["years"] = joined["scenario"].map(years)
        first.insert(1, "years")
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

    Before its first number stands of which place and how long each run is, and who may take part
    in it, where runs differ in that; ``differences`` and ``eligible`` as of
    :mod:`analysis.report.unlike_runs`. With draws each interval is over them, else the Monte Carlo
    interval.
    """
    places, years = unlike_places(differences), differences.get("years")
    lines = [places] if places else []
    lines += [f"runs of unlike duration, in years: {years}"] if years else []
    base = "numbers are per 100 000 of all persons, not of these"
    lines += [f"{eligible}; {base}"] if eligible else []
    drawn = [_over_draws(row) for row in comparison.to_dict("records")]
    cells = [each or alone for each, alone in zip(drawn, _monte_carlo(comparison), strict=True)]
    head = HEAD_OF_DRAWS if all(drawn) else HEAD_OF_BOTH if any(drawn) else HEAD
    words = wide_comparison(comparison.assign(estimate=cells)).to_string()
    fewest = float(comparison[DRAWS].min()) if DRAWS in comparison else 0.0
    return "\n".join([*lines, head, plain(words), *doubts_beside(drawn, fewest)])


def _monte_carlo(comparison: pd.DataFrame) -> list[str]:
    cells = zip(*(comparison[name] for name in BEST), strict=True)
    return [with_interval(*limits) for limits in cells]


def _over_draws(row: Mapping[str, Any]) -> str:
    """Return an estimate with its interval over draws, or nothing where there is none."""
    limits = [float(row.get(name, float("nan"))) for name in OF_DRAWS]
    if missing(limits[1]):
        return ""
    if unknown(row["estimate"], row["estimate_lower"]):
        return f"{amount(*limits)} (unknown)"
    return marked(with_interval(*limits), *limits)


class Run(NamedTuple):
    """What is read of a finished run: effects, those of its draws if there are any, manifest.

    ``tables`` are those that a decision between runs is made of, by the names of their files.
    """

    effects: pd.DataFrame
    draws: pd.DataFrame | None
    manifest: dict[str, Any]
    tables: Mapping[str, pd.DataFrame] = MappingProxyType({})


def compare_runs(
    runs: Mapping[str, Run], folder: Path, *, figures: bool = True, against: str = NOTHING
) -> tuple[str, str, list[Path]]:
    """Compare runs, write tables, page and figure of the comparison, and return it in words.

    Without ``figures`` the tables alone are written, and the figure of an earlier comparison
    removed. ``against`` is the comparator of the league table: doing nothing, or one of the runs.

    Returns
    -------
        The table for the terminal, what the runs do not share beside their policies (or nothing),
        and the files written.
    """
    manifests = {name: run.manifest for name, run in runs.items()}
    differences, eligible = unlike(manifests), unlike_eligible(manifests)
    effects = {
        name: with_scale(run.effects, run.tables.get("group_effects.csv"))
        for name, run in runs.items()
    }
    draws = {name: run.draws for name, run in runs.items() if run.draws is not None}
    years = {name: shared_facts(each)["years"] for name, each in manifests.items()}
    comparison = compare_effects(effects, years)
    if figures:
        from analysis.report.comparison_figure import draw_comparison

        paths = draw_comparison(comparison, folder, differences, eligible, draws)
    else:
        paths = write_comparison(comparison, folder)
    found = {name: Entry(run.tables, run.manifest) for name, run in runs.items() if run.tables}
    tables = comparison_tables(found, against) if found else {}
    paths += write_decision(tables, folder)
    paths.append(folder / PAGE)
    page = _page({f"{COMPARISON}.csv": comparison, **tables}, runs)
    write_whole(folder / PAGE, page.encode())
    text = comparison_in_text(comparison, differences, eligible)
    league = tables.get(LEAGUE)
    text += "" if league is None else f"\n{league_in_text(league)}"
    return text, unlike_in_words(differences), paths


def _page(tables: Mapping[str, Any], runs: Mapping[str, Run]) -> str:
    """Return the page of a comparison, which calls scenarios by their titles."""
    manifests = {name: run.manifest for name, run in runs.items()}
    scenarios = {name: _mapping(each.get("scenario")) for name, each in manifests.items()}
    titles = {name: str(each.get("title") or "") for name, each in scenarios.items()}
    told = shown_names(list(runs), titles).sentences
    by_title = {told[name]: each for name, each in manifests.items()}
    pages = {
        name: {"title": titles[name], "persons": run.manifest.get("persons"), **run.tables}
        for name, run in runs.items()
    }
    return comparison_page(tables, pages, unlike(by_title), unlike_eligible(by_title), manifests)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def write_comparison(comparison: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the table of a comparison as CSV; no figure of an earlier one stays beside it."""
    for kind in ("png", "svg"):
        remove_file(folder / f"{COMPARISON}.{kind}")
    path = folder / f"{COMPARISON}.csv"
    write_whole(path, as_csv(comparison, DIGITS))
    return [path]


def write_decision(tables: Mapping[str, pd.DataFrame | None], folder: Path) -> list[Path]:
    """Write the tables of a decision; none of an earlier comparison stays beside them."""
    paths = []
    for name in OF_COMPARISON:
        remove_file(folder / name)
        table = tables.get(name)
        if table is not None:
            write_whole(folder / name, as_csv(table, DIGITS))
            paths.append(folder / name)
    return paths


def league_in_text(league: pd.DataFrame) -> str:
    """Return the league table for the terminal: which option next, per 100 000."""
    rows = league[league["scale"] == PER_100_000]
    against = joined(sorted({named(each) for each in rows["comparator"].dropna()}))
    told = rows.to_dict("records")
    lines = [
        f"per 100 000 persons at the start or entering later, discounted, against {against}:"
    ]
    for row in told:
        if row["status"] == NOT_COMPARED:
            lines.append(f"{row['scenario']}: {row['note']}")
            continue
        lines.append(
            f"{named(row['scenario'])}: {row['participants']:,.0f} take part, "
            f"{row['qalys_gained']:,.1f} QALYs for {row['net_cost']:,.0f} {row['unit']}; "
            f"{status_of(row, told)}{_chances(row)}"
        )
    return plain("\n".join(lines))


def _chances(row: Mapping[str, Any]) -> str:
    """Return in how many draws an option pays, and is the best, at the lowest threshold."""
    at = [name.removeprefix(PAYS) for name in row if name.startswith(PAYS)][:1]
    if not at or missing(row[f"{PAYS}{at[0]}"]):
        return ""
    pays, best = (probability(row[f"{name}{at[0]}"]) for name in (PAYS, BEST_OF_ALL))
    return (
        f"\n  at {spaced(int(at[0]))} {row['unit']} per QALY it pays in {pays} of "
        f"{row['draws']:.0f} draws, and is the best option in {best}"
    )


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
    whole = set(files_listed(folder)) - set(damaged)
    tables = {name: pd.read_csv(folder / name) for name in COMPARED if name in whole}
    run = Run(pd.read_csv(folder / "effects.csv"), draws, manifest_in(folder), tables)
    return folder.resolve().name, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the runs named on the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.report.comparison", description=__doc__
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RESULTS/NAME")
    parser.add_argument("--against", default=NOTHING, metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("results", COMPARISON), metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        runs = [read_run(folder) for folder in options.runs]
        names = [name for name, _ in runs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two runs have the same name: {', '.join(twice)}")
        with claimed(options.out):
            text, warning, paths = compare_runs(
                dict(runs), options.out, against=options.against
            )
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
