"""What a policy should do, worked out by hand: persons reached x dose x relative risk.

Everything comes from the baseline people of a run, the policy's own numbers and the evidence; no
rule of the kernel is asked except the published dose response.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from abm.evidence.parameters import Parameters
    from abm.running.simulate import Result
    from abm.scenario.parts import Policy, Scenario

# Those with one lag and first events only, which one sum on paper can follow.
DISEASES = ("coronary_heart_disease", "stroke", "type_2_diabetes")
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
    from abm.evidence.parameters import central_parameters

    scenario = result.scenario
    parameters = central_parameters(scenario.parameters)
    offered = offered_people(result)
    running = running_years(offered, scenario, policy)
    assert result.participation is not None
    years = float(result.participation["participant_years"].sum())
    part = years / max(float(running.sum()), 1e-9)
    first, last = doses_before(offered)
    added, added_late = (added_dose(policy, dose, parameters) for dose in (first, last))
    let_through = lag_share(float(running.mean()), parameters)
    averted = {}
    for disease in DISEASES:
        met = offered[f"cumulative_hazard.{disease}"].to_numpy(float)
        ratio = np.mean(
            [
                relative_risk(disease, dose, dose + more, parameters)
                for dose, more in ((first, added), (last, added_late))
            ],
            axis=0,
        )
        slope = parameters[f"disease.il6_causal_slope.{disease}"]
        fall = let_through * (1.0 - ratio) + 1.0 - policy.il6_ratio**slope
        averted[disease] = float((met * running / lived_years(offered, scenario) * fall).sum())
        averted[disease] *= part
    words = (
        f"{len(offered):,} offered, taking part {100 * min(part, 1.0):.0f} % of the time, "
        f"{0.5 * (added + added_late).mean():.2f} MET-hours a week more, "
        f"{100 * let_through:.0f} % past the lag"
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


def lived_years(people: pd.DataFrame, scenario: Scenario) -> NDArray[np.float64]:
    """Return the years that people of the baseline lived in the run."""
    since = (people["entry_year"] - scenario.start_year).to_numpy(float)
    died = (people["death_age"] - people["age"]).to_numpy(float)
    return np.fmax(np.fmin(died, scenario.years - since), 1e-6)


def running_years(people: pd.DataFrame, scenario: Scenario, policy: Policy) -> NDArray[np.float64]:
    """Return the years that people lived from their policy's start on, half its ramp left out."""
    entry = (people["entry_year"] - scenario.start_year).to_numpy(float)
    end = entry + lived_years(people, scenario)
    start = policy.start - scenario.start_year + policy.ramp_years / 2.0
    return np.clip(end - np.maximum(entry, start), 0.0, None)


def added_dose(
    policy: Policy, before: NDArray[np.float64], parameters: Parameters
) -> NDArray[np.float64]:
    """Return the dose a policy adds for each person [marginal MET-hours per week]."""
    added = sum(
        getattr(policy.adds, mode) / 60.0 * parameters[f"activity.marginal_met.{mode}"]
        for mode in ("moderate", "vigorous", "resistance", "endurance")
    )
    missing = np.maximum((policy.raises_to or 0.0) - before - added, 0.0)
    return added + missing


def lag_share(years: float, parameters: Parameters) -> float:
    """Return the mean share of an effect that has come through, over some years after a step."""
    lag = parameters["disease.lag_years.cardiometabolic"]
    return 1.0 - lag / max(years, 1e-9) * (1.0 - math.exp(-years / lag))


def relative_risk(
    disease: str, before: NDArray[np.float64], after: NDArray[np.float64], parameters: Parameters
) -> NDArray[np.float64]:
    """Return the causal relative risk of one dose over another, straight lines on paper."""
    from abm.evidence.reader import evidence_table

    table = evidence_table("activity_dose_response")
    points = [
        (dose, math.log(risk))
        for outcome, dose, risk in zip(
            table["outcome"], table["met_hours"], table["relative_risk"], strict=True
        )
        if outcome == disease
    ]
    doses, logs = np.array(points).T
    cap, share = parameters["disease.dose_cap"], parameters["causal_share.diseases"]
    low, high = (np.interp(np.minimum(each, cap), doses, logs) for each in (before, after))
    return np.exp(share * (high - low))
