"""Who is ill at the start, and with which hazard those who are not."""

from dataclasses import dataclass

import numpy as np

from tests.projection import risks
from tests.projection.balance import Triple, first_balance
from tests.projection.depression import HEALED, Course, never_ill
from tests.projection.diseases import (
    CLOCKS,
    DEPRESSING,
    DEPRESSION,
    DIABETES,
    FIRST_EVENTS,
    RULES,
)
from tests.projection.inputs import Table, figure, ratio
from tests.projection.people import dose, kinds
from tests.projection.survivors import Living, mean, steady

NEVER = "never depressed"


@dataclass(frozen=True)
class Links:
    """How diseases stand to depression at the start, by sex and age."""

    recent: dict[str, Table]  # share of cases of the last year


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
    prevalence = first_balance(DIABETES).prevalence
    relative = mean(living.weight, np.exp(risks.by_dose(DIABETES, dose(0))))
    return -np.log1p(-prevalence) / relative


def expected_diabetes(met: Table) -> Table:
    """Return the share with diabetes expected of those who have met a hazard of it."""
    return 1.0 - np.exp(-met)


def relative_hazards(living: Living) -> dict[str, Table]:
    """Return hazard ratios of all clocks without and with diabetes, shape (2, ...)."""
    own_il6 = kinds().lasting_il6 + kinds().drifting_il6[0]
    lasting = np.exp(risks.by_dose(DIABETES, dose(0)))
    expected = expected_diabetes(met_by_inactive(living)[..., None] * lasting)
    return {
        clock: np.exp(steady(clock, living.smoker, own_il6)) * of_diabetes(clock, expected)
        for clock in CLOCKS
    }


def with_diabetes(living: Living, hazards: dict[str, Table]) -> Table:
    """Return the probability of being without and with diabetes."""
    prevalence = first_balance(DIABETES).prevalence
    odds = hazards[DIABETES][:1]
    base = intercept(prevalence, living.weight[None], odds)
    has = logistic(base, odds[0])
    return np.array([1.0 - has, has])


def ill_at_start(
    living: Living, hazards: dict[str, Table], course: Course
) -> tuple[Table, dict[str, Table]]:
    """Return the probability of diabetes, and of the rest without and with it.

    ``share[NEVER]`` is that of never having had depression.
    """
    diabetes = with_diabetes(living, hazards)
    share = {}
    for disease in FIRST_EVENTS:
        target = first_balance(disease).prevalence
        base = intercept(target, living.weight * diabetes, hazards[disease])
        share[disease] = logistic(base, hazards[disease])
    weight = living.weight * diabetes
    share[NEVER] = never_ill(course.never, weight, hazards[DEPRESSION])
    share[DEPRESSION] = (1.0 - share[NEVER]) * course.of_ever[:HEALED].sum(axis=0)[..., None]
    share[DIABETES] = np.array([np.zeros(diabetes.shape[1:]), np.ones(diabetes.shape[1:])])
    return diabetes, share


def links(triples: dict[str, Triple], at_event: dict[str, Table]) -> Links:
    """Return the share of recent cases."""
    recent = {
        d: triples[d].incidence * (1.0 - at_event[d]) / triples[d].prevalence
        for d in DEPRESSING
    }
    return Links(recent)


def after_events(found: Links, share: dict[str, Table]) -> Table:
    """Return the factor on depression's hazard of events in the last year, shape (2, ...)."""
    more = figure("disease.vascular_event_depression_hazard_ratio") - 1.0
    return 1.0 + more * sum(found.recent[d][..., None] * share[d] for d in DEPRESSING)


def brought(clock: str, share: dict[str, Table]) -> Table | float:
    """Return the factor on a hazard of the disease that raises it while it lasts."""
    other, path = RULES[clock].raised_while_ill
    return 1.0 + (figure(path) - 1.0) * share[other] if other else 1.0


def raised(clock: str, share: dict[str, Table], hazards: Table, found: Links) -> Table:
    """Return relative hazards of the well by class, other illness counted, shape (2, ...).

    Of depression those of the never ill.
    """
    by_depression = ratio(f"disease.depression_hazard_ratio.{clock}") - 1.0
    relative = hazards * brought(clock, share)
    if clock == DEPRESSION:
        return relative * after_events(found, share)
    return relative * (1.0 + by_depression * share[DEPRESSION])


def at_risk(
    clock: str, diabetes: Table, share: dict[str, Table], hazards: Table, found: Links
) -> Table:
    """Return relative hazards of those at risk by class, over those without and with diabetes."""
    well = share[NEVER] if clock == DEPRESSION else 1.0 - share[clock]
    return (diabetes * well * raised(clock, share, hazards, found)).sum(axis=0)
