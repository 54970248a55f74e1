"""The command ``benchmark`` runs and writes its tables; no time is ever tested."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import reduced, reduced_blocks
from benchmarks.against import Simulated, Version, checked_out, in_text, table
from benchmarks.clock import best_of
from benchmarks.targets import Target
from benchmarks.tasks import EVALUATIONS, Evaluated, command_timer
from tests.statistics import assert_same_number

ROOT = Path(__file__).resolve().parents[2]
CONTENDERS = {
    "Mesa, one agent per person",
    "one world, whole run",
    "twin worlds, whole run",
    "one world, month by month in Mesa",
    "twin worlds, month by month in Mesa",
    "plain NumPy",
    "compiled blocks",
}


def benchmark(*words):
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "benchmark", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


@pytest.mark.slow
def test_a_quick_benchmark_writes_its_tables_and_figure(tmp_path):
    done = benchmark("--quick", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    for title in ("Targets", "The whole model", "The reduced workload", "The machine's floor"):
        assert f"\n{title}" in done.stdout
        assert f"\n## {title}" in (tmp_path / "speed.md").read_text()
    rates = pd.read_csv(tmp_path / "rates.csv")
    assert set(rates["contender"]) >= CONTENDERS
    assert (rates["per_second"] > 0).all()
    np.testing.assert_allclose(
        rates["per_second"], rates["person_months"] / rates["seconds"], rtol=1e-4
    )
    floor = pd.read_csv(tmp_path / "floor.csv")
    assert (floor["nanoseconds_per_person_month"] > 0).all()
    verdicts = pd.read_csv(tmp_path / "targets.csv")["verdict"]
    assert verdicts.str.match("met|missed|not measured").all()
    for ending in ("png", "svg", "csv"):
        assert (tmp_path / f"speed.{ending}").stat().st_size > 1000
    assert str(ROOT) not in (tmp_path / "speed.md").read_text()


def test_bad_usage_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    for words, part in (
        (("--persons", "0"), "is 0; must be a whole number between 1 and"),
        (("--persons", "nan"), "is the text 'nan'"),
        (("--compile",), "--compile: goes with --against COMMIT"),
        (("--tasks",), "--tasks: goes with --against COMMIT"),
        (("--tasks", "--compile", "--against", "HEAD"), "one at a time"),
        (("--against", "no-such-commit"), "there is no commit 'no-such-commit'"),
        (("--out", tmp_path / "out"), "is a file; must be a folder"),
    ):
        done = benchmark("--quick", *words)
        assert done.returncode == 2
        assert part in done.stderr
        assert "Traceback" not in done.stderr


def test_blocks_and_numpy_run_the_same_reduced_workload():
    people = reduced.new_people(40_000, 3)
    first = reduced.run_numpy(people, 36, 3).sum(axis=0)
    second = reduced_blocks.run(reduced_blocks.new_blocks(people), 36, 3, 1).sum(axis=0)
    again = reduced_blocks.run(reduced_blocks.new_blocks(people), 36, 3, 2).sum(axis=0)
    np.testing.assert_array_equal(second, again)
    for k in (reduced.PERSONS, reduced.TRAINING):
        assert second[:, k].sum() == pytest.approx(first[:, k].sum(), rel=0.003)
        # Few people are 90 and older, and a death more or less weighs there.
        np.testing.assert_allclose(second[:, k], first[:, k], rtol=0.06)
    counts = [reduced.DEATHS, *range(reduced.ONSETS, reduced.TALLIES)]
    for k in counts:
        assert_same_number(int(first[:, k].sum()), int(second[:, k].sum()), detect=1.2)


def test_the_best_round_counts():
    def took(seconds):
        return [{"contender": "x", "threads": 2, "person_months": 12.0, "seconds": seconds,
                 "processor_seconds": 2.0}]  # fmt: skip

    (row,) = best_of([took(4.0), took(2.0), took(3.0)])
    assert row["seconds"] == 2.0
    assert row["per_second"] == 6.0
    assert row["share_of_processors"] == 0.5


@pytest.mark.parametrize(
    ("found", "alone", "verdict"),
    [
        (3.0, None, "met"),
        (1.0, 1.5, "missed"),
        (3.0, 3.0, "met"),
        (1.0, 3.0, "met by processor time only"),
        (3.0, 1.0, "met on the wall only"),
        (None, None, "not measured"),
    ],
)
def test_a_target_says_whether_it_is_met(found, alone, verdict):
    assert Target("x", 2.0, True, "times", found, alone).verdict == verdict


# Two versions side by side


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository")
def test_a_commit_is_checked_out_for_as_long_as_it_is_measured():
    with checked_out("HEAD") as version:
        assert (version.tree / "abm" / "__init__.py").is_file()
        assert len(version.name) == 7
    assert not version.tree.exists()


def test_what_is_timed_of_a_version_is_the_larger_runs():
    here = Version("here", ROOT)
    with Simulated((here,), ("uk", "1", ""), 4000) as simulated:
        found = simulated.timed(here)
    assert 0.9 * 12 * 4000 < found["person_months"] < 12.5 * 4000
    assert min(found["seconds"], found["processor_seconds"]) > 0.0


def test_every_evaluation_calibrates_anew():
    here = Version("here", ROOT)
    with Evaluated((here,), 100) as evaluated:
        found = [evaluated.timed(here) for _ in range(2)]
    for times in found:  # what was remembered would take next to nothing
        assert min(times[name] for name in EVALUATIONS) > 0.5 * times["calibration"]
        assert times["processor_seconds"] == pytest.approx(sum(times[n] for n in EVALUATIONS))


def test_a_version_is_given_the_options_that_it_knows(monkeypatch):
    ran = []
    monkeypatch.setattr(Version, "ran", lambda self, *words: ran.append(words))
    found = command_timer(("--persons", "7", "--no-such-option"))(Version("here", ROOT))
    assert ran[0][:4] == ("run.py", "walking_groups", "--persons", "7")
    assert ran[0][4] == "--out" and found["seconds"] > 0.0


def test_a_ratio_compares_what_ran_in_the_same_round():
    """A slow round of both says nothing of either."""
    rounds = [
        {"old": {"seconds": load * 2.0, "processor_seconds": load * 2.0},
         "new": {"seconds": load * 3.0, "processor_seconds": load * 2.2}}
        for load in (1.0, 10.0, 1.5)
    ]  # fmt: skip
    found = table("uk", rounds, "processor_seconds")
    assert found["version"].tolist() == ["old", "new"]
    assert found["ratio"].tolist() == pytest.approx([1.0, 1.1])
    assert found["smallest_ratio"].tolist() == pytest.approx([1.0, 1.1])
    assert found["seconds"].tolist() == [3.0, 4.5]
    assert "1.100 (1.100 to 1.100)" in in_text(found)
