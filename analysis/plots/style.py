"""The visual language of every figure: colours, sizes, names, numbers in words.

Baseline is grey-blue, the policy a warm vermillion (colours of the Okabe-Ito set, told apart by
readers with any colour vision and in grey print). Nothing here knows a result.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

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

AGE_BANDS = ("20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
ACTIVITY_GROUPS = ("inactive", "low", "active", "very_active")
SEXES = ("female", "male")

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"

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


def capitalised(text: str) -> str:
    """Return the text with its first letter in upper case and the others as they are."""
    return text[:1].upper() + text[1:]


def in_words(number: float, digits: int = 3, *, sign: bool = False) -> str:
    """Write a number with a few significant digits, thin spaces and a true minus sign.

    Examples
    --------
    >>> in_words(1234.5).replace(THIN_SPACE, " ")
    '1 234'
    >>> in_words(-0.01234) == MINUS + "0.0123"
    True
    >>> in_words(0.0)
    '0'
    """
    if not isfinite(number):
        return "not available"
    if number == 0:
        return "0"
    decimals = max(0, digits - 1 - floor(log10(abs(number))))
    text = f"{abs(number):,.{decimals}f}".replace(",", THIN_SPACE)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return (MINUS if number < 0 else "+" if sign else "") + text


def told_apart(first: float, second: float, decimals: int = 3) -> tuple[str, str]:
    """Write two numbers with as many decimals as their difference needs, up to eight.

    What a reader takes from one to the other is then the change to a tenth of it.

    Examples
    --------
    >>> told_apart(1.3482, 1.3478), told_apart(1.3, 1.2)
    (('1.3482', '1.3478'), ('1.300', '1.200'))
    >>> told_apart(1.39449, 1.39490), told_apart(1.3, 1.3)  # not 1.394 and 1.395: twice as far
    (('1.3945', '1.3949'), ('1.300', '1.300'))
    """
    difference = second - first
    for more in range(decimals, 9):
        pair = f"{first:.{more}f}", f"{second:.{more}f}"
        if abs(float(pair[1]) - float(pair[0]) - difference) <= 0.1 * abs(difference):
            break
    return pair


def with_interval(estimate: float, lower: float, upper: float) -> str:
    """Write an estimate and its interval with the same number of decimals.

    Examples
    --------
    >>> with_interval(16.52, 7.92, 25.2), with_interval(0.0145, 0.011, 0.018)
    ('16.5 (7.9 to 25.2)', '0.0145 (0.0110 to 0.0180)')
    >>> with_interval(48.62, 48.57, 48.66), with_interval(0.5, -7e-5, 1.0).replace(MINUS, "-")
    ('48.620 (48.570 to 48.660)', '0.50 (-0.00 to 1.00)')
    """
    first = amount(estimate, lower, upper)
    if not isfinite(lower) or estimate == lower == upper == 0:
        return first
    decimals = _decimals(estimate, lower, upper)
    return f"{first} ({_limit(lower, decimals)} to {_limit(upper, decimals)})"


def amount(estimate: float, lower: float, upper: float) -> str:
    """Write an estimate with the decimals it has beside its interval.

    Examples
    --------
    >>> amount(74.6, 60.2, 88.9), amount(1.0, 0.4, 1.6)
    ('75', '1.00')
    """
    return _fixed(estimate, _decimals(estimate, lower, upper))


def _decimals(estimate: float, lower: float, upper: float) -> int:
    """Return decimals by the largest number, and no fewer than two digits of the interval's width.

    Of an estimate of hundreds or more, whole numbers are enough.
    """
    numbers = [abs(each) for each in (estimate, lower, upper) if isfinite(each)]
    largest = max(numbers, default=0.0)
    if largest == 0:
        return 0
    least = 0 if largest >= 50 else 1 if largest >= 5 else max(2, 1 - floor(log10(largest)))
    width = upper - lower
    if largest >= 100 or not isfinite(width) or width <= 0:
        return least
    return max(least, 1 - floor(log10(width)))


def _fixed(number: float, decimals: int) -> str:
    if not isfinite(number):
        return "not available"
    text = f"{abs(number):,.{decimals}f}".replace(",", THIN_SPACE)
    negative = number < 0 and float(f"{number:.{decimals}f}") != 0
    return (MINUS if negative else "") + text


def _limit(number: float, decimals: int) -> str:
    """Return a limit of an interval, with its sign also where it is rounded to zero."""
    text = _fixed(number, decimals)
    return text if number >= 0 or text.startswith(MINUS) or not isfinite(number) else MINUS + text


def thin_spaces() -> Any:
    """Return a tick formatter that sets thousands apart with thin spaces."""
    return FuncFormatter(lambda number, _: in_words(number, digits=4))


def joined(parts: list[str]) -> str:
    """Join parts as a sentence does: ``a, b and c``."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
