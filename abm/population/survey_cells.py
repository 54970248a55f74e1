"""What a cell of a survey says: a number, a word, a band of ages, or that nothing is known.

Labels and codes mean what the scenario says; without its word a cell is read as our own form has
it, and an age such as 45-54 or 90+ as the band it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from abm.scenario.hints import nearest
from abm.scenario.microdata import DASHES, NUMBER, code_of
from abm.scenario.text import printable

UNKNOWN = -1.0
MOST_SHOWN = 60
MOST_KEPT = 100_000  # cells whose value is remembered
OLDEST = 111  # of the model's people at the start are younger

# Bounds beyond which an entry can only be a slip or another unit; no claim about people.
SEX_WORDS = {"male": 0, "m": 0, "1": 0, "female": 1, "f": 1, "2": 1}
SMOKER_WORDS = {"no": 0, "0": 0, "false": 0, "yes": 1, "1": 1, "true": 1}
DONE_WORDS = {"no": 0, "0": 0, "2": 0, "false": 0, "yes": 1, "1": 1, "true": 1}
NOT_KNOWN = ("nan", "na", "n/a", "inf", "infinity", "null", "none")
NOT_AVAILABLE = "NA"  # as R writes it
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_WITH_COMMA = re.compile(r"[-+]?(\d+(,\d*)?|,\d+)([eE][-+]?\d+)?")
_YEARS = r"\s*(?:years?|yrs?)?(?: of age| old)?"
_BAND = re.compile(rf"(?:aged? )?(\d{{1,3}})\s*(?:-|to)\s*(\d{{1,3}}){_YEARS}")
_OPEN_BAND = re.compile(
    rf"(?:aged? )?(\d{{1,3}}){_YEARS}\s*(?:\+|plus|(?:and|or|&) (?:over|above|older|more)){_YEARS}"
)

Value = float | tuple[float, float] | None  # a number, a band [from, to), or nothing known


@dataclass(frozen=True)
class Number:
    """A column of numbers: the bounds a value must keep, and what it means."""

    low: float
    high: float
    meaning: str
    whole: bool = False
    bands: bool = False

    def value_of(self, text: str) -> Value:
        """Return what a cell holds; None if it is no number or out of bounds."""
        if not NUMBER.fullmatch(text):
            return self._band(text) if self.bands else None
        number = float(text)
        within = self.low <= number <= self.high  # first, as an endless number has no whole part
        return number if within and not (self.whole and number % 1.0) else None

    def _band(self, text: str) -> Value:
        plain = " ".join(text.translate(DASHES).lower().split())
        if found := _BAND.fullmatch(plain):
            low, high = float(found[1]), float(found[2]) + 1.0
            return (low, high) if self.low <= low < high <= self.high + 1.0 else None
        if found := _OPEN_BAND.fullmatch(plain):
            low = float(found[1])
            return (low, float(OLDEST)) if self.low <= low < OLDEST else None
        return None

    def allowed(self, text: str, decimal: str) -> str:
        """Say what a cell may hold."""
        kind = "a whole number" if self.whole else "a number"
        bounds = f"{kind} from {self.low:g} to {self.high:g} ({self.meaning})"
        bands = ", or a band such as 45-54 or 90+" if self.bands else ""
        other = NUMBER if decimal == "comma" else DECIMAL_COMMA
        marks = ("comma", "point") if decimal == "comma" else ("point", "comma")
        slip = "." in text or decimal == "point"
        told = f" with a decimal {marks[0]}, not a {marks[1]}"
        return bounds + bands + (told if slip and other.fullmatch(text) else "")


@dataclass(frozen=True)
class Words:
    """A column of words, each standing for a number."""

    words: Mapping[str, int]
    names: str

    def value_of(self, text: str) -> Value:
        """Return the number a word stands for, None if it is not one of the words."""
        whole = float(text) if NUMBER.fullmatch(text) else 0.5
        found = self.words.get(text.lower() if whole % 1.0 else f"{whole:.0f}")
        return None if found is None else float(found)

    def allowed(self, text: str, decimal: str) -> str:
        """Say what a cell may hold."""
        long = [word for word in self.words if len(word) > 1]
        return self.names + nearest(text, long)


@dataclass
class Reading:
    """How the cells of one column are read."""

    name: str
    kind: Number | Words
    meanings: Mapping[float | str, Value] = field(default_factory=dict)
    missing: frozenset[float | str] = frozenset()
    decimal: str = "point"
    factor: float = 1.0  # of a number as written
    _kept: dict[str, tuple[Value, bool]] = field(default_factory=dict)

    @property
    def recodes(self) -> bool:
        """Whether numbers stand for others, so that one that is not listed says nothing.

        An age of 80 that stands for all above it (80: [80, 100]) is no such code.
        """
        return any(
            isinstance(code, float)
            and meant is not None
            and (meant[0] if isinstance(meant, tuple) else meant) != code * self.factor
            for code, meant in self.meanings.items()
        )

    def value_of(self, text: str) -> tuple[Value, bool]:
        """Return what a cell says, None if nothing, and whether it may say that."""
        found = self._kept.get(text)
        if found is None:
            found = self._read(text)
            if len(self._kept) < MOST_KEPT:
                self._kept[text] = found
        return found

    def _read(self, text: str) -> tuple[Value, bool]:
        if not text or text == NOT_AVAILABLE:
            return None, True
        plain = text.replace(",", ".") if self._has_comma(text) else text
        code = code_of(plain)
        if code in self.missing:
            return None, True
        if code in self.meanings:
            return self.meanings[code], True
        if self.meanings and (isinstance(self.kind, Words) or self.recodes):
            return None, False
        if self.decimal == "comma" and "." in text and NUMBER.fullmatch(text):
            return None, False
        value = self.kind.value_of(plain)
        return (value * self.factor if isinstance(value, float) else value), value is not None

    def _has_comma(self, text: str) -> bool:
        return self.decimal == "comma" and _WITH_COMMA.fullmatch(text) is not None

    def fault_of(self, text: str) -> str:
        """Return what is wrong with a cell, as a kind."""
        if not text:
            return "empty"
        if text.lower().lstrip("+-") in NOT_KNOWN:
            return "not known"
        if isinstance(self.kind, Number) and NUMBER.fullmatch(text):
            return "number"
        return "comma" if DECIMAL_COMMA.fullmatch(text) else "word"

    def told(self, text: str) -> str:
        """Say what is wrong with a cell and what it may hold."""
        fault = self.fault_of(text)
        shown = printable(text[: MOST_SHOWN + 1], MOST_SHOWN)
        found = {"empty": "is empty", "not known": f"is {shown}", "number": f"is {shown}"}
        told = found.get(fault, f"is '{shown}'")
        if self.meanings and (isinstance(self.kind, Words) or self.recodes):
            codes = [f"{code:g}" if isinstance(code, float) else code for code in self.meanings]
            listed = ", ".join(codes[:12]) + (" ..." if len(codes) > 12 else "")
            near = nearest(text, [code for code in self.meanings if isinstance(code, str)])
            return f"{told}, which values.{self.name} does not list; must be one of {listed}{near}"
        return f"{told}; must be {self.kind.allowed(text, self.decimal)}{self._hint(fault, text)}"

    def _hint(self, fault: str, text: str) -> str:
        if fault == "not known" and self.name != "weight":
            return f"; leave the cell empty if it is unknown, or list it: missing: [{text}]"
        if text.startswith("-") and NUMBER.fullmatch(text):
            return f"; if it means that nothing is known: missing: [{text}]"
        word = fault == "word" and isinstance(self.kind, Words)
        return f"; labels are named in values.{self.name}" if word else ""


def codes_of(
    values: Mapping[str, Any], kind: Number | Words, factor: float = 1.0
) -> dict[float | str, Value]:
    """Return what the codes of a column mean, as numbers; ``factor`` is that of a number."""

    def meaning(meant: Any) -> Value:
        if isinstance(meant, str):
            return kind.value_of(meant)
        if isinstance(meant, tuple | list):
            return float(meant[0]) * factor, float(meant[1]) * factor
        return None if meant is None else float(meant) * factor

    return {code_of(code): meaning(meant) for code, meant in values.items()}


KINDS: Mapping[str, Number | Words] = {
    "age": Number(0, 120, "years of age", whole=True, bands=True),
    "sex": Words(SEX_WORDS, "male, female, m, f, 1 (male) or 2 (female)"),
    "deprivation": Number(1, 5, "1 the most deprived quintile", whole=True),
    "bmi": Number(10, 100, "kg/m2"),
    "smoker": Words(SMOKER_WORDS, "yes, no, 1 or 0"),
    "met_hours": Number(
        0, 500, "reported marginal MET-hours per week; for MET-minutes set dose_unit: met_minutes"
    ),
    "weight": Number(0, 1e12, "survey weight"),
}
# Beyond what a week holds at the hardest work, in the unit named.
OTHER_DOSES: Mapping[str, Number] = {
    "met_minutes": Number(0, 2e5, "reported marginal MET-minutes per week"),
    "gross_met_minutes": Number(0, 2e5, "reported MET-minutes per week, rest included"),
    "minutes_moderate": Number(0, 10_080, "minutes of moderate activity per week"),
}
ANSWERS: Mapping[str, Number | Words] = {
    "does": Words(DONE_WORDS, "yes, no, 1 (yes), 2 or 0 (no)"),
    "days": Number(0, 7, "days per week"),
    "hours": Number(0, 168, "hours"),
    "minutes": Number(0, 10_080, "minutes"),
}
