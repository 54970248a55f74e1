"""An effects table as a few bytes for a page: whole numbers, column by column, deflated.

Effects are rounded so that their sums are not: of persons in the order of sex, quintile of
deprivation and age the running sum is rounded, and each person gets what it has grown by. So the
sum over neighbours is right to one unit, and small effects of many do not vanish.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from abm.conditions import DISEASES
from abm.results.effects_table import EffectsTable
from analysis.explore.quantities import HELD, PLACES

Whole = NDArray[np.int64]
Columns = dict[str, Whole]
# Rounding adds two times 1 / 12 square units to a variance. A unit is no larger than this share of
# the standard deviation over persons, which makes that 1 / 864; and, where a few persons make the
# deviation large, than this share of the mean size.
UNITS_PER_DEVIATION, UNITS_PER_SIZE = 12, 6
LARGEST = 2**15 - 1
DOSE_STEP, BMI_STEP = 0.25, 0.5  # marginal MET-hours per week; kg/m2
DOSES, BMIS = np.arange(0.0, 60.0, DOSE_STEP), np.arange(15.0, 60.0, BMI_STEP)
TIMES_PER_YEAR = 500  # deaths in the baseline


@dataclass(frozen=True)
class Packed:
    """A table for the page: ``content`` deflated, ``header`` says how it is read (fit for JSON).

    ``rounding`` is by how much the answer for the policy as it stands moves, by quantity [Monte
    Carlo errors].
    """

    content: bytes
    header: Mapping[str, Any]
    rounding: tuple[float, ...]


def packed(
    table: EffectsTable, more: Columns | None = None,
    thresholds: Sequence[NDArray[np.float64]] | None = None,
) -> Packed:  # fmt: skip
    """Return a table as few bytes; people in the order of sex, quintile and age.

    Parameters
    ----------
    table
        What is packed.
    more
        Columns beside it, people last.
    thresholds
        Doses and BMIs that the page can ask for; by default in steps.
    """
    order = page_order(table)
    effects, units = quantised(table, order)
    thresholds = thresholds or _thresholds(table)
    columns = {**_who(table, order), **_on_january(table, order, thresholds)}
    key = hashlib.sha256(b"".join(_planes(each) for each in columns.values())).hexdigest()[:16]
    columns["effects"] = effects.transpose(2, 1, 0)
    columns |= {name: each[..., order] for name, each in (more or {}).items()}
    content, kinds = columns_packed(columns)
    header = {
        "people": len(order), "persons": table.scenario.persons, "years": len(table.years),
        "start_year": table.scenario.start_year, "starts": list(table.starts),
        "quantities": list(HELD), "units": units.tolist(), "times_per_year": TIMES_PER_YEAR,
        "doses": thresholds[0].tolist(), "bmis": thresholds[1].tolist(),
        "diseases": list(DISEASES), "people_key": key,
        "columns": kinds,
    }  # fmt: skip
    rounding = _rounding(table, order, effects * units)
    return Packed(content, header, rounding)


class Deflated(Protocol):
    """What is packed."""

    @property
    def content(self) -> bytes:
        """Its bytes."""


def size_in_words(packs: Sequence[Deflated]) -> str:
    """Return how large tables are in a page, where they stand as text.

    Examples
    --------
    >>> size_in_words([Packed(bytes(1_500_000), {}, ())])
    '2.0 MB'
    """
    return f"{sum(4 * len(each.content) / 3 for each in packs) / 1e6:.1f} MB"


# Effects


def quantised(table: EffectsTable, order: Whole) -> tuple[Whole, NDArray[np.float64]]:
    """Return effects in whole units, shape (people, starts, quantities).

    And the units, shape (starts, quantities).
    """
    there = _there_at_starts(table)[order]
    found = np.zeros((*there.shape, len(PLACES)), np.int64)
    units = np.ones(found.shape[1:])
    for start, column in np.ndindex(*units.shape):
        values = table.effects[order, start, PLACES[column]].astype(float)
        units[start, column] = _unit(values[there[:, start]])
        grown = np.round(np.cumsum(values / units[start, column]))
        found[:, start, column] = np.diff(grown, prepend=0.0)
    return found, units


def _rounding(table: EffectsTable, order: Whole, rounded: NDArray[np.float64]) -> tuple[float, ...]:
    """Return what rounding adds to the effects on all eligible at the first start, in errors."""
    first = next(year for year in table.starts if year >= table.policy.start)
    eligible = table.eligible()[order, first - table.scenario.start_year]
    start = list(table.starts).index(first)
    plain = table.effects[order[eligible], start][:, PLACES].astype(float)
    apart = (rounded[eligible, start] - plain).sum(axis=0)
    spread = plain.std(axis=0) * np.sqrt(len(plain)) if len(plain) else np.ones(len(PLACES))
    return tuple(np.abs(apart) / np.where(spread > 0.0, spread, np.inf))


def _unit(values: NDArray[np.float64]) -> float:
    if values.size == 0:
        return 1.0
    size = np.abs(values)
    small = min(float(values.std()) / UNITS_PER_DEVIATION, float(size.mean()) / UNITS_PER_SIZE)
    unit = max(small, float(size.max()) / (LARGEST - 1))
    return float(f"{unit:.5g}") or 1.0


def _there_at_starts(table: EffectsTable) -> NDArray[np.bool_]:
    return table.on_january.there[:, [year - table.scenario.start_year for year in table.starts]]


# People


def page_order(table: EffectsTable) -> Whole:
    """Return the order of people in the page: by sex, quintile and age."""
    people = table.people
    keys = people["age"], people["deprivation"], people["sex"].cat.codes
    return np.lexsort([np.asarray(key) for key in keys])


def _who(table: EffectsTable, order: Whole) -> dict[str, Whole]:
    """Return what stays as it is: the first and last year there, death in the baseline, and so on.

    Deaths count in parts of a year since the start of the run; 0 stands for none in the run.
    """
    people, first = table.people.iloc[order], table.scenario.start_year
    there, years = table.on_january.there[order], len(table.years)
    died = (people["death_year"] - first).fillna(0.0).to_numpy()
    return {
        "entry": (people["entry_year"] - first).to_numpy(np.int64),
        "last": years - 1 - there[:, ::-1].argmax(axis=1),
        "died": np.ceil(died * TIMES_PER_YEAR).astype(np.int64),
        "age": people["age"].to_numpy(np.int64),
        "sex": np.asarray(people["sex"].cat.codes, np.int64),
        "fifth": people["deprivation"].to_numpy(np.int64),
    }


def _on_january(
    table: EffectsTable, order: Whole, thresholds: Sequence[NDArray[np.float64]]
) -> dict[str, Whole]:
    """Return what changes by the year, shape (years, people): places among thresholds, and bits.

    A dose below threshold k has a place of at most k; a BMI above it one of more than k.
    """
    now, there = table.on_january, table.on_january.there[order]
    doses, bmis = (each.astype(np.float32) for each in thresholds)
    found = {
        "dose": np.searchsorted(doses, now.met_hours[order], side="right"),
        "bmi": np.searchsorted(bmis, now.bmi[order], side="left"),
        "ill": now.ill[order].astype(np.int64),
    }
    return {name: np.where(there, each, 0).T for name, each in found.items()}


def _thresholds(table: EffectsTable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the doses and BMIs that the page can ask for, the policy's own among them."""
    rule = table.policy.eligible
    own = [[each] if each is not None else [] for each in (rule.met_hours_below, rule.bmi_above)]
    doses, bmis = (np.union1d(grid, more) for grid, more in zip((DOSES, BMIS), own, strict=True))
    return doses[doses > 0.0], bmis


# Bytes


def columns_packed(columns: Columns) -> tuple[bytes, list[list[Any]]]:
    """Return columns deflated, and what the page must know of each to read it."""
    content = b"".join(_planes(each) for each in columns.values())
    return zlib.compress(content, 6), [[name, *_kind(each)] for name, each in columns.items()]


def _planes(values: Whole) -> bytes:
    """Return whole numbers as bytes: the low byte of each, then, where it is needed, the high."""
    unsigned = _unsigned(values)
    low, high = (unsigned & 255).astype(np.uint8), (unsigned >> 8).astype(np.uint8)
    return low.tobytes() + (high.tobytes() if high.any() else b"")


def _kind(values: Whole) -> list[Any]:
    """Return what the page must know of a column: shape, signed or not, bytes of each number."""
    largest = int(_unsigned(values).max(initial=0))
    return [list(values.shape), _signed(values), 1 + (largest > 255)]


def _unsigned(values: Whole) -> Whole:
    """Return numbers without a sign: 0, -1, 1, -2, 2 ... in their order where some have one."""
    return (values << 1) ^ (values >> 63) if _signed(values) else values


def _signed(values: Whole) -> bool:
    return bool(values.min(initial=0) < 0)
