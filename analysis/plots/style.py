"""The visual language of every figure: colours, sizes, names, numbers in words.

Baseline is grey-blue, the policy a warm vermillion (colours of the Okabe-Ito set, told apart by
readers with any colour vision and in grey print). Nothing here knows a result.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.words import NO_BREAK, capitalised, in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

WIDTH_INCHES = 8.2
DOTS_PER_INCH = 120

INK = "#1f2933"
MUTED = "#5f6c78"
GRID = "#e3e8ec"
START = "#9aa7b2"
BASELINE = "#3f678c"
POLICY = "#d55e00"
WORLD_COLOURS = {"baseline": BASELINE, "policy": POLICY}
WORLD_LINES = {"baseline": "-", "policy": "--"}
SEX_COLOURS = {"female": "#7a4ea3", "male": "#2a8073"}
SEX_MARKERS = {"female": "o", "male": "s"}


_RC: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "text.parse_math": False,
    "text.hinting": "none",
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 8,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.formatter.useoffset": False,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    # The grid lines mark the ticks; a fixed title height spares a search for one.
    "xtick.bottom": False,
    "ytick.left": False,
    "axes.titley": 1.0,
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    # Text stays text: the page can be searched and read aloud, and the file is a third the size.
    "svg.fonttype": "none",
    "svg.hashsalt": "figures",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the project's drawing settings inside the block only."""
    with mpl.rc_context(_RC):
        yield


def new_figure(
    height_inches: float, rows: int = 1, columns: int = 1, **layout: Any
) -> tuple[Figure, Any]:
    """Create a figure of the common width and its axes, laid out without overlaps.

    Parameters
    ----------
    height_inches
        Height of the whole figure [inch].
    rows, columns
        Number of panels.
    layout
        Further arguments of :meth:`matplotlib.figure.Figure.subplots`.

    Returns
    -------
        The figure, and its axes as an array of shape ``(rows, columns)``.
    """
    figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **layout)
    return figure, axes


# Letters that fit above a panel; in three columns the last one stands at the edge of the page.
TITLE_WIDTHS = {3: 28}


def grid_columns(panels: int) -> int:
    """Return whether a grid of panels has three or four columns: what leaves fewer empty places.

    Examples
    --------
    >>> [grid_columns(panels) for panels in (6, 7, 8, 9)]
    [3, 4, 4, 3]
    """
    return min((4, 3), key=lambda columns: -panels % columns)


def panel_title(axes: Axes, title: str) -> None:
    """Write a title above a panel of a grid, in several lines where it would be too wide."""
    grid = axes.get_gridspec()
    columns = 1 if grid is None else grid.ncols
    axes.set_title(textwrap.fill(capitalised(title), TITLE_WIDTHS.get(columns, 96 // columns)))


def hide_spare_panels(axes: Any, used: int, *, ticks: bool = True) -> None:
    """Hide the panels of a grid that hold nothing; those above them show their own ticks.

    Parameters
    ----------
    axes
        Panels, shape (rows, columns), filled row by row.
    used
        How many of them hold something.
    ticks
        Whether the panels above hidden ones label their ticks.
    """
    columns = axes.shape[1]
    for place, panel in enumerate(axes.flat):
        if place >= used:
            panel.set_axis_off()
        elif ticks and place + columns >= used:
            panel.tick_params(labelbottom=True)


def label_bottoms(axes: Any, used: int, text: str) -> None:
    """Label the horizontal axis of the lowest panel in each column of a grid."""
    for panel in axes.flat[max(0, used - axes.shape[1]) : used]:
        panel.set_xlabel(text)


def title_and_note(figure: Figure, title: str, note: str) -> None:
    """Put the title above a figure and what it rests on below it, both left-aligned."""
    figure.suptitle(
        _filled(title, 90), x=0.012, ha="left", fontsize=10.5, fontweight="bold", color=INK
    )
    figure.supxlabel(
        _filled(note, 152), x=0.012, ha="left", fontsize=7.2, color=MUTED, linespacing=1.35
    )


def _filled(text: str, width: int) -> str:
    """Break a text into lines, but not between a number and its sign."""
    kept = text.replace(" %", f"{NO_BREAK}%").replace("n = ", f"n{NO_BREAK}={NO_BREAK}")
    return textwrap.fill(kept, width)


def label_line_ends(axes: Axes, ends: dict[str, tuple[float, float]]) -> None:
    """Name lines at their right-hand ends, the higher one above and the lower one below.

    Parameters
    ----------
    axes
        Axes that hold the lines.
    ends
        World to the last point (x, y) of its line.
    """
    ordered = sorted(ends, key=lambda world: ends[world][1], reverse=True)
    shifts = [0.0] if len(ordered) == 1 else [5.0, -5.0]
    for world, shift in zip(ordered, shifts, strict=True):
        axes.annotate(
            world,
            ends[world],
            xytext=(5, shift),
            textcoords="offset points",
            va="center",
            color=WORLD_COLOURS[world],
            fontweight="bold",
            annotation_clip=False,
        )


def few_ticks(axes: Axes, along_x: int | None = None, along_y: int | None = None) -> None:
    """Limit the number of ticks: fewer labels read better and draw faster."""
    if along_x is not None:
        # Steps of 2.5 would put half years on an axis of years.
        axes.xaxis.set_major_locator(MaxNLocator(along_x, steps=[1, 2, 5, 10]))
    if along_y is not None:
        axes.yaxis.set_major_locator(MaxNLocator(along_y))


def signed_axis(axes: Axes) -> None:
    """Draw the zero line of a panel of differences and print plus and minus signs."""
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1.5)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: in_words(number, sign=True)))


def draw_difference(
    axes: Axes,
    across: ArrayLike,
    difference: ArrayLike,
    band: tuple[ArrayLike, ArrayLike] | None = None,
    **line: Any,
) -> None:
    """Draw by how much the policy differs from the baseline.

    With a ``band`` (lower and upper limits of the difference), else as an area from the zero line.
    """
    lower, upper = band or (0, difference)
    axes.fill_between(across, lower, upper, color=POLICY, alpha=0.22, linewidth=0)
    axes.plot(across, difference, color=POLICY, **line)
    axes.margins(x=0)
    signed_axis(axes)


def above(values: ArrayLike, factor: float) -> float:
    """Return the end of an axis that begins at zero; 1 where there is nothing above zero."""
    found = np.asarray(values, float)
    highest = float(found[np.isfinite(found)].max(initial=0.0))
    return factor * highest if highest > 0 else 1.0


def year_ends(years: ArrayLike) -> Any:
    """Return where 31 December of each year stands on an axis of calendar years: at the next."""
    return np.asarray(years) + 1


def thin_spaces() -> Any:
    """Return a tick formatter that sets thousands apart with thin spaces."""
    return FuncFormatter(lambda number, _: in_words(number, digits=4))
