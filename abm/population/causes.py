"""The life table's deaths divided among causes, so that the ill die as cohorts of them do.

Published ratios of death are against people with none of the chronic diseases, all causes and
fatal first events counted. So the rate of those with none follows from the life table, all other
causes are what this rate leaves, and a combination of diseases adds what its ratio leaves.
"""

from dataclasses import dataclass

import numpy as np

from abm.conditions import CONDITIONS, TOGETHER
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.places.causes_of_death import known_shares
from abm.places.country import DiseaseRates, Table, death_ratio, death_rates
from abm.population.integrals import Sums
from abm.rules import mortality

LAST = c.N_DEATH_CLOCKS - 1  # all other causes
LEAST_LEFT = 0.05  # of all deaths for all other causes, and of its own for every other cause
NOBODY = 1e-15
# Lists, because they pick rows of tables
CHRONIC, BY_OWN_RATE, ACUTE = list(c.CHRONIC), list(c.BY_OWN_RATE), list(c.ACUTE)
COMBINATIONS = np.arange(c.N_COMBINATIONS)


@dataclass(frozen=True)
class Wanted:
    """What deaths have to meet in every cell; tables (..., 2, ages), rates per person-year.

    ``total`` rate of death of all causes; ``ratio`` (combinations, ...) of death with each
    combination of chronic diseases over having none; ``known`` (death clocks - 1, ...) rates of
    causes with a share of their own in the table of causes, ``of_diabetes`` (death clocks - 1, 1,
    1) which share of the deaths put down to diabetes that table counts among them; ``incidence``
    and ``deaths`` (diseases, ...); ``excess`` (diseases, ...) published [per case-year]; ``limits``
    of case fatality.
    """

    total: Table
    ratio: Table
    known: Table
    of_diabetes: Table
    incidence: Table
    deaths: Table
    excess: Table
    limits: tuple[float, float]

    def fatality(self, put_down: Table) -> Table:
        """Return the share of new cases that die at once, given deaths put down to each disease."""
        found = np.zeros_like(self.deaths)
        at_once = (self.deaths - put_down)[ACUTE] / np.maximum(self.incidence[ACUTE], 1e-30)
        found[ACUTE] = np.clip(at_once, *self.limits)
        return found


@dataclass(frozen=True)
class Causes:
    """Who dies of what; tables (..., 2, ages), rates per person-year.

    ``reference`` (death clocks, ...) hazards of the reference person and ``other`` their means;
    ``excess`` (diseases, ...) what a disease adds to the death hazard whatever else one has,
    ``excess_of_several`` (combinations, ...) what chronic diseases add together; ``rate``
    (combinations, ...) at which people with each combination die of everything; ``having`` their
    share of people; ``put_down`` (diseases, ...) deaths later than at the event, per person;
    ``case_fatality`` (diseases, ...). ``left`` is the share of all deaths that was left for all
    other causes before it was held at :data:`LEAST_LEFT`, ``cut`` (combinations, ...) marks who
    died more often without any excess than published.
    """

    reference: Table
    other: Table
    excess: Table
    excess_of_several: Table
    rate: Table
    having: Table
    put_down: Table
    case_fatality: Table
    left: Table
    cut: Table


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
    total = death_rates()
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
        np.array(shares)[:, None, None], incidence, prevalence * excess, excess,
        (
            parameters["mortality.acute_fatality_minimum"],
            parameters["mortality.acute_fatality_maximum"],
        ),
    )  # fmt: skip


def _excess_by_own_rate(wanted: Wanted) -> Table:
    """Return what each disease adds to the hazard of death whatever else one has.

    Cancers add their published excess mortality.
    """
    excess = np.zeros_like(wanted.excess)
    excess[BY_OWN_RATE] = wanted.excess[BY_OWN_RATE]
    return excess


def _put_down(of_several: Table, having: Table) -> Table:
    """Return deaths by the excess of combinations, by the disease they are put down to."""
    found = np.zeros((c.N_DISEASES, *having.shape[1:]))
    alone = [of_several[1 << place] for place in range(len(CHRONIC))]
    for which in COMBINATIONS[1:]:
        have = [place for place in range(len(CHRONIC)) if which >> place & 1]
        together = np.sum([alone[place] for place in have], axis=0)
        for place in have:
            share = mortality.share_of_excess(alone[place], together, float(len(have)))
            found[CHRONIC[place]] += share * of_several[which] * having[which]
    return found


def divided(
    wanted: Wanted, sums: Sums, tilts: Table, fatality: Table, of_diabetes: Table
) -> Causes:
    """Return the causes of death at a case fatality (diseases, 2, ages), and what it leaves.

    ``tilts`` (death clocks, 2, 5) relative hazards of the fifths; ``of_diabetes`` (2, ages) deaths
    put down to diabetes later, which the table of causes counts elsewhere. Per person of the
    population, so that the rates of combinations below are those times the share who have it.
    """
    having = sums.having.sum(axis=-1)
    lowest = wanted.total / (wanted.ratio * having).sum(axis=0)
    relative = np.einsum("kcsad,ksd->kcsa", sums.death, tilts)
    whole = relative.sum(axis=1)
    known = wanted.known - wanted.of_diabetes * of_diabetes
    known = np.maximum(known, LEAST_LEFT * wanted.known)
    reference = np.concatenate([known, np.zeros_like(wanted.total)[None]]) / whole
    excess = _excess_by_own_rate(wanted)
    of_event = sums.events / np.maximum(sums.events.sum(axis=1, keepdims=True), 1e-30)
    rest = np.einsum("jsa,jcsa->csa", fatality * wanted.incidence, of_event)
    rest += np.einsum("qsa,qcsa->csa", excess[BY_OWN_RATE], sums.ill.sum(axis=-1))
    rest += np.einsum("ksa,kcsa->csa", reference, relative)
    left = (lowest * having[0] - rest[0]) / relative[LAST, 0] * whole[LAST]
    reference[LAST] = np.maximum(left, LEAST_LEFT * wanted.total) / whole[LAST]
    rest += reference[LAST] * relative[LAST]
    there = having > NOBODY
    otherwise = np.where(there, rest / np.maximum(having, NOBODY), lowest)
    over = wanted.ratio * lowest - otherwise
    of_several = np.maximum(over, 0.0)
    of_several[0] = 0.0
    return Causes(
        reference, reference * whole, excess, of_several, otherwise + of_several, having,
        _put_down(of_several, having), fatality, left / wanted.total,
        there & (over < -1e-9 * wanted.total),
    )  # fmt: skip
