"""The page of a comparison: what it says of whom, in which colours, and how surely."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest

from abm.results.claims import chance_to_tell, sure_side
from abm.results.scales import PER_100_000
from analysis.decision.assumptions import FIRST_ORDER, with_represented
from analysis.report.compared_setting import LONGEST_TAB, name_of_tab, setting_in_words
from analysis.report.comparison_page import comparison_page
from analysis.report.comparison_words import answer_of, intervals_told, worth_of_first
from analysis.words import MINUS, NO_BREAK, THIN_SPACE, probability, with_interval
from tests.browser import browser, chromium

NAN = math.nan


def row(name: str, comparator: str = "nothing") -> dict[str, object]:
    return {
        "scenario": name, "status": "on the frontier", "comparator": comparator, "net_cost": 10.0,
        "qalys_gained": 2.0, "cost_per_qaly": 5.0, "participants": 7.0, "net_benefit_20000": 9.0,
    }  # fmt: skip


def test_the_people_represented_come_before_100_000():
    own = row("a") | {"qalys_gained": 6.0, "net_cost": 30.0, "participants": 21.0}
    text = answer_of([row("a"), row("b")], 20_000, "GBP", {"a": own}, 300_000).replace(
        THIN_SPACE, " "
    )
    first, second = text.index("for the 300 000 people represented it gains 6"), text.index(
        "Per 100 000 persons at the start or entering later: it gains 2 QALYs"
    )
    assert first < second


def test_a_made_up_place_is_said_to_be_one_and_unlike_runs_share_nothing():
    runs = {
        name: {"persons": persons, "scenario": {"years": 5, "population": {"place": place}}}
        for name, persons, place in (("a", 10, "example_city"), ("b", 20, "example_city"))
    }
    told = " ".join(setting_in_words(runs))
    assert "made up" in told and "5 years" in told and "simulated" not in told
    runs["b"]["scenario"]["population"]["place"] = "uk"
    assert "made up" not in " ".join(setting_in_words(runs))


def test_the_people_represented_are_told_with_those_who_enter_later():
    """Beside 55 per 100 000 persons, 215 of 300 000 read as a contradiction."""
    scenario = {"years": 5, "population": {"represents": 300_000}}
    runs = {name: {"persons": 1_000, "scenario": scenario} for name in "ab"}
    groups = pd.DataFrame({"group": ["men", "all"], "persons": [600.0, 1_300.0]})
    tables = {name: {"group_effects.csv": groups} for name in "ab"}

    def told(tables):
        return " ".join(setting_in_words(runs, tables)).replace(THIN_SPACE, " ")

    assert told(tables).endswith("stand for 300 000 (390 000 with those who enter later).")
    nobody = groups.assign(persons=[600.0, 1_000.0])
    assert told({name: {"group_effects.csv": nobody} for name in "ab"}).endswith("for 300 000.")
    assert told({"a": tables["a"], "b": {"group_effects.csv": nobody}}).endswith("for 300 000.")
    assert told({}).endswith("for 300 000.")


LONG = "Led walks and step counters for inactive adults"


@pytest.mark.parametrize(
    ("names", "titles", "told"),
    [
        (["walking_groups", "exercise_referral"], [LONG, "Exercise referral for inactive adults"],
         "Led walks and step… or Exercise referral for…: which is worth most?"),
        (["walks", "referral"], ["Led walks?", "Exercise referral"],
         "Led walks or Exercise referral: which is worth most?"),
        (["a" * 30, "b" * 30], [LONG, LONG],
         "Led walks and step… or Led walks and step…: which is worth most?"),
        (["a" * 90, "b" * 90], ["", ""], f"A{'a' * 20}… or {'b' * 21}…: which is worth most?"),
        (["a" * 30, "b" * 30, "c" * 30], ["", "", ""],
         f"A{'a' * 12}…, {'b' * 13}… or {'c' * 13}…: which is worth most?"),
        (["walking_groups", "b", "c", "d"], ["", "", "", ""], "Which of 4 options is worth most?"),
    ],
)  # fmt: skip
def test_the_tab_names_options_as_far_as_they_fit(names, titles, told):
    assert name_of_tab(names, titles) == told and len(told) <= LONGEST_TAB
    runs = {name: {"title": title} for name, title in zip(names, titles, strict=True)}
    assert f"<title>{told}</title>" in comparison_page({}, runs, {}, "")


def test_dots_have_the_colours_of_the_keys():
    rows = [
        {"scenario": name, "outcome": "deaths", "estimate": 1.0, "estimate_lower": 0.5,
         "estimate_upper": 1.5}
        for name in "ab"
    ]  # fmt: skip
    page = comparison_page({"comparison.csv": pd.DataFrame(rows)}, {"a": {}, "b": {}}, {}, "")
    keys = re.findall(r'<b class="(k\d)"', page)
    assert keys == 2 * re.findall(r'class="dot (k\d)"', page), "above the marks, too"
    assert "k2" in page


def test_draws_make_nothing_sure_whose_simulation_error_is_unknown():
    assert not sure_side(chance_to_tell(NAN, 0.999))
    assert sure_side(chance_to_tell(0.5, 0.999)) == 1
    assert sure_side(chance_to_tell(0.01, NAN)) == -1


def test_intervals_are_promised_only_where_they_are():
    known, none = (1.0, 2.0), (NAN, NAN)
    assert "(none of b)" in intervals_told([row("a"), row("b")], {"a": known, "b": none})
    shown = "pale bars and brackets 95 % parameter intervals"
    assert intervals_told([row("a")], {"a": known}) == shown
    assert intervals_told([row("a", "b"), row("b", "b")], {"a": known, "b": none}) == shown
    assert "without intervals" in intervals_told([row("a", "b")], {"a": none})
    error = {"a": (0.5, 1.5), "b": (0.0, 3.0)}
    alone = intervals_told([row("a")], {"a": none}, simulated=error)
    assert alone == "bars and brackets 95 % Monte Carlo intervals, as there are no parameter draws"
    assert intervals_told([row("a")], {"a": known}, simulated=error).endswith(f"intervals, {shown}")
    unpriced = {"scenario": "b", "status": "not compared"}
    assert "without" not in intervals_told([row("a"), unpriced], {"a": known})


def test_the_net_benefit_of_the_best_stands_with_its_interval_and_of_what_kind_it_is():
    league = [row(name) | {"net_benefit_20000": worth} for name, worth in (("a", 5e5), ("b", 9e5))]
    limits = {"a": (1.0, 2.0, "parameter"), "b": (3e5, 2e6, "Monte Carlo")}
    told = worth_of_first(league, 20_000.0, "GBP", limits).replace(THIN_SPACE, " ")
    assert "The net benefit of b at central values, against doing nothing" in told
    assert told.endswith("is 900 000 GBP (95 % Monte Carlo interval 300 000 to 2 000 000).")
    assert worth_of_first([], 20_000.0, "GBP", limits) == ""
    assert worth_of_first(league, 20_000.0, "GBP", {}).endswith("(its interval is not known).")


def test_no_limit_is_minus_zero_and_probabilities_have_one_form():
    assert MINUS + "0.00 " not in with_interval(0.02, -0.0012, 0.10)
    assert with_interval(0.02, -0.0012, 0.10) == f"0.020 ({MINUS}0.001 to 0.100)"
    assert probability(0.975).startswith("98")


def test_what_carries_the_answer_is_told_of_the_people_represented_too():
    table = pd.DataFrame(
        {"scale": ["per_100000"], "net_benefit_low": [1.0], "net_benefit_high": [2.0]}
    )
    economics = pd.DataFrame(
        {"measure": "qalys_gained", "scale": ["per_100000", "represented"], "value": [2.0, 6.0]}
    )
    both = with_represented(table, economics).set_index("scale")
    assert both.loc["represented", "net_benefit_high"] == 6.0
    assert len(with_represented(table, economics[:1])) == 1


def assumed(high):
    """Return a table of one causal share, as it is made without parameter draws."""
    return pd.DataFrame(
        [{"assumption": "causal_share.cancer", "method": FIRST_ORDER, "scale": PER_100_000,
          "unit": "GBP", "low": 0.1, "high": 0.8, "cost_per_qaly_low": high,
          "cost_per_qaly_high": 5_000.0, "net_benefit_low": 0.0, "net_benefit_high": 1.0}]
    )  # fmt: skip


def test_the_page_says_what_carries_each_answer_what_runs_through_il6_and_what_is_left_out():
    limits = {"share_via_il6_lower": 0.1, "share_via_il6_upper": 0.2}
    sources = pd.DataFrame([{"qalys_gained": 5.0, "share_via_il6": 0.13} | limits])
    runs = {
        "a": {"assumptions.csv": assumed(9_000.0), "qaly_sources.csv": sources},
        "b": {"assumptions.csv": assumed(7_000.0)},
    }
    manifests = {
        "a": {"scenario": {"not_valued": "Falls, and <b>air</b>."}}, "b": {"scenario": {}},
    }  # fmt: skip
    page = comparison_page({}, runs, {}, "", manifests)
    assert f"a: 13{NO_BREAK}% of the QALYs" in page  # no line breaks there
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page)).replace(THIN_SPACE, " ")
    assert text.count("cannot be ranked without parameter draws") == 1  # once for all scenarios
    assert "at 0.1: 9 000 GBP per QALY" in text and "at 0.1: 7 000 GBP per QALY" in text
    assert "a: 13 % of the QALYs gained within the run come through IL-6" in text
    assert "Not valued in a: Falls, and &lt;b&gt;air&lt;/b&gt;." in text
    assert "Not valued in b" not in text and "Left out: injuries and falls" in text


def test_without_tables_the_page_has_no_empty_sections():
    page = comparison_page({}, {"a": {}, "b": {}}, {}, "")
    assert 'id="carries"' not in page and 'id="il6"' not in page and 'id="limits"' in page


@pytest.mark.skipif(chromium() is None, reason="no Chromium")
def test_on_paper_the_words_are_not_folded_away(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(comparison_page({}, {"a": {}, "b": {}}, {}, ""), encoding="utf-8")
    with browser() as page:
        page.size(800, 900)
        page.open(path.as_uri())
        assert not page.value("document.querySelector('dl').checkVisibility()")
        page.size(800, 900, medium="print")
        assert page.value("document.querySelector('dl').checkVisibility()")
        assert page.value("document.querySelector('dl').offsetHeight") > 200
