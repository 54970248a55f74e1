"""This version of the program beside another commit: the same runs, in turn, in one sitting.

Each version has a process of its own that stays for all rounds; a round runs both, one right after
the other, so that the ratio of a round compares neighbours in time, and the median over many short
rounds is given: a busy host slows both alike. What is timed uses only
``from abm import load_scenario, simulate``, so that versions may differ in everything else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from abm.running.output import write_whole
from analysis.plots.files import as_csv

ROOT = Path(__file__).resolve().parents[1]
CACHE = "EXERCISE_IL6_CACHE"
HERE = "this version"
SCENARIOS = ("uk", "walking_groups")
# With the lives of those who took part followed to their end, where a version can do that.
FOLLOWED = "walking_groups"
YEARS, ROUNDS, ROUND_PERSONS = 20, 25, 20_000
QUICK_PERSONS, QUICK_YEARS = 2_000, 2
WARM_UP = 300  # persons: loads the modules, and compiles where that is yet to be done

# Runs a scenario with the numbers of persons that it reads line by line, and prints the times.
TIMED = """
import inspect, json, sys, time
from abm import load_scenario, simulate
scenario, years = load_scenario(sys.argv[1]), int(sys.argv[2])
options = {"threads": 1, "pathways": False}
if "lifetimes" in inspect.signature(simulate).parameters:
    options["lifetimes"] = sys.argv[3] == "lifetimes"
def timed(persons):
    wall, own = time.perf_counter(), time.process_time()
    rows = simulate(scenario, persons=persons, years=years, **options).outcomes
    wall, own = time.perf_counter() - wall, time.process_time() - own
    for name in ("sex", "age_band", "deprivation", "activity_group"):
        rows = rows[rows[name].astype(str) == "all"]
    person_years = float(rows.loc[rows["measure"] == "person_years", "value"].sum())
    return {"person_months": 12 * person_years, "seconds": wall, "processor_seconds": own}
for line in sys.stdin:
    print(json.dumps([timed(int(persons)) for persons in line.split()]), flush=True)
