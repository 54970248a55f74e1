"""The tables of the United Kingdom as they are printed: a row per age, men beside women."""

from abm.evidence.place import bundled_place

COLUMNS = {
    "population": {"population": "population", "death_rate": "deaths_per_person_year"},
    "disease_rates": {
        "incidence": "incidence_per_person_year",
        "prevalence": "prevalence_share",
        "excess_mortality": "excess_mortality_per_case_year",
    },
    "causes_of_death": {"share": "share_of_deaths"},
}
NAMES = {"condition": "disease", "cause": "cause"}


def uk_table(name):
    """Return the columns of a table: ages and names once, ``male_``, ``female_`` of the numbers."""
    long = bundled_place("uk").tables[name]
    men, women = (
        [i for i, sex in enumerate(long["sex"]) if sex == wanted] for wanted in ("male", "female")
    )
    wide = {new: tuple(long[old][i] for i in men) for old, new in NAMES.items() if old in long}
    wide["age"] = tuple(long["age"][i] for i in men)
    assert wide["age"] == tuple(long["age"][i] for i in women)
    for short, column in COLUMNS[name].items():
        wide[f"male_{short}"] = tuple(long[column][i] for i in men)
        wide[f"female_{short}"] = tuple(long[column][i] for i in women)
    return wide
