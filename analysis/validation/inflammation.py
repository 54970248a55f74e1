"""Items 4, 5, 6 and 8: resting IL-6 in a survey, over the years, and in trials of training."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pandas as pd

from abm.evidence.parameters import central_parameters
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, over_seeds
from analysis.validation.panel import visits, waves
from analysis.validation.regression import coefficients, partial_correlation

GUIDELINE = 8.75  # MET-hours per week: 2.5 hours at 3.5 marginal METs
WEEKS_PER_MONTH = 365.25 / 12 / 7
MIDSUMMER = 6  # months: what moves on 1 January has moved once between tests a year apart
TRIAL_WEEKS = (8, 12, 16, 24, 52)
LONG_TRIAL_WEEKS = 12
OBESITY = 30.0


def survey(size: Size) -> Found:
    """Measure everybody once and regress ln IL-6 on age, BMI, sex and smoking."""

    def one(seed: int) -> dict[str, float]:
        people = waves(cohort("blood_tests"), size.persons, seed, [0])[0]
        slopes = coefficients(
            people["measured"], people["age"], people["bmi"], people["male"], people["smoker"]
        )
        return {
            "4.median": float(np.exp(people["measured"].median())),
            "4.log_sd": float(people["measured"].std()),
            "4.age": 100 * float(np.expm1(slopes[1])),
            "4.bmi": 100 * float(np.expm1(slopes[2])),
        }

    return over_seeds(size, one)


@cache
def tracking(size: Size) -> Found:
    """Measure the same people again: correlation with the first test, given age, sex and BMI."""
    months = {"six_weeks": 1, "one_year": 12, "four_years": 48, "twelve_years": 144}
    at = [MIDSUMMER + since for since in (0, *months.values())]

    def one(seed: int) -> dict[str, float]:
        first, *later = waves(cohort("blood_tests"), size.persons, seed, at)
        given = first[["age", "male", "bmi"]]
        found = [
            partial_correlation(
                first["measured"][again["alive"]],
                again["measured"][again["alive"]],
                *given[again["alive"]].to_numpy(float).T,
            )
            for again in later
        ]
        named = {f"5.{name}": value for name, value in zip(months, found, strict=True)}
        return named | {"5.smallest_fall": -max(np.diff(found))}

    return over_seeds(size, one)


def whitehall(size: Size) -> Found:
    """Compare those who met the guideline in all three waves with those who rarely did.

    Blood tests are taken without their error and without what sets persons apart for life: both
    are pure chance here.
    """

    crp_slope = central_parameters()["crp.slope"]

    def one(seed: int) -> dict[str, float]:
        at = [MIDSUMMER + 12 * years for years in (0, 5, 10)]
        start, middle, end = waves(cohort("whitehall"), size.persons, seed, at)
        meets = sum((wave["met_hours"] >= GUIDELINE).astype(int) for wave in (start, middle, end))
        rise = end["met_hours"] - start["met_hours"]
        high, rare = meets == 3, meets <= 1
        rising, stable = rise >= GUIDELINE, rise.abs() < GUIDELINE
        for wave in (start, end):
            wave["log_crp"] -= crp_slope * wave["own"]
            wave["log_il6"] = wave["usual"] - wave["own"]
        gaps = [adjusted_gap(wave, "log_il6", high, rare, end["alive"]) for wave in (start, end)]
        return {
            "6.il6": gaps[1],
            "6.crp": adjusted_gap(end, "log_crp", high, rare, end["alive"]),
            "6.change_of_gap": gaps[1] - gaps[0],
            "6.il6_risers": adjusted_gap(end, "log_il6", rising, stable, end["alive"]),
            "6.always": float(high[end["alive"]].mean()),
        }

    return over_seeds(size, one)


def adjusted_gap(
    wave: pd.DataFrame, level: str, group: pd.Series, others: pd.Series, alive: pd.Series
) -> float:
    """Return how far a group's log level is from the others', given who they are."""
    kept = alive & (group | others)
    who = wave.loc[kept, ["age", "male", "bmi", "smoker", "deprivation"]].to_numpy(float).T
    return float(coefficients(wave.loc[kept, level], group[kept], *who)[1])


@cache
def trials(size: Size) -> Found:
    """Train people for 8 to 52 weeks: standardised mean difference of measured ln IL-6.

    Each person is compared with the twin who does not train; lengths count alike.
    """

    def one(seed: int) -> dict[str, float]:
        effects, spread = training_effects("training_trial", size.persons, seed)
        by_length = effects["il6"] / spread
        long = np.array(TRIAL_WEEKS) > LONG_TRIAL_WEEKS
        ill, _ = training_effects("training_trial_diabetes", size.persons, seed)
        return {
            "8.pooled": float(by_length.mean()),
            "8.long_less_short": float(by_length[long].mean() - by_length[~long].mean()),
            "8.diabetes_il6": 100 * float(np.expm1(ill["il6"]).mean()),
            "8.diabetes_crp": 100 * float(np.expm1(ill["crp"]).mean()),
        } | {f"8.weeks_{w}": float(e) for w, e in zip(TRIAL_WEEKS, by_length, strict=True)}

    return over_seeds(size, one)


def training_effects(name: str, persons: int, seed: int) -> tuple[dict[str, np.ndarray], float]:
    """Return mean differences of ln IL-6 and ln CRP by length of trial, and the SD of ln IL-6.

    People with a BMI below 30 only, unless all are ill.
    """
    months = range(13)
    control, trained = visits(cohort(name), persons, seed, months, (0, 1)).values()
    healthy = (control[0]["bmi"] < OBESITY) | name.endswith("diabetes")
    at_weeks = partial(np.interp, np.array(TRIAL_WEEKS) / WEEKS_PER_MONTH, months)
    effects = {
        marker: at_weeks(
            [(t[column] - c[column])[healthy].mean() for t, c in zip(trained, control, strict=True)]
        )
        for marker, column in (("il6", "usual"), ("crp", "log_crp"))
    }
    return effects, float(control[0]["measured"][healthy].std())
