"""Whose a folder is: results go into a new or empty one, or one with this program's mark.

The mark is the content of the file by which a run keeps others out, and names the version that
wrote there last. Folders of versions that set no mark are known by what they hold. Everything in
them that is no file or folder (a link, a pipe, a device) is found before anything is simulated.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from abm.limits import spaced
from abm.running.output import (
    FAILURE,
    FIGURES_FOLDER,
    MANIFEST,
    PAGES,
    TABLES,
    FolderError,
    kind_of,
    made_folder,
    manifest_in,
    opened_file,
    read_file,
)
from abm.scenario.layers import is_utf8
from abm.scenario.text import printable
from abm.scenario.unseen import unseen_in
from abm.version import __version__

LOCK = ".lock"
MARK = b"exercise-il6 folder-1 version "
LONGEST_MARK = 200
PROGRAM = "exercise-il6"
ELSEWHERE = "choose another --out, or move it away"
STUDY_FOLDER, FINISHED_FOLDER, OLDER_UNITS = "sensitivity", "finished", "units"
# What the program writes into a folder that it claims, beside the names of a study's methods.
_FILES = (
    *TABLES,
    *PAGES,
    MANIFEST,
    LOCK,
    "check.html",
    "fit.html",
    "fit.csv",
    "allocation.csv",
    "groups.csv",
    "totals.csv",
    FAILURE,
    "identity.json",
    "runs.journal",
)
_FOLDERS = (FIGURES_FOLDER, FINISHED_FOLDER, STUDY_FOLDER)
_OLDER = (*_FILES, *_FOLDERS, OLDER_UNITS, "runs.jsonl")
_COMPARISON = re.compile(r"comparison\.(png|svg|csv)|sensitivity_[a-z_]+")
_COMPARED = b"scenario,"  # how the table of a comparison begins
_DEPTH = 3  # a study's figures lie so deep
_MOST_NAMED = 3
_claimed_here: set[Path] = set()


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
        If something other than a folder is in the way, the folder is not this program's, nothing
        can be written, or space is short.
    """
    _refuse_link(folder)
    there = _nearest_existing(folder)
    if not there.is_dir():
        kind = kind_of(there.stat().st_mode)
        raise FolderError(f"{there} is {kind}; results need a folder, choose another --out")
    check_owner(folder)
    try:
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"\0")
            probe.flush()
    except OSError as error:
        raise _not_written(there, error) from None
    free = shutil.disk_usage(there).free
    if free < needed_bytes:
        raise FolderError(
            f"{there} has {spaced(free / 1e6, '.1f')} MB free; the results need about "
            f"{spaced(needed_bytes / 1e6, '.1f')} MB, choose another --out"
        )


def folder_problems(needed: Mapping[Path, int], inside: Iterable[Path] = ()) -> list[str]:
    """Try folders before anything is run, each with the bytes that will be written there.

    ``inside`` are folders within these that have no mark of their own.
    """
    problems = [
        f"--out: {path} is {kind_of(path.lstat().st_mode)}; must be a folder; {ELSEWHERE}"
        for path in inside
        if os.path.lexists(path) and not stat.S_ISDIR(path.lstat().st_mode)
    ]
    for folder, needed_bytes in needed.items():
        if not is_utf8(str(folder)):
            shown = printable(str(folder))
            problems.append(f"--out: {shown} is a name that is not UTF-8; choose another --out")
            continue
        if unseen := unseen_in(str(folder)):
            shown = printable(str(folder))
            problems.append(f"--out: {shown} holds {unseen}; choose another --out")
            continue
        try:
            check_folder(folder, needed_bytes)
        except FolderError as error:
            problems.append(f"--out: {error}")
    return list(dict.fromkeys(problems))


def _not_written(folder: Path, error: OSError) -> FolderError:
    reason = (error.strerror or str(error)).lower()
    return FolderError(f"{folder} cannot be written to ({reason}); choose another --out")


def _nearest_existing(folder: Path) -> Path:
    """Return the folder itself or the closest of those above it that exists."""
    absolute = folder.absolute()
    return next(path for path in (absolute, *absolute.parents) if os.path.lexists(path))


def check_owner(folder: Path) -> None:
    """Find out whether results may be written into a folder; one that is not there is free.

    Raises
    ------
    FolderError
        If it is a link, belongs to somebody else, or holds what is neither a file nor a folder.
    """
    _refuse_link(folder)
    if not os.path.isdir(folder):
        return
    with _told_if_unreadable(folder):
        _check_kinds(folder)
        if not (_is_marked(folder) or _is_new(folder) or version_before_marks(folder)):
            raise FolderError(
                f"{folder} holds {_named(folder)} and no mark of this program, so nothing is "
                f"written there; {ELSEWHERE}"
            )


def _refuse_link(folder: Path) -> None:
    if os.path.islink(folder):  # unlike a Path, it takes any name
        raise FolderError(f"{folder} is a link, which is not followed; {ELSEWHERE}")


@contextmanager
def _told_if_unreadable(folder: Path) -> Iterator[None]:
    """Turn what the system says of a folder that cannot be read into a sentence."""
    try:
        yield
    except FolderError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FolderError(f"{folder} cannot be read ({reason}); choose another --out") from None


def _is_marked(folder: Path) -> bool:
    return (_lock_content(folder) or b"").startswith(MARK)


