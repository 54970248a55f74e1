"""The scale of activity: what one report loses of a habit's effect, and what undoes it."""

import numpy as np
import pytest

from abm.conditions import CAUSES, CONDITIONS
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.population import dilution as quadrature
from abm.population.constants_of import activity_factors, calibrated_model
from tests.lives import causal
from tests.projection.dilution import cohort, slope_of
from tests.projection.dilution import dilution as solved_apart

PEOPLE = 40_000  # of each sex and ten-year band
WITHIN = (0.85, 1.15)
REPLICATION = {**causal(1.0), "activity.dilution.correction": 1.0}


@pytest.fixture(scope="module")
def factors():
    """The program's factor of each condition's curve, all of its effect taken as causal."""
    found = activity_factors(central_parameters(REPLICATION))
    return dict(zip(CAUSES, found.tolist(), strict=True))


@pytest.fixture(scope="module")
def asked():
    """A cohort drawn at random, asked once and followed for ten years."""
    return cohort(seed=3, points=PEOPLE)


@pytest.mark.parametrize("clock", CAUSES)
def test_a_cohort_asked_once_finds_the_published_slope(clock, factors, asked):
    """Negative control: with the curve as published on the habit it finds about half of it."""
    low, high = WITHIN
    assert low < slope_of(clock, asked, factors[clock]) < high
    as_published = slope_of(clock, asked, 1.0)
    assert 0.42 < as_published < 0.68 and not low < as_published < high


@pytest.mark.parametrize("clock", CAUSES)
def test_the_factor_agrees_with_one_solved_apart(clock, factors):
    """By other points, strata instead of levels, and halving instead of tangents."""
    assert factors[clock] == pytest.approx(solved_apart(clock), rel=0.015)


def test_the_factors_are_those_of_the_review(factors):
    """About 1.8 for heart disease and stroke, 2.1 for depression (the most), 1.65 to 1.75 cancers.

    Worked out with doses counted up to the last published one.
    """
    found = activity_factors(central_parameters({**REPLICATION, "disease.dose_cap": 35.0}))
    known = {"coronary_heart_disease": 1.8, "stroke": 1.8, "colon_cancer": 1.7, "depression": 2.05}
    for clock, factor in known.items():
        assert found[CAUSES.index(clock)] == pytest.approx(factor, abs=0.06)
    assert factors["depression"] == pytest.approx(2.1)


def test_finer_points_move_no_factor_by_much(monkeypatch):
    settled = activity_factors(central_parameters(REPLICATION))
    for name, value in (("COURSES", 1021), ("MULTIPLIER", 65), ("REPORT_NODES", 16)):
        monkeypatch.setattr(quadrature, name, value)
    quadrature._courses.cache_clear()
    try:
        finer = activity_factors(central_parameters(REPLICATION))
    finally:
        quadrature._courses.cache_clear()
    np.testing.assert_allclose(settled, finer, rtol=0.012)


def test_a_report_without_noise_of_a_habit_for_life_loses_next_to_nothing():
    p = central_parameters({**REPLICATION, "activity.slow_time_constant_years": 40.0})
    habits = calibrated_model(p).activity
    exact = habits._replace(occasion_share=np.float32(1e-6), slow_keep=np.float32(1.0))
    found = quadrature.dilution_factors(p, exact, calibrated_model(p).disease)
    np.testing.assert_allclose(found, 1.0, atol=0.06)


def test_noisier_reports_longer_follow_up_and_shorter_lags_lose_more():
    def factor(**changes):
        paths = {path.replace("__", "."): value for path, value in changes.items()}
        return activity_factors(central_parameters({**REPLICATION, **paths}))[0]

    standard = factor()
    assert factor(activity__habit_share__permanent=0.25) > standard
    assert factor(activity__dilution__cohort_years=20) > standard
    assert factor(disease__lag_years__cardiovascular=1.0) > standard


def test_no_curve_is_steepened_by_more_than_allowed():
    limited = {**REPLICATION, "activity.dilution.highest_factor": 1.5}
    found = activity_factors(central_parameters(limited))
    np.testing.assert_allclose(found, 1.5)


def test_every_condition_has_its_own_share_and_factor():
    central = calibrated_model(central_parameters()).disease.net_factor
    whole = activity_factors(central_parameters(REPLICATION))
    p = central_parameters()
    shares = [p[each.evidence.causal_share] for each in CONDITIONS]
    np.testing.assert_allclose(central, shares * whole, rtol=1e-5)
    assert 0.7 < central[0] < 0.9


def test_a_flat_curve_has_nothing_to_undo():
    p = central_parameters(REPLICATION)
    model = calibrated_model(p)
    flat = model.disease._replace(curve=np.zeros_like(model.disease.curve))
    np.testing.assert_array_equal(quadrature.dilution_factors(p, model.activity, flat), 1.0)


def test_a_cohort_of_women_is_asked_about_breast_cancer():
    p = central_parameters(REPLICATION)
    model = calibrated_model(p)
    k = c.DISEASES.index("breast_cancer")
    habits = model.activity._replace(
        median=model.activity.median * np.array([3.0, 1.0], np.float32)
    )  # men alone differ
    found = quadrature.dilution_factors(p, habits, model.disease)
    plain = quadrature.dilution_factors(p, model.activity, model.disease)
    assert found[k] == plain[k] and found[0] != plain[0]
