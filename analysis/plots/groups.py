"""Which of two groups gains more: said only where it can be told from the Monte Carlo error."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.plots.effect_tables import QALYS
from analysis.plots.style import capitalised, with_interval

if TYPE_CHECKING:
    import pandas as pd


class Pair(NamedTuple):
    """Two groups to compare, and the words for it."""

    first: str
    second: str
    first_gains: str
    second_gains: str
    whether: str


PAIRS = (
    Pair(
        "1", "5",
        "within the run the most deprived quintile gains more QALYs than the least deprived",
        "within the run the most deprived quintile gains fewer QALYs than the least deprived",
        "the most or the least deprived quintile gains more QALYs",
    ),
    Pair(
        "female", "male", "women gain more QALYs than men", "women gain fewer QALYs than men",
        "women or men gain more QALYs",
    ),
)  # fmt: skip
# The interval of each difference is widened so that 95 % hold for all pairs together (Bonferroni).
WIDTH = NormalDist().inv_cdf(1 - 0.05 / 2 / len(PAIRS))


def comparisons(table: pd.DataFrame) -> list[str]:
    """Return one clause per pair of groups: which gains more, or that it cannot be told.

    Parameters
    ----------
    table
        As of :func:`analysis.plots.effect_tables.benefit_by_group`.
    """
    gains = table[table["outcome"] == QALYS].set_index("group")
    return [_clause(gains, pair) for pair in PAIRS]


def _clause(gains: pd.DataFrame, pair: Pair) -> str:
    first, second = gains.loc[pair.first], gains.loc[pair.second]
    numbers = f"{_written(first)} against {_written(second)} per 100 000"
    side = compared(first, second)
    if side == 0:
        return f"whether {pair.whether} cannot be told: {numbers}"
    return f"{pair.first_gains if side > 0 else pair.second_gains}: {numbers}"


def compared(first: Any, second: Any) -> int:
    """Return 1 if the first group gains more, -1 if the second does, 0 if it cannot be told.

    The groups hold different persons, so the variance of their difference is the sum of both.
    """
    difference = float(first["expected_per_100k"] - second["expected_per_100k"])
    error = float((first["standard_error"] ** 2 + second["standard_error"] ** 2) ** 0.5)
    if not abs(difference) > WIDTH * error:  # not a number where a group has no persons
        return 0
    return 1 if difference > 0 else -1


def sentences(table: pd.DataFrame) -> list[str]:
    """Return the same as sentences; nothing where no group gains or loses anything."""
    if no_difference(table):
        return []
    return [f"{capitalised(clause)}." for clause in comparisons(table)]


def no_difference(table: pd.DataFrame) -> bool:
    """Return whether both worlds are the same in every group."""
    return bool((table[["expected_per_100k", "standard_error"]].fillna(0.0) == 0).all(axis=None))


def _written(group: Any) -> str:
    return with_interval(*(float(group[end]) for end in ("expected_per_100k", "lower", "upper")))
