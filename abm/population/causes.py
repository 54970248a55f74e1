"""The life table's deaths divided among causes, so that the ill die as cohorts of them do.

Published ratios of death are against people with none of the chronic diseases, all causes and
fatal first events counted. So the rate of those with none follows from the life table, all other
causes are what this rate leaves, and a combination of diseases adds what its ratio leaves.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from abm.conditions import CONDITIONS
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.places.causes_of_death import known_shares
from abm.places.country import DiseaseRates, Table, death_rates, death_ratio
from abm.population.integrals import Sums
from abm.rules import mortality

LAST = c.N_DEATH_CLOCKS - 1  # all other causes
LEAST_LEFT = 0.05  # of all deaths for all other causes, and of its own for every other cause
NOBODY = 1e-15
MOST_KEPT = 0.6  # of a step by the next one; published values keep up to a third, of either sign
DEPRESSION: Final = CONDITIONS[c.DEPRESSION]
# Lists, because they pick rows of tables
CHRONIC, BY_OWN_RATE, ACUTE = list(c.CHRONIC), list(c.BY_OWN_RATE), list(c.ACUTE)
COMBINATIONS = np.arange(c.N_COMBINATIONS)
# which disease (chronic,) each combination but the first, of none, holds: 1 or 0
HOLDING = (COMBINATIONS[1:, None] >> np.arange(len(CHRONIC)) & 1).astype(float)
# Chronic diseases together: the power of the product of their ratios of death. Others have 1.
TOGETHER: Final = {
    frozenset(names.split()): path
    for names, path in {
        "coronary_heart_disease type_2_diabetes": "mortality.together.heart_and_diabetes",
        "stroke type_2_diabetes": "mortality.together.stroke_and_diabetes",
        "coronary_heart_disease stroke": "mortality.together.heart_and_stroke",
        "coronary_heart_disease stroke type_2_diabetes": "mortality.together.all_three",
    }.items()
}


@dataclass(frozen=True)
class Wanted:
    """What deaths have to meet in every cell; tables (..., 2, ages), rates per person-year.

    ``total`` rate of death of all causes; ``ratio`` (combinations, ...) of death with each
    combination of chronic diseases over having none; ``known`` (death clocks - 1, ...) rates of
    causes with a share of their own in the table of causes, ``of_diabetes`` (death clocks - 1, 1,
    1) which share of the deaths put down to diabetes that table counts among them; ``incidence``,
    ``prevalence`` and ``excess`` (diseases, ...) as published, made stationary; ``limits`` of case
    fatality; ``while_depressed`` ratio of death in an episode of depression, ``by_depression``
    (diseases, 1, 1) what such an episode multiplies the onset of other diseases by.
    """

    total: Table
    ratio: Table
    known: Table
    of_diabetes: Table
    incidence: Table
    prevalence: Table
    excess: Table
    limits: tuple[float, float]
    while_depressed: float
    by_depression: Table


@dataclass(frozen=True)
class Tried:
    """What is found in turns with the causes of death; tables (diseases, 2, ages).

    ``case_fatality`` of new cases, ``excess`` of diseases that kill by their own rate [per year],
    ``put_down`` later deaths by combinations of diseases, by the one they are put down to [per
    person and year].
    """

    case_fatality: Table
    excess: Table
    put_down: Table

    def differs_from(self, other: "Tried") -> float:
        """Return the greatest difference of any figure."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in vars(self))
        return max(float(np.abs(one - two).max()) for one, two in pairs)


@dataclass(frozen=True)
class Causes:
    """Who dies of what; tables (..., 2, ages), rates per person-year.

    ``reference`` (death clocks, ...) hazards of the reference person and ``other`` their means;
    ``excess`` (diseases, ...) what a disease adds to the death hazard whatever else one has,
    ``excess_of_several`` (combinations, ...) what chronic diseases add together;
    ``case_fatality`` (diseases, ...); ``rate`` (groups of the ill, ...) at which they die of
    everything, ``having`` (groups, ...) their share of people; ``put_down`` (diseases, ...) deaths
    by combinations of diseases, per person. ``left`` is the share of all deaths that was left for
    all other causes before it was held at :data:`LEAST_LEFT`, ``cut`` (combinations, ...) marks who
    died more often without any excess than published.
    """

    reference: Table
    other: Table
    excess: Table
    excess_of_several: Table
    case_fatality: Table
    rate: Table
    having: Table
    put_down: Table
    left: Table
    cut: NDArray[np.bool_]


