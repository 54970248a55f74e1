"""The simulated population against closed forms and the figures it was calibrated to."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

from abm.conditions import where
from abm.evidence.parameters import central_parameters
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.kernel.blocks import of_world
from abm.places.country import death_rates, stationary_diseases
from abm.population.constants_of import calibrated_model
from abm.population.gap_between_fifths import life_expectancy
from abm.rules import il6
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.parts import ConstantDose
from tests.lives import bands, first_hazards, kernel_lives, scenario_of
from tests.places import BREAST, COLON, HEART
from tests.statistics import (
    assert_correlation,
    assert_distribution,
    assert_estimate,
    assert_mean,
    assert_ratio_of_variances,
    assert_share,
    assert_spread,
)

PLACE = bundled_place()

pytestmark = pytest.mark.verification
NEVER = np.float32(-100.0)
QUADRATURE = 0.02  # relative error of the calibration's integrals


def with_hazards(setup, hazards, fatality=0.0):
    """Return a setup in which everybody has the same constant hazards {clock: per year}."""
    risks = setup.constants.disease
    reference = np.full_like(risks.log_reference, NEVER)
    for clock, hazard in hazards.items():
        reference[clock] = math.log(hazard)
    flat = {
        name: np.zeros_like(getattr(risks, name))
        for name in ("bmi_slope", "smoking", "deprivation", "between_slope", "il6_slope",
                     "net_factor", "while_ill_log_ratio", "excess", "excess_of_several")
    }  # fmt: skip
    risks = risks._replace(
        log_reference=reference,
        log_exit=np.full_like(risks.log_exit, NEVER),
        case_fatality=np.full_like(risks.case_fatality, fatality),
        diabetes_ratio=np.ones_like(risks.diabetes_ratio),
        recent_ratio=np.float32(1.0),
        **flat,
    )
    return replace(setup, constants=setup.constants._replace(disease=risks))


def simple(persons, years, hazards, fatality=0.0, step_months=1):
    """Return the lives of a closed population without disease, under constant hazards."""
    scenario = scenario_of(persons=persons, years=years, entrants=False, diseases="none")
    setup = set_up(replace(scenario, step_months=step_months))
    (world,), counts = kernel_lives(with_hazards(setup, hazards, fatality), 17)
    return world, counts


# Survival


@pytest.mark.parametrize("step_months", [1, 3, 12])
def test_survival_under_a_constant_hazard(step_months):
    persons, hazard = 80_000, 0.05
    world, counts = simple(persons, 20, {c.ALL_ELSE: hazard}, step_months=step_months)
    death = world.registers[c.DEATH_TIME]
    for years in (1, 5, 20):
        assert_share(int((death >= years).sum()), persons, math.exp(-hazard * years), detect=0.05)
    died = death[death < 20.0]
    within = stats.truncexpon(b=20.0 * hazard, scale=1.0 / hazard)
    assert_distribution(died, within.cdf, detect=0.04)
    lived = np.minimum(death, 20.0)
    np.testing.assert_allclose(world.registers[c.LIFE_YEARS], lived, atol=1e-4)
    total = counts.strata[0][1:, :, c.T_PERSON_YEARS].sum() / c.FIXED_POINT
    assert total == pytest.approx(lived.sum(dtype=float), rel=1e-6)


def test_competing_risks_share_deaths_by_their_hazards():
    persons, other, heart = 60_000, 0.03, 0.02
    world, _ = simple(persons, 20, {c.ALL_ELSE: other, HEART: heart}, fatality=1.0)
    cause = world.registers[c.DEATH_CAUSE]
    dead = int((cause >= 0).sum())
    assert_share(dead, persons, 1.0 - math.exp(-20.0 * (other + heart)), detect=0.05)
    assert_share(int((cause == HEART).sum()), dead, heart / (other + heart), detect=0.07)
    assert set(np.unique(cause)) == {-1.0, float(HEART), float(c.ALL_ELSE)}


def test_an_illness_adds_its_rate_to_the_hazard_of_death():
    """Everybody has colon cancer: survival follows the sum, causes its parts."""
    persons, other, excess = 60_000, 0.03, 0.05
    scenario = scenario_of(persons=persons, years=20, entrants=False, diseases=("colon_cancer",))
    setup = with_hazards(set_up(scenario), {c.ALL_ELSE: other})
    risks = setup.constants.disease
    rates = np.zeros_like(risks.excess)
    rates[COLON] = excess
    rates[BREAST] = 1.0  # which nobody has
    alike = np.ones_like(risks.excess_by_year)
    constants = setup.constants._replace(disease=risks._replace(excess=rates, excess_by_year=alike))
    (world,), _ = kernel_lives(replace(setup, constants=constants), 17)
    cause = world.registers[c.DEATH_CAUSE]
    dead = int((cause >= 0).sum())
    assert_share(dead, persons, 1.0 - math.exp(-20.0 * (other + excess)), detect=0.05)
    assert_share(int((cause == COLON).sum()), dead, excess / (other + excess), detect=0.05)
    assert set(np.unique(cause)) == {-1.0, float(COLON), float(c.ALL_ELSE)}


def test_what_an_illness_adds_falls_with_the_years_since_diagnosis():
    """Everybody was diagnosed within the last year: a first year of .5, and .02 ever after."""
    persons, first, later, years = 60_000, 0.5, 0.02, 10
    scenario = scenario_of(
        persons=persons, years=years, entrants=False, diseases=("colon_cancer",)
    )
    setup = with_hazards(set_up(scenario), {})
    risks = setup.constants.disease
    rates, by_year = np.zeros_like(risks.excess), np.full_like(risks.excess_by_year, later)
    rates[COLON], by_year[:, 0] = 1.0, first
    within_a_year = np.zeros_like(risks.years_ill)
    within_a_year[:, 0] = 1.0
    constants = setup.constants._replace(
        disease=risks._replace(excess=rates, excess_by_year=by_year, years_ill=within_a_year)
    )
    (world,), _ = kernel_lives(replace(setup, constants=constants), 17)
    dead = int((world.registers[c.DEATH_CAUSE] == COLON).sum())
    left = np.linspace(0.0, 1.0, 1001)  # of the first year since diagnosis
    alive = np.exp(-first * left - later * (years - left)).mean()
    assert_share(dead, persons, 1.0 - alive, detect=0.06)


# Depression by its course: seven states, each left at a constant rate

FIRST_ONSET, COURSES, ENDINGS, AGAIN = 0.3, (0.5, 0.35, 0.15), (2.5, 1.25, 1 / 6, 1.25), 0.22


def states_of_depression(again=AGAIN, courses=COURSES):
    """Return the rates from each state (column) to each other, written out."""
    rates = np.zeros((7, 7))
    for state, share in zip((1, 2, 3), courses, strict=True):
        rates[state, 0] = FIRST_ONSET * share
    for state, well in ((1, 5), (2, 6), (3, 6), (4, 6)):
        rates[well, state] = ENDINGS[state - 1]
    rates[4, 6] = again
    return rates - np.diag(rates.sum(axis=0))


def depressed_lives(persons=150_000, years=6, **fields):
    """Return the lives of people never depressed at the start, and the tallies."""
    scenario = scenario_of(persons=persons, years=years, entrants=False, diseases="none")
    setup = with_hazards(set_up(scenario), {c.DEPRESSION: FIRST_ONSET})
    rates = setup.constants.disease.course_log_rate.copy()
    rates[1:5] = np.log(ENDINGS)[:, None]
    rates[6] = math.log(AGAIN)
    risks = setup.constants.disease._replace(course_log_rate=rates, **fields)
    setup = replace(setup, constants=setup.constants._replace(disease=risks))
    (world,), counts = kernel_lives(setup, 3)
    return world, counts


def assert_states(world, rates, years=6):
    """Assert that everybody's last states are those of the linear equations."""
    expected = expm(years * rates)[:, 0]
    found = np.bincount(world.integers[c.COURSE], minlength=7)
    for state, share in enumerate(expected):
        assert_share(int(found[state]), int(found.sum()), share, detect=0.3)


