"""Run a sensitivity study of any function and tabulate its indices.

The function is ``evaluate(sample, seed) -> outputs``, where ``sample`` maps inputs to shares of
their distributions. This module knows nothing of people or scenarios.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from SALib import ProblemSpec

from abm.running.progress import Progress
from analysis.sensitivity.design import Design, Input, Run, make_runs
from analysis.sensitivity.errors import RunError
from analysis.sensitivity.finished_runs import FinishedRuns, finished_runs
from analysis.sensitivity.glance import html_of, in_one_line
from analysis.sensitivity.indices import estimate
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.plan import Plan, check_plan
from analysis.sensitivity.salib_bridge import problem_spec

Evaluate = Callable[[Mapping[str, float], int], Mapping[str, float]]


@dataclass(frozen=True, eq=False)
class Study:
    """A finished study: its design, the outputs of every run, and the tables made of them.

    ``table`` has the shape (runs, outputs). ``indices`` and ``convergence`` have one row per
    output, index and input (or group), with estimate, lower and upper; ``convergence`` also for
    the first half, quarter and eighth of the samples. ``new_runs`` is how many had to be run.
    ``left_out`` names the outputs that no run knows.
    """

    plan: Plan
    design: Design
    outputs: tuple[str, ...]
    table: NDArray[np.float64]
    indices: pd.DataFrame
    convergence: pd.DataFrame
    new_runs: int
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Study: {in_one_line(self.plan.method, self.design, len(self.outputs))}>"

    def _repr_html_(self) -> str:
        return html_of(self.plan.method, self.design, self.indices)

    def to_salib(self) -> ProblemSpec:
        """Return the study as SALib's ``ProblemSpec``: names, values, outputs, indices.

        What each holds: :func:`analysis.sensitivity.salib_bridge.problem_spec`. SALib's tables
        (``to_df()``) and plots (``plot()``, ``heatmap()``) then show this study.
        """
        return problem_spec(self)


def run_study(
    plan: Plan,
    evaluate: Evaluate,
    outputs: Sequence[str],
    *,
    folder: Path | str | None = None,
    identity: Mapping[str, Any] | None = None,
    threads: int = 1,
    progress: TextIO | None = None,
    title: str = "study",
    resamples: int = 200,
) -> Study:
    """Run what is missing of a study and analyse the whole of it.

    Parameters
    ----------
    plan
        What to do. Every run has the seed of the plan unless the seed is an input (named "seed")
        or ``independent_seeds`` is set.
    evaluate
        Called as ``evaluate(sample, seed)``, possibly from several threads; returns the outputs.
    outputs
        The outputs to analyse; all that ``evaluate`` returns are saved. Those that are NaN in
        every run are left out, with a warning.
    folder
        Where finished runs are saved and found again; None keeps nothing.
    identity
        What results depend on besides sample and seed, as for
        :func:`analysis.sensitivity.finished_runs.finished_runs`.
    threads
        Runs at a time. The result does not depend on it.
    progress
        Where to report progress; None for silence.
    title
        What is under way, named in every line of progress.
    resamples
        Bootstrap resamples behind each interval.

    Raises
    ------
    StudyError
        If the plan cannot work or the folder holds another study; as ``RunError`` if a run
        fails, a result is not finite, naming the runs, or no output is left.
    """
    check_plan(plan)
    design = plan.design()
    runs = make_runs(design, seed=plan.seed, independent_seeds=plan.independent_seeds)
    with _finished(folder, identity or {}) as finished:
        for complaint in finished.complaints:
            print(f"warning: {title}: {complaint}", file=progress or sys.stderr)
        new_runs = _run_missing(finished, runs, evaluate, outputs, threads, progress, title)
        left_out = finished.unknown(runs, outputs)
        known = [name for name in outputs if name not in left_out]
        table = finished.table(runs, known)
    if left_out:
        _tell_of_unknown(left_out, known, title, progress)
    sizes = _sizes(plan)
    convergence = index_table(design, known, table, sizes, resamples=resamples, seed=plan.seed)
    indices = convergence[convergence["samples"] == plan.samples].reset_index(drop=True)
    return Study(
        plan, design, tuple(known), table, indices, convergence, new_runs, tuple(left_out)
    )


def _tell_of_unknown(
    left_out: Sequence[str], known: Sequence[str], title: str, progress: TextIO | None
) -> None:
    """Say which outputs are left out; refuse if none is left."""
    told = unknown_in_words(left_out)
    if not known:
        raise RunError([f"--outputs: nothing is left to study: {told}; choose others"])
    print(f"warning: {title}: left out: {told}", file=progress or sys.stderr, flush=True)


def left_out_lines(study: Study) -> list[str]:
    """Say which outputs are left out of a study; nothing if none is."""
    return [f"Left out: {unknown_in_words(study.left_out)}."] if study.left_out else []


def unknown_in_words(left_out: Sequence[str]) -> str:
    """Say which outputs no run knows, and what the usual reason is.

    Examples
    --------
    >>> unknown_in_words(["level.bmi"])
    'level.bmi (unknown in every run, as means of the living are where nobody lives at the end)'
    """
    why = "as means of the living are where nobody lives at the end"
    return f"{', '.join(left_out)} (unknown in every run, {why})"


@contextmanager
def _finished(folder: Path | str | None, identity: Mapping[str, Any]) -> Iterator[FinishedRuns]:
    if folder is not None:
        with finished_runs(folder, identity) as finished:
            yield finished
        return
    with tempfile.TemporaryDirectory() as temporary, finished_runs(temporary, identity) as finished:
        yield finished


def _run_missing(
    finished: FinishedRuns,
    runs: Sequence[Run],
    evaluate: Evaluate,
    outputs: Sequence[str],
    threads: int,
    progress: TextIO | None,
    title: str,
) -> int:
    """Run the runs without a finite result, saving each as it ends; return their number."""
    missing = finished.missing(runs, outputs)
    planned = len({run.key for run in runs})
    if progress is not None:
        saved = f", {planned - len(missing)} saved before" if planned > len(missing) else ""
        print(f"{title}: {planned} runs{saved}, {len(missing)} to do", file=progress, flush=True)
    report = Progress(len(missing), title, progress) if progress and missing else None
    with report or nullcontext(), closing(_ended(missing, evaluate, threads)) as ended:
        for run, future in ended:
            _save(finished, run, future)
            if report:
                report.advance(1)
    return len(missing)


def _ended(
    runs: Iterable[Run], evaluate: Evaluate, threads: int
) -> Generator[tuple[Run, Future[Mapping[str, float]]], None, None]:
    """Evaluate runs in several threads and yield each as it ends."""
    waiting = iter(runs)
    under_way: dict[Future[Mapping[str, float]], Run] = {}
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                # Twice as many as threads: enough to keep them busy, few to wait for on Ctrl-C.
                for run in islice(waiting, 2 * threads - len(under_way)):
                    under_way[pool.submit(evaluate, run.sample, run.seed)] = run
                if not under_way:
                    return
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    yield under_way.pop(future), future
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _save(finished: FinishedRuns, run: Run, future: Future[Mapping[str, float]]) -> None:
    error = future.exception()
    if error is not None:
        raise RunError(
            [
                f"{run} failed: {type(error).__name__}: {error}",
                "Finished runs are saved; the same command continues.",
            ]
        ) from error
    finished.append(run, future.result())


def _sizes(plan: Plan) -> list[int]:
    """Return the sample sizes to analyse: all, and halves of it that still allow an interval."""
    fewest = METHODS[plan.method].fewest
    halves = (plan.samples // part for part in (8, 4, 2))
    return [*(size for size in halves if fewest <= size < plan.samples), plan.samples]


def index_table(
    design: Design,
    outputs: Sequence[str],
    table: NDArray[np.float64],
    sizes: Sequence[int],
    *,
    resamples: int = 200,
    seed: int = 1,
) -> pd.DataFrame:
    """Estimate every index of every output from the first samples of a design.

    Parameters
    ----------
    design
        The design.
    outputs
        Names of the outputs.
    table
        Shape (rows of the design, outputs).
    sizes
        Numbers of samples to use; the smaller ones show convergence.
    resamples, seed
        Of the bootstrap.

    Returns
    -------
        Columns samples, output, index, input, estimate, lower, upper. ``input`` is "a x b" for a
        second-order index; limits are NaN where an index has no interval.
    """
    rows: list[tuple[object, ...]] = []
    for size in sizes:
        part = design.first(size)
        for column, output in enumerate(outputs):
            values = np.ascontiguousarray(table[: len(part.shares), column])
            found = estimate(part, values, resamples=resamples, seed=seed)
            for index, (estimates, half_widths) in found.items():
                rows += [
                    (size, output, index, unit, value, value - half, value + half)
                    for unit, value, half in _entries(design.units, estimates, half_widths)
                ]
    names = ["samples", "output", "index", "input", "estimate", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)


def _entries(
    units: Sequence[str], estimates: NDArray[np.float64], half_widths: NDArray[np.float64]
) -> Iterator[tuple[str, float, float]]:
    if estimates.ndim == 1:
        yield from zip(units, estimates.tolist(), half_widths.tolist(), strict=True)
        return
    for i, first in enumerate(units):
        for j in range(i + 1, len(units)):
            yield f"{first} x {units[j]}", float(estimates[i, j]), float(half_widths[i, j])


def in_values(evaluate: Evaluate, inputs: Sequence[Input]) -> Evaluate:
    """Wrap a function of values so that it takes shares, by the inputs' quantile functions."""
    quantiles = {entry.name: entry.quantile for entry in inputs if entry.quantile is not None}

    def from_shares(sample: Mapping[str, float], seed: int) -> Mapping[str, float]:
        values = {name: quantiles[name](share) for name, share in sample.items()}
        return evaluate(values, seed)

    return from_shares
