"""Many runs over an engine: the same bits everywhere, in memory that does not grow, kept."""

import hashlib
import tracemalloc
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm import load_scenario, simulate
from abm.kernel.blocks import condensed, tells_of_everybody
from abm.results.effects import MEANS, effects_of_runs
from abm.running import queue as runs
from abm.running.finished_work import (
    FinishedWork,
    Slots,
    cover,
    key_of_run,
    slots_named,
)
from abm.running.journal import Journal
from abm.running.packing import packed, unpacked
from abm.running.queue import Run, TasksFailed, count_population, count_runs
from abm.running.setup import set_up
from abm.scenario.drawn import CENTRAL

SIZES = {"persons": 2800, "years": 2, "seed": 5}


class SmallParts(FinishedWork):
    """Parts small enough for a test, kept at once."""

    slots_per_entry = 1024
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


def run_rows(result):
    runs = result.outcomes[["draw", "seed"]].fillna(CENTRAL)
    return runs.drop_duplicates().to_numpy().tolist()


def test_tables_stand_in_the_order_of_draws_and_seeds(in_threads):
    order = list(in_threads.counts)
    assert order == [(5, CENTRAL), (6, CENTRAL), (5, 0), (6, 0)]
    # draws of policies tell of effects alone
    assert run_rows(in_threads) == [[CENTRAL, 5], [CENTRAL, 6]]
    one_world = simulate("uk", persons=300, years=1, seed=5, seeds=2, draws=1)
    assert run_rows(one_world) == [[CENTRAL, 5], [CENTRAL, 6], [0, 5], [0, 6]]


def test_an_engine_that_is_none_is_refused():
    with pytest.raises(ValueError, match="must be threads, processes or dask"):
        simulate("uk", persons=10, years=1, engine="steam")


def test_memory_does_not_grow_with_persons(monkeypatch):
    """Nobody lives here: what is measured are tasks, results, parts and their sums."""
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
    assert peaks[1] < 2.0 * peaks[0]  # how many parts wait together depends on the threads
    assert peaks[1] < 50e6


# What is kept


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch):
    """Let a task be one block, so that the parts of these small runs can be small."""
    for name in ("FEWEST_BLOCKS", "MOST_BLOCKS"):
        monkeypatch.setattr(runs, name, 1)


def lived(kept, **sizes):
    result = simulate("walking_groups", **{**SIZES, **sizes}, threads=2, finished_work=kept)
    return {run: hashed(counts) for run, counts in result.counts.items()}


def test_what_is_kept_is_not_lived_again(tmp_path):
    first, second = SmallParts(tmp_path), SmallParts(tmp_path)
    assert lived(first) == lived(second) == lived(None)
    assert (first.entries_found, first.entries_new) == (0, 3)
    assert (second.entries_found, second.entries_new) == (3, 0)
    assert len(list(tmp_path.glob("finished/*.journal"))) == 1
    assert second.bytes_on_disk == first.bytes_on_disk > 0


def test_more_persons_seeds_and_draws_extend_what_is_there(tmp_path):
    lived(SmallParts(tmp_path))
    for sizes, found in (({"persons": 4200}, 3), ({"seeds": 2}, 3), ({"draws": 1}, 3)):
        kept = SmallParts(tmp_path)
        assert lived(kept, **sizes) == lived(None, **sizes)
        assert kept.entries_found == found
        assert kept.entries_new > 0


def test_fewer_persons_use_the_parts_that_lie_within(tmp_path):
    lived(SmallParts(tmp_path))
    kept = SmallParts(tmp_path)
    assert lived(kept, persons=2200) == lived(None, persons=2200)
    assert (kept.entries_found, kept.entries_new) == (2, 1)


def test_fresh_forgets_everything(tmp_path):
    lived(SmallParts(tmp_path))
    kept = SmallParts(tmp_path, fresh=True)
    assert list(tmp_path.glob("finished/*")) == []
    lived(kept)
    assert kept.entries_found == 0


def test_a_short_run_leaves_nothing_behind(tmp_path):
    class Patient(SmallParts):
        seconds_not_worth_keeping = 3600.0

    kept = Patient(tmp_path)
    lived(kept)
    assert list(tmp_path.iterdir()) == []
    kept.write()
    assert kept.entries_written == 3


def test_a_damaged_part_is_simulated_again(tmp_path):
    lived(SmallParts(tmp_path))
    (path,) = tmp_path.glob("finished/*.journal")
    broken = path.read_bytes()[:-2]
    path.write_bytes(broken)
    kept = SmallParts(tmp_path)
    assert lived(kept) == lived(None)
    assert (kept.entries_found, kept.entries_new) == (2, 1)
    assert [each for each in kept.complaints if "1 entry is cut off or damaged (line 4)" in each]
    assert path.read_bytes().startswith(broken)  # never deleted
    again = SmallParts(tmp_path)
    assert lived(again) == lived(None)
    assert (again.entries_found, again.entries_new) == (3, 0)


def test_a_journal_under_the_name_of_another_run_is_not_used(tmp_path):
    lived(SmallParts(tmp_path), seed=6)
    (other,) = tmp_path.glob("finished/*.journal")
    scenario = load_scenario("walking_groups", ["years=2", "persons=2800"])
    key = key_of_run(set_up(scenario, lifetimes=True), 5)
    other.rename(other.with_name(f"{key}.journal"))
    kept = SmallParts(tmp_path)
    assert lived(kept) == lived(None)
    assert (kept.entries_found, kept.entries_new, len(kept.complaints)) == (0, 3, 1)
    assert "4 entries are of other work" in kept.complaints[0]


