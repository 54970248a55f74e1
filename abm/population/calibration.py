"""Reference hazards, prevalences and death rates that make the population model fit its place.

Integrates the population model over every cell (sex and single year of age). It never looks at
simulated people, so it is the same for every population size and seed.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.constants import Activity, Body, Disease, packed
from abm.places.country import DiseaseRates, Table
from abm.population.integrals import Sums, fill_ages, integrate_cells, work_of
from abm.population.nodes import FIFTHS, grid_of

HABIT_NODES = 9
BMI_NODES = 6  # diabetes rises so steeply with BMI that fewer are 2 % off in young women
IL6_NODES = 3


@cache
def _gauss(nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights that integrate against a standard normal density."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    return x, w / w.sum()


@dataclass(frozen=True)
class Selection:
    """Who has lived to each age: what death has taken, by what people carry through life.

    By death clock: ``tilts`` (death clocks, 2, 5) relative hazard of the fifths beside what the
    clock's own deprivation says; ``to_date`` (death clocks, 2, ages) hazard of the reference person
    since 20.
    """

    tilts: Table
    to_date: Table


def integrate(
    habits: Activity, body: Body, risks: Disease, rates: tuple[DiseaseRates, ...],
    parameters: Parameters, selection: Selection, every: int = 1,
) -> Sums:  # fmt: skip
    """Integrate the population model over every cell, or ``every`` so many ages."""
    person, drift = parameters["il6.person_sd"], parameters["il6.drift_sd"]
    variance = max(person**2 + drift**2, 1e-12)
    scores, shares = _gauss(IL6_NODES)
    il6 = np.sqrt(variance) * scores, shares
    grid = grid_of(_gauss(BMI_NODES), _gauss(HABIT_NODES), il6, person**2 / variance)
    sums = _no_sums()
    integrate_cells(
        packed(habits), packed(body), packed(risks), np.array([rate.prevalence for rate in rates]),
        parameters["disease.diabetes_within_activity_curve"], every, grid,
        (selection.tilts, selection.to_date), work_of(grid), sums,
    )  # fmt: skip
    for table in sums:
        fifths = 1 if table.shape[-1] == c.N_AGES else FIFTHS
        fill_ages(table.reshape(-1, c.N_AGES, fifths), every)
    return sums


def _no_sums() -> Sums:
    """Return empty integrals."""
    groups, cells = c.N_GROUPS_OF_ILL, (2, c.N_AGES)
    return Sums(
        intercept=np.full((c.N_DISEASES, *cells), -1e3),
        at_risk=np.zeros((c.N_DISEASES, *cells, 5)),
        having=np.zeros((groups, *cells, 5)),
        death=np.zeros((c.N_DEATH_CLOCKS - 1, groups, *cells)),
        known=np.zeros((c.N_DEATH_CLOCKS - 1, *cells, 5)),
        all_else=np.zeros((groups, *cells, 5)),
        ill=np.zeros((len(c.BY_OWN_RATE), groups, *cells)),
        events=np.zeros((c.N_DISEASES, groups, *cells)),
        inactive_diabetes=np.zeros(cells),
        smoking=np.zeros((*cells, 5)),
        fifths=np.full((*cells, 5), 0.2),
        recurring=np.zeros(cells),
    )
