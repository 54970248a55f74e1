"""The statistics that the replicated studies used: regressions, survival, agreement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
MOST_STEPS = 25


def design(*columns: Sequence[float] | Vector, constant: bool = True) -> Vector:
    """Return columns side by side, shape (people, columns), after one of ones."""
    found = [np.asarray(column, float) for column in columns]
    return np.column_stack([np.ones(len(found[0])), *found] if constant else found)


def coefficients(outcome: Vector, *columns: Vector) -> Vector:
    """Return least-squares coefficients of an outcome: the constant first."""
    return np.asarray(np.linalg.lstsq(design(*columns), np.asarray(outcome, float), rcond=None)[0])


def residuals(outcome: Vector, *columns: Vector) -> Vector:
    """Return what columns leave of an outcome."""
    return np.asarray(outcome, float) - design(*columns) @ coefficients(outcome, *columns)


def partial_correlation(first: Vector, second: Vector, *given: Vector) -> float:
    """Return the correlation of what ``given`` leaves of two variables."""
    return float(np.corrcoef(residuals(first, *given), residuals(second, *given))[0, 1])


def cox(years: Vector, event: NDArray[np.bool_], *columns: Vector) -> Vector:
    """Return log hazard ratios of a proportional-hazards regression (Cox 1972; Breslow's ties).

    Parameters
    ----------
    years
        Time to the event or to the end of follow-up, shape (people,).
    event
        Whether it was the event.
    columns
        Covariates; the coefficient of each is returned in their order.
    """
    order = np.argsort(-np.asarray(years, float), kind="stable")
    x = design(*columns, constant=False)[order]
    x -= x.mean(axis=0)
    own = np.flatnonzero(np.asarray(event)[order])
    beta = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        weight = np.exp(x @ beta)
        # Sorted by falling time, so running sums are those over everybody still at risk.
        total = np.cumsum(weight)[own, None]
        mean = np.cumsum(weight[:, None] * x, axis=0)[own] / total
        square = np.cumsum(weight[:, None, None] * x[:, :, None] * x[:, None, :], axis=0)[own]
        spread = square / total[..., None] - mean[:, :, None] * mean[:, None, :]
        step = np.linalg.solve(spread.sum(axis=0), (x[own] - mean).sum(axis=0))
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def poisson(met: Vector, years: Vector, *columns: Vector) -> Vector:
    """Return coefficients of a Poisson regression of events, or of hazards met: the constant first.

    Parameters
    ----------
    met
        Events or expected events of each person, shape (people,).
    years
        Years at risk.
    columns
        Covariates of the log rate.
    """
    x = design(*columns)
    centre = x[:, 1:].mean(axis=0)
    x[:, 1:] -= centre
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(met.sum() / years.sum())
    for _ in range(MOST_STEPS):
        expected = years * np.exp(x @ beta)
        step = np.linalg.solve((x.T * expected) @ x, x.T @ (met - expected))
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    beta[0] -= beta[1:] @ centre
    return beta


def odds_ratio(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the odds of ``second`` among those with ``first`` over the odds among the others."""
    return odds(float(second[first].mean())) / odds(float(second[~first].mean()))


def odds(share: float) -> float:
    """Return the odds of a share."""
    return share / (1.0 - share)


def kappa(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return Cohen's kappa: agreement of two classifications beyond chance."""
    alike = np.mean(first == second)
    by_chance = first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean())
    return float((alike - by_chance) / (1.0 - by_chance))
