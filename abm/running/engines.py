"""Where the tasks of a run are done: threads, processes, or the workers of a Dask cluster.

An engine knows nothing of people. It does tasks in any order, a bounded number at a time, and
gives each task's result, or the reason why it failed at every try. A task that takes its worker
with it is tried alone, so that it cannot be mistaken for those that were beside it.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from types import TracebackType
from typing import Any, Generic, TypeVar

NAMES = ("threads", "processes", "dask://HOST:PORT")
TRIES = 3
MOST_FAILURES = 5  # when so many tasks have failed, so will the others
SECONDS_BETWEEN_LOOKS = 1.0

T = TypeVar("T")
R = TypeVar("R")


class EngineError(RuntimeError):
    """The engine cannot go on, whatever the task; the message says why and what helps."""


@dataclass(frozen=True)
class Failure:
    """Why a task has no result.

    Attributes
    ----------
    reason
        What was raised at its last try, and in which line.
    details
        The traceback, as text: not all that can be raised can travel between processes.
    """

    reason: str
    details: str = ""


def check_name(name: str) -> str:
    """Return the name of an engine if it can be used here.

    Raises
    ------
    ValueError
        If there is no such engine, its address is not one, or what it needs is not installed.
    """
    if name in ("threads", "processes"):
        return name
    kind, separator, address = name.partition("://")
    if kind == "dask" and separator:
        from abm.running.dask_engine import check_address

        check_address(address)
        return name
    near = get_close_matches(name, ("threads", "processes", "dask://"), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"is {name!r}; must be {', '.join(NAMES[:2])} or {NAMES[2]}{hint}")


def engine_named(name: str, workers: int | None = None) -> Engine:
    """Return an engine that is ready to work; it is closed by leaving its ``with`` block.

    Parameters
    ----------
    name
        One of :data:`NAMES`.
    workers
        Threads or processes; default one per processor. A cluster has those that joined it.

    Raises
    ------
    ValueError
        If the name is none of those.
    EngineError
        If a cluster cannot be reached or has no worker.
    """
    check_name(name)
    number = workers or os.cpu_count() or 1
    if name == "threads":
        return Threads(number)
    if name == "processes":
        return Processes(number)
    from abm.running.dask_engine import Cluster

    return Cluster(name.partition("://")[2])


class Engine:
    """What all engines share: an executor that can be replaced when its workers die.

    Attributes
    ----------
    workers
        Tasks that run at a time.
    remote
        Whether tasks and results leave this process and have to be packed.
    losses
        Errors that say a worker died, which need not be the task's fault.
    """

    remote = True
    losses: tuple[type[BaseException], ...] = (BrokenExecutor,)

    def __init__(self, workers: int) -> None:
        """Start the executor."""
        self.workers = workers
        self.executor = self.started()

    def started(self) -> Executor:
        """Return a new executor."""
        raise NotImplementedError

    def submit(self, function: Callable[[T], R], task: T) -> Future[R | Failure]:
        """Hand a task to the executor; what it raises comes back as a value."""
        return self.executor.submit(guarded, function, task)

    def renew(self) -> None:
        """Replace an executor whose workers died."""
        self.executor.shutdown(wait=True, cancel_futures=True)
        self.executor = self.started()

    def look(self) -> None:
        """Raise EngineError if the engine can do no more; called about once a second."""

    def close(self) -> None:
        """End what has not begun, wait for the rest, and let the workers go."""
        self.executor.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Engine:
        """Return the engine."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the engine."""
        self.close()


class Threads(Engine):
    """Threads of this process; the kernel lets them run side by side."""

    remote = False

    def started(self) -> Executor:
        """Return a pool of threads."""
        return ThreadPoolExecutor(self.workers)

    def submit(self, function: Callable[[T], R], task: T) -> Future[R | Failure]:
        """Hand a task to the pool, which starts a thread if there are too few."""
        try:
            return super().submit(function, task)
        except RuntimeError as error:
            raise EngineError(f"{error}; choose fewer --threads") from error


class Processes(Engine):
    """Processes of this machine, started afresh whatever start method is set."""

    def started(self) -> Executor:
        """Return a pool of processes."""
        # Explicit, because importing Mesa changes the start method of the whole process.
        from multiprocessing import get_context

        return ProcessPoolExecutor(self.workers, get_context("spawn"), initializer=_begin_worker)


