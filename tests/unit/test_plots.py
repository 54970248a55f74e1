"""Figures: panels are Axes with units, tables add up, one world degrades, files are whole."""

from __future__ import annotations

import gc
import os
import re
from dataclasses import replace
from multiprocessing import active_children
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from synthetic_result import (
    AGES,
    DEATHS_PER_1000,
    SyntheticResult,
    make_result,
)

from abm.running.output import ResultFolder
from analysis import plots
from analysis.certainty.level_changes import Limits, whether
from analysis.outcomes import diseases
from analysis.plots import files, inflammation, spending, style
from analysis.plots.drawing import FigureInputs
from analysis.plots.figures import EVERY_RUN, builders, figure_benefit
from analysis.plots.files import _forked, rendered
from analysis.report.ahead import comparison_note, comparison_title
from analysis.report.comparison import (
    HEAD,
    compare_effects,
    comparison_in_text,
    wide_comparison,
)
from analysis.report.comparison import main as compare_main
from analysis.report.comparison_figure import comparison_drawing, draw_comparison
from analysis.report.unlike_runs import unlike, unlike_eligible
from analysis.tables import effect_tables, groups, of_figures, titles
from analysis.words import MINUS, THIN_SPACE, capitalised, in_words, told_apart, with_interval


@pytest.fixture(scope="module")
def result() -> SyntheticResult:
    return make_result(draws=True, years=8)


@pytest.fixture(scope="module")
def one_world() -> SyntheticResult:
    alone = make_result(worlds=("baseline",), years=3, crossed=False)
    alone.effects = pd.DataFrame()
    return alone


@pytest.fixture(scope="module")
def levels(result: SyntheticResult) -> of_figures.Levels:
    return of_figures.central_levels(result.outcomes)


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


def margin(result: SyntheticResult, measure: str, world: str) -> pd.DataFrame:
    rows = result.outcomes
    chosen = (rows["measure"] == measure) & (rows["world"] == world)
    for stratum in of_figures.STRATA:
        chosen &= rows[stratum] == "all"
    return rows[chosen]


# --- tables ---------------------------------------------------------------------------------


def test_cumulative_incidence_ends_at_the_sum_of_events(result, levels):
    table = of_figures.cumulative_incidence(levels)
    stroke = table[(table["disease"] == "stroke") & (table["world"] == "policy")]
    assert stroke["cases"].iloc[0] == 0
    assert stroke["cases"].iloc[-1] == margin(result, "incidence.stroke", "policy")["value"].sum()
    assert stroke["cases"].is_monotonic_increasing


def test_cases_averted_agree_between_course_and_effects(result, levels):
    table = of_figures.cumulative_incidence(levels)
    last = table[(table["year"] == table["year"].max()) & (table["world"] == "policy")]
    effects = effect_tables.forest(result.effects).set_index("outcome")["averted_per_100k"]
    for row in last.itertuples():
        assert row.averted_per_100k == pytest.approx(effects[row.disease], rel=1e-9)


def test_shares_of_the_il6_distribution_sum_to_one(result):
    table = of_figures.il6_distribution(result.il6_histogram)
    sums = table.groupby(["moment", "world"])["share"].sum()
    assert sorted(sums.index) == [("end", "baseline"), ("end", "policy"), ("start", "baseline")]
    assert sums.to_numpy() == pytest.approx(1)
    assert np.log(table["il6_to"] / table["il6_from"]).to_numpy() == pytest.approx(0.08)


def test_histogram_with_totals_is_not_counted_twice(result):
    split = result.il6_histogram
    totals = split.groupby(["world", "year", "ln_il6_left"], as_index=False)["persons"].sum()
    both = pd.concat([split, totals.assign(sex="all", age_band="all")], ignore_index=True)
    plain = of_figures.il6_distribution(split)
    pd.testing.assert_frame_equal(plain, of_figures.il6_distribution(both), check_dtype=False)


def levels_by_age(lived, rate_by_age):
    """Return outcomes of two activity groups, by years lived at each age in the baseline."""
    rows = []
    for age, weight in lived.items():
        for group, years in (("inactive", 1000.0), ("active", 10.0)):
            cell = {"age_band": age, "activity_group": group}
            events = rate_by_age[age] * years
            rows.append({**cell, "measure": "incidence.stroke", "value": events})
            rows.append({**cell, "measure": "at_risk_years.stroke", "value": years})
        rows.append({"age_band": age, "measure": "person_years", "value": weight})
    rows.append({"measure": "incidence.stroke", "value": 1.0})
    start = {"age_band": "20-29", "measure": "person_years", "value": 0.0, "year": 2024}
    frame = pd.DataFrame([*rows, start])
    strata = dict.fromkeys(of_figures.STRATA, "all")
    frame = frame.assign(sex="all", deprivation="all", world="baseline", seed=1, draw=-1)
    return of_figures.central_levels(frame.fillna({**strata, "year": 2025}))


