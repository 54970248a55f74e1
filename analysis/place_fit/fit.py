"""The first five years of a place's people, beside its tables: cells of sex and age band.

Expected are the rates of the tables, scaled as the place's parameters say, on the person-years that
were simulated at each single year of age. Rates that the program solves itself (new cases of
dementia, depression) have no table and are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from abm.conditions import CONDITIONS, Condition
from abm.evidence.parameters import Parameters, central_parameters
from abm.evidence.place import Place
from abm.kernel.layout import AGE_BANDS, SEXES, YOUNGEST
from abm.places.country import death_rates, published_disease
from abm.results.scales import SIMULATED
from abm.results.units import events_of
from abm.running.simulate import simulate
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario
from analysis.validation.country import OLDEST_RATE, expectancy, on_the_next_day
from analysis.validation.estimates import pooled
from analysis.validation.exposure import Table, by_age

YEARS, YEARS_PER_BAND = 5, 10
ENOUGH = 400  # expected events, or people, from which a cell is judged
MOST_OFF, MOST_YEARS_OFF = 0.10, 0.5  # of a cell, beside two Monte Carlo errors; of a life
EXPECTANCY_AGES = (20, 40, 65)
BELOW_90 = AGE_BANDS[:-1]
DEATHS, INCIDENCE, PREVALENCE, LIFE = "deaths", "incidence", "prevalence", "life_expectancy"


@dataclass(frozen=True)
class Cell:
    """One figure of a sex and age band, simulated and by the table.

    ``error`` is the Monte Carlo error (one standard error) of ``simulated``. Events and people are
    those of all seeds together; life expectancy is in years.
    """

    measure: str
    condition: str
    sex: str
    age: str
    simulated: float
    table: float
    error: float

    @property
    def ratio(self) -> float:
        """Return simulated over table."""
        return self.simulated / self.table if self.table > 0.0 else math.nan

    @property
    def ratio_error(self) -> float:
        """Return the Monte Carlo error of the ratio."""
        return self.error / self.table if self.table > 0.0 else math.nan

    @property
    def judged(self) -> bool:
        """Return whether there are enough to say anything."""
        return not math.isnan(self.error) if self.measure == LIFE else self.table >= ENOUGH

    @property
    def meets(self) -> bool:
        """Return whether the figure is as near to the table as it must be."""
        if self.measure == LIFE:
            return abs(self.simulated - self.table) <= MOST_YEARS_OFF + 2.0 * self.error
        return abs(self.ratio - 1.0) <= MOST_OFF + 2.0 * self.ratio_error


@dataclass(frozen=True)
class OneSeed:
    """What one seed gave: person-years and deaths (2, sexes, ages), the living, and outcomes."""

    mortality: Table
    living: Table
    outcomes: pd.DataFrame


def scenario_at(place: Place) -> Scenario:
    """Return the scenario in which a place's people are left alone for five years."""
    here = load_scenario("uk", ["years=5"])
    return replace(here, population=replace(here.population, place=place.name))


def fit_of(place: Place, persons: int, seeds: int) -> list[Cell]:
    """Simulate a place with seeds 1, 2, ... and return every cell beside its table."""
    runs = list(seeds_of(place, persons, range(1, seeds + 1)))
    parameters = central_parameters(scenario_at(place).parameters, place)
    exposed = np.sum([run.mortality for run in runs], axis=0)
    living = np.sum([run.living for run in runs], axis=0)
    outcomes: pd.DataFrame = sum(run.outcomes for run in runs)
    found = [*_deaths(exposed, place), *_lives(runs, place)]
    for row in CONDITIONS:
        if row.published_as:
            found += _of_condition(row, exposed[0], living, outcomes, parameters)
    return found


def seeds_of(place: Place, persons: int, seeds: Sequence[int]) -> Iterator[OneSeed]:
    """Yield what a place's people did in five years, with each seed."""
    scenario = scenario_at(place)
    for seed in seeds:
        yield _one(scenario, persons, seed)


def _one(scenario: Scenario, persons: int, seed: int) -> OneSeed:
    result = simulate(scenario, persons=persons, years=YEARS, seed=seed, keep_people=True)
    mortality, living = by_age(result.people, YEARS)
    return OneSeed(mortality.sum(axis=-1), living.sum(axis=-1), _by_band(result.outcomes))


