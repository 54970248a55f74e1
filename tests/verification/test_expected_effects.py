"""What is expected of lives, and of the follow_ups of those who died, is what happens to people.

Under policies so strong that many twins die years apart, where a wrong weight shows.
"""

from dataclasses import replace

import numpy as np
import pytest

from abm.kernel import layout as c
from abm.results.effects import EXPECTED, SHARED
from abm.running.setup import set_up
from abm.scenario.load import load_scenario
from abm.scenario.parts import Adds
from tests.lives import kernel_lives
from tests.statistics import assert_estimate

pytestmark = pytest.mark.verification
PERSONS, YEARS, SEEDS = 40_000, 20, (11, 12, 13, 14)
EVERYBODY = {"reach": 1.0, "uptake": 1.0, "start": 2025, "ramp_years": 0.0}
STRONG = {
    "everyone_meets_guideline": EVERYBODY,
    # No drug does so much.
    "anti_inflammatory_drug": {
        **EVERYBODY, "il6_signalling": 0.1, "adherence": None, "adds": Adds(0.0, 0.0, 0.0, 0.0),
    },
}  # fmt: skip
EPISODES = c.OUTCOMES[c.O_EPISODES]
COUNTED = (*EXPECTED, "living at the end", "ln IL-6 at the end")
COLUMNS = (
    *range(c.N_DISEASES), c.X_EPISODES, *range(c.X_BY_CAUSE, c.X_BY_CAUSE + c.N_CLOCKS),
    c.X_DEATHS, c.X_YEARS, c.X_LIVING, c.X_LOG_IL6,
)  # fmt: skip
CANCERS = ("incidence.colon_cancer", "incidence.breast_cancer")  # few
# Diseases that were added since may be as rare.
MEASURED = (*CANCERS, "incidence.coronary_heart_disease", "incidence.stroke",
            "incidence.type_2_diabetes", "incidence.depression")  # fmt: skip
RARE = (
    *CANCERS, *(f"deaths.{cause}" for cause in c.CAUSES),
    *(f"incidence.{d}" for d in c.DISEASES if f"incidence.{d}" not in MEASURED),
)  # fmt: skip
# What would be noticed of a life's events, as a share of them.
OF_LEVEL = dict.fromkeys(COUNTED, 0.2) | dict.fromkeys(RARE, 0.4) | {
    "incidence.depression": 0.15, "episodes.depression": 0.07, "life_years": 0.01,
    "living at the end": 0.01,
}  # fmt: skip
# The same of effects, as a share of what the policy averts before anything else has changed.
OF_EFFECT = (
    dict.fromkeys(COUNTED, 0.25) | dict.fromkeys(RARE, 0.8)
    # what is averted of dementia comes back twice over, as people live longer
    | {"incidence.depression": 0.4, "episodes.depression": 0.5, "incidence.dementia": 1.3}
)


def pooled_lives(name, persons=PERSONS, seeds=SEEDS):
    """Return registers and last ln IL-6 (0 for the dead) of everybody, by world and person.

    The policy reaches everybody at once, so accounts begin where the lives do. Pooled over seeds;
    also the tallies of the last.
    """
    scenario = replace(load_scenario(name), persons=persons, years=YEARS)
    first = scenario.policies[0]
    everybody = replace(first.eligible, ages=None)
    strong = replace(first, **STRONG[name], eligible=everybody)
    setup = set_up(replace(scenario, policies=(strong,)), pathways=False)
    registers, levels = [], []
    for seed in seeds:
        worlds, counts = kernel_lives(setup, seed)
        registers.append(np.stack([world.registers for world in worlds]).astype(float))
        levels.append(np.stack([np.nan_to_num(world.log_il6) for world in worlds]))
    registers, levels = np.concatenate(registers, axis=2), np.concatenate(levels, axis=1)
    assert (registers[:, c.APART] > 0.0).all()
    return registers, levels, counts


def expected(registers):
    """Return what is expected of each life of a world, by outcome."""
    return dict(zip(COUNTED, registers[[c.EXPECTED + m for m in COLUMNS]], strict=True))


