"""A survey's respondents as cells: what a file may hold of people who answered a survey.

People are split by sex, age, quintile of deprivation, whether the policy may be offered to them,
reported activity and body mass index, as long as every part keeps ten respondents and ten simulated
persons. Of a cell the page has sums of effects, of their squares and products (for Monte Carlo
errors), how many are there, and mean age, activity and body mass index. Eligibility is asked of
these means; that of activity is taken of logarithms, because habits are skewed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.population.respondents import rows_taken
from abm.population.survey import load_survey
from abm.results.effects_table import EffectsTable, Januaries
from abm.results.persons import ENTRANT_IDS
from abm.results.quantities import QUANTITIES
from abm.scenario.parts import Eligibility
from analysis.explore.further_tables import BANDS
from analysis.explore.packing import Columns, Packed, packed
from analysis.explore.quantities import HELD
from analysis.words import in_words

Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]
FEWEST = 10  # respondents, and simulated persons, of a cell
NOBODY = -1  # newcomers are drawn from the population model, not from the survey
DOSES, BMIS = (8.75, 16.5), (25.0, 30.0)  # marginal MET-hours per week; kg/m2: where cells are cut
# Of sums of products over their largest possible size, and of roots of sums of squares.
PRODUCT_STEPS, ROOT_STEPS = 1000, 60_000
PRODUCTS = (
    ("care_cost_averted", "qalys_gained"), ("delivered_years", "care_cost_averted"),
    ("delivered_years", "qalys_gained"),
)  # fmt: skip


def respondents_of(table: EffectsTable) -> Whole:
    """Return which row of the survey each person is; -1 for those who come from none."""
    scenario = table.scenario
    if scenario.population.microdata is None:
        return np.full(len(table.people), NOBODY)
    known = load_survey(scenario.population.microdata, scenario)
    slots = table.people["person"].to_numpy()
    from_survey = slots < ENTRANT_IDS
    found = np.full(slots.size, NOBODY)
    found[from_survey] = rows_taken(known, slots[from_survey], table.seed)
    return found


# Which cell


def cells_of(table: EffectsTable, respondents: Whole) -> Whole:
    """Return the number of the cell of each person, from 0."""
    found = np.zeros(len(table.people), np.int64)
    for number, members in enumerate(
        _split(np.arange(len(found)), list(_keys(table)), respondents)
    ):
        found[members] = number
    return found


def _split(members: Whole, keys: Sequence[Whole], respondents: Whole) -> Iterator[Whole]:
    if not keys:
        yield members
        return
    for part in _parts(members, keys[0][members], respondents):
        yield from _split(part, keys[1:], respondents)


def _parts(members: Whole, key: Whole, respondents: Whole) -> list[Whole]:
    """Return members by their key, neighbours together where there are too few of one."""
    parts: list[Whole] = []
    for value in np.unique(key):
        part = members[key == value]
        if parts and not _enough(parts[-1], respondents):
            part = np.concatenate([parts.pop(), part])
        parts.append(part)
    if len(parts) > 1 and not _enough(parts[-1], respondents):
        last = parts.pop()
        parts.append(np.concatenate([parts.pop(), last]))
    return parts


def _enough(members: Whole, respondents: Whole) -> bool:
    """Return whether there are ten persons and, where any is a respondent, ten of these."""
    rows = respondents[members]
    asked = np.unique(rows[rows != NOBODY]).size
    return len(members) >= FEWEST and (asked == 0 or asked >= FEWEST)


def _keys(table: EffectsTable) -> Iterator[Whole]:
    """Yield what people are split by, in this order."""
    people, rule, now = table.people, table.policy.eligible, table.on_january
    first = (people["entry_year"] - table.scenario.start_year).to_numpy()
    asked = np.maximum(first, max(table.policy.start - table.scenario.start_year, 0))
    rows = np.arange(len(people))
    age = people["age"].to_numpy()
    yield np.minimum(first, 1)
    yield np.asarray(people["sex"].cat.codes, np.int64)
    yield table.eligible()[rows, asked].astype(np.int64)
    yield np.searchsorted(_edges(range(30, c.OLDEST, 10), *(rule.ages or ())), age, side="right")
    yield people["deprivation"].to_numpy(np.int64)
    yield first
    dose, bmi = now.met_hours[rows, asked], now.bmi[rows, asked]
    yield np.searchsorted(_edges(DOSES, rule.met_hours_below), dose, side="right")
    yield np.searchsorted(_edges(BMIS, rule.bmi_above), bmi, side="left")
    yield age // 5


def _edges(usual: Any, *own: float | None) -> Numbers:
    return np.union1d(list(usual), [each for each in own if each is not None])


# What of a cell


@dataclass(frozen=True)
class Cells:
    """A table of cells instead of persons: a row of ``table`` is a cell, its effects are sums.

    ``number`` is the cell of each person of the ``persons``' table.
    """

    persons: EffectsTable
    respondents: Whole
    number: Whole

    @cached_property
    def members(self) -> Whole:
        """The persons of each cell."""
        return np.bincount(self.number)

    @cached_property
    def table(self) -> EffectsTable:
        """The cells as people: sums of effects, means of what eligibility asks for."""
        table, count = self.persons, len(self.members)
        effects = np.zeros((count, *table.effects.shape[1:]))
        np.add.at(effects, self.number, table.effects)
        within = np.zeros((count, *table.within_run.shape[1:]))
        np.add.at(within, self.number, table.within_run)
        people = self._people()
        return replace(
            table, people=people, on_january=self._on_january(people),
            effects=effects.astype(np.float32), within_run=within.astype(np.float32),
        )  # fmt: skip

    def _people(self) -> pd.DataFrame:
        people, number = self.persons.people, self.number

        def mean(values: Any) -> Numbers:
            return np.bincount(number, np.asarray(values, float)) / self.members

        sex = np.round(mean(people["sex"].cat.codes)).astype(np.int64)
        return pd.DataFrame({
            "person": np.arange(len(self.members)),
            "entry_year": np.floor(mean(people["entry_year"])).astype(np.int64),
            "sex": pd.Categorical.from_codes(sex, categories=c.SEXES),
            "deprivation": np.round(mean(people["deprivation"])).astype(np.int32),
            "age": np.floor(mean(people["age"])).astype(np.int32),
            "death_year": np.nan, "reach_draw": np.float32(0.0), "uptake_draw": np.float32(0.0),
        })  # fmt: skip

    @cached_property
    def there(self) -> Whole:
        """How many of each cell live there on each 1 January, shape (cells, years)."""
        return self._summed(self.persons.on_january.there).astype(np.int64)

    def _summed(self, values: Any) -> Numbers:
        found = np.zeros((len(self.members), values.shape[1]))
        np.add.at(found, self.number, values)
        return found

    def _on_january(self, people: pd.DataFrame) -> Januaries:
        now, some = self.persons.on_january, np.maximum(self.there, 1)
        wanted = _bits(self.persons.policy.eligible)
        ill = self._summed(now.there & ((now.ill & wanted) != 0)) * 2 > self.there
        # Of a skewed habit the plain mean lies above most: few of a cell would count as inactive.
        logs, bmis = (
            self._summed(np.where(now.there, each, 0.0)) / some
            for each in (np.log1p(now.met_hours), now.bmi)
        )
        since = people["entry_year"].to_numpy() - self.persons.scenario.start_year
        years = np.arange(self.there.shape[1]) - since[:, None]
        age = np.minimum(people["age"].to_numpy()[:, None] + np.maximum(years, 0), c.OLDEST)
        return Januaries(
            self.there > 0, age.astype(np.int32), np.expm1(logs).astype(np.float32),
            bmis.astype(np.float32),
            np.where(ill, wanted, 0).astype(np.int32),
        )  # fmt: skip

    def more_columns(self) -> tuple[Columns, dict[str, Any]]:
        """Return what the page must have of cells beside a table, people last, and how it reads it.

        Roots of sums of squares (quantities, starts, cells), and sums of products as shares of the
        largest that squares allow.
        """
        squares = self._products([(name, name) for name in HELD])
        roots = np.sqrt(squares)
        units = np.where(roots.max(axis=2) > 0.0, roots.max(axis=2) / ROOT_STEPS, 1.0)
        most = np.array([roots[HELD.index(a)] * roots[HELD.index(b)] for a, b in PRODUCTS])
        shares = np.divide(self._products(PRODUCTS), most, out=np.zeros_like(most), where=most > 0)
        columns = {
            "members": self.members, "living": self.there.T,
            "roots": np.ceil(roots / units[:, :, None]).astype(np.int64),
            "products": np.round(PRODUCT_STEPS * shares).astype(np.int64),
        }
        read = {
            "root_units": units.tolist(), "product_steps": PRODUCT_STEPS,
            "products": [list(each) for each in PRODUCTS],
        }
        return columns, read

    def _products(self, pairs: Sequence[tuple[str, str]]) -> Numbers:
        """Return sums of products over the persons of each cell, shape (pairs, starts, cells)."""
        found = np.zeros((len(pairs), self.persons.effects.shape[1], len(self.members)))
        for place, (first, second) in enumerate(pairs):
            told = [
                self.persons.effects[:, :, QUANTITIES.index(name)].astype(float)
                for name in (first, second)
            ]
            found[place] = self._summed(told[0] * told[1]).T
        return found

    @cached_property
    def errors(self) -> list[float]:
        """How far cells are wrong, by quantity: relative, of groups that were asked for, pooled."""
        apart, size = np.zeros(len(HELD)), np.zeros(len(HELD))
        for rule in _tried(self.persons.policy.eligible):
            cells, persons = (
                each.answer(rule).values[list(HELD)].fillna(0.0).to_numpy()
                for each in (self.table, self.persons)
            )
            apart += (cells - persons) ** 2
            size += persons**2
        found = np.sqrt(np.divide(apart, size, out=np.zeros_like(apart), where=size > 0.0))
        return [float(f"{each:.3g}") for each in found]

    @property
    def told(self) -> str:
        """What the page says of its cells."""
        qalys, part = (
            in_words(100.0 * self.errors[HELD.index(name)], 2)
            for name in ("qalys_gained", "participant_years")
        )
        return (
            f"The simulated persons are respondents of a survey. This file holds no single one: "
            f"{in_words(len(self.members), 9)} cells of at least {FEWEST} respondents each, with "
            "sums of effects and mean age, activity and body mass index. Who is offered it is "
            "asked of these means, so groups are roughly met: of groups that were tried the "
            f"standard error is {qalys} % of the QALYs and {part} % of those who take part, "
            "counted in the intervals. Conditions cannot be asked for. The Monte Carlo errors are "
            "approximate: up to a sixth too small for depression, a tenth for all else."
        )


def aggregated(table: EffectsTable) -> tuple[Packed, Cells]:
    """Return a table packed as cells, and the cells."""
    respondents = respondents_of(table)
    cells = Cells(table, respondents, cells_of(table, respondents))
    more, read = cells.more_columns()
    rule = table.policy.eligible
    thresholds = _edges(DOSES, rule.met_hours_below), _edges(BMIS, rule.bmi_above)
    pack = packed(cells.table, more, thresholds)
    header = {
        **pack.header, **read, "persons_in_all": len(table.people), "cell_errors": cells.errors,
    }
    return replace(pack, header=header), cells


def few_in_a_band(table: EffectsTable) -> bool:
    """Return whether factors by band of age would tell of less than ten respondents."""
    rows, eligible = respondents_of(table), table.eligible()
    for year in table.starts:
        place = year - table.scenario.start_year
        band = np.searchsorted(BANDS, table.on_january.age[:, place], side="right")
        for each in range(1, len(BANDS) + 1):
            asked = rows[eligible[:, place] & (band == each) & (rows != NOBODY)]
            if 0 < np.unique(asked).size < FEWEST:
                return True
    return False


def _bits(rule: Eligibility) -> int:
    return sum(1 << c.DISEASES.index(name) for name in rule.diseases or ())


def _tried(own: Eligibility) -> Iterator[Eligibility]:
    """Yield groups for which cells are tried against persons."""
    low, high = own.ages or (20, c.OLDEST)
    middle = (low + high) // 2
    yield own
    for sex in c.SEXES if own.sex == "both" else ():
        yield replace(own, sex=sex)
    yield replace(own, ages=(low, middle))
    yield replace(own, ages=(middle, high))
    yield replace(own, deprivation=(1, 2))
    yield replace(own, met_hours_below=DOSES[0])
    yield replace(own, bmi_above=BMIS[0])
