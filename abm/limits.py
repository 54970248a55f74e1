"""The limits of the numbers that users give, and the sentences that refuse others.

Scenario files, the command line and Python ask here, so that a number is allowed at all doors or
at none.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any

LONGEST_SHOWN = 60


def spaced(number: float, form: str = ".0f") -> str:
    """Return a number with a space between thousands; ``form`` is what follows in a format.

    Examples
    --------
    >>> spaced(1234567), spaced(-20500.4), spaced(2.5e9, "g"), spaced(999)
    ('1 234 567', '-20 500', '2.5e+09', '999')
    """
    return f"{number:,{form}}".replace(",", " ")


@dataclass(frozen=True)
class Number:
    """A number within a range; ``interval`` says that {value, low, high} may stand in its place."""

    minimum: float
    maximum: float
    unit: str
    whole: bool = False
    above_minimum: bool = False
    below_maximum: bool = False
    interval: bool = False
    among: tuple[int, ...] = ()

    def holds(self, value: float) -> bool:
        """Say whether a number lies in the range (a NaN does not)."""
        if self.among:
            return value in self.among
        if self.whole and value != value // 1:
            return False
        low = value > self.minimum if self.above_minimum else value >= self.minimum
        return low and (value < self.maximum if self.below_maximum else value <= self.maximum)

    def allowed(self) -> str:
        """Describe the range in words."""
        kind = "a whole number" if self.whole else "a number"
        if math.isinf(self.minimum) and math.isinf(self.maximum):
            return f"{kind} ({self.unit})"
        if self.among:
            return f"one of {', '.join(map(str, self.among))} ({self.unit})"
        low, high = f"{self.minimum:g}", f"{self.maximum:.15g}"
        if not self.unit.startswith("year of"):
            low, high = spaced(self.minimum, "g"), spaced(self.maximum, ".15g")
        if self.above_minimum:
            span = f"above {low} and at most {high}"
        elif self.below_maximum:
            span = f"of at least {low} and below {high}"
        else:
            span = f"between {low} and {high}"
        return f"{kind} {span} ({self.unit})"


# Beyond a million replicates, draws or samples nothing is learned; beyond 1 024 threads none helps.
LIMITS: Mapping[str, Number] = MappingProxyType(
    {
        "persons": Number(1, 2e8, "simulated persons", whole=True),
        "years": Number(1, 100, "years", whole=True),
        "seed": Number(0, 2**31 - 1, "a seed", whole=True),
        "step_months": Number(1, 12, "months", whole=True, among=(1, 2, 3, 4, 6, 12)),
        "seeds": Number(1, 1e6, "replicates", whole=True),
        "most_seeds": Number(1, 1e6, "replicates", whole=True),
        "draws": Number(0, 1e6, "draws of the model parameters", whole=True),
        "threads": Number(1, 1024, "threads or processes", whole=True),
        "people": Number(1, 100_000, "people who do the bout", whole=True),
        "samples": Number(1, 1e6, "samples of a study", whole=True),
        "top": Number(1, 1000, "inputs of a study", whole=True),
        "steps": Number(1, 1e6, "steps of the model", whole=True),
        "repeats": Number(1, 1000, "repeats", whole=True),
    }
)
# SALib takes a seed of 0 for no seed at all.
SEED_OF_STUDY = Number(1, 2**31 - 1, "a seed of a study", whole=True)


def as_number(value: Any) -> int | float | None:
    """Return a number of Python's own for any kind of number; None for what is none, as True is."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return int(value) if isinstance(value, Integral) else float(value)


def described(value: Any) -> str:
    """Say in words what was given from Python."""
    if isinstance(value, str):
        return f"the text {value[:LONGEST_SHOWN]!r}"
    number = as_number(value)
    if number is None:
        return " ".join(str(value).split())[:LONGEST_SHOWN]
    if number != number:
        return "NaN"
    if isinstance(number, int) and abs(number) >= 10**LONGEST_SHOWN:
        return "too large a number"  # Python writes no whole number of thousands of digits
    return "infinite" if number in (math.inf, -math.inf) else f"{number}"[:LONGEST_SHOWN]


def problem(name: str, value: Any, kind: Number) -> str | None:
    """Say what is wrong with a number given from Python; None if nothing is."""
    number = as_number(value)
    if number is not None and kind.holds(number):
        return None
    return f"{name}: is {described(value)}; must be {kind.allowed()}"


def misfit(name: str, value: Any, fits: bool, wanted: str) -> str | None:
    """Say that what is given from Python is of no kind that can be used; None if it is."""
    return None if fits else f"{name}: is {described(value)}; must be {wanted}"


def no_flag(name: str, value: Any) -> str | None:
    """Say that what is given from Python is neither true nor false; None if it is."""
    fits = isinstance(value, Hashable) and value in (True, False)
    return misfit(name, value, fits, "True or False")


def refuse(problems: Iterable[str | None]) -> None:
    """Raise one ValueError with every problem there is, a line each; None means there is none."""
    found = [each for each in problems if each]
    if found:
        raise ValueError("\n".join(found))


def problems_of(**given: Any) -> list[str | None]:
    """Return what is wrong with numbers given by their names in :data:`LIMITS`; None is left out.

    Examples
    --------
    >>> problems_of(years=1000, seed=None)
    ['years: is 1000; must be a whole number between 1 and 100 (years)']
    """
    return [
        problem(name, value, LIMITS[name]) for name, value in given.items() if value is not None
    ]