def ratios_of_combinations(parameters: Parameters) -> Table:
    """Return the ratio of death with every combination of chronic diseases, (combinations, ages).

    The product of the diseases' own, to a power below 1: two do not quite multiply.
    """
    alone = [death_ratio(CONDITIONS[k], parameters) for k in CHRONIC]
    found = np.ones((c.N_COMBINATIONS, c.N_AGES))
    for which in COMBINATIONS:
        have = [place for place in range(len(CHRONIC)) if which >> place & 1]
        path = TOGETHER.get(frozenset(c.DISEASES[CHRONIC[place]] for place in have))
        exponent = parameters[path] if path else 1.0
        for place in have:
            found[which] *= alone[place] ** exponent
    return found


def wanted_deaths(rates: tuple[DiseaseRates, ...], parameters: Parameters) -> Wanted:
    """Return what deaths have to meet: the life table, the table of causes, ratios of the ill."""
    total = death_rates(parameters.place)
    incidence, prevalence, excess = (
        np.array([getattr(rate, name) for rate in rates])
        for name in ("incidence", "prevalence", "excess")
    )
    shares = [
        parameters[each.evidence.share_of_diabetes_deaths]
        for each in CONDITIONS[c.N_DISEASES : c.ALL_ELSE]
    ]
    return Wanted(
        total, ratios_of_combinations(parameters)[:, None, :], total * known_shares(parameters),
        np.array(shares)[:, None, None], incidence, prevalence, excess,
        (
            parameters["mortality.acute_fatality_minimum"],
            parameters["mortality.acute_fatality_maximum"],
        ),
        parameters[DEPRESSION.evidence.death_hazard_ratio], _raised_by_depression(parameters),
    )  # fmt: skip


def _raised_by_depression(parameters: Parameters) -> Table:
    """Return what an episode of depression multiplies onsets by, shape (diseases, 1, 1)."""
    paths = [each.evidence.raised_by.get(DEPRESSION.name, "") for each in CONDITIONS]
    ratios = [parameters[path] if path else 1.0 for path in paths[: c.N_DISEASES]]
    return np.array(ratios)[:, None, None]


def more_while_depressed(ratio: float, causes: Causes) -> Table:
    """Return by how much people die faster in an episode of depression, shape (2, ages).

    Its ``ratio`` of death less 1 times the rate of those without any chronic disease, what it
    brings included.
    """
    return np.asarray((ratio - 1.0) * causes.rate[0])


def _excess_while_depressed(wanted: Wanted, found: Causes) -> Table:
    """Return what an episode of depression adds to the death hazard, shape (2, ages) [per year].

    What its ratio makes of the rate of those without any chronic disease, less the fatal events
    that it brings by raising other diseases. Those are few: later deaths of diseases that began
    meanwhile are less than a hundredth of it and are left in.
    """
    onset = wanted.incidence / (1.0 - wanted.prevalence)
    through = ((wanted.by_depression - 1.0) * onset * found.case_fatality).sum(axis=0)
    whole = more_while_depressed(wanted.while_depressed, found)
    return np.asarray(np.maximum(whole - through, 0.0))


def _put_down(of_several: Table, having: Table) -> Table:
    """Return deaths by the excess of combinations, by the disease they are put down to."""
    alone: Any = of_several[[1 << place for place in range(len(CHRONIC))]]
    together: Any = np.tensordot(HOLDING, alone, axes=1)
    diseases = HOLDING.sum(axis=1)[:, None, None, None]
    share = mortality.share_of_excess(alone, together[:, None], diseases)
    found = np.zeros((c.N_DISEASES, *having.shape[1:]))
    deaths = of_several[1:] * having[1 : c.N_COMBINATIONS]
    found[CHRONIC] = np.einsum("wp,wpsa,wsa->psa", HOLDING, share, deaths)
    return found


def first_try(wanted: Wanted) -> Tried:
    """Return where the search begins: nobody dies later of a chronic disease."""
    excess, nothing = np.zeros_like(wanted.excess), np.zeros_like(wanted.excess)
    excess[BY_OWN_RATE] = wanted.excess[BY_OWN_RATE]
    return Tried(_case_fatality(wanted, nothing), excess, nothing)


def _case_fatality(wanted: Wanted, put_down: Table) -> Table:
    """Return the share of new cases that die at once: what later deaths leave of all."""
    at_once = wanted.prevalence * wanted.excess - put_down
    found = np.zeros_like(put_down)
    found[ACUTE] = at_once[ACUTE] / np.maximum(wanted.incidence[ACUTE], 1e-30)
    found[ACUTE] = np.clip(found[ACUTE], *wanted.limits)
    return found


