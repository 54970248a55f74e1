"""Many runs give the numbers of one table that holds them all, to the bit, without holding it."""

import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from abm import simulate
from abm.kernel.blocks import condensed, new_counts
from abm.results import outcome_tables
from abm.results.effects import MEANS
from abm.results.outcome_tables import OutcomeTables, everybody
from abm.running import simulate as simulation
from abm.scenario.drawn import CENTRAL
from analysis.tables.of_figures import central_levels


@pytest.fixture(scope="module")
def result():
    return simulate("uk", persons=300, years=2, seed=3, seeds=5, draws=2)


def by_row(table):
    keys = [name for name in table.columns if name not in ("seed", "draw", "value")]
    return table.groupby(keys, observed=True, dropna=False, sort=False)["value"]


def test_means_are_those_of_the_joined_table_to_the_bit(result):
    rows = result.outcomes
    central = rows[rows["draw"].isna()]
    expected = by_row(central).mean().to_numpy()
    np.testing.assert_array_equal(result.tables.mean()["value"].to_numpy(), expected)


def test_means_of_any_numbers_are_compensated_and_leave_out_what_is_missing():
    random = np.random.default_rng(1)
    values = random.normal(size=(40, 500)) * 10.0 ** random.integers(-12, 12, (40, 500))
    values[random.random(values.shape) < 0.3] = np.nan
    values[:, 7] = np.nan
    frames = [layout(seed, row) for seed, row in enumerate(values)]
    tables = OutcomeTables()
    for frame in reversed(frames):
        tables.add(frame)
    expected = pd.concat(frames).groupby("year")["value"].mean().to_numpy()
    np.testing.assert_array_equal(tables.mean()["value"].to_numpy(), expected)


def layout(seed, values):
    return pd.DataFrame(
        {
            "seed": seed, "draw": CENTRAL, "world": "baseline", "year": range(len(values)),
            "sex": "all", "age_band": "all", "deprivation": "all", "activity_group": "all",
            "measure": "persons", "value": values,
        }
    )  # fmt: skip


def test_figures_drawn_from_means_are_those_drawn_from_all_runs(result):
    whole = central_levels(result.outcomes)
    lean = central_levels(result.tables.mean(), lambda: result.tables.tables(CENTRAL))
    for strata, frame in whole.frames.items():
        measures = sorted(set(frame["measure"].dropna()))
        pd.testing.assert_frame_equal(
            whole.table(measures, strata), lean.table(measures, strata), check_exact=True
        )


def test_rows_at_the_end_are_chosen_from_all_runs(result):
    rows = result.outcomes
    last = rows["year"] == rows["year"].max()
    expected = rows[everybody(rows) & last & rows["measure"].isin(MEANS)]
    found = result.tables.at_end(MEANS)
    columns = list(expected.columns)
    expected = expected.reset_index(drop=True).fillna({"draw": CENTRAL}).astype({"draw": int})
    pd.testing.assert_frame_equal(found[columns], expected)


def test_runs_stand_in_order_however_they_ended(result):
    tables = OutcomeTables()
    for run in reversed(result.tables.runs):
        tables.add(result.tables.table(run))
    assert tables.joined().equals(result.outcomes)
    assert tables.seeds == 5
    assert [run.draw for run in tables.runs] == [-1] * 5 + [0] * 5 + [1] * 5


def test_values_are_the_same_in_memory_on_disk_and_elsewhere(result, monkeypatch, tmp_path):
    monkeypatch.setattr(outcome_tables, "IN_MEMORY_BYTES", 1000)
    tables = OutcomeTables(tmp_path)
    for run in result.tables.runs:
        tables.add(result.tables.table(run))
    assert tables._file._rolled
    assert tables.joined().equals(result.outcomes)
    assert list(tmp_path.iterdir()) == []  # a file without a name: nothing is left by a kill
    assert pickle.loads(pickle.dumps(tables)).joined().equals(result.outcomes)


def test_other_rows_are_refused(result):
    run = result.tables.runs[0]
    with pytest.raises(ValueError, match="seed 3, draw -1 have other rows"):
        result.tables.add(result.tables.table(run).iloc[1:])


def test_what_a_run_leaves_in_memory_is_a_small_part_of_its_tallies(tmp_path, monkeypatch):
    """From the fifth to the thirtieth run: 4.8 MB of tallies and 4.8 of tables each."""
    monkeypatch.setattr(outcome_tables, "IN_MEMORY_BYTES", 1000)
    setup = simulation.set_up(simulation.load_scenario("walking_groups"))
    found = simulation._Found(tmp_path)

    def add(seeds):
        for seed in seeds:
            counts = new_counts(setup.worlds, setup.scenario.years, 1)
            found.add(simulation.Run(seed, CENTRAL, setup), counts)

    add(range(5))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        add(range(5, 30))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    whole = new_counts(setup.worlds, setup.scenario.years, 1)
    assert (after - before) / 25 < sum(array.nbytes for array in whole) / 40


def test_condensed_tallies_do_not_hold_the_whole_ones():
    small = condensed(new_counts(3, 20, 1))
    assert all(array.base is None or array.base.nbytes <= 2 * array.nbytes for array in small)


def test_histograms_are_those_of_all_seeds_together():
    both = simulate("uk", persons=128, years=1, seed=1, seeds=2).il6_histogram
    apart = [simulate("uk", persons=128, years=1, seed=seed).il6_histogram for seed in (1, 2)]
    keys = [name for name in both.columns if name != "persons"]
    expected = pd.concat(apart).groupby(keys, sort=False)["persons"].sum().sort_index()
    assert both.groupby(keys, sort=False)["persons"].sum().sort_index().equals(expected)
