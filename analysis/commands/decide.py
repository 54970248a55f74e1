"""The command ``decide``: the best use of a budget over policies and groups of people."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abm.limits import Number, spaced
from abm.running.folders import claimed, folder_problems
from abm.running.output import FolderError
from analysis.commands.memory import memory_problem
from analysis.commands.usage import BAD_USAGE, DONE, FAILED, number

if TYPE_CHECKING:
    from abm.scenario.parts import Scenario

PERSONS = 14_000  # five policies then take less than 20 s of two idle processors
FOLDER = "decision"
FEWEST = 1_000  # of fewer, groups of both halves are too small to judge
MONEY = Number(0.0, 1e15, "money for the whole run")
WORTH = Number(0.0, 1e12, "money for a QALY")
BYTES_PER_PERSON = 4_000  # of each policy, kept between calls


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add = parser.add_argument
    add("scenarios", nargs="*", metavar="SCENARIO",
        help="scenario files or names; their policies compete for the budget")  # fmt: skip
    add("--budget", required=True, type=number("budget", MONEY), metavar="N",
        help="intervention cost that may be spent in the whole run (not in a year), discounted to "
        "its start, in the currency of the place: for the people whom the scenarios represent, "
        "else for 100 000 persons, newcomers counted")  # fmt: skip
    add("--threshold", type=number("threshold", WORTH), metavar="T",
        help="what a QALY is worth (default: the lowest threshold of the place)")  # fmt: skip
    add("--draws", type=number("draws"), default=0, metavar="K",
        help="draws of the uncertain parameters, for the probability that each offer pays")
    add("--persons", type=number("persons"), default=PERSONS, metavar="N",
        help=f"persons to simulate; one half chooses, the other values (default {spaced(PERSONS)})")
    add("--years", metavar="N", help="years to simulate (default: the scenarios')")
    add("--seed", metavar="S", help="seed of the random numbers (default: the scenarios')")
    add("--out", type=Path, default=Path("results"), metavar="DIR",
        help="report.html, allocation.csv, totals.csv and groups.csv go to DIR/decision/ "
        "(default: results)"
    )  # fmt: skip
    add("--threads", type=number("threads"), metavar="N",
        help="threads (default: one per processor)")  # fmt: skip
    add("--fresh", action="store_true", help="forget what earlier calls have finished")
    add("--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE", dest="settings",
        help="override a key of all scenarios, or an evidence entry")  # fmt: skip
    add("--microdata", type=Path, metavar="FILE", help="survey to take the people from")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code: 2 where what is asked for cannot be done."""
    scenarios, problems = _requested(arguments)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return BAD_USAGE
    if problem := memory_problem():
        print(f"run.py: {problem}", file=sys.stderr)
        return BAD_USAGE
    from abm.running.queue import TasksFailed
    from abm.scenario.text import ScenarioError
    from analysis.commands.compiling import compile_now
    from analysis.commands.decide_budget import NoGroups, decide, demand

    if problem := memory_problem(demand(scenarios)):
        print(f"run.py: {problem}", file=sys.stderr)
        return BAD_USAGE
    try:
        with claimed(arguments.out / FOLDER) as folder:
            compile_now()
            decide(scenarios, arguments, folder)
    except FolderError as error:
        print(f"--out: {error}", file=sys.stderr)
        return BAD_USAGE
    except (ScenarioError, NoGroups) as error:  # what only calibration or the people find out
        print(error, file=sys.stderr)
        return BAD_USAGE
    except TasksFailed as error:
        print(f"run.py: {error}", file=sys.stderr)
        return FAILED
    return DONE


def _requested(arguments: argparse.Namespace) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios, and everything that is wrong with what is asked for."""
    from analysis.commands.request import loaded, sorted_out
    from analysis.commands.sweep import variants_of
    from analysis.decision.budget_request import problems_of

    names, settings = sorted_out(arguments.scenarios, arguments.settings)
    given = {key: getattr(arguments, key) for key in ("persons", "years", "seed")}
    options = {key: str(value) for key, value in given.items() if value is not None}
    microdata = arguments.microdata
    variants, problems = variants_of(settings, options, microdata)
    scenarios, wrong = loaded(names, variants, options, microdata) if variants else ([], [])
    problems += [*wrong, *problems_of(scenarios)]
    if arguments.persons < FEWEST:
        problems.append(f"--persons is {arguments.persons}, must be at least {FEWEST}: groups of "
                        "either half would be too small to judge")  # fmt: skip
    policies = sum(len(each.policies) for each in scenarios)
    needed = policies * arguments.persons * BYTES_PER_PERSON
    problems += folder_problems({arguments.out / FOLDER: needed})
    return scenarios, list(dict.fromkeys(problems))
