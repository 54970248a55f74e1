"""A country both ways: effects of those who can take part with tables of a sample, and everybody.

    python -m benchmarks.country [--persons N] [--sample N] [--beside TREE]

``--beside`` runs the command of another version too, from a folder with its sources. Each way is a
process of its own; walking groups, three worlds. Writes ``country.csv`` (time and memory) and
``country_differences.csv`` (tables of the sample beside those of everybody) to
``benchmarks/results/``. Linux only, as memory is asked of the system.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from abm import simulate
from abm.running.spreadsheet import as_csv
from benchmarks.memory import peak

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
SCENARIO = "walking_groups"
COUNTRY, SAMPLE = 51_000_000, 1_000_000
SEEDS_APART = 1_000  # the sample is of other people than everybody's first ones
COUNTED = ("deaths", "incidence.", "prevalence.", "meets_guideline", "life_years", "smokers")
EXACT = "expected_averted", "expected_standard_error", "averted", "delayed", "added"


def main(words: Sequence[str]) -> None:
    """Take all measurements and write both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.country")
    parser.add_argument("--persons", type=int, default=COUNTRY)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--beside", type=Path, help="folder with the sources of another version")
    parser.add_argument("--part", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(words)
    if given.part:
        save_effects(given.part, given.persons, given.sample)
    else:
        compare(given)


def save_effects(folder: Path, persons: int, sample: int) -> None:
    """Simulate who can take part, and a sample of everybody; leave their tables in a folder."""
    effects = simulate(SCENARIO, persons=persons, only_effects=True).effects
    (folder / "effects.csv").write_bytes(as_csv(effects))
    totals = simulate(SCENARIO, persons=sample, seed=1 + SEEDS_APART).totals
    (folder / "totals.csv").write_bytes(as_csv(totals))


def compare(given: argparse.Namespace) -> None:
    """Run both ways, and another version's, and write what they took and how they differ."""
    with tempfile.TemporaryDirectory() as folder:
        part, whole, beside = (Path(folder) / name for name in ("part", "whole", "beside"))
        part.mkdir()
        size = f"--persons={given.persons}"
        rows = [
            measured("effects of possible participants, tables of a sample", ROOT,
                     ["-m", "benchmarks.country", "--part", str(part), size,
                      f"--sample={given.sample}"]),
            measured("everybody, with tables, figures and report", ROOT,
                     ["run.py", SCENARIO, size, "--out", str(whole)]),
        ]  # fmt: skip
        if given.beside:
            words = ["run.py", SCENARIO, size, "--out", str(beside)]
            rows.append(measured("everybody, the other version", given.beside, words))
        table = pd.DataFrame(rows).assign(persons=given.persons, sample=given.sample)
        write(table, given.out / "country.csv")
        check_effects(part, whole / SCENARIO)
        outcomes = pd.read_parquet(whole / SCENARIO / "outcomes.parquet")
        found = differences(pd.read_csv(part / "totals.csv"), totals_of(outcomes))
        write(found, given.out / "country_differences.csv")


def measured(what: str, tree: Path, words: Sequence[str]) -> dict[str, object]:
    """Run a program of a tree of sources; return its seconds, processor seconds and memory."""
    here = Path.cwd()
    os.chdir(tree)
    began, wall = os.times(), time.perf_counter()
    memory = peak([sys.executable, *words])
    wall, now = time.perf_counter() - wall, os.times()
    os.chdir(here)
    spent = now.children_user + now.children_system - began.children_user - began.children_system
    return {
        "what": what, "seconds": round(wall, 1), "processor_seconds": round(spent, 1),
        "peak_mb": round(memory / 1e6),
    }  # fmt: skip


def check_effects(part: Path, whole: Path) -> None:
    """Say whether both ways give the same effects to the bit.

    Raises
    ------
    SystemExit
        If they do not.
    """
    one, two = (pd.read_csv(folder / "effects.csv") for folder in (part, whole))
    key = ["outcome", "scale"]
    both = one.merge(two, on=key, suffixes=("", "_whole"), validate="one_to_one")
    apart = [name for name in EXACT if not both[name].equals(both[f"{name}_whole"])]
    if len(both) != len(two):
        apart.append(f"{len(two) - len(both)} rows of everybody alone")
    print(f"{len(both)} rows of effects, the same to the bit:", apart if apart else "yes")
    if apart:
        sys.exit(1)


def totals_of(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of everybody of a run's outcomes."""
    strata = ["sex", "age_band", "deprivation", "activity_group"]
    return outcomes[(outcomes[strata].astype(str) == "all").all(axis=1)]


def differences(sample: pd.DataFrame, everybody: pd.DataFrame) -> pd.DataFrame:
    """Return counts of a sample beside those of everybody, in standard errors of chance.

    A count of people or events is taken as Poisson's; both runs have an error.
    """
    key = ["world", "year", "measure"]
    both = sample.merge(everybody, on=key, suffixes=("_sample", "_everybody"))
    counted = both["measure"].str.startswith(COUNTED)
    both = both[counted & both["world"].isin(("baseline", "policy"))]
    start = sample.loc[sample["measure"] == "persons", "value"].iloc[0]
    size = everybody.loc[everybody["measure"] == "persons", "value"].iloc[0] / start
    one, all_of_them = both["value_sample"], both["value_everybody"]
    expected = all_of_them / size
    error = (expected + all_of_them / size**2) ** 0.5
    found = both[key].assign(
        sample=one, expected=expected, errors=((one - expected) / error).where(error > 0.0)
    )
    told = found["errors"].dropna()
    print(
        f"{len(told)} counts: mean square {(told**2).mean():.2f} of chance, "
        f"{(told.abs() < 1.96).mean():.1%} within 1.96 errors, largest {told.abs().max():.1f}"
    )
    return found


def write(table: pd.DataFrame, path: Path) -> None:
    """Show a table and keep it."""
    if len(table) < 20:
        print(table.to_string(index=False))
    path.write_bytes(as_csv(table))


if __name__ == "__main__":
    main(sys.argv[1:])
