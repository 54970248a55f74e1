"""A survey of a user's own, from the export to the report, through the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from abm.running.output import damaged_files

ROOT = Path(__file__).resolve().parents[2]
DESCRIBED = """extends: walking_groups
population:
  microdata:
    file: export.csv
    columns: {age: Age, sex: Sex, bmi: BMI, met_hours: minutes, weight: wt}
    values: {sex: {Man: male, Woman: female}}
    missing: [-9]
    dose_unit: minutes_moderate
policies: [{name: walks, start: 2025}]
"""
SMALL = ("--persons", "400", "--years", "2", "--no-figures")


def door(*words, cwd):
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *map(str, words)],
        cwd=cwd, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def export(path: Path) -> Path:
    rows = [
        f'"{20 + i % 70}","{("Man", "Woman")[i % 2]}","{-9 if i % 9 == 0 else 22 + i % 12},5",'
        f'"{15 * (i % 20)}","{1 + i % 3},25","x"'
        for i in range(120)
    ]
    head = '"Age","Sex","BMI","minutes","wt","region"'
    path.write_text("\n".join([head, *rows]).replace("-9,5", "-9").replace('","', '";"') + "\n")
    return path


@pytest.fixture
def town(tmp_path):
    export(tmp_path / "export.csv")
    (tmp_path / "town.yaml").write_text(DESCRIBED)
    return tmp_path


def test_an_export_is_read_told_run_and_reported(town):
    dry = door("town.yaml", *SMALL, "--dry-run", cwd=town)
    assert dry.returncode == 0, dry.stderr
    assert "survey export.csv: 120 of 120 rows are used" in dry.stdout
    assert "women, place's own" in dry.stdout and "columns not read: region" in dry.stdout
    assert not (town / "results").exists()
    done = door("town.yaml", *SMALL, cwd=town)
    assert done.returncode == 0, done.stderr
    assert "BMI of 14" in done.stdout
    folder = town / "results" / "town"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["survey"]["filled_in"] == {"deprivation": 120, "bmi": 14, "smoker": 120}
    assert manifest["survey"]["dose_unit"] == "minutes_moderate"
    assert manifest["scenario"]["population"]["microdata"]["columns"]["met_hours"] == "minutes"
    page = (folder / "report.html").read_text()
    assert "People are taken from the survey export.csv: 120 of 120 rows" in page
    assert "Weighted means of the survey beside the place's own" in page
    assert str(town) not in page and not damaged_files(folder)


def test_a_survey_elsewhere_is_read_when_the_command_line_names_it(town, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere")
    (other / "town.yaml").write_text(DESCRIBED.replace("export.csv", "../export.csv"))
    refused = door("town.yaml", *SMALL, cwd=other)
    assert refused.returncode == 2 and refused.stdout == ""
    assert "town.yaml:4:11: population.microdata: '../export.csv'" in refused.stderr
    assert "named on the command line: --microdata FILE" in refused.stderr
    assert not (other / "results").exists()
    given = ("--microdata", town / "export.csv")
    done = door("town.yaml", *given, *SMALL, cwd=other)
    assert done.returncode == 0, done.stderr
    own = door("town.yaml", *SMALL, cwd=town)
    assert own.returncode == 0, own.stderr
    effects = [(each / "results" / "town" / "effects.csv").read_text() for each in (other, town)]
    assert effects[0] == effects[1]
    manifest = (other / "results" / "town" / "manifest.json").read_text()
    command = json.loads(manifest)["command"]
    assert f"--microdata {town / 'export.csv'}" in command
    assert json.loads(manifest)["scenario"]["population"]["microdata"]["file"] == "export.csv"


def test_a_table_from_python_is_the_survey_of_a_run(town):
    import pandas as pd

    import abm

    table = pd.read_csv(town / "export.csv", sep=";", decimal=",")
    of_file = abm.load_scenario(town / "town.yaml")
    of_table = abm.load_scenario(town / "town.yaml", microdata=table)
    runs = [abm.simulate(each, persons=300, years=1, threads=1) for each in (of_file, of_table)]
    np.testing.assert_array_equal(*(run.effects["baseline"].to_numpy() for run in runs))
    assert runs[1].manifest["survey"]["file"] == "DataFrame"
    assert runs[0].manifest["survey"]["sha256"] != runs[1].manifest["survey"]["sha256"]


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing", "link"])
def test_what_is_no_file_is_refused_in_time(kind, tmp_path):
    import os

    path = tmp_path / "odd.csv"
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    if kind == "link":
        path.symlink_to("/dev/zero")
    done = door("uk", "--microdata", path, *SMALL, "--dry-run", cwd=tmp_path)
    assert done.returncode == 2 and "'odd.csv' is not a file" in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""
