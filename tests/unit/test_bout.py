"""One bout of exercise: closed forms, order and delay, properties over the whole range."""

import argparse
import doctest
import math
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from abm.bout.course import drawn_people, over_arrays
from abm.bout.limits import ACTIVITIES
from abm.bout.session import Bout, interval_bout, resistance_bout, response_to
from abm.bout.simulate import (
    repeated,
    simulate_bout,
    simulate_peaks,
    simulate_week,
    spikes_per_met_hour,
    week_exposure,
)
from abm.evidence.parameters import central_parameters, draw_parameters
from abm.rules import bout as rules
from analysis.bout import request
from analysis.bout.peak_plots import heat_map, peak_by_duration
from analysis.bout.plots import cascade, four_weeks
from analysis.bout.published import (
    as_text,
    published_against_modelled,
    verdict,
    what_must_hold,
)
from analysis.commands import bout as command
from tests.statistics import assert_correlation, assert_estimate, assert_mean, assert_spread

activities = st.sampled_from(ACTIVITIES)
minutes = st.floats(1.0, 2880.0)
intensities = st.floats(0.05, 1.0)
durations = st.floats(0.01, 48.0)
draws = st.integers(-1, 200)
ranging = settings(deadline=None, derandomize=True, max_examples=40)


def peak(bout: Bout, parameters=None) -> float:
    """Return the IL-6 fold at the stop of a median person."""
    return 1.0 + response_to(bout, parameters or central_parameters()).peak_rise


# Closed forms -----------------------------------------------------------------------------------


def test_marathon_by_hand():
    work = (0.78 / 0.65) ** 3.2
    built_up = 3.43**2 / (1 + (3.43 / 3.5) ** 2)
    expected = 1 + 2.3 * work * 2.7 * 0.75 * built_up
    found = peak(Bout("running", 205.8, 0.78, trained=True))
    assert found == pytest.approx(expected, rel=1e-12)
    assert found == pytest.approx(51.05, abs=0.1)


@ranging
@given(x=st.floats(1e-4, 200.0))
def test_arctangent_gap(x):
    series = x**3 / 3 - x**5 / 5 + x**7 / 7 - x**9 / 9
    expected = series if x < 0.02 else x - math.atan(x)
    assert rules.arctangent_gap(x) == pytest.approx(expected, rel=2e-5)


@ranging
@given(activity=activities, length=minutes, intensity=intensities, draw=draws)
def test_area_equals_the_numerical_integral(activity, length, intensity, draw):
    answer = response_to(Bout(activity, length, intensity), draw_parameters(draw, 5))
    grid = np.linspace(0.0, answer.duration, 20_001)
    during = np.trapezoid(over_arrays(rules.rise)(grid, *answer), grid)
    tail = np.linspace(answer.duration, answer.duration + 40 * answer.half_life, 20_001)
    after = np.trapezoid(over_arrays(rules.rise)(tail, *answer), tail)
    assert answer.area == pytest.approx(during + after, rel=2e-4)


def test_area_where_the_cap_is_met():
    answer = response_to(Bout("running", 2880, 1.0), central_parameters({"bout.fold_cap": 40.0}))
    assert answer.peak_rise == 39.0
    grid = np.linspace(0.0, answer.duration, 200_001)
    during = np.trapezoid(over_arrays(rules.rise)(grid, *answer), grid)
    found = rules.area_during(*answer[:4])
    assert found == pytest.approx(during, rel=1e-5)


@ranging
@given(hours=st.lists(st.floats(0.0, 60.0), min_size=1, max_size=20), duration=durations)
def test_rules_over_arrays_are_the_scalar_rules(hours, duration):
    arguments = (duration, 3.0, 3.5, 299.0, 1.0)
    one_by_one = [rules.rise(hour, *arguments) for hour in hours]
    assert over_arrays(rules.rise)(np.array(hours), *arguments) == pytest.approx(one_by_one)
    shape = [rules.follower(hour, 1.5, 1.0, 3.0) for hour in hours]
    assert over_arrays(rules.follower)(np.array(hours), 1.5, 1.0, 3.0) == pytest.approx(shape)


