"""Targets of the fuzzer that are saved work: manifests, journals of runs, and files of studies.

The first byte of an input chooses which file it damages, and whether the rest goes through the
checksum: damage that a checksum notices is one thing, what a whole entry may hold is another.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np

PRECIOUS = "precious.txt"
KEY = "0" * 32
LIKE = {"strata": np.arange(12).reshape(3, 4), "told": np.arange(5, dtype=np.int32)}
QUESTION = {"scenario": "toy", "persons": 100}
RAW, ENTRY, IDENTITY, INDICES, NAME = range(5)
DAMAGE = (
    b"[" * 4000, b'{"a":' * 1500, b"\xff\xfe\x00", b"null", b"NaN", b"-Infinity", b"1e999", b'""',
    b"9" * 5000, b"[]", b"{}", b'{"files": [], "versions": {}}', b"\x00" * 100, b"\n" * 500, b"",
)  # fmt: skip


def manifest_seeds() -> list[bytes]:
    """Return manifests of this program and of others, whole and damaged."""
    whole: list[object] = [
        {"versions": {"exercise-il6": "0.1.0", "numpy": "2.0"}, "sources_hash": "ab",
         "files": {"effects.csv": "0" * 64, "figures/survival.png": "1", PRECIOUS: "2"}},
        {"files": {f"../{PRECIOUS}": "0", "/etc/passwd": "0", "a\0b": "0", "x" * 3000: "0"}},
        {"files": {"effects.csv": {"effects.csv": []}}, "versions": {"exercise-il6": 1e308}},
    ]  # fmt: skip
    texts = [json.dumps(each).encode() for each in whole]
    return [*texts, *(text[: len(text) // 2] for text in texts), *DAMAGE]


def manifest_target(folder: Path) -> Callable[[bytes], None]:
    """Return what a command does with a folder that holds a manifest and somebody's file."""
    from abm.running.folders import check_folder, claimed
    from abm.running.output import MANIFEST, FolderError, ResultFolder, damaged_files, files_listed
    from analysis.commands.run_scenarios import earlier_results

    def target(content: bytes) -> None:
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / PRECIOUS).write_text("mine")
        (folder / MANIFEST).write_bytes(content)
        try:
            check_folder(folder)
            with claimed(folder):
                earlier_results(folder)
                if files_listed(folder):
                    damaged_files(folder)
                ResultFolder(folder)
        except FolderError:
            if (folder / MANIFEST).read_bytes() != content:
                raise AssertionError("a folder that is refused was changed") from None
            raise
        finally:
            if (folder / PRECIOUS).read_text() != "mine":
                raise AssertionError("a file of somebody else was changed")

    return target


def refuse_with(complaints: Sequence[str]) -> None:
    """Count an input as refused if something is told of it, in lines of plain text."""
    from abm.running.output import FolderError

    if not all(each.isprintable() for each in complaints):
        raise AssertionError(f"a complaint is no line of text: {complaints}")
    if complaints:
        raise FolderError("; ".join(complaints))


def unit_seeds() -> list[bytes]:
    """Return files and entries of a run's journal, whole and damaged."""
    from abm.running.finished_work import packed

    whole = packed(LIKE)
    other = packed({"strata": np.zeros(3), "told": np.zeros(0)})
    contents = [whole, whole[:-3], other, packed({}), *DAMAGE]
    names = [b"slots-0-1024", b"slots-0-0", b"slots-5-3", b"slots-1024-9999999999999999999", b"x"]
    parts = [_line(f"slots-{1024 * n}-{1024 * (n + 1)}", whole) for n in range(3)]
    lines = b"".join([_program(), *parts])
    files = [lines, lines[:-20], lines.replace(b"slots-1", b"slots-2", 1), lines[::-1], *DAMAGE]
    return [
        *(bytes([ENTRY]) + each for each in contents),
        *(bytes([NAME]) + each for each in names),
        *(bytes([RAW]) + each for each in files),
    ]


def _program() -> bytes:
    from abm.running.finished_work import PROGRAM
    from abm.running.provenance import stamp

    return _line(PROGRAM, json.dumps(stamp()).encode())


def _line(name: str, content: bytes, key: str = KEY) -> bytes:
    """Return a whole entry, as a journal would write it, with any name and content."""
    from abm.running.journal import FORMAT

    escaped = content.replace(b"=", b"=e").replace(b"\n", b"=n")
    rest = b" ".join([key.encode(), name.encode("utf-8", "replace"), escaped])
    checksum = hashlib.blake2b(rest, digest_size=16).hexdigest().encode()
    return b" ".join([FORMAT, checksum, rest]) + b"\n"


