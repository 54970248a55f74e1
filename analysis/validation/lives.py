"""Years lived and deaths by single year of age, from a table of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.columns import N_AGES, SEXES, YOUNGEST

if TYPE_CHECKING:
    import pandas as pd

Table = NDArray[np.float64]


def by_age(people: pd.DataFrame, years: int) -> tuple[Table, Table]:
    """Return years lived and deaths (2, sexes, ages, fifths), and the living at the end.

    Ages are those of the model, completed years that grow on 1 January.
    """
    shape = (len(SEXES), N_AGES, 5)
    lived, deaths, living = (np.zeros(shape) for _ in range(3))
    sex = people["sex"].cat.codes.to_numpy()
    fifth = people["deprivation"].to_numpy() - 1
    entry = (people["entry_year"] - people["entry_year"].min()).to_numpy()
    until = (people["death_age"] - people["age"]).fillna(np.inf).to_numpy() + entry
    first_age = people["age"].to_numpy() - YOUNGEST - entry
    for year in range(years):
        here = (entry <= year) & (until > year)
        place = (sex[here], np.minimum(first_age[here] + year, N_AGES - 1), fifth[here])
        np.add.at(lived, place, np.minimum(until[here] - year, 1.0))
        np.add.at(deaths, place, until[here] < year + 1)
        if year == years - 1:
            np.add.at(living, place, until[here] >= year + 1)
    return np.stack([lived, deaths]), living