def test_the_course_of_depression_solves_its_linear_equations():
    world, counts = depressed_lives()
    rates = states_of_depression()
    assert_states(world, rates)
    with pytest.raises(AssertionError):
        assert_states(world, states_of_depression(again=0.3))
    with pytest.raises(AssertionError):
        assert_states(world, states_of_depression(courses=(0.35, 0.5, 0.15)))
    steps = np.linspace(0.0, 6.0, 601)
    course = np.array([expm(t * rates)[:, 0] for t in steps])
    episodes = np.trapezoid(FIRST_ONSET * course[:, 0] + AGAIN * course[:, 6], steps)
    assert_mean(world.registers[c.EPISODE_COUNT], episodes, detect=0.06)
    first = 1.0 - math.exp(-6.0 * FIRST_ONSET)
    assert_share(
        int(world.registers[c.EVENT_COUNT + c.DEPRESSION].sum()), 150_000, first, detect=0.05
    )
    of_all = counts.strata[0][1:].sum(axis=(0, 1))
    ill_years = np.trapezoid(course[:, 1:5].sum(axis=1), steps) * 150_000
    assert of_all[c.T_DEPRESSED] / c.FIXED_POINT == pytest.approx(ill_years, rel=0.02)
    assert of_all[c.T_EPISODES] == world.registers[c.EPISODE_COUNT].sum()
    never = np.trapezoid(course[:, 0], steps) * 150_000
    at_risk = of_all[c.T_PERSON_YEARS] - of_all[c.T_NOT_AT_RISK + c.DEPRESSION]
    assert at_risk / c.FIXED_POINT == pytest.approx(never, rel=0.02)


