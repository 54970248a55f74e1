"""From outcomes to the tidy table behind each figure. Draws nothing.

Every rate, share and difference that a figure shows is computed here and written beside the
figure as CSV. Levels are those of the central parameters, averaged over seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.outcomes import DEATHS, diseases

AGE_BANDS = ("20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
ACTIVITY_GROUPS = ("inactive", "low", "active", "very_active")
SEXES = ("female", "male")

STRATA = ("sex", "age_band", "deprivation", "activity_group")
WORLDS = ("baseline", "policy")
FEWEST_EVENTS_SHOWN = 10
DIGITS = "%.6g"  # of the files beside figures: beyond any Monte Carlo error


@dataclass(frozen=True)
class Levels:
    """Outcomes of the central parameters, split by the strata they are given for.

    Attributes
    ----------
    frames
        Strata (such as ``("sex", "deprivation")``, ``()`` for everybody) to their rows.
    first_year
        Calendar year of the starting stocks, the one before the first simulated year.
    worlds
        ``("baseline",)`` or ``("baseline", "policy")``.
    each_seed
        Returns the outcomes of one seed after the other, which are too many to be held together.
    """

    frames: Mapping[tuple[str, ...], pd.DataFrame]
    first_year: int
    worlds: tuple[str, ...]
    each_seed: Callable[[], Iterator[pd.DataFrame]]

    def table(
        self, measures: Sequence[str], by: tuple[str, ...] = (), *, seeds: bool = False
    ) -> pd.DataFrame:
        """Return one column per measure, one row per world, year and stratum (and seed).

        Raises
        ------
        KeyError
            If the outcomes do not hold these strata or one of the measures.
        """
        if by not in self.frames:
            raise KeyError(f"outcomes hold no rows by {' x '.join(by) or 'everybody'}")
        if seeds:
            return pd.concat(
                [_table_of_seed(own, measures, by) for own in self.each_seed()], ignore_index=True
            )
        rows = self.frames[by]
        rows = rows[rows["measure"].isin(measures)]
        keys = ["world", "year", *by]
        means = rows.groupby([*keys, "measure"], observed=True)["value"].mean()
        wide = means.unstack("measure")
        missing = [measure for measure in measures if measure not in wide.columns]
        if missing:
            raise KeyError(f"outcomes hold no {missing} by {' x '.join(by) or 'everybody'}")
        return wide[list(measures)].reset_index().astype(dict.fromkeys(("world", *by), object))

    def has(self, by: tuple[str, ...], measure: str) -> bool:
        """Say whether the outcomes hold a measure for a set of strata."""
        return by in self.frames and bool((self.frames[by]["measure"] == measure).any())

    @property
    def diseases(self) -> list[str]:
        """Diseases with an incidence, in the order of the table of conditions."""
        found = set(self.frames[()]["measure"])
        return [name for name in diseases() if f"incidence.{name}" in found]

    @property
    def people_lived(self) -> float:
        """Persons at the start plus entrants: the denominator of cases averted."""
        stocks = self.table(["persons", "entrants"])
        own = stocks[stocks["world"] == "baseline"]
        start = own.loc[own["year"] == self.first_year, "persons"].sum()
        return float(start + own.loc[own["year"] > self.first_year, "entrants"].sum())


def _table_of_seed(
    outcomes: pd.DataFrame, measures: Sequence[str], by: tuple[str, ...]
) -> pd.DataFrame:
    table = central_levels(outcomes).table(measures, by)
    table.insert(0, "seed", outcomes["seed"].iloc[0])
    return table


def central_levels(
    outcomes: pd.DataFrame, each_seed: Callable[[], Iterator[pd.DataFrame]] | None = None
) -> Levels:
    """Split outcomes by stratum, keeping the central draw and the two worlds.

    Parameters
    ----------
    outcomes
        Tidy table: seed, draw, world, year, four strata, measure, value. Not modified.
        The central values have no draw; without them all draws are averaged. Or the means over
        seeds, with
    each_seed
        what returns them seed by seed; default from the table.
    """
    names = [*STRATA, "world", "measure"]
    rows = outcomes.astype(dict.fromkeys(names, "category"))
    rows = rows[rows["world"].isin(WORLDS)]
    central = rows["draw"].isna()
    if central.any():
        rows = rows[central]
    crossed = np.zeros(len(rows), dtype=np.int8)
    for bit, stratum in enumerate(STRATA):
        crossed |= (rows[stratum] != "all").to_numpy().astype(np.int8) << bit
    frames = {}
    for code in np.unique(crossed):
        by = tuple(name for bit, name in enumerate(STRATA) if code >> bit & 1)
        unused = [name for name in STRATA if name not in by]
        frames[by] = rows[crossed == code].drop(columns=unused)
    found = set(rows["world"].unique())
    worlds = tuple(world for world in WORLDS if world in found)
    by_seed = each_seed or (lambda: (own for _, own in rows.groupby("seed")))
    return Levels(frames, int(rows["year"].min()), worlds, by_seed)


def il6_distribution(histogram: pd.DataFrame, bins_per_row: int = 4) -> pd.DataFrame:
    """Return the share of the living per bin of resting IL-6, at the start and at the end.

    Parameters
    ----------
    histogram
        Counts by world, year, sex, age_band and bin ``ln_il6_left`` of width .02.
    bins_per_row
        Bins of the histogram put together in one row; all rows are equally wide in ln IL-6.

    Returns
    -------
        Columns moment (``start`` or ``end``), world, il6_from, il6_to [pg/mL], persons, share [1].
    """
    rows = histogram[histogram["world"].isin(WORLDS)]
    for stratum in ("sex", "age_band"):
        if (rows[stratum] == "all").any():
            rows = rows[rows[stratum] == "all"]
    first, last = rows["year"].min(), rows["year"].max()
    rows = rows[rows["year"].isin([first, last])]
    edges = np.sort(histogram["ln_il6_left"].unique())
    width = float(np.diff(edges).min()) * bins_per_row if len(edges) > 1 else 0.02
    coarse = np.floor(rows["ln_il6_left"].to_numpy() / width + 1e-6).astype(np.int64)
    rows = rows.assign(bin=coarse, moment=np.where(rows["year"] == first, "start", "end"))
    rows = rows[(rows["moment"] == "end") | (rows["world"] == "baseline")]
    counts = rows.groupby(["moment", "world", "bin"], observed=True)["persons"].sum()
    full = range(int(coarse.min()), int(coarse.max()) + 1)
    table = counts.unstack("bin", fill_value=0).reindex(columns=full, fill_value=0)
    table = table.stack().rename("persons").reset_index()
    total = table.groupby(["moment", "world"], observed=True)["persons"].transform("sum")
    return table.assign(
        il6_from=np.exp(table["bin"] * width),
        il6_to=np.exp((table["bin"] + 1) * width),
        share=table["persons"] / total,
    )[["moment", "world", "il6_from", "il6_to", "persons", "share"]]


def il6_course(levels: Levels) -> pd.DataFrame:
    """Return geometric mean and quartiles of resting IL-6 [pg/mL] by world and year.

    ``relative_difference`` [1] is the geometric mean of the row's world against the baseline of
    the same year, minus one: 0 in the baseline's own rows.
    """
    names = {f"il6.{name}": name for name in ("geometric_mean", "p25", "p50", "p75")}
    table = levels.table(list(names)).rename(columns=names)
    own = table[table["world"] == "baseline"].set_index("year")["geometric_mean"]
    ratio = table["geometric_mean"] / table["year"].map(own)
    return table.assign(relative_difference=ratio - 1)


def cumulative_incidence(levels: Levels, course: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return new cases since the start by disease, world and year.

    Parameters
    ----------
    levels
        Outcomes.
    course
        ``result.expected_course``; None in a run of one world.

    Returns
    -------
        Columns disease, world, year, cases, cases_per_100k (of the persons at the start plus all
        entrants of the run), averted_per_100k (as counted, baseline minus the row's world), and
        with a course expected_per_100k, lower, upper (averted as expected; 95 % Monte Carlo
        interval).
    """
    measures = [f"incidence.{disease}" for disease in levels.diseases]
    wide = levels.table(measures).set_index(["world", "year"]).fillna(0.0)
    wide.columns = pd.Index(levels.diseases, name="disease")
    for world in levels.worlds:
        wide.loc[(world, levels.first_year), :] = 0.0
    wide = wide.sort_index()
    total = wide.groupby(level="world", observed=True).cumsum()
    table = total.stack().rename("cases").reset_index()
    per_100k = table["cases"] / levels.people_lived * 1e5
    table = table.assign(cases_per_100k=per_100k)
    own = table[table["world"] == "baseline"].set_index(["disease", "year"])["cases_per_100k"]
    keys = pd.MultiIndex.from_frame(table[["disease", "year"]])
    table = table.assign(averted_per_100k=own.reindex(keys).to_numpy() - per_100k)[
        ["disease", "world", "year", "cases", "cases_per_100k", "averted_per_100k"]
    ]
    if course is None:
        return table
    return table.join(
        _expected(course, "incidence." + table["disease"], table, levels.people_lived)
    )


