"""The three standard streams and the signals that end a run, whatever a shell has done to them."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TextIO

from analysis.commands.usage import DONE, FAILED, INTERRUPTED

# A reader that went away, a terminal that hung up, a stream that was closed.
NOBODY_READS = {errno.EPIPE, errno.EIO, errno.EBADF}
WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "the terminal hung up"}


class Ended(KeyboardInterrupt):
    """A signal asked the run to end in good order.

    Attributes
    ----------
    code
        Exit code of the process, as shells give it: 128 plus the number of the signal.
    word
        What happened, for standard error.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number
        self.word = WORDS[signal.Signals(number).name]


class LastingStream:
    """A stream for text that takes whatever is written, also when that goes nowhere any more.

    A run goes on when the reader of its words has gone or their disk is full: its results are
    files.

    Attributes
    ----------
    lost
        Why text was lost that somebody may have wanted; None while all went through, and where
        nobody reads.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost: OSError | None = None

    def write(self, text: str) -> int:
        """Write text, or nothing once that has failed."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        """Hand on what has been written."""
        try:
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        if error.errno not in NOBODY_READS:
            self.lost = error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        """Return everything else from the stream itself."""
        return getattr(self._stream, name)


def hold_streams() -> None:
    """Make standard streams of those that are closed, and let the others last.

    Where one is closed, the next file that is opened would take its number, and with it whatever
    libraries write there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115
    sys.stdout = _lasting(sys.stdout)
    sys.stderr = _lasting(sys.stderr)


def loss_of(stream: TextIO) -> OSError | None:
    """Return why a standard stream lost text that somebody may have wanted; None if it did not."""
    stream.flush()
    return getattr(stream, "lost", None)


def _lasting(stream: TextIO | None) -> TextIO:
    if stream is None:
        return open(os.devnull, "w")  # noqa: SIM115
    # A narrow encoding shows what it has no letters for, instead of breaking off.
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    found: Any = LastingStream(stream)
    return found  # type: ignore[no-any-return]


def heed_signals() -> None:
    """Let a first signal end the run in good order, and a second one at once.

    Signals that are ignored, as `nohup` has it, stay so.
    """

    def first(number: int, frame: FrameType | None) -> None:
        for each in heeded:
            signal.signal(each, second)
        raise Ended(number)

    def second(number: int, frame: FrameType | None) -> None:
        word = WORDS[signal.Signals(number).name]
        try:
            os.write(2, f"\n{word}\n".encode())
        finally:
            os._exit(128 + number)

    usual = (signal.SIG_DFL, signal.default_int_handler)
    known = [getattr(signal, name) for name in WORDS if hasattr(signal, name)]
    heeded = [number for number in known if signal.getsignal(number) in usual]
    for number in heeded:
        signal.signal(number, first)


def in_good_order(work: Callable[[], int]) -> int:
    """Return the exit code of a command's work, which a signal may end.

    Text that is lost fails a command that did all else.
    """
    hold_streams()
    heed_signals()
    code = _code_of(work)
    if lost := loss_of(sys.stdout):
        print(f"standard output took no more text: {lost}; no file is affected", file=sys.stderr)
    if code == DONE and (lost or loss_of(sys.stderr)):
        return FAILED
    return code


def _code_of(work: Callable[[], int]) -> int:
    """Return the exit code of a command's work, whichever way it ends."""
    try:
        return work()
    except SystemExit as leaving:  # help and bad usage, with a number as the code
        return int(leaving.code or DONE)
    except KeyboardInterrupt as interrupt:
        word, code = "interrupted", INTERRUPTED
        if isinstance(interrupt, Ended):
            word, code = interrupt.word, interrupt.code
        print(f"\n{word}", file=sys.stderr)
        return code
