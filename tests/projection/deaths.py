"""What people die of: the life table divided among causes, so that the ill die as published.

Groups of people are sets of names of the diseases that kill by a ratio of all deaths to those of
people with none of them: heart disease, stroke, diabetes.
"""

from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from abm.conditions import DISEASES
from tests.projection.balance import Triple
from tests.projection.bands import other_shares
from tests.projection.diseases import (
    ALL_ELSE,
    AT_EVENT,
    BY_ALL_CAUSE_RATIO,
    BY_CAUSE,
    BY_EXCESS,
    BY_RATIO,
    DIABETES,
    OTHER_CANCER,
    OTHER_CARDIOVASCULAR,
)
from tests.projection.illness import Links, at_risk, raised
from tests.projection.inputs import AGE, Table, figure, life_table
from tests.projection.survivors import Living, of_fifths

TURNS = 60
LEAST_LEFT = 0.05  # of the life table for all other causes, of its own for each other one
Group = frozenset[str]
GROUPS = tuple(
    frozenset(names)
    for names in chain.from_iterable(combinations(BY_RATIO, n) for n in range(len(BY_RATIO) + 1))
)
NONE = GROUPS[0]
POWERS = {
    frozenset({"coronary_heart_disease", DIABETES}): "mortality.together.heart_and_diabetes",
    frozenset({"stroke", DIABETES}): "mortality.together.stroke_and_diabetes",
    frozenset({"coronary_heart_disease", "stroke"}): "mortality.together.heart_and_stroke",
    frozenset({"coronary_heart_disease", "stroke", DIABETES}): "mortality.together.all_three",
}
OF_DIABETES = {
    OTHER_CARDIOVASCULAR: "mortality.share_of_diabetes_deaths.vascular",
    OTHER_CANCER: "mortality.share_of_diabetes_deaths.cancer",
}


@dataclass(frozen=True)
class Mortality:
    """What people die of, by sex and age [per year].

    ``other`` mean hazards of causes of death; ``excess`` of diseases that kill whatever else one
    has; ``together`` what the diseases of a group add; ``at_event`` share of new cases who die at
    once; ``rate`` at which a group dies of everything.
    """

    other: dict[str, Table]
    excess: dict[str, Table]
    together: dict[Group, Table]
    at_event: dict[str, Table]
    rate: dict[Group, Table]

    def part(self, group: Group, disease: str) -> Table:
        """Return which part of what a group's diseases add is put down to one of them."""
        alone = sum(self.together[frozenset({each})] for each in group)
        own = self.together[frozenset({disease})]
        equal = np.full_like(own, 1.0 / len(group))
        return np.divide(own, alone, out=equal, where=alone > 0.0)


@dataclass(frozen=True)
class Round:
    """What one round of the search knows: who has lived, who is ill, how diseases come."""

    living: Living
    hazards: dict[str, Table]
    diabetes: Table
    share: dict[str, Table]
    triples: dict[str, Triple]
    links: Links

    def at_risk(self, disease: str) -> Table:
        """Return relative hazards of those at risk of a disease by class."""
        return at_risk(disease, self.diabetes, self.share, self.hazards[disease], self.links)

    def members(self, group: Group) -> Table:
        """Return the share of all people of an age who are of a class and in a group."""
        found = self.living.weight * self.diabetes
        for disease in BY_RATIO:
            has = self.share[disease]
            found = found * (has if disease in group else 1.0 - has)
        return found

    def causes(self, place: Table) -> dict[str, Table]:
        """Return relative hazards of the causes of death by class."""
        own = {cause: self.hazards[cause][0] for cause in BY_CAUSE}
        own[ALL_ELSE] = own[ALL_ELSE] * np.exp(place)[:, None, :]
        return own


def ratio_of_death(group: Group) -> Table:
    """Return how much faster a group dies than people with none of its diseases, by age."""
    log_ratio = np.zeros(len(AGE))
    for disease in group:
        knots = sorted(figure(f"mortality.ill_hazard_ratio.{disease}").items())
        ages, ratios = np.array(knots, float).T
        log_ratio += np.interp(AGE, ages, np.log(ratios))
    return np.exp(log_ratio * (figure(POWERS[group]) if len(group) > 1 else 1.0))


def _total(table: Table) -> Table:
    """Return sums over those without and with diabetes, and over classes."""
    return table.sum(axis=(0, -1))


@dataclass(frozen=True)
class Sums:
    """Sums over the classes of some people: how many, and their relative hazards."""

    people: Table
    causes: dict[str, Table]
    events: dict[str, Table]  # of those at risk
    having: dict[str, Table]  # with a disease that kills whatever else one has


def _sums(now: Round, place: Table, people: Table, free: dict[str, Table]) -> Sums:
    """Return sums over people (2, sexes, ages, classes), of whom ``free`` can have an event."""
    return Sums(
        _total(people),
        {cause: _total(people * own) for cause, own in now.causes(place).items()},
        {
            d: _total(people * free[d] * raised(d, now.share, now.hazards[d], now.links))
            for d in AT_EVENT
        },
        {d: _total(people * now.share[d]) for d in BY_EXCESS},
    )  # fmt: skip


