"""Survey files: what is read, what is left out, what is refused and with which words."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.population import survey
from abm.scenario.load import load_scenario
from abm.scenario.text import ScenarioError
from tests.statistics import assert_share

DATA = Path(__file__).resolve().parents[1] / "data"
BAD = DATA / "bad_surveys"
with (BAD / "expected.csv").open(encoding="utf-8", newline="") as stream:
    EXPECTED = {row["file"]: row["message"] for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("uk")


def among(scenario, **changes):
    return dataclasses.replace(
        scenario, population=dataclasses.replace(scenario.population, **changes)
    )


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "survey.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_every_bad_file_has_its_message_and_every_message_its_file():
    assert {path.name for path in BAD.glob("*.csv")} - {"expected.csv"} == set(EXPECTED)
    assert len(EXPECTED) >= 15


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_bad_file_is_refused_with_its_message(name, scenario):
    with pytest.raises(ScenarioError) as caught:
        survey.read_survey(BAD / name, among(scenario, ages=(40, 75)))
    told = str(caught.value)
    assert EXPECTED[name] in told
    assert all(f"{name}:" in line for line in told.splitlines())


def test_all_faults_are_counted_and_the_first_twenty_shown(scenario):
    with pytest.raises(ScenarioError) as caught:
        survey.read_survey(BAD / "many_faults.csv", scenario)
    assert len(caught.value.problems) == 21


def test_the_example_is_read_cell_by_cell(scenario):
    path = DATA / "survey.csv"
    found = survey.load_survey(path, scenario)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert found.note is None
    assert found.sample.shape == (len(rows), 6) and found.sample.dtype == np.float32
    for row, values in zip(rows, found.sample, strict=True):
        assert values[0] == int(row["age"])
        assert values[1] == (row["sex"] in ("female", "f", "2"))
        assert values[2] == int(row["deprivation"])
        assert values[3] == np.float32(row["bmi"] or -1)
        assert values[4] == (row["smoker"] in ("yes", "1"))
        assert values[5] == np.float32(row["met_hours"] or -1)
    weights = np.array([float(row["weight"]) for row in rows])
    expected = np.cumsum(weights) / weights.sum()
    np.testing.assert_allclose(found.cumulative[:-1], expected[:-1], rtol=1e-6)
    assert found.cumulative[-1] == 2.0


def test_columns_left_out_are_unknown_and_weights_equal(tmp_path, scenario):
    sample, cumulative = survey.read_survey(written(tmp_path, "bmi\n20\n30\n\n25\n40\n"), scenario)
    assert sample[:, 3].tolist() == [20, 30, 25, 40]
    assert (np.delete(sample, 3, axis=1) == -1).all()
    assert cumulative.tolist() == [0.25, 0.5, 0.75, 2.0]


def test_rows_outside_the_population_and_of_no_weight_are_left_out_and_counted(tmp_path, scenario):
    text = "age,sex,weight\n39,f,1\n40,f,1\n74,f,3\n75,f,1\n50,m,1\n60,f,0\n,f,4\n"
    found = survey.load_survey(
        written(tmp_path, text), among(scenario, ages=(40, 75), sex="female")
    )
    assert found.sample[:, 0].tolist() == [40, 74, -1]
    assert found.cumulative.tolist() == [0.125, 0.5, 2.0]
    assert (found.left_out, found.unweighted) == (3, 1)
    assert found.note is not None and "3 outside" in found.note and "of 7 rows" in found.note


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfage,sex\n34,male\n",
        b"age,sex\r\n34,male\r\n",
        b' age , sex \n 34 ,"male"\n',
        b"sex,age\nMale,3.4e1",
    ],
    ids=["byte order mark", "Windows lines", "blanks and quotes", "order, case, no last newline"],
)
def test_harmless_variations_are_read_alike(tmp_path, scenario, text):
    sample, _ = survey.read_survey(written(tmp_path, text), scenario)
    assert sample.tolist() == [[34, 0, -1, -1, -1, -1]]


def test_a_folder_a_missing_file_and_too_large_a_file_are_refused(tmp_path, scenario, monkeypatch):
    with pytest.raises(ScenarioError, match="not a regular file"):
        survey.read_survey(tmp_path, scenario)
    with pytest.raises(ScenarioError, match="cannot be read"):
        survey.read_survey(tmp_path / "absent.csv", scenario)
    path = written(tmp_path, "age\n" + "34\n" * 100)
    monkeypatch.setattr(survey, "MOST_BYTES", 200)
    with pytest.raises(ScenarioError, match="has 304 bytes; must be at most 200 bytes"):
        survey.read_survey(path, scenario)
    monkeypatch.undo()
    monkeypatch.setattr(survey, "MOST_ROWS", 50)
    with pytest.raises(ScenarioError, match="52:1: file: has more than 50 rows"):
        survey.read_survey(path, scenario)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200) | st.text(alphabet='age,sex\n"; 1.5-', max_size=80))
def test_whatever_stands_in_a_file_it_is_read_or_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("fuzz")
    try:
        sample, cumulative = survey.read_survey(written(folder, content), load_scenario("uk"))
    except ScenarioError:
        return  # any other exception fails the test
    assert len(sample) == len(cumulative) > 0
    assert cumulative[-1] == 2.0
    assert (np.diff(cumulative) >= 0).all()


def test_people_are_drawn_from_the_rows_by_weight_and_report_the_dose_they_gave(tmp_path, scenario):
    from abm.running.setup import set_up, with_sizes

    text = "age,sex,bmi,smoker,met_hours,weight\n30,m,22,yes,6,1\n60,f,31,no,20,3\n"
    chosen = among(
        with_sizes(scenario, persons=2000, years=1, seed=1),
        microdata=str(written(tmp_path, text)),
    )
    from abm.running.people import people_table

    people = people_table(set_up(chosen), 1)
    people = people[people["entry_year"] == chosen.start_year]
    people = people[people["person"] < 2000]
    young = people[people["age"] == 30]
    old = people[people["age"] == 60]
    assert len(young) + len(old) == 2000
    assert_share(len(young), 2000, 0.25, detect=0.4)  # equal weights would make it one half
    assert (young["sex"] == "male").all() and (old["sex"] == "female").all()
    assert young["smoker"].all() and not old["smoker"].any()
    np.testing.assert_allclose(young["bmi"], 22, rtol=1e-4)
    np.testing.assert_allclose(old["met_hours"], 20, rtol=5e-3)
    np.testing.assert_allclose(young["met_hours"], 6, rtol=5e-3)
    # The habit is not the report: it regresses toward people of the same kind.
    assert old["habitual_met_hours"].std() > 1.0
