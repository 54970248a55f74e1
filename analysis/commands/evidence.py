"""The command ``evidence``: every model parameter with its unit, source and grade."""

from __future__ import annotations

import argparse

from abm.evidence.ledger import ledger_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("--assumed", action="store_true",
                        help="only entries assumed, or recalled without the source")  # fmt: skip
    parser.add_argument("--cites", action="store_true",
                        help="also list the sources, each with what rests on it")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print the ledger."""
    print("\n".join(ledger_lines(arguments.assumed, arguments.cites)))
    return 0