def test_age_standardised_rate_weighs_by_the_years_lived_in_the_baseline():
    levels = levels_by_age({"40-49": 300.0, "70-79": 100.0}, {"40-49": 0.001, "70-79": 0.010})
    table = of_figures.rate_by_activity(levels)
    expected = 1000 * (300 * 0.001 + 100 * 0.010) / 400
    assert table["rate_per_1000"].to_numpy() == pytest.approx(expected)
    assert table["age_standardised"].all()


def test_a_cohort_is_judged_at_the_ages_it_lives_through():
    """All strokes come at ages that nobody had at the start; they count."""
    lived = {"20-29": 20.0, "30-39": 500.0, "40-49": 450.0, "50-59": 30.0}
    levels = levels_by_age(lived, dict.fromkeys(lived, 0.0) | {"40-49": 0.002})
    assert (of_figures.rate_by_activity(levels)["rate_per_1000"] == 1000 * 0.002 * 0.45).all()
    assert of_figures.middle_ages(levels) == "30-39 to 40-49"
    alike = levels_by_age({"40-49": 5.0}, {"40-49": 0.1})
    assert of_figures.middle_ages(alike) == "40-49"


def test_crude_rates_are_marked_where_ages_are_not_crossed(one_world):
    table = of_figures.rate_by_activity(of_figures.central_levels(one_world.outcomes))
    assert not table["age_standardised"].any()
    drawing = next(d for d in plots.drawings(one_world) if d.name == "rate_by_activity_group")
    assert "not age-standardised" in drawing.note


def test_survival_is_the_share_of_all_who_lived(result, levels):
    table = of_figures.survival(levels)
    start = table[table["years_since_start"] == 0]
    assert start["share_alive"].to_numpy() == pytest.approx(1)
    assert (start["more_alive_per_100k"] == 0).all()
    last = table[(table["year"] == table["year"].max()) & (table["world"] == "policy")].iloc[0]
    born = margin(result, "entrants", "policy")["value"].sum()
    assert last["lived"] == pytest.approx(start["alive"].iloc[0] + born)


def test_sparse_cells_of_the_risk_map_stay_empty(levels):
    table = of_figures.risk_by_age_and_activity(levels)
    sparse = table["events"] < of_figures.FEWEST_EVENTS_SHOWN
    assert sparse.any()
    assert table.loc[sparse, "rate_per_1000"].isna().all()
    assert table.loc[~sparse, "rate_per_1000"].notna().all()


def risk_cells(*events_and_rates):
    """Return cells of the risk map of one disease, all in one group but the last."""
    ages = of_figures.ORDERS["age_band"][-len(events_and_rates) :]
    table = pd.DataFrame(events_and_rates, columns=["events", "rate_per_1000"])
    table["rate_per_1000"] = table["rate_per_1000"].where(table["events"] >= 10)
    return table.assign(
        disease="dementia", age_band=list(ages), group="low", grouped_by="activity_group"
    )


def test_the_risk_map_names_a_highest_rate_only_where_it_is_clear_of_every_other():
    unclear = titles.risk_map_title(risk_cells((400, 15.0), (400, 16.0), (4, 72.0)))
    assert unclear == "First events per 1 000 person-years at risk, by age band and activity group"
    clear = titles.risk_map_title(risk_cells((400, 10.0), (400, 16.0), (4, 72.0)))
    assert clear == (
        "Among cells with 10 events or more, the highest rate of first events is that of dementia "
        "at 80-89: 16 per 1 000 a year among the low"
    )
    assert titles.risk_map_title(risk_cells((4, 72.0))) == "Too few events to map the risk"


def test_courses_hold_what_is_expected_and_its_interval(result, levels):
    """Per 100 000 who ever lived, 0 in the baseline; alive are as many more as fewer died."""
    course = result.expected_course
    table = of_figures.cumulative_incidence(levels, course)
    own, policy = (table[table["world"] == world] for world in ("baseline", "policy"))
    assert (own[["expected_per_100k", "lower", "upper"]] == 0).all(axis=None)
    last = policy[(policy["disease"] == "stroke") & (policy["year"] == policy["year"].max())]
    wanted = course[course["outcome"] == "incidence.stroke"].iloc[-1]
    scale = 1e5 / levels.people_lived
    assert last["expected_per_100k"].item() == pytest.approx(wanted["expected_averted"] * scale)
    assert last["upper"].item() == pytest.approx(wanted["upper"] * scale)
    alive = of_figures.survival(levels, course)
    row = alive[alive["world"] == "policy"].iloc[-1]
    deaths = course[course["outcome"] == "deaths"].iloc[-1]
    assert row["expected_per_100k"] == pytest.approx(
        deaths["expected_averted"] / row["lived"] * 1e5
    )
    assert not {"expected_per_100k"} & set(of_figures.survival(levels).columns)


def test_forest_brings_limits_to_the_scale_of_the_estimate(result):
    effects = result.effects.set_index("outcome")
    table = effect_tables.forest(result.effects).set_index("outcome")
    scale = effects.loc["stroke", "averted_per_100k"] / effects.loc["stroke", "averted"]
    assert table.loc["stroke", "lower"] == pytest.approx(effects.loc["stroke", "lower"] * scale)
    assert list(table.index) == [*diseases(), "deaths"]


