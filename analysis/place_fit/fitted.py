"""What a fit found: numbers with their intervals, targets beside what is simulated, as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd
from scipy.stats import norm, t

from abm.limits import spaced
from abm.results.scales import AS_COUNTED
from analysis.place_fit.nearest_numbers import Number, Numbers

TWO_SIDED = 0.975
FAR = 3.0  # standard errors: by chance one target in 370 is farther off


@dataclass(frozen=True)
class FittedNumber:
    """A fitted number, where the search began, and its 95 % interval (counting, Monte Carlo)."""

    name: str
    start: float
    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class FittedTarget:
    """What was counted, what is simulated with the fitted numbers, and the error of their gap.

    ``unit`` is what all three count, among the people of the table of targets.
    """

    target: str
    counted: float
    simulated: float
    standard_error: float
    unit: str

    @property
    def off(self) -> float:
        """Return by how many standard errors they differ."""
        return (self.simulated - self.counted) / self.standard_error


@dataclass(frozen=True)
class Outcome:
    """What a fit found, and in how many trials."""

    numbers: Sequence[FittedNumber]
    targets: Sequence[FittedTarget]
    trials: int

    @property
    def table_of_numbers(self) -> pd.DataFrame:
        """Return the numbers as a table."""
        return pd.DataFrame([asdict(each) for each in self.numbers])

    @property
    def table_of_targets(self) -> pd.DataFrame:
        """Return the targets as a table."""
        rows = [asdict(each) | {"standard_errors_apart": each.off} for each in self.targets]
        table = pd.DataFrame(rows)
        table["unit"] = table.pop("unit")  # after the numbers, as in other tables of a fit
        return table.assign(scale=AS_COUNTED)


def intervals(
    numbers: Sequence[Number], x: Numbers, errors: Numbers, freedom: float = math.inf
) -> list[FittedNumber]:
    """Return fitted numbers with 95 % intervals from errors of their logarithms or logits.

    ``freedom`` are the degrees of freedom with which the errors are known.
    """
    many = float(norm.ppf(TWO_SIDED) if math.isinf(freedom) else t.ppf(TWO_SIDED, freedom))
    return [
        FittedNumber(
            each.name, each.start, each.back(one), each.back(one - many * error),
            each.back(one + many * error),
        )
        for each, one, error in zip(numbers, x, errors, strict=True)
    ]  # fmt: skip


def lines_of(outcome: Outcome) -> list[str]:
    """Return what to print: a line for each number and each target."""
    found = [
        f"{each.name:<44} {each.value:.4g} ({each.lower:.4g} to {each.upper:.4g}), from "
        f"{each.start:.4g}"
        for each in outcome.numbers
    ]
    found += [
        f"{each.target:<44} counted {spaced(each.counted)}, simulated "
        f"{spaced(each.simulated, '.1f')} ({each.off:+.1f} standard errors)"
        for each in outcome.targets
    ]
    return found


def far_off(outcome: Outcome) -> str:
    """Say how many targets are not met, which no interval tells; nothing if all are."""
    far = [each for each in outcome.targets if abs(each.off) > FAR]
    if not far:
        return ""
    worst = max(far, key=lambda each: abs(each.off))
    return (
        f"{len(far)} of {len(outcome.targets)} targets stay more than {FAR:g} standard errors off, "
        f"farthest '{worst.target}': the numbers found do not bring about what was counted"
    )
