"""What is told of each person who takes part: names, units, and where the kernel keeps it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from abm.evidence.place import Place
from abm.kernel import layout as c
from abm.results.worth import PERSONAL, units_of_worth

Single = NDArray[np.float32]

_EVENTS = {"incidence": "cases averted", "episodes": "episodes averted", "deaths": "deaths averted"}
# The order of the columns: events and years of life of the run; health and care as far as the
# scenario looks; what policies are paid for. All are positive when good, or where more is done.
OUTCOMES: Final = MappingProxyType(
    {name: _EVENTS.get(name.partition(".")[0], "years of life gained") for name in c.OUTCOMES}
)
_BY_PLACE: Final = {place: (name, sign) for name, (place, sign) in PERSONAL.items()} | {
    c.ACTIVE - c.HEALTHY: ("newly_active_years", -1.0)
}
VALUED: Final = tuple(name for _, (name, _) in sorted(_BY_PLACE.items()))
PAID_FOR: Final = MappingProxyType(
    {
        "delivered_years": "discounted years in which something is delivered",
        "participant_years": "years of taking part within the run",
        "resident_years": "discounted years lived longer within the run while the policy runs",
    }
)
QUANTITIES: Final = (*OUTCOMES, *VALUED, *PAID_FOR)
# What a shorter horizon changes: these columns, one after the other.
OF_HORIZON: Final = (*VALUED, "delivered_years")
HORIZON: Final = slice(len(OUTCOMES), len(OUTCOMES) + len(OF_HORIZON))

# The registers in which the kernel keeps what is expected of each outcome of a run.
_EXPECTED: Final = c.EXPECTED + np.array(
    [
        *range(c.N_DISEASES), c.X_EPISODES, *range(c.X_BY_CAUSE, c.X_BY_CAUSE + c.N_CLOCKS),
        c.X_DEATHS, c.X_YEARS,
    ]
)  # fmt: skip
_VALUED: Final = c.EXPECTED + c.X_HEALTHY + np.arange(c.N_VALUED)
_SIGNS: Final = np.array([_BY_PLACE[place][1] for place in range(c.N_VALUED)], np.float32)
_MONEY: Final = np.array(
    [c.COST_UNIT if place in (c.COSTS - c.HEALTHY, c.SOCIAL - c.HEALTHY) else 1.0
     for place in range(c.N_VALUED)],
    np.float32,
)  # fmt: skip


def units_at(place: Place) -> dict[str, str]:
    """Return the unit of each quantity at a place, in the order of :data:`QUANTITIES`."""
    worth = units_of_worth(place)
    valued = {name: worth.get(name, "discounted years") for name in VALUED}
    return {**OUTCOMES, **valued, **PAID_FOR}


def events_of(baseline: Single, policy: Single) -> Single:
    """Return the expected differences of a run, shape (people, outcomes of the run).

    ``baseline`` and ``policy`` are registers, shape (registers, people), when the run has ended.
    """
    found = baseline[_EXPECTED] - policy[_EXPECTED]
    found[c.O_LIFE_YEARS] *= -1.0
    return found.T


def valued_of(baseline: Single, policy: Single) -> Single:
    """Return what is valued so far, and the years served, shape (people, :data:`OF_HORIZON`)."""
    fall = (baseline[_VALUED] - policy[_VALUED]).T * (_SIGNS * _MONEY)
    return np.column_stack([fall, policy[c.SERVED]])


def years_worth(
    since: NDArray[np.float64] | float, until: NDArray[np.float64], rate: float,
    window: tuple[float, float],
) -> NDArray[np.float64]:  # fmt: skip
    """Return the years lived from one time to another within a window, discounted.

    Times in years since the start of the run. A year counts as its middle, as costs do.
    """
    last = int(np.ceil(window[1]))
    edges = np.arange(last + 1, dtype=float)
    so_far = np.concatenate([[0.0], np.cumsum(np.exp(-rate * (edges[:-1] + 0.5)))])
    first, second = (np.interp(np.clip(each, *window), edges, so_far) for each in (since, until))
    return np.asarray(np.maximum(second - first, 0.0), float)
