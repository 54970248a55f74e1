"""For how many people a number of health or money stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from abm.kernel.blocks import Counts
from abm.results.effects import MEANS, people_ever
from abm.scenario.parts import Scenario

PER_100_000, REPRESENTED, SIMULATED = "per_100000", "represented", "simulated"
PER_100_000_AT_START = "per_100000_at_start"
PER_PARTICIPANT = "per_participant"
AS_COUNTED = "as_counted"  # for the people of whom a table of targets tells
# What is given for the people represented too.
OF_PEOPLE = (
    "averted", "expected_averted", "expected_lower", "expected_upper", "parameter_lower",
    "parameter_upper",
)  # fmt: skip


def scales(scenario: Scenario, central: Sequence[Counts]) -> dict[str, float]:
    """Return by what amounts of the simulated persons are multiplied, for each scale.

    ``per_100000``: for 100 000 persons at the start or entering later (mean over seeds);
    ``represented``: for the people whom the scenario represents, where it says how many.
    """
    people = float(np.mean([people_ever(counts) for counts in central]))
    found = {PER_100_000: 1e5 / people if people else np.nan}
    if scenario.population.represents is not None:
        found[REPRESENTED] = scenario.population.represents / scenario.persons
    return found


def with_scale(table: pd.DataFrame) -> pd.DataFrame:
    """Add a column ``scale`` after the outcome: for how many people the numbers of a row stand.

    ``simulated`` for sums over the simulated persons, and blank for means of the living. Columns
    whose name ends with another scale (``_per_100k``, ``_represented``) are of that one.
    """
    found = table.copy()
    place = found.columns.get_loc("outcome")
    assert isinstance(place, int)
    sums = ~found["outcome"].isin(MEANS)
    found.insert(place + 1, "scale", pd.Series(SIMULATED, found.index).where(sums, ""))
    return found


def with_represented(table: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Add what is averted among the people represented, where the scenario says how many.

    Columns ``averted_represented`` (counted), ``expected_averted_represented`` with its Monte Carlo
    limits, and the limits over draws where there are such: as those without that ending, which are
    of the simulated persons.
    """
    people = scenario.population.represents
    if people is None:
        return table
    names = [name for name in OF_PEOPLE if name in table]
    factor = people / scenario.persons
    return table.assign(**{f"{name}_represented": table[name] * factor for name in names})
