"""Person-months per second of all contenders, side by side in one run on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from abm.compiled_cache import must_compile
from abm.extras import lacking
from benchmarks import DEFAULT_PERSONS
from benchmarks.clock import load, machine, peak_megabytes, side_by_side, start_times, timed
from benchmarks.contenders import (
    REDUCED_MONTHS,
    STEPPED_MONTHS,
    Sizes,
    of_the_model,
    of_the_reduced_workload,
    setup_of,
    whole_run,
)
from benchmarks.floor import nanoseconds, primitives
from benchmarks.frameworks import missing
from benchmarks.report import Findings, printed, write
from benchmarks.weights import bytes_per_person

QUICK_PERSONS = 300
SCALING, QUICK_SCALING, FULL = (1_000, 10_000, 100_000, 1_000_000), (150, 300), 10_000_000
START_PERSONS = 1_000
FLOOR_PASSES, FLOOR_REPEATS = 20_000, 7
# Runs this large take long and vary little: fewer repeats.
ONCE, TWICE = 10_000_000, 1_000_000

Say = Callable[[str], None]


def write_measured(arguments: argparse.Namespace, say: Say) -> list[Path]:
    """Measure, print the tables and return the paths of what was written."""
    arguments.out.mkdir(parents=True, exist_ok=True)
    findings = measured(arguments, say)
    print(printed(findings))
    return write(findings, arguments.out)


def sizes_of(arguments: argparse.Namespace) -> Sizes:
    """Return how much each contender simulates."""
    if arguments.quick:
        persons = arguments.persons or QUICK_PERSONS
        return Sizes(persons, 2, 20, 1, 12, arguments.repeats or 1)
    persons = arguments.persons or DEFAULT_PERSONS
    return Sizes(persons, 20, 1000, 20, STEPPED_MONTHS, arguments.repeats or 3)


def measured(arguments: argparse.Namespace, say: Say) -> Findings:
    """Take all measurements one after the other; the growing runs first, for their memory."""
    if must_compile():
        say("compiling the rules (about a minute, once)")
    sizes = sizes_of(arguments)
    say_what_is_left_out(say)
    before = load()
    warm_up(sizes)
    scaling = scaling_rows(arguments, sizes, say)
    peak = peak_megabytes()
    costs = floor_costs(arguments.quick)
    rows = side_by_side(all_contenders(sizes), sizes.repeats, say)
    persons = sizes.persons if arguments.quick else START_PERSONS
    say("starting the program")
    starts = start_times(persons, 1 if arguments.quick else 3)
    say("weighing people")
    return Findings(
        machine=machine(), load=(before, load()), sizes=sizes, rows=rows, scaling=scaling,
        floor=costs, starts=starts, start_persons=persons, peak_megabytes=peak,
        bytes_per_person=bytes_per_person(), missing=missing(), quick=arguments.quick,
    )  # fmt: skip


def say_what_is_left_out(say: Say) -> None:
    """Name the frameworks that are not installed, and what installs them."""
    for name in missing():
        say(lacking("that part of the comparison", name, "benchmark"))


def all_contenders(sizes: Sizes) -> list[Any]:
    """Return the contenders of both workloads."""
    reduced = of_the_reduced_workload(sizes.persons, min(REDUCED_MONTHS, 12 * sizes.years))
    return [*of_the_model(sizes), *reduced]


def warm_up(sizes: Sizes) -> None:
    """Run everything once at tiny sizes, so that nothing is compiled or imported on the clock."""
    late_too = min(sizes.years, 12)
    for contender in all_contenders(Sizes(600, late_too, 5, 1, 12, 1)):
        timed(contender)


def scaling_rows(arguments: argparse.Namespace, sizes: Sizes, say: Say) -> list[dict[str, Any]]:
    """Return the times of one world of growing size, on one thread and on two."""
    wanted = QUICK_SCALING if arguments.quick else SCALING
    rows = []
    for persons in (*wanted, FULL) if arguments.full else wanted:
        setup = setup_of("uk", persons, sizes.years)
        most = 1 if persons >= ONCE else 2 if persons >= TWICE else sizes.repeats
        pair = [whole_run(f"{persons} persons", setup, threads) for threads in (1, 2)]
        rows += side_by_side(pair, min(most, sizes.repeats), say)
    return rows


def floor_costs(quick: bool) -> list[dict[str, Any]]:
    """Return what each primitive costs, the best of several times."""
    passes = FLOOR_PASSES // 100 if quick else FLOOR_PASSES
    found = []
    for primitive in primitives():
        nanoseconds(primitive, 1)
        best = min(nanoseconds(primitive, passes) for _ in range(FLOOR_REPEATS))
        found.append(
            {
                "primitive": primitive.name,
                "nanoseconds": best,
                "per_person_month": primitive.per_month,
                "nanoseconds_per_person_month": best * primitive.per_month,
            }
        )
    return found
