"""The main command: each scenario against its baseline, with tables, figures and a report.

Everything that can be wrong is looked for before the first person is simulated.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abm.running.engines.named import check_name
from abm.running.shard import Shard, read_shard
from analysis.commands.memory import memory_problem
from analysis.commands.usage import BAD_USAGE, DONE, MOST_SEEDS, number

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from analysis.certainty.precision import Goal


def goal(text: str) -> Goal:
    """Return a precision to reach, such as 5% or deaths=5%."""
    from analysis.certainty.precision import read_goal

    try:
        return read_goal(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def engine(text: str) -> str:
    """Return the name of an engine that is there."""
    try:
        return check_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def shard(text: str) -> Shard:
    """Return a shard, such as 3/100."""
    try:
        return read_shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add = parser.add_argument
    add("scenarios", nargs="*", metavar="SCENARIO",
        help="scenario files, or names of bundled ones such as walking_groups")  # fmt: skip
    add("--persons", metavar="N", help="persons to simulate (default: the scenario's)")
    add("--years", metavar="N", help="years to simulate (default: the scenario's)")
    add("--seed", metavar="S", help="seed of the random numbers (default: the scenario's)")
    add("--seeds", type=number("seeds"), default=1, metavar="R",
        help="replicates: S, S+1, ... (narrows the Monte Carlo interval)")  # fmt: skip
    add("--draws", type=number("draws"), default=0, metavar="K",
        help="draws of the uncertain parameters besides the central values")  # fmt: skip
    add("--until", type=goal, action="append", default=[], metavar="SHARE",
        help="add seeds until the Monte Carlo interval is within this share of every effect (5%%) "
             "or of one (deaths=5%%)")  # fmt: skip
    add("--most-seeds", type=number("most_seeds"), default=MOST_SEEDS, metavar="N",
        help=f"seeds at which --until gives up (default {MOST_SEEDS})")  # fmt: skip
    add("--out", type=Path, default=Path("results"), metavar="DIR",
        help="results go to DIR/NAME/ (default: results)")  # fmt: skip
    add("--engine", type=engine, default="threads", metavar="ENGINE",
        help="where blocks of people are simulated: threads (default), processes or "
        "dask://HOST:PORT; results do not depend on it")  # fmt: skip
    add("--threads", type=number("threads"), metavar="N",
        help="threads or processes (default: one per processor)")  # fmt: skip
    add("--against", metavar="SCENARIO",
        help="what several scenarios are compared with instead of doing nothing; run with them")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--shard", type=shard, metavar="I/N",
        help="simulate only the I-th of N equal parts, kept in DIR/NAME.shards/")  # fmt: skip
    part.add_argument("--merge", action="store_true",
        help="put the shards in DIR/NAME.shards/ together; simulates nothing")  # fmt: skip
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true",
        help="go on with what an earlier run has finished (default)")  # fmt: skip
    start.add_argument("--fresh", action="store_true",
        help="forget what earlier runs have finished")  # fmt: skip
    add("--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE", dest="settings",
        help="override a scenario key (policies.walks.reach=0.5) or an evidence entry")  # fmt: skip
    add("--microdata", type=Path, metavar="FILE",
        help="survey to take the people from, wherever it lies")  # fmt: skip
    add("--no-figures", action="store_true",
        help="draw no figures: tables and report alone, sooner")  # fmt: skip
    add("--dry-run", action="store_true",
        help="check everything, say the expected time and memory, and write nothing")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code: 2 where a scenario or a folder is wrong."""
    from analysis.commands.request import requested, surveys_in_words

    scenarios, problems = requested(arguments)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return BAD_USAGE
    for scenario in scenarios:
        for warning in scenario.warnings:
            log.warning("%s: %s", scenario.name, warning)
    problem = memory_problem()
    if problem is None:
        from analysis.commands.forecast import demand, options_of

        demands = [demand(scenario, options_of(arguments)) for scenario in scenarios]
        problem = next(filter(None, map(memory_problem, demands)), None)
    if problem:
        print(f"{arguments.program}: {problem}", file=sys.stderr)
        return BAD_USAGE
    from abm.scenario.text import ScenarioError
    from analysis.commands.run_scenarios import print_forecasts, run_all

    for line in surveys_in_words(scenarios):
        print(line)
    try:
        if arguments.dry_run:
            print_forecasts(scenarios, arguments)
            return DONE
        if arguments.shard or arguments.merge:
            from analysis.commands.run_shards import merge_problems, run_shards

            if arguments.shard:
                return run_shards(scenarios, arguments)
            if problems := merge_problems(scenarios, arguments):
                print("\n".join(problems), file=sys.stderr)
                return BAD_USAGE
        return run_all(scenarios, arguments)
    except ScenarioError as error:  # what only calibration or a pilot finds out
        print(error, file=sys.stderr)
        return BAD_USAGE
