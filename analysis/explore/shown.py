"""A policy as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from abm.results.effects_table import EffectsTable
from abm.scenario.parts import Scenario
from analysis.explore.packing import Packed, packed


@dataclass(frozen=True)
class Shown:
    """A policy on the page: its table, the table packed, and the fit of what it does not hold.

    ``scenario`` is what a run of the policy alone runs: with the scenario's own number of persons.
    """

    table: EffectsTable
    pack: Packed
    fit: Mapping[str, Any] | None
    scenario: Scenario


def shown(
    table: EffectsTable, fit: Mapping[str, Any] | None = None, persons: int | None = None
) -> Shown:
    """Return a policy as the page shows it; ``persons`` are those of a run, else the table's."""
    scenario = table.scenario
    whole = replace(scenario, persons=persons or scenario.persons)
    return Shown(table, packed(table), fit, whole)
