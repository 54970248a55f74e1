"""Depression solved from 12 against the worked table of the evidence, and the targets."""

import math
from dataclasses import replace

import numpy as np
import pytest

from abm.evidence.parameters import central_parameters
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.kernel.arrivals import arrivals_from
from abm.kernel.order import advance, begin
from abm.places import depression
from abm.places.country import death_rates, population
from abm.population.constants_of import calibrated_model
from abm.population.setup import empty_counts, new_block
from abm.rules import depression as rule
from abm.running.setup import set_up
from tests.lives import scenario_of
from tests.statistics import assert_estimate

PLACE = bundled_place()

NOBODY_DIES = np.zeros((2, c.N_AGES))
PATH = "disease.depression."
# Set C, evidence on health outcomes A4: ever, point, 12 months [%], episodes [per 1000], at ages
PRINTED = {
    "female": {20: (9.2, 1.8, 3.3, 17.0), 25: (14.0, 2.1, 3.9, 20.5), 35: (21.5, 2.4, 4.5, 23.7),
               45: (25.9, 2.4, 4.8, 26.6), 55: (28.8, 2.5, 5.1, 28.6), 65: (30.7, 2.5, 5.1, 29.4),
               75: (32.1, 2.5, 5.3, 30.8)},
    "male": {20: (4.3, 0.8, 1.6, 8.2), 25: (7.2, 1.2, 2.1, 11.0), 35: (11.7, 1.3, 2.5, 13.1),
             45: (14.6, 1.5, 2.8, 15.4), 55: (16.8, 1.5, 3.1, 17.0), 65: (18.2, 1.5, 3.1, 18.0),
             75: (19.1, 1.5, 3.2, 18.4)},
}  # fmt: skip
# Printed with two or three digits, from 400 000 simulated lives
WITHIN = (0.15, 0.11, 0.25, 1.0)


def solved(**entries):
    """Return depression with some entries replaced, nobody dying earlier for it."""
    changed = {PATH + name.replace("__", "."): value for name, value in entries.items()}
    return depression.solve(central_parameters(changed), NOBODY_DIES, NOBODY_DIES)


def in_a_year(course, recurrence=0.22):
    """Return the share in an episode at any time of the year from 1 January, (2, ages)."""
    share = course.share
    stay = share[rule.NEVER] * np.exp(-course.onset) + share[rule.WELL_AFTER_SINGLE]
    return 1.0 - stay - share[rule.WELL_AFTER_OTHER] * math.exp(-recurrence)


def at(course, sex, age):
    """Return what is printed of an age, in the same units."""
    place = (c.SEXES.index(sex), age - c.YOUNGEST)
    share = course.share[(slice(None), *place)]
    onsets = course.onset[place] * share[rule.NEVER] + 0.22 * share[rule.WELL_AFTER_OTHER]
    return (
        100.0 * (1.0 - share[rule.NEVER]), 100.0 * course.ill[place],
        100.0 * in_a_year(course)[place], 1000.0 * onsets,
    )  # fmt: skip


def far_off(course):
    """Return the ages at which a figure is further from the printed one than its digits say."""
    return [
        (sex, age, column)
        for sex, by_age in PRINTED.items()
        for age, printed in by_age.items()
        for column, (found, wanted) in enumerate(zip(at(course, sex, age), printed, strict=True))
        if abs(found - wanted) > WITHIN[column]
    ]


def test_the_worked_table_is_met():
    assert far_off(solved()) == []
    assert len(far_off(solved(recurrence_rate=0.30))) > 5
    assert len(far_off(solved(duration_years__chronic=4.0))) > 5


def test_everybody_is_somewhere():
    share = solved().share
    np.testing.assert_allclose(share.sum(axis=0), 1.0, atol=1e-12)
    assert (share >= 0.0).all()


def over_adults(table):
    """Return a share among people of 20 to 79, men and women."""
    people = population(PLACE)[:, :60]
    return (people * table[:, :60]).sum(axis=1) / people.sum(axis=1)


