"""The measurement of memory, not what it measures."""

import csv
import subprocess
import sys

import pytest

from benchmarks import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says")
HOARD = "x = bytearray(400_000_000); x[::4096] = b'1' * len(x[::4096])"
WORKER = HOARD.replace("400", "300") + "; import time; time.sleep(1.5)"
PARENT = f"{HOARD}; import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKER!r}])"


def measured(code):
    """Return the peak as a small process finds it: a child's begins with that of its parent."""
    words = [sys.executable, "-c", code]
    program = f"from benchmarks import memory; print(memory.peak({words!r}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return int(done.stdout)


def test_the_peak_is_that_of_the_process_and_its_children():
    alone = measured(HOARD)
    assert 400e6 < alone < 430e6
    both = measured(PARENT)
    assert 295e6 < both - alone < 320e6


def test_a_command_that_fails_is_no_measurement():
    with pytest.raises(RuntimeError, match="ended with 3"):
        memory.peak([sys.executable, "-c", "raise SystemExit(3)"])


def test_rows_are_on_disk_as_they_come(tmp_path):
    path = tmp_path / "new" / "table.csv"

    def rows():
        yield {"seeds": 1, "peak_mb": 10}
        assert path.read_text() == "seeds,peak_mb\n1,10\n"
        yield {"seeds": 2, "peak_mb": 11}

    memory.written(path, rows())
    with path.open() as stream:
        assert list(csv.reader(stream)) == [["seeds", "peak_mb"], ["1", "10"], ["2", "11"]]
