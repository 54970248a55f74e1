"""The command ``evidence``: the ledger of every number of nature the model uses."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("--assumed", action="store_true",
                        help="only entries for which no published figure was found")  # fmt: skip
    parser.add_argument("--cites", action="store_true",
                        help="also list the sources, each with what rests on it")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print the ledger."""
    from abm.evidence.ledger import ledger_lines

    print("\n".join(ledger_lines(arguments.assumed, arguments.cites)))
    return 0
