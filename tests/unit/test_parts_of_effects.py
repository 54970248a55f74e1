"""Expected effects by cell, as far as a horizon, and by source: parts that add up to the whole."""

from dataclasses import replace

import numpy as np
import pytest

from abm.kernel import layout as c
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.load import load_scenario

SPLITS = {
    "sex x age band": slice(0, c.N_STRATA),
    "sex x deprivation": slice(c.N_STRATA, c.N_STRATA + c.N_BY_FIFTH),
    "age band x activity group": slice(c.N_STRATA + c.N_BY_FIFTH, c.N_CELLS),
}
POINTS = np.array([c.FIXED_POINT, c.SQUARE_POINT, 1.0])


@pytest.fixture(scope="module")
def counts():
    """Return the tallies of walking groups that reach many, followed to the end of their lives."""
    scenario = load_scenario("walking_groups")
    policy = replace(scenario.policies[0], reach=1.0, uptake=0.8)
    scenario = replace(scenario, persons=3000, years=7, policies=(policy,))
    return count_population(set_up(scenario, lifetimes=True), 5)


@pytest.mark.parametrize("split", SPLITS)
def test_cells_add_up_to_everybody_in_whole_numbers(counts, split):
    fields = [c.E_EXPECTED, c.E_EXPECTED_SQUARE, c.E_CONTRIBUTING]
    summed = counts.by_cell[SPLITS[split]].sum(axis=0)
    np.testing.assert_array_equal(summed, counts.effects[0, 0][:, fields])
    lifelong = counts.lifetime_by_cell[SPLITS[split]].sum(axis=0)
    np.testing.assert_array_equal(lifelong, counts.lifetime[0][:, : c.V_WITH_QALYS])
    assert counts.participants[SPLITS[split]].sum() == counts.participants[: c.N_STRATA].sum()
    assert counts.participants.sum() > 1000


def test_cells_of_a_sex_and_a_fifth_are_those_of_the_groups(counts):
    by_fifth = counts.by_cell[SPLITS["sex x deprivation"], :, c.P_EXPECTED]
    by_fifth = by_fifth.reshape(len(c.SEXES), c.N_FIFTHS, -1)
    groups = counts.effects[0, :, :, c.E_EXPECTED]
    np.testing.assert_array_equal(by_fifth.sum(axis=1), groups[1:3])
    np.testing.assert_array_equal(by_fifth.sum(axis=0), groups[3:])
    assert not np.array_equal(groups[1], groups[2])  # else groups could change places unseen


def test_cells_share_their_margins(counts):
    """Age bands are the same in two splits, which register by register they need not be."""
    by_age = counts.by_cell[SPLITS["sex x age band"]].reshape(2, c.N_BANDS, c.N_COMPARED, -1)
    crossed = counts.by_cell[SPLITS["age band x activity group"]]
    crossed = crossed.reshape(c.N_BANDS, c.N_GROUPS, c.N_COMPARED, -1)
    np.testing.assert_array_equal(by_age.sum(axis=0), crossed.sum(axis=1))


def test_sources_of_a_qaly_add_up(counts):
    within = -counts.effects[0, 0, c.QALYS, c.E_EXPECTED]
    for_life = -counts.lifetime[0, c.QALYS - c.HEALTHY, c.V_EXPECTED]
    assert for_life > within > 0
    summed = counts.sources[:, :, c.P_EXPECTED].sum(axis=1)
    np.testing.assert_allclose(summed, [within, for_life], rtol=2e-4)


def test_nothing_is_put_down_to_what_kills_nobody(counts):
    """Depression is no cause of death; heart disease is one of the largest."""
    time = counts.sources[1, c.N_DISEASES :, c.P_EXPECTED]
    assert time[c.DEPRESSION] == 0
    assert time[0] > 0.02 * time.sum()


def test_worth_grows_with_the_horizon_and_meets_the_run(counts):
    worth = counts.worth / POINTS[[0, 1, 2, 1]]
    assert len(worth) == 1 + len(c.HORIZONS)
    assert counts.worth[0, 0, 0] == counts.effects[0, 0, c.QALYS, c.E_EXPECTED]
    gained = -worth[[1, 0, 2, 3], 0, c.V_EXPECTED]  # 5 years, the run of 7, 10 and 20
    assert (np.diff(gained) > 0).all()
    assert gained[-1] < -counts.lifetime[0, c.QALYS - c.HEALTHY, 0] / c.FIXED_POINT
    # The product with QALYs is their own square, and no larger than squares allow.
    np.testing.assert_array_equal(worth[:, 0, c.V_WITH_QALYS], worth[:, 0, c.V_EXPECTED_SQUARE])
    squares = worth[:, :, c.V_EXPECTED_SQUARE]
    assert (worth[:, 1, c.V_WITH_QALYS] ** 2 <= squares.prod(axis=1)).all()


def test_a_horizon_beyond_a_run_that_is_not_followed_is_left_out():
    scenario = replace(load_scenario("walking_groups"), persons=200, years=6)
    assert len(count_population(set_up(scenario), 1).worth) == 2  # the run, and 5 years
