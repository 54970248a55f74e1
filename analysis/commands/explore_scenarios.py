"""What ``explore`` makes of its scenarios: tables, fits, and the page as a file or served."""

from __future__ import annotations

import argparse
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from abm.running.effects_table import effects_table
from abm.running.output import write_whole
from abm.running.progress import Progress
from abm.scenario.parts import Scenario
from analysis.commands.compiling import compile_now
from analysis.commands.request import loaded, sorted_out
from analysis.commands.run_scenarios import warn_of_nobody
from analysis.commands.sweep import variants_of
from analysis.commands.usage import DONE
from analysis.explore.fit import fit_of, tables_needed
from analysis.explore.page_of import render
from analysis.explore.proper_run import ProperRun
from analysis.explore.server import PageServer, Served
from analysis.explore.shown import Shown, shown
from analysis.explore.wishes import FreshTables, to_run

SIZES = ("years", "seed")


def asked_for(arguments: argparse.Namespace) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios that are asked for, and all problems of the request."""
    names, settings = sorted_out(arguments.scenarios, arguments.settings)
    given = {key: getattr(arguments, key) for key in SIZES}
    sizes = {key: value for key, value in given.items() if value is not None}
    variants, problems = variants_of(settings)
    scenarios, wrong = loaded(names, variants, sizes) if variants else ([], [])
    problems = [*problems, *wrong]
    for scenario in scenarios:
        problems += _problems_of(scenario, arguments)
    return scenarios, problems + _no_file(arguments.export)


def _problems_of(scenario: Scenario, arguments: argparse.Namespace) -> list[str]:
    if not scenario.policies:
        return [f"{scenario.name} has no policies, so there is nothing to explore"]
    if arguments.export and scenario.population.microdata:
        return [
            f"--export: {scenario.name} has microdata, and a file that answers must not publish a "
            "survey; explore it without --export, on this computer"
        ]
    return []


def _no_file(path: Path | None) -> list[str]:
    """Say why a file cannot be written; nothing if it can, or none is asked for."""
    if path is None:
        return []
    if path.suffix.lower() not in (".html", ".htm"):
        return [f"--export: is '{path}'; must be the name of a file that ends with .html"]
    if path.is_dir():
        return [f"--export: {path} is a folder; must be a file"]
    if not path.parent.is_dir():
        return [f"--export: there is no folder {path.parent}; must be in a folder that is there"]
    return []


def export(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> int:
    """Write the page as one file, and return the exit code."""
    page = render(policies_of(scenarios, arguments)).encode("utf-8")
    write_whole(arguments.export, page)
    print(f"{arguments.export}: {len(page) / 1e6:.1f} MB; needs no server and no network")
    return DONE


def policies_of(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> list[Shown]:
    """Return all policies of the scenarios as the page shows them, one after the other."""
    compile_now()
    warn_of_nobody(scenarios, arguments.threads)
    return [
        _policy(scenario, place, arguments)
        for scenario in scenarios
        for place in range(len(scenario.policies))
    ]


def _policy(scenario: Scenario, place: int, arguments: argparse.Namespace) -> Shown:
    policy, threads, persons = scenario.policies[place], arguments.threads, arguments.persons
    starts = _starts(scenario, policy.end)
    title = f"{scenario.name}, {policy.name}"
    with Progress(persons * scenario.years, title) as progress:
        table = effects_table(
            scenario, policy=place, persons=persons, starts=starts, threads=threads,
            progress=progress.advance,
        )  # fmt: skip
    with Progress(tables_needed(), f"{title}: minutes and adherence") as progress:
        fit = fit_of(table, threads=threads, progress=lambda: progress.advance(1))
    return shown(table, fit, scenario.persons)


def _starts(scenario: Scenario, end: int | None) -> list[int]:
    """Return the years from the start of the run in which the policy may take people on."""
    after = scenario.start_year + scenario.years
    return list(range(scenario.start_year, min(end or after, after)))


def serve(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> int:
    """Serve the page until it is ended, or nobody has asked for long; return the exit code."""
    policies = policies_of(scenarios, arguments)
    fresh = FreshTables([each.table for each in policies], arguments.threads)
    proper = ProperRun(_this_program(), arguments.out)
    page = render(policies, server=True).encode("utf-8")
    served = Served(page, fresh, proper, lambda place, wish: to_run(policies[place].scenario, wish))
    with PageServer(served) as server:
        print(f"{server.address}\nthe page answers this computer alone, until Ctrl-C", flush=True)
        if not arguments.no_browser:
            threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        try:
            server.serve_forever()
        finally:
            proper.end()
    print("nobody has asked for an hour: ended")
    return DONE


def _this_program() -> list[str]:
    """Return the words that start this program again."""
    path = Path(sys.argv[0])
    return [sys.executable, *(["-m", "abm"] if path.name == "__main__.py" else [str(path)])]
