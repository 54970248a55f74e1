"""The command ``bout``: one bout on the terminal and as figures, or the published studies."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.commands.formats import add_formats, in_csv, in_json
from analysis.commands.usage import BAD_USAGE, DONE, FAILED, any_number, number

if TYPE_CHECKING:
    from analysis.bout.request import Answer

log = logging.getLogger(__name__)

EPILOG = """examples:
  %(prog)s walking --minutes 45 --intensity 0.5
  %(prog)s running --minutes 206 --intensity 0.78 --trained --people 10000 --out marathon
  %(prog)s resistance --sets 24 --repetitions 10 --load 0.7 --rest 60
  %(prog)s intervals --repetitions 10 --work 4 --intensity 0.875 --rest 120
  %(prog)s --published --out studies"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    add = parser.add_argument
    add(
        "activity",
        nargs="?",
        metavar="ACTIVITY",
        help="walking, running, cycling, intervals or resistance",
    )
    add("--minutes", type=any_number("minutes"), metavar="M", help="length of the bout")
    add(
        "--intensity",
        type=any_number("fraction of VO2max"),
        metavar="I",
        help="fraction of VO2max; of the work stretches where --work is given",
    )
    add("--trained", action="store_true", help="an endurance-trained person")
    add("--carbohydrate", action="store_true", help="carbohydrate taken during the bout")
    add(
        "--people",
        type=number("people"),
        default=1,
        metavar="N",
        help="draw N people (default: one of median response)",
    )
    add(
        "--seed",
        type=number("seed"),
        metavar="S",
        help="of the draws (default 1 with several people)",
    )
    add(
        "--hours",
        type=any_number("hours"),
        default=24.0,
        metavar="H",
        help="to follow after the stop",
    )
    add("--sets", type=int, help="resistance: all sets of the session")
    add("--repetitions", type=int, help="resistance: per set; intervals: how many")
    share = "fraction of the heaviest single lift"
    add("--load", type=any_number(share), help=f"resistance: {share}")
    between = "between sets or intervals"
    add("--rest", type=any_number("seconds"), metavar="SECONDS", help=between)
    add("--work", type=any_number("minutes"), metavar="MINUTES", help="intervals: length of each")
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="override an evidence entry, such as bout.saturation_hours=1000",
    )
    add(
        "--published",
        action="store_true",
        help="hold the model against the published studies instead",
    )
    add_formats(parser)
    add("--out", type=Path, metavar="DIR", help="write figures and tables there")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code: 2 where the request is not a bout."""
    from analysis.bout.request import answered

    try:
        answer = answered(arguments)
    except ValueError as problem:
        print(f"bout: {problem}", file=sys.stderr)
        return BAD_USAGE
    print(_in_form(answer, arguments))
    if arguments.out is None:
        return DONE
    from analysis.bout.figures import write

    try:
        written = f"{write(answer, arguments.out)} files in {arguments.out}"
    except OSError as problem:
        print(f"bout: cannot write to {arguments.out}: {problem.strerror}", file=sys.stderr)
        return FAILED
    if arguments.json or arguments.csv:
        log.info(written)
    else:
        print(f"\n{written}")
    return DONE


def _in_form(answer: Answer, arguments: argparse.Namespace) -> str:
    if arguments.json:
        return in_json(answer.content())
    return in_csv(answer.rows()) if arguments.csv else answer.in_text()
