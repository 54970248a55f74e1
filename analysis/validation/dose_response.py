"""Items 11 and 13: relative risk by dose, and how much of it runs through IL-6."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm import simulate
from abm.conditions import CONDITIONS, DISEASES, Condition, condition
from abm.evidence.parameters import (
    Parameters,
    addressed_uniform,
    central_parameters,
    draw_parameters,
    parameters_from_quantiles,
    uncertain_paths,
)
from abm.population.constants_of import activity_factors
from abm.rules.il6 import log_signalling, training_set_point
from analysis.validation.cohorts import cohort
from analysis.validation.death_parts import at_dose, ratio_of_parts
from analysis.validation.estimates import (
    Estimate,
    Found,
    Size,
    exactly,
    over_seeds,
    transformed,
)
from analysis.validation.exposure import hazards_met

DOSES = (0, 4.375, 8.75, 17.5)  # MET-hours per week
GUIDELINE = 8.75
SLOPE_DRAWS = 3
PERSONS_PER_DRAW = 20  # every draw is calibrated anew, death included: 500 of them at full size
DRAW_SEED = 1
ALIKE = ("il6.training.diabetes_or_obesity_multiplier=1",)
CARDIOMETABOLIC = tuple(
    each.name
    for each in CONDITIONS
    if each.is_disease and each.lag in ("cardiovascular", "diabetes")
)
COHORT = slice(50, 53)  # years of age of the cohort of item 13, who have none of the diseases


# Item 11


def dose_response(size: Size) -> Found:
    """Let people hold 0, 4.375, 8.75 or 17.5 MET-hours a week for life: relative risks against 0.

    Again with other slopes of IL-6, which must not matter: the direct path makes up for them.
    """
    central = central_parameters(cohort("dose_response").parameters)
    logs = log_ratios(size, central) | death_log_ratios(Size(size.persons // 10, size.seeds))
    few = Size(size.persons // 4, 2)
    drawn = [log_ratios(few, slopes_of_draw(draw)) for draw in range(SLOPE_DRAWS)]
    found = {f"11.{name}": transformed(log, np.exp) for name, log in logs.items()}
    return found | {"11.any_slopes": furthest(log_ratios(few, central), drawn)}


def log_ratios(size: Size, parameters: Parameters) -> Found:
    """Return log rate ratios of first events against no activity, by disease and dose."""

    def one(seed: int) -> dict[str, float]:
        none, *active = (rates(dose, size.persons, seed, parameters) for dose in DOSES)
        return {
            f"{disease}.{dose:g}": math.log(own[disease] / none[disease])
            for dose, own in zip(DOSES[1:], active, strict=True)
            for disease in none
        }

    return over_seeds(size, one)


def rates(dose: float, persons: int, seed: int, parameters: Parameters) -> dict[str, float]:
    """Return first events per year at risk of people who hold a dose for life, by disease."""
    scenario = cohort("dose_response", [f"population.activity.met_hours={dose}"])
    people = simulate(
        scenario, persons=persons, seed=seed, keep_people=True, parameters=parameters
    ).people
    return {disease: first_event_rate(people, disease, scenario.years) for disease in DISEASES}


def death_log_ratios(size: Size) -> Found:
    """Return log rate ratios of death against no activity, by dose.

    From the hazards that twins meet, of whom one comes up to the dose on the first day and feels
    all of it at once: counted deaths would need ten times as many people.
    """
    length = cohort("dose_response").years

    def one(seed: int) -> dict[str, float]:
        found = {}
        for dose in DOSES[1:]:
            changes = [f"policies.guideline.raises_to={dose}", f"years={length}"]
            met, years = hazards_met(cohort("mediation", changes), size.persons, seed)
            none, active = met[:, -1] / years
            found[f"death.{dose:g}"] = math.log(active / none)
        return found

    return over_seeds(size, one)


def first_event_rate(people: pd.DataFrame, disease: str, years: float) -> float:
    """Return a disease's hazard met before its first event, per year at risk.

    The hazard stands in for the events, whose number is the same but for chance.
    """
    row = condition(disease)
    own = people if row.sex == "both" else people[people["sex"] == row.sex]
    at_risk = years_until(own, [f"onset_age.{disease}", "death_age"], years).sum()
    return float(own[f"cumulative_hazard.{disease}"].sum() / at_risk)


def years_until(people: pd.DataFrame, ages: list[str], years: float) -> pd.Series:
    """Return the years from the start to the first of some ages, or to the end."""
    return (people[ages].min(axis=1) - people["age"]).fillna(years)


def slopes_of_draw(draw: int) -> Parameters:
    """Return the cohort's parameters with all causal slopes of IL-6 drawn anew."""
    slopes = [path for path in uncertain_paths() if "il6_causal_slope" in path]
    quantiles = {path: addressed_uniform(DRAW_SEED, path, draw) for path in slopes}
    return parameters_from_quantiles(quantiles, cohort("dose_response").parameters)


