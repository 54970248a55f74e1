"""Life expectancy of the baseline against the place's life table, and its error against seeds."""

import numpy as np
import pytest

from abm import simulate
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.places.country import death_rates
from abm.population.gap_between_fifths import life_expectancy

pytestmark = pytest.mark.verification

WITHIN = 0.5  # years
SIZES = {"persons": 200_000, "years": 5}


@pytest.fixture(scope="module")
def table():
    return simulate("uk", seeds=4, **SIZES).life_expectancy


def test_the_baseline_lives_as_long_as_the_life_table_says(table):
    lives = table[table["measure"] == "life_expectancy"]
    rates = dict(zip(c.SEXES, death_rates(bundled_place()), strict=True))
    for row in lives.itertuples():
        published = float(life_expectancy(rates[row.sex][row.age - c.YOUNGEST :]))
        print(f"{row.sex} {row.age}: {row.baseline:.2f} ({row.baseline_standard_error:.2f}), "
              f"life table {published:.2f}")  # fmt: skip
        assert row.baseline_standard_error < WITHIN / 4
        assert abs(row.baseline - published) < WITHIN


def test_years_of_quality_are_norms_times_years(table):
    """Norms of quality fall from .9 at 20 to .7 at 80, so no mean can lie outside."""
    by = table.set_index(["measure", "sex", "age"])["baseline"]
    share = by["quality_adjusted_life_expectancy"] / by["life_expectancy"]
    print(share)
    assert share.between(0.65, 0.95).all()
    assert (share.unstack().diff(axis=1).iloc[:, 1:] < 0).all(axis=None)  # the older, the less


def test_its_error_is_the_spread_of_seeds():
    runs = [simulate("uk", persons=20_000, years=5, seed=seed) for seed in range(1, 21)]
    tables = [run.life_expectancy.set_index(["measure", "sex", "age"]) for run in runs]
    spread = np.std([each["baseline"].to_numpy() for each in tables], axis=0, ddof=1)
    said = np.mean([each["baseline_standard_error"].to_numpy() for each in tables], axis=0)
    assert 0.75 < float(np.exp(np.log(spread / said).mean())) < 1.3, spread / said
