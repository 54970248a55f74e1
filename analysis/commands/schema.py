"""The command ``schema``: the vocabulary of scenario files as a JSON Schema for editors."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from abm.running.output import write_whole
from abm.scenario.json_schema import json_schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help="write it to a file instead of printing it")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print or write the schema; 2 where the file cannot be written."""
    text = json.dumps(json_schema(), indent=2) + "\n"
    if arguments.out is None:
        print(text, end="")
        return 0
    try:
        write_whole(arguments.out, text.encode())
    except OSError as error:
        print(f"schema: --out: {arguments.out} cannot be written ({error.strerror})",
              file=sys.stderr)  # fmt: skip
        return 2
    return 0
