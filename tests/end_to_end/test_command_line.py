"""The program as a user meets it: real processes, through run.py."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from abm.running.output import damaged_files

ROOT = Path(__file__).resolve().parents[2]
BAD_SCENARIOS = ROOT / "tests" / "data" / "bad_scenarios"
COMMANDS = ("run", "bout", "sensitivity", "evidence", "schema", "scenarios", "completion")


def command(*words):
    return [sys.executable, str(ROOT / "run.py"), *map(str, words)]


def door(*words, cwd=ROOT, **options):
    return subprocess.run(
        command(*words), cwd=cwd, capture_output=True, text=True, timeout=300, **options
    )


def assert_refused(done, *parts):
    """Assert exit code 2, every part of the message on standard error, and no traceback."""
    assert done.returncode == 2, done.stderr
    for part in parts:
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_help_names_every_command():
    done = door("--help")
    assert done.returncode == 0
    for name in ("bout", "sensitivity", "check", "evidence", "schema", "benchmark"):
        assert f"\n  {name} " in done.stdout
    for option in ("--persons", "--years", "--seed", "--seeds", "--draws", "--out", "--engine"):
        assert option in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name):
    done = door(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: run.py")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["sensitvity", "uk"], ["unknown command 'sensitvity'; did you mean 'sensitivity'?"]),
        (["uk", "--person", "5"], ["unknown option '--person'; did you mean '--persons'?"]),
        (["bout", "running", "--minuts=5"], ["did you mean '--minutes'?"]),
        ([], ["no scenario is given", "walking_groups"]),
        (["wolking_groups"], ["does not exist", "did you mean 'walking_groups'?"]),
        (["docs"], ["is a folder; must be a scenario file"]),
        (["no/such.yaml"], ["no/such.yaml", "does not exist"]),
        (["uk", "uk"], ["also the name of another scenario"]),
        (["uk", "--persons", "0"], ["--persons: persons: is 0; must be a whole number between 1"]),
        (["uk", "--persons", "-5"], ["--persons: persons: is -5"]),
        (["uk", "--persons", "1e12"], ["--persons: persons: is 1e12", "between 1 and"]),
        (["walking_groups", "--until", "5"], ["'5' is no share"]),
        (["walking_groups", "--until", "death=5%"], ["unknown outcome", "did you mean 'deaths'"]),
        (["uk", "--until", "5%"], ["uk has no policies, so it has no effect"]),
        (
            ["walking_groups", "--until", "5%", "--seeds", "9", "--most-seeds", "3"],
            ["--most-seeds is 3, must be at least --seeds (9)"],
        ),
        (["uk", "--persons", "abc"], ["--persons: persons: is the text 'abc'"]),
        (["uk", "--persons", "nan"], ["--persons"]),
        (["uk", "--years", "0"], ["--years: years: is 0"]),
        (["uk", "--seed", "-1"], ["--seed: seed: is -1"]),
        (["uk", "--seeds", "0"], ["--seeds: is 0; must be a whole number between 1 and"]),
        (["uk", "--draws", "-1"], ["--draws: is -1; must be a whole number"]),
        (["uk", "--seeds", "1e400"], ["--seeds: is too large a number; must be"]),
        (["uk", "--threads", "two"], ["--threads: is the text 'two'; must be"]),
        (["uk", "--engine", "steam"], ["--engine: is 'steam'; must be threads"]),
        (["bout", "runing"], ["activity: is 'runing'; must be", "did you mean 'running'?"]),
        (
            ["bout", "running", "--minutes", "60,5"],
            ["--minutes: is the text '60,5'; must be a number (minutes); did you mean 60.5?"],
        ),
        (["uk", "--set", "yeers=3"], ["yeers", "did you mean 'years'?"]),
        (["uk", "--set", "years"], ["--set", "years"]),
        (["walking_groups", "--set", "policies.walks.reach=30"], ["reach", "did you mean 0.3?"]),
        (["uk", "--set", "causal_share.cardiovasculr=1"], ["causal_share.cardiovascular"]),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else None,
)
def test_bad_usage_is_refused_before_anything_is_written(words, parts, tmp_path):
    out = tmp_path / "out"
    extra = [] if words[:1] in (["bout"], ["sensitvity"]) else ["--out", out]
    assert_refused(door(*words, *extra), *parts)
    assert not out.exists()


@pytest.mark.parametrize(
    "name",
    ["unknown_key.yaml", "duplicate_key.yaml", "alias_bomb.yaml", "tag.yaml", "not_a_number.yaml"],
)
def test_a_bad_scenario_is_refused(name, tmp_path):
    done = door(BAD_SCENARIOS / name, "--out", tmp_path / "out")
    assert_refused(done, f"{BAD_SCENARIOS / name}:")
    assert not (tmp_path / "out").exists()


def test_the_problems_of_all_scenarios_are_said_at_once(tmp_path):
    bad = [BAD_SCENARIOS / "unknown_key.yaml", BAD_SCENARIOS / "tag.yaml"]
    done = door(*bad, "uk", "--out", tmp_path / "out")
    assert_refused(done, "unknown_key.yaml:", "tag.yaml:")


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00name", b"name: x\n" + b"# padding\n" * 1_000_000, b""]
)
def test_a_file_that_is_no_scenario_is_refused(content, tmp_path):
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    assert_refused(door(path, cwd=tmp_path), "odd.yaml:1:1")
    assert [each.name for each in tmp_path.iterdir()] == ["odd.yaml"]


@pytest.mark.parametrize("survey", ["duplicate_column.csv", "empty.csv"])
def test_a_bad_survey_is_refused_before_the_run(survey, tmp_path):
    content = (ROOT / "tests" / "data" / "bad_surveys" / survey).read_bytes()
    (tmp_path / "survey.csv").write_bytes(content)
    (tmp_path / "town.yaml").write_text("extends: uk\npopulation: {microdata: survey.csv}\n")
    assert_refused(door("town.yaml", cwd=tmp_path), "survey.csv:")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["survey.csv", "town.yaml"]


def test_a_file_in_the_way_of_the_results_is_found_before_the_run(tmp_path):
    (tmp_path / "out").write_text("mine")
    done = door("uk", "--persons", "200", "--out", tmp_path / "out")
    assert_refused(done, "--out:", "is a file; results need a folder")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_an_unwritable_folder_is_found_before_the_run():
    done = door("uk", "--persons", "200", "--out", "/proc/self/results")
    assert_refused(done, "--out:", "cannot be written to")


def test_a_reader_that_stops_reading_is_no_error():
    shell = f"'{sys.executable}' run.py evidence | head -n 1"
    done = subprocess.run(["bash", "-c", shell], cwd=ROOT, capture_output=True, text=True)
    assert "entries" in done.stdout
    assert done.stderr == ""


def test_the_schema_printed_is_the_one_committed():
    done = door("schema")
    committed = (ROOT / "abm" / "scenario.schema.json").read_text(encoding="utf-8")
    assert json.loads(done.stdout) == json.loads(committed)


def test_evidence_names_sources_on_request():
    plain, cited = door("evidence", "--assumed"), door("evidence", "--cites")
    assert plain.returncode == cited.returncode == 0
    assert "[measured]" not in plain.stdout
    assert "\nSources\n" in cited.stdout


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """Return a run of 200 persons from a folder of its own, and that folder."""
    folder = tmp_path_factory.mktemp("small")
    done = door("walking_groups", "--persons", "2e2", "--years", "3", cwd=folder)
    assert done.returncode == 0, done.stderr
    return done, folder


def test_a_run_writes_what_it_promises(small_run):
    _, folder = small_run
    results = folder / "results" / "walking_groups"
    for name in ("outcomes.parquet", "effects.csv", "manifest.json", "report.html"):
        assert (results / name).stat().st_size > 0
    drawn = {path.stem for path in (results / "figures").glob("*.png")}
    assert drawn == {path.stem for path in (results / "figures").glob("*.svg")}
    assert drawn == {path.stem for path in (results / "figures").glob("*.csv")}
    assert len(drawn) >= 5
    assert damaged_files(results) == []
    assert not (results / "finished").exists()  # a small run leaves nothing else behind


def test_the_page_of_commands_names_every_file(small_run):
    _, folder = small_run
    manifest = folder / "results" / "walking_groups" / "manifest.json"
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name in json.loads(manifest.read_text())["files"]:
        assert f"`{name.split('/')[0]}" in page, name


def test_a_run_says_what_it_found(small_run):
    done, _ = small_run
    assert "Coronary heart disease" in done.stdout
    assert "usual IL-6 at the end" in done.stdout
    assert "walking_groups: done in" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_took_the_options(small_run):
    _, folder = small_run
    results = folder / "results" / "walking_groups"
    outcomes = pd.read_parquet(results / "outcomes.parquet")
    assert sorted(outcomes["year"].unique()) == [2024, 2025, 2026, 2027]
    whole = outcomes[(outcomes["measure"] == "persons") & (outcomes["year"] == 2024)]
    strata = whole[["sex", "age_band", "deprivation", "activity_group"]].astype(str)
    at_start = whole[(strata == "all").all(axis=1)]
    assert at_start["value"].tolist() == [200, 200]
    manifest = json.loads((results / "manifest.json").read_text())
    assert manifest["persons"] == 200


def test_a_dry_run_writes_nothing_and_says_time_and_memory(tmp_path):
    done = door("walking_groups", "--persons", "1e5", "--years", "2", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    worlds = "3 worlds (baseline, policy, and policy with IL-6 held at its baseline)"
    assert f"walking_groups: 100 000 persons, 2 years, {worlds}, 1 run: about" in done.stdout
    assert "MB of memory" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_several_scenarios_run_one_after_the_other(tmp_path):
    """Scenarios may also stand after options, even after --set with its several values."""
    town = tmp_path / "town.yaml"
    town.write_text("extends: walking_groups\nyears: 1\n")
    done = door(
        "uk", "--persons", "50", "mass_media", "--set", "years=1", "start_year=2026",
        town, "--seeds", "2", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("uk", "mass_media", "town"):
        outcomes = pd.read_parquet(tmp_path / "results" / name / "outcomes.parquet")
        assert sorted(outcomes["year"].unique()) == [2025, 2026]
        assert sorted(outcomes["seed"].unique()) == [1, 2]
        manifest = json.loads((tmp_path / "results" / name / "manifest.json").read_text())
        assert ("uncertainty.csv" in manifest["files"]) == (name != "uk")
    assert "expected averted per 100 000 persons (95 % Monte Carlo interval)" in done.stdout
    compared = {path.name for path in (tmp_path / "results" / "comparison").iterdir()}
    assert compared - {".lock"} == {
        "comparison.csv", "comparison.png", "comparison.svg", "league_table.csv", "report.html",
    }  # fmt: skip


def test_a_comparison_over_unlike_populations_is_said(tmp_path):
    """On the terminal and in the note of the figure; each interval says of what it is."""
    (tmp_path / "old.yaml").write_text("extends: walking_groups\npopulation: {ages: [60, 80]}\n")
    (tmp_path / "young.yaml").write_text("extends: walking_groups\npersons: 60\n")
    done = door(
        "old.yaml", "young.yaml", "--set", "years=2", "persons=400", "--draws", "2", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    told = "the runs differ by more than their policies: population.ages [60, 80] in old, [20, 95]"
    assert f"warning: {told} in young\n" in done.stderr
    figure = (tmp_path / "results" / "comparison" / "comparison.svg").read_text()
    assert "differ by more than their policies" in " ".join(figure.split())
    heads = "expected averted per 100 000 +change +95 % parameter interval"
    assert re.search(heads, done.stdout)
    told = "in brackets: 95 % Monte Carlo interval, then the 95 % parameter interval"
    assert re.search(rf"discounted: \S+ \([^)]+; parameters \S+ to .*\n{told}\n", done.stdout)
    assert "expected averted per 100 000 persons (95 % parameter interval)\n" in done.stdout


def test_tables_of_a_run_agree(small_run):
    """What the effects say was averted is the difference of the outcomes of the two worlds."""
    _, folder = small_run
    results = folder / "results" / "walking_groups"
    outcomes, effects = (
        pd.read_parquet(results / "outcomes.parquet"),
        pd.read_csv(results / "effects.csv").set_index("outcome"),
    )
    strata = outcomes[["sex", "age_band", "deprivation", "activity_group"]].astype(str)
    whole = outcomes[(strata == "all").all(axis=1) & (outcomes["year"] >= 2025)]
    events = whole.groupby(["measure", "world"], observed=True)["value"].sum().unstack()
    for outcome in ("deaths", "incidence.depression", "incidence.stroke"):
        assert effects.loc[outcome, "baseline"] == events.loc[outcome, "baseline"]
        averted = events.loc[outcome, "baseline"] - events.loc[outcome, "policy"]
        assert effects.loc[outcome, "averted"] == averted


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as terminals do")
def test_seeds_are_added_until_the_error_is_small_enough(tmp_path):
    words = ("walking_groups", "--persons", 1000, "--years", 5, "--until", "depression=30%")
    done = door(*words, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "depression is known to +-" in done.stderr
    folder = tmp_path / "walking_groups"
    table = pd.read_csv(folder / "uncertainty.csv").set_index("outcome")
    row = table.loc["incidence.depression"]
    assert (row["upper"] - row["lower"]) / 2 <= 0.3 * row["estimate"]
    assert row["precision"] == 0.3
    manifest = json.loads((folder / "manifest.json").read_text())
    assert len(manifest["seeds"]) >= row["seeds_needed"] > 1
    assert "--until depression=30%" in manifest["command"]


def test_ctrl_c_leaves_nothing_that_looks_finished(tmp_path):
    process = subprocess.Popen(
        command("walking_groups", "--persons", "2e7", "--out", tmp_path / "out"),
        stderr=subprocess.PIPE,
        text=True,
        # A shell in the background hands down a deaf ear for this signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    results = tmp_path / "out" / "walking_groups"
    deadline = time.monotonic() + 200
    while not results.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.1)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert not results.exists()  # nothing had been written into it
