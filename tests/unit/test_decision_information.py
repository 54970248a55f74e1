"""Value of information and acceptability in toys with a known answer, and their controls."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from abm import load_scenario
from abm.scenario.drawn import drawn
from analysis.decision.acceptability import CURVE, acceptability_table
from analysis.decision.information import information_table, perfect_information
from analysis.decision.inputs import draw_positions, groups_of, joined_positions
from analysis.decision.options import NOTHING, Options, options_of
from analysis.decision.smoothing import Smoother

MEAN, SLOPES = -3_000.0, (8_000.0, 5_000.0, 0.0)  # of net benefit, by two inputs; one is a dummy
NOISE = 3_000.0  # of inputs that nobody names
THRESHOLD = 20_000


def expected_loss(spread):
    """Return what knowing a normal part of the net benefit is worth: closed form."""
    distance = abs(MEAN) / spread
    return spread * norm.pdf(distance) - abs(MEAN) * norm.cdf(-distance)


def toy(draws, seed=1, nonlinear=False, mean=MEAN):
    """Return the options and the positions of the inputs of a linear-normal decision."""
    random = np.random.default_rng(seed)
    positions = random.random((draws, 3))
    scores = norm.ppf(positions)
    if nonlinear:
        scores = np.exp(scores) - math.exp(0.5)
    benefit = mean + scores @ np.array(SLOPES) + NOISE * random.standard_normal(draws)
    costs = np.column_stack([np.zeros(draws), -benefit])
    options = Options((NOTHING, "walks"), np.arange(draws), np.zeros((draws, 2)), costs)
    return options, pd.DataFrame(positions, columns=["il6.first", "il6.second", "dummy"])


def found_in(table, quantity, name):
    rows = table[(table["quantity"] == quantity) & (table["input"] == name)]
    return rows.iloc[0]


@pytest.fixture(scope="module")
def table():
    options, positions = toy(10_000)
    return information_table(options, positions, [THRESHOLD])


def test_perfect_information_is_worth_what_the_closed_form_says(table):
    spread = math.sqrt(SLOPES[0] ** 2 + SLOPES[1] ** 2 + NOISE**2)
    row = found_in(table, "evpi", "all inputs")
    assert row["value"] == pytest.approx(expected_loss(spread), rel=0.1)
    assert abs(row["value"] - expected_loss(spread)) < 4 * row["standard_error"]


@pytest.mark.parametrize("place", [0, 1])
def test_partial_information_is_worth_what_the_closed_form_says(table, place):
    name = ("il6.first", "il6.second")[place]
    row = found_in(table, "evppi", name)
    assert row["value"] == pytest.approx(expected_loss(SLOPES[place]), rel=0.1)
    assert abs(row["value"] - expected_loss(SLOPES[place])) < 4 * row["standard_error"]


def test_a_group_is_worth_what_its_inputs_are_together(table):
    together = expected_loss(math.hypot(*SLOPES[:2]))
    row = found_in(table, "evppi_group", "il6")
    assert row["value"] == pytest.approx(together, rel=0.1)
    assert row["value"] > found_in(table, "evppi", "il6.first")["value"]


def test_a_dummy_is_worth_nothing(table):
    evpi = found_in(table, "evpi", "all inputs")["value"]
    assert found_in(table, "evppi", "dummy")["value"] < 0.01 * evpi
    assert (table["dummy"].dropna() < 0.01 * evpi).all()


def test_a_dummy_is_worth_nothing_where_the_choice_hangs_by_a_hair():
    """With a mean of 0 whatever a regression makes up changes the choice in half of the draws."""
    options, positions = toy(10_000, mean=0.0)
    found = information_table(options, positions, [THRESHOLD])
    evpi = found_in(found, "evpi", "all inputs")["value"]
    assert found_in(found, "evppi", "dummy")["value"] < 0.01 * evpi
    assert (found["dummy"].dropna() < 0.01 * evpi).all()


def test_a_study_is_worth_less_than_knowing_and_more_the_larger_it_is(table):
    studies = table[table["quantity"] == "evsi"].set_index("study_information")["value"]
    for information, value in studies.items():
        spread = SLOPES[0] * math.sqrt(information / (1.0 + information))
        assert value == pytest.approx(expected_loss(spread), rel=0.1)
    assert studies[1.0] < studies[4.0] < found_in(table, "evppi", "il6.first")["value"]


def test_regression_agrees_with_nested_monte_carlo_where_effects_are_not_linear():
    """The inner mean is taken for each of many outer values of the input, as it is defined."""
    options, positions = toy(10_000, nonlinear=True)
    found = information_table(options, positions, [THRESHOLD])
    random = np.random.default_rng(9)
    outer = np.exp(random.standard_normal(20_000)) - math.exp(0.5)
    inner = np.exp(random.standard_normal((200, 1))) - math.exp(0.5)
    mean = MEAN + SLOPES[0] * outer + (SLOPES[1] * (inner - inner.mean())).mean(axis=0)
    nested = np.maximum(mean, 0.0).mean() - max(mean.mean(), 0.0)
    assert found_in(found, "evppi", "il6.first")["value"] == pytest.approx(nested, rel=0.1)


def test_few_draws_are_written_and_marked():
    options, positions = toy(100)
    few = information_table(options, positions, [THRESHOLD])
    assert not few["reliable"].any() and (few["draws_needed"] == 500).all()
    assert set(few["quantity"]) == {"evpi", "evppi", "evppi_group", "evsi"}
    options, positions = toy(10)
    assert set(information_table(options, positions, [THRESHOLD])["quantity"]) == {"evpi"}
    options, positions = toy(500)
    assert information_table(options, positions, [THRESHOLD])["reliable"].all()


def test_tables_are_the_same_every_time():
    options, positions = toy(200)
    first, second = (information_table(options, positions, [THRESHOLD]) for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_perfect_information_of_three_options_by_hand():
    """In two draws the first is best, in two the second: knowing gains 10 in half of them."""
    benefit = np.array([[[0.0, 10.0, 0.0]], [[0.0, 10.0, 0.0]], [[0.0, 0.0, 10.0]]] * 2)[:4]
    benefit[3] = [[0.0, 0.0, 10.0]]
    value, _ = perfect_information(benefit)
    assert value[0] == 10.0 - benefit.mean(axis=0).max()


def test_a_smoother_finds_a_curve_and_its_ends():
    positions = np.random.default_rng(2).random((2_000, 1))
    curve = np.sin(3.0 * positions)
    fit = Smoother.of(positions).fit(curve)
    np.testing.assert_allclose(fit.fitted, curve, atol=0.01)
    ends = fit.at([[0.025], [0.975]]).ravel()
    np.testing.assert_allclose(ends, np.sin([0.075, 2.925]), atol=0.02)


# Acceptability


def test_acceptability_curves_add_up_to_one_at_every_threshold():
    random = np.random.default_rng(3)
    qalys, costs = random.normal(1.0, 1.0, (300, 3)), random.normal(20_000, 9_000, (300, 3))
    qalys[:, 0] = costs[:, 0] = 0.0
    qalys[:20], costs[:20] = 0.0, 0.0  # alike in some draws
    options = Options((NOTHING, "walks", "advice"), np.arange(300), qalys, costs)
    table = acceptability_table(options)
    np.testing.assert_allclose(table.groupby("threshold")["probability"].sum(), 1.0, rtol=1e-12)
    assert set(table["scenario"]) == {NOTHING, "walks", "advice"}
    assert (table.groupby("threshold")["frontier"].sum() == 1).all()
    assert table["threshold"].nunique() == len(CURVE)


def test_an_option_becomes_the_best_where_its_cost_per_qaly_lies():
    """It costs 25 000 a QALY in every draw."""
    qalys = np.column_stack([np.zeros(50), np.ones(50)])
    options = Options((NOTHING, "walks"), np.arange(50), qalys, 25_000 * qalys)
    table = acceptability_table(options).set_index(["threshold", "scenario"])
    assert table.loc[(24_000, "walks"), "probability"] == 0.0
    assert table.loc[(25_000, "walks"), "probability"] == 0.5  # alike
    assert table.loc[(26_000, "walks"), "probability"] == 1.0
    assert table.loc[(26_000, "walks"), "frontier"] and not table.loc[(26_000, NOTHING), "frontier"]


@pytest.mark.parametrize("thresholds", [[30_000, 20_000], [-1.0], [], [math.nan], [1.0, 1.0]])
def test_thresholds_out_of_order_are_refused(thresholds):
    options, positions = toy(30)
    for table in (
        lambda: acceptability_table(options, thresholds),
        lambda: information_table(options, positions, thresholds),
    ):
        with pytest.raises(ValueError, match="thresholds are"):
            table()


# Where draws lie


def test_positions_are_those_that_draws_are_made_from():
    """An input's own value in a draw rises with its place in its distribution."""
    scenario = load_scenario("walking_groups")
    found = draw_positions(scenario, range(30))
    path = "policies.walks.adherence.half_life_years"
    assert path in found and "il6.training.amplitude" in found
    values = [drawn(scenario, None, draw)[0].policies[0].adherence.half_life_years
              for draw in range(30)]  # fmt: skip
    order = np.argsort(found[path].to_numpy())
    assert (np.diff(np.array(values)[order]) >= 0).all() and len(set(values)) > 5


