"""Where compiled rules are kept: by what the sources say, whoever's and wherever they are.

Checkouts, environments and nodes of one version share one folder, which is named after the content
of all compiled sources, the compiler, Python and the processor. What is damaged is compiled again.
Whoever has to wait for the compiler is told, from wherever the rules are called.

This file is no part of that content: it decides where code lies, not what it does.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import multiprocessing
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding
import numba
import numpy as np
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    NullCache,
    _CacheLocator,
)

PACKAGE = Path(__file__).parent
COMPILED = (
    "condition_rows.py", "conditions.py", "modes.py", "kernel/*.py", "population/dilution.py",
    "population/groups_of_ill.py", "population/integrals.py", "population/lanes.py",
    "population/months_ill.py", "population/nodes.py", "population/prevalence.py", "rules/*.py",
)  # fmt: skip
CHOICE = "EXERCISE_IL6_CACHE"
MINUTES_TO_COMPILE = 2  # the rules of a run, on one processor of 2020 with nothing else to do
ALONE = "EXERCISE_IL6_COMPILES_ALONE"  # where it is set, no second process compiles along
# What a second process compiles meanwhile, which takes half the time of all: see its program
ALONG = "abm.kernel.order.advance"
ALONG_PROGRAM = "from abm.running.compile_along import main; main()"
DIGEST_BYTES = hashlib.sha256().digest_size


def source_hash() -> str:
    """Return a hash of the sources that are compiled and of the compiler's version."""
    versions = numba.__version__ + llvmlite.__version__ + np.__version__
    digest = hashlib.sha256(versions.encode())
    for pattern in COMPILED:
        for path in sorted(PACKAGE.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def processor() -> str:
    """Return the name of the processor that code is compiled for."""
    chosen: str | None = numba.config.CPU_NAME  # type: ignore[attr-defined]
    return chosen or str(llvmlite.binding.get_host_cpu_name())


def _candidate_folders() -> list[Path]:
    """Return the folders where compiled code may be kept, best first."""
    chosen = os.environ.get(CHOICE)
    if chosen:
        return [Path(chosen)]
    cache_home = os.environ.get("XDG_CACHE_HOME")
    home = Path(cache_home) if cache_home else Path(os.path.expanduser("~")) / ".cache"
    user = os.getuid() if hasattr(os, "getuid") else 0
    return [home / "exercise-il6", Path(tempfile.gettempdir()) / f"exercise-il6-{user}"]


def _usable(folder: Path) -> bool:
    """Return whether files can be made in a folder, which is made, or all has been made before."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return _is_filled(folder)


def _is_filled(folder: Path | None) -> bool:
    try:
        return folder is not None and any(folder.rglob("*.nbi"))
    except OSError:
        return False


def _chosen_folder() -> Path | None:
    """Return the folder for this version's compiled code, or None where nothing is writable."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    version = f"{source_hash()}-{python}-{processor()}"
    return next((f / version for f in _candidate_folders() if _usable(f / version)), None)


CACHE_FOLDER = _chosen_folder()


def must_compile() -> bool:
    """Return whether the rules are yet to be compiled for this processor."""
    return not _is_filled(CACHE_FOLDER)


_said: set[str] = set()


def _say_once(topic: str, sentence: str) -> None:
    """Say something on standard error, if there is one, once in a process."""
    if topic in _said:
        return
    _said.add(topic)
    with suppress(OSError, ValueError, AttributeError):  # closed, or none
        print(sentence, file=sys.stderr, flush=True)


def _announce() -> None:
    """Say that the caller has to wait, for how long, and whether that will be so again.

    Who lets the logger ``abm`` say warnings alone, as ``--quiet`` does, is not told.
    """
    # Its own level, which is unset in a program that has arranged no logging: such a caller is told
    if logging.getLogger(PACKAGE.name).level > logging.INFO:
        return
    where = (
        f"then kept in {CACHE_FOLDER}"
        if CACHE_FOLDER
        else f"in each process, because no folder can be written ({CHOICE} chooses one)"
    )
    _say_once(
        "compiling",
        f"compiling the rules for this processor ({processor()}; up to {MINUTES_TO_COMPILE} "
        f"minutes, {where}) ...",
    )


class _Along:
    """A second process that compiles :data:`ALONG` while this one compiles everything else."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, once, where a second processor is there and this is nobody's worker."""
        known = hasattr(os, "sched_getaffinity")
        processors = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
        worker = multiprocessing.parent_process() is not None
        if self._process or processors < 2 or worker or os.environ.get(ALONE) or not CACHE_FOLDER:
            return
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {ALONE: "1", "PYTHONPATH": os.pathsep.join(paths)}
        with suppress(OSError):  # no room for a process: this one compiles it all
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", "-c", ALONG_PROGRAM], env=environment,
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            atexit.register(self.end)

    def end(self) -> None:
        """End it, if this process has no more use for what it compiles."""
        if self._process is not None and self._process.stdin is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()

    def wait(self) -> bool:
        """Wait for its end; return whether there was anything to wait for."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        return True


_ALONG = _Along()


class _ByContent(_CacheLocator):
    """Keep compiled code by what the sources say, not by where they lie.

    Numba's own locators put the path of a source into the key, so that every checkout compiles
    anew.
    """

    def __init__(self, py_func: Any, py_file: str) -> None:
        self._room = Path(py_file).parent.name
        self._line = py_func.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return str(CACHE_FOLDER / self._room) if CACHE_FOLDER else ""

    def get_source_stamp(self) -> str:
        return CACHE_FOLDER.name if CACHE_FOLDER else ""

    def get_disambiguator(self) -> str:
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> _ByContent | None:
        return cls(py_func, py_file)


class _Entries(CompileResultCacheImpl):
    _locator_classes = [_ByContent]


class _Files(IndexDataCacheFile):
    """Files whose content is known to be whole: broken machine code would crash the process."""

    def _save_data(self, name: str, data: Any) -> None:
        content = self._dump(data)
        with self._open_for_write(self._data_path(name)) as stream:
            stream.write(hashlib.sha256(content).digest() + content)

    def _load_data(self, name: str) -> Any:
        found = Path(self._data_path(name)).read_bytes()
        digest, content = found[:DIGEST_BYTES], found[DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            raise ValueError("cut off or changed")
        return pickle.loads(content)


class _Kept(FunctionCache):
    """The compiled code of one function on disk."""

    _impl_class = _Entries

    def __init__(self, py_func: Any) -> None:
        super().__init__(py_func)
        self._function = f"{py_func.__module__}.{py_func.__name__}"
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return compiled code, None where there is none or it is damaged."""
        found = self._whole_overload(sig, target_context)
        if found is not None:
            return found
        _announce()
        if self._function.startswith(f"{__package__}."):
            _ALONG.start()
        if self._function == ALONG and _ALONG.wait():
            return self._whole_overload(sig, target_context)
        return None

    def _whole_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # damage can look like anything to what reads it
            self._forget(error)
            return None

    def _forget(self, error: Exception) -> None:
        """Say which code is damaged, and take it out of the index."""
        name = f"{self._cache_path}{os.sep}{self._impl.filename_base}"
        why = str(error) or type(error).__name__
        _say_once(name, f"compiled code is damaged ({name}.*: {why}): it is compiled again")
        with suppress(OSError):  # of somebody else: read only
            self.flush()

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code where that is possible; the run can go on without."""
        try:
            super().save_overload(sig, data)
        except (OSError, EOFError) as error:
            _say_once("keeping", f"compiled code cannot be kept in {self._cache_path}: {error}")


class _Nowhere(NullCache):
    """No compiled code on disk."""

    def load_overload(self, sig: Any, target_context: Any) -> None:
        """Find nothing, and say what that means."""
        del sig, target_context
        _announce()


def kept(dispatcher: Any) -> Callable[..., Any]:
    """Return a compiled function whose code is kept for other processes."""
    cache = _Kept(dispatcher.py_func) if CACHE_FOLDER else _Nowhere()
    dispatcher._cache = cache
    found: Callable[..., Any] = dispatcher
    return found
