"""IL-6: what training and drugs take from signalling, in whom, and slopes that reach below 0."""

import numpy as np
import pytest

from abm import load_scenario, simulate
from abm.conditions import CAUSES, LAGS, condition
from abm.evidence.entries import load_evidence
from abm.evidence.parameters import (
    addressed_uniform,
    central_parameters,
    parameters_from_quantiles,
)
from abm.kernel import layout as c
from abm.population.constants_of import calibrated_model
from analysis.validation.dose_response import closed_form, shares
from tests.lives import causal

ENTRIES = load_evidence().entries
SLOPE = "disease.il6_causal_slope."
HEART = "coronary_heart_disease"


def slopes(parameters):
    """Return the causal slopes on signalling that the kernel is given, by condition."""
    found = calibrated_model(parameters).disease.il6_slope
    return dict(zip(CAUSES, found.tolist(), strict=True))


@pytest.mark.parametrize("disease", ["colon_cancer", "breast_cancer"])
def test_a_slope_that_may_be_below_0_is_drawn_below_0(disease):
    path = SLOPE + disease
    drawn = parameters_from_quantiles({path: 0.025})
    assert slopes(drawn)[disease] == pytest.approx(ENTRIES[path].low, rel=1e-5)
    assert ENTRIES[path].low < 0.0


@pytest.mark.parametrize(
    ("disease", "cut"), [("colon_cancer", 0.13), ("breast_cancer", 0.075), ("depression", None)]
)
def test_no_cut_at_0_moves_the_mean_of_a_slope(disease, cut):
    """Negative control: with draws cut off at 0 the mean is ``cut`` or more."""
    entry = ENTRIES[SLOPE + disease]
    draws = np.array(
        [entry.at_quantile(addressed_uniform(1, entry.path, k)) for k in range(8_000)]
    )
    assert draws.mean() == pytest.approx(entry.value, abs=0.012)
    assert np.maximum(draws, 0.0).mean() > draws.mean()
    if cut:
        assert draws[draws > 0.0].mean() > cut


def test_who_answers_training_how_strongly():
    inflammation = calibrated_model(central_parameters()).inflammation
    assert inflammation.multiplier_of_others == pytest.approx(0.8)
    assert inflammation.multiplier == pytest.approx(1.6)
    alike = {"il6.training.diabetes_or_obesity_multiplier": 1.0}
    inflammation = calibrated_model(central_parameters(alike)).inflammation
    assert inflammation.multiplier_of_others == inflammation.multiplier == 1.0


def test_the_share_through_il6_by_closed_form():
    """Heart disease at 8.75: 14 % replicated, 17 % at a net factor of .81, .8 of these in the lean.

    Of people who answer training as the mean of trials does.
    """
    assert closed_form(central_parameters(causal(1.0)))[HEART] == pytest.approx(14.1, abs=0.2)
    assert closed_form(central_parameters(causal(0.81)))[HEART] == pytest.approx(17.4, abs=0.2)
    less = {**causal(0.81), "il6.training.signalling_share": 0.56}
    assert closed_form(central_parameters(less))[HEART] == pytest.approx(0.56 * 17.4, abs=0.2)


@pytest.mark.parametrize("share", [1.0, 0.56])
def test_a_run_has_the_share_of_the_closed_form(share):
    changes = (f"il6.training.signalling_share={share}",
               "il6.training.diabetes_or_obesity_multiplier=1")  # fmt: skip
    found = shares(1, 10_000, changes)
    given = {**causal(1.0), "il6.training.signalling_share": share}
    expected = closed_form(central_parameters(given))
    for disease in (HEART, "stroke", "type_2_diabetes"):
        assert found[disease] == pytest.approx(expected[disease], rel=0.05)


def test_what_training_takes_from_signalling_leaves_the_level_and_the_dose_response_alone():
    """At a steady dose the whole effect is published, whatever share of it signalling carries."""
    means, heart = [], []
    for share in (1.0, 0.56):
        alike = {"il6.training.diabetes_or_obesity_multiplier": 1.0, **causal(1.0)}
        given = central_parameters({"il6.training.signalling_share": share, **alike})
        run = simulate(
            load_scenario("uk", ["population.activity.met_hours=8.75"]),
            persons=400, years=3, keep_people=True, parameters=given,
        )  # fmt: skip
        means.append(np.log(run.people["il6_end"]).mean())
        heart.append(run.people[f"cumulative_hazard.{HEART}"].to_numpy())
    assert means[0] == pytest.approx(means[1])
    np.testing.assert_allclose(heart[0], heart[1], rtol=2e-5)


def test_a_drug_moves_signalling_and_level_whatever_training_does():
    """All of a drug reaches hazards: its effect does not depend on training's share."""
    averted = []
    for share in (1.0, 0.56):
        given = central_parameters({"il6.training.signalling_share": share})
        run = simulate("anti_inflammatory_drug", persons=3_000, years=4, parameters=given)
        rows = run.effects.set_index("outcome")
        averted.append(rows["expected_averted"][f"incidence.{HEART}"])
        assert rows["share_via_il6"][f"incidence.{HEART}"] == pytest.approx(1.0)
        assert rows["policy"]["il6.geometric_mean"] < rows["baseline"]["il6.geometric_mean"]
    assert averted[0] == pytest.approx(averted[1], rel=0.02)
    assert averted[0] > 0.0


def test_diabetes_follows_activity_by_a_lag_of_its_own():
    assert condition("type_2_diabetes").lag == "diabetes"
    assert LAGS["diabetes"] == "disease.lag_years.diabetes"
    lags = [c.LAG_OF_CLOCK[c.DISEASES.index(each)] for each in ("type_2_diabetes", HEART)]
    assert lags[0] != lags[1]
    assert central_parameters()["disease.lag_years.diabetes"] == 0.75


def test_diabetes_answers_a_policy_within_a_year_and_heart_disease_later():
    falls = {}
    for lag in (0.75, 3.1):
        scenario = load_scenario(
            "everyone_meets_guideline",
            [f"disease.lag_years.diabetes={lag}", "start_year=2026"],
        )
        rows = simulate(scenario, persons=4_000, years=2).effects.set_index("outcome")
        falls[lag] = rows["expected_averted"]["incidence.type_2_diabetes"]
    assert falls[0.75] > 1.5 * falls[3.1]
