"""Which assumptions carry the answer: the cost per QALY at both ends of each.

With draws, by regression on them: what is expected of money and health given that one input lies at
an end of its 95 % interval, all else as uncertain as it is. Without draws to first order, of causal
shares alone: what is gained by a condition goes with its share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from abm.conditions import CONDITIONS
from abm.evidence.entries import load_evidence
from abm.results.qaly_sources import WHOLE
from abm.results.scales import PER_100_000, REPRESENTED
from abm.results.worth import LIFETIME
from abm.scenario.drawn import EVIDENCE
from abm.scenario.parts import Scenario
from analysis.decision.acceptability import with_reliability
from analysis.decision.information import shuffled_orders
from analysis.decision.options import FEWEST_FOR_INFORMATION, Options
from analysis.decision.smoothing import Smoother
from analysis.input_names import name_of_input

ENDS = (0.025, 0.975)
MOST = 10  # rows
SHUFFLES = 19  # then an input without effect goes beyond them all in one of twenty tables
ALL_ELSE = "causal_share.all_else"
REGRESSION, FIRST_ORDER = "regression on draws", "first order"
COLUMNS = (
    "rank", "assumption", "label", "low", "high", "scale", "unit", "net_benefit_low",
    "net_benefit_high", "cost_per_qaly_low", "cost_per_qaly_high", "method",
)  # fmt: skip


def assumptions_of_draws(
    options: Options, positions: pd.DataFrame, scenario: Scenario, threshold: float
) -> pd.DataFrame:
    """Return the assumptions that move the net benefit of one scenario most, by its draws.

    Parameters
    ----------
    options
        Doing nothing, and the scenario, per 100 000.
    positions
        As of :mod:`analysis.decision.inputs`.
    scenario
        Whose numbers may have intervals of their own.
    threshold
        What a QALY may cost, for the order of the rows.

    Returns
    -------
        Columns :data:`COLUMNS`, then dummy (how far apart the net benefit at both ends is at most
        for any input where draws are shuffled: what is not further apart is chance), draws,
        draws_needed and reliable; ``causal_share.all_else`` is always there where it is drawn, and
        so are the inputs for which the scenario gives an interval: they decide between options.
    """
    values = np.column_stack([options.qalys[:, 1], options.costs[:, 1]])
    shuffled = np.hstack([values[order] for order in shuffled_orders(len(values), SHUFFLES)])
    rows, dummy = [], 0.0
    for path in positions.columns:
        smoother = Smoother.of(positions[[path]])
        ends, by_chance = (
            smoother.fit(each).at(np.array(ENDS)[:, None]) for each in (values, shuffled)
        )
        rows.append(_row(path, _values_at_ends(path, scenario), ends, threshold, REGRESSION))
        dummy = max(dummy, _furthest_apart(by_chance, threshold))
    table = _largest(pd.DataFrame(rows), scenario).assign(dummy=dummy)
    return with_reliability(table, len(options.draws), FEWEST_FOR_INFORMATION)


def _furthest_apart(ends: np.ndarray, threshold: float) -> float:
    """Return the largest difference in net benefit; columns are QALYs and net cost in turn."""
    benefit = threshold * ends[:, ::2] - ends[:, 1::2]
    return float(np.abs(benefit[1] - benefit[0]).max())


def assumptions_to_first_order(
    sources: pd.DataFrame, economics: pd.DataFrame, scenario: Scenario, threshold: float
) -> pd.DataFrame:
    """Return what causal shares at both ends would make of the cost per QALY, without draws.

    Parameters
    ----------
    sources, economics
        ``result.qaly_sources`` and ``result.economics``.
    scenario, threshold
        As above.

    Returns
    -------
        Columns :data:`COLUMNS`; savings of care and intervention cost are held.
    """
    parts = sources[sources["scale"] == PER_100_000]
    far = LIFETIME if (parts["horizon"] == LIFETIME).any() else parts["horizon"].iat[0]
    parts = parts[(parts["horizon"] == far) & (parts["kind"] != WHOLE)]
    money = economics[economics["scale"] == PER_100_000].set_index("measure")["value"]
    rows = []
    for path, names in _by_share().items():
        low, high = _values_at_ends(path, scenario)
        central = load_evidence(scenario.place).entries[path].value
        used = float(scenario.parameters.get(path, central))
        own = float(parts.loc[parts["source"].isin(names), "qalys_gained"].sum())
        if used <= 0.0 or math.isnan(low):
            continue
        gained = [money["qalys_gained"] + own * (end / used - 1.0) for end in (low, high)]
        ends = np.array([[each, money["net_cost"]] for each in gained])
        rows.append(_row(path, (low, high), ends, threshold, FIRST_ORDER))
    return _largest(pd.DataFrame(rows), scenario)


def _by_share() -> Mapping[str, list[str]]:
    """Return the conditions by the causal share that holds for them."""
    found: dict[str, list[str]] = {}
    for each in CONDITIONS:
        found.setdefault(each.evidence.causal_share, []).append(each.name)
    return found


def _values_at_ends(path: str, scenario: Scenario) -> tuple[float, float]:
    """Return the values of an input at both ends; blank where it is a table over age."""
    if path in scenario.intervals:
        interval = scenario.intervals[path]
        return interval.low, interval.high
    entry = load_evidence(scenario.place).entries.get(path.removeprefix(EVIDENCE))
    ends: list[Any] = [math.nan] * 2 if entry is None else [entry.at_quantile(u) for u in ENDS]
    low, high = (end if isinstance(end, float) else math.nan for end in ends)
    return low, high


def _row(
    path: str, values: tuple[float, float], ends: np.ndarray, threshold: float, method: str
) -> dict[str, object]:
    """Return a row; ``ends`` holds QALYs and net cost at both ends."""
    benefit = threshold * ends[:, 0] - ends[:, 1]
    ratio = [cost / gained if gained > 0.0 else math.nan for gained, cost in ends]
    return {
        "assumption": path, "label": name_of_input(path), "low": values[0],
        "high": values[1], "scale": PER_100_000,
        "net_benefit_low": benefit[0], "net_benefit_high": benefit[1],
        "cost_per_qaly_low": ratio[0], "cost_per_qaly_high": ratio[1], "method": method,
    }  # fmt: skip


def _largest(table: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the rows whose ends lie furthest apart, and that of all other causes of death."""
    if table.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    apart = (table["net_benefit_high"] - table["net_benefit_low"]).abs()
    table = table.loc[apart.sort_values(ascending=False, kind="stable").index]
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    table = table.assign(unit=scenario.place.currency)
    own = table["assumption"].isin([ALL_ELSE, *scenario.intervals])  # these decide between options
    kept = (table["rank"] <= MOST) | own
    return table.loc[kept, list(COLUMNS)].reset_index(drop=True)


def with_represented(table: pd.DataFrame, economics: pd.DataFrame) -> pd.DataFrame:
    """Add the rows of the people represented below those per 100 000, where there are such people.

    Net benefit is theirs; a cost per QALY and the values of inputs are the same on both scales.
    """
    gained = economics[economics["measure"] == "qalys_gained"].set_index("scale")["value"]
    if REPRESENTED not in gained or table.empty or not gained[PER_100_000]:
        return table
    factor = float(gained[REPRESENTED] / gained[PER_100_000])
    ends = [each for each in ("net_benefit_low", "net_benefit_high", "dummy") if each in table]
    more = table.assign(scale=REPRESENTED, **{end: factor * table[end] for end in ends})
    return pd.concat([table, more], ignore_index=True)