def test_central_draw_alone_is_shown(result):
    doubled = result.outcomes.assign(draw=0, value=result.outcomes["value"] * 2)
    both = pd.concat([result.outcomes, doubled], ignore_index=True)
    plain = of_figures.il6_course(of_figures.central_levels(result.outcomes))
    pd.testing.assert_frame_equal(plain, of_figures.il6_course(of_figures.central_levels(both)))


def test_missing_stratum_is_named(levels):
    with pytest.raises(KeyError, match="no rows by sex x activity_group"):
        levels.table(["persons"], ("sex", "activity_group"))


# --- panels ---------------------------------------------------------------------------------


def test_panels_take_table_and_axes_and_return_the_axes(result, levels, ax):
    course = of_figures.il6_course(levels)
    assert plots.draw_il6_course(course, ax) is ax
    assert ax.get_ylabel() == "resting IL-6 [pg/mL]"
    assert {text.get_text() for text in ax.texts} >= {"baseline", "policy"}


def test_forest_draws_both_intervals_and_tells_them_apart(result, ax):
    plots.draw_forest(effect_tables.forest(result.effects), ax)
    labels = ax.get_legend_handles_labels()[1]
    assert any("parameter interval" in label for label in labels)
    assert any("Monte Carlo interval: sampling error" in label for label in labels)
    widths = [lines.get_linewidth()[0] for lines in ax.collections]
    assert max(widths) > 4 * min(widths)


def test_forest_without_draws_shows_one_interval(ax):
    plots.draw_forest(effect_tables.forest(make_result(years=3).effects), ax)
    assert len(ax.get_legend_handles_labels()[1]) == 1


def test_every_figure_names_units_and_sample(result):
    for drawing in plots.drawings(result):
        labels = " ".join(panel.get_xlabel() + panel.get_ylabel() for panel in drawing.figure.axes)
        assert re.search(r"\[|per 100 000|per 1 000|year|cells", labels + drawing.note)
        assert "n = 100" in drawing.note
        assert drawing.title
        assert not drawing.title.endswith(".")
        assert len(drawing.table)


# --- words ----------------------------------------------------------------------------------


def test_titles_claim_nothing_where_nothing_differs():
    same = make_result(effect=0.0, years=3)
    words = [drawing.title for drawing in plots.drawings(same)]
    assert "No outcome differs between the worlds by more than the Monte Carlo error" in words
    assert "The policy leaves resting IL-6 exactly as it is in the baseline" in words
    assert "New cases are the same in both worlds" in words
    assert any("as many are alive in both worlds" in text for text in words)


def test_nothing_is_claimed_within_the_monte_carlo_error(result, levels):
    table = of_figures.cumulative_incidence(levels)
    unsure = effect_tables.forest(result.effects).assign(estimate_lower=-1.0)
    assert "by more than the Monte Carlo error" in titles.cumulative_incidence_title(table, unsure)


EVERYBODY = groups.Eligible()


def groups_with(most, least, error):
    """Return a table of QALYs gained by group, per 100 000: quintiles and sexes."""
    rows = [("1", most), ("2", 30.0), ("3", 28.0), ("5", least), ("female", 40.0), ("male", 40.0)]
    table = pd.DataFrame(rows, columns=["group", "expected_per_100k"])
    value = table["expected_per_100k"]
    return table.assign(
        outcome="qalys_gained",
        standard_error=error,
        lower=value - 1.96 * error,
        upper=value + 1.96 * error,
    )


def test_groups_are_compared_only_where_the_difference_is_clear():
    clear = titles.benefit_title(groups_with(60.0, 25.0, 4.0), EVERYBODY)
    assert clear.startswith(
        "Within the run the most deprived quintile gains more QALYs than the least deprived: 60 "
    )
    assert clear.endswith("; whether women or men gain more QALYs within the run cannot be told")
    unsure = groups.sentences(groups_with(60.0, 25.0, 4.0), EVERYBODY)[1]
    assert "within the run cannot be told: 40.0 (32.2 to 47.8) against 40.0 (32.2" in unsure
    fewer = titles.benefit_title(groups_with(25.0, 60.0, 4.0), EVERYBODY)
    assert fewer.startswith("Within the run the most deprived quintile gains fewer QALYs")
    unclear = titles.benefit_title(groups_with(60.0, 25.0, 12.0), EVERYBODY)  # 35 apart, error 17
    assert unclear.startswith(
        "Whether the most deprived quintile or the least deprived gains more QALYs within the run "
        "cannot be told"
    )
    nothing = groups_with(0.0, 0.0, 0.0).assign(expected_per_100k=0.0)
    assert "Nobody gains or loses" in titles.benefit_title(nothing, EVERYBODY)


