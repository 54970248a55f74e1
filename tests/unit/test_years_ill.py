"""Deaths of cancers by years since diagnosis: who has had it for how long, and what that adds."""

from dataclasses import replace

import numpy as np
import pytest

from abm import simulate
from abm.conditions import DISEASES, condition
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.places.country import DiseaseRates
from abm.population import constants_of
from abm.population.constants_of import calibrated_model
from abm.population.years_ill import excess_by_year, years_since_diagnosis
from abm.scenario.load import load_scenario

COLON = c.DISEASES.index("colon_cancer")
ALIKE = np.ones(c.N_YEARS_ILL)


def steady(incidence: float, excess: float, exit_rate: float) -> DiseaseRates:
    """Return rates that are the same at all ages."""
    tables = [np.full((2, c.N_AGES), rate) for rate in (incidence, 0.1, excess, exit_rate, 1.0)]
    return DiseaseRates(*tables)


def test_time_since_diagnosis_is_exponential_where_all_leave_alike():
    found = years_since_diagnosis(steady(0.01, 0.05, 0.15), ALIKE)
    old = 70 - c.YOUNGEST
    still = 1.0 - np.cumsum(found.share[:, 0, old])[:-1]
    expected = [np.exp(-0.2 * (year + 1)) for year in range(c.N_YEARS_ILL - 1)]
    assert still == pytest.approx(expected, abs=0.01)
    assert found.mean == pytest.approx(1.0)


def test_the_mean_is_that_of_two_groups_by_hand():
    """In the first year four times as deadly as later; a quarter leaves each year alive.

    Those who have it in January keep the mean rate of the year, which falls from 4 to 1 on the day
    of their diagnosis; new ones have 4, from the next month on. Integrals over the time since
    diagnosis t, from 0 to 1, of one new case a year.
    """
    leaving = 0.25
    gone = np.exp(-leaving)
    stay = (1.0 - gone) / leaving  # of e^(-xt): the share of a year that people stay
    of_time = (1.0 - gone * (1.0 + leaving)) / leaving**2  # of t e^(-xt)
    in_january = 4.0 * stay - 3.0 * of_time + gone / leaving
    not_yet = 0.5 / 12.0
    deaths = stay * in_january + 4.0 * ((1.0 - stay) / leaving - not_yet)
    expected = deaths / (1.0 / leaving - not_yet)
    by_year = np.where(np.arange(c.N_YEARS_ILL) == 0, 4.0, 1.0)
    found = years_since_diagnosis(steady(0.01, 0.0, leaving), by_year)
    assert found.mean[0, 50] == pytest.approx(expected, rel=0.002)
    assert expected < 4.0 * (1.0 - gone) + gone - 0.02  # what rates by the month would give


def test_shares_add_up_and_nobody_has_it_at_the_first_age():
    parameters = central_parameters()
    found = years_since_diagnosis(
        calibrated_model(parameters).rates[COLON], excess_by_year(parameters)[COLON]
    )
    assert found.share.sum(axis=0) == pytest.approx(1.0)
    assert found.share[-1, :, 0] == pytest.approx(1.0)  # all long ago, where nobody is


def test_published_survival_is_near_what_the_table_of_causes_leaves():
    """Two sources: net survival gives the mean excess, deaths over cases give it too."""
    model = calibrated_model(central_parameters())
    dated = [k for k, d in enumerate(DISEASES) if condition(d).evidence.excess_by_year]
    assert len(dated) >= 2
    for k in dated:
        cells = slice(60 - c.YOUNGEST, 86 - c.YOUNGEST)
        by_year = excess_by_year(central_parameters())[k]
        found = years_since_diagnosis(model.rates[k], by_year)
        assert 0.4 < (model.rates[k].excess[1, cells] / found.mean[1, cells]).mean() < 1.6


def deaths_by_year(by_year: str, years: int, persons: int) -> np.ndarray:
    """Return yearly deaths of colon cancer in a closed cohort of people who have it."""
    base = load_scenario("uk", [f"parameters.mortality.excess_by_year.colon_cancer={by_year}"])
    population = replace(base.population, diseases=("colon_cancer",), entrants=False)
    result = simulate(replace(base, population=population, years=years), persons=persons, seed=1)
    table = result.outcomes
    own = table[(table["measure"] == "deaths.colon_cancer") & (table["sex"] == "all")]
    return own[own["world"] == "baseline"].groupby("year")["value"].sum().to_numpy()


def test_a_cohort_dies_as_one_would_count_it_by_hand():
    """With deaths in the first two years alone, nobody of a cohort dies of it after that."""
    early = deaths_by_year("{1: 1, 2: 1, 3: 0}", 5, 4000)
    assert early[0] > 0
    assert early[3:].sum() <= 0.02 * early[0] + 3
    alike = deaths_by_year("1", 5, 4000)
    assert alike[4] > 0.3 * alike[0]


def test_a_first_year_without_deaths_is_sound_and_a_table_of_nothing_is_refused():
    later = np.where(np.arange(c.N_YEARS_ILL) == 0, 0.0, 0.1)
    found = years_since_diagnosis(steady(0.01, 0.05, 0.15), later)
    assert np.isfinite(found.mean).all() and (found.mean > 0.0).all()
    nothing = np.zeros(c.N_YEARS_ILL)
    with pytest.raises(ValueError, match="is 0 in every year"):
        years_since_diagnosis(steady(0.01, 0.05, 0.15), nothing)


def test_constants_that_are_no_numbers_stop_a_run(monkeypatch):
    known = constants_of._CALIBRATED(central_parameters())
    broken = known[2]._replace(excess=np.full_like(known[2].excess, np.nan))
    monkeypatch.setattr(constants_of, "_CALIBRATED", lambda _: (*known[:2], broken, known[3]))
    with pytest.raises(ValueError, match="no finite excess"):
        calibrated_model(central_parameters())
