"""The made-up city of ``abm/places/example_city``: its tables by formula.

    python -m tests.example_city              # which of the tables differ from the formulas
    python -m tests.example_city --rewrite    # write them anew

Nothing here was observed. Deaths follow Gompertz and Makeham, people are what these leave of equal
births, and each disease has logistic new cases by age. Of these some die at once; the others die
faster than all people do, by a ratio that falls with age, or by a rate of their own (cancers).
Prevalence and excess mortality follow, so that the tables agree with each other.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

from tests.place_tables import compare

FOLDER = Path(__file__).parents[1] / "abm" / "places" / "example_city"
SEXES = ("male", "female")
FIRST, LAST, YOUNGEST, WIDTH = 18, 110, 20, 5
BIRTHS = {"male": 1650.0, "female": 1600.0}  # people of 18
Rate = Callable[[float], float]


def logistic(top: float, middle: float, width: float) -> Rate:
    """Return a rate that rises from near 0 to ``top``, half of it at the age ``middle``."""
    return lambda age: top / (1.0 + math.exp((middle - age) / width))


def death_rate(sex: str, age: float) -> float:
    """Return deaths per person and year: Makeham's constant, Gompertz's rise, at most .7."""
    level = {"male": 3.0e-5, "female": 1.9e-5}[sex]
    return min(0.0003 + level * math.exp(0.099 * age), 0.7)


# New cases per person and year, by sex.
INCIDENCE: dict[str, dict[str, Rate]] = {
    "coronary_heart_disease": {
        "male": logistic(0.013, 68.0, 9.0), "female": logistic(0.0085, 73.0, 9.0),
    },
    "stroke": {"male": logistic(0.009, 76.0, 9.0), "female": logistic(0.008, 78.0, 9.0)},
    "type_2_diabetes": {"male": logistic(0.009, 54.0, 8.0), "female": logistic(0.007, 55.0, 8.0)},
    "colorectal_cancer": {
        "male": logistic(0.0026, 68.0, 7.0), "female": logistic(0.0019, 69.0, 7.0),
    },
    "breast_cancer": {
        "male": logistic(0.00002, 60.0, 8.0), "female": logistic(0.0034, 50.0, 7.0),
    },
}  # fmt: skip
AT_ONCE = {"coronary_heart_disease": 0.2, "stroke": 0.25}  # share of new cases who die of them
# Deaths of the ill over those of all, straight in the logarithm between these ages: of everything,
# what else they have with it, and as they are put down to the disease.
RATIO = {
    "coronary_heart_disease": {50: 2.8, 60: 2.8, 75: 2.9, 85: 2.7},
    "stroke": {50: 2.8, 60: 2.8, 75: 2.9, 85: 2.7},
    "type_2_diabetes": {50: 2.8, 60: 2.6, 75: 2.4, 85: 2.05},
}
PUT_DOWN = {50: 2.6, 60: 2.3, 75: 2.1, 85: 1.8}
MORE_WITH_CANCER = 0.4  # of the deaths of all, of what else they have
OF_CANCER: dict[str, Rate] = {
    "colorectal_cancer": lambda age: 0.050 * math.exp(0.02 * (age - 60.0)),
    "breast_cancer": lambda age: 0.015 * math.exp(0.02 * (age - 60.0)),
}
DEMENTIA = {"male": logistic(0.45, 91.0, 5.5), "female": logistic(0.50, 91.0, 5.5)}
FIRST_AGE_OF_DEMENTIA, LAST_OF_DEMENTIA, LAST_BAND = 50, 90, 100
STEPS = 10  # of a year, in which prevalence is followed
# Shares of all deaths that are no disease of the table, at 25 and at 95, straight between.
OTHER_CAUSES = {
    "other_cardiovascular": (0.04, 0.13), "other_cancer": (0.12, 0.10), "lung_cancer": (0.01, 0.03),
    "infections": (0.03, 0.11), "chronic_respiratory": (0.02, 0.08), "liver": (0.04, 0.01),
    "diabetes_as_underlying_cause": (0.01, 0.015), "external": (0.45, 0.02),
}  # fmt: skip
DEMENTIA_RATIO = 2.5  # of deaths of those with dementia over those of others


def faster(condition: str, sex: str, age: float) -> float:
    """Return by how much those with a condition die faster than others, per case and year."""
    if condition in OF_CANCER:
        return OF_CANCER[condition](age) + MORE_WITH_CANCER * death_rate(sex, age)
    return (ratio_at(RATIO[condition], age) - 1.0) * death_rate(sex, age)


def ratio_at(ratios: dict[int, float], age: float) -> float:
    """Return a ratio at an age: straight in the logarithm between the ages given, flat outside."""
    ages = sorted(ratios)
    for low, high in zip(ages, ages[1:], strict=False):
        if age < high:
            part = max(age - low, 0.0) / (high - low)
            return math.exp(math.log(ratios[low]) * (1.0 - part) + math.log(ratios[high]) * part)
    return ratios[ages[-1]]


def prevalence(condition: str, sex: str) -> list[float]:
    """Return the share that has a condition on each birthday from 20."""
    share, found = 0.0, []
    for age in range(YOUNGEST, LAST + 1):
        found.append(share)
        for step in range(STEPS):
            now = age + step / STEPS
            new = INCIDENCE[condition][sex](now) * (1.0 - AT_ONCE.get(condition, 0.0))
            leaving = share * (1.0 - share) * faster(condition, sex, now)
            share += (new - leaving) / STEPS
    return found


def excess(condition: str, sex: str, age: float, share: float) -> float:
    """Return deaths put down to a condition per case and year, those at once with them."""
    if condition in OF_CANCER:
        return OF_CANCER[condition](age)
    at_once = AT_ONCE.get(condition, 0.0) * INCIDENCE[condition][sex](age)
    return (ratio_at(PUT_DOWN, age) - 1.0) * death_rate(sex, age) + at_once / share


def in_band(curve: Rate, first: int) -> float:
    """Return the mean of a rate over the completed ages of a band."""
    return sum(curve(age + 0.5) for age in range(first, first + WIDTH)) / WIDTH


def written(number: float) -> str:
    """Return a number with four significant digits."""
    return f"{number:.4g}"


def people() -> dict[tuple[str, int], int]:
    """Return people by sex and age: what deaths leave of as many who turn 18 in every year."""
    found = {}
    for sex in SEXES:
        alive = BIRTHS[sex]
        for age in range(FIRST, LAST + 1):
            found[sex, age] = round(alive)
            alive *= math.exp(-death_rate(sex, age))
    return found


def population_rows() -> list[str]:
    """Return the lines of population.csv."""
    return ["age,sex,population,deaths_per_person_year"] + [
        f"{age},{sex},{number},{written(death_rate(sex, age))}"
        for (sex, age), number in people().items()
    ]


def disease_rows() -> list[str]:
    """Return the lines of disease_rates.csv."""
    lines = [
        "condition,sex,age,incidence_per_person_year,prevalence_share,"
        "excess_mortality_per_case_year"
    ]
    for condition in INCIDENCE:
        for sex in SEXES:
            shares = prevalence(condition, sex)
            for age in range(YOUNGEST, LAST_BAND + 1, WIDTH):
                band = shares[age - YOUNGEST : age - YOUNGEST + WIDTH + 1]
                present = sum((a + b) / 2.0 for a, b in zip(band, band[1:], strict=False)) / WIDTH
                middle = age + WIDTH / 2.0
                cells = (
                    in_band(INCIDENCE[condition][sex], age), present,
                    excess(condition, sex, middle, present),
                )  # fmt: skip
                lines.append(f"{condition},{sex},{age},{','.join(map(written, cells))}")
    for sex in SEXES:
        for age in range(FIRST_AGE_OF_DEMENTIA, LAST_OF_DEMENTIA + 1, WIDTH):
            lines.append(f"dementia,{sex},{age},0,{written(in_band(DEMENTIA[sex], age))},0")
    return lines


def cause_rows() -> list[str]:
    """Return the lines of causes_of_death.csv; what no cause has is 'other'."""
    found: dict[str, dict[tuple[str, int], float]] = {}
    persons = people()
    for sex in SEXES:
        for first in range(YOUNGEST, 91, 10):
            ages = range(first, first + 10 if first < 90 else LAST + 1)
            deaths = {age: persons[sex, age] * death_rate(sex, age) for age in ages}
            whole, left = sum(deaths.values()), 1.0
            for condition in ("coronary_heart_disease", "stroke", "colorectal_cancer",
                              "breast_cancer"):  # fmt: skip
                shares = prevalence(condition, sex)
                own = sum(
                    persons[sex, age] * there * excess(condition, sex, age + 0.5, there)
                    for age in ages
                    for there in [shares[age - YOUNGEST + (age < LAST)]]
                )
                found.setdefault(condition, {})[sex, first] = own / whole
                left -= round(own / whole, 4)
            demented = sum(
                deaths[age] * DEMENTIA[sex](age) * (DEMENTIA_RATIO - 1.0) / DEMENTIA_RATIO
                for age in ages
            )
            found.setdefault("dementia", {})[sex, first] = demented / whole
            left -= round(demented / whole, 4)
            for cause, (young, old) in OTHER_CAUSES.items():
                share = young + (old - young) * (min(first + 5, 95) - 25) / 70
                found.setdefault(cause, {})[sex, first] = share
                left -= round(share, 4)
            found.setdefault("other", {})[sex, first] = left
    lines = ["cause,sex,age,share_of_deaths"]
    for cause, shares_of in found.items():
        for (sex, first), share in sorted(shares_of.items(), key=lambda each: each[0][0] != "male"):
            lines.append(f"{cause},{sex},{first},{share:.4f}")
    return lines


def tables() -> dict[str, str]:
    """Return the tables by the names of their files."""
    rows = {"population": population_rows(), "disease_rates": disease_rows(),
            "causes_of_death": cause_rows()}  # fmt: skip
    return {f"{name}.csv": "\n".join(lines) + "\n" for name, lines in rows.items()}


def main(arguments: list[str] | None = None) -> int:
    """Compare the tables with the arithmetic, or write them anew."""
    return compare(FOLDER, tables(), __doc__.splitlines()[0], arguments)


if __name__ == "__main__":
    sys.exit(main())
