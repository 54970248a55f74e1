"""The share of an effect that runs through IL-6, with its interval, in the words a run allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.outcomes import DEATHS, label
from analysis.report.numbers import missing, percentage, range_in_words
from analysis.words import joined

LIMITS = (("share_monte_carlo_lower", "share_lower"), ("share_monte_carlo_upper", "share_upper"))
UNKNOWN = "unknown"


def share_cells(effect: Any, clear: bool) -> dict[str, Any]:
    """Return the share through IL-6 of one effect for a table; blank where there is none.

    ``share_limits`` are those of the Monte Carlo interval and, with draws, of the parameter
    interval together. Which share is known: :func:`_known`.
    """
    share = effect.get("share_via_il6")
    if not clear or missing(share):
        return {"share_via_il6": "", "share_interval": "", "share_limits": None}
    lower, upper = _limits(effect)
    known = _known(lower, upper)
    return {
        "share_via_il6": percentage(float(share)) if known else UNKNOWN,
        "share_interval": _range(lower, upper),
        "share_limits": (lower, upper) if known else None,
    }


def _known(lower: float, upper: float) -> bool:
    """Return whether a share can be told: not where its interval passes 0 or 100 %.

    An interval that lies wholly below 0 is known: without IL-6 the effect would be larger.
    """
    return not missing(lower) and upper <= 1.0 and (lower >= 0.0 or upper < 0.0)


def _limits(effect: Any) -> tuple[float, float]:
    """Return the widest limits that are known; not a number where none is."""
    ends = []
    for names, widest in zip(LIMITS, (min, max), strict=True):
        found = [float(effect[name]) for name in names if not missing(effect.get(name))]
        ends.append(widest(found) if found else float("nan"))
    return ends[0], ends[1]


def _range(lower: float, upper: float) -> str:
    if lower == upper:
        return ""
    if abs(lower) == float("inf") or abs(upper) == float("inf"):
        return "without limits"
    return range_in_words(100 * lower, 100 * upper, unit=" %")


def share_sentences(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return what a run says of the shares of its effects, from their intervals alone.

    Parameters
    ----------
    rows
        As of :func:`analysis.report.effect_rows.effect_rows`; those without a share are passed by.
    """
    shares = [row for row in rows if row["share_via_il6"]]
    sides: dict[str, list[str]] = {}
    for row in shares:
        sides.setdefault(_side(row["share_limits"]), []).append(_effect_on(row["outcome"]))
    return [
        sentence.format(joined(sides[side]))
        for side, sentence in SENTENCES.items()
        if side in sides
    ]


SENTENCES = {
    "negative": "Without what IL-6 carries, the effect on {} would be larger.",
    "less": "Less than half of the effect on {} runs through IL-6; the rest runs "
    "through other paths.",
    "all": "All of the effect on {} runs through IL-6.",
    "more": "More than half of the effect on {} runs through IL-6.",
    "unsure": "Whether more or less than half of the effect on {} runs through IL-6 cannot be told "
    "from this run.",
    UNKNOWN: "The share is unknown for the effect on {}: its interval passes 0 or 100 %.",
}


def _side(limits: tuple[float, float] | None) -> str:
    """Return on which side of one half a share lies."""
    if limits is None:
        return UNKNOWN
    lower, upper = limits
    if upper < 0.0:
        return "negative"
    if upper < 0.5:
        return "less"
    if lower == 1.0:
        return "all"
    return "more" if lower > 0.5 else "unsure"


def _effect_on(outcome: str) -> str:
    return outcome if outcome == DEATHS else label(outcome)