def test_what_raises_a_first_onset_raises_recurrence_as_far_as_it_is_let():
    """Smokers have three times the hazard; of recurrences, its square root where half applies."""

    def counted(applies):
        setup = set_up(scenario_of(persons=40_000, years=6, entrants=False, diseases="none"))
        smoking = np.zeros_like(setup.constants.disease.smoking)
        smoking[c.DEPRESSION] = math.log(3.0)
        world, _ = depressed_lives(
            smoking=smoking, applies_to_recurrence=np.float32(applies),
            single_course=np.float32(0.0), recurrent_course=np.float32(1.0),
        )  # fmt: skip
        once = world.registers[c.EVENT_COUNT + c.DEPRESSION] > 0
        more = world.registers[c.EPISODE_COUNT] - once
        years = np.where(once, 6.0 - world.registers[c.ONSET_TIME + c.DEPRESSION], 0.0)
        by_smoking = [world.numbers[c.SMOKER] > 0, world.numbers[c.SMOKER] == 0]
        rates = [more[own & once].sum() / years[own & once].sum() for own in by_smoking]
        return rates[0] / rates[1]

    assert counted(0.0) == pytest.approx(1.0, abs=0.06)
    assert 1.3 < counted(0.5) < math.sqrt(3.0)


# Resting IL-6


