"""The engine beyond one machine: the workers of a Dask cluster.

The only module that knows Dask, which is loaded when a cluster is used: it is slow and may not be
installed. How to start a cluster stands in docs/scaling.md.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import queue
import re
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from abm.extras import is_installed, lacking
from abm.running.engines.base import Engine, EngineError, Failure, guarded

SECONDS_TO_CONNECT = 8  # to whatever listens; importing Dask and leaving take others
# Jobs of a batch system may wait in its queue; a line is printed now and then meanwhile.
SECONDS_TO_WAIT_FOR_WORKERS = 600
SECONDS_BETWEEN_LINES = 30

T = TypeVar("T")
R = TypeVar("R")


def check_address(address: str) -> None:
    """Refuse an address that is none, or any if Dask is not installed.

    Raises
    ------
    ValueError
        With what is wrong.
    """
    host, _, port = address.rpartition(":")
    if not re.fullmatch(r"[\w.\-\[\]:]+", host) or not port.isdecimal() or int(port) > 65535:
        raise ValueError(
            f"is 'dask://{address}'; must be dask://HOST:PORT, such as dask://127.0.0.1:8786"
        )
    if not (is_installed("dask") and is_installed("distributed")):
        told = lacking("this engine", "dask[distributed]", "cluster")
        raise ValueError(f"is 'dask://{address}'; {told}")


class Cluster(Engine):
    """The workers that have joined a Dask scheduler.

    Parameters
    ----------
    address
        HOST:PORT of the scheduler. If Dask is configured to require encryption, TLS is spoken.

    Raises
    ------
    EngineError
        If the scheduler does not answer, or no worker joins it.
    """

    def __init__(self, address: str) -> None:
        """Connect, and wait for the first worker."""
        import dask
        from distributed import KilledWorker

        secure = dask.config.get("distributed.comm.require-encryption")
        self.address = f"{'tls' if secure else 'tcp'}://{address}"
        self.losses = (KilledWorker,)
        # Its tracebacks of a lost connection would bury the one line that is said here.
        for name in ("distributed.client", "distributed.comm", "distributed.core"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.client = _connected(self.address)
        try:
            self.without_workers_since: float | None = None
            self._wait_for_workers()
            super().__init__(self._threads())
        except BaseException:
            self.client.close()
            raise

    def started(self) -> Executor:
        """Return the client as an executor."""
        executor: Executor = self.client.get_executor(pure=False)
        return executor

    def submit(self, function: Callable[[T], R], task: T) -> Future[R | Failure]:
        """Hand a task to the scheduler."""
        self._see_connection()
        return self.executor.submit(_carrier(), pickle.dumps((guarded, function, task)))

    def renew(self) -> None:
        """Do nothing: the scheduler starts again with other workers by itself."""

    def look(self) -> None:
        """Raise EngineError if the scheduler is gone, or all workers have been for long."""
        self._see_connection()
        if self._threads():
            self.without_workers_since = None
            return
        now = time.monotonic()
        if self.without_workers_since is None:
            self.without_workers_since = now
        if now - self.without_workers_since > SECONDS_TO_WAIT_FOR_WORKERS:
            raise EngineError(
                f"all workers of {self.address} are gone; start others with: "
                f"dask worker {self.address}"
            )

    def close(self) -> None:
        """Drop what is under way and disconnect."""
        self.client.close(timeout=SECONDS_TO_CONNECT)

    def _see_connection(self) -> None:
        if self.client.status != "running":
            raise EngineError(f"the Dask scheduler at {self.address} is gone")

    def _threads(self) -> int:
        """Return the number of threads that all workers have now."""
        try:
            found: dict[str, int] = self.client.nthreads()
        except OSError as error:
            raise EngineError(f"the Dask scheduler at {self.address} is gone ({error})") from error
        return sum(found.values())

    def _wait_for_workers(self) -> None:
        started = time.monotonic()
        while not self._threads():
            waited = time.monotonic() - started
            if waited > SECONDS_TO_WAIT_FOR_WORKERS:
                raise EngineError(
                    f"no worker has joined {self.address}; start one with: "
                    f"dask worker {self.address}"
                )
            print(f"waiting for workers at {self.address} ...", file=sys.stderr)
            try:
                self.client.wait_for_workers(1, timeout=SECONDS_BETWEEN_LINES)
            except TimeoutError:
                self._see_connection()


def _connected(address: str) -> Any:
    """Return a client of a scheduler.

    Dask itself waits without end for the first words of whatever accepts its connection. So that
    happens beside, in a thread that is left behind when the time is over.

    Raises
    ------
    EngineError
        If there is no answer in time, or not that of a Dask scheduler.
    """
    answer: queue.Queue[Any] = queue.Queue()

    def connect() -> None:
        from distributed import Client

        try:
            asyncio.run(_ask_who_it_is(address))
            answer.put(Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False))
        except Exception as error:  # what is no scheduler can answer anything
            answer.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        found = answer.get(timeout=SECONDS_TO_CONNECT)
    except queue.Empty:
        found = TimeoutError(f"nothing in {SECONDS_TO_CONNECT} s that a scheduler would say")
    if isinstance(found, (OSError, TimeoutError)):
        why = str(found) or type(found).__name__
        raise EngineError(
            f"the Dask scheduler at {address} does not answer ({why}); start one with: "
            "dask scheduler"
        ) from found
    if isinstance(found, Exception):  # what a library says of foreign bytes helps nobody
        raise EngineError(
            f"what listens at {address} is no Dask scheduler; start one with: dask scheduler"
        ) from found
    return found


async def _ask_who_it_is(address: str) -> None:
    """Return when a scheduler has said that it is one; else raise whatever comes of it."""
    from distributed.comm import connect
    from distributed.security import Security

    arguments = Security().get_connection_args("client")
    comm = await connect(address, timeout=SECONDS_TO_CONNECT, **arguments)
    try:
        await comm.write({"op": "identity", "reply": True})
        said = await comm.read()
    finally:
        comm.abort()
    if not isinstance(said, dict) or said.get("type") != "Scheduler":
        raise ValueError("what listens there is no scheduler")


def _carrier() -> Callable[[bytes], Any]:
    """Return a function that travels as its own code, not by its name in this module.

    A worker without the program can then say so; it could not even receive the task otherwise. So
    the function imports for itself.
    """

    def unpack_and_do(packed: bytes) -> Any:
        import pickle

        guarded, function, task = pickle.loads(packed)
        return guarded(function, task)

    return unpack_and_do
