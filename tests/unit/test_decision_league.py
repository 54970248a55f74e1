"""The league table and what stands beside it, on small runs, and what cannot be compared."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm import load_scenario, simulate
from analysis.decision.break_even import (
    ABOVE_ALL,
    ALWAYS,
    LIMITED,
    NO_COSTS,
    break_even_table,
)
from analysis.decision.incremental import ON_FRONTIER
from analysis.decision.league import NO_MONEY, NOT_COMPARED, OTHER_RULES, Entry, league_table
from analysis.decision.options import NOTHING
from analysis.decision.tables import OF_RUN, comparison_tables, decision_tables
from run import main

SIZES = {"persons": 2_500, "years": 6, "seed": 2}
WIDE = ["policies.walks.reach=0.9", "policies.walks.uptake=0.8"]


def entry_of(result):
    tables = {name: table for name, table in decision_tables(result).items() if table is not None}
    tables |= {
        "effects.csv": result.effects, "group_effects.csv": result.group_effects,
        "participation.csv": result.participation, "economics.csv": result.economics,
    }  # fmt: skip
    return Entry(tables, {"scenario": result.scenario.to_dict()})


@pytest.fixture(scope="module")
def results():
    walks = load_scenario("walking_groups", WIDE)
    advice = load_scenario("brief_advice")
    return {each.name: simulate(each, **SIZES, draws=4) for each in (walks, advice)}


@pytest.fixture(scope="module")
def entries(results):
    return {name: entry_of(result) for name, result in results.items()}


def test_the_tables_of_a_run_are_those_that_may_be_removed_again(results):
    assert set(decision_tables(results["walking_groups"])) == set(OF_RUN)
    assert decision_tables(simulate("uk", persons=50, years=1)) == {}


def test_the_league_table_says_what_the_runs_say(results, entries):
    table = league_table(entries).set_index("scenario")
    for name, result in results.items():
        money = result.economics.set_index("measure")["value"]
        row = table.loc[name]
        assert row["title"] == result.scenario.title and row["comparator"] == NOTHING
        assert row["qalys_gained"] == money["qalys_gained"]
        assert row["net_benefit_20000"] == pytest.approx(money["net_benefit_20000"])
        people = 1e5 / float(result.group_effects.loc[0, "persons"])
        started = result.counts[2, -1].participants[:16].sum()
        assert row["participants"] == pytest.approx(started * people)
        assert row["number_needed_to_treat"] == pytest.approx(
            row["participants"] / row["cases_averted"]
        )
        assert row["draws"] == 4 and not row["reliable"] and row["draws_needed"] == 400
    assert (table["status"] == ON_FRONTIER).any()


def test_a_comparator_of_ones_own_is_taken_away_from_all(entries):
    plain = league_table(entries).set_index("scenario")
    table = league_table(entries, "brief_advice").set_index("scenario")
    assert table.loc["brief_advice", "qalys_gained"] == 0.0
    assert (table["comparator"] == "brief_advice").all()
    for name in ("qalys_gained", "net_cost", "net_benefit_30000"):
        fallen = plain.loc["walking_groups", name] - plain.loc["brief_advice", name]
        assert table.loc["walking_groups", name] == pytest.approx(fallen)
    with pytest.raises(ValueError, match="'walks' cannot be the comparator; must be one of"):
        league_table(entries, "walks")


def test_scenarios_that_cannot_be_compared_say_why(entries):
    """One in another currency has no money, one of another place or perspective other rules."""
    tables = entries["brief_advice"].tables
    money = tables["economics.csv"]
    costs = ["policy_cost", "net_cost", "cost_per_qaly"]
    blank = money.assign(value=money["value"].where(~money["measure"].isin(costs)))
    told = dict(entries["brief_advice"].manifest["scenario"])
    others = {
        "foreign": Entry({**tables, "economics.csv": blank}, {"scenario": told}),
        "elsewhere": Entry(
            tables, {"scenario": told | {"economics": {"perspective": "health_and_social_care"}}}
        ),
        "bare": Entry({}, {}),
    }  # fmt: skip
    table = comparison_tables({**entries, **others})["league_table.csv"].set_index("scenario")
    assert (table.loc[list(others), "status"] == NOT_COMPARED).all()
    assert table.loc["foreign", "note"] == table.loc["bare", "note"] == NO_MONEY
    assert table.loc["elsewhere", "note"] == OTHER_RULES
    assert table.loc[list(entries), "status"].ne(NOT_COMPARED).all()
    with pytest.raises(ValueError, match="foreign.*no cost is known"):
        league_table({**entries, **others}, "foreign")


def test_the_comparator_says_how_all_is_valued(entries):
    told = dict(entries["brief_advice"].manifest["scenario"])
    elsewhere = Entry(
        entries["brief_advice"].tables, {"scenario": told | {"population": {"place": "./town"}}}
    )
    table = league_table({"elsewhere": elsewhere, **entries}, "brief_advice")
    assert table.set_index("scenario").loc["elsewhere", "note"] == OTHER_RULES
    assert table.loc[table["status"] != NOT_COMPARED, "comparator"].eq("brief_advice").all()
    assert set(entries) <= set(table.loc[table["status"] != NOT_COMPARED, "scenario"])


def test_nothing_that_can_be_compared_is_a_table_of_reasons():
    table = comparison_tables({"a": Entry({}, {}), "b": Entry({}, {})})
    assert table["league_table.csv"]["note"].tolist() == [NO_MONEY, NO_MONEY]
    assert table["ceac.csv"] is None and table["value_of_information.csv"] is None


def test_tables_of_draws_are_only_there_where_all_have_draws(entries):
    tables = comparison_tables(entries)
    curves = tables["ceac.csv"]
    assert set(curves["scenario"]) == {NOTHING, *entries}
    np.testing.assert_allclose(curves.groupby("threshold")["probability"].sum(), 1.0)
    without = {name: table for name, table in entries["brief_advice"].tables.items()
               if name not in ("economics_draws.csv", "draw_inputs.csv")}  # fmt: skip
    mixed = {**entries, "brief_advice": Entry(without, entries["brief_advice"].manifest)}
    assert comparison_tables(mixed)["ceac.csv"] is None
    league = comparison_tables(mixed)["league_table.csv"]
    assert not league["reliable"].any() and "parameter_lower" not in league


def test_draws_of_other_seeds_are_of_other_evidence(entries):
    told = dict(entries["brief_advice"].manifest["scenario"])
    other = Entry(entries["brief_advice"].tables, {"scenario": told | {"seed": 99}})
    tables = comparison_tables({**entries, "brief_advice": other})
    assert tables["ceac.csv"] is None
    assert "parameter_lower" not in tables["league_table.csv"]


def test_every_table_of_money_qalys_or_cases_says_its_unit_and_scale(results, entries):
    written = {name: table for entry in entries.values() for name, table in entry.tables.items()}
    one = results["walking_groups"]
    written |= {"draw_effects.csv": one.draw_effects, "budget_impact.csv": one.budget_impact,
                "equity.csv": one.equity}  # fmt: skip
    written |= {f"comparison/{n}": t for n, t in comparison_tables(entries).items()}
    del written["draw_inputs.csv"]  # places in distributions
    assert len(written) > 12
    for name, table in written.items():
        assert table["scale"].notna().all(), name
        assert (table["scale"] != "").any(), name
        if name != "participation.csv":  # persons and years, as its columns say
            assert table["unit"].str.len().min() > 0, name
    assert set(written["ceac.csv"]["unit"]) == {"GBP"}
    assert set(written["break_even.csv"]["scale"]) == {"per_participant"}
    assert set(written["participation.csv"]["scale"]) == {"simulated"}


# Break-even


def central(result):
    return [counts for (_, draw), counts in result.counts.items() if draw == -1]


def test_at_the_highest_cost_per_participant_the_net_benefit_is_nothing(results):
    result = results["walking_groups"]
    table = break_even_table(result.scenario, central(result), [20_000, 30_000])
    money = result.economics.set_index("measure")["value"]
    number = central(result)[0].participants[:16].sum() * 1e5 / float(
        result.group_effects.loc[0, "persons"]
    )  # fmt: skip
    for _, row in table.iterrows():
        spent = row["highest_cost_per_participant"] * number
        gained = row["threshold"] * money["qalys_gained"] + money["care_cost_averted"]
        assert spent == pytest.approx(gained, rel=1e-6)
        assert row["cost_per_participant"] * number == pytest.approx(money["policy_cost"], rel=1e-6)


def test_at_the_lowest_uptake_the_net_benefit_is_nothing():
    """Tried: the same people at that uptake, with a fixed cost that makes it bite."""
    words = [*WIDE, "policies.walks.cost.fixed_per_year=400", "population.represents=2500"]
    scenario = load_scenario("walking_groups", words)
    result = simulate(scenario, **SIZES)
    row = break_even_table(result.scenario, central(result), [20_000]).iloc[0]
    assert 0.02 < row["lowest_uptake_factor"] < 0.9
    uptake = row["lowest_uptake"]
    again = load_scenario("walking_groups", [*words, f"policies.walks.uptake={uptake:.4f}"])
    money = simulate(again, **SIZES).economics.set_index("measure")
    whole = result.economics.set_index("measure")["value"]
    assert abs(money.loc["net_benefit_20000", "value"].iloc[0]) < 0.35 * abs(
        whole["net_benefit_20000"].iloc[0]
    )


def test_break_even_says_where_there_is_no_number(results):
    result = results["walking_groups"]
    free = replace(result.scenario, policies=(replace(result.scenario.policies[0], cost=None),))
    assert (break_even_table(free, central(result))["note"] == NO_COSTS).all()
    advice = results["brief_advice"]
    table = break_even_table(advice.scenario, central(advice))
    assert (table["note"] == ALWAYS).all() and (table["lowest_uptake"] == 0.0).all()
    words = [*WIDE, "population.represents=2500", "policies.walks.cost.capacity_per_year=100"]
    limited = simulate(load_scenario("walking_groups", words), **SIZES)
    words[-1] = "policies.walks.cost.fixed_per_year=900000"
    dear = simulate(load_scenario("walking_groups", words), **SIZES)
    table = break_even_table(dear.scenario, central(dear))
    assert (table["note"] == ABOVE_ALL).all() and table["lowest_uptake"].isna().all()
    assert (table["lowest_uptake_factor"] > 1.0).all()
    table = break_even_table(limited.scenario, central(limited))
    assert (table["note"] == LIMITED).all() and table["lowest_uptake"].isna().all()
    with pytest.raises(ValueError, match="thresholds"):
        break_even_table(result.scenario, central(result), [2.0, 1.0])


# The command line


def test_one_command_writes_the_league_table_against_a_comparator(tmp_path, capsys):
    words = ["walking_groups", "exercise_referral", "--against", "brief_advice", "--persons", "800",
             "--years", "4", "--draws", "3", "--no-figures", "--out", str(tmp_path)]  # fmt: skip
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "against brief_advice:" in said
    folder = tmp_path / "comparison"
    table = pd.read_csv(folder / "league_table.csv")
    compared = {"walking_groups", "exercise_referral", "brief_advice"}
    assert set(table["scenario"]) == {NOTHING, *compared}, "doing nothing stays an option"
    assert (table["comparator"] == "brief_advice").all()
    pays = table.set_index("scenario").filter(like="probability_it_pays").isna().all(axis=1)
    assert pays["brief_advice"] and not pays["walking_groups"], "nothing pays beside itself"
    curves = pd.read_csv(folder / "ceac.csv")
    assert NOTHING in set(curves["scenario"]) and not curves["reliable"].any()
    assert (pd.read_csv(folder / "value_of_information.csv")["draws"] == 3).all()
    own = tmp_path / "walking_groups"
    for name in ("equity", "horizons", "qaly_sources", "economics_draws", "draw_inputs",
                 "break_even", "ceac", "value_of_information"):  # fmt: skip
        assert (own / f"{name}.csv").is_file(), name
    from analysis.report.comparison import main as compare

    runs = [str(tmp_path / each) for each in ("walking_groups", "brief_advice")]
    assert compare([*runs, "--out", str(tmp_path / "again"), "--against", "walking_groups"]) == 0
    again = pd.read_csv(tmp_path / "again" / "league_table.csv").set_index("scenario")
    assert again.loc["walking_groups", "qalys_gained"] == 0.0
    assert (tmp_path / "again" / "ceac.csv").is_file()
    assert compare([*runs, "--out", str(tmp_path / "third"), "--against", "uk"]) == 2
    assert "'uk' cannot be the comparator" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["walking_groups", "--against", "uk"], "uk has no policies"),
        (["walking_groups", "--against", "walking_groups"], "nothing beside walking_groups"),
        (["walking_groups", "--against", "wakling_groups"], "did you mean"),
    ],
)
def test_a_comparator_that_is_none_is_refused_before_anything_is_run(
    words, complaint, tmp_path, capsys
):
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert complaint in said and "Traceback" not in said
    assert not (tmp_path / "out").exists()
