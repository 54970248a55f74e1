"""How fast people with diabetes, heart disease and strokes die, and what that costs in years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from abm import simulate
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.population.constants_of import calibrated_model
from abm.population.deaths import life_expectancy
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, exactly, over_seeds

AT_DIAGNOSIS = 50
NAMES = {"coronary_heart_disease": "heart", "stroke": "stroke", "type_2_diabetes": "diabetes"}
COMBINATIONS = (
    "diabetes", "stroke", "heart", "heart.diabetes", "stroke.diabetes", "heart.stroke",
    "heart.stroke.diabetes",
)  # fmt: skip


def _combination(people: pd.DataFrame) -> pd.Series:
    """Return what people had on entering, such as "heart.diabetes"; "" for none of the three."""
    ill = [
        np.where(people[f"prevalent.{disease}"], f"{name}.", "") for disease, name in NAMES.items()
    ]
    return pd.Series(np.char.rstrip(np.sum(np.array(ill, object), axis=0).astype(str), "."))


def death_ratios(people: pd.DataFrame) -> dict[str, float]:
    """Return deaths with each combination over those expected at the rates of those with none.

    Of people of one age, by sex; NaN where nobody with none has died.
    """
    people = people.reset_index(drop=True).assign(dead=people["death_age"].notna().to_numpy())
    people["ill"] = _combination(people)
    rate = people[people["ill"] == ""].groupby("sex", observed=True)["dead"].mean()
    expected = people["sex"].map(rate).astype(float)
    found = {}
    for ill in sorted(set(people["ill"]) - {""}):
        own = people["ill"] == ill
        whole = float(expected[own].sum())
        found[ill] = float(people.loc[own, "dead"].sum()) / whole if whole > 0.0 else np.nan
    return found


def ratios_of_death(size: Size) -> Found:
    """Follow people of 60 for a year: deaths with one, two or all three diseases over with none."""
    scenario = cohort("people_of_sixty")

    def one(seed: int) -> dict[str, float]:
        result = simulate(scenario, persons=size.persons, seed=seed, keep_people=True)
        found = death_ratios(result.people)
        return {f"27.{ill}": found.get(ill, np.nan) for ill in COMBINATIONS}

    return over_seeds(size, one)


def years_lost(size: Size) -> Found:
    """Work out how much shorter people live who have diabetes alone from 50 on, by sex.

    From the rates of death of the calibrated model, as published years are from ratios of death.
    """
    rate = calibrated_model(central_parameters()).deaths.causes.rate
    diabetes = 1 << c.CHRONIC.index(c.DIABETES)
    left = life_expectancy(rate[:, :, AT_DIAGNOSIS - c.YOUNGEST :].transpose(2, 0, 1))
    return {
        f"28.diabetes_{sex}": exactly(left[0, s] - left[diabetes, s])
        for s, sex in enumerate(c.SEXES)
    }
