"""Taking times side by side: every round runs every contender once, and the best round counts."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from abm.running.provenance import versions
from benchmarks.contenders import Contender

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1024.0**2


def timed(contender: Contender) -> dict[str, Any]:
    """Run a contender once; return what it took [s] on the wall and of the processors."""
    made = contender.prepare()
    wall, processors = time.perf_counter(), time.process_time()
    person_months = contender.run(made)
    wall = time.perf_counter() - wall
    processors = time.process_time() - processors
    return {
        "contender": contender.name,
        "workload": contender.workload,
        "persons": contender.persons,
        "threads": contender.threads,
        "person_months": person_months,
        "seconds": wall,
        "processor_seconds": processors,
    }


def best_of(rounds: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return each contender's times, the best wall and the best processor time of all rounds.

    The two are taken apart: a neighbour on the machine lengthens the first far more.
    """
    best = []
    for own in zip(*rounds, strict=True):
        row = dict(min(own, key=lambda each: each["seconds"]))
        row["share_of_processors"] = row["processor_seconds"] / (row["seconds"] * row["threads"])
        row["processor_seconds"] = min(each["processor_seconds"] for each in own)
        best.append(with_rates(row))
    return best


def with_rates(row: dict[str, Any]) -> dict[str, Any]:
    """Add the rates: per second, and per second of one processor."""
    row["per_second"] = row["person_months"] / row["seconds"]
    row["per_processor_second"] = row["person_months"] / max(row["processor_seconds"], 1e-9)
    return row


def side_by_side(
    contenders: Sequence[Contender], repeats: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Time contenders in interleaved rounds, so that a noisy minute meets all of them."""
    rounds: list[list[dict[str, Any]]] = []
    for k in range(repeats):
        rounds.append([])
        for contender in contenders:
            rounds[-1].append(timed(contender))
            row = rounds[-1][-1]
            say(f"round {k + 1}: {row['contender']}, {row['threads']} thread(s): "
                f"{row['seconds']:.2f} s")  # fmt: skip
    return best_of(rounds)


def door(*words: str) -> float:
    """Return the wall time of one call of the program's door [s]."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *words], check=True, capture_output=True, cwd=ROOT
    )
    return time.perf_counter() - started


def start_times(persons: int, repeats: int) -> dict[str, float]:
    """Return the wall times of the door's help and of a small warm run [s], the best of some."""
    with tempfile.TemporaryDirectory() as folder:
        small = [
            door("walking_groups", "--persons", str(persons), "--out", f"{folder}/{k}")
            for k in range(repeats)
        ]
    return {"help": min(door("--help") for _ in range(2 * repeats)), "small_run": min(small)}


def peak_megabytes() -> float:
    """Return the largest memory this process has held so far [MB]."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (MEGABYTE if sys.platform == "darwin" else 1024.0)


def traced_bytes(make: Callable[[], Any]) -> int:
    """Return the bytes that what ``make`` returns holds."""
    make()  # whatever is imported or cached the first time is not counted
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = make()
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del made
    return held


def load() -> float:
    """Return the mean number of running processes over the last minute."""
    return os.getloadavg()[0]


def machine() -> dict[str, str]:
    """Return what the machine and the programs on it are."""
    found = {
        "processor": processor_name(),
        "processors": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
    }
    wanted = versions()
    found |= {name: wanted[name] for name in ("python", "numpy", "numba", "mesa")}
    for name in ("starsim", "vivarium"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def processor_name() -> str:
    """Return the processor's own name of itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    vector = ", AVX-512" if any("avx512f" in line for line in lines) else ""
    return (names[0] if names else platform.machine()) + vector