def unit_target(folder: Path) -> Callable[[bytes], None]:
    """Return how a run takes what its journal holds."""
    from abm.running import finished_work
    from abm.running.journal import Journal

    path = folder / "finished" / f"{KEY}.journal"
    path.parent.mkdir()
    program = _program()
    scenario = SimpleNamespace(persons=5000, years=2)
    # a run's own tallies are megabytes
    like = SimpleNamespace(_asdict=lambda: LIKE, _replace=lambda **arrays: arrays)

    def target(content: bytes) -> None:
        kind, rest = content[:1], content[1:]
        if kind == bytes([ENTRY]):
            rest = program + _line("slots-0-1024", rest) + _line("slots-1024-2048", rest)
        elif kind == bytes([NAME]):
            name = rest.decode("utf-8", "replace")
            rest = program + _line(name, finished_work.packed(LIKE))
        path.write_bytes(rest)
        kept = finished_work.FinishedWork(folder)
        journal = Journal(path, KEY)
        place = 0
        for slots, counts in kept.parts(journal, scenario, 1024, lambda slots: like):  # type: ignore[arg-type]
            if slots.first != place or slots.last <= place:
                raise AssertionError(f"{slots} follows slot {place}")
            place = slots.last
            for name, array in (counts or {}).items():
                if array.shape != LIKE[name].shape or array.dtype != LIKE[name].dtype:
                    raise AssertionError(f"{name} has another shape or type")
        if place != scenario.persons:
            raise AssertionError(f"the parts end at slot {place}")
        refuse_with(kept.complaints)

    return target


def study_seeds() -> list[bytes]:
    """Return files of a study, whole and damaged."""
    records: list[object] = [
        {"seed": 1, "sample": {"x": 0.5}, "outputs": {"y": 1.5, "z": math.nan}},
        {"outputs": {"y": "1.5"}}, {"outputs": {"y": True}}, {"outputs": {"y": 10**400}},
        {"outputs": [1, 2]}, {"outputs": None}, [], {"y": 1.0}, {"outputs": {"y": [1.0]}},
    ]  # fmt: skip
    contents = [*(json.dumps(each).encode() for each in records), *DAMAGE]
    identities = [
        json.dumps({**QUESTION, "program": {"exercise-il6": "0.0.9", "mesa": [1]}}).encode(),
        json.dumps({**QUESTION, "persons": 7, "program": {}}).encode(),
        json.dumps({"program": {"x" * 4000: "\udcff\x1b[2J"}}).encode(), *DAMAGE,
    ]  # fmt: skip
    table = b"samples,output,index,input,estimate,lower,upper\n4,y,mu_star,x,1.0,0.5,1.5\n"
    tables = [table, table[:60], table.replace(b"1.0", b"nan"), table.replace(b"1.0", b"word"),
              table.replace(b"mu_star", b"S1"), table + table, *DAMAGE]  # fmt: skip
    from abm.running.provenance import digest_of
    from analysis.sensitivity.finished_runs import identity_in_full

    key = digest_of(identity_in_full(QUESTION))
    lines = b"".join(_line(f"k{n}", contents[0], key) for n in range(3))
    return [
        *(bytes([ENTRY]) + each for each in contents),
        *(bytes([IDENTITY]) + each for each in identities),
        *(bytes([INDICES]) + each for each in tables),
        *(bytes([RAW]) + each for each in (lines, lines[:-9], *DAMAGE)),
    ]


def study_target(folder: Path) -> Callable[[bytes], None]:
    """Return how a study takes the files that it finds."""
    from abm.running.provenance import digest_of
    from analysis.sensitivity import finished_runs, request
    from analysis.sensitivity.design import Run

    study, screened = folder / "sensitivity", folder / "sensitivity" / "morris"
    screened.mkdir(parents=True)
    identity = finished_runs.identity_in_full(QUESTION)
    (screened / finished_runs.IDENTITY_FILE).write_text(identity)
    key = digest_of(identity)
    runs = [Run(number, {"x": 0.5}, 1, f"k{number}") for number in range(4)]

    def target(content: bytes) -> None:
        kind, rest = content[:1], content[1:]
        files: Mapping[str, bytes] = {
            finished_runs.IDENTITY_FILE: rest if kind == bytes([IDENTITY]) else identity.encode(),
            finished_runs.RUNS_FILE: _line("k1", rest, key) if kind == bytes([ENTRY]) else rest,
        }
        for name, each in files.items():
            (study / name).write_bytes(each)
        if kind == bytes([INDICES]):
            (screened / "indices.csv").write_bytes(rest)
            chosen = request._leading(request._screened(screened, QUESTION), 3, ["y*"])
            if not all(isinstance(name, str) for name in chosen):
                raise AssertionError(f"the leading inputs are {chosen}")
        with finished_runs.finished_runs(study, QUESTION) as found:
            finite = len(runs) - len(found.missing(runs, ["y"]))
            if finite != sum(math.isfinite(each.get("y", math.nan)) for each in _known(found)):
                raise AssertionError("a run without a finite output counts as run")
            refuse_with(found.complaints)

    def _known(found: finished_runs.FinishedRuns) -> list[dict[str, float]]:
        return [found.results[run.key] for run in runs if run.key in found.results]

    return target
