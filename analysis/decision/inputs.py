"""Where the draws of a scenario's inputs lie in their distributions, and how inputs are grouped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from abm.evidence.parameters import addressed_uniform, uncertain_paths
from abm.scenario.drawn import EVIDENCE
from abm.scenario.parts import Scenario

POLICIES = "policies"
DIGITS = 6


def draw_positions(scenario: Scenario, draws: Iterable[int]) -> pd.DataFrame:
    """Return the place of each input in its distribution, from 0 to 1, of each draw.

    A row for each draw, a column for each input by its path: those of the evidence that the
    scenario does not set, and the numbers to which it gives an interval. What they are drawn from
    is addressed by seed, path and draw, so nothing has to be kept of a run.
    """
    numbers = list(draws)
    own = list(scenario.intervals)
    paths = [path for path in uncertain_paths(scenario.place) if path not in scenario.parameters]
    columns = {
        path: [round(addressed_uniform(scenario.seed, path, draw), DIGITS) for draw in numbers]
        for path in [*paths, *own]
    }
    table = pd.DataFrame(columns, index=pd.Index(numbers, name="draw"))
    return table.copy()  # in one piece


def joined_positions(tables: Sequence[pd.DataFrame], draws: Iterable[int]) -> pd.DataFrame:
    """Return the inputs of several scenarios side by side, for draws that all of them have."""
    rows = [table.loc[list(draws)] for table in tables]
    joined = pd.concat(rows, axis=1)
    return joined.loc[:, ~joined.columns.duplicated()].copy()  # in one piece


def groups_of(paths: Iterable[str]) -> Mapping[str, list[str]]:
    """Return inputs by group: the first word of the path; a policy's numbers are one group.

    Examples
    --------
    >>> groups_of(["il6.drift", "parameters.il6.training", "policies.walks.reach"])
    {'il6': ['il6.drift', 'parameters.il6.training'], 'policies.walks': ['policies.walks.reach']}
    """
    found: dict[str, list[str]] = {}
    for path in paths:
        words = path.removeprefix(EVIDENCE).split(".")
        name = ".".join(words[:2]) if words[0] == POLICIES else words[0]
        found.setdefault(name, []).append(path)
    return found
