"""A sensitivity study as the command line asks for it: checked, timed, run, written.

Everything that can be wrong is looked for before the first run, in every scenario.
"""

from __future__ import annotations

import argparse
import fnmatch
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from abm.evidence.parameters import uncertain_paths
from abm.evidence.place import Place
from abm.running.folders import claimed, folder_problems
from abm.running.output import made_folder, read_file, remove_file, write_whole
from abm.running.progress import in_words
from abm.running.spreadsheet import as_csv
from abm.scenario.parts import Scenario
from abm.scenario.vocabulary import COMPARISON
from analysis.input_names import name_of_input
from analysis.plots.files import write_figures
from analysis.sensitivity.design import CONTROLS, Input
from analysis.sensitivity.errors import StudyError
from analysis.sensitivity.finished_runs import IDENTITY_FILE, finished_runs, identity_in_full
from analysis.sensitivity.grades import grades_of
from analysis.sensitivity.methods import METHODS, runs_needed
from analysis.sensitivity.outputs import chosen_outputs, output_names, what_to_simulate
from analysis.sensitivity.plan import Plan, check_plan
from analysis.sensitivity.presentation.answer import answer_lines
from analysis.sensitivity.presentation.comparison import write_comparison
from analysis.sensitivity.presentation.figures import render_study
from analysis.sensitivity.presentation.page import Told, page_of_study
from analysis.sensitivity.presentation.summary import paragraphs_by_output, rank_stability
from analysis.sensitivity.presentation.weakest import (
    weakest_in_words,
    weakest_line,
    weakest_side_by_side,
)
from analysis.sensitivity.scenario_study import (
    chosen_inputs,
    evaluator,
    identity_of,
    inputs_of,
    special_inputs,
)
from analysis.sensitivity.study import Evaluate, Study, left_out_lines, run_study
from analysis.sensitivity.units import with_units_of_indices
from analysis.sensitivity.weakest import has_weakest, weakest_inputs

log = logging.getLogger(__name__)

PAGE = "sensitivity.html"
FEW, MANY = 200, 2_000  # persons of trial runs
LARGEST_TABLE = 100_000_000  # bytes

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """A study of one scenario, checked: what is to be done, how large, and where it is kept."""

    scenario: Scenario
    plan: Plan
    outputs: tuple[str, ...]
    persons: int
    folder: Path
    warnings: tuple[str, ...]
    grades: Mapping[str, str]

    def evaluator(self, persons: int) -> Evaluate:
        """Return the function to study, with so many persons per run."""
        return evaluator(self.scenario, persons, **what_to_simulate(self.outputs))


def carry_out(requests: Sequence[Request], arguments: argparse.Namespace) -> None:
    """Say what the studies take, run one after the other and compare them.

    Raises
    ------
    RunError
        If a run fails or a result is not finite.
    """
    say = print if arguments.dry_run else log.info  # of a dry run it is the answer
    for request in requests:
        _announce(request, arguments.threads, say)
    if arguments.dry_run:
        return
    side_by_side = Path(arguments.out) / COMPARISON
    with claimed(side_by_side) if len(requests) > 1 else nullcontext():
        studies = {each.scenario.name: _studied(each, arguments.threads) for each in requests}
        if len(studies) > 1:
            folder = made_folder(side_by_side / f"sensitivity_{arguments.method}")
            places = {each.scenario.name: each.scenario.place for each in requests}
            write_comparison(studies, places, folder)
            _write_weakest_side_by_side(requests, studies, folder)
            print(f"{folder}: the scenarios side by side")


def checked(scenario: Scenario, arguments: argparse.Namespace) -> Request:
    """Return the study of a scenario.

    Raises
    ------
    StudyError
        With every reason against it.
    """
    folder = Path(arguments.out) / scenario.name / "sensitivity"
    problems: list[str] = []
    inputs = _or_none(lambda: _inputs(scenario, arguments, folder), problems)
    plan = _plan(inputs or [], arguments)
    warnings = _or_none(lambda: check_plan(plan, inputs_known=inputs is not None), problems)
    names = output_names(scenario)
    outputs = _or_none(lambda: chosen_outputs(names, arguments.outputs), problems)
    problems += _folder_problems(folder, arguments)
    if warnings is None or outputs is None or problems:
        raise StudyError(problems)
    if folder.exists():
        with finished_runs(folder, identity_of(scenario, arguments.persons)):
            pass  # a folder of another study is refused at once
    grades = grades_of(scenario, [entry.name for entry in inputs or []])
    return Request(
        scenario, plan, tuple(outputs), arguments.persons, folder, tuple(warnings), grades
    )


