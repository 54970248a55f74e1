"""Every rule against a closed form or a value computed by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from abm.population.curves import curve_pieces, monotone_slopes
from abm.rules import activity, depression, disease, economics, il6, mortality, policy
from abm.rules.arithmetic import RULES, normal_cumulative

# Activity


def test_drift_keeps_its_variance():
    assert activity.drifted(2.0, 0.8, 0.5) == pytest.approx(1.6 + 0.6 * 0.5)
    keep = math.exp(-1.0 / 5.0)
    assert keep**2 + activity.drifted(0.0, keep, 1.0) ** 2 == pytest.approx(1.0)


def test_latent_habit_shares_its_variance():
    given = {"for_life_share": 0.35, "slow_share": 0.25}
    assert activity.latent_habit(0.3, 0.9, 1.0, 0.0, **given) == pytest.approx(
        0.3 + 0.9 * math.sqrt(0.35 / 0.60)
    )
    assert activity.latent_habit(-0.1, 0.9, 0.0, 1.0, **given) == pytest.approx(
        -0.1 + 0.9 * math.sqrt(0.25 / 0.60)
    )


def test_latent_report_mixes_habit_and_occasion():
    assert activity.latent_report(1.5, -0.5, 0.40) == pytest.approx(
        1.5 * math.sqrt(0.60) - 0.5 * math.sqrt(0.40)
    )


def dose(latent, highest=1e6):
    """Return the dose of a man."""
    return activity.dose(latent, 0.20, 1.6, 23.0, 0.93, highest)


def test_dose_below_the_share_of_zeros_is_uniform():
    assert dose(stats.norm.ppf(0.10)) == pytest.approx(0.8, rel=1e-5)
    assert dose(stats.norm.ppf(0.1999)) == pytest.approx(1.6 * 0.1999 / 0.20, rel=1e-4)


def test_dose_above_the_share_of_zeros_is_lognormal():
    assert dose(stats.norm.ppf(0.60)) == pytest.approx(23.0, rel=1e-5)
    upper = 0.20 + 0.80 * stats.norm.cdf(1.0)
    assert dose(stats.norm.ppf(upper)) == pytest.approx(23.0 * math.exp(0.93), rel=1e-5)
    assert dose(9.0, highest=150.0) == 150.0


@pytest.mark.parametrize(("zero", "median", "share"), [(0.20, 23.0, 0.68), (0.24, 17.0, 0.58)])
def test_dose_gives_the_surveyed_share_meeting_the_guideline(zero, median, share):
    scores = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    found = np.mean([activity.dose(z, zero, 1.6, median, 0.93, 1e6) >= 8.75 for z in scores])
    assert found == pytest.approx(share, abs=0.012)


@pytest.mark.parametrize("latent", [-0.5, 0.0, 0.7, 2.0])
def test_latent_of_dose_is_the_inverse(latent):
    back = activity.latent_of_dose(dose(latent), 0.20, 1.6, 23.0, 0.93, 0.5)
    assert back == pytest.approx(latent, abs=1e-5)


@pytest.mark.parametrize("within", [0.1, 0.5, 0.9])
def test_the_place_among_the_inactive_is_drawn(within):
    score = activity.latent_of_dose(0.0, 0.20, 1.6, 23.0, 0.93, within)
    assert normal_cumulative(score) == pytest.approx(0.20 * within, abs=1e-5)


def test_the_inactive_are_placed_by_a_draw():
    """Whatever small dose a survey heard of, the place is drawn among the lowest fifth."""
    for reported in (0.0, 1.5):
        for within in (0.1, 0.9):
            score = activity.latent_of_dose(reported, 0.20, 1.6, 23.0, 0.93, within)
            assert score == pytest.approx(stats.norm.ppf(0.20 * within), abs=1e-5)


def quality(*modes):
    """Return the quality of a mix with resistance worth 0.8 and 1.2 for combinations."""
    return activity.quality(*modes, 1.0, 1.0, 0.8, 1.0, 1.2, 0.1)


def test_quality_by_hand():
    assert quality(10.0, 0.0, 0.0, 0.0) == 1.0
    assert quality(0.0, 0.0, 3.0, 0.0) == pytest.approx(0.8)
    assert quality(0.5, 0.0, 0.5, 0.0) == pytest.approx(1.2 * 0.9)
    assert quality(0.95, 0.0, 0.05, 0.0) == pytest.approx(0.99)
    assert quality(3.0, 2.0, 3.0, 2.0) == pytest.approx(quality(0.3, 0.2, 0.3, 0.2))
    assert quality(0.0, 0.0, 0.0, 0.0) == 0.0


def test_toward_is_exponential():
    keep = math.exp(-0.25 / 3.0)
    state = 2.0
    for _ in range(12):
        state = activity.toward(state, 10.0, keep)
    assert state == pytest.approx(10.0 - 8.0 * math.exp(-1.0))


def test_habit_given_report_is_the_gaussian_posterior():
    share, tendency, residual = 0.4, 0.3, 0.9
    weight = residual**2 * math.sqrt(1 - share) / ((1 - share) * residual**2 + share)
    report = 1.2
    mean = tendency + weight * (report - math.sqrt(1 - share) * tendency)
    spread = math.sqrt(residual**2 * (1 - weight * math.sqrt(1 - share)))
    given = (report, tendency, residual, share)
    assert activity.habit_given_report(*given, 0.0) == pytest.approx(mean)
    assert activity.habit_given_report(*given, 1.0) == pytest.approx(mean + spread)


def test_split_habit_is_a_rotation():
    for_life, slow = activity.split_habit(1.3, 0.35 / 0.60, 0.4)
    assert for_life**2 + slow**2 == pytest.approx(1.3**2 + 0.4**2)
    whole = activity.latent_habit(0.0, 1.0, for_life, slow, 0.35, 0.25)
    assert whole == pytest.approx(1.3)


def test_occasion_of_joins_habit_and_report():
    occasion = activity.occasion_of(0.7, -0.2, 0.4)
    assert activity.latent_report(-0.2, occasion, 0.4) == pytest.approx(0.7)


# Policies


def eligible(**changes):
    """Return whether a man of 50 with diabetes is eligible, one criterion at a time."""
    given = {
        "age": 50.0, "youngest": 40.0, "oldest": 60.0, "sex": 0, "sex_wanted": -1,
        "reported_dose": 5.0, "dose_below": 8.75, "bmi": 31.0, "bmi_above": 30.0,
        "deprivation": 1, "fifths": 0b000110, "illnesses": 0b000100, "illnesses_wanted": 0b000101,
    }  # fmt: skip
    return policy.is_eligible(**{**given, **changes})


def test_eligibility():
    assert eligible()
    assert eligible(age=40.0) and not eligible(age=39.0) and not eligible(age=60.0)
    assert eligible(sex_wanted=0) and not eligible(sex_wanted=1)
    assert not eligible(reported_dose=8.75)
    assert not eligible(bmi=30.0)
    assert eligible(deprivation=2) and not eligible(deprivation=3)
    assert not eligible(illnesses=0b000010)
    assert eligible(illnesses=0, illnesses_wanted=0)


def test_reach_ramps_up_month_by_month():
    assert [policy.ramped(m, 4.0) for m in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert policy.ramped(0.0, 0.0) == 1.0
    assert (
        policy.covered_so_far(0.4, 0.5, 1.0) == 0.2 and policy.covered_so_far(0.4, 0.5, 0.1) == 0.1
    )
    assert policy.is_offered(0.19, 0.2) and not policy.is_offered(0.2, 0.2)
    assert policy.accepts(0.49, 0.5) and not policy.accepts(0.5, 0.5)
    assert policy.is_taken_back(0.39, 0.4) and not policy.is_taken_back(0.4, 0.4)


def test_a_policy_costs_invitations_starts_delivery_its_place_and_what_is_fixed():
    people = economics.policy_cost(50.0, 10.0, 4.0, 200.0, 2.0, 100.0, 30.0, 0.5, 500.0)
    assert people == 100.0 + 1000.0 + 120.0 + 100.0 + 500.0
    assert policy.delivered_until(1.0, 9.0, 0.5) == 1.5
    assert policy.delivered_until(1.0, 1.2, 0.5) == 1.2


def still_there(years, quit_share=0.5, stays=0.4, half_life=0.5):
    """Return the share of participants who last longer than a time, from many quantiles."""
    draws = (np.arange(20_000) + 0.5) / 20_000
    lasting = [policy.years_taking_part(u, quit_share, 0.56, stays, half_life) for u in draws]
    return np.mean(np.array(lasting) > years)


def test_early_quitting_follows_the_fitted_curve():
    week = 7.0 / 365.25
    for weeks in (1.0, 6.0, 12.0):
        expected = 0.5 ** ((weeks / 12.0) ** 0.56)
        assert still_there(weeks * week) == pytest.approx(expected, abs=1e-3)
        assert policy.survival_at_week(weeks, 0.5, 0.56) == pytest.approx(expected)
    assert policy.survival_at_week(6.0, 0.5, 0.56) == pytest.approx(0.62, abs=0.01)


def test_later_quitting_has_stayers_and_a_half_life():
    twelve_weeks = 84.0 / 365.25
    for halves in (1, 2, 4):
        expected = 0.5 * (0.4 + 0.6 * 0.5**halves)
        assert still_there(twelve_weeks + 0.5 * halves) == pytest.approx(expected, abs=1e-3)
    assert still_there(1e5) == pytest.approx(0.5 * 0.4, abs=1e-3)
    assert still_there(1e5, quit_share=0.0, stays=1.0) == 1.0


def test_rejoining():
    assert policy.years_until_rejoining(0.7, 0.1) == pytest.approx(7.0)
    assert policy.years_until_rejoining(0.7, 0.0) == 1e6


def test_build_up_is_the_integral_of_a_ramp():
    for since in (0.0, 0.1, 0.25, 1.0):
        ramp = integrate.quad(lambda t: min(t / 0.25, 1.0), 0.0, since, points=[0.25])[0]
        assert policy.built_up(since, 0.25) == pytest.approx(ramp)
    assert policy.built_up(0.3, 0.0) == 0.3


def test_participation_prorates_a_step():
    step = (2.0, 2.5)
    assert policy.participation(*step, 2.25, 1e6, 0.0) == pytest.approx(0.5)
    assert policy.participation(*step, 1.0, 2.1, 0.0) == pytest.approx(0.2)
    assert policy.participation(*step, 3.0, 1e6, 0.0) == 0.0
    assert policy.participation(*step, 1.0, 1.5, 0.0) == 0.0
    assert policy.participation(*step, 2.0, 1e6, 1.0) == pytest.approx(0.25)
    assert policy.adherent_share(*step, 2.25, 2.35) == pytest.approx(0.2)
    assert policy.adherent_share(*step, 1.0, 1e6) == 1.0


def test_policy_doses():
    assert policy.met_hours(150.0, 3.5) == pytest.approx(8.75)
    assert policy.top_up(3.0, 8.75) == 5.75
    assert policy.top_up(9.0, 8.75) == 0.0


# IL-6


def test_training_set_point_saturates():
    assert il6.training_set_point(0.0, 1.0, 0.16, 9.0) == 0.0
    assert il6.training_set_point(9.0, 1.0, 0.16, 9.0) == pytest.approx(-0.16 * (1 - 1 / math.e))
    assert il6.training_set_point(9.0, 2.0, 0.16, 9.0) == pytest.approx(-0.32 * (1 - 1 / math.e))
    assert il6.training_set_point(1e4, 1.0, 0.16, 9.0) == pytest.approx(-0.16)


def test_training_falls_and_rises_with_its_own_constants():
    falling, rising = math.exp(-1.0 / 3.0), math.exp(-1.0 / 4.0)
    assert il6.training_after(0.0, -0.1, falling, rising) == pytest.approx(-0.1 * (1 - falling))
    assert il6.training_after(-0.1, 0.0, falling, rising) == pytest.approx(-0.1 * rising)
    state = 0.0
    for _ in range(3):
        state = il6.training_after(state, -0.1, falling, rising)
    assert state == pytest.approx(-0.1 * (1.0 - math.exp(-1.0)))


def test_spike_driven_set_point_mixes_two_curves():
    given = {"multiplier": 2.0, "amplitude": 0.16, "exposure_scale": 12.0}
    assert il6.spike_driven_set_point(-0.05, 30.0, 0.0, **given) == -0.05
    alone = il6.spike_driven_set_point(-0.05, 12.0, 1.0, **given)
    assert alone == pytest.approx(-0.32 * (1.0 - 1.0 / math.e))
    half = il6.spike_driven_set_point(-0.05, 12.0, 0.5, **given)
    assert half == pytest.approx((alone - 0.05) / 2.0)


def test_the_mean_answer_to_training_is_1_where_trials_were_made():
    """A quarter obese or diabetic, who answer twice as much: .80 and 1.60."""
    more, others = (il6.answer_to_training(ill, 0.25, 2.0) for ill in (1.0, 0.0))
    assert (others, more) == pytest.approx((0.8, 1.6))
    for share, multiplier in ((0.1, 3.0), (0.35, 1.4), (0.0, 2.0)):
        more, others = (il6.answer_to_training(ill, share, multiplier) for ill in (1.0, 0.0))
        assert share * more + (1.0 - share) * others == pytest.approx(1.0)
        assert more / others == pytest.approx(multiplier)


def test_signalling_follows_a_share_of_training_and_all_of_a_policy():
    drug = math.log(0.7)
    assert il6.log_signalling(-0.1, 1.0, 0.0) == pytest.approx(-0.1)
    assert il6.log_signalling(-0.1, 0.56, drug) == pytest.approx(-0.056 + drug)
    assert il6.log_signalling(0.0, 0.56, drug) == pytest.approx(drug)


def usual(**changes):
    """Return the usual ln IL-6 of the reference woman, with changes."""
    given = {
        "reference": 1.25, "age_slope": 0.010, "age": 50.0, "bmi_slope": 0.06, "bmi": 25.0,
        "male": 0.0, "male_effect": 0.05, "smoker": 0.0, "smoker_effect": 0.20, "training": 0.0,
        "person": 0.0, "drift": 0.0, "log_ratio": 0.0,
    }  # fmt: skip
    return il6.usual_log_il6(**{**given, **changes})


def test_usual_il6_adds_up():
    assert usual() == pytest.approx(math.log(1.25))
    for change, expected in [
        ({"age": 60.0}, 0.10), ({"bmi": 30.0}, 0.30), ({"male": 1.0}, 0.05),
        ({"smoker": 1.0}, 0.20), ({"training": -0.1}, -0.1), ({"person": 0.3}, 0.3),
        ({"drift": -0.2}, -0.2), ({"log_ratio": math.log(0.7)}, math.log(0.7)),
    ]:  # fmt: skip
        assert usual(**change) - usual() == pytest.approx(expected)


def test_companions():
    assert il6.usual_log_crp(1.5, 0.2, 0.9, -0.1, 0.5) == pytest.approx(math.log(1.5) + 0.18 - 0.05)
    change = math.log(1.15) / -0.1
    assert math.exp(il6.companion_log_level(2.0, -0.1, change)) == pytest.approx(2.3)
    assert math.exp(il6.companion_log_level(2.0, 0.0, change)) == pytest.approx(2.0)


# Disease

DOSES = np.array([0.0, 4.375, 8.75, 17.5, 35.0])
LOGS = np.log([1.0, 0.86, 0.81, 0.78, 0.75])


def log_ratio(dose, cap=35.0):
    """Return the rule's log relative risk of a curve through DOSES and LOGS."""
    return disease.activity_log_ratio(dose, cap, *DOSES[1:], *curve_pieces(DOSES, LOGS))


