"""Engines: bounded, lazy, patient with a task that fails, and clear about what cannot work."""

import os
import threading
import time

import pytest

from abm.running.engines import cluster, tasks
from abm.running.engines.base import EngineError, Failure
from abm.running.engines.local import Threads
from abm.running.engines.named import check_name, engine_named
from abm.running.engines.tasks import outcomes


def doubled(number):
    return 2 * number


def done(function, tasks, workers=2):
    with Threads(workers) as engine:
        return dict(outcomes(engine, function, tasks))


def test_every_task_is_done_once():
    assert done(doubled, range(50)) == {n: 2 * n for n in range(50)}


def test_no_tasks_are_no_work():
    assert done(doubled, []) == {}


def test_what_is_submitted_can_be_packed():
    with Threads(1) as engine:
        assert dict(outcomes(engine, len, ["a", "bb"], pack=lambda word: word * 2)) == {
            "a": 2,
            "bb": 4,
        }


def test_tasks_are_taken_only_as_others_end():
    """Otherwise the tasks of a country would pile up, or their results."""
    taken, most = 0, 0

    def tasks():
        nonlocal taken
        for number in range(200):
            taken += 1
            yield number

    finished = 0
    with Threads(2) as engine:
        for _ in outcomes(engine, doubled, tasks()):
            finished += 1
            most = max(most, taken - finished)
    assert finished == 200
    assert most <= 2 * 2 + 2


def test_a_task_that_fails_every_time_fails_alone_after_three_tries():
    tries = []

    def fail(number):
        if number == 3:
            tries.append(number)
            raise ArithmeticError("bad luck")
        return number

    found = done(fail, range(6))
    failure = found.pop(3)
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("ArithmeticError: bad luck (test_engines.py:")
    assert "in fail" in failure.details
    assert found == {n: n for n in (0, 1, 2, 4, 5)}
    assert len(tries) == tasks.TRIES


def test_a_task_that_fails_once_is_tried_again():
    failed = threading.Event()

    def fail_once(number):
        if number == 1 and not failed.is_set():
            failed.set()
            raise OSError("a moment's trouble")
        return number

    assert done(fail_once, range(3)) == {0: 0, 1: 1, 2: 2}


def test_what_no_other_try_can_mend_stops_at_once():
    tries = []

    def refuse(number):
        tries.append(number)
        raise EngineError("wrong version")

    with pytest.raises(EngineError, match="wrong version"):
        done(refuse, range(100))
    assert len(tries) <= 2 * 2 + 2


def test_breaking_off_waits_for_what_runs_and_drops_the_rest():
    begun = []

    def slow(number):
        begun.append(number)
        time.sleep(0.1)
        return number

    def break_off():
        with Threads(2) as engine:
            for _ in outcomes(engine, slow, range(100)):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    count = len(begun)
    assert count <= 5
    time.sleep(0.2)
    assert len(begun) == count


def die_on_three(number):
    if number == 3:
        os._exit(9)
    return number, os.getpid()


def test_a_killer_task_fails_alone_and_the_rest_are_done_in_other_processes():
    with engine_named("processes", 1) as engine:
        found = dict(outcomes(engine, die_on_three, range(5)))
    assert "its worker died every time" in found.pop(3).reason
    assert {number: result[0] for number, result in found.items()} == {0: 0, 1: 1, 2: 2, 4: 4}
    assert os.getpid() not in {pid for _, pid in found.values()}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("thread", "must be threads, processes or dask://HOST:PORT; did you mean 'threads'"),
        ("steam", "is 'steam'; must be threads, processes or dask://HOST:PORT"),
        ("dask", "did you mean 'dask://'"),
        ("dask://", "is 'dask://'; must be dask://HOST:PORT, such as dask://127.0.0.1:8786"),
        ("dask://host", "must be dask://HOST:PORT"),
        ("dask://host:port", "must be dask://HOST:PORT"),
        ("dask://host:99999", "must be dask://HOST:PORT"),
        ("dask://a b:8786", "must be dask://HOST:PORT"),
    ],
)
def test_an_engine_that_is_none_is_refused(name, message):
    with pytest.raises(ValueError, match="is '") as caught:
        check_name(name)
    assert message in str(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "node-1.example.org:1", "[::1]:8786"])
def test_addresses_are_understood(address, monkeypatch):
    monkeypatch.setattr(cluster, "is_installed", lambda name: True)
    assert check_name(f"dask://{address}") == f"dask://{address}"
