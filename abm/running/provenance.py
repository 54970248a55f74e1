"""Versions of everything that a run's numbers may depend on."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "numba", "llvmlite", "pandas", "pyarrow", "mesa", "SALib", "matplotlib")
# What turns the sources into numbers; the others only make tables and figures of them.
COMPILERS = ("numpy", "numba", "llvmlite")


def model_version() -> str:
    """Return the program's version."""
    return _version_of("exercise-il6") or "not installed"


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def versions() -> dict[str, str]:
    """Return the versions of the program, Python, and the packages it stands on."""
    found = {"exercise-il6": model_version(), "python": platform.python_version()}
    known = {package: _version_of(package) for package in PACKAGES}
    return found | {package: number for package, number in known.items() if number}


@cache
def program_hash() -> str:
    """Return a hash of the model's sources as they were when first asked for."""
    return hash_of_files(*Path(__file__).parents[1].rglob("*.py"))


@cache
def hash_of_files(*files: Path) -> str:
    """Return a hash of files, and of where they lie in the program, as they were at first."""
    digest = hashlib.blake2b(digest_size=8)
    folder = Path(__file__).parents[2]
    for file in sorted(files):
        digest.update(f"{file.relative_to(folder).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()


@cache
def stamp() -> dict[str, str]:
    """Return what two processes must have in common to get the same bits from the same input."""
    found = {"exercise-il6": model_version(), "sources": program_hash()}
    return found | {package: _version_of(package) or "none" for package in COMPILERS}


def digest_of(content: Any) -> str:
    """Return a digest of nested tuples of arrays and plain values, exact to the bit.

    Examples
    --------
    >>> digest_of((1.0, "a")) == digest_of((1.0, "b"))
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    _feed(digest, content)
    return digest.hexdigest()


def _feed(digest: Any, content: Any) -> None:
    import numpy as np

    if isinstance(content, tuple):
        for part in content:
            _feed(digest, part)
    elif isinstance(content, np.ndarray | np.void) and content.dtype.names:
        # Field by field: the gaps between fields may hold anything.
        for name in content.dtype.names:
            _feed(digest, np.asarray(content[name]))
    elif isinstance(content, np.ndarray):
        digest.update(f"{content.dtype}{content.shape}".encode() + content.tobytes())
    else:
        digest.update(repr(content).encode() + b"\0")