def _by_band(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return new cases of five years and cases at the end: by sex and age band, a column each."""
    rows = outcomes[
        (outcomes["sex"] != "all")
        & (outcomes["age_band"] != "all")
        & (outcomes["deprivation"] == "all")
        & (outcomes["activity_group"] == "all")
    ]
    table = rows.pivot_table(
        index=["year", "sex", "age_band"], columns="measure", values="value", observed=True
    )
    by_cell = table.groupby(["sex", "age_band"], observed=True)
    found: pd.DataFrame = by_cell.sum()
    present = [name for name in found.columns if name.startswith("prevalence.")]
    found[present] = by_cell[present].last()
    return found


def in_bands(by_single_age: Table) -> Table:
    """Return sums over bands of ten years below 90, shape (sexes, bands)."""
    inside = by_single_age[:, : YEARS_PER_BAND * len(BELOW_90)]
    return np.asarray(inside.reshape(len(SEXES), len(BELOW_90), YEARS_PER_BAND).sum(axis=-1))


def _cells(measure: str, condition: str, counted: Table, expected: Table) -> Iterator[Cell]:
    """Yield the cells of one measure; events and people are counts, so their error is known."""
    for s, sex in enumerate(SEXES):
        for band, age in enumerate(BELOW_90):
            simulated, table = float(counted[s, band]), float(expected[s, band])
            if table > 0.0:
                yield Cell(measure, condition, sex, age, simulated, table, math.sqrt(simulated))


def _deaths(exposed: Table, place: Place) -> Iterator[Cell]:
    years, deaths = exposed
    yield from _cells(DEATHS, "", in_bands(deaths), in_bands(years * death_rates(place)))


def _lives(runs: Sequence[OneSeed], place: Place) -> Iterator[Cell]:
    """Yield life expectancy: by simulated rates, and by the table's through the same steps."""
    every = [run.mortality for run in runs]
    years = np.sum(every, axis=0)[0]
    by_table = [np.stack([years, years * death_rates(place)])]
    for s, sex in enumerate(SEXES):
        for age in EXPECTANCY_AGES if _some_die_old(runs, s) else ():
            years_left = partial(expectancy, sex=s, age=age)
            error = pooled(every, years_left, 0).error  # nan with one seed
            yield Cell(LIFE, "", sex, str(age), years_left(every), years_left(by_table), error)


def _some_die_old(runs: Sequence[OneSeed], sex: int) -> bool:
    """Return whether the oldest have a death rate, whichever seed is left out for the error."""
    died = [run.mortality[1, sex, OLDEST_RATE - YOUNGEST :].sum() for run in runs]
    return bool(sum(died) - (max(died) if len(died) > 1 else 0.0) > 0.0)


def _of_condition(
    row: Condition, years: Table, living: Table, outcomes: pd.DataFrame, parameters: Parameters
) -> Iterator[Cell]:
    incidence, prevalence, _ = published_disease(row.name, parameters)
    present = on_the_next_day(prevalence)
    for measure, expected in (
        (INCIDENCE, in_bands(years * incidence)), (PREVALENCE, in_bands(living * present)),
    ):  # fmt: skip
        column = outcomes[f"{measure}.{row.name}"].unstack()
        counted = column.reindex(index=SEXES, columns=BELOW_90).fillna(0.0).to_numpy()
        yield from _cells(measure, row.name, counted, expected)


def table_of(cells: Sequence[Cell]) -> pd.DataFrame:
    """Return cells as a table, one row each."""
    return pd.DataFrame(
        [
            {
                "measure": each.measure, "condition": each.condition, "sex": each.sex,
                "age": each.age, "simulated": each.simulated, "table": each.table,
                "monte_carlo_error": each.error, "ratio": each.ratio,
                "ratio_monte_carlo_error": each.ratio_error,
                "verdict": verdict(each), "unit": unit_of_cell(each),
                "scale": "" if each.measure == LIFE else SIMULATED,
            }
            for each in cells
        ]
    )  # fmt: skip


def unit_of_cell(cell: Cell) -> str:
    """Return what a cell counts."""
    if cell.measure == INCIDENCE:
        return events_of(cell.condition)
    return {DEATHS: "deaths", PREVALENCE: "persons", LIFE: "years"}[cell.measure]


def verdict(cell: Cell) -> str:
    """Say whether a cell meets its table."""
    if not cell.judged:
        return "too few to say"
    return "meets its table" if cell.meets else "off"
