"""run.py with small units and with faults, as the variable FAULTS asks; for tests of recovery.

``FAULTS="small poison=2048"``: parts of 2048 slots kept at once, tasks of 1024, and whoever lives
the task that begins at slot 2048 raises. ``die=2048`` kills the process instead, every time;
``die_once=FILE`` kills it if the file exists, which is removed first. ``slow=0.2`` sleeps in
every task, ``poison_all`` lets every task raise, ``only=uk`` spares other scenarios, ``hog=100``
never gives back 100 MB per task, ``keep_nothing`` keeps no finished work. ``tell=FILE`` adds a
line to the file at the beginning of each phase, for each task that is simulated, and for each part
whose tasks are all done, before it is kept. A Dask worker gets the same by ``--preload``. Trials
before the run itself, in the same process, are spared.
"""

import os
import signal
import sys
import time
from pathlib import Path

import run
from abm.running import queue as runs
from abm.running.finished_work import FinishedWork
from abm.running.people import run_slots  # the true one, also when this is loaded twice

FAULTS = dict(each.partition("=")[::2] for each in os.environ.get("FAULTS", "").split())
hoard = []
on_trial = __name__ == "__main__"  # until the run begins; workers do nothing else


def faulty(setup, seed, first, last, block, counts):
    """Simulate some slots, or fail as asked."""
    if on_trial:
        run_slots(setup, seed, first, last, block, counts)
        return
    time.sleep(float(FAULTS.get("slow", 0)))
    hoard.append(bytearray(int(FAULTS.get("hog", 0)) * 1_000_000))
    spared = FAULTS.get("only", setup.scenario.name) != setup.scenario.name
    if not spared and ("poison_all" in FAULTS or first == int(FAULTS.get("poison", -1))):
        raise ArithmeticError("poisoned")
    if first == int(FAULTS.get("die", -1)):
        os.kill(os.getpid(), signal.SIGKILL)
    fuse = Path(FAULTS.get("die_once", "/nonexistent"))
    if fuse.exists():
        fuse.unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGKILL)
    run_slots(setup, seed, first, last, block, counts)
    if "tell" in FAULTS:
        tell(f"task slots-{first}-{last}")


def begin_run(kept, folder, make=FinishedWork.__init__, **options):
    """Make the finished work of a run, which ends the trials; those keep nothing."""
    global on_trial
    on_trial = on_trial and folder is None
    make(kept, folder, **options)


runs.run_slots, FinishedWork.__init__ = faulty, begin_run
if "keep_nothing" in FAULTS:
    FinishedWork.seconds_not_worth_keeping = float("inf")
if "small" in FAULTS:
    runs.FEWEST_BLOCKS = runs.MOST_BLOCKS = runs.MOST_BLOCKS_REMOTE = 1
    FinishedWork.slots_per_entry, FinishedWork.seconds_not_worth_keeping = 2048, 0.0


def tell(words):
    """Add a line with the time to the file in which the phases are told."""
    with Path(FAULTS["tell"]).open("a") as told:
        told.write(f"{time.monotonic()} {words}\n")


def told_first(module, name, words):
    """Let a function tell before it begins; ``words`` may depend on its arguments."""
    inner = getattr(module, name)

    def outer(*arguments, **options):
        if not on_trial:
            tell(words(*arguments) if callable(words) else words)
        return inner(*arguments, **options)

    setattr(module, name, outer)


if "tell" in FAULTS:
    from analysis.commands import run_results, run_scenarios

    told_first(run_scenarios, "simulate", "phase blocks")
    told_first(run_scenarios, "write_result", "phase tables")
    told_first(run_results, "_drawn", "phase figures")
    told_first(run_results, "write_report", "phase report")
    told_first(FinishedWork, "keep", lambda kept, journal, slots, counts: f"part {slots.name}")

if __name__ == "__main__":
    sys.exit(run.from_the_shell())
