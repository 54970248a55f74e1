"""One shard of each scenario: simulated and kept, for a command that puts all shards together."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from abm.running.engines.base import EngineError
from abm.running.finished_work import FinishedWork
from abm.running.folders import claimed
from abm.running.not_kept import NotKeptError
from abm.running.output import FolderError
from abm.running.progress import Progress
from abm.running.queue import TasksFailed
from abm.running.shard import folder_of_shards
from abm.running.shards import Sharded, problems_of_shards, shards_in, simulate_shard
from abm.scenario.parts import Scenario
from analysis.commands.compiling import compile_now
from analysis.commands.request import place_of
from analysis.commands.telling import bar_stream
from analysis.commands.usage import BAD_USAGE, DONE, FAILED

log = logging.getLogger(__name__)


def run_shards(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> int:
    """Do one shard of each scenario, and return the exit code."""
    compile_now()
    for scenario in scenarios:
        try:
            with claimed(place_of(scenario, arguments)) as folder:
                _do_shard(scenario, folder, arguments)
        except FolderError as error:
            print(f"--out: {error}", file=sys.stderr)
            return BAD_USAGE
        except (TasksFailed, EngineError) as error:
            print(f"{arguments.program}: the shard failed: {error}", file=sys.stderr)
            return FAILED
    return DONE


def merge_problems(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> list[str]:
    """Return why the shards of these scenarios cannot be put together; nothing if they can."""
    problems = []
    for scenario in scenarios:
        sharded = Sharded(scenario, arguments.seeds, arguments.draws)
        found = problems_of_shards(sharded, folder_of_shards(arguments.out / scenario.name))
        problems += [f"--merge: {each}" for each in found]
    return problems


def what_to_shard_again(
    scenario: Scenario, arguments: argparse.Namespace, error: NotKeptError
) -> str:
    """Say which shards have to be run again, because what is theirs was not found."""
    folder = folder_of_shards(arguments.out / scenario.name)
    of = next(iter(shards_in(folder))).of
    sharded = Sharded(scenario, arguments.seeds, arguments.draws)
    doers = sharded.doers_of(of, error.seed, error.draw, error.slots)
    again = " and ".join(f"--shard {shard} --fresh" for shard in doers)
    return f"{folder}: {error} that can be used, and merging simulates nothing; run {again} again"


def _do_shard(scenario: Scenario, folder: Path, arguments: argparse.Namespace) -> None:
    kept = FinishedWork(folder, fresh=arguments.fresh)
    sharded = Sharded(scenario, arguments.seeds, arguments.draws)
    shard = arguments.shard
    try:
        person_years, title = sharded.person_years(shard), f"{scenario.name} {shard}"
        with Progress(person_years, title, bar_stream()) as progress:
            kept.found = progress.skip
            simulate_shard(
                sharded, shard, kept, engine=arguments.engine, threads=arguments.threads,
                progress=progress.advance,
            )  # fmt: skip
    except (KeyboardInterrupt, MemoryError, OSError):
        print(f"\n{scenario.name} {shard}: {kept.in_words()}", file=sys.stderr)
        raise
    for complaint in kept.complaints:
        log.warning("%s %s: %s", scenario.name, shard, complaint)
    parts = kept.entries_found + kept.entries_new
    print(f"{scenario.name}: shard {shard}, {parts} part{'s' * (parts != 1)}, in {folder}{os.sep}")
