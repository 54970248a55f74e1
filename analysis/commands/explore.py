"""The command ``explore``: the simulation as one page that answers, as a file or from a server."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.commands.usage import BAD_USAGE, number

PERSONS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add = parser.add_argument
    add("scenarios", nargs="*", metavar="SCENARIO",
        help="scenarios with policies: files, or names of bundled ones")  # fmt: skip
    add("--export", type=Path, metavar="FILE.html",
        help="write one file that needs no server and no network")  # fmt: skip
    add("--levels", action="store_true",
        help="with --export: hold tables at several levels of minutes and adherence, between which "
             "the page interpolates (default: factors fitted to such tables)")  # fmt: skip
    add("--aggregate", action="store_true",
        help="with --export, of a scenario with microdata: hold only cells of at least ten "
             "respondents, nothing about a single one")  # fmt: skip
    add("--persons", type=number("persons"), default=PERSONS, metavar="N",
        help=f"persons in the table (default {PERSONS})")  # fmt: skip
    add("--years", metavar="N", help="years to simulate (default: the scenario's)")
    add("--seed", metavar="S", help="seed of the random numbers (default: the scenario's)")
    add("--threads", type=number("threads"), metavar="N",
        help="threads (default: one per processor)")  # fmt: skip
    add("--out", type=Path, default=Path("results"), metavar="DIR",
        help="where runs that the page asks for go: DIR/NAME/ (default: results)")  # fmt: skip
    add("--no-browser", action="store_true", help="print the address and open nothing")
    add("--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE", dest="settings",
        help="override a scenario key or an evidence entry")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code: 2 where something that is asked is wrong."""
    from analysis.commands.explore_scenarios import asked_for, export, serve

    scenarios, problems = asked_for(arguments)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return BAD_USAGE
    for scenario in scenarios:
        for warning in scenario.warnings:
            print(f"warning: {scenario.name}: {warning}", file=sys.stderr)
    try:
        return (serve if arguments.export is None else export)(scenarios, arguments)
    except ValueError as error:  # too few people, or years, for a table
        print(f"explore: {error}", file=sys.stderr)
        return BAD_USAGE
