"""Pages of runs in which nothing changes or nobody takes part say so."""

import math

import pandas as pd
import pytest

from abm import load_scenario, simulate
from analysis.commands.run_results import write_result
from analysis.decision.tables import decision_tables
from analysis.report.first_screen import chance_in_words, share_of_qalys
from tests.unit.test_report_of_harm import words_of


def page_of(result, folder):
    result.manifest["command"] = "python run.py made-up"
    write_result(result, folder, figures=False, decided=decision_tables(result))
    return words_of((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def one_person(tmp_path_factory):
    result = simulate(load_scenario("walking_groups"), persons=1, years=1, draws=3)
    return page_of(result, tmp_path_factory.mktemp("one"))


def test_draws_that_change_nothing_are_no_run_without_draws(one_person):
    assert "central value of every parameter" not in one_person
    assert "Parameter intervals are missing" not in one_person
    assert "In 3 of 3 parameter draws nothing differs between the two worlds" in one_person


def test_what_nobody_does_neither_pays_nor_fails_to(one_person):
    assert "Nobody takes part. Nothing differs between the two worlds in any of 3" in one_person
    assert "the probability that it pays" not in one_person.casefold()


def test_the_chance_to_pay_says_in_how_many_draws_nothing_differs():
    worth = {"qalys_gained": [0.0, 0.0, 9.0], "net_cost": [0.0, 0.0, 1.0]}
    draws = pd.DataFrame(worth | {"draw": [0, 1, 2], "scale": "per_100000", "unit": "GBP"})
    told = chance_in_words(load_scenario("walking_groups"), draws)
    assert "it pays is 33\xa0%, by the parameter draws, in 2 of 3 of which nothing" in told


@pytest.fixture(scope="module")
def no_minutes(tmp_path_factory):
    scenario = load_scenario("walking_groups", ["policies.walks.adds.moderate=0"])
    return page_of(simulate(scenario, persons=300, years=3), tmp_path_factory.mktemp("none"))


def test_a_policy_without_minutes_changes_nothing_and_its_cost_is_known(no_minutes):
    assert "start, nobody's health changes and no QALYs are gained or lost to" in no_minutes
    assert "cannot be told from the Monte Carlo error" not in no_minutes
    assert "0 to 0" not in no_minutes.split("What it does")[0]
    assert "cannot be told from none" not in no_minutes.split("a hollow dot")[0]
    assert "Of health the simulation has no error, as nothing changes." in no_minutes
    assert "no outcome differs between the two worlds." in no_minutes
    assert "No QALYs are gained or lost, so nothing runs through IL-6." in no_minutes
    assert "No QALYs are gained or lost in any quintile of deprivation" in no_minutes
    assert "more persons or seeds would show it" not in no_minutes


def test_an_offer_to_nobody_pays_in_no_share_of_the_draws(tmp_path):
    scenario = load_scenario("walking_groups", ["policies.walks.reach=0"])
    text = page_of(simulate(scenario, persons=100, years=3, draws=2), tmp_path)
    assert "Nobody takes part. Nothing differs" in text and "it pays is" not in text
    assert "Nobody takes part: nobody was offered anything." in text


def test_a_share_outside_its_own_interval_is_not_told():
    """It was: 20 % of the QALYs gained, with an interval of 23 to 23 %."""
    row = {"qalys_gained": 0.089, "share_via_il6": 0.2004, "share_via_il6_lower": 0.2285}
    told = share_of_qalys(pd.DataFrame([row | {"share_via_il6_upper": 0.2285}]))
    assert told == "How much of this runs through IL-6 is unknown, as its interval is."
    inside = share_of_qalys(pd.DataFrame([row | {"share_via_il6_lower": 0.1,
                                                 "share_via_il6_upper": 0.3}]))  # fmt: skip
    assert inside.startswith("20 % of the QALYs gained within the run come through IL-6 (95 %")


def test_the_share_through_il6_says_what_the_evidence_leaves_open():
    """Its interval is of the Monte Carlo error alone: it read as if the share were well known."""
    limits = {"share_via_il6_lower": 0.11, "share_via_il6_upper": 0.14}
    sources = pd.DataFrame([{"qalys_gained": 1.0, "share_via_il6": 0.13} | limits])
    effects = pd.DataFrame({"outcome": ["deaths", "life_years"], "share_lower": [0.5, 0.0015],
                            "share_upper": [0.6, 0.26]})  # fmt: skip
    told = share_of_qalys(sources, effects)
    assert told.endswith("holds as one. In 95 % of the parameter draws it is 0.15 to 26 % of the "
                         "life-years.")  # fmt: skip
    assert "come through IL-6 at central values (95 % Monte Carlo" in told
    assert "central" not in share_of_qalys(sources)
    without = effects.assign(share_lower=math.nan, share_upper=math.nan)
    assert share_of_qalys(sources, without) == share_of_qalys(sources)
    assert share_of_qalys(sources, effects.drop(columns=["share_lower", "share_upper"])) == (
        share_of_qalys(sources)
    )
