"""What a comparison says of options that help, harm, save, cost, are alike or are not known."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import pandas as pd
import pytest

from analysis.decision.league import Entry, league_table
from analysis.decision.options import NOTHING
from analysis.decision.tables import comparison_tables
from analysis.report.comparison_page import comparison_page
from analysis.report.comparison_words import answer_of, chance_of, compared_rows, status_of
from analysis.report.first_screen import LEFT_OPEN
from analysis.words import MINUS, THIN_SPACE

THRESHOLD, SHAKEN = 20_000, (-0.5, 0.0, 0.5)
NAN = math.nan


class Policy(NamedTuple):
    """What a policy gains and costs per 100 000 persons, and how many take part."""

    gained: float
    cost: float
    people: float = 1000.0


HELPS, DEARER = Policy(100.0, 400_000.0), Policy(110.0, 3_000_000.0)
HARMS, HARMS_MORE = Policy(-50.0, 100_000.0), Policy(-80.0, 200_000.0)
SAVES_AND_HARMS = Policy(-5.0, -900_000.0)
SAVES = Policy(20.0, -10_000.0)
NOBODY = Policy(0.0, 0.0, 0.0)
UNPRICED = Policy(40.0, NAN)


def economics(policy, factor=1.0):
    net = policy.cost * factor
    values = {"qalys_gained": policy.gained * factor, "policy_cost": net, "care_cost_averted": 0.0,
              "net_cost": net, "cost_per_qaly": NAN, "net_benefit_20000": NAN}  # fmt: skip
    rows = [{"measure": name, "value": value, "scale": "per_100000", "unit": "GBP",
             "horizon": "lifetime", "lower": value, "upper": value}
            for name, value in values.items()]  # fmt: skip
    return pd.DataFrame(rows)


def entry(policy, drawn):
    tables = {
        "economics.csv": economics(policy),
        "group_effects.csv": pd.DataFrame(
            {"group": ["all"], "persons": [100_000.0], "participants": [policy.people]}
        ),
        "participation.csv": pd.DataFrame({"offered": [2.0 * policy.people]}),
    }
    if drawn:
        draws = [
            {"draw": number, "scale": "per_100000", "unit": "GBP", "net_cost": policy.cost,
             "qalys_gained": policy.gained * (1.0 + shift)}
            for number, shift in enumerate(SHAKEN)
        ]  # fmt: skip
        tables["economics_draws.csv"] = pd.DataFrame(draws)
    return Entry(tables, {"scenario": {"seed": 1}})


CASES = {
    "all harm": (
        {"a": HARMS, "b": HARMS_MORE}, NOTHING,
        "no option is worth more than doing nothing; the best of the others is a: per 100 000 "
        "persons at the start or entering later it loses 50 QALYs at a cost of 100 000 GBP "
        "against doing nothing, with 1 000 people taking part.",
        "that doing nothing is the best of all is above 99 %; next comes a (below 1 %)",
        {"a": "dominated by doing nothing", "b": "dominated by doing nothing"},
    ),
    "some harm": (
        {"a": HELPS, "b": HARMS}, NOTHING, "a is first: ",
        "that a is the best of all, doing nothing among them, is above 99 %; next comes b",
        {"a": "on the frontier: 4 000 per QALY beyond doing nothing",
         "b": "dominated by doing nothing"},
    ),
    "the comparator harms": (
        {"a": HELPS, "b": HARMS}, "b",
        "it gains 150 QALYs for 300 000 GBP (2 000 per QALY) against b, with 1 000 people taking "
        "part. B is worth less than doing nothing.",
        "that a is the best of all, doing nothing among them,",
        {"a": "on the frontier: 4 000 per QALY beyond doing nothing",
         NOTHING: "on the frontier: costs least",
         "b": "what all are compared with; dominated by doing nothing"},
    ),
    "all harm and one of them is the comparator": (
        {"a": HARMS, "b": HARMS_MORE}, "a",
        "doing nothing is first: per 100 000 persons at the start or entering later it gains 50 "
        "QALYs and saves 100 000 GBP against a. The best of the others is b. A is worth less than "
        "doing nothing.",
        "that doing nothing is the best of all is above 99 %",
        {"a": "what all are compared with; dominated by doing nothing",
         NOTHING: "on the frontier: costs least", "b": "dominated by doing nothing"},
    ),
    "the comparator is worth most": (
        {"a": HELPS, "b": DEARER}, "a",
        "no option is worth more than a; the best of the others is b: per 100 000 persons at the "
        "start or entering later it gains 10 QALYs for 2 600 000 GBP (260 000 per QALY) against a",
        "that a is the best of all, doing nothing among them, is above 99 %",
        {"a": "what all are compared with; on the frontier: 4 000 per QALY beyond doing nothing",
         "b": "on the frontier: 260 000 per QALY beyond a"},
    ),
    "nobody takes part": (
        {"a": NOBODY, "b": NOBODY}, NOTHING,
        "no option is worth more than doing nothing; a does the same, as nobody takes part. Nobody "
        "takes part in any of them.",
        "that doing nothing is the best of all is 33 %; a is it as often",
        {"a": "the same as doing nothing", "b": "the same as doing nothing"},
    ),
    "the cost of one is unknown": (
        {"a": HELPS, "b": UNPRICED}, NOTHING,
        "a is worth more than nothing, and no other could be compared: per 100 000 persons at the "
        "start or entering later it gains 100 QALYs for 400 000 GBP (4 000 per QALY) against doing "
        "nothing, with 1 000 people taking part. Not compared: b (no cost is known in this "
        "currency).",
        "that a is the best of all, doing nothing among them, is above 99 %",
        {"a": "on the frontier: 4 000 per QALY beyond doing nothing"},
    ),
    "the cost of one is unknown and the other harms": (
        {"a": HARMS, "b": UNPRICED}, NOTHING,
        "a is not worth more than doing nothing, and no other could be compared: per 100 000",
        "that doing nothing is the best of all is above 99 %",
        {"a": "dominated by doing nothing"},
    ),
    "the cost of all is unknown": (
        {"a": UNPRICED, "b": UNPRICED}, NOTHING,
        "Which option is worth most cannot be said: no scenario has a known cost",
        "How sure that is cannot be said", {},
    ),
    "two are identical": (
        {"a": HELPS, "b": HELPS}, NOTHING, "a is first; b comes out alike: ",
        "that a is the best of all, doing nothing among them, is 50 %; b is it as often",
        {"a": "on the frontier: 4 000 per QALY beyond doing nothing", "b": "the same as a"},
    ),
    "one saves and harms": (
        {"a": SAVES_AND_HARMS, "b": HARMS}, NOTHING,
        "a is first: per 100 000 persons at the start or entering later it loses 5 QALYs and saves "
        "900 000 GBP (180 000 for each QALY lost) against doing nothing",
        "that a is the best of all, doing nothing among them, is above 99 %",
        {"a": "on the frontier: costs least, and harms", "b": "dominated by a"},
    ),
    "one saves and gains": (
        {"a": SAVES, "b": HARMS}, NOTHING, "it gains 20 QALYs and saves 10 000 GBP against doing",
        "that a is the best of all", {"a": "on the frontier: costs least"},
    ),
    "gains cost too much": (
        {"a": Policy(1.0, 900_000.0), "b": Policy(2.0, 2_000_000.0)}, NOTHING,
        "no option is worth more than doing nothing; the best of the others is a: per 100 000 "
        "persons at the start or entering later it gains 1 QALY for 900 000 GBP (900 000 per",
        "that doing nothing is the best of all is above 99 %",
        {"a": "on the frontier: 900 000 per QALY beyond doing nothing",
         "b": "on the frontier: 1 100 000 per QALY beyond a"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("drawn", [True, False], ids=["drawn", "central"])
@pytest.mark.parametrize("case", list(CASES))
def test_what_is_said_of_options_is_so(case, drawn):
    policies, against, answer, chance, standing = CASES[case]
    entries = {name: entry(policy, drawn) for name, policy in policies.items()}
    league = league_table(entries, against)
    rows = league[league["scale"] == "per_100000"].to_dict("records")
    assert answer in plain(answer_of(rows, THRESHOLD, "GBP"))
    told = chance if drawn else "How sure that is cannot be said"
    assert told in plain(chance_of(rows, THRESHOLD))
    found = {row["scenario"]: plain(status_of(row, rows)) for row in compared_rows(rows)}
    assert standing.items() <= found.items()


def plain(text):
    text = re.sub(r"<(style|svg|head).*?</\1>", " ", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", text).replace("&nbsp;", " ").replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text.replace(THIN_SPACE, " ").replace(MINUS, "-"))


def page_of(policies, against=NOTHING, drawn=True, titles=None, **more):
    entries = {name: entry(policy, drawn) for name, policy in policies.items()}
    runs = {
        name: {"title": (titles or {}).get(name, ""), **each.tables, **more}
        for name, each in entries.items()
    }
    tables = {"league_table.csv": league_table(entries, against)}
    return comparison_page(tables, runs, {}, "")


def test_where_central_values_and_draws_disagree_both_are_said():
    rows = league_table({name: entry(HELPS, True) for name in "ab"}).to_dict("records")
    rows = [row | {"scenario": name} for row, name in zip(rows, "ab", strict=True)]
    text = chance_of(rows, THRESHOLD, "c", {"c": "“Classes”"})
    assert "By the mean of the draws “Classes” is first." in text
    assert "By the mean" not in chance_of(rows, THRESHOLD, "a")


def test_doing_nothing_is_an_option_of_tables_with_a_comparator():
    entries = {name: entry(each, True) for name, each in (("a", HARMS), ("b", HELPS))}
    for each in entries.values():
        each.tables["draw_inputs.csv"] = pd.DataFrame({"draw": [0, 1, 2], "il6.drift": 0.5})
    league = comparison_tables(entries, "a")["league_table.csv"].set_index("scenario")
    nothing = league.loc[NOTHING]
    assert nothing["net_benefit_20000"] == 50.0 * THRESHOLD + 100_000.0
    assert nothing["participants"] == 0.0 and nothing["comparator"] == "a"
    assert league["probability_best_20000"].sum() == pytest.approx(1.0)


def test_every_table_says_what_it_is_compared_with_and_whether_it_is_discounted():
    text = plain(page_of({"a": HARMS, "b": HELPS}, "a", titles={"a": "A new pill"}))
    against = "against “A new pill”"
    assert f"Net benefit {against} per 100 000 persons" in text
    assert f"QALYs and money {against}, per 100 000 persons at the start or entering later" in text
    assert "doing nothing stays an option. Below it each scenario is compared with doing" in text
    assert "Doing nothing 0" in text[text.index("Among all options"):]
    usual = plain(page_of({"a": HARMS, "b": HELPS}))
    assert "Below it each" not in usual and "Net benefit against doing nothing" in usual
    for each in ("QALYs gained at that price", "QALYs and money", "Each dot", "Expected, against"):
        sentence = text[text.index(each):].partition(".")[0]
        assert "discounted" in sentence, sentence


def test_a_net_benefit_against_another_option_has_the_interval_of_paired_draws():
    text = plain(page_of({"a": HELPS, "b": DEARER}, "a"))
    assert re.search(r"b -2 400 000 \(-2 (49|50)0 000 to -2 3[01]0 000\)", text)


def test_scenarios_have_their_titles_and_their_names_where_titles_are_the_same():
    policies = {"walks_a": HELPS, "walks_b": HARMS}
    text = plain(page_of(policies, titles={"walks_a": "Led walks", "walks_b": "Classes"}))
    assert "“Led walks” is first" in text and "A Led walks ( walks_a )" in text
    assert text.count("walks_a") == 1, "once, as its files have it"
    same = plain(page_of(policies, titles=dict.fromkeys(policies, "Led walks")))
    assert "walks_a is first" in same


def effect(estimate, lower, upper, outer):
    return {"scenario": "a", "outcome": "stroke", "estimate": estimate, "estimate_lower": lower,
            "estimate_upper": upper, "parameter_lower": outer[0], "parameter_upper": outer[1],
            "parameter_draws": 20.0}  # fmt: skip


@pytest.mark.parametrize(
    ("outer", "open_"),
    [((-1.0, 9.0), True), ((1.0, 9.0), False), ((NAN, NAN), False)],
)
def test_what_the_evidence_leaves_open_is_marked_as_in_the_report_of_a_run(outer, open_):
    table = pd.DataFrame([effect(5.0, 4.0, 6.0, outer)])
    text = plain(comparison_page({"comparison.csv": table}, {"a": {}, "b": {}}, {}, ""))
    assert (LEFT_OPEN in text) is open_


def test_an_option_that_nobody_takes_up_has_neither_interval_nor_doubt():
    text = plain(page_of({"a": NOBODY, "b": HARMS}))
    assert LEFT_OPEN not in text and "(0 to 0)" not in text


def test_a_net_benefit_of_either_sign_is_left_open():
    open_ = {"a": Policy(100.0, 1_990_000.0), "b": HELPS}
    assert plain(page_of(open_)).count(LEFT_OPEN) == 1


def test_an_estimate_outside_its_own_interval_is_marked():
    table = pd.DataFrame([effect(5.0, 4.0, 6.0, (6.0, 9.0))])
    text = plain(comparison_page({"comparison.csv": table}, {"a": {}, "b": {}}, {}, ""))
    assert "(6.0 to 9.0) *" in text and "lies outside its own 95 % parameter interval" in text


def test_a_gain_within_the_error_of_the_simulation_is_no_gain():
    policies = {"a": HELPS, "b": HARMS}
    unsure = economics(HELPS).assign(lower=-1.0)
    text = plain(page_of(policies, **{"economics.csv": unsure}))
    assert "it gains 100 QALYs, which cannot be told from none, for 400 000 GBP" in text
    assert "cannot be told" not in plain(page_of(policies))


def test_budget_and_league_table_are_of_the_same_persons():
    budget = pd.DataFrame(
        {"scale": "per_100000_at_start", "unit": "GBP", "year": 2025, "policy": "walks",
         "offered": 2.0, "started": [1_300.0], "spending": 260.0, "net_cost": 130.0}
    )  # fmt: skip
    text = plain(page_of({"a": HELPS, "b": HELPS}, **{"budget_impact.csv": budget,
                                                      "persons": 76_923.0}))  # fmt: skip
    assert "A a 1 000 200 200 200 200 100" in text
    assert "at the start or entering later, as in the league table" in text
