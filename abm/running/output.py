"""Results on disk: whole files, checksums, and a manifest that is written last.

A file is written beside its place, forced to the disk, and moved into it; its name therefore only
ever stands for complete content. The manifest names every file with its checksum: a folder
without one holds no finished run. Only files with a name that a run can write are ever removed,
whatever a manifest lists; whose a folder is, :mod:`abm.running.folders` finds out beforehand.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from abm.limits import spaced
from abm.running.spreadsheet import as_csv

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
PARTIAL = ".partial"
WRITERS = 8  # files under way at once: they wait for the disk, not for the processor
LARGEST_MANIFEST = 10_000_000  # bytes; a run's own take some 20 000
# Every name that a run can write, and therefore may remove.
TABLES = (
    "outcomes.parquet", "effects.csv", "il6_histogram.parquet", "group_effects.csv",
    "participation.csv", "draw_effects.csv", "people.parquet", "uncertainty.csv", "economics.csv",
    "budget_impact.csv", "equity.csv", "horizons.csv", "qaly_sources.csv", "economics_draws.csv",
    "draw_inputs.csv", "break_even.csv", "assumptions.csv", "ceac.csv", "value_of_information.csv",
    "life_expectancy.csv",
)  # fmt: skip
PAGES = ("report.html", "tables.xlsx")  # for people: they hold no number that tables have not
FAILURE = "failure.txt"  # what went wrong in a run that wrote no results
FIGURES_FOLDER = "figures"
FIGURES = (
    "il6_distribution", "il6_course", "cumulative_incidence", "rate_by_activity_group",
    "cases_averted", "survival", "risk_by_age_and_activity", "who_benefits", "il6_spikes",
    "companions", "spending",
)  # fmt: skip
RESULTS = frozenset(
    [*TABLES, *PAGES]
    + [f"{FIGURES_FOLDER}/{name}.{kind}" for name in FIGURES for kind in ("png", "svg", "csv")]
)
_UNFINISHED = re.compile(rf"\..+\.[a-z0-9_]{{8}}{re.escape(PARTIAL)}")


class FolderError(OSError):
    """A folder cannot take results; the message says which and why."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that after any interruption its name holds all of it or what was there.

    Raises
    ------
    OSError
        As of :func:`written_whole`.
    """
    with written_whole(path) as stream:
        stream.write(content)


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write several files as :func:`write_whole` does, and wait for the disk once for many.

    Raises
    ------
    OSError
        As of :func:`written_whole`, of the first file that could not be written.
    """
    with ThreadPoolExecutor(WRITERS) as pool:
        written = [pool.submit(write_whole, *each) for each in contents.items()]
    for each in written:
        each.result()  # all others are on the disk when an error is raised


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream whose content gets the name of a file once it is all on the disk.

    Raises
    ------
    OSError
        If the disk is full or the folder is gone; it names the file, and nothing is left behind.
    """
    handle, temporary = tempfile.mkstemp(PARTIAL, f".{path.name}.", path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
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
    for path in folder.iterdir() if folder.is_dir() else ():
        if _UNFINISHED.fullmatch(path.name):
            remove_file(path)


def remove_file(path: Path) -> None:
    """Remove a regular file; what is something else, or is not there, stays as it is."""
    with suppress(FileNotFoundError, NotADirectoryError):
        if stat.S_ISREG(path.lstat().st_mode):
            path.unlink()


def opened_file(path: Path, flags: int = os.O_RDONLY, most: int | None = None) -> int:
    """Return the handle of a regular file; neither is a link followed nor a pipe waited for.

    Parameters
    ----------
    path
        The file.
    flags
        As of :func:`os.open`.
    most
        Bytes that the file may have.

    Raises
    ------
    FileNotFoundError
        If there is no file and the flags do not make one.
    FolderError
        If it is something else, or too large; the message says what.
    """
    if path.is_symlink():  # asked first, because not every platform can refuse to follow one
        raise FolderError(f"{path} is a link; must be a file")
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags | safe, 0o644)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise
        raise FolderError(f"{path} is {kind_of(path.lstat().st_mode)}; must be a file") from None
    found = os.fstat(handle)
    if stat.S_ISREG(found.st_mode) and (most is None or found.st_size <= most):
        return handle
    os.close(handle)
    if most is not None and stat.S_ISREG(found.st_mode):
        size = spaced(found.st_size)
        raise FolderError(f"{path} has {size} bytes; must have at most {spaced(most)}")
    raise FolderError(f"{path} is {kind_of(found.st_mode)}; must be a file")


def read_file(path: Path, most: int) -> bytes:
    """Return the content of a regular file of at most so many bytes; errors as above."""
    with os.fdopen(opened_file(path, most=most), "rb") as stream:
        return stream.read(most + 1)


def kind_of(mode: int) -> str:
    """Return what a file's mode says it is, for messages."""
    kinds = {
        stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket", stat.S_IFREG: "a file",
    }  # fmt: skip
    return kinds.get(stat.S_IFMT(mode), "a device")