def _folder_problems(folder: Path, arguments: argparse.Namespace) -> list[str]:
    """Return why the results of a study cannot be written where they are to go."""
    several = len(arguments.scenarios) > 1
    folders = [folder.parent, folder, *([Path(arguments.out) / COMPARISON] if several else [])]
    return folder_problems(dict.fromkeys(folders, 0), inside=[folder / arguments.method])


def _or_none(make: Callable[[], list[T]], problems: list[str]) -> list[T] | None:
    """Return what ``make`` returns; None where it cannot, with its reasons added to problems."""
    try:
        return make()
    except StudyError as error:
        problems += error.problems
        return None


def _inputs(scenario: Scenario, arguments: argparse.Namespace, folder: Path) -> list[Input]:
    """Return the inputs asked for, with those that test the study itself."""
    wanted = arguments.inputs
    if arguments.top is not None:
        identity = identity_of(scenario, arguments.persons)
        wanted = _leading(_screened(folder / "morris", identity), arguments.top, arguments.outputs)
    return chosen_inputs(scenario, wanted) + special_inputs(
        arguments.seed, dummy=arguments.dummy, seed_factor=arguments.seed_factor
    )


def _plan(inputs: Sequence[Input], arguments: argparse.Namespace) -> Plan:
    """Return the plan that the command line describes, checked by nobody yet."""
    default = METHODS[arguments.method].samples if arguments.method in METHODS else 0
    return Plan(
        arguments.method,
        tuple(inputs),
        arguments.samples or default,
        seed=arguments.seed,
        grouped=arguments.groups,
        second_order=arguments.second_order,
        independent_seeds=arguments.independent_seeds,
    )


def _screened(folder: Path, identity: Mapping[str, Any]) -> pd.DataFrame:
    """Return the indices of an earlier Morris study of the same question and program."""
    path = folder / "indices.csv"
    again = "run --method morris with the same --out"
    try:
        answered = read_file(folder / IDENTITY_FILE, LARGEST_TABLE).decode()
        table = pd.read_csv(BytesIO(read_file(path, LARGEST_TABLE)))
        table["estimate"] = table["estimate"].astype(float)
        known = {"output", "index", "input"} <= set(table)
    except FileNotFoundError as error:
        missing = f"--top needs a Morris study first: {error.filename} does not exist; {again}"
        raise StudyError([missing]) from None
    except (OSError, ValueError, KeyError) as error:
        answered, known = str(error), False
    if known and answered.strip() != identity_in_full(identity):
        raise StudyError([f"{path}: of other inputs or another version of the program; {again}"])
    if not known:
        raise StudyError([f"{path}: damaged, or not what this program writes; {again}"])
    return table


def _leading(table: pd.DataFrame, count: int, outputs: Sequence[str]) -> list[str]:
    """Return the inputs that lead a Morris study.

    By their squared mu*, each output's adding up to 1, on average over the outputs asked for.
    """
    effects = table[(table["index"] == "mu_star") & ~table["input"].isin(CONTROLS)]
    wide = effects.pivot_table(index="input", columns="output", values="estimate")
    asked = [name for name in wide if any(fnmatch.fnmatchcase(name, each) for each in outputs)]
    squares = wide[asked or list(wide)] ** 2
    shares = (squares / squares.sum().where(squares.sum() > 0)).mean(axis=1)
    return list(shares.nlargest(count).index)


def print_lists(scenario: Scenario) -> None:
    """Print the methods, and the inputs and outputs of a scenario."""
    print("methods")
    for method in METHODS.values():
        print(f"  {method.name:<9} {method.question}")
    print(f"inputs of {scenario.name}")
    for entry in sorted(inputs_of(scenario).values(), key=lambda e: (e.group, e.name)):
        print(f"  {entry.group:<13} {entry.name} [{entry.unit}]: {name_of_input(entry.name)}")
    print("outputs")
    for output in sorted(output_names(scenario)):
        print(f"  {output}")


def _announce(request: Request, threads: int, say: Callable[[str], None]) -> None:
    """Say what a study will take, and on standard error what may be wrong with it."""
    for warning in request.warnings:
        log.warning(warning)
    plan, units = request.plan, len(request.plan.units())
    runs = runs_needed(plan.method, units, plan.samples, plan.second_order)
    expected = in_words(runs * _seconds(request) / threads)
    say(
        f"{request.scenario.name}: {METHODS[plan.method].title}, {units} "
        f"{'groups' if plan.grouped else 'inputs'}, {len(request.outputs)} outputs, "
        f"{request.persons} persons, {runs} runs, about {expected} by some small ones"
    )


