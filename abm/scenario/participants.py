"""How many are expected to take part in a policy: spells, and those who quit and come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.rules import policy as rules
from abm.scenario.parts import Adherence

Numbers = NDArray[np.float64]

WEEKS_PER_YEAR = 365.25 / 7.0
CELLS_PER_MONTH = 4
CELLS_PER_YEAR = 12 * CELLS_PER_MONTH
FINER = 8  # points of a cell; quitting is steepest in the first weeks


@dataclass(frozen=True)
class Spells:
    """The share of starters who still take part, cell by cell.

    ``left`` counts cells from a start at the beginning of a cell, ``left_since_return`` from the
    cell within which somebody comes back at any moment; shapes (cells,). ``served`` and
    ``served_since_return`` are those of them to whom something is still delivered.
    ``returns_per_cell`` is the rate at which those who quit come back.
    """

    left: Numbers
    left_since_return: Numbers
    served: Numbers
    served_since_return: Numbers
    returns_per_cell: float


def spells(
    adherence: Adherence | None, early_shape: float, years: int, delivery: float = np.inf
) -> Spells:
    """Return the spells of a policy over so many years since their start.

    ``delivery`` is for how many years of each spell something is delivered.
    """
    cells = years * CELLS_PER_YEAR
    edges = np.linspace(0.0, years, cells * FINER + 1)
    still = np.ones(edges.size)
    if adherence is not None:
        still = _first_spell(adherence, early_shape, edges)
    fine = (still[1:] + still[:-1]) / 2.0
    within = np.clip((delivery - edges[:-1]) * CELLS_PER_YEAR * FINER, 0.0, 1.0)
    left, served = (each.reshape(cells, FINER).mean(axis=1) for each in (fine, fine * within))
    back = 0.0 if adherence is None else adherence.rejoin_per_year / CELLS_PER_YEAR
    return Spells(left, _within_a_cell(left), served, _within_a_cell(served), back)


def _within_a_cell(left: Numbers) -> Numbers:
    """Return what is left since the cell within which a spell begins at any moment."""
    since: Numbers = (left + np.concatenate([[0.0], left[:-1]])) / 2.0
    return since


def _first_spell(adherence: Adherence, early_shape: float, years: Numbers) -> Numbers:
    """Return the share of starters whose first spell has not ended so many years later."""
    number: Any = np.minimum(years * WEEKS_PER_YEAR, 12.0)
    early = np.array(
        [rules.survival_at_week(week, adherence.quit_12_weeks, early_shape) for week in number]
    )
    later = np.maximum(years - 12.0 / WEEKS_PER_YEAR, 0.0)
    kept = adherence.stays + (1.0 - adherence.stays) * 0.5 ** (later / adherence.half_life_years)
    return early * kept


@dataclass(frozen=True)
class Course:
    """Those who take part, were all alive, those of them who are served, and all who ever started.

    ``part`` and ``served`` have shape (groups, cells to come), ``ever`` (groups,).
    """

    part: Numbers
    served: Numbers
    ever: Numbers

    def after_a_year(self, spells: Spells, starters: Numbers, returning: Numbers) -> Course:
        """Return the course with a year's starters and returns; nobody comes back after it.

        ``starters`` has shape (12, groups): they start with their month. ``returning`` has shape
        (cells of a year,): the share of those coming back who are taken.
        """
        part, served, ever = self.part.copy(), self.served.copy(), self.ever.copy()
        for cell in range(CELLS_PER_YEAR):
            if cell % CELLS_PER_MONTH == 0:
                new = starters[cell // CELLS_PER_MONTH]
                ever += new
                part[:, cell:] += np.outer(new, spells.left[: part.shape[1] - cell])
                served[:, cell:] += np.outer(new, spells.served[: part.shape[1] - cell])
            chance = spells.returns_per_cell * returning[cell]
            if chance > 0.0:
                # Who comes back within a cell takes part in some of it, and is not out meanwhile.
                out = ever - part[:, cell]
                back = chance * out / (1.0 + chance * spells.left_since_return[0])
                to_come = part.shape[1] - cell
                part[:, cell:] += np.outer(back, spells.left_since_return[:to_come])
                served[:, cell:] += np.outer(back, spells.served_since_return[:to_come])
        return Course(part, served, ever)

    def years(self) -> Numbers:
        """Return the years for which each group takes part, shape (groups, years to come)."""
        return _by_year(self.part)

    def years_served(self) -> Numbers:
        """Return the years of them in which something is delivered, shaped alike."""
        return _by_year(self.served)


def _by_year(cells: Numbers) -> Numbers:
    found: Numbers = cells.reshape(len(cells), -1, CELLS_PER_YEAR).mean(axis=2)
    return found


def nobody_yet(groups: int, years: int) -> Course:
    """Return the course in which nobody has started."""
    nobody = np.zeros((groups, years * CELLS_PER_YEAR))
    return Course(nobody, nobody, np.zeros(groups))


def cells_before(end: float, year: int) -> Numbers:
    """Return 1 for the cells of a year before an end [years since the start], 0 for the others."""
    cells = year + np.arange(CELLS_PER_YEAR) / CELLS_PER_YEAR
    return np.where(cells < end - 1e-9, 1.0, 0.0)


def alive_by_year(years: int, of: Sequence[int]) -> Numbers:
    """Return the share of each of some years lived by who dies in year 0, 1, ..., ``years``.

    Shape (years + 1, len(of)); half of the year of death, the last group outlives all years.
    """
    died, wanted = np.arange(years + 1)[:, None], np.array(of)[None, :]
    return np.where(died > wanted, 1.0, np.where(died == wanted, 0.5, 0.0))

