"""The groups of people whose effects are told: their names, and the cells that they are made of.

A cell is what the kernel adds up by (:func:`abm.kernel.twins.cells_of`): sex x age band, sex x
deprivation, age band x activity group. Age band and activity group are those of the year in which
somebody first takes part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.results.outcomes import QUINTILES

ALL = "all"
STRATA = ("sex", "age_band", "deprivation", "activity_group")
BY_AGE = np.arange(c.N_STRATA).reshape(len(c.SEXES), c.N_BANDS)
BY_FIFTH = c.N_STRATA + np.arange(c.N_BY_FIFTH).reshape(len(c.SEXES), c.N_FIFTHS)
BY_ACTIVITY = np.arange(c.N_STRATA + c.N_BY_FIFTH, c.N_CELLS).reshape(c.N_BANDS, c.N_GROUPS)


@dataclass(frozen=True)
class Group:
    """A group: its label, its strata (``all`` where not split) and the cells that make it up."""

    label: str
    sex: str = ALL
    age_band: str = ALL
    deprivation: str = ALL
    activity_group: str = ALL
    cells: tuple[int, ...] = ()

    @property
    def parts(self) -> list[str]:
        """Return the labels of the strata by which the group is split: of groups by each alone."""
        levels = [getattr(self, stratum) for stratum in STRATA]
        return [level for level in levels if level != ALL]

    @property
    def is_crossed(self) -> bool:
        """Return whether the group is split by two strata."""
        return len(self.parts) > 1


def all_groups() -> list[Group]:
    """Return every group: everybody, sexes and quintiles, then bands, activity and crossings."""
    return [*_singly(), *_crossed()]


def _singly() -> Iterator[Group]:
    """Yield everybody and each stratum alone, first in the order of the groups of effects."""
    yield Group(ALL, cells=_cells(BY_AGE))
    for k, sex in enumerate(c.SEXES):
        yield Group(sex, sex=sex, cells=_cells(BY_AGE[k]))
    for k, fifth in enumerate(QUINTILES):
        yield Group(fifth, deprivation=fifth, cells=_cells(BY_FIFTH[:, k]))
    for k, band in enumerate(c.AGE_BANDS):
        yield Group(band, age_band=band, cells=_cells(BY_AGE[:, k]))
    for k, activity in enumerate(c.ACTIVITY_GROUPS):
        yield Group(activity, activity_group=activity, cells=_cells(BY_ACTIVITY[:, k]))


def _crossed() -> Iterator[Group]:
    """Yield the cells, one by one."""
    for j, sex in enumerate(c.SEXES):
        for k, band in enumerate(c.AGE_BANDS):
            yield Group(f"{sex}, {band}", sex=sex, age_band=band, cells=_cells(BY_AGE[j, k]))
    for j, sex in enumerate(c.SEXES):
        for k, fifth in enumerate(QUINTILES):
            own = _cells(BY_FIFTH[j, k])
            yield Group(f"{sex}, quintile {fifth}", sex=sex, deprivation=fifth, cells=own)
    for j, band in enumerate(c.AGE_BANDS):
        for k, activity in enumerate(c.ACTIVITY_GROUPS):
            own = _cells(BY_ACTIVITY[j, k])
            yield Group(f"{band}, {activity}", age_band=band, activity_group=activity, cells=own)


def _cells(places: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(place) for place in np.ravel(places))


def membership(groups: list[Group]) -> NDArray[np.int64]:
    """Return which cells make up which group: ones and zeros, shape (groups, cells)."""
    found = np.zeros((len(groups), c.N_CELLS), np.int64)
    for row, group in enumerate(groups):
        found[row, list(group.cells)] = 1
    return found
