"""Item 27: how fast people with diabetes, heart disease and strokes die."""

from __future__ import annotations

import numpy as np
import pandas as pd

from abm import simulate
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, over_seeds

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
