"""Whether a page can speak of money, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from abm.evidence.entries import has_costs
from abm.scenario.parts import Scenario


def no_money(scenarios: Sequence[Scenario]) -> str:
    """Say why a page of some scenarios hides all money; nothing where it shows it."""
    reasons = dict.fromkeys(reason for each in scenarios for reason in _reasons(each))
    currencies = sorted({each.place.currency for each in scenarios})
    if not reasons and len(currencies) > 1:
        reasons = {f"the options are priced in {' and '.join(currencies)}": None}
    if not reasons:
        return ""
    return f"Money is not shown: {'; '.join(reasons)}. Effects and QALYs are."


def _reasons(scenario: Scenario) -> Iterator[str]:
    place = scenario.place
    if not has_costs(place):
        yield f"the place {place.title} gives no costs of care"
        return
    others = sorted({each.cost.currency for each in scenario.policies if each.cost})
    if foreign := [each for each in others if each != place.currency]:
        theirs = " and ".join(foreign)
        yield f"{scenario.name} has prices in {theirs}, its place in {place.currency}"