@ranging
@given(
    delay=st.floats(0.0, 3.0),
    source=st.floats(0.3, 4.0),
    own=st.floats(0.3, 12.0),
)
def test_follower_peaks_at_its_delay(delay, source, own):
    assert rules.follower(delay, delay, source, own) == pytest.approx(1.0)
    hours = np.linspace(0.0, 48.0, 500)
    course = over_arrays(rules.follower)(hours, delay, source, own)
    assert course.max() <= 1.0 + 1e-9
    assert course.min() >= 0.0


# Properties over the whole range ----------------------------------------------------------------


@ranging
@given(activity=activities, length=minutes, intensity=intensities, draw=draws)
def test_fold_is_never_below_rest(activity, length, intensity, draw):
    course = simulate_bout(
        activity,
        length,
        intensity,
        people=3,
        seed=2,
        parameters=draw_parameters(draw, 5),
        step_minutes=60,
    )
    folds = course[[name for name in course if "fold" in name]].to_numpy()
    assert np.isfinite(folds).all()
    assert folds.min() >= 1.0


@ranging
@given(
    activity=activities,
    shorter=minutes,
    more=st.floats(1.0, 600.0),
    intensity=intensities,
    draw=draws,
)
def test_more_minutes_never_lower_the_peak(activity, shorter, more, intensity, draw):
    parameters = draw_parameters(draw, 5)
    longer = min(shorter + more, 2880.0)
    low, high = (peak(Bout(activity, m, intensity), parameters) for m in (shorter, longer))
    assert high >= low
    if longer > shorter and low < parameters["bout.fold_cap"]:
        assert high > low


@ranging
@given(
    activity=activities,
    length=minutes,
    easier=st.floats(0.05, 0.99),
    more=st.floats(0.01, 0.5),
    draw=draws,
)
def test_more_intensity_never_lowers_the_peak(activity, length, easier, more, draw):
    parameters = draw_parameters(draw, 5)
    harder = min(easier + more, 1.0)
    low, high = (peak(Bout(activity, length, i), parameters) for i in (easier, harder))
    assert high >= low
    if low < parameters["bout.fold_cap"]:
        assert high > low


@ranging
@given(activity=activities, length=st.floats(1.0, 600.0), intensity=intensities, draw=draws)
def test_no_bout_of_ten_hours_passes_the_cap(activity, length, intensity, draw):
    assert peak(Bout(activity, length, intensity), draw_parameters(draw, 5)) <= 300.0


@ranging
@given(
    activity=activities,
    length=minutes,
    intensity=intensities,
    pause=st.floats(0.0, 24.0),
)
def test_two_halves_never_exceed_the_whole(activity, length, intensity, pause):
    first = Bout(activity, length / 2, intensity)
    second = Bout(activity, length / 2, intensity, start_hours=length / 120 + pause)
    halves = week_exposure([first, second])
    assert halves["highest_fold"] <= peak(Bout(activity, length, intensity)) * (1 + 1e-12)


@ranging
@given(length=st.floats(1.0, 600.0), intensity=intensities, trained=st.booleans())
def test_training_and_carbohydrate_lower_the_rise(length, intensity, trained):
    plain = peak(Bout("cycling", length, intensity, trained=trained))
    assert peak(Bout("cycling", length, intensity, trained=True)) <= plain
    fed = peak(Bout("cycling", length, intensity, trained=trained, carbohydrate=True))
    assert (fed - 1) / (plain - 1) == pytest.approx(0.6)


# Order and delay --------------------------------------------------------------------------------


@ranging
@given(activity=activities, length=st.floats(10.0, 600.0), intensity=st.floats(0.3, 1.0))
def test_il6_peaks_at_the_stop_and_il1ra_later(activity, length, intensity):
    course = simulate_bout(activity, length, intensity, step_minutes=5)
    stop = length / 60
    assert course.loc[course["il6_fold"].idxmax(), "hours"] == pytest.approx(stop)
    later = course.loc[course["il1ra_fold"].idxmax(), "hours"] - stop
    assert 1.0 <= later <= 2.0
    day_after = course.loc[course["hours"] >= stop + 24 - 1e-9, "il6_fold"]
    assert len(day_after) == 1
    assert day_after.iloc[0] < 2.0


