"""What the effects table takes beside runs, and how far its interpolated answers are from theirs.

    python -m benchmarks.effects_table [SCENARIO]

Of walking_groups by default. Times are of interleaved rounds, calibration included: the table of
10 000 persons and every start, one run of the same persons, an answer. Differences are of 40 000
persons who all take part once they are eligible: with the scenario's ramp, and with a table of some
of the starts. Writes ``effects_table.csv`` and ``effects_table_differences.csv`` to
``benchmarks/results/``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from abm import EffectsTable, Scenario, effects_table, load_scenario, simulate
from abm.running.spreadsheet import as_csv

PERSONS, ROUNDS, MANY = 10_000, 5, 40_000
EVERY = (2, 3, 6)  # years between the starts of a sample
QUANTITIES = (
    "incidence.coronary_heart_disease", "incidence.type_2_diabetes", "deaths", "life_years",
    "qalys_gained", "care_cost_averted", "participant_years", "policy_cost",
)  # fmt: skip
RESULTS = Path(__file__).parent / "results"


def timed(what: Callable[[], Any]) -> tuple[float, float]:
    """Return what something takes on the wall and of the processors [s]."""
    wall, processors = time.perf_counter(), time.process_time()
    what()
    return time.perf_counter() - wall, time.process_time() - processors


def times(scenario: Scenario) -> pd.DataFrame:
    """Return the medians over rounds of the table, of runs and of an answer."""
    table = effects_table(scenario)
    contenders: dict[str, Callable[[], Any]] = {
        "effects table": lambda: effects_table(scenario),
        "run, effects alone": lambda: simulate(scenario, only_effects=True, pathways=False),
        "run of everybody": lambda: simulate(scenario, pathways=False),
        "answer": lambda: table.answer(reach=0.3, uptake=0.1).table(),
    }
    rounds = [{name: timed(what) for name, what in contenders.items()} for _ in range(ROUNDS)]
    rows = []
    for name in contenders:
        wall, processors = (median(each[name][k] for each in rounds) for k in range(2))
        ratio = median(each[name][1] / each["run of everybody"][1] for each in rounds)
        rows.append(
            {
                "scenario": scenario.name, "what": name, "persons": scenario.persons,
                "starts": len(table.starts), "rounds": ROUNDS, "wall_s": round(wall, 3),
                "processor_s": round(processors, 3), "ratio": round(ratio, 3),
                "table_mb": round(table.nbytes / 1e6, 1),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def differences(scenario: Scenario) -> Iterator[dict[str, Any]]:
    """Yield how far answers with a ramp, and of a sample of starts, are from exact ones."""
    policy = replace(scenario.policies[0], reach=1.0, uptake=1.0)
    everybody = replace(scenario, policies=(policy,))
    whole = effects_table(everybody)
    ramped = whole.answer(as_drawn=True).values
    yield from compared(f"a ramp of {policy.ramp_years:g} years", ramped, of_a_run(everybody))
    yield from compared("the ramp left out", whole.answer(ramp_years=0.0, as_drawn=True).values,
                        of_a_run(everybody))  # fmt: skip
    for years in EVERY:
        sample = thinned(whole, years)
        for first in (whole.starts[0], whole.starts[0] + 1):
            ours, theirs = (each.answer(ramp_years=0.0, start=first) for each in (sample, whole))
            what = f"starts {years} years apart, from {first}"
            yield from compared(what, ours.values, theirs.values)


def thinned(table: EffectsTable, years: int) -> EffectsTable:
    """Return the table as a sample of starts would make it, from the last one back."""
    places = sorted({0, *range(len(table.starts) - 1, 0, -years)})
    return replace(
        table, starts=tuple(table.starts[place] for place in places),
        effects=table.effects[:, places], within_run=table.within_run[:, places],
    )  # fmt: skip


def of_a_run(scenario: Scenario) -> pd.Series:
    """Return what a run tells of the quantities."""
    result = simulate(scenario, only_effects=True, pathways=False)
    people = result.counts[scenario.seed, -1].people.sum()
    effects = result.effects.set_index("outcome")["expected_averted"]
    money = result.economics.query("scale == 'per_100000'").set_index("measure")["value"]
    took_part = pd.Series({"participant_years": result.participation["participant_years"].sum()})
    found = pd.concat([effects, money * people / 1e5, took_part])
    found["life_years"] *= -1.0
    return found


def compared(what: str, ours: pd.Series, theirs: pd.Series) -> Iterator[dict[str, Any]]:
    """Yield a row per quantity."""
    for name in QUANTITIES:
        yield {
            "what": what, "quantity": name, "answer": float(f"{ours[name]:.6g}"),
            "exact": float(f"{theirs[name]:.6g}"),
            "difference_percent": round(100.0 * (ours[name] / theirs[name] - 1.0), 2),
        }  # fmt: skip


def main(names: Sequence[str]) -> None:
    """Measure and keep the numbers."""
    name = names[0] if names else "walking_groups"
    found = {
        "effects_table": times(load_scenario(name, [f"persons={PERSONS}"])),
        "effects_table_differences": pd.DataFrame(
            differences(load_scenario(name, [f"persons={MANY}"]))
        ),
    }
    for file, table in found.items():
        print(table.to_string(index=False))
        (RESULTS / f"{file}.csv").write_bytes(as_csv(table))


if __name__ == "__main__":
    main(sys.argv[1:])
