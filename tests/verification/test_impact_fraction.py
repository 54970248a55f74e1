"""Positive control: a policy averts what an impact fraction by quadrature says it should."""

from dataclasses import replace

import numpy as np
import pytest

from abm import columns as c
from abm.runner import count_population, set_up
from tests import unlike_projection
from tests.lives import kernel_lives, scenario_of
from tests.statistics import assert_events

pytestmark = pytest.mark.verification
YEARS, WITHIN = 5, 0.15


def cases_gone(least):
    """Return the cases of each disease, and the deaths, gone per person at the start.

    If nobody's dose is below ``least`` from the second year on: an integral over 1 024 kinds of
    people of each age and sex, who differ in all that leads to disease and lowers or raises their
    dose, with lagged doses and stocks of the ill, written apart from the model.
    """
    without = unlike_projection.project(YEARS)
    policy = unlike_projection.project(YEARS, least)
    gone = [without.events[d].sum() - policy.events[d].sum() for d in c.DISEASES]
    deaths = (sum(world.deaths.values()).sum() for world in (without, policy))
    return np.array([*gone, next(deaths) - next(deaths)])


def test_meeting_the_guideline_averts_the_impact_fraction():
    """Everybody below the guideline comes up to it: all six diseases and deaths within 15 %.

    By the hazards met. The counted events agree with these (``test_expected_effects.py``).
    """
    persons = 400_000
    scenario = scenario_of("everyone_meets_guideline", persons=persons, years=YEARS)
    assert scenario.policies[0].start == scenario.start_year + 1
    effects = count_population(set_up(scenario, pathways=False), 77).effects[0, 0]
    effects = effects[[*range(c.N_DISEASES), c.OUTCOMES.index("deaths")]]
    averted = effects[:, c.E_EXPECTED] / c.FIXED_POINT
    noise = np.sqrt(effects[:, c.E_EXPECTED_SQUARE] / c.SQUARE_POINT)
    ratio = averted / (persons * cases_gone(scenario.policies[0].raises_to))
    print(dict(zip((*c.DISEASES, "deaths"), ratio.round(3).tolist(), strict=True)))
    assert (noise < 0.03 * averted).all()
    assert (np.abs(ratio - 1.0) < WITHIN).all(), ratio
    assert (np.abs(0.8 * ratio - 1.0) > WITHIN).all()  # a fifth less of any would be noticed


def test_events_are_fair_to_the_hazards_that_were_met():
    """Events less the hazards met is pure chance: in both worlds, within five standard errors.

    15 per cent too many deaths, or 25 per cent too much heart disease, would be noticed.
    """
    persons, years = 60_000, 10
    scenario = scenario_of("everyone_meets_guideline", persons=persons, years=years)
    policy = replace(scenario.policies[0], start=scenario.start_year, reach=1.0, uptake=1.0)
    setup = set_up(replace(scenario, policies=(policy,)), pathways=False)
    worlds, _ = kernel_lives(setup, 91)
    for world in worlds:
        met = world.registers.astype(float)
        assert met[c.APART].all()
        pairs = [
            (met[c.EVENT_COUNT + k].sum(), met[c.EXPECTED + k].sum()) for k in range(c.N_DISEASES)
        ]
        death_hazard = met[c.EXPECTED_DEATHS] + met[c.DEATH_HAZARD]
        pairs.append((float((met[c.DEATH_TIME] < years).sum()), death_hazard.sum()))
        for events, hazard in pairs:
            assert_events(int(events), hazard, detect=0.6)
        for (events, hazard), noticed in ((pairs[c.HEART], 0.25), (pairs[-1], 0.15)):
            assert_events(int(events), hazard, detect=noticed)
            with pytest.raises(AssertionError, match="standard errors apart"):
                assert_events(int((1.0 + noticed) * events), hazard, detect=noticed)
