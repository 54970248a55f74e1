"""Least squares under common random numbers: what numbers bring a simulation nearest to counts.

Every trial simulates the same persons with the same random numbers, so that two trials differ by
what their numbers differ in. Numbers are sought on the logarithm, shares on the logit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Numbers = NDArray[np.float64]
STEP = 0.25  # of a logarithm or logit, for slopes
CLOSE, ENOUGH, MOST_STEPS = 1e-3, 1e-2, 12
FARTHEST = 4.0  # logarithms or logits from the start: beyond, targets say nothing of a number


@dataclass(frozen=True)
class Number:
    """One number to be fitted: its name, where the search begins, and whether it is a share."""

    name: str
    start: float
    share: bool = False

    def there(self, value: float) -> float:
        """Return the logarithm or logit."""
        return float(np.log(value / (1.0 - value)) if self.share else np.log(value))

    def back(self, x: float) -> float:
        """Return the number of a logarithm or logit."""
        return float(1.0 / (1.0 + np.exp(-x)) if self.share else np.exp(x))


@dataclass(frozen=True)
class Nearest:
    """Where the search ended.

    ``x`` (numbers,) logarithms or logits, ``slopes`` (targets, numbers) of what is simulated by
    them, ``simulated`` (targets,), ``trials`` how often was simulated.
    """

    x: Numbers
    slopes: Numbers
    simulated: Numbers
    trials: int


def nearest_numbers(
    simulated: Callable[[Numbers], Numbers],
    numbers: Sequence[Number],
    targets: Numbers,
    errors: Numbers,
    told: Callable[[str], None],
) -> Nearest:
    """Return the numbers whose simulation is nearest to targets, in standard errors.

    Parameters
    ----------
    simulated
        Returns what is simulated with numbers, (targets,); the same for the same numbers.
    numbers
        What is sought.
    targets, errors
        Counts and their standard errors, (targets,).
    told
        Called with a line after each trial.

    Raises
    ------
    ValueError
        If there are fewer targets than numbers, or the targets say nothing of a number.
    """
    if targets.size < len(numbers):
        raise ValueError(f"{targets.size} targets cannot tell {len(numbers)} numbers apart")
    start = np.array([each.there(each.start) for each in numbers])
    kept: dict[tuple[float, ...], Numbers] = {}

    def at(x: Numbers) -> Numbers:
        key = tuple(x)
        if key not in kept:
            values = [each.back(one) for each, one in zip(numbers, x, strict=True)]
            kept[key] = simulated(np.array(values))
            off = float((((kept[key] - targets) / errors) ** 2).sum())
            told(f"trial {len(kept)}: {off:.4g} squared standard errors from the targets")
        return kept[key]

    def slopes(x: Numbers) -> Numbers:
        steps = STEP * np.eye(x.size)
        found = np.array([_slope(at(x), at(x + one)) for one in steps]).T / errors[:, None]
        return np.vstack([found, np.zeros(x.size)])

    by_chance = np.sqrt(targets.size)  # a nearer fit than chance allows is not worth a trial
    found = least_squares(
        lambda x: np.append((at(x) - targets) / errors, by_chance), start, jac=slopes,
        max_nfev=MOST_STEPS, xtol=CLOSE, ftol=ENOUGH, bounds=(start - FARTHEST, start + FARTHEST),
    )  # fmt: skip
    blind = [each.name for each, one in zip(numbers, found.jac.T, strict=True) if not one.any()]
    if blind or np.linalg.matrix_rank(found.jac) < len(numbers):
        what = " and ".join(blind) or "some numbers, which only their product moves"
        raise ValueError(f"the targets say nothing of {what}; or too few persons are simulated")
    return Nearest(found.x, found.jac[:-1] * errors[:, None], at(found.x), len(kept))


def _slope(here: Numbers, there: Numbers) -> Numbers:
    """Return slopes over a step; of logarithms where there are counts, so that a product is one."""
    some = (here > 0.0) & (there > 0.0)
    ratio = np.where(some, there, 1.0) / np.where(some, here, 1.0)
    return np.where(some, here * np.log(ratio), there - here) / STEP


def gauss_newton(slopes: Numbers, errors: Numbers) -> Numbers:
    """Return how numbers follow targets, (numbers, targets): the inverse of weighted slopes."""
    weighted = slopes / errors[:, None] ** 2
    return np.asarray(np.linalg.solve(weighted.T @ slopes, weighted.T))