def test_only_groups_that_may_take_part_are_compared_and_the_others_are_named():
    table = groups_with(60.0, 0.0, 4.0)
    two = groups.Eligible(("1", "2"), ("female",))
    assert "than quintile 2 of deprivation: 60 (52 to 68) against 30.0" in titles.benefit_title(
        table, two
    )
    assert groups.sentences(table, two)[1:] == [
        "Quintiles 3, 4 and 5 of deprivation are not eligible.", "Only women are eligible."
    ]  # fmt: skip
    sexes, fifth = groups.sentences(table, groups.Eligible(fifths=("1",)))
    assert sexes.startswith("Whether women or men")
    assert fifth == "Only the most deprived quintile is eligible."
    none = titles.benefit_title(table, groups.Eligible(("1",), ("female",)))
    assert none == "What those gain who may take part"


@pytest.mark.parametrize(
    ("policies", "sex", "fifths", "sexes"),
    [
        ([(None, "both")], "both", "12345", ["female", "male"]),
        ([((1, 2), "both")], "female", "12", ["female"]),
        ([((2,), "male"), ((1, 4), "male")], "both", "124", ["male"]),
        ([((1,), "female"), (None, "male")], "both", "12345", ["female", "male"]),
    ],
)
def test_who_may_take_part_is_read_from_all_policies(policies, sex, fifths, sexes):
    rules = [SimpleNamespace(eligible=SimpleNamespace(deprivation=d, sex=s)) for d, s in policies]
    scenario = SimpleNamespace(policies=rules, population=SimpleNamespace(sex=sex))
    assert groups.eligible_groups(scenario) == (tuple(fifths), tuple(sexes))


def test_who_may_not_take_part_has_no_point(result):
    only = replace(result)
    rule = SimpleNamespace(sex="both", deprivation=(1, 2))
    policy = SimpleNamespace(name="walks", start=2027, end=None, eligible=rule, cost=None)
    only.scenario = SimpleNamespace(**vars(result.scenario) | {"policies": (policy,)})
    with style.house_style():
        found = figure_benefit(FigureInputs(only))
    assert points_in(found.figure.axes[0]) == 4  # two quintiles, two sexes
    assert "Without a point: quintiles 3, 4 and 5 of deprivation are not eligible." in found.note


def test_one_persons_gain_or_an_empty_group_tells_nothing():
    """What a single person gains has itself for an error; nobody has no number."""
    one = pd.Series({"expected_per_100k": 62.0, "standard_error": 62.0})
    nobody = pd.Series({"expected_per_100k": float("nan"), "standard_error": float("nan")})
    nothing = pd.Series({"expected_per_100k": 0.0, "standard_error": 0.0})
    assert groups.compared(one, nothing) == groups.compared(nothing, one) == 0
    assert groups.compared(one, nobody) == 0
    assert groups.compared(nothing, nothing) == 0


def test_titles_round_like_the_labels_and_one_case_is_one():
    row = {"outcome": "depression", "estimate": 74.6, "estimate_lower": 61.9}
    table = pd.DataFrame([row | {"estimate_upper": 88.1}])
    label = with_interval(74.6, 61.9, 88.1)
    told = "Averted per 100 000 persons: 75 first episodes of depression"
    assert titles.forest_title(table) == told
    assert label == "75 (62 to 88)"
    one = pd.DataFrame([row | {"outcome": "stroke", "estimate": 1.2, "estimate_upper": 60.0,
                               "estimate_lower": 0.6}])  # fmt: skip
    assert titles.forest_title(one) == "Averted per 100 000 persons: 1 case of stroke"


def rates(inactive, active, *, events):
    rows = [("inactive", inactive, events), ("very_active", active, events)]
    table = pd.DataFrame(rows, columns=["activity_group", "rate_per_1000", "events"])
    return table.assign(disease="stroke", world="baseline")


@pytest.mark.parametrize(
    ("inactive", "active", "events", "words"),
    [
        (0.243, 1.0, 3, "Too few events"),  # a factor from a few events makes no title
        (1.3, 1.0, 40, "Too few events"),  # nor does one that its error covers
        (0.0, 0.0, 0, "Too few events"),
        (3.0, 1.0, 200, "The inactive fall ill 3 times as often as the very active with stroke"),
    ],
)
def test_activity_groups_are_told_apart_only_beyond_the_error(inactive, active, events, words):
    assert titles.rate_by_activity_title(rates(inactive, active, events=events)).startswith(words)


def test_a_few_new_cases_are_not_ranked():
    table = pd.DataFrame({"disease": ["stroke"], "world": "baseline", "year": 2030})
    few = table.assign(cases=1, cases_per_100k=1e5)
    assert titles.cumulative_incidence_title(few, few).startswith("Too few new cases")


def points_in(panel):
    return sum(len(line.get_xdata()) for line in panel.lines if line.get_marker() in ("o", "s"))


def test_men_are_left_out_of_breast_cancer_only(result, ax):
    table = effect_tables.benefit_by_group(result.group_effects)
    plots.draw_benefit(table[table["outcome"] == "breast_cancer"], ax)
    assert points_in(ax) == 6  # five quintiles and women
    both = Figure().subplots()
    plots.draw_benefit(table[table["outcome"] == "stroke"], both)
    assert points_in(both) == 7


