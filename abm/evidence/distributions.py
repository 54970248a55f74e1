"""Quantile functions of the distributions that evidence entries may have.

Every distribution is given by a central value and a 95 % interval, as papers print them:

- ``normal`` and ``lognormal``: the central value is the median; the half below and the half above
  it each take the spread of their own side of the interval, on the plain or the logarithmic scale.
  So the interval is met exactly even where it is not symmetric about the published estimate.
- ``beta`` and ``gamma``: by moments, mean = central value, standard deviation = width / 3.92.
- ``triangular``: the central value is the mode and the interval holds everything.
- ``uniform``: the interval holds everything.

Each is truncated to the range allowed, by mapping u into the probability that the range holds.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

STANDARD_NORMAL = NormalDist()
# Half the width of a 95 % interval in standard errors. The second is one bit lower: draws are made
# with it, and would move with another.
NORMAL_95 = 1.959963984540054
Z_975 = STANDARD_NORMAL.inv_cdf(0.975)
DISTRIBUTIONS = ("normal", "lognormal", "beta", "gamma", "triangular", "uniform")


def quantile(
    u: float,
    distribution: str,
    value: float,
    low: float,
    high: float,
    minimum: float = -math.inf,
    maximum: float = math.inf,
) -> float:
    """Return the value below which a share ``u`` of the truncated distribution lies.

    Parameters
    ----------
    u
        Share in (0, 1).
    distribution
        One of ``DISTRIBUTIONS``.
    value, low, high
        Central value and interval, in the unit of the quantity.
    minimum, maximum
        Range allowed, in the same unit.

    Raises
    ------
    ValueError
        If ``u`` is not within (0, 1), the distribution is unknown, its interval does not fit it,
        or the allowed range holds none of it.

    Examples
    --------
    >>> round(quantile(0.975, "lognormal", 1.25, 1.19, 1.32), 6)
    1.32
    >>> quantile(0.5, "uniform", 0.8, 0.6, 1.0)
    0.8
    """
    if not 0 < u < 1:
        raise ValueError(f"quantiles are taken at 0 < u < 1, found {u}")
    cumulative, inverse = _functions(distribution, value, low, high)
    below = cumulative(minimum) if minimum > -math.inf else 0.0
    above = cumulative(maximum) if maximum < math.inf else 1.0
    if above <= below:
        raise ValueError(f"no part of the {distribution} lies within {minimum:g} to {maximum:g}")
    if below > 0 or above < 1:
        u = min(max(below + u * (above - below), 1e-16), 1 - 1e-16)
    return min(max(inverse(u), minimum), maximum)


Functions = tuple[Callable[[float], float], Callable[[float], float]]


@lru_cache(maxsize=4096)
def _functions(distribution: str, value: float, low: float, high: float) -> Functions:
    """Return cumulative distribution and quantile function, checked once per entry."""
    kinds = (_normal, _lognormal, _beta, _gamma, _triangular, _uniform)
    makers = dict(zip(DISTRIBUTIONS, kinds, strict=True))
    if distribution not in makers:
        raise ValueError(f"unknown distribution {distribution!r}; known: {', '.join(makers)}")
    if not low <= value <= high or low == high:
        raise ValueError(f"the interval {low:g} to {high:g} does not hold {value:g} or is empty")
    return makers[distribution](value, low, high)


def _normal(value: float, low: float, high: float) -> Functions:
    below, above = (value - low) / Z_975, (high - value) / Z_975

    def cumulative(x: float) -> float:
        spread = below if x < value else above
        return STANDARD_NORMAL.cdf((x - value) / spread) if spread > 0 else float(x >= value)

    def inverse(u: float) -> float:
        z = STANDARD_NORMAL.inv_cdf(u)
        return value + z * (below if z < 0 else above)

    return cumulative, inverse


def _lognormal(value: float, low: float, high: float) -> Functions:
    if low <= 0:
        raise ValueError(f"a lognormal needs an interval above 0, found {low:g}")
    cumulative, inverse = _normal(math.log(value), math.log(low), math.log(high))
    return (
        lambda x: cumulative(math.log(x)) if x > 0 else 0.0,
        lambda u: math.exp(inverse(u)),
    )


def _triangular(value: float, low: float, high: float) -> Functions:
    mode_at = (value - low) / (high - low)

    def cumulative(x: float) -> float:
        x = min(max(x, low), high)
        if x < value:
            return (x - low) ** 2 / ((high - low) * (value - low))
        return 1 - (high - x) ** 2 / ((high - low) * (high - value)) if x < high else 1.0

    def inverse(u: float) -> float:
        if u < mode_at:
            return low + math.sqrt(u * (high - low) * (value - low))
        return high - math.sqrt((1 - u) * (high - low) * (high - value))

    return cumulative, inverse


def _uniform(value: float, low: float, high: float) -> Functions:
    return (
        lambda x: min(max((x - low) / (high - low), 0.0), 1.0),
        lambda u: low + u * (high - low),
    )


def _gamma(value: float, low: float, high: float) -> Functions:
    if value <= 0:
        raise ValueError(f"a gamma needs a central value above 0, found {value:g}")
    deviation = (high - low) / (2 * Z_975)
    shape, scale = (value / deviation) ** 2, deviation**2 / value

    def cumulative(x: float) -> float:
        return _incomplete_gamma(shape, x / scale) if x > 0 else 0.0

    top = value + 10 * deviation + 40 * scale
    return cumulative, lambda u: _solve(cumulative, u, 0.0, top)


def _beta(value: float, low: float, high: float) -> Functions:
    if not 0 < value < 1:
        raise ValueError(f"a beta needs a central value within 0 and 1, found {value:g}")
    deviation = (high - low) / (2 * Z_975)
    total = value * (1 - value) / deviation**2 - 1
    if total <= 0:
        raise ValueError(f"the interval {low:g} to {high:g} is too wide for a beta")
    first, second = value * total, (1 - value) * total

    def cumulative(x: float) -> float:
        return _incomplete_beta(first, second, min(max(x, 0.0), 1.0))

    return cumulative, lambda u: _solve(cumulative, u, 0.0, 1.0)


def _solve(cumulative: Callable[[float], float], u: float, low: float, high: float) -> float:
    """Return x with cumulative(x) = u: false position, halving the weight of an end that stays."""
    below, above = cumulative(low) - u, cumulative(high) - u
    last = 0
    for _ in range(200):
        x = (low * above - high * below) / (above - below)
        gap = cumulative(x) - u
        if abs(gap) < 1e-14 or high - low < 1e-15 * high:
            break
        if gap < 0:
            low, below = x, gap
            above = above / 2 if last < 0 else above
        else:
            high, above = x, gap
            below = below / 2 if last > 0 else below
        last = -1 if gap < 0 else 1
    return x


def _incomplete_gamma(shape: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function, by its series."""
    if x > shape + 12 * math.sqrt(shape) + 40:
        return 1.0
    term = total = 1 / shape
    k = shape
    while term > total * 1e-16:
        k += 1
        term *= x / k
        total += term
    return min(total * math.exp(shape * math.log(x) - x - math.lgamma(shape)), 1.0)


def _incomplete_beta(first: float, second: float, x: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (first + 1) / (first + second + 2):
        return 1 - _incomplete_beta(second, first, 1 - x)
    front = math.exp(
        math.lgamma(first + second)
        - math.lgamma(first)
        - math.lgamma(second)
        + first * math.log(x)
        + second * math.log1p(-x)
    )
    return front * _beta_fraction(first, second, x) / first


def _beta_fraction(first: float, second: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function (Lentz's method)."""
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (first + second) * x / (first + 1) or tiny)
    fraction = d
    for m in range(1, 400):
        even = m * (second - m) * x / ((first + 2 * m - 1) * (first + 2 * m))
        odd = -(first + m) * (first + second + m) * x
        odd /= (first + 2 * m) * (first + 2 * m + 1)
        for term in (even, odd):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return fraction
