"""Items 16 and 17: life table, and incidence, prevalence and deaths of each disease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import pandas as pd

from abm import simulate
from abm.evidence.parameters import central_parameters
from abm.evidence.place import bundled_place
from abm.kernel.layout import AGE_BANDS, DISEASES, SEXES, YOUNGEST
from abm.places.country import death_rates, population
from abm.population.constants_of import calibrated_model
from abm.population.gap_between_fifths import life_expectancy
from abm.results.outcome_tables import everybody
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import (
    Estimate,
    Found,
    Size,
    each_seed,
    mean_of,
    over_seeds,
    pooled,
)
from analysis.validation.exposure import Table, by_age
from analysis.validation.targets import of_item

PLACE = bundled_place()

YEARS = 10
EXPECTANCY_AGES = (20, 40, 65)
DEATH_AGES = (40, 50, 60, 70, 80, 90)
WINDOW = 4  # years to either side of an age, so that there are enough deaths
OLDEST_RATE = 95
NOBODY = 1e-6  # deaths at an age at which nobody died
BELOW_90 = AGE_BANDS[:-1]
YEARS_PER_BAND = 10
LARGEST_ERROR = 0.02  # of a cell that is looked at on its own


@dataclass(frozen=True)
class CountryRun:
    """One seed of the country.

    ``mortality`` (2, sexes, ages, quintiles): person-years and deaths; ``living`` at the end
    (sexes, ages, quintiles); ``outcomes`` by sex and age band.
    """

    mortality: Table
    living: Table
    outcomes: pd.DataFrame


@cache
def country(name: str, size: Size) -> list[CountryRun]:
    """Simulate the country for ten years with every seed."""

    def one(seed: int) -> CountryRun:
        result = simulate(
            cohort(name), persons=size.persons, years=YEARS, seed=seed, keep_people=True
        )
        return CountryRun(*by_age(result.people, YEARS), by_band(result.outcomes))

    return each_seed(size, one)


def by_band(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes by sex and age band, other strata together: one column per measure."""
    rows = outcomes[
        (outcomes["sex"] != "all")
        & (outcomes["age_band"] != "all")
        & (outcomes["deprivation"] == "all")
        & (outcomes["activity_group"] == "all")
    ]
    return rows.pivot_table(
        index=["year", "sex", "age_band"], columns="measure", values="value", observed=True
    )


# Item 16


