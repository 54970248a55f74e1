"""The study on disk: survives kills at any byte, reuses runs, refuses what does not belong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from analysis.sensitivity.design import Input, Run, key_of, make_design, make_runs
from analysis.sensitivity.errors import RunError, StudyError
from analysis.sensitivity.study import Plan, run_study
from analysis.sensitivity.study_store import RUNS_FILE, StudyStore

INPUTS = tuple(Input(f"x{i}") for i in range(3))
IDENTITY = {"scenario": "toy", "persons": 100}


def some_runs(samples=8):
    return make_runs(make_design("sobol", INPUTS, samples, seed=1), seed=1)


def outputs_for(run):
    return {"y": sum(run.sample.values()) / 3.0, "z": 1.0 / 7.0}


def filled(folder, runs):
    with StudyStore(folder, IDENTITY) as store:
        for run in runs:
            store.append(run, outputs_for(run))


def test_results_come_back_to_the_last_bit(tmp_path):
    runs = some_runs()
    filled(tmp_path, runs)
    with StudyStore(tmp_path, IDENTITY) as store:
        table = store.table(runs, ["y", "z"])
    expected = [[outputs_for(run)[name] for name in ("y", "z")] for run in runs]
    assert np.array_equal(table, np.array(expected))


def test_a_file_cut_at_any_byte_loses_only_the_cut_run(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # what is cut is cut by hand here
    runs = some_runs(2)[:3]
    filled(tmp_path, runs)
    path = tmp_path / RUNS_FILE
    whole = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with StudyStore(tmp_path, IDENTITY) as store:
            # A record is whole once its last character is there, newline or not.
            assert len(store.results) == sum(end - 1 <= cut for end in ends)
            for run in store.missing(runs):
                store.append(run, outputs_for(run))
        with StudyStore(tmp_path, IDENTITY) as store:
            assert store.table(runs, ["y"]).shape == (3, 1)


def test_a_damaged_line_is_not_believed(tmp_path):
    runs = some_runs(2)
    filled(tmp_path, runs)
    path = tmp_path / RUNS_FILE
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace('"seed":1', '"seed":2')
    path.write_text("".join(lines))
    with StudyStore(tmp_path, IDENTITY) as store:
        assert store.damaged_lines == [2]
        assert [run.key for run in store.missing(runs)] == [runs[1].key]


def test_another_study_is_refused_naming_the_difference(tmp_path):
    filled(tmp_path, some_runs(2))
    with pytest.raises(StudyError, match="persons was 100, is now 200"):
        StudyStore(tmp_path, {**IDENTITY, "persons": 200})


def test_two_processes_cannot_write_to_one_study(tmp_path):
    with StudyStore(tmp_path, IDENTITY), pytest.raises(StudyError, match="another process"):
        StudyStore(tmp_path, IDENTITY)
    StudyStore(tmp_path, IDENTITY).close()


def test_missing_runs_are_named(tmp_path):
    runs = some_runs(2)
    filled(tmp_path, runs[:-1])
    name = rf"run {runs[-1].number} \[{runs[-1].key}\].*not run"
    with StudyStore(tmp_path, IDENTITY) as store, pytest.raises(RunError, match=name):
        store.table(runs, ["y"])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_one_result_that_is_not_finite_stops_the_analysis_with_its_name(tmp_path, bad):
    runs = some_runs(2)
    with StudyStore(tmp_path, IDENTITY) as store:
        for run in runs:
            store.append(run, {"y": bad if run is runs[4] else 1.0})
        with pytest.raises(RunError, match=rf"run 4 \[{runs[4].key}\].*y is {bad}"):
            store.table(runs, ["y"])
        assert store.missing(runs, ["y"]) == [runs[4]]


def test_an_output_that_no_run_returned_is_named(tmp_path):
    runs = some_runs(2)
    filled(tmp_path, runs)
    with StudyStore(tmp_path, IDENTITY) as store, pytest.raises(RunError, match="w is missing"):
        store.table(runs, ["w"])


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
from analysis.sensitivity.study import Plan, run_study

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
    done = sum(_is_whole(line) for line in path.read_bytes().split(b"\n"))
    assert 60 <= done < 64 * 5

    calls: list[dict[str, float]] = []
    again = run_study(plan, evaluate_counted(calls), ["y"], folder=tmp_path, identity={"toy": 1})
    assert len(calls) == again.new_runs == 64 * 5 - done
    assert np.array_equal(again.table, whole.table)
    assert again.indices.equals(whole.indices)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line.partition(b" ")[2])
    except ValueError:
        return False
    return True
