"""The finished runs of a sensitivity study: one entry of a journal per run.

An entry holds the run's seed, its sample and every output. Its name is the run's key (a digest of
its shares and seed) and not its position, so a longer design, another method or another choice of
outputs goes on with whatever has been run already. Damage, kills and other versions:
:mod:`abm.running.journal`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.running.folders import claimed
from abm.running.journal import Journal
from abm.running.output import FolderError, read_file, write_whole
from abm.running.provenance import difference_of, digest_of, stamp
from analysis.sensitivity.design import Run
from analysis.sensitivity.errors import RunError, StudyError

RUNS_FILE = "runs.journal"
IDENTITY_FILE = "identity.json"
OLDER_RUNS_FILE = "runs.jsonl"  # until the journal came
PROGRAM = "program"
LARGEST_IDENTITY = 1_000_000  # bytes
LONGEST_SHOWN = 120


@contextmanager
def finished_runs(folder: Path | str, identity: Mapping[str, Any]) -> Iterator[FinishedRuns]:
    """Claim a study's folder, made if absent, and return its finished runs.

    Parameters
    ----------
    folder
        The study's folder.
    identity
        What results depend on besides sample and seed. What stands under ``program`` says which
        program makes them (its sources and compiler are added here); the rest says what is asked.
        All of it is in the journal's key.

    Raises
    ------
    StudyError
        If another run holds the folder, or the same program has asked something else in it; the
        message names what differs. Runs of another version of the program are made again.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(claimed(Path(folder)))
        except FolderError as error:
            raise StudyError([str(error)]) from None
        found = FinishedRuns(Path(folder), identity)
        stack.callback(found.close)
        yield found


def identity_in_full(identity: Mapping[str, Any]) -> str:
    """Return an identity as it is written, with the program's own stamp."""
    program = {**stamp(), **identity.get(PROGRAM, {})}
    return json.dumps({**identity, PROGRAM: program}, indent=1, sort_keys=True)


class FinishedRuns:
    """The finished runs of a study; :func:`finished_runs` opens them.

    Attributes
    ----------
    results
        Outputs by the key of the run.
    complaints
        What lies in the folder and cannot be used; these runs count as not run.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        """Read what has been run."""
        self._identity = identity_in_full(identity)
        self._identity_file = folder / IDENTITY_FILE
        self._is_identified = False
        self.folder = folder
        self.complaints = self._compared()
        if (folder / OLDER_RUNS_FILE).exists():
            self.complaints.append(
                f"{folder / OLDER_RUNS_FILE}: runs of an older format: not used, run again; "
                "the file may be deleted"
            )
        self._journal = Journal(folder / RUNS_FILE, digest_of(self._identity))
        self.complaints += self._journal.complaints()
        self.results: dict[str, dict[str, float]] = {}
        for key in list(self._journal):
            content = self._journal.get(key)
            outputs = None if content is None else _outputs_in(content)
            if outputs is not None:
                self.results[key] = outputs
            elif content is not None:
                self.complaints += self._journal.discard(key)

    def close(self) -> None:
        """Force the runs to the disk."""
        self._journal.close()

    def append(self, run: Run, outputs: Mapping[str, float]) -> None:
        """Save the outputs of one run; non-finite ones too, so that they can be named later."""
        if not self._is_identified:
            write_whole(self._identity_file, f"{self._identity}\n".encode())
            self._is_identified = True
        values = {name: float(value) for name, value in outputs.items()}
        record = {"seed": run.seed, "sample": dict(run.sample), "outputs": values}
        self._journal.append(run.key, json.dumps(record, separators=(",", ":")).encode())
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

    def unknown(self, runs: Iterable[Run], outputs: Sequence[str]) -> list[str]:
        """Return the outputs that are NaN in every run of a design that has been run."""
        results = [self.results[run.key] for run in runs if run.key in self.results]
        return [
            name
            for name in outputs
            if results and all(math.isnan(each.get(name, 0.0)) for each in results)
        ]

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

    def _compared(self) -> list[str]:
        """Refuse the folder of another question; return what is said of another version."""
        path, now = self._identity_file, json.loads(self._identity)
        if not path.exists():
            return []
        before = _identity_in(path)
        if before is None:
            return [f"{path}: damaged: not used, written again"]
        written = before.pop(PROGRAM)
        versions = _differences(written, now.pop(PROGRAM))
        questions = _differences(before, now)
        if versions:
            differing = "; ".join([*versions, *questions])
            by = difference_of(written) or "this version, of other code, inputs or packages"
            return [f"{path}: written by {by}: not used, run again ({differing})"]
        if questions:
            raise StudyError(
                [
                    *(f"{path}: {each}" for each in questions),
                    "Its runs cannot be mixed with new ones: "
                    "choose another --out, or remove the folder.",
                ]
            )
        return []


def _identity_in(path: Path) -> dict[str, Any] | None:
    """Return the identity of an earlier study; None if it cannot be read as one."""
    try:
        found = json.loads(read_file(path, LARGEST_IDENTITY))
        return found if isinstance(found[PROGRAM], dict) else None
    except (ValueError, TypeError, KeyError, RecursionError, FolderError):
        return None


def _outputs_in(content: bytes) -> dict[str, float] | None:
    """Return the outputs that an entry holds; None if it is no entry of a study."""
    try:
        found = json.loads(content)["outputs"]
        numbers = all(type(value) in (int, float) for value in found.values())
        return {name: float(value) for name, value in found.items()} if numbers else None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [
        f"{ascii(key)[1:-1][:60]} was {_shown(before.get(key))}, is now {_shown(now.get(key))}"
        for key in sorted(set(before) | set(now))
        if before.get(key) != now.get(key)
    ]


def _shown(value: Any) -> str:
    whole = ascii(value)
    return whole if len(whole) <= LONGEST_SHOWN else f"{whole[:LONGEST_SHOWN]}..."


def _shortened(heading: str, problems: Sequence[str], most: int = 20) -> list[str]:
    rest = [f"... and {len(problems) - most} more"] if len(problems) > most else []
    return [heading, *problems[:most], *rest]
