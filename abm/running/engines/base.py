"""What all engines share: an executor that can be replaced, and what a failed task leaves.

An engine knows nothing of people. It does tasks in any order, a bounded number at a time.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

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
