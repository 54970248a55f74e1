"""What a run found, as files in its folder and as a table on the terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from abm.evidence.entries import UNCHECKED, load_evidence
from abm.limits import spaced
from abm.results.claims import FEWEST_CONTRIBUTING, excludes_zero, unknown
from abm.results.scales import PER_100_000, REPRESENTED
from abm.results.units import with_units
from abm.running.output import FIGURES_FOLDER, ResultFolder, made_folder
from analysis.certainty.draws_in_words import doubts_beside, marked
from analysis.certainty.level_changes import IL6, UNKNOWN, Limits, limits_of_changes
from analysis.certainty.precision import uncertainty
from analysis.decision.tables import decision_tables
from analysis.outcomes import ECONOMIC_LABELS, headline_outcomes, row_label
from analysis.report.cost_per_qaly import cost_per_qaly
from analysis.report.effect_rows import effect_rows
from analysis.report.numbers import plain
from analysis.report.page import write_report
from analysis.report.people import People, people_of
from analysis.tables.effect_tables import DRAWS, QALYS, with_scale
from analysis.tables.workbook import WORKBOOK, workbook
from analysis.words import in_words, joined, told_apart

if TYPE_CHECKING:
    from analysis.plots.files import RenderedFigure

NAME = 36  # characters of the first column
BESIDE = 32  # of a number with its interval
EVENTS = "events in all years, simulated"
PER_100K = "expected averted per 100 000"
PARAMETER = "95 % parameter interval"
DRAWN = (
    "95 % parameter interval: of the parameter draws (--draws), each with its Monte Carlo error; "
    "without that error in uncertainty.csv"
)
SCALES = {PER_100_000: "per 100 000 persons", REPRESENTED: "for the people represented"}
CARE = "care_cost_averted"


def write_result(
    result: Any, folder: Path, relative: float = 0.05, *, figures: bool = True,
    decided: Mapping[str, pd.DataFrame | None] | None = None,
    drawing: Callable[[], list[RenderedFigure]] | None = None,
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:  # fmt: skip
    """Write the tables, figures, report and manifest of a run.

    Parameters
    ----------
    result
        As of :func:`abm.simulate`.
    folder
        Where to write.
    relative
        Precision for which seeds and persons are named.
    figures
        Whether any are drawn; without, the libraries that draw are not loaded.
    decided
        As of :func:`analysis.decision.tables.decision_tables`; made here if left out.
    drawing
        As :func:`analysis.plots.files.begun_figures` yields, where drawing has begun before.

    Returns
    -------
        The tables of uncertainty and of economics; None without policies.
    """
    results = ResultFolder(folder)
    certainty, economics = uncertainty(result, relative), result.economics
    tables = {
        "effects.csv": result.effects,
        "il6_histogram.parquet": result.il6_histogram,
        "group_effects.csv": result.group_effects,
        "participation.csv": result.participation,
        "budget_impact.csv": result.budget_impact,
        "draw_effects.csv": result.draw_effects,
        "people.parquet": result.people,
        "uncertainty.csv": _uncertainty_with_units(certainty),
        "economics.csv": economics,
        "life_expectancy.csv": result.life_expectancy,
        "equity.csv": result.equity,
        **(decision_tables(result) if decided is None else decided),
    }
    results.write_tables("outcomes.parquet", result.tables.tables())
    for name, table in tables.items():
        if table is not None:
            results.write_table(name, table)
    told = {name: each for name, each in tables.items() if each is not None}
    results.write(WORKBOOK, workbook({n: t for n, t in told.items() if n.endswith(".csv")}))
    drawn = _drawn(result, results, drawing) if figures else []
    entries = load_evidence(result.scenario.place).entries.values()
    report = write_report(
        result,
        folder / "report.html",
        assumed=[each for each in entries if each.grade in UNCHECKED and each.source],
        figures=drawn,
        uncertainty=certainty,
        economics=economics,
        tables=tables,
    )
    results.add([report])
    results.finish(result.manifest)
    return certainty, economics


def _uncertainty_with_units(certainty: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if certainty is None else with_units(certainty, {IL6: "relative change"})


def _drawn(
    result: Any, results: ResultFolder, drawing: Callable[[], list[RenderedFigure]] | None
) -> list[RenderedFigure]:
    """Draw the figures of a run, write them to its folder, and return them."""
    from analysis.plots.files import render_figures, write_figures

    figures = drawing() if drawing else render_figures(result)
    folder = made_folder(results.folder / FIGURES_FOLDER, parents=False)
    results.add(write_figures(figures, folder))
    return figures


def effects_in_text(
    result: Any, certainty: pd.DataFrame | None = None, economics: pd.DataFrame | None = None
) -> str:
    """Return the effects as a table for the terminal, or the totals of a run of one world.

    Parameters
    ----------
    result
        As of :func:`abm.simulate`.
    certainty, economics
        As of :func:`analysis.certainty.precision.uncertainty`, and ``result.economics``.
    """
    table = result.effects
    if "averted" not in table:
        return _totals_in_text(table)
    people = people_of(result)
    scaled = with_scale(table, result.group_effects)
    rows = effect_rows(scaled, hundred_thousands=people.hundred_thousands)
    lines = _effects_in_text(rows)
    level = table[table["outcome"] == IL6]
    lines += [_level_in_text(row, _limits_of_il6(result)) for row in level.itertuples()]
    lines += _represented_in_text(rows, people)
    lines += _doubts_in_text(rows, table, economics)
    lines += [] if economics is None else [people.denominators]
    lines += [] if economics is None else [_economics_in_text(economics)]
    lines += [] if certainty is None else _precision_in_text(certainty)
    return plain("\n".join(lines))


def _totals_in_text(table: pd.DataFrame) -> str:
    rows = [row for row in table.itertuples() if row.outcome in headline_outcomes()]
    lines = [f"{row_label(row.outcome):{NAME}}{spaced(row.baseline):>12}" for row in rows]
    return "\n".join([f"{EVENTS:{NAME}}{'baseline':>12}", *lines])


def _effects_in_text(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return events counted in both worlds, and what is averted per 100 000 with its intervals."""
    drawn = any(row["parameter"] for row in rows)
    head = f"{EVENTS:{NAME}}{'baseline':>10}{'policy':>10}{'averted':>9}{PER_100K:>{BESIDE}}"
    lines = [
        f"{row['name']:{NAME}}{row['baseline']:>10}{row['policy']:>10}{row['averted']:>9}"
        f"{_best(row, 'best'):>{BESIDE}}{_apart(row['relative_change'])}"
        f"{_last(row['parameter'], drawn)}"
        for row in rows
    ]
    lines = lines or ["(none in either world)"]
    return [
        f"{head}{'change':>11}{_last(PARAMETER, drawn)}",
        *lines,
        "expected: from the risks met in both worlds, with its 95 % Monte Carlo interval; change "
        "belongs to it",
        *([DRAWN] if drawn else []),
    ]


