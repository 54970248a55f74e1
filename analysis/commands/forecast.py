"""What a run will cost: its time and memory, from a small trial on the machine at hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from abm.results.result import Result
from abm.running.setup import set_up
from abm.running.simulate import simulate
from abm.scenario.parts import Scenario
from analysis.commands.memory import peak_memory

FEWER_PERSONS = 2_048
MORE_PERSONS = 32_768


@dataclass(frozen=True)
class Forecast:
    """Expected cost of a scenario.

    Attributes
    ----------
    runs, worlds
        Runs of the population, and worlds simulated in each.
    seconds
        Wall time of the simulation, without figures and report.
    memory_bytes
        Largest resident memory of the process.
    notes
        What was worked out before the run, such as how far a budget goes.
    """

    runs: int
    worlds: int
    seconds: float
    memory_bytes: int
    notes: tuple[str, ...] = ()


def forecast(scenario: Scenario, seeds: int, draws: int, threads: int | None = None) -> Forecast:
    """Return what a scenario will cost, measured on some thousands of its persons.

    Memory does not grow with persons: blocks are simulated one after the other, and only tallies
    and tables stay.
    """
    runs = seeds * (draws + 1)
    fewer = min(FEWER_PERSONS, scenario.persons)
    more = min(MORE_PERSONS, scenario.persons)
    _trial(scenario, 1, threads)  # modules are loaded only once and should not count
    small, _ = _trial(scenario, fewer, threads)
    large, result = _trial(scenario, more, threads)
    per_person = max(large - small, 0.0) / max(more - fewer, 1)
    seconds = runs * (large + per_person * (scenario.persons - more))
    tables = int(result.outcomes.memory_usage(deep=True).sum())
    memory = peak_memory() + (runs - 1) * tables + (seeds - 1) * _bytes_of_tallies(result)
    setup = set_up(scenario)
    return Forecast(runs, setup.worlds, seconds, memory, setup.notes)


def _bytes_of_tallies(result: Result) -> int:
    """Return the memory of all tallies, which are kept whole for the central values only."""
    return sum(array.nbytes for counts in result.counts.values() for array in counts)


def _trial(scenario: Scenario, persons: int, threads: int | None) -> tuple[float, Result]:
    """Return the seconds a run takes, and the run."""
    started = time.perf_counter()
    result = simulate(replace(scenario, persons=persons), threads=threads)
    return time.perf_counter() - started, result
