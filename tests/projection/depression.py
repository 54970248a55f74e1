"""Depression as persons: a course drawn at the first onset, written apart from the model.

Six states follow never having been ill. Their shares by age come from the age before, by the
exponential of the year's rates, starting at 12.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm

from tests.projection.diseases import DEPRESSION
from tests.projection.inputs import AGE, SEXES, Table, figure, rows

YOUNGEST = 12
FIRST = ("single", "recurrent", "chronic")
ILL = (*FIRST, "again")  # the first four of the states
STATES = (*ILL, "well after single", "well after other")
HEALED, WAITING = 4, 5  # places of the two that are well


@dataclass(frozen=True)
class Course:
    """``onset`` per person-year never ill, ``never`` share; ``states`` (6, sexes, ages) shares."""

    onset: Table
    never: Table
    states: Table

    @property
    def ill(self) -> Table:
        """Return the share in an episode."""
        return self.states[:HEALED].sum(axis=0)

    @property
    def of_ever(self) -> Table:
        """Return the share of those ever ill in each state, shape (6, sexes, ages)."""
        return self.states / np.maximum(1.0 - self.never, 1e-300)


def recovery() -> Table:
    """Return the rate at which each kind of episode ends [per year], shape (4,)."""
    return np.array([1.0 / figure(f"disease.depression.duration_years.{kind}") for kind in ILL])


def shares() -> Table:
    """Return how first onsets divide among the courses."""
    return np.array([figure(f"disease.depression.course_share.{kind}") for kind in FIRST])


def recurrence() -> float:
    """Return the rate of recurrence of those well who may have one [per year]."""
    return float(figure("disease.depression.recurrence_rate"))


def _onset(sex: str, age: int) -> float:
    """Return the hazard of a first onset at a completed age [per person-year]."""
    begun = [row for row in rows("depression_first_onset") if int(row["age"]) <= age]
    rate = float(begun[-1][f"{sex}_per_1000"]) / 1e3
    return rate * float(figure(f"disease.incidence_scale.{DEPRESSION}.{sex}"))


def _rates(onset: float, excess: float, ever: float) -> Table:
    """Return the rates of change: of never (place 0) and the six states, column to row."""
    found = np.zeros((7, 7))
    found[0, 0] = -onset
    found[1:4, 0] = onset * shares()
    for place, rate in enumerate(recovery(), start=1):
        found[place, place] = -rate - excess
        found[1 + (HEALED if place == 1 else WAITING), place] = rate
    found[4, 1 + WAITING] = recurrence()
    found[1 + WAITING, 1 + WAITING] = -recurrence()
    return found - np.diag([0.0, *[ever] * 6])


def solved(excess: Table, ever: Table) -> Course:
    """Return depression from 20 on, given by how much the ill die faster (sexes, ages).

    ``ever``: by how much all who ever had it die faster for other reasons.
    """
    onset, all_states = np.zeros((2, len(AGE))), np.zeros((7, 2, len(AGE)))
    for s, sex in enumerate(SEXES):
        state = np.array([1.0, *[0.0] * 6])
        for age in range(YOUNGEST, AGE[-1] + 1):
            rate, i = _onset(sex, age), age - AGE[0]
            if i >= 0:
                onset[s, i], all_states[:, s, i] = rate, state
            faster = (excess[s, i], ever[s, i]) if i >= 0 else (0.0, 0.0)
            state = expm(_rates(rate, *faster)) @ state
            state = state / state.sum()
    return Course(onset, all_states[0], all_states[1:])


def never_ill(target: Table, weight: Table, hazards: Table) -> Table:
    """Return the probability of never having been ill by class, shape (k, sexes, ages, classes).

    exp(-met x hazard ratio), with the reference hazard met at which the mean is on target, found by
    halving intervals. ``weight`` of those without and with diabetes, likewise ``hazards``.
    """
    low, high = np.zeros(target.shape), np.full(target.shape, 20.0)
    for _ in range(60):
        met = (low + high) / 2.0
        share = np.exp(-met[..., None] * hazards)
        above = (weight * share).sum(axis=(0, -1)) > target
        low, high = np.where(above, met, low), np.where(above, high, met)
    return np.exp(-((low + high) / 2.0)[..., None] * hazards)
