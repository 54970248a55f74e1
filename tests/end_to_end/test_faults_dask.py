"""A cluster of real scheduler and worker processes on this machine, which lose one another."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from recovery import (
    HERE,
    PARTS_OF_SMALL_RUN,
    ROOT,
    SMALL_RUN,
    assert_failed,
    environment,
    finished,
    ran,
    results,
    started,
    wait_until,
)

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name != "posix", reason="kills processes"),
]
LOOPBACK = ("--host", "127.0.0.1")


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return the results of a run that nothing happened to, in threads."""
    out = tmp_path_factory.mktemp("unbroken")
    assert ran(out).returncode == 0
    return results(out)


@contextmanager
def dask(*words, faults="", path=ROOT):
    """Start one of Dask's servers, and end it with the block if it has not ended itself."""
    variables = {**environment(faults), "PYTHONPATH": str(path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words], env=variables, cwd=path,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def scheduler(folder):
    """Start a scheduler on a free port and return it with its address."""
    told = folder / "scheduler.json"
    words = ("scheduler", *LOOPBACK, "--port", "0", "--no-dashboard", "--idle-timeout", "300")
    with dask(*words, "--scheduler-file", str(told), path=folder) as process:
        wait_until(lambda: told.exists() and told.read_text().endswith("}"), process)
        yield process, json.loads(told.read_text())["address"].removeprefix("tcp://")


def worker(address, *words, faults="small", path=ROOT):
    """Start a worker that gives up soon when its scheduler is gone."""
    preload = str(path / HERE.relative_to(ROOT) / "faulty_run.py")
    return dask(
        "worker", f"tcp://{address}", *LOOPBACK, "--no-dashboard", "--death-timeout", "30",
        "--nthreads", "1", "--preload", preload, *words, faults=faults, path=path,
    )  # fmt: skip


def on(address):
    return (*SMALL_RUN, "--engine", f"dask://{address}")


def worker_processes(nanny):
    """Return the processes that do the work under a nanny."""
    listed = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [int(pid) for pid, parent, args in rows
            if int(parent) == nanny.pid and "spawn_main" in args]  # fmt: skip


def test_a_cluster_gives_the_same_bits(unbroken, tmp_path):
    with scheduler(tmp_path) as (_, address), worker(address, "--nworkers", "2"):
        done = ran(tmp_path, *on(address))
    assert done.returncode == 0, done.stderr
    assert results(tmp_path) == unbroken
    assert done.stderr.count("waiting for workers") <= 2
    assert "distributed" not in done.stderr


def test_a_worker_killed_on_the_way_costs_nothing(unbroken, tmp_path):
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, "--nworkers", "2", faults="small slow=0.7") as nanny,
    ):
        process = started(tmp_path, *on(address))
        wait_until(lambda: finished(tmp_path), process)
        os.kill(worker_processes(nanny)[0], 9)
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert results(tmp_path) == unbroken


def test_a_lone_worker_killed_is_replaced_by_one_that_joins(unbroken, tmp_path):
    """Without a nanny nobody starts it again; the run waits for another."""
    with scheduler(tmp_path) as (_, address):
        with worker(address, "--no-nanny", faults="small slow=0.7") as lone:
            process = started(tmp_path, *on(address))
            wait_until(lambda: finished(tmp_path), process)
            lone.kill()
            lone.wait()
        with worker(address, "--no-nanny"):
            _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert results(tmp_path) == unbroken


def test_a_scheduler_that_is_gone_is_named_and_the_run_goes_on_elsewhere(unbroken, tmp_path):
    with scheduler(tmp_path) as (server, address), worker(address, faults="small slow=0.7"):
        process = started(tmp_path, *on(address))
        wait_until(lambda: len(finished(tmp_path)) >= 2, process)
        server.kill()
        process.stderr = process.communicate()[1]
    assert_failed(process, f"the Dask scheduler at tcp://{address} is gone", "parts are kept")
    done = ran(tmp_path, *SMALL_RUN, "--engine", "threads")
    assert f"of {PARTS_OF_SMALL_RUN} parts were finished before" in done.stderr
    assert results(tmp_path) == unbroken


@pytest.mark.parametrize("fault", ["poison", "die"])
def test_a_task_that_fails_on_every_worker_is_named(unbroken, tmp_path, fault):
    reason = {"poison": "ArithmeticError: poisoned", "die": "its worker died every time"}[fault]
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, "--nworkers", "2", faults=f"small {fault}=3072"),
    ):
        done = ran(tmp_path, *on(address))
    assert_failed(done, f"seed 1, central values, slots 3072 to 4095: {reason}")
    assert len(finished(tmp_path)) == PARTS_OF_SMALL_RUN - 1
    assert ran(tmp_path).returncode == 0
    assert results(tmp_path) == unbroken


def test_a_worker_with_other_sources_is_refused(tmp_path):
    other = tmp_path / "other"
    for package in ("abm", "analysis"):
        unread = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, other / package, ignore=unread)
    shutil.copytree(HERE, other / HERE.relative_to(ROOT))
    shutil.copy(ROOT / "run.py", other)
    with (other / "abm" / "tally.py").open("a") as stream:
        stream.write("# one line more\n")
    with scheduler(tmp_path) as (_, address), worker(address, path=other):
        done = ran(tmp_path, *on(address))
    assert_failed(done, "has sources", "every worker needs the same program and packages")
    assert finished(tmp_path) == []


NOT_INSTALLED = """
import sys

class NotInstalled:
    def find_spec(name, path=None, target=None):
        if name == "abm":
            raise ModuleNotFoundError("No module named 'abm'", name="abm")

sys.meta_path.insert(0, NotInstalled)
"""


def test_a_worker_without_the_program_is_named(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(NOT_INSTALLED, encoding="utf-8")
    words = ("worker", *LOOPBACK, "--no-dashboard", "--death-timeout", "30")
    with scheduler(tmp_path) as (_, address), dask(*words, f"tcp://{address}", path=tmp_path):
        done = ran(tmp_path, *on(address))
    assert_failed(done, "No module named 'abm'")


def test_an_address_where_nobody_answers(tmp_path):
    done = ran(tmp_path, *on("127.0.0.1:9"))
    assert_failed(done, "the Dask scheduler at tcp://127.0.0.1:9 does not answer")
