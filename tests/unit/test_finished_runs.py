"""The finished runs of a study: found again after a kill, never mixed with another study's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from abm.running.journal import Journal
from abm.running.provenance import digest_of, stamp
from analysis.sensitivity.design import Input, Run, key_of, make_design, make_runs
from analysis.sensitivity.errors import RunError, StudyError
from analysis.sensitivity.finished_runs import (
    IDENTITY_FILE,
    RUNS_FILE,
    finished_runs,
    identity_in_full,
)
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.study import run_study

INPUTS = tuple(Input(f"x{i}") for i in range(3))
IDENTITY = {"scenario": "toy", "persons": 100}


def some_runs(samples=8):
    return make_runs(make_design("sobol", INPUTS, samples, seed=1), seed=1)


def outputs_for(run):
    return {"y": sum(run.sample.values()) / 3.0, "z": 1.0 / 7.0}


def filled(folder, runs, identity=IDENTITY):
    with finished_runs(folder, identity) as finished:
        for run in runs:
            finished.append(run, outputs_for(run))


def test_results_come_back_to_the_last_bit(tmp_path):
    runs = some_runs()
    filled(tmp_path, runs)
    with finished_runs(tmp_path, IDENTITY) as finished:
        table = finished.table(runs, ["y", "z"])
    expected = [[outputs_for(run)[name] for name in ("y", "z")] for run in runs]
    assert np.array_equal(table, np.array(expected))


def test_a_damaged_entry_is_told_and_its_run_made_again(tmp_path):
    runs = some_runs(2)
    filled(tmp_path, runs)
    path = tmp_path / RUNS_FILE
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace('"seed":1', '"seed":2')
    path.write_text("".join(lines))
    with finished_runs(tmp_path, IDENTITY) as finished:
        assert finished.complaints == [
            f"{path}: 1 entry is cut off or damaged (line 2): not used, run again"
        ]
        assert [run.key for run in finished.missing(runs)] == [runs[1].key]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"outputs": [1]}', b'{"outputs": {"y": "1"}}', b"\xff",
     b"[" * 9999,
     b'{"outputs": {"y": true}}', b'{"outputs": {"y": [1.0]}}', b'{"sample": {}}',
     b'{"outputs": {"y": 1' + b"0" * 400 + b"}}", b'{"outputs": {"y": 1' + b"0" * 5000 + b"}}"],
)  # fmt: skip
def test_entries_that_are_whole_but_wrong_are_told_and_run_again(tmp_path, content):
    runs = some_runs(2)
    filled(tmp_path, runs)
    key = digest_of(identity_in_full(IDENTITY))
    with Journal(tmp_path / RUNS_FILE, key) as journal:
        journal.append(runs[1].key, content)
    with finished_runs(tmp_path, IDENTITY) as finished:
        (told,) = finished.complaints
        assert "1 entry is whole, but not what this program writes (line 11)" in told
        assert [run.key for run in finished.missing(runs)] == [runs[1].key]


def test_the_version_that_wrote_a_study_is_named(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        older = {**stamp(), "exercise-il6": "0.0.9", "sources": "older"}
        patched.setattr("analysis.sensitivity.finished_runs.stamp", lambda: older)
        filled(tmp_path, some_runs(2))
    with finished_runs(tmp_path, IDENTITY) as finished:
        assert "written by version 0.0.9, sources older: not used, run" in finished.complaints[0]


def test_another_question_is_refused_naming_the_difference(tmp_path):
    filled(tmp_path, some_runs(2))
    with (
        pytest.raises(StudyError, match="persons was 100, is now 200"),
        finished_runs(tmp_path, {**IDENTITY, "persons": 200}),
    ):
        pass


@pytest.mark.parametrize("what", ["numpy", "numba", "sources", "outputs"])
def test_runs_of_another_version_are_named_and_made_again(tmp_path, monkeypatch, what):
    runs = some_runs(2)
    filled(tmp_path, runs)
    before = (tmp_path / RUNS_FILE).read_bytes()
    with monkeypatch.context() as patched:
        newer = {**IDENTITY, "persons": 200}  # what is asked may move with the version
        if what == "outputs":
            newer["program"] = {"outputs": "new"}
        else:
            patched.setattr(
                "analysis.sensitivity.finished_runs.stamp", lambda: {**stamp(), what: "new"}
            )
        with finished_runs(tmp_path, newer) as finished:
            assert finished.missing(runs) == runs
            version, entries = finished.complaints
            assert f"{what} was " in version and "is now 'new'" in version
            assert f"{len(runs)} entries are of other work or another version" in entries
            finished.append(runs[0], {"y": 5.0})
        with finished_runs(tmp_path, newer) as finished:
            assert finished.results == {runs[0].key: {"y": 5.0}}
    assert (tmp_path / RUNS_FILE).read_bytes().startswith(before)
    with finished_runs(tmp_path, IDENTITY) as finished:
        assert finished.missing(runs) == []  # back at the first version nothing is lost


def test_runs_of_an_older_format_are_named_and_left_alone(tmp_path):
    older = tmp_path / "runs.jsonl"
    older.write_text("older\n")
    with finished_runs(tmp_path, IDENTITY) as finished:
        assert finished.complaints == [
            f"{older}: runs of an older format: not used, run again; the file may be deleted"
        ]
    assert older.read_text() == "older\n"


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"persons": 100}', '{"program": 3}'])
def test_a_damaged_identity_is_told_and_costs_no_run(tmp_path, content):
    runs = some_runs(2)
    filled(tmp_path, runs)
    (tmp_path / IDENTITY_FILE).write_text(content)
    with finished_runs(tmp_path, IDENTITY) as finished:
        assert finished.missing(runs) == []
        assert "identity.json: damaged: not used, written again" in finished.complaints[0]
        finished.append(runs[0], outputs_for(runs[0]))
    with finished_runs(tmp_path, IDENTITY) as finished:
        assert finished.complaints == []


def test_opening_a_study_writes_nothing_of_it(tmp_path):
    with finished_runs(tmp_path, IDENTITY):
        pass
    assert not list(tmp_path.iterdir())


def test_two_runs_cannot_write_to_one_study(tmp_path):
    with (
        finished_runs(tmp_path, IDENTITY),
        pytest.raises(StudyError, match="being written by another run"),
        finished_runs(tmp_path, IDENTITY),
    ):
        pass
    filled(tmp_path, some_runs(2))


def test_missing_runs_are_named(tmp_path):
    runs = some_runs(2)
    filled(tmp_path, runs[:-1])
    name = rf"run {runs[-1].number} \[{runs[-1].key}\].*not run"
    with finished_runs(tmp_path, IDENTITY) as finished, pytest.raises(RunError, match=name):
        finished.table(runs, ["y"])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_one_result_that_is_not_finite_stops_the_analysis_with_its_name(tmp_path, bad):
    runs = some_runs(2)
    with finished_runs(tmp_path, IDENTITY) as finished:
        for run in runs:
            finished.append(run, {"y": bad if run is runs[4] else 1.0})
        with pytest.raises(RunError, match=rf"run 4 \[{runs[4].key}\].*y is {bad}"):
            finished.table(runs, ["y"])
        assert finished.missing(runs, ["y"]) == [runs[4]]


def test_an_output_that_no_run_returned_is_named(tmp_path):
    runs = some_runs(2)
    filled(tmp_path, runs)
    with (
        finished_runs(tmp_path, IDENTITY) as finished,
        pytest.raises(RunError, match="w is missing"),
    ):
        finished.table(runs, ["w"])


def test_keys_tell_samples_and_seeds_apart():
    sample = {"a": 0.1, "b": 0.2}
    keys = {
        key_of(sample, 1),
        key_of(sample, 2),
        key_of({"a": 0.2, "b": 0.1}, 1),
        key_of({"a": 0.1}, 1),
        key_of({"a": float(np.nextafter(0.1, 1)), "b": 0.2}, 1),
    }
    assert len(keys) == 5
    assert key_of({"b": 0.2, "a": 0.1}, 1) == key_of(sample, 1)


def test_a_run_names_itself():
    run = Run(3, {"a": 0.25}, 7, "abc")
    assert str(run) == "run 3 [abc] (seed 7; shares a=0.25)"


CHILD = """
import sys, time
from analysis.sensitivity.design import Input
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.study import run_study

