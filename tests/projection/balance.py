"""Incidence, prevalence, excess mortality and recovery of a disease, in balance."""

from dataclasses import dataclass

import numpy as np

from abm.conditions import condition
from tests.projection.bands import held, published_measure, scaled_excess
from tests.projection.depression import Course, solved
from tests.projection.diseases import DEPRESSION, RULES
from tests.projection.inputs import (
    AGE,
    FIRST_AGE,
    Table,
    by_sex,
    figure,
    life_table,
    ratio,
    remembered,
)

SMOOTHING_REACH = 3  # years of age on either side
PREVALENCE_SCALE, DEATH_SCALE = "disease.prevalence_scale", "mortality.disease_death_scale"
TINY = 1e-12


@dataclass(frozen=True)
class Triple:
    """One disease in balance: rates per person alive or per case, and prevalence."""

    incidence: Table
    prevalence: Table
    excess: Table
    recovery: Table


def _held_from(table: Table, age: float) -> Table:
    held = table.copy()
    later = int(age) - FIRST_AGE
    held[:, later:] = table[:, later : later + 1]
    return held


def factors(path: str) -> Table:
    """Return factors by sex and age; 1 where there are none."""
    try:
        return by_sex(path)
    except KeyError:
        return np.ones((2, len(AGE)))


@remembered
def published(disease: str) -> tuple[Table, Table, Table]:
    """Return incidence, prevalence and excess mortality with the evidence's scales."""
    source = condition(disease).published_as
    incidence, prevalence = (published_measure(source, m) for m in ("incidence", "prevalence"))
    excess = scaled_excess(source)
    rule = RULES[disease]
    part = ratio(rule.part)
    cases, deaths = (factors(f"{kind}.{disease}") for kind in (PREVALENCE_SCALE, DEATH_SCALE))
    incidence = part * factors(f"disease.incidence_scale.{disease}") * incidence
    prevalence = part * cases * prevalence
    excess = excess * deaths / np.maximum(cases, TINY)
    if condition(disease).sex == "female":
        for table in (incidence, prevalence, excess):
            table[0] = 0.0
    if rule.flat_from:
        incidence = _held_from(incidence, figure(rule.flat_from))
    incidence, prevalence = held(incidence), held(prevalence)
    if rule.kills == "after":
        knots = np.array(sorted(figure(f"mortality.ill_hazard_ratio.{disease}").items()), float).T
        excess = np.expm1(np.interp(AGE, knots[0], np.log(knots[1]))) * life_table()
    if rule.kills == "by all-cause ratio":
        more = by_sex(f"mortality.all_cause_hazard_ratio.{disease}")
        well = life_table() / (1.0 - prevalence + more * prevalence)  # what the others die at
        excess = (more - 1.0) * well
    return incidence, prevalence, excess


@remembered
def first_balance(disease: str) -> Triple:
    """Return a disease in balance with its published excess mortality.

    Depression is solved by its states; here with a ratio on all death.
    """
    if disease == DEPRESSION:
        excess = extra_while_ill() * life_table()
        return of_course(solved(excess, np.zeros_like(excess)))
    return in_balance(*published(disease))


def extra_while_ill() -> float:
    """Return by how much more often the depressed die, as a share of others' rate."""
    return float(figure(f"mortality.ill_hazard_ratio.{DEPRESSION}")) - 1.0


def of_course(course: Course) -> Triple:
    """Return first onsets per person alive and the share ill; states say who recovers."""
    zero = np.zeros_like(course.never)
    return Triple(course.onset * course.never, course.ill, zero, zero)


def in_balance(incidence: Table, prevalence: Table, excess: Table) -> Triple:
    """Return incidence and recovery that keep prevalence up.

    From age to age prevalence P changes by incidence - P (excess (1 - P) + recovery). Recovery
    takes what is left over, averaged over seven years of age by number of cases; where it would
    be negative, incidence is higher instead. Without any incidence, cases come as a cohort's
    prevalence rises by the next year, and replace those who die in this one.
    """
    if not incidence.any():
        rising = np.diff(prevalence, append=prevalence[:, -1:])
        half_way = prevalence + rising / 2.0
        cases = np.maximum(rising + excess * half_way * (1.0 - half_way), 0.0)
        return Triple(cases, prevalence, excess, np.zeros_like(cases))
    recovery = np.zeros_like(incidence)
    for s in range(2):
        p = prevalence[s]
        rise = np.empty_like(p)
        rise[1:-1] = (p[2:] - p[:-2]) / 2.0
        rise[0], rise[-1] = p[1] - p[0], p[-1] - p[-2]
        leaving = incidence[s] - rise - p * (1.0 - p) * excess[s]  # per person alive
        for i in range(len(AGE)):
            near = slice(max(i - SMOOTHING_REACH, 0), i + SMOOTHING_REACH + 1)
            if p[near].any():
                recovery[s, i] = leaving[near].sum() / p[near].sum()
    raised = incidence + np.where(recovery < 0.0, -recovery * prevalence, 0.0)
    return Triple(raised, prevalence, excess, np.maximum(recovery, 0.0))