def _apart(text: str, width: int = 11) -> str:
    """Return a cell at the right of its column, never without a space before it."""
    return f" {text}" if len(text) >= width else f"{text:>{width}}"


def _best(row: dict[str, Any], name: str) -> str:
    """Return an effect with its interval, or with the word that it has none."""
    return f"{row[name]} (unknown)" if row["unknown"] else str(row[name])


def _last(text: str, drawn: bool) -> str:
    return f"{text:>26}" if drawn else ""


def _represented_in_text(rows: Sequence[dict[str, Any]], people: People) -> list[str]:
    """Return what is averted among the people represented, counted and expected, if any are."""
    if not people.represented:
        return []
    drawn = any(row["parameter_represented"] for row in rows)
    head = f"averted, {in_words(people.start, 12)} people represented"
    lines = [
        f"{row['name']:{NAME}}{row['counted_represented']:>{BESIDE}}"
        f"{_best(row, 'represented'):>{BESIDE}}{_last(row['parameter_represented'], drawn)}"
        for row in rows
    ]
    counted, expected = (f"{name} (95 % Monte Carlo)" for name in ("counted", "expected"))
    last = _last(PARAMETER, drawn)
    return [f"{head:{NAME}}{counted:>{BESIDE}}{expected:>{BESIDE}}{last}", *lines]


def _doubts_in_text(
    rows: Sequence[dict[str, Any]], effects: pd.DataFrame, economics: pd.DataFrame | None
) -> list[str]:
    draws = float(effects[DRAWS].max()) if DRAWS in effects else 0.0
    worth = [] if economics is None else economics[economics["measure"] == QALYS].to_dict("records")
    shown = [row["parameter"] for row in rows] + [_parameter_of(row) for row in worth]
    return doubts_beside(shown, draws)


