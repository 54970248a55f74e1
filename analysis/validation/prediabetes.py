"""Item 31: new diabetes among inactive people with prediabetes who add 150 minutes a week."""

from __future__ import annotations

from dataclasses import replace

from abm import simulate
from abm.evidence.parameters import central_parameters
from abm.evidence.place import bundled_place
from abm.kernel.layout import YOUNGEST
from abm.places.country import population
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, over_seeds

PLACE = bundled_place()

HAZARD_RATIO = 10.0  # prediabetes over normal glucose (Richter 2018, recalled)
# Share with prediabetes by the first age of a band (PHE 2015, recalled).
PREVALENCE = {40: 0.09, 50: 0.14, 60: 0.20}
LENGTHS = {"31.three_years": 3, "31.six_years": 6}


def prediabetes(size: Size) -> Found:
    """Let inactive people with prediabetes add 150 minutes a week: how many cases fewer?"""
    people = population(PLACE).sum(axis=0)

    def one(seed: int) -> dict[str, float]:
        found = {}
        for name, years in LENGTHS.items():
            cases = [0.0, 0.0]
            for first, share in PREVALENCE.items():
                in_band = people[first - YOUNGEST : first - YOUNGEST + 10].sum() * share
                met = cases_per_person(first, share, years, size.persons, seed)
                cases = [whole + in_band * each for whole, each in zip(cases, met, strict=True)]
            found[name] = 100.0 * (cases[1] / cases[0] - 1.0)
        return found

    return over_seeds(size, one)


def cases_per_person(
    first: int, share: float, years: int, persons: int, seed: int
) -> tuple[float, float]:
    """Return expected cases of those who take part, per person, without and with the policy.

    The population's incidence is that of both; those with prediabetes, a ``share``, have ten times
    the hazard of the others.
    """
    scale = HAZARD_RATIO / (1.0 + share * (HAZARD_RATIO - 1.0))
    usual = central_parameters().under("disease.incidence_scale.type_2_diabetes")
    scaled = [
        f"disease.incidence_scale.type_2_diabetes.{sex}={scale * usual[sex]}" for sex in usual
    ]
    scenario = cohort("prediabetes", scaled)
    band = replace(scenario.population, ages=(first, first + 10))
    people = simulate(
        replace(scenario, population=band, years=years), persons=persons, seed=seed,
        keep_people=True, pathways=False,
    ).people  # fmt: skip
    asked = people[people["reached"]]
    met = asked.groupby("world", observed=True)["cumulative_hazard.type_2_diabetes"].mean()
    return float(met["baseline"]), float(met["policy"])
