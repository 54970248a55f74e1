"""Intervals over parameter draws: where they are shown it is said how far they can be trusted."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from synthetic_result import make_result

from abm import load_scenario, simulate
from abm.results.claims import FEWEST_DRAWS, with_draws
from analysis.certainty.draws_in_words import doubts
from analysis.certainty.precision import uncertainty
from analysis.commands.run_results import effects_in_text
from analysis.plots.files import render_figures
from analysis.report import page as report
from analysis.report.comparison import (
    HEAD,
    HEAD_OF_BOTH,
    HEAD_OF_DRAWS,
    compare_effects,
    comparison_in_text,
)
from analysis.report.effect_rows import effect_rows
from analysis.report.numbers import plain
from analysis.report.uncertainty_rows import uncertainty_rows
from analysis.report.worth_in_words import worth_sentences
from analysis.tables.effect_tables import doubts_of_draws, forest
from analysis.words import in_words, with_interval

OUTSIDE = "* The central value lies outside its own 95 % parameter interval"
FEW = f"its ends mean something from {FEWEST_DRAWS} draws on"
SETTINGS = ["population.represents=50000", "persons=2000", "years=4"]


@pytest.fixture(scope="module")
def town():
    return simulate(load_scenario("walking_groups", SETTINGS), draws=3, seeds=2)


def beyond(table, rows):
    """Return a table whose intervals over draws lie above the values of some rows."""
    lower, upper = table["parameter_lower"], table["parameter_upper"]
    away = 10.0 * (table["parameter_upper"].abs() + 1.0) * rows
    moved = table.assign(parameter_lower=lower + away, parameter_upper=upper + away)
    value = "estimate" if "estimate" in table else "value"
    return with_draws(moved, moved[value], 3)


def test_a_table_says_whether_a_value_lies_outside_and_of_how_many_draws():
    table = pd.DataFrame({"parameter_lower": [1.0, 1.0, np.nan], "parameter_upper": 2.0})
    found = with_draws(table, pd.Series([1.5, 2.5, 1.5]), 8)
    assert found["outside_parameter_interval"].tolist()[:2] == [False, True]
    assert found["parameter_draws"].tolist()[:2] == [8.0, 8.0]
    assert found.iloc[2][["outside_parameter_interval", "parameter_draws"]].isna().all()


@pytest.mark.parametrize(
    ("draws", "outside", "told"),
    [(8, True, [OUTSIDE, FEW]), (8, False, [FEW]), (FEWEST_DRAWS, False, []),
     (FEWEST_DRAWS, True, [OUTSIDE]), (0, False, []), (float("nan"), False, [])],
)  # fmt: skip
def test_what_is_said_of_draws(draws, outside, told):
    said = doubts(draws, outside)
    assert len(said) == len(told)
    assert all(words in each for words, each in zip(told, said, strict=True))


def test_tables_of_a_run_hold_their_draws(town):
    for table in (uncertainty(town), town.economics, town.effects):
        known = table["parameter_lower"].notna()
        assert known.any()
        assert (table.loc[known, "parameter_draws"] == 3).all()
        assert table.loc[known, "outside_parameter_interval"].isin([True, False]).all()


def test_the_terminal_marks_a_value_outside_its_interval(town):
    effects = town.effects.assign(estimate=town.effects["expected_averted"])
    marked = replace(town, effects=beyond(effects, effects["outcome"] == "deaths"))
    worth = town.economics
    worth = worth.assign(parameter_lower=worth["value"] - 1, parameter_upper=worth["value"] + 1)
    text = effects_in_text(marked, uncertainty(town), worth)
    of_all, represented = [line for line in text.splitlines() if line.endswith(" *")]
    assert of_all.startswith("Deaths, all causes") and represented.startswith("Deaths, all causes")
    assert text.count(OUTSIDE) == 1 and FEW in text
    unmarked = replace(town, effects=beyond(effects, effects["outcome"] == "nothing"))
    assert OUTSIDE not in effects_in_text(unmarked, uncertainty(town), worth)


def test_an_effect_has_the_same_parameter_interval_wherever_it_is_shown(town):
    """That of uncertainty.csv, without the Monte Carlo error of the draws, is another."""
    table = uncertainty(town)
    own = table.set_index("outcome").loc["deaths", "parameter_upper"]
    assert own != town.effects.set_index("outcome").loc["deaths", "parameter_upper"]
    deaths = next(row for row in effect_rows(town.effects) if row["outcome"] == "deaths")
    text = effects_in_text(town, table, town.economics)
    rows = [line for line in text.splitlines() if line.startswith("Deaths, all causes")]
    assert rows[0].endswith(f"  {plain(deaths['parameter'])}")
    assert "without that error in uncertainty.csv" in text
    assert "parameter" not in uncertainty_rows(table, town.effects)[-1]
    page = report.render_report(town, figures=[], uncertainty=table)
    assert "<code>uncertainty.csv</code> holds the interval without that error" in page


def test_the_people_represented_have_both_intervals_on_the_terminal(town):
    text = effects_in_text(town, uncertainty(town), town.economics)
    head, *rows = text[text.index("averted, 50 000 people represented") :].splitlines()
    assert head.split("  ")[-1].strip() == "95 % parameter interval"
    assert "expected (95 % Monte Carlo)" in head
    effects = town.effects.set_index("outcome").loc["incidence.coronary_heart_disease"]
    for end in ("expected_lower", "expected_upper", "parameter_lower", "parameter_upper"):
        assert effects[f"{end}_represented"] == pytest.approx(25.0 * effects[end])
    ends = [effects[f"expected_{end}_represented"] for end in ("averted", "lower", "upper")]
    assert with_interval(*ends) in rows[0]
    limits = [in_words(effects[f"parameter_{end}_represented"], 2) for end in ("lower", "upper")]
    assert rows[0].endswith(" to ".join(limits))
    alone = replace(town, effects=town.effects.drop(columns=["parameter_lower"]))
    assert "95 % parameter interval" not in effects_in_text(alone)


def test_the_people_represented_have_both_intervals_on_the_page(town):
    values = report.report_values(town, [])
    effects = town.effects.set_index("outcome")
    for row in values["causes"] + values["events"]:
        (known,) = {row["outcome"], f"incidence.{row['outcome']}"} & set(effects.index)
        high = effects.loc[known, "parameter_upper_represented"]
        assert in_words(high, 2) in row["parameter_represented"]
    years = effects.loc["life_years", "parameter_upper_represented"]
    assert in_words(years, 2) in values["life_years_parameter_represented"]
    page = report.render_report(town, figures=[])
    assert values["life_years_parameter_represented"] in page
    shown = [row["parameter_represented"] for row in values["causes"]]
    assert all(f'"second">{interval}</span>' in page for interval in shown)


def test_every_table_of_the_terminal_says_whose_numbers_it_holds(town):
    text = effects_in_text(town, uncertainty(town), town.economics)
    first = r"  (baseline|counted|expected) "
    heads = [line for line in text.splitlines() if re.search(first, line)]
    assert [re.search("simulated|represented", head)[0] for head in heads] == [
        "simulated", "represented"
    ]  # fmt: skip
    assert "expected averted per 100 000 " in heads[0]


def test_the_worth_on_the_terminal_has_both_intervals(town):
    """By hand: the value 5 lies outside 10 to 2 000, as the mark and the sentence say."""
    row = {"scale": "per_100000", "measure": "qalys_gained", "unit": "QALYs", "value": 5.0,
           "horizon": "run", "lower": 4.0, "upper": 6.0}  # fmt: skip
    costs = [
        {**row, "measure": name, "value": np.nan}
        for name in ("care_cost_averted", "policy_cost", "net_cost", "cost_per_qaly")
    ]
    alone = pd.DataFrame([row, *costs])
    assert "5.0 (4.0 to 6.0)" in effects_in_text(town, None, alone)
    assert effects_in_text(town, None, alone).endswith("in brackets: 95 % Monte Carlo interval")
    blank = alone.assign(parameter_lower=np.nan, parameter_upper=np.nan)
    assert effects_in_text(town, None, blank) == effects_in_text(town, None, alone)
    moved = alone.assign(parameter_lower=10.0, parameter_upper=2000.0)
    drawn = effects_in_text(town, None, moved)
    assert "5.0 (4.0 to 6.0; parameters 10.0 to 2 000 *)" in drawn and OUTSIDE in drawn
    assert drawn.endswith("interval, then the 95 % parameter interval")


def test_a_comparison_on_the_terminal_shows_the_interval_of_the_draws():
    """As its figure does; where only some scenarios have draws the head says which is which."""
    drawn, alone = (make_result(years=4, draws=draws).effects for draws in (True, False))
    drawn = drawn.assign(parameter_draws=8.0)
    row = forest(drawn).set_index("outcome").loc["deaths"]
    limits = [row[name] for name in ("estimate", "parameter_lower", "parameter_upper")]
    text = {
        name: comparison_in_text(compare_effects(effects), {})
        for name, effects in {
            "drawn": {"a": drawn}, "alone": {"a": alone}, "both": {"a": drawn, "b": alone},
        }.items()
    }  # fmt: skip
    heads = {name: each.splitlines()[0] for name, each in text.items()}
    assert heads == {"drawn": HEAD_OF_DRAWS, "alone": HEAD, "both": HEAD_OF_BOTH}
    for name in ("drawn", "both"):
        assert plain(with_interval(*limits)) in text[name] and FEW in text[name]
    assert plain(with_interval(*limits)) not in text["alone"] and FEW not in text["alone"]
    few = compare_effects({"a": drawn}).assign(estimate_lower=np.nan, estimate_upper=np.nan)
    assert comparison_in_text(few, {}).count("(unknown)") == len(few)


def test_the_page_marks_them_and_says_so_below_each_table():
    result = make_result(years=4, draws=True, effect=0.05)
    result.manifest["draws"] = 8
    plain = report.render_report(result, figures=[])
    assert FEW in plain and OUTSIDE not in plain
    effects = result.effects
    lower, upper = effects["parameter_lower"] * 9, effects["parameter_upper"] * 9
    result.effects = effects.assign(parameter_lower=lower, parameter_upper=upper)
    page = report.render_report(result, figures=[])
    assert page.count(OUTSIDE) == 2, "below the table of outcomes and that of deaths by cause"
    tables = re.findall("<table.*?</table>", page, re.S)
    assert sum(each.count(" *</span>") for each in tables) == len(lower.dropna())
    result.manifest["draws"] = 200
    many = report.render_report(result, figures=[])
    assert FEW not in many and OUTSIDE in many


def test_the_first_sentences_mark_them():
    values = {"qalys_gained": 40.0, "net_cost": 1e5, "cost_per_qaly": 2500.0}
    table = pd.DataFrame({"measure": list(values), "value": list(values.values())})
    table = table.assign(
        scale="per_100000", horizon="run", lower=30.0, upper=50.0,
        unit=["QALY", "GBP", "GBP per QALY"],
    )  # fmt: skip
    limits = {"parameter_lower": table["value"] * 1.5, "parameter_upper": table["value"] * 2}
    people = report.people_of(make_result(years=4))
    said = " ".join(worth_sentences(table.assign(**limits), people, draws=8))
    assert "60 to 80 QALYs *" in said and OUTSIDE in said and FEW in said


def test_figures_say_it_in_their_note():
    result = make_result(years=4, draws=True)
    effects = result.effects.assign(parameter_draws=8.0)
    assert FEW in doubts_of_draws(forest(effects))
    assert OUTSIDE not in doubts_of_draws(forest(effects))
    far = effects.assign(parameter_lower=effects["parameter_upper"])
    assert OUTSIDE in doubts_of_draws(forest(far))
    assert doubts_of_draws(forest(result.effects)) == ""
    drawn = render_figures(replace(result, effects=far))
    assert OUTSIDE in next(each.note for each in drawn if each.name == "cases_averted")
