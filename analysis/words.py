"""Numbers and lists in words, as the terminal, reports and figures write them."""

from __future__ import annotations

import re
from math import floor, isfinite, log10

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


def capitalised(text: str) -> str:
    """Return the text with its first letter in upper case and the others as they are."""
    return text[:1].upper() + text[1:]


def joined(parts: list[str]) -> str:
    """Join parts as a sentence does: ``a, b and c``."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def several(number: int | str, thing: str) -> str:
    """Return a number of things, such as "20 trajectories".

    Examples
    --------
    >>> several(20, "trajectory"), several(1, "pass"), several(4, "set of curves")
    ('20 trajectories', '1 pass', '4 sets of curves')
    >>> several("1", "person simulated"), several("200", "person simulated")
    ('1 person simulated', '200 persons simulated')
    """
    noun, rest = re.match(r"((?:base )?\S+)(.*)", thing).groups()  # type: ignore[union-attr]
    if str(number) != "1":
        noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun}{rest}"


def in_words(number: float, digits: int = 3, *, sign: bool = False) -> str:
    """Write a number with a few significant digits, thin spaces and a true minus sign.

    Examples
    --------
    >>> in_words(1234.5).replace(THIN_SPACE, " ")
    '1 234'
    >>> in_words(-0.01234) == MINUS + "0.0123"
    True
    >>> in_words(0.0)
    '0'
    """
    if not isfinite(number):
        return "not available"
    if number == 0:
        return "0"
    decimals = max(0, digits - 1 - floor(log10(abs(number))))
    text = f"{abs(number):,.{decimals}f}".replace(",", THIN_SPACE)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return (MINUS if number < 0 else "+" if sign else "") + text


def told_apart(first: float, second: float, decimals: int = 3) -> tuple[str, str]:
    """Write two numbers with as many decimals as their difference needs, up to eight.

    What a reader takes from one to the other is then the change to a tenth of it.

    Examples
    --------
    >>> told_apart(1.3482, 1.3478), told_apart(1.3, 1.2)
    (('1.3482', '1.3478'), ('1.300', '1.200'))
    >>> told_apart(1.39449, 1.39490), told_apart(1.3, 1.3)  # not 1.394 and 1.395: twice as far
    (('1.3945', '1.3949'), ('1.300', '1.300'))
    """
    difference = second - first
    for more in range(decimals, 9):
        pair = f"{first:.{more}f}", f"{second:.{more}f}"
        if abs(float(pair[1]) - float(pair[0]) - difference) <= 0.1 * abs(difference):
            break
    return pair


def with_interval(estimate: float, lower: float, upper: float) -> str:
    """Write an estimate and its interval with the same number of decimals.

    Examples
    --------
    >>> with_interval(16.52, 7.92, 25.2), with_interval(0.0145, 0.011, 0.018)
    ('16.5 (7.9 to 25.2)', '0.0145 (0.0110 to 0.0180)')
    >>> with_interval(48.62, 48.57, 48.66), with_interval(0.5, -7e-5, 1.0).replace(MINUS, "-")
    ('48.620 (48.570 to 48.660)', '0.50 (-0.00 to 1.00)')
    """
    first = amount(estimate, lower, upper)
    if not isfinite(lower) or estimate == lower == upper == 0:
        return first
    decimals = _decimals(estimate, lower, upper)
    return f"{first} ({_limit(lower, decimals)} to {_limit(upper, decimals)})"


def amount(estimate: float, lower: float, upper: float) -> str:
    """Write an estimate with the decimals it has beside its interval.

    Examples
    --------
    >>> amount(74.6, 60.2, 88.9), amount(1.0, 0.4, 1.6)
    ('75', '1.00')
    """
    return _fixed(estimate, _decimals(estimate, lower, upper))


def _decimals(estimate: float, lower: float, upper: float) -> int:
    """Return decimals by the largest number, and no fewer than two digits of the interval's width.

    Of an estimate of hundreds or more, whole numbers are enough.
    """
    numbers = [abs(each) for each in (estimate, lower, upper) if isfinite(each)]
    largest = max(numbers, default=0.0)
    if largest == 0:
        return 0
    least = 0 if largest >= 50 else 1 if largest >= 5 else max(2, 1 - floor(log10(largest)))
    width = upper - lower
    if largest >= 100 or not isfinite(width) or width <= 0:
        return least
    return max(least, 1 - floor(log10(width)))


def _fixed(number: float, decimals: int) -> str:
    if not isfinite(number):
        return "not available"
    text = f"{abs(number):,.{decimals}f}".replace(",", THIN_SPACE)
    negative = number < 0 and float(f"{number:.{decimals}f}") != 0
    return (MINUS if negative else "") + text


def _limit(number: float, decimals: int) -> str:
    """Return a limit of an interval, with its sign also where it is rounded to zero."""
    text = _fixed(number, decimals)
    return text if number >= 0 or text.startswith(MINUS) or not isfinite(number) else MINUS + text
