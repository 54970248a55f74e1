"""A short run of the kernel against the oracle, with every kind of policy and three worlds."""

from dataclasses import replace

import numpy as np
import pytest

from abm.kernel import layout as c
from abm.kernel.blocks import of_world
from abm.running.setup import set_up
from abm.scenario.load import load_scenario
from abm.scenario.parts import Adds, Adherence, Cost, Eligibility, Policy
from tests.lives import agreement, kernel_lives
from tests.oracle import OracleModel

FREE = Cost(per_person_offered=0.0, per_participant=0.0, per_participant_year=0.0,
            delivery_months=None, per_resident_year=0.0, fixed_per_year=0.0, budget_per_year=None,
            capacity_per_year=None, currency="GBP")  # fmt: skip
EVERYBODY = Eligibility(None, "both", None, None, None, None)


def policy(name, **changes):
    """Return a policy that everybody is offered and takes up in the second year."""
    given = {
        "name": name, "start": 2026, "end": None, "ramp_years": 0.0, "reach": 1.0, "uptake": 1.0,
        "eligible": EVERYBODY, "adds": Adds(0.0, 0.0, 0.0, 0.0), "raises_to": None,
        "build_up_months": 0.0, "adherence": None, "il6_signalling": 1.0, "cost": FREE,
    }  # fmt: skip
    return Policy(**{**given, **changes})


POLICIES = (
    policy(
        "classes", ramp_years=2.0, reach=0.7, uptake=0.8, build_up_months=3.0, end=2028,
        eligible=Eligibility((30, 80), "female", 20.0, 22.0, (1, 2, 3, 4), None),
        adds=Adds(30.0, 20.0, 40.0, 10.0), adherence=Adherence(0.5, 0.3, 0.3, 2.0),
        cost=replace(FREE, delivery_months=2.0),
    ),
    policy(
        "drug", start=2027, il6_signalling=0.7, adherence=Adherence(0.2, 1.0, 0.2, 0.5),
        eligible=Eligibility(None, "both", None, None, None, ("type_2_diabetes", "depression")),
    ),
    policy("target", start=2028, uptake=0.3, raises_to=8.75),
)  # fmt: skip


@pytest.mark.parametrize(
    ("step_months", "spike_share", "recurrence"), [(1, 0.0, 0.0), (3, 0.0, 0.0), (1, 0.6, 0.5)]
)
def test_kernel_and_oracle_agree_on_every_kind_of_policy(step_months, spike_share, recurrence):
    scenario = replace(
        load_scenario("uk"),
        persons=400,
        years=5,
        policies=POLICIES,
        step_months=step_months,
        parameters={
            "il6.spike_driven_share": spike_share,
            "disease.depression.applies_to_recurrence": recurrence,
        },
    )
    share = np.full((len(POLICIES), scenario.years), 0.4, np.float32)
    setup = replace(set_up(scenario), returning=share)
    worlds, counts = kernel_lives(setup, seed=7)
    for world, lives in enumerate(worlds):
        model = OracleModel(setup, 7, policies=world > 0, il6_frozen=world == 2)
        oracle = model.run(scenario.years)
        found = agreement(lives, oracle)
        assert found.events > 40
        assert found.same_month >= 0.98, found
        assert found.same_episodes >= 0.99, found
        assert found.log_il6_error < 1e-3, found
        assert found.accounts_error < 1e-3, found
        at_risk = np.sum([life.at_risk for life in oracle.values()], axis=0)
        sums = of_world(counts.strata, world)[1:].sum(axis=(0, 1))
        not_at_risk = sums[c.T_NOT_AT_RISK : c.T_NOT_AT_RISK + c.N_DISEASES]
        told = (sums[c.T_PERSON_YEARS] - not_at_risk) / c.FIXED_POINT
        np.testing.assert_allclose(told, at_risk, atol=0.05)
        depressed = sum(life.depressed for life in oracle.values())
        assert sums[c.T_DEPRESSED] / c.FIXED_POINT == pytest.approx(depressed, abs=0.05)
        taken = sum(life.participation for life in oracle.values())
        assert counts.told[world, :, :, 1].sum() / c.FIXED_POINT == pytest.approx(taken, abs=0.01)
        served = sum(life.served for life in oracle.values())
        assert counts.told[world, :, :, 3].sum() / c.FIXED_POINT == pytest.approx(served, abs=0.01)
        assert world == 0 or 0 < served < 0.99 * taken


def test_a_faulty_kernel_is_noticed():
    """The comparison has teeth: a wrong time constant in one of the two shows."""
    scenario = replace(load_scenario("uk"), persons=60, years=3)
    setup = set_up(scenario)
    worlds, _ = kernel_lives(setup, seed=7)
    inflammation = setup.constants.inflammation
    wrong = inflammation._replace(drift_keep=np.float32(1.05 * inflammation.drift_keep))
    faulty = replace(setup, constants=setup.constants._replace(inflammation=wrong))
    found = agreement(worlds[0], OracleModel(faulty, 7).run(scenario.years))
    assert found.log_il6_error > 1e-3
