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
from analysis.explore.cells import few_in_a_band
from analysis.explore.fit import fitted_to, tables_needed, tables_of_levels
from analysis.explore.further_tables import FurtherTables
from analysis.explore.levels import levels_of
from analysis.explore.page_of import render
from analysis.explore.proper_run import ProperRun
from analysis.explore.server import PageServer, Served
from analysis.explore.shown import Shown, shown, shown_in_cells
from analysis.explore.wishes import FreshRuns, to_run

SIZES = ("years", "seed")


def asked_for(arguments: argparse.Namespace) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios that are asked for, and all problems of the request."""
    names, settings = sorted_out(arguments.scenarios, arguments.settings)
    given = {key: getattr(arguments, key) for key in SIZES}
    sizes = {key: value for key, value in given.items() if value is not None}
    variants, problems = variants_of(settings, sizes)
    scenarios, wrong = loaded(names, variants, sizes) if variants else ([], [])
    problems = [*problems, *wrong]
    for scenario in scenarios:
        problems += _problems_of(scenario, arguments)
    return scenarios, [*problems, *_alone(arguments), *_no_file(arguments.export)]


def _alone(arguments: argparse.Namespace) -> list[str]:
    """Say what is asked for that only a file has."""
    if arguments.levels and not arguments.export:
        return ["--levels: is for a file (--export); a served page simulates what is asked"]
    if arguments.aggregate and not arguments.export:
        return ["--aggregate: is for a file (--export); a served page stays on this computer"]
    if arguments.aggregate and arguments.levels:
        return ["--levels: holds single persons; must be left out with --aggregate"]
    return []


def _problems_of(scenario: Scenario, arguments: argparse.Namespace) -> list[str]:
    if not scenario.policies:
        return [f"{scenario.name} has no policies, so there is nothing to explore"]
    surveyed = scenario.population.microdata is not None
    if arguments.export and surveyed and not arguments.aggregate:
        return [
            f"--export: {scenario.name} has microdata, and a file that answers must not publish a "
            "survey; add --aggregate, so that it holds only cells of at least ten respondents, or "
            "explore it without --export, on this computer"
        ]
    if arguments.aggregate and not surveyed:
        return [f"--aggregate: {scenario.name} has no microdata; must be left out"]
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
    needed = tables_needed() + (tables_of_levels() if arguments.levels else 0)
    with Progress(needed, f"{title}: minutes and adherence") as progress:
        further = FurtherTables(table, threads, lambda: progress.advance(1))
        fit = fitted_to(further)
        levels = levels_of(further, fit) if arguments.levels else None
    if not arguments.aggregate:
        return shown(table, fit, scenario.persons, levels)
    told = None if fit is None or few_in_a_band(further.unchanged) else fit
    return shown_in_cells(table, told, scenario.persons)


def _starts(scenario: Scenario, end: int | None) -> list[int]:
    """Return the years from the start of the run in which the policy may take people on."""
    after = scenario.start_year + scenario.years
    return list(range(scenario.start_year, min(end or after, after)))


def serve(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> int:
    """Serve the page until it is ended, or nobody has asked for long; return the exit code."""
    policies = policies_of(scenarios, arguments)
    fresh = FreshRuns([each.table for each in policies], arguments.threads)
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
