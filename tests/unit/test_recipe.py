"""Draws are laid out where they are simulated: neither the sender calibrates nor a second run."""

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from test_runs import SIZES, SmallParts, all_hashes, changed, hashed, local_cluster, small_tasks

from abm import load_scenario, simulate
from abm.kernel import layout as c
from abm.population.misfits import Misfit
from abm.population.setup import empty_counts
from abm.running import finished_work, queue, recipe
from abm.running.engines.base import EngineError
from abm.running.findings import findings_in, findings_of
from abm.running.finished_work import FINDINGS, key_of_run
from abm.running.journal import Journal
from abm.running.queue import (
    MOST_BLOCKS_OF_DRAW_REMOTE,
    TASKS_PER_WORKER,
    TasksFailed,
    slots_per_task,
)
from abm.running.recipe import Recipe, recipe_of
from abm.running.setup import set_up
from abm.scenario.text import ScenarioError

__all__ = ["small_tasks"]  # a fixture that every test here has

BUDGET = [
    "policies.walks.cost={per_participant: 100, budget_per_year: 10000, currency: GBP}",
    "policies.walks.start=2025", "population.represents=50000",
]  # fmt: skip
SURVEY = str(Path(__file__).parents[1] / "data" / "survey.csv")


def recipe_with(
    setting=(), draw=0, *, name="walking_groups", pathways=True, lifetimes=True, survey=None
):
    scenario = load_scenario(name, ["years=2", "persons=1000", *setting])
    people = replace(scenario.population, microdata=survey)
    scenario = replace(scenario, population=people, path=survey)
    central = set_up(scenario, pathways=pathways, lifetimes=lifetimes)
    return recipe_of(central, draw, pathways=pathways, lifetimes=lifetimes)


def simulated(kept=None, draws=2, **options):
    return simulate("walking_groups", **SIZES, draws=draws, finished_work=kept, **options)


@contextmanager
def nothing_laid_out(monkeypatch):
    """Let no draw be laid out in this process."""

    def refused(self):
        raise AssertionError(f"draw {self.draw} is laid out here")

    with monkeypatch.context() as patched:
        patched.setattr(Recipe, "setup", property(refused))
        yield


# The sender


@pytest.mark.parametrize(
    ("setting", "options"),
    [([], {}), ([], {"pathways": False}), ([], {"lifetimes": False}), ([], {"name": "uk"}),
     (["economics.horizon=run"], {}), (BUDGET, {})],
)  # fmt: skip
def test_shapes_of_tallies_are_known_without_calibration(setting, options, monkeypatch):
    drawn = recipe_with(setting, **options)
    with nothing_laid_out(monkeypatch):
        before = drawn.shape, [array.shape for array in empty_counts(drawn)]
    setup = drawn.setup
    assert before == (setup.shape, [array.shape for array in empty_counts(setup)])


def test_the_sender_lays_nothing_out(monkeypatch):
    with nothing_laid_out(monkeypatch):  # the workers are other processes
        sent = simulated(engine="processes", threads=1)
    here = simulated(threads=1)
    assert all_hashes(sent) == all_hashes(here)
    assert sent.draw_effects.equals(here.draw_effects)
    for told in ("net_factors_of_activity", "warnings"):
        assert sent.manifest[told] == here.manifest[told]
    assert "draws_above_1" in sent.manifest["net_factors_of_activity"][0]


def test_a_draw_travels_in_few_bytes():
    drawn = recipe_with()
    assert len(queue.Run(1, 0, drawn).packed) < 8_000 < len(queue.Run(1, 0, drawn.setup).packed)


def test_a_survey_is_read_by_the_sender_alone(monkeypatch):
    drawn = recipe_with(["population.entrants=false"], survey=SURVEY)
    whole = set_up(drawn.scenario)
    monkeypatch.setattr("abm.population.survey.load_survey", lambda *given: pytest.fail("is read"))
    np.testing.assert_array_equal(drawn.setup.sample, whole.sample)
    assert len(whole.sample) > 0
    with pytest.raises(pytest.fail.Exception):
        set_up(drawn.scenario)