@pytest.mark.parametrize(
    "bout",
    [
        Bout("intervals", 33, 0.78),
        Bout("walking", 60, 0.5),
        resistance_bout(24, 10, 0.7, 60),
        Bout("cycling", 45, 0.65),
    ],
)
def test_short_bouts_raise_no_il10(bout):
    course = simulate_bout(bout.activity, bout.minutes, bout.intensity)
    assert (course["il10_fold"] == 1.0).all()
    assert course["il6_fold"].max() < 4.7


def test_il10_starts_after_il6_in_a_long_bout():
    course = simulate_bout("running", 206, 0.78, trained=True, step_minutes=1)
    first = {
        name: course.loc[course[f"{name}_fold"] > 1.01, "hours"].iloc[0] for name in ("il6", "il10")
    }
    assert first["il6"] < first["il10"] < 206 / 60


def test_fuel_follows_its_switches():
    course = simulate_bout("running", 206, 0.78)
    exercising, resting = course[course["exercising"]], course[~course["exercising"]]
    assert exercising["hepatic_glucose_output_change"].max() == pytest.approx(0.15, abs=0.002)
    assert (resting["hepatic_glucose_output_change"] == 0).all()
    assert resting["lipolysis_change"].iloc[0] > 0.1
    other = {"bout.lipolysis_in_exercise": 0.0, "bout.glucose_output_at_rest": 1.0}
    course = simulate_bout("running", 206, 0.78, parameters=other)
    assert (course.loc[course["exercising"], "lipolysis_change"] == 0).all()
    assert course.loc[~course["exercising"], "hepatic_glucose_output_change"].iloc[0] > 0.1


def test_the_other_reading_has_no_plateau():
    steep = {"bout.saturation_hours": 1000.0}
    two, six = (
        peak(Bout("running", 60 * hours, 0.65, trained=True), central_parameters(steep))
        for hours in (2, 6)
    )
    assert (six - 1) / (two - 1) == pytest.approx(9.0, rel=1e-4)
    assert six > 100


def test_levels_are_folds_times_rest():
    course = simulate_bout("running", 60, 0.7)
    rest = central_parameters()["il6.reference_level"]
    assert course["il6_pg_ml"].to_numpy() == pytest.approx(rest * course["il6_fold"].to_numpy())


# People -----------------------------------------------------------------------------------------


def test_scatter_has_the_published_spread_and_stays_with_the_person():
    parameters = central_parameters()
    first, second = (np.log(drawn_people(20_000, 7, day, parameters).il6) for day in (0, 1))
    assert_mean(first, 0.0, detect=0.045)
    assert_spread(first, 0.6, detect=0.055)
    assert_correlation(first, second, 0.5, detect=0.06)


def test_people_do_not_depend_on_how_many_there_are():
    parameters = central_parameters()
    few, many = (drawn_people(n, 7, 0, parameters).il6 for n in (10, 1000))
    assert (few == many[:10]).all()


def test_quantiles_over_people():
    people = 5000
    course = simulate_bout("running", 206, 0.78, trained=True, people=people, seed=4)
    stop = course.loc[course["il6_fold"].idxmax()]
    rise = peak(Bout("running", 206, 0.78, trained=True)) - 1
    for name, share in (("", 0.5), ("_p05", 0.05), ("_p95", 0.95)):
        z = stats.norm.ppf(share)
        error = 0.6 * math.sqrt(share * (1 - share) / people) / stats.norm.pdf(z)
        found = math.log((stop[f"il6_fold{name}"] - 1) / rise)
        assert_estimate(found, 0.6 * z, error, detect=0.2)


