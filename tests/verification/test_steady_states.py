"""Closed forms of whole runs, through the public interface alone.

At a steady dose the path through IL-6 and the direct term must together give the published dose
response, whatever the slope of IL-6; what a policy averts in the long run is an integral over the
doses; what training has done wears off along an exponential; and the error that a run reports is
the one that its seeds show.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from abm import ExerciseModel, load_scenario, simulate
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.population.curves import all_curves
from abm.results.effects import differences, people_ever, standard_error
from abm.rules.disease import activity_log_ratio
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.parts import Adherence, ConstantDose
from tests.lives import causal
from tests.places import HEART
from tests.statistics import assert_mean, assert_spread

pytestmark = pytest.mark.verification

# Nothing but activity differs between people of two doses: BMI goes with the dose otherwise.
ACTIVITY_ALONE = {
    path: 1.0
    for path in central_parameters({}).values
    if path.startswith("disease.bmi_hazard_ratio_per_5")
} | {"disease.diabetes_within_activity_curve": 0.0}


def lived_at(dose, overrides):
    """Return 2000 people who are well and hold a dose for life, after a year, by person."""
    scenario = load_scenario("uk")
    population = replace(
        scenario.population, activity=ConstantDose(dose), diseases="none", entrants=False
    )
    scenario = replace(
        scenario, years=1, persons=2000, population=population,
        parameters={**ACTIVITY_ALONE, **overrides},
    )  # fmt: skip
    return simulate(scenario, keep_people=True).people.set_index("person")


def alike_and_well(first, second):
    """Return who is the same person in both and lived the year without any event.

    A few are not the same: those who would not have lived to their age with the lower dose are
    drawn again.
    """
    traits = ["sex", "age", "bmi", "smoker", "deprivation"]
    same = (first[traits].astype(str) == second[traits].astype(str)).all(axis=1)
    events = [f"onset_age.{disease}" for disease in c.DISEASES] + ["death_age"]
    return same & first[events].isna().all(axis=1) & second[events].isna().all(axis=1)


@pytest.mark.parametrize("slope", [0.0, 0.34, 1.5])
@pytest.mark.parametrize("dose", [4.375, 8.75, 17.5])
def test_a_steady_dose_gives_the_published_risk_whatever_il6_does(dose, slope):
    """Every person's own hazard, over that without activity, is the published risk's power."""
    slopes = {f"disease.il6_causal_slope.{disease}": slope for disease in c.DISEASES}
    overrides = {**slopes, **causal(0.7)}
    idle, active = lived_at(0.0, overrides), lived_at(dose, overrides)
    well = alike_and_well(idle, active)
    assert well.sum() > 1500
    published = {"coronary_heart_disease": (0.861, 0.787, 0.745), "stroke": (0.862, 0.798, 0.766),
                 "type_2_diabetes": (0.845, 0.743, 0.639), "colon_cancer": (0.955, 0.925, 0.901),
                 "breast_cancer": (0.972, 0.949, 0.920),
                 "depression": (0.823, 0.746, 0.717),
                 "dementia": (0.794, 0.739, 0.744)}  # fmt: skip
    for disease, risks in published.items():
        name = f"cumulative_hazard.{disease}"
        ratio = (active.loc[well, name] / idle.loc[well, name]).dropna()
        expected = risks[[4.375, 8.75, 17.5].index(dose)] ** 0.7
        np.testing.assert_allclose(ratio, expected, rtol=2e-4)
        if disease == "breast_cancer":
            men = active["sex"].astype(str) == "male"
            assert (active.loc[men, name] == 0.0).all()


@pytest.mark.parametrize(("cap", "stroke"), [(17.5, 0.766), (35.0, 0.730)])
def test_beyond_the_cap_more_activity_lowers_no_hazard(cap, stroke):
    overrides = {"disease.dose_cap": cap, **causal(1.0)}
    idle, at_cap, beyond = (lived_at(dose, overrides) for dose in (0.0, cap, 90.0))
    name = "cumulative_hazard.stroke"
    for active in (at_cap, beyond):
        well = alike_and_well(idle, active)
        np.testing.assert_allclose((active[name] / idle[name])[well], stroke, rtol=2e-4)


def test_without_activity_the_slope_of_il6_changes_no_hazard():
    none, steep = (
        lived_at(0.0, {"disease.il6_causal_slope.stroke": slope}) for slope in (0.0, 2.0)
    )
    names = [f"cumulative_hazard.{disease}" for disease in c.DISEASES]
    np.testing.assert_array_equal(none[names], steep[names])


def surveyed_doses(quantiles, sex):
    """Return the published distribution of reported doses at some quantiles, by the evidence."""
    p = central_parameters({})
    nothing, log_sd = p[f"activity.zero_share.{sex}"], p["activity.dose_log_sd"]
    above = stats.norm.ppf(np.clip((quantiles - nothing) / (1.0 - nothing), 1e-12, 1.0))
    more = np.minimum(
        p[f"activity.median_dose.{sex}"] * np.exp(log_sd * above), p["activity.maximum_dose"]
    )
    return np.where(quantiles < nothing, p["activity.low_dose_ceiling"] * quantiles / nothing, more)


def relative_risks(doses, k):
    """Return a disease's published relative risks at some doses."""
    parameters = central_parameters({})
    curves, knots = all_curves(parameters)
    cap = parameters["disease.dose_cap"]
    shape = (cap, *knots.tolist(), *curves[k].tolist())
    return np.exp([activity_log_ratio(float(dose), *shape) for dose in doses])


