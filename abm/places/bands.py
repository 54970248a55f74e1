"""Curves over single years of age through figures that are published for bands of age.

A band's figure is the mean over its completed ages, not the value at its first one. The curve is
straight, in the logarithm or the logit, between the middles of bands, goes on straight below the
first and flat beyond the last, and meets the mean of every band.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
ROUNDS, CLOSE = 500, 1e-12


class Scale(NamedTuple):
    """The scale on which a curve is straight, and the way back."""

    there: Callable[[Numbers], Numbers]
    back: Callable[[Numbers], Numbers]


LOGARITHM = Scale(np.log, np.exp)
LOGIT = Scale(lambda share: np.log(share / (1.0 - share)), lambda x: 1.0 / (1.0 + np.exp(-x)))


def through_bands(
    starts: Numbers,
    means: Numbers,
    ages: NDArray[Any],
    scale: Scale,
    weights: Numbers | None = None,
) -> Numbers:
    """Return a curve over single years of age that has the given mean in every band.

    Parameters
    ----------
    starts
        First completed ages of the bands, rising; a band ends where the next begins, and the last
        is open, its middle where it would be if it were as wide as the one before. Shape (bands,).
    means
        Above 0, and below 1 for a logit. Shape (bands,).
    ages
        Single years, rising by one. Shape (ages,).
    scale
        :data:`LOGARITHM` or :data:`LOGIT`.
    weights
        Of the ages within a band's mean; equal if left out. Shape (ages,).

    Raises
    ------
    ValueError
        If a mean is not above 0, or no such curve is found.
    """
    if not (means > 0.0).all():
        raise ValueError(f"a band's mean is {means.min()}; must be above 0")
    widths = np.diff(starts, append=2.0 * starts[-1] - starts[-2])
    middles = starts + (widths - 1.0) / 2.0
    band = np.searchsorted(starts, ages, side="right") - 1
    of_band = band[None, :] == np.arange(starts.size)[:, None]
    shares = of_band * (np.ones(ages.size) if weights is None else weights)
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
    used = of_band.any(axis=1)
    target = scale.there(means)
    knots = target.copy()
    for _ in range(ROUNDS):
        curve = scale.back(_straight(ages, middles, knots))
        off = np.where(used, target - scale.there(np.where(used, shares @ curve, means)), 0.0)
        knots += off
        if np.abs(off).max() < CLOSE:
            return curve
    worst = int(np.argmax(np.abs(off)))
    raise ValueError(f"no curve meets the mean of the band from {starts[worst]:g}: {means[worst]}")


def _straight(ages: NDArray[Any], middles: Numbers, knots: Numbers) -> Numbers:
    """Return lines between the middles of bands, going on below the first, flat at the end."""
    lines = np.interp(ages, middles, knots)
    slope = (knots[1] - knots[0]) / (middles[1] - middles[0])
    return np.where(ages < middles[0], knots[0] + slope * (ages - middles[0]), lines)
