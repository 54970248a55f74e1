"""When a sum over persons is known well enough to claim anything: the one place that decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
# A sum may be taken as normal from n > 25 g^2 on, g being the skewness of one term (Cochran,
# Sampling Techniques, 1977, section 2.15). Where m of n persons contribute, all alike, g^2 comes to
# n / m, so that m must be above 25. Those who contribute differ: rounded up, and no less.
FEWEST_CONTRIBUTING = 30


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
