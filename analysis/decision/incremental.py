"""Incremental analysis: which options are dominated, and what each next one costs per QALY."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

ON_FRONTIER, DOMINATED, EXTENDEDLY = "on the frontier", "dominated", "extendedly dominated"
COLUMNS = (
    "option", "status", "dominated_by", "compared_with", "incremental_cost", "incremental_qalys",
    "incremental_cost_per_qaly",
)  # fmt: skip


def incremental_analysis(
    names: Sequence[str], costs: Sequence[float], qalys: Sequence[float]
) -> pd.DataFrame:
    """Return each option against the next best one that is worth considering.

    An option is dominated if another costs no more and gains no less, and extendedly dominated if
    a mix of two others does: if the next one beyond it costs less per further QALY.

    Parameters
    ----------
    names, costs, qalys
        Options with net costs and QALYs on one scale, what they are compared with among them.

    Returns
    -------
        One row per option in the order given, columns :data:`COLUMNS`; the last four are blank for
        dominated ones, and for the cheapest.
    """
    order = sorted(range(len(names)), key=lambda k: (qalys[k], -costs[k]))
    by = {k: _dominating(k, order, costs, qalys) for k in order}
    frontier = [k for k in order if by[k] is None]
    frontier, left_out = _without_extendedly(frontier, costs, qalys)
    rows = []
    for k, name in enumerate(names):
        row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan) | {"option": name}
        row |= {"status": ON_FRONTIER, "dominated_by": "", "compared_with": ""}
        if by[k] is not None:
            row |= {"status": DOMINATED, "dominated_by": names[by[k]]}
        elif k in left_out:
            pair = " and ".join(names[other] for other in left_out[k])
            row |= {"status": EXTENDEDLY, "dominated_by": pair}
        elif frontier.index(k) > 0:
            row |= _step(k, frontier[frontier.index(k) - 1], names, costs, qalys)
        rows.append(row)
    return pd.DataFrame(rows)[list(COLUMNS)]


def _dominating(
    k: int, order: Sequence[int], costs: Sequence[float], qalys: Sequence[float]
) -> int | None:
    """Return the cheapest option that dominates one; of two alike the first stays."""
    better = [
        other
        for other in order
        if other != k and costs[other] <= costs[k] and qalys[other] >= qalys[k]
        and ((costs[other], qalys[other]) != (costs[k], qalys[k]) or other < k)
    ]  # fmt: skip
    return min(better, key=lambda other: (costs[other], -qalys[other])) if better else None


def _without_extendedly(
    frontier: list[int], costs: Sequence[float], qalys: Sequence[float]
) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """Return the convex frontier, and who is left out with the two whose mix does better."""

    def ratio(first: int, second: int) -> float:
        return (costs[second] - costs[first]) / (qalys[second] - qalys[first])

    kept, left_out = list(frontier), {}
    place = 1
    while place < len(kept) - 1:
        before, this, after = kept[place - 1 : place + 2]
        if ratio(before, this) > ratio(this, after):
            left_out[this] = (before, after)
            del kept[place]
            place = max(place - 1, 1)
        else:
            place += 1
    return kept, left_out


def _step(
    k: int, before: int, names: Sequence[str], costs: Sequence[float], qalys: Sequence[float]
) -> dict[str, object]:
    """Return what an option costs and gains beyond the one before it."""
    cost, gain = costs[k] - costs[before], qalys[k] - qalys[before]
    return {
        "compared_with": names[before], "incremental_cost": cost, "incremental_qalys": gain,
        "incremental_cost_per_qaly": cost / gain,
    }  # fmt: skip
