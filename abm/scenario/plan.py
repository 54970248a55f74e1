"""From a scenario's policies to the kernel's plan: arrays with one entry per policy."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.constants import Plan, Single, single
from abm.modes import MODES
from abm.rules import policy as rules
from abm.scenario.budgets import years_delivered
from abm.scenario.parts import Policy, Scenario, prices_offers, prices_residents

SINGLE = np.float32
FOREVER = 1e6


def _key(name: str) -> int:
    """Return the 32 bits by which a policy's draws are addressed."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")


def _window(scenario: Scenario, policy: Policy) -> tuple[float, float]:
    """Return a policy's start and end in years since the start of the run."""
    start = policy.start - scenario.start_year
    return float(start), FOREVER if policy.end is None else float(policy.end - scenario.start_year)


def _doses(policy: Policy, parameters: Parameters) -> list[float]:
    return [
        getattr(policy.adds, mode.name) / 60.0 * parameters[mode.marginal_met] for mode in MODES
    ]


def _bits(values: Sequence[int]) -> int:
    return sum(1 << value for value in values)


def _integers(values: Sequence[int]) -> NDArray[np.int32]:
    return np.array(values, np.int32)


def _who_may_take_part(policies: Sequence[Policy]) -> dict[str, Any]:
    """Return the columns of a plan that say who is eligible."""
    wanted = [policy.eligible for policy in policies]
    ages = [e.ages or (0, 1000) for e in wanted]
    return {
        "youngest": single([low for low, _ in ages]),
        "oldest": single([high for _, high in ages]),
        "sex": _integers([-1 if e.sex == "both" else c.SEXES.index(e.sex) for e in wanted]),
        "dose_below": single([e.met_hours_below or FOREVER for e in wanted]),
        "bmi_above": single([e.bmi_above or 0.0 for e in wanted]),
        "fifths": _integers([_bits(e.deprivation or (1, 2, 3, 4, 5)) for e in wanted]),
        "illnesses": _integers(
            [_bits([c.DISEASES.index(d) for d in e.diseases or ()]) for e in wanted]
        ),
    }


def _who_stays(policies: Sequence[Policy], parameters: Parameters) -> dict[str, Any]:
    """Return the columns of a plan that say how people quit and come back."""
    stay = [policy.adherence for policy in policies]
    return {
        "quits": _integers([0 if a is None else 1 for a in stay]),
        "quit_12_weeks": single([0.5 if a is None else a.quit_12_weeks for a in stay]),
        "early_shape": SINGLE(parameters["policy.early_quit_shape"]),
        "half_life": single([1.0 if a is None else a.half_life_years for a in stay]),
        "stays": single([1.0 if a is None else a.stays for a in stay]),
        "rejoin": single([0.0 if a is None else a.rejoin_per_year for a in stay]),
        "delivery": single([min(years_delivered(policy), FOREVER) for policy in policies]),
    }


def covered_by_month(scenario: Scenario, limits: Sequence[NDArray[np.float64] | None]) -> Single:
    """Return the share of the eligible reached by each month, shape (policies, months of the run).

    Parameters
    ----------
    scenario
        The policies say their reach, and over how long it builds up.
    limits
        Per policy the most that each year's money and places allow, shape (years,), or None.
    """
    months = 12 * scenario.years
    covered = np.zeros((len(scenario.policies), months), SINGLE)
    number: Any = SINGLE  # the rules in single precision, as the kernel would have it
    for row, policy, limit in zip(covered, scenario.policies, limits, strict=True):
        first = 12 * (policy.start - scenario.start_year)
        for month in range(max(first, 0), months):
            share = rules.ramped(number(month - first), number(policy.ramp_years * 12.0))
            most = np.inf if limit is None else limit[month // 12]
            row[month] = rules.covered_so_far(number(policy.reach), share, number(most))
    return covered


def returning_by_year(scenario: Scenario, shares: Sequence[NDArray[np.float64] | None]) -> Single:
    """Return the share of those coming back who are taken, shape (policies, years).

    ``shares`` holds per policy what each year's money allows, shape (years,), or None for all.
    """
    everybody = np.ones(scenario.years)
    found = [everybody if share is None else share for share in shares]
    return np.array(found, SINGLE).reshape(len(found), scenario.years)


def plan_for(scenario: Scenario, parameters: Parameters) -> Plan:
    """Return the scenario's policies as arrays."""
    policies = scenario.policies
    windows = [_window(scenario, policy) for policy in policies]
    return Plan(
        start=single([start for start, _ in windows]),
        end=single([end for _, end in windows]),
        uptake=single([policy.uptake for policy in policies]),
        **_who_may_take_part(policies),
        dose=single(np.array([_doses(p, parameters) for p in policies]).reshape(-1, len(MODES))),
        raised_to=single([policy.raises_to or 0.0 for policy in policies]),
        build_up=single([policy.build_up_months / 12.0 for policy in policies]),
        **_who_stays(policies, parameters),
        log_ratio=single([np.log(policy.il6_signalling) for policy in policies]),
        key=np.array([_key(policy.name) for policy in policies], np.int64),
        simulated_uptake=np.ones(len(policies), SINGLE),
        counts_residents=np.zeros(len(policies), np.int32),
        by_person=np.zeros(len(policies), np.int32),
    )


def plan_for_effects(plan: Plan, scenario: Scenario, prices: bool) -> Plan:
    """Return a plan that says who is simulated beside those who can take part.

    With ``prices`` that is who has one: all who can be offered a policy where offers have a price,
    and all who live in its place where residents have one.
    """
    after = scenario.start_year + scenario.years
    uptake = [
        1.0 if prices and prices_offers(policy) else accepted
        for policy, accepted in zip(scenario.policies, plan.uptake, strict=True)
    ]
    residents = [
        int(prices and prices_residents(policy) and policy.start < after)
        for policy in scenario.policies
    ]
    return plan._replace(simulated_uptake=single(uptake), counts_residents=_integers(residents))
