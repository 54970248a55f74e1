"""What a node of a scenario holds, in words, and which number somebody may have meant by it."""

from __future__ import annotations

import math

from abm.limits import Number
from abm.scenario.text import Node, printable
from abm.scenario.written_numbers import in_two_ways, readings, without_unit

OFTEN_IN_THOUSANDS = 1e9  # ranges that reach so far


def described(node: Node) -> str:
    """Say in words what a node holds."""
    value = node.value
    if node.split:
        commas = "a decimal comma" if node.written.count(",") == 1 else "commas between thousands"
        found = f"{printable(node.written, 60)}, which looks like a number with {commas}"
        return f"{found} (in {{ }} a comma begins the next key)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{printable(value, 60)}'"
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, float) and math.isinf(value):
        return "infinite" if "inf" in node.written.lower() else "too large a number"
    return printable(node.written, 60)


def as_float(value: float) -> float:
    """Return a number as a float, however large it is."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def number_hint(node: Node, kind: Number) -> str:
    """Name what somebody may have meant by a text, among what is allowed."""
    text = without_unit(node.written.strip(), kind.unit)
    percent = text.endswith("%")
    if percent and not kind.unit.startswith("a share"):
        return ""
    meant = [number / 100 if percent else number for number in readings(text.removesuffix("%"))]
    usable = [each for each in meant if math.isfinite(as_float(each)) and kind.holds(each)]
    allowed = " or ".join(f"{each:.15g}" for each in usable)
    without = "" if percent or node.plain else " (without quotes)"
    return f"; did you mean {allowed}{without}?" if allowed else ""


def of_two_ways(node: Node, kind: Number) -> str:
    """Say how else a number can be read, such as 150.000; nothing if it cannot.

    Of whole numbers, and of people, places and money, which are often written in thousands.
    """
    large = kind.whole or kind.maximum >= OFTEN_IN_THOUSANDS
    hint = number_hint(node, kind) if large and in_two_ways(node.written) else ""
    return hint if " or " in hint else ""
