"""Figures of age bands as curves by single year of age: solved by Newton's method.

Straight on the logarithmic (or logit) axis between band middles, and with every band's mean.
"""

import numpy as np

from tests.projection.inputs import (
    AGE,
    FIRST_AGE,
    SEXES,
    Table,
    figure,
    life_table,
    people,
    remembered,
    rows,
)


def _value(place: float, knots: list[tuple[float, float]]) -> float:
    """Return the height at an age: straight between knots and before the first, then level."""
    if place >= knots[-1][0]:
        return knots[-1][1]
    pairs = list(zip(knots, knots[1:], strict=False))
    (x0, y0), (x1, y1) = next((pair for pair in pairs if place < pair[1][0]), pairs[-1])
    return y0 + (y1 - y0) * (place - x0) / (x1 - x0)


def curve(
    figures: list[tuple[int, float]], share: bool = False, cases: Table | None = None
) -> Table:
    """Return the curve through (first age, mean) of bands, weighted by ``cases`` in each band."""
    firsts = [first for first, _ in figures]
    ends = [*firsts[1:], 2 * firsts[-1] - firsts[-2]]  # the last is open, but for its middle
    middles = [(first + end - 1) / 2 for first, end in zip(firsts, ends, strict=True)]
    weights = np.ones(len(AGE)) if cases is None else cases
    means = np.array([mean for _, mean in figures])
    heights = np.log(means / (1 - means)) if share else np.log(means)

    def drawn(at: Table) -> Table:
        knots = list(zip(middles, at, strict=True))
        line = np.array([_value(float(age), knots) for age in AGE])
        return 1 / (1 + np.exp(-line)) if share else np.exp(line)

    def misses(at: Table) -> Table:
        found = drawn(at)
        last = [*firsts[1:], int(AGE[-1]) + 1]
        inside = [
            slice(first - FIRST_AGE, end - FIRST_AGE)
            for first, end in zip(firsts, last, strict=True)
        ]
        return np.log([np.average(found[s], weights=weights[s]) for s in inside]) - np.log(means)

    for _ in range(50):
        gap = misses(heights)
        if abs(gap).max() < 1e-12:
            break
        tangent = (
            np.array([misses(heights + 1e-6 * row) - gap for row in np.eye(len(means))]).T / 1e-6
        )
        heights = heights - np.linalg.solve(tangent, gap)
    return drawn(heights)


MEASURES = {
    "incidence": "incidence_per_person_year",
    "prevalence": "prevalence_share",
    "excess_mortality": "excess_mortality_per_case_year",
}


def published_measure(source: str, measure: str) -> Table:
    """Return a published measure of a disease by sex and single age; zero where it is zero."""
    column = MEASURES[measure]
    found = np.zeros((2, len(AGE)))
    for s, sex in enumerate(SEXES):
        figures = sorted(
            (int(row["age"]), float(row[column]))
            for row in rows("disease_rates")
            if (row["condition"], row["sex"]) == (source, sex)
        )
        if any(mean for _, mean in figures):
            found[s] = curve(figures, share=measure == "prevalence")
            found[s, : figures[0][0] - FIRST_AGE] = 0.0
    return found


def held(table: Table) -> Table:
    """Return a table whose rates no longer change with age where published ones end."""
    last = int(figure("disease.rates_flat_from_age")) - FIRST_AGE
    return np.where(np.arange(len(AGE)) > last, table[:, last : last + 1], table)


def shares_in_bands(cause: str, sex: str) -> list[tuple[int, float]]:
    """Return a cause's share of all deaths of a sex by the first age of the band."""
    return [
        (int(row["age"]), float(row["share_of_deaths"]))
        for row in rows("causes_of_death")
        if (row["cause"], row["sex"]) == (cause, sex)
    ]


def scaled_excess(source: str) -> Table:
    """Return excess mortality with as many deaths in each band as the table of causes has."""
    excess = held(published_measure(source, "excess_mortality"))
    if not shares_in_bands(source, SEXES[0]) or not excess.any():
        return excess
    deaths = people() * held(published_measure(source, "prevalence")) * excess
    everybody = people() * life_table()
    result = np.zeros_like(excess)
    for s, sex in enumerate(SEXES):
        figures, table = [], shares_in_bands(source, sex)
        for place, (age, share) in enumerate(table):
            end = table[place + 1][0] if place + 1 < len(table) else AGE[-1] + 1
            band = slice(age - FIRST_AGE, end - FIRST_AGE)
            wanted = max(share, 1e-6) * everybody[s, band].sum()
            figures.append((age, wanted / deaths[s, band].sum()))
        result[s] = excess[s] * curve(figures, cases=deaths[s])
    return result


def share_of_deaths(*causes: str) -> Table:
    """Return the share that some causes have in all deaths, by sex and single age."""
    found = np.zeros((2, len(AGE)))
    everybody = people() * life_table()
    for cause in causes:
        for s, sex in enumerate(SEXES):
            figures = [(age, max(share, 1e-6)) for age, share in shares_in_bands(cause, sex)]
            found[s] += curve(figures, cases=everybody[s])
    return found


@remembered
def other_shares() -> tuple[Table, Table]:
    """Return the shares of other cardiovascular and of other cancer death in all deaths.

    With other cancers go lung cancer, the colorectal cancers that are not of the colon, and breast
    cancer of men.
    """
    beside_colon = 1.0 - figure("disease.colon_share_of_colorectal")
    cancer = share_of_deaths("other_cancer", "lung_cancer")
    cancer = cancer + beside_colon * share_of_deaths("colorectal_cancer")
    cancer[0] += share_of_deaths("breast_cancer")[0]
    return (
        figure("mortality.death_share_scale.other_cardiovascular")
        * share_of_deaths("other_cardiovascular"),
        figure("mortality.death_share_scale.other_cancer") * cancer,
    )


@remembered
def external_share() -> Table:
    """Return the share of external causes in all other causes of death."""
    external = share_of_deaths("external")
    whole = external + share_of_deaths(
        "infections", "chronic_respiratory", "liver", "diabetes_as_underlying_cause", "other"
    )
    return figure("mortality.death_share_scale.unresponsive") * external / whole
