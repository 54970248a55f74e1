"""The command ``check``: what must hold for a scenario of a user's own, tried out on it."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abm.running.folders import claimed, folder_problems
from abm.running.output import FolderError
from analysis.commands.formats import add_formats, in_csv, in_json
from analysis.commands.usage import BAD_USAGE, DONE, FAILED

if TYPE_CHECKING:
    from abm.scenario.parts import Scenario

log = logging.getLogger(__name__)

PERSONS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add = parser.add_argument
    add("scenario", metavar="SCENARIO", help="a scenario file or bundled name")
    add_formats(parser)
    add("--persons", metavar="N", help=f"persons to try it on (default {PERSONS})")
    add("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings",
        help="override a scenario key or an evidence entry")  # fmt: skip
    add("--microdata", type=Path, metavar="FILE",
        help="survey to take the people from, wherever it lies")  # fmt: skip
    add("--out", type=Path, metavar="DIR", default=Path("results"),
        help="DIR/NAME/check.html is written")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Check a scenario, print the findings and write their page; 1 if one of them failed."""
    from abm.running.setup import set_up
    from abm.scenario.text import ScenarioError
    from abm.scenario.warnings import added_in_words
    from analysis.commands.request import loaded
    from analysis.commands.run_scenarios import warn_of_nobody
    from analysis.commands.sweep import Variant

    sizes = {"persons": arguments.persons or str(PERSONS)}
    variant = Variant(tuple(arguments.settings))
    scenarios, problems = loaded([arguments.scenario], [variant], sizes, arguments.microdata)
    problems += folder_problems({arguments.out / each.name: 0 for each in scenarios})
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return BAD_USAGE
    (scenario,) = scenarios
    for warning in scenario.warnings:
        log.warning("%s: %s", scenario.name, warning)
    for note in added_in_words(scenario):
        _tell(arguments, f"{scenario.name}: {note}")
    try:
        warn_of_nobody([scenario])
        for note in set_up(scenario, pathways=False).notes:
            if note not in scenario.warnings:
                log.warning("%s: %s", scenario.name, note)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    try:
        with claimed(arguments.out / scenario.name) as folder:
            return _checked(scenario, folder, arguments)
    except FolderError as error:
        print(f"--out: {error}", file=sys.stderr)
        return BAD_USAGE


def _tell(arguments: argparse.Namespace, text: str) -> None:
    """Print what is for people; beside a table for programs it is a remark."""
    if arguments.json or arguments.csv:
        log.info(text)
    else:
        print(text, flush=True)


def _checked(scenario: Scenario, folder: Path, arguments: argparse.Namespace) -> int:
    from analysis.selfcheck.checks import check
    from analysis.selfcheck.page import write_page

    findings = []
    for finding in check(scenario):
        _tell(arguments, f"{finding.verdict:>14}  {finding.name}: {finding.figures}")
        findings.append(finding)
    failed = sum(finding.passed is False for finding in findings)
    whole = f"{len(findings) - failed} of {len(findings)} hold or do not apply"
    _tell(arguments, f"{scenario.name}: {whole}")
    _tell(arguments, str(write_page(scenario, findings, folder)))
    rows = [
        {"check": each.name, "verdict": each.verdict, "figures": each.figures} for each in findings
    ]
    if arguments.json or arguments.csv:
        print(in_json(rows) if arguments.json else in_csv(rows))
    return FAILED if failed else DONE
