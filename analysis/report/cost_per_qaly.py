"""A cost per QALY in words: a number only where QALYs are gained and cost something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abm.results.scales import PER_100_000
from analysis.report.numbers import missing

Written = Callable[[float], str]
SAVES, LOST = "saves money", "none, as QALYs are lost"
NO_GAIN = "none, as no QALYs are gained"
CANNOT_BE_TOLD = "none, as it cannot be told whether QALYs are gained"
NO_LIMITS = "no limits, as in some draws no QALYs are gained"


def side_of_gain(rows: Any) -> int:
    """Return 1 if QALYs are gained, -1 if they are lost, 0 if it cannot be told.

    ``rows`` holds one scale of ``result.economics`` by measure.
    """
    lower, upper = rows.loc["qalys_gained", ["lower", "upper"]]
    return 1 if lower > 0 else -1 if upper < 0 else 0


def no_gain_at_all(rows: Any) -> bool:
    """Return whether QALYs are the same in both worlds: no gain, no loss and no error."""
    return bool((rows.loc["qalys_gained", ["value", "lower", "upper"]] == 0.0).all())


def loses_qalys(table: Any) -> bool:
    """Return whether QALYs are lost, by the table ``result.economics``, or None."""
    return _side(table) == -1


def gain_is_untold(table: Any) -> bool:
    """Return whether it cannot be told if QALYs are gained, by the same table, or None.

    Of nothing gained at all that is told.
    """
    return _side(table) == 0 and not no_gain_at_all(_per_100_000(table))


def _side(table: Any) -> int | None:
    if table is None:
        return None
    rows = _per_100_000(table)
    return side_of_gain(rows) if "qalys_gained" in rows.index else None


def _per_100_000(table: Any) -> Any:
    """Return the rows per 100 000 persons by measure."""
    return table[table["scale"] == PER_100_000].set_index("measure")


def cost_per_qaly(rows: Any, written: Written) -> str:
    """Return the cost per QALY of one scale, or what is said instead; nothing without costs.

    Parameters
    ----------
    rows
        As of :func:`side_of_gain`.
    written
        Writes a number.
    """
    ratio, net = (float(rows.loc[name, "value"]) for name in ("cost_per_qaly", "net_cost"))
    if missing(net):
        return "" if missing(ratio) else at_ratio(ratio, written)
    side = side_of_gain(rows)
    if side == 0:
        return NO_GAIN if rows.loc["qalys_gained", "value"] == 0 else CANNOT_BE_TOLD
    return LOST if side < 0 else _of_gain(net, ratio, written)


def within_the_run(rows: Any, written: Written) -> str:
    """Return the same to the end of the run, where no interval is known."""
    names = ("qalys_gained", "net_cost", "cost_per_qaly")
    gained, net, ratio = (float(rows.loc[name, "within_run"]) for name in names)
    if missing(net):
        return ""
    if gained <= 0:
        return LOST if gained < 0 else NO_GAIN
    return _of_gain(net, ratio, written)


def _of_gain(net: float, ratio: float, written: Written) -> str:
    return SAVES if net < 0 else written(ratio)


def at_ratio(ratio: float, written: Written) -> str:
    """Return a ratio to QALYs gained: below 0 money is saved."""
    return SAVES if ratio < 0 else written(ratio)


def ratios_between(lower: Any, upper: Any, written: Written, unit: str = "") -> str:
    """Return the limits of a cost per QALY, or nothing where there are none.

    Examples
    --------
    >>> ratios_between(-5.0, 9.0, str), ratios_between(-5.0, -1.0, str, " USD")
    ('saves money to 9.0', 'saves money')
    """
    if missing(lower):
        return ""
    if upper < 0:
        return SAVES
    return f"{at_ratio(float(lower), written)} to {written(float(upper))}{unit}"
