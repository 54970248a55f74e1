"""The pilot behind budgets: who could be offered a policy, year by year, in a fixed sample.

The people are those of seed 0, without any policy. They are the same for every seed and every
horizon of a scenario, so that a longer run plans its first years as a shorter one does.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from abm.evidence.cache import Recent
from abm.kernel import layout as c
from abm.kernel.blocks import PERSONS_PER_BLOCK
from abm.kernel.order import advance, begin
from abm.population.setup import Setup, empty_counts, new_block
from abm.scenario.budgets import LOOK_AHEAD, Pilot
from abm.scenario.parts import Policy, Scenario
from abm.scenario.pilot_error import added_in_order

STEP_MONTHS = 6  # two steps a year: what is offered in January can be read before anybody leaves
ENOUGH = 8192  # eligible persons in a policy's first year, for a Monte Carlo error of about 1 %
MOST_BLOCKS = 128
ROUND = 8  # blocks between two looks at whether there are enough


def pilot_scenario(scenario: Scenario, policies: Sequence[Policy]) -> Scenario:
    """Return the years in which everybody eligible is offered the policies, and declines."""
    declined = tuple(
        replace(policy, reach=1.0, uptake=0.0, ramp_years=0.0, cost=None) for policy in policies
    )
    return replace(
        scenario, years=scenario.years + LOOK_AHEAD, seed=0, step_months=STEP_MONTHS,
        policies=declined,
    )  # fmt: skip


@dataclass(frozen=True)
class _BlockOfPilot:
    """Which policies each person could be offered, as bits by year, and the year of death.

    ``residents`` are the years lived by the people of each quintile of deprivation, ``ever`` the
    persons who have been there until the end of each year.
    """

    eligible: NDArray[np.int32]  # (years, persons ever)
    died: NDArray[np.int64]  # (persons ever,)
    residents: NDArray[np.float64]  # (quintiles, years)
    ever: NDArray[np.float64]  # (years,)


def pilots(setup: Setup) -> list[Pilot]:
    """Return a pilot for each policy of a scenario made by :func:`pilot_scenario`.

    Each has as many people as its first year of delivery needs, up to :data:`MOST_BLOCKS` blocks.
    The last few are kept: a run asks before it starts, and again when it does.
    """
    all_that_decides = hashlib.sha256(pickle.dumps(setup, pickle.HIGHEST_PROTOCOL)).digest()
    return _kept.of(all_that_decides, lambda: _pilots(setup))


_kept: Recent[list[Pilot]] = Recent(4)


def _pilots(setup: Setup) -> list[Pilot]:
    scenario = setup.scenario
    firsts = [policy.start - scenario.start_year for policy in scenario.policies]
    done: list[_BlockOfPilot] = []
    found: dict[int, Pilot] = {}
    for block in _blocks(setup):
        done.append(block)
        if len(done) % ROUND:
            continue
        for p, first in enumerate(firsts):
            if p not in found and (_enough(done, p, first) or len(done) == MOST_BLOCKS):
                found[p] = _pilot(done, p, scenario.policies[p])
        if len(found) == len(firsts):
            break
    return [found[p] for p in range(len(firsts))]


def _blocks(setup: Setup) -> Iterator[_BlockOfPilot]:
    """Simulate blocks of the pilot, one after the other in the same memory."""
    block, counts, given = new_block(setup), empty_counts(setup), setup.given(setup.scenario.seed)
    yearly, years = setup.steps_per_year, setup.scenario.years
    for number in range(MOST_BLOCKS):
        slot = number * PERSONS_PER_BLOCK
        place = (slot, PERSONS_PER_BLOCK)
        begin(block, given, counts, *place)
        eligible = np.zeros((years, block.registers.shape[2]), np.int32)
        for year in range(years):
            first = year * yearly
            advance(block, given, counts, first, first + 1, yearly, *place)
            rows = block.integers[0, :, : int(block.size[0])]
            eligible[year, rows[c.REGISTER]] = rows[c.OFFERED]
            rows[c.OFFERED] = 0  # so that next January asks again
            advance(block, given, counts, first + 1, first + yearly, yearly, *place)
        ever = int(block.size[-1])
        died = np.minimum(block.registers[0, c.DEATH_TIME, :ever], years).astype(np.int64)
        registers = block.registers[0, :, :ever]
        there = (registers[c.ENTERED] < np.arange(1, years + 1)[:, None]).sum(axis=1, dtype=float)
        yield _BlockOfPilot(eligible[:, :ever], died, _residents(registers, years), there)


def _residents(registers: NDArray[np.float32], years: int) -> NDArray[np.float64]:
    """Return the years lived in each year of the run by people of each quintile."""
    edges = np.arange(years)[:, None]
    until = np.clip(registers[c.DEATH_TIME] - edges, 0.0, 1.0)
    lived = (until * (registers[c.ENTERED] <= edges)).astype(float)
    fifths = registers[c.STRATUM_DEPRIVATION]
    nobody = np.zeros(years)
    return np.array(
        [added_in_order(nobody, lived[:, fifths == k + 1].T) for k in range(c.N_FIFTHS)]
    )


def _enough(done: Sequence[_BlockOfPilot], p: int, first: int) -> bool:
    """Return whether enough people could be offered a policy in its first year."""
    years = done[0].eligible.shape[0]
    if first >= years:
        return True
    return sum(int(((each.eligible[first] >> p) & 1).sum()) for each in done) >= ENOUGH


def _pilot(done: Sequence[_BlockOfPilot], p: int, policy: Policy) -> Pilot:
    of_its_place = [k - 1 for k in policy.eligible.deprivation or range(1, c.N_FIFTHS + 1)]
    return Pilot(
        np.concatenate([((each.eligible >> p) & 1).astype(bool).T for each in done]),
        np.concatenate([each.died for each in done]),
        len(done) * PERSONS_PER_BLOCK,
        np.sum([each.residents for each in done], axis=0)[of_its_place].sum(axis=0),
        np.sum([each.ever for each in done], axis=0),
    )
