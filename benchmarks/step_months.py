"""What longer steps change: effects and totals of the same people, and processor time.

    python -m benchmarks.step_months [SCENARIO ...]

Every run has the same persons and seed, so that what differs is the length of the step and which
month an event falls into. Writes ``step_months.csv`` to ``benchmarks/results/``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from abm import Result, load_scenario, simulate
from abm.running.spreadsheet import as_csv

SCENARIOS = ("walking_groups", "everyone_meets_guideline", "anti_inflammatory_drug")
PERSONS, LENGTHS = 200_000, (1, 2, 3, 4, 6, 12)
CLEAR = 8  # errors from 0: below that a ratio says little
ROOT = Path(__file__).resolve().parents[1]


def run_of(name: str, months: int) -> tuple[Result, float]:
    """Return a run with steps of so many months, and its processor time [s]."""
    scenario = load_scenario(name, [f"step_months={months}", f"persons={PERSONS}"])
    started = time.process_time()
    result = simulate(scenario, pathways=False)
    return result, time.process_time() - started


def figures_of(result: Result) -> Iterator[tuple[str, float, float]]:
    """Yield what is compared: expected effects and their Monte Carlo error, and baseline totals."""
    effects = result.effects.set_index("outcome")
    for outcome in effects.index[effects["expected_averted"].notna()]:
        row = effects.loc[outcome]
        yield f"averted: {outcome}", row["expected_averted"], row["expected_standard_error"]
        yield f"baseline: {outcome}", row["baseline"], float("nan")
    worth = result.economics.drop_duplicates("measure").set_index("measure")
    for measure in ("qalys_gained", "care_cost_averted", "policy_cost"):
        if measure in worth.index:
            yield measure, worth.loc[measure, "value"], worth.loc[measure, "standard_error"]


def rows_of(name: str) -> Iterator[dict[str, object]]:
    """Yield a row per figure and length of step of a scenario."""
    run_of(name, 1)  # calibrates, and loads the compiled code
    first: dict[str, float] = {}
    for months in LENGTHS:
        result, seconds = run_of(name, months)
        for figure, value, error in figures_of(result):
            of_a_month = first.setdefault(figure, value)
            yield {
                "scenario": name, "persons": PERSONS, "step_months": months, "figure": figure,
                "value": value, "standard_error": error, "ratio": value / of_a_month,
                "processor_seconds": round(seconds, 2),
            }  # fmt: skip


def summary_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return by how much figures with a clear effect differ, per scenario and length of step."""
    clear = table["standard_error"].isna() | (
        table["value"].abs() > CLEAR * table["standard_error"]
    )
    kinds = table["figure"].str.split(":").str[0].where(table["figure"].str.contains(":"), "worth")
    rows = table[clear & table["ratio"].notna()].assign(kind=kinds)
    rows["difference_percent"] = 100 * (rows["ratio"] - 1).abs()
    found = rows.groupby(["scenario", "step_months", "kind"])["difference_percent"]
    return found.agg(["median", "max"]).round(2).unstack("kind")


def main(names: Sequence[str]) -> None:
    """Run scenarios and keep the numbers."""
    table = pd.DataFrame([row for name in names or SCENARIOS for row in rows_of(name)])
    print(summary_of(table).to_string())
    seconds = table.groupby(["scenario", "step_months"])["processor_seconds"].first()
    print(seconds.unstack().to_string())
    (ROOT / "benchmarks" / "results" / "step_months.csv").write_bytes(as_csv(table))


if __name__ == "__main__":
    main(sys.argv[1:])
