"""The biomarkers beside IL-6: what they follow, and the part of a hazard that one can carry."""

import math
from dataclasses import replace

import pytest

from abm import load_scenario, simulate
from abm.biomarkers import BIOMARKERS
from abm.conditions import CAUSES
from abm.evidence.entries import load_evidence
from abm.evidence.parameters import central_parameters
from abm.population import biomarker_paths
from abm.population.biomarker_paths import additional_il6_slopes, training_slope
from abm.population.constants_of import calibrated_model
from abm.results.outcomes import companion_levels
from abm.rules.disease import activity_and_il6

HEART = "coronary_heart_disease"
MADE_UP = "crp.person_sd"  # an entry that nothing reads, in place of a slope: its value is .9
IL6_SLOPE = "disease.il6_causal_slope.coronary_heart_disease"
SHARE, LOG_RISK = 0.8, math.log(0.787)  # of heart disease at 8.75 MET-hours per week
SET_POINT = -0.16 * (1 - math.exp(-8.75 / 9))


@pytest.fixture
def crp_acts_on_heart_disease(monkeypatch):
    """Let CRP carry a part of the hazard of heart disease."""
    table = tuple(
        replace(marker, hazard_slopes={HEART: MADE_UP} if marker.name == "crp" else {})
        for marker in BIOMARKERS
    )
    monkeypatch.setattr(biomarker_paths, "BIOMARKERS", table)


def il6_share(slope, set_point, share, log_risk):
    """Return the part of a steady dose's effect on the log hazard that runs through a slope."""
    both = activity_and_il6(share, log_risk, slope, set_point, set_point)
    without = activity_and_il6(share, log_risk, slope, 0.0, set_point)
    return 1 - without / both


def test_rows_name_entries_and_conditions_that_exist():
    entries = load_evidence().entries
    for marker in BIOMARKERS:
        paths = (marker.reference, marker.il6_slope, marker.training_slope, marker.training_change)
        assert set(filter(None, paths)) <= set(entries)
        assert bool(marker.training_slope) != bool(marker.training_change)
        assert entries[marker.reference].unit == marker.unit
        assert set(marker.hazard_slopes) <= set(CAUSES)
        assert set(marker.hazard_slopes.values()) <= set(entries)


@pytest.mark.parametrize("row", BIOMARKERS, ids=lambda row: row.name)
def test_a_row_reads_its_own_entries_only(row):
    """Two biomarkers may have one value, so a path that strayed would show in no number."""
    paths = [row.reference, row.il6_slope, row.training_slope, row.training_change]
    assert all(path.startswith(f"{row.name}.") for path in paths if path)


def test_training_moves_each_biomarker_in_its_direction():
    parameters = central_parameters()
    for marker in BIOMARKERS:
        falls = training_slope(marker, parameters) * SET_POINT < 0
        assert falls == (marker.direction == "falls with training")


def test_levels_at_the_guideline_dose_are_the_published_changes():
    parameters = central_parameters()
    idle, trained = (
        companion_levels(math.log(1.25) + state, state, parameters) for state in (0.0, SET_POINT)
    )
    expected = {"crp": math.exp(0.5 * SET_POINT), "il10": 1.15, "tnf": 0.89}
    ratios = {name: float(trained[name] / idle[name]) for name in expected}
    assert ratios == pytest.approx(expected)


def test_without_an_answer_to_training_biomarkers_stay_at_their_reference_levels():
    parameters = central_parameters({"il6.training.amplitude": 0.0})
    slopes = {marker.name: training_slope(marker, parameters) for marker in BIOMARKERS}
    assert slopes == {"crp": 0.5, "il10": 0.0, "tnf": 0.0}
    scenario = load_scenario("everyone_meets_guideline", ["il6.training.amplitude=0"])
    result = simulate(scenario, persons=100, years=1, pathways=False, lifetimes=False)
    means = result.outcomes.query("sex == 'all' and age_band == 'all'").pivot_table(
        index="measure", columns="world", values="value"
    )
    for name in ("il10", "tnf"):
        level = means.loc[f"{name}.geometric_mean"]
        assert level.tolist() == pytest.approx([parameters[f"{name}.reference_level"]] * 2)
    assert means.loc["il6.geometric_mean"].nunique() == 1


def test_only_conditions_that_a_row_names_get_an_additional_slope():
    named = {condition for marker in BIOMARKERS for condition in marker.hazard_slopes}
    assert set(additional_il6_slopes(central_parameters())) == named


@pytest.mark.usefixtures("crp_acts_on_heart_disease")
def test_the_additional_slope_is_that_of_the_hazard_times_that_of_training():
    assert additional_il6_slopes(central_parameters()) == {HEART: pytest.approx(0.9 * 0.5)}
    moved = central_parameters({MADE_UP: 0.4, "crp.training_slope": 0.25})
    assert additional_il6_slopes(moved) == {HEART: pytest.approx(0.1)}


def test_slopes_of_several_biomarkers_add_up(monkeypatch):
    three = [marker for marker in BIOMARKERS if marker.name in ("crp", "il10", "tnf")]
    everyone = tuple(replace(marker, hazard_slopes={HEART: MADE_UP}) for marker in three)
    monkeypatch.setattr(biomarker_paths, "BIOMARKERS", everyone)
    by_hand = 0.9 * (0.5 + (math.log(1.15) + math.log(0.89)) / SET_POINT)
    assert additional_il6_slopes(central_parameters()) == {HEART: pytest.approx(by_hand)}


@pytest.mark.usefixtures("crp_acts_on_heart_disease")
def test_at_a_steady_dose_the_dose_response_stays_and_more_runs_through_biomarkers():
    parameters = central_parameters()
    alone = parameters[IL6_SLOPE]
    both = alone + additional_il6_slopes(parameters)[HEART]
    for slope in (alone, both):
        at_rest = activity_and_il6(SHARE, LOG_RISK, slope, SET_POINT, SET_POINT)
        assert at_rest == pytest.approx(SHARE * LOG_RISK)
        by_hand = slope * SET_POINT / (SHARE * LOG_RISK)
        assert il6_share(slope, SET_POINT, SHARE, LOG_RISK) == pytest.approx(by_hand)
    assert both == pytest.approx(alone + 0.45)


@pytest.mark.usefixtures("crp_acts_on_heart_disease")
def test_the_constants_of_a_run_hold_the_additional_slope():
    parameters = central_parameters({IL6_SLOPE: 0.345678})  # not the cached ones of other tests
    slopes = calibrated_model(parameters).disease.il6_slope
    assert slopes[CAUSES.index(HEART)] == pytest.approx(0.345678 + 0.45)
    assert slopes[CAUSES.index("stroke")] == pytest.approx(
        parameters["disease.il6_causal_slope.stroke"]
    )
