"""Items 12 and 23: how much disease and death goes if nobody is below a dose."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy import stats

from abm.conditions import CONDITIONS
from abm.evidence.parameters import central_parameters
from abm.population.curves import curve_pieces, published_curve
from abm.rules import activity
from abm.rules.disease import activity_log_ratio
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, exactly, over_seeds
from analysis.validation.exposure import hazards_met

DOSES = (4.375, 8.75, 17.5)  # MET-hours per week
CURVES = {each.name: each.curve for each in CONDITIONS if each.is_disease} | {
    "death": "all_cause_mortality"
}
CAP = 35.0
SLICES = 4000
# Item 23: share below the guideline in the source's UK (Lee 2012), and in countries of high and of
# low income (Guthold 2018).
UK_INACTIVE, RICH_INACTIVE, POOR_INACTIVE = 0.633, 0.368, 0.162
GUIDELINE = 8.75


def impact_fractions(size: Size) -> Found:
    """Bring everyone up to 4.375, 8.75 or 17.5 MET-hours a week: the share of each outcome gone."""
    found = {}
    for dose in DOSES:
        wanted = [f"policies.least_dose.raises_to={dose}"]
        for name, estimate in simulated_fractions("cohort_mix", wanted, size).items():
            alone = 100 * fraction_by_curve(CURVES[name], dose, cohort_doses())
            remark = f"{alone:.1f} by the input curve alone"
            found[f"12.{name}.{dose:g}"] = replace(estimate, remark=remark)
        england = simulated_fractions("england_mix", wanted, size)
        found[f"12.england_death.{dose:g}"] = england["death"]
    return found


def simulated_fractions(name: str, changes: list[str], size: Size) -> Found:
    """Return the impact fraction of every outcome [%] when a cohort is simulated."""
    scenario = cohort(name, changes)

    def one(seed: int) -> dict[str, float]:
        (before, after), _ = hazards_met(scenario, size.persons, seed)
        fall = 100 * (1.0 - after / np.maximum(before, 1e-12))
        return dict(zip(CURVES, fall.tolist(), strict=True))

    return over_seeds(size, one)


def cohort_doses() -> np.ndarray:
    """Return doses at the middles of equal slices of the cohort mix."""
    p = central_parameters(cohort("cohort_mix").parameters)
    scores = stats.norm.ppf((np.arange(SLICES) + 0.5) / SLICES)
    names = (
        "zero_share.male", "low_dose_ceiling", "median_dose.male", "dose_log_sd", "maximum_dose"
    )  # fmt: skip
    given = [p[f"activity.{name}"] for name in names]
    return np.array([activity.dose(float(z), *given) for z in scores])


def relative_risks(outcome: str, doses: np.ndarray) -> np.ndarray:
    """Return published relative risks at doses."""
    knots, log_ratios = published_curve(outcome, 0.0)
    pieces = curve_pieces(knots, log_ratios).tolist()
    at = (activity_log_ratio(float(d), CAP, *knots[1:].tolist(), *pieces) for d in doses)
    return np.exp(np.array(list(at)))


def fraction_by_curve(outcome: str, dose: float, doses: np.ndarray) -> float:
    """Return the share of an outcome that goes when doses below ``dose`` are raised to it."""
    before, after = relative_risks(outcome, doses), relative_risks(outcome, np.maximum(doses, dose))
    return float(1.0 - after.mean() / before.mean())


# Item 23


def inactivity(size: Size) -> Found:
    """Take away the inactivity of the United Kingdom of 2008, 63.3 % below the guideline."""
    zero = zero_share_for(UK_INACTIVE)
    changes = [f"activity.zero_share.{sex}={zero}" for sex in ("male", "female")]
    names = ("death", "coronary_heart_disease", "type_2_diabetes", "breast_cancer", "colon_cancer")
    found = simulated_fractions("cohort_mix", changes, size)
    rich, poor = (death_fraction(share) for share in (RICH_INACTIVE, POOR_INACTIVE))
    return {f"23.{name}": found[name] for name in names} | {
        "23.rich_over_poor": exactly(rich / poor)
    }


def zero_share_for(inactive: float) -> float:
    """Return the share doing next to nothing at which so many are below the guideline.

    The others' doses stay those of the cohort mix.
    """
    p = central_parameters(cohort("cohort_mix").parameters)
    median, spread = p["activity.median_dose.male"], p["activity.dose_log_sd"]
    below = float(stats.norm.cdf(math.log(GUIDELINE / median) / spread))
    return (inactive - below) / (1.0 - below)


def death_fraction(inactive: float) -> float:
    """Return the share of deaths that goes if the inactive share comes up to the guideline.

    Inactive and active people are as active among themselves as in the cohort mix.
    """
    doses = cohort_doses()
    risks, share = relative_risks("all_cause_mortality", doses), doses < GUIDELINE
    at_guideline = relative_risks("all_cause_mortality", np.array([GUIDELINE]))[0]
    all_deaths = inactive * risks[share].mean() + (1.0 - inactive) * risks[~share].mean()
    return float(inactive * (risks[share].mean() - at_guideline) / all_deaths)
