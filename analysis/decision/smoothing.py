"""Regression of what comes of draws on the inputs that were drawn: penalised splines, additive.

The basis is that of scipy; the penalty pulls towards the mean and is chosen by generalised
cross-validation, with each degree of freedom counted 1.4 times against overfitting (Kim and Gu,
*Journal of the Royal Statistical Society B* 66:337, 2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline
from scipy.linalg import svd

Numbers = NDArray[np.float64]
DEGREE = 3
INNER_KNOTS = (0.25, 0.5, 0.75)
KNOTS = np.array([*(0.0,) * (DEGREE + 1), *INNER_KNOTS, *(1.0,) * (DEGREE + 1)])
PENALTIES = np.array([*np.logspace(-4, 4, 25), np.inf])  # of the largest singular value squared
COUNTED_AS = 1.4  # each degree of freedom
NOTHING = 1e-10  # singular values below so much of the largest are rounding


def spline_columns(positions: ArrayLike) -> Numbers:
    """Return the cubic B-splines of inputs at positions in [0, 1], shape (draws, 7 x inputs).

    ``positions`` has shape (draws, inputs).
    """
    places = np.atleast_2d(np.asarray(positions, float))
    columns = [BSpline.design_matrix(each, KNOTS, DEGREE).toarray() for each in places.T]
    return np.concatenate(columns, axis=1)


@dataclass(frozen=True)
class Smoother:
    """The additive regression on some inputs, whatever is regressed.

    ``centre`` (columns,) means of the splines, ``left`` (draws, rank), ``size`` (rank,) and
    ``right`` (rank, columns) their singular values.
    """

    centre: Numbers
    left: Numbers
    size: Numbers
    right: Numbers

    @classmethod
    def of(cls, positions: ArrayLike) -> Smoother:
        """Return the regression on inputs at positions in (0, 1), shape (draws, inputs)."""
        columns = spline_columns(positions)
        centre = columns.mean(axis=0)
        left, size, right = svd(columns - centre, full_matrices=False, check_finite=False)
        kept = size > NOTHING * size[0]
        return cls(centre, left[:, kept], size[kept], right[kept])

    def shuffled(self, order: NDArray[np.intp]) -> Smoother:
        """Return the same with the inputs of other draws: inputs that say nothing."""
        return Smoother(self.centre, self.left[order], self.size, self.right)

    @cached_property
    def _kept(self) -> Numbers:
        """Return what each penalty leaves of each direction, shape (penalties, rank)."""
        square = self.size**2
        return square / (square + PENALTIES[:, None] * square[0])

    def fit(self, values: Numbers) -> Fit:
        """Regress values, shape (draws, columns), each with a penalty of its own."""
        draws, mean = len(values), values.mean(axis=0)
        centred = values - mean
        onto = self.left.T @ centred
        total = np.square(centred).sum(axis=0)
        explained = (1.0 - (1.0 - self._kept) ** 2) @ onto**2
        freedom = 1.0 + self._kept.sum(axis=1)
        left_over = np.maximum(draws - COUNTED_AS * freedom, 1e-9)
        score = np.maximum(total - explained, 0.0) / left_over[:, None] ** 2
        best = np.argmin(score[::-1], axis=0)  # the strongest penalty where all are alike
        kept = self._kept[::-1][best].T
        fitted = mean + self.left @ (kept * onto)
        return Fit(self, kept, onto, mean, fitted, values - fitted)


@dataclass(frozen=True)
class Fit:
    """What a regression found: ``fitted`` and ``residual`` have the shape of the values."""

    smoother: Smoother
    kept: Numbers
    onto: Numbers
    mean: Numbers
    fitted: Numbers
    residual: Numbers

    def at(self, positions: ArrayLike) -> Numbers:
        """Return what is expected at other positions, shape (positions, columns)."""
        columns = spline_columns(positions) - self.smoother.centre
        weights = self.kept * self.onto / self.smoother.size[:, None]
        return self.mean + columns @ (self.smoother.right.T @ weights)

    def wobbled(self, signs: Numbers) -> Numbers:
        """Return the fitted values of a wild bootstrap: residuals with other signs, (draws,)."""
        moved = self.residual * signs[:, None]
        onto = self.smoother.left.T @ (moved - moved.mean(axis=0))
        return self.fitted + moved.mean(axis=0) + self.smoother.left @ (self.kept * onto)
