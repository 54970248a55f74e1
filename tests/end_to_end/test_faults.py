"""Damage, kills and interruptions: what is finished stays, and the rest comes out the same."""

import os
import random
import shutil
import signal
import subprocess
import time

import pytest
from recovery import (
    PARTS_OF_SMALL_RUN,
    SMALL_RUN,
    assert_failed,
    assert_journal_is_whole,
    finished,
    journal_of,
    ran,
    results,
    started,
    wait_until,
)

from abm.running.journal import Journal

posix = pytest.mark.skipif(os.name != "posix", reason="sends signals")


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return the folder of a run that nothing happened to."""
    out = tmp_path_factory.mktemp("unbroken")
    done = ran(out)
    assert done.returncode == 0, done.stderr
    assert len(finished(out)) == PARTS_OF_SMALL_RUN
    return out


def copied(folder, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(folder, out)
    return out


def test_damaged_and_foreign_entries_are_told_and_their_work_is_done_again(unbroken, tmp_path):
    out = copied(unbroken, tmp_path)
    path = journal_of(out).path
    program, first, second, third, *others = path.read_bytes().split(b"\n")
    damaged = first[:500] + b"?" + first[501:]
    lines = [program, damaged, second[:-100], as_another_run_writes_it(third, tmp_path), *others]
    path.write_bytes(b"\n".join(lines))
    done = ran(out)
    assert done.returncode == 0, done.stderr
    assert "2 entries are cut off or damaged (lines 2, 3): not used, run again" in done.stderr
    assert "1 entry is of other work or another version of the program (line 4)" in done.stderr
    assert f"{PARTS_OF_SMALL_RUN - 3} of {PARTS_OF_SMALL_RUN} parts were finished" in done.stderr
    assert results(out) == results(unbroken)
    assert len(finished(out)) == PARTS_OF_SMALL_RUN
    assert path.read_bytes().split(b"\n")[: len(lines) - 1] == lines[:-1]  # nothing is deleted


def as_another_run_writes_it(line, tmp_path):
    """Return the line that another run's journal would hold for the same work."""
    name = line.split(b" ", 4)[3].decode()
    with Journal(tmp_path / "other.journal", "0" * 32) as other:
        other.append(name, b"content")
    return other.path.read_bytes().removesuffix(b"\n")


def test_a_poisoned_task_fails_alone_and_is_named(unbroken, tmp_path):
    out = tmp_path / "out"
    done = ran(out, faults="small poison=3072")
    assert_failed(
        done,
        "walking_groups, seed 1, central values, slots 3072 to 4095: ArithmeticError: poisoned",
        f"{PARTS_OF_SMALL_RUN - 1} finished parts are kept",
    )
    assert not (out / "walking_groups" / "manifest.json").exists()
    done = ran(out)
    assert (
        f"{PARTS_OF_SMALL_RUN - 1} of {PARTS_OF_SMALL_RUN} parts were finished before"
        in done.stderr
    )
    assert results(out) == results(unbroken)


@pytest.mark.faults
def test_a_run_where_everything_fails_stops_soon(tmp_path):
    started_at = time.monotonic()
    words = ("uk", "walking_groups", "--persons", "500000", "--years", "1")
    done = ran(tmp_path / "out", *words, faults="poison_all")
    assert_failed(done, "uk, seed 1", "walking_groups, seed 1", "the others would fail too")
    assert done.stderr.count("ArithmeticError: poisoned") == 2 * 5
    assert time.monotonic() - started_at < 60


@pytest.mark.faults
def test_a_scenario_that_fails_does_not_keep_the_next_from_running(tmp_path):
    words = ("walking_groups", "uk", "--persons", "4000", "--years", "1")
    done = ran(tmp_path / "out", *words, faults="small poison=1024 only=walking_groups")
    assert_failed(done, "walking_groups, seed 1, central values, slots 1024 to 2047")
    assert results(tmp_path / "out", "uk")
    assert not (tmp_path / "out" / "walking_groups" / "manifest.json").exists()


@pytest.mark.faults
def test_a_killer_task_takes_no_other_with_it(unbroken, tmp_path):
    out = tmp_path / "out"
    words = (*SMALL_RUN, "--engine", "processes", "--threads", "2")
    done = ran(out, *words, faults="small die=3072")
    assert_failed(done, "slots 3072 to 4095: its worker died every time")
    assert len(finished(out)) == PARTS_OF_SMALL_RUN - 1
    done = ran(out, *words)
    assert (
        f"{PARTS_OF_SMALL_RUN - 1} of {PARTS_OF_SMALL_RUN} parts were finished before"
        in done.stderr
    )
    assert results(out) == results(unbroken)


