"""What a run will cost: its time from a small trial, its memory from what is known to be held.

The constants of memory were measured on Linux with Python 3.11 to 3.13; `python -m
benchmarks.memory` measures again and puts the forecast beside it.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from abm.kernel.blocks import PERSONS_PER_BLOCK, new_block, new_counts
from abm.results.outcome_tables import IN_MEMORY_BYTES
from abm.running.finished_work import FinishedWork
from abm.running.queue import FEWEST_BLOCKS
from abm.running.setup import set_up
from abm.running.simulate import simulate
from abm.scenario.parts import Scenario
from analysis.commands.memory import MEGA, Demand

FEWER_PERSONS = 2_048
MORE_PERSONS = 32_768

PROGRAM_BYTES = 440 * MEGA  # libraries, compiled rules, report, and figures in two processes
WORKER_BYTES = 100 * MEGA  # a process that only simulates, without what others share with it
CALIBRATION_BYTES = 25 * MEGA  # in each process that lays draws out
BYTES_PER_RUN = 250_000  # sums and rows of a seed or draw, for effects and intervals
ROWS_PER_WORLD_YEAR, BYTES_PER_ROW, TABLES_AT_A_TIME = 3_000, 40, 4
ENTRANT_RATE = 0.015  # per person and year, of a country's adults
COUNTS_PER_TASK = 3  # of the task, of its part, of its run
# What a process reserves and never touches counts against `ulimit -v` all the same.
RESERVED_BYTES = 550 * MEGA  # by libraries and the compiler
RESERVED_PER_THREAD = 75 * MEGA  # its stack, and an arena of the C library


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
        Largest resident memory, of all processes of this machine together.
    notes
        What was worked out before the run, such as how far a budget goes.
    """

    runs: int
    worlds: int
    seconds: float
    memory_bytes: int
    notes: tuple[str, ...] = ()


def forecast(
    scenario: Scenario, seeds: int, draws: int, threads: int | None = None, engine: str = "threads"
) -> Forecast:
    """Return what a scenario will cost; its time is measured on some thousands of its persons."""
    runs = seeds * (draws + 1)
    _trial(scenario, 1, threads, False)  # modules are loaded only once and should not count
    whole = _seconds(scenario, threads, only_effects=False)
    # Draws of policies simulate only who can matter to an effect.
    drawn = _seconds(scenario, threads, bool(scenario.policies)) if draws else 0.0
    seconds = seeds * (whole + draws * drawn)
    memory = demand(scenario, seeds, draws, threads, engine).resident
    setup = set_up(scenario)
    return Forecast(runs, setup.worlds, seconds, memory, setup.notes)


def demand(
    scenario: Scenario, seeds: int, draws: int, threads: int | None = None, engine: str = "threads"
) -> Demand:
    """Return the memory that a run will take.

    It grows little with seeds and draws and not with persons: blocks are simulated one after the
    other, and of each run only sums stay.
    """
    worlds = 3 if scenario.policies else 1
    runs, blocks = seeds * (draws + 1), math.ceil(scenario.persons / PERSONS_PER_BLOCK)
    whole = seeds if scenario.policies else runs  # other draws simulate no more than effects need
    tasks = runs * math.ceil(blocks / FEWEST_BLOCKS)
    large_tasks = tasks * whole // runs
    workers = 0 if engine.startswith("dask") else min(threads or os.cpu_count() or 1, tasks)
    counts = _bytes_of_counts(scenario, worlds)
    ours = PROGRAM_BYTES + COUNTS_PER_TASK * min(2 * workers + 2, large_tasks) * counts
    ours += _bytes_kept(scenario, whole, counts, worlds) + (runs - whole) * BYTES_PER_RUN
    theirs = workers * _bytes_of_block(scenario, worlds) + min(workers, large_tasks) * counts
    if engine == "processes":
        each = WORKER_BYTES + (CALIBRATION_BYTES if draws else 0)
        resident = ours + theirs + workers * each
        return Demand(resident, RESERVED_BYTES + ours)
    reserved = RESERVED_BYTES + workers * RESERVED_PER_THREAD
    return Demand(ours + theirs, reserved + ours + theirs)


def _bytes_kept(scenario: Scenario, runs: int, counts: int, worlds: int) -> int:
    """Return what runs of everybody hold: sums, those not yet written, and tables under way."""
    waiting = min(FinishedWork.most_bytes_held, (runs - 1) * counts)
    rows = min(worlds, 2) * (scenario.years + 1) * ROWS_PER_WORLD_YEAR
    values = min(IN_MEMORY_BYTES, runs * rows * 8)
    return waiting + values + TABLES_AT_A_TIME * rows * BYTES_PER_ROW + runs * BYTES_PER_RUN


def _bytes_of_counts(scenario: Scenario, worlds: int) -> int:
    one_year = _bytes(new_counts(worlds, 1, len(scenario.policies)))  # and the start
    return one_year * (scenario.years + 1) // 2


def _bytes_of_block(scenario: Scenario, worlds: int) -> int:
    persons = min(PERSONS_PER_BLOCK, scenario.persons)
    policies = len(scenario.policies)
    return _bytes(new_block(worlds, policies, scenario.years, persons, ENTRANT_RATE, False))


def _bytes(arrays: Iterable[Any]) -> int:
    return sum(array.nbytes for array in arrays)


def _seconds(scenario: Scenario, threads: int | None, only_effects: bool) -> float:
    """Return the seconds that one run will take, from two small ones."""
    fewer = min(FEWER_PERSONS, scenario.persons)
    more = min(MORE_PERSONS, scenario.persons)
    small = _trial(scenario, fewer, threads, only_effects)
    large = _trial(scenario, more, threads, only_effects)
    per_person = max(large - small, 0.0) / max(more - fewer, 1)
    return large + per_person * (scenario.persons - more)


def _trial(scenario: Scenario, persons: int, threads: int | None, only_effects: bool) -> float:
    """Return the seconds a run takes."""
    started = time.perf_counter()
    simulate(replace(scenario, persons=persons), threads=threads, only_effects=only_effects)
    return time.perf_counter() - started
