"""Positive control: a policy averts what an impact fraction by quadrature says it should."""

import numpy as np
import pytest

from abm.kernel import layout as c
from abm.running.queue import count_population
from abm.running.setup import set_up
from tests.lives import scenario_of
from tests.projection.years import project

pytestmark = pytest.mark.verification
YEARS, WITHIN = 5, 0.15


def cases_gone(least):
    """Return the cases of each disease, and the deaths, gone per person at the start.

    If nobody's dose is below ``least`` from the second year on: an integral over 1 024 kinds of
    people of each age and sex, who differ in all that leads to disease and lowers or raises their
    dose, with lagged doses and stocks of the ill, written apart from the model.
    """
    without = project(YEARS)
    policy = project(YEARS, least)
    gone = [without.events[d].sum() - policy.events[d].sum() for d in c.DISEASES]
    deaths = (sum(world.deaths.values()).sum() for world in (without, policy))
    return np.array([*gone, next(deaths) - next(deaths)])


def test_meeting_the_guideline_averts_the_impact_fraction():
    """Everybody below the guideline comes up to it: all diseases and deaths within 15 %.

    By the hazards met. The counted events agree with these (``test_expected_effects.py``).
    """
    persons = 400_000
    scenario = scenario_of("everyone_meets_guideline", persons=persons, years=YEARS)
    assert scenario.policies[0].start == scenario.start_year + 1
    effects = count_population(set_up(scenario, pathways=False), 77).effects[0, 0]
    effects = effects[[*range(c.N_DISEASES), c.OUTCOMES.index("deaths")]]
    averted = effects[:, c.E_EXPECTED] / c.FIXED_POINT
    error = np.sqrt(effects[:, c.E_EXPECTED_SQUARE] / c.EVENT_SQUARE_POINT)
    ratio = averted / (persons * cases_gone(scenario.policies[0].raises_to))
    print(dict(zip((*c.DISEASES, "deaths"), ratio.round(3).tolist(), strict=True)))
    assert (error < 0.03 * averted).all()
    assert (np.abs(ratio - 1.0) < WITHIN).all(), ratio
    assert (np.abs(0.8 * ratio - 1.0) > WITHIN).all()  # a fifth less of any would be noticed
