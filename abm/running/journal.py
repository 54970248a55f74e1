"""The journal of finished work: a run or study that was broken off goes on where it stopped.

A journal is one file. Each entry is one line of it: format, checksum, key, name, content. The name
says which piece of work is finished (some slots of a population, one run of a study); the content
is what came of it. Names and contents are the caller's. These guarantees are the journal's:

**A kill at any byte** costs the entry that was being written, and no other. Entries are appended,
and no byte of an earlier one is ever touched. What a full disk took of an entry is taken back.
Every entry is forced to the disk at once or within a second, the last ones by :meth:`close`: a
power cut costs what was appended in the last second.

**On reading**, when the journal is opened and again when an entry is asked for, an entry counts
only if its format is this one, its checksum fits all that follows it, and its key is the
journal's. Of several entries with one name the last counts.

**Damaged or foreign entries** (of another key, or of another format, such as that of an older
version) are never used and never deleted. They stay where they are, :meth:`Journal.complaints`
names them whenever the journal is opened, and their work counts as not done.

**One writer at a time**: whoever writes has claimed a folder above the file
(:func:`abm.running.output.claimed`). Nothing is locked here.

**The key** covers everything that the content depends on beside the entry's name, the sources and
the packages that compute it included (:func:`abm.running.provenance.stamp`). It is a digest of
:func:`abm.running.provenance.digest_of`. :mod:`abm.running.finished_work` makes it for populations,
``analysis.sensitivity.finished_runs`` for studies.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from abm.running.output import FolderError, opened_file, sync_folder

FORMAT = b"journal-3"
ENDING = ".journal"
SECONDS_BETWEEN_SYNCS = 1.0
LINES_NAMED = 5  # in a complaint

LONGEST_FIRST = 2**12
LONGEST_LINE = 2**28  # bytes; an entry has some 2**20
_NAME = re.compile(rb"[A-Za-z0-9_.-]{1,200}")

DAMAGED = "cut off or damaged"
FOREIGN = "of other work or another version of the program"
UNREADABLE = "whole, but not what this program writes"
OTHER_FORMAT = "of another format"


class _Unusable(ValueError):
    """A line is no entry of this journal; the message says why."""


class Journal:
    """The finished work of one key.

    Parameters
    ----------
    path
        The file; made with the first entry, in a folder that exists.
    key
        Digest of all that the contents depend on.

    Attributes
    ----------
    unusable
        Why a line cannot be used, by its number in the file (the first is 1).
    """

    def __init__(self, path: Path, key: str) -> None:
        """Find the entries that can be used."""
        if not re.fullmatch(r"[0-9a-f]{32}", key):
            raise ValueError(f"the key is {key!r}; must be 32 hexadecimal digits")
        self.path, self.key = path, key
        self.unusable: dict[int, str] = {}
        # Where an entry begins, how long it is, and in which line it was found (0: not found).
        self._places: dict[str, tuple[int, int, int]] = {}
        self._file: FileIO | None = None
        self._synced = 0.0
        self._find_entries()

    def __enter__(self) -> Journal:
        """Return the journal."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the journal."""
        self.close()

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the entries that can be used."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return the number of entries that can be used."""
        return len(self._places)

    def get(self, name: str) -> bytes | None:
        """Return the content of an entry; None if the work has to be done (again)."""
        if name not in self._places:
            return None
        place, length, _ = self._places[name]
        try:
            with os.fdopen(opened_file(self.path), "rb") as stream:
                stream.seek(place)
                found, escaped = _read(stream.read(length), self.key)
        except (FileNotFoundError, FolderError, _Unusable):
            return None
        if found != name:
            return None
        return _unescaped(escaped)

    def append(self, name: str, content: bytes) -> None:
        """Add an entry.

        Raises
        ------
        OSError
            If the disk takes no more or the folder is gone; the work then counts as not done.
        """
        if not _NAME.fullmatch(name.encode("utf-8", "surrogateescape")):
            raise ValueError(f"the entry is named {name!r}; must be letters, digits, '_', '.', '-'")
        line = self._line(name, content)
        file = self._opened()
        place = _end_of_whole_lines(file)
        try:
            _write(file, line)
            if time.monotonic() - self._synced >= SECONDS_BETWEEN_SYNCS:
                self._sync(file)
        except BaseException:
            with suppress(OSError):
                file.truncate(place)
            raise
        self._places[name] = place, len(line), 0

    def close(self) -> None:
        """Force all entries to the disk; the next one opens the file again."""
        if self._file is not None:
            with self._file as file:
                self._file = None
                self._sync(file)

    def discard(self, name: str) -> list[str]:
        """Count an entry that its reader cannot use as not done, and return the complaint."""
        line = self._places.pop(name)[2]
        self.unusable[line] = UNREADABLE
        return [_complaint(self.path, UNREADABLE, [line])]

    def complaints(self) -> list[str]:
        """Return a sentence for each kind of line that cannot be used."""
        lines: dict[str, list[int]] = {}
        for number, reason in self.unusable.items():
            lines.setdefault(reason, []).append(number)
        return [_complaint(self.path, reason, found) for reason, found in lines.items()]

    def _find_entries(self) -> None:
        try:
            handle = opened_file(self.path)
        except FileNotFoundError:
            return
        place = 0
        with os.fdopen(handle, "rb") as stream:
            for number, line in enumerate(_lines_of(stream), start=1):
                try:
                    name, _ = _read(line, self.key)
                    self._places[name] = place, len(line), number
                except _Unusable as error:
                    self.unusable[number] = str(error)
                place = stream.tell()

    def _line(self, name: str, content: bytes) -> bytes:
        # Escaped, so that an entry never holds the end of a line.
        escaped = content.replace(b"=", b"=e").replace(b"\n", b"=n")
        rest = b" ".join([self.key.encode(), name.encode(), escaped])
        return b" ".join([FORMAT, _checksum(rest), rest]) + b"\n"

    def _opened(self) -> FileIO:
        if self._file is None:
            is_new = not self.path.exists()
            self._file = FileIO(
                self.path, "a+b", opener=lambda path, flags: opened_file(Path(path), flags)
            )
            if is_new:
                sync_folder(self.path.parent)
        return self._file

    def _sync(self, file: FileIO) -> None:
        os.fsync(file.fileno())
        self._synced = time.monotonic()


