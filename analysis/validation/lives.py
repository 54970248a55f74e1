"""What people lived through: years and deaths by age, and the hazards they met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.layout import N_AGES, N_DISEASES, SEXES, YOUNGEST
from abm.running.setup import set_up
from abm.running.simulate import with_sizes
from abm.running.stepwise import Crowd

if TYPE_CHECKING:
    import pandas as pd

    from abm.scenario.parts import Scenario

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


def hazards_met(scenario: Scenario, persons: int, seed: int) -> tuple[Table, Table]:
    """Live a cohort all of whom take part in a policy, and add up the hazards that they met.

    Events less their hazards are pure chance, so hazards give the same ratios with less noise.

    Returns
    -------
        Expected events (worlds, outcomes): the six diseases, then death; and years lived (worlds,).
    """
    sized = with_sizes(scenario, persons=persons, years=None, seed=seed)
    crowd = Crowd(set_up(sized, pathways=False), seed)
    while crowd.steps_lived < crowd.steps:
        crowd.step()
    expected, years = np.empty((2, N_DISEASES + 1)), np.empty(2)
    for world in (0, 1):
        kept = np.hstack([lives.registers(world).astype(float) for lives in crowd.blocks])
        if not (kept[c.APART] > 0.0).all():
            raise ValueError(f"{scenario.name}: hazards are kept of those who take part only")
        diseases = kept[c.EXPECTED : c.EXPECTED + N_DISEASES].sum(axis=1)
        deaths = kept[c.EXPECTED_DEATHS] + kept[c.DEATH_HAZARD]
        expected[world] = np.append(diseases, deaths.sum())
        years[world] = kept[c.LIFE_YEARS].sum()
    return expected, years
