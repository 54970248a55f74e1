"""What the figures show, in one sentence each, computed from their tables."""

from __future__ import annotations

from math import isnan, log, sqrt
from typing import TYPE_CHECKING, Any

from abm.evidence.distributions import NORMAL_95
from abm.results.claims import FEWEST_CONTRIBUTING, excludes_zero, unknown
from analysis.certainty.level_changes import UNKNOWN, Limits, whether
from analysis.outcomes import counted, label
from analysis.tables import groups
from analysis.tables.of_figures import FEWEST_EVENTS_SHOWN
from analysis.words import MINUS, amount, capitalised, in_words, joined, told_apart

if TYPE_CHECKING:
    import pandas as pd

TOO_FEW = (
    f"No effect can be told: fewer than {FEWEST_CONTRIBUTING} persons have risks that differ "
    "between the worlds"
)
NOBODY_LEFT = "Nobody is alive at the end, so there is no resting IL-6 to compare"
EXPECTED_MEANS = (
    "Expected cases averted are sums of the monthly risks that persons meet in the two worlds, not "
    "counts of those who fell ill: the same on average, with a much smaller Monte Carlo error."
)


def il6_distribution_title(
    table: pd.DataFrame, course: pd.DataFrame, limits: Limits = UNKNOWN
) -> str:
    """Say how the distribution of resting IL-6 moved; ``limits`` as of its geometric mean."""
    baseline, policy = _last_two(course, "p50")
    if isnan(baseline):
        return NOBODY_LEFT
    start = float(course.loc[course["world"] == "baseline", "p50"].iloc[0])
    if policy is None:
        return f"The median of resting IL-6 goes from {start:.3f} to {baseline:.3f} pg/mL"
    if limits.hold_zero and policy != baseline:
        return (
            f"The median of resting IL-6 goes from {start:.3f} to {baseline:.3f} pg/mL without the "
            f"policy; {whether('it')}"
        )
    end = table[table["moment"] == "end"].pivot(index="il6_from", columns="world", values="share")
    changed = 100 * float((end["policy"] - end["baseline"]).abs().sum()) / 2
    without, under = told_apart(baseline, policy)
    return (
        f"The median of resting IL-6 moves from {start:.3f} to {without} pg/mL without the policy "
        f"and {under} with it; the two end distributions "
        f"differ in {in_words(changed, 2)} % of persons"
    )


def il6_course_title(course: pd.DataFrame, limits: Limits = UNKNOWN) -> str:
    """Say by how much the policy lowers resting IL-6, and when most.

    ``limits`` of the relative change at the end: where they hold 0, no change is claimed.
    """
    baseline, policy = _last_two(course, "geometric_mean")
    if isnan(baseline):
        return NOBODY_LEFT
    if policy is None:
        start = float(course["geometric_mean"].iloc[0])
        return f"Resting IL-6 goes from {start:.3f} to {baseline:.3f} pg/mL (geometric mean)"
    difference = course[course["world"] == "policy"].set_index("year")["relative_difference"]
    if (difference == 0).all():
        return "The policy leaves resting IL-6 exactly as it is in the baseline"
    if limits.hold_zero:
        return capitalised(whether("resting IL-6"))
    largest = difference.abs().idxmax()
    ends = in_words(100 * abs(float(difference.iloc[-1])), 2)
    widest = in_words(100 * abs(float(difference[largest])), 2)
    text = (
        f"Resting IL-6 ends {_below(float(difference.iloc[-1]))} the baseline "
        f"({' against '.join(told_apart(policy, baseline))} pg/mL)"
    )
    return text if widest == ends else f"{text}; the gap is widest in {largest}: {widest} %"


def _below(difference: float) -> str:
    side = "below" if difference <= 0 else "above"
    return f"{in_words(100 * abs(difference), 2)} % {side}"


def _last_two(course: pd.DataFrame, column: str) -> tuple[float, float | None]:
    last = course[course["year"] == course["year"].max()].set_index("world")[column]
    return float(last["baseline"]), float(last["policy"]) if "policy" in last else None