def _complaint(path: Path, reason: str, lines: Sequence[int]) -> str:
    named = ", ".join(map(str, lines[:LINES_NAMED]))
    more = ", ..." if len(lines) > LINES_NAMED else ""
    noun = "1 entry is" if len(lines) == 1 else f"{len(lines)} entries are"
    place = f"line{'s' if len(lines) > 1 else ''} {named}{more}"
    return f"{path}: {noun} {reason} ({place}): not used, run again"


def first_entry(path: Path) -> tuple[str, bytes] | None:
    """Return name and content of a journal's first entry; None if it is long or damaged."""
    try:
        with os.fdopen(opened_file(path), "rb") as stream:
            name, escaped = _read(stream.readline(LONGEST_FIRST), path.name.removesuffix(ENDING))
    except (OSError, _Unusable):
        return None
    return name, _unescaped(escaped)


def _read(line: bytes, key: str) -> tuple[str, bytes]:
    """Return the name and the escaped content of an entry."""
    form, _, checked = line.removesuffix(b"\n").partition(b" ")
    if form != FORMAT and re.fullmatch(rb"journal-\d{1,9}", form):
        raise _Unusable(OTHER_FORMAT)
    checksum, _, rest = checked.partition(b" ")
    if form != FORMAT or checksum != _checksum(rest):
        raise _Unusable(DAMAGED)
    found, name, escaped = (rest.split(b" ", 2) + [b"", b""])[:3]
    if found != key.encode("utf-8", "surrogateescape"):
        raise _Unusable(FOREIGN)
    if not _NAME.fullmatch(name):
        raise _Unusable(UNREADABLE)
    return name.decode(), escaped


def _unescaped(escaped: bytes) -> bytes:
    return escaped.replace(b"=n", b"\n").replace(b"=e", b"=")


def _opener(path: str, flags: int) -> int:
    return opened_file(Path(path), flags)


def _lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, of one that is too long for an entry only the beginning."""
    while line := stream.readline(LONGEST_LINE):
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST_LINE)
        yield line


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).hexdigest().encode()


def _end_of_whole_lines(file: FileIO) -> int:
    """Return where the next entry begins; a last line that was cut off is ended first."""
    end = file.seek(0, os.SEEK_END)
    if end == 0:
        return end
    file.seek(end - 1)
    if file.read(1) != b"\n":
        _write(file, b"\n")
        end += 1
    return end


def _write(file: FileIO, content: bytes) -> None:
    """Write all of the content; a disk that has room for a part only then takes no more."""
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]