def test_curve_goes_through_its_knots():
    for at, expected in zip(DOSES, LOGS, strict=True):
        assert log_ratio(at) == pytest.approx(expected)
    assert log_ratio(4.375 / 2.0) == pytest.approx(LOGS[1] / 2.0)
    assert log_ratio(50.0) == pytest.approx(LOGS[4])
    assert log_ratio(30.0, cap=17.5) == pytest.approx(LOGS[3])


def test_curve_is_the_monotone_hermite_cubic():
    slopes = monotone_slopes(DOSES, LOGS)
    for i in (1, 2, 3):
        h = DOSES[i + 1] - DOSES[i]
        for t in (0.2, 0.5, 0.9):
            hermite = (
                (2 * t**3 - 3 * t**2 + 1) * LOGS[i]
                + (t**3 - 2 * t**2 + t) * h * slopes[i]
                + (-2 * t**3 + 3 * t**2) * LOGS[i + 1]
                + (t**3 - t**2) * h * slopes[i + 1]
            )
            assert log_ratio(DOSES[i] + t * h) == pytest.approx(hermite)
    steps = np.diff([log_ratio(dose) for dose in np.linspace(0.0, 35.0, 500)])
    assert np.all(steps < 0.0)


def test_both_paths_together_are_the_published_effect_at_steady_state():
    for slope in (0.0, 0.34, 1.2):
        level = il6.training_set_point(10.0, 2.0, 0.16, 9.0)
        total = disease.activity_and_il6(0.8, -0.25, slope, level, level)
        assert total == pytest.approx(0.8 * -0.25)
    assert disease.activity_and_il6(0.8, -0.25, 0.34, 0.0, -0.1) == pytest.approx(-0.2 + 0.034)


