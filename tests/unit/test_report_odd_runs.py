"""Pages of runs at the edge: hostile words, nobody, nothing, no money, draws without an answer."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from openable import opened

from abm import load_scenario, simulate
from analysis.decision.tables import decision_tables
from analysis.report.comparison_page import comparison_page
from analysis.report.cost_per_qaly import NO_LIMITS
from analysis.report.decision_charts import plane_of
from analysis.report.first_screen import DRAWS_TABLE, first_screen
from analysis.report.net_factor_cells import net_factor_cells
from analysis.report.page import render_report
from analysis.tables.column_words import meaning
from analysis.tables.workbook import MOST_CELLS, workbook

EVIL = '"><script>alert(1)</script><img src=x onerror="alert(2)">'


def page_of(result, **changed) -> str:
    tables = {name: table for name, table in decision_tables(result).items() if table is not None}
    tables |= {} if result.equity is None else {"equity.csv": result.equity}
    return render_report(result, figures=[], economics=result.economics, tables=tables | changed)


def check_safe(page: str) -> None:
    assert not re.search(r"<(script|img|link|iframe|object|form)\b", page)
    assert not re.search(r"<[^>]*\son\w+=", page)


@pytest.fixture(scope="module")
def drawn():
    return simulate(load_scenario("walking_groups"), persons=600, draws=2)


def test_hostile_words_are_text_everywhere(drawn):
    scenario = replace(drawn.scenario, title=EVIL, description=EVIL, source=(EVIL,))
    policies = tuple(replace(each, name=EVIL) for each in scenario.policies)
    evil = replace(drawn, scenario=replace(scenario, policies=policies))
    page = page_of(evil)
    check_safe(page)
    assert "&lt;script&gt;alert(1)" in page


def test_a_run_with_draws_is_not_said_to_hold_its_parameters(drawn):
    """In a draw without gains the cost per QALY has no limits, which is no want of draws."""
    economics = drawn.economics.copy()
    ratio = economics["measure"] == "cost_per_qaly"
    economics.loc[ratio, ["parameter_lower", "parameter_upper"]] = np.nan
    page = page_of(drawn, **{"economics.csv": economics})
    assert NO_LIMITS in page and "parameters held at central values" not in page


def test_hostile_names_are_text_on_the_page_of_a_comparison(drawn):
    runs = {EVIL: {"title": EVIL, "economics_draws.csv": drawn.economics_draws}}
    ceac = decision_tables(drawn)["ceac.csv"].replace(drawn.scenario.name, EVIL)
    page = comparison_page({"ceac.csv": ceac}, runs, {EVIL: EVIL}, EVIL)
    check_safe(page)
    assert page.count("&lt;script&gt;") >= 4


ODD = {
    "one person": ("walking_groups", ["persons=1"]),
    "one year": ("walking_groups", ["persons=50", "years=1"]),
    "no policies": ("uk", ["persons=200", "years=2"]),
    "everybody dead": ("walking_groups", ["persons=3", "population.ages=[99,100]", "years=40",
                                          "population.entrants=false"]),
    "nobody offered": ("walking_groups", ["persons=50", "policies.walks.reach=0"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_an_odd_run_has_a_page_that_says_so(name):
    scenario, settings = ODD[name]
    result = simulate(load_scenario(scenario, settings), seeds=1)
    page = page_of(result)
    check_safe(page)
    words = re.sub(r"<[^>]+>", " ", page[page.index('class="headline"') :]).split()
    assert not {"nan", "None", "inf", "-inf"} & set(words)
    told = "This run has no policy" if name == "no policies" else "cannot be|No outcome differs"
    assert re.search(told, page)


def test_one_person_has_no_empty_table_of_counted_events():
    page = page_of(simulate(load_scenario("walking_groups", ["persons=1", "years=1"])))
    assert "No first event and no death was counted in either world." in page
    assert "Counted events" not in page
    assert not re.search(r"<tbody>\s*</tbody>", page)


def test_a_place_of_another_currency_is_said_where_the_settings_name_one():
    small = ["persons=50", "years=2"]
    usa = simulate(load_scenario("walking_groups", [*small, "population.place=usa"]))
    text = re.sub(r"<[^>]+>", " ", page_of(usa))
    said = "GBP; money on this page is in USD, the currency of the place"
    assert re.search(rf"economics: currency of what policies cost\s+{said}", text)
    own = simulate(load_scenario("walking_groups", small))
    assert "money on this page" not in page_of(own)


@pytest.mark.parametrize(("net", "told"), [(1e12, "below 1"), (-1e12, "above 99")])
def test_no_share_of_the_draws_is_told_as_sure(drawn, net, told):
    """The page of a comparison said below 1 % of what this one said to be 0 %."""
    draws = drawn.economics_draws.assign(net_cost=net)
    screen = first_screen(drawn, {"economics.csv": drawn.economics, DRAWS_TABLE: draws})
    assert f"the probability that it pays is {told}" in screen.chance
    plane = plane_of(draws, 20_000.0)
    assert f"the share of the draws below it is {told}" in plane["told"]
    row = {"label": "a", "causal_share": 0.4, "dilution_factor": None, "net_factor": 0.4}
    assert told in net_factor_cells([row | {"draws_above_1": float(net < 0.0)}])[0]["above"]


def test_draws_without_an_answer_leave_a_page_that_says_so(drawn):
    failed = drawn.economics_draws.copy()
    failed[["qalys_gained", "net_cost"]] = np.nan
    page = page_of(drawn, **{"economics_draws.csv": failed})
    assert "because what it costs or saves is not known" in page
    assert "need parameter draws" not in page  # the curve is there, the plane is not


def test_no_costs_leave_no_money_and_say_why(drawn):
    table = drawn.economics.copy()
    table.loc[table["measure"].isin(["policy_cost", "net_cost", "cost_per_qaly"]), "value"] = np.nan
    page = page_of(drawn, **{"economics.csv": table})
    assert "cost per QALY cannot be said, because what it costs or saves is not known." in page
    assert "cost per QALY cannot be said" in page or "cannot be told" in page


def test_the_workbook_holds_the_numbers_and_explains_each_column(drawn):
    tables = {name: table for name, table in decision_tables(drawn).items() if table is not None}
    tables |= {"effects.csv": drawn.effects, "group_effects.csv": drawn.group_effects,
               "equity.csv": drawn.equity, "economics.csv": drawn.economics,
               "budget_impact.csv": drawn.budget_impact, "life_expectancy.csv":
               drawn.life_expectancy, "participation.csv": drawn.participation}  # fmt: skip
    content = workbook(tables)
    assert content == workbook(tables)
    sheets = opened(content)
    explained = {tuple(row[:2]) for row in sheets["columns"][1:]}
    for name, table in tables.items():
        sheet = sheets[name.removesuffix(".csv")]
        assert sheet[0] == list(table.columns) and len(sheet) == len(table) + 1
        assert {(name.removesuffix(".csv"), column) for column in table.columns} <= explained
    place = sheets["effects"][0].index("expected_averted")
    numbers = [row[place] for row in sheets["effects"][1:] if row[place] is not None]
    assert numbers == pytest.approx(drawn.effects["expected_averted"].dropna().tolist())


def test_a_formula_is_text_and_a_limit_without_end_is_said():
    table = pd.DataFrame({"note": ["=1+1", "+1", "@x", "-2"], "lower": [1.0, np.inf, np.nan, -1.0]})
    sheet = opened(workbook({"break_even.csv": table}))["break_even"]
    assert [row[0] for row in sheet[1:]] == ["=1+1", "+1", "@x", "-2"]
    assert [row[1] for row in sheet[1:]] == [1.0, "inf", None, -1.0]


def test_a_table_too_large_is_left_out_and_named():
    table = pd.DataFrame({"draw": np.arange(MOST_CELLS + 1)})
    sheets = opened(workbook({"draw_effects.csv": table}))
    assert "draw_effects" not in sheets and sheets["left out"][1][0] == "draw_effects.csv"


def test_a_column_that_nobody_explains_is_an_error():
    with pytest.raises(KeyError, match="nobody has said what the column made_up means"):
        meaning("effects", "made_up")
