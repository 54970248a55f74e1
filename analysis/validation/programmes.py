"""Items 20, 21 and 25: who stays with a programme, and what programmes change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, over_seeds, transformed
from analysis.validation.panel import visits, waves
from analysis.validation.regression import odds

GUIDELINE = 8.75  # MET-hours per week
MODERATE = 3.5 / 60.0  # marginal MET-hours per minute
WEEKS_PER_MONTH = 365.25 / 12 / 7
FOLLOW_UP = 13  # months: the first survey a year after the start, in the January after it
RESIDENTS = 150_000


def adherence(size: Size) -> Found:
    """Start everyone on the first day: which share still takes part after some weeks?"""

    def one(seed: int) -> dict[str, float]:
        six, twelve = still_taking_part("referral", size.persons, seed, (6, 12))
        quarter, year = still_taking_part("gym", size.persons, seed, (13, 52))
        return {
            "20.referral_6_weeks": six,
            "20.referral_12_weeks": twelve,
            "20.gym_3_months": quarter,
            "20.gym_12_months": year,
        }

    return over_seeds(size, one)


def still_taking_part(name: str, persons: int, seed: int, weeks: tuple[int, ...]) -> list[float]:
    """Return the share of starters taking part [%] after some weeks.

    The mean dose of a month, over its full amount, is the share at the month's middle.
    """
    months = range(1, 14)
    seen = waves(cohort(name), persons, seed, months, world=1)
    full = seen[0]["policy_met_hours"].max()
    starters = seen[0]["policy_met_hours"] > 0
    shares = [wave["policy_met_hours"][starters & wave["alive"]].mean() / full for wave in seen]
    middles = (np.array(months) - 0.5) * WEEKS_PER_MONTH
    return [100 * float(np.interp(week, middles, shares)) for week in weeks]


def advice(size: Size) -> Found:
    """Advise every inactive patient, and ask them all again a year later."""

    def one(seed: int) -> dict[str, float]:
        control, treated = followed("primary_care", size.persons, seed, FOLLOW_UP)
        meets = [float((arm["met_hours"] >= GUIDELINE).mean()) for arm in (treated, control)]
        _, walkers = followed("pedometers", size.persons, seed, 36)
        return {
            "21.odds_ratio": odds(meets[0]) / odds(meets[1]),
            "gain": meets[0] - meets[1],
            "21.minutes": float(treated["policy_met_hours"].mean() / MODERATE),
            "21.pedometer_3_years": float(walkers["policy_met_hours"].mean() / MODERATE),
        }

    found = over_seeds(size, one)
    return found | {"21.number_needed": transformed(found.pop("gain"), lambda gain: 1.0 / gain)}


def followed(name: str, persons: int, seed: int, months: int) -> list[pd.DataFrame]:
    """Return those offered a programme in its first month as they are later, without and with it.

    They take part in the policy world; those alive in both worlds are kept.
    """
    seen = visits(cohort(name), persons, seed, [1, months], (0, 1))
    kept = (seen[1][0]["policy_met_hours"] > 0) & seen[0][1]["alive"] & seen[1][1]["alive"]
    return [seen[world][1][kept] for world in (0, 1)]


def free_leisure(size: Size) -> Found:
    """Open leisure centres in deprived places: who uses them two years later, at which cost?"""
    cost = cohort("free_leisure").policies[0].cost.per_resident_year

    def one(seed: int) -> dict[str, float]:
        later = waves(cohort("free_leisure"), size.persons, seed, [30], 1)[0]
        living = later[later["alive"] & (later["age"] < 85)]
        users = 100 * (living["policy_met_hours"] > 0).groupby(living["deprivation"]).mean()
        reached = float(users[[1, 2]].mean())
        return {
            "25.any_use": reached,
            "25.poorer_less_richer": float(users[[1, 2]].mean() - users[[4, 5]].mean()),
            "25.cost": RESIDENTS * cost / 1e6,
        }

    return over_seeds(size, one)
