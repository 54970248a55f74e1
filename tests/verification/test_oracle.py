"""The kernel against the oracle: the same people live the same lives."""

from dataclasses import replace

import pytest

from abm.running.setup import set_up
from abm.scenario.load import load_scenario
from tests.lives import agreement, kernel_lives
from tests.oracle import OracleModel

pytestmark = pytest.mark.verification


@pytest.mark.parametrize("name", ["walking_groups", "exercise_referral"])
def test_2000_people_live_20_years_alike(name):
    wide = [f"policies.{load_scenario(name).policies[0].name}.reach=0.8"]
    scenario = replace(load_scenario(name, wide), persons=2000, years=20)
    setup = set_up(scenario, pathways=False)
    worlds, _ = kernel_lives(setup, seed=1)
    for world, lives in enumerate(worlds):
        oracle = OracleModel(setup, 1, policies=world > 0).run(scenario.years)
        found = agreement(lives, oracle)
        assert found.events > 1000
        assert found.same_month >= 0.999, found
        assert found.same_episodes >= 0.998, found
        assert found.log_il6_error < 1e-3, found
        assert found.accounts_error < 0.01, found
