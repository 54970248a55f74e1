"""Where marks stand: intervals as boxes in per cent of a track, curves and clouds in a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, isfinite, log10
from typing import Any, NamedTuple

from analysis.words import in_words

LEFT, RIGHT, TOP, BOTTOM = 56.0, 418.0, 26.0, 256.0  # of a chart, of 440 by 300
MOST_POINTS = 400  # of a cloud; more only make the page large
COLOURS = 6
NIL = "cannot be told from none"
UNKNOWN = "interval unknown"
SAME = "the same in both worlds"
SAME_AT_CENTRE = "the same at central values"  # but not in the draws
KEYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Mark(NamedTuple):
    """An estimate with its Monte Carlo interval and, around it, that over draws (or NaN)."""

    label: str
    estimate: float
    lower: float
    upper: float
    outer_lower: float
    outer_upper: float
    text: str
    nil: str = ""  # why it cannot be told from none
    colour: int = 0  # of a scenario's key; 0 where there is one policy


def interval_marks(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """Return where each mark stands on a common track, in per cent of its width."""
    ends = [0.0, *(end for mark in marks for end in mark[1:6] if isfinite(end))]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    return [_placed(mark, low - 0.03 * span, 1.06 * span) for mark in marks]


def _placed(mark: Mark, low: float, span: float) -> dict[str, Any]:
    def at(number: float) -> float:
        return round(100.0 * (number - low) / span, 2)

    def box(lower: float, upper: float) -> tuple[float, float] | None:
        known = isfinite(lower) and isfinite(upper)
        return (at(lower), round(at(upper) - at(lower), 2)) if known else None

    return {
        "label": mark.label, "text": mark.text, "nil": mark.nil, "zero": at(0.0),
        "dot": at(mark.estimate), "inner": box(mark.lower, mark.upper),
        "outer": box(mark.outer_lower, mark.outer_upper), "colour": mark.colour,
    }  # fmt: skip


def why_nil(best: Sequence[float]) -> str:
    """Return why an estimate whose Monte Carlo limits hold zero cannot be told from none."""
    if not isfinite(best[1]):
        return UNKNOWN
    return NIL if any(best) else SAME


class Frame(NamedTuple):
    """What a chart shows of each axis: from where, to where, as which unit."""

    across: tuple[float, float]
    up: tuple[float, float]

    def x(self, number: float) -> float:
        """Return where a number stands across."""
        low, high = self.across
        return round(LEFT + (RIGHT - LEFT) * (number - low) / (high - low), 1)

    def y(self, number: float) -> float:
        """Return where a number stands up."""
        low, high = self.up
        return round(BOTTOM - (BOTTOM - TOP) * (number - low) / (high - low), 1)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers from a low to a high end.

    Examples
    --------
    >>> ticks(0.0, 60000.0), ticks(-1.0, 2.2)
    ([0.0, 20000.0, 40000.0, 60000.0], [-1.0, 0.0, 1.0, 2.0])
    """
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first = -floor(-low / step)
    return [step * each + 0.0 for each in range(first, floor(high / step + 1e-9) + 1)]


def unit_of_money(largest: float, currency: str) -> tuple[float, str]:
    """Return what amounts are divided by, and the unit that they have then."""
    if largest >= 1e6:
        return 1e6, f"million {currency}"
    return (1e3, f"thousand {currency}") if largest >= 1e4 else (1.0, currency)


def acceptability_chart(curves: Mapping[str, Any], currency: str, told: str) -> dict[str, Any]:
    """Return the chart of acceptability curves.

    Parameters
    ----------
    curves
        By option, in order: thresholds and probabilities.
    currency, told
        Of the thresholds; what is said below.
    """
    highest = max(float(max(each[0])) for each in curves.values())
    frame = Frame((0.0, highest or 1.0), (0.0, 100.0))
    lines = [
        {"key": place % COLOURS + 1, "points": _course(frame, *each)}
        for place, each in enumerate(curves.values())
    ]
    names = []
    if len(curves) > 1:
        ends = [frame.y(100.0 * float(list(each[1])[-1])) for each in curves.values()]
        names = _names(ends)
    across = f"what a QALY may cost [thousand {currency}]"
    chart = _chart(frame, across, "probability [%]", 1e3, 1.0, told)
    return chart | {"lines": lines, "names": names}


