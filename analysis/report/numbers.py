"""Numbers of the report in words: counts, ranges, percentages, and what there is none of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from analysis.words import MINUS, NO_BREAK, THIN_SPACE, in_words

LEAST_SHARE = 1e-5  # written out: nothing below is of any use to a reader


def missing(number: Any) -> bool:
    """Return whether there is no number."""
    return number is None or number != number


def two_digits(number: float) -> str:
    """Return a number with two significant digits."""
    return in_words(number, 2)


def range_in_words(
    lower: Any, upper: Any, written: Callable[[float], str] = two_digits, unit: str = ""
) -> str:
    """Return "lower to upper", or nothing where there is no such range.

    Examples
    --------
    >>> range_in_words(1.0, 2.51), range_in_words(float("nan"), 2.0)
    ('1 to 2.5', '')
    """
    if missing(lower):
        return ""
    return f"{written(float(lower))} to {written(float(upper))}{unit}"


def count(number: Any) -> str:
    """Return a count as a whole number, or nothing where there is none."""
    return "" if missing(number) else in_words(round(float(number)), 12)


def thin(text: str) -> str:
    """Return text of the program in which thousands stand apart as everywhere in the report.

    Examples
    --------
    >>> thin("in 2025 within 1 100 000 USD, 0.2 to 3").replace(THIN_SPACE, "_")
    'in 2025 within 1_100_000 USD, 0.2 to 3'
    """
    return re.sub(r"(?<![\d.])\d{1,3}(?: \d{3})+(?!\d)", _with_thin_spaces, text)


def _with_thin_spaces(number: re.Match[str]) -> str:
    return number.group().replace(" ", THIN_SPACE)


def plain(text: str) -> str:
    """Return text of the report as a terminal of any encoding shows it.

    Examples
    --------
    >>> plain(in_words(-1200.0, 4)), plain(f"{1234567:,} or 2,5")
    ('-1 200', '1 234 567 or 2,5')
    """
    spaced = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", " ", text)
    return re.sub(f"[{THIN_SPACE}{NO_BREAK}]", " ", spaced).replace(MINUS, "-")


def percentage(share: float, *, sign: bool = False) -> str:
    """Return a share in per cent with two significant digits, or that it is next to nothing.

    Examples
    --------
    >>> percentage(0.0912), percentage(0.021, sign=True)
    ('9.1 %', '+2.1 %')
    >>> percentage(3.9e-8, sign=True), percentage(-3.9e-8).replace(MINUS, "-")
    ('below +0.001 %', 'above -0.001 %')
    """
    if 0.0 < abs(share) < LEAST_SHARE:
        limit = in_words(100 * LEAST_SHARE * (1 if share > 0 else -1), sign=sign)
        return f"{'below' if share > 0 else 'above'} {limit} %"
    return in_words(100 * share, 2, sign=sign) + " %"