def test_finished_work_of_an_older_format_is_named_and_left_alone(tmp_path):
    older = tmp_path / "units" / "ab12" / "slots-0-1024.unit"
    older.parent.mkdir(parents=True)
    older.write_bytes(b"older")
    kept = SmallParts(tmp_path)
    lived(kept)
    assert (kept.entries_found, kept.entries_new, len(kept.complaints)) == (0, 3, 1)
    assert "units: finished work of an older format: not used, run again" in kept.complaints[0]
    assert older.read_bytes() == b"older"


def test_arrays_come_back_bit_for_bit_through_a_journal(tmp_path):
    arrays = {"counts": np.arange(6).reshape(2, 3), "levels": np.array([0.1, -2.5]),
              "many": np.arange(5000, dtype=np.int32).reshape(5, 10, 100)}  # fmt: skip
    with Journal(tmp_path / "a.journal", "0" * 32) as journal:
        journal.append("tallies", packed(arrays))
    content = Journal(tmp_path / "a.journal", "0" * 32).get("tallies")
    assert content is not None
    found = unpacked(content, arrays)
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_a_failed_run_keeps_what_it_finished(tmp_path, monkeypatch):
    class Patient(SmallParts):
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
    assert kept.entries_written == 2


def changed(setting):
    scenario = load_scenario("walking_groups", ["years=2", "persons=1000", *setting])
    return set_up(scenario, lifetimes=True)


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
        ["causal_share.cardiovascular=0.79"],
        ["population.entrants=false"],
        ["step_months=3"],
        ["economics.horizon=run"],
    )
    for setting in same:
        assert key_of_run(changed(setting), 5) == plain, setting
    for setting in other:
        assert key_of_run(changed(setting), 5) != plain, setting
    assert key_of_run(changed([]), 6) != plain


def test_a_budget_that_reaches_fewer_of_more_persons_changes_the_key():
    budget = "policies.walks.cost={per_participant: 100, budget_per_year: 1000, currency: GBP}"
    few, many = (
        key_of_run(changed([budget, "policies.walks.start=2025", f"population.represents={n}"]), 5)
        for n in (100_000, 200_000)
    )
    assert few != many


def test_the_program_is_part_of_the_key(monkeypatch):
    setup = changed([])
    plain = key_of_run(setup, 5)
    monkeypatch.setattr("abm.running.finished_work.stamp", lambda: {"sources": "other"})
    assert key_of_run(setup, 5) != plain


@given(
    st.integers(1, 3000),
    st.lists(st.tuples(st.integers(0, 2500), st.integers(1, 900)), max_size=8),
    st.integers(1, 700),
)
def test_a_population_is_covered_without_gap_or_overlap(persons, drawn, size):
    found = [Slots(first, first + number) for first, number in drawn]
    parts = list(cover(persons, found, size))
    ends = [0, *(slots.last for slots, _ in parts)]
    assert [slots.first for slots, _ in parts] == ends[:-1]
    assert ends[-1] == persons
    for slots, is_there in parts:
        if is_there:
            assert slots in found
        else:
            assert slots.first // size == (slots.last - 1) // size


@pytest.mark.parametrize(
    "name",
    ["slots-0", "slots-a-b", "block-0-5", "slots-0-5-9", "", "slots-0-0", "slots-5-3", "slots--1-5",
     "slots-0-" + "9" * 5000, "slots-0-\u0665", "slots-0x1-5", "slots-1_0-20", "slots- 0-5"],
)  # fmt: skip
def test_names_that_are_no_slots_are_passed_over(name):
    assert slots_named(name) is None


def test_a_run_goes_by_its_name():
    setup = changed([])
    assert str(Run(3, CENTRAL, setup)) == "walking_groups, seed 3, central values"
    assert str(Run(3, 7, setup)) == "walking_groups, seed 3, draw 7"


def test_progress_adds_up_to_all_person_years(tmp_path):
    setup, steps = changed([]), []
    count_runs([Run(1, CENTRAL, setup)], lambda run, counts: None, progress=steps.append)
    assert sum(steps) == 1000 * 2
    kept = SmallParts(tmp_path)
    found = []
    kept.found = found.append
    for _ in range(2):
        count_runs([Run(1, CENTRAL, setup)], lambda run, counts: None, finished_work=kept)
    assert sum(found) == 1000 * 2


def test_tallies_that_are_kept_are_small_and_still_give_their_effects(in_threads):
    whole = count_population(set_up(in_threads.scenario, lifetimes=True), 5)
    small = condensed(whole)
    assert sum(array.nbytes for array in small) < sum(array.nbytes for array in whole) / 8
    at_end = in_threads.tables.at_end(MEANS)
    assert effects_of_runs([small], at_end, True).equals(effects_of_runs([whole], at_end, True))
    kept, drawn = in_threads.counts[5, CENTRAL], in_threads.counts[5, 0]
    assert hashed(kept) == hashed(small)
    assert drawn.strata.size == 0 and not tells_of_everybody(drawn)
    assert [array.shape for array in drawn[4:]] == [array.shape for array in small[4:]]
