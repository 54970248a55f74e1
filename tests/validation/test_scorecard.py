"""The full scorecard: every number, with all its people."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.validation.catalogue import EXPERIMENTS
from analysis.validation.estimates import MISSES
from analysis.validation.scorecard import NO_REASON, scorecard

pytestmark = [pytest.mark.validation, pytest.mark.slow]

PAGE = Path(__file__).parents[2] / "docs" / "validation.csv"


@pytest.fixture(scope="module")
def table():
    return scorecard(list(EXPERIMENTS), quick=False)


def test_every_miss_has_a_reason(table):
    misses = table[table["verdict"] == MISSES]
    assert not (misses["reason"] == NO_REASON).any(), misses.to_string()


def test_the_documentation_has_these_verdicts(table):
    """Run `python run.py validate --out docs` where the model or the targets have changed."""
    written = pd.read_csv(PAGE)
    ours, theirs = table.set_index("name")["verdict"], written.set_index("name")["verdict"]
    assert ours.to_dict() == theirs.to_dict()