def test_net_factor_is_share_times_factor_as_far_as_switched_on():
    assert disease.net_factor(0.45, 1.8, 1.0) == pytest.approx(0.81)
    assert disease.net_factor(0.45, 1.8, 0.0) == pytest.approx(0.45)
    assert disease.net_factor(1.0, 2.0, 0.5) == pytest.approx(1.5)


def test_hazard():
    assert disease.hazard(math.log(0.01), 1.0, -0.2) == pytest.approx(0.01 * math.exp(-0.2))
    assert disease.hazard(math.log(0.5), 0.0, -0.2) == pytest.approx(0.5)
    assert disease.hazard(-100.0, 1.0, 0.0) == 0.0


def test_what_a_person_brings_by_hand():
    plain = (0.84, 0.0, 0.05, 25.0, 0.0, math.log(2.0), 0.0, math.log(1.8), 3.0)

    def changed(**places):
        values = list(plain)
        for place, value in places.items():
            values[int(place[1:])] = value
        return disease.person_log_ratio(*values)

    assert disease.person_log_ratio(*plain) == 0.0
    assert changed(_1=0.5) == pytest.approx(0.42)
    assert changed(_3=30.0) == pytest.approx(0.25)
    assert changed(_3=20.0) == pytest.approx(-0.25)
    assert changed(_3=20.0, _4=25.0) == 0.0
    assert changed(_6=1.0) == pytest.approx(math.log(2.0))
    assert changed(_8=1.0) - changed(_8=5.0) == pytest.approx(math.log(1.8))


