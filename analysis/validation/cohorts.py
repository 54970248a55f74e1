"""The cohorts of the published studies: scenario files in ``cohorts/``."""

from __future__ import annotations

from collections.abc import Sequence

from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario
from analysis.validation.targets import FOLDER


def cohort(name: str, changes: Sequence[str] = ()) -> Scenario:
    """Return a cohort by the name of its file; ``changes`` read KEY=VALUE, as after ``--set``."""
    return load_scenario(FOLDER / "cohorts" / f"{name}.yaml", list(changes))
