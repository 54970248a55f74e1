"""Who the people are at the start, and whom policies reach: against the published tables."""

from dataclasses import replace

import numpy as np
import pytest

from abm import load_scenario, simulate
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.population.constants_of import constants_for
from abm.scenario.parts import Eligibility
from tests.statistics import assert_mean, assert_share
from tests.uk_tables import uk_table

PERSONS = 30_000


@pytest.fixture(scope="module")
def lives():
    """Everybody of a short run of the baseline, one row each."""
    return simulate("uk", persons=PERSONS, years=3, seed=3, keep_people=True).people


@pytest.fixture(scope="module")
def people(lives):
    """The people of the start."""
    return lives[lives["entry_year"] == lives["entry_year"].min()]


def of_sex(people, sex):
    return people[people["sex"].astype(str) == sex]


def published_people(sex, low, high):
    """Return the country's people of a sex, from one age up to another."""
    table = uk_table("population")
    pairs = zip(table["age"], table[f"{sex}_population"], strict=True)
    return sum(number for age, number in pairs if low <= age < high)


def test_sexes_and_ages_are_those_of_the_country(people):
    """Women are more numerous among the old: sexes that were swapped would show there."""
    everybody = sum(published_people(sex, 20, 95) for sex in c.SEXES)
    for sex in c.SEXES:
        for low, high, detect in ((20, 40, 0.2), (40, 60, 0.2), (60, 80, 0.2), (80, 95, 0.4)):
            here = of_sex(people, sex)["age"].between(low, high - 1).sum()
            share = published_people(sex, low, high) / everybody
            assert_share(int(here), len(people), share, detect=detect)
    old = people[people["age"] >= 85]
    men, women = (published_people(sex, 85, 95) for sex in c.SEXES)
    assert_share(len(of_sex(old, "male")), len(old), men / (men + women), detect=0.6)
    assert women > 1.3 * men


def test_newcomers_are_as_many_and_as_male_as_in_the_country(lives):
    """They come in every January after the start; how many come is no luck."""
    late = lives[lives["entry_year"] > lives["entry_year"].min()]
    parameters = central_parameters({})
    expected = 2 * PERSONS * parameters["people.entrant_rate"]
    assert len(late) == pytest.approx(expected, rel=0.01)
    men, women = (published_people(sex, 20, 21) for sex in c.SEXES)
    constants, _ = constants_for(load_scenario("uk"), parameters)
    assert constants.entrant_male_share == pytest.approx(men / (men + women))
    assert men > 1.04 * women
    assert_share(len(of_sex(late, "male")), len(late), men / (men + women), detect=0.4)


def test_the_guideline_is_met_as_surveys_find(people):
    """By sex and deprivation; the survey's figures are met within 3 points."""
    meets = people["met_hours"] >= 8.75
    for sex, published in (("male", 0.70), ("female", 0.59)):
        own = meets[of_sex(people, sex).index]
        assert_share(int(own.sum()), len(own), published - 0.015, detect=0.12)
    by_fifth = meets.groupby(people["deprivation"]).mean()
    assert by_fifth.is_monotonic_increasing
    assert by_fifth.loc[1] == pytest.approx(0.53, abs=0.03)
    assert by_fifth.loc[5] == pytest.approx(0.69, abs=0.03)
    young, old = people["age"].between(20, 29), people["age"] >= 80
    assert meets[young].mean() > meets[old].mean() + 0.25


def test_the_deprived_are_heavier_and_smoke_more(people):
    for sex, step, at_50 in (("male", 0.2, 28.8), ("female", 0.65, 28.6)):
        own = of_sex(people, sex)
        middle = own[own["age"].between(45, 55)]
        assert_mean(middle["bmi"].to_numpy(), at_50, detect=1.5)
        fifths = own.groupby("deprivation")["bmi"].mean()
        # The old among the deprived are fewer, and lighter people outlive heavier ones.
        assert (fifths.loc[1] - fifths.loc[5]) / 4.0 == pytest.approx(step, abs=0.2)
    smokers = people.groupby("deprivation")["smoker"].mean()
    assert smokers.loc[1] / smokers.loc[5] == pytest.approx(1.66 / 0.54, rel=0.25)
    men, women = (of_sex(people, sex)["smoker"].mean() for sex in c.SEXES)
    assert men / women == pytest.approx(1.13 / 0.89, rel=0.12)


# Eligibility

ANYBODY = Eligibility(None, "both", None, None, None, None)
CRITERIA = {
    "ages": ({"ages": (40, 60)}, lambda p: p["age"].between(40, 59)),
    "sex": ({"sex": "female"}, lambda p: p["sex"].astype(str) == "female"),
    "dose": ({"met_hours_below": 8.75}, lambda p: p["met_hours"] < 8.75),
    "bmi": ({"bmi_above": 30.0}, lambda p: p["bmi"] > 30.0),
    "place": ({"deprivation": (1, 2)}, lambda p: p["deprivation"] <= 2),
    "disease": ({"diseases": ("stroke", "depression")},
                lambda p: p["prevalent.stroke"] | p["prevalent.depression"]),
}  # fmt: skip


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_policy_reaches_exactly_the_eligible(criterion):
    """With full reach at the start: everybody who fits at the start, and nobody else."""
    wanted, fits = CRITERIA[criterion]
    base = load_scenario("walking_groups")
    policy = replace(
        base.policies[0], start=base.start_year, reach=1.0, ramp_years=0.0,
        eligible=replace(ANYBODY, **wanted),
    )  # fmt: skip
    scenario = replace(base, policies=(policy,), persons=2000, years=1)
    people = simulate(scenario, keep_people=True, pathways=False).people
    people = people[(people["world"] == "baseline") & (people["entry_year"] == base.start_year)]
    np.testing.assert_array_equal(people["reached"], fits(people))
    assert 20 < people["reached"].sum() < len(people) - 20
