"""Sentences about places that are valid and yet may not be what their author meant."""

from __future__ import annotations

from collections.abc import Iterator

from abm.evidence.place import Place

ADULT_AGES = range(20, 90)  # beyond, few are alive and rates are often extrapolated


def doubts_about(place: Place) -> Iterator[str]:
    """Yield one sentence for each thing about a place of one's own that may not be meant so."""
    if place.bundled:
        return
    if place.is_namesake:
        yield (
            f"The place calls itself '{place.called}' in its place.yaml, as a bundled one is "
            f"called: results call it '{place.shown}'. A path always means a folder, such as "
            f"./{place.called}, and '{place.called}' alone the bundled place."
        )
    yield from _about_deaths_by_sex(place)


def _about_deaths_by_sex(place: Place) -> Iterator[str]:
    """Yield a sentence where more women than men die, as if their columns were exchanged.

    No fault: women's deaths were above men's in some countries of the past.
    """
    table = place.tables["population"]
    rows = zip(table["sex"], table["age"], table["deaths_per_person_year"], strict=True)
    rates = {(sex, int(age)): rate for sex, age, rate in rows}
    ages = [age for age in ADULT_AGES if ("male", age) in rates and ("female", age) in rates]
    above = [age for age in ages if rates["female", age] > rates["male", age]]
    if len(above) * 2 > len(ages):
        yield (
            "More women die than men of the same age in population.csv, at "
            f"{len(above)} of the {len(ages)} ages from {ages[0]} to {ages[-1]} (at {above[0]}: "
            f"{rates['female', above[0]]:g} and {rates['male', above[0]]:g} a year); are the sexes "
            "exchanged?"
        )
