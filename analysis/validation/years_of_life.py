"""Item 28: how much shorter people live who have diabetes, or who smoke."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import of_world
from abm.population.constants_of import calibrated_model
from abm.population.gap_between_fifths import life_expectancy
from abm.population.setup import Setup
from abm.running.queue import count_population
from abm.running.setup import set_up
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, exactly, over_seeds

AT_DIAGNOSIS = 50


def years_lost(size: Size) -> Found:
    """Work out how much shorter people live who have diabetes alone from 50 on, or who smoke.

    Diabetes from the rates of death of the calibrated model, as published years are from ratios of
    death. Smoking from two cohorts of 40 followed until all have died: in one everybody smokes for
    life, in the other nobody, with the hazards of the calibrated model.
    """
    scenario = replace(cohort("people_of_forty"), persons=size.persons)
    setup = set_up(scenario)

    def one(seed: int) -> dict[str, float]:
        smokers, others = (years_left(who_smoke(setup, share), seed) for share in (1.0, 0.0))
        lost = dict(zip(c.SEXES, others - smokers, strict=True))
        return {f"28.smoking_{sex}": float(years) for sex, years in lost.items()}

    return lost_to_diabetes() | over_seeds(size, one)


def lost_to_diabetes() -> Found:
    """Return years of life lost at 50 to diabetes alone, by sex."""
    rate = calibrated_model(central_parameters()).deaths.causes.rate
    diabetes = 1 << c.CHRONIC.index(c.DIABETES)
    left = life_expectancy(rate[:, :, AT_DIAGNOSIS - c.YOUNGEST :].transpose(2, 0, 1))
    return {
        f"28.diabetes_{sex}": exactly(left[0, s] - left[diabetes, s])
        for s, sex in enumerate(c.SEXES)
    }


def who_smoke(setup: Setup, share: float) -> Setup:
    """Return a setup in which such a share smokes at every age; the hazards stay."""
    body = setup.constants.body
    smoking = np.full_like(body.smoking_share, share)
    constants = setup.constants._replace(body=body._replace(smoking_share=smoking))
    return replace(setup, constants=constants)


def years_left(setup: Setup, seed: int) -> NDArray[np.float64]:
    """Return the mean years that a cohort still lives, by sex."""
    strata = of_world(count_population(setup, seed, threads=1).strata, 0)
    by_sex = strata.reshape(len(strata), len(c.SEXES), c.N_BANDS, c.N_TALLIES).sum(axis=2)
    lived = by_sex[1:, :, c.T_PERSON_YEARS].sum(axis=0) / c.FIXED_POINT
    return np.asarray(lived / by_sex[0, :, c.T_PERSONS], float)
