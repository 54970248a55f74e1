"""In which unit the indices of a study stand, and for how many people."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from abm.evidence.place import Place
from abm.results.effects import MEANS
from abm.results.scales import PER_100_000, SIMULATED
from abm.results.units import unit_of
from abm.results.worth import is_worth, units_of_worth
from analysis.outcomes import diseases

ENDING = "_per_100k"
NO_UNIT = "1"
# Effects on an output, in its unit; all other indices are shares or distances without one.
EFFECTS = ("mu", "mu_star", "sigma", "low", "high", "swing")
_LONG = {"il6": "il6.geometric_mean", "crp": "crp.geometric_mean", "met_hours": "met_hours.mean"}


def unit_and_scale(output: str, place: Place) -> tuple[str, str]:
    """Return what a number of an output counts at a place, and for how many people.

    ``scale`` is empty where that hangs on no number of people.
    """
    quantity, _, outcome = output.partition(".")
    scale = PER_100_000 if quantity.endswith(ENDING) else SIMULATED
    if not outcome:
        measure = quantity.removesuffix(ENDING)
        return (_unit_of_worth(measure, place), scale) if is_worth(measure) else (NO_UNIT, "")
    if "relative_change" in quantity or quantity.startswith("share_"):
        return NO_UNIT, ""
    name = f"incidence.{outcome}" if outcome in diseases() else _LONG.get(outcome, outcome)
    return unit_of(name), "" if name in MEANS else scale


def _unit_of_worth(measure: str, place: Place) -> str:
    return units_of_worth(place).get(measure, place.currency)  # net benefit at any threshold


def with_units_of_indices(table: pd.DataFrame, places: Mapping[str, Place] | Place) -> pd.DataFrame:
    """Return a table of indices with the unit and the scale of each row at its end.

    Parameters
    ----------
    table
        Columns index and output at least.
    places
        Where the study is of; by scenario if the table has a column ``scenario``.
    """
    rows = zip(table["output"], table["index"], table.get("scenario", table["index"]), strict=True)
    found = [
        unit_and_scale(output, places[name] if isinstance(places, Mapping) else places)
        if kind in EFFECTS
        else (NO_UNIT, "")
        for output, kind, name in rows
    ]
    return table.assign(unit=[unit for unit, _ in found], scale=[scale for _, scale in found])
