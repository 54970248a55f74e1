"""What a policy is worth: quality-adjusted years gained, care averted, and what it costs.

Money and years are discounted to the start of the run (disability-adjusted years stand beside as
they are too). They look to the end of life of those who took part, or to the end of the run. Money
is in the currency and the prices of the place. Years and care are those to be expected of the
participants' lives (:mod:`abm.kernel.accounts`); policies cost what the scenario says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from abm.evidence.distributions import NORMAL_95
from abm.evidence.parameters import Parameters, central_parameters
from abm.kernel.blocks import Counts
from abm.results.claims import known_errors, with_draws
from abm.results.effects import people_ever
from abm.results.joint_error import horizons_of, together
from abm.results.scales import scales
from abm.results.worth import PERSONAL, RUN, horizon_of, units_of_worth, valued, worth
from abm.results.worth_of_draws import DrawWorth
from abm.scenario.drawn import CENTRAL
from abm.scenario.parts import Scenario

Runs = Mapping[tuple[int, int], Counts]  # by seed and draw

AMOUNTS = (
    "value", "standard_error", "lower", "upper", "parameter_lower", "parameter_upper", "within_run"
)  # fmt: skip


def economics_table(
    scenario: Scenario, runs: Runs, draws: Sequence[DrawWorth]
) -> pd.DataFrame | None:
    """Return one row per scale and measure; None without policies.

    Measures are those of :func:`abm.results.worth.units_of_worth`.
    ``value`` is a mean over seeds, for the ``scale`` of :func:`abm.results.scales.scales`.
    ``standard_error``, ``lower`` and ``upper`` show the Monte Carlo error (of money as
    :mod:`abm.results.joint_error` says), ``parameter_lower`` and ``parameter_upper`` the draws of
    the parameters, with the columns of :func:`abm.results.claims.with_draws`, and
    ``monte_carlo_share`` how much of the variance of both is Monte Carlo error. ``horizon`` is how
    far all that looks; ``within_run`` is the value to the end of the run. ``draws`` are those of
    :func:`abm.results.worth_of_draws.worth_of_draws`.
    """
    if not scenario.policies:
        return None
    table = _for_the_simulated(scenario, runs, draws)
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    found = [_scaled(table, scale, factor) for scale, factor in scales(scenario, central).items()]
    return pd.concat(found, ignore_index=True)


def _scaled(table: pd.DataFrame, scale: str, factor: float) -> pd.DataFrame:
    """Return the amounts of a table for more or fewer people; what they are per QALY stays."""
    factors = np.where(table["measure"] == "cost_per_qaly", 1.0, factor)
    moved = table.assign(**{name: table[name] * factors for name in AMOUNTS})
    moved.insert(2, "scale", scale)
    return moved


def _for_the_simulated(
    scenario: Scenario, runs: Runs, of_draws: Sequence[DrawWorth]
) -> pd.DataFrame:
    """Return one row per measure, for the simulated persons."""
    parameters = central_parameters(scenario.parameters, scenario.place)
    units = units_of_worth(scenario.place)
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    value = _mean([worth(counts, scenario, parameters) for counts in central])
    table = pd.DataFrame({"measure": list(units), "unit": list(units.values())})
    table["horizon"] = horizon_of(central[0])
    table["value"] = [value[name] for name in units]
    errors = _errors(central) | _errors_of_money(central, scenario, parameters)
    table["standard_error"] = table["measure"].map(errors).astype(float)
    table.loc[table["value"].isna(), "standard_error"] = math.nan
    table["lower"] = table["value"] - NORMAL_95 * table["standard_error"]
    table["upper"] = table["value"] + NORMAL_95 * table["standard_error"]
    joint = together(central, scenario, parameters, horizons_of(central[0])[-1])
    ratio = table["measure"] == "cost_per_qaly"
    table.loc[ratio, ["lower", "upper"]] = [each if math.isfinite(each) else math.nan
                                            for each in joint.ratio()[1:]]  # fmt: skip
    draws = _means_of_draws(of_draws)
    intervals = [_interval([each[name] for each in draws]) for name in units]
    table["parameter_lower"], table["parameter_upper"] = zip(*intervals, strict=True)
    table = with_draws(table, table["value"], len(draws))
    table["monte_carlo_share"] = [
        _share([each[name] for each in draws], error)
        for name, error in zip(units, table["standard_error"], strict=True)
    ]
    within = _mean([worth(counts, scenario, parameters, RUN) for counts in central])
    table["within_run"] = [within[name] for name in units]
    return table


def _mean(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
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


def _errors_of_money(
    runs: list[Counts], scenario: Scenario, parameters: Parameters
) -> dict[str, float]:
    """Return Monte Carlo standard errors of what is made of money and QALYs together."""
    joint = together(runs, scenario, parameters, horizons_of(runs[0])[-1])
    ratio, _, _ = joint.ratio()
    willing = parameters["economics.willingness_to_pay"]
    gained = float(joint.means[0])
    return {
        "policy_cost": joint.error_of((0.0, 0.0, 1.0)),
        "net_cost": joint.error_of((0.0, -1.0, 1.0)),
        "cost_per_qaly": joint.error_of((ratio, 1.0, -1.0)) / gained if gained > 0.0 else math.nan,
        "net_benefit": joint.error_of_net_benefit(willing),
        **{
            f"net_benefit_{each}": joint.error_of_net_benefit(each)
            for each in scenario.place.thresholds
        },
    }


def _share(values: list[float], error: float) -> float:
    """Return the share of Monte Carlo error in the variance of both, NaN with too few draws."""
    if len(values) < 2 or math.isnan(error):
        return math.nan
    whole = error**2 + float(np.var(values, ddof=1))
    return error**2 / whole if whole > 0.0 else math.nan


def _means_of_draws(draws: Sequence[DrawWorth]) -> list[Mapping[str, float]]:
    """Return the measures of every parameter draw, means over its seeds."""
    found: dict[int, list[Mapping[str, float]]] = {}
    for each in draws:
        found.setdefault(each.draw, []).append(each.worth)
    return [_mean(own) for own in found.values()]


def _interval(values: list[float]) -> tuple[float, float]:
    """Return the central 95 % of the draws; NaN where there are none, or one has no value."""
    if not values or any(math.isnan(value) for value in values):
        return math.nan, math.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
