"""Compile the rules before the clock of a run starts, where it can be interrupted."""

from __future__ import annotations

from abm.compiled_cache import must_compile
from abm.running.simulate import simulate


def compile_now() -> None:
    """Compile the rules if this machine has not yet; what compiles them says so."""
    if must_compile():
        simulate("walking_groups", persons=1, years=1, threads=1)
