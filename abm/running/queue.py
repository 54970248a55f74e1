"""Simulate the populations of many runs on an engine, and keep what is finished.

A run (one seed, one parameter draw) is cut into parts, which are kept in a journal, and these into
tasks, which an engine does in any order. Tallies are whole numbers, so neither the engine nor the
order nor what was kept from before shows in the sums. Nothing here grows with the number of
persons but the list of a run's parts: tasks are made as the engine asks for them.
"""

from __future__ import annotations

import logging
import math
import pickle
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from abm.kernel.blocks import PERSONS_PER_BLOCK, Counts, added
from abm.population.setup import Setup, empty_counts, new_block
from abm.running.engines.base import Engine, EngineError, Failure
from abm.running.engines.named import engine_named
from abm.running.engines.tasks import outcomes
from abm.running.findings import Findings, findings_of
from abm.running.finished_work import FinishedWork, Slots, state_of_evidence
from abm.running.journal import Journal
from abm.running.not_kept import refuse_missing
from abm.running.people import run_slots
from abm.running.provenance import stamp
from abm.running.recipe import Recipe
from abm.scenario.drawn import CENTRAL
from abm.scenario.text import ScenarioError

log = logging.getLogger(__name__)

# A task of 12 blocks takes 50 ms or more over twenty years, next to which handing it over is
# nothing; one of 32 shows progress often enough. Results of remote tasks have to travel, so these
# may be larger.
FEWEST_BLOCKS, MOST_BLOCKS, MOST_BLOCKS_REMOTE = 12, 32, 128
# Of a draw, which every worker that has a task of it calibrates: two seconds beside .04.
MOST_BLOCKS_OF_DRAW_REMOTE = 512
TASKS_PER_WORKER = 8  # so that nobody is idle for long at the end
LAID_OUT_IN_TWO_WAYS = (
    "its worker has calibrated the draw to other constants than the rest of it was simulated with, "
    "as on another kind of processor; must be of the same kind, or run with --fresh"
)
MOST_FAILURES = 5  # when so many tasks have failed, so will the others
WORKERS_PER_RECEIVER = 8  # with more of them tasks get larger, as one process takes all results


class TasksFailed(RuntimeError):
    """Some tasks failed at every try; the message names them."""


@dataclass(frozen=True, eq=False)
class Run:
    """One population to simulate: its seed, its parameter draw, and what the kernel is given.

    A draw may come as the recipe by which it is laid out where it is simulated; ``found`` is what
    was found there, once the run has ended. ``slots`` are the part of the population that is asked
    for; None means all of it.
    """

    seed: int
    draw: int
    given: Setup | Recipe
    found: Findings | None = None
    slots: Slots | None = None

    def __str__(self) -> str:
        """Return what a message calls the run."""
        values = "central values" if self.draw == CENTRAL else f"draw {self.draw}"
        return f"{self.given.scenario.name}, seed {self.seed}, {values}"

    @cached_property
    def packed(self) -> bytes:
        """What the kernel is given, or its recipe, ready to travel."""
        return pickle.dumps(self.given, pickle.HIGHEST_PROTOCOL)

    @property
    def findings(self) -> Findings:
        """What was found when the run was laid out."""
        if self.found is not None:
            return self.found
        assert isinstance(self.given, Setup)
        return findings_of(self.given)


@dataclass(eq=False)
class _RunUnderWay:
    run: Run
    journal: Journal | None
    counts: Counts
    parts_left: int
    found: Findings | None = None


@dataclass(eq=False)
class _PartUnderWay:
    of: _RunUnderWay
    slots: Slots
    counts: Counts
    tasks_left: int


class _Task(NamedTuple):
    part: _PartUnderWay
    slots: Slots

    @property
    def run(self) -> Run:
        return self.part.of.run

    def __str__(self) -> str:
        return f"{self.run}, slots {self.slots.first} to {self.slots.last - 1}"


class _PackedTask(NamedTuple):
    """A task as it travels to another process."""

    stamp: dict[str, str]
    given: bytes
    seed: int
    slots: Slots


class _Done(NamedTuple):
    """What comes of a task; of a recipe also what was found when it was laid out."""

    counts: Counts
    found: Findings | None


class _Refused(NamedTuple):
    """Why what the kernel is given cannot be laid out, whoever tries."""

    problems: tuple[str, ...]