def divided(now: Round, place: Table) -> Mortality:
    """Return what people die of, in turns until nothing moves.

    Those with none of the chronic diseases die at what the life table leaves; all other causes are
    what that rate leaves of its own; what a group's diseases add is what its ratio leaves. Deaths
    of heart disease and stroke that do not come later come at the event.
    """
    total, triples, zero = life_table(), now.triples, np.zeros((2, len(AGE)))
    sums = {
        group: _sums(now, place, now.members(group), {d: float(d not in group) for d in AT_EVENT})
        for group in GROUPS
    }  # fmt: skip
    patients = {
        d: _sums(now, place, now.living.weight * now.diabetes * now.share[d],
                 {e: 1.0 - now.share[e] for e in AT_EVENT})
        for d in BY_ALL_CAUSE_RATIO
    }  # fmt: skip
    of_group = {
        d: {group: _total(now.members(group) * now.share[d]) for group in GROUPS} for d in patients
    }
    ratios = {group: ratio_of_death(group) for group in GROUPS}
    healthy = total / sum(ratios[g] * sums[g].people for g in GROUPS)
    known = dict(zip(BY_CAUSE, (share * total for share in other_shares()), strict=False))
    excess = {d: triples[d].excess for d in BY_EXCESS}
    later = dict.fromkeys(BY_RATIO, zero)
    limits = [figure(f"mortality.acute_fatality_{end}") for end in ("minimum", "maximum")]
    for _ in range(TURNS):
        fatal = {
            d: np.clip(
                (triples[d].prevalence * triples[d].excess - later[d]) / triples[d].incidence, *limits
            )
            for d in AT_EVENT
        }  # fmt: skip
        other = {
            cause: np.maximum(
                rate - figure(OF_DIABETES[cause]) * later[DIABETES], LEAST_LEFT * rate
            )
            for cause, rate in known.items()
        }  # fmt: skip
        scale = {c: other[c] / sum(sums[g].causes[c] for g in GROUPS) for c in known}
        at_once = {
            d: fatal[d] * triples[d].incidence / sum(sums[g].events[d] for g in GROUPS)
            for d in AT_EVENT
        }

        def otherwise(some: Sums) -> Table:
            """Return deaths of some people of what no group's diseases add."""
            return (
                sum(scale[c] * some.causes[c] for c in scale)
                + sum(at_once[d] * some.events[d] for d in AT_EVENT)
                + sum(excess[d] * some.having[d] for d in BY_EXCESS)
            )

        whole = sum(sums[g].causes[ALL_ELSE] for g in GROUPS)
        left = healthy * sums[NONE].people - otherwise(sums[NONE])
        scale[ALL_ELSE] = np.maximum(left / sums[NONE].causes[ALL_ELSE], LEAST_LEFT * total / whole)
        other[ALL_ELSE] = scale[ALL_ELSE] * whole
        base = {g: otherwise(sums[g]) / np.maximum(sums[g].people, 1e-300) for g in GROUPS}
        together = {g: np.maximum(ratios[g] * healthy - base[g], 0.0) for g in GROUPS}
        together[NONE] = zero
        found = Mortality(
            other, excess, together, {d: fatal.get(d, zero) for d in DISEASES},
            {g: base[g] + together[g] for g in GROUPS},
        )  # fmt: skip
        later = {
            d: sum(
                found.part(g, d) * together[g] * sums[g].people for g in GROUPS if d in g
            )
            for d in BY_RATIO
        }  # fmt: skip
        for d, some in patients.items():
            besides = otherwise(some) - excess[d] * some.having[d]  # only others' that they have
            besides = besides + sum(together[g] * of_group[d][g] for g in GROUPS)
            wanted = total + (1.0 - triples[d].prevalence) * triples[d].excess
            rest = np.maximum(wanted - besides / np.maximum(some.people, 1e-300), 0.0)
            excess = excess | {d: np.where(triples[d].prevalence > 0.0, rest, 0.0)}
    return found


def faster_death(disease: str, now: Round, death: Mortality) -> Table:
    """Return by how much those with a disease die faster than those without, of everything.

    Those whose first event kills them die as if they had had it: per case.
    """
    people = {g: _total(now.members(g)) for g in GROUPS}
    ill = sum(people[g] for g in GROUPS if disease in g)
    of_ill = sum(people[g] * death.rate[g] for g in GROUPS if disease in g)
    of_well = sum(people[g] * death.rate[g] for g in GROUPS if disease not in g)
    at_once = death.at_event[disease] * now.triples[disease].incidence
    ill = np.maximum(ill, 1e-300)
    return np.maximum(of_ill / ill - (of_well - at_once) / (1.0 - ill), 0.0) + at_once / ill


def deaths_of_the_ill(now: Round, death: Mortality) -> Table:
    """Return deaths of what people have and of new events by quintile, shape (sexes, ages, 5)."""
    found = 0.0
    for group in GROUPS[1:]:
        found = found + death.together[group][..., None] * of_fifths(now.members(group).sum(axis=0))
    for d in BY_EXCESS:
        ill = now.living.weight * (now.diabetes * now.share[d]).sum(axis=0)
        found = found + death.excess[d][..., None] * of_fifths(ill)
    for d in AT_EVENT:
        risk = of_fifths(now.living.weight * now.at_risk(d))
        at_once = death.at_event[d] * now.triples[d].incidence
        found = found + at_once[..., None] * risk / risk.sum(axis=-1, keepdims=True)
    return found
