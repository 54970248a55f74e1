"""Finished units of work on disk, so that a run broken off goes on where it stopped.

Units are found by the key of their run (a digest of all that fixes its numbers) and their own
name. Every file carries both and a checksum; what does not match is set aside, never used and
never deleted, and its unit counts as not done.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.store import write_whole

ENDING = ".unit"
FORMAT = "exercise-il6 unit 1"
LETTERS_OF_KEY = 32


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
        Folder of the results; units live in a folder of their own below it, one per key.
    key
        What the run's numbers depend on, as :func:`key_of` returns it.

    Attributes
    ----------
    set_aside
        Files found damaged or foreign, where they are now.
    """

    def __init__(self, folder: Path, key: str) -> None:
        """Make the folder of the units."""
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            raise ValueError(f"the key is {key!r}; must be 64 hexadecimal digits")
        self.key = key
        self.folder = folder / "units" / key[:LETTERS_OF_KEY]
        self.folder.mkdir(parents=True, exist_ok=True)
        self.set_aside: list[Path] = []

    def put(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep the arrays of a finished unit.

        Raises
        ------
        OSError
            If the disk takes no more; the unit then counts as not done.
        """
        stream = BytesIO()
        np.savez(stream, allow_pickle=False, **dict(arrays))
        payload = stream.getvalue()
        header = {
            "format": FORMAT,
            "key": self.key,
            "name": name,
            "sha256": hashlib.sha256(payload).hexdigest(),
        }
        write_whole(self._path(name), json.dumps(header).encode() + b"\n" + payload)

    def get(self, name: str) -> dict[str, NDArray[Any]] | None:
        """Return the arrays of a finished unit, or None if it has to be run (again)."""
        path = self._path(name)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        header, _, payload = content.partition(b"\n")
        expected = {
            "format": FORMAT,
            "key": self.key,
            "name": name,
            "sha256": hashlib.sha256(payload).hexdigest(),
        }
        if _parsed(header) != expected:
            self._put_aside(path)
            return None
        with np.load(BytesIO(payload), allow_pickle=False) as arrays:
            return {each: arrays[each] for each in arrays.files}

    def names(self) -> Iterator[str]:
        """Return the names of the units that have a file, checked or not, in order."""
        return iter(sorted(path.name[: -len(ENDING)] for path in self.folder.glob(f"*{ENDING}")))

    def clear(self) -> None:
        """Forget the finished units of this run."""
        for path in self.folder.glob(f"*{ENDING}"):
            path.unlink(missing_ok=True)

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
