"""Distributions of inputs that SALib knows too: uniform, whole numbers, and SALib's own by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from SALib.util import scale_samples

UNIFORM = "unif"


@dataclass(frozen=True)
class Uniform:
    """The quantile function of a uniform distribution.

    Attributes
    ----------
    low, high
        Its ends, the lower one first.
    """

    low: float
    high: float
    dist = UNIFORM

    def __post_init__(self) -> None:
        """Refuse ends in the wrong order."""
        if not self.low < self.high:
            ends = f"uniform({self.low}, {self.high})"
            raise ValueError(f"{ends}: the lower end must be below the upper")

    def __call__(self, share: float) -> float:
        """Return the value at a share of the distribution."""
        return self.low + share * (self.high - self.low)

    @property
    def bounds(self) -> list[float]:
        """What SALib calls the bounds."""
        return [self.low, self.high]


@dataclass(frozen=True)
class WholeNumbers:
    """The quantile function of whole numbers that are all as likely.

    Attributes
    ----------
    low, high
        The first and the last, both included.
    """

    low: int
    high: int
    dist = None  # SALib has none of whole numbers

    def __post_init__(self) -> None:
        """Refuse ends in the wrong order."""
        if not self.low < self.high:
            ends = f"whole_numbers({self.low}, {self.high})"
            raise ValueError(f"{ends}: the lower end must be below the upper")

    def __call__(self, share: float) -> int:
        """Return the number at a share of the distribution."""
        return min(self.high, self.low + int(share * (self.high - self.low + 1)))

    @property
    def bounds(self) -> list[float]:
        """What SALib calls the bounds."""
        return [self.low, self.high]


@dataclass(frozen=True)
class OfSALib:
    """The quantile function of a distribution as a SALib problem writes it.

    Attributes
    ----------
    dist
        SALib's name of the distribution, such as ``norm``.
    numbers
        Its numbers as they stand under ``bounds``.
    """

    dist: str
    numbers: tuple[float, ...]

    def __call__(self, share: float) -> float:
        """Return the value at a share of the distribution; ValueError if SALib knows none."""
        problem: dict[str, Any] = {"bounds": [list(self.numbers)], "dists": [self.dist]}
        return float(scale_samples(np.array([[share]], dtype=float), problem)[0, 0])

    @property
    def bounds(self) -> list[float]:
        """What SALib calls the bounds."""
        return list(self.numbers)
