"""Items 18 and 19: how active people are, and whether they stay so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abm import simulate
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, over_seeds
from analysis.validation.panel import waves
from analysis.validation.regression import kappa, odds_ratio

if TYPE_CHECKING:
    import pandas as pd

GUIDELINE = 8.75  # MET-hours per week
MIDSUMMER = 6  # months: what moves on 1 January has moved once between surveys a year apart
WAVES = (0, 12, 16, 20)  # years
OLDEST_BAND = "90+"  # too few people


def prevalence(size: Size) -> Found:
    """Ask everybody at the start, and for twenty years: the share meeting the guideline."""

    def one(seed: int) -> dict[str, float]:
        rows = simulate(cohort("country"), persons=size.persons, seed=seed).outcomes
        years = rows["year"].max() - rows["year"].min()
        start, end = (rows[rows["year"] == year] for year in (rows["year"].min(), rows["year"].max()))
        by_sex, by_place = share_meeting(start, "sex"), share_meeting(start, "deprivation")
        bands = [share_meeting(table, "age_band") for table in (start, end)]
        drift = (bands[1] - bands[0]).drop(OLDEST_BAND) * 10 / years
        return {
            "18.men": by_sex["male"],
            "18.women": by_sex["female"],
            "18.most_deprived": by_place["1"],
            "18.least_deprived": by_place["5"],
            **{f"drift {band}": float(change) for band, change in drift.items()},
        }

    found = over_seeds(size, one)
    drifts = [found.pop(name) for name in list(found) if name.startswith("drift")]
    return found | {"18.drift": max(drifts, key=lambda change: abs(change.value))}


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
