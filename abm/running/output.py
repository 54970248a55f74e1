"""Results on disk: whole files, checksums, and a manifest that is written last.

A file is written beside its place, forced to the disk, and moved into it; its name therefore only
ever stands for complete content. The manifest names every file with its checksum: a folder
without one holds no finished run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.running.spreadsheet import as_csv

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
LOCK = ".lock"
PARTIAL = ".partial"
_claimed_here: set[Path] = set()


class FolderError(OSError):
    """A folder cannot take results; the message says which and why."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that after any interruption its name holds all of it or what was there.

    Raises
    ------
    OSError
        If the disk is full or the folder is gone; it names the file, and nothing is left behind.
    """
    handle, temporary = tempfile.mkstemp(PARTIAL, f".{path.name}.", path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            error.filename = str(path)
        raise
    sync_folder(path.parent)


def clear_partial(folder: Path) -> None:
    """Remove what writers that were killed left in a folder; nobody may be writing there."""
    for path in folder.glob(f".*{PARTIAL}"):
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk, so that a renamed file survives a power cut."""
    if not hasattr(os, "O_DIRECTORY"):  # folders cannot be opened on this platform
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_folder(folder: Path, needed_bytes: int = 0) -> None:
    """Find out before a run whether its results can be written; nothing is left behind.

    Parameters
    ----------
    folder
        Where results will go; need not exist.
    needed_bytes
        Space the results may take.

    Raises
    ------
    FolderError
        If something other than a folder is in the way, nothing can be written, or space is short.
    """
    there = _nearest_existing(folder)
    if not there.is_dir():
        raise FolderError(f"{there} is a file; results need a folder, choose another --out")
    try:
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"\0")
            probe.flush()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"{there} cannot be written to ({reason}); choose another --out"
        raise FolderError(message) from None
    free = shutil.disk_usage(there).free
    if free < needed_bytes:
        raise FolderError(
            f"{there} has {free / 1e6:.1f} MB free; the results need about "
            f"{needed_bytes / 1e6:.1f} MB, choose another --out"
        )


def _nearest_existing(folder: Path) -> Path:
    """Return the folder itself or the closest of those above it that exists."""
    absolute = folder.absolute()
    return next(path for path in (absolute, *absolute.parents) if os.path.lexists(path))


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """Make a folder and keep other runs from writing into it at the same time.

    Raises
    ------
    FolderError
        If another run holds the folder, in this process or another, or it cannot be made.
    """
    place = folder.resolve()
    if place in _claimed_here:
        raise _held_by_another(folder)
    _claimed_here.add(place)
    try:
        handle = _open_lock(folder)
        try:
            _lock(handle, folder)
            yield folder
        finally:
            os.close(handle)
    finally:
        _claimed_here.discard(place)


def _open_lock(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"{folder} cannot be written to ({reason}); choose another --out"
        raise FolderError(message) from None


def _lock(handle: int, folder: Path) -> None:
    """Lock an open file for this process; a process that ends lets go of it, however it ends.

    The lock is not handed down to processes that this one forks and that might outlive it. It
    holds against other processes only, and closing the file anywhere in this one lets go of it.
    """
    try:
        import fcntl
    except ImportError:  # no advisory locks on this platform
        return
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise _held_by_another(folder) from None


def _held_by_another(folder: Path) -> FolderError:
    return FolderError(
        f"{folder} is being written by another run; wait for it or choose another --out"
    )


class ResultFolder:
    """The folder of one run: tables and other files first, the manifest last.

    Parameters
    ----------
    folder
        An existing folder. What an earlier run left stays until :meth:`finish`, but its manifest
        goes at once: from then on the folder is unfinished.

    Raises
    ------
    FolderError
        If the folder is gone.
    """

    def __init__(self, folder: Path) -> None:
        """Take over the folder."""
        if not folder.is_dir():
            raise FolderError(f"{folder} was removed while the run went on")
        self.folder = folder
        self._earlier = tuple(files_listed(folder))
        self._written: list[Path] = []
        clear_partial(folder)
        (folder / MANIFEST).unlink(missing_ok=True)

    def write(self, name: str, content: bytes) -> Path:
        """Write one file and list it."""
        path = self.folder / name
        for above in reversed(path.relative_to(self.folder).parents[:-1]):
            (self.folder / above).mkdir(exist_ok=True)
        write_whole(path, content)
        self.add([path])
        return path

    def write_table(self, name: str, table: pd.DataFrame) -> Path:
        """Write a table as Parquet or CSV, as its name ends; numbers keep all their digits."""
        if name.endswith(".parquet"):
            from io import BytesIO

            stream = BytesIO()
            table.to_parquet(stream, index=False, compression="zstd")
            return self.write(name, stream.getvalue())
        return self.write(name, as_csv(table))

    def add(self, paths: Iterable[Path]) -> None:
        """List files in the folder that something else has written whole."""
        self._written += paths

    def finish(self, manifest: Mapping[str, Any]) -> Path:
        """Write the manifest with the checksum of every file, and clear what an earlier run left.

        Returns
        -------
            Path of the manifest.
        """
        files = {
            path.relative_to(self.folder).as_posix(): checksum(path)
            for path in sorted(set(self._written))
        }
        for name in self._earlier:
            if name not in files:
                (self.folder / name).unlink(missing_ok=True)
        content = json.dumps({**manifest, "files": files}, indent=1, allow_nan=False) + "\n"
        path = self.folder / MANIFEST
        write_whole(path, content.encode())
        return path


def files_listed(folder: Path) -> dict[str, str]:
    """Return the files of a finished run with their checksums; nothing if there is none.

    Names that lead out of the folder are left out, so that a manifest from elsewhere can do no
    harm.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        listed = manifest["files"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    root = folder.resolve()
    inside = (pair for pair in listed if (root / pair[0]).resolve().is_relative_to(root))
    return {name: str(expected) for name, expected in inside}


def damaged_files(folder: Path) -> list[str]:
    """Return the names of a finished run's files that are missing or not as they were written.

    Raises
    ------
    FolderError
        If the folder holds no finished run.
    """
    listed = files_listed(folder)
    if not listed:
        raise FolderError(f"{folder} holds no finished run (no readable {MANIFEST})")
    return [name for name, expected in listed.items() if not _matches(folder / name, expected)]


def _matches(path: Path, expected: str) -> bool:
    try:
        return checksum(path) == expected
    except OSError:
        return False


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
