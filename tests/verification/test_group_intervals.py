"""The intervals of effects by group, and of the cost per QALY, hold what they say.

Many seeds of one scenario: how often does the 95 % Monte Carlo interval of a seed hold the mean of
all? The mean is so much surer than one seed (a fourteenth of its error) that it stands for the
truth.
"""

import numpy as np
import pandas as pd
import pytest

from abm import load_scenario, simulate
from abm.evidence.distributions import NORMAL_95

pytestmark = [pytest.mark.verification, pytest.mark.slow]
PERSONS, YEARS, SEEDS = 5_000, 20, 200
FEWEST_PARTICIPANTS = 50
WORDS = ["policies.walks.reach=0.9", "policies.walks.uptake=0.6"]


@pytest.fixture(scope="module")
def seeds():
    """Return the effects by group and the horizons of every seed."""
    scenario = load_scenario("walking_groups", WORDS)
    sizes = {"persons": PERSONS, "years": YEARS, "pathways": False, "only_effects": True}
    return [_tables(simulate(scenario, **sizes, seed=seed)) for seed in range(1, 1 + SEEDS)]


def _tables(result):
    groups = result.group_effects.set_index(["group", "outcome"])
    return groups, result.horizons.set_index("horizon")


def held(value, error):
    """Return how often an interval holds the mean over seeds, blank where it is unknown."""
    distance = np.abs(value.sub(value.mean(axis=1), axis=0))
    # A seed is part of the mean that it is held against.
    inside = distance <= NORMAL_95 * error * np.sqrt(1.0 - 1.0 / value.shape[1])
    return inside.where(error.notna() & (error > 0.0))


def test_intervals_of_groups_hold_the_truth_as_often_as_they_say(seeds):
    value = pd.DataFrame({k: table["expected_averted"] for k, (table, _) in enumerate(seeds)})
    error = pd.DataFrame(
        {k: table["expected_standard_error"] for k, (table, _) in enumerate(seeds)}
    )
    people = pd.DataFrame({k: table["participants"] for k, (table, _) in enumerate(seeds)})
    enough = people.mean(axis=1) >= FEWEST_PARTICIPANTS
    inside = held(value[enough], error[enough])
    groups = inside.index.get_level_values("group").unique()
    assert {"all", "female", "1", "50-59", "inactive", "female, 60-69"} <= set(groups)
    shares = inside.astype(float).stack().groupby(level="outcome").mean()
    share = float(np.nanmean(inside.astype(float).to_numpy()))
    known = int(inside.notna().to_numpy().sum())
    print(f"{share:.4f} of {known} intervals of {len(groups)} groups hold the truth")
    print(shares.round(3).to_string())
    assert 0.91 <= share <= 0.98


def test_intervals_that_are_half_as_wide_would_be_noticed(seeds):
    """The negative control."""
    value = pd.DataFrame({k: table["expected_averted"] for k, (table, _) in enumerate(seeds)})
    error = pd.DataFrame(
        {k: table["expected_standard_error"] for k, (table, _) in enumerate(seeds)}
    )
    assert float(np.nanmean(held(value, error / 2.0).astype(float).to_numpy())) < 0.8


def test_intervals_of_the_cost_per_qaly_hold_the_truth(seeds):
    """Of the ratio, whose means are those of both sums over all seeds."""
    for horizon in ("run", "10 years", "lifetime"):
        rows = pd.DataFrame([table.loc[horizon] for _, table in seeds])
        truth = rows["net_cost"].sum() / rows["qalys_gained"].sum()
        inside = (rows["lower"] <= truth) & (truth <= rows["upper"])
        spread = rows["net_cost"].astype(float).std()
        mean_error = rows["net_cost_standard_error"].astype(float).mean()
        print(f"{horizon}: {inside.mean():.3f} hold; spread of net cost {spread / mean_error:.3f}")
        assert 0.90 <= inside.mean() <= 1.0
        assert 0.8 < spread / mean_error < 1.25
