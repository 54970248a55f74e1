"""The outcomes of everybody, or split by some strata: small tables that can be summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.extras import is_installed, lacking
from abm.results.outcome_tables import STRATA, OutcomeTables
from abm.results.outcomes import margins
from abm.results.units import unit_of_measure
from abm.scenario.drawn import CENTRAL
from abm.scenario.hints import nearest

if TYPE_CHECKING:
    import xarray


def split_by(tables: OutcomeTables, strata: Sequence[str]) -> pd.DataFrame:
    """Return the outcomes by some strata alone, everybody's without any.

    Returns
    -------
        Columns seed, draw (missing for the central values), world, year, the strata, measure, unit,
        value. Each person stands in one row of a year, world and measure, so rows can be summed.

    Raises
    ------
    ValueError
        If a stratum is unknown, or the strata are not counted together.
    """
    _check(strata)
    parts = [table[_chosen(table, strata)] for table in tables.tables()]
    found = pd.concat(parts, ignore_index=True)
    found.attrs = {}
    found["unit"] = found["measure"].map(unit_of_measure).astype(object)
    names = ["seed", "draw", "world", "year", *strata, "measure", "unit", "value"]
    kinds = dict.fromkeys(["world", "measure", *strata], object)
    return found[names].astype(kinds)


def dataset(table: pd.DataFrame, strata: Sequence[str]) -> xarray.Dataset:
    """Return a table of :func:`split_by` as a dataset: a variable for each measure, with its unit.

    Its axes are seed, world, year and the strata: what the outcomes hold, and no blanks but flows
    before the start. With parameter draws there is an axis draw, on which -1 stands for the central
    values, as an axis knows no missing label.

    Raises
    ------
    ImportError
        If xarray is not installed; the message says what installs it.
    """
    if not is_installed("xarray"):
        raise ImportError(lacking("to_xarray", "xarray", "notebook"))
    drawn = ["draw"] if table["draw"].notna().any() else []
    numbered = table.assign(draw=table["draw"].fillna(CENTRAL).astype(int))
    axes = ["seed", *drawn, "world", "year", *strata]
    wide = numbered.pivot(index=axes, columns="measure", values="value")
    found: xarray.Dataset = wide.to_xarray()
    for name, unit in zip(table["measure"], table["unit"], strict=True):
        found[name].attrs["units"] = unit
    return found


def _chosen(table: pd.DataFrame, strata: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows are split by these strata and by no other."""
    return np.logical_and.reduce(
        [(table[each] == "all").to_numpy() != (each in strata) for each in STRATA]
    )


def _check(strata: Sequence[str]) -> None:
    for each in strata:
        if each not in STRATA:
            raise ValueError(
                f"by: unknown stratum {each!r}; must be of {', '.join(STRATA)}"
                f"{nearest(str(each), STRATA)}"
            )
    counted = [set(split) for _, split in margins()]
    if set(strata) not in counted or len(set(strata)) < len(strata):
        known = ", ".join(" x ".join(split) for _, split in margins() if split)
        wanted = " x ".join(strata)
        raise ValueError(f"by: {wanted} are not counted together; must be one of {known}")
