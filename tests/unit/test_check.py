"""The checks a user can run pass on a sound run and fail on a tampered one."""

from dataclasses import replace

import pytest

from abm import load_scenario, simulate
from analysis import check


@pytest.fixture(scope="module")
def material():
    scenario = replace(load_scenario("exercise_referral"), persons=1_500, years=6)
    return check.Material(scenario, simulate(scenario, pathways=False))


@pytest.mark.parametrize("each", check.CHECKS, ids=lambda each: each.__name__)
def test_a_sound_run_passes(material, each):
    assert each(material).passed is True


def tampered(material, measure, change):
    """Return the material with one world's values of a measure changed."""
    rows = material.result.outcomes.copy()
    chosen = (rows["measure"] == measure) & (rows["world"] == "policy")
    rows.loc[chosen, "value"] += change
    return replace(material, result=replace(material.result, outcomes=rows))


@pytest.mark.parametrize(
    ("each", "measure", "change"),
    [
        (check.same_before_start, "persons", 1),
        (check.people_are_conserved, "entrants", 1),
        (check.deaths_have_causes, "deaths.other", 1),
        (check.nothing_is_negative, "met_hours.mean", -1000),
    ],
)
def test_a_tampered_run_fails(material, each, measure, change):
    assert each(tampered(material, measure, change)).passed is False


def test_a_baseline_has_nothing_to_compare(material):
    scenario = replace(material.scenario, policies=())
    for each in (check.null_policies, check.same_before_start, check.effects_have_their_sign):
        assert each(replace(material, scenario=scenario)).passed is None
