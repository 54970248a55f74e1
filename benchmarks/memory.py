"""Peak memory beside its forecast, and the first start with and without compiled code at hand.

    python -m benchmarks.memory [--quick]

writes ``benchmarks/results/memory.csv`` and ``cold_start.csv``. Each row is a process of its own.
Linux only: it reads what the system says of processes. Nothing here is a test: figures depend on
the machine.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from abm import load_scenario
from analysis.commands.forecast import Options, demand

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
SCENARIO = "walking_groups"
THREADS = 2
SIZES = (
    *((persons, Options(threads=THREADS, figures=figures))
      for persons in (1_000, 10_000, 100_000) for figures in (False, True)),
    *((2_000, Options(seeds, draws, THREADS, engine, figures))
      for seeds, draws, engine in ((20, 0, "threads"), (200, 0, "threads"), (1, 50, "threads"),
                                   (20, 0, "processes"), (1, 50, "processes"))
      for figures in (False, True)),
)  # fmt: skip
QUICK = ((2_000, Options(threads=THREADS)), (2_000, Options(5, threads=THREADS)))
SECONDS_BETWEEN_LOOKS = 0.2
SHIPPED = ("abm", "analysis", "scenarios", "run.py")
FIRST_USE = (
    "import sys, time; start = time.perf_counter(); from abm import simulate;"
    "simulate('walking_groups', persons=1_000, years=1, threads=1);"
    "print(time.perf_counter() - start)"
)


def main(words: Sequence[str]) -> None:
    """Take all measurements and write both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--quick", action="store_true", help="few seeds, and no first start")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args(words)
    sizes = QUICK if arguments.quick else SIZES
    written(arguments.out / "memory.csv", (memory_row(*size) for size in sizes))
    if not arguments.quick:
        written(arguments.out / "cold_start.csv", cold_starts())


def memory_row(persons: int, options: Options) -> Mapping[str, object]:
    """Return the forecast and the measured peak of a run, in MB."""
    given = options._asdict()
    figures = given.pop("figures")
    words = [f"--{name}={value}" for name, value in given.items()]
    with tempfile.TemporaryDirectory() as out:
        words = [SCENARIO, f"--persons={persons}", *words, "--out", out]
        words += [] if figures else ["--no-figures"]
        measured = peak([sys.executable, str(ROOT / "run.py"), *words])
    forecast = demand(load_scenario(SCENARIO, [f"persons={persons}"]), options).resident
    return {
        "python": platform.python_version(), "persons": persons, **given,
        "figures": "yes" if figures else "no", "peak_mb": round(measured / 1e6),
        "forecast_mb": round(forecast / 1e6), "forecast_by_peak": round(forecast / measured, 3),
    }  # fmt: skip


def peak(words: Sequence[str]) -> int:
    """Run a command and return the largest memory of its process and its workers, in bytes.

    Of the command itself what the system has noted, which is at least what this process had when
    it began, and at least what any of its children had; of these the largest sum that was seen,
    each without what it shares with others.
    """
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            seen.append(sum(own_memory(child) for child in children(process.pid)))

    watcher = threading.Thread(target=look)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    over.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
    return usage.ru_maxrss * 1024 + max(seen)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except OSError:
            continue
    return found


def own_memory(pid: int) -> int:
    """Return the resident bytes of a process that no other shares; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("Private_")]
    return 1024 * sum(kilobytes)


def cold_starts() -> Iterable[Mapping[str, object]]:
    """Yield how long the first use takes in a first checkout, and in a second one after it."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        for checkout, what in (("first", "nothing compiled"), ("second", "cache of the first")):
            root = copied(Path(folder) / checkout)
            done = subprocess.run(
                [sys.executable, "-c", FIRST_USE], cwd=root, capture_output=True, text=True,
                check=True, env={**os.environ, "EXERCISE_IL6_CACHE": str(cache)},
            )  # fmt: skip
            said = done.stderr.replace(folder, "...").strip().replace("\n", " / ")
            yield {
                "python": platform.python_version(), "checkout": checkout, "cache": what,
                "seconds": round(float(done.stdout), 1), "said": said or "nothing",
            }  # fmt: skip


def copied(root: Path) -> Path:
    """Copy what a user gets to another folder and return it."""
    root.mkdir()
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, root / name)
    return root


def written(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as they come, and print them."""
    found = []
    path.parent.mkdir(parents=True, exist_ok=True)
    for row in rows:
        print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
        found.append(row)
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(row), lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)


if __name__ == "__main__":
    main(sys.argv[1:])
