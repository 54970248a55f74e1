"""The start of the projection of unlike people: who has lived, who is ill, and what that fixes.

Weights of classes follow from who has lived since 20; the shares of the ill from the hazard ratios
of onset and published prevalence; reference hazards from published incidence; what diseases and
other causes kill from the life table. As documented for the model, and written apart from it.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from tests import unlike_people as people
from tests.projection import (
    DISEASES,
    LONG_TERM,
    SEXES,
    Mortality,
    Table,
    Triple,
    divided,
    figure,
    first_balance,
    in_balance,
    life_table,
    published,
)
from tests.unlike_people import CLASSES, CLOCKS, kinds, ratio

VASCULAR = ("coronary_heart_disease", "stroke")
ROUNDS = 5  # of who has lived and what they die of, which depend on each other
OLDEST = 80  # years since 20; nobody older lives within the years compared
TINY = 1e-300


@dataclass(frozen=True)
class Living:
    """Who has lived to each age, and with which share of smokers by standing at 20.

    ``weight`` (sexes, ages, classes) sums to 1; ``threshold`` (sexes, ages, 5).
    """

    weight: Table
    threshold: Table

    @property
    def smoker(self) -> Table:
        """Return 1 for classes that smoke at an age."""
        own = self.threshold[..., kinds().fifth.astype(int) - 1]
        return (kinds().smoking_score < own).astype(float)


@dataclass(frozen=True)
class Links:
    """How history and diseases of one kind stand to each other at the start, by sex and age."""

    history: Table  # past depression among the well, over the year
    history_in_january: Table
    fading: Table  # rate at which past depression is forgotten in the January of an age
    recent: dict[str, Table]  # share of cases of the last year


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
    links: Links
    place: Table  # log hazard ratio of other death, (sexes, classes)
    diabetes_met: Table


def mean(weight: Table, values: Table) -> Table:
    """Return weighted means over classes."""
    return (weight * values).sum(axis=-1)


def steady(clock: str, smoker: Table, own_il6: Table) -> Table:
    """Return the log hazard ratio at a lifelong habit, diabetes and the place in death left out."""
    place = 0.0 if clock == "other" else people.by_place(clock)
    return (
        people.by_body(clock) + people.of_smokers(clock) * smoker + place
        + people.by_il6(clock, own_il6) + people.by_dose(clock, people.dose(0))
    )  # fmt: skip


def of_place(gradient: Table) -> Table:
    """Return the log hazard ratio of other death by class, from most over least deprived."""
    return gradient[:, None] * (3.0 - kinds().fifth) / 4.0


def survivors(place: Table, to_date: Table) -> Living:
    """Return who has lived to each age, given what the reference person has met since 20.

    People start in equal fifths. Smoking has the share by standing at 20 that leaves the published
    share among the living.
    """
    lived = []
    for smoking in (0.0, 1.0):
        frailty = np.exp(steady("other", smoking, kinds().lasting_il6) + place[:, None, :])
        lived.append(np.exp(-frailty * to_date[..., None]))
    threshold = np.empty_like(people.published_smoking())
    for d in range(5):
        own = kinds().fifth == d + 1
        others, smokers = (each[..., own].mean(axis=-1) for each in lived)
        wanted = people.published_smoking()[..., d]
        odds = wanted / smokers / ((1.0 - wanted) / others)
        threshold[..., d] = odds / (1.0 + odds)
    found = Living(lived[0], threshold)
    weight = np.where(found.smoker > 0.5, lived[1], lived[0])
    return Living(weight / weight.sum(axis=-1, keepdims=True), threshold)


# Illness


def intercept(target: Table, weight: Table, odds: Table) -> Table:
    """Return the odds at which the logistic model has its target, by halving intervals.

    ``weight`` and ``odds`` (k, sexes, ages, classes).
    """
    low, high = np.full(target.shape, -40.0), np.full(target.shape, 5.0)
    for _ in range(50):
        middle = (low + high) / 2.0
        share = logistic(np.exp(middle), odds)
        above = (weight * share).sum(axis=(0, -1)) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(target > 0.0, np.exp((low + high) / 2.0), 0.0)


def logistic(base: Table, odds: Table) -> Table:
    """Return probabilities from odds."""
    return 1.0 - 1.0 / (1.0 + base[..., None] * odds)


def of_diabetes(clock: str, expected: Table) -> Table:
    """Return the hazard ratios without and with diabetes, over what activity curves contain."""
    own = ratio(f"disease.diabetes_hazard_ratio.{clock}")
    return np.array([np.ones_like(expected), np.full_like(expected, own)]) / (
        1.0 + (own - 1.0) * expected
    )


def met_by_inactive(living: Living) -> Table:
    """Return the hazard of diabetes since birth of the inactive, from prevalence."""
    prevalence = first_balance("type_2_diabetes").prevalence
    relative = mean(living.weight, np.exp(people.by_dose("type_2_diabetes", people.dose(0))))
    return -np.log1p(-prevalence) / relative


def expected_diabetes(met: Table) -> Table:
    """Return the share with diabetes expected of those who have met a hazard of it."""
    return 1.0 - np.exp(-met)


def relative_hazards(living: Living) -> dict[str, Table]:
    """Return hazard ratios of all clocks without and with diabetes, shape (2, ...)."""
    own_il6 = kinds().lasting_il6 + kinds().drifting_il6[0]
    lasting = np.exp(people.by_dose("type_2_diabetes", people.dose(0)))
    expected = expected_diabetes(met_by_inactive(living)[..., None] * lasting)
    return {
        clock: np.exp(steady(clock, living.smoker, own_il6)) * of_diabetes(clock, expected)
        for clock in CLOCKS
    }


def with_diabetes(living: Living, hazards: dict[str, Table]) -> Table:
    """Return the probability of being without and with diabetes."""
    prevalence = first_balance("type_2_diabetes").prevalence
    odds = hazards["type_2_diabetes"][:1]
    base = intercept(prevalence, living.weight[None], odds)
    has = logistic(base, odds[0])
    return np.array([1.0 - has, has])


def ill_at_start(living: Living, hazards: dict[str, Table]) -> tuple[Table, dict[str, Table]]:
    """Return the probability of diabetes, and of the rest without and with it."""
    diabetes = with_diabetes(living, hazards)
    share = {}
    for disease in DISEASES:
        if disease != "type_2_diabetes":
            target = first_balance(disease).prevalence
            base = intercept(target, living.weight * diabetes, hazards[disease])
            share[disease] = logistic(base, hazards[disease])
    share["type_2_diabetes"] = np.array([np.zeros(diabetes.shape[1:]), np.ones(diabetes.shape[1:])])
    return diabetes, share


def links(triples: dict[str, Triple], death: Mortality) -> Links:
    """Return the history of depression that stays as surveyed, and the share of recent cases."""
    depression = triples["depression"]
    ever = people.by_sex("disease.depression.history_share_by_age")
    ever = np.maximum(ever, 1.05 * depression.prevalence)
    past = ever - depression.prevalence
    relapse = figure("disease.depression.relapse_hazard_ratio")
    first = depression.incidence * (1.0 - ever) / (1.0 - ever + relapse * past)
    january = past - first / 2.0
    fading = np.zeros_like(past)
    fading[:, 1:] = np.maximum(np.log((january + first)[:, :-1] / january[:, 1:]), 0.0)
    well = 1.0 - depression.prevalence
    recent = {
        d: triples[d].incidence * (1.0 - death.at_event[d]) / triples[d].prevalence
        for d in VASCULAR
    }
    return Links(past / well, january / well, fading, recent)


def after_events(found: Links, share: dict[str, Table]) -> Table:
    """Return the factor on depression's hazard of events in the last year, shape (2, ...)."""
    more = figure("disease.vascular_event_depression_hazard_ratio") - 1.0
    return 1.0 + more * sum(found.recent[d][..., None] * share[d] for d in VASCULAR)