def _seconds(request: Request) -> float:
    """Return what one run takes, from small ones.

    What does not grow with persons (calibration) is paid in every run that moves what it reads;
    what does is timed apart from it, as it is far less in a small run.
    """
    few, many = min(request.persons, FEW), min(request.persons, MANY)
    _trial(request, 1, 0.4)  # modules are loaded only once and should not count
    anew = _trial(request, few, 0.6)
    found_ready = [min(_trial(request, n, 0.6) for _ in range(2)) for n in (few, many)]
    per_person = max(0.0, found_ready[1] - found_ready[0]) / max(1, many - few)
    return anew + per_person * (request.persons - few)


def _trial(request: Request, persons: int, share: float) -> float:
    """Return the seconds that one run takes; a second one of a share is calibrated already."""
    evaluate = request.evaluator(persons)
    inputs = inputs_of(request.scenario)
    sample = {path: share for path in uncertain_paths(request.scenario.place) if path in inputs}
    started = time.perf_counter()
    evaluate(sample, request.plan.seed)
    return time.perf_counter() - started


def _studied(request: Request, threads: int) -> Study:
    """Run a study, write what it found, and print it in words."""
    study = run_study(
        request.plan,
        request.evaluator(request.persons),
        request.outputs,
        folder=request.folder,
        identity=identity_of(request.scenario, request.persons),
        threads=threads,
        progress=sys.stderr if log.isEnabledFor(logging.INFO) else None,
        title=request.scenario.name,
    )
    identity = identity_in_full(identity_of(request.scenario, request.persons))
    print(_written(study, request, identity))
    return study


def _written(study: Study, request: Request, identity: str) -> str:
    """Write tables, words, figures and page, and what they answer; return the answer."""
    folder = made_folder(request.folder / study.plan.method)
    remove_file(folder / IDENTITY_FILE)
    weakest = weakest_inputs(study, request.grades) if has_weakest(study.plan) else None
    tables = _tables(study, request.scenario.place)
    tables |= {} if weakest is None else {"weakest.csv": weakest}
    for name, table in tables.items():
        # All digits: a study continued after a kill must give the same file to the last byte.
        write_whole(folder / name, as_csv(table))
    lines = answer_lines(study) + ([] if weakest is None else [weakest_line(weakest)])
    answer = "\n".join(line for line in lines if line)
    write_whole(folder / "summary.txt", _in_full(answer, study, weakest).encode())
    figures = render_study(study)
    write_figures(figures, made_folder(folder / "figures"))
    told = Told(request.scenario, request.persons, request.grades, weakest)
    write_whole(folder / PAGE, page_of_study(study, told, figures).encode())
    write_whole(folder / IDENTITY_FILE, f"{identity}\n".encode())
    return f"{answer}\n\n{folder}: {PAGE}, summary.txt, {', '.join(tables)}, figures"


def _tables(study: Study, place: Place) -> dict[str, pd.DataFrame]:
    """Return what every study writes, by file; the largest shift is of the leading index."""
    leading = METHODS[study.plan.method].leading
    stability = rank_stability(study.convergence, leading).assign(index=leading)
    return {
        "indices.csv": with_units_of_indices(study.indices, place),
        "convergence.csv": with_units_of_indices(study.convergence, place),
        "rank_stability.csv": with_units_of_indices(stability, place).drop(columns="index"),
    }


def _in_full(answer: str, study: Study, weakest: pd.DataFrame | None) -> str:
    """Return the answer, then each output in words, then the weakest numbers."""
    parts = [answer, *left_out_lines(study), "Output by output", *paragraphs_by_output(study)]
    last = "" if weakest is None else f"\n{weakest_in_words(weakest)}"
    return "\n\n".join(parts) + "\n" + last


def _write_weakest_side_by_side(
    requests: Sequence[Request], studies: Mapping[str, Study], folder: Path
) -> None:
    """Write the weakest inputs of every scenario, where the method ranks them."""
    tables = {
        each.scenario.name: weakest_inputs(studies[each.scenario.name], each.grades)
        for each in requests
        if has_weakest(each.plan)
    }
    if tables:
        write_whole(folder / "weakest.csv", as_csv(weakest_side_by_side(tables)))