def counted(registers, levels):
    """Return what happened in each life of a world, by outcome."""
    lives = (registers[c.DEATH_TIME] >= YEARS).astype(float)
    events = registers[c.EVENT_COUNT : c.EVENT_COUNT + c.N_DISEASES]
    died = 1.0 - lives
    causes = [died * (registers[c.DEATH_CAUSE] == k) for k in range(c.N_CLOCKS)]
    rest = (registers[c.EPISODE_COUNT], *causes, died, registers[c.LIFE_YEARS], lives, levels)
    return dict(zip(COUNTED, [*events, *rest], strict=True))


def assert_same(first, second, detect):
    """Assert that two estimates of the same persons have one expectation, and notice ``detect``."""
    error = np.sqrt(((first - second) ** 2).sum())
    assert_estimate(first.sum(), second.sum(), error, detect=detect)
    with pytest.raises(AssertionError, match="standard errors apart"):
        assert_estimate(first.sum() + detect, second.sum(), error, detect=detect)


@pytest.fixture(scope="module", params=STRONG)
def lives(request):
    return pooled_lives(request.param)


@pytest.mark.parametrize("world", [0, 1], ids=["baseline", "policy"])
def test_what_is_expected_of_lives_is_what_happens_to_people(lives, world):
    """Of all diseases, deaths by cause, years, and of who lives at the end with how much IL-6."""
    registers, levels, _ = lives
    happened = counted(registers[world], levels[world])
    for outcome, amount in expected(registers[world]).items():
        size = np.abs(happened[outcome]).sum()
        if outcome == "deaths.depression":  # of which nobody dies
            assert size == np.abs(amount).sum() == 0.0
            continue
        assert_same(amount, happened[outcome], OF_LEVEL[outcome] * size)


def test_expected_effects_are_fair_to_counted_ones():
    """Of a policy as weak as real ones counts say too little."""
    registers, levels, _ = pooled_lives("anti_inflammatory_drug")
    hoped, happened = (
        [expected(world) for world in registers],
        [counted(*world) for world in zip(registers, levels, strict=True)],
    )
    undisturbed = [*registers[1, c.UNDISTURBED : c.UNDISTURBED + c.N_DISEASES].sum(axis=1)]
    undisturbed += [registers[1, c.UNDISTURBED_DEATH].sum()]
    sizes = dict(zip(SHARED, undisturbed, strict=False))
    # of single causes too few are averted to tell
    for outcome in (*SHARED, EPISODES, *COUNTED[-2:]):
        difference = happened[0][outcome] - happened[1][outcome]
        size = sizes.get(outcome, abs(difference.sum()))
        assert size > 0.0
        fall = hoped[0][outcome] - hoped[1][outcome]
        assert_same(fall, difference, OF_EFFECT[outcome] * size)


@pytest.mark.parametrize("name", STRONG)
def test_expected_effects_are_less_noisy_than_counted_ones(name):
    registers, levels, counts = pooled_lives(name, 5_000, (4,))
    rows = [c.OUTCOMES.index(outcome) for outcome in EXPECTED]
    rows += [c.LIVING, c.LOG_IL6]
    reported = counts.effects[0, 0, rows, c.E_EXPECTED] / c.FIXED_POINT
    squares = counts.effects[0, 0, rows, c.E_EXPECTED_SQUARE] / np.array(c.SQUARE_POINTS)[rows]
    worlds = [expected(world) for world in registers]
    falls = [worlds[0][outcome] - worlds[1][outcome] for outcome in COUNTED]
    np.testing.assert_allclose(reported, [fall.sum() for fall in falls], rtol=1e-3, atol=0.02)
    noise = [np.sqrt((fall**2).sum()) for fall in falls]
    np.testing.assert_allclose(np.sqrt(squares), noise, rtol=0.01, atol=2e-3)
    happened = [counted(*world) for world in zip(registers, levels, strict=True)]
    for outcome, error in zip(EXPECTED, noise, strict=False):
        if outcome not in (*SHARED, EPISODES):
            continue
        counted_error = np.sqrt(((happened[0][outcome] - happened[1][outcome]) ** 2).sum())
        assert error < 0.8 * counted_error, outcome
