"""What a run of effects alone takes beside the whole run: processor time, in interleaved rounds.

    python -m benchmarks.only_effects [SCENARIO ...]

Of all bundled scenarios with policies by default. A run is what a sensitivity study does for one
sample, calibration left out: two worlds, and lives followed to their end. Writes
``only_effects.csv`` to ``benchmarks/results/``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import pandas as pd

from abm import load_scenario
from abm.population.setup import Setup
from abm.running.setup import for_effects, set_up
from abm.running.spreadsheet import as_csv
from analysis.sensitivity.scenario_study import tallies_of

PERSONS, ROUNDS, SEED = 20_000, 9, 1
ROOT = Path(__file__).resolve().parents[1]


def seconds_of(setup: Setup) -> float:
    """Return the processor time of one run [s]."""
    started = time.process_time()
    tallies_of(setup, SEED)
    return time.process_time() - started


def row_of(name: str) -> dict[str, object]:
    """Return the medians of a scenario's whole run and of its effects alone, in milliseconds."""
    whole = set_up(load_scenario(name, [f"persons={PERSONS}"]), pathways=False, lifetimes=True)
    both = (whole, for_effects(whole))
    for setup in both:
        tallies_of(setup, SEED)  # compiles
    rounds = [[seconds_of(setup) for setup in both] for _ in range(ROUNDS)]
    everybody, possible = (1e3 * median(each) for each in zip(*rounds, strict=True))
    ratio = median(part / full for full, part in rounds)
    return {
        "scenario": name, "persons": PERSONS, "rounds": ROUNDS,
        "everybody_ms": round(everybody, 1), "only_effects_ms": round(possible, 1),
        "ratio": round(ratio, 3),
    }  # fmt: skip


def bundled() -> Iterator[str]:
    """Yield the names of the bundled scenarios that have policies."""
    for path in sorted((ROOT / "scenarios").glob("*.yaml")):
        if load_scenario(path).policies:
            yield path.stem


def main(names: Sequence[str]) -> None:
    """Time scenarios and keep the numbers."""
    table = pd.DataFrame([row_of(name) for name in names or bundled()])
    print(table.to_string(index=False))
    (ROOT / "benchmarks" / "results" / "only_effects.csv").write_bytes(as_csv(table))


if __name__ == "__main__":
    main(sys.argv[1:])
