"""The United States of ``abm/places/usa``: its tables by arithmetic from published figures.

    python -m tests.usa              # which of the tables differ from the arithmetic
    python -m tests.usa --rewrite    # write them anew

People are the Census Bureau's of 1 July 2019. Death rates are the Social Security Administration's
for 2019, brought to the totals by age of the National Center for Health Statistics, because they
lie 3 to 11 % above them from 65 on. No new cases of heart disease, stroke and diabetes by age and
sex are published for all adults: they are solved so that, with deaths, they bring about the
prevalence that surveys found. Cancers have published new cases, and prevalence follows from these
and deaths. Deaths by cause are recalled: totals by sex, and rates by age that only share them out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from abm.places.bands import LOGARITHM, Numbers, through_bands
from tests.example_city import MORE_WITH_CANCER, ratio_at
from tests.place_tables import compare

FOLDER = Path(__file__).parents[1] / "abm" / "places" / "usa"
SEXES = ("male", "female")
AGES = np.arange(20, 105)
BANDS = np.arange(20, 101, 5)
# Deaths of the ill over those of all, straight in the logarithm between these ages, as the program
# finds them here: of everything but their own fatal events, and later deaths put down to it.
RATIO = {
    "coronary_heart_disease": {50: 2.8, 60: 2.25, 70: 2.05, 80: 1.8, 90: 1.67},
    "stroke": {50: 2.75, 60: 2.4, 70: 2.2, 80: 1.92, 90: 1.8},
    "type_2_diabetes": {50: 2.3, 60: 1.95, 70: 1.85, 80: 1.72, 90: 1.65},
}
PUT_DOWN = {
    "coronary_heart_disease": {50: 1.97, 60: 1.7, 70: 1.6, 80: 1.46, 90: 1.44},
    "stroke": {50: 1.97, 60: 1.82, 70: 1.73, 80: 1.6, 90: 1.55},
}
FATAL = 0.02, 0.6  # of new cases, within which the program looks for those who die at once
STEPS = 4  # of a year, in which prevalence is followed
Table = dict[str, Numbers]

# Census Bureau, Vintage 2019, 1 July 2019: people in bands of five years from 20 on, the last open.
PEOPLE: dict[str, Sequence[float]] = {
    "male": (
        11064752, 12004570, 11354610, 10884941, 9907139, 10085355, 10086611, 10642489, 9856730,
        8199773, 6499806, 4318499, 2679724, 1505073, 669153, 178790, 23472,
    ),
    "female": (
        10568188, 11504446, 11076695, 10852580, 10014484, 10312396, 10390540, 11234902, 10714416,
        9255228, 7528626, 5334166, 3637483, 2392023, 1313595, 446002, 76850,
    ),
}  # fmt: skip
# Social Security Administration, period life tables (Trustees Report 2020), 2019: deaths per
# 100 000 in the same bands up to 99; the rise from 95 goes on once more.
DEATHS: dict[str, Sequence[float]] = {
    "male": (
        129.1, 161.5, 188.1, 215.0, 255.5, 365.9, 590.6, 921.5, 1329.7, 1819.3, 2716.4, 4331.5,
        7211.5, 12411.1, 21294.1, 33559.5,
    ),
    "female": (
        48.0, 66.4, 91.3, 117.9, 158.0, 236.0, 379.1, 567.8, 774.3, 1143.1, 1848.5, 3085.3, 5422.6,
        9592.1, 17024.6, 27565.6,
    ),
}  # fmt: skip
# National Center for Health Statistics over the above, both sexes, by first age of the band:
# 128.8, 199.2, 392.4, 883.3, 1764.6, 4308.3 and 13 228.6 deaths per 100 000 (Data Brief 395).
TO_PUBLISHED = {20: 1.0, 25: 1.01, 35: 1.07, 45: 1.0, 55: 1.0, 65: 0.97, 75: 0.93, 85: 0.89}

# Shares with a condition, by first age of the band, both sexes; then each sex over both.
HEART = {20: 0.010, 45: 0.036, 55: 0.090, 65: 0.143, 75: 0.242}  # NHIS 2019, told by a doctor
STROKE = {20: 0.009, 45: 0.038, 65: 0.062, 75: 0.098}  # BRFSS 2020-22: 7.7 % from 65, split
HEART_OF = {"male": 1.27, "female": 0.76}  # 7.0 and 4.2 %, adjusted for age, over their mean
STROKE_OF = {"male": 1.0, "female": 1.0}
# NHANES 2017 to March 2020: diabetes, diagnosed or not.
DIABETES = {
    "male": {20: 0.040, 40: 0.171, 60: 0.363}, "female": {20: 0.047, 40: 0.159, 60: 0.244},
}  # fmt: skip
# Age from which new cases are told apart, for what is solved.
# Diabetes from 65 over 45 to 64, diagnosed: 5.8 and 10.1 per 1 000 in 2018-19 (CDC).
DIABETES_FROM_65 = 0.574
SMOOTH = 0.1  # what a bend of new cases weighs beside being off the survey
SOLVED_FROM = {
    "coronary_heart_disease": (20, 45, 55, 65, 75), "stroke": (20, 45, 65, 75),
    "type_2_diabetes": (20, 45, 65),
}  # fmt: skip
# New cases per 100 000. Colorectal: United States Cancer Statistics 2010-14; under 40 made 20 to
# 39, below which there are next to none. Breast: SEER 2019 and 2020; under 50 made 20 to 49.
CANCERS = {
    ("colorectal_cancer", "male"): {20: 5.2, 40: 26.1, 50: 71.0, 60: 130.0, 70: 218.0, 80: 302.4},
    ("colorectal_cancer", "female"): {20: 5.0, 40: 22.5, 50: 52.5, 60: 87.6, 70: 160.5, 80: 246.3},
    ("breast_cancer", "female"): {20: 80.0, 50: 295.3, 65: 404.8},
}
# Health and Retirement Study 2016 (recalled): 3 % at 65 to 69, 35 % from 90; below 65 on the slope.
DEMENTIA = {
    50: 0.0025, 55: 0.006, 60: 0.013, 65: 0.030, 70: 0.040, 75: 0.090, 80: 0.180, 85: 0.260,
    90: 0.350,
}  # fmt: skip

# Deaths of 2019 by underlying cause, men and women (NCHS, recalled), and their rates per 100 000 at
# 20-24, 25-34, 35-44, ... 75-84 and 85+ (recalled), which only share them out over age.
FIRSTS = (20, 25, 35, 45, 55, 65, 75, 85)
BY_CAUSE: dict[str, dict[str, tuple[float, Sequence[float]]]] = {
    "coronary_heart_disease": {
        "male": (214000, (0.7, 3.2, 18, 68, 165, 335, 755, 2250)),
        "female": (147000, (0.4, 1.3, 6.5, 22, 58, 142, 420, 1720)),
    },
    "stroke": {
        "male": (64300, (0.6, 1.4, 5.0, 14.5, 37, 86, 265, 870)),
        "female": (85700, (0.5, 1.1, 4.0, 11, 24, 66, 255, 1050)),
    },
    "other_cardiovascular": {
        "male": (168000, (3.5, 9, 25, 62, 135, 270, 640, 2250)),
        "female": (195000, (2.3, 5, 14, 34, 72, 165, 510, 2250)),
    },
    "colorectal_cancer": {
        "male": (27600, (0.3, 0.9, 4.0, 14, 31, 54, 103, 195)),
        "female": (24300, (0.25, 0.8, 3.2, 10, 20, 36, 76, 160)),
    },
    "breast_cancer": {
        "male": (500, (0.005, 0.01, 0.02, 0.1, 0.4, 0.9, 1.8, 3.5)),
        "female": (42300, (0.1, 1.6, 8.9, 23, 42, 66, 108, 180)),
    },
    "lung_cancer": {
        "male": (74200, (0.05, 0.2, 1.7, 15, 78, 200, 340, 360)),
        "female": (65400, (0.05, 0.2, 1.6, 13, 58, 150, 250, 210)),
    },
    "other_cancer": {
        "male": (213000, (4.3, 7, 15, 50, 165, 370, 740, 1400)),
        "female": (151000, (3.0, 5, 13, 40, 105, 225, 410, 720)),
    },
    "dementia": {
        "male": (86000, (0.005, 0.01, 0.1, 0.5, 5, 40, 290, 1900)),
        "female": (185000, (0.005, 0.01, 0.1, 0.5, 4, 38, 330, 2900)),
    },
    "infections": {
        "male": (60000, (1.8, 4, 7, 15, 38, 75, 190, 600)),
        "female": (57000, (1.6, 3, 6, 12, 27, 57, 155, 560)),
    },
    "chronic_respiratory": {
        "male": (73600, (0.35, 0.5, 1.5, 9, 43, 130, 360, 760)),
        "female": (83400, (0.3, 0.5, 1.5, 10, 42, 115, 320, 640)),
    },
    "liver": {
        "male": (28000, (0.3, 3.5, 12, 26, 42, 37, 32, 25)),
        "female": (16300, (0.2, 2.0, 7, 15, 20, 19, 21, 20)),
    },
    "diabetes_as_underlying_cause": {
        "male": (49500, (0.9, 2.0, 6, 17, 42, 83, 150, 290)),
        "female": (38100, (0.9, 1.4, 4, 10, 24, 50, 105, 240)),
    },
    "external": {
        "male": (165000, (98, 120, 118, 110, 108, 86, 145, 440)),
        "female": (72000, (29, 38, 40, 42, 40, 38, 90, 330)),
    },
}


def by_band(values: Sequence[float], starts: Sequence[int], weights: Numbers | None) -> Numbers:
    """Return the curve over single ages that has these means in these bands."""
    return through_bands(np.array(starts, float), np.array(values), AGES, LOGARITHM, weights)


def people() -> Table:
    """Return people by sex and single age."""
    return {sex: by_band(np.array(PEOPLE[sex]) / 5.0, BANDS, None) for sex in SEXES}


def death_rates(persons: Table) -> Table:
    """Return deaths from all causes per person and year, brought to the published totals."""
    starts = sorted(TO_PUBLISHED)
    factor = [TO_PUBLISHED[max(s for s in starts if s <= band)] for band in BANDS]
    found = {}
    for sex in SEXES:
        rates = [*DEATHS[sex], DEATHS[sex][-1] ** 2 / DEATHS[sex][-2]]
        found[sex] = by_band(np.array(rates) * factor / 1e5, BANDS, persons[sex])
    return found


def share_of_deaths(cause: str, sex: str, persons: Table, rates: Table) -> Numbers:
    """Return a cause's share of all deaths by single age, straight in the logarithm."""
    total, by_age = BY_CAUSE[cause][sex]
    deaths = persons[sex] * rates[sex]
    means = mean_in(rates[sex], FIRSTS, persons[sex])
    shares = np.array(by_age) * 1e-5 / means
    curve = by_band(shares, FIRSTS, deaths)
    return np.asarray(curve * total / (curve * deaths).sum())


