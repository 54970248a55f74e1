"""What the page tells of each person and start, what it makes of it, and how it calls it."""

from __future__ import annotations

from typing import Any

from abm.results.quantities import QUANTITIES
from analysis.outcomes import ECONOMIC_LABELS, headline_outcomes, row_label

# Columns of the effects table that the page holds, in its order.
HEALTH = (*headline_outcomes(), "life_years", "qalys_gained", "care_cost_averted")
PAID_FOR = ("delivered_years", "participant_years", "resident_years")
HELD = (*HEALTH, *PAID_FOR)
# What the page works out from them and from who starts.
DERIVED = ("offered", "started", "policy_cost", "net_cost", "net_benefit")
ALL = (*HELD, *DERIVED)
PLACES = [list(QUANTITIES).index(name) for name in HELD]
MONEY = ("care_cost_averted", "policy_cost", "net_cost", "net_benefit")

_OWN_LABELS = {
    "deaths": "Deaths within the run", "life_years": "Years of life gained within the run",
    "offered": "People offered it", "started": "People who take part",
    "participant_years": "Years of taking part within the run",
}  # fmt: skip


def labelled(name: str) -> str:
    """Return the name of a quantity as the first words of a row.

    Examples
    --------
    >>> labelled("incidence.stroke"), labelled("net_cost"), labelled("deaths")
    ('Stroke', 'Net cost', 'Deaths within the run')
    """
    if name in _OWN_LABELS:
        return _OWN_LABELS[name]
    label = ECONOMIC_LABELS.get(name) or row_label(name)
    return label[:1].upper() + label[1:]


def described() -> list[dict[str, Any]]:
    """Return all quantities for the page: name, label, whether they are money, and shown first."""
    return [
        {"name": name, "label": labelled(name), "money": name in MONEY,
         "event": name in headline_outcomes()}
        for name in ALL
    ]  # fmt: skip