def at_risk(
    clock: str, diabetes: Table, share: dict[str, Table], hazards: Table, found: Links
) -> Table:
    """Return relative hazards of those at risk by class, over those without and with diabetes."""
    by_depression = ratio(f"disease.depression_hazard_ratio.{clock}") - 1.0
    relative = hazards * (1.0 - share[clock])
    if clock == "depression":
        relapse = figure("disease.depression.relapse_hazard_ratio") - 1.0
        relative = relative * (1.0 + relapse * found.history[..., None])
        relative = relative * after_events(found, share)
    else:
        relative = relative * (1.0 + by_depression * share["depression"])
    return (diabetes * relative).sum(axis=0)


# Death


def _remaining_life(rates: Table) -> Table:
    """Return years of life left at 20, from death rates with ages along the first axis."""
    alive = np.exp(-np.cumsum(rates, axis=0))
    before = np.concatenate([np.ones_like(alive[:1]), alive[:-1]])
    return ((before - alive) / rates).sum(axis=0) + alive[-1] / rates[-1]


def gradient_of_death(
    living: Living, hazards: dict[str, Table], diabetes: Table, share: dict[str, Table],
    death: Mortality, triples: dict[str, Triple], found: Links,
) -> Table:  # fmt: skip
    """Return the log ratio of other death, most over least deprived, with the published gap."""
    fifth = kinds().fifth.astype(int) - 1
    sums = np.eye(5)[fifth]
    alive = living.weight @ sums
    by_disease = np.zeros_like(alive)
    for d in DISEASES:
        ill = living.weight * (diabetes * share[d]).sum(axis=0)
        if d != "depression":
            by_disease += death.excess[d][..., None] * (ill @ sums)
        if d in VASCULAR:
            risk = (living.weight * at_risk(d, diabetes, share, hazards[d], found)) @ sums
            at_once = death.at_event[d] * triples[d].incidence
            by_disease += at_once[..., None] * risk / risk.sum(axis=-1, keepdims=True)
    relative = (living.weight * hazards["other"][0]) @ sums
    low, high = np.full(2, -0.5), np.full(2, 3.0)
    target = [figure(f"mortality.deprivation_life_expectancy_gap_years.{sex}") for sex in SEXES]
    for _ in range(40):
        middle = (low + high) / 2.0
        own = relative * np.exp(middle[:, None] * (2.0 - np.arange(5)) / 4.0)[:, None, :]
        other = death.other[..., None] * own / own.sum(axis=-1, keepdims=True)
        years = _remaining_life(np.moveaxis((other + by_disease) / alive, 1, 0))
        wide = years[:, 4] - years[:, 0] > np.array(target)
        low, high = np.where(wide, low, middle), np.where(wide, middle, high)
    return (low + high) / 2.0


