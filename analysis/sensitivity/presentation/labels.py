"""Labels of the figures of a study, placed so that none lies over another or over what is drawn.

Both functions are called last: how much room there is hangs on everything else in the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

MOST_LABELS = 8
MATTERS = 0.1  # of the largest mu*: below it an input is one of the many near zero
BESIDE = 1.04  # where names begin, in widths of the axes
GAP = 0.015  # between two names, in heights of the axes
PAD = 3  # between a bar and its value [points]
ROUNDS = 30  # until the axis is wide enough for the values


def name_points(ax: Axes, table: pd.DataFrame) -> None:
    """Name the leading inputs of a Morris plane in a column beside it, by lines to their points.

    Parameters
    ----------
    ax
        Axes with the points.
    table
        Columns input, mu_star, sigma.
    """
    leading = table.nlargest(MOST_LABELS, "mu_star")
    least = MATTERS * table["mu_star"].max()
    leading = leading[(leading["mu_star"] > 0.0) & (leading["mu_star"] >= least)]
    leading = leading.sort_values(["sigma", "mu_star"], ascending=False, kind="stable")
    points = list(zip(leading["mu_star"], leading["sigma"], strict=True))
    names = [_named(ax, *each) for each in zip(leading["input"], points, strict=True)]
    height = _laid_out(ax).height
    to_axes = ax.transData + ax.transAxes.inverted()
    wanted = [float(to_axes.transform(point)[1]) for point in points]
    # An annotation's own box holds its line too.
    heights = [Text.get_window_extent(name).height / height + GAP for name in names]
    for name, place in zip(names, apart(wanted, heights), strict=True):
        name.set_position((BESIDE, place))


def _named(ax: Axes, name: str, point: tuple[float, float]) -> Annotation:
    line = {"arrowstyle": "-", "color": style.MUTED, "linewidth": 0.7, "linestyle": (0, (1, 2)),
            "shrinkA": 0, "shrinkB": 3, "relpos": (0.0, 0.5)}  # fmt: skip
    return ax.annotate(
        name, point, xytext=(BESIDE, 0.5), textcoords="axes fraction", fontsize=7.5, va="center",
        arrowprops=line,
    )  # fmt: skip


def apart(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return the middles of labels that do not overlap, each as near as may be where it is wanted.

    Parameters
    ----------
    wanted
        Middles from the top downwards, from 0 to 1.
    heights
        Of the labels. Where they do not fit between 0 and 1 all together, they reach beyond 1.

    Examples
    --------
    >>> apart([0.9, 0.5, 0.5], [0.2, 0.2, 0.2])
    [0.9, 0.5, 0.3]
    >>> apart([0.1, 0.1], [0.2, 0.2])
    [0.3, 0.1]
    """
    places: list[float] = []
    for middle, height in zip(wanted, heights, strict=True):
        above = places[-1] - heights[len(places) - 1] / 2 - height / 2 if places else 1.0
        places.append(min(middle, above))
    floor = 0.0
    for number in range(len(places) - 1, -1, -1):
        places[number] = max(places[number], floor + heights[number] / 2)
        floor = places[number] + heights[number] / 2
    return [round(each, 6) for each in places]


def write_values(ax: Axes, table: pd.DataFrame) -> None:
    """Write the inputs' values at the outer ends of their bars, and make room for them.

    Parameters
    ----------
    ax
        Axes of a tornado plot.
    table
        As of :func:`analysis.sensitivity.presentation.panels.draw_tornado`. Where both bars reach
        to the same side, both values stand at the end of the longer one, its own first.
    """
    written: list[tuple[Annotation, float, int]] = []
    for place, row in enumerate(table.to_dict("records")):
        left, right = ("low", "high") if row["low"] <= row["high"] else ("high", "low")
        if row[left] <= 0.0:
            ends = (left, right) if row[right] < 0.0 else (left,)
            written.append((_value(ax, row, ends, place, -1), row[left], -1))
        if row[right] >= 0.0:
            ends = (right, left) if row[left] > 0.0 else (right,)
            written.append((_value(ax, row, ends, place, 1), row[right], 1))
    width = _laid_out(ax).width
    parts = [(each.get_window_extent().width / width + 0.015, end, side)
             for each, end, side in written]  # fmt: skip
    low, high = first = ax.get_xlim()
    for _ in range(ROUNDS):
        span = high - low
        low = min([first[0], *(end - part * span for part, end, side in parts if side < 0)])
        high = max([first[1], *(end + part * span for part, end, side in parts if side > 0)])
    ax.set_xlim(low, high)


def _value(
    ax: Axes, row: dict[str, Any], ends: tuple[str, ...], place: int, side: int
) -> Annotation:
    """Write the values of some ends at the bar of the first."""
    values = [str(row[f"{end}_value"]) for end in ends]
    return ax.annotate(
        " / ".join(filter(None, values)), (row[ends[0]], place), xytext=(PAD * side, 0),
        textcoords="offset points", ha="left" if side > 0 else "right", va="center",
        fontsize=6.5, color=style.MUTED,
    )  # fmt: skip


def _laid_out(ax: Axes) -> Bbox:
    """Return the box of axes [pixels] once their figure is laid out."""
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    return ax.get_window_extent()