def test_diabetes_counts_once():
    assert disease.diabetes_log_ratio(2.0, 1.0, 0.0) == pytest.approx(math.log(2.0))
    mean = 0.1 * math.exp(disease.diabetes_log_ratio(2.0, 1.0, 0.1)) + 0.9 * math.exp(
        disease.diabetes_log_ratio(2.0, 0.0, 0.1)
    )
    assert mean == pytest.approx(1.0)
    assert disease.expected_diabetes_share(0.16) == pytest.approx(1.0 - math.exp(-0.16))


def test_diabetes_hazard_met_grows_at_ones_own_rate_and_shrinks_in_proportion():
    assert disease.diabetes_hazard_met(0.10, 0.20, 0.23, 0.8) == pytest.approx(0.10 + 0.03 * 0.8)
    assert disease.diabetes_hazard_met(0.10, 0.20, 0.15, 0.8) == pytest.approx(0.075)


def test_who_outlives_the_reference_hazard():
    assert mortality.survives(0.30, 1.0)  # exp(-1) = 0.368
    assert not mortality.survives(0.40, 1.0)


def test_recent_vascular_event_counts_for_a_year():
    assert disease.recent_event_log_ratio(2.5, 0.0) == pytest.approx(math.log(2.5))
    assert disease.recent_event_log_ratio(2.5, -0.3) == pytest.approx(math.log(2.5))
    assert disease.recent_event_log_ratio(2.5, 0.75) == pytest.approx(math.log(1.375))
    assert disease.recent_event_log_ratio(2.5, 1.0) == 0.0


