"""A policy as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from abm.results.effects_table import EffectsTable
from abm.scenario.parts import Scenario
from analysis.explore.cells import Cells, aggregated
from analysis.explore.levels import Levels
from analysis.explore.packing import Packed, packed


@dataclass(frozen=True)
class Shown:
    """A policy on the page: its table, the table packed, and the fit of what it does not hold.

    ``levels``: tables at other minutes and adherence, for the page to interpolate between.
    ``cells``: where persons are respondents of a survey, what of them is packed. ``scenario`` is
    what a run of the policy alone runs: with the scenario's own number of persons.
    """

    table: EffectsTable
    pack: Packed
    fit: Mapping[str, Any] | None
    scenario: Scenario
    levels: Levels | None = None
    cells: Cells | None = None


def shown(
    table: EffectsTable, fit: Mapping[str, Any] | None = None, persons: int | None = None,
    levels: Levels | None = None,
) -> Shown:  # fmt: skip
    """Return a policy as the page shows it; ``persons`` are those of a run, else the table's."""
    return Shown(table, packed(table), fit, _of_a_run(table, persons), levels)


def shown_in_cells(
    table: EffectsTable, fit: Mapping[str, Any] | None = None, persons: int | None = None
) -> Shown:
    """Return a policy as a page shows it that holds no single person."""
    pack, cells = aggregated(table)
    return Shown(table, pack, fit, _of_a_run(table, persons), cells=cells)


def _of_a_run(table: EffectsTable, persons: int | None) -> Scenario:
    return replace(table.scenario, persons=persons or table.scenario.persons)
