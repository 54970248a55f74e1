"""Kills at random moments of each phase: what they cost, and that they show in no result.

python -m pytest -m faults tests/end_to_end/test_kills.py -s     # prints the figures
"""

import os
import random
import shutil
import subprocess
import time
from typing import NamedTuple

import pytest
from recovery import SMALL_RUN, assert_journal_is_whole, finished, ran, results, started

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name != "posix", reason="sends signals"),
]
KILLS = int(os.environ.get("KILLS_PER_PHASE", "15"))
PHASES = ("start", "blocks", "tables", "figures", "report")
SLOW = "small slow=0.15"
MOST_TRIES = 6 * KILLS


class Told(NamedTuple):
    """What a process told: when each phase began, and the parts it has done."""

    phases: dict[str, float]
    units: set[str]

    @property
    def phase(self) -> str:
        """Return the phase it was in at the last."""
        return list(self.phases)[-1] if self.phases else "start"


def told_in(path):
    """Return what a process told; a last line that was cut off is left out."""
    phases, units = {}, set()
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    for line in (each for each in lines if each.endswith("\n")):
        moment, kind, name = line.split()
        if kind == "phase":
            phases[name] = float(moment)
        else:
            units.add(name)
    return Told(phases, units)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return the results of a run that nothing happened to, and how long its phases took."""
    out = tmp_path_factory.mktemp("unbroken")
    told = out / "told"
    began = time.monotonic()
    done = ran(out / "out", *SMALL_RUN, faults=f"{SLOW} tell={told}")
    assert done.returncode == 0, done.stderr
    phases = told_in(told).phases | {"start": began, "end": time.monotonic()}
    begins = sorted(phases.items(), key=lambda each: each[1])
    ends = {name: later for (name, _), (_, later) in zip(begins, begins[1:], strict=False)}
    return results(out / "out"), {name: ends[name] - phases[name] for name in PHASES}


def killed_in(phase, process, told, moment):
    """Kill a process some seconds after a phase began; return whether it was still in it."""
    while process.poll() is None and phase != "start" and phase not in told_in(told).phases:
        time.sleep(0.002)
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    return process.returncode < 0 and told_in(told).phase == phase


@pytest.mark.parametrize("phase", PHASES)
def test_kills_in_each_phase_cost_one_part_at_most_and_no_result(unbroken, tmp_path, phase):
    wanted, lasts = unbroken
    out, told = tmp_path / "out", tmp_path / "told"
    moments = random.Random(f"{phase} 20261128")
    kills = others = done = lost = most = 0
    for _ in range(MOST_TRIES):
        if kills == KILLS:
            break
        told.unlink(missing_ok=True)
        before = set(finished(out)) if out.exists() else set()
        process = started(out, *SMALL_RUN, faults=f"{SLOW} tell={told}", start_new_session=True)
        if killed_in(phase, process, told, moments.uniform(0.0, lasts[phase])):
            kills += 1
        elif process.returncode < 0:
            others += 1
        else:
            assert process.returncode == 0
            assert results(out) == wanted
            shutil.rmtree(out)
            continue
        assert_journal_is_whole(out, kills + others)
        kept = set(finished(out)) if out.exists() else set()
        assert before <= kept, "a part that was kept is gone"
        gone = told_in(told).units - kept
        done, lost, most = done + len(told_in(told).units), lost + len(gone), max(most, len(gone))
        if len(kept) > 4 and phase == "blocks":
            shutil.rmtree(out)  # so that there are blocks to be killed in
    assert kills == KILLS
    assert most <= 1, "a kill cost more than the part that was being written"
    last = ran(out, *SMALL_RUN)
    assert last.returncode == 0, last.stderr
    assert results(out) == wanted
    assert list(out.rglob("*.partial")) == []
    print(
        f"{phase}: {kills} kills within {lasts[phase]:.2f} s, {others} that came later; "
        f"{done} parts done, {lost} lost, at most {most} by a kill; same tables and figures"
    )
