"""What a run will cost: its time from a small trial, its memory from what is known to be held.

The constants of memory were measured on Linux with Python 3.11 to 3.13; `python -m
benchmarks.memory` measures again and puts the forecast beside it.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from abm.kernel.blocks import PERSONS_PER_BLOCK, new_block, new_counts
from abm.results.outcome_tables import IN_MEMORY_BYTES
from abm.running.finished_work import FinishedWork
from abm.running.queue import FEWEST_BLOCKS
from abm.running.setup import set_up
from abm.running.simulate import simulate
from abm.scenario.parts import Scenario
from analysis.commands.memory import MEGA, Demand

FEWER_PERSONS = 2_048
MORE_PERSONS = 8_192, 32_768  # at least and at most, and else a part of the scenario's
PART_TRIED = 8

PROGRAM_BYTES = 350 * MEGA  # libraries, compiled rules, report
FIGURES_BYTES = 165 * MEGA  # in two processes, once all is simulated
WORKER_BYTES = 124 * MEGA  # a process that only simulates, without what others share with it
CALIBRATION_BYTES = 50 * MEGA  # in each process that lays draws out
BYTES_PER_RUN = 250_000  # sums and rows of a seed or draw, for effects and intervals
ROWS_PER_WORLD_YEAR, BYTES_PER_ROW, TABLES_AT_A_TIME = 3_000, 40, 4
ENTRANT_RATE = 0.015  # per person and year, of a country's adults
COUNTS_PER_TASK = 3  # of the task, of its part, of its run
COUNTS_OF_ONE_RUN = 2  # of its part and of itself, whatever the number of tasks
# What a process reserves and never touches counts against `ulimit -v` all the same.
RESERVED_BYTES = 640 * MEGA  # by libraries and the compiler
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


class Options(NamedTuple):
    """What of a command line changes what a run costs; as the command's own options."""

    seeds: int = 1
    draws: int = 0
    threads: int | None = None
    engine: str = "threads"
    figures: bool = True

    @property
    def runs(self) -> int:
        """Return how often the population is simulated."""
        return self.seeds * (self.draws + 1)


def options_of(arguments: argparse.Namespace) -> Options:
    """Return what the command line asks for."""
    given = arguments.seeds, arguments.draws, arguments.threads, arguments.engine
    return Options(*given, figures=not arguments.no_figures)


def forecast(scenario: Scenario, options: Options) -> Forecast:
    """Return what a scenario will cost; its time is measured on some thousands of its persons."""
    threads, draws = options.threads, options.draws
    _trial(scenario, 1, threads, False)  # what is loaded and laid out only once should not count
    whole = _seconds(scenario, threads, only_effects=False)
    # Draws of policies simulate only who can matter to an effect.
    drawn = _seconds(scenario, threads, bool(scenario.policies)) if draws else 0.0
    seconds = options.seeds * (whole + draws * drawn)
    memory = demand(scenario, options).resident
    setup = set_up(scenario)
    return Forecast(options.runs, setup.worlds, seconds, memory, setup.notes)


def demand(scenario: Scenario, options: Options) -> Demand:
    """Return the memory that a run will take.

    It grows little with seeds and draws and not with persons: blocks are simulated one after the
    other, and of each run only sums stay.
    """
    worlds, runs = 3 if scenario.policies else 1, options.runs
    blocks = math.ceil(scenario.persons / PERSONS_PER_BLOCK)
    # Other draws simulate no more than effects need.
    whole = options.seeds if scenario.policies else runs
    tasks = runs * math.ceil(blocks / FEWEST_BLOCKS)
    large_tasks = tasks * whole // runs
    remote = options.engine.startswith("dask")
    workers = 0 if remote else min(options.threads or os.cpu_count() or 1, tasks)
    counts = _bytes_of_counts(scenario, worlds)
    ours = PROGRAM_BYTES + _counts_held(whole, large_tasks, workers) * counts
    ours += _bytes_kept(scenario, whole, counts, worlds) + (runs - whole) * BYTES_PER_RUN
    theirs = workers * _bytes_of_block(scenario, worlds) + min(workers, large_tasks) * counts
    figures = FIGURES_BYTES if options.figures else 0
    if options.engine == "processes":
        each = WORKER_BYTES + (CALIBRATION_BYTES if options.draws else 0)
        return Demand(ours + max(theirs + workers * each, figures), RESERVED_BYTES + ours)
    reserved = RESERVED_BYTES + workers * RESERVED_PER_THREAD
    return Demand(ours + max(theirs, figures), reserved + ours + theirs)


def _counts_held(runs: int, tasks: int, workers: int) -> int:
    """Return how many counts of everybody are at hand at a time, beside those of the workers."""
    if runs == 1:
        return COUNTS_OF_ONE_RUN + min(2 * workers, tasks)
    return COUNTS_PER_TASK * min(2 * workers + 2, tasks)


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
    least, most = MORE_PERSONS
    more = min(max(least, min(scenario.persons // PART_TRIED, most)), scenario.persons)
    small = _trial(scenario, fewer, threads, only_effects)
    large = _trial(scenario, more, threads, only_effects)
    per_person = max(large - small, 0.0) / max(more - fewer, 1)
    return large + per_person * (scenario.persons - more)


def _trial(scenario: Scenario, persons: int, threads: int | None, only_effects: bool) -> float:
    """Return the seconds a run takes."""
    started = time.perf_counter()
    simulate(replace(scenario, persons=persons), threads=threads, only_effects=only_effects)
    return time.perf_counter() - started
