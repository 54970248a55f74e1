"""Statistical assertions that say what error they can notice.

Each compares a sample with what theory expects, allows ``sigmas`` standard errors (five: about one
false alarm in two million), and fails as well when the sample is too small to notice the error
``detect``: a test that cannot fail is no test. An error of size ``detect`` lies at least ten
standard errors off, so it is noticed practically always.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


def _within(
    found: float,
    expected: float,
    error: float,
    detect: float,
    sigmas: float,
    allowance: float = 0.0,
) -> None:
    """Fail if ``found`` is off, or if the standard error is too large to notice ``detect``."""
    largest = (detect - allowance) / (2.0 * sigmas)
    assert error <= largest, (
        f"too small a sample: the standard error {error:.3g} must be at most {largest:.3g} "
        f"to notice an error of {detect:.3g}"
    )
    assert abs(found - expected) <= sigmas * error + allowance, (
        f"found {found:.6g}, expected {expected:.6g}: {abs(found - expected) / error:.1f} "
        f"standard errors apart, {sigmas:g} allowed"
        + (f" besides {allowance:.3g} for what is not chance" if allowance else "")
    )


def assert_estimate(
    found: float,
    expected: float,
    error: float,
    *,
    detect: float,
    sigmas: float = 5.0,
    allowance: float = 0.0,
) -> None:
    """Assert an estimate whose standard error is known; ``detect`` is an absolute error of it.

    ``allowance`` is a known error of what is expected, such as that of a quadrature.
    """
    _within(found, expected, error, detect, sigmas, allowance)


def assert_events(events: int, hazard: float, *, detect: float, sigmas: float = 5.0) -> None:
    """Assert that a number of events fits the hazards that people met until then, summed.

    Events less hazards met is a martingale whose variance is the hazards' sum, however often
    people may have the event and however their hazards moved. ``detect`` is a relative error.
    """
    _within(float(events), hazard, math.sqrt(hazard), detect * hazard, sigmas)


def assert_same_number(first: int, second: int, *, detect: float, sigmas: float = 5.0) -> None:
    """Assert that two independent counts have one expectation; ``detect`` is a relative error."""
    mean = (first + second) / 2.0
    error = math.sqrt(max(first + second, 1))
    _within(float(first - second), 0.0, error, detect * mean, sigmas)


def assert_ratio_of_variances(
    first: Numbers, second: Numbers, expected: float, *, detect: float, sigmas: float = 5.0
) -> None:
    """Assert the variance of one normal sample over another's, by the F distribution.

    ``detect`` is the factor, above 1, by which the ratio may be off unnoticed.
    """
    from scipy import stats

    chance = math.erfc(sigmas / math.sqrt(2.0)) / 2.0
    within = stats.f(len(first) - 1, len(second) - 1)
    low, high = (float(within.ppf(share)) for share in (chance, 1.0 - chance))
    assert high / low <= detect, (
        f"too small a sample: a factor of {high / low:.3g} may go unnoticed, not of {detect:.3g}"
    )
    found = float(np.var(first, ddof=1) / np.var(second, ddof=1)) / expected
    assert low <= found <= high, (
        f"variances are off by a factor of {found:.3g}; {low:.3g} to {high:.3g} allowed"
    )


def assert_share(k: int, n: int, p: float, *, detect: float, sigmas: float = 5.0) -> None:
    """Assert that ``k`` of ``n`` fits a probability ``p``; ``detect`` is a relative error of it."""
    error = math.sqrt(max(p * (1.0 - p), 1e-12) / n)
    _within(k / n, p, error, detect * p, sigmas)


def assert_mean(
    values: Numbers, expected: float, *, detect: float, sigmas: float = 5.0, allowance: float = 0.0
) -> None:
    """Assert that independent values have this mean; ``detect`` is an absolute error of it.

    ``allowance`` is a known error of what is expected, such as that of a quadrature.
    """
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    _within(float(np.mean(values)), expected, error, detect, sigmas, allowance)


def assert_spread(values: Numbers, expected: float, *, detect: float, sigmas: float = 5.0) -> None:
    """Assert that normal values have this standard deviation; ``detect`` is a relative error."""
    error = expected / math.sqrt(2.0 * (len(values) - 1))
    _within(float(np.std(values, ddof=1)), expected, error, detect * expected, sigmas)


def assert_correlation(
    x: Numbers, y: Numbers, expected: float, *, detect: float, sigmas: float = 5.0
) -> None:
    """Assert the correlation of two normal samples; ``detect`` is an absolute error."""
    error = (1.0 - expected**2) / math.sqrt(len(x) - 3)
    _within(float(np.corrcoef(x, y)[0, 1]), expected, error, detect, sigmas)


def assert_distribution(
    values: Numbers, cumulative: Callable[[Numbers], Numbers], *, detect: float, sigmas: float = 5.0
) -> None:
    """Assert a continuous distribution (Kolmogorov and Smirnov).

    ``detect`` is the largest difference of the cumulative shares that may go unnoticed.
    """
    ordered = np.sort(np.asarray(values, float))
    n = len(ordered)
    shares = np.asarray(cumulative(ordered), float)
    above = np.arange(1, n + 1) / n - shares
    below = shares - np.arange(n) / n
    distance = float(max(above.max(), below.max()))
    chance = math.erfc(sigmas / math.sqrt(2.0))
    limit = math.sqrt(math.log(2.0 / chance) / 2.0 / n)
    assert limit <= detect / 2.0, (
        f"too small a sample: {n} values notice differences of {2.0 * limit:.3g}, "
        f"not of {detect:.3g}"
    )
    assert distance <= limit, f"the distribution is off by {distance:.4g}; {limit:.4g} allowed"