def made_folder(folder: Path, *, parents: bool = True) -> Path:
    """Return a folder, made if it is not there.

    Raises
    ------
    FolderError
        If a link or a file is in its place.
    """
    with suppress(FileExistsError):
        folder.mkdir(parents=parents)
    mode = folder.lstat().st_mode
    if not stat.S_ISDIR(mode):
        raise FolderError(f"{folder} is {kind_of(mode)}; must be a folder")
    return folder


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk, so that a renamed file survives a power cut."""
    if not hasattr(os, "O_DIRECTORY"):  # folders cannot be opened on this platform
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class ResultFolder:
    """The folder of one run: tables and other files first, the manifest last.

    Parameters
    ----------
    folder
        A folder that this process has claimed. The results of an earlier run go at once, its
        manifest first: a kill never leaves tables of two runs side by side.

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
        self._written: list[Path] = []
        for name in (MANIFEST, *sorted(RESULTS)):
            remove_file(folder / name)
        clear_partial(folder)
        clear_partial(folder / FIGURES_FOLDER)
        with suppress(OSError):  # it holds something else, or is not there
            (folder / FIGURES_FOLDER).rmdir()  # made anew where figures are drawn

    def write(self, name: str, content: bytes) -> Path:
        """Write one file and list it."""
        path = self.folder / name
        if path.parent != self.folder:
            made_folder(path.parent, parents=False)
        write_whole(path, content)
        self.add([path])
        return path

    def write_tables(self, name: str, tables: Iterable[pd.DataFrame]) -> Path:
        """Write tables of the same columns below one another as Parquet; one is held at a time."""
        import pyarrow
        from pyarrow.parquet import ParquetWriter

        with written_whole(self.folder / name) as stream:
            writer = None
            for table in tables:
                rows = pyarrow.Table.from_pandas(table, preserve_index=False)
                # As pandas itself keeps what a table says of its units.
                kept = {"PANDAS_ATTRS": json.dumps(table.attrs), **(rows.schema.metadata or {})}
                rows = rows.replace_schema_metadata(kept)
                writer = writer or ParquetWriter(stream, rows.schema, compression="zstd")
                writer.write_table(rows)
            if writer:
                writer.close()
        self.add([self.folder / name])
        return self.folder / name

    def write_table(self, name: str, table: pd.DataFrame) -> Path:
        """Write a table as Parquet or CSV, as its name ends; numbers keep all their digits."""
        if name.endswith(".parquet"):
            from io import BytesIO

            stream = BytesIO()
            table.to_parquet(stream, index=False, compression="zstd")
            return self.write(name, stream.getvalue())
        return self.write(name, as_csv(table))

    def add(self, paths: Iterable[Path]) -> None:
        """List files in the folder that something else has written whole.

        Raises
        ------
        ValueError
            If a name is not among :data:`RESULTS`, so that no later run could remove the file.
        """
        for path in paths:
            name = path.relative_to(self.folder).as_posix()
            if name not in RESULTS:
                raise ValueError(f"{name} is not among the names of a run's files (RESULTS)")
            self._written.append(path)

    def finish(self, manifest: Mapping[str, Any]) -> Path:
        """Write the manifest with the checksum of every file.

        Returns
        -------
            Path of the manifest.
        """
        files = {
            path.relative_to(self.folder).as_posix(): checksum(path)
            for path in sorted(set(self._written))
        }
        content = json.dumps({**manifest, "files": files}, indent=1, allow_nan=False) + "\n"
        path = self.folder / MANIFEST
        write_whole(path, content.encode())
        return path


def manifest_in(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished run; nothing if there is none that can be read."""
    try:
        found = json.loads(read_file(folder / MANIFEST, LARGEST_MANIFEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def files_listed(folder: Path) -> dict[str, str]:
    """Return the files of a finished run with their checksums; nothing if there is none.

    Names that no run writes are left out, so that a manifest from elsewhere can do no harm.
    """
    listed = manifest_in(folder).get("files")
    if not isinstance(listed, dict):
        return {}
    return {name: str(expected) for name, expected in listed.items() if name in RESULTS}


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
    with os.fdopen(opened_file(path), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