def test_the_same_seed_gives_the_same_bout():
    first, second = (simulate_bout("cycling", 90, 0.6, people=50, seed=9) for _ in range(2))
    assert first.equals(second)
    other = simulate_bout("cycling", 90, 0.6, people=50, seed=10)
    assert not first["il6_fold"].equals(other["il6_fold"])


def test_ten_thousand_bouts_take_under_a_second():
    simulate_bout("running", 60, 0.7, people=10)
    start = time.process_time()
    simulate_bout("running", 206, 0.78, trained=True, people=10_000)
    assert time.process_time() - start < 1.0
    bouts = [Bout("cycling", 30 + place / 100, 0.6) for place in range(10_000)]
    start = time.process_time()
    simulate_peaks(bouts, seed=1)
    assert time.process_time() - start < 1.0


# Sessions and weeks -----------------------------------------------------------------------------


def test_sets_load_and_rest_become_work_of_contracting_muscle():
    usual = resistance_bout(24, 10, 0.7, 60)
    assert usual.minutes == pytest.approx(24 * (40 + 60) / 60)
    duty = 40 / 100
    expected = (duty * 0.7**3.2 + (1 - duty) * 0.1**3.2) ** (1 / 3.2)
    assert usual.intensity == pytest.approx(expected)
    heavier, rushed = resistance_bout(24, 10, 0.8, 60), resistance_bout(24, 10, 0.7, 30)
    assert heavier.intensity > usual.intensity
    assert rushed.intensity > usual.intensity
    assert 1.2 < peak(usual) < 3.0


def test_intervals_beat_steady_work_of_the_same_mean():
    hard = interval_bout(10, 4, 0.875, 2)
    assert peak(hard) > peak(Bout("cycling", 58.7, 0.618))
    steady = interval_bout(10, 4, 0.6, 2, rest_intensity=0.6)
    assert steady.intensity == pytest.approx(0.6)


def test_a_week_adds_up():
    run = Bout("running", 60, 0.7)
    starts = [6.0, 9.0, 60.0]
    week = simulate_week(repeated(run, starts), step_minutes=5)
    alone = [simulate_week(repeated(run, [start]), step_minutes=5) for start in starts]
    expected = [
        1 + sum(np.interp(hour, one["hours"], one["il6_fold"]) - 1 for one in alone)
        for hour in (7.5, 12.0, 61.0, 100.0)
    ]
    found = np.interp([7.5, 12.0, 61.0, 100.0], week["hours"], week["il6_fold"])
    assert found == pytest.approx(expected, rel=1e-9)
    exposure = week_exposure(repeated(run, starts))
    assert exposure["area_fold_hours"] == pytest.approx(
        np.trapezoid(week["il6_fold"] - 1, week["hours"]), rel=0.01
    )
    assert week["il6_fold"].max() == pytest.approx(exposure["highest_fold"], rel=1e-6)


def test_published_orders_of_size_of_a_week():
    walk, run = Bout("walking", 45, 0.6), Bout("running", 60, 0.75)
    race = Bout("running", 206, 0.78, trained=True)
    added = [week_exposure([bout])["area_fold_hours"] / 168 for bout in (walk, run, race)]
    assert 0.005 < added[0] < 0.02
    assert 0.05 < added[1] < 0.12
    assert 0.6 < added[2] < 1.1


def test_spikes_per_met_hour():
    by_mode = spikes_per_met_hour()
    values = central_parameters()
    habit = Bout("running", 120, values["bout.habit.endurance.intensity"])
    area = response_to(habit, values).area * math.exp(0.18)
    met_hours = values["activity.marginal_met.endurance"] * 2.0
    assert by_mode["endurance"]["exposure"] == pytest.approx(area / met_hours)
    assert by_mode["endurance"]["bouts"] == pytest.approx(1 / met_hours)
    exposures = {mode: entry["exposure"] for mode, entry in by_mode.items()}
    assert exposures["moderate"] == min(exposures.values())
    assert exposures["endurance"] == max(exposures.values())


# Bad input --------------------------------------------------------------------------------------

