"""How surely each option is the best one, by what a QALY may cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.decision.options import FEWEST_FOR_A_CHANCE, Options, in_order

CURVE = tuple(range(0, 60_001, 1_000))  # thresholds [currency per QALY]


def acceptability_table(options: Options, thresholds: Sequence[float] = CURVE) -> pd.DataFrame:
    """Return the acceptability curves and their frontier.

    Parameters
    ----------
    options
        With doing nothing among them.
    thresholds
        What a QALY may cost, each larger than the one before.

    Returns
    -------
        Columns threshold, scenario, probability (that it has the highest net benefit; alike ones
        share it, so that probabilities add up to 1 at every threshold), scale, net_benefit (mean
        over the draws, against doing nothing), frontier (whether that mean is the highest), draws,
        draws_needed (for a probability within 5 points), reliable and unit (of money).

    Raises
    ------
    ValueError
        As of :func:`analysis.decision.options.in_order`.
    """
    parts = []
    for threshold in in_order(thresholds):
        benefit = options.net_benefit(threshold)
        best = benefit == benefit.max(axis=1, keepdims=True)
        share = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
        mean = benefit.mean(axis=0)
        on_frontier = np.arange(len(mean)) == int(np.argmax(mean))
        part = {"threshold": threshold, "scenario": options.names, "probability": share,
                "scale": options.scale, "net_benefit": mean, "frontier": on_frontier}  # fmt: skip
        parts.append(pd.DataFrame(part))
    table = pd.concat(parts, ignore_index=True)
    told = with_reliability(table, len(options.draws), FEWEST_FOR_A_CHANCE)
    return told.assign(unit=options.unit)


def with_reliability(table: pd.DataFrame, draws: int, needed: int) -> pd.DataFrame:
    """Add how many draws are behind a table, how many it would take, and whether there are."""
    return table.assign(draws=draws, draws_needed=needed, reliable=draws >= needed)


def chances(options: Options, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability that each option is the best, and that it pays against nothing."""
    benefit = options.net_benefit(threshold)
    best = benefit == benefit.max(axis=1, keepdims=True)
    return (best / best.sum(axis=1, keepdims=True)).mean(axis=0), (benefit > 0.0).mean(axis=0)
