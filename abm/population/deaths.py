"""Death hazards that fit the life table, deaths by disease, and the gap between fifths."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from abm.conditions import CONDITIONS
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.places.causes_of_death import known_shares
from abm.places.country import DiseaseRates, Table, death_rates, stationary_disease
from abm.population.calibration import Selection
from abm.population.integrals import Sums

FIXED_POINT_ROUNDS = 50
LIFE_EXPECTANCY_GAPS = (
    "mortality.deprivation_life_expectancy_gap_years.male",
    "mortality.deprivation_life_expectancy_gap_years.female",
)
# Lists, because they pick rows of tables
KILLERS = list(c.KILLERS)
ACUTE = list(c.ACUTE)  # kill at the event as well
CHRONIC = list(c.CHRONIC)
BY_RATIO = [k for k in CHRONIC if k not in c.BY_ALL_CAUSE_RATIO]  # on what no disease does
BY_EXCESS = [k for k in KILLERS if k not in BY_RATIO]
EVERYBODY = len(KILLERS)  # after the diseases that kill
LAST = c.N_DEATH_CLOCKS - 1  # all other causes
LEAST_LEFT = 0.05  # of all deaths, for all other causes, where the rest do not fit


@dataclass(frozen=True)
class Causes:
    """The life table's deaths divided among causes, cell by cell; tables (..., 2, ages).

    ``other`` (death clocks, ...) mean rate of death by each cause that is no disease of the model;
    ``excess`` (diseases, ...) what a disease adds to the death hazard of those who have it [both
    per year]; ``case_fatality`` (diseases, ...); ``left`` the share of all deaths left for all
    other causes, before it is held at :data:`LEAST_LEFT`.
    """

    other: Table
    excess: Table
    case_fatality: Table
    left: Table


@dataclass(frozen=True)
class Deaths:
    """Causes of death, and the hazards of death clocks solved to meet their means.

    ``reference`` (death clocks, 2, ages) hazard of the reference person; ``deprivation`` (2,) log
    ratio most to least deprived of all other causes.
    """

    causes: Causes
    reference: Table
    deprivation: Table


def divide_deaths(rates: tuple[DiseaseRates, ...], parameters: Parameters) -> Causes:
    """Return causes, excess of the ill, and case fatality that add up to the life table.

    Chronic diseases add to the death hazard of those who have them what published ratios make of
    the mean rate of what is no disease of the model; what acute ones kill beyond that dies at the
    event. The others add the excess mortality of their rates. Causes with a share of their own in
    the table of causes have it; all other causes have what is left.
    """
    total = death_rates()
    incidence, prevalence, published = (
        np.array([getattr(rate, name) for rate in rates])
        for name in ("incidence", "prevalence", "excess")
    )
    ratio_less_one, excess = np.zeros((c.N_DISEASES, 1, 1)), np.zeros_like(published)
    for k in BY_RATIO:
        ratio_less_one[k] = parameters[CONDITIONS[k].evidence.death_hazard_ratio] - 1.0
    excess[BY_EXCESS] = published[BY_EXCESS]
    left = total - (prevalence * excess).sum(axis=0)
    known = total * known_shares(parameters)
    least = known.sum(axis=0) + LEAST_LEFT * total
    other, fatality = total, np.zeros_like(published)
    for _ in range(FIXED_POINT_ROUNDS):
        at_event = prevalence * (published - ratio_less_one * other)
        fatality[ACUTE] = np.clip(
            at_event[ACUTE] / incidence[ACUTE],
            parameters["mortality.acute_fatality_minimum"],
            parameters["mortality.acute_fatality_maximum"],
        )
        others_and_ill = left - (fatality * incidence).sum(axis=0)
        fits = others_and_ill / (1.0 + (ratio_less_one * prevalence).sum(axis=0))
        other = np.maximum(fits, least)
    by_clock = np.concatenate([known, (other - known.sum(axis=0))[None]])
    share_left = (fits - known.sum(axis=0)) / total
    return Causes(by_clock, excess + ratio_less_one * other, fatality, share_left)


def _tilt(gradient: Table) -> Table:
    """Return the relative hazards of all other causes of the fifths, shape (..., 5)."""
    return np.exp(np.asarray(gradient)[..., None] * (3.0 - np.arange(1, 6)) / 4.0)


def life_expectancy(rates: Table) -> Table:
    """Return remaining life at the first age from yearly death rates along axis 0 [years]."""
    survival = np.exp(-np.cumsum(rates, axis=0))
    start = np.concatenate([np.ones((1, *survival.shape[1:])), survival[:-1]])
    lived = (start - survival) / np.maximum(rates, 1e-12)
    return lived.sum(axis=0) + survival[-1] / np.maximum(rates[-1], 1e-12)


def _all_tilts(tilts: Table) -> Table:
    """Return tilts of the fifths for all death clocks, shape (death clocks, 2, 5).

    Those of all other causes are solved; the others' deprivation is known and not a tilt.
    """
    return np.stack([*np.ones((LAST, 2, 5)), tilts])


def _reference(sums: Sums, causes: Causes, tilts: Table) -> Table:
    """Return the hazards of the reference person at which each death clock has its mean rate."""
    return causes.other / np.einsum("ksad,ksd->ksa", sums.death[:, EVERYBODY], _all_tilts(tilts))


def _gap(
    sex: int, gradient: float, sums: Sums, rates: tuple[DiseaseRates, ...], causes: Causes
) -> float:
    """Return the gap in life expectancy between the least and most deprived fifth [years]."""
    relative = sums.death[:, EVERYBODY, sex].copy()
    relative[LAST] *= _tilt(np.array(gradient))
    relative /= relative.sum(axis=-1, keepdims=True)
    other = (causes.other[:, sex, :, None] * relative).sum(axis=0)
    ill = np.einsum("ka,kad->ad", causes.excess[KILLERS, sex], sums.ill[:, sex])
    at_risk = sums.at_risk[:, sex]
    share = at_risk / np.maximum(at_risk.sum(-1, keepdims=True), 1e-30)
    acute = np.array([r.incidence[sex] for r in rates]) * causes.case_fatality[:, sex]
    at_once = np.einsum("ka,kad->ad", acute, share)
    years = life_expectancy((other + ill + at_once) / sums.fifths[sex])
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
    sums: Sums, rates: tuple[DiseaseRates, ...], causes: Causes, parameters: Parameters
) -> Deaths:
    """Return death hazards that fit the life table and the gap between deprivation fifths."""
    gradients = np.zeros(2)
    for s, path in enumerate(LIFE_EXPECTANCY_GAPS):
        target = parameters[path]
        gap = partial(_gap, s, sums=sums, rates=rates, causes=causes)
        gradients[s] = _gradient(gap, target)
    return Deaths(causes, _reference(sums, causes, _tilt(gradients)), gradients)


def selection_by(deaths: Deaths) -> Selection:
    """Return who lives to each age under solved death hazards."""
    before = np.cumsum(deaths.reference, axis=-1) - deaths.reference / 2.0
    return Selection(_all_tilts(_tilt(deaths.deprivation)), before)


def first_guess() -> Selection:
    """Return the selection by three quarters of all deaths, alike in every cause and fifth."""
    each = 0.75 * np.cumsum(death_rates(), axis=1) / c.N_DEATH_CLOCKS
    return Selection(_all_tilts(np.ones((2, 5))), np.stack([each] * c.N_DEATH_CLOCKS))


def balanced_again(
    sums: Sums, rates: tuple[DiseaseRates, ...], deaths: Deaths, parameters: Parameters
) -> tuple[DiseaseRates, ...]:
    """Return the rates of diseases, stationary with all that their patients die of.

    A disease that kills by a ratio of all deaths keeps that ratio: its own excess is what its
    patients' other diseases, and whom it befalls, leave of it.
    """
    faster = excess_of_the_ill(sums, rates, deaths)
    found = list(rates)
    for k, removal in faster.items():
        if k in c.BY_ALL_CAUSE_RATIO:
            of_others = removal - rates[k].excess
            again = stationary_disease(c.DISEASES[k], parameters)
            found[k] = replace(again, excess=np.maximum(again.excess - of_others, 0.0))
        else:
            found[k] = stationary_disease(c.DISEASES[k], parameters, removal)
    return tuple(found)


def excess_of_the_ill(
    sums: Sums, rates: tuple[DiseaseRates, ...], deaths: Deaths
) -> dict[int, Table]:
    """Return by how much those with a chronic disease die faster than others, by its place.

    Tables (2, ages) [per year], from the population model: by the disease itself, by other diseases
    that the ill have more often, by new events, and by higher hazards of the death clocks.
    """
    total, causes = death_rates(), deaths.causes
    tilts = _all_tilts(_tilt(deaths.deprivation))
    acute = {k: causes.case_fatality[k] * rates[k].incidence for k in ACUTE}
    found = {}
    for place, k in enumerate(CHRONIC):
        present = np.maximum(rates[k].prevalence, 1e-9)
        killer = KILLERS.index(k)
        relative = np.einsum("ksad,ksd->ksa", sums.death[:, killer], tilts)
        other = (deaths.reference * relative).sum(axis=0)
        later = (other + (causes.excess[KILLERS] * sums.both[killer]).sum(axis=0)) / present
        at_once = np.zeros_like(total)
        for event, (j, rate) in enumerate(acute.items()):
            at_once += 0.0 if j == k else rate * sums.events[event, place] / present
        of_ill = later + at_once
        own = acute.get(k, 0.0)
        of_well = (total - own - present * of_ill) / (1.0 - present)
        found[k] = np.maximum(of_ill - of_well, 0.0) + own / present
    return found
