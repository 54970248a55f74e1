"""The cohorts of the published studies: scenario files in ``cohorts/``, and how they are lived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.validation.targets import FOLDER

if TYPE_CHECKING:
    from abm.scenario.parts import Scenario


def cohort(name: str, changes: Sequence[str] = ()) -> Scenario:
    """Return a cohort by the name of its file; ``changes`` read KEY=VALUE, as after ``--set``."""
    from abm.scenario.load import load_scenario

    return load_scenario(FOLDER / "cohorts" / f"{name}.yaml", list(changes))