def test_crossing_share():
    assert disease.crossing_share(1.0, 0.9, 0.4) == pytest.approx(0.25)
    assert disease.crossing_share(1.0, 1.1, 0.4) == 0.0
    assert disease.crossing_share(1.0, 0.1, 0.4) == 1.0


def test_prevalence_is_logistic():
    odds = math.exp(-2.0 + 0.7)
    assert disease.prevalence(-2.0, 0.7) == pytest.approx(odds / (1.0 + odds))


def test_health_and_money_by_hand():
    two = economics.quality_left(economics.quality_left(1.0, 0.1, 1.0), 0.2, 0.5)
    assert two == pytest.approx(0.9 * 0.9)
    assert economics.quality_adjusted_years(0.8, 1.0, two, 0.3, 0.0) == pytest.approx(0.8 * 0.81)
    assert economics.quality_adjusted_years(0.8, 1.0, two, 0.3, 1.0) == pytest.approx(0.5)
    # A year of which half is left: what lies before takes nothing.
    assert economics.quality_adjusted_years(0.8, 0.5, 0.9, 0.0, 0.0) == pytest.approx(0.8 * 0.4)
    for add in (0.0, 1.0):
        well = economics.utility_of_the_well(0.8, 0.95, 0.06, add)
        mean = economics.quality_adjusted_years(well, 1.0, 0.95, 0.06, add)
        assert mean == pytest.approx(0.8) and well > 0.8
    assert economics.newly_active_years(2.5, 2.5, 3.0, 4.0, 9.0, 8.75) == 0.5
    assert economics.newly_active_years(2.5, 3.0, 4.0, 4.0, 9.0, 8.75) == 0.5
    assert economics.newly_active_years(2.5, 4.0, 5.0, 4.0, 9.0, 8.75) == 0.0
    assert economics.newly_active_years(2.5, 3.0, 4.0, 9.0, 9.5, 8.75) == 0.0
    assert economics.newly_active_years(2.5, 3.0, 4.0, 4.0, 8.0, 8.75) == 0.0
    assert economics.first_year_cost(2.0, 0.25, 5000.0) == pytest.approx(7500.0)
    assert economics.cost_around_anniversary(0.6, 1.4, 1.0, 10.0, 100.0) == pytest.approx(44.0)
    assert economics.cost_around_anniversary(0.2, 0.7, 1.0, 10.0, 100.0) == pytest.approx(5.0)
    assert economics.discount(math.log(1.035), 2.0) == pytest.approx(1.035**-2)


