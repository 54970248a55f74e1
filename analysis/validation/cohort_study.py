"""Item 9: a cohort whose IL-6 is measured once, then followed for disease and death."""

from __future__ import annotations

import numpy as np
import pandas as pd

from abm import simulate
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Estimate, Found, Size, over_seeds, transformed
from analysis.validation.inflammation import tracking
from analysis.validation.regression import cox

OLD = 60


def il6_and_disease(size: Size) -> Found:
    """Regress what happens in ten years on ln IL-6 measured once, as cohort studies do."""
    years = cohort("il6_cohort").years

    def one(seed: int) -> dict[str, float]:
        people = simulate(
            cohort("il6_cohort"), persons=size.persons, seed=seed, keep_people=True
        ).people
        per_log = {
            name: hazard_slope(people, f"onset_age.{disease}", f"prevalent.{disease}", years)
            for name, disease in (
                ("chd", "coronary_heart_disease"),
                ("stroke", "stroke"),
                ("diabetes", "type_2_diabetes"),
            )
        }
        spread = float(np.log(people["il6_measured"]).std())
        return {
            "9.chd": spread * per_log["chd"],
            "9.stroke": spread * per_log["stroke"],
            "9.diabetes": per_log["diabetes"],
            "9.death": top_against_bottom(people[people["age"] >= OLD], years),
        }

    logs = over_seeds(size, one)
    found = {name: transformed(log, np.exp) for name, log in logs.items()}
    dilution = tracking(Size(size.persons, max(2, size.seeds // 4)))["5.four_years"]
    return found | {"9.chd_usual": corrected(logs["9.chd"], dilution)}


def corrected(log_ratio: Estimate, dilution: Estimate) -> Estimate:
    """Return the hazard ratio per two SD of usual IL-6: the slope over the dilution ratio."""
    value = float(np.exp(2.0 * log_ratio.value / dilution.value))
    relative = np.hypot(log_ratio.error / log_ratio.value, dilution.error / dilution.value)
    error = value * 2.0 * log_ratio.value / dilution.value * float(relative)
    return Estimate(value, error, log_ratio.persons, log_ratio.seeds)


def follow_up(people: pd.DataFrame, onset: str, years: float) -> tuple[np.ndarray, np.ndarray]:
    """Return years at risk and whether they ended with the event."""
    until = people[[onset, "death_age"]].min(axis=1) - people["age"]
    at_risk = until.fillna(years).clip(upper=years).to_numpy()
    return at_risk, people[onset].notna().to_numpy()


def covariates(people: pd.DataFrame) -> list[np.ndarray]:
    """Return age, sex, BMI, smoking and dose, as the published regressions adjusted for."""
    age = people["age"].to_numpy(float)
    return [
        age,
        age**2 / 100.0,
        (people["sex"] == "male").to_numpy(float),
        people["bmi"].to_numpy(),
        people["smoker"].to_numpy(float),
        np.log1p(people["met_hours"].to_numpy()),
    ]


def hazard_slope(people: pd.DataFrame, onset: str, prevalent: str, years: float) -> float:
    """Return the log hazard ratio of a first event per unit of measured ln IL-6."""
    healthy = people[~people[prevalent]]
    at_risk, event = follow_up(healthy, onset, years)
    measured = np.log(healthy["il6_measured"].to_numpy())
    return float(cox(at_risk, event, measured, *covariates(healthy))[0])


def top_against_bottom(people: pd.DataFrame, years: float) -> float:
    """Return the log hazard ratio of death, highest quarter of measured IL-6 over lowest."""
    quarter = np.searchsorted(
        people["il6_measured"].quantile([0.25, 0.5, 0.75]), people["il6_measured"]
    )
    at_risk, event = follow_up(people, "death_age", years)
    groups = [(quarter == k).astype(float) for k in (3, 1, 2)]
    return float(cox(at_risk, event, *groups, *covariates(people))[0])
