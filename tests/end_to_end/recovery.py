"""What tests of faults share: real processes, and the checksums of what they leave."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from abm.running.finished_work import slots_named
from abm.running.journal import Journal
from abm.running.output import damaged_files

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SMALL_RUN = ("walking_groups", "--persons", "12000", "--years", "3")
PARTS_OF_SMALL_RUN = 6
NEVER_THE_SAME = {"report.html"}  # it says how long the run took
PATIENCE_SECONDS = 300
PATIENCE_WHILE_COMPILING_SECONDS = 1200


def environment(faults, **variables):
    """Return an environment for a process with faults, which finds this copy of the program."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "FAULTS": faults, **variables}


def command(out, *words):
    return [sys.executable, str(HERE / "faulty_run.py"), *map(str, words or SMALL_RUN),
            "--out", str(out)]  # fmt: skip


def started(out, *words, faults="small", **options):
    """Start a run in the background; the caller ends it."""
    variables = options.pop("variables", {})
    return subprocess.Popen(
        command(out, *words), env=environment(faults, **variables), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip


def ran(out, *words, faults="small", **options):
    """Run to the end and return the finished process with its exit code and messages."""
    variables = options.pop("variables", {})
    patience = options.pop("patience", PATIENCE_SECONDS)
    return subprocess.run(
        command(out, *words), env=environment(faults, **variables), text=True,
        capture_output=True, timeout=patience, **options,
    )  # fmt: skip


def results(out, name="walking_groups"):
    """Return the checksums of all tables and figures of a finished run that is not damaged."""
    assert damaged_files(out / name) == []
    files = json.loads((out / name / "manifest.json").read_text())["files"]
    return {file: digest for file, digest in files.items() if file not in NEVER_THE_SAME}


def journal_of(out, name="walking_groups"):
    """Return the journal of a folder that holds one run; None if nothing is finished yet."""
    paths = list((out / name / "finished").glob("*.journal"))
    assert len(paths) <= 1, paths
    return Journal(paths[0], paths[0].stem) if paths else None


def finished(out, name="walking_groups"):
    """Return the names of the finished parts that can be used."""
    return sorted(each for each in journal_of(out, name) or () if slots_named(each))


def assert_journal_is_whole(out, kills=0):
    """Assert that every line is an entry, but for one that each kill may have cut off."""
    journal = journal_of(out)
    assert journal is None or len(journal.unusable) <= kills, journal.complaints()


def wait_until(condition, process=None):
    """Wait for something to become true while a process lives."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.02)


def assert_failed(done, *parts, code=1):
    """Assert the exit code, every part of the message, and that there is no traceback."""
    assert done.returncode == code, (done.returncode, done.stderr)
    for part in parts:
        assert part in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
