"""Items 11 and 13: relative risk by dose, and how much of it runs through IL-6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from abm import simulate
from abm.columns import DISEASES
from abm.parameters import (
    Parameters,
    addressed_uniform,
    central_parameters,
    draw_parameters,
    parameters_from_quantiles,
)
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Estimate, Found, Size, over_seeds, transformed
from analysis.validation.targets import of_item

if TYPE_CHECKING:
    import pandas as pd

DOSES = (0, 4.375, 8.75, 17.5)  # MET-hours per week
GUIDELINE = 8.75
SLOPE_DRAWS, INTERVAL_DRAWS = 3, 1000
DRAW_SEED = 1
VASCULAR = ("coronary_heart_disease", "stroke", "type_2_diabetes")


# Item 11


def dose_response(size: Size) -> Found:
    """Let the same people hold different doses for life: first events and deaths against none.

    Again with other slopes of IL-6, which must not matter: the direct path makes up for them.
    """
    scenario = cohort("dose_response")
    logs = log_ratios(size, central_parameters(scenario.parameters))
    ratios = {f"11.{name}": transformed(log, np.exp) for name, log in logs.items()}
    few = Size(size.persons, max(2, size.seeds // 5))
    drawn = [log_ratios(few, slopes_of_draw(draw)) for draw in range(SLOPE_DRAWS)]
    return ratios | {"11.any_slopes": furthest(drawn)}


def log_ratios(size: Size, parameters: Parameters) -> Found:
    """Return log rate ratios against no activity, by outcome and dose."""

    def one(seed: int) -> dict[str, float]:
        none, *active = (
            rates(dose, size.persons, seed, parameters) for dose in DOSES
        )
        return {
            f"{outcome}.{dose:g}": float(np.log(own[outcome] / none[outcome]))
            for dose, own in zip(DOSES[1:], active, strict=True)
            for outcome in none
        }

    return over_seeds(size, one)


def rates(dose: float, persons: int, seed: int, parameters: Parameters) -> dict[str, float]:
    """Return first events and deaths per year at risk of people who hold a dose for life."""
    scenario = cohort("dose_response", [f"population.activity.met_hours={dose}"])
    people = simulate(
        scenario, persons=persons, seed=seed, keep_people=True, parameters=parameters
    ).people
    found = {disease: first_event_rate(people, disease, scenario.years) for disease in DISEASES}
    lived = years_until(people, ["death_age"], scenario.years)
    return found | {"death": people["death_age"].notna().sum() / lived.sum()}


def first_event_rate(people: pd.DataFrame, disease: str, years: float) -> float:
    """Return a disease's hazard met before its first event, per year at risk.

    The hazard stands in for the events, whose number is the same but for chance. Depression's is
    not kept apart from that of relapses, so its first episodes are counted.
    """
    own = people[people["sex"] == "female"] if disease == "breast_cancer" else people
    at_risk = years_until(own, [f"onset_age.{disease}", "death_age"], years).sum()
    if disease == "depression":
        return float(own["onset_age.depression"].notna().sum() / at_risk)
    return float(own[f"cumulative_hazard.{disease}"].sum() / at_risk)


def years_until(people: pd.DataFrame, ages: list[str], years: float) -> pd.Series:
    """Return the years from the start to the first of some ages, or to the end."""
    return (people[ages].min(axis=1) - people["age"]).fillna(years)


def slopes_of_draw(draw: int) -> Parameters:
    """Return the cohort's parameters with all causal slopes of IL-6 drawn anew."""
    slopes = [path for path in central_parameters() if "il6_causal_slope" in path]
    quantiles = {path: addressed_uniform(DRAW_SEED, path, draw) for path in slopes}
    return parameters_from_quantiles(quantiles, cohort("dose_response").parameters)


def furthest(drawn: list[Found]) -> Estimate:
    """Return the largest relative deviation of a log ratio from the published one.

    Deaths have a wider limit and are left out.
    """
    published = {t.name[3:]: np.log(t.published) for t in of_item("11") if t.unit == "RR"}
    off = [
        (abs(estimate.value / published[name] - 1.0), abs(estimate.error / published[name]))
        for found in drawn
        for name, estimate in found.items()
        if not name.startswith("death")
    ]
    value, error = max(off)
    persons = sum(next(iter(found.values())).persons for found in drawn)
    return Estimate(float(value), float(error), persons, len(drawn))


# Item 13


def mediation(size: Size) -> Found:
    """Hold IL-6 at that of the inactive: which part of the effect of 8.75 MET-hours is left?"""
    plain = ["il6.training.diabetes_or_obesity_multiplier=1"]
    alike = over_seeds(size, lambda seed: shares(size.persons, seed, plain))
    central = ["causal_share.diseases=0.8", "causal_share.other_death=0.5", "disease.dose_cap=17.5"]
    as_it_is = over_seeds(size, lambda seed: shares(size.persons, seed, central))
    found = {f"13.{name}": share for name, share in alike.items()}
    return found | {f"13.central_{name}": as_it_is[name] for name in VASCULAR}


def shares(persons: int, seed: int, changes: list[str]) -> dict[str, float]:
    """Return 1 less ln RR with IL-6 frozen over ln RR, in per cent, by outcome."""
    table = simulate(cohort("mediation", changes), persons=persons, seed=seed).effects
    rows = table.set_index("outcome")
    names = {f"incidence.{disease}": disease for disease in DISEASES} | {"deaths": "death"}
    return {name: 100 * share_of_logs(rows.loc[outcome]) for outcome, name in names.items()}


def share_of_logs(row: Mapping[str, Any]) -> float:
    """Turn a share of the fall in hazard into one of the log relative risk."""
    fall = row["expected_averted"] / row["baseline"]
    frozen = (1.0 - row["share_via_il6"]) * fall
    return float(1.0 - np.log1p(-frozen) / np.log1p(-fall))


def closed_form_shares(parameters: Parameters) -> dict[str, float]:
    """Return the shares of evidence.md's arithmetic, b L(8.75) over kappa ln RR(8.75), per cent."""
    del parameters
    return {}
