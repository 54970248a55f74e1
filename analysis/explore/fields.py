"""What a reader of the page may set: labels, units, limits and steps, group by group.

The template writes them as native inputs, so that they stand in the page before a script runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abm.conditions import CONDITIONS
from abm.kernel import layout as c
from abm.modes import MODES
from abm.results.effects_table import EffectsTable

PER_CENT = 100.0


@dataclass(frozen=True)
class Field:
    """One number of the page; ``key`` is its path in a wish, times ``scale`` where it is shown.

    ``nullable``: left empty it restricts nothing. ``slider``: it is moved as well as typed.
    ``fitted``: the table does not hold it, and what it changes is fitted or simulated.
    """

    key: str
    label: str
    unit: str
    least: float
    most: float
    step: float
    scale: float = 1.0
    nullable: bool = False
    slider: bool = True
    fitted: bool = False


@dataclass(frozen=True)
class Group:
    """Fields that stand together."""

    key: str
    title: str
    fields: tuple[Field, ...]
    note: str = ""


def who() -> Group:
    """Return the numbers that say who may be offered a policy."""
    return Group("who", "Who is offered it", (
        Field("ages.0", "From age", "years", 20, 99, 1, slider=False),
        Field("ages.1", "to below age", "years", 21, 120, 1, slider=False),
        Field("met_hours_below", "Reported activity below", "marginal MET-hours a week; 8.75 is "
              "150 minutes of moderate activity; empty: any", 0.25, 59.75, 0.25,
              nullable=True, slider=False),
        Field("bmi_above", "Body mass index above", "kg/m²; empty: any", 15, 59.5, 0.5,
              nullable=True, slider=False),
    ))  # fmt: skip


def delivery(tables: Sequence[EffectsTable]) -> Group:
    """Return the numbers that say how far a policy reaches, and from when on."""
    first = min(table.starts[0] for table in tables)
    last = max(table.starts[-1] for table in tables)
    return Group("delivery", "How far it reaches", (
        Field("reach", "Reach", "% of the eligible who are offered it", 0, 100, 1, PER_CENT),
        Field("uptake", "Uptake", "% of those offered it who start", 0, 100, 1, PER_CENT),
        Field("ramp_years", "Years until full reach", "years", 0, 20, 0.5),
        Field("start", "Starts on 1 January of", "", first, last, 1),
    ))  # fmt: skip


def doses() -> Group:
    """Return what the table does not hold: minutes by mode, and how people keep it up."""
    minutes = tuple(
        Field(f"adds.{mode.name}", MODE_LABELS.get(mode.name, mode.name), "minutes a week", 0, 600,
              1, fitted=True)
        for mode in MODES
    )  # fmt: skip
    keeping = (
        Field("adherence.quit_12_weeks", "Quit within 12 weeks", "% of those who start", 0, 95, 1,
              PER_CENT, fitted=True),
        Field("adherence.half_life_years", "Half-life afterwards", "years", 0.1, 100, 0.1,
              fitted=True),
    )  # fmt: skip
    return Group("doses", "What people do, and for how long", (*minutes, *keeping))


_REPRESENTS = Field(
    "represents",
    "People represented",
    "empty: results per 100 000 people",
    1,
    2e10,
    1,
    nullable=True,
    slider=False,
)
MODE_LABELS = {
    "moderate": "Moderate activity", "vigorous": "Vigorous activity",
    "resistance": "Strength training", "endurance": "Prolonged endurance",
}  # fmt: skip


def represented() -> Group:
    """Return how many people stand behind the simulated ones, where there is no money."""
    return Group("money", "For how many", (_REPRESENTS,))


def money(currency: str) -> Group:
    """Return costs, the threshold, and how many people stand behind the simulated ones."""
    per = {
        "per_person_offered": "Per person offered it", "per_participant": "Per participant",
        "per_participant_year": "Per participant and year delivered",
        "per_resident_year": "Per resident and year", "fixed_per_year": "Fixed, per year",
    }  # fmt: skip
    costs = tuple(
        Field(f"cost.{name}", label, currency, 0, 1e12, 1 if name == "fixed_per_year" else 0.01,
              slider=False)
        for name, label in per.items()
    )  # fmt: skip
    return Group("money", "What it costs, and for how many", (
        *costs,
        Field("threshold", "Worth of a QALY", f"{currency} per QALY", 0, 1e6, 100, slider=False),
        _REPRESENTS,
    ))  # fmt: skip


def groups(tables: Sequence[EffectsTable], currency: str | None) -> list[Group]:
    """Return all groups of fields of a page; without a currency none asks for money."""
    last = represented() if currency is None else money(currency)
    return [who(), delivery(tables), doses(), last]


def condition_labels() -> dict[str, str]:
    """Return the diseases that eligibility may ask for, with their names for people."""
    labels = {each.name: each.label for each in CONDITIONS}
    return {name: labels[name] for name in c.DISEASES}
