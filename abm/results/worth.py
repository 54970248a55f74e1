"""What a run is worth: sums over its persons of health and care, and what its policies cost."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from abm.evidence.entries import has_costs as gives_costs
from abm.evidence.parameters import Parameters
from abm.evidence.place import Place, bundled_place
from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.effects import compared
from abm.results.spending import spending, spending_later
from abm.rules import economics
from abm.scenario.parts import Scenario

# Of what is a sum over persons: its place among what is valued, and its sign there.
PERSONAL = {
    "dalys_averted": (c.DISCOUNTED - c.HEALTHY, -1.0),
    "dalys_averted_undiscounted": (0, -1.0),
    "qalys_gained": (c.QALYS - c.HEALTHY, -1.0),
    "care_cost_averted": (c.COSTS - c.HEALTHY, 1.0),
    "social_care_averted": (c.SOCIAL - c.HEALTHY, 1.0),
}
OF_CARE = ("care_cost_averted", "social_care_averted")
LIFETIME, RUN = "lifetime", "run"


def units_of_worth(place: Place) -> dict[str, str]:
    """Return the measures of health and money at a place, each with its unit.

    Net benefit stands at the scenario's own threshold and at each of the place's.
    """
    money = place.currency
    return {
        "dalys_averted": "DALY",
        "dalys_averted_undiscounted": "DALY",
        "qalys_gained": "QALY",
        "care_cost_averted": money,
        "social_care_averted": money,
        "policy_cost": money,
        "net_cost": money,
        "cost_per_qaly": f"{money} per QALY",
        "qalys_gained_if_active": "QALY",
        "net_benefit": money,
        **{f"net_benefit_{threshold}": money for threshold in place.thresholds},
    }


def is_worth(measure: str) -> bool:
    """Return whether a measure is one of health or money, at whatever place."""
    at_a_threshold = re.fullmatch(r"net_benefit_\d+", measure)
    return at_a_threshold is not None or measure in units_of_worth(bundled_place())


def has_prices(scenario: Scenario) -> bool:
    """Return whether each policy names its cost, in the place's currency."""
    costs = [policy.cost for policy in scenario.policies]
    own = scenario.place.currency
    return bool(costs) and all(each is not None and each.currency == own for each in costs)


def has_costs(scenario: Scenario) -> bool:
    """Return whether all costs are known: of care at the place, of each policy in its currency."""
    return has_prices(scenario) and gives_costs(scenario.place)


def horizon_of(counts: Counts) -> str:
    """Return how far the tallies of a run look."""
    return LIFETIME if counts.lifetime.size else RUN


def valued(counts: Counts, horizon: str) -> NDArray[np.float64]:
    """Return sums and sums of squares of what is valued, baseline less policy, and of how many.

    Shape (valued, 3), in their units, over whole lives or within the run.
    """
    if horizon == RUN:
        fields = [c.E_EXPECTED, c.E_EXPECTED_SQUARE, c.E_CONTRIBUTING]
        found: NDArray[np.float64] = compared(counts, 1)[c.HEALTHY : c.ACTIVE + 1][:, fields]
        return found
    table = counts.lifetime[0, :, : c.V_WITH_QALYS].astype(float)
    table /= c.FIXED_POINT, c.SQUARE_POINT, 1.0
    money = slice(c.COSTS - c.HEALTHY, c.SOCIAL - c.HEALTHY + 1)
    table[money] *= (c.COST_UNIT, c.COST_UNIT**2, 1.0)
    return table


def policy_cost(
    counts: Counts, scenario: Scenario, parameters: Parameters, horizon: str = RUN,
    years: int | None = None,
) -> float:  # fmt: skip
    """Return what the policies cost, discounted, for the simulated persons.

    To the end of the run or of life, or until so many ``years`` from the start. Costs of a policy
    that names none are left out.
    """
    rate = math.log1p(parameters["economics.discount_rate.costs"])
    total = 0.0
    for p, policy in enumerate(scenario.policies):
        yearly = spending(counts, scenario, p)
        if horizon == LIFETIME:
            yearly = np.concatenate([yearly, spending_later(counts, policy, p)])
        yearly = yearly[:years]
        worth = [economics.discount(rate, year + 0.5) for year in range(yearly.size)]
        total += float(yearly @ np.array(worth))
    return total


def worth(
    counts: Counts, scenario: Scenario, parameters: Parameters, horizon: str = ""
) -> dict[str, float]:
    """Return what a run says of health and money, by the names of :func:`units_of_worth`.

    For the simulated persons, as far as the tallies look or to another ``horizon``. What policies
    cost is NaN where one names no cost, or another currency; what care costs, where the place does
    not say it; and what is made of both, where either is.
    """
    horizon = horizon or horizon_of(counts)
    fall = valued(counts, horizon)[:, 0]
    personal = {name: sign * float(fall[row]) for name, (row, sign) in PERSONAL.items()}
    gained = personal["qalys_gained"]
    active = -float(fall[c.ACTIVE - c.HEALTHY])
    gain = parameters["economics.activity_utility_gain"]
    counts_already = parameters["economics.activity_gain_counts"]
    if not gives_costs(scenario.place):
        personal |= dict.fromkeys(OF_CARE, math.nan)
    known = has_prices(scenario)
    spent = policy_cost(counts, scenario, parameters, horizon) if known else math.nan
    net = spent - personal["care_cost_averted"]
    return {
        **personal,
        "policy_cost": spent,
        "net_cost": net,
        "cost_per_qaly": net / gained if gained > 0.0 else math.nan,
        "qalys_gained_if_active": gained + (1.0 - counts_already) * gain * active,
        "net_benefit": parameters["economics.willingness_to_pay"] * gained - net,
        **{f"net_benefit_{each}": each * gained - net for each in scenario.place.thresholds},
    }
