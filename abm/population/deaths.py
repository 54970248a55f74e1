"""Death hazards that fit the life table, deaths of the ill, and the gap between fifths."""

from dataclasses import dataclass

import numpy as np

from abm.conditions import CONDITIONS
from abm.evidence.parameters import Parameters
from abm.evidence.place import Place
from abm.kernel import layout as c
from abm.places.country import DiseaseRates, Table, death_rates, stationary_disease
from abm.population.calibration import Selection
from abm.population.causes import (
    BY_OWN_RATE,
    LAST,
    Causes,
    divided,
    first_try,
    foreseen,
    groups_of,
    more_while_depressed,
    next_try,
    wanted_deaths,
)
from abm.population.gap_between_fifths import Ends, ends_of, gaps, tilt
from abm.population.integrals import Sums
from abm.rules.depression import NEVER

DEATH_WHILE_DEPRESSED = CONDITIONS[c.DEPRESSION].evidence.death_hazard_ratio
ROUNDS, CLOSE = 50, 1e-7  # of case fatality and of the gradient, each of which moves the other
STEEPEST = 10.0  # log ratio between fifths
TRIED = 0.1  # change of it by which the slope of the gap is found, which is near linear
LIFE_EXPECTANCY_GAPS = (
    "mortality.deprivation_life_expectancy_gap_years.male",
    "mortality.deprivation_life_expectancy_gap_years.female",
)


@dataclass(frozen=True)
class Deaths:
    """Causes of death, and how all other causes differ between fifths.

    ``deprivation`` (2,) log ratio of all other causes, most to least deprived.
    """

    causes: Causes
    deprivation: Table


def _all_tilts(tilts: Table) -> Table:
    """Return tilts of the fifths for all death clocks, shape (death clocks, 2, 5).

    Those of all other causes are solved; the others' deprivation is known and not a tilt.
    """
    return np.stack([*np.ones((LAST, 2, 5)), tilts])


def _nearer(gradients: Table, targets: Table, ends: Ends, causes: Causes) -> Table:
    """Return gradients at which the gaps are nearer to their targets (Newton's method)."""
    here, there = gaps(np.stack([gradients, gradients + TRIED]), ends, causes)
    slope = (there - here) / TRIED
    # where nothing is left of the causes that could tilt, nothing moves
    step = np.where(slope == 0.0, 0.0, (targets - here) / np.where(slope == 0.0, 1.0, slope))
    return np.clip(gradients + np.clip(step, -1.0, 1.0), -STEEPEST, STEEPEST)


def solve_deaths(
    sums: Sums, rates: tuple[DiseaseRates, ...], parameters: Parameters,
    before: Deaths | None = None, close: float = CLOSE,
) -> Deaths:  # fmt: skip
    """Return deaths that fit the life table, the ratios of the ill and the gap between fifths.

    Case fatality is what later deaths leave of a disease's; how many come later depends on how the
    rest die, and that on case fatality; the gap on both: in turns, until nothing moves by more than
    ``close``. ``before`` are deaths solved for much the same, from which the search begins.
    """
    wanted = wanted_deaths(rates, parameters)
    groups, ends = groups_of(wanted, sums), ends_of(sums, rates)
    targets = np.array([parameters[path] for path in LIFE_EXPECTANCY_GAPS])
    if before is None:
        gradients, tried = np.full(2, 0.6), first_try(wanted)
    else:
        gradients, tried = before.deprivation, next_try(wanted, before.causes)
    tries = [tried]
    for _ in range(ROUNDS):
        causes = divided(wanted, sums, groups, tilt(gradients), tries[-1])
        newer, again = _nearer(gradients, targets, ends, causes), next_try(wanted, causes)
        if max(again.differs_from(tries[-1]), np.abs(newer - gradients).max()) < close:
            break
        gradients, tries = newer, [*tries, again]
        if len(tries) == 3:
            tries = [foreseen(wanted, tries)]
    return Deaths(causes, gradients)


