"""The command ``validate`` runs, writes its scorecard, and judges a wrong model to be wrong."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.evidence.parameters import central_parameters
from analysis.validation.cohorts import cohort
from analysis.validation.dose_response import log_ratios
from analysis.validation.estimates import AGREES, MISSES, UNSURE, Size, transformed
from analysis.validation.scorecard import QUICK, row_of
from analysis.validation.targets import of_item, targets
from tests.lives import causal

ROOT = Path(__file__).resolve().parents[2]


def validate(*words):
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "validate", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


def test_a_quick_scorecard_is_written(tmp_path):
    done = validate("--quick", "--only", "19", "3", "I", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 of 3: 3 Shortest and longest bouts" in done.stderr
    table = pd.read_csv(tmp_path / "validation.csv")
    wanted = [target.name for item in ("3", "19", "I") for target in of_item(item)]
    assert table["name"].tolist() == wanted
    bouts = table[table["item"] == "3"]
    assert (bouts["verdict"] == AGREES).all() and (bouts["kind"] == "check").all()
    assert table["persons"].max() > 0
    drawn = table[(table["standard_error"] > 0) & (table["kind"] != "report")]
    assert len(drawn) and set(drawn["verdict"]) == {UNSURE}
    text = (tmp_path / "validation.md").read_text()
    for told in (done.stdout, text.removeprefix("**"), done.stderr.removeprefix("validate: ")):
        assert told.startswith(QUICK)
    assert "## 19. Whether habits stay" in text and "## 18." not in text
    assert str(ROOT) not in text
    for ending in ("png", "svg"):
        assert (tmp_path / f"validation.{ending}").stat().st_size > 10_000


def test_bad_usage_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    for words, part in (
        (("--only", "2"), "--only: no item 2; must be of 1 3 4"),
        (("--out", tmp_path / "out"), "is a file; must be a folder"),
        (("--onl", "1"), "did you mean '--only'?"),
    ):
        done = validate(*words)
        assert done.returncode == 2
        assert part in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(("share", "expected"), [(1.0, AGREES), (0.5, MISSES)])
def test_half_of_the_effect_is_judged_a_miss(share, expected):
    """Negative control with people: a model that halves the effect of activity misses item 11."""
    overrides = {**cohort("dose_response").parameters, **causal(share)}
    found = log_ratios(Size(1000, 5), central_parameters(overrides))
    for disease in ("coronary_heart_disease", "colon_cancer"):
        estimate = transformed(found[f"{disease}.8.75"], np.exp)
        assert row_of(targets()[f"11.{disease}.8.75"], estimate)["verdict"] == expected