def test_a_policy_is_marked_at_the_first_of_january_of_its_year(result):
    """It starts in 2027; 31 December 2026, from where effects can grow, stands there too."""
    for drawing in plots.drawings(result):
        if drawing.name in ("il6_course", "companions", "cumulative_incidence", "survival"):
            shifted = drawing.name == "survival"
            lines = [line for panel in drawing.figure.axes for line in panel.lines]
            upright = [line for line in lines if list(line.get_ydata()) == [0, 1]]
            marks = {float(line.get_xdata()[0]) for line in upright}
            assert marks == {2.0 if shifted else 2027.0}, drawing.name
            curves = [line for line in lines if len(line.get_xdata()) > 3]
            assert {float(line.get_xdata()[0]) for line in curves} == {0.0 if shifted else 2025.0}


def test_a_title_admits_harm():
    table = pd.DataFrame(
        {
            "outcome": ["stroke"],
            "estimate": [-5.0],
            "estimate_lower": [-8.0],
            "estimate_upper": [-2.0],
        }
    )
    assert titles.forest_title(table) == "Nothing is averted; but 5.0 more cases of stroke"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (12345.0, "12 345"), (-2.5, MINUS + "2.5"), (float("nan"), "not available")],
)
def test_numbers_in_words(number, text):
    assert in_words(number).replace(THIN_SPACE, " ") == text


# --- files ----------------------------------------------------------------------------------


def test_every_figure_is_written_in_three_forms(result, tmp_path):
    paths = plots.draw_figures(result, tmp_path / "figures")
    names = {path.stem for path in paths}
    assert len(names) == len(builders(FigureInputs(result))) == 10
    assert sorted(tmp_path.rglob("*.*")) == sorted(paths)
    for path in paths:
        content = path.read_bytes()
        start = {".png": b"\x89PNG", ".svg": b"<?xml", ".csv": b""}[path.suffix]
        assert content.startswith(start)
        assert len(content) > 150
    table = pd.read_csv(tmp_path / "figures" / "cases_averted.csv")
    assert table["averted_per_100k"].to_numpy() == pytest.approx(
        effect_tables.forest(result.effects)["averted_per_100k"].to_numpy(), rel=1e-5
    )


def test_one_world_gives_the_figures_that_make_sense(one_world, tmp_path):
    paths = plots.draw_figures(one_world, tmp_path)
    assert len(paths) == 3 * len(EVERY_RUN)
    assert not {"cases_averted", "who_benefits"} & {path.stem for path in paths}
    assert b"policy" not in (tmp_path / "il6_course.svg").read_bytes()


def test_figures_are_the_same_bytes_every_time(one_world):
    first, second = (rendered(next(plots.drawings(one_world))) for _ in range(2))
    assert first.svg == second.svg
    assert first.png == second.png


def test_two_processes_draw_the_same_figures(one_world):
    names = [figure.name for figure in plots.render_figures(one_world, 1)]
    alone, shared = (plots.render_figures(one_world, number) for number in (1, 2))
    assert alone == shared
    assert [figure.name for figure in shared] == names


def test_what_a_copy_took_and_did_not_give_back_is_drawn_here(one_world, monkeypatch):
    here, draw = os.getpid(), files._drawn

    def failing(build, inputs):
        assert os.getpid() == here, "only the copy fails"
        return draw(build, inputs)

    alone = plots.render_figures(one_world, 1)
    monkeypatch.setattr(files, "_drawn", failing)
    assert plots.render_figures(one_world, 2) == alone


def test_drawing_goes_on_beside_other_work_and_ends_with_it(one_world):
    with files.begun_figures(one_world, 2) as finished:
        assert active_children(), "drawing has begun"
        assert finished() == plots.render_figures(one_world, 1)
    with pytest.raises(OSError, match="disk"), files.begun_figures(one_world, 2):
        raise OSError("the disk is full")
    assert not active_children()


@pytest.mark.parametrize("wanted", [True, False])
def test_garbage_is_not_looked_for_while_a_figure_is_drawn(wanted):
    states = []

    def build(inputs):
        states.append(gc.isenabled())
        raise ValueError("no such table")

    (gc.enable if wanted else gc.disable)()
    try:
        with pytest.raises(ValueError, match="no such table"):
            files._drawn(build, None)
        assert gc.isenabled() is wanted and states == [False]
    finally:
        gc.enable()


def test_work_that_fails_in_the_copy_is_done_here():
    here = os.getpid()

    def work():
        if os.getpid() != here:
            raise RuntimeError("only the copy fails")
        return []

    assert _forked(work).result() == []


# --- inflammation ---------------------------------------------------------------------------


def test_spike_share_follows_from_the_exposure(levels):
    table = inflammation.spikes_by_activity(levels)
    exposure = table["spike_exposure"]
    assert table["spike_share"].to_numpy() == pytest.approx(exposure / (exposure + 168))
    baseline = table[table["world"] == "baseline"].set_index("activity_group")["spike_exposure"]
    assert baseline["inactive"] < baseline["everybody"] < baseline["very_active"]
    words = inflammation.il6_spikes_title(table)
    assert words.startswith("Exercise spikes make ")
    assert "very active" in words


