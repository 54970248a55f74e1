"""In which unit a number of a result stands: of outcomes, of measures, of columns.

The units of health and money stand in :mod:`abm.results.economics`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from abm import conditions
from abm.biomarkers import BIOMARKERS

if TYPE_CHECKING:  # names of outcomes are asked for where nothing heavy is loaded
    import pandas as pd

ATTRIBUTE = "units"  # of a table without a column of units: its attrs, and metadata of its file
MET_HOURS = "marginal MET-hours per week"
# Of what is no event.
UNITS_OF_OTHERS = {
    "life_years": "years of life gained",
    "qalys_gained": "QALYs gained",
    "lifetime_qalys_gained": "QALYs gained to the end of life",
    "il6.geometric_mean": "pg/mL",
    "il6.spike_exposure": "fold-hours per week",
    "met_hours.mean": MET_HOURS,
}
# Of measures of the outcomes, by the first part of their name or the whole.
UNITS_OF_MEASURES = {
    "persons": "persons", "person_years": "years", "entrants": "persons", "at_risk_years": "years",
    "prevalence": "persons", "ill_years": "years", "ever": "persons", "meets_guideline": "persons",
    "il6.spike_share": "share",
}  # fmt: skip
# Of columns of persons, by the first part of their name.
UNITS_OF_COLUMNS = {
    "entry_year": "year", "age": "years", "bmi": "kg/m2", "met_hours": MET_HOURS,
    "habitual_met_hours": MET_HOURS, "met_hours_end": MET_HOURS,
    "habitual_met_hours_end": MET_HOURS, "il6_measured": "pg/mL", "il6_end": "pg/mL",
    "il6_measured_end": "pg/mL", "onset_age": "years", "cumulative_hazard": "expected events",
    "death_age": "years", **{f"{marker.name}_end": marker.unit for marker in BIOMARKERS},
    "offered": "persons", "started": "persons", "participant_years": "years",
    "ln_il6_left": "ln(pg/mL)", "persons": "persons", "year": "year",
}  # fmt: skip


def events_of(outcome: str) -> str:
    """Return what the events of a disease are called: cases, or first episodes."""
    name = outcome.removeprefix("incidence.")
    return {each.name: each.events for each in conditions.CONDITIONS}.get(name, "cases")


def unit_of(outcome: str) -> str:
    """Return what a number in a row of the tables of effects counts.

    Examples
    --------
    >>> unit_of("life_years"), unit_of("qalys_gained")
    ('years of life gained', 'QALYs gained')
    >>> unit_of("incidence.stroke"), unit_of("episodes.depression"), unit_of("deaths.stroke")
    ('cases', 'episodes', 'deaths')
    >>> unit_of("met_hours.mean"), unit_of("crp.geometric_mean")
    ('marginal MET-hours per week', 'mg/L')
    """
    if outcome in UNITS_OF_OTHERS:
        return UNITS_OF_OTHERS[outcome]
    kind, _, name = outcome.partition(".")
    levels = {marker.name: marker.unit for marker in BIOMARKERS}
    if kind in levels:
        return levels[kind]
    return events_of(name) if kind == "incidence" else kind


def units_of_care(currency: str) -> dict[str, str]:
    """Return the units of what is told of care beside outcomes, at a place with a currency."""
    money = f"{currency} of health-care savings"
    return {"care_cost_averted": money, "lifetime_care_cost_averted": f"{money} to the end of life"}


def unit_of_measure(measure: str) -> str:
    """Return the unit of a measure of the outcomes.

    Examples
    --------
    >>> unit_of_measure("at_risk_years.stroke"), unit_of_measure("incidence.depression")
    ('years', 'first episodes')
    >>> unit_of_measure("il6.p95"), unit_of_measure("il10.geometric_mean")
    ('pg/mL', 'ratio to an inactive adult')
    """
    known = UNITS_OF_MEASURES.get(measure) or UNITS_OF_MEASURES.get(measure.partition(".")[0])
    return known or unit_of("il6.geometric_mean" if measure.startswith("il6.p") else measure)


def with_units(
    table: pd.DataFrame, others: Mapping[str, str] = MappingProxyType({})
) -> pd.DataFrame:
    """Return a table of effects that says in a column, beside each outcome, what it counts.

    ``others`` are the units of outcomes that this table tells in another way.
    """
    told = table.copy()
    units = [others.get(each) or unit_of(each) for each in table["outcome"]]
    told.insert(told.columns.get_loc("outcome") + 1, "unit", units)
    return told


def with_units_of_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Note the units of a table's columns in its ``attrs``; pandas keeps them in Parquet too."""
    found = {name: UNITS_OF_COLUMNS.get(name) or UNITS_OF_COLUMNS.get(name.partition(".")[0])
             for name in map(str, table.columns)}  # fmt: skip
    table.attrs[ATTRIBUTE] = {name: unit for name, unit in found.items() if unit}
    return table
