"""The command ``evidence``: every model parameter with its unit, source and grade."""

from __future__ import annotations

import argparse

from abm.evidence.ledger import ledger_lines, ledger_rows
from analysis.commands.formats import add_formats, in_csv, in_json
from analysis.commands.usage import DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add_formats(parser)
    parser.add_argument("--assumed", action="store_true",
                        help="only entries assumed, or recalled without the source")  # fmt: skip
    parser.add_argument("--cites", action="store_true",
                        help="also list the sources, each with what rests on it")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print the ledger."""
    if arguments.json or arguments.csv:
        rows = ledger_rows(arguments.assumed, arguments.cites)
        print(in_json(rows) if arguments.json else in_csv(rows))
        return DONE
    print("\n".join(ledger_lines(arguments.assumed, arguments.cites)))
    return DONE
