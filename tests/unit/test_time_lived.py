"""The time to be lived by those with an account, against survival integrated step by step."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.arrivals import arrivals_from
from abm.kernel.order import advance, begin
from abm.population.setup import empty_counts, new_block
from abm.running.setup import set_up
from abm.scenario.load import load_scenario

PERSONS = 1024
FROM_THE_START = [
    "years=2", f"persons={PERSONS}", "policies.walks.start=2025", "policies.walks.reach=1",
    "policies.walks.uptake=1", "policies.walks.ramp_years=0", "policies.walks.adds.moderate=300",
    "policies.walks.eligible.ages=[70, 90]", "population.entrants=false",
]  # fmt: skip


@dataclass
class LivedThrough:
    """Of two worlds and all persons: years lived by steps, and as if hazards held for the year."""

    by_steps: NDArray[np.float64]
    by_years: NDArray[np.float64]
    found: NDArray[np.float64]


def met_by(block, world):
    """Return the hazard of death met by each person with a row in a world, others NaN."""
    met = np.full(PERSONS, np.nan)
    first = c.ACCUMULATED + c.N_DISEASES
    groups = (
        (block.numbers, block.integers, block.size[world]),
        (block.follow_up_numbers, block.follow_up_integers, block.follow_up_size[world, 0]),
    )
    for numbers, integers, n in groups:
        rows = integers[world, :, :n]
        there = rows[c.ROLE] != c.ENDED
        hazards = numbers[world, first : first + c.N_DEATH_CLOCKS, :n].sum(axis=0, dtype=float)
        met[rows[c.REGISTER][there]] = hazards[there]
    return met


def lived_through(steps_per_year=12):
    """Live two years step by step, and integrate survival in double precision."""
    setup = set_up(load_scenario("walking_groups", FROM_THE_START), pathways=False)
    block, counts, given = new_block(setup, PERSONS), empty_counts(setup), setup.given(1)
    arrivals = arrivals_from(given, 0, PERSONS, counts)
    begin(block, given, counts, arrivals)
    shape = (2, PERSONS)
    chance, before = np.ones(shape), np.zeros(shape)
    by_steps, by_years, of_year = np.zeros(shape), np.zeros(shape), np.ones(shape)
    for step in range(2 * steps_per_year):
        advance(block, given, counts, step, step + 1, steps_per_year, arrivals)
        met = np.stack([met_by(block, world) for world in range(2)])
        met[1] = np.where(np.isnan(met[1]), met[0], met[1])
        more = met - before
        by_steps += chance * mean_survival(more) / steps_per_year
        chance *= np.exp(-more)
        before = met
        if step % steps_per_year == steps_per_year - 1:
            by_years += of_year * mean_survival(-np.log(chance / of_year))
            of_year = chance.copy()
    found = block.registers[:2, c.EXPECTED + c.X_YEARS, :PERSONS].astype(float)
    registers = block.registers[:2, :, :PERSONS]
    from_the_start = (registers[0, c.APART] > 0) & (registers[0, c.OPENED] == 0)
    events = registers[:, c.EVENT_COUNT : c.EVENT_COUNT + c.N_DISEASES] > 0
    quiet = from_the_start & ~events.any(axis=(0, 1)) & ~np.isnan(by_steps).any(axis=0)
    return LivedThrough(by_steps[:, quiet], by_years[:, quiet], found[:, quiet])


def mean_survival(hazard):
    at_all = np.maximum(hazard, 1e-12)  # the dead meet none
    return -np.expm1(-at_all) / at_all


def test_years_to_be_lived_follow_hazards_step_by_step():
    lived = lived_through()
    assert lived.found.shape[1] > 50
    np.testing.assert_allclose(lived.found, lived.by_steps, rtol=2e-6)


def test_as_if_hazards_held_for_a_year_a_policy_would_gain_too_much():
    """The negative control: gains of the first two years by whole years are far too large."""
    lived = lived_through()
    gained, too_much, found = (
        float((each[1] - each[0]).sum()) for each in (lived.by_steps, lived.by_years, lived.found)
    )
    assert found == pytest.approx(gained, rel=0.01)
    assert too_much > 1.05 * gained > 0.0