def test_training_approaches_its_set_point():
    """A constant dose, trebled for one and for two years: ln IL-6 falls along an exponential."""
    base = scenario_of("walking_groups", persons=400, years=2, activity=ConstantDose(5.0))
    policy = replace(
        base.policies[0], start=2025, reach=1.0, uptake=1.0, ramp_years=0.0, build_up_months=0.0,
        raises_to=15.0, adherence=None, adds=replace(base.policies[0].adds, moderate=0.0),
        eligible=replace(base.policies[0].eligible, met_hours_below=None, ages=None),
    )  # fmt: skip
    base = replace(base, policies=(policy,), parameters={"il6.quality.combined": 1.0})
    for years, months in ((1, 12), (2, 24)):
        setup = set_up(replace(base, years=years), pathways=False)
        (still, moved), _ = kernel_lives(setup, 1)
        inflammation = setup.constants.inflammation
        tau = -1.0 / math.log(setup.constants.step.falling)
        followed = 0
        settled = (moved.integers[c.CAUSE] < 0) & (moved.integers[c.ENTRY] == 0)
        settled &= moved.numbers[c.MULTIPLIER] == still.numbers[c.MULTIPLIER]
        for row in np.flatnonzero(settled)[:100]:
            if still.numbers[c.TRAINING, row] != still.numbers[c.SET_POINT, row]:
                continue  # became obese or diabetic on the way
            before, after = (
                il6.training_set_point(
                    float(world.numbers[c.DOSE, row] * world.numbers[c.QUALITY, row]),
                    float(world.numbers[c.MULTIPLIER, row]),
                    float(inflammation.amplitude), float(inflammation.dose_scale),
                )
                for world in (still, moved)
            )  # fmt: skip
            expected = after + (before - after) * math.exp(-months / tau)
            assert moved.numbers[c.TRAINING, row] == pytest.approx(expected, abs=2e-6)
            followed += 1
        assert followed > 80


def test_slow_processes_are_stationary():
    """After 20 years the variances are the starting ones, and the past fades at its rate."""
    scenario = scenario_of(persons=60_000, years=20, entrants=False)
    setup = with_hazards(set_up(scenario), {})
    (end,), _ = kernel_lives(setup, 21)
    (start,), _ = kernel_lives(replace(setup, scenario=replace(scenario, years=1)), 21)
    habits, inflammation = setup.constants.activity, setup.constants.inflammation
    for row, spread, keep in (
        (c.SLOW, 1.0, habits.slow_keep),
        (c.DRIFT, float(inflammation.drift_sd), inflammation.drift_keep),
        (c.OCCASION, 1.0, 0.0),
    ):
        now, then = end.numbers[row].astype(float), start.numbers[row].astype(float)
        assert_spread(now, spread, detect=0.04)
        assert_mean(now, 0.0, detect=0.05 * spread)
        assert_correlation(then, now, float(keep) ** 19, detect=0.05)
        assert_distribution(now / spread, stats.norm.cdf, detect=0.04)
    lasting = float(np.hypot(inflammation.person_sd, inflammation.drift_sd))
    both = end.numbers[c.PERSON_EFFECT] + end.numbers[c.DRIFT]
    assert_spread(both.astype(float), lasting, detect=0.04)


# Calibration


@pytest.fixture(scope="module")
def people():
    return first_hazards(420_000)


@pytest.mark.parametrize("k", range(c.N_DISEASES), ids=c.DISEASES)
def test_reference_hazards_reproduce_the_incidence(people, k):
    """Mean hazard of those at risk, per person alive, in every sex and ten-year band."""
    setup, cells, ill, hazards = people
    rate = calibrated_model(setup.parameters).rates[k]
    found = np.where(ill[k], 0.0, hazards[k])
    compare_with_incidence(cells, found, rate.incidence.ravel()[cells], detect=0.25)


def compare_with_incidence(cells, found, expected, detect):
    """Assert the sums by sex and band, each person's own being ``found`` or ``expected``.

    ``detect`` is the relative error to be noticed in any one band; two per cent by sex.
    """
    for band in range(16):
        of_band = bands(cells) == band
        if not expected[of_band].any():
            assert not found[of_band].any()
            continue
        mean = float(expected[of_band].mean())
        excess = (found - expected)[of_band]
        assert_mean(excess, 0.0, detect=detect * mean, allowance=QUADRATURE * mean)
    for sex in range(2):
        of_sex = cells // c.N_AGES == sex
        if expected[of_sex].any():
            assert found[of_sex].sum() == pytest.approx(expected[of_sex].sum(), rel=0.02)


