"""The start: what who has lived and who is ill make of reference hazards and of death.

Weights of classes follow from who has lived since 20; the shares of the ill from the hazard ratios
of onset and published prevalence; reference hazards from published incidence; what diseases and
other causes kill from the life table. As documented for the model, and written apart from it.
"""

from dataclasses import dataclass

import numpy as np

from abm.conditions import DISEASES
from tests.projection.balance import (
    Triple,
    extra_while_ill,
    first_balance,
    in_balance,
    of_course,
    published,
)
from tests.projection.deaths import Mortality, divided
from tests.projection.depression import Course, solved
from tests.projection.diseases import (
    AT_EVENT,
    BY_RATIO,
    DEADLY,
    DEPRESSION,
    DIABETES,
    OTHER,
)
from tests.projection.illness import (
    NEVER,
    Links,
    at_risk,
    ill_at_start,
    links,
    met_by_inactive,
    relative_hazards,
)
from tests.projection.inputs import SEXES, Table, figure, life_table, remembered
from tests.projection.people import CLASSES, kinds
from tests.projection.survivors import Living, mean, of_place, survivors

ROUNDS = 5  # of who has lived and what they die of, which depend on each other
OLDEST = 80  # years since 20; nobody older lives within the years compared
TINY = 1e-300


@dataclass(frozen=True)
class Start:
    """All that the years after the start need.

    ``share`` (2, ...) of those without and with diabetes who have a disease; ``reference`` hazards
    by clock (sexes, ages); ``diabetes_met`` the hazard of diabetes since birth of the inactive.
    """

    living: Living
    share: dict[str, Table]
    reference: dict[str, Table]
    death: Mortality
    triples: dict[str, Triple]
    course: Course  # of depression
    links: Links
    place: Table  # log hazard ratio of other death, (sexes, classes)
    diabetes_met: Table


def _remaining_life(rates: Table) -> Table:
    """Return years of life left at 20, from death rates with ages along the first axis."""
    alive = np.exp(-np.cumsum(rates, axis=0))
    before = np.concatenate([np.ones_like(alive[:1]), alive[:-1]])
    return ((before - alive) / rates).sum(axis=0) + alive[-1] / rates[-1]


@dataclass(frozen=True)
class Round:
    """What one round of the search knows: who has lived, who is ill, and what they die of."""

    living: Living
    hazards: dict[str, Table]
    diabetes: Table
    share: dict[str, Table]
    death: Mortality
    triples: dict[str, Triple]
    links: Links

    def at_risk(self, disease: str) -> Table:
        """Return relative hazards of those at risk of a disease by class."""
        return at_risk(disease, self.diabetes, self.share, self.hazards[disease], self.links)


def _deaths_by_disease(now: Round) -> Table:
    """Return deaths of what one has and of new events by quintile, shape (sexes, ages, 5)."""
    sums = _by_quintile()
    found = np.zeros((*now.diabetes.shape[1:3], sums.shape[1]))
    for d in DEADLY:
        ill = now.living.weight * (now.diabetes * now.share[d]).sum(axis=0)
        found += now.death.excess[d][..., None] * (ill @ sums)
        if d in AT_EVENT:
            risk = (now.living.weight * now.at_risk(d)) @ sums
            at_once = now.death.at_event[d] * now.triples[d].incidence
            found += at_once[..., None] * risk / risk.sum(axis=-1, keepdims=True)
    return found


def _by_quintile() -> Table:
    """Return what sums classes to quintiles of deprivation, shape (classes, 5)."""
    return np.eye(5)[kinds().quintile.astype(int) - 1]


def gradient_of_death(now: Round) -> Table:
    """Return the log ratio of other death, most over least deprived, with the published gap."""
    alive = now.living.weight @ _by_quintile()
    by_disease = _deaths_by_disease(now)
    relative = (now.living.weight * now.hazards[OTHER][0]) @ _by_quintile()
    low, high = np.full(2, -0.5), np.full(2, 3.0)
    target = [figure(f"mortality.deprivation_life_expectancy_gap_years.{sex}") for sex in SEXES]
    for _ in range(40):
        middle = (low + high) / 2.0
        own = relative * np.exp(middle[:, None] * (2.0 - np.arange(5)) / 4.0)[:, None, :]
        other = now.death.other[..., None] * own / own.sum(axis=-1, keepdims=True)
        years = _remaining_life(np.moveaxis((other + by_disease) / alive, 1, 0))
        wide = years[:, 4] - years[:, 0] > np.array(target)
        low, high = np.where(wide, low, middle), np.where(wide, middle, high)
    return (low + high) / 2.0