@pytest.mark.parametrize("shift", ["raised to 8.75", "5 more"])
def test_the_impact_fraction_of_a_shift_is_the_integral(shift):
    """Of the people a run starts with, against an integral over the published distribution."""
    start = simulate("uk", persons=40_000, years=1, keep_people=True).people
    start = start[start["entry_year"] == start["entry_year"].min()]
    middle = (np.arange(4000) + 0.5) / 4000
    for sex in c.SEXES:
        surveyed = surveyed_doses(middle, sex)
        own = start.loc[start["sex"].astype(str) == sex, "habitual_met_hours"].to_numpy(float)
        for k in (HEART, c.DIABETES):
            before, after = (
                relative_risks(doses, k) for doses in (surveyed, shifted(surveyed, shift))
            )
            integral = 1.0 - after.mean() / before.mean()
            risks = relative_risks(own[:8000], k)
            moved = relative_risks(shifted(own[:8000], shift), k)
            # The fraction's error is that of a ratio of means: of the mean of (moved - q risk).
            residual = (moved - (1.0 - integral) * risks) / risks.mean()
            assert 0.02 < integral < 0.3
            assert_mean(residual, 0.0, detect=0.35 * integral)


def shifted(doses, shift):
    """Return doses after one of two changes."""
    return np.maximum(doses, 8.75) if shift == "raised to 8.75" else doses + 5.0


def test_what_training_did_wears_off_with_its_own_time_constant():
    """Everybody takes part for some weeks; a month later and on, ln IL-6 returns exponentially."""
    base = load_scenario("walking_groups")
    policy = replace(
        base.policies[0], adds=replace(base.policies[0].adds, moderate=300.0),
        start=base.start_year, reach=1.0, uptake=1.0, ramp_years=0.0,
        build_up_months=0.0,
        adherence=Adherence(
            quit_12_weeks=0.9, half_life_years=0.01, stays=0.0, rejoin_per_year=0.0
        ),
        eligible=replace(base.policies[0].eligible, met_hours_below=None, ages=None),
    )  # fmt: skip
    population = replace(
        base.population, activity=ConstantDose(5.0), diseases="none", entrants=False
    )
    # It would move the set point
    scale = "disease.incidence_scale.type_2_diabetes"
    overrides = {f"{scale}.male": 0.0, f"{scale}.female": 0.0}
    scenario = replace(base, policies=(policy,), population=population, parameters=overrides)
    model = ExerciseModel(scenario, persons=300, years=1, rng=5)
    gaps = {}
    for month in range(1, 12):
        model.step()
        gaps[month] = {
            person.unique_id: math.log(person.il6 / person.twin.il6) for person in model.agents
        }
    tau = central_parameters({})["il6.training.time_constant_rising_months"]
    followed = 0
    for person, early in gaps[5].items():
        if person not in gaps[11] or early > -0.004:
            continue  # died, or was with it for days only
        assert gaps[11][person] == pytest.approx(early * math.exp(-6.0 / tau), rel=0.01)
        followed += 1
    assert followed > 50


def test_the_error_a_run_reports_is_the_one_its_seeds_show():
    scenario = replace(
        load_scenario("everyone_meets_guideline"), persons=500, years=5, start_year=2026
    )
    setup = set_up(scenario, pathways=False)
    rows = {"deaths": c.OUTCOMES.index("deaths"), "life_years": c.OUTCOMES.index("life_years")}
    found = {name: [] for name in rows}
    for seed in range(200):
        counts = count_population(setup, seed, 1)
        table = differences(counts, 1)
        errors = standard_error(table, people_ever(counts))
        for name, row in rows.items():
            found[name].append((table[row, c.E_DIFFERENCE], errors[row]))
    for pairs in found.values():
        averted, error = np.array(pairs).T
        assert_spread(averted / math.sqrt(np.mean(error**2)), 1.0, detect=0.51)
