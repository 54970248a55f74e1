"""Several scenarios in one command: whatever happens to one, the others are run."""

import shlex
import signal
from contextlib import suppress

import pandas as pd
import pytest

from abm import load_scenario, simulate
from abm.running.engines.base import EngineError
from abm.running.finished_work import FinishedWork
from abm.running.output import damaged_files, manifest_in
from analysis.commands import run_scenarios
from analysis.commands.run_results import effects_in_text
from analysis.commands.streams import Ended
from analysis.report.comparison import Run
from run import main

SMALL = ["--persons", "300", "--years", "1"]


def raising(function, error, only):
    """Return a function that fails for one scenario and is itself for the others."""

    def wrapped(result, *rest, **options):
        if result.scenario.name == only:
            raise error
        return function(result, *rest, **options)

    return wrapped


@pytest.mark.parametrize("error", [KeyError("baseline"), ZeroDivisionError("a division"),
                                   AssertionError()])  # fmt: skip
def test_any_failure_of_one_scenario_leaves_the_others_alone(monkeypatch, tmp_path, capsys, error):
    failing = raising(run_scenarios.write_result, error, "walking_groups")
    monkeypatch.setattr(run_scenarios, "write_result", failing)
    out = str(tmp_path)
    assert main(["walking_groups", "mass_media", *SMALL, "--out", out]) == 1
    said = capsys.readouterr().err
    assert f"walking_groups failed: {type(error).__name__}" in said and "Traceback" not in said
    assert "Traceback" in (tmp_path / "walking_groups" / "failure.txt").read_text()
    assert (tmp_path / "mass_media" / "manifest.json").exists()
    assert not (tmp_path / "walking_groups" / "manifest.json").exists()


def test_without_figures_the_tables_are_the_same_and_no_old_figure_stays(tmp_path):
    folder, words = tmp_path / "mass_media", ["mass_media", *SMALL, "--out", str(tmp_path)]
    assert main(words) == 0
    tables = {path.name: path.read_bytes() for path in folder.glob("*.[cp][sa][vr]*")}
    assert 'href="#figures"' in (folder / "report.html").read_text()
    assert (folder / "figures" / "survival.png").exists() and "outcomes.parquet" in tables
    assert main([*words, "--no-figures"]) == 0
    assert not (folder / "figures").exists()
    assert all((folder / name).read_bytes() == content for name, content in tables.items())
    page = (folder / "report.html").read_text()
    assert 'href="#figures"' not in page and page.count("--no-figures</code>).</p>") == 1
    manifest = manifest_in(folder)
    assert manifest["command"].endswith(" --no-figures") and "report.html" in manifest["files"]
    assert not any(name.startswith("figures/") for name in manifest["files"])
    assert damaged_files(folder) == []


def test_without_figures_what_a_run_cannot_write_stays(tmp_path):
    words = ["mass_media", *SMALL, "--out", str(tmp_path), "--no-figures"]
    assert main(words) == 0
    own = tmp_path / "mass_media" / "figures" / "my_own.png"
    own.parent.mkdir()
    own.write_text("mine")
    own.with_name("survival.svg").write_text("of a run")
    assert main(words) == 0
    assert [path.name for path in own.parent.iterdir()] == ["my_own.png"]


def test_without_figures_a_comparison_is_a_table(tmp_path, capsys):
    words = ["mass_media", "walking_groups", *SMALL, "--out", str(tmp_path)]
    table = tmp_path / "comparison" / "comparison.csv"
    assert main(words) == 0
    before = table.read_bytes()
    assert "the same as a table and a figure\n" in capsys.readouterr().out
    assert table.with_suffix(".png").exists()
    assert main([*words, "--no-figures"]) == 0
    assert table.read_bytes() == before and "the same as a table\n" in capsys.readouterr().out
    assert {path.suffix for path in table.parent.iterdir() if "comparison" in path.name} == {".csv"}


@pytest.mark.parametrize(
    ("names", "told", "compared"),
    [(["mass_media"], "no comparison: uk has no policies", False),
     (["mass_media", "walking_groups"], "left out of the comparison: uk has no policies", True),
     (["mass_media"], "", False)],
)  # fmt: skip
def test_scenarios_that_are_not_compared_are_named(tmp_path, capsys, names, told, compared):
    alone = ["uk"] if told else []
    assert main([*names, *alone, *SMALL, "--no-figures", "--out", str(tmp_path)]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "compar" in line]
    assert said == ([f"warning: {told}, and so no effects to put side by side"] if told else [])
    assert (tmp_path / "comparison" / "comparison.csv").exists() is compared


def test_the_failure_of_an_earlier_run_is_gone_after_a_good_one(tmp_path):
    folder = tmp_path / "mass_media"
    assert main(["mass_media", *SMALL, "--out", str(tmp_path)]) == 0
    (folder / "failure.txt").write_text("old")
    assert main(["mass_media", *SMALL, "--out", str(tmp_path)]) == 0
    assert not (folder / "failure.txt").exists()


def test_a_cohort_that_dies_out_is_written_and_the_next_scenario_runs(tmp_path):
    path = tmp_path / "closed.yaml"
    path.write_text(
        "extends: walking_groups\npopulation: {entrants: false, ages: [93, 95]}\nyears: 30\n"
    )
    assert load_scenario(path).years == 30
    out = tmp_path / "out"
    assert main([str(path), "mass_media", "--persons", "60", "--out", str(out)]) == 0
    assert (out / "closed" / "report.html").exists() and (out / "mass_media").exists()


