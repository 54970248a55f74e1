"""How numbers are written: unquoted in YAML, and as people write them in their languages."""

from __future__ import annotations

import re

Scalar = str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NAN = re.compile(r"\.(nan|NaN|NAN)")

# How people write the unit that a key has anyway, by the first word of its description.
_UNITS = {
    "minutes": r"min(?:ute)?s?\.?(?:\s?/\s?(?:wk|week)| (?:a|per) week)?",
    "months": r"months?",
    "years": r"(?:yrs?|years?)",
    "money": r"(?:[A-Z]{3}|[\u00a3\u20ac$])",
    "kg/m2": r"kg/m[2\u00b2]",
}
LONGEST_READ = 40  # characters
# Spaces of print, apostrophes and the minus sign, as they are typed.
_TYPED = str.maketrans("\u00a0\u2009\u202f\u2019\u2212", "   '-")
# Groups of three; in India the groups before the last have two.
_GROUPED = r"[1-9]\d{{0,2}}(?:(?P<gap>[{gaps}])\d{{2,3}}(?:(?P=gap)\d{{2,3}})*(?<=\d{{3}}))"
_NUMBER = r"[-+]?(?:\d*|" + _GROUPED + r")(?:{point}\d+)?(?:[eE][-+]?\d+)?"
_CONVENTIONS = {
    point: re.compile(_NUMBER.format(point=re.escape(point), gaps=gaps))
    for point, gaps in ((".", ",'_ "), (",", ".'_ "))
}
_GROUPS_OF_POINTS = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+")
_BEFORE_A_COMMA = re.compile(r"[-+]?\d[\d.,'\u2019_ ]*")
_AFTER_A_COMMA = re.compile(r"\d[\d.'\u2019_ ]*%?")


def plain_scalar(text: str) -> Scalar:
    """Read an unquoted scalar by the core schema of YAML 1.2.

    Examples
    --------
    >>> [plain_scalar(text) for text in ("1e-3", "no", "true", "12", "~")]
    [0.001, 'no', True, 12, None]
    """
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        # Python refuses to turn thousands of digits into an int; such a number is out of any range.
        return int(text) if len(text) <= 300 else float(text)
    if len(text) <= 300 and _OCTAL_OR_HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return float("nan") if _NAN.fullmatch(text) else text


def without_unit(text: str, unit: str) -> str:
    """Return a number as it was written, without the unit that its key has anyway.

    Examples
    --------
    >>> [without_unit("150 min", unit) for unit in ("minutes per week", "months")]
    ['150', '150 min']
    >>> without_unit("\u00a345", "money, in the currency named")
    '45'
    """
    own = _UNITS.get(unit.partition(" ")[0].rstrip(","))
    found = own and re.fullmatch(rf"(?:{own})?\s*([-+\d][^a-zA-Z]*?)\s*(?:{own})?", text)
    return found[1] if found else text


def readings(text: str) -> list[float]:
    """Return the numbers that a text may stand for, the smallest first.

    With a decimal point, and with a decimal comma; thousands set apart by what is left of point and
    comma, by spaces, apostrophes or underscores.

    Examples
    --------
    >>> [readings(text) for text in ("150.000", "1,234.5", "1.234.567", "12,5", "1 234", "12 5")]
    [[150.0, 150000], [1234.5], [1234567], [12.5], [1234], []]
    """
    text = text.strip().translate(_TYPED)
    if len(text) > LONGEST_READ:
        return []
    tidy = [text]
    for point, convention in _CONVENTIONS.items():
        if found := convention.fullmatch(text):
            together = text.replace(found["gap"], "") if found["gap"] else text
            tidy.append(together.replace(point, "."))
    numbers = {
        number
        for number in map(plain_scalar, tidy)
        if isinstance(number, int | float) and not isinstance(number, bool)
    }
    return sorted(numbers)


def in_two_ways(written: str) -> bool:
    """Say whether what YAML takes for a fraction may be thousands with points, such as 150.000."""
    return _GROUPS_OF_POINTS.fullmatch(written) is not None


def goes_on_after_comma(before: str, after: str) -> bool:
    """Say whether a comma between two texts may stand within a number, as in 1,5 or 1,234.50."""
    parts = _BEFORE_A_COMMA.fullmatch(before), _AFTER_A_COMMA.fullmatch(after)
    return all(parts)
