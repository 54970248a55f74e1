"""Which seed a model runs with."""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from collections.abc import Sequence
from types import FrameType
from typing import Any

import numpy as np
from mesa import batch_run
from numpy.random import BitGenerator, Generator, SeedSequence

from abm.limits import LIMITS, problem, refuse

BATCH_RUNNER = "mesa.batchrunner"
TAKES_SEEDS = "rng" in inspect.signature(batch_run).parameters  # from Mesa 3.4 on
SEEDS = int(LIMITS["seed"].maximum) + 1
GENERATORS = (Generator, BitGenerator, SeedSequence)


def checked_rng(rng: Any) -> Any:
    """Return a seed, or several, as whole numbers; a generator as it is.

    Raises
    ------
    ValueError
        If a seed is out of its limits, or if it is neither a seed nor a generator.
    """
    if rng is None or isinstance(rng, GENERATORS):
        return rng
    parts = list(rng) if _is_sequence(rng) else [rng]
    problems = [problem("rng", each, LIMITS["seed"]) for each in parts]
    refuse(each and f"{each}, a sequence of such, or a generator of NumPy's" for each in problems)
    whole = [int(each) for each in parts]
    return whole if _is_sequence(rng) else whole[0]


def _is_sequence(rng: Any) -> bool:
    listed = isinstance(rng, (Sequence, np.ndarray)) and not isinstance(rng, (str, bytes))
    return listed and len(rng) > 0


def seed_of(rng: Any, default: int, generator: Generator) -> int:
    """Return the seed of a run: the one given, or one drawn from what was given instead.

    Without any it is the scenario's, plus the iteration where ``batch_run`` repeats runs.

    Parameters
    ----------
    rng
        A checked seed or generator, or None.
    default
        The scenario's seed.
    generator
        Mesa's, made from ``rng``.
    """
    iteration = iteration_of_batch_run()
    if isinstance(rng, int):
        _warn_of_repetition(rng, iteration)
        return rng
    if rng is not None:
        return int(generator.integers(SEEDS))
    return (default + (iteration or 0)) % SEEDS


def iteration_of_batch_run() -> int | None:
    """Return which iteration of Mesa's ``batch_run`` is under way; None outside of it.

    Mesa passes no iteration on, and repeats would be the same run without a word. So it is read
    where Mesa keeps it. Should Mesa come to keep it elsewhere, a number out of the blue takes its
    place: repeats differ all the same, and each run records its seed.
    """
    frame: FrameType | None = sys._getframe(1)
    found = False
    while frame is not None:
        if frame.f_globals.get("__name__") == BATCH_RUNNER:
            found = True
            iteration = frame.f_locals.get("iteration")
            if isinstance(iteration, int):
                return iteration
        frame = frame.f_back
    return int.from_bytes(os.urandom(8)) % SEEDS if found else None


def _warn_of_repetition(seed: int, iteration: int | None) -> None:
    """Say that an iteration repeats a seed, where it cannot have come from a list of seeds."""
    if iteration and not TAKES_SEEDS:
        warnings.warn(
            f"iteration {iteration} of batch_run repeats the run of seed {seed}; leave rng out for "
            "a seed of its own in every iteration",
            UserWarning,
            stacklevel=4,
        )
