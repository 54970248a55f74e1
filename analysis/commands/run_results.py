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


def write_result(
    result: Any, folder: Path, relative: float = 0.05
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Write the tables, figures, report and manifest of a run.

    Returns how sure its effects are and what they are worth; None without policies.

    ``relative`` is the precision for which seeds and persons are named.
    """
    from abm.evidence.entries import load_evidence
    from abm.running.output import ResultFolder, clear_partial
    from analysis.certainty.precision import uncertainty
    from analysis.plots import render_figures, write_figures
    from analysis.report.page import write_report

    results = ResultFolder(folder)
    sure, worth = uncertainty(result, relative), result.economics
    tables = {
        "outcomes.parquet": result.outcomes,
        "effects.csv": result.effects,
        "il6_histogram.parquet": result.il6_histogram,
        "group_effects.csv": result.group_effects,
        "participation.csv": result.participation,
        "draw_effects.csv": result.draw_effects,
        "people.parquet": result.people,
        "uncertainty.csv": sure,
        "economics.csv": worth,
    }
    for name, table in tables.items():
        if table is not None:
            results.write_table(name, table)
    figures = render_figures(result)
    clear_partial(folder / "figures")
    results.add(write_figures(figures, folder / "figures"))
    assumed = [e for e in load_evidence().entries.values() if e.grade == "assumed"]
    report = write_report(
        result, folder / "report.html", assumed=assumed, figures=figures, sure=sure, worth=worth
    )
    results.add([report])
    results.finish(result.manifest)
    return sure, worth


def effects_in_text(
    result: Any, sure: pd.DataFrame | None = None, worth: pd.DataFrame | None = None
) -> str:
    """Return the effects as a table for the terminal, or the totals of a run of one world.

    ``sure`` and ``worth`` are what :func:`analysis.certainty.precision.uncertainty` and
    ``result.economics`` found.
    """
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
    lines += [] if worth is None else _worth_in_text(worth)
    return "\n".join(lines if sure is None else [*lines, *_sure_in_text(sure)])


def _worth_in_text(worth: pd.DataFrame) -> list[str]:
    """Say what the policies gain in health and money."""
    table = worth.set_index("measure")
    value = table["value"]
    gained = table.loc["qalys_gained"]
    text = (
        f"quality-adjusted years gained, discounted: {_rounded(gained['value'])} "
        f"({_between(gained['lower'], gained['upper'])}); cost of care averted: "
        f"{_count(value['care_cost_averted'])} GBP"
    )
    if value["policy_cost"] == value["policy_cost"]:
        text += f"; cost of the policies: {_count(value['policy_cost'])} GBP"
    return [text]


def _sure_in_text(sure: pd.DataFrame) -> list[str]:
    """Say what the evidence leaves open, where parameters were drawn; the price of precision."""
    rows = sure[sure["outcome"].isin(EVENTS)]
    lines = []
    if rows["parameter_lower"].notna().any():
        lines = [
            f"{'how sure (95 %)':36}{'expected':>11}{'noise of simulation':>22}{'evidence':>22}"
        ]
        lines += [_row_of_sure(row) for row in rows.itertuples()]
    known = rows[rows["seeds_needed"].notna()]
    if not known.empty:
        most = known.loc[known["seeds_needed"].idxmax()]
        goal = f"{100 * most['precision']:g}"
        lines.append(
            f"+-{goal} % of every effect takes {most['seeds_needed']:,.0f} seeds or "
            f"{most['persons_needed']:,.0f} persons, of {most['outcome'].replace('_', ' ')} the "
            f"most (--until {goal}% adds seeds)"
        )
    return lines


def _row_of_sure(row: Any) -> str:
    noise = f"{row.lower:.3g} to {row.upper:.3g}"
    evidence = f"{row.parameter_lower:.3g} to {row.parameter_upper:.3g}"
    return f"{row.outcome.replace('_', ' '):36}{row.estimate:>11.3g}{noise:>22}{evidence:>22}"


def _between(lower: float, upper: float) -> str:
    return f"{_rounded(lower)} to {_rounded(upper)}"


def _row_in_text(row: Any) -> str:
    interval = _between(row.expected_lower, row.expected_upper)
    change = -row.expected_averted / row.baseline if row.baseline else 0.0
    return (
        f"{row.outcome.replace('_', ' '):36}{_count(row.baseline):>12}{_count(row.policy):>12}"
        f"{_count(row.averted):>10}{_rounded(row.expected_averted):>11} {interval:>19}"
        f"{_without_minus_zero(row.expected_averted_per_100k, 1):13,}"
        f"{_without_minus_zero(change, 4):10.2%}"
    )


def _rounded(number: float) -> str:
    return _count(number) if abs(number) >= 1000 else f"{_without_minus_zero(number, 1):,.1f}"


def _count(number: float) -> str:
    return f"{_without_minus_zero(number, 0):,.0f}"


def _without_minus_zero(number: float, digits: int) -> float:
    return round(number, digits) + 0.0
