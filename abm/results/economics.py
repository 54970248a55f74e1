"""What a policy is worth: quality-adjusted years gained, care averted, and what it costs.

Money and quality-adjusted years are discounted to the start of the run, disability-adjusted years
are not, and none looks beyond the run. Years and care are those to be expected of the
participants' lives (:mod:`abm.kernel.accounts`); policies cost what the scenario says. Assumed
numbers stand in ``abm/evidence/economics.yaml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from abm.evidence.distributions import NORMAL_95
from abm.evidence.parameters import Parameters, central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.effects import compared, people_ever, standard_error
from abm.rules import economics
from abm.scenario.drawn import CENTRAL, drawn
from abm.scenario.parts import Scenario

Runs = Mapping[tuple[int, int], Counts]  # by seed and draw

CURRENCY = "GBP"  # of the evidence
UNITS = {
    "dalys_averted": "DALY",
    "qalys_gained": "QALY",
    "care_cost_averted": CURRENCY,
    "policy_cost": CURRENCY,
    "net_cost": CURRENCY,
    "cost_per_qaly": f"{CURRENCY} per QALY",
    "net_benefit": CURRENCY,
}


def has_costs(scenario: Scenario) -> bool:
    """Return whether the policies say what they cost, in the currency of the evidence."""
    costs = [policy.cost for policy in scenario.policies]
    named = any(each.per_participant or each.per_participant_year or each.fixed_per_year
                for each in costs)  # fmt: skip
    return named and all(each.currency == CURRENCY for each in costs)


def policy_cost(counts: Counts, scenario: Scenario, parameters: Parameters) -> float:
    """Return what the policies cost over the run, discounted, for the simulated persons.

    Per participant and year of taking part as counted; of what is fixed, the part of as many
    persons as are simulated.
    """
    told = (counts.told[0] + counts.told[1]).astype(float)
    years = np.arange(told.shape[1])
    rate = math.log1p(parameters["economics.discount_rate.costs"])
    worth = np.array([economics.discount(rate, year + 0.5) for year in years])
    share = scenario.persons / (scenario.population.represents or scenario.persons)
    total = 0.0
    for policy, facts in zip(scenario.policies, told, strict=True):
        year = scenario.start_year + years
        runs = (year >= policy.start) & (year < (policy.end or math.inf))
        cost = policy.cost
        yearly = facts[:, 2] * cost.per_participant
        yearly += facts[:, 1] / c.FIXED_POINT * cost.per_participant_year
        yearly += runs * cost.fixed_per_year * share
        total += float((yearly * worth).sum())
    return total


def worth(counts: Counts, scenario: Scenario, parameters: Parameters) -> dict[str, float]:
    """Return what a run says of health and money, by the names of :data:`UNITS`.

    For the simulated persons. NaN where the policies name no cost, or another currency.
    """
    fall = compared(counts, 1)[:, c.E_EXPECTED]
    gained, averted = -float(fall[c.QALYS]), float(fall[c.COSTS])
    spent = policy_cost(counts, scenario, parameters) if has_costs(scenario) else math.nan
    net = spent - averted
    return {
        "dalys_averted": -float(fall[c.HEALTHY]),
        "qalys_gained": gained,
        "care_cost_averted": averted,
        "policy_cost": spent,
        "net_cost": net,
        "cost_per_qaly": net / gained if gained > 0.0 else math.nan,
        "net_benefit": parameters["economics.willingness_to_pay"] * gained - net,
    }


def economics_table(scenario: Scenario, runs: Runs) -> pd.DataFrame | None:
    """Return one row per measure of :data:`UNITS`; None without policies.

    ``value`` is for the simulated persons, a mean over seeds, ``per_100k`` for 100 000 of them.
    ``standard_error``, ``lower`` and ``upper`` show the Monte Carlo error (of the first three
    measures), ``parameter_lower`` and ``parameter_upper`` the draws of the parameters.
    """
    if not scenario.policies:
        return None
    parameters = central_parameters(scenario.parameters)
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    value = _mean([worth(counts, scenario, parameters) for counts in central])
    table = pd.DataFrame({"measure": list(UNITS), "unit": list(UNITS.values())})
    table["value"] = [value[name] for name in UNITS]
    per_100k = 1e5 / float(np.mean([people_ever(counts) for counts in central]))
    ratio = table["measure"] == "cost_per_qaly"
    table["per_100k"] = table["value"] * np.where(ratio, 1.0, per_100k)
    table["standard_error"] = table["measure"].map(_errors(central)).astype(float)
    table["lower"] = table["value"] - NORMAL_95 * table["standard_error"]
    table["upper"] = table["value"] + NORMAL_95 * table["standard_error"]
    draws = _worth_of_draws(scenario, runs)
    intervals = [_interval([each[name] for each in draws]) for name in UNITS]
    table["parameter_lower"], table["parameter_upper"] = zip(*intervals, strict=True)
    return table


def _mean(found: list[dict[str, float]]) -> dict[str, float]:
    """Return means over seeds; the ratio is that of the means."""
    mean = {name: float(np.mean([each[name] for each in found])) for name in UNITS}
    gained = mean["qalys_gained"]
    mean["cost_per_qaly"] = mean["net_cost"] / gained if gained > 0.0 else math.nan
    return mean


def _errors(runs: list[Counts]) -> dict[str, float]:
    """Return Monte Carlo standard errors of what is a sum over persons."""
    errors = [
        standard_error(compared(counts, 1), people_ever(counts), expected=True) for counts in runs
    ]
    mean = np.sqrt(np.square(errors).sum(axis=0))[[c.HEALTHY, c.QALYS, c.COSTS]] / len(runs)
    return dict(zip(("dalys_averted", "qalys_gained", "care_cost_averted"), mean, strict=True))


def _worth_of_draws(scenario: Scenario, runs: Runs) -> list[Mapping[str, float]]:
    """Return the measures of every parameter draw, means over its seeds."""
    found: list[Mapping[str, float]] = []
    for draw in sorted({draw for _, draw in runs if draw != CENTRAL}):
        moved, parameters = drawn(scenario, None, draw)
        values = parameters or central_parameters(moved.parameters)
        own = [counts for (_, each), counts in runs.items() if each == draw]
        found.append(_mean([worth(counts, moved, values) for counts in own]))
    return found


def _interval(values: list[float]) -> tuple[float, float]:
    """Return the central 95 % of the draws; NaN where there are none, or one has no value."""
    if not values or any(math.isnan(value) for value in values):
        return math.nan, math.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
