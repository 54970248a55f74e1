"""Command line of the sensitivity study: one scenario, one method, the paired effect.

Run as ``run.py sensitivity SCENARIO --method METHOD`` or ``python -m analysis.sensitivity``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.sensitivity.errors import RunError, StudyError

if TYPE_CHECKING:
    import pandas as pd

    from abm.scenario.parts import Scenario
    from analysis.sensitivity.study import Plan, Study

PERSONS = 20_000
PROBE_PERSONS = 200
DONE, FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130


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
    add("--top", type=int, metavar="K",
        help="the K inputs that a Morris study in the same folder ranked first")  # fmt: skip
    add("--groups", action="store_true",
        help="move the inputs of a group together and give one index per group")  # fmt: skip
    add("--outputs", nargs="+", default=[], metavar="NAME",
        help="outputs by name or pattern (averted.*, level.incidence.stroke)")  # fmt: skip
    add("--samples", type=int, metavar="N",
        help="samples of the method; a power of two where it matters")  # fmt: skip
    add("--persons", type=int, default=PERSONS, metavar="N",
        help=f"simulated persons per run (default {PERSONS})")  # fmt: skip
    add("--years", type=int, metavar="N", help="years to simulate")
    add("--seed", type=int, default=1, metavar="S",
        help="seed of sampling and of every run (default 1)")  # fmt: skip
    add("--seed-factor", action="store_true",
        help="let the seed be one of the inputs: its index is the noise's share")  # fmt: skip
    add("--dummy", action="store_true", help="add an input that has no effect")
    add("--independent-seeds", action="store_true",
        help="give every run its own seed instead of common random numbers")  # fmt: skip
    add("--second-order", action="store_true",
        help="sobol: also the shares of pairs (doubles the runs)")  # fmt: skip
    add("--out", default="results", metavar="DIR",
        help="results go to DIR/SCENARIO/sensitivity (default results)")  # fmt: skip
    add("--threads", type=int, default=os.cpu_count() or 1, metavar="N",
        help="runs at a time (default: all processors)")  # fmt: skip
    add("--set", action="append", default=[], metavar="KEY=VALUE",
        help="override a scenario key or an evidence entry")  # fmt: skip
    add("--list", action="store_true",
        help="list methods, inputs and outputs, and run nothing")  # fmt: skip
    add("--dry-run", action="store_true",
        help="check everything, say how many runs it takes, and run nothing")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the sensitivity command and return its exit code."""
    try:
        _study_all(arguments)
        return DONE
    except StudyError as error:
        print(error, file=sys.stderr)
        return FAILED if isinstance(error, RunError) else BAD_USAGE
    except KeyboardInterrupt:
        print("\ninterrupted: finished runs are saved; the same command continues", file=sys.stderr)
        return INTERRUPTED
    except ValueError as error:
        from abm.scenario.text import ScenarioError

        if not isinstance(error, ScenarioError):
            raise
        print(error, file=sys.stderr)
        return BAD_USAGE


def _study_all(arguments: argparse.Namespace) -> None:
    """Check every scenario's study before the first runs, then run one after the other."""
    scenarios = [_load(name, arguments) for name in arguments.scenarios]
    names = [scenario.name for scenario in scenarios]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError([f"{name}: given twice; its results would mix" for name in repeated])
    ready = [_prepared(scenario, arguments) for scenario in scenarios]
    if arguments.list or arguments.dry_run:
        return
    studies = {scenario.name: _studied(scenario, *made, arguments)
               for scenario, made in zip(scenarios, ready, strict=True) if made}  # fmt: skip
    if len(studies) > 1:
        from analysis.sensitivity.comparison import write_comparison

        folder = Path(arguments.out) / "comparison" / f"sensitivity_{arguments.method}"
        write_comparison(studies, folder)
        print(f"{folder}: the scenarios side by side")