def furthest(central: Found, drawn: Sequence[Found]) -> Estimate:
    """Return the largest relative change of a log ratio in the same people."""
    changes = [
        abs(found[name].value / log.value - 1.0) for found in drawn for name, log in central.items()
    ]
    some = next(iter(central.values()))
    return Estimate(max(changes), 0.0, some.persons * len(drawn), some.seeds)


# Item 13


def mediation(size: Size) -> Found:
    """Hold IL-6 at that of the inactive: which part of the effect of 8.75 MET-hours is gone?

    Once in people alike in their response to training, which has a closed form, and once with
    central values.
    """
    alike, as_it_is = (
        over_seeds(size, partial(shares, persons=size.persons, changes=changes))
        for changes in (ALIKE, central_changes())
    )
    drawn = drawn_shares(max(size.persons // PERSONS_PER_DRAW, 1))
    found = {
        f"13.{name}": replace(share, remark=interval_of(drawn[name]))
        for name, share in alike.items()
    }
    found |= {f"13.median_{name}": exactly(np.median(drawn[name])) for name in CARDIOMETABOLIC}
    return found | {f"13.central_{name}": as_it_is[name] for name in CARDIOMETABOLIC}


def central_changes() -> tuple[str, ...]:
    """Return central values, with the net factor of activity in place of each causal share.

    Lags are short in the cohort, and the loss by one report, which depends on them, is not.
    """
    found = activity_factors(central_parameters())
    by_share = {
        each.evidence.causal_share: min(float(net), 1.0)
        for each, net in zip(CONDITIONS, found, strict=True)
    }
    return (*(f"{path}={net}" for path, net in by_share.items()), "disease.dose_cap=17.5")


def shares(seed: int, persons: int, changes: Sequence[str]) -> dict[str, float]:
    """Return 1 less ln RR with IL-6 frozen over ln RR, in per cent, by outcome."""
    table = simulate(cohort("mediation", changes), persons=persons, seed=seed).effects
    rows = table.set_index("outcome")
    names = {f"incidence.{disease}": disease for disease in DISEASES} | {"deaths": "death"}
    return {name: 100 * share_of_logs(rows.loc[outcome]) for outcome, name in names.items()}


def share_of_logs(row: Mapping[str, Any]) -> float:
    """Turn a share of the fall in hazard into one of the log relative risk; NaN without events."""
    if row["baseline"] <= row["expected_averted"]:
        return math.nan
    fall = row["expected_averted"] / row["baseline"]
    frozen = (1.0 - row["share_via_il6"]) * fall
    return float(1.0 - np.log1p(-frozen) / np.log1p(-fall))


def drawn_shares(draws: int) -> dict[str, NDArray[np.float64]]:
    """Return the closed form in so many parameter draws, by outcome."""
    every = [closed_form(draw_parameters(draw, DRAW_SEED)) for draw in range(draws)]
    return {name: np.array([shares[name] for shares in every]) for name in every[0]}


def interval_of(shares: NDArray[np.float64]) -> str:
    """Say between which shares the literature leaves the closed form, 95 % of parameter draws."""
    low, high = np.quantile(shares, (0.025, 0.975))
    return f"{low:.0f} to {high:.0f} over parameter draws, the net factor drawn too"


def closed_form(p: Parameters) -> dict[str, float]:
    """Return b s L(8.75) over the net factor times ln RR(8.75) [%], by outcome.

    L is that of people whose answer to training is the mean of trials.
    """
    level = training_set_point(
        GUIDELINE, 1.0, p["il6.training.amplitude"], p["il6.training.dose_scale"]
    )
    fall = log_signalling(level, p["il6.training.signalling_share"], 0.0)

    def through_il6(row: Condition) -> float:
        slope: float = p[row.evidence.il6_causal_slope]
        return slope * fall

    whole = at_dose(p, GUIDELINE)
    found = {
        each.name: 100.0 * through_il6(each) / math.log(whole(each))
        for each in CONDITIONS
        if each.is_disease
    }
    all_of_it = ratio_of_parts(p, whole, COHORT, at_once=True)
    frozen = ratio_of_parts(
        p, lambda row: whole(row) / math.exp(through_il6(row)), COHORT, at_once=True
    )
    return found | {"death": 100.0 * (1.0 - math.log(frozen) / math.log(all_of_it))}
