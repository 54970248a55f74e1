"""Tables on standard output in other forms than words: JSON and CSV, for programs to read."""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from abm.running.spreadsheet import plain_text

Row = Mapping[str, Any]


def add_formats(parser: argparse.ArgumentParser, *, with_csv: bool = True) -> None:
    """Add the options that choose the form of a printed table."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="print it as JSON")
    if with_csv:
        group.add_argument("--csv", action="store_true", help="print it as CSV")


def in_json(content: Any) -> str:
    """Return anything made of mappings, lists and numbers as JSON; what is not known is null."""
    return json.dumps(_known(content), indent=1, ensure_ascii=False, allow_nan=False)


def in_csv(rows: Sequence[Row]) -> str:
    """Return rows of the same keys as CSV; lists and tables in a cell are JSON."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(list(rows[0]) if rows else [])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return stream.getvalue().rstrip("\n")


def _known(content: Any) -> Any:
    """Return content with numbers as they are, and none of those that JSON has not."""
    if isinstance(content, Mapping):
        return {_key(key): _known(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_known(value) for value in content]
    if hasattr(content, "item"):  # a number of NumPy
        content = content.item()
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _key(key: Any) -> str:
    return f"{key:g}" if isinstance(key, float) else str(key)


def _cell(value: Any) -> Any:
    known = _known(value)
    if isinstance(known, dict | list):
        return plain_text(json.dumps(known, ensure_ascii=False))
    return "" if known is None else plain_text(known)