def _prepared(scenario: Scenario, arguments: argparse.Namespace) -> tuple[Plan, list[str]] | None:
    """Check a scenario's study, say what it will take, and return its plan and outputs."""
    from analysis.commands.compiling import compile_now
    from analysis.sensitivity.outputs import chosen_outputs, output_names
    from analysis.sensitivity.scenario_study import identity_of

    folder = _folder(scenario, arguments)
    available, outputs, problems = output_names(scenario), [], []
    try:
        outputs = chosen_outputs(available, arguments.outputs)
    except StudyError as error:
        problems += error.problems
    plan, warnings = _plan(scenario, arguments, folder, problems)
    if folder.exists():
        from analysis.sensitivity.finished_runs import finished_runs

        with finished_runs(folder, identity_of(scenario, arguments.persons)):
            pass  # refuses a folder of another study at once
    if arguments.list:
        _print_lists(scenario, sorted(available))
        return None
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    compile_now()
    _announce(plan, scenario, outputs, arguments)
    return plan, outputs


def _folder(scenario: Scenario, arguments: argparse.Namespace) -> Path:
    return Path(arguments.out) / scenario.name / "sensitivity"


def _studied(
    scenario: Scenario, plan: Plan, outputs: Sequence[str], arguments: argparse.Namespace
) -> Study:
    """Run a study, write what it found, and print it in words."""
    from analysis.sensitivity.scenario_study import evaluator, identity_of
    from analysis.sensitivity.study import run_study

    folder = _folder(scenario, arguments)
    study = run_study(
        plan,
        evaluator(scenario, arguments.persons, pathways=_pathways(outputs)),
        outputs,
        folder=folder,
        identity=identity_of(scenario, arguments.persons),
        threads=arguments.threads,
        progress=sys.stderr,
        title=scenario.name,
    )
    print(_write(study, folder / plan.method))
    return study


def _pathways(outputs: Sequence[str]) -> bool:
    """Return whether an output needs the world in which policies do not reach IL-6."""
    from analysis.sensitivity.outputs import PATHWAY

    return any(output.startswith(PATHWAY) for output in outputs)


def _load(name: str, arguments: argparse.Namespace) -> Scenario:
    from abm.scenario.load import load_scenario

    problems = [
        f"--{option} is {value}, must be 1 or more"
        for option, value in (
            ("persons", arguments.persons),
            ("threads", arguments.threads),
            ("top", arguments.top),
            ("samples", arguments.samples),
        )
        if value is not None and value < 1
    ]
    if arguments.top is not None and arguments.inputs:
        problems.append("--top and --inputs both choose inputs; give one of them")
    if arguments.seed_factor and arguments.independent_seeds:
        problems.append("--seed-factor and --independent-seeds both set the seeds; give one")
    if problems:
        raise StudyError(problems)
    years = [] if arguments.years is None else [f"years={arguments.years}"]
    return load_scenario(name, [*arguments.set, *years])


def _plan(
    scenario: Scenario, arguments: argparse.Namespace, folder: Path, found: Sequence[str] = ()
) -> tuple[Plan, list[str]]:
    """Make the plan and its warnings, or name every reason against it with those found before."""
    from analysis.sensitivity.methods import METHODS
    from analysis.sensitivity.scenario_study import chosen_inputs, special_inputs
    from analysis.sensitivity.study import Plan, check_plan

    problems: list[str] = []
    inputs = []
    try:
        screened = arguments.top is not None
        wanted = arguments.inputs
        if screened:
            wanted = _screened(folder, arguments.top, arguments.outputs)
        inputs = chosen_inputs(scenario, wanted)
    except StudyError as error:
        problems += error.problems
    inputs += special_inputs(
        arguments.seed, dummy=arguments.dummy, seed_factor=arguments.seed_factor
    )
    method = METHODS.get(arguments.method)
    default = method.samples if method is not None else 0
    plan = Plan(
        arguments.method,
        tuple(inputs),
        arguments.samples or default,
        arguments.seed,
        arguments.groups,
        arguments.second_order,
        arguments.independent_seeds,
    )
    try:
        warnings = check_plan(plan, inputs_known=not problems)
    except StudyError as error:
        problems += error.problems
    if problems or found:
        raise StudyError([*problems, *found])
    return plan, warnings


