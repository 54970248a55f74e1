"""How low uptake may fall, and what a participant may cost at most, before an option stops paying.

Effects and what is paid for participants go with their number; invitations, a place and what is
fixed do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.joint_error import P, Together, horizons_of, together
from abm.results.scales import PER_PARTICIPANT
from abm.results.spending import cost_parts
from abm.results.worth import has_costs, has_prices
from abm.scenario.budgets import limited
from abm.scenario.parts import Scenario
from analysis.decision.options import in_order

NO_COSTS = "no cost is known in this currency"
NO_CARE = "what care costs is not known"
LIMITED = "a budget or capacity sets who takes part, so uptake has no lowest value"
NEVER = "does not pay at any uptake"
ABOVE_ALL = "does not pay even if everybody who is offered it takes it up"
ALWAYS = "nothing is fixed, so it pays at any uptake"
NO_COST_PAYS = "does not pay even for nothing"


def break_even_table(
    scenario: Scenario, runs: Sequence[Counts], thresholds: Sequence[float] | None = None
) -> pd.DataFrame:
    """Return what still pays at each threshold, as far as the scenario looks.

    Parameters
    ----------
    scenario
        With policies.
    runs
        Tallies of the central values, one for each seed.
    thresholds
        What a QALY may cost, each larger than the one before; those of the place if left out.

    Returns
    -------
        Columns threshold, unit, cost_per_participant (of all that is paid, discounted),
        highest_cost_per_participant, lowest_uptake_factor (of the uptake of all policies),
        lowest_uptake (where there is one policy), note, and scale: all money is of one participant.

    Raises
    ------
    ValueError
        If thresholds are out of order.
    """
    parameters = central_parameters(scenario.parameters, scenario.place)
    value = together(runs, scenario, parameters, horizons_of(runs[0])[-1])
    number = sum(int(counts.participants[: c.N_STRATA].sum()) for counts in runs) / len(runs)
    going = _going_with_uptake(scenario, runs) * float(value.means[P])
    rows = []
    for threshold in in_order(thresholds or scenario.place.thresholds):
        row: dict[str, object] = {"threshold": threshold, "unit": scenario.place.currency}
        if not has_costs(scenario):
            rows.append(row | _without_care(scenario, value, number))
            continue
        rows.append(row | _at(scenario, value, threshold, number, going))
    names = ["threshold", "unit", "cost_per_participant", "highest_cost_per_participant",
             "lowest_uptake_factor", "lowest_uptake", "note"]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=names).assign(scale=PER_PARTICIPANT)


def _without_care(scenario: Scenario, value: Together, number: float) -> dict[str, object]:
    """Return what a participant costs, if policies have prices, and why nothing else is known."""
    each = float(value.means[P]) / number if number > 0.0 else math.nan
    return {"cost_per_participant": each, "note": NO_CARE if has_prices(scenario) else NO_COSTS}


def _at(
    scenario: Scenario, value: Together, threshold: float, number: float, going: float
) -> dict[str, object]:
    """Return what still pays at one threshold."""
    gained, averted, cost = value.means
    worth = threshold * gained + averted
    each = (worth / number, cost / number) if number > 0.0 else (math.nan, math.nan)
    factor, note = _lowest(worth - going, cost - going)
    if any(limited(policy) for policy in scenario.policies):
        factor, note = math.nan, LIMITED
    uptake = scenario.policies[0].uptake if len(scenario.policies) == 1 else math.nan
    if uptake * factor > 1.0:
        uptake, note = math.nan, ABOVE_ALL
    return {
        "cost_per_participant": each[1],
        "highest_cost_per_participant": each[0] if each[0] > 0.0 else math.nan,
        "lowest_uptake_factor": factor,
        "lowest_uptake": uptake * factor,
        "note": note if each[0] > 0.0 or math.isnan(each[0]) else NO_COST_PAYS,
    }


def _lowest(per_uptake: float, whatever: float) -> tuple[float, str]:
    """Return the lowest factor of uptake that pays, and what is to be said of it.

    ``per_uptake`` is what goes with uptake, ``whatever`` is paid at any.
    """
    if per_uptake <= 0.0:
        return math.nan, NEVER
    if whatever <= 0.0:
        return 0.0, ALWAYS
    return whatever / per_uptake, ""


def _going_with_uptake(scenario: Scenario, runs: Sequence[Counts]) -> float:
    """Return the share of intervention cost that goes with uptake."""
    parts = [cost_parts(counts, scenario) for counts in runs]
    whole = sum(each.whole for each in parts)
    return sum(each.starting for each in parts) / whole if whole > 0.0 else 0.0


