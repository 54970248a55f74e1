"""Spikes of IL-6 from bouts by activity group, and the course of the other biomarkers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from abm.biomarkers import BIOMARKERS
from abm.bout.session import HOURS_PER_WEEK
from analysis.certainty.level_changes import UNKNOWN, Limits, whether
from analysis.plots import style
from analysis.plots.drawing import Drawing, FigureInputs, mark_policy_starts
from analysis.tables.of_figures import ORDERS, Levels, ordered
from analysis.words import capitalised, in_words, joined

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EVERYBODY = "everybody"


def spikes_by_activity(levels: Levels) -> pd.DataFrame:
    """Return the IL-6 exposure that bouts bring, by activity group and for everybody.

    Means over all persons and simulated years.

    Returns
    -------
        Columns world, activity_group (with ``everybody``), spike_exposure [fold-hours above rest
        per week], spike_share [1] (of the week's whole exposure, the resting level counted as 1).
    """
    parts = []
    measures = ["persons", "il6.spike_exposure"]
    for by in ((), ("activity_group",)):
        table = levels.table(measures, by)
        table = table[(table["year"] > levels.first_year) & (table["persons"] > 0)]
        table = table.assign(total=table["persons"] * table["il6.spike_exposure"])
        keys = ["world", *by]
        sums = table.groupby(keys, observed=True)[["total", "persons"]].sum().reset_index()
        parts.append(sums if by else sums.assign(activity_group=EVERYBODY))
    table = pd.concat(parts, ignore_index=True)
    exposure = table["total"] / table["persons"]
    return pd.DataFrame(
        {
            "world": table["world"],
            "activity_group": table["activity_group"],
            "spike_exposure": exposure,
            "spike_share": exposure / (exposure + HOURS_PER_WEEK),
        }
    )


def companion_course(levels: Levels) -> pd.DataFrame:
    """Return geometric means of the biomarkers beside IL-6 by world and year.

    Returns
    -------
        Columns marker, unit, world, year, geometric_mean, relative_difference [1] (against the
        baseline of the same year).
    """
    parts = []
    for marker in BIOMARKERS:
        measure = f"{marker.name}.geometric_mean"
        table = levels.table([measure]).rename(columns={measure: "geometric_mean"})
        own = table[table["world"] == "baseline"].set_index("year")["geometric_mean"]
        difference = table["geometric_mean"] / table["year"].map(own) - 1
        parts.append(
            table.assign(marker=marker.label, unit=marker.unit, relative_difference=difference)
        )
    columns = ["marker", "unit", "world", "year", "geometric_mean", "relative_difference"]
    return pd.concat(parts, ignore_index=True)[columns]


def draw_il6_spikes(table: pd.DataFrame, ax: Axes, column: str = "spike_share") -> Axes:
    """Draw one measure of the spikes by activity group: baseline as bars, policy as dots.

    Parameters
    ----------
    table
        As of :func:`spikes_by_activity`.
    ax
        Axes to draw on.
    column
        ``spike_share`` (drawn in per cent) or ``spike_exposure``.
    """
    groups = [*ordered(list(table["activity_group"].unique()), ORDERS["activity_group"])]
    places = {group: place for place, group in enumerate(groups)}
    scale, unit = (100, " %") if column == "spike_share" else (1, "")
    for world, rows in table.groupby("world", observed=True):
        at = rows["activity_group"].map(places)
        values = scale * rows[column]
        if world == "policy":
            ax.plot(values, at, "o", color=style.POLICY, markersize=5, label="policy")
            continue
        ax.barh(at, values, 0.6, color=style.BASELINE, alpha=0.75, label="baseline")
        for place, value in zip(at, values, strict=True):
            text = in_words(value, 2 if value < 10 else 3) + unit
            ax.annotate(text, (value, place), xytext=(7, 0), textcoords="offset points",
                        va="center", fontsize=8)  # fmt: skip
        ax.set_xlim(0, style.above(values, 1.2))
    names = [capitalised(group.replace("_", " ")) for group in groups]
    ax.set_yticks(range(len(groups)), names)
    ax.set_ylim(len(groups) - 0.45, -0.55)
    ax.grid(visible=False, axis="y")
    style.few_ticks(ax, along_x=5)
    return ax


def draw_companion(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the geometric mean of one marker by year in each world.

    Parameters
    ----------
    table
        Rows of one marker of :func:`companion_course`.
    ax
        Axes to draw on.
    """
    for world, rows in table.groupby("world", observed=True):
        look: dict[str, Any] = {"color": style.WORLD_COLOURS[world], "label": world}
        ax.plot(
            style.year_ends(rows["year"]), rows["geometric_mean"], style.WORLD_LINES[world], **look
        )
    ax.set_title(table["marker"].iloc[0])
    ax.set_ylabel(f"[{table['unit'].iloc[0]}]")
    ax.set_ylim(0, style.above(table["geometric_mean"], 1.25))
    ax.margins(x=0)
    style.few_ticks(ax, along_x=4, along_y=4)
    return ax


def draw_companion_difference(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw by how much one marker differs under the policy from the baseline, by year [%]."""
    rows = table[table["world"] == "policy"]
    years = style.year_ends(rows["year"])
    style.draw_difference(ax, years, 100 * rows["relative_difference"])
    style.few_ticks(ax, along_x=4, along_y=5)
    return ax


def figure_il6_spikes(inputs: FigureInputs) -> Drawing:
    """Draw the share of a week's IL-6 exposure that spikes make, and the spikes themselves."""
    table = spikes_by_activity(inputs.levels)
    title = il6_spikes_title(table)
    note = (
        "The average person of each group, mean over all simulated years. Exposure above rest: "
        "area under the curve of the week's bouts, in units of the resting level times hours; "
        "share: that area over itself plus the week's 168 hours at rest. Groups by habitual dose "
        "in the baseline world. "
    )
    figure, axes = style.new_figure(2.9, 1, 2, sharey=True)
    draw_il6_spikes(table, axes[0, 0], "spike_share")
    draw_il6_spikes(table, axes[0, 1], "spike_exposure")
    axes[0, 0].set_xlabel("share of the week's IL-6 exposure from spikes [%]")
    axes[0, 1].set_xlabel("exposure above rest [fold-hours per week]")
    if inputs.two_worlds:
        axes[0, 1].legend(frameon=False, loc="upper right")
    style.title_and_note(figure, title, note + inputs.sample)
    return Drawing("il6_spikes", figure, table, title, note + inputs.sample)


def il6_spikes_title(table: pd.DataFrame) -> str:
    """Say how much of the exposure to IL-6 comes from bouts, in the baseline world."""
    rows = table[table["world"] == "baseline"].set_index("activity_group")["spike_share"]
    average = f"{in_words(100 * float(rows[EVERYBODY]), 2)} %"
    if float(rows[EVERYBODY]) == 0:
        return "Nobody exercises: all exposure to IL-6 is that of the resting level"
    groups = [name for name in ORDERS["activity_group"] if name in rows.index]
    if len(groups) < 2:
        return f"Exercise spikes make {average} of the average person's weekly exposure to IL-6"
    least, most = (f"{in_words(100 * float(rows[groups[at]]), 2)} %" for at in (0, -1))
    lowest, highest = (groups[at].replace("_", " ") for at in (0, -1))
    return (
        f"Exercise spikes make {least} of the week's exposure to IL-6 in the {lowest} and {most} "
        f"in the {highest}; {average} in the average person"
    )


def figure_companions(inputs: FigureInputs) -> Drawing:
    """Draw the biomarkers beside IL-6 by year, and below them the policy's differences."""
    table = companion_course(inputs.levels)
    title = companions_title(table, inputs.limits)
    note = (
        "Geometric means of the living at 31 December; the level axes start at zero. Ticks: 1 "
        "January. "
    )
    rows = 2 if inputs.two_worlds else 1
    figure, axes = style.new_figure(
        2.4 + 1.4 * (rows - 1), rows, len(BIOMARKERS), sharex=True, height_ratios=(3, 1.8)[:rows]
    )
    for column, marker in enumerate(BIOMARKERS):
        own = table[table["marker"] == marker.label]
        draw_companion(own, axes[0, column])
        if inputs.two_worlds:
            draw_companion_difference(own, axes[1, column])
            mark_policy_starts(axes[1, column], inputs)
    if inputs.two_worlds:
        _share_limits(axes[1])
        axes[0, 0].legend(frameon=False, loc="lower left")
        axes[1, 0].set_ylabel("policy against\nbaseline [%]")
        note += (
            "Differences share one axis, much finer than that of the levels. Vertical dashes: "
            "start of a policy. "
        )
    note += inputs.sample + inputs.one_seed
    style.title_and_note(figure, title, note)
    return Drawing("companions", figure, table, title, note)


def _share_limits(panels: list[Axes]) -> None:
    """Give panels of differences the same limits, so that their heights can be compared."""
    limits = [panel.get_ylim() for panel in panels]
    for panel in panels:
        panel.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def companions_title(table: pd.DataFrame, limits: Mapping[str, Limits] | None = None) -> str:
    """Say where the biomarkers end, and by how much the policy moves them.

    ``limits`` of the relative change at the end by measure: where they hold 0, none is claimed.
    """
    last = table[table["year"] == table["year"].max()]
    policy = last[last["world"] == "policy"]
    if policy.empty:
        first = table[table["year"] == table["year"].min()].set_index("marker")["geometric_mean"]
        ends = last.set_index("marker")["geometric_mean"]
        parts = [
            f"{marker.label} goes from {first[marker.label]:.2f} to {ends[marker.label]:.2f}"
            f"{'' if marker.unit.startswith('ratio') else ' ' + marker.unit}"
            for marker in BIOMARKERS
        ]
        return f"Resting {joined(parts)} over the run"
    moved = policy.set_index("marker")["relative_difference"]
    names = [marker.label for marker in BIOMARKERS]
    if (moved == 0).all():
        return f"The policy leaves resting {joined(names)} exactly as in the baseline"
    same = [name for name in names if moved[name] == 0]
    untold = [name for name in _untold(limits or {}) if name not in same]
    parts = [
        f"{name} {in_words(100 * abs(float(moved[name])), 2)} % "
        f"{'below' if moved[name] < 0 else 'above'}"
        for name in names
        if name not in (*same, *untold)
    ]
    ends = [f"Against the baseline the policy ends with {joined(parts)}"] if parts else []
    kept = [f"{joined(same)} the same"] if same else []
    open_ones = [whether(name) for name in untold]
    return capitalised("; ".join([*ends, *kept, *open_ones]))


def _untold(limits: Mapping[str, Limits]) -> list[str]:
    """Return the biomarkers whose change cannot be told from none."""
    return [
        marker.label
        for marker in BIOMARKERS
        if limits.get(f"{marker.name}.geometric_mean", UNKNOWN).hold_zero
    ]
