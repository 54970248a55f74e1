"""Person-years and deaths by age, and the hazards that people met."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.layout import N_AGES, N_DISEASES, SEXES, YOUNGEST
from abm.running.setup import set_up, with_sizes
from abm.running.stepwise import StepwisePopulation
from abm.scenario.parts import Scenario

Table = NDArray[np.float64]
QUINTILES = 5  # of deprivation
WORLDS = range(2)  # baseline and policies


def by_age(people: pd.DataFrame, years: int) -> tuple[Table, Table]:
    """Return person-years and deaths (2, sexes, ages, quintiles), and the living at the end.

    Ages are those of the model, completed years that grow on 1 January.
    """
    shape = (len(SEXES), N_AGES, QUINTILES)
    exposed, deaths, living = (np.zeros(shape) for _ in range(3))
    sex = people["sex"].cat.codes.to_numpy()
    quintile = people["deprivation"].to_numpy() - 1
    entry = (people["entry_year"] - people["entry_year"].min()).to_numpy()
    until = (people["death_age"] - people["age"]).fillna(np.inf).to_numpy() + entry
    first_age = people["age"].to_numpy() - YOUNGEST - entry
    for year in range(years):
        here = (entry <= year) & (until > year)
        place = (sex[here], np.minimum(first_age[here] + year, N_AGES - 1), quintile[here])
        np.add.at(exposed, place, np.minimum(until[here] - year, 1.0))
        np.add.at(deaths, place, until[here] < year + 1)
        if year == years - 1:
            np.add.at(living, place, until[here] >= year + 1)
    return np.stack([exposed, deaths]), living


def hazards_met(scenario: Scenario, persons: int, seed: int) -> tuple[Table, Table]:
    """Run a cohort all of whom take part in a policy, and add up the hazards that they met.

    Events less their hazards are pure chance, so hazards give the same ratios with less error.
    Both are of the survival-weighted follow-up of every participant.

    Returns
    -------
        Expected events (worlds, outcomes): diseases in the order of their table, then death; and
        expected person-years (worlds,).
    """
    sized = with_sizes(scenario, persons=persons, years=None, seed=seed)
    population = StepwisePopulation(set_up(sized, pathways=False), seed)
    while population.steps_done < population.steps:
        population.step()
    kept = [np.hstack([block.registers(world) for block in population.blocks]) for world in WORLDS]
    if not all((each[c.APART] > 0.0).all() for each in kept):
        raise ValueError(f"{scenario.name}: hazards are kept of those who take part only")
    sums = np.array([each[c.EXPECTED :].sum(axis=1, dtype=float) for each in kept])
    return sums[:, [*range(N_DISEASES), c.X_DEATHS]], sums[:, c.X_YEARS]
