"""A study on disk: one line per finished run, appended and checksummed.

A line holds the run's key (a digest of its shares and seed), its sample, its seed and every output
of the run. Nothing is ever rewritten: a process killed at any byte leaves at worst one broken last
line, whose checksum fails and whose run is simply run again. Because results are found by key and
not by position, a longer design, another method or another choice of outputs reuses whatever has
been run already.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.running.output import write_whole
from analysis.sensitivity.design import Run
from analysis.sensitivity.errors import RunError, StudyError

RUNS_FILE = "runs.jsonl"
STUDY_FILE = "study.json"


class StudyStore:
    """The finished runs of one study folder.

    Parameters
    ----------
    folder
        The study's folder; made if absent.
    identity
        What the runs depend on besides sample and seed (scenario, evidence, persons, program).
        A folder made with another identity is refused, naming what differs.

    Attributes
    ----------
    results
        Outputs by the key of the run.
    damaged_lines
        Numbers of the lines whose checksum fails; their runs count as not run.

    Raises
    ------
    StudyError
        If the folder belongs to another study, or another process is writing to it.
    """

    def __init__(self, folder: Path | str, identity: Mapping[str, Any]) -> None:
        """Open or make the folder, lock it, and read what has been run."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.results: dict[str, dict[str, float]] = {}
        self.damaged_lines: list[int] = []
        self._file = os.open(self.folder / RUNS_FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._lock()
            self._check_identity(identity)
            self._load()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> StudyStore:
        """Return the open store."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Flush the runs to the disk and let other processes have the folder."""
        os.fsync(self._file)
        os.close(self._file)

    def append(self, run: Run, outputs: Mapping[str, float]) -> None:
        """Save the outputs of one run; non-finite ones too, so that they can be named later."""
        values = {name: float(value) for name, value in outputs.items()}
        record = {"run": run.key, "seed": run.seed, "sample": dict(run.sample), "outputs": values}
        line = _line(record)
        if os.write(self._file, line) != len(line):
            raise OSError(f"{self.folder / RUNS_FILE}: the disk took only part of a record")
        self.results[run.key] = values

    def missing(self, runs: Iterable[Run], outputs: Sequence[str] = ()) -> list[Run]:
        """Return the runs without a finite result, each key once, in the design's order.

        Parameters
        ----------
        runs
            The runs of a design.
        outputs
            Outputs that have to be there and finite; a failed run is thereby tried again.
        """
        wanted: dict[str, Run] = {}
        for run in runs:
            result = self.results.get(run.key)
            if result is None or not all(math.isfinite(result.get(o, math.nan)) for o in outputs):
                wanted.setdefault(run.key, run)
        return list(wanted.values())

    def table(self, runs: Sequence[Run], outputs: Sequence[str]) -> NDArray[np.float64]:
        """Return the outputs of a design, shape (runs, outputs).

        Raises
        ------
        RunError
            If any run is missing or any output is missing or not finite; it names the runs.
        """
        problems = []
        table = np.empty((len(runs), len(outputs)))
        for row, run in enumerate(runs):
            result = self.results.get(run.key)
            if result is None:
                problems.append(f"{run}: not run")
                continue
            values = [result.get(output, math.nan) for output in outputs]
            problems += [
                f"{run}: {output} is {value if output in result else 'missing'}"
                for output, value in zip(outputs, values, strict=True)
                if not math.isfinite(value)
            ]
            table[row] = values
        if problems:
            raise RunError(
                _shortened(
                    f"{self.folder}: the design cannot be analysed, {len(problems)} "
                    "results are missing or not finite (no index is computed from the rest, "
                    "because every row has its place)",
                    problems,
                )
            )
        return table

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # no advisory locks on this platform
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StudyError([f"{self.folder}: another process is running this study"]) from None

    def _check_identity(self, identity: Mapping[str, Any]) -> None:
        path = self.folder / STUDY_FILE
        wanted = json.loads(json.dumps(identity, sort_keys=True))
        if not path.exists():
            write_whole(path, (json.dumps(wanted, indent=1, sort_keys=True) + "\n").encode())
            return
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise StudyError([f"{path}: not readable as JSON ({error})"]) from None
        differing = [
            f"{path}: {key} was {found.get(key)!r}, is now {wanted.get(key)!r}"
            for key in sorted(set(found) | set(wanted))
            if found.get(key) != wanted.get(key)
        ]
        if differing:
            raise StudyError(
                [
                    *differing,
                    "Its runs cannot be mixed with new ones: "
                    "choose another --out, or remove the folder.",
                ]
            )

    def _load(self) -> None:
        raw = (self.folder / RUNS_FILE).read_bytes()
        if raw and not raw.endswith(b"\n"):
            # The last line was cut off by a kill: end it, so that the next record has its own.
            os.write(self._file, b"\n")
        for number, line in enumerate(raw.splitlines(), start=1):
            record = _record(line)
            if record is None:
                self.damaged_lines.append(number)
            else:
                self.results[record["run"]] = record["outputs"]


def _line(record: Mapping[str, Any]) -> bytes:
    text = json.dumps(record, separators=(",", ":"))
    return f"{zlib.crc32(text.encode()):08x} {text}\n".encode()


def _record(line: bytes) -> dict[str, Any] | None:
    checksum, _, text = line.partition(b" ")
    if f"{zlib.crc32(text):08x}".encode() != checksum:
        return None
    record: dict[str, Any] = json.loads(text)
    return record


def _shortened(heading: str, problems: Sequence[str], most: int = 20) -> list[str]:
    rest = [f"... and {len(problems) - most} more"] if len(problems) > most else []
    return [heading, *problems[:most], *rest]
