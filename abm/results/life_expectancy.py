"""Years of life, and of life weighed by its quality, under the rates of a run.

A period life table: how long people of an age would live if every age kept the run's own death
rates (all years together). A run counts deaths by ten-year band; within a band rates rise with age
as the place's do, so each band's deaths over those that the place's rates expect scale these.
Quality follows Sullivan's method: the years lived at each age, times the mean quality of a year
there, from the run's own prevalence of each disease.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.distributions import NORMAL_95
from abm.kernel import layout as c
from abm.places.country import death_rates, population
from abm.population.gap_between_fifths import years_lived
from abm.population.setup import Setup
from abm.results.outcome_tables import OutcomeTables
from abm.rules import economics
from abm.scenario.drawn import CENTRAL

START_AGES = (20, 40, 65)
MEASURES = ("life_expectancy", "quality_adjusted_life_expectancy")
YEARS_PER_BAND = 10
COUNTED = ("deaths", "person_years", "persons", *(f"prevalence.{name}" for name in c.DISEASES))
DEATHS, YEARS, PERSONS, ILL = 0, 1, 2, 3
FEWEST_SEEDS = 2
LEAST_RATE = 1e-7  # where nobody died a year is lived whole, to ten seconds

Table = NDArray[np.float64]


@dataclass(frozen=True)
class LifeTable:
    """What a place gives to the life tables of a run, by sex and single age, shape (2, ages).

    ``rates`` [deaths per person-year]; ``people`` weigh the ages within a band; ``well`` is the
    quality of a year without the diseases; ``decrement`` and ``share_lost`` (diseases,) what each
    takes of it, as a sum or as a share (``losses_add`` 1 or 0).
    """

    rates: Table
    people: Table
    well: Table
    decrement: Table
    share_lost: Table
    losses_add: float


def life_table_of(setup: Setup) -> LifeTable:
    """Return what the place of a run gives to its life tables."""
    worth, place = setup.constants.economics, setup.parameters.place
    return LifeTable(
        death_rates(place), population(place), np.asarray(worth.utility, float).reshape(2, -1),
        np.asarray(worth.decrement, float), np.asarray(worth.share_lost, float),
        float(worth.losses_add),
    )  # fmt: skip


def life_expectancy_table(tables: OutcomeTables, place: LifeTable) -> pd.DataFrame | None:
    """Return one row per measure, sex and start age [years]; None where not everybody is told of.

    ``baseline`` with its Monte Carlo error, ``policy`` and what is ``gained`` where there is one,
    its error from the seeds (a jackknife), blank with one. Blank, too, where a band of ages from
    the start age on has nobody.
    """
    seeds = [_counted(table) for table in tables.tables(CENTRAL)]
    if not seeds:
        return None
    return pd.DataFrame(list(_rows(np.array(seeds), place)))


def _counted(table: pd.DataFrame) -> Table:
    """Return sums over the years of a run, (worlds, measures, sexes, bands)."""
    rows = table[
        (table["sex"] != "all") & (table["age_band"] != "all") & table["measure"].isin(COUNTED)
    ]
    sums = rows.groupby(["world", "measure", "sex", "age_band"], observed=True)["value"].sum()
    start = rows["year"].min()  # its stocks are those of the last day before the run
    before = rows[(rows["year"] == start) & ~rows["measure"].isin(COUNTED[:PERSONS])]
    stocks = before.groupby(["world", "measure", "sex", "age_band"], observed=True)["value"].sum()
    sums = sums.sub(stocks, fill_value=0.0)
    worlds = [name for name in ("baseline", "policy") if name in set(rows["world"])]
    whole = pd.MultiIndex.from_product([worlds, COUNTED, c.SEXES, c.AGE_BANDS])
    return np.asarray(
        sums.reindex(whole, fill_value=0.0).to_numpy(float)
    ).reshape(len(worlds), len(COUNTED), len(c.SEXES), c.N_BANDS)  # fmt: skip


def _rows(seeds: Table, place: LifeTable) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table from the counts of each seed."""
    n = len(seeds)
    total = seeds.sum(axis=0)
    without = [found(total - one, place) for one in seeds] if n >= FEWEST_SEEDS else []
    all_of_them, errors = found(total, place), level_errors(total[0], place)
    for m, measure in enumerate(MEASURES):
        for s, sex in enumerate(c.SEXES):
            for a, age in enumerate(START_AGES):
                at = (m, s, a)
                row = {"measure": measure, "sex": sex, "age": age, "unit": "years"}
                row |= {"baseline": all_of_them[0][at], "baseline_standard_error": errors[at]}
                if len(total) > 1:
                    row |= _gained(all_of_them, without, at)
                yield row


