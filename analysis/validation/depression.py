"""Item 29: how many are ever depressed, and how many within a year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from abm import simulate
from abm.kernel import layout as c
from abm.running.setup import set_up
from abm.running.stepwise import StepwisePopulation
from abm.scenario.parts import Scenario
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, over_seeds

YEARS = 5  # after which everybody is asked about the last one
MONTHS = 12
OLDEST_ASKED = 79
ILL, BEGAN = c.ILL + c.DEPRESSION, c.BEGAN + c.DEPRESSION


def ever_and_within_a_year(size: Size) -> Found:
    """Follow people from 20 to 75, and the country for five years: who was depressed, and when?

    Ever: the share of those alive at 75 who had an episode at any age. Within a year: the share of
    people of 20 to 79 who were ill at some time of the fifth year.
    """
    country = replace(cohort("country"), persons=size.persons, years=YEARS)

    def one(seed: int) -> dict[str, float]:
        ever, year = ever_by_75(size.persons, seed), within_a_year(country, seed)
        return {f"29.ever_{sex}": 100.0 * share for sex, share in ever.items()} | {
            f"29.year_{sex}": 100.0 * share for sex, share in year.items()
        }

    return over_seeds(size, one)


def ever_by_75(persons: int, seed: int) -> dict[str, float]:
    """Return the share of those alive at 75 who ever were depressed, by sex."""
    rows = simulate(cohort("people_of_twenty"), persons=persons, seed=seed).outcomes
    at_end = rows[
        (rows["year"] == rows["year"].max())
        & (rows["sex"] != "all")
        & (rows[["age_band", "deprivation", "activity_group"]] == "all").all(axis=1)
    ]
    found = at_end.pivot_table(index="sex", columns="measure", values="value", observed=True)
    share = found["ever.depression"] / found["persons"]
    return {sex: float(share[sex]) for sex in c.SEXES}


def within_a_year(scenario: Scenario, seed: int) -> dict[str, float]:
    """Return the share of people who were depressed in the run's last year, by sex.

    Of those alive at its end who were there all year.
    """
    population = StepwisePopulation(set_up(scenario), seed)
    while population.steps_done < population.steps - MONTHS:
        population.step()
    since, before = population.years_done, population.people()
    ill = population.column(0, False, ILL)[before] > 0
    while population.steps_done < population.steps:
        population.step()
    ill |= population.column(0, False, BEGAN)[before] >= since
    asked = _asked(population, before)
    sex = population.column(0, True, c.SEX)[before]
    return {name: float(ill[asked & (sex == s)].mean()) for s, name in enumerate(c.SEXES)}


def _asked(population: StepwisePopulation, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of some people are alive and young enough to be asked."""
    alive = population.column(0, True, c.CAUSE)[keys] < 0
    return np.asarray(alive & (population.column(0, True, c.AGE)[keys] <= OLDEST_ASKED))