def test_with_many_draws_a_task_is_a_whole_draw():
    small = recipe_with(["persons=100000"])
    country = recipe_with(["persons=51e6"])
    for workers in (2, 64, 3200):
        engine = SimpleNamespace(workers=workers, remote=True)
        many = TASKS_PER_WORKER * workers
        assert slots_per_task(small, engine, many) >= 100_000
        blocks = slots_per_task(country, engine, many) / 1024
        assert blocks >= MOST_BLOCKS_OF_DRAW_REMOTE
    assert slots_per_task(small, SimpleNamespace(workers=8, remote=True), 4) < 100_000


# The key


def test_the_key_of_a_draw_changes_with_all_that_its_results_follow_from(monkeypatch):
    plain = key_of_run(recipe_with(), 5)
    for setting in (["persons=2000"], ["title=Other"], ["description=Other"]):
        assert key_of_run(recipe_with(setting), 5) == plain, setting
    with monkeypatch.context() as patched:
        other = SimpleNamespace(hash="another")
        patched.setattr(finished_work, "load_evidence", lambda place: other)
        evidence = key_of_run(recipe_with(), 5)
    others = [
        key_of_run(recipe_with(), 6), evidence,
        *(key_of_run(recipe_with(draw=draw), 5) for draw in (1, 2)),
        key_of_run(recipe_with(pathways=False), 5), key_of_run(recipe_with(lifetimes=False), 5),
        *(
            key_of_run(recipe_with([setting]), 5)
            for setting in (
                "seed=9", "years=3", "policies.walks.reach=0.31", "step_months=3",
                "policies.walks.reach={value: 0.4, low: 0.2, high: 0.5}",
                "policies.walks.reach={value: 0.4, low: 0.3, high: 0.5}",
                "causal_share.cardiovascular=0.79", "economics.horizon=run",
                "population.entrants=false",
            )
        ),
        key_of_run(recipe_with(["population.entrants=false"], survey=SURVEY), 5),
        key_of_run(changed([]), 5),
    ]  # fmt: skip
    assert len({plain, *others}) == 1 + len(others)


def test_a_budget_serves_those_represented_and_not_the_persons_simulated():
    plain = key_of_run(recipe_with(BUDGET), 5)
    assert key_of_run(recipe_with([*BUDGET, "persons=2000"]), 5) == plain
    assert key_of_run(recipe_with([*BUDGET, "population.represents=60000"]), 5) != plain
    few, many = (recipe_with([*BUDGET, f"persons={n}"]).setup for n in (1000, 2000))
    np.testing.assert_array_equal(few.covered, many.covered)
    assert few.covered.any()


# What is kept


def test_the_same_command_finds_draws_without_laying_them_out(tmp_path, monkeypatch):
    first = simulated(SmallParts(tmp_path), threads=2)
    kept = SmallParts(tmp_path)
    with nothing_laid_out(monkeypatch):
        again = simulated(kept, threads=2)
    assert (kept.entries_found, kept.entries_new, kept.complaints) == (9, 0, [])
    assert all_hashes(again) == all_hashes(first)
    for told in ("net_factors_of_activity", "warnings"):
        assert again.manifest[told] == first.manifest[told]


def test_more_persons_of_a_draw_extend_what_is_there(tmp_path):
    simulated(SmallParts(tmp_path))
    more = {**SIZES, "persons": 4200}
    kept = SmallParts(tmp_path)
    found = simulate("walking_groups", **more, draws=2, finished_work=kept)
    assert (kept.entries_found, kept.complaints) == (9, [])
    assert all_hashes(found) == all_hashes(simulate("walking_groups", **more, draws=2))


def journal_of_draw(folder):
    drawn = recipe_of(set_up(_asked(), lifetimes=True), 0, pathways=True, lifetimes=True)
    key = key_of_run(drawn, SIZES["seed"])
    return Journal(folder / "finished" / f"{key}.journal", key)


def _asked():
    words = [f"{name}={number}" for name, number in SIZES.items()]
    return load_scenario("walking_groups", words)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"given": 1}', b"\xff", b"[" * 10**5])
