"""Plain arithmetic for the rulebook: the same functions in Python and inside compiled kernels.

A rule is an ordinary Python function marked with :func:`rule`. Called from Python it runs as
written, in double precision. Called from a compiled kernel, Numba compiles that same source for
the argument types at hand (see :mod:`abm.kernel.compiled`).

The elementary functions have two faces too: the C library's in Python, and in kernels our own
single-precision polynomials, which vectorise and give the same bits on every machine, whatever its
C library.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

RULES: list[Callable[..., Any]] = []


def rule(function: Function) -> Function:
    """Mark a plain function of scalars as callable from compiled kernels; return it unchanged."""
    RULES.append(function)
    return function


def exp(x: float) -> float:
    """Return e to the power ``x``: 0 at -80 and below, so that the impossible never happens."""
    return math.exp(min(x, 80.0)) if x > -80.0 else 0.0


def log(x: float) -> float:
    """Return the natural logarithm of ``x`` > 0."""
    return math.log(x)


def square_root(x: float) -> float:
    """Return the square root of ``x`` >= 0."""
    return math.sqrt(x)


@rule
def power(x: float, exponent: float) -> float:
    """Return ``x`` > 0 to a real power."""
    return exp(exponent * log(x))


@rule
def minimum(x: float, y: float) -> float:
    """Return the smaller of two numbers."""
    return x if x < y else y


@rule
def maximum(x: float, y: float) -> float:
    """Return the larger of two numbers."""
    return x if x > y else y


@rule
def clamped(x: float, lowest: float, highest: float) -> float:
    """Return ``x`` moved into [``lowest``, ``highest``]."""
    return minimum(maximum(x, lowest), highest)


@rule
def normal_cumulative(z: float) -> float:
    """Return the share of a standard normal distribution below ``z``.

    Abramowitz and Stegun (1964), formula 7.1.26; absolute error below 1.5e-7.
    """
    x = 0.70710678 * (z if z > 0.0 else -z)
    t = 1.0 / (1.0 + 0.3275911 * x)
    series = 1.061405429
    series = -1.453152027 + series * t
    series = 1.421413741 + series * t
    series = -0.284496736 + series * t
    series = 0.254829592 + series * t
    upper_tail = 0.5 * series * t * exp(-x * x)
    return 1.0 - upper_tail if z > 0.0 else upper_tail


@rule
def normal_quantile(share: float) -> float:
    """Return the standard normal quantile of ``share``, in (0, 1).

    Giles (2010), "Approximating the erfinv function", single precision; relative error 4e-7.
    """
    x = 2.0 * share - 1.0
    w = -log((1.0 - x) * (1.0 + x))
    t = minimum(w, 5.0) - 2.5
    central = 2.81022636e-08
    central = 3.43273939e-07 + central * t
    central = -3.5233877e-06 + central * t
    central = -4.39150654e-06 + central * t
    central = 0.00021858087 + central * t
    central = -0.00125372503 + central * t
    central = -0.00417768164 + central * t
    central = 0.246640727 + central * t
    central = 1.50140941 + central * t
    t = square_root(maximum(w, 5.0)) - 3.0
    tail = -0.000200214257
    tail = 0.000100950558 + tail * t
    tail = 0.00134934322 + tail * t
    tail = -0.00367342844 + tail * t
    tail = 0.00573950773 + tail * t
    tail = -0.0076224613 + tail * t
    tail = 0.00943887047 + tail * t
    tail = 1.00167406 + tail * t
    tail = 2.83297682 + tail * t
    return 1.41421356 * (central + (tail - 2.0798129)) * x


@rule
def exponential_quantile(share: float) -> float:
    """Return the unit exponential's quantile of ``share``, in (0, 1), exact for small shares."""
    small = share < 0.004
    series = share * (1.0 + share * (0.5 + share * (0.33333333 + share * 0.25)))
    inner = 0.5 if small else share
    return series if small else -log(1.0 - inner)


def real(whole: int) -> float:
    """Return a whole number below 2**31 as a real one (single precision in kernels)."""
    return float(whole)
