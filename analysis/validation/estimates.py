"""What an experiment found, how sure it is, and what that says about a target."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from scipy import stats

AGREES, MISSES, UNSURE, REPORTED = "agrees", "misses", "too little data to say", "reported"
CONFIDENCE = 0.95
FEWEST_SEEDS = 5  # two that happen to agree would make a miss of chance


@dataclass(frozen=True)
class Size:
    """How much an experiment simulates: ``persons`` in each of ``seeds`` runs."""

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
Result = TypeVar("Result")


def exactly(value: float) -> Estimate:
    """Return a number without Monte Carlo error."""
    return Estimate(float(value), 0.0, 0, 0)


def mean_of(values: Sequence[float], persons: int) -> Estimate:
    """Return the mean over seeds and its standard error; ``persons`` of each seed.

    NaN where a seed had too few events to give a number. Seeds that all give the same have had
    too few events to differ, so that their error is not known.
    """
    numbers = np.asarray(values, float)
    n = len(numbers)
    if not np.isfinite(numbers).all():
        return Estimate(math.nan, math.nan, persons * n, n)
    error = float(numbers.std(ddof=1)) / math.sqrt(n) if n > 1 else 0.0
    error = error if error > 0.0 else math.nan
    return Estimate(float(numbers.mean()), error, persons * n, n)


def over_seeds(size: Size, experiment: Callable[[int], Mapping[str, float]]) -> Found:
    """Repeat an experiment with seeds 1, 2, ... and return the mean of each of its numbers."""
    every = each_seed(size, experiment)
    return {name: mean_of([one[name] for one in every], size.persons) for name in every[0]}


def each_seed(size: Size, experiment: Callable[[int], Result]) -> list[Result]:
    """Return what an experiment gives with seeds 1, 2, ..."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(experiment, range(1, size.seeds + 1)))


def pooled(
    samples: Sequence[Any], statistic: Callable[[Sequence[Any]], float], persons: int
) -> Estimate:
    """Return a statistic of all seeds' samples together; error by leaving out one at a time."""
    n = len(samples)
    without = [statistic([*samples[:i], *samples[i + 1 :]]) for i in range(n) if n > 1]
    error = math.sqrt((n - 1) * float(np.var(without))) if n > 1 else math.nan
    return Estimate(statistic(samples), error, persons * n, n)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """Return an estimate times a constant."""
    value, error = factor * estimate.value, abs(factor) * estimate.error
    return replace(estimate, value=value, error=error)


def transformed(estimate: Estimate, function: Callable[[float], float]) -> Estimate:
    """Return a smooth function of an estimate, its error by the slope there."""
    step = estimate.error
    low, high = function(estimate.value - step), function(estimate.value + step)
    return replace(
        estimate, value=float(function(estimate.value)), error=abs(float(high - low)) / 2.0
    )


def reach_of(error: float, seeds: int) -> float:
    """Return half the 95 % interval of an estimate: Student's t where few seeds tell the error."""
    if error == 0.0:
        return 0.0
    return float(error * stats.t.ppf(0.5 + CONFIDENCE / 2.0, seeds - 1)) if seeds > 1 else math.nan


def too_few_seeds(estimate: Estimate) -> bool:
    """Return whether the error is from fewer seeds than can tell it."""
    return estimate.error != 0.0 and estimate.seeds < FEWEST_SEEDS


def verdict(estimate: Estimate, lowest: float, highest: float) -> str:
    """Say whether a modelled number lies within limits, as far as its error allows to say.

    It agrees if its whole 95 % interval is within the limits, and misses if all of it is beyond one
    of them; in between more people have to be simulated. Too few seeds decide nothing.
    """
    if too_few_seeds(estimate):
        return UNSURE
    reach = reach_of(estimate.error, estimate.seeds)
    low, high = estimate.value - reach, estimate.value + reach
    if math.isnan(low) or math.isnan(high):
        return UNSURE
    if lowest <= low and high <= highest:
        return AGREES
    return MISSES if high < lowest or low > highest else UNSURE