@pytest.mark.parametrize("k", range(c.N_DISEASES), ids=c.DISEASES)
def test_starting_prevalence_is_on_target(people, k):
    setup, cells, ill, _ = people
    target = calibrated_model(setup.parameters).rates[k].prevalence.ravel()[cells]
    for band in range(16):
        of_band = bands(cells) == band
        cases = float(target[of_band].sum())
        if cases == 0.0:
            assert not ill[k][of_band].any()
            continue
        error = math.sqrt((target * (1.0 - target))[of_band].sum())
        assert_estimate(
            float(ill[k][of_band].sum()), cases, error, allowance=QUADRATURE * cases,
            detect=max(0.2 * cases, 11.0 * error + QUADRATURE * cases),
        )  # fmt: skip


def test_a_wrong_reference_hazard_would_be_noticed(people):
    """Negative control: 6 per cent more heart disease is outside what the test allows."""
    setup, cells, ill, hazards = people
    expected = stationary_diseases(setup.parameters)[HEART].incidence.ravel()[cells]
    found = 1.06 * np.where(ill[HEART], 0.0, hazards[HEART])
    for sex in range(2):
        of_sex = cells // c.N_AGES == sex
        assert found[of_sex].sum() != pytest.approx(expected[of_sex].sum(), rel=0.02)


def test_causes_of_death_add_up_to_the_life_table():
    """In every cell; by disease they are those published where case fatality may be so."""
    found = calibrated_model(central_parameters({}))
    causes, rates = found.deaths.causes, found.rates
    incidence = np.array([rate.incidence for rate in rates])
    prevalence = np.array([rate.prevalence for rate in rates])
    published = prevalence * np.array([rate.excess for rate in rates])
    by_disease = (
        prevalence * causes.excess + causes.put_down + incidence * causes.case_fatality
    )
    every = causes.other.sum(axis=0) + by_disease.sum(axis=0)
    # up to 100: beyond, shares of the ill are held but for depression
    held = 101 - c.YOUNGEST
    np.testing.assert_allclose(every[:, :held], death_rates(PLACE)[:, :held], rtol=1e-9)
    for k in where(kills="by published excess"):
        np.testing.assert_allclose(by_disease[k], published[k], rtol=1e-12)
    for k in c.ACUTE:
        floor = causes.case_fatality[k] <= 0.021
        ceiling = causes.case_fatality[k] >= 0.599
        free = ~(floor | ceiling)
        # not so: the youngest, and men of 65 to 70 after a stroke (long-term deaths suffice)
        assert free[:, :60].mean() > 0.85
        np.testing.assert_allclose(by_disease[k][free], published[k][free], rtol=1e-5)
        assert (by_disease[k][floor] >= published[k][floor] * (1.0 - 1e-5)).all()
        assert (by_disease[k][ceiling] <= published[k][ceiling] * (1.0 + 1e-5)).all()


def remaining_life(rates, age):
    """Return remaining life at an age from rates by single age from 20 on."""
    return float(life_expectancy(rates[age - c.YOUNGEST :]))


def test_the_life_table_is_reproduced(people):
    """Remaining life from everybody's death hazard at the start: other causes and fatal events."""
    setup, cells, ill, hazards = people
    fatality = setup.constants.disease.case_fatality[:, cells]
    onset = np.where(ill, 0.0, hazards[: c.N_DISEASES])
    total = hazards[c.N_DISEASES :].sum(axis=0) + (onset * fatality).sum(axis=0)
    people_by_cell = np.bincount(cells, minlength=2 * c.N_AGES)
    sums = np.bincount(cells, weights=total, minlength=2 * c.N_AGES)
    published = death_rates(PLACE)
    rates = np.where(
        people_by_cell > 0, sums / np.maximum(people_by_cell, 1), published.ravel()
    ).reshape(2, -1)
    for sex in range(2):
        for age in (20, 40, 65):
            expected = remaining_life(published[sex], age)
            assert remaining_life(rates[sex], age) == pytest.approx(expected, abs=0.5)
        lighter = remaining_life(0.93 * rates[sex], 20)  # negative control
        assert lighter != pytest.approx(remaining_life(published[sex], 20), abs=0.5)


