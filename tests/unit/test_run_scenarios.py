"""Several scenarios in one command: whatever happens to one, the others are run."""

import pytest

from abm import load_scenario
from analysis.commands import run_scenarios
from run import main

SMALL = ["--persons", "300", "--years", "1"]


def raising(function, error, only):
    """Return a function that fails for one scenario and is itself for the others."""

    def wrapped(result, *rest):
        if result.scenario.name == only:
            raise error
        return function(result, *rest)

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
    assert "within 9,000 GBP a year it can be offered to 0." in capsys.readouterr().out
