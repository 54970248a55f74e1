"""What no parameter draws would tell is not said to want them, and the reason is the real one."""

from dataclasses import replace

import pytest

from abm import load_scenario, simulate
from analysis.report.first_screen import first_screen
from analysis.report.page import render_report
from analysis.report.sections import sections
from analysis.report.undecided import why_no_net_cost
from tests.unit.test_report_of_harm import words_of

CASES = {
    "no cost": (["policies.walks.cost=null"], "the policy 'walks' names no cost"),
    "no prices": (["population.place=usa"], "the place does not say what care costs"),
    "another currency": (["population.place=example_city"],
                         "costs of policies are in GBP and those of the place in XTS"),
    "nobody": (["policies.walks.reach=0"], "nobody takes part"),
    "too late": (["years=1"], "nobody takes part"),
    "no minutes and no cost": (["policies.walks.adds.moderate=0", "policies.walks.cost=null"],
                               "nothing differs between the two worlds"),
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def case(request):
    settings, why = CASES[request.param]
    scenario = load_scenario("walking_groups", ["persons=300", "years=3", *settings])
    result = simulate(scenario)
    tables = {"economics.csv": result.economics, "qaly_sources.csv": result.qaly_sources}
    return result, tables, why


def test_the_first_screen_does_not_ask_for_draws_in_vain(case):
    result, tables, why = case
    screen = first_screen(result, tables)
    assert "--draws" not in screen.chance
    cannot = f"How probable it is that this pays cannot be said, because {why}."
    nothing = f"{why[0].upper()}{why[1:]}, so there is nothing that could pay."
    assert screen.chance in (cannot, nothing)


def test_what_carries_the_answer_gives_the_same_reason(case):
    result, tables, why = case
    found = sections(result, tables)
    assert found["carriers"].told == [f"Which assumptions carry the answer cannot be said: {why}."]
    told = "What it is worth to find out cannot be said, because "
    assert found["information_told"] == f"{told}{why}."
    page = words_of(render_report(result, figures=[], economics=result.economics, tables=tables))
    assert "acceptability curve need parameter draws" not in page


def test_where_draws_would_tell_they_are_asked_for():
    result = simulate(load_scenario("walking_groups", ["persons=300", "years=3"]))
    tables = {"economics.csv": result.economics}
    assert "without parameter draws (--draws)" in first_screen(result, tables).chance
    assert "without parameter draws" in sections(result, tables)["information_told"]


def test_all_policies_without_a_cost_are_named():
    scenario = load_scenario("walking_groups", ["policies.walks.cost=null"])
    assert why_no_net_cost(scenario) == "the policy 'walks' names no cost"
    twice = replace(scenario, policies=scenario.policies * 2)
    assert why_no_net_cost(twice) == "the policies 'walks' and 'walks' name no cost"
    assert why_no_net_cost(load_scenario("walking_groups")) == ""