def rates_of_run(world, years, sex):
    """Return deaths per person-year by single age over a run, and the person-years."""
    entry = world.integers[c.ENTRY]
    death = world.registers[c.DEATH_TIME]
    last = np.minimum(death, years)
    turned = np.minimum(np.ceil(last) - 1, years - 1)  # the last January, where age was last set
    first_age = world.integers[c.AGE] - (turned - entry)
    exposure, deaths = np.zeros(c.N_AGES), np.zeros(c.N_AGES)
    for year in range(years):
        here = (world.integers[c.SEX] == sex) & (entry <= year) & (last > year)
        age = (first_age + year - entry)[here].astype(int) - c.YOUNGEST
        age = np.minimum(age, c.N_AGES - 1)
        np.add.at(exposure, age, np.minimum(last[here] - year, 1.0))
        np.add.at(deaths, age, (death[here] < year + 1).astype(float))
    return deaths / np.maximum(exposure, 1.0), exposure


def test_the_life_table_lasts():
    """The deaths of a ten-year run still give the published remaining life, within 1.5 years.

    Those who survive are less deprived and smoke less than the calibration's population of their
    age, so mortality sinks a little in the course of a run.
    """
    persons, years = 100_000, 10
    setup = set_up(scenario_of(persons=persons, years=years, ages=(20, 111)))
    (world,), _ = kernel_lives(setup, 5)
    published = death_rates(PLACE)
    for sex in range(2):
        rates, exposure = rates_of_run(world, years, sex)
        rates = np.where(exposure > 20.0, rates, published[sex])
        for age in (20, 40, 65):
            found = remaining_life(np.maximum(rates, 1e-7), age)
            expected = remaining_life(published[sex], age)
            assert found == pytest.approx(expected, abs=1.5), (c.SEXES[sex], age)


# Numerical behaviour


def test_the_error_falls_with_the_root_of_replicates():
    """Variance of means of 8 replicates: an eighth of a single run's, by the F distribution."""
    setup = set_up(scenario_of(persons=512, years=3, entrants=False))
    cases = np.array(
        [
            of_world(count_population(setup, seed, 1).strata, 0)
            [1:, :, c.T_INCIDENCE : c.T_INCIDENCE + c.N_DISEASES].sum()
            for seed in range(640)
        ],
        float,
    )  # fmt: skip
    means = cases.reshape(80, 8).mean(axis=1)
    assert_ratio_of_variances(means, cases, 1.0 / 8.0, detect=8.0)
    with pytest.raises(AssertionError, match="off by a factor"):  # replicates that share draws
        assert_ratio_of_variances(math.sqrt(8.0) * means, cases, 1.0 / 8.0, detect=8.0)


def test_the_length_of_a_step_hardly_matters():
    """Steps of 1, 3 and 12 months: the same people, nearly the same histories."""
    runs = {}
    for months in (1, 3, 12):
        scenario = scenario_of("walking_groups", persons=6000, years=10)
        setup = set_up(replace(scenario, step_months=months), pathways=False)
        (_, policy), _ = kernel_lives(setup, 2)
        times = policy.registers[[*range(c.ONSET_TIME, c.ONSET_TIME + c.N_DISEASES), c.DEATH_TIME]]
        order = np.lexsort(policy.key.T)
        runs[months] = times[:, order]
    happened = runs[1] < 1e8
    for months, allowed in ((3, 0.002), (12, 0.01)):
        other = runs[months] < 1e8
        assert np.mean(other[happened | other] != happened[happened | other]) < allowed
        both = happened & other
        apart = np.abs(runs[months] - runs[1])
        assert np.mean(apart[both] > months / 12.0) < allowed
        # a new disease counts for death from the next step on, which in the very old is soon
        # and the first year of a cancer is its deadliest
        for kind, most in ((slice(c.N_DISEASES), 0.025), (slice(c.N_DISEASES, None), 0.08)):
            assert apart[kind][both[kind]].mean() < most * months / 12.0 + 0.002
