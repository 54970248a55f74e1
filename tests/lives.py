"""The kernel's run of one block, person by person: what tests compare lives with."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.arrivals import arrivals_from
from abm.kernel.order import advance, begin, finish
from abm.kernel.tallies import log_il6
from abm.population.setup import Setup, empty_counts, new_block
from abm.running.setup import set_up
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario


def scenario_of(name: str = "uk", *, persons: int, years: int, **changes: Any) -> Scenario:
    """Return a bundled scenario of another size, its population changed."""
    scenario = replace(load_scenario(name), persons=persons, years=years)
    return replace(scenario, population=replace(scenario.population, **changes))


def causal(share: float) -> dict[str, float]:
    """Return overrides that take so much of every curve as causal, for doses held for life."""
    groups = ("cardiovascular", "diabetes", "cancer", "depression", "dementia", "all_else")
    shares = {f"causal_share.{group}": share for group in groups}
    return {**shares, "activity.dilution.correction": 0.0}


def bands(cells: NDArray[Any]) -> NDArray[np.int64]:
    """Return sex and ten-year band of cells, as one number from 0 to 15."""
    return cells // c.N_AGES * 8 + np.minimum(cells % c.N_AGES // 10, 7)


@dataclass(frozen=True)
class Lives:
    """One world's people; rows are persons in the order in which they came.

    ``registers`` (columns, people); ``key`` (people, 2): slot and year of entry; ``numbers`` and
    ``integers`` the last state of each; ``log_il6`` (people,), NaN for the dead.
    """

    registers: NDArray[np.float32]
    key: NDArray[np.int32]
    numbers: NDArray[np.float32]
    integers: NDArray[np.int32]
    log_il6: NDArray[np.float64]


def kernel_lives(
    setup: Setup, seed: int, months: list[int] | None = None
) -> tuple[list[Lives], Any]:
    """Return the lives of a scenario's people in every world, run as one block, and the tallies.

    ``months`` are the portions of steps in which to run; all at once by default.
    """
    persons = setup.scenario.persons
    block, counts = new_block(setup, persons, keep_people=True), empty_counts(setup)
    given = setup.given(seed)
    arrivals = arrivals_from(given, 0, persons, counts)
    begin(block, given, counts, arrivals)
    steps, done = setup.scenario.years * setup.steps_per_year, 0
    for portion in months or [steps]:
        advance(block, given, counts, done, done + portion, setup.steps_per_year, arrivals)
        done += portion
    assert done == steps, "the portions must make up the run"
    finish(block, counts, setup.scenario.years)
    return [_lives(block, setup, world) for world in range(setup.worlds)], counts


def _lives(block: Any, setup: Setup, world: int) -> Lives:
    """Return everybody's life in a world; whom no policy changed, from the baseline."""
    people = int(block.size[-1])
    registers = block.registers[0][:, :people].copy()
    numbers, integers = _last_states(block, 0, people)
    levels = _levels(block, setup, 0, people)
    if world > 0:
        apart = registers[c.APART] > 0
        registers[:, apart] = block.registers[world][:, :people][:, apart]
        own_numbers, own_integers = _last_states(block, world, people)
        numbers[:, apart], integers[:, apart] = own_numbers[:, apart], own_integers[:, apart]
        levels[apart] = _levels(block, setup, world, people)[apart]
    key = integers[[c.SLOT, c.ENTRY]].T
    return Lives(registers, key, numbers, integers, levels)


def _last_states(
    block: Any, world: int, people: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    numbers = block.archive_numbers[world][:, :people].copy()
    integers = block.archive_integers[world][:, :people].copy()
    rows = int(block.size[world])
    person = block.integers[world][c.REGISTER, :rows]
    numbers[:, person] = block.numbers[world][:, :rows]
    integers[:, person] = block.integers[world][:, :rows]
    return numbers, integers


def _levels(block: Any, setup: Setup, world: int, people: int) -> NDArray[np.float64]:
    levels = np.full(people, np.nan)
    numbers, integers = block.numbers[world], block.integers[world]
    for row in range(int(block.size[world])):
        if integers[c.CAUSE, row] < 0:
            levels[integers[c.REGISTER, row]] = log_il6(
                numbers, integers, setup.constants.inflammation, row
            )
    return levels


def first_hazards(
    persons: int, seed: int = 31, ages: tuple[int, int] = (20, 100)
) -> tuple[Setup, NDArray[np.int32], NDArray[np.bool_], NDArray[np.float64]]:
    """Return cells, illness and the hazards of everybody in the first month [per year].

    Of depression that of a first onset: 0 for those who ever had one.
    """
    setup = set_up(scenario_of(persons=persons, years=1, ages=ages))
    block, counts = new_block(setup, persons), empty_counts(setup)
    given = setup.given(seed)
    arrivals = arrivals_from(given, 0, persons, counts)
    begin(block, given, counts, arrivals)
    ill = block.numbers[0][c.ILL : c.ILL + c.N_DISEASES, :persons].copy() > 0
    cells = block.integers[0][c.CELL, :persons].copy()
    ever = block.integers[0][c.COURSE, :persons] > 0
    block.numbers[0][c.TOLERANCE : c.TOLERANCE + c.N_CLOCKS] = 1e30  # no event changes a hazard
    advance(block, given, counts, 0, 1, 12, arrivals)
    hazards = block.numbers[0][c.ACCUMULATED : c.ACCUMULATED + c.N_CLOCKS, :persons] * 12.0
    hazards[c.DEPRESSION, ever] = 0.0
    return setup, cells, ill, hazards.astype(float)


DEATH = c.N_DISEASES  # its row below, after the onsets


@dataclass(frozen=True)
class Agreement:
    """How well the kernel's people and the oracle's lived the same lives."""

    people: int
    events: int
    same_month: float
    same_episodes: float  # of depression, as many in both
    log_il6_error: float
    accounts_error: float


def _month(times: NDArray[Any]) -> NDArray[np.int64]:
    """Return the month of a time in years, -1 for never; a hair's breadth counts as reached."""
    return np.where(times < 1e8, np.floor(times * 12.0 + 1e-4), -1.0).astype(int)


def agreement(kernel: Lives, oracle: dict[tuple[int, int], Any]) -> Agreement:
    """Compare first events, deaths, causes, IL-6 and time alive, person by person."""
    keys = [tuple(key) for key in kernel.key.tolist()]
    assert set(keys) == set(oracle) and len(keys) == len(oracle), "the same people must have lived"
    lives = [oracle[key] for key in keys]
    times = np.array([[*life.onset, life.death] for life in lives]).T
    registers = kernel.registers
    ours = np.vstack(
        [registers[c.ONSET_TIME : c.ONSET_TIME + c.N_DISEASES], registers[c.DEATH_TIME]]
    )
    happened = (times < 1e8) | (ours < 1e8)
    same = _month(times) == _month(ours)
    causes = np.array([life.cause for life in lives])
    same[DEATH] &= causes == registers[c.DEATH_CAUSE]
    levels = np.array([life.log_il6 for life in lives])
    both = ~np.isnan(levels) & ~np.isnan(kernel.log_il6)
    alive = np.array([life.alive for life in lives])
    episodes = np.array([life.episodes for life in lives])
    return Agreement(
        people=len(keys),
        events=int(happened.sum()),
        same_month=float(same[happened].mean()),
        same_episodes=float((episodes == registers[c.EPISODE_COUNT]).mean()),
        log_il6_error=float(np.abs(levels - kernel.log_il6)[both].max()),
        accounts_error=float(np.abs(alive - registers[c.LIFE_YEARS])[same[DEATH]].max()),
    )
