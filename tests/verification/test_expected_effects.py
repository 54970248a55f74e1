"""Expected effects are fair: their two estimates agree, and so do counted effects.

Both under policies strong enough that many twins die years apart: then a wrong weight shows.
"""

import math
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
STRONG = {
    "everyone_meets_guideline": {"reach": 1.0, "uptake": 1.0, "start": 2025},
    # No drug does so much.
    "anti_inflammatory_drug": {
        "reach": 1.0, "uptake": 1.0, "start": 2025, "il6_ratio": 0.1, "adherence": None,
        "adds": Adds(0.0, 0.0, 0.0, 0.0),
    },
}  # fmt: skip


def lived(name, persons=40_000, seed=3):
    """Return the registers of the baseline and of a strong policy, and the tallies."""
    scenario = replace(load_scenario(name), persons=persons, years=20)
    first = scenario.policies[0]
    changes = STRONG[name] | {"eligible": replace(first.eligible, ages=None)}
    scenario = replace(scenario, policies=(replace(first, **changes),))
    worlds, counts = kernel_lives(set_up(scenario, pathways=False), seed)
    baseline, policy = (world.registers.astype(float) for world in worlds)
    apart = baseline[c.APART] > 0.0
    return baseline[:, apart], policy[:, apart], counts


def deaths_met(registers):
    """Return the deaths to be expected of what a life met until its own end."""
    return registers[c.EXPECTED_DEATHS] + registers[c.DEATH_HAZARD]


def estimates(baseline, policy):
    """Yield outcome, effect by hazards to each life's own end, by weights, counted; by person."""
    for k, disease in enumerate(c.DISEASES):
        met = baseline[c.EXPECTED + k] - policy[c.EXPECTED + k]
        count = baseline[c.EVENT_COUNT + k] - policy[c.EVENT_COUNT + k]
        yield f"incidence.{disease}", met, policy[c.WEIGHED + k], count
    met = deaths_met(baseline) - deaths_met(policy)
    died = [(registers[c.DEATH_TIME] < 1e8).astype(float) for registers in (baseline, policy)]
    yield "deaths", met, policy[c.WEIGHED_DEATHS], died[0] - died[1]
    years = baseline[c.LIFE_YEARS] - policy[c.LIFE_YEARS]
    yield "life_years", years, policy[c.WEIGHED_YEARS], years