def test_inputs_that_a_scenario_sets_are_not_drawn():
    scenario = load_scenario("walking_groups", ["il6.training.amplitude=0.1"])
    assert "il6.training.amplitude" not in draw_positions(scenario, range(2))


def test_scenarios_share_the_evidence_and_keep_their_own_numbers():
    first, second = (draw_positions(load_scenario(each), range(4))
                     for each in ("walking_groups", "exercise_referral"))  # fmt: skip
    joined = joined_positions([first, second], range(4))
    assert joined.columns.is_unique
    assert set(joined) == set(first) | set(second)
    names = groups_of(joined.columns)
    assert "policies.walks" in names and "causal_share" in names


def test_options_are_of_draws_that_all_have():
    table = pd.DataFrame({"draw": [0, 0, 1, 2], "seed": [1, 2, 1, 1], "scale": "per_100000",
                          "unit": "GBP", "net_cost": 7.0,
                          "qalys_gained": [1.0, 3.0, 4.0, 5.0]})  # fmt: skip
    found = options_of({"a": table, "b": table[table["draw"] > 0]})
    assert found.names == (NOTHING, "a", "b") and found.draws.tolist() == [1, 2]
    assert found.qalys[:, 1].tolist() == [4.0, 5.0]
    alone = options_of({"a": table})
    assert alone.qalys[:, 1].tolist() == [2.0, 4.0, 5.0]  # seeds of a draw are averaged
    assert options_of({"a": table.assign(net_cost=math.nan)}) is None


def test_no_part_is_worth_more_than_all():
    """Where inputs multiply, a sum of smooth curves strays: without the limit, to 4 times all."""
    positions = np.random.default_rng(1).random((200, 4))
    benefit = 1_000.0 * np.exp(norm.ppf(positions).sum(axis=1)) - 1_000.0
    costs = np.column_stack([np.zeros(200), -benefit])
    options = Options((NOTHING, "walks"), np.arange(200), np.zeros((200, 2)), costs)
    names = [f"il6.{place}" for place in range(4)]
    found = information_table(options, pd.DataFrame(positions, columns=names), [THRESHOLD])
    assert found["value"].max() == found_in(found, "evpi", "all inputs")["value"]