def count_runs(
    runs: Iterable[Run],
    finished: Callable[[Run, Counts], Any],
    *,
    engine: str = "threads",
    workers: int | None = None,
    number_of_runs: int = 1,
    finished_work: FinishedWork | None = None,
    progress: Callable[[int], Any] | None = None,
) -> None:
    """Simulate the populations of runs and hand over each run's tallies as it ends.

    Parameters
    ----------
    runs
        Taken one by one while the engine works, so they may be laid out on the way.
    finished
        Called with each run and its tallies, in the order in which they end.
    engine, workers
        As for :func:`abm.running.engines.named.engine_named`. No result depends on them.
    number_of_runs
        How many there will be, by which the size of tasks is chosen.
    finished_work
        Where parts finished before are found and others are kept.
    progress
        Called with the number of person-years finished since the last call.

    Raises
    ------
    TasksFailed
        If tasks failed at every try: after all others, or at once when there are many.
    EngineError
        If the engine cannot go on.
    ScenarioError
        If no population can have the values of a draw.
    """
    kept = finished_work or FinishedWork(None)
    schedule = _Schedule(finished, kept, progress or (lambda years: None))
    try:
        with engine_named(engine, workers) as opened:
            log.debug("engine %s, %d workers", engine, opened.workers)
            tasks = schedule.tasks(runs, opened, number_of_runs)
            work, pack = (_run_packed, _packed) if opened.remote else (_run_task, _laid_out)
            for task, outcome in outcomes(opened, work, tasks, pack):
                if isinstance(outcome, Failure):
                    schedule.note_failure(task, outcome)
                elif isinstance(outcome, _Refused):
                    raise ScenarioError(outcome.problems)
                else:
                    schedule.settle(task, outcome)
        if schedule.failures:
            raise schedule.all_failures()
    except (EngineError, ScenarioError, TasksFailed):
        kept.write()
        raise


class _Schedule:
    """Hands out tasks and puts together what comes back."""

    def __init__(
        self,
        finished: Callable[[Run, Counts], Any],
        kept: FinishedWork,
        progress: Callable[[int], Any],
    ) -> None:
        self.finished, self.kept, self.progress = finished, kept, progress
        self.failures: list[tuple[_Task, Failure]] = []

    def tasks(self, runs: Iterable[Run], engine: Engine, number_of_runs: int) -> Iterator[_Task]:
        """Yield the tasks of all runs; what was kept before is added without any."""
        for run in runs:
            slots = slots_per_task(run.given, engine, number_of_runs)
            size = self.kept.slots_per_entry
            under_way, missing = self._begun(run, size * math.ceil(slots / size))
            for part in missing:
                cuts = [*range(part.first, part.last, slots), part.last]
                whole = _PartUnderWay(under_way, part, empty_counts(run.given), len(cuts) - 1)
                for first, last in zip(cuts, cuts[1:], strict=False):
                    yield _Task(whole, Slots(first, last))
            log.debug("%s: %d parts, tasks of %d slots", run, len(missing), slots)
            if not missing:
                self._finish(under_way)

    def _begun(self, run: Run, size: int) -> tuple[_RunUnderWay, list[Slots]]:
        """Return a run with what of it was kept before, and what is missing."""
        journal = self.kept.journal_of(run.given, run.seed)
        under_way = _RunUnderWay(run, journal, empty_counts(run.given), 0)
        usable = journal
        if isinstance(run.given, Recipe):
            under_way.found = self.kept.findings(journal)
            usable = journal if under_way.found else None
        missing = []
        parts = self.kept.parts(
            usable, run.given.scenario, size, lambda slots: empty_counts(run.given), run.slots
        )
        for slots, counts in parts:
            if counts is None:
                missing.append(slots)
            else:
                added(under_way.counts, counts)
        if self.kept.all_is_kept:
            refuse_missing(run.seed, run.draw, missing)
        under_way.parts_left = len(missing)
        return under_way, missing

    def settle(self, task: _Task, done: _Done) -> None:
        """Add a task's tallies to its part of the population, and a whole part to its run."""
        part = task.part
        if done.found is not None and not self._agrees(part.of, done.found):
            self.note_failure(task, Failure(LAID_OUT_IN_TWO_WAYS))
            return
        added(part.counts, done.counts)
        self.progress(task.slots.number * task.run.given.scenario.years)
        part.tasks_left -= 1
        if part.tasks_left:
            return
        under_way = part.of
        self.kept.keep(under_way.journal, part.slots, part.counts)
        added(under_way.counts, part.counts)
        under_way.parts_left -= 1
        if not under_way.parts_left:
            log.debug("%s: simulated", under_way.run)
            self._finish(under_way)

    def _finish(self, under_way: _RunUnderWay) -> None:
        self.finished(replace(under_way.run, found=under_way.found), under_way.counts)

    def _agrees(self, under_way: _RunUnderWay, found: Findings) -> bool:
        """Note how a draw was laid out, and return whether it was so in its tasks before."""
        if under_way.found is None:
            under_way.found = found
            self.kept.note(under_way.journal, found)
        return under_way.found.given == found.given

    def note_failure(self, task: _Task, failure: Failure) -> None:
        """Let one task fail alone; its part and its run stay unfinished."""
        self.failures.append((task, failure))
        if len(self.failures) >= MOST_FAILURES:
            raise self.all_failures("stopped, because the others would fail too")

    def all_failures(self, remark: str = "all others are done") -> TasksFailed:
        """Return an error that names the tasks that failed."""
        lines = [f"{task}: {failure.reason}" for task, failure in self.failures]
        error = TasksFailed("\n".join([f"failed at every try, {remark}:", *lines]))
        error.add_note(self.failures[0][1].details)
        return error


