"""Items 18 and 19: how active people are, and whether they stay so."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd

from abm import simulate
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, over_seeds
from analysis.validation.panel import waves
from analysis.validation.regression import kappa, odds_ratio

GUIDELINE = 8.75  # MET-hours per week
MIDSUMMER = 6  # months: what moves on 1 January has moved once between surveys a year apart
WAVES = (0, 12, 16, 20)  # years
OLDEST_BAND = "90+"  # too few people
MOST_DEPRIVED, LEAST_DEPRIVED = 1, 5  # quintiles


def prevalence(size: Size) -> Found:
    """Ask everybody at the start, and for twenty years: the share meeting the guideline."""
    drifts = over_seeds(Size(size.persons // 5, size.seeds), partial(drift, size.persons // 5))
    furthest = max(drifts.items(), key=lambda band: abs(band[1].value))
    return over_seeds(size, partial(at_the_start, size.persons)) | {
        "18.drift": replace(furthest[1], remark=f"{furthest[0]} years")
    }


def at_the_start(persons: int, seed: int) -> dict[str, float]:
    """Return the share meeting the guideline [%] at the start, by sex and deprivation."""
    rows = simulate(cohort("country"), persons=persons, years=1, seed=seed).outcomes
    start = rows[rows["year"] == rows["year"].min()]
    by_sex, by_place = share_meeting(start, "sex"), share_meeting(start, "deprivation")
    return {
        "18.men": by_sex["male"],
        "18.women": by_sex["female"],
        "18.most_deprived": by_place[str(MOST_DEPRIVED)],
        "18.least_deprived": by_place[str(LEAST_DEPRIVED)],
    }


def drift(persons: int, seed: int) -> dict[str, float]:
    """Return by how many points the share changes in ten years, by age band below 90."""
    rows = simulate(cohort("country"), persons=persons, seed=seed).outcomes
    first, last = rows["year"].min(), rows["year"].max()
    start, end = (share_meeting(rows[rows["year"] == year], "age_band") for year in (first, last))
    return ((end - start).drop(OLDEST_BAND) * 10 / (last - first)).to_dict()


def share_meeting(rows: pd.DataFrame, stratum: str) -> pd.Series:
    """Return the share meeting the guideline [%] by the levels of one stratum."""
    others = [s for s in ("sex", "age_band", "deprivation", "activity_group") if s != stratum]
    alone = (rows[others].astype(str) == "all").all(axis=1)
    own = rows[alone & (rows[stratum].astype(str) != "all") & (rows["world"] == "baseline")]
    table = own.assign(level=own[stratum].astype(str)).pivot_table(
        index="level", columns="measure", values="value", observed=True
    )
    return 100 * table["meets_guideline"] / table["persons"]


def persistence(size: Size) -> Found:
    """Ask men of 40 to 59 again after 12, 16 and 20 years: are the same men active?"""

    def one(seed: int) -> dict[str, float]:
        at = [MIDSUMMER + 12 * years for years in WAVES]
        first, *later = waves(cohort("british_men"), size.persons, seed, at)
        survivors = later[-1]["alive"]
        before = (first["met_hours"] >= GUIDELINE)[survivors].to_numpy()
        after = [(wave["met_hours"] >= GUIDELINE)[survivors].to_numpy() for wave in later]
        found = {
            f"19.kappa_{years}_years": kappa(before, now)
            for years, now in zip(WAVES[1:], after, strict=True)
        }
        return found | {"19.odds_ratio": odds_ratio(before, after[-1])}

    return over_seeds(size, one)
