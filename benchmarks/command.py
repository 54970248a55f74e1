"""The command ``benchmark``: person-months per second, side by side in one run on this machine.

It stands here and not with the other commands because an installed copy has no benchmarks.
``analysis.commands`` says why the imports of what is heavy stand inside ``run``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.commands.usage import BAD_USAGE, DONE, not_a_folder, number
from benchmarks import DEFAULT_PERSONS

EPILOG = """Every round runs every contender once, the best round counts. Other work on the
machine lengthens times; the share of the processors that each contender got is in the table.
With --against, rounds run this version and another in turn and medians count; the ratio is that of
processor time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.epilog = EPILOG
    add = parser.add_argument
    add("--quick", action="store_true", help="tiny sizes: shows that it runs, not how fast")
    add("--full", action="store_true", help="also 10 000 000 persons (some minutes more)")
    add("--persons", type=number("persons"), metavar="N",
        help=f"side by side (default {DEFAULT_PERSONS})")  # fmt: skip
    add("--repeats", type=number("repeats"), metavar="K",
        help="rounds (default 3; with --against 25, with --compile 1)")  # fmt: skip
    add("--against", metavar="COMMIT",
        help="this version beside that of a commit, instead of all contenders")  # fmt: skip
    add("--compile", action="store_true",
        help="with --against: the first run of each, from an empty folder of compiled code, "
             "instead of scenarios")  # fmt: skip
    add("--tasks", action="store_true",
        help="with --against: evaluations of a study and whole commands, instead of "
             "scenarios")  # fmt: skip
    add("--out", type=Path, default=Path("results/benchmark"), metavar="DIR",
        help="where the tables and the figure go (default results/benchmark)")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Measure, print the tables and write them; 2 where the request is wrong."""
    problem = not_a_folder(arguments.out)
    for option in ("compile", "tasks"):
        if getattr(arguments, option) and not arguments.against:
            problem = f"--{option}: goes with --against COMMIT"
    if arguments.compile and arguments.tasks:
        problem = "--compile and --tasks: one at a time"
    if problem:
        return refused(problem)
    if arguments.against:
        from benchmarks.against import NotACommit, write_comparison

        try:
            paths = write_comparison(arguments, say)
        except NotACommit as error:
            return refused(f"--against: {error}")
    else:
        from benchmarks.speed import write_measured

        paths = write_measured(arguments, say)
    for path in paths:
        print(path)
    return DONE


def refused(problem: str) -> int:
    """Say what is wrong with the request and return the exit code of bad usage."""
    print(f"benchmark: {problem}", file=sys.stderr)
    return BAD_USAGE


def say(line: str) -> None:
    """Tell on standard error how far the measurements are."""
    print(f"benchmark: {line}", file=sys.stderr, flush=True)
