"""The options of a decision, draw by draw: what each costs and gains against doing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.results.scales import PER_100_000

Numbers = NDArray[np.float64]
NOTHING = "nothing"
FEWEST_FOR_A_CHANCE = 400  # draws: then a probability is known to within 5 points (95 %)
FEWEST_FOR_INFORMATION = 500


@dataclass(frozen=True)
class Options:
    """Options with what is gained and spent in each draw; the first is to do nothing.

    ``qalys`` and ``costs`` (net) have shape (draws, options), for the people of a ``scale``;
    ``draws`` are the numbers of the draws. Rows of one draw share their evidence.
    """

    names: tuple[str, ...]
    draws: NDArray[np.int64]
    qalys: Numbers
    costs: Numbers
    scale: str = PER_100_000
    unit: str = ""  # of money

    def net_benefit(self, threshold: float) -> Numbers:
        """Return the net benefit of each draw and option, shape (draws, options)."""
        return threshold * self.qalys - self.costs

    def against(self, name: str) -> Options:
        """Return the same with another option as what all are compared with."""
        place = self.names.index(name)
        qalys, costs = (each - each[:, [place]] for each in (self.qalys, self.costs))
        return Options(self.names, self.draws, qalys, costs, self.scale, self.unit)


def options_of(tables: Mapping[str, pd.DataFrame], scale: str = PER_100_000) -> Options | None:
    """Return the options of scenarios with draws in common; None where there are none.

    Parameters
    ----------
    tables
        By scenario, as of :mod:`abm.results.economics_draws`. Seeds of a draw are averaged; one
        without costs is left out.
    scale
        For how many people.
    """
    found = {name: by_draw(table, scale) for name, table in tables.items()}
    found = {name: table for name, table in found.items() if len(table)}
    if not found:
        return None
    shared = sorted(set.intersection(*(set(table.index) for table in found.values())))
    if not shared:
        return None
    none = np.zeros((len(shared), 1))
    parts = {
        measure: np.column_stack([none, *(table.loc[shared, measure] for table in found.values())])
        for measure in ("qalys_gained", "net_cost")
    }
    unit = str(next(iter(tables.values()))["unit"].iat[0])
    return Options((NOTHING, *found), np.array(shared), *parts.values(), scale, unit)


def by_draw(table: pd.DataFrame, scale: str = PER_100_000) -> pd.DataFrame:
    """Return means over the seeds of each draw; empty where money is not known."""
    rows = table[table["scale"] == scale].dropna(subset=["qalys_gained", "net_cost"])
    return rows.groupby("draw")[["qalys_gained", "net_cost"]].mean()


def in_order(thresholds: Sequence[float]) -> list[float]:
    """Return thresholds as they are.

    Raises
    ------
    ValueError
        If they are not numbers of 0 or more, each larger than the one before.
    """
    found = [float(each) for each in thresholds]
    if not found or not np.isfinite(found).all() or min(found) < 0.0:
        raise ValueError(f"thresholds are {found}; must be numbers of 0 or more")
    if any(second <= first for first, second in zip(found, found[1:], strict=False)):
        raise ValueError(f"thresholds are {found}; must each be larger than the one before")
    return found
