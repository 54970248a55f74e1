"""Run scenarios one after the other: with tables, figures and a report, and side by side."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

from abm.limits import spaced
from abm.population.misfits import BALANCED
from abm.results.result import Result
from abm.running.eligible import nobody_eligible
from abm.running.engines.base import EngineError
from abm.running.finished_work import FinishedWork
from abm.running.folders import claimed
from abm.running.not_kept import NotKeptError
from abm.running.output import (
    FAILURE,
    MANIFEST,
    FolderError,
    manifest_in,
    remove_file,
    write_whole,
)
from abm.running.progress import Progress, in_words
from abm.running.provenance import difference_of
from abm.running.queue import TasksFailed
from abm.running.setup import set_up
from abm.running.shard import folder_of_shards
from abm.running.shards import shards_in
from abm.running.simulate import simulate
from abm.scenario.parts import Scenario
from abm.scenario.vocabulary import COMPARISON
from abm.scenario.warnings import added_in_words
from analysis.certainty.precision import seeds_for
from analysis.commands.compiling import compile_now
from analysis.commands.forecast import forecast, options_of
from analysis.commands.request import (
    command_again,
    command_for_some,
    comparator_of,
    not_compared,
    sorted_out,
    will_be_compared,
    with_comparator,
)
from analysis.commands.run_results import effects_in_text, write_result
from analysis.commands.run_shards import what_to_shard_again
from analysis.commands.streams import loss_of
from analysis.commands.telling import bar_stream
from analysis.commands.usage import BAD_USAGE, DONE, FAILED
from analysis.decision.options import NOTHING
from analysis.decision.tables import decision_tables
from analysis.report.comparison import Run, compare_runs
from analysis.words import joined

log = logging.getLogger(__name__)

DEFAULT_PRECISION = 0.05  # of every effect, for which the seeds needed are named


def run_all(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> int:
    """Claim every folder, run the scenarios one after the other, and return the exit code.

    A scenario of which a part fails does not keep the others from being run.
    """
    finished: dict[str, Run] = {}
    with ExitStack() as claims:
        try:
            folders = [claims.enter_context(claimed(arguments.out / s.name)) for s in scenarios]
            if will_be_compared(scenarios):
                claims.enter_context(claimed(arguments.out / COMPARISON))
        except FolderError as error:
            print(f"--out: {error}", file=sys.stderr)
            return BAD_USAGE
        compile_now()
        warn_of_nobody(scenarios, arguments.threads)
        try:
            for scenario, folder in zip(scenarios, folders, strict=True):
                done = _attempted(scenario, folder, arguments)
                if done is not None:
                    finished[scenario.name] = done
            _warn_of_rates(finished)
            if left_out := not_compared(scenarios):
                log.warning(left_out)
            compared = {name: done for name, done in finished.items() if "averted" in done.effects}
            against = _comparator(scenarios, arguments)
            _compare(
                compared, arguments.out / COMPARISON, figures=not arguments.no_figures,
                against=against,
            )  # fmt: skip
        except EngineError:
            _tell_how_to_go_on(scenarios, finished, arguments)
            return FAILED
        except (KeyboardInterrupt, MemoryError, OSError):
            _tell_how_to_go_on(scenarios, finished, arguments)
            raise
    return DONE if len(finished) == len(scenarios) else FAILED


def _warn_of_rates(finished: Mapping[str, Run]) -> None:
    """Warn of rates that were balanced in draws: once for all scenarios of which it is the same."""
    concerned: dict[str, list[str]] = {}
    for name, done in finished.items():
        for note in done.manifest.get("warnings", ()):
            if BALANCED in note:
                concerned.setdefault(note, []).append(name)
    for note, names in concerned.items():
        log.warning("%s: %s", joined(names), note)


def _tell_how_to_go_on(
    scenarios: Sequence[Scenario], finished: Iterable[str], arguments: argparse.Namespace
) -> None:
    """Say which of several scenarios are finished, and the commands for the rest and for all."""
    done = [each.name for each in scenarios if each.name in finished]
    left = [each.name for each in scenarios if each.name not in finished]
    if not done:
        return
    for name in done:
        print(f"{name}: finished, and whole in {arguments.out / name}{os.sep}", file=sys.stderr)
    if left:
        places = [i for i, each in enumerate(scenarios) if each.name in left]
        print(f"not finished: {', '.join(left)}; to run only what is left: "
              f"{command_for_some(arguments, places)}", file=sys.stderr)  # fmt: skip
    if will_be_compared(scenarios):
        again = command_for_some(arguments, range(len(scenarios)))
        print(f"not compared; to run all, with what is kept of each, and compare: {again}",
              file=sys.stderr)  # fmt: skip


def warn_of_nobody(scenarios: Iterable[Scenario], threads: int | None = None) -> None:
    """Warn of policies for which nobody is eligible, before anything is run.

    Raises
    ------
    ScenarioError
        If a scenario turns out to be one that cannot be run.
    """
    for scenario in scenarios:
        set_up(scenario, pathways=False)  # refuses what only calibration or a pilot finds out
        for sentence in nobody_eligible(scenario, threads):
            log.warning("%s: %s", scenario.name, sentence)


def _attempted(scenario: Scenario, folder: Path, arguments: argparse.Namespace) -> Run | None:
    """Run one scenario; if it fails, say why and with what the same command would go on."""
    shards = shards_in(folder_of_shards(folder)).values() if arguments.merge else ()
    kept = FinishedWork(folder, fresh=arguments.fresh, shards=shards)
    kept.all_is_kept = arguments.merge
    try:
        return _run(scenario, folder, arguments, kept)
    except NotKeptError as error:
        for line in [*kept.complaints, what_to_shard_again(scenario, arguments, error)]:
            print(f"--merge: {line}", file=sys.stderr)
    except (TasksFailed, EngineError) as error:
        print(f"{arguments.program}: the run failed: {error}\n{scenario.name}: {kept.in_words()}",
              file=sys.stderr)  # fmt: skip
        if isinstance(error, EngineError):
            raise
    except (KeyboardInterrupt, MemoryError, OSError):
        print(f"\n{scenario.name}: {kept.in_words()}", file=sys.stderr)
        raise
    except Exception as error:  # a fault of the program: the other scenarios are still wanted
        write_whole(folder / FAILURE, traceback.format_exc().encode())
        print(f"{arguments.program}: {scenario.name} failed: {type(error).__name__}: {error}; the "
              f"details are in {folder / FAILURE}\n{scenario.name}: {kept.in_words()}",
              file=sys.stderr)  # fmt: skip
    return None


def _comparator(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> str:
    """Return the name of what scenarios are compared with."""
    if not arguments.against:
        return NOTHING
    names, _ = sorted_out(arguments.scenarios, arguments.settings)
    return comparator_of(scenarios, with_comparator(names, arguments.against), arguments.against)


def _compare(finished: dict[str, Run], folder: Path, *, figures: bool, against: str) -> None:
    """Put the effects of several scenarios side by side, as tables and, if wanted, a figure."""
    if len(finished) < 2:
        return
    try:
        text, warning, _ = compare_runs(finished, folder, figures=figures, against=against)
    except ValueError as error:  # it has no costs in this currency, or failed
        print(f"warning: {error}", file=sys.stderr)
        text, warning, _ = compare_runs(finished, folder, figures=figures)
    if warning:
        log.warning(warning)
    drawn = " and a figure" if figures else ""
    _print_results(text, folder, f"report.html, league_table.csv, the same as a table{drawn}")


def _print_results(text: str, folder: Path, files: str) -> None:
    """Print results and where they lie; that goes to standard error if the text is lost."""
    print(text)
    print(f"{folder}{os.sep}: {files}")
    if loss_of(sys.stdout):
        print(f"{folder}{os.sep}: finished, and whole on the disk", file=sys.stderr)


def _run(
    scenario: Scenario, folder: Path, arguments: argparse.Namespace, kept: FinishedWork
) -> Run:
    """Run one scenario, write what it gives, print its effects, and return them."""
    remove_file(folder / FAILURE)
    for note in earlier_results(folder):
        log.warning("%s: %s", scenario.name, note)
    result = _simulated(scenario, arguments, kept)
    _tell_of_finished_work(kept, scenario.name)
    for note in result.manifest["warnings"]:
        if note not in scenario.warnings and BALANCED not in note:
            log.warning("%s: %s", scenario.name, note)
    result.manifest["command"] = command_again(arguments)
    result.manifest["units"] = {"lived": kept.entries_new, "from_before": kept.entries_found}
    precision = min((goal.share for goal in arguments.until), default=DEFAULT_PRECISION)
    figures = not arguments.no_figures
    with _figures_begun(result, figures) as drawing:  # beside what follows
        decided = decision_tables(result)
        written = write_result(
            result, folder, precision, figures=figures, decided=decided, drawing=drawing
        )
    text = effects_in_text(result, *written)
    files = "report.html, effects.csv, outcomes.parquet, manifest.json"
    _print_results(text, folder, f"{files}, figures" if figures else files)
    if size := kept.bytes_on_disk:
        print(f"{folder / 'finished'}{os.sep}: {size / 1e6:.1f} MB of finished work, for "
              "more seeds, draws or persons; may be deleted")  # fmt: skip
    tables = {name: table for name, table in decided.items() if table is not None}
    if tables:
        tables |= {
            "effects.csv": result.effects, "group_effects.csv": result.group_effects,
            "participation.csv": result.participation, "economics.csv": result.economics,
            "budget_impact.csv": result.budget_impact,
            **({} if result.equity is None else {"equity.csv": result.equity}),
        }  # fmt: skip
    return Run(result.effects, result.draw_effects, result.manifest, tables)


def _figures_begun(result: Result, wanted: bool) -> AbstractContextManager[Any]:
    """Begin to draw the figures of a run, if any are; without, the libraries are not loaded."""
    if not wanted:
        return nullcontext()
    from analysis.plots.files import begun_figures

    return begun_figures(result)


def earlier_results(folder: Path) -> list[str]:
    """Return what is said of results that another version of the program left in a folder."""
    path = folder / MANIFEST
    if not path.exists():
        return []
    manifest = manifest_in(folder)
    versions = manifest.get("versions")
    if not isinstance(versions, dict):
        return [f"{path}: damaged; the results beside it are run again and replaced"]
    sources = manifest.get("sources_hash", "unknown")
    by = difference_of({**versions, "sources": sources})
    return [f"{path}: written by {by}; its results are run again and replaced"] if by else []


def _simulated(scenario: Scenario, arguments: argparse.Namespace, kept: FinishedWork) -> Result:
    """Run one scenario with all its seeds and draws, and show how far it is."""
    runs = arguments.seeds * (arguments.draws + 1)
    years = scenario.persons * scenario.years
    with Progress(years * runs, scenario.name, bar_stream()) as progress:
        kept.found = progress.skip

        def tell(sentence: str, added: int) -> None:
            progress.total += years * added
            log.info("%s: %s", scenario.name, sentence)

        wanted, most = arguments.until, arguments.most_seeds
        return simulate(
            scenario,
            seeds=arguments.seeds,
            draws=arguments.draws,
            threads=arguments.threads,
            more_seeds=seeds_for(wanted, most, tell) if wanted else None,
            engine=arguments.engine,
            finished_work=kept,
            progress=progress.advance,
        )


def _tell_of_finished_work(kept: FinishedWork, name: str) -> None:
    """Say what was there from before, and what of it could not be used."""
    if kept.entries_found:
        parts = kept.entries_found + kept.entries_new
        found = f"{kept.entries_found} of {parts} parts were finished before"
        log.info("%s: %s", name, found)
    for complaint in kept.complaints:
        log.warning("%s: %s", name, complaint)


def _worlds(number: int) -> str:
    """Return how many worlds a run simulates, and which.

    Examples
    --------
    >>> _worlds(3), _worlds(1)
    ('3 worlds (baseline, policy, and policy with IL-6 held at its baseline)', '1 world (baseline)')
    """
    names = ("baseline", "policy", "and policy with IL-6 held at its baseline")
    if number == 2:
        return "2 worlds (baseline and policy)"
    return f"{number} world{'s' if number > 1 else ''} ({', '.join(names[:number])})"


def print_forecasts(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> None:
    """Say how long each scenario will take and how much memory, from a small trial."""
    compile_now()
    warn_of_nobody(scenarios, arguments.threads)
    for scenario in scenarios:
        expected = forecast(scenario, options_of(arguments))
        print(
            f"{scenario.name}: {spaced(scenario.persons)} persons, {scenario.years} years, "
            f"{_worlds(expected.worlds)}, "
            f"{expected.runs} run{'s' if expected.runs > 1 else ''}: "
            f"{'at least ' if arguments.until else ''}about {in_words(expected.seconds)} and "
            f"{expected.memory_bytes / 1e6:.0f} MB of memory"
        )
        for note in added_in_words(scenario):
            print(f"{scenario.name}: {note}")
        for note in expected.notes:
            if note not in scenario.warnings:  # those have been said
                log.warning("%s: %s", scenario.name, note)