def test_companions_differ_only_where_the_policy_does(levels):
    table = inflammation.companion_course(levels)
    own = table[table["world"] == "baseline"]
    assert (own["relative_difference"] == 0).all()
    assert set(table["marker"]) == {"CRP", "IL-10", "TNF-alpha"}
    assert "CRP" in inflammation.companions_title(table)
    same = table.assign(relative_difference=0.0)
    assert "exactly as in the baseline" in inflammation.companions_title(same)


def test_a_companion_is_said_to_move_by_its_change_and_interval_not_by_its_digits(levels):
    table = inflammation.companion_course(levels)
    last = (table["year"] == table["year"].max()) & (table["world"] == "policy")
    for name, change in (("IL-10", 0.00034), ("TNF-alpha", 0.0)):
        rows = last & (table["marker"] == name)
        table.loc[rows, "relative_difference"] = change
    limits = {"il10.geometric_mean": Limits(0.00017, 0.00052)}
    title = inflammation.companions_title(table, limits)
    assert "CRP 1.2 % below and IL-10 0.034 % above; TNF-alpha the same" in title
    unsure = {"il10.geometric_mean": Limits(-0.00017, 0.00085)}
    assert whether("IL-10") in inflammation.companions_title(table, unsure)


def test_forest_prefers_expected_differences(result):
    scale = result.effects["averted_per_100k"] / result.effects["averted"]
    expected = result.effects["averted"] * 0.5
    effects = result.effects.assign(
        expected_averted=expected,
        expected_averted_per_100k=expected * scale,
        expected_lower=expected - 1,
        expected_upper=expected + 1,
    )
    plain, table = effect_tables.forest(result.effects), effect_tables.forest(effects)
    assert table["expected"].all()
    assert not plain["expected"].any()
    assert table["estimate"].to_numpy() == pytest.approx(plain["estimate"] / 2)
    assert table["averted_per_100k"].equals(plain["averted_per_100k"])


# --- comparison -----------------------------------------------------------------------------


def test_comparison_sets_scenarios_side_by_side(tmp_path):
    effects = {
        "weak": make_result(effect=0.01, years=5).effects,
        "strong": make_result(effect=0.05, years=5).effects,
    }
    comparison = compare_effects(effects, {"weak": 5, "strong": 7})
    paths = draw_comparison(comparison, tmp_path)
    written = pd.read_csv(tmp_path / "comparison.csv")
    assert dict(zip(written["scenario"], written["years"], strict=True)) == {"weak": 5, "strong": 7}
    units = written.set_index("outcome")["unit"]
    assert set(units["stroke"]) == {"cases"} and set(units["deaths"]) == {"deaths"}
    assert set(written["scale"]) == {"per_100000"}
    wide = wide_comparison(comparison)
    assert list(wide.columns) == ["weak", "strong"]
    assert wide.loc["type_2_diabetes", "strong"] > wide.loc["type_2_diabetes", "weak"]
    assert {path.suffix for path in paths} == {".png", ".svg", ".csv"}


def test_the_relative_change_of_a_comparison_is_that_of_its_estimate():
    """By hand: 8 of 10 000 are expected to be averted where none was counted."""
    effects = make_result(effect=0.05, years=5).effects
    effects = effects.assign(baseline=1e4, averted=0.0, averted_per_100k=0.0, relative_change=0.0)
    expected = effects.assign(expected_averted=8.0, expected_averted_per_100k=4.0)
    assert compare_effects({"a": expected})["relative_change"].tolist() == pytest.approx(
        [-8e-4] * len(effect_tables.forest(effects))
    )
    assert (compare_effects({"a": effects})["relative_change"] == 0.0).all()


@pytest.mark.parametrize(
    ("second", "half", "words"),
    [
        (20.0, 5.0, "walks averts most deaths, by the Monte Carlo error alone"),
        (38.0, 5.0, "Which scenario averts most deaths or first events of disease cannot be told"),
        (20.0, 45.0, "Which scenario averts most deaths or first events of disease cannot be told"),
    ],
)  # fmt: skip
def test_a_scenario_is_called_best_only_where_it_is_clear_of_the_others(second, half, words):
    assert comparison_title(two_scenarios(second, half)) == words


def two_scenarios(second, half):
    """Return a comparison in which walks avert 40 deaths, and referral so many."""
    table = pd.DataFrame({"scenario": ["walks", "referral"], "estimate": [40.0, second]})
    return table.assign(
        outcome="deaths",
        estimate_lower=table["estimate"] - half,
        estimate_upper=table["estimate"] + half,
    )


