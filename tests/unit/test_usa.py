"""The United States: tables by the arithmetic, survey figures met, and what it says of itself."""

import numpy as np
import pytest

from abm.evidence.place import BUNDLED_FOLDER, Place, bundled_place
from abm.places.country import death_rates, population
from abm.scenario.load import load_scenario
from abm.scenario.place_named import place_at
from analysis.place_fit.checked import calibration_of
from analysis.place_fit.fit import fit_of
from tests import usa

USA = bundled_place("usa")


@pytest.fixture(scope="module")
def solved():
    return {(name, sex): (new, present, dead) for name, sex, new, present, dead in usa.diseases()}


def test_the_tables_are_those_of_the_arithmetic():
    """To a last digit: a processor may round the search for new cases otherwise."""
    for name, text in usa.tables().items():
        kept = (usa.FOLDER / name).read_text(encoding="utf-8").splitlines()
        made = text.splitlines()
        assert len(made) == len(kept) and made[0] == kept[0]
        for one, other in zip(made[1:], kept[1:], strict=True):
            for cell, known in zip(one.split(","), other.split(","), strict=True):
                assert cell == known or float(cell) == pytest.approx(float(known), rel=2e-3), one


def test_people_and_deaths_are_those_published():
    people, deaths = population(USA), population(USA) * death_rates(USA)
    assert people.sum() == pytest.approx(246_700_000, rel=0.01)
    assert deaths.sum() == pytest.approx(2_854_838 - 47_000, rel=0.02)  # of 20 and more, 2019
    by_band = {25: 128.8, 35: 199.2, 45: 392.4, 55: 883.3, 65: 1764.6, 75: 4308.3}
    for first, rate in by_band.items():
        band = slice(first - 20, first - 10)
        found = 1e5 * deaths[:, band].sum() / people[:, band].sum()
        assert found == pytest.approx(rate, rel=0.02), first


def test_solved_new_cases_bring_about_the_surveys(solved):
    persons = usa.people()
    for name, sex, target in usa.targets():
        present = usa.mean_in(solved[name, sex][1], list(target), persons[sex])
        assert present == pytest.approx(np.array(list(target.values())), rel=0.1), (name, sex)


def test_new_cases_are_as_many_as_registries_count(solved):
    """Cancer Statistics 2019: 268 600 of the breast (SEER estimate); the balance was not told."""
    persons = usa.people()["female"]
    new, _, deaths = solved["breast_cancer", "female"]
    assert (persons * new).sum() == pytest.approx(268_600, rel=0.05)
    assert (persons * deaths).sum() == pytest.approx(42_300, rel=1e-3)


def test_without_deaths_more_would_have_the_disease(solved):
    """Negative control of the balance: it is deaths that keep prevalence where it is."""
    new, present, _ = solved["stroke", "male"]
    nobody = np.zeros(usa.AGES.size)
    assert usa.prevalence("stroke", new, nobody, nobody)[65] > 1.3 * present[65]


def test_its_folder_passes_every_check():
    assert isinstance(place_at(str(BUNDLED_FOLDER / "usa")), Place)
    _, fault = calibration_of(USA)
    assert not fault


def test_bundled_scenarios_run_there_without_money_and_say_so():
    told = load_scenario("walking_groups", ["population.place=usa", "years=2"]).warnings
    assert any("does not say what care costs" in each for each in told)


@pytest.mark.slow
def test_its_people_meet_every_table():
    found = fit_of(USA, 200_000, 4)
    judged = [each for each in found if each.judged]
    assert len(judged) > 90 and all(each.meets for each in judged)