def _screened(folder: Path, count: int, outputs: Sequence[str]) -> list[str]:
    """Return the inputs that lead an earlier Morris study.

    By their squared mu*, each output's adding up to 1, on average over the outputs asked for.
    """
    import fnmatch

    import pandas as pd

    path = folder / "morris" / "indices.csv"
    if not path.exists():
        raise StudyError(
            [
                f"--top needs a Morris study first: {path} does not exist; "
                "run --method morris with the same --out"
            ]
        )
    table = pd.read_csv(path)
    wide = table[table["index"] == "mu_star"].pivot(
        index="input", columns="output", values="estimate"
    )
    wide = wide.drop(index=[name for name in ("dummy", "seed") if name in wide.index])
    asked = [name for name in wide if any(fnmatch.fnmatchcase(name, each) for each in outputs)]
    squares = wide[asked or list(wide)] ** 2
    shares = (squares / squares.sum().where(squares.sum() > 0)).mean(axis=1)
    return list(shares.nlargest(count).index)


def _seconds(scenario: Scenario, outputs: Sequence[str], arguments: argparse.Namespace) -> float:
    """Return what one run takes, from two smaller ones.

    What does not grow with persons (calibration) is paid in every run that moves what it reads.
    """
    larger = min(arguments.persons, 10 * PROBE_PERSONS)
    times = [_trial(scenario, n, outputs, arguments.seed) for n in (PROBE_PERSONS, larger)]
    per_person = max(0.0, times[1] - times[0]) / max(1, larger - PROBE_PERSONS)
    return times[1] + per_person * (arguments.persons - larger)


def _trial(scenario: Scenario, persons: int, outputs: Sequence[str], seed: int) -> float:
    from abm.evidence.parameters import uncertain_paths
    from analysis.sensitivity.scenario_study import evaluator, inputs_of

    evaluate = evaluator(scenario, persons, pathways=_pathways(outputs))
    inputs = inputs_of(scenario)
    # A sample of its own each time, so that no calibration is found ready-made.
    sample = {path: 0.5 + 1.0 / (3.0 + persons) for path in uncertain_paths() if path in inputs}
    started = time.perf_counter()
    evaluate(sample, seed)
    return time.perf_counter() - started


def _announce(
    plan: Plan, scenario: Scenario, outputs: Sequence[str], arguments: argparse.Namespace
) -> None:
    from abm.running.progress import in_words
    from analysis.sensitivity.methods import METHODS, runs_needed

    units = len(plan.units())
    runs = runs_needed(plan.method, units, plan.samples, plan.second_order)
    expected = in_words(runs * _seconds(scenario, outputs, arguments) / arguments.threads)
    print(
        f"{scenario.name}: {METHODS[plan.method].title}, {units} "
        f"{'groups' if plan.grouped else 'inputs'}, {len(outputs)} outputs, "
        f"{arguments.persons} persons, {runs} runs, about {expected} by two small ones",
        file=sys.stderr,
    )


def _print_lists(scenario: Scenario, outputs: Sequence[str]) -> None:
    from analysis.sensitivity.methods import METHODS
    from analysis.sensitivity.scenario_study import inputs_of

    print("methods")
    for method in METHODS.values():
        print(f"  {method.name:<9} {method.question}")
    print(f"inputs of {scenario.name}")
    for entry in sorted(inputs_of(scenario).values(), key=lambda e: (e.group, e.name)):
        print(f"  {entry.group:<13} {entry.name} [{entry.unit}]")
    print("outputs")
    for output in outputs:
        print(f"  {output}")


def _write(study: Study, folder: Path) -> str:
    """Write tables, words and figures, and return the words."""
    from analysis.sensitivity.methods import METHODS
    from analysis.sensitivity.plots import draw_study
    from analysis.sensitivity.summary import rank_stability, summary_in_words

    folder.mkdir(parents=True, exist_ok=True)
    leading = METHODS[study.plan.method].leading
    _write_table(study.indices, folder / "indices.csv")
    _write_table(study.convergence, folder / "convergence.csv")
    _write_table(rank_stability(study.convergence, leading), folder / "rank_stability.csv")
    words = summary_in_words(study)
    _replace(folder / "summary.txt", words)
    draw_study(study, folder / "figures")
    return f"{words}\n{folder}: indices.csv, convergence.csv, rank_stability.csv, figures"


def _write_table(table: pd.DataFrame, path: Path) -> None:
    # All digits: a study continued after a kill must give the same file to the last byte.
    _replace(path, table.to_csv(index=False, lineterminator="\n"))


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
