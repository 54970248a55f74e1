"""One quantity has one value on a page, and no sentence of it contradicts another."""

from __future__ import annotations

import re
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from abm import load_scenario, simulate
from analysis.decision.tables import decision_tables
from analysis.outcomes import row_label
from analysis.plots.drawing import FigureInputs
from analysis.plots.figures import figure_forest
from analysis.report.by_year import horizon_rows, most_at_once
from analysis.report.carries import information_sentence
from analysis.report.comparison_rows import budget_rows, equity_rows
from analysis.report.cost_per_qaly import CANNOT_BE_TOLD
from analysis.report.economics_rows import economics_rows, written
from analysis.report.first_screen import first_screen, prevented_marks
from analysis.report.headline import headline
from analysis.report.people import people_of
from analysis.report.undecided import NOBODY
from analysis.report.worth_in_words import taking_part
from analysis.tables.effect_tables import benefit_by_group, per_100k, with_scale
from analysis.tables.groups import Eligible, chance_of_women, sentences
from analysis.tables.slope import slope_if_known, slope_in_words
from analysis.tables.titles import benefit_title

TWO = """
name: two
extends: uk
policies:
  - {name: walks, uptake: 0.5, adds: {moderate: 60}, adherence: {half_life_years: 5},
     cost: {per_participant: 45}}
  - {name: rides, uptake: 0.5, adds: {moderate: 60}, adherence: {half_life_years: 5},
     cost: {per_participant: 45}}
"""
UNSURE = """
name: unsure
extends: uk
policies:
  - {name: drug, il6_signalling: {value: 1.0, low: 0.5, high: 1.6},
     adherence: {half_life_years: 5}, cost: {per_participant: 45}}
"""


def scenario_of(text, folder):
    path = folder / f"{text.split()[1]}.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return simulate(scenario_of(TWO, tmp_path_factory.mktemp("two")), persons=400, years=3)


@pytest.fixture(scope="module")
def unsure(tmp_path_factory):
    scenario = scenario_of(UNSURE, tmp_path_factory.mktemp("unsure"))
    return simulate(scenario, persons=300, years=4, draws=3)


def test_who_starts_two_policies_is_one_person(two):
    """Of 100 000 persons 200 000 were "offered it", and more started than the league table said."""
    people = people_of(two)
    everybody = two.group_effects[two.group_effects["group"] == "all"].iloc[0]
    persons = 1e5 * everybody["participants"] / everybody["persons"]
    who = taking_part(two, people)
    assert who.started == written(persons)
    screen = first_screen(two, {"economics.csv": two.economics})
    assert screen.numbers[0]["text"] == written(persons)
    assert "offers are made and of whom" in screen.answer and "offered it" not in screen.answer
    told = next(text for text in headline(two, two.economics) if "the policy walks" in text)
    assert re.search(r"start; the policy rides .* start; as some start more than one, ", told)
    tables = {"budget_impact.csv": two.budget_impact, "group_effects.csv": two.group_effects}
    row = budget_rows(["two"], {"two": tables | {"persons": 400}}, "GBP")[0]
    assert row["started"] == written(persons)


def test_the_year_in_which_most_take_part_is_told_with_its_scale(two):
    told = most_at_once(two.budget_impact, False)
    assert "people per 100 000 persons at the start, counted by the share of the year" in told
    assert "and once for each policy" in told


def test_what_only_draws_change_has_its_interval(unsure):
    """It was 0, "the same in both worlds", with an interval of 0 to 0 made of a scale of 0."""
    effects = with_scale(unsure.effects, unsure.group_effects)
    marks = prevented_marks(effects)
    open_ones = [mark for mark in marks if mark["nil"] == "the same at central values"]
    assert open_ones and all(mark["outer"][1] > 0.0 for mark in open_ones)
    assert all(re.match(r"0[.0]* \(.+ to .+\)", mark["text"]) for mark in open_ones)
    screen = first_screen(unsure, {"economics.csv": unsure.economics})
    assert screen.prevented == marks
    assert "at central values nobody's health changes" in screen.answer
    told = " ".join(headline(unsure, unsure.economics))
    assert "no outcome differs between the two worlds at central values, while some do" in told


def test_the_figure_of_effects_draws_what_only_draws_change(unsure):
    """Its interval over draws was drawn from 0 to 0; the page's marks stand on the same numbers."""
    drawn = figure_forest(FigureInputs(unsure)).table
    marks = prevented_marks(with_scale(unsure.effects, unsure.group_effects))
    shown = drawn[drawn["outcome"].map(row_label).isin([mark["label"] for mark in marks])]
    assert len(shown) == len(marks) > 0 and (shown["estimate"] == 0.0).all()
    assert ((shown["parameter_upper"] > 0.0) == [mark["outer"][1] > 0.0 for mark in marks]).all()


def test_the_scale_of_effects_is_that_of_their_persons(two):
    scaled = with_scale(two.effects, two.group_effects)
    assert per_100k(scaled) == pytest.approx(float(scaled["one_per_100k"].iat[0]), rel=1e-6)
    nothing = scaled.assign(averted=0.0, expected_averted=0.0)
    assert per_100k(nothing) == pytest.approx(per_100k(two.effects), rel=1e-6)


def test_the_slope_alone_says_which_quintile_gains_more(two):
    """The same page said "gain more", by the slope, and "cannot be told", by its two ends."""
    for chance in (0.99, 0.6):
        row = {"outcome": "qalys_gained", "slope_index": 5.0, "slope_index_standard_error": 2.0,
               "relative_index": 1.0, "p_most_deprived_gain_more": chance}  # fmt: skip
        changed = _Other(two, pd.DataFrame([row]))
        told = [text for text in headline(changed) if "deprived" in text]
        assert len(told) == 1 and "over Monte Carlo error alone" in told[0], told
        slope = slope_if_known(changed.equity, two.group_effects)
        title = benefit_title(benefit_by_group(two.group_effects), Eligible(), slope)
        assert title.startswith(told[0].removesuffix(".")) and title.count("deprived") == 2


