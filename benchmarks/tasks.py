"""What people wait for, in this version and in another: evaluations of a study, and commands.

``benchmark --against COMMIT --tasks``. Each version brings its own scenarios and evidence. An
evaluation is one sample of a sensitivity study with new values for calibration, in a process that
stays; a command is ``run.py`` as it is typed, from the start of Python to the last file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import pandas as pd

from benchmarks.against import HERE, ROOT, Measured, Say, Version, checked_out, rounds_of, table

SCENARIO, INPUT = "walking_groups", "activity.median_dose.male"  # which calibration reads
PERSONS, QUICK_PERSONS = 20_000, 500
ROUNDS_OF_TASKS = 9
# By name: the words after the scenario
COMMANDS = {
    "1 000 persons, no figures": ("--persons", "1000", "--no-figures"),
    "1 000 persons, figures": ("--persons", "1000"),
    "100 000 persons, figures": ("--persons", "100000"),
    "100 000 persons, 20 draws": ("--persons", "100000", "--draws", "20"),
}
EVALUATIONS = ("calibration", "evaluation of effects", "evaluation of health and money")
# Answers each line (a number between 0 and 1) by the processor times of the three evaluations
EVALUATED = """
import importlib, inspect, json, sys, time
from abm import load_scenario
for place in ("analysis.sensitivity.scenario_study", "analysis.study_of_scenario"):
    try:
        study = importlib.import_module(place)
        break
    except ModuleNotFoundError:
        pass
scenario, persons, name = load_scenario(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
sized = study.with_sizes(scenario, persons=persons, years=None, seed=None)
inputs = study.inputs_of(scenario)
def evaluator(lifetimes):
    known = inspect.signature(study.evaluator).parameters
    wanted = {"lifetimes": lifetimes, "only_effects": True}
    return study.evaluator(scenario, persons, **{k: v for k, v in wanted.items() if k in known})
effects, worth = evaluator(False), evaluator(True)
def timed(function):
    wall, own = time.perf_counter(), time.process_time()
    function()
    return {"seconds": time.perf_counter() - wall, "processor_seconds": time.process_time() - own}
for line in sys.stdin:
    share = float(line)
    shares = [share + 1e-4 * k for k in range(3)]  # nothing is remembered from one to the next
    found = [
        timed(lambda: study.set_up(*study.sampled(sized, inputs, {name: shares[0]}))),
        timed(lambda: effects({name: shares[1]}, 1)),
        timed(lambda: worth({name: shares[2]}, 1)),
    ]
    print(json.dumps(found), flush=True)
"""


class Evaluated:
    """A process for each version that evaluates samples, one after the other."""

    def __init__(self, versions: tuple[Version, ...], persons: int) -> None:
        """Start the processes."""
        words = SCENARIO, str(persons), INPUT
        self._processes = {each.name: each.started(EVALUATED, *words) for each in versions}
        self._round = dict.fromkeys(self._processes, 0)

    def __enter__(self) -> Evaluated:
        """Load and compile what is yet to be, untimed."""
        for name in self._processes:
            self._asked(name)
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes."""
        for process in self._processes.values():
            process.communicate()

    def _asked(self, name: str) -> list[Measured]:
        process = self._processes[name]
        assert process.stdin and process.stdout
        process.stdin.write(f"{0.2 + 0.01 * (self._round[name] % 60)}\n")
        process.stdin.flush()
        self._round[name] += 1
        answer = process.stdout.readline()
        if not answer:
            raise subprocess.CalledProcessError(process.wait(), name)
        return list(json.loads(answer))

    def timed(self, version: Version) -> Measured:
        """Return the times of the three evaluations, by name, and of all together."""
        found = dict(zip(EVALUATIONS, self._asked(version.name), strict=True))
        own = {name: times["processor_seconds"] for name, times in found.items()}
        return {**own, "processor_seconds": sum(own.values())}


def command_timer(words: tuple[str, ...]) -> Callable[[Version], Measured]:
    """Return what runs a command of a version and returns its times."""

    def timed(version: Version) -> Measured:
        known = subprocess.run(
            [sys.executable, "run.py", "--help"], cwd=version.tree, capture_output=True, text=True
        ).stdout
        taken = [word for word in words if not word.startswith("--") or word in known]
        with tempfile.TemporaryDirectory() as folder:
            wall, own = time.perf_counter(), os.times()
            version.ran("run.py", SCENARIO, *taken, "--out", folder)
            wall, now = time.perf_counter() - wall, os.times()
        spent = now.children_user + now.children_system - own.children_user - own.children_system
        return {"seconds": wall, "processor_seconds": spent}

    return timed


def compare_tasks(commit: str, rounds: int, quick: bool, say: Say) -> pd.DataFrame:
    """Return the time of each task in this version and in a commit; medians over rounds.

    One row per task and version: ``scenario`` is the task; evaluations have processor times alone.
    """
    with checked_out(commit) as other:
        versions = (other, Version(HERE, ROOT))
        with Evaluated(versions, QUICK_PERSONS if quick else PERSONS) as evaluated:
            found = rounds_of(versions, evaluated.timed, rounds, say)
        tables = [
            table(name, [_only(each, name) for each in found], "processor_seconds")
            for name in EVALUATIONS
        ]
        for name, words in COMMANDS.items():
            if quick and "100000" in words:
                continue
            found = rounds_of(versions, command_timer(words), rounds, say)
            tables.append(table(name, found, "processor_seconds"))
        return pd.concat(tables, ignore_index=True)


def _only(round_: dict[str, Measured], name: str) -> dict[str, Measured]:
    """Return one evaluation's times of a round, by version."""
    return {
        version: {"seconds": times[name], "processor_seconds": times[name]}
        for version, times in round_.items()
    }