def foreseen(wanted: Wanted, tries: list[Tried]) -> Tried:
    """Return where three tries in a row lead if each cell goes on as it does (Aitken)."""
    excess, put_down = (
        _limit(*(getattr(each, name) for each in tries)) for name in ("excess", "put_down")
    )
    return Tried(_case_fatality(wanted, put_down), excess, put_down)


def _limit(first: Table, second: Table, third: Table) -> Table:
    """Return the limit of geometric series, of which steps keep at most a share; none below 0."""
    before, now = second - first, third - second
    share = np.clip(now / np.where(before == 0.0, np.inf, before), -MOST_KEPT, MOST_KEPT)
    return np.maximum(third + now * share / (1.0 - share), 0.0)


def next_try(wanted: Wanted, found: Causes) -> Tried:
    """Return what the causes of death found make of what was tried.

    Cancers add their published excess whatever else people have. A disease that kills by a ratio
    of all deaths adds what its patients' other causes leave of that: with published ``excess`` they
    die at total + (1 - prevalence) excess. Depression: :func:`_excess_while_depressed`.
    """
    excess = found.excess.copy()
    for p, k in enumerate(BY_OWN_RATE):
        if k in c.BY_ALL_CAUSE_RATIO:
            rate = wanted.total + (1.0 - wanted.prevalence[k]) * wanted.excess[k]
            otherwise = found.rate[c.N_COMBINATIONS + p] - found.excess[k]
            more = np.maximum(rate - otherwise, 0.0)
            excess[k] = np.where(wanted.prevalence[k] > NOBODY, more, 0.0)
    excess[c.DEPRESSION] = _excess_while_depressed(wanted, found)
    return Tried(_case_fatality(wanted, found.put_down), excess, found.put_down)


@dataclass(frozen=True)
class Groups:
    """What the integrals say of groups of the ill, whatever the causes of death found.

    ``having`` (groups, 2, ages) their share of people; ``lowest`` (2, ages) rate of death of those
    with no chronic disease; ``known`` (known causes, 2, ages) mean relative hazard of the causes
    with a share of their own, ``shares`` (parts, groups, 2, ages) deaths in a group by fatal
    events, by diseases that kill by their own rate, and by these causes, per unit of each.
    """

    having: Table
    lowest: Table
    known: Table
    shares: Table


def groups_of(wanted: Wanted, sums: Sums) -> Groups:
    """Return what the integrals say of groups of the ill."""
    several = slice(c.N_COMBINATIONS)
    having = sums.having.sum(axis=-1)
    lowest = wanted.total / (wanted.ratio * having[several]).sum(axis=0)
    events = sums.events[ACUTE]
    events = events / np.maximum(events[:, several].sum(axis=1)[:, None], 1e-30)
    known = sums.death[:, several].sum(axis=1)
    parts = [wanted.incidence[ACUTE][:, None] * events, sums.ill, sums.death / known[:, None]]
    return Groups(having, lowest, known, np.concatenate(parts))


def divided(wanted: Wanted, sums: Sums, groups: Groups, tilts: Table, tried: Tried) -> Causes:
    """Return the causes of death at what was tried; ``tilts`` (2, 5) of all others by fifth.

    By group of the ill, first as deaths per person of the population, then as rates of the group.
    """
    several, having, lowest = c.N_COMBINATIONS, groups.having, groups.lowest
    relative = np.einsum("gsad,sd->gsa", sums.all_else, tilts)
    whole = relative[:several].sum(axis=0)
    known = wanted.known - wanted.of_diabetes * tried.put_down[c.DIABETES]
    known = np.maximum(known, LEAST_LEFT * wanted.known)
    tried_rates = [tried.case_fatality[ACUTE], tried.excess[BY_OWN_RATE], known]
    deaths = np.einsum("jsa,jgsa->gsa", np.concatenate(tried_rates), groups.shares)
    left = (lowest * having[0] - deaths[0]) / relative[0] * whole
    other = np.maximum(left, LEAST_LEFT * wanted.total)
    deaths += other / whole * relative
    there = having > NOBODY
    rate = np.where(there, deaths / np.maximum(having, NOBODY), lowest)
    over = wanted.ratio * lowest - rate[:several]
    of_several = np.maximum(over, 0.0)
    of_several[0] = 0.0
    rate[:several] += of_several
    later = np.einsum("csa,qcsa->qsa", of_several, sums.ill[:, :several])
    rate[several:] += later / np.maximum(having[several:], NOBODY)
    return Causes(
        np.concatenate([known / groups.known, (other / whole)[None]]),
        np.concatenate([known, other[None]]), tried.excess, of_several, tried.case_fatality, rate,
        having, _put_down(of_several, having), left / wanted.total,
        there[:several] & (over < -1e-9 * wanted.total),
    )  # fmt: skip
