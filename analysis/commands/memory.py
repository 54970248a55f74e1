"""How much memory this machine has for a run. Light: asked before the libraries are loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from abm.limits import spaced

if sys.platform != "win32":  # where there is no such record
    import resource

MEGA = 1_000_000
LEAST_ADDRESS_SPACE = 2**30  # of which less than half is ever resident


class Demand(NamedTuple):
    """What a run takes at its peak, in bytes: resident in all processes, and reserved in ours."""

    resident: int
    reserved: int


def memory_problem(expected: Demand | None = None) -> str | None:
    """Return why this machine cannot hold a run, None if nothing is known against it.

    Some of the libraries do not fail but hang or abort when a limit is hit while they are loaded,
    so it is asked first without a demand, what they alone need.
    """
    needed = expected or Demand(0, LEAST_ADDRESS_SPACE)
    what = "the run needs" if expected else "the libraries alone need"
    limits = [
        (address_limit(), needed.reserved, "this process may take {} (ulimit -v)"),
        (free_memory(), needed.resident, "{} are free on this machine"),
        (group_memory(), needed.resident, "{} are left to this group of processes (cgroup)"),
    ]
    for limit, wanted, sentence in limits:
        if limit is not None and limit < wanted:
            here = sentence.format(f"{spaced(limit / MEGA)} MB of memory")
            return (
                f"{here}; {what} about {spaced(wanted / MEGA)} MB: choose fewer --threads, "
                "--seeds or "
                "--draws, or more memory"
            )
    return None


def address_limit() -> int | None:
    """Return how many bytes this process may reserve, None if that is not limited."""
    if sys.platform == "win32":
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def free_memory(table: Path = Path("/proc/meminfo")) -> int | None:
    """Return the bytes that can be had without taking them from anybody, None if not known."""
    found = _named_numbers(table)
    if "MemAvailable:" not in found:
        return None
    return 1024 * (found["MemAvailable:"] + found.get("SwapFree:", 0))


def group_memory(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return the bytes left to the control group of this process, None if not limited or known.

    File contents that are held in memory can be given up and do not count. Looks at the group and
    those above it, in the hierarchy of version 2 or the memory controller of version 1.
    """
    left = [
        limit - used
        for folder, most, now, stat, idle in _groups(root)
        for limit in [_number(folder / most)]
        if limit is not None and limit < 2**60  # version 1 writes a huge number for none
        for used in [(_number(folder / now) or 0) - _named_numbers(folder / stat).get(idle, 0)]
    ]
    return max(min(left), 0) if left else None


def _groups(root: Path) -> list[tuple[Path, str, str, str, str]]:
    """Return each group that holds this process, with the names of its files."""
    found = []
    for line in _lines(Path("/proc/self/cgroup")):
        number, controllers, path = (*line.split(":", 2), "", "")[:3]
        if number == "0" and not controllers:
            base = root
            names = ("memory.max", "memory.current", "memory.stat", "inactive_file")
        elif "memory" in controllers.split(","):
            base = root / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat",
                     "total_inactive_file")  # fmt: skip
        else:
            continue
        # In a container the path may be that of the host: then the root is the group.
        own = base / path.strip("/")
        found += [(each, *names) for each in (own, *own.parents) if each.is_relative_to(base)]
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _number(path: Path) -> int | None:
    text = "".join(_lines(path))
    return int(text) if text.isdecimal() else None


def _named_numbers(path: Path) -> dict[str, int]:
    """Return the first number on each line by the word before it."""
    parts = [line.split() for line in _lines(path)]
    return {part[0]: int(part[1]) for part in parts if len(part) > 1 and part[1].isdecimal()}
