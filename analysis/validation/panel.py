"""The same people looked at again and again, as a cohort study's waves do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from abm.kernel import layout as c
from abm.kernel.blocks import seed_words
from abm.mesa_face.persons import PersonColumns
from abm.results import persons as rows_of_persons
from abm.results.outcomes import companion_levels
from abm.running.setup import set_up
from abm.running.stepwise import Keys, StepwisePopulation
from abm.scenario.parts import Scenario

SEEN = ("age", "bmi", "smoker", "deprivation", "met_hours", "policy_met_hours")


def waves(
    scenario: Scenario, persons: int, seed: int, months: Sequence[int], world: int = 0
) -> list[pd.DataFrame]:
    """Run a closed cohort and look at everybody after each of some ``months``, 0 for the start.

    Returns
    -------
        One table per wave, people in the same rows: alive, male, age, bmi, smoker, deprivation,
        met_hours (as a survey hears of it), policy_met_hours, usual (ln usual IL-6), own (what of
        it belongs to the person alone), measured (a blood test of that day), log_crp. The dead keep
        their last state.
    """
    return list(visits(scenario, persons, seed, months, [world])[world])


def visits(
    scenario: Scenario, persons: int, seed: int, months: Sequence[int], worlds: Sequence[int]
) -> dict[int, list[pd.DataFrame]]:
    """Return the waves of several worlds, 0 the baseline and 1 that of the policies."""
    population = StepwisePopulation(
        set_up(replace(scenario, persons=persons), pathways=False), seed
    )
    found: dict[int, list[pd.DataFrame]] = {world: [] for world in worlds}
    for month in months:
        while population.steps_done * scenario.step_months < month:
            population.step()
        for world in worlds:
            found[world].append(wave(population, world, month))
    return found


def wave(population: StepwisePopulation, world: int, occasion: int) -> pd.DataFrame:
    """Look at everybody now; ``occasion`` addresses the error of the blood test."""
    keys = population.people()
    seen = {name: getattr(PersonColumns, name).read(population, world, keys) for name in SEEN}
    usual = population.log_il6(world, keys)
    errors = blood_test_errors(population, keys, occasion)
    own = sum(population.column(world, False, k)[keys] for k in (c.PERSON_EFFECT, c.DRIFT))
    training = population.column(world, False, c.TRAINING)[keys].astype(float)
    crp = companion_levels(usual, training, population.setup.parameters)["crp"]
    return pd.DataFrame(
        {
            "alive": PersonColumns.alive.read(population, world, keys),
            "male": PersonColumns.sex.read(population, world, keys) == "male",
            **seen,
            "usual": usual,
            "own": np.asarray(own, float),
            "measured": usual + population.setup.parameters["il6.measurement_sd"] * errors,
            "log_crp": np.log(crp),
        }
    )


def blood_test_errors(population: StepwisePopulation, keys: Keys, occasion: int) -> np.ndarray:
    """Return the standard normal error of everybody's blood test on one occasion."""
    slot, entry = (population.column(0, True, k)[keys] for k in (c.SLOT, c.ENTRY))
    errors = np.zeros(len(keys), np.float32)
    rows_of_persons.blood_test_errors(slot, entry, occasion, *seed_words(population.seed), errors)
    return errors.astype(float)
