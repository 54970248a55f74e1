"""The script of docs/mesa.md, run as a Mesa user would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_documented_script_runs_as_printed(tmp_path):
    page = (ROOT / "docs" / "mesa.md").read_text(encoding="utf-8")
    script, _ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)  # the other is for a browser
    path = tmp_path / "with_mesa.py"
    path.write_text(script, encoding="utf-8")
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=600, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = done.stdout
    assert re.search(r"\d+ people, \d+ of them older non-smokers", told)
    assert len(re.findall(r"<Person \d+, policy: .* without the policy \d", told)) == 3
    repeats = re.findall(r"seed (\d) reach (0\.[28]) activity: (\d+\.\d{3}) MET-hours", told)
    runs = [(seed, reach) for seed, reach, _ in repeats]
    assert runs == [(seed, reach) for seed in ("1", "2", "3") for reach in ("0.2", "0.8")]
    doses = {(seed, reach): float(dose) for seed, reach, dose in repeats}
    assert all(doses[seed, "0.8"] > doses[seed, "0.2"] for seed in ("1", "2", "3"))
