"""Finished units of work on disk, so that a run broken off goes on where it stopped.

A unit is a stretch of slots lived with one seed and one parameter draw. Units are found by the key
of their run (a digest of all that fixes its numbers, but not of how many persons there are) and
their own name. Every file carries both and a checksum; what does not match is set aside, never
used and never deleted, and its unit counts as not done.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.running.output import clear_partial, write_whole

UNITS = "units"
ENDING = ".unit"
FORMAT = "exercise-il6 unit 2"
LETTERS_OF_KEY = 32
FASTEST = 1  # level of compression; more effort makes the files 15 % smaller

Arrays = Mapping[str, NDArray[Any]]


def key_of(content: Mapping[str, Any]) -> str:
    """Return a digest of everything that a unit's numbers depend on.

    Examples
    --------
    >>> key_of({"seed": 1, "years": 20}) == key_of({"years": 20, "seed": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


class UnitStore:
    """The finished units of one run.

    Parameters
    ----------
    folder
        Folder of the results; units live in a folder of their own below it, one per key, made with
        the first of them. Nobody else may be writing there (:func:`abm.running.output.claimed`).
    key
        What the run's numbers depend on, as :func:`key_of` returns it.

    Attributes
    ----------
    set_aside
        Files found damaged or foreign, where they are now.
    """

    def __init__(self, folder: Path, key: str) -> None:
        """Clear what a writer that was killed left behind."""
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            raise ValueError(f"the key is {key!r}; must be 64 hexadecimal digits")
        self.key = key
        self.results = folder
        self.folder = folder / UNITS / key[:LETTERS_OF_KEY]
        self.set_aside: list[Path] = []
        clear_partial(self.folder)

    def put(self, name: str, arrays: Arrays) -> None:
        """Keep the arrays of a finished unit.

        Raises
        ------
        OSError
            If the disk takes no more or the folder of the results is gone; the unit then counts
            as not done.
        """
        path = self._path(name)
        payload = _packed(arrays)
        for folder in (self.folder.parent, self.folder):
            folder.mkdir(exist_ok=True)  # not their parents: the results may have been moved away
        write_whole(path, json.dumps(self._header(name, payload)).encode() + b"\n" + payload)

    def get(self, name: str) -> dict[str, NDArray[Any]] | None:
        """Return the arrays of a finished unit, or None if it has to be run (again)."""
        path = self._path(name)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        header, _, payload = content.partition(b"\n")
        if _parsed(header) != self._header(name, payload):
            self._put_aside(path)
            return None
        return _unpacked(payload)

    def names(self) -> Iterator[str]:
        """Return the names of the units that have a file, checked or not, in order."""
        return iter(sorted(path.name[: -len(ENDING)] for path in self.folder.glob(f"*{ENDING}")))

    def clear(self) -> None:
        """Forget the finished units of this run."""
        for path in self.folder.glob(f"*{ENDING}"):
            path.unlink(missing_ok=True)

    def _header(self, name: str, payload: bytes) -> dict[str, str]:
        checksum = hashlib.sha256(payload).hexdigest()
        return {"format": FORMAT, "key": self.key, "name": name, "sha256": checksum}

    def _path(self, name: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", name):
            raise ValueError(f"the unit is named {name!r}; must be letters, digits, '_', '.', '-'")
        return self.folder / f"{name}{ENDING}"

    def _put_aside(self, path: Path) -> None:
        number = 1
        while (target := path.with_name(f"{path.name}.damaged-{number}")).exists():
            number += 1
        os.replace(path, target)
        self.set_aside.append(target)


def _parsed(header: bytes) -> Any:
    try:
        return json.loads(header)
    except ValueError:
        return None


def _packed(arrays: Arrays) -> bytes:
    """Return arrays as one compressed string, a line that describes them first.

    Tallies of one kind are put side by side, and equal bytes of all numbers after one another:
    that halves what compression leaves.
    """
    described, parts = [], []
    for name, array in arrays.items():
        described.append([name, array.dtype.str, array.shape])
        sides = np.ascontiguousarray(np.moveaxis(np.atleast_1d(array), -1, 0))
        parts.append(sides.reshape(-1, 1).view(np.uint8).T.tobytes())
    return zlib.compress(json.dumps(described).encode() + b"\n" + b"".join(parts), FASTEST)


def _unpacked(payload: bytes) -> dict[str, NDArray[Any]]:
    line, _, rest = zlib.decompress(payload).partition(b"\n")
    arrays, place = {}, 0
    for name, kind, shape in json.loads(line):
        dtype, full = np.dtype(kind), shape or [1]
        size = dtype.itemsize * int(np.prod(full))
        planes = np.frombuffer(rest, np.uint8, size, place).reshape(dtype.itemsize, -1)
        sides = np.ascontiguousarray(planes.T).view(dtype).reshape([full[-1], *full[:-1]])
        arrays[name] = np.ascontiguousarray(np.moveaxis(sides, 0, -1)).reshape(shape)
        place += size
    return arrays