def faster_death(
    disease: str, living: Living, hazards: dict[str, Table], diabetes: Table,
    share: dict[str, Table], death: Mortality, triples: dict[str, Triple], found: Links,
    place: Table,
) -> Table:  # fmt: skip
    """Return by how much the ill die faster than the well, of everything.

    By their own hazard of other death, by the diseases that they have more often, by new events.
    """
    own = hazards["other"][0] * np.exp(place)[:, None, :]
    scale = death.other / mean(living.weight, own)
    rate = np.array([scale[..., None] * own] * 2)
    for d in DISEASES:
        if d != "depression":
            rate = rate + death.excess[d][..., None] * share[d] * (d != disease)
        if d in VASCULAR and d != disease:
            risk = hazards[d] * (1.0 - share[d])
            whole = mean(living.weight, (diabetes * risk).sum(axis=0))
            at_once = death.at_event[d] * triples[d].incidence / whole
            rate = rate + at_once[..., None] * risk
    having = living.weight * diabetes * share[disease]
    lacking = living.weight * diabetes * (1.0 - share[disease])
    of_ill = (having * rate).sum(axis=(0, -1)) / np.maximum(having.sum(axis=(0, -1)), TINY)
    of_well = (lacking * rate).sum(axis=(0, -1)) / lacking.sum(axis=(0, -1))
    return np.maximum(of_ill + death.excess[disease] - of_well, 0.0)


def balanced_again(faster: dict[str, Table], death: Mortality) -> dict[str, Triple]:
    """Return the diseases in balance with all that their patients die of."""
    triples = {}
    for d in DISEASES:
        first = first_balance(d)
        if d not in LONG_TERM:
            triples[d] = first
            continue
        incidence, prevalence, excess = published(d)
        at_once = death.at_event[d] * first.incidence / prevalence
        triple = in_balance(incidence, prevalence, faster[d] + at_once)
        triples[d] = Triple(triple.incidence, prevalence, excess, triple.recovery)
    return triples


@cache
def start() -> Start:
    """Return the start of the country's people."""
    triples = {d: first_balance(d) for d in DISEASES}
    death = divided(triples)
    found = links(triples, death)
    place = np.zeros((2, CLASSES))
    to_date = 0.75 * np.cumsum(life_table(), axis=1)
    to_date[:, OLDEST:] = to_date[:, OLDEST : OLDEST + 1]
    for _ in range(ROUNDS):
        living = survivors(place, to_date)
        hazards = relative_hazards(living)
        diabetes, share = ill_at_start(living, hazards)
        known = (living, hazards, diabetes, share, death, triples, found)
        place = of_place(gradient_of_death(*known))
        other = mean(living.weight, hazards["other"][0] * np.exp(place)[:, None, :])
        yearly = death.other / other
        to_date = np.cumsum(yearly, axis=1) - yearly / 2.0
        to_date[:, OLDEST:] = to_date[:, OLDEST : OLDEST + 1]
    faster = {d: faster_death(d, *known, place) for d in LONG_TERM}
    triples = balanced_again(faster, death)
    death = divided(triples)
    reference = {"other": death.other / other}
    for d in DISEASES:
        risk = mean(living.weight, at_risk(d, diabetes, share, hazards[d], found))
        reference[d] = triples[d].incidence / np.maximum(risk, TINY)
    share["type_2_diabetes"] = diabetes
    return Start(living, share, reference, death, triples, found, place, met_by_inactive(living))
