"""A result in a folder of its own, and back: tables as Parquet, numbers as NumPy's, JSON.

Nothing is pickled, so opening a folder of somebody else runs none of their code. A result is read
only by the version that wrote it; its tables open anywhere (``pandas.read_parquet``).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from abm.kernel.blocks import Counts
from abm.results.outcome_tables import OutcomeTables
from abm.scenario.plain import scenario_from_plain, scenario_to_plain
from abm.version import __version__

INDEX, NUMBERS, LAYOUT = "result.json", "numbers.npz", "outcomes_layout.parquet"
CHECKSUM = "sha256"  # of the index, in its first line
LARGEST_INDEX = 10_000_000  # bytes
# What readers raise at what is not as it was written.
DAMAGE = (AttributeError, EOFError, LookupError, OSError, RecursionError, TypeError, ValueError,
          BadZipFile)  # fmt: skip


class SavedResultError(ValueError):
    """A folder holds no result that can be loaded; the message says why."""


def save(parts: Mapping[str, Any], folder: Path | str) -> Path:
    """Write the parts of a result to a folder that is new or empty; all of them, or nothing.

    Parameters
    ----------
    parts
        ``scenario``, ``manifest``, ``counts``, ``tables`` (the outcomes), and what else a result
        has by name: of that, tables are kept.
    folder
        Where; folders above it are made.

    Raises
    ------
    FileExistsError
        If something is in its place.
    """
    target = Path(folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FileExistsError(f"{target} is there already; must be a new or an empty folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(".partial", f".{target.name}.", target.parent))
    try:
        _write(parts, unfinished)
        unfinished.chmod(0o755)
        os.replace(unfinished, target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return target


def loaded(folder: Path | str) -> dict[str, Any]:
    """Return the parts that :func:`save` wrote, to the bit.

    Raises
    ------
    FileNotFoundError
        If the folder holds no saved result.
    SavedResultError
        If another version wrote it, or a file is not as it was written.
    """
    source = Path(folder)
    index = _index(source)
    try:
        return _parts(source, index)
    except SavedResultError:
        raise
    except DAMAGE as error:
        raise SavedResultError(
            f"{source} is damaged ({type(error).__name__}: {str(error)[:60]}); must be as "
            "result.save wrote it"
        ) from None


def _parts(source: Path, index: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a result whose files are as they were written."""
    found: dict[str, Any] = {name: _read_table(source, name, index) for name in index["frames"]}
    with np.load(source / NUMBERS, allow_pickle=False) as numbers:
        found |= {"counts": _counts(numbers, index), "tables": _outcomes(source, numbers, index)}
    return found | {
        "scenario": scenario_from_plain(index["scenario"]), "manifest": index["manifest"],
    }  # fmt: skip


@cache
def _layout_hash() -> str:
    """Return a hash of the sources that say what tallies and tables mean."""
    abm = Path(__file__).parents[1]
    own = sorted([*(abm / "results").glob("*.py"), *(abm / "kernel").glob("[bl]*.py")])
    digest = hashlib.blake2b(digest_size=8)
    for file in [*own, abm / "scenario" / "parts.py", abm / "conditions.py"]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _write(parts: Mapping[str, Any], folder: Path) -> None:
    frames = {name: each for name, each in parts.items() if isinstance(each, pd.DataFrame)}
    for name, table in frames.items():
        table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
    layout = parts["tables"].layout
    layout.astype(object).to_parquet(folder / LAYOUT, index=False, compression="zstd")
    np.savez_compressed(folder / NUMBERS, **_numbers(parts))
    index = {
        "version": __version__,
        "layout": _layout_hash(),
        "frames": {name: _texts(table) for name, table in frames.items()},
        "runs": [list(run) for run in parts["tables"].runs],
        "counted": [list(run) for run in parts["counts"]],
        "categories": {name: list(each.cat.categories) for name, each in layout.items()
                       if isinstance(each.dtype, pd.CategoricalDtype)},
        "scenario": scenario_to_plain(parts["scenario"]),
        "manifest": parts["manifest"],
        "files": {path.name: _checksum(path) for path in sorted(folder.iterdir())},
    }  # fmt: skip
    (folder / INDEX).write_bytes(_with_checksum(index))