def _lock_content(folder: Path) -> bytes | None:
    """Return what stands in a folder's lock; None if that cannot be ours, or there is none."""
    if folder.resolve() in _claimed_here:  # to open and close the lock would let go of it
        return MARK
    try:
        return read_file(folder / LOCK, LONGEST_MARK)
    except OSError:
        return None


def version_of(folder: Path) -> str:
    """Return the version that wrote a folder's results; nothing if it holds none of ours."""
    versions = manifest_in(folder).get("versions")
    found = versions.get(PROGRAM) if isinstance(versions, dict) else None
    return found if isinstance(found, str) and re.fullmatch(r"[\w.+-]{1,40}", found) else ""


def version_before_marks(folder: Path) -> str:
    """Return which version without marks wrote a folder; nothing if none did."""
    if version_of(folder):
        return version_of(folder)
    names = {entry.name for entry in folder.iterdir()}
    study = folder / STUDY_FOLDER
    only_study = names == {STUDY_FOLDER} and (_is_marked(study) or version_before_marks(study))
    compared = all(map(_COMPARISON.fullmatch, names)) and _is_comparison(folder)
    known = only_study or compared or _is_unfinished(folder, names)
    return "0.1.0 or earlier" if known else ""


def _is_unfinished(folder: Path, names: set[str]) -> bool:
    """Return whether a folder holds what a run or study left that set no mark and was killed."""
    kept = (*folder.glob(f"{FINISHED_FOLDER}/*.journal"), *folder.glob(f"{OLDER_UNITS}/*"))
    ours = bool(kept) or bool(names & {"runs.journal", "runs.jsonl"})
    methods = {path.parent.name for path in folder.glob("*/indices.csv")}
    others = names - {*_OLDER, *methods}
    lock_is_ours = LOCK not in names or _lock_content(folder) == b""
    return ours and lock_is_ours and MANIFEST not in names and not others


def _is_comparison(folder: Path) -> bool:
    for path in (folder / "comparison.csv", *folder.glob("sensitivity_*/indices.csv")):
        with suppress(OSError), os.fdopen(opened_file(path), "rb") as stream:
            if stream.read(len(_COMPARED)) == _COMPARED:
                return True
    return False


def _is_new(folder: Path) -> bool:
    """Return whether a folder is empty, or holds no more than a lock that was just made."""
    names = [entry.name for entry in folder.iterdir()]
    return not names or (names == [LOCK] and _lock_content(folder) == b"")


def _named(folder: Path) -> str:
    names = sorted(ascii(entry.name)[1:-1][:60] for entry in folder.iterdir())
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _check_kinds(folder: Path, depth: int = _DEPTH) -> None:
    """Refuse links, pipes and the like, and files and folders in one another's place."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        mode = entry.stat(follow_symlinks=False).st_mode
        shown = Path(folder, entry.name)
        is_folder = stat.S_ISDIR(mode)
        ending = Path(entry.name).suffix == ".journal"
        if not (is_folder or stat.S_ISREG(mode)):
            must = "only files and folders can be there"
        elif is_folder and (entry.name in _FILES or ending):
            must = "must be a file"
        elif not is_folder and entry.name in _FOLDERS:
            must = "must be a folder"
        else:
            if is_folder and depth > 1:
                _check_kinds(shown, depth - 1)
            continue
        raise FolderError(f"{ascii(str(shown))[1:-1]} is {kind_of(mode)}; {must}; {ELSEWHERE}")


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """Make a folder, mark it, and keep other runs from writing into it at the same time.

    Of a folder in which nothing was written in the end, nothing is left that was made for this.

    Raises
    ------
    FolderError
        If another run holds the folder, in this process or another, it is not this program's, or
        it cannot be made.
    """
    place = folder.resolve()
    if place in _claimed_here:
        raise _held_by_another(folder)
    check_owner(folder)
    _claimed_here.add(place)
    there_before = _nearest_existing(folder / LOCK)
    try:
        handle = _open_lock(folder)
        try:
            _lock(handle, folder)
            _mark(handle, folder)
            yield folder
        finally:
            _take_away_unused(folder, there_before)
            os.close(handle)
    finally:
        _claimed_here.discard(place)


def _take_away_unused(folder: Path, there_before: Path) -> None:
    """Remove a lock with nothing beside it, and the folders made for it.

    The lock is still held, and who opened it meanwhile finds it gone (:func:`_lock`).
    """
    lock = folder.absolute() / LOCK
    with suppress(OSError):
        if lock == there_before or [entry.name for entry in folder.iterdir()] != [LOCK]:
            return
        lock.unlink()
        for made in lock.parents:
            if made == there_before:
                return
            made.rmdir()


def _open_lock(folder: Path) -> int:
    try:
        made_folder(folder)
        return opened_file(folder / LOCK, os.O_RDWR | os.O_CREAT)
    except FolderError as error:
        raise FolderError(f"{error}; {ELSEWHERE}") from None
    except OSError as error:
        raise _not_written(folder, error) from None


def _mark(handle: int, folder: Path) -> None:
    """Write into an open lock whose the folder is."""
    mark = MARK + __version__.encode() + b"\n"
    try:
        if os.read(handle, LONGEST_MARK) != mark:
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, mark)
            os.ftruncate(handle, len(mark))
    except OSError as error:
        raise _not_written(folder, error) from None


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
    if os.fstat(handle).st_nlink == 0:  # let go of and removed between opening and locking it
        raise _held_by_another(folder)


def _held_by_another(folder: Path) -> FolderError:
    return FolderError(
        f"{folder} is being written by another run; wait for it or choose another --out"
    )
