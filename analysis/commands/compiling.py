"""Compile the rules before the clock of a run starts, where it can be interrupted and is said."""

from __future__ import annotations

import sys

from abm.kernel.compiled import must_compile
from abm.running.simulate import simulate


def compile_now() -> None:
    """Compile the rules if this machine has not yet."""
    if not must_compile():
        return
    print("compiling the rules for this machine (about a minute, only once) ...", file=sys.stderr)
    simulate("walking_groups", persons=1, years=1, threads=1)
