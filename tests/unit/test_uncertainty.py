"""Monte Carlo error and parameter uncertainty, told apart, on data with known answers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.certainty.uncertainty import (
    monte_carlo,
    parameter_interval,
    persons_needed,
    seeds_to_add,
    separated,
    share_from_text,
    uncertainty_table,
)
from tests.statistics import assert_share


def toy_effects(repeat, seeds, persons=400, risk=0.10, risk_after=0.08):
    """Cases averted by a policy in twin worlds with common luck, one value per seed."""
    luck = np.random.default_rng([2026, repeat]).random((seeds, persons))
    return ((luck < risk).sum(axis=1) - (luck < risk_after).sum(axis=1)).astype(float)


COLUMNS = ["draw", "seed", "outcome", "effect"]
REPEATS = 2500


def toy_table(seeds):
    rows = [(-1, seed, "stroke", value) for seed, value in enumerate(toy_effects(0, seeds))]
    return pd.DataFrame(rows, columns=COLUMNS)


def covered(share, seeds=20):
    """Return how many of the repeats have an interval that holds the truth."""
    truth = 400 * (0.10 - 0.08)
    results = [monte_carlo(toy_effects(repeat, seeds), share) for repeat in range(REPEATS)]
    return sum(result.lower <= truth <= result.upper for result in results)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    assert_share(covered(0.95), REPEATS, 0.95, detect=0.05)


def test_a_narrower_interval_fails_the_coverage_check():
    with pytest.raises(AssertionError, match="standard errors apart"):
        assert_share(covered(0.90), REPEATS, 0.95, detect=0.05)


def test_monte_carlo_matches_the_textbook():
    result = monte_carlo([9.0, 10.0, 11.0])
    assert result.standard_error == pytest.approx(1 / math.sqrt(3))
    assert result.upper == pytest.approx(10 + 4.302653 / math.sqrt(3), rel=1e-6)
    assert result.relative_half_width == pytest.approx(0.2484, abs=1e-4)


@pytest.mark.parametrize("values", [[1.0], [1.0, math.nan], [[1.0, 2.0]]])
def test_monte_carlo_refuses_what_has_no_error(values):
    with pytest.raises(ValueError, match="at least 2|not finite|dimension"):
        monte_carlo(values)


def draws_and_seeds(parameters, seeds, residual, draws=400, columns=6, start=1):
    rng = np.random.default_rng(start)
    return (
        100
        + rng.normal(0, parameters, (draws, 1))
        + rng.normal(0, seeds, (1, columns))
        + rng.normal(0, residual, (draws, columns))
    )


def test_variances_are_separated_by_cause():
    parts = separated(draws_and_seeds(parameters=5, seeds=2, residual=3, columns=40))
    assert parts.parameters == pytest.approx(25, rel=0.2)
    assert parts.seeds == pytest.approx(4, rel=0.6)
    assert parts.residual == pytest.approx(9, rel=0.05)
    assert parts.monte_carlo_share == pytest.approx(13 / 38, abs=0.1)


def test_the_parameter_interval_is_free_of_noise():
    noisy = draws_and_seeds(parameters=1, seeds=0, residual=5, columns=4, draws=2000)
    parts = separated(noisy)
    low, high = parameter_interval(noisy.mean(axis=1))
    assert parts.upper - parts.lower == pytest.approx(2 * 1.96, rel=0.15)
    assert high - low > 2 * (parts.upper - parts.lower)


def test_pure_noise_leaves_next_to_nothing_to_parameters():
    parts = separated(draws_and_seeds(parameters=0, seeds=0, residual=3))
    assert parts.monte_carlo_share > 0.95


def test_luck_common_to_all_draws_is_not_parameter_uncertainty():
    values = draws_and_seeds(parameters=0, seeds=10, residual=0.1)
    assert separated(values).parameters < 0.01
    assert separated(values, common_seeds=False).residual > 50


def test_no_variance_at_all_is_no_share():
    assert math.isnan(separated(np.ones((3, 3))).monte_carlo_share)
    with pytest.raises(ValueError, match="at least 2 x 2"):
        separated(np.ones((3, 1)))


def test_the_seeds_that_are_asked_for_reach_the_precision():
    row = uncertainty_table(toy_table(20)).iloc[0]
    wanted = int(row["seeds_needed"])
    widths = [
        monte_carlo(toy_effects(repeat, wanted)).relative_half_width for repeat in range(1, 40)
    ]
    assert np.mean(widths) == pytest.approx(0.05, rel=0.35)
    # Half the precision takes a quarter of the seeds.
    coarse = uncertainty_table(toy_table(20), relative=0.10).iloc[0]
    assert coarse["seeds_needed"] == pytest.approx(wanted / 4, abs=1)


def test_persons_and_seeds_are_the_same_currency():
    assert persons_needed(20_000, 0.10, 0.05) == 80_000
    assert persons_needed(20_000, 0.05, 0.05) == 20_000


@pytest.mark.parametrize("relative", [0.0, -1.0])
def test_a_precision_must_be_positive(relative):
    with pytest.raises(ValueError, match="above 0"):
        persons_needed(10, 0.1, relative)


def test_no_number_of_seeds_gives_a_share_of_nothing():
    assert monte_carlo([-1.0, 1.0]).relative_half_width == math.inf
    rows = [(-1, 1, "stroke", -1.0), (-1, 2, "stroke", 1.0)]
    row = uncertainty_table(pd.DataFrame(rows, columns=COLUMNS)).iloc[0]
    assert math.isnan(row["seeds_needed"])


def test_until_adds_seeds_and_stops_when_precise():
    values = toy_effects(7, 3)
    while added := seeds_to_add(len(values), [monte_carlo(values).relative_half_width], 0.05, 999):
        values = toy_effects(7, len(values) + added)
    assert monte_carlo(values).relative_half_width <= 0.05
    assert len(values) < 3 * uncertainty_table(toy_table(20)).iloc[0]["seeds_needed"]


@given(
    st.integers(1, 60), st.lists(st.floats(0, math.inf)), st.floats(0.001, 0.5), st.integers(1, 80)
)
def test_until_never_doubles_nor_passes_the_limit(have, half_widths, relative, most):
    added = seeds_to_add(have, half_widths, relative, most)
    assert 0 <= added <= have
    assert added == 0 or have + added <= most
    if have < most and any(half > relative for half in half_widths):
        assert added > 0


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), (" 2.5 %", 0.025), ("0.1", 0.1)])
def test_a_precision_is_read_from_text(text, share):
    assert share_from_text(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["5", "0%", "100%", "abc", "", "nan"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(ValueError, match="no share"):
        share_from_text(text)


def run_table(draws, seeds):
    values = draws_and_seeds(parameters=5, seeds=1, residual=1, draws=draws, columns=seeds)
    rows = [
        (draw - 1, seed, "stroke", values[draw, seed - 1])
        for draw in range(draws)
        for seed in range(1, seeds + 1)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_table_tells_noise_and_parameters_apart():
    row = uncertainty_table(run_table(61, 8), persons=10_000).iloc[0]
    assert row["upper"] - row["lower"] < row["parameter_upper"] - row["parameter_lower"]
    assert row["monte_carlo_share"] < 0.3
    assert row["seeds_needed"] >= 1
    assert row["persons_needed"] % 1000 == 0
    assert row["precision"] == 0.05


def test_a_known_error_stands_even_after_one_seed():
    row = uncertainty_table(run_table(1, 1), errors={"stroke": 10.0}, persons=1000).iloc[0]
    assert row["upper"] - row["lower"] == pytest.approx(2 * 1.96 * 10, rel=1e-3)
    assert row["seeds_needed"] == math.ceil((1.96 * 10 / (0.05 * row["estimate"])) ** 2)
    assert row["persons_needed"] == pytest.approx(1000 * row["seeds_needed"], abs=1000)


def test_the_table_is_silent_where_there_is_too_little_to_say():
    one_seed = uncertainty_table(run_table(1, 1)).iloc[0]
    assert math.isnan(one_seed["standard_error"])
    assert math.isnan(one_seed["parameter_lower"])
    draws_of_one_seed = uncertainty_table(run_table(30, 1)).iloc[0]
    assert draws_of_one_seed["parameter_lower"] < draws_of_one_seed["parameter_upper"]
    assert math.isnan(draws_of_one_seed["monte_carlo_share"])


@pytest.mark.parametrize(("effect", "error"), [(1e-9, 0.3), (0.5, 0.3), (-0.1, 0.1)])
def test_nor_a_share_of_what_may_be_nothing(effect, error):
    """Of breast cancer 1e-9 cases averted with an error of 0.3 would take 7 trillion persons."""
    table = pd.DataFrame([(-1, 1, "breast_cancer", effect)], columns=COLUMNS)
    row = uncertainty_table(table, errors={"breast_cancer": error}, persons=1000).iloc[0]
    assert row["lower"] < 0 < row["upper"]
    assert math.isnan(row["seeds_needed"]) and math.isnan(row["persons_needed"])


def test_what_a_clear_effect_takes_is_said():
    table = pd.DataFrame([(-1, 1, "stroke", 1.0)], columns=COLUMNS)
    row = uncertainty_table(table, errors={"stroke": 0.5}, persons=1000).iloc[0]
    assert row["seeds_needed"] == math.ceil((1.96 * 0.5 / 0.05) ** 2)