def test_targets_of_the_country_are_met_with_the_ill_dying_earlier():
    """Targets are printed with two digits; nothing was chosen to meet them."""
    rate = calibrated_model(central_parameters()).rates[c.DEPRESSION]
    men, women = 100.0 * over_adults(rate.course.ill)
    assert women == pytest.approx(2.4, abs=0.1) and men == pytest.approx(1.4, abs=0.1)
    men, women = 100.0 * over_adults(in_a_year(rate.course))
    assert women == pytest.approx(4.8, abs=0.25) and men == pytest.approx(2.8, abs=0.15)
    men, women = 100.0 * (1.0 - solved().share[rule.NEVER, :, 75 - c.YOUNGEST])
    assert women == pytest.approx(32.0, abs=0.1) and men == pytest.approx(19.1, abs=0.1)


SHORT = {
    "duration_years__single": 0.35, "duration_years__recurrent": 0.50,
    "duration_years__chronic": 4.0, "duration_years__again": 0.50,
}  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "women", "men"),
    [
        ({**SHORT, "recurrence_rate": 0.20}, (3.3, 4.3), (1.8, 2.6)),  # set A
        ({**SHORT, "recurrence_rate": 0.30}, (3.9, 5.8), (2.1, 3.6)),  # set B
    ],
)
def test_the_other_sets_are_reached_by_entries(entries, women, men):
    """12-month prevalence from 25 to 75, within half a point of the printed range."""
    found = 100.0 * in_a_year(solved(**entries), entries["recurrence_rate"])
    for sex, (low, high) in enumerate((men, women)):
        own = found[sex, 25 - c.YOUNGEST : 76 - c.YOUNGEST]
        assert low - 0.5 < own.min() and own.max() < high + 0.5


def recurred(rate, years):
    """Return the share with a recurrence so many years after the first recovery."""
    return 0.5 * (1.0 - math.exp(-rate * years))


def test_the_recurrence_of_a_survey_is_reached_by_an_entry():
    """.10 gives .20, .32 and .43 at 5, 10 and 20 years (surveyed .13, .23, .42), .22 .33 to .49."""
    assert [round(recurred(0.10, years), 2) for years in (5, 10, 20)] == [0.20, 0.32, 0.43]
    assert [round(recurred(0.22, years), 2) for years in (5, 10, 20)] == [0.33, 0.44, 0.49]
    _, women = over_adults(in_a_year(solved(recurrence_rate=0.10), 0.10))
    assert 100.0 * women == pytest.approx(3.0, abs=0.2)


def test_nobody_is_ever_ill_without_first_onsets():
    parameters = central_parameters(
        {f"disease.incidence_scale.depression.{sex}": 0.0 for sex in ("male", "female")}
    )
    course = depression.solve(parameters, NOBODY_DIES, NOBODY_DIES)
    assert (course.share[rule.NEVER] == 1.0).all() and np.isfinite(course.of_ever_ill).all()
    model = calibrated_model(parameters)
    assert (model.disease.log_reference[c.DEPRESSION] == -100.0).all()


def test_the_dead_are_missed_among_the_ill():
    """Ten times the deaths of the ill: fewer of the old are ill, and fewer ever were."""
    faster = np.minimum(5.0 * death_rates(PLACE), 1.0)
    parameters = central_parameters()
    fewer = depression.solve(parameters, faster, NOBODY_DIES)
    all_ever = depression.solve(parameters, NOBODY_DIES, faster)
    old = 85 - c.YOUNGEST
    assert (fewer.ill[:, old] < 0.8 * solved().ill[:, old]).all()
    assert (fewer.ill[:, 0] == solved().ill[:, 0]).all()
    assert (all_ever.share[rule.NEVER, :, old] > 1.1 * fewer.share[rule.NEVER, :, old]).all()


# The start population


def start(block, setup, persons):
    """Make so many people."""
    given, counts = setup.given(8), empty_counts(setup)
    begin(block, given, counts, arrivals_from(given, 0, persons, counts))


@pytest.fixture(scope="module")
def started():
    """Everybody of a large population as it starts, and what it was drawn from."""
    setup = set_up(scenario_of(persons=200_000, years=1, ages=(20, 95)))
    block = new_block(setup, 200_000)
    start(block, setup, 200_000)
    integers = block.integers[0][:, :200_000]
    return setup, integers[c.COURSE].copy(), integers[c.CELL].copy(), block.numbers[0][:, :200_000]


def assert_state(course, state, chance):
    """Assert how many are in a state; of rare ones twice as many would be noticed."""
    error, sum_of_all = math.sqrt((chance * (1.0 - chance)).sum()), float(chance.sum())
    detect = (1.0 if rule.is_ill(state) else 0.1) * sum_of_all
    found = float((course == state).sum())
    assert_estimate(found, sum_of_all, error, detect=detect, allowance=0.005 * sum_of_all)


