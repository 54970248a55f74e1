"""A policy as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from abm.results.effects_table import EffectsTable
from analysis.explore.packing import Packed, packed


@dataclass(frozen=True)
class Shown:
    """A policy on the page: its table, the table packed, and the fit of what it does not hold."""

    table: EffectsTable
    pack: Packed
    fit: Mapping[str, Any] | None


def shown(table: EffectsTable, fit: Mapping[str, Any] | None = None) -> Shown:
    """Return a policy as the page shows it."""
    return Shown(table, packed(table), fit)
