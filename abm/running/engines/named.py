"""Engines by the names that users give them."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import Any

from abm.running.engines.base import Engine
from abm.running.engines.cluster import Cluster, check_address
from abm.running.engines.local import Processes, Threads

NAMES = ("threads", "processes", "dask://HOST:PORT")


def engine_problems(engine: Any, threads: Any) -> list[str]:
    """Return what is wrong with an engine and its threads, each by the name it is given with."""
    try:
        check_name(engine)
    except ValueError as error:
        return [f"engine: {error}"]
    if threads is not None and engine.startswith("dask"):
        return ["threads: the workers of a cluster have theirs; must be left out"]
    return []


def check_name(name: Any) -> str:
    """Return the name of an engine if it can be used here.

    Raises
    ------
    ValueError
        If there is no such engine, its address is not one, or what it needs is not installed.
    """
    if not isinstance(name, str):
        raise ValueError(f"is {name!r:.60}; must be {', '.join(NAMES[:2])} or {NAMES[2]}")
    if name in ("threads", "processes"):
        return name
    kind, separator, address = name.partition("://")
    if kind == "dask" and separator:
        check_address(address)
        return name
    near = get_close_matches(name, ("threads", "processes", "dask://"), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"is {name!r:.60}; must be {', '.join(NAMES[:2])} or {NAMES[2]}{hint}")


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
    return Cluster(name.partition("://")[2])
