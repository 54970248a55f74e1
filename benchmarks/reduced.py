"""A workload small enough to be written in any framework, and its plain NumPy version.

Every month each person adds up four modes of exercise, a training effect and a lagged dose move
toward what they add up to, seven risks (six diseases and death) are worked out and held against
fresh uniform draws, and what happened is counted by sex and age band. The weights below are no
findings: they only make events about as frequent as in the real model.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MODES, DISEASES = 4, 6
RISKS = DISEASES + 1  # and death
BANDS = 8
STRATA = 2 * BANDS
TALLIES = 3 + DISEASES  # persons, deaths, sum of training, onsets of each disease
PERSONS, DEATHS, TRAINING, ONSETS = 0, 1, 2, 3

MODE_WEIGHTS = (1.0, 1.0, 0.8, 1.0)
AMPLITUDE, DOSE_SCALE = 0.16, 9.0
TRAINING_STEP, AVERAGE_STEP = 0.28, 0.03  # share of the way gone in a month
LOG_RISK = (-8.6, -9.0, -8.0, -9.7, -9.5, -6.5, -9.2)  # per month, at age 50
PER_YEAR = (0.06, 0.07, 0.03, 0.06, 0.03, -0.01, 0.09)
PER_TRAINING = (0.34, 0.22, 0.25, 0.10, 0.05, 0.15, 0.25)
PER_DOSE = (-0.012, -0.010, -0.015, -0.008, -0.004, -0.010, -0.015)
PER_ILLNESS = 0.3  # on the log risk of death


class People(NamedTuple):
    """The state of n people: ``doses`` (4, n) [MET-h/week], ``ill`` (6, n), the others (n,)."""

    age: Array
    male: Array
    doses: Array
    training: Array
    average: Array
    ill: Array


def new_people(persons: int, seed: int) -> People:
    """Return people aged 20 to 90 with gamma-distributed doses, trained by them for long."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(20.0, 90.0, persons).astype(np.float32)
    male = rng.random(persons) < 0.5
    doses = rng.gamma(0.8, 6.0, (MODES, persons)).astype(np.float32)
    dose = effective_dose(doses)
    ill = np.zeros((DISEASES, persons), bool)
    return People(age, male, doses, set_point(dose), dose.copy(), ill)


def effective_dose(doses: Any) -> Array:
    """Return the weighted sum of the four modes."""
    return sum(weight * dose for weight, dose in zip(MODE_WEIGHTS, doses, strict=True))


def set_point(dose: Array) -> Array:
    """Return where a dose leads the training effect."""
    return -AMPLITUDE * (1.0 - np.exp(-dose / DOSE_SCALE))


def trained(doses: Any, training: Array, average: Array) -> tuple[Array, Array]:
    """Return the training effect and the lagged dose a month later."""
    dose = effective_dose(doses)
    training = training + TRAINING_STEP * (set_point(dose) - training)
    return training, average + AVERAGE_STEP * (dose - average)


def risk(k: int, age: Array, training: Array, average: Array, illnesses: Array) -> Array:
    """Return a month's risk of disease ``k``, or of death from the number of illnesses."""
    log_risk = LOG_RISK[k] + PER_YEAR[k] * (age - 50.0)
    log_risk = log_risk + PER_TRAINING[k] * training + PER_DOSE[k] * average
    if k == DISEASES:
        log_risk = log_risk + PER_ILLNESS * illnesses
    return np.exp(log_risk)


def stratum(age: Array, male: Array) -> Array:
    """Return the place of people's sex and age band in the tallies."""
    band = np.clip((np.asarray(age) - 20.0) // 10.0, 0, BANDS - 1).astype(np.int64)
    return np.asarray(male).astype(np.int64) * BANDS + band


def tallied(place: Array, training: Array, onsets: Any, dies: Array) -> Array:
    """Return a month's tallies, shape (strata, tallies)."""
    found = np.empty((STRATA, TALLIES))
    found[:, PERSONS] = np.bincount(place, minlength=STRATA)
    found[:, DEATHS] = np.bincount(place[dies], minlength=STRATA)
    found[:, TRAINING] = np.bincount(place, training, minlength=STRATA)
    for k, onset in enumerate(onsets):
        found[:, ONSETS + k] = np.bincount(place[onset], minlength=STRATA)
    return found


def run_numpy(people: People, months: int, seed: int) -> Array:
    """Run people through some months in plain NumPy; return tallies (months, strata, tallies)."""
    rng = np.random.default_rng(seed)
    found = np.zeros((months, STRATA, TALLIES))
    for month in range(months):
        training, average = trained(people.doses, people.training, people.average)
        ill, onsets = people.ill.copy(), []
        illnesses = people.ill.sum(axis=0)
        for k in range(DISEASES):
            chance = risk(k, people.age, training, average, illnesses)
            happens = rng.random(people.age.size, np.float32) < chance
            onsets.append(happens & ~people.ill[k])
            ill[k] |= onsets[k]
        chance = risk(DISEASES, people.age, training, average, illnesses)
        dies = rng.random(people.age.size, np.float32) < chance
        found[month] = tallied(stratum(people.age, people.male), training, onsets, dies)
        left = ~dies
        people = People(
            people.age[left] + np.float32(1 / 12), people.male[left], people.doses[:, left],
            training[left], average[left], ill[:, left],
        )  # fmt: skip
    return found


def summary(tallies: Array) -> tuple[float, float, float]:
    """Return person-months, onsets and deaths per 1 000 person-months."""
    sums = tallies.sum(axis=(0, 1))
    months = float(sums[PERSONS])
    onsets, deaths = float(sums[ONSETS:].sum()), float(sums[DEATHS])
    return months, 1000.0 * onsets / months, 1000.0 * deaths / months
