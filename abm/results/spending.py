"""What policies spend in each year, and what was expected of those with a budget or a capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.effects import tells_of_offers
from abm.results.scales import PER_100_000, PER_100_000_AT_START, scales
from abm.rules import economics
from abm.scenario.budgets import Delivery, delivered, fixed_cost
from abm.scenario.parts import Policy, Scenario

Numbers = NDArray[np.float64]
OFFERED, TAKING_PART, STARTED, DELIVERED, RESIDENTS = range(5)  # what the kernel tells of policies
IN_YEARS = [TAKING_PART, DELIVERED, RESIDENTS]
TOLD = {"offered": OFFERED, "started": STARTED, "taking_part": TAKING_PART}
WHILE_DELIVERED = ["budget", "capacity", "reach", "returning"]  # blank in other years
# Expected before the run: names of the table, and of :class:`Delivery`.
FORESEEN = {
    "eligible": "eligible",
    "expected_started": "started",
    "expected_taking_part": "participant_years",
    "expected_spending": "spending",
}


def told_of(counts: Counts, p: int) -> Numbers:
    """Return what happened in one policy by year, shape (years, 5), for the simulated persons.

    Columns: persons offered it first, years of taking part, persons who started, years of taking
    part in which something is delivered, and years lived by the people of its place.
    """
    facts = (counts.told[0, p] + counts.told[1, p]).astype(float)
    facts[:, IN_YEARS] /= c.FIXED_POINT
    return facts


def spending(counts: Counts, scenario: Scenario, p: int) -> Numbers:
    """Return one policy's cost of each year for the simulated persons, not discounted.

    Per person and year as counted; of what is fixed, the part of as many persons as are simulated.
    Zero where the policy names no cost.
    """
    policy, facts = scenario.policies[p], told_of(counts, p)
    cost = policy.cost
    if cost is None:
        return np.zeros(len(facts))
    return np.array(
        [
            economics.policy_cost(
                year[OFFERED], year[STARTED], year[DELIVERED], year[RESIDENTS],
                cost.per_person_offered, cost.per_participant, cost.per_participant_year,
                cost.per_resident_year, fixed * _simulated(scenario),
            )
            for year, fixed in zip(facts, fixed_cost(scenario, policy, len(facts)), strict=True)
        ]
    )  # fmt: skip


class CostParts(NamedTuple):
    """What the policies of a run cost in all, for the simulated persons, not discounted.

    Of ``starting`` and being served, of asking those who start and those who refuse, of the place
    and what is fixed; ``variance_of_refusing`` as of Poisson counts.
    """

    starting: float
    asked_starters: float
    asked_others: float
    place_and_fixed: float
    variance_of_refusing: float

    @property
    def whole(self) -> float:
        """Return all of it."""
        asked = self.asked_starters + self.asked_others
        return self.starting + asked + self.place_and_fixed


def cost_parts(counts: Counts, scenario: Scenario) -> CostParts:
    """Return what the policies of a run cost by what it is paid for."""
    parts = np.zeros(len(CostParts._fields))
    for p, policy in enumerate(scenario.policies):
        cost, facts = policy.cost, told_of(counts, p)
        if cost is None:
            continue
        offered, starts, served, lived = facts[:, [OFFERED, STARTED, DELIVERED, RESIDENTS]].sum(
            axis=0
        )
        refusing = max(offered - starts, 0.0)
        fixed = fixed_cost(scenario, policy, len(facts)).sum() * _simulated(scenario)
        parts += (
            cost.per_participant * starts + cost.per_participant_year * served,
            cost.per_person_offered * min(starts, offered),
            cost.per_person_offered * refusing,
            cost.per_resident_year * lived + fixed,
            cost.per_person_offered**2 * refusing,
        )
    return CostParts(*parts.tolist())


def spending_later(counts: Counts, policy: Policy, p: int) -> Numbers:
    """Return what one policy costs in each year after the run, shape (later years,).

    It has ended: what is still delivered to those who take part is all that costs.
    """
    served = (counts.told_later[0, p] + counts.told_later[1, p])[:, DELIVERED] / c.FIXED_POINT
    yearly = 0.0 if policy.cost is None else policy.cost.per_participant_year
    return np.array(
        [economics.policy_cost(0.0, 0.0, s, 0.0, 0.0, 0.0, yearly, 0.0, 0.0) for s in served]
    )


def spending_error(counts: Counts, policy: Policy, p: int) -> Numbers:
    """Return the Monte Carlo standard error of one policy's cost of each year.

    Persons come one by one: those offered it, those who start and those who are served are as
    Poisson counts, and who starts was offered it and is served. Those who live in the place are a
    part R / n of all n persons so far, so that the variance of their years R is R (1 - R / n), and
    with the cost C of those who come, who live there too, they vary together by C (1 - R / n).
    """
    facts, cost = told_of(counts, p), policy.cost
    if cost is None:
        return np.full(len(facts), np.nan)
    offered, starts, years = facts[:, OFFERED], facts[:, STARTED], facts[:, DELIVERED]
    asked, once, yearly = cost.per_person_offered, cost.per_participant, cost.per_participant_year
    together = 2.0 * (once + asked) * yearly * np.minimum(starts, years)
    together += 2.0 * asked * once * starts
    variance = asked**2 * offered + once**2 * starts + yearly**2 * years + together
    residents, each = facts[:, RESIDENTS], cost.per_resident_year
    elsewhere = np.maximum(1.0 - residents / _people_so_far(counts), 0.0)
    coming = asked * offered + once * starts + yearly * years
    return np.sqrt(variance + elsewhere * each * (2.0 * coming + each * residents))


def _people_so_far(counts: Counts) -> Numbers:
    """Return the persons at the start and all entrants until the end of each year, (years,)."""
    so_far = counts.people[0] + np.cumsum(counts.people[1:])
    return np.asarray(np.maximum(so_far, 1), float)


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
    the pilot as well: by both spending may lie beside what was expected.
    """
    if not scenario.policies:
        return None
    others = scales(scenario, central)
    del others[PER_100_000]
    factors = {PER_100_000_AT_START: 1e5 / scenario.persons, **others}
    parts = [
        _rows(scenario, central, p, deliveries.get(policy.name), scale, factor)
        for scale, factor in factors.items()
        for p, policy in enumerate(scenario.policies)
    ]
    return pd.concat(parts, ignore_index=True)


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
    for name, column in TOLD.items():
        table[name] = facts[:, column] * factor
    if not all(tells_of_offers(counts, policy) for counts in central):
        table["offered"] = np.nan
    spent = np.mean([spending(counts, scenario, p) for counts in central], axis=0)
    errors = [spending_error(counts, policy, p) for counts in central]
    table["spending"] = spent * factor if policy.cost else np.nan
    variance = np.square(errors).sum(axis=0) / len(central) ** 2
    if delivery is not None:  # other people than the pilot's, whatever the number of seeds
        pilot = delivery.spending_error[: len(facts)] * _simulated(scenario)
        variance = variance + pilot**2
    table["spending_standard_error"] = np.sqrt(variance) * factor
    _add_foreseen(table, policy, delivery, factor * _simulated(scenario))
    table.loc[~delivered(scenario, policy, len(facts)), WHILE_DELIVERED] = np.nan
    return table


def _simulated(scenario: Scenario) -> float:
    """Return the simulated persons per person represented."""
    return scenario.persons / (scenario.population.represents or scenario.persons)


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