def _economics_in_text(economics: pd.DataFrame) -> str:
    """Return what the policies gain in health and money, a line for each scale."""
    lines = [
        f"{SCALES[str(scale)]}: {_worth_in_text(table.set_index('measure'))}"
        for scale, table in economics.groupby("scale", sort=False)
    ]
    drawn = any(map(_parameter_of, economics.to_dict("records")))
    also = ", then the 95 % parameter interval" if drawn else ""
    return "\n".join([*lines, f"in brackets: 95 % Monte Carlo interval{also}"])


def _worth_in_text(table: pd.DataFrame) -> str:
    gained = table.loc[QALYS]
    drawn = _parameter_of(gained)
    far = gained["horizon"] == "lifetime"
    parts = [
        f"QALYs gained {'to the end of life' if far else 'within the run'}, discounted: "
        f"{_rounded(gained['value'])} ({_between(gained['lower'], gained['upper'])}"
        f"{f'; parameters {drawn}' if drawn else ''})"
    ]
    if far:
        parts[0] += f", within the run {_rounded(gained['within_run'])}"
    for measure in ("care_cost_averted", "policy_cost", "net_cost"):
        value, unit = table.loc[measure, "value"], table.loc[measure, "unit"]
        if pd.notna(value):
            parts.append(f"{ECONOMIC_LABELS[measure]}: {_count(value)} {unit}")
    money = table.loc["net_cost", "unit"]
    if ratio := cost_per_qaly(table, lambda number: f"{_count(number)} {money}"):
        parts.append(f"{ECONOMIC_LABELS['cost_per_qaly']}: {ratio}")
    return "; ".join(parts)


def _parameter_of(row: Any) -> str:
    """Return the interval over draws of what is gained, marked if the value lies outside it."""
    limits = [float(row.get(f"parameter_{end}", math.nan)) for end in ("lower", "upper")]
    return "" if math.isnan(limits[0]) else marked(_between(*limits), row["value"], *limits)


def _precision_in_text(certainty: pd.DataFrame) -> list[str]:
    """Return what a precision would take, and of which effects nothing can be told."""
    rows = certainty[certainty["outcome"].isin(headline_outcomes())]
    lines = []
    known = rows[rows["seeds_needed"].notna()]
    few = rows[unknown(rows["estimate"], rows["lower"])]
    nil = rows[rows["lower"].notna() & ~excludes_zero(rows["lower"], rows["upper"])]
    if not nil.empty:
        lines.append(f"cannot be told from no effect: {_names(nil)}")
    if not few.empty:
        lines.append(
            f"unknown, as fewer than {FEWEST_CONTRIBUTING} persons have risks that differ: "
            f"{_names(few)}"
        )
    if not known.empty:
        most = known.loc[known["seeds_needed"].idxmax()]
        goal = f"{100 * most['precision']:g}"
        which = "effect" if nil.empty and few.empty else "other effect"
        lines.append(
            f"+-{goal} % of every {which} needs {spaced(most['seeds_needed'])} seeds or "
            f"{spaced(most['persons_needed'])} persons; {row_label(most['outcome'])} the most "
            f"(--until {goal}% adds seeds)"
        )
    return lines


def _names(rows: pd.DataFrame) -> str:
    return joined([row_label(outcome) for outcome in rows["outcome"]])


def _limits_of_il6(result: Any) -> Limits:
    return limits_of_changes(result.tables, [IL6]).get(IL6, UNKNOWN)


def _level_in_text(row: Any, limits: Limits) -> str:
    if math.isnan(row.baseline) or math.isnan(row.policy):
        return "usual IL-6 at the end: nobody is alive, so there is no mean"
    without, under = told_apart(row.baseline, row.policy)
    return (
        f"usual IL-6 at the end, geometric mean: {without} pg/mL, with the policies "
        f"{under} pg/mL ({row.relative_change:+.2%}{_error_of_change(limits)})"
    )


def _error_of_change(limits: Limits) -> str:
    if not limits.known:
        return "; its Monte Carlo error needs two seeds or more"
    between = f"{limits.lower:+.2%} to {limits.upper:+.2%}"
    return f"; 95 % Monte Carlo {between}{': it cannot be told' if limits.hold_zero else ''}"


def _between(lower: float, upper: float) -> str:
    return "unknown" if math.isnan(lower) else f"{_rounded(lower)} to {_rounded(upper)}"


def _rounded(number: float) -> str:
    return _count(number) if abs(number) >= 1000 else f"{_without_minus_zero(number, 1):.1f}"


def _count(number: float) -> str:
    return spaced(_without_minus_zero(number, 0))


def _without_minus_zero(number: float, digits: int) -> float:
    return round(number, digits) + 0.0