def slots_per_task(given: Setup | Recipe, engine: Engine, number_of_runs: int) -> int:
    """Return the size of tasks: worth handing over, enough to share, as many for each worker.

    With many draws for each worker a task is a whole draw, or an entry of what is kept of it.
    """
    blocks = math.ceil(given.scenario.persons / PERSONS_PER_BLOCK)
    share = math.ceil(blocks * number_of_runs / engine.workers)
    most = MOST_BLOCKS
    if engine.remote:
        most = MOST_BLOCKS_REMOTE * math.ceil(engine.workers / WORKERS_PER_RECEIVER)
        if isinstance(given, Recipe):
            most = max(most, MOST_BLOCKS_OF_DRAW_REMOTE)
    wanted = min(max(math.ceil(share / TASKS_PER_WORKER), FEWEST_BLOCKS), most)
    rounds = max(share // wanted, 1)
    return PERSONS_PER_BLOCK * math.ceil(share / rounds)


_of_this_thread = threading.local()


def _run_some(given: Setup | Recipe, seed: int, slots: Slots) -> _Done | _Refused:
    """Simulate some slots in this thread, which lays them out first if that is still to be done."""
    if isinstance(given, Setup):
        return _Done(_counted(given, seed, slots), None)
    try:
        setup = given.setup
    except ScenarioError as error:
        return _Refused(error.problems)
    return _Done(_counted(setup, seed, slots), findings_of(setup))


def _counted(setup: Setup, seed: int, slots: Slots) -> Counts:
    """Simulate some slots in this thread, which keeps its block from task to task."""
    own = _of_this_thread
    if getattr(own, "setup", None) is not setup:
        own.setup, own.block = setup, new_block(setup)
    counts = empty_counts(setup)
    run_slots(setup, seed, *slots, own.block, counts)
    return counts


def _run_task(task: _Task) -> _Done | _Refused:
    return _run_some(task.run.given, task.run.seed, task.slots)


def _laid_out(task: _Task) -> _Task:
    """Return a task for a thread, laid out beforehand: threads would only calibrate in turns."""
    if isinstance(task.run.given, Recipe):
        with suppress(Exception):  # the task meets it again, and tells it
            task.run.given.setup  # noqa: B018
    return task


def _packed(task: _Task) -> _PackedTask:
    return _PackedTask(stamp(), task.run.packed, task.run.seed, task.slots)


def _run_packed(task: _PackedTask) -> _Done | _Refused:
    """Do a task in another process, if it is the same program and reads the same evidence."""
    _refuse_others(stamp(), task.stamp)
    given = _unpacked(task.given)
    if isinstance(given, Recipe):
        wanted = dict(given.question)["evidence"]
        _refuse_others({"evidence": state_of_evidence(given.scenario)}, {"evidence": wanted})
    return _run_some(given, task.seed, task.slots)


def _refuse_others(ours: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Raise EngineError if this process has something else than the sender of a task."""
    differing = [
        f"{what} {ours.get(what)} instead of {each}"
        for what, each in wanted.items()
        if ours.get(what) != each
    ]
    if differing:
        raise EngineError(
            f"a worker on {socket.gethostname()} has {', '.join(differing)}; results would not be "
            "the same, so every worker needs the same program and packages"
        )


@lru_cache(maxsize=8)
def _unpacked(given: bytes) -> Setup | Recipe:
    """Unpack what the kernel is given, once per process, so that it is laid out once as well."""
    found: Setup | Recipe = pickle.loads(given)
    return found


def count_population(
    setup: Setup,
    seed: int,
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Counts:
    """Simulate the whole population of a run in threads and return its tallies.

    The sums are whole numbers, so they do not depend on the number of threads. ``progress`` is
    called with the number of person-years finished.
    """
    found: list[Counts] = []
    count_runs(
        [Run(seed, CENTRAL, setup)],
        lambda _, counts: found.append(counts),
        workers=threads,
        progress=progress,
    )
    return found[0]