def _course(frame: Frame, thresholds: Any, chances: Any) -> str:
    pairs = zip(thresholds, chances, strict=True)
    return " ".join(f"{frame.x(x)},{frame.y(100.0 * y)}" for x, y in pairs)


def plane_chart(
    clouds: Mapping[str, tuple[Sequence[float], Sequence[float]]], currency: str,
    threshold: float, told: str,
) -> dict[str, Any]:  # fmt: skip
    """Return the cost-effectiveness plane: QALYs gained and net cost of every draw."""
    gained = [0.0, *(float(x) for each in clouds.values() for x in each[0])]
    costs = [0.0, *(float(y) for each in clouds.values() for y in each[1])]
    frame = Frame(_wide(gained), _wide(costs))
    divisor, unit = unit_of_money(max(map(abs, costs)), currency)
    points = []
    names: list[dict[str, Any]] = []
    for place, (gain, cost) in enumerate(clouds.values()):
        key = place % COLOURS + 1
        points.append({"key": key, "points": _cloud(frame, gain, cost)})
        if len(clouds) > 1 and len(gain):
            x, y = (float(sum(each) / len(each)) for each in (gain, cost))
            at = {"x": frame.x(x) + 4, "y": frame.y(y) - 4}
            names.append(at | {"text": KEYS[place % len(KEYS)]})
    chart = _chart(frame, "QALYs gained", f"net cost [{unit}]", 1.0, divisor, told)
    axes = [(frame.x(0.0), TOP, frame.x(0.0), BOTTOM), (LEFT, frame.y(0.0), RIGHT, frame.y(0.0))]
    ratios = [] if threshold <= 0 else [_ratio(frame, threshold)]
    return chart | {"clouds": points, "axes": axes, "ratios": ratios, "names": names}


def _cloud(frame: Frame, gain: Sequence[float], cost: Sequence[float]) -> list[tuple[float, float]]:
    every = -(-len(gain) // MOST_POINTS) or 1
    pairs = list(zip(gain, cost, strict=True))[::every]
    return [(frame.x(float(x)), frame.y(float(y))) for x, y in pairs]


def _ratio(frame: Frame, threshold: float) -> tuple[float, float, float, float]:
    """Return the line on which a QALY costs the threshold, within the frame."""
    low = max(frame.across[0], frame.up[0] / threshold)
    high = min(frame.across[1], frame.up[1] / threshold)
    return frame.x(low), frame.y(low * threshold), frame.x(high), frame.y(high * threshold)


def _wide(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    span = (high - low) or 1.0
    return low - 0.05 * span, high + 0.05 * span


def _names(ends: Sequence[float]) -> list[dict[str, Any]]:
    """Name lines at their right ends, at least a line of text apart."""
    order = sorted(range(len(ends)), key=lambda place: ends[place])
    found, last = [], -1e9
    for place in order:
        last = max(ends[place] + 4.0, last + 13.0)
        found.append({"x": RIGHT + 5, "y": round(last, 1), "text": KEYS[place % 26]})
    beyond = max(0.0, last - BOTTOM - 4.0)
    return [each | {"y": round(each["y"] - beyond, 1)} for each in found]


def _chart(
    frame: Frame, across: str, up: str, across_divisor: float, up_divisor: float, told: str
) -> dict[str, Any]:
    return {
        "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM, "told": told,
        "across_label": across, "up_label": up, "lines": [], "clouds": [], "axes": [],
        "ratios": [], "names": [],
        "across": [{"at": frame.x(n), "text": in_words(n / across_divisor)}
                   for n in ticks(*frame.across)],
        "up": [{"at": frame.y(n), "text": in_words(n / up_divisor)} for n in ticks(*frame.up)],
    }  # fmt: skip
