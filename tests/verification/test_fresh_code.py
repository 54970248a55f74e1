"""Code that has just been compiled and the same code loaded again give the same bits.

Each kernel is kept with its own copies of what it calls, so a process may run other copies than the
one that compiled them; and processors without some instructions get other code.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# enough people that a difference in the last bit of a hazard moves a tally somewhere
LIVES = """
import hashlib
from dataclasses import replace
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.load import load_scenario
scenario = replace(load_scenario("walking_groups"), persons=50_000, years=8)
counts = count_population(set_up(scenario, lifetimes=True), 1)
print(hashlib.sha256(b"".join(part.tobytes() for part in counts)).hexdigest())
"""

CALIBRATIONS = """
import hashlib
import numpy as np
from abm.evidence.parameters import central_parameters, draw_parameters
from abm.population.constants_of import calibrated_model
found = hashlib.sha256()
for parameters in (central_parameters(), draw_parameters(0, 1), draw_parameters(1, 1)):
    model = calibrated_model(parameters)
    for table in (*model.activity, *model.body, *model.disease):
        found.update(np.asarray(table).tobytes())
print(found.hexdigest())
"""

pytestmark = [pytest.mark.verification, pytest.mark.slow]


def tallies(folder: Path, program: str = LIVES, **settings: str) -> str:
    """Return the hash that a program prints in a process of its own, with a cache of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "EXERCISE_IL6_CACHE": str(folder), **settings},
    )  # fmt: skip
    return done.stdout


def test_new_and_kept_code_give_the_same_bits(tmp_path):
    new = tallies(tmp_path)
    assert tallies(tmp_path) == new


def test_so_does_code_for_the_plainest_processor(tmp_path):
    """Without fused multiply-add, and with narrow vectors."""
    plain = tallies(tmp_path / "plain", NUMBA_CPU_NAME="x86-64", NUMBA_CPU_FEATURES="")
    assert tallies(tmp_path / "own") == plain


def test_new_and_kept_code_calibrate_alike_on_every_processor(tmp_path):
    """All constants of three sets of parameters, to the last bit."""
    new = tallies(tmp_path / "own", CALIBRATIONS)
    assert tallies(tmp_path / "own", CALIBRATIONS) == new
    plain = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}
    assert tallies(tmp_path / "plain", CALIBRATIONS, **plain) == new
    other = CALIBRATIONS.replace("draw_parameters(1, 1)", "draw_parameters(1, 2)")
    assert tallies(tmp_path / "own", other) != new  # negative control
