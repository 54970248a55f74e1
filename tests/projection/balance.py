"""Incidence, prevalence, excess mortality and recovery of a disease, in balance."""

from dataclasses import dataclass

import numpy as np

from abm.conditions import condition
from tests.projection.bands import held, published_measure, scaled_excess
from tests.projection.diseases import RULES
from tests.projection.inputs import (
    AGE,
    FIRST_AGE,
    Table,
    by_sex,
    figure,
    life_table,
    remembered,
)

SMOOTHING_REACH = 3  # years of age on either side


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


@remembered
def published(disease: str) -> tuple[Table, Table, Table]:
    """Return incidence, prevalence and excess mortality with the evidence's scales."""
    source = condition(disease).published_as
    incidence, prevalence = (published_measure(source, m) for m in ("incidence", "prevalence"))
    excess = scaled_excess(source)
    rule = RULES[disease]
    scale = (f"disease.incidence_scale.{disease}",) if rule.scaled_incidence else ()
    for path in (*scale, *rule.incidence):
        incidence = figure(path) * incidence
    for path in rule.prevalence:
        prevalence = figure(path) * prevalence
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
        ratio = by_sex(f"mortality.all_cause_hazard_ratio.{disease}")
        well = life_table() / (1.0 - prevalence + ratio * prevalence)  # what the others die at
        excess = (ratio - 1.0) * well
    return incidence, prevalence, excess * figure("mortality.disease_death_scale")


@remembered
def first_balance(disease: str) -> Triple:
    """Return a disease in balance with its published excess mortality."""
    return in_balance(*published(disease))


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