GOOD = {"activity": "running", "minutes": 60, "intensity": 0.7}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activity": "runing"}, "activity: is 'runing'; must be one of .*did you mean 'running'"),
        ({"activity": "Weights"}, "'Weights'; must be one of walking, running"),
        ({"activity": None}, "is None; must be one of"),
        ({"minutes": 0}, "minutes: is 0; must be a number above 0 and at most 2 880"),
        ({"minutes": -30}, "minutes: is -30; must be a number above 0"),
        ({"minutes": 57_600}, "57600; must be .* at most 2 880 .*960 hours"),
        ({"minutes": math.nan}, "minutes: is NaN; must be a number"),
        ({"minutes": math.inf}, "minutes: is infinite; must be a number"),
        ({"minutes": "60"}, "minutes: is the text '60'; must be a number"),
        ({"minutes": True}, "minutes: is True; must be a number"),
        ({"intensity": 0}, "intensity: is 0; must be a number above 0 and at most 1"),
        ({"intensity": 70}, "not a percentage; did you mean 0.7"),
        ({"intensity": 1.2}, r"intensity: is 1.2; must be .* at most 1 \(fraction of VO2max\)$"),
        ({"intensity": math.nan}, "intensity: is NaN; must be a number"),
        ({"intensity": None}, "intensity: is None; must be a number"),
        ({"people": 0}, "people: is 0; must be a whole number between 1"),
        ({"people": 2.5}, "people: is 2.5; must be a whole number"),
        ({"people": 10**9}, "must be a whole number between 1 and 100 000"),
        ({"seed": -1}, "seed: is -1; must be a whole number"),
        ({"hours": -1}, "hours: is -1; must be a number between 0 and 336"),
        ({"hours": 1e6}, "hours: is 1000000.0; must be a number between 0 and 336"),
        ({"step_minutes": 0}, "step_minutes: is 0; must be a number between 0.1"),
        ({"people": 100_000, "step_minutes": 1}, "100000 people at 15.. times is too much"),
        ({"parameters": {"bout.gian": 2.0}}, "did you mean 'bout.gain'"),
        ({"parameters": {"bout.gain": -1.0}}, "bout.gain is -1, must be within"),
    ],
)
def test_bad_bout(change, message):
    with pytest.raises(ValueError, match=message):
        simulate_bout(**{**GOOD, **change})


def test_every_problem_is_named_at_once():
    with pytest.raises(
        ValueError, match=r"(?s)activity: is 'swim'.*minutes: is -1.*intensity: is 70"
    ):
        simulate_bout("swim", minutes=-1, intensity=70)


@pytest.mark.parametrize(
    ("sets", "repetitions", "load", "rest", "message"),
    [
        (0, 10, 0.7, 60, "sets: is 0; must be a whole number between 1 and 200"),
        (3, 10, 70, 60, "load: is 70; .*did you mean 0.7"),
        (3, 10, 0.7, -1, "rest_seconds: is -1; must be a number between 0"),
        (3, 0, 0.7, 60, "repetitions: is 0"),
    ],
)
def test_bad_resistance_session(sets, repetitions, load, rest, message):
    with pytest.raises(ValueError, match=message):
        resistance_bout(sets, repetitions, load, rest)


def test_intervals_nobody_can_do():
    with pytest.raises(ValueError, match=r"a steady 1\.\d+ of VO2max, must be at most 1"):
        interval_bout(10, 5, 1.6, 0.5)


def test_bouts_of_a_week_may_not_overlap():
    with pytest.raises(ValueError, match="walking starts at hour 10, must not start before"):
        simulate_week([Bout("running", 120, 0.6, 9.0), Bout("walking", 30, 0.4, 10.0)])
    with pytest.raises(
        ValueError, match="start_hours: is 200.0; must be a number between 0 and 168"
    ):
        simulate_week([Bout("running", 60, 0.6, 200.0)])


# Against published studies ----------------------------------------------------------------------


@cache
def against_studies():
    """Return the table of published studies and the list of what must hold."""
    return published_against_modelled(), what_must_hold()