class _Other:
    """A result with another table of equity."""

    def __init__(self, result, equity):
        self._result, self.equity = result, equity

    def __getattr__(self, name):
        return getattr(self._result, name)


HORIZON = {
    "horizon": "lifetime", "years": np.nan, "scale": "per_100000", "qalys_gained": 7.06,
    "policy_cost": 4e6, "care_cost_averted": 6e4, "net_cost": 4.5e6, "cost_per_qaly": 637000.0,
    "lower": np.nan, "upper": np.nan,
}  # fmt: skip


@pytest.mark.parametrize("error", [np.nan, 5.0])
def test_no_cost_per_qaly_where_it_cannot_be_told_whether_any_is_gained(error):
    """The first screen said so, and the table by horizon 637 000 GBP."""
    table = pd.DataFrame([HORIZON | {"qalys_gained_standard_error": error}])
    assert horizon_rows(table, False, False)[0]["ratio"] == CANNOT_BE_TOLD
    sure = pd.DataFrame([HORIZON | {"qalys_gained_standard_error": 0.5}])
    assert horizon_rows(sure, False, False)[0]["ratio"].startswith("637")


def test_a_limit_below_0_of_a_cost_per_qaly_saves_money(two):
    limits = {"qalys_gained_standard_error": 0.5, "lower": -213.0, "upper": 1670.0}
    row = horizon_rows(pd.DataFrame([HORIZON | limits]), False, False)[0]
    assert row["between"].startswith("saves money to 1")
    table = two.economics.copy()
    ratio = table["measure"] == "cost_per_qaly"
    table.loc[ratio, ["lower", "upper"]] = [-213.0, 1670.0]
    shown = {row["name"]: row for row in economics_rows(table)}
    assert shown["Cost per QALY"]["monte_carlo"].startswith("saves money to 1")


def test_more_draws_are_no_advice_where_nobody_takes_part():
    scenario = load_scenario("walking_groups", ["policies.walks.reach=0"])
    tables = decision_tables(simulate(scenario, persons=50, years=2, draws=2))
    told = information_sentence(tables["value_of_information.csv"], NOBODY)
    assert told == "Nobody takes part, so there is nothing to find out here."


def test_groups_without_people_are_not_compared():
    """It was: "cannot be told: not available (unknown) against not available (unknown)"."""
    everybody = ["policies.walks.reach=1", "policies.walks.uptake=1"]
    scenario = load_scenario("walking_groups", everybody)
    one = simulate(scenario, persons=1, years=3, seed=1)
    assert not [text for text in headline(one) if "not available" in text or "quintile" in text]
    assert slope_in_words(one.equity, one.group_effects).endswith("not every quintile has people.")


def test_a_comparison_says_where_nothing_is_gained_or_lost():
    row = {"outcome": "qalys_gained", "slope_index": 0.0, "slope_index_standard_error": 0.0,
           "relative_index": np.nan, "p_most_deprived_gain_more": np.nan}  # fmt: skip
    told = equity_rows(["nobody"], {"nobody": {"equity.csv": pd.DataFrame([row])}})
    assert told[0]["told"] == "nothing is gained or lost"


def test_a_policy_that_draws_change_is_not_said_to_change_nothing(unsure):
    warned = [text for text in unsure.manifest["warnings"] if "changes nothing" in text]
    assert len(warned) == 1 and "changes nothing at central values: it adds" in warned[0]


@pytest.mark.parametrize(("drawn", "told"), [(0.6, "cannot be told"), (0.99, "women gain more")])
def test_sexes_are_compared_over_draws_as_quintiles_are(two, drawn, told):
    """Monte Carlo error alone said "women gain more" where the parameters left it open."""
    row = {"outcome": "qalys_gained", "slope_index": 5.0, "slope_index_standard_error": 2.0,
           "relative_index": 1.0, "p_most_deprived_gain_more": 0.999, "p_women_gain_more": 0.999,
           "p_most_deprived_gain_more_draws": drawn, "p_women_gain_more_draws": drawn}  # fmt: skip
    women = chance_of_women(pd.DataFrame([row]))
    sexes = Eligible(fifths=())
    clear = pd.DataFrame({"outcome": "qalys_gained", "group": ["female", "male"], "persons": 100.0,
                          "expected_per_100k": [60.0, 30.0], "standard_error": 2.0,
                          "lower": [56.0, 26.0], "upper": [64.0, 34.0]})  # fmt: skip
    assert "women gain more" in sentences(clear, sexes)[0]
    text = sentences(clear, sexes, women=women)[0]
    assert told in text and "over parameter draws and Monte Carlo error" in text
    slope = slope_in_words(pd.DataFrame([row]), two.group_effects)
    assert ("Nothing can be said" in slope) == ("cannot" in told)


def test_how_surely_women_gain_more_is_in_the_table_with_and_without_draws(two, unsure):
    assert {"p_women_gain_more", "p_women_gain_more_draws"} <= set(unsure.equity)
    assert "p_women_gain_more_draws" not in two.equity
    groups = benefit_by_group(two.group_effects).set_index(["outcome", "group"])
    women, men = (groups.loc[("qalys_gained", sex)] for sex in ("female", "male"))
    chance = chance_of_women(two.equity).value
    apart = women["expected_per_100k"] - men["expected_per_100k"]
    error = np.hypot(women["standard_error"], men["standard_error"])
    assert chance == pytest.approx(NormalDist().cdf(apart / error), rel=1e-6)
