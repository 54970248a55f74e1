"""Life expectancy of a run: closed forms on small made-up life tables, and its errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from abm import simulate
from abm.kernel import layout as c
from abm.results.life_expectancy import (
    COUNTED,
    DEATHS,
    ILL,
    MEASURES,
    PERSONS,
    START_AGES,
    YEARS,
    LifeTable,
    found,
    level_errors,
)

HAZARD = 0.04
AGES = (2, c.N_AGES)


def place(rates=HAZARD, *, well=0.9, decrement=0.1, share_lost=0.25, losses_add=0.0):
    every = np.ones(c.N_DISEASES)
    return LifeTable(
        rates * np.ones(AGES), np.ones(AGES), well * np.ones(AGES), decrement * every,
        share_lost * every, losses_add,
    )  # fmt: skip


def counts(deaths=400.0, years=1e4, ill=0.0):
    """Return what one world counts, the same in every sex and band; ``ill`` by disease."""
    table = np.zeros((len(COUNTED), 2, c.N_BANDS))
    table[DEATHS], table[YEARS], table[PERSONS] = deaths, years, years
    table[ILL:] = years * np.broadcast_to(ill, c.N_DISEASES)[:, None, None]
    return table


def test_under_one_hazard_life_expectancy_is_its_inverse_at_every_age():
    (years,) = found(counts()[None], place())
    np.testing.assert_allclose(years[0], 1.0 / HAZARD, rtol=1e-9)
    np.testing.assert_allclose(years[1], 0.9 / HAZARD, rtol=1e-9)


def test_deaths_and_not_the_places_rates_decide():
    (half,) = found(counts(deaths=200.0)[None], place())
    np.testing.assert_allclose(half[0], 2.0 / HAZARD, rtol=1e-9)


def test_rates_that_double_at_60_give_the_closed_form():
    table = counts()
    table[DEATHS, :, 4:] *= 2.0  # 60 and older
    (years,) = found(table[None], place())
    for a, age in enumerate(START_AGES):
        before = max(60 - age, 0)
        survive = np.exp(-HAZARD * before)
        expected = (1.0 - survive) / HAZARD + survive / (2.0 * HAZARD)
        np.testing.assert_allclose(years[0, :, a], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("losses_add", "quality"), [(0.0, 0.9 * (1 - 0.25 * 0.2) * (1 - 0.25 * 0.1)),
                                (1.0, 0.9 - 0.1 * 0.2 - 0.1 * 0.1)]
)  # fmt: skip
def test_quality_falls_with_prevalence_as_a_product_or_a_sum(losses_add, quality):
    ill = np.zeros(c.N_DISEASES)
    ill[:2] = 0.2, 0.1
    (years,) = found(counts(ill=ill)[None], place(losses_add=losses_add))
    np.testing.assert_allclose(years[1], quality / HAZARD, rtol=1e-9)


def test_ages_within_a_band_die_as_those_of_the_place():
    """With the place's own ratios its single ages come back, however deaths rise in a band."""
    ages = np.arange(c.N_AGES)
    rates = np.broadcast_to(5e-4 * np.exp(0.09 * ages), AGES)
    own = place(rates)
    expected = np.add.reduceat(rates, 10 * np.arange(c.N_BANDS), axis=1)
    lengths = np.add.reduceat(np.ones(AGES), 10 * np.arange(c.N_BANDS), axis=1)
    table = counts()
    table[DEATHS] = table[YEARS] * expected / lengths
    (years,) = found(table[None], own)
    for a, age in enumerate(START_AGES):
        alive, total = 1.0, 0.0
        for rate in rates[0, age - c.YOUNGEST :]:
            total += alive * (1.0 - np.exp(-rate)) / rate
            alive *= np.exp(-rate)
        np.testing.assert_allclose(years[0, :, a], total + alive / rate, rtol=1e-9)


def test_a_band_in_which_nobody_died_is_lived_through():
    table = counts()
    table[DEATHS, :, 0] = 0.0
    (years,) = found(table[None], place())
    np.testing.assert_allclose(years[0, :, 0], 10.0 + 1.0 / HAZARD, rtol=1e-5)
    assert (level_errors(table, place()) > 0.0).all()


def test_where_nobody_lives_from_an_age_on_it_is_blank():
    table = counts()
    table[:, :, :3] = 0.0  # a run from 50 on
    (years,) = found(table[None], place())
    assert np.isnan(years[:, :, :2]).all()
    np.testing.assert_allclose(years[0, :, 2], 1.0 / HAZARD, rtol=1e-9)


def test_the_error_is_that_of_many_counted_worlds():
    rng = np.random.default_rng(5)
    table, own = counts(deaths=40.0, years=1e3), place()
    many = np.array([table] * 2000)
    many[:, DEATHS] = rng.poisson(40.0, many[:, DEATHS].shape)
    spread = found(many, own).std(axis=0)
    np.testing.assert_allclose(level_errors(table, own), spread, rtol=0.15)


def test_a_run_tells_both_worlds_and_an_error_of_the_gain_with_two_seeds():
    sizes = {"persons": 3000, "years": 3, "threads": 1}
    one = simulate("everyone_meets_guideline", **sizes).life_expectancy
    two = simulate("everyone_meets_guideline", seeds=2, **sizes).life_expectancy
    for table in (one, two):
        assert list(table["measure"].unique()) == list(MEASURES)
        assert len(table) == 2 * 2 * len(START_AGES)
        np.testing.assert_allclose(table["gained"], table["policy"] - table["baseline"])
        by = table.set_index(["measure", "sex", "age"])["baseline"]
        assert (by[MEASURES[1]] < by[MEASURES[0]]).all()
        assert (table["baseline_standard_error"] > 0).all()
    assert one["gained_standard_error"].isna().all()
    assert (two["gained_standard_error"] > 0).any()
    bare = simulate("uk", persons=500, years=1, threads=1)
    assert "gained" not in bare.life_expectancy and isinstance(bare.life_expectancy, pd.DataFrame)
    some = simulate("walking_groups", persons=500, years=2, threads=1, only_effects=True)
    assert some.life_expectancy is None


def test_a_gain_is_a_jackknife_over_the_seeds():
    from abm.results import life_expectancy

    rng = np.random.default_rng(3)
    seeds = np.array([np.array([counts(d), counts(0.9 * d)]) for d in rng.uniform(350, 450, 6)])
    rows = list(life_expectancy._rows(seeds, place()))
    gains = [found(seeds.sum(axis=0) - one, place()) for one in seeds]
    left_out = np.array([each[1, 0, 0, 0] - each[0, 0, 0, 0] for each in gains])
    expected = np.sqrt(5 / 6 * ((left_out - left_out.mean()) ** 2).sum())
    assert rows[0]["gained_standard_error"] == pytest.approx(expected)
    assert rows[0]["gained"] == pytest.approx(rows[0]["policy"] - rows[0]["baseline"])
