"""The tables of a shared-out budget: what is offered to whom, and what each group would give."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.decision.allocation import NET_BENEFIT, Allocation, Market, Worth
from analysis.decision.candidates import CARE, COST, MEASURES, OFFERED, QALYS, STARTED, Group
from analysis.decision.options import FEWEST_FOR_A_CHANCE
from analysis.decision.priced_policies import Shifts, share_of_normal_above

ALL = "all"
OF_GROUP, OF_PLACE, FIXED = "group", "place", "fixed"
NUMBERS = (
    "offered", "participants", "cost", "care_cost_averted", "qalys_gained", "net_benefit",
    "net_benefit_standard_error", "net_benefit_per_participant", "probability_it_pays",
    "net_benefit_where_chosen",
)  # fmt: skip
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """How the numbers of the tables are to be read: names of scale and money, and draws."""

    scale: str
    money: str
    draws: int = 0


def allocation_table(allocation: Allocation, told: Told, shifts: Shifts | None) -> pd.DataFrame:
    """Return the allocation, a row for each offer and each charge, which add up to the whole.

    Values are those on the half of the people that did not choose. Columns: scale, unit, kind
    (``group``, ``place``: paid for all residents of a quintile; ``fixed``), scenario, policy,
    age_band, sex, deprivation, share (of the group's eligible), then :data:`NUMBERS`, draws and
    draws_needed.
    """
    rows = [_offer_row(allocation, offer, shifts) for offer in allocation.chosen]
    rows += [_charge_row(allocation, charge) for charge in allocation.charged]
    who = ["kind", "scenario", "policy", "age_band", "sex", "deprivation", "share"]
    return _dressed(pd.DataFrame(rows, columns=[*who, *NUMBERS]), told)


def totals_table(allocation: Allocation, told: Told, shifts: Shifts | None) -> pd.DataFrame:
    """Return what is offered of each policy, charges included, and of all together (last row).

    Columns: scale, unit, scenario, policy (``all``), :data:`NUMBERS`, budget, threshold, draws,
    draws_needed.
    """
    market = allocation.market
    rows = []
    for k, each in enumerate(market.candidates):
        own = np.array([policy == k for policy, _ in market.offers]) * allocation.shares
        if own.any():
            rows.append({"scenario": each.scenario, "policy": each.policy,
                         **_together(allocation, own, [k], shifts)})  # fmt: skip
    policies = list(range(len(market.candidates)))
    whole = _together(allocation, allocation.shares, policies, shifts)
    rows.append({"scenario": ALL, "policy": ALL, **whole})
    table = pd.DataFrame(rows, columns=["scenario", "policy", *NUMBERS])
    table = table.assign(budget=allocation.budget, threshold=market.threshold)
    return _dressed(table, told)


def _dressed(table: pd.DataFrame, told: Told) -> pd.DataFrame:
    """Add for whom and in what money the numbers are, and how many draws they rest on."""
    table.insert(0, "scale", told.scale)
    table.insert(1, "unit", told.money)
    return table.assign(draws=told.draws, draws_needed=FEWEST_FOR_A_CHANCE)


def groups_table(market: Market, told: Told) -> pd.DataFrame:
    """Return what each policy would give to each of its groups, offered to all of it.

    From all people of both halves; columns scale, unit, scenario, policy, age_band, sex,
    deprivation, offered, participants, cost, care_cost_averted, qalys_gained, net_benefit,
    net_benefit_standard_error, net_benefit_per_participant and its standard error, without what is
    paid for a place or fixed.
    """
    everybody = np.ones(len(market.fifth), np.bool_)
    rows = []
    for offer, (k, g) in enumerate(market.offers):
        worth, each = market.of_offer(offer, 1.0, everybody), market.candidates[k]
        row = {"scale": told.scale, "unit": told.money, "scenario": each.scenario,
               "policy": each.policy, **_who(each.groups[g]), **_numbers(worth)}  # fmt: skip
        number = worth.sums[STARTED]
        error = worth.error[NET_BENEFIT] / number if number > 0.0 else math.nan
        rows.append(row | {"net_benefit_per_participant_standard_error": error})
    return pd.DataFrame(rows)


def probability(parts: list[tuple[int, Worth]], error: float, threshold: float,
                shifts: Shifts | None) -> float:  # fmt: skip
    """Return the probability that net benefit is above 0.

    Parameters
    ----------
    parts
        Places of policies, each with what is offered or paid of it.
    error
        Monte Carlo standard error of the sum of their net benefit.
    threshold
        What a QALY is worth.
    shifts
        Without them by Monte Carlo error alone, else by the draws too.
    """
    if shifts is None:
        return share_of_normal_above(sum(each.net_benefit for _, each in parts), error)
    total = np.zeros(len(shifts.qalys))
    for k, each in parts:
        sums = each.sums
        total += threshold * sums[QALYS] * shifts.qalys[:, k] + sums[CARE]
        total += sums[OFFERED] * shifts.care[:, k] - sums[COST] * shifts.cost[:, k]
    return float(np.mean([share_of_normal_above(float(each), error) for each in total]))


def _who(group: Group) -> dict[str, Any]:
    return {"age_band": group.age_band, "sex": group.sex,
            "deprivation": str(group.deprivation) if group.deprivation else ALL}  # fmt: skip


def _numbers(worth: Worth) -> dict[str, float]:
    """Return the sums of a row, by the names of its columns."""
    sums = dict(zip(MEASURES, worth.sums, strict=False))
    number, benefit = float(worth.sums[STARTED]), worth.net_benefit
    return {
        "offered": float(sums["offered"]), "participants": number,
        "cost": float(sums["policy_cost"]), "care_cost_averted": float(sums["care_cost_averted"]),
        "qalys_gained": float(sums["qalys_gained"]), "net_benefit": benefit,
        "net_benefit_standard_error": float(worth.error[NET_BENEFIT]),
        "net_benefit_per_participant": benefit / number if number > 0.0 else math.nan,
    }  # fmt: skip


def _offer_row(allocation: Allocation, offer: int, shifts: Shifts | None) -> dict[str, Any]:
    market, share = allocation.market, float(allocation.shares[offer])
    k, g = market.offers[offer]
    each = market.candidates[k]
    worth = market.of_offer(offer, share, allocation.others)
    own = market.of_offer(offer, share, allocation.chosen_on)
    pays = probability([(k, worth)], worth.error[NET_BENEFIT], market.threshold, shifts)
    return {
        "kind": OF_GROUP, "scenario": each.scenario, "policy": each.policy,
        **_who(each.groups[g]), "share": share, **_numbers(worth), "probability_it_pays": pays,
        "net_benefit_where_chosen": own.net_benefit,
    }  # fmt: skip


def _charge_row(allocation: Allocation, charge: int) -> dict[str, Any]:
    market = allocation.market
    k, fifth = market.charges[charge]
    each = market.candidates[k]
    worth, own = (
        market.of_charge(charge, people) for people in (allocation.others, allocation.chosen_on)
    )
    return {
        "kind": OF_PLACE if fifth else FIXED, "scenario": each.scenario, "policy": each.policy,
        **_who(Group(ALL, ALL, fifth)), "share": math.nan, **_numbers(worth),
        "probability_it_pays": math.nan, "net_benefit_where_chosen": own.net_benefit,
    }  # fmt: skip


def _together(
    allocation: Allocation, shares: Shares, policies: list[int], shifts: Shifts | None
) -> dict[str, float]:
    """Return the numbers of some offers together, with what is paid as a whole for them."""
    market, people = allocation.market, allocation.others
    worth, own = (market.worth(shares, half) for half in (people, allocation.chosen_on))
    places = np.array([policy for policy, _ in market.offers], np.int64)
    parts = [(k, market.worth(np.where(places == k, shares, 0.0), people)) for k in policies]
    pays = probability(parts, float(worth.error[NET_BENEFIT]), market.threshold, shifts)
    return {
        **_numbers(worth), "probability_it_pays": pays if shares.any() else math.nan,
        "net_benefit_where_chosen": own.net_benefit,
    }  # fmt: skip