def faster(condition: str, rate: float, age: float) -> float:
    """Return by how much those with a condition die faster than others, its own deaths apart."""
    if condition not in RATIO:
        return MORE_WITH_CANCER * rate
    return (ratio_at(RATIO[condition], age) - 1.0) * rate


def prevalence(condition: str, new: Numbers, rates: Numbers, own_deaths: Numbers) -> Numbers:
    """Return the mean share with a condition at each age, from new cases and deaths.

    Deaths of a cancer leave with the rest; of heart disease and stroke those that later deaths do
    not explain come at once.
    """
    share, found = 0.0, np.zeros(AGES.size)
    for place, age in enumerate(AGES):
        for step in range(STEPS):
            more = faster(condition, rates[place], age + step / STEPS) * share
            if condition in PUT_DOWN:
                later = (ratio_at(PUT_DOWN[condition], float(age)) - 1.0) * rates[place] * share
                least, most = FATAL
                at_once = min(max(own_deaths[place] - later, least * new[place]), most * new[place])
            else:
                at_once, more = 0.0, more + own_deaths[place] * (share > 0.0)
            share += (new[place] - at_once - (1.0 - share) * more) / STEPS
            found[place] += share / STEPS
    return found


def mean_in(curve: Numbers, starts: Sequence[int], weights: Numbers) -> Numbers:
    """Return the means of a curve in bands, the last of them open."""
    ends = [*starts[1:], int(AGES[-1]) + 1]
    inside = [(start <= AGES) & (end > AGES) for start, end in zip(starts, ends, strict=True)]
    return np.array([np.average(curve[each], weights=weights[each]) for each in inside])