# Depression


def test_the_course_of_depression_is_drawn_at_the_first_onset():
    courses = [depression.after_onset(0, u, 0.5, 0.35) for u in (0.0, 0.499, 0.501, 0.849, 0.851)]
    assert courses == [1, 1, 2, 2, 3]
    assert depression.after_onset(6, 0.2, 0.5, 0.35) == 4
    assert [depression.after_recovery(state) for state in (1, 2, 3, 4)] == [5, 6, 6, 6]
    assert [depression.is_ill(state) for state in range(7)] == [False, *[True] * 4, False, False]


def test_what_ends_a_state_of_depression():
    """A first onset follows the person; recovery does not; recurrence as far as it is let."""
    onset, reference, leaving = -4.0, -5.0, math.log(0.22)
    assert depression.log_hazard(0, onset, -100.0, reference, 1.0) == onset
    for state in (1, 2, 3, 4, 5):
        assert depression.log_hazard(state, onset, leaving, reference, 1.0) == leaving
        assert depression.follows(state, 1.0) == 0.0
    assert depression.log_hazard(6, onset, leaving, reference, 0.0) == leaving
    assert depression.log_hazard(6, onset, leaving, reference, 0.5) == pytest.approx(leaving + 0.5)
    assert depression.follows(0, 0.0) == 1.0
    assert [depression.follows(6, applies) for applies in (0.0, 0.5)] == [0.0, 0.5]


