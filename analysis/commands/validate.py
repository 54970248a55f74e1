"""The command ``validate``: published results replayed inside the model, with verdicts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.commands.usage import BAD_USAGE, DONE, not_a_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.epilog = (
        "Misses are findings, not failures: the exit code is 0. Items and their experiments are "
        "explained in docs/validation.md."
    )
    add = parser.add_argument
    add("--only", nargs="+", metavar="ITEM", default=None, help="items such as 1 11 I")
    add("--quick", action="store_true", help="few persons: shows that it runs, decides little")
    where = "where the table, the page and the figure go (default results/validation)"
    add("--out", type=Path, default=Path("results/validation"), metavar="DIR", help=where)


def run(arguments: argparse.Namespace) -> int:
    """Replay the items, print the scorecard and write it; 2 if an item is unknown."""
    from analysis.validation.replay import replay, unknown_items

    problem = unknown_items(arguments.only) or not_a_folder(arguments.out)
    if problem:
        print(f"validate: {problem}", file=sys.stderr)
        return BAD_USAGE
    for path in replay(arguments.only, arguments.quick, arguments.out):
        print(path)
    return DONE
