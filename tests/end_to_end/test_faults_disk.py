"""Disks that are full, read-only or gone, and machines short of memory or of a home folder."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest
from recovery import (
    PARTS_OF_SMALL_RUN,
    PATIENCE_WHILE_COMPILING_SECONDS,
    SMALL_RUN,
    assert_failed,
    assert_journal_is_whole,
    finished,
    ran,
    results,
    started,
    wait_until,
)

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name != "posix", reason="mounts file systems, sets limits"),
]
BILLION = 1_000_000_000


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return the results of a run that nothing happened to."""
    out = tmp_path_factory.mktemp("unbroken")
    assert ran(out).returncode == 0
    return results(out)


@contextmanager
def small_disk(folder, megabytes):
    """Mount a disk in memory."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no command to mount a disk")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk):
    """Leave no byte free."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as stream:
        for size in (2**16, 2**12, 1):
            try:
                while stream.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return path


def test_a_disk_that_fills_up_while_work_is_kept(unbroken, tmp_path):
    with small_disk(tmp_path / "disk", megabytes=24) as disk:
        process = started(disk, faults="small slow=0.5")
        wait_until(lambda: len(finished(disk)) >= 2, process)
        filler = fill(disk)
        process.stderr = process.communicate()[1]
        assert_failed(process, "cannot be kept there (no space left on device)", "parts are kept")
        assert_journal_is_whole(disk)
        filler.unlink()
        assert "parts were finished before" in ran(disk).stderr
        assert results(disk) == unbroken


def test_a_disk_that_fills_up_before_the_results_are_written(unbroken, tmp_path):
    with small_disk(tmp_path / "disk", megabytes=24) as disk:
        process = started(disk, faults="keep_nothing slow=1.5")
        wait_until(lambda: (disk / "walking_groups" / ".lock").exists(), process)
        filler = fill(disk)
        process.stderr = process.communicate()[1]
        assert_failed(process, "No space left on device", "outcomes.parquet")
        assert not (disk / "walking_groups").exists()  # nothing was written into it
        filler.unlink()
        assert ran(disk, faults="").returncode == 0
        assert results(disk) == unbroken


def test_a_disk_with_too_little_room_is_found_before_the_run(tmp_path):
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        assert_failed(ran(disk), "MB free; the results need about", code=2)
        assert list(disk.iterdir()) == []


def test_a_read_only_disk_is_found_before_the_run(tmp_path):
    with small_disk(tmp_path / "disk", megabytes=24) as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert_failed(ran(disk), "cannot be written to (read-only file system)", code=2)


def test_a_folder_removed_while_work_is_kept(unbroken, tmp_path):
    process = started(tmp_path, faults="small slow=0.5")
    wait_until(lambda: len(finished(tmp_path)) >= 1, process)
    shutil.rmtree(tmp_path / "walking_groups")
    process.stderr = process.communicate()[1]
    assert_failed(process, "cannot be kept there (no such file or directory)")
    assert ran(tmp_path).returncode == 0
    assert results(tmp_path) == unbroken


def test_a_folder_removed_before_the_results_are_written(tmp_path):
    process = started(tmp_path, faults="keep_nothing slow=1.5")
    wait_until(lambda: (tmp_path / "walking_groups" / ".lock").exists(), process)
    time.sleep(0.5)
    shutil.rmtree(tmp_path / "walking_groups")
    process.stderr = process.communicate()[1]
    assert_failed(process, "was removed while the run went on")
    assert list(tmp_path.iterdir()) == []


def limited(bytes_of_memory):
    """Return what sets the memory limit of a child."""
    import resource

    limits = (bytes_of_memory, bytes_of_memory)
    return lambda: resource.setrlimit(resource.RLIMIT_AS, limits)


def test_memory_too_small_for_the_libraries_is_found_before_the_run(tmp_path):
    done = ran(tmp_path, preexec_fn=limited(BILLION // 2))
    assert_failed(done, "may take 500 MB of memory", "the libraries alone need", code=2)
    assert list(tmp_path.iterdir()) == []


def test_memory_too_small_for_the_threads_asked_for(tmp_path):
    words = ("walking_groups", "--persons", "1e6", "--threads", "500")
    done = ran(tmp_path, *words, faults="", preexec_fn=limited(3 * BILLION // 2))
    assert_failed(done, "may take 1 500 MB of memory", "choose fewer --threads", code=2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("gigabytes", [1.1, 1.3, 1.6])
def test_memory_just_above_what_is_asked_for_is_enough(unbroken, tmp_path, gigabytes):
    """Whatever is not refused works: the forecast of what a process reserves is no guess."""
    done = ran(tmp_path, *SMALL_RUN, "--threads", "1", preexec_fn=limited(int(gigabytes * BILLION)))
    if done.returncode == 2:
        assert gigabytes < 1.2, done.stderr
        return
    assert done.returncode == 0, done.stderr
    assert results(tmp_path) == unbroken


@pytest.mark.parametrize("threads", [2, 6, 10])
def test_many_threads_in_little_memory_are_refused_or_work(unbroken, tmp_path, threads):
    """Nothing between: neither an abort of the compiler nor a hang."""
    words = (*SMALL_RUN, "--threads", str(threads))
    done = ran(tmp_path, *words, preexec_fn=limited(3 * BILLION // 2))
    if done.returncode == 2:
        assert_failed(done, "choose fewer --threads", code=2)
    else:
        assert done.returncode == 0, done.stderr
        assert results(tmp_path) == unbroken


def test_memory_that_runs_out_on_the_way(unbroken, tmp_path):
    """Every task holds on to 250 MB, so that some are done and then no more can be."""
    words = (*SMALL_RUN, "--threads", "2")
    done = ran(tmp_path, *words, faults="small hog=250", preexec_fn=limited(5 * BILLION // 2))
    assert_failed(done, "the run failed")
    assert_journal_is_whole(tmp_path)
    assert len(finished(tmp_path)) < PARTS_OF_SMALL_RUN
    assert ran(tmp_path).returncode == 0
    assert results(tmp_path) == unbroken


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_no_folder_for_compiled_code(unbroken, tmp_path, engine):
    """Each process then compiles for itself."""
    words = (*SMALL_RUN, "--engine", engine, "--threads", "1")
    variables = {"EXERCISE_IL6_CACHE": "/dev/null/cache"}
    done = ran(tmp_path, *words, variables=variables, patience=PATIENCE_WHILE_COMPILING_SECONDS)
    assert done.returncode == 0, done.stderr
    assert results(tmp_path) == unbroken


@pytest.mark.parametrize("home", ["/dev/null/home", "nowhere"])
def test_a_home_folder_that_does_not_exist(unbroken, tmp_path, home):
    """One that cannot even be made, and one that could be."""
    variables = {"HOME": str(tmp_path / home), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""}
    variables["MPLCONFIGDIR"] = ""
    patience = PATIENCE_WHILE_COMPILING_SECONDS
    done = ran(tmp_path / "out", variables=variables, patience=patience)
    assert done.returncode == 0, done.stderr
    assert results(tmp_path / "out") == unbroken