@pytest.mark.parametrize(
    ("number", "gap", "why"),
    [
        (40, 20.0, ""),
        (39, 20.0, " (39 draws are too few for more)"),
        (40, 0.5, " (the evidence leaves it open)"),
    ],
)  # fmt: skip
def test_a_title_names_the_error_unless_paired_draws_say_the_same(number, gap, why):
    random = np.random.default_rng(5)
    first = 40.0 + 30.0 * random.normal(size=number)  # the evidence moves both alike
    second = first - gap + random.normal(size=number)
    draws = {
        name: pd.DataFrame(
            {"draw": range(number), "outcome": "deaths", "averted_per_100k": np.nan,
             "expected_averted_per_100k": values}
        )
        for name, values in (("walks", first), ("referral", second))
    }  # fmt: skip
    table = two_scenarios(20.0, 5.0)
    best, alone = "walks averts most deaths", "by the Monte Carlo error alone"
    assert comparison_title(table, draws) == (f"{best}, {alone}" if why else best)
    note = f" {capitalised(alone)}{why}: {best}." if why else ""
    assert comparison_note(table, draws) == note
    with_others = {"walks": draws["walks"]}
    assert comparison_title(table, with_others).endswith(alone)
    named = table.replace({"scenario": {"walks": "harbour_cheap"}})
    assert comparison_title(named).startswith("harbour_cheap averts most deaths")


def test_duration_and_who_may_take_part_come_before_the_first_number():
    rules = {"walks": {"met_hours_below": 8.75, "sex": "both"}, "referral": {"sex": "both"}}
    runs = {
        name: {"scenario": {"years": years, "policies": [{"eligible": rules[name]}]}}
        for name, years in (("walks", 5), ("referral", 10))
    }
    found, eligible = unlike(runs), unlike_eligible(runs)
    assert eligible == (
        "who may take part differs: reporting less than 8.75 MET-hours a week in walks; "
        "everybody in referral"
    )
    table = two_scenarios(20.0, 5.0)
    text = comparison_in_text(table, found, eligible)
    assert text.startswith(
        f"runs of unlike duration, in years: 5 in walks, 10 in referral\n{eligible}; numbers are "
        f"per 100 000 of all persons, not of these\n{HEAD}\n"
    )
    alike = dict.fromkeys(runs, runs["walks"])
    assert unlike_eligible(alike) == ""
    assert comparison_in_text(table, unlike(alike)).startswith(HEAD)
    assert "40.0 (35.0 to 45.0)" in text
    effects = compare_effects({"walks": make_result(effect=0.05, years=5).effects})
    drawn = comparison_drawing(effects, found, eligible)
    assert "(years: 5 in walks, 10 in referral)" in drawn.title
    differs = "Who may take part differs: reporting less than 8.75 MET-hours a week in walks"
    assert differs in drawn.note


def test_comparison_says_what_the_runs_do_not_share(tmp_path, capsys):
    for name, persons in (("small", 1000), ("large", 2000)):
        folder = tmp_path / name
        folder.mkdir()
        results = ResultFolder(folder)
        results.write_table("effects.csv", make_result(years=4).effects)
        results.finish({"persons": persons})
    folders = [str(tmp_path / name) for name in ("small", "large")]
    assert compare_main([*folders, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    told = "the runs differ by more than their policies: persons 1000 in small, 2000 in large"
    assert f"warning: {told}" in printed.err
    figure = (tmp_path / "out" / "comparison.svg").read_text()
    assert "differ by more than their policies" in figure
    assert "type_2_diabetes" in printed.out


def test_of_two_places_the_first_line_says_so():
    runs = {
        name: {"scenario": {"years": 5, "population": {"place": place}}}
        for name, place in (("walks", "uk"), ("referral", "my_town"))
    }
    text = comparison_in_text(two_scenarios(20.0, 5.0), unlike(runs))
    assert text.startswith('runs of unlike places: "uk" in walks, "my_town" in referral; ')
    effects = compare_effects({"walks": make_result(effect=0.05, years=5).effects})
    drawn = comparison_drawing(effects, unlike(runs))
    assert '(places: "uk" in walks, "my_town" in referral)' in drawn.title


def test_two_places_of_one_name_are_two_places():
    """A folder of one's own may be called as another, or have been edited between the runs."""
    runs = {
        name: {
            "scenario": {"years": 5, "population": {"place": "town"}}, "place": {"digest": digest},
        }
        for name, digest in (("walks", "a1b2c3d4e5"), ("referral", "b2c3d4e5f6"))
    }  # fmt: skip
    text = comparison_in_text(two_scenarios(20.0, 5.0), unlike(runs))
    assert text.startswith(
        "runs of unlike places: of one name, with other tables "
        '("a1b2c3d4" in walks, "b2c3d4e5" in referral); '
    )
    assert unlike({"walks": runs["walks"], "referral": runs["walks"]}) == {}


OF_TOWNS = {"years": 10, "population": {"ages": (20, 95), "sex": "both", "represents": 5}}


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, {}),
        ({"population": {"represents": 7}}, {}),
        ({"population": {"ages": (40, 75)}}, {"population.ages": "[20, 95] in a, [40, 75] in b"}),
        ({"population": {"sex": "male"}}, {"population.sex": '"both" in a, "male" in b'}),
        ({"years": 20}, {"years": "10 in a, 20 in b"}),
    ],
)
def test_runs_over_unlike_populations_are_told_apart(other, told):
    population = {**OF_TOWNS["population"], **other.get("population", {})}
    manifests = {"a": OF_TOWNS, "b": {**OF_TOWNS, **other, "population": population}}
    found = unlike({name: {"persons": 9, "scenario": each} for name, each in manifests.items()})
    assert found == told
    table = compare_effects({"a": make_result(effect=0.05, years=5).effects})
    drawing = comparison_drawing(table, found)
    assert ("The runs differ by more than their policies" in drawing.note) == bool(told)
    assert ("differ by more" in drawing.title) == bool(told)


