"""Reference hazards, prevalences and death rates that make the population model fit the country.

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
from abm.population.integrals import CALIBRATED_AGES, Grid, Sums, integrate_cells, work_of

HABIT_NODES = 9
BMI_NODES = 6  # diabetes rises so steeply with BMI that fewer are 2 % off in young women
IL6_NODES = 3


def _gauss(nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights that integrate against a standard normal density."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    return x, w / w.sum()


@cache
def quadrature_grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return bodies (fifth, BMI score, habit score) and nodes (body, smoker, weight, IL-6 score).

    Smoking and IL-6 leave BMI and dose as they are, so that six nodes share a body.
    """
    bodies: list[tuple[float, ...]] = []
    nodes: list[tuple[float, ...]] = []
    for fifth in range(1, 6):
        for b, wb in zip(*_gauss(BMI_NODES), strict=True):
            for h, wh in zip(*_gauss(HABIT_NODES), strict=True):
                for smoker in (0.0, 1.0):
                    for v, wv in zip(*_gauss(IL6_NODES), strict=True):
                        nodes.append((len(bodies), smoker, 0.2 * wb * wh * wv, v))
                bodies.append((fifth, b, h))
    return np.array(bodies, float), np.array(nodes, float)


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
    bodies, nodes = quadrature_grid()
    person, drift = parameters["il6.person_sd"], parameters["il6.drift_sd"]
    variance = max(person**2 + drift**2, 1e-12)
    grid = Grid(
        bodies, np.ascontiguousarray(nodes[:, :3]),
        np.ascontiguousarray(np.sqrt(variance) * nodes[:, 3]), person**2 / variance,
    )  # fmt: skip
    sums = _no_sums()
    integrate_cells(
        packed(habits), packed(body), packed(risks), np.array([rate.prevalence for rate in rates]),
        parameters["disease.diabetes_within_activity_curve"], every, grid,
        (selection.tilts, selection.to_date), work_of(grid), sums,
    )  # fmt: skip
    by_fifth = (sums.at_risk, sums.having, sums.death, sums.ill, sums.smoking, sums.fifths)
    for table in sums:
        _fill_ages(table, every, axis=-2 if any(table is each for each in by_fifth) else -1)
    return sums


def _no_sums() -> Sums:
    """Return empty integrals."""
    groups, cells = c.N_GROUPS_OF_ILL, (2, c.N_AGES)
    return Sums(
        intercept=np.full((c.N_DISEASES, *cells), -1e3),
        at_risk=np.zeros((c.N_DISEASES, *cells, 5)),
        having=np.zeros((groups, *cells, 5)),
        death=np.zeros((c.N_DEATH_CLOCKS, groups, *cells, 5)),
        ill=np.zeros((len(c.BY_OWN_RATE), groups, *cells, 5)),
        events=np.zeros((c.N_DISEASES, groups, *cells)),
        inactive_diabetes=np.zeros(cells),
        smoking=np.zeros((*cells, 5)),
        fifths=np.full((*cells, 5), 0.2),
        recurring=np.zeros(cells),
    )


def _fill_ages(table: Table, every: int, axis: int) -> None:
    """Interpolate over the ages that were left out, and hold the last calibrated one; in place."""
    moved = np.moveaxis(table, axis, 0)
    ages, last = np.arange(c.N_AGES), (CALIBRATED_AGES - 1) // every * every
    before = np.minimum(ages // every * every, last)
    after = np.minimum(before + every, last)
    share = np.where(after > before, (ages - before) / every, 0.0)
    share = share.reshape(-1, *(1,) * (moved.ndim - 1))
    moved[:] = (1.0 - share) * moved[before] + share * moved[after]
