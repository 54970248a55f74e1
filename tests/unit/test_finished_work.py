"""Finished work of runs that is whole but wrong, or of another version: told, and done again."""

import json
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from test_runs import SIZES, SmallParts, changed, hashed, lived, small_tasks

from abm import load_scenario, simulate
from abm.evidence.entries import load_evidence
from abm.population.setup import empty_counts
from abm.running import finished_work, provenance
from abm.running.finished_work import PROGRAM, slots_named
from abm.running.journal import Journal
from abm.running.packing import packed, unpacked
from abm.running.provenance import stamp
from abm.running.setup import set_up

__all__ = ["small_tasks"]  # a fixture that every test here has


def entry_with(content):
    """Return a change that puts other content into the last entry, under a sound checksum."""

    def change(path):
        with Journal(path, path.stem) as journal:
            last = max(map(slots_named, set(journal) - {PROGRAM}))
            whole = journal.get(last.name)
            journal.append(last.name, content(whole) if callable(content) else content)

    return change


def taken_apart(whole):
    setup = set_up(changed([]).scenario, lifetimes=True)
    return unpacked(whole, empty_counts(setup)._asdict())


def floats(whole):
    counts = taken_apart(whole)
    return packed({name: array.astype(float) for name, array in counts.items()})


def one_array_less(whole):
    counts = taken_apart(whole)
    return packed({name: array for name, array in counts.items() if name != "told"})


WHOLE_BUT_WRONG = {
    "nothing": b"",
    "no compressed bytes": b"nonsense",
    "the beginning only": lambda whole: whole[:-20],
    "other types": floats,
    "one array less": one_array_less,
    "another shape": packed({"strata": np.zeros(3)}),
    "no arrays": packed({}),
    "much nested text": zlib.compress(b"[" * 100_000),
    "very many bytes": zlib.compress(bytes(10**8)),
}


@pytest.mark.parametrize("what", WHOLE_BUT_WRONG)
def test_entries_that_are_whole_but_wrong_are_told_and_simulated_again(tmp_path, what):
    """What another program, or a fault of this one, has written with a sound checksum."""
    lived(SmallParts(tmp_path))
    (path,) = tmp_path.glob("finished/*.journal")
    entry_with(WHOLE_BUT_WRONG[what])(path)
    kept = SmallParts(tmp_path)
    assert lived(kept) == lived(None)
    assert (kept.entries_found, kept.entries_new) == (2, 1)
    (told,) = kept.complaints
    assert "1 entry is whole, but not what this program writes (line 5): not used, run" in told
    assert SmallParts(tmp_path).complaints == []  # a later entry of the name counts


def test_a_journal_with_the_name_of_no_slots_ends(tmp_path):
    """The entry slots-0-0 covers nothing: a run that took it would never come to its end."""
    lived(SmallParts(tmp_path))
    (path,) = tmp_path.glob("finished/*.journal")
    with Journal(path, path.stem) as journal:
        for name in ("slots-0-0", "slots-2048-1024", "slots-1024-1024"):
            journal.append(name, b"")
    kept = SmallParts(tmp_path)
    assert lived(kept) == lived(None)
    assert (kept.entries_found, kept.entries_new) == (3, 0)


def test_journals_of_other_versions_are_named_and_left_alone(tmp_path, monkeypatch):
    for number, version in enumerate(("0.0.9", "0.0.9", "")):
        with Journal(tmp_path / f"{number:032}.journal", f"{number:032}") as journal:
            if version:
                other = {**stamp(), "exercise-il6": version, "numpy": "1.0"}
                journal.append(PROGRAM, json.dumps(other).encode())
            journal.append("slots-0-1024", b"tallies")
    (tmp_path / "finished").mkdir()
    for path in tmp_path.glob("*.journal"):
        path.rename(tmp_path / "finished" / path.name)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.journal")}
    kept = SmallParts(tmp_path)
    assert lived(kept) == lived(None)
    first, second = kept.complaints
    assert "finished: 2 journals written by version 0.0.9, numpy 1.0: not used, run again" in first
    assert "finished: 1 journal written by an earlier version: not used, run again" in second
    assert {path: path.read_bytes() for path in before} == before
    seeds = SmallParts(tmp_path)
    lived(seeds, seed=6)
    assert len(seeds.complaints) == 2  # the journals of this version's other seeds are no matter


def test_work_for_another_scenario_is_named_and_run_again(tmp_path):
    """As after a change of the file between a kill and the same command."""
    lived(SmallParts(tmp_path))
    kept, scenario = SmallParts(tmp_path), load_scenario("walking_groups", ["step_months=3"])
    found, fresh = (
        simulate(scenario, **SIZES, threads=2, finished_work=each).counts for each in (kept, None)
    )
    assert {run: hashed(each) for run, each in found.items()} == {
        run: hashed(each) for run, each in fresh.items()
    }
    assert (kept.entries_found, kept.entries_new) == (0, 3)
    (told,) = kept.complaints
    assert "1 journal written for another state of the scenario: not used, run again" in told


def test_work_of_other_draws_seeds_and_sizes_is_no_matter(tmp_path):
    """Draws move the scenario's numbers; their journals serve the next run with draws."""
    lived(SmallParts(tmp_path), draws=2)
    central, later, moved = (SmallParts(tmp_path) for _ in range(3))
    lived(central)
    assert (central.entries_found, central.complaints) == (3, [])
    lived(later, seed=6, persons=1100)
    assert (later.entries_found, later.complaints) == (0, [])
    scenario = load_scenario("walking_groups", ["policies.walks.reach=0.5"])
    simulate(scenario, **SIZES, threads=2, draws=2, finished_work=moved)
    (told,) = moved.complaints  # three of the first run, one of another seed
    assert "4 journals written for another state of the scenario" in told


def test_work_with_other_evidence_is_named_and_run_again(tmp_path, monkeypatch):
    lived(SmallParts(tmp_path))
    entries = load_evidence()
    changed_entry = SimpleNamespace(hash="another", entries=entries.entries)
    monkeypatch.setattr(finished_work, "load_evidence", lambda place: changed_entry)
    monkeypatch.setattr(finished_work, "key_of_run", lambda setup, seed: f"{seed:032x}")
    kept = SmallParts(tmp_path)
    assert lived(kept) == lived(None)
    assert kept.entries_found == 0
    (told,) = kept.complaints
    assert "1 journal written for another state of the evidence: not used, run again" in told


@pytest.mark.parametrize("what", ["numpy", "numba", "llvmlite", "sources"])
def test_work_by_other_code_or_compilers_is_named_and_run_again(tmp_path, monkeypatch, what):
    lived(SmallParts(tmp_path))
    other = stamp() | {what: "9.9"}
    monkeypatch.setattr(finished_work, "stamp", lambda: other)
    monkeypatch.setattr(provenance, "stamp", lambda: other)
    kept = SmallParts(tmp_path)
    assert lived(kept) == lived(None)
    assert kept.entries_found == 0
    (told,) = kept.complaints
    assert f"1 journal written by version {stamp()['exercise-il6']}, {what} " in told


def test_arrays_of_other_kinds_are_not_taken():
    arrays = {"counts": np.arange(6).reshape(2, 3)}
    for like in (
        {"counts": np.arange(6).reshape(3, 2)},
        {"counts": np.arange(6, dtype=np.int32).reshape(2, 3)},
        {"others": np.arange(6).reshape(2, 3)},
        {**arrays, "more": np.zeros(1)},
        {},
    ):
        with pytest.raises(ValueError, match="of other names, types or shapes"):
            unpacked(packed(arrays), like)