def _with_checksum(index: Mapping[str, Any]) -> bytes:
    """Return an index as JSON whose first line holds the checksum of all that follows it."""
    rest = json.dumps(index, indent=1).removeprefix("{\n").encode()
    return _first_line(rest) + rest


def _first_line(rest: bytes) -> bytes:
    return f'{{"{CHECKSUM}": "{hashlib.sha256(rest).hexdigest()}",\n'.encode()


def _texts(table: pd.DataFrame) -> list[str]:
    """Return the columns that Parquet would give back as another kind: of Python's own objects."""
    return [str(name) for name, kind in table.dtypes.items() if kind.name == "object"]


def _numbers(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcomes of each run and the tallies of each, by a name of their own."""
    tables = parts["tables"]
    found = {f"outcomes/{place}": tables.values(run) for place, run in enumerate(tables.runs)}
    for place, counts in enumerate(parts["counts"].values()):
        found |= {f"{name}/{place}": each for name, each in counts._asdict().items()}
    return found


def _index(folder: Path) -> dict[str, Any]:
    """Return what a folder says of its result, once all of it is found to be as it was written."""
    path = folder / INDEX
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} holds no saved result (no {INDEX}); must be a folder that "
            "result.save(folder) wrote"
        )
    written = path.read_bytes()[:LARGEST_INDEX]
    damaged = SavedResultError(f"{path} is damaged; must be as result.save wrote it")
    try:
        index = json.loads(written)
        wrote, files = index["version"], dict(index["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise damaged from None
    first, end, rest = written.partition(b"\n")
    whole = first + end == _first_line(rest)
    if CHECKSUM in index and not whole:
        raise damaged
    if (wrote, index.get("layout")) != (__version__, _layout_hash()):
        which = f"version {wrote}" if wrote != __version__ else f"another state of {wrote}"
        raise SavedResultError(
            f"{folder} was saved by {which[:60]}; this is {__version__}, and must be the same: "
            "simulate again, or read its tables with pandas.read_parquet"
        )
    if not (whole and _is_complete(index)):  # versions that wrote no checksum are told above
        raise damaged
    for name, expected in files.items():
        own = folder / name
        if own.parent != folder or not own.is_file() or _checksum(own) != expected:
            raise SavedResultError(f"{own} is missing or damaged; must be as result.save wrote it")
    return dict(index)


def _is_complete(index: Mapping[str, Any]) -> bool:
    """Say whether an index has what every result has."""
    of_every = all(index.get(name) for name in ("manifest", "counted", "scenario"))
    outcomes = index.get("runs") or not index.get("categories")  # of effects alone there are none
    return bool(of_every and outcomes) and {NUMBERS, LAYOUT} <= set(index["files"])


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_table(folder: Path, name: str, index: Mapping[str, Any]) -> pd.DataFrame:
    if f"{name}.parquet" not in index["files"]:
        raise SavedResultError(f"{folder} lists no file of its table {name[:60]!r}")
    table = pd.read_parquet(folder / f"{name}.parquet")
    for column in index["frames"][name]:
        values = table[column].astype(object)
        table[column] = values.where(values.notna(), np.nan)
    return table


def _counts(numbers: Mapping[str, Any], index: Mapping[str, Any]) -> dict[tuple[int, int], Counts]:
    return {
        (seed, draw): Counts(*(numbers[f"{name}/{place}"] for name in Counts._fields))
        for place, (seed, draw) in enumerate(index["counted"])
    }


def _outcomes(folder: Path, numbers: Mapping[str, Any], index: Mapping[str, Any]) -> OutcomeTables:
    layout = pd.read_parquet(folder / LAYOUT)
    for name, categories in index["categories"].items():
        layout[name] = pd.Categorical(layout[name], categories)
    tables = OutcomeTables()
    for place, (draw, seed) in enumerate(index["runs"]):
        values = numbers[f"outcomes/{place}"]
        tables.add(layout.assign(seed=seed, draw=draw, value=values))
    return tables