@pytest.mark.faults
def test_a_worker_process_that_is_killed_costs_nothing(unbroken, tmp_path):
    fuse = tmp_path / "fuse"
    fuse.touch()
    words = (*SMALL_RUN, "--engine", "processes", "--threads", "2")
    done = ran(tmp_path / "out", *words, faults=f"small die_once={fuse}")
    assert done.returncode == 0, done.stderr
    assert not fuse.exists()
    assert results(tmp_path / "out") == results(unbroken)


@posix
@pytest.mark.faults
@pytest.mark.parametrize(("engine", "wanted"), [("threads", 20), ("processes", 5)])
def test_kills_at_random_moments_change_nothing(unbroken, tmp_path, engine, wanted):
    """Each kill comes at a moment of a whole run's length; a run that ends first starts anew."""
    out = tmp_path / "out"
    words = (*SMALL_RUN, "--engine", engine, "--threads", "2")
    started_at = time.monotonic()
    assert ran(out, *words, faults="small slow=0.3").returncode == 0
    whole_run = time.monotonic() - started_at
    shutil.rmtree(out)
    moments = random.Random(20_261_123)
    kills, found = 0, []
    while kills < wanted:
        process = started(out, *words, faults="small slow=0.3", start_new_session=True)
        try:
            process.communicate(timeout=moments.uniform(0.0, whole_run))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            assert_journal_is_whole(out, kills)
            found.append(len(finished(out)))
            continue
        assert process.returncode == 0
        assert results(out) == results(unbroken)
        shutil.rmtree(out)
    assert max(found) > 0, "no kill came while parts were finished"
    assert ran(out, *words).returncode == 0
    assert results(out) == results(unbroken)
    assert list(out.rglob("*.partial")) == []
    wait_until(lambda: not _workers_of(out))


def _workers_of(out):
    """Return the processes that were started for a folder and still live."""
    listed = subprocess.run(["ps", "-wweo", "pid,args"], capture_output=True, text=True).stdout
    return [line for line in listed.splitlines() if str(out) in line]


@posix
@pytest.mark.faults
@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_workers_end_with_a_process_that_is_killed(tmp_path, engine):
    words = (*SMALL_RUN, "--engine", engine, "--threads", "2")
    process = started(tmp_path / "out", *words, faults="small slow=1")
    wait_until(lambda: finished(tmp_path / "out"), process)
    children = _children_of(process.pid)
    assert len(children) >= (2 if engine == "processes" else 0)
    process.kill()
    process.communicate()
    wait_until(lambda: not any(_is_alive(pid) for pid in children))


def _children_of(pid):
    words = ["ps", "-o", "pid=", "--ppid", str(pid)]
    listed = subprocess.run(words, capture_output=True, text=True).stdout
    return [int(each) for each in listed.split()]


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@posix
@pytest.mark.faults
@pytest.mark.parametrize("engine", ["threads", "processes"])
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_a_run_in_good_order(unbroken, tmp_path, engine, times):
    """The signal goes to the whole group of processes, as a terminal sends it.

    The tasks that workers have are ended, and so are those that lie ready for processes: three,
    which the pool cannot take back. A second signal waits for none.
    """
    out, told = tmp_path / "out", tmp_path / "told"
    words = (*SMALL_RUN, "--engine", engine, "--threads", "2")
    process = started(
        out, *words, faults=f"small slow={2 * times} tell={told}", start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    wait_until(lambda: len(finished(out)) >= 2, process)
    pressed_at, done = time.monotonic(), tasks_told(told)
    for _ in range(times):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.3)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert times == 1 or time.monotonic() - pressed_at < 3.5  # a task takes 4 s
    assert tasks_told(told) - done <= (2 if engine == "threads" else 5)
    assert not (out / "walking_groups" / "manifest.json").exists()
    assert_journal_is_whole(out)
    if times == 1:
        assert "the same command goes on" in errors
    assert ran(out, *words).returncode == 0
    assert results(out) == results(unbroken)


def tasks_told(path):
    """Return how many tasks were done."""
    return path.read_text().count(" task ")


@posix
@pytest.mark.faults
def test_a_second_run_into_the_same_folder_is_refused(unbroken, tmp_path):
    out = tmp_path / "out"
    first = started(out, faults="small slow=0.5")
    wait_until(lambda: (out / "walking_groups" / ".lock").exists(), first)
    second = ran(out)
    _, errors = first.communicate()
    assert_failed(second, "is being written by another run; wait for it", code=2)
    assert first.returncode == 0, errors
    assert results(out) == results(unbroken)
