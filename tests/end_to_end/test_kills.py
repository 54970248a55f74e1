"""Kills at random moments of each phase: what they cost, and that they show in no result.

python -m pytest -m faults tests/end_to_end/test_kills.py -s     # prints the figures

A task is a thousand persons; a part is what the journal keeps at once, here two tasks.
"""

import json
import math
import os
import random
import shutil
import subprocess
import time
from dataclasses import dataclass, field

import pytest
from recovery import (
    PARTS_OF_SMALL_RUN,
    PATIENCE_WHILE_COMPILING_SECONDS,
    SMALL_RUN,
    assert_journal_is_whole,
    finished,
    ran,
    results,
    started,
)

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name != "posix", reason="sends signals"),
]
KILLS = int(os.environ.get("KILLS_PER_PHASE", "15"))
MOST_TRIES = 6 * KILLS
PHASES = ("start", "blocks", "tables", "figures", "report")
RUN = (*SMALL_RUN, "--threads", "2")
SLOW = "small slow=0.05"  # so that the blocks take long enough to be killed in


@dataclass
class Try:
    """A process that was started, and perhaps killed: what it told."""

    begins: dict[str, float]  # of the phases that it came to, in s
    ended: float = math.inf  # in s; infinite while it was not at its end
    parts: set[str] = field(default_factory=set)  # whose tasks are all done
    tasks: int = 0  # that are done

    @property
    def phase(self) -> str:
        """The phase it came to."""
        return list(self.begins)[-1]

    def seconds(self, phase):
        """Return how long it was in a phase; infinite if it did not come to its end."""
        begins = [*self.begins.values(), self.ended]
        place = list(self.begins).index(phase) if phase in self.begins else -1
        return math.inf if place < 0 else begins[place + 1] - begins[place]

    def read(self, path):
        """Add what a file tells; a last line that was cut off is left out."""
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        for line in (each for each in lines if each.endswith("\n")):
            moment, kind, name = line.split()
            self.begins |= {name: float(moment)} if kind == "phase" else {}
            self.parts |= {name} if kind == "part" else set()
            self.tasks += kind == "task"
        return self


def tried(out, phase, moment):
    """Run until some seconds after a phase began, then kill; return what the process told."""
    told = out.parent / "told"
    told.unlink(missing_ok=True)
    begins = {"start": time.monotonic()}
    process = started(out, *RUN, faults=f"{SLOW} tell={told}", start_new_session=True)
    while process.poll() is None and phase not in Try(dict(begins)).read(told).begins:
        time.sleep(0.002)
    try:
        _, errors = process.communicate(timeout=moment)
        assert process.returncode == 0, errors
        return Try(begins, time.monotonic()).read(told)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Try(begins).read(told)


@dataclass
class Cost:
    """What the kills of a phase cost."""

    kills: int = 0
    later: int = 0  # kills that came after the phase
    parts: int = 0
    parts_lost: int = 0
    most_parts_lost: int = 0  # by one kill
    tasks: int = 0
    tasks_lost: int = 0

    def add(self, each, phase, before, kept):
        """Count a kill, by the parts that were kept before the process and after it."""
        self.kills += each.phase == phase
        self.later += each.phase != phase
        lost = len(each.parts - kept)
        self.parts += len(each.parts)
        self.parts_lost += lost
        self.most_parts_lost = max(self.most_parts_lost, lost)
        self.tasks += each.tasks
        self.tasks_lost += each.tasks - 2 * len(kept - before)

    def __str__(self) -> str:
        """Return it in words."""
        return (
            f"{self.kills} kills, {self.later} that came later; {self.parts} parts done, "
            f"{self.parts_lost} lost, at most {self.most_parts_lost} by a kill; "
            f"{self.tasks} tasks done, {self.tasks_lost} lost; same tables and figures"
        )


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return the results of a run that nothing happened to, and the seconds of its phases."""
    out = tmp_path_factory.mktemp("unbroken") / "out"
    done = ran(out, *RUN, patience=PATIENCE_WHILE_COMPILING_SECONDS)  # compiles, so is not timed
    assert done.returncode == 0, done.stderr
    shutil.rmtree(out)
    whole = tried(out, "report", PATIENCE_WHILE_COMPILING_SECONDS)
    assert whole.tasks == 2 * len(whole.parts) == 2 * PARTS_OF_SMALL_RUN
    return results(out), {phase: whole.seconds(phase) for phase in PHASES}


def kept_in(out):
    """Return the names of the parts that are kept in a folder, which may not be there."""
    return set(finished(out)) if out.exists() else set()


def manifest_of(out):
    return out / SMALL_RUN[0] / "manifest.json"


@pytest.mark.parametrize("phase", PHASES)
def test_kills_in_each_phase_cost_one_part_at_most_and_no_result(unbroken, tmp_path, phase):
    wanted, seconds = unbroken
    out, cost, longest = tmp_path / "out", Cost(), seconds[phase]
    moments = random.Random(f"{phase} 20261128")
    for _ in range(MOST_TRIES):
        before = kept_in(out)
        each = tried(out, phase, moments.uniform(0.0, longest))
        longest = min(longest, each.seconds(phase))  # the first was measured beside other work
        kept = kept_in(out)
        assert before <= kept, "a part that was kept is gone"
        if manifest_of(out).exists():
            assert results(out) == wanted, "what looks finished is not"
        if each.ended < math.inf:
            shutil.rmtree(out)
            continue
        cost.add(each, phase, before, kept)
        assert_journal_is_whole(out, cost.kills + cost.later)
        if cost.kills == KILLS:
            break
        make_ready(out, phase, cost.kills)
    assert cost.kills == KILLS
    assert cost.most_parts_lost <= 1, "a kill cost more than the part that was being written"
    assert_goes_on(out, wanted)
    print(f"{phase} ({seconds[phase]:.2f} s): {cost}")


def make_ready(out, phase, kills):
    """Leave blocks to be killed in, and for half of the kills at the start parts to be lost."""
    if phase == "blocks" and len(kept_in(out)) > 4:
        shutil.rmtree(out)
    if phase == "start" and kills >= KILLS // 2 and not kept_in(out):
        assert ran(out, *RUN, faults="small poison=4096").returncode == 1
        assert len(kept_in(out)) == PARTS_OF_SMALL_RUN - 1


def assert_goes_on(out, wanted):
    """Assert that the same command uses what is kept, and gives the same tables and figures."""
    kept = len(kept_in(out))
    last = ran(out, *RUN)
    assert last.returncode == 0, last.stderr
    assert results(out) == wanted
    assert list(out.rglob("*.partial")) == []
    units = json.loads(manifest_of(out).read_text())["units"]
    assert units == {"lived": PARTS_OF_SMALL_RUN - kept, "from_before": kept}
