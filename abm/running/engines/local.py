"""The engines of this machine: threads and processes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import TypeVar

from abm.running.engines.base import Engine, EngineError, Failure

T = TypeVar("T")
R = TypeVar("R")


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
        return ProcessPoolExecutor(self.workers, get_context("spawn"), initializer=_begin_worker)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    parent = parent_process()
    assert parent is not None
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
