"""What a policy should do, worked out by hand: persons reached x dose x relative risk.

Everything comes from the baseline people of a run, the policy's own numbers and the evidence; no
rule of the kernel is asked except the published dose response and the net factor of activity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.conditions import CONDITIONS, LAGS, Condition, where
from abm.evidence.parameters import Parameters, central_parameters
from abm.evidence.reader import evidence_table
from abm.kernel.layout import MODES
from abm.limits import spaced
from abm.population.constants_of import activity_factors
from abm.results.result import Result
from abm.scenario.parts import Policy, Scenario

# Those that one sum on paper can follow: first events only, behind short lags.
LAGS_FOLLOWED = ("cardiovascular", "diabetes")
FOLLOWED = tuple(
    CONDITIONS[k] for lag in LAGS_FOLLOWED for k in where(kind="first event", lag=lag)
)
FACTOR = 2.0
FEWEST_YEARS = 300.0  # of taking part; below, who happened to take part decides


@dataclass(frozen=True)
class ByHand:
    """Hazards of first events avoided, by disease, and the factors they are the product of."""

    averted: dict[str, float]
    words: str


def by_hand(result: Result, policy: Policy) -> ByHand:
    """Return what a policy that stands alone should avoid.

    For each person offered: the hazard met in the baseline while the policy ran, times the share
    of that time taken part, times the share of the effect that the lag lets through, times one
    less the relative risk of the added dose (and of the lower IL-6). The relative risk is the mean
    of that at the doses of entering and of the end, since habits drift in between.
    """
    scenario = result.scenario
    parameters = central_parameters(scenario.parameters, scenario.place)
    offered = offered_people(result)
    running = running_years(offered, scenario, policy)
    assert result.participation is not None
    years = float(result.participation["participant_years"].sum())
    part = years / max(float(running.sum()), 1e-9)
    doses = doses_before(offered)
    added = [added_dose(policy, dose, parameters) for dose in doses]
    met = running / years_in_run(offered, scenario) * part
    averted, factors = {}, activity_factors(parameters)
    for disease in FOLLOWED:
        factor = float(factors[CONDITIONS.index(disease)])
        let_through = lag_share(float(running.mean()), parameters[LAGS[disease.lag]])
        ratios = [
            relative_risk(disease, dose, dose + more, parameters, factor)
            for dose, more in zip(doses, added, strict=True)
        ]
        slope = parameters[disease.evidence.il6_causal_slope]
        fall = let_through * (1.0 - np.mean(ratios, axis=0)) + 1.0 - policy.il6_signalling**slope
        hazard = offered[f"cumulative_hazard.{disease.name}"].to_numpy(float)
        averted[disease.name] = float((hazard * met * fall).sum())
    words = (
        f"{spaced(len(offered))} offered, taking part {100 * min(part, 1.0):.0f} % of the time, "
        f"{np.mean(added):.2f} MET-hours a week more, "
        f"{100 * let_through:.0f} % past the lag of {FOLLOWED[-1].label}"
    )
    return ByHand(averted, words)


def offered_people(result: Result) -> pd.DataFrame:
    """Return the baseline rows of those who were offered a policy."""
    people = result.people
    assert people is not None
    return people[(people["world"] == "baseline") & people["reached"]]


def doses_before(people: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return people's baseline doses on entering and, of the living, at the end."""
    first = people["habitual_met_hours"].to_numpy(float)
    last = people["habitual_met_hours_end"].to_numpy(float)
    return first, np.where(np.isnan(last), first, last)


def years_in_run(people: pd.DataFrame, scenario: Scenario) -> NDArray[np.float64]:
    """Return the years that people of the baseline were alive in the run."""
    since = (people["entry_year"] - scenario.start_year).to_numpy(float)
    died = (people["death_age"] - people["age"]).to_numpy(float)
    return np.fmax(np.fmin(died, scenario.years - since), 1e-6)


def running_years(people: pd.DataFrame, scenario: Scenario, policy: Policy) -> NDArray[np.float64]:
    """Return the years that people were alive after their policy's start and half its ramp."""
    entry = (people["entry_year"] - scenario.start_year).to_numpy(float)
    end = entry + years_in_run(people, scenario)
    start = policy.start - scenario.start_year + policy.ramp_years / 2.0
    return np.clip(end - np.maximum(entry, start), 0.0, None)


def added_dose(
    policy: Policy, before: NDArray[np.float64], parameters: Parameters
) -> NDArray[np.float64]:
    """Return the dose a policy adds for each person [marginal MET-hours per week]."""
    added = sum(
        getattr(policy.adds, mode) / 60.0 * parameters[f"activity.marginal_met.{mode}"]
        for mode in MODES
    )
    missing = np.maximum((policy.raises_to or 0.0) - before, 0.0)
    return added + missing


def lag_share(years: float, lag: float) -> float:
    """Return the mean share of an effect that has come through, over some years after a step."""
    return 1.0 - lag / max(years, 1e-9) * (1.0 - math.exp(-years / lag))


def relative_risk(
    disease: Condition,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    parameters: Parameters,
    net_factor: float,
) -> NDArray[np.float64]:
    """Return the causal relative risk of one habit over another, straight lines on paper."""
    table = evidence_table("activity_dose_response")
    columns = (table[name] for name in ("outcome", "met_hours", "relative_risk"))
    points = [
        (dose, math.log(risk))
        for outcome, dose, risk in zip(*columns, strict=True)
        if outcome == disease.curve
    ]
    doses, logs = np.array(points).T
    cap = parameters["disease.dose_cap"]
    low, high = (np.interp(np.minimum(each, cap), doses, logs) for each in (before, after))
    return np.exp(net_factor * (high - low))
