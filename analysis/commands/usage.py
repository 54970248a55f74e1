"""What the commands share: exit codes, and how a number on the command line is read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

DONE, FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130
MOST_SEEDS = 200  # at which --until gives up


def whole_number(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers for the command line; 1e3 and 1_000 are understood."""

    def read(text: str) -> int:
        try:
            number = float(text)
            whole = int(number)
        except (ValueError, OverflowError):
            number, whole = 0.5, 0
        if number != whole or whole < least:
            raise argparse.ArgumentTypeError(
                f"is {text!r}; must be a whole number of at least {least}"
            )
        return whole

    return read


def not_a_folder(out: Path) -> str:
    """Say that results cannot go to ``out`` because it is a file; nothing if they can."""
    is_file = out.exists() and not out.is_dir()
    return f"--out: {out} is a file; must be a folder" if is_file else ""