def test_who_ever_had_depression_and_where_they_are():
    """Women of 20 by hand: .096 of hazard to date, so 9.2 % ever; twice that at a ratio of 2."""
    share = depression.share_ever_ill(math.log(0.096), 0.0)
    assert share == pytest.approx(0.0915, abs=5e-5)
    twice = depression.share_ever_ill(math.log(0.096), math.log(2.0))
    assert twice == pytest.approx(1.0 - (1.0 - share) ** 2)
    assert depression.share_ever_ill(-1e3, 3.0) == 0.0
    up_to = (0.1, 0.2, 0.3, 0.4, 0.8)
    found = [depression.place_in_course(u, *up_to) for u in (0.0, 0.1, 0.25, 0.35, 0.5, 0.9)]
    assert found == [1, 2, 3, 4, 5, 6]


# Death


def test_diseases_add_to_the_death_hazard():
    assert mortality.excess_hazard(0.01, 0.005, 1.0) == pytest.approx(0.015)
    assert mortality.excess_hazard(0.01, 0.04, 0.0) == 0.01
    assert mortality.death_hazard(0.02, 0.055) == pytest.approx(0.075)
    assert mortality.dies_of_event(0.19, 0.2) and not mortality.dies_of_event(0.2, 0.2)


def test_a_combination_has_a_bit_for_each_disease():
    assert mortality.combination(0, 0, 1.0) == 1
    assert mortality.combination(1, 2, 1.0) == 5
    assert mortality.combination(5, 1, 0.0) == 5


def test_what_diseases_add_together_is_put_down_in_proportion():
    assert mortality.share_of_excess(0.01, 0.04, 3.0) == pytest.approx(0.25)
    assert mortality.share_of_excess(0.0, 0.04, 3.0) == pytest.approx(0.0, abs=1e-20)
    assert mortality.share_of_excess(0.0, 0.0, 3.0) == pytest.approx(1.0 / 3.0)
    shares = [mortality.share_of_excess(own, 0.06, 3.0) for own in (0.01, 0.02, 0.03)]
    assert sum(shares) == pytest.approx(1.0)


def test_a_year_has_the_mean_of_the_rates_that_it_holds():
    """A quarter of the running year since diagnosis is over: .75 x .4 + .25 x .08."""
    assert mortality.over_a_year(0.25, 0.4, 0.08) == pytest.approx(0.32)
    assert mortality.over_a_year(0.0, 0.4, 0.08) == pytest.approx(0.4)


def test_shares_are_taken_off_a_draw_one_after_the_other():
    shares, draw, covered = [0.2, 0.5, 0.3], 0.45, 0.0
    for share in shares:
        covered += disease.part_covered(draw, share)
        draw -= share
    assert covered == pytest.approx(1.0 + 0.25 / 0.5)
    assert disease.part_covered(0.1, 0.0) == 1.0 and disease.part_covered(-0.1, 0.0) == 0.0


def test_causes_share_the_hazard():
    draws = (np.arange(3000) + 0.5) / 3000
    first = np.mean([mortality.is_cause(u, 0.03, 0.01) for u in draws])
    first_or_second = np.mean([mortality.is_cause(u, 0.03, 0.015) for u in draws])
    assert first == pytest.approx(1.0 / 3.0, abs=1e-3)
    assert first_or_second == pytest.approx(0.5, abs=1e-3)
    assert not mortality.is_cause(0.0, 0.03, 0.0)


def test_every_rule_is_tested():
    """A new rule needs a test: the name of each is called in one of these modules."""
    folder = Path(__file__).parent
    text = "".join(
        (folder / name).read_text("utf-8") for name in ("test_rules.py", "test_draws.py")
    )
    rules = {rule.__name__ for rule in RULES if rule.__module__ != "abm.rules.bout"}
    untested = {name for name in rules if f".{name}(" not in text}
    assert untested == {"minimum", "maximum"}


@pytest.mark.parametrize(
    ("responds", "ratio", "expected"), [(1.0, 0.64, 0.64), (0.0, 0.64, 1.0), (0.8, 0.64, 0.712)]
)
def test_what_does_not_respond_keeps_its_hazard(responds, ratio, expected):
    """A fifth of the deaths are external: .2 + .8 x .64, and not .64 to the power of .8."""
    found = disease.partly_responding(responds, math.log(ratio))
    assert found == pytest.approx(expected, rel=1e-6)
    if responds == 0.8:
        assert found != pytest.approx(ratio**responds, rel=1e-3)