def cumulative_incidence_title(table: pd.DataFrame, effects: pd.DataFrame) -> str:
    """Name the diseases of which the policy averts most, relative to their number, or adds most.

    Only diseases whose Monte Carlo interval in ``effects`` (as of
    :func:`analysis.tables.effect_tables.forest`) excludes zero are named.
    """
    last = table[table["year"] == table["year"].max()]
    own = last[last["world"] == "baseline"].set_index("disease")
    baseline = own["cases_per_100k"]
    policy = last[last["world"] == "policy"].set_index("disease")
    if policy.empty:
        return _most_frequent(own)
    estimate = effects.set_index("outcome")["estimate"].reindex(baseline.index)
    share = (estimate / baseline.where(baseline > 0)).dropna()
    if (policy["averted_per_100k"] == 0).all() and (share == 0).all():
        return "New cases are the same in both worlds"
    share = share[own.loc[share.index, "cases"] >= FEWEST_EVENTS_SHOWN].sort_values()
    fewer = set(effects.loc[effects["estimate_lower"] > 0, "outcome"])
    more = set(effects.loc[effects["estimate_upper"] < 0, "outcome"])
    averted = [_percent_of(name, part, "of the") for name, part in share[::-1].items()
               if name in fewer]  # fmt: skip
    added = [_percent_of(name, -part, "more") for name, part in share.items() if name in more]
    if not averted and not added:
        return _none_clear(effects, "No disease has fewer cases under the policy")
    text = f"averts {joined(averted[:3])}" if averted else "averts nothing"
    but = f"; but there are {joined(added[:3])}" if added else ""
    return f"Over the run the policy {text}{but}"


def _percent_of(disease: Any, share: float, word: str) -> str:
    return f"{in_words(100 * share, 2)} % {word} {counted(str(disease))}"


def _none_clear(effects: pd.DataFrame, none: str) -> str:
    """Say that no effect is larger than its error, or that too few persons bear on it to tell."""
    if unknown(effects["estimate"], effects["estimate_lower"]).any():
        return TOO_FEW
    return f"{none} by more than the Monte Carlo error"


def _most_frequent(own: pd.DataFrame) -> str:
    """Name the diseases with most new cases, of those with enough of them to say so."""
    enough = own[own["cases"] >= FEWEST_EVENTS_SHOWN]
    if enough.empty:
        return "Too few new cases to say which are the most frequent"
    most = enough["cases_per_100k"].nlargest(3)
    parts = [f"{in_words(number)} {counted(str(name))}" for name, number in most.items()]
    return f"New per 100 000 persons by the end: {joined(parts)}"


def rate_by_activity_title(table: pd.DataFrame) -> str:
    """Compare the inactive with the very active, in the baseline world.

    Diseases are named whose two rates differ by more than the Monte Carlo error, each with enough
    events.
    """
    own = table[table["world"] == "baseline"].set_index(["activity_group", "disease"])
    if not {"inactive", "very_active"} <= set(own.index.get_level_values(0)):
        return "Incidence rates differ between the activity groups"
    inactive, active = own.loc["inactive"], own.loc["very_active"]
    ratios = {
        str(name): float(inactive.loc[name, "rate_per_1000"] / active.loc[name, "rate_per_1000"])
        for name in inactive.index.intersection(active.index)
        if clearly_unlike(inactive.loc[name], active.loc[name])
    }
    if not ratios:
        return "Too few events to tell the inactive from the very active"
    most, *others = sorted(ratios, key=lambda name: -ratios[name])
    text = f"The inactive fall ill {_times(ratios[most])} as the very active with {label(most)}"
    if not others:
        return text
    return f"{text}, {_times(ratios[others[-1]])} with {label(others[-1])}"


def risk_map_title(table: pd.DataFrame) -> str:
    """Name the cell of highest rate of first events if it is clear of every other, else no cell.

    Cells with too few events have no rate, and what is named is said to be of the others.
    """
    rows = table.dropna(subset="rate_per_1000").sort_values("rate_per_1000", ascending=False)
    if rows.empty:
        return "Too few events to map the risk"
    top = rows.iloc[0]
    if not all(clearly_unlike(top, other) for _, other in rows.iloc[1:].iterrows()):
        by = "sex" if top["grouped_by"] == "sex" else "activity group"
        return f"First events per 1 000 person-years at risk, by age band and {by}"
    text = (
        f"Among cells with {FEWEST_EVENTS_SHOWN} events or more, the highest rate of first events "
        f"is that of {label(top['disease'])} at {top['age_band']}: "
        f"{in_words(float(top['rate_per_1000']), 2)} per 1 000 a year among the {_group_name(top)}"
    )
    same = rows[(rows["disease"] == top["disease"]) & (rows["age_band"] == top["age_band"])]
    low = same.iloc[-1]
    if len(same) < 2:
        return text
    return f"{text}, {in_words(float(low['rate_per_1000']), 2)} among the {_group_name(low)}"


