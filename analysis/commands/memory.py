"""How much memory this process may take, and how much it took."""

from __future__ import annotations

import sys

if sys.platform != "win32":  # where there is no such record
    import resource

LEAST_ADDRESS_SPACE = 2**30  # of which less than half is ever resident
TYPICAL_BYTES = 400_000_000  # where there is no record


def memory_problem() -> str | None:
    """Return why this process cannot hold a run, None if nothing is known against it.

    Some of the libraries do not fail but hang or abort when a limit is hit while they are loaded.
    """
    if sys.platform == "win32":
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= LEAST_ADDRESS_SPACE:
        return None
    return (
        f"this process may take {limit / 1e6:,.0f} MB of memory (ulimit -v); "
        f"the libraries alone need about {LEAST_ADDRESS_SPACE / 1e6:,.0f} MB"
    )


def peak_memory() -> int:
    """Return the largest resident memory of this process so far [bytes]."""
    if sys.platform == "win32":
        return TYPICAL_BYTES
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
