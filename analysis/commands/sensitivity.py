"""The command ``sensitivity``: which inputs drive the answers of a scenario.

Also ``python -m analysis.sensitivity``. This module serves ``--help`` and reads the scenarios, so
it stays light: Numba, pandas, matplotlib and SALib take seconds to load, and come with
:mod:`analysis.sensitivity.request` once there is a study to make.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import abm
from abm.limits import SEED_OF_STUDY
from abm.running.output import FolderError
from analysis.commands.usage import BAD_USAGE, DONE, FAILED, number
from analysis.sensitivity.errors import RunError, StudyError

if TYPE_CHECKING:
    from abm.scenario.parts import Scenario

PERSONS = 20_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the sensitivity command to a parser."""
    add = parser.add_argument
    add("scenarios", metavar="SCENARIO", nargs="+",
        help="scenario files or names; several are also put side by side")  # fmt: skip
    add("--method", default="morris", metavar="METHOD",
        help="oat, morris (default), sobol, fast, rbd_fast, delta, pawn, dgsm or shapley"
    )  # fmt: skip
    add("--inputs", nargs="+", default=[], metavar="NAME",
        help="inputs by name, pattern (il6.*) or group; all uncertain ones otherwise")  # fmt: skip
    add("--top", type=number("top"), metavar="K",
        help="the K inputs that a Morris study in the same folder ranked first")  # fmt: skip
    add("--groups", action="store_true",
        help="move the inputs of a group together and give one index per group")  # fmt: skip
    add("--outputs", nargs="+", default=[], metavar="NAME",
        help="outputs by name or pattern (averted.*, level.incidence.stroke)")  # fmt: skip
    add("--samples", type=number("samples"), metavar="N",
        help="samples of the method; a power of two where it matters")  # fmt: skip
    add("--persons", type=number("persons"), default=PERSONS, metavar="N",
        help=f"simulated persons per run (default {PERSONS})")  # fmt: skip
    add("--years", type=number("years"), metavar="N", help="years to simulate")
    add("--seed", type=number("seed", SEED_OF_STUDY), default=1, metavar="S",
        help="seed of sampling and of every run (default 1)")  # fmt: skip
    add("--seed-factor", action="store_true",
        help="let the seed be one of the inputs: its index is the share of Monte Carlo error"
    )  # fmt: skip
    add("--dummy", action="store_true", help="add an input that has no effect")
    add("--independent-seeds", action="store_true",
        help="give every run its own seed instead of common random numbers")  # fmt: skip
    add("--second-order", action="store_true",
        help="sobol: also the shares of pairs (doubles the runs)")  # fmt: skip
    add("--out", default="results", metavar="DIR",
        help="results go to DIR/SCENARIO/sensitivity (default results)")  # fmt: skip
    add("--threads", type=number("threads"), default=os.cpu_count() or 1, metavar="N",
        help="runs at a time (default: all processors)")  # fmt: skip
    add("--set", action="append", default=[], metavar="KEY=VALUE",
        help="override a scenario key or an evidence entry")  # fmt: skip
    add("--microdata", metavar="FILE",
        help="survey to take the people from, wherever it lies")  # fmt: skip
    add("--list", action="store_true",
        help="list methods, inputs and outputs, and run nothing")  # fmt: skip
    add("--dry-run", action="store_true",
        help="check everything, say how many runs it takes, and run nothing")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    try:
        _study(_scenarios(arguments), arguments)
        return DONE
    except StudyError as error:
        print(error, file=sys.stderr)
        return FAILED if isinstance(error, RunError) else BAD_USAGE
    except KeyboardInterrupt:
        print("\nfinished runs are saved; the same command continues", file=sys.stderr)
        raise
    except abm.ScenarioError as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    except FolderError as error:
        print(f"--out: {error}", file=sys.stderr)
        return BAD_USAGE


def _study(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> None:
    """Check the studies of all scenarios before any is run."""
    from analysis.commands.compiling import compile_now
    from analysis.sensitivity.request import carry_out, checked, print_lists

    requests = [checked(scenario, arguments) for scenario in scenarios]
    if arguments.list:
        for scenario in scenarios:
            print_lists(scenario)
        return
    compile_now()
    carry_out(requests, arguments)


def _scenarios(arguments: argparse.Namespace) -> list[Scenario]:
    """Return the scenarios to study; refuse options and scenarios that do not go together."""
    if problems := list(_wrong_options(arguments)):
        raise StudyError(problems)
    years = [] if arguments.years is None else [f"years={arguments.years}"]
    scenarios = [
        abm.load_scenario(name, [*arguments.set, *years], microdata=arguments.microdata)
        for name in arguments.scenarios
    ]
    names = [scenario.name for scenario in scenarios]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError([f"{name}: given twice; its results would mix" for name in repeated])
    return scenarios


def _wrong_options(arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.top is not None and arguments.inputs:
        yield "--top and --inputs both choose inputs; give one of them"
    if arguments.seed_factor and arguments.independent_seeds:
        yield "--seed-factor and --independent-seeds both set the seeds; give one"
