"""Tasks handed to an engine: each gives its result, or the reason why it failed at every try.

A task that takes its worker with it is tried alone, so that it cannot be mistaken for those that
were beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Any, Generic, TypeVar

from abm.running.engines.base import Engine, EngineError, Failure

TRIES = 3
SECONDS_BETWEEN_LOOKS = 1.0

T = TypeVar("T")
R = TypeVar("R")


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
    yield from _TasksUnderWay(engine, function, pack or (lambda task: task)).outcomes(tasks)


class _TasksUnderWay(Generic[T, R]):
    """The tasks that an engine has now, and the suspects: tasks whose worker died."""

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
