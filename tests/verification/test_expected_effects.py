"""Expected effects are fair: their two estimates agree, and counted effects agree with both.

Under policies so strong that many twins die years apart, where a wrong weight shows.
"""

from dataclasses import replace

import numpy as np
import pytest

from abm import columns as c
from abm.effects import EXPECTED
from abm.runner import set_up
from abm.scenario import Adds, load_scenario
from tests.lives import kernel_lives
from tests.statistics import assert_estimate

pytestmark = pytest.mark.verification
PERSONS, YEARS, SEEDS = 40_000, 20, (11, 12, 13)
EVERYBODY = {"reach": 1.0, "uptake": 1.0, "start": 2025, "ramp_years": 0.0}
STRONG = {
    "everyone_meets_guideline": EVERYBODY,
    # No drug does so much.
    "anti_inflammatory_drug": {
        **EVERYBODY, "il6_ratio": 0.1, "adherence": None, "adds": Adds(0.0, 0.0, 0.0, 0.0),
    },
}  # fmt: skip
# What would be noticed, as a share of what the policy averts before anything else has changed.
# The cancers of this many people are few.
CANCERS = ("incidence.colon_cancer", "incidence.breast_cancer")
BY_WEIGHTS = dict.fromkeys(EXPECTED, 0.15) | dict.fromkeys(CANCERS, 0.3)
BY_COUNTS = dict.fromkeys(EXPECTED, 0.25) | dict.fromkeys(CANCERS, 0.8)


def register_pairs(name, persons=PERSONS, seeds=SEEDS):
    """Return the registers of all who took part, in the baseline and under the policy, pooled."""
    scenario = replace(load_scenario(name), persons=persons, years=YEARS)
    first = scenario.policies[0]
    everybody = replace(first.eligible, ages=None)
    strong = replace(first, **STRONG[name], eligible=everybody)
    setup = set_up(replace(scenario, policies=(strong,)), pathways=False)
    pairs = []
    for seed in seeds:
        worlds, counts = kernel_lives(setup, seed)
        registers = np.stack([world.registers for world in worlds]).astype(float)
        pairs.append(registers[:, :, registers[0, c.APART] > 0.0])
    return np.concatenate(pairs, axis=2), counts


@pytest.fixture(scope="module", params=STRONG)
def pairs(request):
    """Return what the twins under one of the strong policies went through."""
    return register_pairs(request.param)[0]


def effects_by_person(pairs):
    """Return by outcome, of each person: averted by hazards, weighed, counted; and the size.

    Of hazards those that each twin met up to its own end; depression is not weighed. The size is
    what would be averted if nobody's history had changed.
    """
    baseline, policy = pairs
    met = [registers[c.EXPECTED_DEATHS] + registers[c.DEATH_HAZARD] for registers in pairs]
    died = [registers[c.DEATH_TIME] < YEARS for registers in pairs]
    years = baseline[c.LIFE_YEARS] - policy[c.LIFE_YEARS]
    found = {
        f"incidence.{disease}": (
            baseline[c.EXPECTED + k] - policy[c.EXPECTED + k],
            policy[c.WEIGHED + k] if k < c.DEPRESSION else None,
            baseline[c.EVENT_COUNT + k] - policy[c.EVENT_COUNT + k],
            policy[c.UNDISTURBED + k].sum(),
        )
        for k, disease in enumerate(c.DISEASES)
    }  # fmt: skip
    found["deaths"] = (
        met[0] - met[1], policy[c.WEIGHED_DEATHS], died[0].astype(float) - died[1],
        policy[c.UNDISTURBED_DEATH].sum(),
    )  # fmt: skip
    found["life_years"] = years, policy[c.WEIGHED_YEARS], years, abs(years.sum())
    assert tuple(found) == EXPECTED
    return found


def both(met, weighed):
    """Return the mean of two estimates, the first where there is no second."""
    return met if weighed is None else (met + weighed) / 2.0


def assert_same(first, second, detect):
    """Assert that two estimates of the same persons' effects have one expectation."""
    error = np.sqrt(((first - second) ** 2).sum())
    assert_estimate(first.sum(), second.sum(), error, detect=detect)


def test_weights_stand_for_the_twin_who_lives_on(pairs):
    """Hazards weighed until one twin dies have the expectation of all hazards met."""
    for outcome, (met, weighed, _, size) in effects_by_person(pairs).items():
        detect = BY_WEIGHTS[outcome] * size
        assert size > 0.0
        if weighed is None:
            continue
        assert_same(weighed, met, detect)
        with pytest.raises(AssertionError, match="standard errors apart"):
            assert_same(weighed + detect / len(met), met, detect)


def test_expected_effects_are_fair_to_counted_ones():
    """Of all six diseases and deaths. Of a policy as weak as real ones counts say too little."""
    pairs, _ = register_pairs("anti_inflammatory_drug")
    for outcome, (met, weighed, counted, size) in effects_by_person(pairs).items():
        detect, expected = BY_COUNTS[outcome] * size, both(met, weighed)
        assert_same(expected, counted, detect)
        with pytest.raises(AssertionError, match="standard errors apart"):
            assert_same(expected + detect / len(met), counted, detect)


def test_both_estimates_make_the_reported_effect():
    pairs, counts = register_pairs("everyone_meets_guideline", 5_000, (4,))
    rows = [c.OUTCOMES.index(outcome) for outcome in EXPECTED]
    reported = counts.effects[0, 0, rows, c.E_EXPECTED] / c.FIXED_POINT
    found = effects_by_person(pairs).values()
    mean = [both(met, weighed).sum() for met, weighed, _, _ in found]
    np.testing.assert_allclose(reported, mean, rtol=1e-3, atol=0.02)
    noise = np.sqrt(counts.effects[0, 0, rows, c.E_EXPECTED_SQUARE] / c.SQUARE_POINT)
    for (met, weighed, _, _), error in zip(found, noise, strict=True):
        assert error == pytest.approx(np.sqrt((both(met, weighed) ** 2).sum()), rel=0.01, abs=2e-3)