def solved(
    condition: str, target: dict[int, float], persons: Numbers, rates: Numbers, deaths: Numbers
) -> Numbers:
    """Return new cases by age that bring about a prevalence: the balance equation, backwards.

    As smooth over age as is compatible with the surveys.
    """
    starts, wanted = SOLVED_FROM[condition], np.array(list(target.values()))

    def curve(levels: NDArray[np.float64]) -> Numbers:
        if condition == "type_2_diabetes":
            levels = np.append(levels[:-1], levels[-2] + np.log(DIABETES_FROM_65))
        return by_band(np.exp(levels), starts, None)

    def off(levels: NDArray[np.float64]) -> Numbers:
        present = prevalence(condition, curve(levels), rates, deaths)
        miss = np.log(mean_in(present, list(target), persons) / wanted)
        return np.concatenate([miss, SMOOTH * np.diff(levels, 2)])

    first = np.log(np.geomspace(3e-4, 1.5e-2, len(starts)))
    return curve(least_squares(off, first, diff_step=1e-4).x)


def targets() -> Iterator[tuple[str, str, dict[int, float]]]:
    """Yield the prevalence to be met of each condition and sex whose new cases are solved."""
    for sex in SEXES:
        heart = {age: share * HEART_OF[sex] for age, share in HEART.items()}
        yield "coronary_heart_disease", sex, heart
        yield "stroke", sex, {age: share * STROKE_OF[sex] for age, share in STROKE.items()}
        yield "type_2_diabetes", sex, DIABETES[sex]


