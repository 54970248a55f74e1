"""Published incidence, prevalence and deaths have intervals: each moves in draws, by sex."""

import numpy as np
import pytest

from abm.conditions import DISEASES, condition
from abm.evidence.parameters import central_parameters, parameters_from_quantiles, uncertain_paths
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.places.country import population, published_disease
from abm.population.constants_of import calibrated_model
from abm.scenario.load import ScenarioError, load_scenario
from tests.projection.balance import published
from tests.projection.inputs import replaced

PLACE = bundled_place()

MALE, FEMALE = 0, 1


def excess_entry(disease: str) -> str:
    """Return the beginning of the paths that say how deadly it is to have a disease."""
    own = condition(disease).evidence
    scales = own.death_scale or own.all_cause_hazard_ratio or (own.death_hazard_ratio,)
    return scales[0].removesuffix(".male").removesuffix(".female")


EXCESS = {disease: excess_entry(disease) for disease in DISEASES}


def moving(beginning: str) -> list[str]:
    """Return the entries of a family that carry an interval."""
    return [path for path in uncertain_paths() if path.startswith(beginning)]


@pytest.mark.parametrize("disease", DISEASES)
def test_cases_and_deaths_of_every_disease_carry_an_interval(disease):
    cases = [f"disease.{kind}_scale.{disease}" for kind in ("incidence", "prevalence")]
    assert any(moving(path) for path in cases)
    assert moving(EXCESS[disease])


@pytest.mark.parametrize("disease", [each for each in DISEASES if each != "breast_cancer"])
def test_each_sex_has_its_own_factor(disease):
    kind = "prevalence" if condition(disease).evidence.prevalence_scale else "incidence"
    path = f"disease.{kind}_scale.{disease}.female"
    central = central_parameters()
    more = central_parameters({path: 1.1 * central[path]})
    found, before = calibrated_model(more).rates, calibrated_model(central).rates
    k = DISEASES.index(disease)
    women, were = found[k].prevalence[FEMALE], before[k].prevalence[FEMALE]
    there = were > 1e-9
    assert (women[there] > 1.02 * were[there]).all() and (women[there] < 1.12 * were[there]).all()
    assert found[k].prevalence[MALE] == pytest.approx(before[k].prevalence[MALE], rel=0.01)


def deaths_of(disease: str, parameters) -> np.ndarray:
    """Return yearly deaths of a disease in the country, by sex."""
    k = DISEASES.index(disease)
    found = calibrated_model(parameters)
    rate, causes = found.rates[k], found.deaths.causes
    per_person = causes.case_fatality[k] * rate.incidence + causes.put_down[k]
    if k in c.BY_OWN_RATE:
        per_person = per_person + causes.excess[k] * rate.prevalence
    return (population(PLACE) * per_person).sum(axis=1)


@pytest.mark.parametrize("u", [0.1, 0.9])
def test_deaths_stay_registered_whatever_the_cases(u):
    """More or fewer people may have it; deaths are those of the table of causes of death."""
    four = ("coronary_heart_disease", "stroke", "colon_cancer", "breast_cancer")
    scales = [path for d in four for path in moving(f"disease.incidence_scale.{d}")]
    moved = parameters_from_quantiles(dict.fromkeys(scales, u))
    for disease in four:
        before, found = deaths_of(disease, central_parameters()), deaths_of(disease, moved)
        assert found == pytest.approx(before, rel=0.02), disease


def test_registered_deaths_can_be_scaled():
    path = "mortality.disease_death_scale.colon_cancer.male"
    before, found = (
        deaths_of("colon_cancer", central_parameters(more)) for more in ({}, {path: 1.2})
    )
    assert found[MALE] == pytest.approx(1.2 * before[MALE], rel=1e-6)
    assert found[FEMALE] == pytest.approx(before[FEMALE], rel=1e-6)


@pytest.mark.parametrize("disease", [each for each in DISEASES if each != "depression"])
def test_scaled_figures_agree_with_the_second_arithmetic(disease):
    factors = {
        f"disease.incidence_scale.{disease}": 0.8,
        f"disease.prevalence_scale.{disease}": 0.7,
        f"mortality.disease_death_scale.{disease}": 1.1,
    }
    overrides = {
        path: value
        for beginning, value in factors.items()
        for path in (beginning, f"{beginning}.male", f"{beginning}.female")
        if path in central_parameters()
    }
    ours = published_disease(disease, central_parameters(overrides))
    with replaced(factors):
        theirs = published(disease)
    for one, other in zip(ours[:2], theirs[:2], strict=True):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-12)
    if f"mortality.disease_death_scale.{disease}" in EXCESS.values():
        assert ours[2] == pytest.approx(theirs[2], rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("disease.incidence_scale.stroke", "disease.incidence_scale.stroke.male"),
        ("disease.diabetes_incidence_scale", "disease.incidence_scale.type_2_diabetes.male"),
        ("mortality.disease_death_scale", "mortality.disease_death_scale.stroke.female"),
    ],
)
def test_the_old_names_say_which_are_new(old, new):
    with pytest.raises(ScenarioError, match="was renamed") as raised:
        load_scenario("uk", [f"parameters.{old}=0.5"])
    assert new in str(raised.value)
