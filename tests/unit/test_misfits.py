"""What calibration cannot give as the evidence asks for it is told with numbers, or refused."""

import numpy as np
import pytest

from abm import ScenarioError, load_scenario, simulate
from abm.evidence.parameters import central_parameters, draw_parameters
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.limits import spaced
from abm.places.country import death_rates, population, published_disease
from abm.population.constants_of import calibrated_model
from abm.population.misfits import ALL_DEATHS, Misfit, misfits_in_draws
from abm.population.prices import utility_asked_of_the_well
from abm.running.setup import set_up
from run import main

PLACE = bundled_place()

FEW_ONSETS = "disease.incidence_scale.coronary_heart_disease.male"
HEART = c.DISEASES.index("coronary_heart_disease")
TOO_MANY = "mortality.death_share_scale.other_cancer=3"
SMALL = ["--persons", "300", "--years", "1"]


def misfits_with(**settings):
    overrides = {path.replace("__", "."): value for path, value in settings.items()}
    return calibrated_model(central_parameters(overrides)).misfits


def test_published_values_fit():
    assert misfits_with() == ()


def test_a_scale_on_onsets_that_prevalence_holds_up_is_told_with_both_numbers():
    parameters = central_parameters({FEW_ONSETS: 0.5})
    model = calibrated_model(parameters)
    (misfit,) = model.misfits
    asked = published_disease("coronary_heart_disease", parameters)[0][0]
    used = model.rates[HEART].incidence[0]
    assert misfit.asked == pytest.approx(population(PLACE)[0] @ asked)
    assert misfit.used == pytest.approx(population(PLACE)[0] @ used)
    assert misfit.used > 1.7 * misfit.asked
    worst = int(np.argmax(population(PLACE)[0] * (used - asked)))
    assert str(misfit).startswith("first events of coronary heart disease in men: ")
    told, there = str(misfit), f"{spaced(1e5 * asked[worst])} and {spaced(1e5 * used[worst])} per"
    events, used_events = spaced(misfit.asked), spaced(misfit.used)
    assert f"{events} a year in the place asked for, {used_events} used" in told
    assert f"at age {20 + worst}: {there}" in told
    assert "disease.prevalence_scale.coronary_heart_disease.male" in str(misfit)
    assert not misfit.refused


def test_a_scale_on_onsets_with_that_on_prevalence_is_as_asked():
    onsets, prevalence = (f"disease.{each}_scale.breast_cancer" for each in
                          ("incidence", "prevalence"))  # fmt: skip
    (misfit,) = calibrated_model(central_parameters({onsets: 0.5})).misfits
    assert misfit.what == "first events of breast cancer in women" and prevalence in str(misfit)
    both = central_parameters({onsets: 0.5, prevalence: 0.5})
    assert calibrated_model(both).misfits == ()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"people__smoking_deprivation_factor__1": 5.0},
         "the largest share of smokers: 1.07 asked for, 0.95 used; "),
        ({"activity__mode_share__resistance": 0.4,
          "activity__vigorous_and_endurance_share_by_age": {25: 0.8, 45: 0.2, 65: 0.1}},
         "the least mean share of moderate activity in all activity: -0.20 asked for, 0.05 used; "),
        ({"activity__habit_share__permanent": 0.05, "activity__habit_share__slow": 0.05},
         "variance of habits within groups of women"),
    ],
)  # fmt: skip
def test_shares_that_no_population_can_have_are_told(settings, told):
    found = [str(each) for each in misfits_with(**settings)]
    assert any(each.startswith(told) for each in found), found


DIABETES_TAKES = "economics.utility_decrement.type_2_diabetes"


def worth_with(*settings):
    """Return the setup of a run, and what it tells of the worth of a year."""
    setup = set_up(load_scenario("walking_groups", [*settings]), pathways=False)
    return setup, [note for note in setup.notes if "quality" in note]


def test_an_illness_that_takes_more_than_all_of_a_year_is_told():
    setup, (told,) = worth_with(f"{DIABETES_TAKES}=0.946")
    assert told == (
        "the share of a year's quality of life that type 2 diabetes takes: 1.1 asked for, 1.0 "
        f"used; {DIABETES_TAKES} is above economics.utility_of_respondents, and no illness takes "
        "more"
    )
    assert setup.constants.economics.share_lost[c.DIABETES] == 1.0
    setup, told = worth_with(f"{DIABETES_TAKES}=0.43")
    assert setup.constants.economics.share_lost[c.DIABETES] == pytest.approx(0.5) and told == []
    # where losses add, the decrement counts and no share of it
    assert worth_with(f"{DIABETES_TAKES}=0.946", "economics.losses_add=1")[1] == []


def test_a_year_of_the_well_that_is_worth_more_than_a_year_is_told():
    path = "economics.population_utility_by_age.male"
    setup, (told,) = worth_with(f"{path}=0.99")
    sums = calibrated_model(central_parameters({path: 0.99}))
    prevalence = [rate.prevalence for rate in sums.rates]
    asked = utility_asked_of_the_well(setup.parameters, prevalence)
    assert asked[0].max() > 1.02 and asked[1].max() < 1.0
    assert told.startswith("the best quality of a year without the diseases in men: 1.")
    assert " asked for, 1.0" in told and f"(at age {20 + int(asked[0].argmax())})" in told
    assert setup.constants.economics.utility.max() == 1.0


def test_two_numbers_have_as_many_digits_as_tell_them_apart():
    assert Misfit("a", 1.0004, 1.0, "", "").numbers == ("1.0004", "1.0000")
    assert Misfit("a", 1.07, 0.95, "", "").numbers == ("1.07", "0.95")


