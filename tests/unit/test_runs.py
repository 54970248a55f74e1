"""Many runs over an engine: the same bits everywhere, in memory that does not grow, kept."""

import hashlib
import tracemalloc
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm import load_scenario, simulate
from abm.kernel.blocks import condensed
from abm.results.effects import effects_table
from abm.running import queue as runs
from abm.running.kept_units import KeptUnits, Stretch, cover, key_of_run, stretch_named
from abm.running.queue import Run, TasksFailed, count_population, count_runs
from abm.running.setup import set_up
from abm.scenario.drawn import CENTRAL

SIZES = {"persons": 2800, "years": 2, "seed": 5}


class SmallUnits(KeptUnits):
    """Units small enough for a test, kept at once."""

    slots_per_unit = 1024
    seconds_not_worth_keeping = 0.0


def hashed(counts):
    return hashlib.sha256(b"".join(array.tobytes() for array in counts)).hexdigest()


def all_hashes(result):
    return {run: hashed(counts) for run, counts in result.counts.items()}


@pytest.fixture(scope="module")
def in_threads():
    return simulate("walking_groups", **SIZES, seeds=2, draws=1, threads=2)


@contextmanager
def local_cluster():
    """Start a scheduler and a worker that talk over loopback, in this process."""
    distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    with distributed.LocalCluster(
        **options, protocol="tcp", host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address.replace("tcp", "dask")


def test_processes_give_the_same_bits(in_threads):
    result = simulate("walking_groups", **SIZES, seeds=2, draws=1, threads=1, engine="processes")
    assert all_hashes(result) == all_hashes(in_threads)
    assert result.outcomes.equals(in_threads.outcomes)
    assert result.effects.equals(in_threads.effects)


@pytest.mark.filterwarnings("ignore")  # what Dask does in its threads is its own
def test_a_cluster_gives_the_same_bits(in_threads):
    with local_cluster() as address:
        result = simulate("walking_groups", **SIZES, seeds=2, draws=1, engine=address)
    assert all_hashes(result) == all_hashes(in_threads)
    assert result.outcomes.equals(in_threads.outcomes)
    assert result.draw_effects.equals(in_threads.draw_effects)


def test_tables_stand_in_the_order_of_draws_and_seeds(in_threads):
    order = list(in_threads.counts)
    assert order == [(5, CENTRAL), (6, CENTRAL), (5, 0), (6, 0)]
    rows = in_threads.outcomes[["draw", "seed"]].drop_duplicates().to_numpy().tolist()
    assert rows == [[CENTRAL, 5], [CENTRAL, 6], [0, 5], [0, 6]]


def test_an_engine_that_is_none_is_refused():
    with pytest.raises(ValueError, match="must be threads, processes or dask"):
        simulate("uk", persons=10, years=1, engine="steam")


def test_memory_does_not_grow_with_persons(monkeypatch):
    """Nobody lives here: what is measured are tasks, results, units and their sums."""
    monkeypatch.setattr(runs, "run_slots", lambda *arguments: None)
    monkeypatch.setattr(runs, "MOST_BLOCKS", 8)
    country = load_scenario("uk", ["years=1"])
    peaks = []
    for persons in (1_000_000, 10_000_000):
        setup = set_up(replace(country, persons=persons))
        tracemalloc.start()
        count_population(setup, 1, threads=2)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 50e6


# What is kept


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch):
    """Let a task be one block, so that the units of these small runs can be small."""
    for name in ("FEWEST_BLOCKS", "MOST_BLOCKS"):
        monkeypatch.setattr(runs, name, 1)


def lived(kept, **sizes):
    result = simulate("walking_groups", **{**SIZES, **sizes}, threads=2, kept=kept)
    return {run: hashed(counts) for run, counts in result.counts.items()}


def test_what_is_kept_is_not_lived_again(tmp_path):
    first, second = SmallUnits(tmp_path), SmallUnits(tmp_path)
    assert lived(first) == lived(second) == lived(None)
    assert (first.units_found, first.units_lived) == (0, 3)
    assert (second.units_found, second.units_lived) == (3, 0)
    assert len(list(tmp_path.glob("units/*/*.unit"))) == 3


def test_more_persons_seeds_and_draws_extend_what_is_there(tmp_path):
    lived(SmallUnits(tmp_path))
    for sizes, found in (({"persons": 4200}, 3), ({"seeds": 2}, 3), ({"draws": 1}, 3)):
        kept = SmallUnits(tmp_path)
        assert lived(kept, **sizes) == lived(None, **sizes)
        assert kept.units_found == found
        assert kept.units_lived > 0


def test_fewer_persons_use_the_units_that_lie_within(tmp_path):
    lived(SmallUnits(tmp_path))
    kept = SmallUnits(tmp_path)
    assert lived(kept, persons=2200) == lived(None, persons=2200)
    assert (kept.units_found, kept.units_lived) == (2, 1)


def test_fresh_forgets_everything(tmp_path):
    lived(SmallUnits(tmp_path))
    kept = SmallUnits(tmp_path, fresh=True)
    assert list(tmp_path.glob("units/*")) == []
    lived(kept)
    assert kept.units_found == 0


