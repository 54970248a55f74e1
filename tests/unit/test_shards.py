"""A run in shards that know nothing of one another: put together they are the run, to the bit."""

import json
import shutil

import pandas as pd
import pytest

from abm import load_scenario, simulate
from abm.running.finished_work import FINDINGS, LAID_OUT_OTHERWISE, FinishedWork
from abm.running.folders import claimed
from abm.running.journal import ENDING, Journal
from abm.running.output import TABLES
from abm.running.setup import with_sizes
from abm.running.shard import Shard, read_shard
from abm.running.shards import Sharded, problems_of_shards, simulate_shard
from run import main

NAME = "walking_groups"


def sharded(persons=2500, years=1, seeds=2, draws=1):
    scenario = with_sizes(load_scenario(NAME), persons=persons, years=years, seed=None)
    return Sharded(scenario, seeds, draws)


def do(whole, folder, of, numbers=None):
    """Do some shards, all by default, each in a folder of its own; return the folders."""
    paths = []
    for number in numbers or range(1, of + 1):
        shard = Shard(number, of)
        with claimed(folder / shard.name) as path:
            simulate_shard(whole, shard, FinishedWork(path))
        paths.append(path)
    return paths


def put_together(whole, paths, folder):
    kept = FinishedWork(folder, shards=paths)
    result = simulate(whole.scenario, seeds=whole.seeds, draws=whole.draws, finished_work=kept)
    return result, kept


@pytest.mark.parametrize("of", [1, 2, 7, 100])
@pytest.mark.parametrize(("runs", "blocks"), [(1, 1), (3, 4), (10, 1), (1, 250), (0, 5)])
def test_shards_cover_all_work_once(runs, blocks, of):
    found = [
        (stretch.run, block)
        for number in range(1, of + 1)
        for stretch in Shard(number, of).stretches(runs, blocks)
        for block in range(stretch.first, stretch.last)
    ]
    assert found == [(run, block) for run in range(runs) for block in range(blocks)]
    sizes = [
        sum(s.last - s.first for s in Shard(number, of).stretches(runs, blocks))
        for number in range(1, of + 1)
    ]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("0/0", "of 0 shards; must be of 1 to"),
        ("0/5", "is 0/5; must be from 1/5 to 5/5; the first is 1"),
        ("6/5", "is 6/5; must be from 1/5 to 5/5"),
        ("3", "is no shard; must be NUMBER/HOW_MANY, such as 3/100"),
        ("-1/5", "is no shard"),
        ("1/1000000", "must be of 1 to 100 000"),
    ],
)
def test_what_is_no_shard_is_refused(text, part, tmp_path, capsys):
    with pytest.raises(ValueError) as refused:
        read_shard(text)
    assert part in str(refused.value)
    with pytest.raises(SystemExit) as left:
        main(["uk", f"--shard={text}", "--out", str(tmp_path / "out")])
    assert left.value.code == 2 and part in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_hundred_shards_are_one_run_to_the_bit(tmp_path):
    whole = sharded(seeds=2, draws=2)
    paths = do(whole, tmp_path / "shards", 100)
    assert problems_of_shards(whole, tmp_path / "shards") == []
    merged, kept = put_together(whole, paths, tmp_path)
    assert kept.entries_new == 0 and kept.entries_found == 18  # blocks: 2 and 4 runs of 3
    assert kept.complaints == []
    plain = simulate(whole.scenario, seeds=2, draws=2)
    for name in ("effects", "outcomes", "group_effects", "economics", "draw_effects"):
        pd.testing.assert_frame_equal(getattr(merged, name), getattr(plain, name), check_exact=True)
    other = simulate(whole.scenario, seeds=2, draws=1)
    assert not merged.draw_effects.equals(other.draw_effects)


def test_shards_that_calibrated_a_draw_to_other_constants_are_not_mixed(tmp_path):
    whole = sharded(persons=2048, seeds=1, draws=1)
    first, second = do(whole, tmp_path / "shards", 2)
    (path,) = journals_with_findings(second)
    with Journal(path, path.name.removesuffix(ENDING)) as journal:
        noted = json.loads(journal.get(FINDINGS))
        journal.append(FINDINGS, json.dumps(noted | {"given": "0" * 32}).encode())
    merged, kept = put_together(whole, [first, second], tmp_path)
    (told,) = kept.complaints
    assert LAID_OUT_OTHERWISE in told and "not used, run again" in told
    assert kept.entries_new == 1
    plain = simulate(whole.scenario, draws=1)
    pd.testing.assert_frame_equal(merged.draw_effects, plain.draw_effects, check_exact=True)


def journals_with_findings(folder):
    paths = sorted((folder / "finished").glob(f"*{ENDING}"))
    return [path for path in paths if FINDINGS in Journal(path, path.name.removesuffix(ENDING))]