def evaluate(sample, seed):
    time.sleep(0.002)
    return {"y": sample["x0"] ** 2 + sample["x1"] / 3.0}

plan = Plan("sobol", (Input("x0"), Input("x1"), Input("x2")), 64)
run_study(plan, evaluate, ["y"], folder=sys.argv[1], identity={"toy": 1}, threads=2)
"""


def evaluate_counted(calls):
    def evaluate(sample, seed):
        calls.append(dict(sample))
        return {"y": sample["x0"] ** 2 + sample["x1"] / 3.0}

    return evaluate


def test_a_killed_study_continues_with_what_is_missing_and_gives_the_same_bits(tmp_path):
    plan = Plan("sobol", INPUTS, 64)
    whole = run_study(plan, evaluate_counted([]), ["y"])

    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], cwd=root)
    path = tmp_path / RUNS_FILE
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _lines(path) < 60:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with finished_runs(tmp_path, {"toy": 1}) as finished:
        done = len(finished.results)
    assert 60 <= done < 64 * 5

    calls: list[dict[str, float]] = []
    again = run_study(plan, evaluate_counted(calls), ["y"], folder=tmp_path, identity={"toy": 1})
    assert len(calls) == again.new_runs == 64 * 5 - done
    assert np.array_equal(again.table, whole.table)
    assert again.indices.equals(whole.indices)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
