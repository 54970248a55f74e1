"""What an experiment found, how sure it is, and what that says about a target."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

AGREES, MISSES, UNSURE, REPORTED = "agrees", "misses", "too little data to say", "reported"
SIGMAS = 2.0


@dataclass(frozen=True)
class Size:
    """How much an experiment lives: ``persons`` in each of ``seeds`` runs."""

    persons: int
    seeds: int


@dataclass(frozen=True)
class Estimate:
    """A modelled number; ``error`` is its Monte Carlo standard error, 0 where nothing is drawn.

    ``persons`` counts those of all seeds; 0 for a closed form. ``remark`` is shown beside it.
    """

    value: float
    error: float
    persons: int
    seeds: int
    remark: str = ""


Found = dict[str, Estimate]


def exactly(value: float) -> Estimate:
    """Return a number that no chance is in."""
    return Estimate(float(value), 0.0, 0, 0)


def mean_of(values: Sequence[float], persons: int) -> Estimate:
    """Return the mean over seeds and its standard error; ``persons`` of each seed."""
    numbers = np.asarray(values, float)
    n = len(numbers)
    error = float(numbers.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    return Estimate(float(numbers.mean()), error, persons * n, n)


def over_seeds(size: Size, experiment: Callable[[int], Mapping[str, float]]) -> Found:
    """Repeat an experiment with seeds 1, 2, ... and return the mean of each of its numbers."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        every = list(pool.map(experiment, range(1, size.seeds + 1)))
    return {name: mean_of([one[name] for one in every], size.persons) for name in every[0]}


def transformed(estimate: Estimate, function: Callable[[float], float]) -> Estimate:
    """Return a smooth function of an estimate, its error by the slope there."""
    step = max(abs(estimate.error), 1e-9)
    low, high = function(estimate.value - step), function(estimate.value + step)
    error = abs(high - low) / 2.0 if estimate.error > 0.0 else estimate.error
    return Estimate(function(estimate.value), error, estimate.persons, estimate.seeds)


def verdict(estimate: Estimate, lowest: float, highest: float) -> str:
    """Say whether a modelled number lies within limits, as far as its noise allows to say.

    It agrees if two standard errors to either side are within the limits too, and misses if they
    are beyond one of them; in between more people have to be lived.
    """
    reach = SIGMAS * estimate.error
    low, high = estimate.value - reach, estimate.value + reach
    if math.isnan(low) or math.isnan(high):
        return UNSURE
    if lowest <= low and high <= highest:
        return AGREES
    return MISSES if high < lowest or low > highest else UNSURE
