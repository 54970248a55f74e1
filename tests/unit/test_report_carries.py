"""What carries the answer is ranked from enough draws, and from fewer the page says it cannot."""

import numpy as np
import pandas as pd
import pytest

from abm import load_scenario
from analysis.decision.assumptions import FIRST_ORDER, REGRESSION, assumptions_of_draws
from analysis.decision.options import NOTHING, Options
from analysis.report.carries import (
    OF_ALL,
    assumption_rows,
    assumptions_told,
    information_rows,
    information_sentence,
    what_carries,
)

SHARES = ("causal_share.all_else", "causal_share.cancer")
OF_POLICY = ("policies.walks.uptake", *SHARES)


def assumptions(paths, method):
    ends = {"low": 0.1, "high": 0.4, "cost_per_qaly_low": 9_000.0, "cost_per_qaly_high": 3_000.0,
            "net_benefit_low": 1e5, "net_benefit_high": 2e5}  # fmt: skip
    rows = [{"assumption": path, **ends} for path in paths]
    return pd.DataFrame(rows).assign(scale="per_100000", unit="GBP", method=method)


@pytest.mark.parametrize(
    ("draws", "said"),
    [
        (0, "cannot be ranked without parameter draws: that takes 500 (--draws 500)."),
        (1, "cannot be ranked from 1 parameter draw: that takes 500 (--draws 500)."),
        (20, "cannot be ranked from 20 parameter draws: that takes 500 (--draws 500)."),
    ],
)
def test_few_draws_rank_nothing_and_what_needs_none_is_called_by_its_name(draws, said):
    found = what_carries(assumptions(SHARES, FIRST_ORDER), draws)
    assert found.told[0] == f"Which inputs carry the answer {said}"
    assert "Uptake, minutes" in found.told[1] and "are not in it" in found.told[1]
    assert [row["path"] for row in found.rows] == list(SHARES)
    assert "causal shares alone" in found.order and "most" not in found.order


def test_a_regression_on_too_few_draws_is_not_shown_as_a_ranking():
    found = what_carries(assumptions(OF_POLICY, REGRESSION), 499)
    assert "cannot be ranked from 499 parameter draws" in found.told[0]
    assert found.rows == [] and "uptake" not in " ".join(found.told).lower()
    assert "assumptions.csv" in found.told[1]


def test_enough_draws_rank_with_the_policys_own_numbers_among_them():
    found = what_carries(assumptions(OF_POLICY, REGRESSION), 500)
    assert found.told[0].startswith("Uptake of walks (policies.walks.uptake), at 0.1: 9")
    assert "cannot be ranked" not in " ".join(found.told)
    assert [row["path"] for row in found.rows] == list(OF_POLICY)
    assert "most come first" in found.order


def test_what_moves_no_further_than_shuffled_inputs_is_not_among_the_first():
    table = assumptions(OF_POLICY, REGRESSION).assign(dummy=1e5)
    table.loc[2, "net_benefit_high"] = 3e5
    found = what_carries(table, 500)
    assert found.told[0].startswith("Causal share of activity's effect on cancers")
    assert found.told[1].startswith("By regression")
    assert [row["chance"] for row in found.rows] == [True, True, False]
    none = what_carries(table.assign(dummy=1e6), 500)
    assert "none is ranked" in none.told[0]


def toy_positions(draws):
    return pd.DataFrame(np.random.default_rng(2).random((draws, 3)), columns=OF_POLICY)


@pytest.mark.parametrize("draws", [100, 500])
def test_shuffled_inputs_tell_what_is_chance(draws):
    """Net benefit goes with the first input alone; the others are without effect."""
    positions = toy_positions(draws)
    noise = np.random.default_rng(3).standard_normal(draws)
    gained = np.column_stack([np.zeros(draws), 100.0 * positions.iloc[:, 0] + 20.0 * noise])
    options = Options((NOTHING, "walks"), np.arange(draws), gained, np.zeros((draws, 2)))
    table = assumptions_of_draws(options, positions, load_scenario("walking_groups"), 20_000.0)
    rows = assumption_rows(table)
    assert [row["path"] for row in rows if not row["chance"]] == [OF_POLICY[0]]
    assert table["reliable"].all() == (draws >= 500) and (table["dummy"] > 0.0).all()
    swing = table["net_benefit_high"].iat[0] - table["net_benefit_low"].iat[0]
    assert swing == pytest.approx(20_000 * 100 * 0.95, rel=0.15)


def test_without_a_table_nothing_is_ranked():
    assert what_carries(None, 500).rows == []
    assert "cannot be said" in what_carries(None, 500).told[0]


def information(draws):
    rows = [
        {"quantity": "evpi", "input": "all inputs", "value": 900.0, "standard_error": 50.0},
        {"quantity": "evppi", "input": SHARES[0], "value": 800.0, "standard_error": 40.0},
    ]
    reliable = {"draws": draws, "draws_needed": 500, "reliable": draws >= 500}
    return pd.DataFrame(rows).assign(threshold=20_000, unit="GBP", dummy=0.0, **reliable)


def test_what_finding_out_is_worth_names_its_choice_and_its_scale():
    """Alone and beside other options it is worth unlike amounts, on pages of the same runs."""
    table = information(500)
    alone, of_all = information_sentence(table), information_sentence(table, choice=OF_ALL)
    assert "choice between this scenario and doing nothing alone would be worth 900 GBP" in alone
    assert "choice between all options of this page and doing nothing would be worth" in of_all
    assert "per 100 000 persons" in alone and "per 100 000 persons" in of_all


@pytest.mark.parametrize("draws", [20, 499, 500])
def test_what_single_inputs_are_worth_is_ranked_from_enough_draws_alone(draws):
    enough, table = draws >= 500, information(draws)
    told = "what single inputs are worth cannot be ranked: both take 500 (--draws 500)."
    assert (told in information_sentence(table)) != enough
    assert bool(information_rows(table)) == enough


@pytest.mark.parametrize(
    ("lower", "upper", "told"),
    [(1.0, 9.0, True), (-9.0, -1.0, True), (-1.0, 9.0, False), (0.0, 0.0, True)],
)
def test_no_cost_per_qaly_is_shown_at_ends_where_a_gain_cannot_be_told(lower, upper, told):
    ends = {"lower": lower, "upper": upper, "value": (lower + upper) / 2.0}
    worth = pd.DataFrame({"scale": "per_100000", "measure": ["qalys_gained"]} | ends)
    table = assumptions(SHARES, FIRST_ORDER)
    found = assumptions_told({"economics.csv": worth, "assumptions.csv": table})
    assert (found is table) if told else (found is None)