def test_the_start_population_has_the_solved_states(started):
    setup, course, cells, numbers = started
    share = calibrated_model(setup.parameters).rates[c.DEPRESSION].course.share
    expected = share.reshape(rule.N_STATES, -1)[:, cells]
    for state in range(rule.N_STATES):
        assert_state(course, state, expected[state])
    np.testing.assert_array_equal(numbers[c.ILL + c.DEPRESSION] > 0.0, rule_ill(course))
    with pytest.raises(AssertionError, match="standard errors apart"):
        assert_state(course, rule.FIRST_SINGLE, expected[rule.FIRST_CHRONIC])


def rule_ill(course):
    """Return who is in an episode."""
    return (course >= 1) & (course <= 4)


def test_smokers_have_more_often_been_depressed(started):
    """By hand at ages 40 to 59: 1 - N^1.5 over 1 - N, weakened by what else differs."""
    _, course, cells, numbers = started
    middle = (cells % c.N_AGES >= 20) & (cells % c.N_AGES < 40)
    smoker = numbers[c.SMOKER] > 0.0
    ever = course > 0
    ratio = ever[middle & smoker].mean() / ever[middle & ~smoker].mean()
    assert 1.3 < ratio < 1.7


@pytest.mark.parametrize(("diseases", "states"), [("none", {0}), (("depression",), {1, 2, 3, 4})])
def test_a_cohort_begins_as_the_scenario_says(diseases, states):
    setup = set_up(scenario_of(persons=3000, years=1, diseases=diseases))
    block = new_block(setup, 3000)
    start(block, setup, 3000)
    assert set(np.unique(block.integers[0][c.COURSE, :3000])) == states


# Death while ill


def test_an_episode_adds_its_ratio_less_what_runs_through_heart_disease():
    model = calibrated_model(central_parameters())
    causes = model.deaths.causes
    excess, healthy = causes.excess[c.DEPRESSION], causes.rate[0]
    heart = c.DISEASES.index("coronary_heart_disease")
    onset = model.rates[heart].incidence / (1.0 - model.rates[heart].prevalence)
    through = 0.22 * onset * causes.case_fatality[heart]
    np.testing.assert_allclose(excess, 0.5 * healthy - through, rtol=1e-3, atol=1e-6)
    assert (through > 0.01 * healthy).any()
    twice = calibrated_model(central_parameters({"mortality.ill_hazard_ratio.depression": 2.0}))
    np.testing.assert_allclose(
        twice.deaths.causes.excess[c.DEPRESSION, :, 30:60], 2.0 * excess[:, 30:60], rtol=0.12
    )


def first_month(applies, persons=150_000):
    """Return the states and hazards [per year] of depression in the first month."""
    scenario = scenario_of(persons=persons, years=1, ages=(20, 95))
    entries = {PATH + "applies_to_recurrence": applies}
    setup = set_up(replace(scenario, parameters=entries))
    block, counts, given = new_block(setup, persons), empty_counts(setup), setup.given(8)
    arrivals = arrivals_from(given, 0, persons, counts)
    begin(block, given, counts, arrivals)
    course = block.integers[0][c.COURSE, :persons].copy()
    block.numbers[0][c.TOLERANCE : c.TOLERANCE + c.N_CLOCKS] = 1e30  # no event changes a hazard
    advance(block, given, counts, 0, 1, 12, arrivals)
    hazards = block.numbers[0][c.ACCUMULATED + c.DEPRESSION, :persons] * 12.0
    return course, hazards.astype(float)


@pytest.mark.parametrize("applies", [0.0, 1.0])
def test_the_mean_rate_of_recurrence_stays_whatever_acts_on_it(applies):
    course, hazards = first_month(applies)
    again = hazards[course == rule.WELL_AFTER_OTHER]
    assert again.mean() == pytest.approx(0.22, rel=0.015)
    assert (again.std() > 0.05) == (applies > 0.0)
    for state, rate in ((1, 1 / 0.40), (2, 1 / 0.80), (3, 1 / 6.0), (4, 1 / 0.80), (5, 0.0)):
        np.testing.assert_allclose(hazards[course == state], rate, rtol=1e-4, atol=1e-30)
    first = hazards[course == rule.NEVER].mean()
    assert 0.002 < first < 0.006
