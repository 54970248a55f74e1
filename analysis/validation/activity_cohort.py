"""Item 26: a cohort asked once about activity, then followed for disease."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from abm import simulate
from abm.conditions import condition
from analysis.validation.cohorts import cohort
from analysis.validation.dose_response import years_until
from analysis.validation.estimates import Found, Size, over_seeds
from analysis.validation.impact import relative_risks
from analysis.validation.regression import poisson

ASKED = ("coronary_heart_disease", "stroke", "type_2_diabetes", "depression")
UNCORRECTED = ("activity.dilution.correction=0",)


def slopes_on_the_report(size: Size) -> Found:
    """Ask a cohort once: which part of the published slope do its reports show in ten years?

    Regresses the hazards that people meet on the published log relative risk of the dose that they
    reported, with age, sex, body mass and quintile held.
    """

    def one(seed: int) -> dict[str, float]:
        people = followed(size.persons, seed)
        found = {f"26.{disease}": slope(people, disease) for disease in ASKED}
        plain = followed(size.persons, seed, UNCORRECTED)
        return found | {"26.uncorrected": slope(plain, ASKED[0])}

    return over_seeds(size, one)


def followed(persons: int, seed: int, changes: Sequence[str] = ()) -> pd.DataFrame:
    """Return the cohort after ten years, one row per person."""
    scenario = cohort("activity_cohort", changes)
    return simulate(scenario, persons=persons, seed=seed, keep_people=True).people


def slope(people: pd.DataFrame, disease: str) -> float:
    """Return the slope of a disease on the published log relative risk of the reported dose."""
    row, years = condition(disease), cohort("activity_cohort").years
    own = people[people[f"cumulative_hazard.{disease}"] > 0.0]  # whoever had it before has met none
    at_risk = years_until(own, [f"onset_age.{disease}", "death_age"], years).to_numpy()
    met = own[f"cumulative_hazard.{disease}"]
    reported = np.log(relative_risks(row.curve, own["met_hours"].to_numpy()))
    age, quintile = own["age"].to_numpy(float), own["deprivation"].to_numpy()
    held = [
        age, age**2 / 100.0, (own["sex"] == "male").to_numpy(float), own["bmi"].to_numpy(),
        *((quintile == k).astype(float) for k in range(2, 6)),
    ]  # fmt: skip
    seen = at_risk > 0.0
    columns = [column[seen] for column in (reported, *held)]
    return float(poisson(met.to_numpy(float)[seen], at_risk[seen], *columns)[1])
