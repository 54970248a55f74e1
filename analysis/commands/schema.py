"""The command ``schema``: the vocabulary of scenario files as a JSON Schema for editors."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from abm.running.output import write_whole
from abm.scenario.json_schema import SCHEMA_FILE, json_schema
from analysis.commands.usage import BAD_USAGE, DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("--line", action="store_true",
                        help="print the line that tells an editor where it is, for the top of a "
                        "scenario file")  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help="write it to a file instead of printing it")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print or write the schema; 2 where the file cannot be written."""
    if arguments.line:
        print(f"# yaml-language-server: $schema={address_of(arguments.out)}")
        return DONE
    text = json.dumps(json_schema(), indent=2) + "\n"
    if arguments.out is None:
        print(text, end="")
        return DONE
    try:
        write_whole(arguments.out, text.encode())
    except OSError as error:
        print(f"schema: --out: {arguments.out} cannot be written ({error.strerror})",
              file=sys.stderr)  # fmt: skip
        return BAD_USAGE
    return DONE


def address_of(out: Path | None) -> str:
    """Return the address of the schema: of a file that was written, or of the installed one."""
    return (out or SCHEMA_FILE).resolve().as_uri()
