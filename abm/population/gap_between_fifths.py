"""How much longer the least deprived fifth lives than the most deprived, and what makes it so."""

from dataclasses import dataclass

import numpy as np

from abm.kernel import layout as c
from abm.places.country import DiseaseRates, Table
from abm.population.causes import ACUTE, BY_OWN_RATE, LAST, Causes
from abm.population.integrals import Sums

ENDS = [0, 4]  # the most and the least deprived


@dataclass(frozen=True)
class Ends:
    """What deaths of the most and the least deprived fifth are made of, whatever the causes found.

    ``parts`` (parts, 2, ages, 2) of deaths by known causes, by combinations of chronic diseases, by
    diseases that kill by their own rate, and by fatal events; ``all_else`` (2, ages, 5) relative
    hazard of all other causes; ``living`` (2, ages, 2).
    """

    parts: Table
    all_else: Table
    living: Table


def ends_of(sums: Sums, rates: tuple[DiseaseRates, ...]) -> Ends:
    """Return what deaths in both ends are made of."""
    incidence = np.array([rates[k].incidence for k in ACUTE])
    acute = sums.at_risk[ACUTE] * incidence[..., None]
    parts = [
        sums.known / sums.known.sum(axis=-1, keepdims=True),
        sums.having,
        acute / np.maximum(sums.at_risk[ACUTE].sum(axis=-1, keepdims=True), 1e-30),
    ]
    return Ends(
        np.ascontiguousarray(np.concatenate(parts)[..., ENDS]),
        sums.all_else[: c.N_COMBINATIONS].sum(axis=0), sums.fifths[..., ENDS],
    )  # fmt: skip


def tilt(gradient: Table) -> Table:
    """Return the relative hazards of all other causes of the fifths, shape (..., 5)."""
    return np.exp(np.asarray(gradient)[..., None] * (3.0 - np.arange(1, 6)) / 4.0)


def years_lived(rates: Table) -> tuple[Table, Table]:
    """Return years lived at each age per person of the first one, and those after the last age.

    Death rates [per year] stand along axis 0.
    """
    survival = np.exp(-np.cumsum(rates, axis=0))
    start = np.concatenate([np.ones((1, *survival.shape[1:])), survival[:-1]])
    lived = (start - survival) / np.maximum(rates, 1e-12)
    return lived, survival[-1] / np.maximum(rates[-1], 1e-12)


def life_expectancy(rates: Table) -> Table:
    """Return remaining life at the first age from yearly death rates along axis 0 [years]."""
    lived, left = years_lived(rates)
    return lived.sum(axis=0) + left


def gaps(gradients: Table, ends: Ends, causes: Causes) -> Table:
    """Return the gap in life expectancy [years] at log ratios of all other causes, (..., 2)."""
    of_parts = np.concatenate(
        [
            causes.other[:LAST], causes.excess_of_several, causes.excess[BY_OWN_RATE],
            causes.case_fatality[ACUTE],
        ]
    )  # fmt: skip
    deaths = np.einsum("jsa,jsad->sad", of_parts, ends.parts)
    relative = ends.all_else * tilt(gradients)[..., None, :]
    share = relative[..., ENDS] / relative.sum(axis=-1, keepdims=True)
    rates = (deaths + causes.other[LAST][..., None] * share) / ends.living
    years = life_expectancy(np.moveaxis(rates, -2, 0))
    return np.asarray(years[..., 1] - years[..., 0])