def diseases() -> Iterator[tuple[str, str, Numbers, Numbers, Numbers]]:
    """Yield condition, sex, new cases, prevalence and deaths per case, by single age."""
    persons = people()
    rates = death_rates(persons)
    none = np.zeros(AGES.size)
    own = {
        (cause, sex): share_of_deaths(cause, sex, persons, rates) * rates[sex]
        for cause in BY_CAUSE
        for sex in SEXES
    }
    for condition, sex, target in sorted(targets()):
        deaths = own.get((condition, sex), none)
        new = solved(condition, target, persons[sex], rates[sex], deaths)
        yield condition, sex, new, prevalence(condition, new, rates[sex], deaths), deaths
    for (condition, sex), bands in CANCERS.items():
        new = by_band(np.array(list(bands.values())) / 1e5, list(bands), persons[sex])
        deaths = own[condition, sex]
        yield condition, sex, new, prevalence(condition, new, rates[sex], deaths), deaths


def written(number: float) -> str:
    """Return a number with four significant digits."""
    return f"{number:.4g}"


def population_rows() -> list[str]:
    """Return the lines of population.csv."""
    persons = people()
    rates = death_rates(persons)
    return ["age,sex,population,deaths_per_person_year"] + [
        f"{age},{sex},{round(persons[sex][k])},{written(rates[sex][k])}"
        for sex in SEXES
        for k, age in enumerate(AGES)
    ]


def disease_rows() -> list[str]:
    """Return the lines of disease_rates.csv: means of bands of five years."""
    lines = [
        "condition,sex,age,incidence_per_person_year,prevalence_share,"
        "excess_mortality_per_case_year"
    ]
    for condition, sex, new, present, deaths in diseases():
        for first in BANDS:
            inside = (first <= AGES) & (first + 5 > AGES)
            share = present[inside].mean()
            cells = new[inside].mean(), share, deaths[inside].mean() / share
            lines.append(f"{condition},{sex},{first},{','.join(map(written, cells))}")
    for sex in SEXES:
        lines += [f"dementia,{sex},{age},0,{written(share)},0" for age, share in DEMENTIA.items()]
    return lines


def cause_rows() -> list[str]:
    """Return the lines of causes_of_death.csv; what no cause has is 'other'."""
    persons = people()
    rates = death_rates(persons)
    lines, left = ["cause,sex,age,share_of_deaths"], {}
    for cause in BY_CAUSE:
        for sex in SEXES:
            curve = share_of_deaths(cause, sex, persons, rates)
            means = mean_in(curve, range(20, 91, 10), persons[sex] * rates[sex])
            for first, share in zip(range(20, 91, 10), means, strict=True):
                lines.append(f"{cause},{sex},{first},{share:.4f}")
                left[sex, first] = left.get((sex, first), 1.0) - round(share, 4)
    return lines + [f"other,{sex},{first},{share:.4f}" for (sex, first), share in left.items()]


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