"""
COMPILED = """
from abm import simulate
simulate("walking_groups", persons=1, years=1, threads=1)
"""

Measured = dict[str, float]
Say = Callable[[str], None]
Process = subprocess.Popen[str]


class NotACommit(ValueError):
    """There is no such commit, or no repository to look for it in."""


@dataclass(frozen=True)
class Version:
    """A tree of sources, and the folder its compiled code is kept in (None for the usual one)."""

    name: str
    tree: Path
    cache: Path | None = None

    def started(self, code: str, *words: str, cache: Path | None = None) -> Process:
        """Start code on this version, in a process that is spoken to through pipes."""
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, *words], cwd=self.tree, text=True,
            env=self._environment(cache), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ran(self, *words: str) -> None:
        """Run a program of this version to its end; what it says is not shown."""
        subprocess.run(
            [sys.executable, *words], cwd=self.tree, env=self._environment(None), check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _environment(self, cache: Path | None) -> dict[str, str]:
        chosen = cache or self.cache
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", CACHE)}
        kept = os.environ.get(CACHE) if chosen is None else str(chosen)
        return environment | ({CACHE: kept} if kept else {})


@contextmanager
def checked_out(commit: str) -> Iterator[Version]:
    """Check a commit out into a temporary folder, which is gone afterwards.

    Raises
    ------
    NotACommit
        If there is no such commit.
    """
    try:
        found = _git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}").strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotACommit(f"there is no commit {commit!r}") from error
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(tree), found)
        try:
            yield Version(found[:7], tree, Path(folder) / "cache")
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def compare(
    commit: str, persons: int, years: int, rounds: int, compiling: bool, say: Say
) -> pd.DataFrame:
    """Return the speed of this version and of a commit, scenario by scenario.

    Parameters
    ----------
    persons
        Of the larger run; another has a tenth of them, and what a person-month costs is the
        difference of the two, so that what a run costs whatever its size is left out.
    compiling
        Compile both from an empty folder instead of running scenarios.

    Returns
    -------
        One row per scenario and version: scenario, version, persons, years, rounds, person_months,
        seconds and processor_seconds (of the larger run), per_second, per_processor_second,
        nanoseconds_per_person_month (of the processor); medians over the rounds. ``ratio`` is
        that of the figure named by ``ratio_of`` over the other version's in the same round,
        median, smallest and largest.
    """
    with checked_out(commit) as other:
        versions = (other, Version(HERE, ROOT))
        if compiling:
            found = rounds_of(versions, compiled, rounds, say)
            return table("compiling", found, "processor_seconds")
        tables = []
        for name, followed in (*((each, "") for each in SCENARIOS), (FOLLOWED, "lifetimes")):
            words = (name, str(years), followed)
            with Simulated(versions, words, persons) as simulated:
                found = rounds_of(versions, simulated.timed, rounds, say)
            shown = f"{name}, lifetimes" if followed else name
            tables.append(table(shown, found, "nanoseconds_per_person_month"))
        return pd.concat(tables, ignore_index=True).assign(persons=persons, years=years)


def rounds_of(
    versions: tuple[Version, ...], measure: Callable[[Version], Measured], rounds: int, say: Say
) -> list[dict[str, Measured]]:
    """Measure every version once a round, each round starting with another."""
    found: list[dict[str, Measured]] = []
    for k in range(rounds):
        found.append({})
        for version in versions if k % 2 == 0 else versions[::-1]:
            found[-1][version.name] = measure(version)
            took = found[-1][version.name]["processor_seconds"]
            say(f"round {k + 1}: {version.name}: {took:.2f} s of the processor")
    return found


class Simulated:
    """A scenario that each version runs at two sizes, round after round in one process."""

    def __init__(self, versions: tuple[Version, ...], words: tuple[str, ...], persons: int) -> None:
        """Start a process for each version; ``words`` are scenario, years, what to follow."""
        self._sizes = (max(1, persons // 10), persons)
        self._processes = {each.name: each.started(TIMED, *words) for each in versions}

    def __enter__(self) -> Simulated:
        """Load and compile what is yet to be, untimed."""
        for name in self._processes:
            self._asked(name, WARM_UP)
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes."""
        for process in self._processes.values():
            process.communicate()

    def _asked(self, name: str, *sizes: int) -> list[Measured]:
        process = self._processes[name]
        assert process.stdin and process.stdout
        process.stdin.write(" ".join(map(str, sizes)) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise subprocess.CalledProcessError(process.wait(), name)
        return list(json.loads(answer))

    def timed(self, version: Version) -> Measured:
        """Return the times of the larger run, and what a person-month more of it costs."""
        small, large = self._asked(version.name, *self._sizes)
        more = {name: large[name] - small[name] for name in large}
        return {
            **large,
            "per_second": large["person_months"] / large["seconds"],
            "per_processor_second": large["person_months"] / large["processor_seconds"],
            "nanoseconds_per_person_month": 1e9 * more["processor_seconds"] / more["person_months"],
        }


def compiled(version: Version) -> Measured:
    """Return the time a first run takes whose compiled code is kept nowhere yet."""
    with tempfile.TemporaryDirectory() as folder:
        wall, own = time.perf_counter(), os.times()
        version.started(COMPILED, cache=Path(folder)).communicate()
        wall, now = time.perf_counter() - wall, os.times()
    spent = now.children_user + now.children_system - own.children_user - own.children_system
    return {"seconds": wall, "processor_seconds": spent}


def table(name: str, rounds: list[dict[str, Measured]], ratio_of: str) -> pd.DataFrame:
    """Return medians over rounds by version, and the ratios of each to the first named."""
    first = next(iter(rounds[0]))
    rows = []
    for version in rounds[0]:
        ratios = [each[version][ratio_of] / each[first][ratio_of] for each in rounds]
        middle = {key: median(each[version][key] for each in rounds) for key in rounds[0][first]}
        rows.append(
            {
                "scenario": name, "version": version, "rounds": len(rounds), **middle,
                "ratio_of": ratio_of, "ratio": median(ratios), "smallest_ratio": min(ratios),
                "largest_ratio": max(ratios),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def in_text(found: pd.DataFrame) -> str:
    """Return the comparison for a terminal: one line per version, and the ratio in words."""
    shown: dict[str, Any] = {
        "scenario": found["scenario"],
        "version": found["version"],
        "seconds": found["seconds"].map("{:.3g}".format),
        "of the processor": found["processor_seconds"].map("{:.3g}".format),
    }
    if "per_second" in found:
        shown |= {
            "million person-months a second": (found["per_second"] / 1e6).map("{:.2f}".format),
            "ns per person-month": found["nanoseconds_per_person_month"].map("{:.1f}".format),
        }
    shown["ratio (smallest to largest)"] = [
        f"{row.ratio:.3f} ({row.smallest_ratio:.3f} to {row.largest_ratio:.3f})"
        for row in found.itertuples()
    ]
    what = found["ratio_of"].iloc[0].replace("_", " ")
    lines = f"medians of {found['rounds'].iloc[0]} interleaved rounds; ratio of {what}"
    return pd.DataFrame(shown).to_string(index=False) + "\n" + lines


def write_comparison(arguments: argparse.Namespace, say: Say) -> list[Path]:
    """Compare this version with a commit, print the table and return what was written."""
    quick, compiling = arguments.quick, arguments.compile
    persons = arguments.persons or (QUICK_PERSONS if quick else ROUND_PERSONS)
    rounds = arguments.repeats or (1 if quick or compiling else ROUNDS)
    years = QUICK_YEARS if quick else YEARS
    if arguments.tasks:
        from benchmarks.tasks import ROUNDS_OF_TASKS, compare_tasks

        rounds = arguments.repeats or (1 if quick else ROUNDS_OF_TASKS)
        found, name = compare_tasks(arguments.against, rounds, quick, say), "tasks.csv"
    else:
        found = compare(arguments.against, persons, years, rounds, compiling, say)
        name = "compiling.csv" if compiling else "against.csv"
    print(in_text(found))
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / name
    write_whole(path, as_csv(found))
    return [path]