def test_comparison_refuses_what_is_no_run(tmp_path, capsys):
    assert compare_main([str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "holds no finished run" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match="nothing to compare"):
        compare_effects({"uk": make_result(worlds=("baseline",), years=3).effects})
    assert unlike({"a": {"persons": 1}, "b": {"persons": 1}}) == {}


def test_rendering_needs_no_layout_engine():
    figure = Figure(layout="none")
    drawing = plots.Drawing("bare", figure, pd.DataFrame({"x": [1.0]}), "Bare", "")
    assert rendered(drawing).csv == b"x\n1\n"


def test_the_synthetic_result_dies_as_its_table_says(result):
    deaths = result.outcomes.query(
        "measure == 'deaths' and world == 'baseline' and age_band == '80-89' and year == 2025"
    )
    alive = result.outcomes.query(
        "measure == 'persons' and world == 'baseline' and age_band == '80-89' and year == 2025"
    )
    chosen = [
        rows[(rows[["sex", "deprivation", "activity_group"]] == "all").all(axis=1)]["value"].sum()
        for rows in (deaths, alive)
    ]
    published = DEATHS_PER_1000[AGES.index("80-89")] / 1000
    assert chosen[0] / chosen[1] == pytest.approx(published, rel=0.2)


# --- spending -------------------------------------------------------------------------------


def yearly(spent, budget=float("nan"), expected=float("nan"), reach=0.4):
    """Return a policy's years from 2025 on, nothing spent in the first."""
    table = pd.DataFrame({"spending": [0.0, *spent]})
    table = table.assign(policy="walks", year=2025 + table.index, budget=budget, reach=reach)
    table = table.assign(scale="represented")
    return table.assign(expected_spending=expected)


def walks_in(represents):
    policy = SimpleNamespace(name="walks", reach=0.4, cost=None, end=None)
    people = SimpleNamespace(represents=represents)
    return SimpleNamespace(policies=(policy,), population=people, start_year=2026, years=3)


def test_the_title_of_spending_gives_the_mean_and_the_dearest_year():
    told = spending.spending_title(yearly([5000.0, 30_010.0, 1000.0]), "GBP")
    assert told.replace(THIN_SPACE, " ") == (
        "From 2026 to 2028 the policy costs 12 000 GBP a year on average, and most in 2027: 30 000"
    )
    once = spending.spending_title(yearly([5000.0]), "GBP")
    assert once.replace(THIN_SPACE, " ") == "The policy costs 5 000 GBP in 2026"
    hundred = yearly([5000.0]).assign(scale="per_100000_at_start")
    assert spending.spending_title(hundred, "GBP").endswith(
        " GBP in 2026, per 100 000 persons at the start"
    )
    two = pd.concat([hundred, hundred.assign(policy="referral")])
    assert spending.spending_title(two, "GBP").startswith("The policies cost")


def test_bars_above_a_budget_are_explained_and_so_is_money_left_over():
    budgeted = yearly([70.0, 20.0], 60.0, [0.0, 58.0, 30.0], [0.0, 0.4, 0.4])
    note = spending.spending_note(budgeted, "GBP", walks_in(150_000))
    assert "even above the budget, by Monte Carlo error alone" in note
    assert "From 2027 on walks has the reach asked for, 0.4, and needs less." in note
    short = budgeted.assign(reach=0.3)  # money is left, but the reach is not there: it ended
    assert "needs less" not in spending.spending_note(short, "GBP", walks_in(150_000))
    free = spending.spending_note(yearly([70.0]), "GBP", walks_in(None))
    assert "budget" not in free and "100 000 persons at the start" in free


@pytest.mark.parametrize(
    ("without", "under"),
    [(1.39490, 1.39449), (1.3, 1.2), (1.31671, 1.31662), (2.0, 2.00049), (0.9, 0.9000004)],
)
def test_two_levels_beside_each_other_carry_the_change_told_with_them(without, under):
    """To a tenth of it; with three decimals 1.3949 and 1.39449 would say 0.072 % for 0.029 %."""
    shown = [float(text) for text in told_apart(without, under)]
    assert shown[1] - shown[0] == pytest.approx(under - without, rel=0.1001)
    if without == 1.39490:
        assert told_apart(without, under) == ("1.3949", "1.3945")
        assert round(under, 3) - round(without, 3) != pytest.approx(under - without, rel=0.1001)