def _expected(
    course: pd.DataFrame, outcome: pd.Series[str] | str, table: pd.DataFrame, persons: Any
) -> pd.DataFrame:
    """Return what is expected to be averted until the end of each row's year, per 100 000.

    Nothing in the baseline, and before the first year; limits that are unknown stay so.
    """
    names = {"expected_averted": "expected_per_100k", "lower": "lower", "upper": "upper"}
    known = course.rename(columns=names).set_index(["outcome", "year"])[list(names.values())]
    wanted = pd.DataFrame({"outcome": outcome, "year": table["year"]}, index=table.index)
    rows = pd.MultiIndex.from_frame(wanted)
    found = known.reindex(rows).set_index(table.index)
    counts = (table["world"] == "policy") & rows.isin(known.index)
    return found.where(counts, 0.0).mul(1e5 / persons, axis=0)


def survival(levels: Levels, course: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the share alive of everybody who has lived in the run so far.

    Returns
    -------
        Columns world, year, years_since_start, alive, lived (starting persons and entrants so
        far), share_alive [1], more_alive_per_100k (as counted, against the baseline, per 100 000
        lived), and with a ``course`` (``result.expected_course``) expected_per_100k, lower, upper:
        how many more are expected to be alive, with its 95 % Monte Carlo interval.
    """
    table = levels.table(["persons", "entrants"]).fillna(0.0)
    table = table.sort_values(["world", "year"], ignore_index=True)
    at_start = table["year"] == levels.first_year
    joined = table["persons"].where(at_start, table["entrants"])
    lived = joined.groupby(table["world"], observed=True).cumsum()
    share = table["persons"] / lived
    own = share[table["world"] == "baseline"].set_axis(
        table.loc[table["world"] == "baseline", "year"]
    )
    found = pd.DataFrame(
        {
            "world": table["world"],
            "year": table["year"],
            "years_since_start": table["year"] - levels.first_year,
            "alive": table["persons"],
            "lived": lived,
            "share_alive": share,
            "more_alive_per_100k": (share - table["year"].map(own).astype(float)) * 1e5,
        }
    )
    # Entrants are the same in both worlds, so that many more are alive as deaths are averted.
    return found if course is None else found.join(_expected(course, DEATHS, found, lived))


def _events_and_years(levels: Levels, by: tuple[str, ...]) -> pd.DataFrame:
    """Sum events and years at risk over the run by disease, world and stratum."""
    kinds = {"incidence": "events", "at_risk_years": "at_risk_years"}
    measures = [f"{kind}.{disease}" for disease in levels.diseases for kind in kinds]
    table = levels.table(measures, by)
    table = table[table["year"] > levels.first_year]
    sums = table.groupby(["world", *by], observed=True)[measures].sum()
    parts = []
    for disease in levels.diseases:
        own = sums[[f"{kind}.{disease}" for kind in kinds]].set_axis(list(kinds.values()), axis=1)
        parts.append(own.assign(disease=disease))
    return pd.concat(parts).reset_index()


def rate_by_activity(levels: Levels) -> pd.DataFrame:
    """Return incidence rates by activity group, age-standardised where the outcomes allow it.

    Directly standardised to the years lived at each age in the baseline world of the run, so that
    a cohort is judged at the ages it lives through; age bands without years at risk in a group are
    left out and the other weights scaled up. Outcomes without the crossing
    of age band and activity group give crude rates, marked in ``age_standardised``.

    Returns
    -------
        Columns disease, world, activity_group, events, rate_per_1000 [per 1000 years at risk],
        age_standardised.
    """
    by = ("age_band", "activity_group")
    crossed = levels.has(by, f"at_risk_years.{levels.diseases[0]}")
    keys = ["disease", "world", "activity_group"]
    if not crossed:
        table = _events_and_years(levels, ("activity_group",))
        rate = 1000 * table["events"] / table["at_risk_years"]
        table = table.assign(rate_per_1000=rate, age_standardised=False)
    else:
        cells = _events_and_years(levels, by)
        cells = cells[cells["at_risk_years"] > 0]
        weight = cells["age_band"].map(_age_weights(levels)).astype(float)
        rate = 1000 * cells["events"] / cells["at_risk_years"]
        cells = cells.assign(weight=weight, weighted=rate * weight)
        table = cells.groupby(keys, observed=True)[["events", "weight", "weighted"]].sum()
        table = table.assign(
            rate_per_1000=table["weighted"] / table["weight"], age_standardised=True
        ).reset_index()
    return table[[*keys, "events", "rate_per_1000", "age_standardised"]]


def _age_weights(levels: Levels) -> dict[str, float]:
    """Return person-years of the run by age band, in the baseline world."""
    table = levels.table(["person_years"], ("age_band",))
    own = table[(table["year"] > levels.first_year) & (table["world"] == "baseline")]
    years = own.groupby("age_band", observed=True)["person_years"].sum()
    return {str(band): float(lived) for band, lived in years.items() if lived > 0}


def middle_ages(levels: Levels) -> str:
    """Return the age bands within which 90 % of the baseline's person-years are lived.

    At least 5 % lie in or below the first band named, and in or above the last.
    """
    years = pd.Series(_age_weights(levels)).reindex(AGE_BANDS).fillna(0.0)
    below = years.cumsum() / years.sum()
    first = str(below.index[below.to_numpy() >= 0.05][0])
    last = str(below.index[below.to_numpy() >= 0.95][0])
    return first if first == last else f"{first} to {last}"


def risk_by_age_and_activity(levels: Levels) -> pd.DataFrame:
    """Return baseline incidence by age band and activity group (by sex where not crossed).

    Returns
    -------
        Columns disease, age_band, group, events, at_risk_years, rate_per_1000 (NaN where fewer
        than ten events were seen), grouped_by.
    """
    crossed = levels.has(("age_band", "activity_group"), f"incidence.{levels.diseases[0]}")
    by = ("age_band", "activity_group") if crossed else ("sex", "age_band")
    group = "activity_group" if crossed else "sex"
    cells = _events_and_years(levels, by)
    cells = cells[cells["world"] == "baseline"].rename(columns={group: "group"})
    enough = (cells["events"] >= FEWEST_EVENTS_SHOWN) & (cells["at_risk_years"] > 0)
    rate = (1000 * cells["events"] / cells["at_risk_years"]).where(enough)
    cells = cells.assign(rate_per_1000=rate, grouped_by=group)
    columns = ["disease", "age_band", "group", "events", "at_risk_years", "rate_per_1000"]
    return cells[[*columns, "grouped_by"]].reset_index(drop=True)


def ordered(names: Sequence[str], order: Sequence[str]) -> list[str]:
    """Return the names in a fixed order; names the order does not know come last."""
    known = [name for name in order if name in set(names)]
    return known + sorted(set(names) - set(order))


ORDERS = {"age_band": AGE_BANDS, "activity_group": ACTIVITY_GROUPS, "sex": SEXES}
