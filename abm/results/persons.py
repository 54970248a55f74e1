"""One row per person and world: who they were, how they began, what they met, how they ended.

What a person brought is noted in the year of entry; the last state of each is kept.
:func:`abm.running.people.people_table` simulates them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.blocks import WORLDS, Block, seed_words
from abm.kernel.compiled import kernel
from abm.population.setup import Setup
from abm.results.outcomes import companion_levels
from abm.rules import il6

ENTRANT_IDS = 1_000_000_000  # times the years since the start at which a person entered
NEVER = 1e8  # times from here on stand for never
START, END = 0, 1  # occasions of a blood test: on entering, and at the end (years since the start)
Columns = dict[str, NDArray[np.generic]]
Value = TypeVar("Value", np.float32, np.int32)


@kernel
def blood_test_errors(slot, entry, occasion, low, high, errors):  # type: ignore[no-untyped-def]
    """Draw the standard normal error of each person's blood test."""
    for i in range(slot.size):
        words = draws.philox(slot[i], entry[i], draws.MEASUREMENT, occasion, low, high)
        errors[i] = draws.normal(words[0])


class PersonStates:
    """The people of a block, all of them kept: their state on entering, and their last one.

    Parameters
    ----------
    setup
        What the kernel is given.
    block
        Memory made with ``keep_people``; read, never changed.
    """

    def __init__(self, setup: Setup, block: Block) -> None:
        self.setup, self.block = setup, block
        ever = block.registers.shape[2]
        self.start_numbers = np.zeros((block.numbers.shape[1], ever), np.float32)
        self.start_integers = np.zeros((block.integers.shape[1], ever), np.int32)
        self.noted = 0

    def note_entries(self) -> None:
        """Note the state of those who entered since the last call.

        Called before people age again: what is noted of a person stays the same until the January
        after entry, and those who die before it are found among the dead.
        """
        people = int(self.block.size[-1])
        numbers, integers = self.state(0)
        new = slice(self.noted, people)
        self.start_numbers[:, new] = numbers[:, new]
        self.start_integers[:, new] = integers[:, new]
        self.noted = people

    def state(self, world: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return the last state of everybody in a world by register, shape (columns, people)."""
        return self.numbers(world), self.integers(world)

    def numbers(self, world: int, columns: int | slice = slice(None)) -> NDArray[np.float32]:
        """Return some number columns of everybody in a world, shape (columns, people)."""
        block = self.block
        return self._latest(world, block.numbers, block.archive_numbers, columns)

    def integers(self, world: int, columns: int | slice = slice(None)) -> NDArray[np.int32]:
        """Return some integer columns of everybody in a world, shape (columns, people)."""
        block = self.block
        return self._latest(world, block.integers, block.archive_integers, columns)

    def _latest(
        self, world: int, rows: NDArray[Value], archive: NDArray[Value], columns: int | slice
    ) -> NDArray[Value]:
        """Return the rows in use, and what is kept of the dead.

        Whoever no policy has touched is the same in all worlds, and kept once.
        """
        people = int(self.block.size[-1])
        found = archive[0][columns, :people].copy()
        self._overlay(0, rows, columns, found)
        if world > 0:
            apart = self.block.registers[0, c.APART, :people] > 0
            found[..., apart] = archive[world][columns, :people][..., apart]
            self._overlay(world, rows, columns, found)
        return found

    def _overlay(
        self, world: int, rows: NDArray[Value], columns: int | slice, found: NDArray[Value]
    ) -> None:
        size = int(self.block.size[world])
        found[..., self.block.integers[world, c.REGISTER, :size]] = rows[world][columns, :size]

    def registers(self, world: int) -> NDArray[np.float32]:
        """Return what is kept of everybody in a world, shape (registers, people)."""
        people = int(self.block.size[-1])
        found = self.block.registers[0][:, :people].copy()
        if world > 0:
            apart = found[c.APART] > 0
            found[:, apart] = self.block.registers[world][:, :people][:, apart]
        return found


def joined(blocks: Sequence[Sequence[Mapping[str, NDArray[np.generic]]]]) -> pd.DataFrame:
    """Return one table of the columns of many blocks, each a list over worlds."""
    tables = []
    for world, name in enumerate(WORLDS[: len(blocks[0])]):
        names = blocks[0][0]
        table = pd.DataFrame({n: np.concatenate([b[world][n] for b in blocks]) for n in names})
        table.insert(1, "world", pd.Categorical([name] * len(table), categories=WORLDS[:2]))
        tables.append(table.sort_values("person", kind="stable"))
    people = pd.concat(tables, ignore_index=True)
    people["sex"] = pd.Categorical.from_codes(people["sex"], categories=c.SEXES)
    return people


def person_columns(states: PersonStates, world: int, seed: int, years: float) -> Columns:
    """Return the columns of one block and world, ``years`` after the start."""
    numbers, integers = states.state(world)
    kept = states.registers(world)
    people = kept.shape[1]
    start, entered = states.start_numbers[:, :people], states.start_integers[:, :people]
    slot, entry = entered[c.SLOT].astype(np.int64), entered[c.ENTRY].astype(np.int64)
    age = entered[c.AGE].astype(float)
    died = kept[c.DEATH_TIME].astype(float)
    found: Columns = {
        "person": entry * ENTRANT_IDS + slot,
        "entry_year": states.setup.scenario.start_year + entry,
        "sex": entered[c.SEX],
        "age": entered[c.AGE].astype(np.int64),
        "bmi": start[c.BMI].astype(float),
        "smoker": start[c.SMOKER] > 0,
        "deprivation": entered[c.DEPRIVATION].astype(np.int64),
        "met_hours": start[c.REPORTED_DOSE].astype(float),
        "habitual_met_hours": start[c.HABIT_DOSE].astype(float),
    }
    found |= _il6_columns(states, (start, entered), (numbers, integers), died < NEVER, seed, years)
    # Whether anybody was reached is known where policies act, for both rows of a person.
    found["reached"] = states.integers(1 if states.setup.worlds > 1 else 0, c.REACHED) > 0
    found["death_age"] = np.where(died < NEVER, age + died - entry, np.nan)
    for k, disease in enumerate(c.DISEASES):
        onset = kept[c.ONSET_TIME + k].astype(float)
        found[f"prevalent.{disease}"] = kept[c.PREVALENT + k] > 0
        found[f"onset_age.{disease}"] = np.where(onset < NEVER, age + onset - entry, np.nan)
        found[f"cumulative_hazard.{disease}"] = cumulative_hazard(k, numbers, kept)
    return found


def cumulative_hazard(
    k: int, numbers: NDArray[np.float32], kept: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the hazard of a disease that each person accumulated while at risk in this run.

    It stops at the first onset, and is 0 for those ill at the start, or who had depression before.
    """
    past = kept[c.PAST_HAZARD + k].astype(float)
    now = np.where(numbers[c.ILL + k] > 0, 0.0, numbers[c.ACCUMULATED + k].astype(float))
    first = np.where(kept[c.EVENT_COUNT + k] > 0, past, now)
    before = kept[c.EVER_DEPRESSED if k == c.DEPRESSION else c.PREVALENT + k]
    return np.where(before > 0, 0.0, first)


def usual_log_il6(
    setup: Setup,
    numbers: NDArray[np.float32] | Mapping[int, NDArray[np.float32]],
    integers: NDArray[np.int32] | Mapping[int, NDArray[np.int32]],
) -> NDArray[np.float64]:
    """Return usual ln IL-6 of people given as columns."""
    k = setup.constants.inflammation
    body = {
        "age": integers[c.AGE].astype(float),
        "male": (integers[c.SEX] == c.MALE).astype(float),
        "bmi": numbers[c.BMI].astype(float),
        "smoker": numbers[c.SMOKER].astype(float),
        "training": numbers[c.TRAINING].astype(float),
        "person": numbers[c.PERSON_EFFECT].astype(float),
        "drift": numbers[c.DRIFT].astype(float),
        "log_ratio": numbers[c.LOG_RATIO].astype(float),
    }
    # The rule is plain arithmetic, so it takes arrays as well as numbers.
    rule: Callable[..., Any] = il6.usual_log_il6
    level = rule(
        reference=float(k.reference), age_slope=float(k.age_slope), bmi_slope=float(k.bmi_slope),
        male_effect=float(k.male), smoker_effect=float(k.smoker), **body,
    )  # fmt: skip
    return np.asarray(level, np.float64)


def _il6_columns(
    states: PersonStates,
    start: tuple[NDArray[np.float32], NDArray[np.int32]],
    end: tuple[NDArray[np.float32], NDArray[np.int32]],
    dead: NDArray[np.bool_],
    seed: int,
    years: float,
) -> Columns:
    """Return IL-6 and what goes with it on entering and at the end (NaN for the dead)."""
    setup = states.setup
    slot, entry = start[1][c.SLOT], start[1][c.ENTRY]
    spread = float(setup.constants.inflammation.measurement_sd)
    low, high = seed_words(seed)
    errors = np.zeros((2, slot.size), np.float32)
    for occasion, own in zip((0, max(int(years), 1)), errors, strict=True):
        blood_test_errors(slot, entry, occasion, low, high, own)
    level = usual_log_il6(setup, *end)
    others = companion_levels(level, end[0][c.TRAINING].astype(float), setup.parameters)
    at_end = {
        "il6_end": np.exp(level),
        "il6_measured_end": np.exp(level + spread * errors[END]),
        **{f"{marker}_end": level for marker, level in others.items()},
        "met_hours_end": end[0][c.REPORTED_DOSE].astype(float) + end[0][c.POLICY_DOSE],
        "habitual_met_hours_end": end[0][c.DOSE].astype(float),
    }
    first = np.exp(usual_log_il6(setup, *start) + spread * errors[START])
    return {
        "il6_measured": first,
        **{name: np.where(dead, np.nan, values) for name, values in at_end.items()},
    }
