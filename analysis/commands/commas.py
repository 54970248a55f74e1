"""Commas that may stand between values or inside one number, as in ``12,5,13,7``.

``12,5,13,7`` is four values, or 12.5 and 13.7; ``1,500,2,600`` is four, or 1500 and 2600. Such a
text is asked about. A list of three or more values that only rise or only fall, such as
``10,20,30,40``, is taken for one: what pairs up as numbers seldom does. But ``1,234,567`` rises and
is a number, so one number with all its thousands set apart is always asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

_BEFORE_POINT, _AFTER_POINT = re.compile(r"[-+]?\d+"), re.compile(r"\d+")
_HEAD, _THREE = re.compile(r"[-+]?[1-9]\d{0,2}"), re.compile(r"\d{3}(\.\d+)?")
_BARE = re.compile(r"[-+]?\d+(\.\d+)?")


def doubt_of_commas(text: str, *, whole: bool) -> str:
    """Return what to ask of a text whose commas may stand inside numbers, or an empty text.

    Parameters
    ----------
    text
        Several values as they are written, with commas between.
    whole
        Whether whole numbers are wanted, which have no decimal comma.

    Examples
    --------
    >>> doubt_of_commas("12,5", whole=False)
    "a decimal comma, or 2 values? must be 12.5 for the number, or '12, 5' for a run with each"
    >>> doubt_of_commas("0.2,0.4,0.6", whole=False), doubt_of_commas("10,20,30", whole=False)
    ('', '')
    """
    pieces = text.split(",")
    if not all(map(_BARE.fullmatch, pieces)):
        return ""
    thousands = _with_thousands(pieces)
    kinds = {"a decimal comma": [] if whole else _with_decimals(pieces),
             "a comma between thousands": thousands}  # fmt: skip
    readings = {kind: numbers for kind, numbers in kinds.items() if numbers}
    in_order = len(pieces) > 2 and _rise_or_fall(pieces)
    long_number = len(thousands) == 1 and len(pieces[0].lstrip("+-")) < 3
    if not readings or (in_order and not long_number):
        return ""
    return f"{', '.join(readings)}, or {len(pieces)} values? must be {_written(readings, pieces)}"


def _written(readings: dict[str, list[str]], pieces: Sequence[str]) -> str:
    """Return how to write each reading; blanks need quotes in a shell."""
    ways = []
    for kind, numbers in readings.items():
        noun = "the number" if len(numbers) == 1 else f"{len(numbers)} numbers"
        which = f" with {kind}" if len(readings) > 1 else ""
        ways.append(f"{_list_of(numbers)} for {noun}{which}")
    return ", ".join([*ways, f"or '{', '.join(pieces)}' for a run with each"])


def _list_of(numbers: Sequence[str]) -> str:
    return f"'{', '.join(numbers)}'" if len(numbers) > 1 else numbers[0]


def _with_decimals(pieces: Sequence[str]) -> list[str]:
    """Return the numbers that pieces are when every second comma is a decimal one, or nothing."""
    pairs = list(zip(pieces[::2], pieces[1::2], strict=False))
    fit = (_BEFORE_POINT.fullmatch(a) and _AFTER_POINT.fullmatch(b) for a, b in pairs)
    return [".".join(pair) for pair in pairs] if len(pieces) % 2 == 0 and all(fit) else []


def _with_thousands(pieces: Sequence[str]) -> list[str]:
    """Return the numbers that pieces are when thousands are set apart, or nothing."""
    pairs = list(zip(pieces[::2], pieces[1::2], strict=False))
    if len(pieces) % 2 == 0 and all(_HEAD.fullmatch(a) and _THREE.fullmatch(b) for a, b in pairs):
        return ["".join(pair) for pair in pairs]
    found = list(_joined(pieces))
    return found if len(found) < len(pieces) else []


def _joined(pieces: Sequence[str]) -> Iterator[str]:
    """Yield numbers, each with all groups of three digits that may belong to it."""
    number, goes_on = pieces[0], bool(_HEAD.fullmatch(pieces[0]))
    for piece in pieces[1:]:
        if goes_on and _THREE.fullmatch(piece):
            number, goes_on = number + piece, "." not in piece
        else:
            yield number
            number, goes_on = piece, bool(_HEAD.fullmatch(piece))
    yield number


def _rise_or_fall(pieces: Sequence[str]) -> bool:
    steps = list(pairwise(map(float, pieces)))
    return all(a < b for a, b in steps) or all(a > b for a, b in steps)
