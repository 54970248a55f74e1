"""Death hazards that fit the life table, the gap between fifths, and deaths by disease."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from abm import columns as c
from abm.calibration import Selection, Sums
from abm.national import DiseaseRates, Table, death_rates
from abm.parameters import Parameters

FIXED_POINT_ROUNDS = 25


@dataclass(frozen=True)
class Deaths:
    """Death by other causes and of the ill, solved to fit the life table.

    ``reference`` (2, ages) hazard; ``excess`` (6, 2, ages) hazard ratio less 1 of the ill;
    ``case_fatality`` (6, 2, ages); ``deprivation`` (2,) log ratio most to least deprived.
    """

    reference: Table
    excess: Table
    case_fatality: Table
    deprivation: Table


def _solve_deaths_of_sex(
    sex: int, gradient: float, sums: Sums, rates: tuple[DiseaseRates, ...],
    hazard_ratios: dict[int, float], parameters: Parameters,
) -> tuple[Table, Table, Table, Table]:  # fmt: skip
    """Return reference hazard, excess, case fatality, and death rates by fifth, for one gradient.

    Heart disease, stroke and diabetes raise the death hazard of those who have them by published
    ratios; what heart disease and stroke kill beyond that dies at the event. The cancers' excess
    is their published excess mortality.
    """
    total = death_rates()[sex]
    tilt = np.exp(gradient * (3.0 - np.arange(1, 6)) / 4.0)
    ill = np.einsum("kad,d->ka", sums.death[:, sex], tilt)
    lowest = parameters["mortality.acute_fatality_minimum"]
    highest = parameters["mortality.acute_fatality_maximum"]
    disease_deaths = np.array([r.prevalence[sex] * r.excess[sex] for r in rates])
    incidence = np.array([r.incidence[sex] for r in rates])
    fatality = np.zeros((6, c.N_AGES))
    reference = total / ill[5]
    for _ in range(FIXED_POINT_ROUNDS):
        for k in (c.HEART, c.STROKE):
            later = reference * (hazard_ratios[k] - 1.0) * ill[k]
            fatality[k] = np.minimum(
                np.maximum((disease_deaths[k] - later) / incidence[k], lowest), highest
            )
        at_once = (fatality * incidence).sum(axis=0)
        cancers = disease_deaths[c.COLON] + disease_deaths[c.BREAST]
        of_well = ill[5] + sum((ratio - 1.0) * ill[k] for k, ratio in hazard_ratios.items())
        reference = np.maximum(total - at_once - cancers, 0.05 * total) / of_well
    excess = np.zeros((6, c.N_AGES))
    for k, ratio in hazard_ratios.items():
        excess[k] = ratio - 1.0
    for k in (c.COLON, c.BREAST):
        excess[k] = disease_deaths[k] / np.maximum(reference * ill[k], 1e-30)
    by_fifth = sums.death[5, sex] + np.einsum("ka,kad->ad", excess[:5], sums.death[:5, sex])
    share = sums.at_risk[:, sex] / np.maximum(sums.at_risk[:, sex].sum(-1, keepdims=True), 1e-30)
    acute = np.einsum("ka,kad->ad", fatality * incidence, share)
    rates_by_fifth = (reference[:, None] * by_fifth * tilt + acute) / sums.fifths[sex]
    return reference, excess, fatality, rates_by_fifth


def life_expectancy(rates: Table) -> Table:
    """Return remaining life at the first age from yearly death rates along axis 0 [years]."""
    survival = np.exp(-np.cumsum(rates, axis=0))
    start = np.concatenate([np.ones((1, *survival.shape[1:])), survival[:-1]])
    lived = (start - survival) / np.maximum(rates, 1e-12)
    return lived.sum(axis=0) + survival[-1] / np.maximum(rates[-1], 1e-12)


def _gap(
    sex: int, gradient: float, sums: Sums, rates: tuple[DiseaseRates, ...],
    hazard_ratios: dict[int, float], parameters: Parameters,
) -> float:  # fmt: skip
    """Return the gap in life expectancy between the least and most deprived fifth [years]."""
    by_fifth = _solve_deaths_of_sex(sex, gradient, sums, rates, hazard_ratios, parameters)[3]
    years = life_expectancy(by_fifth)
    return float(years[4] - years[0])


def _gradient(gap: Callable[[float], float], target: float) -> float:
    """Return the gradient at which the gap is on target (secant steps; the gap is near linear)."""
    older, newer = 0.3, 0.6
    gap_older, gap_newer = gap(older), gap(newer)
    for _ in range(8):
        step = (target - gap_newer) * (newer - older) / (gap_newer - gap_older)
        older, gap_older = newer, gap_newer
        newer += min(max(step, -1.0), 1.0)
        if abs(step) < 1e-7:
            break
        gap_newer = gap(newer)
    return newer


def solve_deaths(
    sums: Sums, rates: tuple[DiseaseRates, ...], parameters: Parameters
) -> Deaths:
    """Return death hazards that fit the life table and the gap between deprivation fifths."""
    names = {k: c.DISEASES[k] for k in (c.HEART, c.STROKE, c.DIABETES)}
    ratios = {k: parameters[f"mortality.hazard_ratio.{name}"] for k, name in names.items()}
    found = []
    gradients = np.zeros(2)
    for s, sex in enumerate(c.SEXES):
        target = parameters[f"mortality.deprivation_life_expectancy_gap_years.{sex}"]
        gradients[s] = _gradient(
            partial(_gap, s, sums=sums, rates=rates, hazard_ratios=ratios, parameters=parameters),
            target,
        )
        found.append(_solve_deaths_of_sex(s, gradients[s], sums, rates, ratios, parameters))
    reference, excess, fatality = (np.stack([f[i] for f in found], axis=-2) for i in range(3))
    return Deaths(reference, excess, fatality, gradients)


def selection_by(deaths: Deaths) -> Selection:
    """Return who lives to each age under solved death hazards."""
    fifths = np.arange(1, 6)
    tilts = np.exp(deaths.deprivation[:, None] * (3.0 - fifths) / 4.0)
    before = np.cumsum(deaths.reference, axis=1) - deaths.reference / 2.0
    return Selection(tilts, before)


def first_guess() -> Selection:
    """Return the selection by three quarters of all deaths, alike in every fifth."""
    return Selection(np.ones((2, 5)), 0.75 * np.cumsum(death_rates(), axis=1))


def excess_of_the_ill(
    sums: Sums, rates: tuple[DiseaseRates, ...], deaths: Deaths, parameters: Parameters
) -> dict[int, Table]:
    """Return by how much the ill die faster than the well, (2, ages) for three diseases [per year].

    From the population model: through everything else that the ill have and do, not only through
    their disease's own hazard ratio.
    """
    total = death_rates()
    tilt = np.exp(deaths.deprivation[:, None] * (3.0 - np.arange(1, 6)) / 4.0)
    cancers = sum(rates[k].prevalence * rates[k].excess for k in (c.COLON, c.BREAST))
    acute = {k: deaths.case_fatality[k] * rates[k].incidence for k in (c.HEART, c.STROKE)}
    found = {}
    for k in (c.HEART, c.STROKE, c.DIABETES):
        present = np.maximum(rates[k].prevalence, 1e-9)
        later = deaths.reference * np.einsum("sad,sd->sa", sums.ill[k], tilt) / present
        at_once = np.zeros_like(total)
        for other, rate in acute.items():
            ratio = 1.0
            if k == c.DIABETES:
                ratio = parameters[f"disease.diabetes_hazard_ratio.{c.DISEASES[other]}"]
            at_once += 0.0 if other == k else rate * ratio / (1.0 + (ratio - 1.0) * present)
        of_ill = later + at_once
        of_well = (total - cancers - acute.get(k, 0.0) - present * of_ill) / (1.0 - present)
        found[k] = np.maximum(of_ill - of_well, 0.0) + acute.get(k, 0.0) / present
    return found
