"""Where in a band of ages, or of another number, each respondent stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.kernel.draws import philox
from abm.kernel.layout import N_AGES, YOUNGEST

# Words that no seed of a run gives, so that no draw of a run is met again.
KEY = (0x73757276, 0x65790001)
BITS = 2.0**32


@dataclass(frozen=True)
class Banded:
    """A cell that names a band [low, high), by the places of its row and column in the table."""

    row: int
    column: int
    low: float
    high: float


def uniforms(rows: NDArray[np.uint64], column: int) -> NDArray[np.float64]:
    """Return a number between 0 and 1 for each row of a column: the same whatever else is there."""
    words = philox(rows, 0, column, 0, *KEY)  # type: ignore[arg-type]
    return (np.asarray(words[0], np.float64) + 0.5) / BITS


def places_in(bands: list[Banded]) -> NDArray[np.float64]:
    """Return a number within each band, evenly spread."""
    low, high = (np.array([getattr(each, end) for each in bands]) for end in ("low", "high"))
    return np.asarray(low + (high - low) * _drawn(bands))


def ages_in(
    bands: list[Banded], sexes: NDArray[np.float64], people: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a whole age within each band, as the place's people of that age and sex are many.

    Those below the youngest of the place count as many as these. ``sexes``: 0, 1, or below 0 where
    it is not known. ``people`` (2, ages) of the place.
    """
    drawn = _drawn(bands)
    found = np.empty(len(bands))
    for i, band in enumerate(bands):
        ages = np.arange(band.low, max(band.high, band.low + 1.0))
        at = np.clip(ages.astype(int) - YOUNGEST, 0, N_AGES - 1)
        alike = people[:, at] if sexes[i] < 0 else people[[int(sexes[i])]][:, at]
        many = alike.sum(axis=0) + 1e-9  # beyond the oldest nobody is left
        found[i] = ages[np.searchsorted(np.cumsum(many) / many.sum(), drawn[i])]
    return found


def _drawn(bands: list[Banded]) -> NDArray[np.float64]:
    rows = np.array([each.row for each in bands], np.uint64)
    columns = np.array([each.column for each in bands])
    found = np.empty(len(bands))
    for column in np.unique(columns):
        of_column = columns == column
        found[of_column] = uniforms(rows[of_column], int(column))
    return found
