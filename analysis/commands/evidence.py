"""The command ``evidence``: every model parameter with its unit, source and grade."""

from __future__ import annotations

import argparse
import sys

from abm.evidence.ledger import ledger_lines, ledger_rows
from abm.evidence.place import DEFAULT_PLACE, Place
from abm.scenario.place_named import place_at
from analysis.commands.formats import add_formats, in_csv, in_json
from analysis.commands.usage import BAD_USAGE, DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add_formats(parser)
    parser.add_argument("--assumed", action="store_true",
                        help="only entries assumed, or recalled without the source")  # fmt: skip
    parser.add_argument("--cites", action="store_true",
                        help="also list the sources, each with what rests on it")  # fmt: skip
    parser.add_argument("--place", metavar="DIR_OR_NAME", default=DEFAULT_PLACE,
                        help=f"whose values (default {DEFAULT_PLACE})")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print the ledger; 2 if there is no such place."""
    place = place_at(arguments.place)
    if not isinstance(place, Place):
        print("\n".join(map(str, place)), file=sys.stderr)
        return BAD_USAGE
    asked = arguments.assumed, arguments.cites, place
    if arguments.json or arguments.csv:
        rows = ledger_rows(*asked)
        print(in_json(rows) if arguments.json else in_csv(rows))
        return DONE
    print("\n".join(ledger_lines(*asked)))
    return DONE