def _gained(
    all_of_them: Table, without: Sequence[Table], at: tuple[int, int, int]
) -> dict[str, float]:
    """Return the policy world's years and what is gained, with its error over the seeds."""
    gained = float(all_of_them[1][at] - all_of_them[0][at])
    error, n = np.nan, len(without)
    if n:
        left_out = np.array([each[1][at] - each[0][at] for each in without])
        error = float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))
    return {
        "policy": float(all_of_them[1][at]),
        "gained": gained,
        "gained_standard_error": error,
        "gained_lower": gained - NORMAL_95 * error,
        "gained_upper": gained + NORMAL_95 * error,
    }


def found(counts: Table, place: LifeTable) -> Table:
    """Return years by world, measure, sex and start age, from (worlds, measures, sexes, bands)."""
    return np.array([_of_world(world, place) for world in counts])


def _of_world(counted: Table, place: LifeTable) -> Table:
    ratio = counted[DEATHS] / expected_deaths(counted[YEARS], place)
    quality = _quality(counted, place)
    return _years(ratio, quality, place)


def expected_deaths(years: Table, place: LifeTable) -> Table:
    """Return deaths by sex and band that the place's rates give; NaN where nobody lives."""
    weighed = _by_band(place.rates * place.people) / _by_band(place.people)
    return np.asarray(np.where(years > 0.0, years, np.nan) * weighed)


def _by_band(table: Table) -> Table:
    starts = YEARS_PER_BAND * np.arange(c.N_BANDS)
    return np.add.reduceat(table, starts, axis=1)


def _at_ages(by_band: Table) -> Table:
    """Return a figure by band at every single age."""
    band = np.minimum(np.arange(c.N_AGES) // YEARS_PER_BAND, c.N_BANDS - 1)
    return by_band[:, band]


def _quality(counted: Table, place: LifeTable) -> Table:
    """Return the mean quality of a year by sex and single age."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = counted[ILL:] / counted[PERSONS]
    kept = np.prod(1.0 - place.share_lost[:, None, None] * share, axis=0)
    lost = (place.decrement[:, None, None] * share).sum(axis=0)
    weigh = np.vectorize(economics.quality_adjusted_years)
    found = weigh(place.well, 1.0, _at_ages(kept), _at_ages(lost), place.losses_add)
    return np.asarray(found, float)


def _years(ratio: Table, quality: Table, place: LifeTable) -> Table:
    """Return years of life and of its quality, (measures, sexes, start ages)."""
    rates = np.maximum(place.rates * _at_ages(ratio), LEAST_RATE)
    found = np.empty((len(MEASURES), len(c.SEXES), len(START_AGES)))
    for a, age in enumerate(START_AGES):
        first = age - c.YOUNGEST
        lived, left = years_lived(rates[:, first:].T)
        lived[-1] += left  # those beyond the last age live on at its rate
        found[0, :, a] = lived.sum(axis=0)
        found[1, :, a] = (lived * quality[:, first:].T).sum(axis=0)
    return found


def level_errors(counted: Table, place: LifeTable) -> Table:
    """Return the Monte Carlo error of a world's years: deaths of each band are Poisson counts."""
    expected = expected_deaths(counted[YEARS], place)
    ratio, quality = counted[DEATHS] / expected, _quality(counted, place)
    centre = _years(ratio, quality, place)
    variance = np.zeros_like(centre)
    for s in range(len(c.SEXES)):
        for band in range(c.N_BANDS):
            step = np.zeros_like(ratio)
            step[s, band] = 1e-4 * max(ratio[s, band], 1e-3)
            moved = _years(ratio + step, quality, place)
            slope = np.nan_to_num(moved - centre) / step[s, band]
            variance += slope**2 * np.nan_to_num(counted[DEATHS, s, band] / expected[s, band] ** 2)
    return np.asarray(np.where(np.isnan(centre), np.nan, np.sqrt(variance)))
