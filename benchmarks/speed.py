"""The command ``benchmark``: person-months per second, side by side in one run on this machine."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.contenders import Sizes
    from benchmarks.report import Findings

DEFAULT_PERSONS, QUICK_PERSONS = 100_000, 300
SCALING, QUICK_SCALING, FULL = (1_000, 10_000, 100_000, 1_000_000), (150, 300), 10_000_000
START_PERSONS = 1_000
FLOOR_PASSES, FLOOR_REPEATS = 20_000, 7
# Runs this large take long and vary little: fewer repeats.
ONCE, TWICE = 10_000_000, 1_000_000

EPILOG = """Every round runs every contender once, the best round counts. Other work on the
machine lengthens times; the share of the processors that each contender got is in the table."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.epilog = EPILOG
    add = parser.add_argument
    add("--quick", action="store_true", help="tiny sizes: shows that it runs, not how fast")
    add("--full", action="store_true", help="also 10 000 000 persons (some minutes more)")
    add("--persons", type=positive, metavar="N", help=f"side by side (default {DEFAULT_PERSONS})")
    add("--repeats", type=positive, metavar="K", help="rounds, of which the best counts")
    add("--out", type=Path, default=Path("results/benchmark"), metavar="DIR",
        help="where the tables and the figure go (default results/benchmark)")  # fmt: skip


def positive(text: str) -> int:
    """Return a whole number of at least 1, which may be written like 1e5."""
    try:
        number = float(text)
        whole = int(number)
    except (ValueError, OverflowError):
        number, whole = 0.5, 0
    if whole != number or whole < 1:
        raise argparse.ArgumentTypeError(f"is {text!r}; must be a whole number of at least 1")
    return whole


def run(arguments: argparse.Namespace) -> int:
    """Measure, print the tables and write them with the figure; 2 where the folder is no folder."""
    from benchmarks.report import printed, write

    if arguments.out.exists() and not arguments.out.is_dir():
        print(f"benchmark: --out: {arguments.out} is a file; must be a folder", file=sys.stderr)
        return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    findings = measured(arguments)
    print(printed(findings))
    for path in write(findings, arguments.out):
        print(path)
    return 0


def sizes_of(arguments: argparse.Namespace) -> Sizes:
    """Return how much each contender lives."""
    from benchmarks.contenders import STEPPED_MONTHS, Sizes

    if arguments.quick:
        persons = arguments.persons or QUICK_PERSONS
        return Sizes(persons, 2, 20, 1, 12, arguments.repeats or 1)
    persons = arguments.persons or DEFAULT_PERSONS
    return Sizes(persons, 20, 1000, 20, STEPPED_MONTHS, arguments.repeats or 3)


def measured(arguments: argparse.Namespace) -> Findings:
    """Take all measurements one after the other; the growing runs first, for their memory."""
    from abm.kernel.compiled import must_compile
    from benchmarks.clock import load, machine, peak_megabytes, side_by_side, start_times
    from benchmarks.contenders import missing_frameworks
    from benchmarks.report import Findings

    if must_compile():
        say("compiling the rules (about a minute, once)")
    sizes = sizes_of(arguments)
    for name in missing_frameworks():
        say(f"{name} is not installed and left out; the extra [benchmark] brings it")
    before = load()
    warm_up(sizes)
    scaling = scaling_rows(arguments, sizes)
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
        bytes_per_person=weights(), missing=missing_frameworks(), quick=arguments.quick,
    )  # fmt: skip


def say(line: str) -> None:
    """Tell on standard error how far the measurements are."""
    print(f"benchmark: {line}", file=sys.stderr, flush=True)


def all_contenders(sizes: Sizes) -> list[Any]:
    """Return the contenders of both workloads."""
    from benchmarks.contenders import REDUCED_MONTHS, of_the_model, of_the_reduced_workload

    reduced = of_the_reduced_workload(sizes.persons, min(REDUCED_MONTHS, 12 * sizes.years))
    return [*of_the_model(sizes), *reduced]


def warm_up(sizes: Sizes) -> None:
    """Run everything once at tiny sizes, so that nothing is compiled or imported on the clock."""
    from benchmarks.clock import timed
    from benchmarks.contenders import Sizes

    late_too = min(sizes.years, 12)
    for contender in all_contenders(Sizes(600, late_too, 5, 1, 12, 1)):
        timed(contender)


def scaling_rows(arguments: argparse.Namespace, sizes: Sizes) -> list[dict[str, Any]]:
    """Return the times of one world of growing size, on one thread and on two."""
    from benchmarks.clock import side_by_side
    from benchmarks.contenders import setup_of, whole_run

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
    from benchmarks.floor import nanoseconds, primitives

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


def weights() -> dict[str, float]:
    """Return the bytes that a person takes in memory, by contender."""
    from benchmarks.weights import bytes_per_person

    return bytes_per_person()
