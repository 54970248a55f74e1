"""What a run found, as files in its folder and as a table on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

EVENTS = (
    "incidence.coronary_heart_disease",
    "incidence.stroke",
    "incidence.type_2_diabetes",
    "incidence.colon_cancer",
    "incidence.breast_cancer",
    "incidence.depression",
    "deaths",
)


def write_result(result: Any, folder: Path) -> None:
    """Write the tables, figures, report and manifest of a run into its folder."""
    from abm.parameters import load_evidence
    from abm.store import ResultFolder, clear_partial
    from analysis.plots import render_figures, write_figures
    from analysis.report import write_report

    results = ResultFolder(folder)
    tables = {
        "outcomes.parquet": result.outcomes,
        "effects.csv": result.effects,
        "il6_histogram.parquet": result.il6_histogram,
        "group_effects.csv": result.group_effects,
        "participation.csv": result.participation,
        "draw_effects.csv": result.draw_effects,
        "people.parquet": result.people,
        "uncertainty.csv": uncertainty(result),
    }
    for name, table in tables.items():
        if table is not None:
            results.write_table(name, table)
    figures = render_figures(result)
    clear_partial(folder / "figures")
    results.add(write_figures(figures, folder / "figures"))
    assumed = [e for e in load_evidence().entries.values() if e.grade == "assumed"]
    results.add([write_report(result, folder / "report.html", assumed=assumed, figures=figures)])
    results.finish(result.manifest)


def uncertainty(result: Any) -> pd.DataFrame | None:
    """Return noise and parameter uncertainty apart, or None where there is only one run."""
    import pandas as pd

    from abm.columns import OUTCOMES
    from abm.effects import differences
    from analysis.uncertainty import uncertainty_table

    if len(result.counts) < 2 or "averted" not in result.effects:
        return None
    rows = [
        {"draw": draw, "seed": seed, "outcome": outcome, "effect": averted}
        for (seed, draw), counts in result.counts.items()
        for outcome, averted in zip(OUTCOMES, differences(counts, 1)[:, 0], strict=True)
    ]
    return uncertainty_table(pd.DataFrame(rows), persons=result.scenario.persons)


def effects_in_text(result: Any) -> str:
    """Return the effects as a table for the terminal, or the totals of a run of one world."""
    table = result.effects
    rows = [row for row in table.itertuples() if row.outcome in EVENTS]
    if "averted" not in table:
        lines = [f"{row.outcome.replace('_', ' '):36}{row.baseline:12,.0f}" for row in rows]
        return "\n".join([f"{'events in all years':36}{'baseline':>12}", *lines])
    heads: tuple[str, ...] = ("baseline", "policy", "averted", "expected", "95 % Monte Carlo")
    heads += ("per 100 000", "change")
    lines = [f"{'events in all years':36}{heads[0]:>12}{heads[1]:>12}{heads[2]:>10}{heads[3]:>11}"
             f"{heads[4]:>20}{heads[5]:>13}{heads[6]:>10}"]  # fmt: skip
    lines += [_row_in_text(row) for row in rows]
    lines.append("expected: from the risks met in both worlds; interval (noise of the simulation "
                 "only), per 100 000 and change belong to it")  # fmt: skip
    level = table[table["outcome"] == "il6.geometric_mean"]
    lines += [
        f"usual IL-6 at the end, geometric mean: {row.baseline:.4g} pg/mL, with the policies "
        f"{row.policy:.4g} pg/mL ({row.relative_change:+.2%})"
        for row in level.itertuples()
    ]
    return "\n".join(lines)


def _row_in_text(row: Any) -> str:
    interval = f"{_rounded(row.expected_lower)} to {_rounded(row.expected_upper)}"
    change = -row.expected_averted / row.baseline if row.baseline else 0.0
    return (
        f"{row.outcome.replace('_', ' '):36}{_count(row.baseline):>12}{_count(row.policy):>12}"
        f"{_count(row.averted):>10}{_rounded(row.expected_averted):>11}{interval:>20}"
        f"{_without_minus_zero(row.expected_averted_per_100k, 1):13,}"
        f"{_without_minus_zero(change, 4):10.2%}"
    )


def _rounded(number: float) -> str:
    return f"{_without_minus_zero(number, 1):,.1f}"


def _count(number: float) -> str:
    return f"{_without_minus_zero(number, 0):,.0f}"


def _without_minus_zero(number: float, digits: int) -> float:
    return round(number, digits) + 0.0
