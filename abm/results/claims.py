"""When a sum over persons is known well enough to claim anything: the one place that decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
# A sum may be taken as normal from n > 25 g^2 on, g being the skewness of one term (Cochran,
# Sampling Techniques, 1977, section 2.15). Where m of n persons contribute, all alike, g^2 comes to
# n / m, so that m must be above 25. Those who contribute differ: rounded up, and no less.
FEWEST_CONTRIBUTING = 30
SURE = 0.975  # on one side, before a direction is claimed
FEWEST_DRAWS = 40  # of parameters; with fewer none lies beyond the 2.5 % of either end


def known_errors(error: ArrayLike, value: ArrayLike, contributing: ArrayLike) -> Numbers:
    """Return standard errors of sums over persons; NaN where they are unknown.

    Parameters
    ----------
    error, value
        The standard errors as computed, and the sums.
    contributing
        How many persons contribute something else than 0 to each sum.

    Returns
    -------
        NaN where fewer than :data:`FEWEST_CONTRIBUTING` persons contribute, or where the error came
        out as 0 (their squares are too small to be kept). 0 is left where nobody contributes and
        the sum is 0: then it is known.
    """
    errors, values, persons = (np.asarray(each, float) for each in (error, value, contributing))
    something = (persons > 0.0) | (values != 0.0)
    unknown = something & ((persons < FEWEST_CONTRIBUTING) | (errors == 0.0))
    return np.where(unknown, np.nan, errors)


def excludes_zero(lower: Any, upper: Any) -> Any:
    """Return whether an interval lies on one side of zero; never where it is unknown."""
    return (lower > 0) | (upper < 0)


def unknown(value: Any, lower: Any) -> Any:
    """Return whether there is an effect, or may be one, whose interval is unknown."""
    return ~np.isnan(value) & np.isnan(lower)


def chance_to_tell(alone: float, drawn: float) -> float:
    """Return the chance of a direction that may be told; NaN where its error is unknown.

    ``alone`` is by the Monte Carlo error of the central values, ``drawn`` over parameter draws as
    well (NaN without). Draws share the persons of the central values: where too few of these
    contribute, the draws agree with one another without knowing more.
    """
    return float(alone if np.isnan(alone) or np.isnan(drawn) else drawn)


def sure_side(chance: float) -> int:
    """Return 1 or -1 for the side on which a chance is sure, 0 where it is not or unknown."""
    return int(chance >= SURE) - int(chance <= 1.0 - SURE)


def outside(value: Any, lower: Any, upper: Any) -> Any:
    """Return whether a central value lies outside its own interval; never where that is unknown."""
    return (value < lower) | (value > upper)


def with_draws(table: pd.DataFrame, value: pd.Series, draws: int) -> pd.DataFrame:
    """Add how far the parameter intervals of a table can be trusted, row by row.

    Parameters
    ----------
    table
        Columns parameter_lower and parameter_upper.
    value
        The central value that each interval belongs to, shape (rows,).
    draws
        Parameter draws behind them.

    Returns
    -------
        With the columns parameter_draws, and outside_parameter_interval (True where the central
        value lies outside); both blank where there is no interval.
    """
    limits = table["parameter_lower"], table["parameter_upper"]
    known = limits[0].notna()
    found = outside(value, *limits).astype(object)
    return table.assign(
        parameter_draws=np.where(known, float(draws), np.nan),
        outside_parameter_interval=found.where(known, np.nan),
    )