def test_case_fatality_at_its_limit_is_told():
    found = [str(each) for each in misfits_with(mortality__disease_death_scale__stroke__male=3.0)]
    (told,) = (each for each in found if each.startswith("deaths of stroke in men: "))
    assert "mortality.acute_fatality_minimum and _maximum (0.02 and 0.6)" in told


def test_a_gap_that_no_gradient_gives_is_told():
    path = "mortality__deprivation_life_expectancy_gap_years__male"
    (misfit,) = misfits_with(**{path: 20.0})
    assert misfit.asked == 20.0 and 10.0 < misfit.used < 19.0
    assert "fifth of men: 20.0 asked for" in str(misfit)


def test_deaths_that_follow_nothing_are_all_at_most():
    found = misfits_with(mortality__death_share_scale__unresponsive=3.0)
    assert {each.what for each in found} == {
        f"deaths of all other causes that follow neither activity nor IL-6 in {sex}"
        for sex in ("men", "women")
    }
    assert all(each.asked > each.used for each in found)


def test_deaths_beyond_the_life_table_are_refused_before_anything_is_written(tmp_path, capsys):
    model = calibrated_model(central_parameters({TOO_MANY.partition("=")[0]: 3.0}))
    (men, women) = (each for each in model.misfits if each.refused)
    causes = model.deaths.causes
    used = (causes.having * causes.rate)[: c.N_COMBINATIONS].sum(axis=0)
    assert men.used == pytest.approx((population(PLACE) * used)[0].sum())
    assert men.asked == pytest.approx((population(PLACE) * death_rates(PLACE))[0].sum())
    assert men.used > 1.2 * men.asked and women.what == "deaths of all causes in women"
    for words in (["uk", *SMALL], ["walking_groups", *SMALL, "--dry-run"], ["check", "uk"]):
        out = tmp_path / "out"
        assert main([*words, "--set", TOO_MANY, "--out", str(out)]) == 2
        said = capsys.readouterr().err
        assert f"{spaced(men.asked)} a year in the place asked for, {spaced(men.used)} used" in said
        assert "Given here: mortality.death_share_scale.other_cancer." in said
        assert not out.exists()
    with pytest.raises(ScenarioError, match="contradict the life table"):
        simulate(load_scenario("uk", [TOO_MANY]), persons=10)


def test_in_a_draw_the_same_is_told_and_not_refused():
    parameters = central_parameters({TOO_MANY.partition("=")[0]: 3.0})
    assert any(each.refused for each in set_up(load_scenario("uk"), parameters, moved=True).misfits)


def test_a_run_says_what_is_not_as_asked_in_the_central_values_and_in_draws():
    scenario = load_scenario("walking_groups", [f"{FEW_ONSETS}=0.5", "persons=50", "years=1"])
    (central,) = calibrated_model(central_parameters(scenario.parameters)).misfits
    warnings = simulate(scenario, draws=3).manifest["warnings"]
    assert str(central) in warnings
    drawn = [
        calibrated_model(draw_parameters(draw, scenario.seed, scenario.parameters)).misfits
        for draw in range(3)
    ]
    by_what = {}
    for misfits in drawn:
        for each in misfits:
            by_what.setdefault(each.what, []).append(each)
    assert by_what
    (told,) = (each for each in warnings if "parameter draws" in each)
    assert told.startswith(f"in {sum(map(bool, drawn))} of 3 parameter draws, rates that")
    for what, found in by_what.items():
        many = "1 draw" if len(found) == 1 else f"{len(found)} draws"
        assert f"{what} in {many}, most in draw" in told


def test_the_worst_draw_is_named():
    found = {
        draw: [Misfit("first events of a in men", 100.0, used, "", "so it is")]
        for draw, used in ((0, 120.0), (7, 190.0), (9, 111.0))
    }
    (told,) = misfits_in_draws({**found, 3: []}, 20)
    assert told == (
        "in 3 of 20 parameter draws, rates that contradict one another were brought into balance; "
        "the results may be used (docs/model.md): first events of a in men in 3 draws, most in "
        "draw 7 (100 a year in the place drawn, 190 used)"
    )


def test_draws_that_contradict_the_life_table_are_not_called_usable():
    found = {
        draw: [Misfit("deaths in men", 100.0, 120.0, "", "so it is", refused=draw == 7)]
        for draw in (0, 7)
    }
    (told,) = misfits_in_draws(found, 20)
    assert "than the life table has are asked for in 1 of them, so intervals over draws" in told
    assert "may be used" not in told


def test_a_check_says_it_too(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("analysis.selfcheck.checks.check", lambda scenario: [])
    assert main(["check", "uk", "--set", f"{FEW_ONSETS}=0.5", "--out", str(tmp_path)]) == 0
    assert "warning: uk: first events of coronary heart disease in men" in capsys.readouterr().err


def test_tolerances_lie_above_what_published_values_need():
    model = calibrated_model(central_parameters())
    used = (model.deaths.causes.having * model.deaths.causes.rate)[: c.N_COMBINATIONS].sum(axis=0)
    people = population(PLACE)
    off = np.abs((people * used).sum(axis=1) / (people * death_rates(PLACE)).sum(axis=1) - 1)
    assert (off < ALL_DEATHS / 10).all()


def test_rates_that_no_population_can_have_are_refused_in_a_line(capsys):
    too_many = "disease.prevalence_scale.dementia.female=3"
    assert main(["uk", *SMALL, "--dry-run", "--set", too_many]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("parameters: these values of the evidence ask for what no population")
    assert line.endswith("Given here: disease.prevalence_scale.dementia.female.")
