"""What the figures show, in one sentence each, computed from their tables."""

from __future__ import annotations

from math import floor, isnan, log10
from typing import TYPE_CHECKING, Any

from analysis.outcomes import DEATHS, counted, label, recurrent
from analysis.plots.style import in_words, joined

if TYPE_CHECKING:
    import pandas as pd

NOBODY_LEFT = "Nobody is alive at the end, so there is no resting IL-6 to compare"
EXPECTED_MEANS = (
    "Expected cases averted are sums of the monthly risks that persons meet in the two worlds, not "
    "counts of those who fell ill: the same on average, with a much smaller Monte Carlo error."
)


def il6_distribution_title(table: pd.DataFrame, course: pd.DataFrame) -> str:
    """Say how the distribution of resting IL-6 moved."""
    baseline, policy = _last_two(course, "p50")
    if isnan(baseline):
        return NOBODY_LEFT
    start = float(course.loc[course["world"] == "baseline", "p50"].iloc[0])
    moved = f"The median of resting IL-6 moves from {start:.3f} to {baseline:.3f} pg/mL"
    if policy is None:
        return f"{moved} over the run"
    end = table[table["moment"] == "end"].pivot(index="il6_from", columns="world", values="share")
    changed = 100 * float((end["policy"] - end["baseline"]).abs().sum()) / 2
    return (
        f"{moved} without the policy and {policy:.3f} with it; the two end distributions "
        f"differ in {in_words(changed, 2)} % of persons"
    )


def il6_course_title(course: pd.DataFrame) -> str:
    """Say by how much the policy lowers resting IL-6, and when most."""
    baseline, policy = _last_two(course, "geometric_mean")
    if isnan(baseline):
        return NOBODY_LEFT
    if policy is None:
        start = float(course["geometric_mean"].iloc[0])
        return f"Resting IL-6 goes from {start:.3f} to {baseline:.3f} pg/mL (geometric mean)"
    difference = course[course["world"] == "policy"].set_index("year")["relative_difference"]
    if (difference == 0).all():
        return "The policy leaves resting IL-6 exactly as it is in the baseline"
    largest = difference.abs().idxmax()
    ends = in_words(100 * abs(float(difference.iloc[-1])), 2)
    widest = in_words(100 * abs(float(difference[largest])), 2)
    text = (
        f"Resting IL-6 ends {_below(float(difference.iloc[-1]))} the baseline "
        f"({policy:.3f} against {baseline:.3f} pg/mL)"
    )
    return text if widest == ends else f"{text}; the gap is widest in {largest}: {widest} %"


def _below(difference: float) -> str:
    side = "below" if difference <= 0 else "above"
    return f"{in_words(100 * abs(difference), 2)} % {side}"


def _last_two(course: pd.DataFrame, column: str) -> tuple[float, float | None]:
    last = course[course["year"] == course["year"].max()].set_index("world")[column]
    return float(last["baseline"]), float(last["policy"]) if "policy" in last else None


def cumulative_incidence_title(table: pd.DataFrame, effects: pd.DataFrame) -> str:
    """Name the diseases of which the policy averts most, relative to their number.

    Only diseases whose Monte Carlo interval in ``effects`` (as of
    :func:`analysis.plots.effect_tables.forest`) excludes zero are named.
    """
    last = table[table["year"] == table["year"].max()]
    baseline = last[last["world"] == "baseline"].set_index("disease")["cases_per_100k"]
    policy = last[last["world"] == "policy"].set_index("disease")
    if policy.empty:
        most = baseline.drop(recurrent(), errors="ignore").nlargest(3)
        parts = [f"{in_words(number)} {counted(str(name))}" for name, number in most.items()]
        return f"New per 100 000 persons by the end: {joined(parts)}"
    averted = effects.set_index("outcome")["estimate"].reindex(baseline.index)
    share = (averted / baseline.where(baseline > 0)).dropna()
    if (policy["averted_per_100k"] == 0).all() and (share == 0).all():
        return "New cases are the same in both worlds"
    clear = effects.loc[effects["estimate_lower"] > 0, "outcome"]
    parts = [
        f"{in_words(100 * part, 2)} % of the {counted(str(name))}"
        for name, part in share.sort_values(ascending=False).items()
        if name in set(clear)
    ][:3]
    if not parts:
        return "No disease has fewer cases under the policy by more than the Monte Carlo error"
    return f"Over the run the policy averts {joined(parts)}"