def guarded(function: Callable[[T], R], task: T) -> R | Failure:
    """Do a task, in whatever process."""
    try:
        return function(task)
    except EngineError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(last.filename)}:{last.lineno}"
        details = "".join(traceback.format_exception(error))
        return Failure(f"{type(error).__name__}: {error} ({place})", details)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait as wait_for

    parent = parent_process()
    assert parent is not None
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def outcomes(
    engine: Engine,
    function: Callable[[Any], R],
    tasks: Iterable[T],
    pack: Callable[[T], Any] | None = None,
) -> Iterator[tuple[T, R | Failure]]:
    """Do tasks and yield each with its result, in the order in which they end.

    Tasks are taken from the iterable only as others end, so neither they nor their results pile
    up. A task is tried three times.

    Parameters
    ----------
    engine
        Where; also closed by whoever opened it.
    function, tasks
        What is done.
    pack
        Makes of a task what ``function`` takes; has to be something that can be pickled if the
        engine is remote, as does ``function``.

    Raises
    ------
    EngineError
        If the engine can do no more.
    """
    yield from _Labour(engine, function, pack or (lambda task: task)).outcomes(tasks)


class _Labour(Generic[T, R]):
    """Tasks under way, and those whose worker died."""

    def __init__(
        self, engine: Engine, function: Callable[[Any], R], pack: Callable[[T], Any]
    ) -> None:
        self.engine, self.function, self.pack = engine, function, pack
        self.under_way: dict[Future[R | Failure], tuple[T, int]] = {}
        self.suspects: list[T] = []

    def outcomes(self, tasks: Iterable[T]) -> Iterator[tuple[T, R | Failure]]:
        waiting = iter(tasks)
        while True:
            self._fill(waiting)
            if not self.under_way:
                if not self.suspects:
                    return
                yield from self._try_suspects()
            for future in self._ended():
                task, tries = self.under_way.pop(future)
                outcome = self._outcome(task, tries, future)
                if outcome is not None:
                    yield task, outcome

    def _fill(self, waiting: Iterator[T]) -> None:
        """Keep every worker busy with one more task at hand; nothing new beside a suspect."""
        free = 2 * self.engine.workers + 2 - len(self.under_way)
        if not self.suspects and free > 0:
            for task in islice(waiting, free):
                self._submit(task, 1)

    def _submit(self, task: T, tries: int) -> None:
        try:
            self.under_way[self.engine.submit(self.function, self.pack(task))] = task, tries
        except self.engine.losses:
            self.suspects.append(task)

    def _ended(self) -> list[Future[R | Failure]]:
        done, _ = wait(self.under_way, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        if not done:
            self.engine.look()
        return list(done)

    def _outcome(self, task: T, tries: int, future: Future[R | Failure]) -> R | Failure | None:
        """Return what came of a try, None if there is to be another."""
        outcome = self._value(future)
        if outcome is None:
            self.suspects.append(task)
        elif isinstance(outcome, Failure) and tries < TRIES:
            self._submit(task, tries + 1)
            return None
        return outcome

    def _value(self, future: Future[R | Failure]) -> R | Failure | None:
        """Return what a future holds, None if its worker died."""
        if future.cancelled():
            self.engine.look()
            raise EngineError("the engine dropped a task")
        try:
            return future.result()
        except EngineError:
            raise
        except self.engine.losses:
            return None
        except Exception as error:  # the task could not even be begun
            return Failure(f"{type(error).__name__}: {error}")

    def _try_suspects(self) -> Iterator[tuple[T, R | Failure]]:
        """Try one by one the tasks that were under way when a worker died."""
        self.engine.renew()
        while self.suspects:
            task = self.suspects.pop()
            yield task, self._alone(task)

    def _alone(self, task: T) -> R | Failure:
        outcome: R | Failure | None = None
        for _ in range(TRIES):
            future = self.engine.submit(self.function, self.pack(task))
            while not wait([future], SECONDS_BETWEEN_LOOKS).done:
                self.engine.look()
            outcome = self._value(future)
            if outcome is None:
                self.engine.renew()
            elif not isinstance(outcome, Failure):
                break
        died = Failure("its worker died every time, killed from outside or out of memory")
        return died if outcome is None else outcome