def clearly_unlike(first: Any, second: Any) -> bool:
    """Return whether two rates differ by more than their 95 % Monte Carlo interval.

    By the logarithm of their ratio, whose variance is that of two counts (Poisson). Each has
    ``events`` and ``rate_per_1000``.
    """
    if min(first["events"], second["events"]) < FEWEST_EVENTS_SHOWN:
        return False
    error = sqrt(1 / first["events"] + 1 / second["events"])
    return abs(log(first["rate_per_1000"] / second["rate_per_1000"])) > NORMAL_95 * error


def _group_name(cell: pd.Series) -> str:
    plural = "s" if cell["grouped_by"] == "sex" else ""
    return str(cell["group"]).replace("_", " ") + plural


def forest_title(table: pd.DataFrame) -> str:
    """Name the outcomes whose interval lies above zero, or say that none does.

    Numbers are rounded as in the labels of the figure.
    """
    clear = table[table["estimate_lower"] > 0].sort_values("estimate", ascending=False)
    harmed = table[table["estimate_upper"] < 0]
    if clear.empty and harmed.empty:
        return _none_clear(table, "No outcome differs between the worlds")
    parts = [_number_of(row) for row in clear.head(3).itertuples()]
    text = f"Averted per 100 000 persons: {joined(parts)}" if parts else "Nothing is averted"
    more = [_number_of(row, "more ") for row in harmed.itertuples()]
    return f"{text}; but {joined(more)}" if more else text


def _number_of(row: Any, word: str = "") -> str:
    """Return how many events of an outcome differ, whichever way."""
    number = amount(row.estimate, row.estimate_lower, row.estimate_upper).removeprefix(MINUS)
    return f"{number} {word}{counted(row.outcome, number)}"


def survival_title(table: pd.DataFrame) -> str:
    """Say how many more are expected to be alive at the end, if that can be told from none."""
    last = table[table["year"] == table["year"].max()].set_index("world")
    alive = f"{in_words(100 * float(last.loc['baseline', 'share_alive']))} %"
    years = int(last["years_since_start"].iloc[0])
    after = f"After {years} {'year' if years == 1 else 'years'}"
    if "policy" not in last.index:
        return f"{after} {alive} of all who were simulated are alive"
    more, lower, upper = (
        float(last.loc["policy", name]) for name in ("expected_per_100k", "lower", "upper")
    )
    if more == lower == upper == 0:
        return f"{after} as many are alive in both worlds ({alive})"
    if unknown(more, lower):
        return f"{after} {alive} are alive in the baseline. {TOO_FEW}"
    if not excludes_zero(lower, upper):
        return (
            f"{after} the numbers alive do not differ between the worlds by more than the Monte "
            f"Carlo error ({alive} in the baseline)"
        )
    word = "more" if more > 0 else "fewer"
    number = amount(more, lower, upper).removeprefix(MINUS)
    return (
        f"{after} {number} {word} persons per 100 000 are expected to be alive with the policy "
        f"than without it ({alive} in the baseline)"
    )


def benefit_title(
    table: pd.DataFrame, eligible: groups.Eligible, slope: str = "",
    women: groups.Chance = groups.NOT_KNOWN,
) -> str:  # fmt: skip
    """Say which of the quintiles that may take part gains more, and which sex does.

    ``slope`` and ``women`` are as of :func:`analysis.tables.groups.sentences`.
    """
    if groups.no_difference(table):
        return "Nobody gains or loses: both worlds are the same in every group"
    return groups.title(table, eligible, slope, women)


def _times(ratio: float) -> str:
    return f"{in_words(ratio, 2)} times as often"