def gaps_of(sums: Sums, rates: tuple[DiseaseRates, ...], deaths: Deaths) -> Table:
    """Return the gaps in life expectancy between the fifths that solved deaths give [years]."""
    return gaps(deaths.deprivation, ends_of(sums, rates), deaths.causes)


def selection_by(deaths: Deaths) -> Selection:
    """Return who lives to each age under solved death hazards."""
    reference = deaths.causes.reference
    before = np.cumsum(reference, axis=-1) - reference / 2.0
    return Selection(_all_tilts(tilt(deaths.deprivation)), before)


def first_guess(place: Place) -> Selection:
    """Return the selection by three quarters of all deaths, alike in every cause and fifth."""
    each = 0.75 * np.cumsum(death_rates(place), axis=1) / c.N_DEATH_CLOCKS
    return Selection(_all_tilts(np.ones((2, 5))), np.stack([each] * c.N_DEATH_CLOCKS))


def balanced_again(
    rates: tuple[DiseaseRates, ...], causes: Causes, parameters: Parameters
) -> tuple[DiseaseRates, ...]:
    """Return the rates of diseases, stationary with all that their patients die of."""
    faster = excess_of_the_ill(rates, causes)
    return tuple(
        stationary_disease(c.DISEASES[k], parameters, faster[k]) if k in faster else rate
        for k, rate in enumerate(rates)
    )


def excess_of_the_ill(rates: tuple[DiseaseRates, ...], causes: Causes) -> dict[int, Table]:
    """Return by how much those with a disease die faster than others, by its place.

    Tables (2, ages) [per year]: of everything, their own fatal events as if the ill died of them.
    Those with a cancer die of all else they have as well. A disease that kills by a ratio of all
    deaths is in balance with that from the start.
    """
    found = {}
    everybody = (causes.having * causes.rate)[: c.N_COMBINATIONS].sum(axis=0)
    for p, k in enumerate(BY_OWN_RATE):
        if k in c.BY_YEARS_ILL:
            group = c.N_COMBINATIONS + p
            present = np.maximum(causes.having[group], 1e-9)
            of_well = (everybody - present * causes.rate[group]) / (1.0 - present)
            found[k] = np.maximum(causes.rate[group] - of_well, 0.0)
    combinations = np.arange(c.N_COMBINATIONS)
    having, deaths = (
        table[: c.N_COMBINATIONS] for table in (causes.having, causes.having * causes.rate)
    )
    for place, k in enumerate(c.CHRONIC):
        has = combinations >> place & 1 == 1
        present = np.maximum(having[has].sum(axis=0), 1e-9)
        own = causes.case_fatality[k] * rates[k].incidence
        of_well = (deaths[~has].sum(axis=0) - own) / (1.0 - present)
        found[k] = np.maximum(deaths[has].sum(axis=0) / present - of_well, 0.0) + own / present
    return found


def selection_of_depressed(rates: tuple[DiseaseRates, ...], causes: Causes) -> Table:
    """Return by how much those who ever had depression die faster than others for what else they
    have and do, shape (2, ages) [per year].

    At the start they are like the ill among them in all but the episode itself.
    """
    rate, excess = rates[c.DEPRESSION], causes.excess[c.DEPRESSION]
    assert rate.course is not None
    group = c.N_COMBINATIONS + c.BY_OWN_RATE.index(c.DEPRESSION)
    several = slice(c.N_COMBINATIONS)
    of_ever = causes.rate[group] - excess
    of_all = (causes.having * causes.rate)[several].sum(axis=0) - rate.prevalence * excess
    return np.asarray((of_ever - of_all) / np.maximum(rate.course.share[NEVER], 1e-9))


def depression_solved(
    rates: tuple[DiseaseRates, ...], causes: Causes, parameters: Parameters
) -> tuple[DiseaseRates, ...]:
    """Return the rates with depression solved anew, now that causes of death are known."""
    removal = more_while_depressed(parameters[DEATH_WHILE_DEPRESSED], causes)
    selection = selection_of_depressed(rates, causes)
    solved = stationary_disease(c.DISEASES[c.DEPRESSION], parameters, removal, selection)
    return tuple(solved if k == c.DEPRESSION else rate for k, rate in enumerate(rates))
