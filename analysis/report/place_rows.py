"""The place in the report: where its tables are from, and on what terms."""

from __future__ import annotations

from abm.evidence.place import Place

# Dose responses hold everywhere.
DOSE_RESPONSE = {
    "name": "Garcia and others 2023; Pearce and others 2022 (dose-response meta-analyses)",
    "used_for": "relative risks by dose of activity",
    "terms": "published results, cited",
}
CONTENT = {
    "population": "people and deaths by age and sex",
    "disease_rates": "incidence, prevalence and excess mortality by age and sex",
    "causes_of_death": "shares of causes of death by age and sex",
}


def sources_of_place(place: Place) -> list[dict[str, str]]:
    """Return the data sources of a place, each with name, used_for and terms."""
    rows = [
        {
            "name": each.source,
            "used_for": f"{CONTENT[table]}, {place.title} {each.date}",
            "terms": each.licence,
        }
        for table, each in place.sources.items()
    ]
    if "habits_source" in place.words:
        habits = {
            "name": place.words["habits_source"],
            "used_for": place.words.get("habits_used_for", "activity habits"),
            "terms": place.words.get("habits_terms", ""),
        }
        rows.append(habits)
    return [*rows, DOSE_RESPONSE]
