"""What a notebook shows of an object: a title, some sentences and a small table, all escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from math import isnan

MOST_LETTERS = 300  # of one text: a page of a notebook is no place for more
DIGITS = 3
NARROW = "\u202f"  # a space at which no line is broken
BLANKS = re.compile(r"[ \t\r\n\f\v]+")


def shown(title: str, sentences: Iterable[str], head: Sequence[str] = (),
          rows: Iterable[Sequence[object]] = ()) -> str:  # fmt: skip
    """Return HTML of a title, a paragraph for each sentence, and a table if it has a head.

    Examples
    --------
    >>> shown("a < b", ["one"])
    '<div><strong>a &lt; b</strong><p style="margin:.2em 0">one</p></div>'
    """
    parts = [f"<strong>{_cell(title)}</strong>"]
    parts += [f'<p style="margin:.2em 0">{_cell(each)}</p>' for each in sentences if each]
    if head:
        lines = [_row("th", head), *(_row("td", row) for row in rows)]
        parts.append(f"<table>{''.join(lines)}</table>")
    return f"<div>{''.join(parts)}</div>"


def number(value: float) -> str:
    """Return a number with three digits that count, thousands set apart; blank for none.

    Examples
    --------
    >>> number(1234567.0).split(NARROW), number(0.012345), number(-12.0), number(float("nan"))
    (['1', '230', '000'], '0.0123', '-12', '')
    """
    if isnan(value):
        return ""
    rounded = float(f"{value:.{DIGITS}g}") + 0.0
    text = f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"
    return text.replace(",", NARROW)


def between(lower: float, upper: float) -> str:
    """Return an interval in words; that it is unknown, where it is."""
    return "unknown" if isnan(lower) else f"{number(lower)} to {number(upper)}"


def shortened(text: str) -> str:
    """Return a text of at most :data:`MOST_LETTERS` letters in one line."""
    line = BLANKS.sub(" ", text).strip()
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 3]}..."


def _row(kind: str, cells: Sequence[object]) -> str:
    begin = f'<{kind} style="text-align:left">'
    return f"<tr>{''.join(f'{begin}{_cell(each)}</{kind}>' for each in cells)}</tr>"


def _cell(content: object) -> str:
    return escape(shortened(str(content)))