def life_table(size: Size) -> Found:
    """Simulate the country, open and closed: life expectancy, and deaths over the life table's."""
    found: Found = {}
    fewer = Size(size.persons // 4, size.seeds)
    for name, ending, own in (("country", "", size), ("closed_country", "_closed", fewer)):
        runs = [one.mortality.sum(axis=-1) for one in country(name, own)]
        for s, sex in enumerate(SEXES):
            for age in EXPECTANCY_AGES:
                found[f"16.e{age}_{sex}{ending}"] = pooled(
                    runs, partial(expectancy, sex=s, age=age), own.persons
                )
    return found | death_ratios(country("country", size), size)


def expectancy(runs: Sequence[Table], sex: int, age: int) -> float:
    """Return the remaining years of life at an age under the simulated rates.

    ``runs``: person-years and deaths of each seed, (2, sexes, ages). The oldest are too few for
    rates of their own and share one.
    """
    years, deaths = np.sum(runs, axis=0)[:, sex]
    last = OLDEST_RATE - YOUNGEST
    counted = np.append(deaths[:last], deaths[last:].sum())
    exposed = np.append(years[:last], years[last:].sum())
    rates = np.maximum(counted, NOBODY) / np.maximum(exposed, 1.0)
    return float(life_expectancy(rates[age - YOUNGEST :]))


def death_ratios(runs: list[CountryRun], size: Size) -> Found:
    """Return deaths over those by the life table, nine years of age together."""
    found = {}
    for s, sex in enumerate(SEXES):
        for age in DEATH_AGES:
            near = slice(age - WINDOW - YOUNGEST, age + WINDOW + 1 - YOUNGEST)
            ratios = [
                one.mortality[1, s, near].sum()
                / (one.mortality[0, s, near].sum(-1) * death_rates(PLACE)[s, near]).sum()
                for one in runs
            ]
            found[f"16.q{age}_{sex}"] = mean_of(ratios, size.persons)
    return found


# Item 17


def disease(size: Size) -> Found:
    """Simulate the country for ten years: new cases, prevalence at the end, first-year deaths."""
    runs = country("country", size)
    rates = calibrated_model(central_parameters()).rates
    found: Found = {}
    for k, name in enumerate(DISEASES):
        new, present = rates[k].incidence, on_the_next_day(rates[k].prevalence)
        cases = [against(one, f"incidence.{name}", one.mortality[0], new) for one in runs]
        ill = [against(one, f"prevalence.{name}", one.living, present) for one in runs]
        for what, cells in (("incidence", cases), ("prevalence", ill)):
            total = [c[0].sum() / c[1].sum() for c in cells]
            found[f"17.{what}.{name}"] = mean_of(total, size.persons)
            found[f"17.{what}_cell.{name}"] = furthest_cell(cells, size)
    return found | deaths_of_the_country(size)


def against(run: CountryRun, measure: str, exposed: Table, rate: Table) -> tuple[Table, Table]:
    """Return what was counted and what the published rates give, by sex and age band below 90.

    ``exposed``: person-years, for events of all years, or the living at the end, for prevalence.
    """
    rows = run.outcomes[measure]
    wanted = rows.groupby(["sex", "age_band"], observed=True)
    counted = wanted.last() if measure.startswith("prevalence") else wanted.sum()
    found = counted.unstack().reindex(index=SEXES, columns=BELOW_90).to_numpy()
    expected = exposed.sum(-1) * rate
    return found, expected[:, : YEARS_PER_BAND * len(BELOW_90)].reshape(
        len(SEXES), len(BELOW_90), YEARS_PER_BAND
    ).sum(-1)


def on_the_next_day(prevalence: Table) -> Table:
    """Return prevalence a year of age later, (sexes, ages).

    Published figures are the start population's, on 1 January; those alive on 31 December turn
    a year older on the next day.
    """
    return np.column_stack([prevalence[:, 1:], prevalence[:, -1]])


def furthest_cell(cells: list[tuple[Table, Table]], size: Size) -> Estimate:
    """Return the ratio furthest from 1 among the sexes and age bands with enough cases."""
    counted, expected = (np.array([cell[i] for cell in cells]) for i in (0, 1))
    known = counted.sum(axis=0) > 1.0 / LARGEST_ERROR**2
    ratios = counted[:, known] / expected[:, known]
    if not ratios.size:
        return Estimate(np.nan, np.nan, size.persons * size.seeds, size.seeds)
    column = int(np.abs(ratios.mean(axis=0) - 1.0).argmax())
    s, band = np.argwhere(known)[column]
    furthest = mean_of(list(ratios[:, column]), size.persons)
    return replace(furthest, remark=f"{SEXES[s]}, {AGE_BANDS[band]} years")


def deaths_of_the_country(size: Size) -> Found:
    """Return deaths of the first year at any age, scaled to the country's adults.

    Colon cancer stands for seven tenths of colorectal cancer.
    """
    scale = population(PLACE).sum() / size.persons
    colon_share = central_parameters()["disease.colon_share_of_colorectal"]
    names = [each.name for each in of_item("17") if each.name.startswith("17.deaths.")]

    def one(seed: int) -> dict[str, float]:
        scenario = cohort("country", ["population.ages=[20, 111]"])
        rows = simulate(scenario, persons=size.persons, years=1, seed=seed).outcomes
        counted = rows[everybody(rows)].groupby("measure", observed=True)["value"].sum()
        found = {name: scale * float(counted[name.removeprefix("17.")]) for name in names}
        found["17.deaths.colon_cancer"] /= colon_share
        return found

    return over_seeds(size, one)
