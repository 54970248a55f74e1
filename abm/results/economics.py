"""What a policy is worth: quality-adjusted years gained, care averted, and what it costs.

Money and years are discounted to the start of the run (disability-adjusted years stand beside as
they are too). They look to the end of life of those who took part, or to the end of the run. Money
is in the currency and the prices of the place. Years and care are those to be expected of the
participants' lives (:mod:`abm.kernel.accounts`); policies cost what the scenario says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.distributions import NORMAL_95
from abm.evidence.entries import has_costs as gives_costs
from abm.evidence.parameters import Parameters, central_parameters
from abm.evidence.place import Place, bundled_place
from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.claims import known_errors, with_draws
from abm.results.effects import compared, people_ever
from abm.results.scales import scales
from abm.results.spending import spending, spending_later
from abm.rules import economics
from abm.scenario.drawn import CENTRAL, drawn
from abm.scenario.parts import Scenario

Runs = Mapping[tuple[int, int], Counts]  # by seed and draw

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
AMOUNTS = (
    "value", "standard_error", "lower", "upper", "parameter_lower", "parameter_upper", "within_run"
)  # fmt: skip


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


def has_costs(scenario: Scenario) -> bool:
    """Return whether all costs are known: of care at the place, of each policy in its currency."""
    place = scenario.place
    costs = [policy.cost for policy in scenario.policies]
    priced = all(each is not None and each.currency == place.currency for each in costs)
    return bool(costs) and priced and gives_costs(place)


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
    table = counts.lifetime[0].astype(float) / (c.FIXED_POINT, c.SQUARE_POINT, 1.0)
    money = slice(c.COSTS - c.HEALTHY, c.SOCIAL - c.HEALTHY + 1)
    table[money] *= (c.COST_UNIT, c.COST_UNIT**2, 1.0)
    return table


def policy_cost(
    counts: Counts, scenario: Scenario, parameters: Parameters, horizon: str = RUN
) -> float:
    """Return what the policies cost, discounted, for the simulated persons.

    Costs of a policy that names none are left out.
    """
    rate = math.log1p(parameters["economics.discount_rate.costs"])
    total = 0.0
    for p, policy in enumerate(scenario.policies):
        yearly = spending(counts, scenario, p)
        if horizon == LIFETIME:
            yearly = np.concatenate([yearly, spending_later(counts, policy, p)])
        worth = [economics.discount(rate, year + 0.5) for year in range(yearly.size)]
        total += float(yearly @ np.array(worth))
    return total


def worth(
    counts: Counts, scenario: Scenario, parameters: Parameters, horizon: str = ""
) -> dict[str, float]:
    """Return what a run says of health and money, by the names of :func:`units_of_worth`.

    For the simulated persons, as far as the tallies look or to another ``horizon``. NaN where the
    policies name no cost, or another currency, or the place does not say what care costs.
    """
    horizon = horizon or horizon_of(counts)
    fall = valued(counts, horizon)[:, 0]
    personal = {name: sign * float(fall[row]) for name, (row, sign) in PERSONAL.items()}
    gained, averted = personal["qalys_gained"], personal["care_cost_averted"]
    active = -float(fall[c.ACTIVE - c.HEALTHY])
    gain = parameters["economics.activity_utility_gain"]
    counts_already = parameters["economics.activity_gain_counts"]
    if not gives_costs(scenario.place):
        personal |= dict.fromkeys(OF_CARE, math.nan)
    known = has_costs(scenario)
    spent = policy_cost(counts, scenario, parameters, horizon) if known else math.nan
    net = spent - averted
    return {
        **personal,
        "policy_cost": spent,
        "net_cost": net,
        "cost_per_qaly": net / gained if gained > 0.0 else math.nan,
        "qalys_gained_if_active": gained + (1.0 - counts_already) * gain * active,
        "net_benefit": parameters["economics.willingness_to_pay"] * gained - net,
        **{f"net_benefit_{each}": each * gained - net for each in scenario.place.thresholds},
    }


def economics_table(scenario: Scenario, runs: Runs) -> pd.DataFrame | None:
    """Return one row per scale and measure of :func:`units_of_worth`; None without policies.

    ``value`` is a mean over seeds, for the ``scale`` of :func:`abm.results.scales.scales`.
    ``standard_error``, ``lower`` and ``upper`` show the Monte Carlo error (of what is a sum over
    persons), ``parameter_lower`` and ``parameter_upper`` the draws of the parameters, with the
    columns of :func:`abm.results.claims.with_draws`. ``horizon`` is how far all that looks;
    ``within_run`` is the value to the end of the run.
    """
    if not scenario.policies:
        return None
    table = _for_the_simulated(scenario, runs)
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    found = [_scaled(table, scale, factor) for scale, factor in scales(scenario, central).items()]
    return pd.concat(found, ignore_index=True)


def _scaled(table: pd.DataFrame, scale: str, factor: float) -> pd.DataFrame:
    """Return the amounts of a table for more or fewer people; what they are per QALY stays."""
    factors = np.where(table["measure"] == "cost_per_qaly", 1.0, factor)
    moved = table.assign(**{name: table[name] * factors for name in AMOUNTS})
    moved.insert(2, "scale", scale)
    return moved


def _for_the_simulated(scenario: Scenario, runs: Runs) -> pd.DataFrame:
    """Return one row per measure, for the simulated persons."""
    parameters = central_parameters(scenario.parameters, scenario.place)
    units = units_of_worth(scenario.place)
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    value = _mean([worth(counts, scenario, parameters) for counts in central])
    table = pd.DataFrame({"measure": list(units), "unit": list(units.values())})
    table["horizon"] = horizon_of(central[0])
    table["value"] = [value[name] for name in units]
    table["standard_error"] = table["measure"].map(_errors(central)).astype(float)
    table.loc[table["value"].isna(), "standard_error"] = math.nan
    table["lower"] = table["value"] - NORMAL_95 * table["standard_error"]
    table["upper"] = table["value"] + NORMAL_95 * table["standard_error"]
    draws = _worth_of_draws(scenario, runs)
    intervals = [_interval([each[name] for each in draws]) for name in units]
    table["parameter_lower"], table["parameter_upper"] = zip(*intervals, strict=True)
    table = with_draws(table, table["value"], len(draws))
    within = _mean([worth(counts, scenario, parameters, RUN) for counts in central])
    table["within_run"] = [within[name] for name in units]
    return table


def _mean(found: list[dict[str, float]]) -> dict[str, float]:
    """Return means over seeds; the ratio is that of the means."""
    mean = {name: float(np.mean([each[name] for each in found])) for name in found[0]}
    gained = mean["qalys_gained"]
    mean["cost_per_qaly"] = mean["net_cost"] / gained if gained > 0.0 else math.nan
    return mean


def _errors(runs: list[Counts]) -> dict[str, float]:
    """Return Monte Carlo standard errors of what is a sum over persons; NaN where unknown."""
    tables = [(valued(counts, horizon_of(counts)), people_ever(counts)) for counts in runs]
    errors = [
        np.sqrt(np.maximum(table[:, 1] - table[:, 0] ** 2 / max(people, 1), 0.0))
        for table, people in tables
    ]
    total = np.sum([table for table, _ in tables], axis=0)
    pooled = known_errors(
        np.sqrt(np.square(errors).sum(axis=0)) / len(runs), total[:, 0], total[:, 2]
    )
    return {name: float(pooled[row]) for name, (row, _) in PERSONAL.items()}


def _worth_of_draws(scenario: Scenario, runs: Runs) -> list[Mapping[str, float]]:
    """Return the measures of every parameter draw, means over its seeds."""
    found: list[Mapping[str, float]] = []
    for draw in sorted({draw for _, draw in runs if draw != CENTRAL}):
        moved, parameters = drawn(scenario, None, draw)
        values = parameters or central_parameters(moved.parameters, moved.place)
        own = [counts for (_, each), counts in runs.items() if each == draw]
        found.append(_mean([worth(counts, moved, values) for counts in own]))
    return found


def _interval(values: list[float]) -> tuple[float, float]:
    """Return the central 95 % of the draws; NaN where there are none, or one has no value."""
    if not values or any(math.isnan(value) for value in values):
        return math.nan, math.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
