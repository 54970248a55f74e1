"""What the commands say on standard error, by level, and how much of it is wanted.

Answers go to standard output. Here are warnings, remarks (how far a run is, what was found from
before) and, with ``--verbose``, details. Errors that end a command are always printed.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
from typing import TextIO

ROOMS = ("abm", "analysis")


class ToStandardError(logging.Handler):
    """Writes to standard error as it is when something is said, whatever has become of it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        print(self.format(record), file=sys.stderr, flush=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line: warnings are called so, and details say when and where."""
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            return f"warning: {text}"
        if record.levelno >= logging.INFO:
            return text
        return f"[{record.relativeCreated / 1000:.1f} s, {record.name}] {text}"


def add_loudness(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--quiet", action="store_true",
        help="on standard error warnings and errors alone: no progress, no remarks")  # fmt: skip
    group.add_argument("--verbose", action="store_true",
        help="details too: what was set up, found and written, and when")  # fmt: skip


def set_loudness(*, quiet: bool = False, verbose: bool = False) -> None:
    """Say how much is wanted from now on."""
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    for room in ROOMS:
        logging.getLogger(room).setLevel(level)


def remarks() -> TextIO | None:
    """Return where progress is told; None where it is not wanted."""
    return sys.stderr if _remarks_are_wanted() else None


def bar_stream() -> TextIO | None:
    """Return the stream of a bar of progress: as it chooses, or one that nobody reads."""
    return None if _remarks_are_wanted() else io.StringIO()


def _remarks_are_wanted() -> bool:
    return logging.getLogger(__name__).isEnabledFor(logging.INFO)


def listen() -> None:
    """Let what the rooms say be written, remarks too; done once, when a command is loaded."""
    for room in ROOMS:
        logger = logging.getLogger(room)
        if not any(isinstance(handler, ToStandardError) for handler in logger.handlers):
            logger.addHandler(ToStandardError())
    set_loudness()
