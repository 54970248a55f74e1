"""Compile or load the rules before the clock and the threads of a run start."""

from __future__ import annotations

from abm.compiled_cache import must_compile
from abm.running.simulate import simulate
from analysis.commands.memory import address_limit


def compile_now() -> None:
    """Compile the rules if this machine has not yet, so that it can be interrupted.

    Where address space is limited they are at least loaded: once many threads have taken theirs,
    the compiler would find none and abort the process without a word.
    """
    if must_compile() or address_limit() is not None:
        simulate("walking_groups", persons=1, years=1, threads=1)
