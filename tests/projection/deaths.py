"""What people die of: the life table divided among causes, so that the ill die as published.

Groups of people are sets of names of the diseases that kill by a ratio of all deaths to those of
people with none of them: heart disease, stroke, diabetes.
"""

from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from abm.conditions import DISEASES
from tests.projection.balance import Triple, extra_while_ill
from tests.projection.bands import other_shares
from tests.projection.diseases import (
    ALL_ELSE,
    AT_EVENT,
    BY_ALL_CAUSE_RATIO,
    BY_CAUSE,
    BY_EXCESS,
    BY_OWN_RATE,
    BY_RATIO,
    DEPRESSION,
    DIABETES,
    OTHER_CANCER,
    OTHER_CARDIOVASCULAR,
)
from tests.projection.illness import NEVER, Links, at_risk, raised
from tests.projection.inputs import AGE, Table, figure, life_table, ratio
from tests.projection.survivors import Living, mean, of_fifths

TURNS = 60
TINY = 1e-300
LEAST_LEFT = 0.05  # of the life table for all other causes, of its own for each other one
Group = frozenset[str]
GROUPS = tuple(
    frozenset(names)
    for names in chain.from_iterable(combinations(BY_RATIO, n) for n in range(len(BY_RATIO) + 1))
)
NONE = GROUPS[0]
POWERS = {  # of combinations whose diseases' ratios do not just multiply; others have 1
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
    return np.exp(log_ratio * (figure(POWERS[group]) if group in POWERS else 1.0))


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


def _sums(now: Round, place: Table, people: Table, free: dict[str, Table | float]) -> Sums:
    """Return sums over people (2, sexes, ages, classes), of whom ``free`` can have an event."""
    return Sums(
        _total(people),
        {cause: _total(people * own) for cause, own in now.causes(place).items()},
        {
            d: _total(people * free[d] * raised(d, now.share, now.hazards[d], now.links))
            for d in AT_EVENT
        },
        {d: _total(people * now.share[d]) for d in BY_OWN_RATE},
    )  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What does not change from turn to turn.

    ``groups`` of the chronic ill, ``patients`` with each disease that kills at a ratio of all
    deaths and ``shared`` how many of them are in each group; ``healthy`` the rate of death of those
    with none; ``named`` rates of the causes in the table of causes of death.
    """

    triples: dict[str, Triple]
    groups: dict[Group, Sums]
    patients: dict[str, Sums]
    shared: dict[str, dict[Group, Table]]
    ratios: dict[Group, Table]
    healthy: Table
    named: dict[str, Table]

    def whole(self, cause: str) -> Table:
        """Return the relative hazard of a cause of death, summed over everybody."""
        return sum(self.groups[g].causes[cause] for g in GROUPS)


def known(now: Round, place: Table) -> Known:
    """Return what the search for causes of death starts from."""
    total = life_table()
    groups = {
        g: _sums(now, place, now.members(g), {d: float(d not in g) for d in AT_EVENT})
        for g in GROUPS
    }
    free = {e: 1.0 - now.share[e] for e in AT_EVENT}
    with_it = {d: now.living.weight * now.diabetes * now.share[d] for d in BY_ALL_CAUSE_RATIO}
    shared = {d: {g: _total(now.members(g) * now.share[d]) for g in GROUPS} for d in with_it}
    ratios = {g: ratio_of_death(g) for g in GROUPS}
    return Known(
        now.triples, groups, {d: _sums(now, place, people, free) for d, people in with_it.items()},
        shared, ratios, total / sum(ratios[g] * groups[g].people for g in GROUPS),
        dict(zip(BY_CAUSE, (share * total for share in other_shares()), strict=False)),
    )  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """Scales of hazards in one turn: of causes of death, of fatal events; excess by disease."""

    causes: dict[str, Table]
    events: dict[str, Table]
    excess: dict[str, Table]

    def deaths(self, some: Sums) -> Table:
        """Return deaths of some people of all that no group's diseases add."""
        return (
            sum(scale * some.causes[cause] for cause, scale in self.causes.items())
            + sum(scale * some.events[d] for d, scale in self.events.items())
            + sum(rate * some.having[d] for d, rate in self.excess.items())
        )


def _fatal(given: Known, later: dict[str, Table]) -> dict[str, Table]:
    """Return the share of new cases that die at once."""
    limits = [figure(f"mortality.acute_fatality_{end}") for end in ("minimum", "maximum")]
    found = {}
    for d in AT_EVENT:
        t = given.triples[d]
        found[d] = np.clip((t.prevalence * t.excess - later[d]) / t.incidence, *limits)
    return found


def _turn(
    given: Known, fatal: dict[str, Table], of_diabetes: Table, excess: dict[str, Table]
) -> Turn:
    """Return the scales at which those with none of the chronic diseases die as they should."""
    causes = {
        cause: np.maximum(rate - figure(OF_DIABETES[cause]) * of_diabetes, LEAST_LEFT * rate)
        / given.whole(cause)
        for cause, rate in given.named.items()
    }  # fmt: skip
    events = {
        d: fatal[d] * given.triples[d].incidence / sum(given.groups[g].events[d] for g in GROUPS)
        for d in AT_EVENT
    }
    healthy = given.groups[NONE]
    left = given.healthy * healthy.people - Turn(causes, events, excess).deaths(healthy)
    least = LEAST_LEFT * life_table() / given.whole(ALL_ELSE)
    causes[ALL_ELSE] = np.maximum(left / healthy.causes[ALL_ELSE], least)
    return Turn(causes, events, excess)


def _found(given: Known, turn: Turn, fatal: dict[str, Table]) -> Mortality:
    """Return what people die of in one turn."""
    zero = np.zeros((2, len(AGE)))
    base = {
        g: turn.deaths(some) / np.maximum(some.people, TINY) for g, some in given.groups.items()
    }
    more = {g: np.maximum(given.ratios[g] * given.healthy - base[g], 0.0) for g in GROUPS[1:]}
    more[NONE] = zero
    return Mortality(
        {cause: scale * given.whole(cause) for cause, scale in turn.causes.items()},
        turn.excess, more, {d: fatal.get(d, zero) for d in DISEASES},
        {g: base[g] + more[g] for g in GROUPS},
    )  # fmt: skip


def _left_for(disease: str, given: Known, turn: Turn, together: dict[Group, Table]) -> Table:
    """Return what a disease adds so that its patients die at their ratio of all deaths."""
    t, some = given.triples[disease], given.patients[disease]
    others = turn.deaths(some) - turn.excess[disease] * some.having[disease]
    others = others + sum(together[g] * given.shared[disease][g] for g in GROUPS)
    rate = life_table() + (1.0 - t.prevalence) * t.excess
    left = np.maximum(rate - others / np.maximum(some.people, TINY), 0.0)
    return np.where(t.prevalence > 0.0, left, 0.0)


def _while_depressed(given: Known, fatal: dict[str, Table], found: Mortality) -> Table:
    """Return what an episode of depression adds, less the fatal events that it brings."""
    brought = 0.0
    for d in AT_EVENT:
        t = given.triples[d]
        onset = t.incidence / (1.0 - t.prevalence)
        brought = brought + (ratio(f"disease.depression_hazard_ratio.{d}") - 1.0) * onset * fatal[d]
    return np.maximum(extra_while_ill() * found.rate[NONE] - brought, 0.0)


def divided(now: Round, place: Table) -> Mortality:
    """Return what people die of, in turns until nothing moves.

    Those with none of the chronic diseases die at what the life table leaves; all other causes are
    what that rate leaves of its own; what a group's diseases add is what its ratio leaves. Deaths
    of heart disease and stroke that do not come later come at the event. Those in an episode of
    depression die at a multiple of the rate of those with no chronic disease.
    """
    given = known(now, place)
    excess = {d: given.triples[d].excess for d in BY_OWN_RATE}
    later = dict.fromkeys(BY_RATIO, np.zeros((2, len(AGE))))
    for _ in range(TURNS):
        fatal = _fatal(given, later)
        turn = _turn(given, fatal, later[DIABETES], excess)
        found = _found(given, turn, fatal)
        later = {
            d: sum(
                found.part(g, d) * found.together[g] * given.groups[g].people
                for g in GROUPS if d in g
            )
            for d in BY_RATIO
        }  # fmt: skip
        more = {d: _left_for(d, given, turn, found.together) for d in BY_ALL_CAUSE_RATIO}
        excess = excess | more | {DEPRESSION: _while_depressed(given, fatal, found)}
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
    ill = np.maximum(ill, TINY)
    return np.maximum(of_ill / ill - (of_well - at_once) / (1.0 - ill), 0.0) + at_once / ill


def _rates_beside_depression(now: Round, death: Mortality, place: Table) -> Table:
    """Return the death rates of classes without and with diabetes, but for what depression adds."""
    rate = np.zeros_like(now.diabetes)
    for cause, own in now.causes(place).items():
        rate = rate + (death.other[cause] / mean(now.living.weight, own))[..., None] * own
    for d in BY_EXCESS:
        rate = rate + death.excess[d][..., None] * now.share[d]
    for group in GROUPS[1:]:
        chance = np.ones_like(rate)
        for d in BY_RATIO:
            chance = chance * (now.share[d] if d in group else 1.0 - now.share[d])
        rate = rate + death.together[group][..., None] * chance
    for d in AT_EVENT:
        risk = (1.0 - now.share[d]) * raised(d, now.share, now.hazards[d], now.links)
        whole = mean(now.living.weight, (now.diabetes * risk).sum(axis=0))
        at_once = death.at_event[d] * now.triples[d].incidence / whole
        rate = rate + at_once[..., None] * risk
    return rate


def faster_with(disease: str, now: Round, death: Mortality, place: Table) -> Table:
    """Return by how much those with a disease that kills at a rate of its own die faster.

    Of everything: of it, and for who they are and what else they have but depression.
    """
    rate, share = _rates_beside_depression(now, death, place), now.share[disease]
    own = death.excess[disease][..., None]
    having, lacking = (now.living.weight * now.diabetes * part for part in (share, 1.0 - share))
    of_ill = _total(having * (rate + own * (1.0 - share))) / np.maximum(_total(having), TINY)
    of_well = _total(lacking * (rate - own * share)) / _total(lacking)
    return np.maximum(of_ill - of_well, 0.0)


def faster_if_ever_depressed(now: Round, death: Mortality, place: Table) -> Table:
    """Return by how much those who ever had depression die faster than others for what else counts.

    For who they are and what else they have, that is; what an episode adds is left out.
    """
    rate, never = _rates_beside_depression(now, death, place), now.share[NEVER]
    having, lacking = (now.living.weight * now.diabetes * share for share in (1.0 - never, never))
    return _total(having * rate) / _total(having) - _total(lacking * rate) / _total(lacking)


def deaths_of_the_ill(now: Round, death: Mortality) -> Table:
    """Return deaths of what people have and of new events by quintile, shape (sexes, ages, 5)."""
    found = 0.0
    for group in GROUPS[1:]:
        found = found + death.together[group][..., None] * of_fifths(now.members(group).sum(axis=0))
    for d in BY_OWN_RATE:
        ill = now.living.weight * (now.diabetes * now.share[d]).sum(axis=0)
        found = found + death.excess[d][..., None] * of_fifths(ill)
    for d in AT_EVENT:
        risk = of_fifths(now.living.weight * now.at_risk(d))
        at_once = death.at_event[d] * now.triples[d].incidence
        found = found + at_once[..., None] * risk / risk.sum(axis=-1, keepdims=True)
    return found
