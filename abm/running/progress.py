"""How far a run is: a bar with the time left on a terminal and in a notebook, by tqdm."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO

NOTEBOOK = "tqdm.notebook"
FORMAT = "{desc}: {percentage:3.0f}% |{bar}| {elapsed}, {remaining} left"


class Progress:
    """A context manager that shows how much of a known total has been done, and the time left.

    On a terminal and in a notebook it is a bar of tqdm. Elsewhere nothing is written before the
    end, so that logs stay short.

    Parameters
    ----------
    total
        What 100 % is, in any unit.
    title
        Shown before the bar.
    stream
        Where to write; standard error by default, so that results can be piped.
    last_line
        Whether to say at the end how long it took.

    Examples
    --------
    >>> import io
    >>> stream = io.StringIO()
    >>> with Progress(10, "uk", stream) as progress:
    ...     progress.advance(10)
    >>> stream.getvalue().startswith("uk: done in ")
    True
    """

    def __init__(
        self, total: float, title: str, stream: TextIO | None = None, *, last_line: bool = True
    ) -> None:
        """Note the total; the clock starts on entering the context."""
        self.title = title
        self._total = max(total, 1e-9)
        self._done = 0.0
        self._stream = sys.stderr if stream is None else stream
        self._may_be_notebook = stream is None
        self._last_line = last_line
        self._lock = threading.Lock()
        self._bar: Any = None
        self._started = time.monotonic()

    @property
    def total(self) -> float:
        """What 100 % is; may be moved while work goes on."""
        return self._total

    @total.setter
    def total(self, total: float) -> None:
        self._total = total
        if self._bar is not None:
            self._bar.total = total

    def __enter__(self) -> Progress:
        """Start the clock, once what draws is loaded."""
        bar_of = _bars()
        self._started = time.monotonic()
        in_notebook = self._may_be_notebook and bar_of.__module__ == NOTEBOOK
        # A terminal that is called dumb does not know how to clear a line.
        on_terminal = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        if in_notebook or on_terminal:
            # Of terminals that do not tell their size tqdm thinks that they have no line.
            columns, lines = shutil.get_terminal_size()
            place: dict[str, Any] = {"file": self._stream, "ncols": columns - 1, "nrows": lines}
            self._bar = bar_of(
                total=self._total,
                desc=self.title,
                leave=in_notebook,
                bar_format=FORMAT,
                **({} if in_notebook else place),
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Clear the bar, and say how long it took unless it was broken off."""
        if self._bar is not None:
            self._bar.close()
        if kind is None and self._last_line:
            seconds = time.monotonic() - self._started
            self._stream.write(f"{self.title}: done in {in_words(seconds)}\n")
        self._stream.flush()

    def advance(self, amount: float) -> None:
        """Add what has been done since the last call; any thread may call."""
        with self._lock:
            step = min(amount, self._total - self._done)
            self._done += step
            if self._bar is not None:
                self._bar.update(step)

    def skip(self, amount: float) -> None:
        """Count what need not be done, so that it does not make the rest look quick."""
        if self._bar is not None:
            self._bar.initial += amount
        self.advance(amount)

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return self._done / self._total


def _bars() -> Any:
    """Return tqdm's class of bars, that of notebooks where there is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls itself experimental
        from tqdm.autonotebook import tqdm
    tqdm.monitor_interval = 0  # no thread that looks after bars: ours move often
    return tqdm


@contextmanager
def advancing(
    progress: Callable[[int], Any] | bool | None, total: float, title: str
) -> Iterator[Callable[[int], Any] | None]:
    """Yield what is called with each amount of work done: a caller's own, or that of a bar."""
    if not isinstance(progress, bool):
        yield progress
    elif not progress:
        yield None
    else:
        with Progress(total, title, last_line=False) as bar:
            yield bar.advance


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
