"""By how much the policies change levels at the end of a run, and whether that can be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from abm.results.claims import excludes_zero
from abm.scenario.drawn import CENTRAL
from analysis.certainty.uncertainty import monte_carlo

if TYPE_CHECKING:
    from abm.results.outcome_tables import OutcomeTables

IL6 = "il6.geometric_mean"
CANNOT_BE_TOLD = "cannot be told from the Monte Carlo error"
ONE_SEED = "Of one seed, the Monte Carlo error of how levels change under the policy is unknown."


class Limits(NamedTuple):
    """The 95 % Monte Carlo limits of a relative change [1]; not a number where unknown."""

    lower: float = float("nan")
    upper: float = float("nan")

    @property
    def known(self) -> bool:
        """Whether there are limits."""
        return self.lower == self.lower

    @property
    def hold_zero(self) -> bool:
        """Whether there are limits, and no change lies within them."""
        return self.known and not excludes_zero(self.lower, self.upper)


UNKNOWN = Limits()


def whether(level: str) -> str:
    """Say that it cannot be told how a level ends.

    Examples
    --------
    >>> whether("CRP")
    'whether CRP ends lower or higher under the policy cannot be told from the Monte Carlo error'
    """
    return f"whether {level} ends lower or higher under the policy {CANNOT_BE_TOLD}"


def changes_of_levels(
    tables: OutcomeTables, measures: Sequence[str], draw: int | None = None
) -> pd.DataFrame:
    """Return the relative change of levels at the end: columns draw, seed, outcome, effect.

    Of all runs, or of one draw.
    """
    end = tables.at_end(tuple(measures), draw)
    keys = ["draw", "seed", "measure"]
    wide = end.astype({"measure": object, "world": object}).pivot(
        index=keys, columns="world", values="value"
    )
    change = wide["policy"] / wide["baseline"] - 1.0
    return change.rename("effect").reset_index().rename(columns={"measure": "outcome"})


def limits_of_changes(tables: OutcomeTables, measures: Sequence[str]) -> dict[str, Limits]:
    """Return the Monte Carlo limits of the change of each level, from the spread between seeds.

    Unknown where there is one seed, or nobody is alive at the end of any.
    """
    changes = changes_of_levels(tables, measures, CENTRAL)
    return {
        str(measure): _limits(rows["effect"].to_numpy(float))
        for measure, rows in changes.groupby("outcome")
    }


def _limits(values: np.ndarray) -> Limits:
    if len(values) < 2 or not np.isfinite(values).all():
        return UNKNOWN
    found = monte_carlo(values)
    return Limits(found.lower, found.upper)