def test_what_must_hold_of_published_studies():
    _, holds = against_studies()
    assert len(holds) == 13
    assert holds["passed"].all(), holds[~holds["passed"]].to_string()


def test_published_table_names_its_misses():
    rows, holds = against_studies()
    table = rows.set_index("row")
    assert table.loc["A9", "verdict"] == "MISS"  # the table can tell a miss from an agreement
    assert table.loc[table["use"] == "check", "verdict"].isin(["agrees", "inside interval"]).all()
    apart = ~table["verdict"].isin(["agrees", "direction agrees", "by construction"])
    assert (table.loc[table["use"] == "input", "verdict"] == "by construction").all()
    assert (table.loc[apart, "reason"] != "").all()
    text = as_text(rows, holds)
    assert "2.5 kg of muscle" in text
    assert "FAIL" not in text


def test_verdicts():
    assert verdict(10.0, (11.0, 5.0, 20.0), "fold") == "agrees"
    assert verdict(10.0, (18.0, 5.0, 30.0), "fold") == "inside interval"
    assert verdict(10.0, (18.0, 11.0, 30.0), "fold") == "MISS"
    assert verdict(0.0, (5.0, 4.0, 6.0), "% change") == "MISS"
    assert verdict(math.nan, (2.0, 1.5, 3.0), "ratio above 1") == "direction agrees"
    assert verdict(math.nan, (0.9, 0.5, 3.0), "ratio above 1") == "direction misses"


# Figures and the command ------------------------------------------------------------------------


def test_figures_have_labels_and_tables():
    bout = Bout("running", 90, 0.7)
    course = simulate_bout("running", 90, 0.7, people=20, seed=1)
    for drawing in (cascade(course, bout), peak_by_duration(), four_weeks(), heat_map()):
        labels = [ax.get_ylabel() + ax.get_title() for ax in drawing.figure.axes]
        assert all(labels), drawing.name
        assert len(drawing.table) > 50
        assert drawing.title
        assert drawing.note


def run_command(*words: str) -> int:
    """Run the command with the given words."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(list(words)))


def test_command_prints_and_writes(tmp_path, capsys):
    code = run_command("walking", "--minutes", "45", "--intensity", "0.5", "--out", str(tmp_path))
    printed = capsys.readouterr().out
    assert code == 0
    assert "IL-6 [fold]" in printed
    assert "bout.lipolysis_in_exercise" in printed
    names = {path.name for path in tmp_path.iterdir()}
    assert {"bout_cascade.png", "bout_cascade.svg", "bout_cascade.csv", "bout_weeks.png"} <= names


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["walking"], "missing --minutes, --intensity"),
        ([], "missing ACTIVITY, --minutes, --intensity"),
        (["wlking", "--minutes", "45", "--intensity", "50"], "did you mean 'walking'"),
        (["cycling", "--sets", "3"], "--sets belongs to resistance"),
        (["resistance", "--sets", "3"], "missing --repetitions, --load, --rest"),
        (["running", "--minutes", "9", "--intensity", "1", "--set", "bout.gain"], "KEY=NUMBER"),
        (["--published", "--set", "bout.gain=2"], "leave out --set"),
    ],
)
def test_command_refuses(words, message, capsys):
    assert run_command(*words) == 2
    assert message in capsys.readouterr().err


def test_command_translates_a_session(capsys):
    words = ["--sets", "24", "--repetitions", "10", "--load", "0.7", "--rest", "60"]
    assert run_command("resistance", *words) == 0
    assert "resistance, 40 min at 0.53 of VO2max" in capsys.readouterr().out


def test_command_prints_the_published_studies(capsys, monkeypatch):
    rows, holds = against_studies()
    monkeypatch.setattr(request, "published_against_modelled", lambda *_: rows)
    monkeypatch.setattr(request, "what_must_hold", lambda *_: holds)
    assert run_command("--published") == 0
    printed = capsys.readouterr().out
    assert "Wallberg 2011" in printed
    assert "MISS" in printed


def test_examples_of_the_page_on_bouts():
    page = Path(__file__).parents[2] / "docs" / "bout.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0
