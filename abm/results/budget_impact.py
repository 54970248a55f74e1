"""What each policy does and spends in each calendar year, and what of care it averts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.entries import has_costs as gives_costs
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.claims import known_errors
from abm.results.effects import tells_of_offers
from abm.results.scales import PER_100_000, PER_100_000_AT_START, scales
from abm.results.spending import (
    OFFERED,
    STARTED,
    TAKING_PART,
    simulated_share,
    spending,
    spending_error,
    told_of,
)
from abm.rules import economics
from abm.scenario.budgets import Delivery, delivered
from abm.scenario.parts import Policy, Scenario

Numbers = NDArray[np.float64]
ALL_POLICIES = "(all)"  # no name of a policy can be that
TOLD = {"offered": OFFERED, "started": STARTED, "taking_part": TAKING_PART}
WHILE_DELIVERED = ["budget", "capacity", "reach", "returning"]  # blank in other years
CARE, NET = "care_cost_averted", "net_cost"
SUMMED = ["offered", "started", "taking_part", "spending"]
# Expected before the run: names of the table, and of :class:`Delivery`.
FORESEEN = {
    "eligible": "eligible",
    "expected_started": "started",
    "expected_taking_part": "participant_years",
    "expected_spending": "spending",
}


def budget_impact_table(
    scenario: Scenario, central: Sequence[Counts], deliveries: Mapping[str, Delivery]
) -> pd.DataFrame | None:
    """Return what each policy does and spends by year, for each scale; None without policies.

    Means over seeds, not discounted; ``per_100000_at_start`` is chosen so that a year's
    figures do not hang on how many enter after it. ``reach``, ``eligible`` (not asked before) and
    what is expected are blank but for policies with a budget or a capacity; :data:`WHILE_DELIVERED`
    also in years before a policy's start and from its end on, ``spending`` and its ``unit``, the
    currency, for those which name no cost; ``offered`` where not all were simulated who could be.
    The error of spending is that of the run, and for policies with a budget or a capacity that of
    the pilot as well: by both spending may lie beside what was expected. ``care_cost_averted`` (in
    prices of the care of that year, not discounted) and ``net_cost`` are those of all policies
    together: where there are several, they stand in rows of :data:`ALL_POLICIES`.
    """
    if not scenario.policies:
        return None
    others = scales(scenario, central)
    del others[PER_100_000]
    factors = {PER_100_000_AT_START: 1e5 / scenario.persons, **others}
    parts = []
    for scale, factor in factors.items():
        rows = [
            _rows(scenario, central, p, deliveries.get(policy.name), scale, factor)
            for p, policy in enumerate(scenario.policies)
        ]
        whole = rows[0] if len(rows) == 1 else _together(rows)
        whole = _with_care(whole, scenario, central, factor)
        parts += [whole] if len(rows) == 1 else [*rows, whole]
    return pd.concat(parts, ignore_index=True)


def _together(rows: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return what all policies do and spend; blank where one of them is unknown or another unit."""
    whole = rows[0][["policy", "year", "scale", "unit"]].assign(policy=ALL_POLICIES)
    for name in SUMMED:
        whole[name] = np.sum([each[name].to_numpy(float) for each in rows], axis=0)
    squares = [each["spending_standard_error"].to_numpy(float) ** 2 for each in rows]
    whole["spending_standard_error"] = np.sqrt(np.sum(squares, axis=0))
    if len({each["unit"].iat[0] for each in rows}) > 1:
        whole = whole.assign(unit="", spending=math.nan, spending_standard_error=math.nan)
    return whole


def _with_care(
    table: pd.DataFrame, scenario: Scenario, central: Sequence[Counts], factor: float
) -> pd.DataFrame:
    """Add what is averted of care in each year, and what is left to pay, with their errors.

    Spending and care are taken as independent; both grow with who takes part, so that the error of
    the net cost is rather too large.
    """
    parameters = central_parameters(scenario.parameters, scenario.place)
    rate = math.log1p(parameters["economics.discount_rate.costs"])
    sums = np.sum([counts.care for counts in central], axis=0)
    worth = np.array([economics.discount(rate, year + 0.5) for year in range(len(sums))])
    unit = c.COST_UNIT / worth * factor / len(central)
    value = sums[:, c.P_EXPECTED] / c.FIXED_POINT
    error = known_errors(
        np.sqrt(np.maximum(sums[:, c.P_EXPECTED_SQUARE], 0) / c.SQUARE_POINT), value,
        sums[:, c.P_CONTRIBUTING],
    )  # fmt: skip
    averted, doubt = value * unit, error * unit
    if not gives_costs(scenario.place):
        averted, doubt = averted * math.nan, doubt * math.nan
    ours = (table["unit"] == scenario.place.currency).to_numpy()
    theirs = ~ours & (table["unit"] != "").to_numpy()  # a row holds money of one currency
    averted, doubt = (np.where(theirs, np.nan, each) for each in (averted, doubt))
    net = np.where(ours, table["spending"].to_numpy(float) - averted, np.nan)
    spent = table["spending_standard_error"].to_numpy(float)
    return table.assign(
        **{CARE: averted, f"{CARE}_standard_error": doubt, NET: net,
           f"{NET}_standard_error": np.where(ours, np.hypot(spent, doubt), np.nan)}
    )  # fmt: skip


def _rows(
    scenario: Scenario, central: Sequence[Counts], p: int, delivery: Delivery | None,
    scale: str, factor: float,
) -> pd.DataFrame:  # fmt: skip
    """Return one policy's years on one scale."""
    policy = scenario.policies[p]
    facts = np.mean([told_of(counts, p) for counts in central], axis=0)
    table = pd.DataFrame(
        {"policy": policy.name, "year": scenario.start_year + np.arange(len(facts))}
    )
    table["scale"] = scale
    table["unit"] = policy.cost.currency if policy.cost else ""
    for name, column in TOLD.items():  # persons come one by one: as Poisson counts
        table[name] = facts[:, column] * factor
        error = np.sqrt(facts[:, column] / len(central)) * factor
        table[f"{name}_standard_error"] = error
    if not all(tells_of_offers(counts, policy) for counts in central):
        table[["offered", "offered_standard_error"]] = np.nan
    spent = np.mean([spending(counts, scenario, p) for counts in central], axis=0)
    errors = [spending_error(counts, policy, p) for counts in central]
    table["spending"] = spent * factor if policy.cost else np.nan
    variance = np.square(errors).sum(axis=0) / len(central) ** 2
    if delivery is not None:  # other people than the pilot's, whatever the number of seeds
        pilot = delivery.spending_error[: len(facts)] * simulated_share(scenario)
        variance = variance + pilot**2
    table["spending_standard_error"] = np.sqrt(variance) * factor
    _add_foreseen(table, policy, delivery, factor * simulated_share(scenario))
    table.loc[~delivered(scenario, policy, len(facts)), WHILE_DELIVERED] = np.nan
    return table


def _add_foreseen(
    table: pd.DataFrame, policy: Policy, delivery: Delivery | None, factor: float
) -> None:
    """Add what was worked out before the run."""
    cost, years = policy.cost, len(table)
    for name in ("budget", "capacity"):
        amount = getattr(cost, f"{name}_per_year", None)
        table[name] = np.nan if amount is None else amount * factor
    for name in ("reach", "returning"):
        table[name] = np.nan if delivery is None else getattr(delivery, name)[:years]
    for name, field in FORESEEN.items():
        values = None if delivery is None else getattr(delivery, field)
        table[name] = np.nan if values is None else values[:years] * factor