def faster_death(disease: str, now: Round, place: Table) -> Table:
    """Return by how much the ill die faster than the well, of everything.

    By their own hazard of other death, by the diseases that they have more often, by new events.
    Of depression, all who ever had it against all others, as if each were in an episode.
    """
    own = now.hazards[OTHER][0] * np.exp(place)[:, None, :]
    scale = now.death.other / mean(now.living.weight, own)
    rate = np.array([scale[..., None] * own] * 2)
    for d in DEADLY:
        if d == disease:
            continue
        rate = rate + now.death.excess[d][..., None] * now.share[d]
        if d in AT_EVENT:
            risk = now.hazards[d] * (1.0 - now.share[d])
            whole = mean(now.living.weight, (now.diabetes * risk).sum(axis=0))
            at_once = now.death.at_event[d] * now.triples[d].incidence / whole
            rate = rate + at_once[..., None] * risk
    share = 1.0 - now.share[NEVER] if disease == DEPRESSION else now.share[disease]
    having = now.living.weight * now.diabetes * share
    lacking = now.living.weight * now.diabetes * (1.0 - share)
    of_ill = (having * rate).sum(axis=(0, -1)) / np.maximum(having.sum(axis=(0, -1)), TINY)
    of_well = (lacking * rate).sum(axis=(0, -1)) / lacking.sum(axis=(0, -1))
    return of_ill + now.death.excess[disease] - of_well


def balanced_again(faster: dict[str, Table], death: Mortality) -> dict[str, Triple]:
    """Return the diseases in balance with all that their patients die of."""
    triples = {d: first_balance(d) for d in DISEASES}
    for d in BY_RATIO:
        incidence, prevalence, excess = published(d)
        at_once = death.at_event[d] * triples[d].incidence / prevalence
        triple = in_balance(incidence, prevalence, faster[d] + at_once)
        triples[d] = Triple(triple.incidence, prevalence, excess, triple.recovery)
    return triples


def _to_date(yearly: Table) -> Table:
    """Return hazards met since 20 by mid-year, from those of each year of age."""
    met = np.cumsum(yearly, axis=1) - yearly / 2.0
    met[:, OLDEST:] = met[:, OLDEST : OLDEST + 1]
    return met


@remembered
def start() -> Start:
    """Return the start of the country's people."""
    triples = {d: first_balance(d) for d in DISEASES}
    death = divided(triples)
    found = links(triples, death)
    place, of_depressed = np.zeros((2, CLASSES)), np.zeros_like(death.other)
    to_date = 0.75 * np.cumsum(life_table(), axis=1)
    to_date[:, OLDEST:] = to_date[:, OLDEST : OLDEST + 1]
    for _ in range(ROUNDS):
        course = solved(extra_while_ill() * death.other, of_depressed)
        triples[DEPRESSION] = of_course(course)
        living = survivors(place, to_date)
        hazards = relative_hazards(living)
        diabetes, share = ill_at_start(living, hazards, course)
        now = Round(living, hazards, diabetes, share, death, triples, found)
        place = of_place(gradient_of_death(now))
        other = mean(living.weight, hazards[OTHER][0] * np.exp(place)[:, None, :])
        to_date = _to_date(death.other / other)
        of_depressed = faster_death(DEPRESSION, now, place) - death.excess[DEPRESSION]
    faster = {d: np.maximum(faster_death(d, now, place), 0.0) for d in BY_RATIO}
    triples = balanced_again(faster, death)
    triples[DEPRESSION] = of_course(course)
    death = divided(triples)
    reference = {OTHER: death.other / other}
    for d in DISEASES:
        risk = mean(living.weight, now.at_risk(d))
        reference[d] = triples[d].incidence / np.maximum(risk, TINY)
    share[DIABETES] = diabetes
    met = met_by_inactive(living)
    return Start(living, share, reference, death, triples, course, found, place, met)