def test_what_a_budget_allows_is_said_before_the_run(tmp_path, capsys):
    words = ["population.represents=100000", "policies.walks.cost.budget_per_year=9000"]
    assert main(["walking_groups", "--persons", "500", "--dry-run", "--set", *words]) == 0
    told = "within 9 000 GBP a year it can be offered to 0."
    assert f"warning: walking_groups: policies.walks: {told}" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--dry-run"], []])
def test_a_budget_that_only_a_pilot_finds_too_small_is_refused_and_nothing_is_written(
    tmp_path, capsys, words
):
    costs = "policies.walks.cost={per_resident_year: 1, budget_per_year: 9000}"
    settings = ["--set", "population.represents=100000", costs]
    out = tmp_path / "out"
    assert main(["walking_groups", *SMALL[:2], *words, "--out", str(out), *settings]) == 2
    said = capsys.readouterr().err
    assert "budget_per_year: is 9 000, less than residents and fixed costs take in" in said
    assert "Traceback" not in said and not out.exists()


def test_every_table_has_life_years_as_gained(tmp_path):
    name = "everyone_meets_guideline"
    words = [name, "--persons", "2000", "--years", "5", "--draws", "1"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    with_years = {}
    for path in tmp_path.rglob("*.csv"):
        table = pd.read_csv(path)
        years = table[(table.astype(str) == "life_years").any(axis=1)]
        if not years.empty:
            with_years[path.name] = years
    assert set(with_years) == {
        "effects.csv", "group_effects.csv", "draw_effects.csv", "equity.csv", "uncertainty.csv",
    }  # fmt: skip
    for file, years in with_years.items():
        assert (years["unit"] == "years of life gained").all(), file
    effects = with_years["effects.csv"].iloc[0]
    more = effects["policy"] - effects["baseline"]
    assert effects["averted"] == pytest.approx(more, rel=0.01)
    assert more > 0.1
    report = (tmp_path / name / "report.html").read_text()
    assert "Life-years gained" in report


THREE = ["walking_groups", "mass_media", "brief_advice"]
ENDINGS = [
    Ended(signal.SIGTERM),
    Ended(signal.SIGINT),
    MemoryError(),
    OSError(28, "no space"),
    EngineError("all workers are lost"),
]


@pytest.fixture
def ended(monkeypatch):
    """Return the names of scenarios that were run, and make the second of three end as told."""
    begun: list[str] = []

    def ending(error, name):
        def run(scenario, *rest):
            begun.append(scenario.name)
            if scenario.name == name:
                raise error
            return Run(pd.DataFrame({"outcome": []}), None, {})

        monkeypatch.setattr(run_scenarios, "_run", run)
        monkeypatch.setattr(run_scenarios, "warn_of_nobody", lambda *_: None)
        monkeypatch.setattr(run_scenarios, "compile_now", lambda: None)
        return begun

    return ending


def said_by(words, capsys):
    with suppress(Ended):
        assert main(words) == 1
    return capsys.readouterr().err


@pytest.mark.parametrize("error", ENDINGS, ids=lambda error: type(error).__name__)
def test_whatever_ends_the_second_scenario_the_first_is_said_to_be_whole(
    ended, tmp_path, capsys, error
):
    begun = ended(error, "mass_media")
    options = ["--seeds", "2", "--set", "years=3", "--threads", "2", "--out", str(tmp_path / "a b")]
    options.append("--no-figures")
    said = said_by([*THREE, *options, "--fresh"], capsys)
    assert f"walking_groups: finished, and whole in {tmp_path}/a b/walking_groups/\n" in said
    assert "mass_media: no part was finished that is worth keeping" in said
    rest = "not finished: mass_media, brief_advice; to run only what is left: python run.py "
    every = "not compared; to run all, with what is kept of each, and compare: python run.py "
    ended(None, "")
    for told, names in ((rest, THREE[1:]), (every, THREE)):
        (line,) = (each for each in said.splitlines() if each.startswith(told))
        words = shlex.split(line.removeprefix(told))
        begun.clear()
        assert main(words) == 0 and begun == names
        assert all(option in words for option in options) and "--fresh" not in words


def test_a_comparison_that_is_broken_off_leaves_all_scenarios_whole(
    ended, monkeypatch, tmp_path, capsys
):
    ended(None, "")
    breaking = raising_always(Ended(signal.SIGTERM))
    monkeypatch.setattr(run_scenarios, "_compare", breaking)
    said = said_by([*THREE, "--out", str(tmp_path)], capsys)
    assert said.count("finished, and whole in") == 3 and "not finished" not in said
    assert "not compared; to run all" in said


@pytest.mark.parametrize("words", [["mass_media"], ["mass_media", "walking_groups"]])
def test_where_the_first_scenario_is_ended_nothing_is_said_to_be_whole(
    ended, tmp_path, capsys, words
):
    ended(Ended(signal.SIGTERM), "mass_media")
    said = said_by([*words, "--out", str(tmp_path)], capsys)
    assert "mass_media: no part was finished" in said and "the same command begins anew" in said
    assert "whole in" not in said and "compare" not in said


def raising_always(error):
    def raise_it(*_, **options):
        raise error

    return raise_it


@pytest.mark.parametrize(("fresh", "words"), [(False, "the same command goes on"),
                                              (True, "without --fresh goes on")])  # fmt: skip
def test_how_to_go_on_does_not_forget_what_is_kept(tmp_path, fresh, words):
    kept = FinishedWork(tmp_path, fresh=fresh)
    kept.entries_written = 2
    assert f"2 finished parts are kept in {tmp_path}; the same command" in kept.in_words()
    assert kept.in_words().endswith(words)


def test_a_table_without_events_says_so():
    result = simulate(load_scenario("walking_groups"), persons=10, years=1)
    assert result.effects["baseline"].head(7).sum() == 0.0
    assert "(none in either world)" in effects_in_text(result)