def test_a_short_run_leaves_nothing_behind(tmp_path):
    class Patient(SmallUnits):
        seconds_not_worth_keeping = 3600.0

    kept = Patient(tmp_path)
    lived(kept)
    assert list(tmp_path.iterdir()) == []
    kept.write()
    assert kept.units_written == 3


def test_a_damaged_unit_is_lived_again(tmp_path):
    lived(SmallUnits(tmp_path))
    path = min(tmp_path.glob("units/*/*.unit"))
    path.write_bytes(path.read_bytes()[:-1])
    kept = SmallUnits(tmp_path)
    assert lived(kept) == lived(None)
    assert (kept.units_found, kept.units_lived, len(kept.set_aside)) == (2, 1, 1)


def test_a_failed_run_keeps_what_it_finished(tmp_path, monkeypatch):
    class Patient(SmallUnits):
        seconds_not_worth_keeping = 3600.0

    run_slots = runs.run_slots

    def fail(setup, seed, first, last, block, counts):
        if first <= 1200 < last:
            raise ArithmeticError("bad luck")
        run_slots(setup, seed, first, last, block, counts)

    monkeypatch.setattr(runs, "run_slots", fail)
    kept = Patient(tmp_path)
    with pytest.raises(TasksFailed, match="walking_groups, seed 5, central values, slots 1024 to"):
        lived(kept)
    assert kept.units_written == 2


def changed(setting):
    return set_up(load_scenario("walking_groups", ["years=2", "persons=1000", *setting]))


def test_the_key_holds_all_that_lives_depend_on_and_no_more():
    plain = key_of_run(changed([]), 5)
    same = (
        ["persons=2000"],
        ["title=Other"],
        ["seed=9"],  # the seed of a run is given apart
        ["policies.walks.cost.per_participant=1"],
    )
    other = (
        ["years=3"],
        ["policies.walks.reach=0.31"],
        ["causal_share.diseases=0.79"],
        ["population.entrants=false"],
        ["step_months=3"],
    )
    for setting in same:
        assert key_of_run(changed(setting), 5) == plain, setting
    for setting in other:
        assert key_of_run(changed(setting), 5) != plain, setting
    assert key_of_run(changed([]), 6) != plain


def test_a_budget_that_reaches_fewer_of_more_persons_changes_the_key():
    budget = "policies.walks.cost={per_participant: 100, budget_per_year: 1000, currency: GBP}"
    few, many = (key_of_run(changed([budget, f"persons={n}"]), 5) for n in (1000, 2000))
    assert few != many


def test_the_program_is_part_of_the_key(monkeypatch):
    setup = changed([])
    plain = key_of_run(setup, 5)
    monkeypatch.setattr("abm.running.kept_units.stamp", lambda: {"sources": "other"})
    assert key_of_run(setup, 5) != plain


@given(
    st.integers(1, 3000),
    st.lists(st.tuples(st.integers(0, 2500), st.integers(1, 900)), max_size=8),
    st.integers(1, 700),
)
def test_a_population_is_covered_without_gap_or_overlap(persons, drawn, size):
    found = [Stretch(first, first + slots) for first, slots in drawn]
    stretches = list(cover(persons, found, size))
    ends = [0, *(stretch.last for stretch, _ in stretches)]
    assert [stretch.first for stretch, _ in stretches] == ends[:-1]
    assert ends[-1] == persons
    for stretch, is_there in stretches:
        if is_there:
            assert stretch in found
        else:
            assert stretch.first // size == (stretch.last - 1) // size


@pytest.mark.parametrize("name", ["slots-0", "slots-a-b", "block-0-5", "slots-0-5-9", ""])
def test_names_that_are_no_stretch_are_passed_over(name):
    assert stretch_named(name) is None


def test_a_run_goes_by_its_name():
    setup = changed([])
    assert str(Run(3, CENTRAL, setup)) == "walking_groups, seed 3, central values"
    assert str(Run(3, 7, setup)) == "walking_groups, seed 3, draw 7"


def test_progress_adds_up_to_all_person_years(tmp_path):
    setup, steps = changed([]), []
    count_runs([Run(1, CENTRAL, setup)], lambda run, counts: None, progress=steps.append)
    assert sum(steps) == 1000 * 2
    kept = SmallUnits(tmp_path)
    found = []
    kept.found = found.append
    for _ in range(2):
        count_runs([Run(1, CENTRAL, setup)], lambda run, counts: None, kept=kept)
    assert sum(found) == 1000 * 2


def test_tallies_of_draws_are_small_and_still_give_their_effects(in_threads):
    whole, drawn = in_threads.counts[5, CENTRAL], in_threads.counts[5, 0]
    small = condensed(whole)
    assert [array.shape for array in small] == [array.shape for array in drawn]
    assert sum(array.nbytes for array in small) < sum(array.nbytes for array in whole) / 20
    table = in_threads.outcomes
    assert effects_table([small], table, True).equals(effects_table([whole], table, True))
