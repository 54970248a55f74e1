"""Closed streams, readers that go away, odd terminals and signals: works, and says how it ended."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest
from recovery import PARTS_OF_SMALL_RUN, ROOT, environment, finished, results, started, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shells and signals")
RUN = "walking_groups --persons 300 --years 1 --threads 1"
RUNS = ("uk", "walking_groups")


def shell(words, out=None, **variables):
    """Run the program in a shell and return the finished process with all that was written."""
    program = f"{sys.executable} {ROOT / 'run.py'} {words}" + (f" --out {out}" if out else "")
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {program}"], env=environment("", **variables),
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize(
    "closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-", "| head -c 1 >/dev/null"]
)
def test_a_short_command_works_whatever_is_closed(closed):
    done = shell(f"evidence {closed}")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert ("il6.training.amplitude" in done.stdout) == (closed in ("2>&-", "<&-"))


@pytest.mark.parametrize("closed", ["", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_bad_usage_keeps_its_exit_code(closed):
    done = shell(f"walking_groups --persons 0 {closed}")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


FULL = "standard output took no more text: [Errno 28] No space left on device"


@pytest.mark.parametrize("words", ["evidence", "--help", "walking_groups --help"])
def test_a_full_device_is_said(words):
    done = shell(f"{words} >/dev/full")
    assert done.returncode == 1
    assert done.stderr == f"{FULL}; no file is affected\n"


@pytest.mark.parametrize("full", ["2>/dev/full", ">/dev/full 2>/dev/full"])
def test_a_full_device_changes_no_other_exit_code(full):
    assert shell(f"walking_groups --persons 0 {full}").returncode == 2


def test_all_is_done_though_the_device_for_its_words_is_full(tmp_path):
    done = shell(f"uk {RUN} --out {tmp_path} >/dev/full")
    assert done.returncode == 1, done.stderr
    places = [f"{tmp_path}/{name}/: finished, and whole on the disk" for name in RUNS]
    assert [line for line in done.stderr.splitlines() if "finished" in line] == places
    assert done.stderr.endswith(f"{FULL}; no file is affected\n")
    assert all(results(tmp_path, name) for name in RUNS)


def test_errors_that_find_no_room_do_not_keep_a_run_from_its_end(tmp_path):
    done = shell(f"{RUN} --out {tmp_path} 2>/dev/full")
    assert done.returncode == 1
    assert f"{tmp_path}/walking_groups/: report.html" in done.stdout
    assert results(tmp_path)


@pytest.mark.parametrize("closed", [">&- 2>&-", "2>&1 | head -c 1 >/dev/null"])
def test_a_run_is_finished_though_nobody_reads(tmp_path, closed):
    done = shell(f"{RUN} --out {tmp_path} {closed}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "walking_groups" / "manifest.json").exists()


def test_letters_that_an_encoding_lacks_are_shown(tmp_path):
    scenario = tmp_path / "lacking.yaml"
    scenario.write_text("extends: uk\nname: größer\n", encoding="utf-8")
    done = shell(f"{scenario} --persons 0", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "has_bar"),
    [
        ({"TERM": "xterm", "COLUMNS": "80"}, True),
        ({"TERM": "xterm", "COLUMNS": "20"}, True),
        ({"TERM": "xterm", "COLUMNS": "0"}, True),
        ({"TERM": "dumb", "COLUMNS": "20"}, False),
    ],
)
def test_terminals(tmp_path, variables, has_bar):
    status, text = on_a_terminal([*RUN.split(), "--out", str(tmp_path)], variables)
    assert status == 0, text
    assert "Traceback" not in text
    columns = int(variables["COLUMNS"]) or 80
    parts = [part for part in text.replace("\n", "\r").split("\r") if "done in" not in part]
    drawn = [part for part in parts if part.startswith("walking_groups: ")]
    assert bool(drawn) == has_bar
    assert all(len(part) < columns for part in drawn)


def on_a_terminal(words, variables):
    """Run the program on a terminal of its own and return its exit code and what it wrote."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *words], env=environment("", **variables),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    text = b""
    while True:
        try:
            ready, _, _ = select.select([ours], [], [], 300)
            read = os.read(ours, 2**16) if ready else b""
        except OSError:  # Linux says so when the other end is closed
            read = b""
        if not read:
            break
        text += read
    os.close(ours)
    return process.wait(60), text.decode()


def signals_of_a_terminal():
    """Take back what is inherited where tests run in the background, or after nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.faults
@pytest.mark.parametrize("engine", ["threads", "processes"])
@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "the terminal hung up"),
        (signal.SIGINT, 130, "interrupted"),
    ],
)
def test_signals_end_a_run_in_good_order(tmp_path, engine, number, code, word):
    words = ("walking_groups", "--persons", "12000", "--years", "3")
    words = (*words, "--engine", engine, "--threads", "2")
    process = started(
        tmp_path, *words, faults="small slow=1",
        preexec_fn=signals_of_a_terminal,
    )  # fmt: skip
    wait_until(lambda: len(finished(tmp_path)) >= 2, process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert errors.endswith(f"\n{word}\n")
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    # The entry that was being written may be cut back.
    assert 1 <= len(finished(tmp_path)) < PARTS_OF_SMALL_RUN
    assert list(tmp_path.rglob("*.partial")) == []


@pytest.mark.faults
def test_a_hang_up_that_is_ignored_is_ignored(tmp_path):
    """As with `nohup`."""
    ignoring = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    process = started(tmp_path, faults="small slow=0.3", preexec_fn=ignoring)
    wait_until(lambda: finished(tmp_path), process)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
