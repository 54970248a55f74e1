"""Death hazards that fit the life table, deaths by disease, and the gap between fifths."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from abm.conditions import CONDITIONS, where
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.places.country import DiseaseRates, Table, death_rates, stationary_disease
from abm.population.calibration import Selection
from abm.population.integrals import Sums
from abm.rules.depression import NEVER

FIXED_POINT_ROUNDS = 50
LIFE_EXPECTANCY_GAPS = (
    "mortality.deprivation_life_expectancy_gap_years.male",
    "mortality.deprivation_life_expectancy_gap_years.female",
)
# Lists, because they pick rows of tables
KILLERS = list(c.KILLERS)
ACUTE = list(c.ACUTE)  # kill at the event as well
CHRONIC = list(c.CHRONIC)  # kill by a ratio on other death
BY_EXCESS = list(where(kills="by published excess"))
EVERYBODY = len(KILLERS)  # after the diseases that kill


@dataclass(frozen=True)
class Causes:
    """The life table's deaths divided among causes, cell by cell; tables (..., 2, ages).

    ``other`` mean rate of death by other causes; ``excess`` (diseases, ...) what a disease adds to
    the death hazard of those who have it [both per year]; ``case_fatality`` (diseases, ...).
    """

    other: Table
    excess: Table
    case_fatality: Table


@dataclass(frozen=True)
class Deaths:
    """Causes of death, and the hazard of other death solved to meet their mean.

    ``reference`` (2, ages) hazard of the reference person; ``deprivation`` (2,) log ratio most to
    least deprived.
    """

    causes: Causes
    reference: Table
    deprivation: Table


def divide_deaths(rates: tuple[DiseaseRates, ...], parameters: Parameters) -> Causes:
    """Return other causes, excess of the ill, and case fatality that add up to the life table.

    Chronic diseases add to the death hazard of those who have them what published ratios make of
    the mean rate of other death; what acute ones kill beyond that dies at the event. Cancers add
    their published excess mortality, depression that of :func:`excess_while_depressed`.
    """
    total, depression = death_rates(), c.DEPRESSION
    incidence, prevalence, published = (
        np.array([getattr(rate, name) for rate in rates])
        for name in ("incidence", "prevalence", "excess")
    )
    ratio_less_one, excess = np.zeros((c.N_DISEASES, 1, 1)), np.zeros_like(published)
    for k in CHRONIC:
        ratio_less_one[k] = parameters[CONDITIONS[k].evidence.death_hazard_ratio] - 1.0
    excess[BY_EXCESS] = published[BY_EXCESS]
    left = total - (prevalence * excess).sum(axis=0)
    other, fatality = total, np.zeros_like(published)
    for _ in range(FIXED_POINT_ROUNDS):
        at_event = prevalence * (published - ratio_less_one * other)
        fatality[ACUTE] = np.clip(
            at_event[ACUTE] / incidence[ACUTE],
            parameters["mortality.acute_fatality_minimum"],
            parameters["mortality.acute_fatality_maximum"],
        )
        excess[depression] = excess_while_depressed(other, fatality, rates, parameters)
        others_and_ill = left - (fatality * incidence).sum(axis=0)
        others_and_ill = others_and_ill - prevalence[depression] * excess[depression]
        others_and_ill = np.maximum(others_and_ill, 0.05 * total)
        other = others_and_ill / (1.0 + (ratio_less_one * prevalence).sum(axis=0))
    return Causes(other, excess + ratio_less_one * other, fatality)


def excess_while_depressed(
    other: Table, fatality: Table, rates: tuple[DiseaseRates, ...], parameters: Parameters
) -> Table:
    """Return what an episode of depression adds to the death hazard, shape (2, ages) [per year].

    What its ratio makes of the mean rate of other death, less the fatal events that it brings by
    raising other diseases. Those are few: later deaths of diseases that began meanwhile are less
    than a hundredth of it and are left in.
    """
    row = CONDITIONS[c.DEPRESSION]
    through = np.zeros_like(other)
    for k in ACUTE:
        path = CONDITIONS[k].evidence.raised_by.get(row.name, "")
        ratio = parameters[path] if path else 1.0
        onset = rates[k].incidence / (1.0 - rates[k].prevalence)
        through += (ratio - 1.0) * onset * fatality[k]
    whole = (parameters[row.evidence.death_hazard_ratio] - 1.0) * other
    return np.maximum(whole - through, 0.0)


def _tilt(gradient: Table) -> Table:
    """Return the relative hazards of other death of the fifths, shape (..., 5)."""
    return np.exp(np.asarray(gradient)[..., None] * (3.0 - np.arange(1, 6)) / 4.0)


def life_expectancy(rates: Table) -> Table:
    """Return remaining life at the first age from yearly death rates along axis 0 [years]."""
    survival = np.exp(-np.cumsum(rates, axis=0))
    start = np.concatenate([np.ones((1, *survival.shape[1:])), survival[:-1]])
    lived = (start - survival) / np.maximum(rates, 1e-12)
    return lived.sum(axis=0) + survival[-1] / np.maximum(rates[-1], 1e-12)


def _reference(sums: Sums, causes: Causes, tilts: Table) -> Table:
    """Return the hazard of the reference person at which other death has its mean rate."""
    return causes.other / np.einsum("sad,sd->sa", sums.death[EVERYBODY], tilts)


def _gap(
    sex: int, gradient: float, sums: Sums, rates: tuple[DiseaseRates, ...], causes: Causes
) -> float:
    """Return the gap in life expectancy between the least and most deprived fifth [years]."""
    relative = sums.death[EVERYBODY, sex] * _tilt(np.array(gradient))
    other = causes.other[sex][:, None] * relative / relative.sum(axis=-1, keepdims=True)
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
    before = np.cumsum(deaths.reference, axis=1) - deaths.reference / 2.0
    return Selection(_tilt(deaths.deprivation), before)


def first_guess() -> Selection:
    """Return the selection by three quarters of all deaths, alike in every fifth."""
    return Selection(np.ones((2, 5)), 0.75 * np.cumsum(death_rates(), axis=1))


def _rate_of_the_ill(k: int, sums: Sums, rates: tuple[DiseaseRates, ...], deaths: Deaths) -> Table:
    """Return the death rate of those with a disease, its own fatal events left out (2, ages)."""
    causes, present = deaths.causes, np.maximum(rates[k].prevalence, 1e-9)
    killer, place = KILLERS.index(k), c.COMPARED_IN_DEATH.index(k)
    relative = np.einsum("sad,sd->sa", sums.death[killer], _tilt(deaths.deprivation))
    other = deaths.reference * relative
    later = (other + (causes.excess[KILLERS] * sums.both[killer]).sum(axis=0)) / present
    for event, j in enumerate(ACUTE):
        rate = causes.case_fatality[j] * rates[j].incidence
        later = later + (0.0 if j == k else rate * sums.events[event, place] / present)
    return later


def excess_of_the_ill(
    sums: Sums, rates: tuple[DiseaseRates, ...], deaths: Deaths
) -> dict[int, Table]:
    """Return by how much those with a chronic disease die faster than others, by its place.

    Tables (2, ages) [per year], from the population model: by the disease itself, by other diseases
    that the ill have more often, by new events, and by a higher hazard of other death.
    """
    found = {}
    for k in CHRONIC:
        present = np.maximum(rates[k].prevalence, 1e-9)
        of_ill = _rate_of_the_ill(k, sums, rates, deaths)
        own = deaths.causes.case_fatality[k] * rates[k].incidence
        of_well = (death_rates() - own - present * of_ill) / (1.0 - present)
        found[k] = np.maximum(of_ill - of_well, 0.0) + own / present
    return found


def selection_of_depressed(sums: Sums, rates: tuple[DiseaseRates, ...], deaths: Deaths) -> Table:
    """Return by how much those who ever had depression die faster than others for what else they
    have and do, shape (2, ages) [per year].

    At the start they are like the ill among them in all but the episode itself.
    """
    rate, excess = rates[c.DEPRESSION], deaths.causes.excess[c.DEPRESSION]
    assert rate.course is not None
    never = rate.course.share[NEVER]
    of_ever = _rate_of_the_ill(c.DEPRESSION, sums, rates, deaths) - excess
    of_all = death_rates() - rate.prevalence * excess
    return np.asarray((of_ever - of_all) / np.maximum(never, 1e-9))


def depression_solved(
    rates: tuple[DiseaseRates, ...], causes: Causes, parameters: Parameters, selection: Table
) -> tuple[DiseaseRates, ...]:
    """Return the rates with depression solved anew, now that other death is known."""
    ratio = parameters[CONDITIONS[c.DEPRESSION].evidence.death_hazard_ratio]
    name, removal = c.DISEASES[c.DEPRESSION], (ratio - 1.0) * causes.other
    solved = stationary_disease(name, parameters, removal, selection)
    return tuple(solved if k == c.DEPRESSION else rate for k, rate in enumerate(rates))
