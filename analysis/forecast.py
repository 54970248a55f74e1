"""What a run will cost: its time and memory, from a small trial on the machine at hand."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abm.scenario import Scenario

FEWER_PERSONS = 2_048
MORE_PERSONS = 32_768


@dataclass(frozen=True)
class Forecast:
    """Expected cost of a scenario.

    Attributes
    ----------
    runs, worlds
        Runs of the population, and worlds lived in each.
    seconds
        Wall time of the simulation, without figures and report.
    memory_bytes
        Largest resident memory of the process.
    """

    runs: int
    worlds: int
    seconds: float
    memory_bytes: int


def forecast(scenario: Scenario, seeds: int, draws: int, threads: int | None = None) -> Forecast:
    """Return what a scenario will cost, measured on some thousands of its persons.

    Memory does not grow with persons: blocks are lived one after the other, and only tallies
    and tables stay.
    """
    from abm.runner import set_up

    runs = seeds * (draws + 1)
    fewer = min(FEWER_PERSONS, scenario.persons)
    more = min(MORE_PERSONS, scenario.persons)
    _trial(scenario, 1, threads)  # modules are loaded only once and should not count
    small, _ = _trial(scenario, fewer, threads)
    large, kept = _trial(scenario, more, threads)
    per_person = max(large - small, 0.0) / max(more - fewer, 1)
    seconds = runs * (large + per_person * (scenario.persons - more))
    memory = _peak_memory() + (runs - 1) * kept
    return Forecast(runs, set_up(scenario).worlds, seconds, memory)


def _trial(scenario: Scenario, persons: int, threads: int | None) -> tuple[float, int]:
    """Return the seconds a run takes, and the bytes that stay in memory after it."""
    from abm import simulate

    started = time.perf_counter()
    result = simulate(replace(scenario, persons=persons), threads=threads)
    seconds = time.perf_counter() - started
    tallies = sum(array.nbytes for counts in result.counts.values() for array in counts)
    return seconds, tallies + int(result.outcomes.memory_usage(deep=True).sum())


def _peak_memory() -> int:
    """Return the largest resident memory of this process so far [bytes]."""
    if os.name != "posix":  # no such record there; a typical figure
        return 400_000_000
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
