"""A population simulated step by step, whose people can be looked at and changed.

The same blocks and the same kernel as in a whole run. Between two steps every quantity of every
person in every world can be read, and a person's BMI, smoking and habit can be set: from then on
the person's worlds are kept apart, as if a policy had reached them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.arrivals import Arrivals, arrivals_from
from abm.kernel.blocks import PERSONS_PER_BLOCK, WORLDS, Counts, in_years, of_world
from abm.kernel.changes import part_worlds, settle_habit
from abm.kernel.order import advance, begin, finish
from abm.kernel.snapshot import take_snapshot
from abm.population.setup import Setup, empty_counts, new_block
from abm.results.outcome_tables import OutcomeTables
from abm.results.outcomes import outcomes_table
from abm.results.persons import ENTRANT_IDS, PersonStates, joined, person_columns, usual_log_il6
from abm.results.result import Result, result_of
from abm.results.worth import RUN
from abm.rules import activity
from abm.rules.arithmetic import square_root
from abm.running.provenance import manifest
from abm.scenario.drawn import CENTRAL
from abm.scenario.parts import Scenario

Keys = NDArray[np.int64]
Change = Callable[[NDArray[np.float32], NDArray[np.int32]], None]
# What a person brings to a step and ``settle`` would reset to that of a lifelong habit.
CARRIED = (
    c.TRAINING, c.LOG_RATIO, *range(c.AVERAGE, c.AVERAGE + c.N_LAGS), c.POLICY_DOSE, c.DOSE,
)  # fmt: skip
ONLY_THE_RUN = (
    "Health and money are counted to the end of the run only, though economics.horizon is "
    "lifetime: people simulated step by step are not followed further. abm.simulate counts whole "
    "lives."
)
OVER = (
    "the run is over, so a change would be without effect on its results; make another model and "
    "change people before its last step"
)


# What compares twins over the run so far, and, in some of its parts, over other times
COMPARED = ("effects", "by_cell", "participants", "sources", "worth")


def _compared_so_far(counts: Counts) -> Iterator[NDArray[np.int64]]:
    """Yield the tallies that compare twins over the run so far, which each year makes anew."""
    yield from (counts.effects, counts.by_cell, counts.participants)
    yield from (counts.sources[:1], counts.worth[:1])  # those after them are of other times


class StepwisePopulation:
    """Blocks of people in all worlds of a run, one step after the other.

    A person is named by a key: the number of the block times ``ever`` plus the register in it.

    Parameters
    ----------
    setup
        What the kernel is given.
    seed
        Seed of the run.
    """

    def __init__(self, setup: Setup, seed: int) -> None:
        self.setup, self.seed, self.steps_done, self.version = setup, seed, 0, 0
        self.counts = empty_counts(setup)
        self._given = setup.given(seed)
        self._columns: dict[tuple[int, bool, int], NDArray[Any]] = {}
        self.blocks: list[PersonStates] = []
        self._arrivals: list[Arrivals] = []  # of each block
        for first in range(0, setup.scenario.persons, PERSONS_PER_BLOCK):
            persons = min(PERSONS_PER_BLOCK, setup.scenario.persons - first)
            arrivals = arrivals_from(self._given, first, first + persons, self.counts)
            states = PersonStates(setup, new_block(setup, persons, keep_people=True))
            self.blocks.append(states)
            self._arrivals.append(arrivals)
            begin(states.block, self._given, self.counts, arrivals)
            states.note_entries()
        self.ever = self.blocks[0].block.registers.shape[2]

    @property
    def steps(self) -> int:
        """Return the number of steps of the whole run."""
        return self.setup.steps

    @property
    def years_done(self) -> float:
        """Return the years since the start."""
        return self.steps_done / self.setup.steps_per_year

    def step(self) -> None:
        """Simulate one step in all worlds."""
        now, yearly = self.steps_done, self.setup.steps_per_year
        for states, arrivals in zip(self.blocks, self._arrivals, strict=True):
            advance(states.block, self._given, self.counts, now, now + 1, yearly, arrivals)
            if now % yearly == 0:
                states.note_entries()
        self.steps_done = now + 1
        self.version += 1
        self._columns.clear()
        if self.steps_done % yearly == 0:
            for table in _compared_so_far(self.counts):
                table[...] = 0
            for states in self.blocks:
                finish(states.block, self.counts, self.steps_done // yearly)

    # Reading

    def column(self, world: int, integer: bool, k: int) -> NDArray[Any]:
        """Return one quantity of everybody who was ever in a world, by key."""
        found = self._columns.get((world, integer, k))
        if found is None:
            found = np.zeros(len(self.blocks) * self.ever, np.int32 if integer else np.float32)
            for i, states in enumerate(self.blocks):
                own = states.integers(world, k) if integer else states.numbers(world, k)
                found[i * self.ever : i * self.ever + own.size] = own
            self._columns[world, integer, k] = found
        return found

    def people(self) -> Keys:
        """Return the keys of everybody who has entered, dead or alive."""
        sizes = [int(states.block.size[-1]) for states in self.blocks]
        return np.concatenate(
            [i * self.ever + np.arange(size, dtype=np.int64) for i, size in enumerate(sizes)]
        )

    def living(self, world: int) -> Keys:
        """Return the keys of those alive in a world."""
        people = self.people()
        return people[self.column(world, True, c.CAUSE)[people] < 0]

    def person_ids(self, keys: Keys) -> Keys:
        """Return the ids under which people stand in results."""
        entry = self.column(0, True, c.ENTRY)[keys].astype(np.int64)
        return entry * ENTRANT_IDS + self.column(0, True, c.SLOT)[keys]

    def log_il6(self, world: int, keys: Keys) -> NDArray[np.float64]:
        """Return usual ln IL-6 (of the dead, the last)."""
        numbers = {
            k: self.column(world, False, k)[keys]
            for k in (c.BMI, c.SMOKER, c.TRAINING, c.PERSON_EFFECT, c.DRIFT, c.LOG_RATIO)
        }
        integers = {k: self.column(world, True, k)[keys] for k in (c.AGE, c.SEX)}
        return usual_log_il6(self.setup, numbers, integers)

    def measures(self, world: int) -> dict[str, float]:
        """Return the present stocks and means of a world, and its events since the start."""
        now = self._stock(world)
        done, within = divmod(self.steps_done, self.setup.steps_per_year)
        events = of_world(self.counts.strata[:, 1 : done + 1].sum(axis=(1, 2)), world)
        if within > 0:
            events = events + now
        living = int(now[c.T_PERSONS])
        found: dict[str, float] = {"persons": living}
        found["deaths"] = int(events[c.T_DEATHS : c.T_DEATHS + c.N_CLOCKS].sum())
        for k, disease in enumerate(c.DISEASES):
            found[f"incidence.{disease}"] = int(events[c.T_INCIDENCE + k])
        found[f"episodes.{c.DISEASES[c.DEPRESSION]}"] = int(events[c.T_EPISODES])
        for k, disease in enumerate(c.DISEASES):
            found[f"prevalence.{disease}"] = int(now[c.T_PREVALENCE + k])
        means = now[[c.T_LOG_IL6, c.T_MET_HOURS]] / c.FIXED_POINT / living if living else None
        found["il6.geometric_mean"] = np.nan if means is None else float(np.exp(means[0]))
        found["met_hours.mean"] = np.nan if means is None else float(means[1])
        return found

    def _stock(self, world: int) -> NDArray[np.int64]:
        """Return the tallies of a world as of now: its living, and this year's events so far."""
        sums = np.zeros(c.N_TALLIES, np.int64)
        for states in self.blocks:
            take_snapshot(states.block, self._given, 0, world > 0, sums)
            if world > 0:
                take_snapshot(states.block, self._given, world, False, sums)
        return sums

    # Changing

    def set_bmi(self, world: int, key: int, bmi: float) -> None:
        """Set a person's BMI [kg/m2] and standing among equals; the habit stays what it is."""
        body, habits = self.setup.constants.body, self.setup.constants.activity

        def change(numbers: NDArray[np.float32], integers: NDArray[np.int32]) -> None:
            cell, quintile = integers[c.CELL, 0], integers[c.DEPRIVATION, 0]
            mean = body.bmi_log_mean[cell * c.N_FIFTHS + quintile - 1]
            score = (np.log(bmi) - mean) / body.bmi_log_sd[cell]
            moved = habits.tendency_bmi * (score - numbers[c.BMI_SCORE, 0])
            numbers[c.FOR_LIFE, 0] -= moved / self._for_life_spread(integers[c.SEX, 0])
            numbers[c.BMI_SCORE, 0], numbers[c.BMI, 0] = score, bmi

        self._change(world, key, change)

    def set_smoker(self, world: int, key: int, smoker: bool) -> None:
        """Make a person smoke, or not smoke, for life."""

        def change(numbers: NDArray[np.float32], integers: NDArray[np.int32]) -> None:
            del integers
            numbers[c.SMOKER, 0] = float(smoker)
            numbers[c.SMOKING_SCORE, 0] = 0.0 if smoker else 1.0

        self._change(world, key, change)

    def set_habit(self, world: int, key: int, dose: float) -> None:
        """Move a person's habit to a dose [MET-hours per week] from which it goes on drifting."""
        k = self.setup.constants.activity

        def change(numbers: NDArray[np.float32], integers: NDArray[np.int32]) -> None:
            if numbers[c.HABIT_DOSE, 0] == np.float32(dose):
                return  # the highest doses are capped: what lies behind one is not known
            sex, cell = integers[c.SEX, 0], integers[c.CELL, 0]
            latent = activity.latent_of_dose(
                float(dose), float(k.zero_share[sex]), float(k.low_ceiling), float(k.median[sex]),
                float(k.log_sd), float(dose / k.low_ceiling),
            )  # fmt: skip
            place = k.tendency_deprivation * (integers[c.DEPRIVATION, 0] - 3.0)
            tendency = k.tendency[cell] + place + k.tendency_bmi * numbers[c.BMI_SCORE, 0]
            now = activity.latent_habit(
                float(tendency), float(k.residual_sd[sex]), float(numbers[c.FOR_LIFE, 0]),
                float(numbers[c.SLOW, 0]), float(k.for_life_share), float(k.slow_share),
            )  # fmt: skip
            numbers[c.FOR_LIFE, 0] += (latent - now) / self._for_life_spread(sex)
            numbers[c.HABIT_DOSE, 0] = dose
            numbers[c.DOSE, 0] = min(dose + numbers[c.POLICY_DOSE, 0], k.highest)

        self._change(world, key, change)

    def _for_life_spread(self, sex: int) -> float:
        """Return how far the latent habit moves with a unit of its part for life."""
        k = self.setup.constants.activity
        share = float(k.for_life_share / (k.for_life_share + k.slow_share))
        return float(k.residual_sd[sex]) * square_root(share)

    def _change(self, world: int, key: int, change: Change) -> None:
        """Change a living person in one world, apart from their twin, and what follows at once.

        The change of a policy world is made in the world that holds its IL-6 fixed too.

        Raises
        ------
        ValueError
            If the person has died, or the run is over.
        """
        i, register = divmod(int(key), self.ever)
        if self.column(world, True, c.CAUSE)[key] >= 0:
            raise ValueError("the person has died; only the living can be changed")
        if self.steps_done >= self.steps:
            raise ValueError(OVER)
        self._part(i, register)
        block = self.blocks[i].block
        for each in [0] if world == 0 else range(1, self.setup.worlds):
            row = self._row(i, each, register)
            if row is None:
                continue
            numbers = block.numbers[each][:, [row]].copy()
            integers = block.integers[each][:, [row]].copy()
            change(numbers, integers)
            self._settle(numbers)
            block.numbers[each][:, row] = numbers[:, 0]
            block.integers[each][:, row] = integers[:, 0]
        self._forget(i, register)

    def _settle(self, numbers: NDArray[np.float32]) -> None:
        """Set where the habit now leads, and leave what the person carries from the past."""
        carried = numbers[CARRIED, :].copy()
        settle_habit(numbers, self._given)
        numbers[CARRIED, :] = carried

    def _row(self, i: int, world: int, register: int) -> int | None:
        """Return the row of a living person in a world, None if there is none."""
        block = self.blocks[i].block
        rows = block.integers[world, :, : int(block.size[world])]
        found = np.flatnonzero((rows[c.REGISTER] == register) & (rows[c.CAUSE] < 0))
        return int(found[0]) if found.size else None

    def _part(self, i: int, register: int) -> None:
        """Copy a person who is still the same in all worlds into each of them."""
        block = self.blocks[i].block
        if self.setup.worlds == 1 or block.registers[0, c.APART, register] > 0:
            return
        row = self._row(i, 0, register)
        assert row is not None
        part_worlds(block, self._given, row, np.float32(self.years_done))

    def _forget(self, i: int, register: int) -> None:
        """Bring the columns read before up to date for one person."""
        self.version += 1
        block, key = self.blocks[i].block, i * self.ever + register
        for (world, integer, k), values in self._columns.items():
            source = world if block.registers[0, c.APART, register] > 0 else 0
            row = self._row(i, source, register)
            if row is not None:
                values[key] = (block.integers if integer else block.numbers)[source, k, row]

    # Results

    def people_table(self) -> pd.DataFrame:
        """Return one row per person and world, as of now."""
        worlds = range(min(self.setup.worlds, 2))
        return joined(
            [
                [person_columns(states, w, self.seed, self.years_done) for w in worlds]
                for states in self.blocks
            ]
        )

    def result(self, seconds: float) -> Result:
        """Return the tables of :func:`abm.simulate` over the whole years simulated so far.

        Raises
        ------
        ValueError
            Before the end of the first year.
        """
        yearly = self.setup.steps_per_year
        years = self.steps_done // yearly
        if years == 0:
            left = yearly - self.steps_done
            raise ValueError(f"no year is over yet; there are results after {left} more steps")
        scenario, notes = _within_the_run(replace(self.setup.scenario, years=years))
        setup = replace(self.setup, scenario=scenario, notes=(*self.setup.notes, *notes))
        counts = in_years(self.counts, slice(years + 1))._replace(
            course=self.counts.course[:years], told=self.counts.told[:, :, :years],
            care=self.counts.care[:years],
            **{name: getattr(self.counts, name).copy() for name in COMPARED},
        )  # fmt: skip
        looks = 1 + sum(each <= years for each in c.HORIZONS)
        counts = counts._replace(worth=counts.worth[:looks])
        table = outcomes_table(
            counts, setup.parameters, scenario.start_year, self.seed, CENTRAL,
            WORLDS[: setup.worlds],
        )  # fmt: skip
        runs, tables = {(self.seed, CENTRAL): counts}, OutcomeTables()
        tables.add(table)
        return result_of(runs, tables, [counts], setup, None, manifest(setup, runs, seconds))


def _within_the_run(scenario: Scenario) -> tuple[Scenario, tuple[str, ...]]:
    """Return a scenario as step by step it is valued, and what has to be said of that."""
    if scenario.economics.horizon == RUN:
        return scenario, ()
    valued = replace(scenario, economics=replace(scenario.economics, horizon=RUN))
    return valued, (ONLY_THE_RUN,) if scenario.policies else ()
