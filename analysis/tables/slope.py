"""The slope of QALYs over deprivation in words: it alone says which quintile gains more."""

from __future__ import annotations

from math import isnan
from typing import Any

from abm.evidence.distributions import NORMAL_95
from abm.results.claims import sure_side
from analysis.tables.effect_tables import QALYS
from analysis.tables.groups import FIFTHS, chance_of
from analysis.tables.who_gains import GAINS, LOSES, OPEN, SAME, Pair, kind_of, who_gains
from analysis.words import capitalised, in_words, probability

MOST_DEPRIVED = "p_most_deprived_gain_more"
FARE = {GAINS: "gain more", LOSES: "lose more", SAME: "gain more", OPEN: "gain more, or lose less"}
NOT_EVERYBODY = "Nothing can be said of the slope over deprivation: not everybody was simulated."
_EMPTY_QUINTILE = (
    "Nothing can be said of the slope over deprivation: not every quintile has people."
)


def slope_in_words(equity: Any, groups: Any) -> str:
    """Return who gains or loses more by deprivation and how sure that is, or why not."""
    rows = None if equity is None else equity[equity["outcome"] == QALYS]
    if rows is None or rows.empty:
        return _EMPTY_QUINTILE if _a_quintile_is_empty(groups) else NOT_EVERYBODY
    row = rows.iloc[0]
    chance, by = chance_of(row, MOST_DEPRIVED)
    if nothing_gained(row):
        return "No QALYs are gained or lost in any quintile of deprivation within the run."
    if isnan(chance):
        return "Nothing can be said of the slope over deprivation: its error is unknown."
    return _slope_told(chance, f"over {by}", groups)


def nothing_gained(row: Any) -> bool:
    """Return whether it is known that no quintile gains or loses anything."""
    return bool(row["slope_index"] == 0.0 and row.get("slope_index_standard_error") == 0.0)


def slope_if_known(equity: Any, groups: Any) -> str:
    """Return :func:`slope_in_words` where the error of the slope is known, else nothing."""
    rows = None if equity is None else equity[equity["outcome"] == QALYS]
    if rows is None or rows.empty or isnan(rows.iloc[0][MOST_DEPRIVED]):
        return ""
    return slope_in_words(equity, groups)


def _slope_told(chance: float, by: str, groups: Any) -> str:
    """Return on which side the slope is, or that it cannot be told, of a gain or of a loss."""
    side = sure_side(chance)
    if not side:
        verb = FARE[_kind(groups, "all")]
        chance = 1.0 - chance if verb == FARE[LOSES] else chance
        return (
            f"Nothing can be said of whether the more or the less deprived {verb}: the "
            f"probability that the most deprived do is {probability(chance)}, {by}."
        )
    sure = probability(chance if side > 0 else 1.0 - chance)
    told = capitalised(who_by_slope(side, groups))
    return (
        f"{told}{_times(groups)} (slope over the quintiles, per 100 000 persons "
        f"within the run; probability {sure}, {by})."
    )


def who_by_slope(side: int, groups: Any) -> str:
    """Return which end gains or loses more by the side on which the slope surely is."""
    return who_gains(Pair("the most deprived", "the least deprived"), _ends(groups, side), side)


def _ends(groups: Any, side: int) -> tuple[str, str]:
    """Return what is known of both ends; of all together, unless both are known and as the slope.

    The slope is a line through all quintiles, which the two at its ends alone may contradict.
    """
    ends = _kind(groups, "1"), _kind(groups, "5")
    against = {1: (LOSES, GAINS), -1: (GAINS, LOSES)}[side]
    if OPEN in ends or ends in (against, (SAME, SAME)):
        return (_kind(groups, "all"),) * 2
    return ends


def _kind(groups: Any, group: str) -> str:
    """Return whether a group is known to gain or to lose QALYs within the run."""
    if groups is None:
        return OPEN
    rows = groups[(groups["outcome"] == QALYS) & (groups["group"] == group)]
    if rows.empty:
        return OPEN
    value = float(rows["expected_averted_per_100k"].iat[0])
    half = NORMAL_95 * float(rows["expected_standard_error_per_100k"].iat[0])
    return kind_of(value, value - half, value + half)


def _times(groups: Any) -> str:
    """Return how many times as much one end gains as the other, where both gain or lose clearly."""
    own = groups[groups["outcome"] == QALYS].set_index("group")
    if not {"1", "5"} <= set(own.index):
        return ""
    gained = [float(own.loc[end, "expected_averted_per_100k"]) for end in ("1", "5")]
    errors = [float(own.loc[end, "expected_standard_error_per_100k"]) for end in ("1", "5")]
    sides = gained if gained[0] > 0.0 else [-each for each in gained]
    clear = all(each > NORMAL_95 * error for each, error in zip(sides, errors, strict=True))
    return f": {in_words(gained[0] / gained[1], 2)} times as many" if clear else ""


def _a_quintile_is_empty(groups: Any) -> bool:
    own = groups[(groups["outcome"] == QALYS) & groups["group"].isin(FIFTHS)]
    return len(own) > 0 and not bool((own["persons"] > 0).all())