def test_a_draw_whose_findings_are_wrong_is_done_again(tmp_path, content):
    first = simulated(SmallParts(tmp_path))
    with journal_of_draw(tmp_path) as journal:
        assert FINDINGS in journal
        journal.append(FINDINGS, content)
    kept = SmallParts(tmp_path)
    again = simulated(kept)
    assert all_hashes(again) == all_hashes(first)
    assert again.manifest["net_factors_of_activity"] == first.manifest["net_factors_of_activity"]
    assert (kept.entries_found, kept.entries_new) == (6, 3)
    (told,) = kept.complaints
    assert "1 entry is whole, but not what this program writes" in told
    assert SmallParts(tmp_path).complaints == []
    third = SmallParts(tmp_path)
    simulated(third)
    assert (third.entries_found, third.entries_new) == (9, 0)


def test_findings_come_back_exactly():
    odd = Misfit("deaths", np.float32(1 / 3), 2e5, " (most)", "why", refused=np.bool_(True))
    found = replace(findings_of(recipe_with().setup), misfits=(odd,), without_money=("walks",))
    again = findings_in(found.content, c.N_CLOCKS)
    assert again.net_factor.tobytes() == found.net_factor.tobytes()
    assert again.net_factor.dtype == np.float32
    assert (again.given, again.misfits, again.without_money) == (found.given, (odd,), ("walks",))
    assert str(again.misfits[0]) == str(odd)
    fewer = json.loads(found.content) | {"net_factor": [1.0]}
    with pytest.raises(ValueError, match="there are 1 net factors"):
        findings_in(json.dumps(fewer).encode(), c.N_CLOCKS)


# What goes wrong


@pytest.fixture
def without_second_draw(monkeypatch):
    """Let no population have the values of draw 1."""

    def refused(scenario, parameters, draw):
        if draw == 1:
            raise ScenarioError(["parameters: these values ask for what no population can have"])
        return drawn(scenario, parameters, draw)

    drawn = recipe.drawn
    monkeypatch.setattr(recipe, "drawn", refused)


TOLD = "^walking_groups, draw 1: parameters: these values ask for what no population can have$"


def test_a_draw_that_no_population_can_have_is_named(without_second_draw, tmp_path):
    kept = SmallParts(tmp_path)
    with pytest.raises(ScenarioError, match=TOLD):
        simulated(kept, threads=1)
    assert kept.entries_written >= 3


@pytest.mark.filterwarnings("ignore")  # what Dask does in its threads is its own
def test_a_worker_says_which_draw_no_population_can_have(without_second_draw):
    with local_cluster() as address, pytest.raises(ScenarioError, match=TOLD):
        simulated(engine=address)


@pytest.mark.filterwarnings("ignore")
def test_a_worker_with_other_evidence_is_refused(monkeypatch):
    monkeypatch.setattr(queue, "state_of_evidence", lambda scenario: "another")
    with local_cluster() as address, pytest.raises(EngineError) as caught:
        simulated(engine=address)
    assert " has evidence another instead of " in str(caught.value)


def test_what_was_laid_out_in_two_ways_is_not_added_up(monkeypatch, tmp_path):
    simulated(SmallParts(tmp_path), draws=1)
    found = queue.findings_of
    monkeypatch.setattr(queue, "findings_of", lambda setup: replace(found(setup), given="other"))
    sizes = {**SIZES, "persons": 4200}
    with pytest.raises(TasksFailed, match=r"seed 5, draw 0, slots 2800 .*: its worker has calib"):
        simulate("walking_groups", **sizes, draws=1, finished_work=SmallParts(tmp_path))


def test_a_draw_whose_laying_out_fails_is_named(monkeypatch):
    def fails(*given, moved=False, **options):
        if moved:
            raise ArithmeticError("bad luck")
        return set_up(*given, **options)

    monkeypatch.setattr(recipe, "set_up", fails)
    with pytest.raises(TasksFailed, match=r"seed 5, draw 0, slots .*ArithmeticError: bad"):
        simulated(draws=1)


def test_hashes_tell_draws_apart():
    first, second = (simulated(threads=1).counts[SIZES["seed"], draw] for draw in (0, 1))
    assert hashed(first) != hashed(second)
