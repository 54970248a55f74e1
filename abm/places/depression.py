"""Depression from age 12: who has never had it, and where in its course the others are.

The linear equations of the seven states (:mod:`abm.rules.depression`) are solved from age to age,
so that the people of each age are those of the age before, a year later. All tables have shape
``(2, N_AGES)`` after their first axis: male and female, ages 20 to 120.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.evidence.reader import evidence_table
from abm.kernel.layout import N_AGES, OLDEST, SEXES, YOUNGEST
from abm.rules import depression as rule

Table = NDArray[np.float64]
FIRST_AGE = 12  # nobody has had depression before
HALVINGS, TERMS = 9, 6  # of the exponential of a matrix: error below 1e-12
DURATIONS = {
    rule.FIRST_SINGLE: "disease.depression.duration_years.single",
    rule.FIRST_RECURRENT: "disease.depression.duration_years.recurrent",
    rule.FIRST_CHRONIC: "disease.depression.duration_years.chronic",
    rule.AGAIN: "disease.depression.duration_years.again",
}
COURSES = {
    rule.FIRST_SINGLE: "disease.depression.course_share.single",
    rule.FIRST_RECURRENT: "disease.depression.course_share.recurrent",
    rule.FIRST_CHRONIC: "disease.depression.course_share.chronic",
}
RECURRENCE = "disease.depression.recurrence_rate"
# Of men and of women
ONSET_SCALES = (
    "disease.incidence_scale.depression.male",
    "disease.incidence_scale.depression.female",
)


@dataclass(frozen=True)
class Course:
    """Depression in a population that is its own successor.

    ``onset`` [per person-year of those never ill]; ``share`` (states, 2, ages) of the living in
    each state on the 1 January of an age.
    """

    onset: Table
    share: Table

    @property
    def ill(self) -> Table:
        """Return the share in an episode."""
        return self.share[[s for s in range(rule.N_STATES) if rule.is_ill(s)]].sum(axis=0)

    @property
    def of_ever_ill(self) -> Table:
        """Return the share of those ever ill who are in the states from 1 to each.

        Where nobody ever is, all have a single course.
        """
        ever = 1.0 - self.share[rule.NEVER]
        up_to = np.cumsum(self.share, axis=0) - self.share[rule.NEVER]
        return np.where(ever > 0.0, up_to / np.maximum(ever, 1e-300), 1.0)


def onset_by_age(parameters: Parameters) -> Table:
    """Return the hazard of a first onset at completed ages from 12 on, shape (2, ages)."""
    table = evidence_table("depression_first_onset")
    starts = np.array([int(age) for age in table["age"]])
    band = np.searchsorted(starts, np.arange(FIRST_AGE, OLDEST + 1), side="right") - 1
    rates = np.array([np.array(table[f"{sex}_per_1000"], float)[band] / 1e3 for sex in SEXES])
    scales = np.array([[parameters[path]] for path in ONSET_SCALES])
    return np.asarray(rates * scales)


def leaving_rates(parameters: Parameters) -> Table:
    """Return the rate at which each state but the first is left [per year], shape (states,)."""
    rates = np.zeros(rule.N_STATES)
    for state, path in DURATIONS.items():
        rates[state] = 1.0 / parameters[path]
    rates[rule.WELL_AFTER_OTHER] = parameters[RECURRENCE]
    return rates


def _flows(parameters: Parameters) -> Table:
    """Return the rates from each state (last axis) to each other, the first onset left out."""
    rates, flows = leaving_rates(parameters), np.zeros((rule.N_STATES, rule.N_STATES))
    for state in range(1, rule.N_STATES):
        if rates[state] > 0.0:
            ill = rule.is_ill(state)
            to = rule.after_recovery(state) if ill else rule.after_onset(state, 0.0, 0.0, 0.0)
            flows[to, state] += rates[state]
            flows[state, state] -= rates[state]
    return flows


def _years(rates: Table) -> Table:
    """Return what a year makes of the states: exponentials of matrices (..., states, states)."""
    small = rates / 2.0**HALVINGS
    step = term = np.broadcast_to(np.eye(rule.N_STATES), rates.shape)
    for n in range(1, TERMS):
        term = term @ small / n
        step = step + term
    for _ in range(HALVINGS):
        step = step @ step
    return step


def solve(parameters: Parameters, removal: Table, selection: Table) -> Course:
    """Return depression by sex and age from 20.

    Tables (2, ages) [per year]: ``removal`` by how much those in an episode die faster for it,
    ``selection`` by how much those ever ill die faster for what else tells them from others.
    """
    onset = onset_by_age(parameters)
    rates = np.broadcast_to(_flows(parameters), (*onset.shape, rule.N_STATES, rule.N_STATES)).copy()
    rates[..., rule.NEVER, rule.NEVER] -= onset
    for state, path in COURSES.items():
        rates[..., state, rule.NEVER] += onset * parameters[path]
    young = YOUNGEST - FIRST_AGE
    for state in range(1, rule.N_STATES):
        rates[:, young:, state, state] -= selection + (removal if rule.is_ill(state) else 0.0)
    years = _years(rates)
    share = np.zeros((rule.N_STATES, 2, N_AGES))
    now = np.zeros((len(SEXES), rule.N_STATES))
    now[:, rule.NEVER] = 1.0
    for age in range(onset.shape[1]):
        if age >= young:
            share[:, :, age - young] = now.T
        now = (years[:, age] @ now[..., None])[..., 0]
        now = now / now.sum(axis=1, keepdims=True)
    return Course(onset[:, young:], share)