def rate_by_activity_title(table: pd.DataFrame) -> str:
    """Compare the inactive with the very active, in the baseline world."""
    wide = table[table["world"] == "baseline"].pivot(
        index="disease", columns="activity_group", values="rate_per_1000"
    )
    if not {"inactive", "very_active"} <= set(wide.columns):
        return "Incidence rates differ between the activity groups"
    ratio = (wide["inactive"] / wide["very_active"].where(wide["very_active"] > 0)).dropna()
    if ratio.empty:
        return "Too few events to compare the activity groups"
    most, least = ratio.idxmax(), ratio.idxmin()
    return (
        f"The inactive fall ill {in_words(float(ratio[most]))} times as often as the very active "
        f"with {label(most)}, {in_words(float(ratio[least]))} times as often with "
        f"{label(least)}"
    )


def forest_title(table: pd.DataFrame) -> str:
    """Name the outcomes whose interval lies above zero, or say that none does."""
    clear = table[table["estimate_lower"] > 0].sort_values("estimate", ascending=False)
    harmed = table[table["estimate_upper"] < 0]
    if clear.empty and harmed.empty:
        return "No outcome differs between the worlds by more than the Monte Carlo error"
    parts = [
        f"{in_words(_to_the_digits_known(row))} {counted(row.outcome)}"
        for row in clear.head(3).itertuples()
    ]
    text = f"Averted per 100 000 persons: {joined(parts)}" if parts else "Nothing is averted"
    more = [f"{in_words(-row.estimate)} more {counted(row.outcome)}" for row in harmed.itertuples()]
    return f"{text}; but {joined(more)}" if more else text


def _to_the_digits_known(row: Any) -> float:
    """Round an estimate to about a tenth of the half-width of its interval."""
    half = (row.estimate_upper - row.estimate_lower) / 2
    return round(row.estimate, -floor(log10(half)) if half > 0 else 6)


def survival_title(table: pd.DataFrame) -> str:
    """Say how many more are alive at the end."""
    last = table[table["year"] == table["year"].max()].set_index("world")
    alive = f"{in_words(100 * float(last.loc['baseline', 'share_alive']))} %"
    years = int(last["years_since_start"].iloc[0])
    if "policy" not in last.index:
        return f"After {years} years {alive} of all who were simulated are alive"
    more = float(last.loc["policy", "more_alive_per_100k"])
    if more == 0:
        return f"After {years} years as many are alive in both worlds ({alive})"
    word = "more" if more > 0 else "fewer"
    return (
        f"After {years} years {in_words(abs(more), 2)} {word} persons per 100 000 are alive with "
        f"the policy than without it ({alive} in the baseline)"
    )


def risk_map_title(table: pd.DataFrame) -> str:
    """Name the cell of highest risk among first events (conditions that recur are left out)."""
    rows = table[~table["disease"].isin(recurrent())].dropna(subset="rate_per_1000")
    if rows.empty:
        return "Too few events to map the risk"
    top = rows.loc[rows["rate_per_1000"].idxmax()]
    same = rows[(rows["disease"] == top["disease"]) & (rows["age_band"] == top["age_band"])]
    low = same.loc[same["rate_per_1000"].idxmin()]
    text = (
        f"First events are most frequent for {label(top['disease'])} at "
        f"{top['age_band']}: {in_words(float(top['rate_per_1000']), 2)} per 1 000 a year among the "
        f"{_group_name(top)}"
    )
    if low["group"] == top["group"]:
        return text
    return f"{text}, {in_words(float(low['rate_per_1000']), 2)} among the {_group_name(low)}"


def _group_name(cell: pd.Series) -> str:
    plural = "s" if cell["grouped_by"] == "sex" else ""
    return str(cell["group"]).replace("_", " ") + plural


def benefit_title(table: pd.DataFrame) -> str:
    """Compare the most with the least deprived quintile over all first events of disease.

    Without intervals over seeds nothing is claimed about who gains more.
    """
    if (table["averted_per_100k"] == 0).all():
        return "Nobody gains or loses: both worlds are the same in every group"
    rows = table[~table["outcome"].isin([*recurrent(), DEATHS])]
    quintiles = rows.groupby("deprivation", observed=True)["averted_per_100k"].sum() / 2
    most, least = float(quintiles.loc["1"]), float(quintiles.loc["5"])
    numbers = f"{in_words(most, 2)} against {in_words(least, 2)} first events of disease"
    if table["lower"].isna().all():
        return (
            f"Averted per 100 000: {numbers} in the most and the least deprived quintile; too few "
            "seeds to say who gains more"
        )
    gain = "gains more" if most > least else "gains less"
    return (
        f"The most deprived quintile {gain} than the least deprived: {numbers} averted per 100 000"
    )
