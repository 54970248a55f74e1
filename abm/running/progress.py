"""How far a run is: a bar with the time left on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from types import TracebackType
from typing import TextIO

SECONDS_BETWEEN_DRAWINGS = 0.1
SECONDS_BETWEEN_LINES = 15.0
LONGEST_BAR = 40


class Progress:
    """A context manager that shows how much of a known total has been done.

    Parameters
    ----------
    total
        What 100 % is, in any unit.
    title
        Shown before the bar.
    stream
        Where to write; standard error by default, so that results can be piped.

    Examples
    --------
    >>> import io
    >>> stream = io.StringIO()
    >>> with Progress(10, "uk", stream) as progress:
    ...     progress.advance(10)
    >>> stream.getvalue().startswith("uk: done in ")
    True
    """

    def __init__(self, total: float, title: str, stream: TextIO | None = None) -> None:
        """Note the total; the clock starts on entering the context."""
        self.total = max(total, 1e-9)
        self.title = title
        self.done = self._skipped = 0.0
        self._stream = sys.stderr if stream is None else stream
        # A terminal that is called dumb does not know how to clear a line.
        self._on_terminal = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._started = self._drawn = time.monotonic()

    def __enter__(self) -> Progress:
        """Start the clock."""
        self._started = self._drawn = time.monotonic()
        if self._on_terminal:
            self._draw(self._started)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Clear the bar, and say how long it took unless it was broken off."""
        if self._on_terminal:
            self._stream.write("\r\x1b[K")
        if kind is None:
            seconds = time.monotonic() - self._started
            self._stream.write(f"{self.title}: done in {in_words(seconds)}\n")
        self._stream.flush()

    def advance(self, amount: float) -> None:
        """Add what has been done since the last call; any thread may call."""
        with self._lock:
            self.done = min(self.done + amount, self.total)
            now = time.monotonic()
            wait = SECONDS_BETWEEN_DRAWINGS if self._on_terminal else SECONDS_BETWEEN_LINES
            if now - self._drawn >= wait:
                self._draw(now)

    def skip(self, amount: float) -> None:
        """Count what need not be done, so that it does not make the rest look quick."""
        with self._lock:
            self._skipped += amount
        self.advance(amount)

    def text(self, now: float) -> str:
        """Return the share done and the time left at a moment of the monotonic clock."""
        share = self.done / self.total
        elapsed = now - self._started
        worked = self.done - self._skipped
        left = elapsed * (self.total - self.done) / worked if worked > 0 else None
        return f"{share:4.0%}" + ("" if left is None else f", {in_words(left)} left")

    def _draw(self, now: float) -> None:
        self._drawn = now
        text = self.text(now)
        if not self._on_terminal:
            self._stream.write(f"{self.title}: {text.strip()}\n")
        else:
            columns = shutil.get_terminal_size().columns
            line = _line(self.title, self.done / self.total, text, columns)
            self._stream.write(f"\r\x1b[K{line}")
        self._stream.flush()


def _line(title: str, share: float, text: str, columns: int) -> str:
    """Return what fits into one line of a terminal: else the next drawing could not clear it.

    Examples
    --------
    >>> _line("walks", 0.5, " 50%, 8 s left", 30)
    'walks [###...]  50%, 8 s left'
    >>> _line("walks", 0.5, " 50%, 8 s left", 20)
    'walks  50%, 8 s lef'
    """
    width = min(LONGEST_BAR, columns - len(title) - len(text) - 5)
    if width < 1:
        return f"{title} {text}"[: max(columns - 1, 0)]
    filled = int(width * share)
    return f"{title} [{'#' * filled}{'.' * (width - filled)}] {text}"


def in_words(seconds: float) -> str:
    """Return a duration in the units people use.

    Examples
    --------
    >>> [in_words(seconds) for seconds in (0.26, 8.2, 75, 7325)]
    ['0.3 s', '8 s', '1 min 15 s', '2 h 2 min']
    """
    if seconds < 5:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