def test_what_is_wrong_with_shards_is_named(tmp_path):
    whole = sharded(persons=1500, seeds=1, draws=0)
    (told,) = problems_of_shards(whole, tmp_path)
    assert "holds no shards" in told
    first, third = do(whole, tmp_path, 3, [1, 3])
    (told,) = problems_of_shards(whole, tmp_path)
    assert "1 of 3 shards are missing: 2; run them with --shard NUMBER/3" in told
    do(whole, tmp_path, 3, [2])
    assert problems_of_shards(whole, tmp_path) == []
    larger = sharded(persons=1600, seeds=4, draws=0)
    told = problems_of_shards(larger, tmp_path)
    assert len(told) == 3
    assert "of another run: persons was 1500, is now 1600; seeds was 1, is now 4" in told[0]
    other = Sharded(load_scenario(NAME, ["persons=1500", "years=1", "policies.walks.reach=0.5"]))
    assert "the scenario was another one" in problems_of_shards(other, tmp_path)[0]
    note = json.loads((first / "shard.json").read_text())
    note["program"]["exercise-il6"] = "0.0.9"
    (first / "shard.json").write_text(json.dumps(note))
    (third / "shard.json").write_text("no note")
    (tmp_path / "2-of-3" / "shard.json").unlink()
    told = problems_of_shards(whole, tmp_path)
    assert "1-of-3: written by version 0.0.9" in told[0] and "--shard 1/3" in told[0]
    assert "2-of-3: not finished" in told[1]
    assert "3-of-3: shard.json cannot be read" in told[2]
    do(whole, tmp_path, 2, [1])
    (told,) = problems_of_shards(whole, tmp_path)
    assert "holds shards of 2 and 3; must be of one division" in told


@pytest.mark.parametrize("harm", ["cut", "missing"])
def test_a_shard_whose_journal_is_not_whole_is_named_and_not_simulated_again(tmp_path, harm):
    whole = sharded(persons=300, seeds=2, draws=0)
    first, _ = do(whole, tmp_path, 2)
    journal = next((first / "finished").glob(f"*{ENDING}"))
    if harm == "cut":
        journal.write_bytes(journal.read_bytes()[:-5])
    else:
        journal.unlink()
    (told,) = problems_of_shards(whole, tmp_path)
    assert f"{journal.name} is missing or damaged; run it again with --shard 1/2" in told
    do(whole, tmp_path, 2, [1])
    assert problems_of_shards(whole, tmp_path) == []


def test_a_copy_of_a_shard_is_named(tmp_path):
    whole = sharded(persons=1500, seeds=1, draws=0)
    (first,) = do(whole, tmp_path, 2, [1])
    shutil.copytree(first, tmp_path / "2-of-2")
    (told,) = problems_of_shards(whole, tmp_path)
    assert "2-of-2: a copy of shard '1/2'; run it again with --shard 2/2 --fresh" in told


def test_merging_simulates_nothing_and_names_the_shard_to_run_again(tmp_path, capsys):
    words = [NAME, "--persons", "2048", "--years", "1", "--no-figures", "--draws", "1"]
    out = ["--out", str(tmp_path)]
    for number in "12":
        assert main([*words, *out, "--shard", f"{number}/2"]) == 0
    second = tmp_path / f"{NAME}.shards" / "2-of-2"
    (path,) = journals_with_findings(second)
    with Journal(path, path.name.removesuffix(ENDING)) as journal:
        noted = json.loads(journal.get(FINDINGS))
        journal.append(FINDINGS, json.dumps(noted | {"given": "0" * 32}).encode())
    note = json.loads((second / "shard.json").read_text())
    (second / "shard.json").write_text(json.dumps(note | {"files": {}}))
    capsys.readouterr()
    assert main([*words, *out, "--merge"]) == 1
    told = capsys.readouterr().err
    assert LAID_OUT_OTHERWISE in told
    assert "merging simulates nothing; run --shard 2/2 --fresh again" in told
    assert not (tmp_path / NAME / "effects.csv").exists()
    assert main([*words, *out, "--shard", "2/2", "--fresh"]) == 0
    assert main([*words, *out, "--merge"]) == 0


def test_the_doers_of_slots_are_the_shards_that_simulate_them():
    whole = sharded(persons=3000, seeds=2, draws=3)
    for number in (1, 4, 7):
        shard = Shard(number, 7)
        for run in whole.runs_of(shard):
            assert shard in whole.doers_of(7, run.seed, run.draw, run.slots)


def test_the_commands_shard_and_merge(tmp_path, capsys):
    words = [NAME, "--persons", "1500", "--years", "1", "--no-figures", "--draws", "1"]
    out = ["--out", str(tmp_path / "shared")]
    assert main([*words, *out, "--shard", "1/2"]) == 0
    assert "shard 1/2" in capsys.readouterr().out
    assert main([*words, *out, "--merge"]) == 2
    told = capsys.readouterr()
    assert "1 of 2 shards are missing: 2" in told.err and told.out == ""
    assert not (tmp_path / "shared" / NAME).exists()
    assert main([*words, *out, "--shard", "2/2"]) == 0
    assert main([*words, *out, "--merge"]) == 0
    assert main([*words, "--out", str(tmp_path / "plain")]) == 0
    for name in TABLES:
        merged, plain = (tmp_path / folder / NAME / name for folder in ("shared", "plain"))
        assert merged.exists() == plain.exists()
        assert not plain.exists() or merged.read_bytes() == plain.read_bytes(), name
    manifest = json.loads((tmp_path / "shared" / NAME / "manifest.json").read_text())
    assert manifest["units"]["lived"] == 0 < manifest["units"]["from_before"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--shard", "1/2", "--until", "5%"], "--shard: --until asks after each seed"),
        (["--merge", "--until", "5%"], "--merge: --until asks after each seed"),
        (["--merge", "--fresh"], "--merge: --fresh would forget"),
    ],
)
def test_options_that_do_not_go_together(words, part, tmp_path, capsys):
    assert main([NAME, *words, "--out", str(tmp_path / "out")]) == 2
    assert part in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
