"""Positive control: a policy averts what an impact fraction by quadrature says it should."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from abm import columns as c
from abm.rules import activity, disease
from abm.runner import count_population, set_up
from abm.tally import of_world
from tests.lives import bands, kernel_lives, scenario_of
from tests.statistics import assert_estimate, assert_events

pytestmark = pytest.mark.verification


def impact_fractions(setup, cells, target):
    """Return one less the mean relative risk once nobody is below a dose, by clock and cell.

    An integral over the habit distribution of every age and sex, written without the simulation:
    the middles of 400 equal slices of the habit score, of which deprivation and BMI are a part of
    known variance.
    """
    habits, risks = setup.constants.activity, setup.constants.disease
    middle = stats.norm.ppf((np.arange(400) + 0.5) / 400)
    fractions = np.zeros((c.N_CLOCKS, 2 * c.N_AGES))
    for cell in np.unique(cells):
        sex = cell // c.N_AGES
        spread = math.sqrt(
            habits.residual_sd[sex] ** 2
            + 2.0 * habits.tendency_deprivation**2
            + habits.tendency_bmi**2
        )
        doses = [
            activity.dose(
                float(habits.tendency[cell] + spread * z), float(habits.zero_share[sex]),
                float(habits.low_ceiling), float(habits.median[sex]), float(habits.log_sd),
                float(habits.highest),
            )
            for z in middle
        ]  # fmt: skip
        for k in range(c.N_CLOCKS):
            before, after = (
                np.mean(
                    [
                        math.exp(
                            risks.causal_share[k]
                            * disease.activity_log_ratio(
                                dose, float(risks.cap), *risks.knots.tolist(),
                                *risks.curve[k].tolist(),
                            )
                        )
                        for dose in given
                    ]
                )
                for given in (doses, np.maximum(doses, target))
            )  # fmt: skip
            fractions[k, cell] = 1.0 - after / before
    return fractions


def expected_policy_cases(setup, baseline, policy, by_band, k):
    """Return a clock's cases in the policy world: its own time at risk times the lowered rates.

    ``baseline`` and ``policy``: tallies by year, sex and band (years, 16, tallies). The impact
    fraction is phased in as the lagged dose follows the step in the second year.
    """
    at_risk = [
        (world[..., c.T_PERSON_YEARS] - world[..., c.T_NOT_AT_RISK + k]) / c.FIXED_POINT
        for world in (baseline, policy)
    ]
    rates = baseline[..., c.T_INCIDENCE + k] / np.maximum(at_risk[0], 1e-9)
    lag = -setup.constants.step.years / math.log(setup.constants.step.lag[c.LAG_OF_CLOCK[k]])
    since = np.arange(len(baseline)) - 1.0
    phase = 1.0 - lag * (np.exp(-since / lag) - np.exp(-(since + 1.0) / lag))
    phase[0] = 0.0
    return float((at_risk[1] * rates * (1.0 - phase[:, None] * by_band[k])).sum())


def test_meeting_the_guideline_averts_the_impact_fraction():
    """Positive control: everybody below 8.75 MET-hours comes up to it from the second year on.

    Expected cases: the policy world's own time at risk in each sex, band and year, so that deaths
    are as they are in each world, times the baseline's rate, less the impact fraction. The
    integral knows nothing of drifting habits, nor of what averted diabetes and depression do for
    the heart: hence 15 per cent, besides the noise. (Depression is left out: relapses multiply
    what is averted.) The three diseases together, by the hazards met, keep within it without any
    allowance for noise.

    At 1 000 000 persons the hazards met give 1.10 of the integral's cases for heart disease, 1.01
    for stroke and 1.18 for diabetes. Without hazards of BMI, smoking and deprivation these are
    1.00, .96 and .96: the integral does not know that the heavy and the deprived, who fall ill
    more, move less.
    """
    persons, years = 200_000, 12
    scenario = scenario_of("everyone_meets_guideline", persons=persons, years=years)
    setup = set_up(scenario, pathways=False)
    counts = count_population(setup, 77)
    cells = np.concatenate([s * c.N_AGES + np.arange(0, 81, 5) for s in range(2)])
    fractions = impact_fractions(setup, cells, scenario.policies[0].raises_to)
    by_band = np.zeros((c.N_CLOCKS, 16))
    for band in range(16):
        by_band[:, band] = fractions[:, cells[bands(cells) == band]].mean(axis=1)
    baseline, policy = (
        of_world(counts.strata, world)[1:] for world in range(2)
    )
    met, wanted = 0.0, 0.0
    for k in (c.HEART, c.STROKE, c.DIABETES):
        averted = int(counts.effects[0, 0, k, c.E_DIFFERENCE])
        noise = math.sqrt(counts.effects[0, 0, k, c.E_SQUARE])
        cases = float(baseline[..., c.T_INCIDENCE + k].sum())
        expected = cases - expected_policy_cases(setup, baseline, policy, by_band, k)
        assert_estimate(averted, expected, noise, detect=0.9 * expected, allowance=0.15 * expected)
        met += float(counts.effects[0, 0, k, c.E_EXPECTED]) / c.FIXED_POINT
        wanted += expected
    assert abs(met / wanted - 1.0) < 0.15
    assert abs(0.75 * met / wanted - 1.0) > 0.15  # a quarter less would be noticed


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
