"""Survey files: what is read, what is left out, what is refused and with which words."""

from __future__ import annotations

import csv
import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.population import survey, survey_file, survey_text
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


@pytest.fixture
def few(monkeypatch):
    """Let surveys of a few rows pass, whose reading is looked at."""
    monkeypatch.setattr(survey, "LEAST_EFFECTIVE", 0)


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
        survey.load_survey(BAD / name, among(scenario, ages=(40, 75)))
    told = str(caught.value)
    assert EXPECTED[name] in told
    assert all(f"{name}:" in line for line in told.splitlines())


def test_a_kind_of_fault_is_one_line_with_its_number_and_first_places(tmp_path, scenario):
    cells = [(50, "x", "?"), (121, "m", 20)] * 50
    rows = "".join(f"{age},{sex},{bmi}\n" for age, sex, bmi in cells)
    with pytest.raises(ScenarioError) as caught:
        survey.load_survey(written(tmp_path, f"age,sex,bmi\n{rows}40,m\n"), scenario)
    told = [problem.partition("survey.csv:")[2] for problem in caught.value.problems]
    assert told == [
        "2:4: sex: is 'x'; must be male, female, m, f, 1 (male) or 2 (female); labels are named in "
        "values.sex; 50 such cells: line 2, line 4, line 6, line 8 and 46 more",
        "2:6: bmi: is '?'; must be a number from 10 to 100 (kg/m2); 50 such cells: line 2, line 4, "
        "line 6, line 8 and 46 more",
        "3:1: age: is 121; must be a whole number from 0 to 120 (years of age), or a band such as "
        "45-54 or 90+; 50 such cells: line 3, line 5, line 7, line 9 and 46 more",
        "102:1: row: has 2 fields; must have 3, as many as the header",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "," * 40_000,
        "age," * 40_000 + "\n" + "34," * 40_000,
        "age,sex\n" + "x,y\n" * 20_000,
        "age\n" + '"' * 160_000,
        "age\n" + "9" * 160_000,
        "age\n" + "34,5\n" * 30_000,
        "\n" * 160_000,
    ],
    ids=["commas", "columns", "faults", "quotes", "digits", "fields", "blank lines"],
)
def test_a_refusal_takes_no_longer_than_its_size(text, tmp_path, scenario):
    """What grew with the square took minutes for these."""
    path = written(tmp_path, text)
    began = time.process_time()
    with pytest.raises(ScenarioError) as caught:
        survey.load_survey(path, scenario)
    assert time.process_time() - began < 2.0
    assert len(caught.value.problems) <= 3
    assert all(len(problem) < 700 for problem in caught.value.problems)


def test_the_example_is_read_cell_by_cell(scenario):
    path = DATA / "survey.csv"
    found = survey.load_survey(path, scenario)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert found.note == "survey: 40 of 40 rows are used, effective sample size 34"
    assert found.warnings == ()  # all is used as it was given
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


@pytest.mark.usefixtures("few")
def test_columns_left_out_are_unknown_and_weights_equal(tmp_path, scenario):
    found = survey.load_survey(written(tmp_path, "bmi\n20\n30\n\n25\n40\n"), scenario)
    sample, cumulative = found.sample, found.cumulative
    assert sample[:, 3].tolist() == [20, 30, 25, 40]
    assert (np.delete(sample, 3, axis=1) == -1).all()
    assert cumulative.tolist() == [0.25, 0.5, 0.75, 2.0]


@pytest.mark.usefixtures("few")
def test_rows_outside_the_population_and_of_no_weight_are_left_out_and_counted(tmp_path, scenario):
    text = "age,sex,weight\n39,f,1\n40,f,1\n74,f,3\n75,f,1\n50,m,1\n60,f,0\n,f,4\n"
    found = survey.load_survey(
        written(tmp_path, text), among(scenario, ages=(40, 75), sex="female", entrants=False)
    )
    assert found.sample[:, 0].tolist() == [40, 74, -1]
    assert found.cumulative.tolist() == [0.125, 0.5, 2.0]
    assert (found.left_out, found.unweighted) == (3, 1)
    assert found.note == (
        "survey: 3 of 7 rows are used, effective sample size 2; that is below 30, where health "
        "statistics publish no share: its people are few, or some weigh much; 3 outside the "
        "scenario's ages or sex are left out; 1 of weight 0 are left out"
    )
    assert found.warnings == (found.note,)


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
@pytest.mark.usefixtures("few")
def test_harmless_variations_are_read_alike(tmp_path, scenario, text):
    found = survey.load_survey(written(tmp_path, text), among(scenario, entrants=False))
    assert found.sample.tolist() == [[34, 0, -1, -1, -1, -1]]


def test_a_folder_a_missing_file_and_too_large_a_file_are_refused(tmp_path, scenario, monkeypatch):
    with pytest.raises(ScenarioError, match="not a regular file"):
        survey.load_survey(tmp_path, scenario)
    with pytest.raises(ScenarioError, match="cannot be read"):
        survey.load_survey(tmp_path / "absent.csv", scenario)
    path = written(tmp_path, "age\n" + "34\n" * 100)
    monkeypatch.setattr(survey_text, "MOST_BYTES", 200)
    with pytest.raises(ScenarioError, match="has 304 bytes; must be at most 200 bytes"):
        survey.load_survey(path, scenario)
    monkeypatch.undo()
    monkeypatch.setattr(survey_file, "MOST_ROWS", 50)
    with pytest.raises(ScenarioError, match="52:1: file: has more than 50 rows"):
        survey.load_survey(path, scenario)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200) | st.text(alphabet='age,sex\n"; 1.5-', max_size=80))
def test_whatever_stands_in_a_file_it_is_read_or_refused(tmp_path_factory, content):
    path = written(tmp_path_factory.mktemp("fuzz"), content)
    closed = among(load_scenario("uk"), entrants=False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(survey, "LEAST_EFFECTIVE", 0)
        try:
            found = survey.load_survey(path, closed)
        except ScenarioError:
            return  # any other exception fails the test
    sample, cumulative = found.sample, found.cumulative
    assert len(sample) == len(cumulative) > 0
    assert cumulative[-1] == 2.0
    assert (np.diff(cumulative) >= 0).all()


def test_people_are_drawn_from_the_rows_by_weight_and_report_the_dose_they_gave(tmp_path, scenario):
    from abm.running.setup import set_up, with_sizes

    text = "age,sex,bmi,smoker,met_hours,weight\n" + "30,m,22,yes,6,1\n60,f,31,no,20,3\n" * 30
    chosen = among(
        with_sizes(scenario, persons=2000, years=1, seed=1),
        entrants=False,
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


# What is unfit for a scenario --------------------------------------------------------------------

HEADER = "age,sex,deprivation,bmi,smoker,met_hours,weight\n"


def people(*, age="20 + 11 * (i % 7)", sex="'mf'[i % 2]", dose="2 * (i % 20)", weight="1", rows=60):
    """Return a survey, each column by a formula of the row's number ``i``."""
    cells = compile(f"({age}, {sex}, 3, 25, 'no', {dose}, {weight})", "row", "eval")
    return HEADER + "".join(",".join(map(str, eval(cells, {"i": i}))) + "\n" for i in range(rows))


def refusal(tmp_path, text, scenario):
    with pytest.raises(ScenarioError) as caught:
        survey.load_survey(written(tmp_path, text), scenario)
    (told,) = caught.value.problems
    return told


@pytest.mark.parametrize(
    ("weight", "rows", "effective"),
    [
        ("1e12 if i == 0 else .001", 60, "1.0"),
        ("1", 9, "9.0"),
        ("50 if i < 2 else 1", 60, "4.9"),
        (".99 if i < 2 else 1", 10, "9.9998"),
    ],
    ids=["one respondent is everybody", "few respondents", "two of much weight", "just below"],
)
def test_too_small_an_effective_sample_is_refused(weight, rows, effective, tmp_path, scenario):
    told = refusal(tmp_path, people(weight=weight, rows=rows), scenario)
    assert f"weight: leaves an effective sample size of {effective} of the {rows} rows" in told
    assert "must leave at least 10" in told


@pytest.mark.parametrize(("rows", "warned"), [(29, True), (30, False)])
def test_a_small_effective_sample_is_warned_of(rows, warned, tmp_path, scenario):
    found = survey.load_survey(written(tmp_path, people(rows=rows)), scenario)
    assert ("below 30, where health statistics publish no share" in found.note) == warned
    assert bool(found.warnings) == warned


def test_the_effective_sample_size_is_said(tmp_path, scenario):
    text = people(weight="3 if i % 2 else 1", rows=100)
    found = survey.load_survey(written(tmp_path, text), scenario)
    assert found.effective == pytest.approx(80.0)  # 200 ** 2 / (50 * 9 + 50)
    assert "effective sample size 80" in found.note


@pytest.mark.parametrize(
    ("dose", "mean", "above"),
    [("60 * (i % 8)", "202", 36), ("101", "101", 0), ("450 if i % 3 else 0", "300", 40)],
    ids=["MET-minutes", "just above", "a third idle"],
)
def test_doses_that_cannot_be_met_hours_are_refused(dose, mean, above, tmp_path, scenario):
    told = refusal(tmp_path, people(dose=dose), scenario)
    assert f"met_hours: has a mean of {mean} " in told and "cannot be marginal MET-hours" in told
    assert f"{above} of 60 rows lie above 140" in told


def test_doses_above_what_the_model_can_hold_are_counted(tmp_path, scenario):
    text = people(dose="200 if i < 3 else 10")
    found = survey.load_survey(written(tmp_path, text), scenario)
    assert found.capped == 3
    assert "3 report more than 140 marginal MET-hours per week" in found.note


@pytest.mark.parametrize(
    ("dose", "told"),
    [
        ("60 * (i % 4)", "of 45 doses above 0 only 0 lie below 10 marginal MET-hours"),
        ("20 + 4 * i / 3", "of 60 doses above 0 only 0 lie below 10 marginal MET-hours"),
        ("5 if i < 2 else 90", "of 60 doses above 0 only 2 lie below 10 marginal MET-hours"),
        ("5 if i < 3 else 90", None),
        ("90 if i < 20 else 0", "of 20 doses above 0 only 0 lie below 10 marginal MET-hours"),
        ("90 if i < 19 else 0", None),
        ("3 * (i % 4)", None),
    ],
    ids=["MET-minutes", "minutes", "few small", "some small", "few active", "too few", "MET-hours"],
)
def test_doses_that_look_like_met_minutes_are_spoken_of(dose, told, tmp_path, scenario):
    note = survey.load_survey(written(tmp_path, people(dose=dose)), scenario).note
    assert ("so look MET-minutes" in note) == (told is not None)
    assert told is None or told in note


def test_doses_of_the_model_itself_look_like_met_hours(tmp_path, scenario):
    from abm import simulate

    found = simulate("uk", persons=500, years=1, keep_people=True, threads=1).people
    doses = found["met_hours"].round(1).tolist()
    path = written(tmp_path, "met_hours\n" + "\n".join(map(str, doses)) + "\n")
    read = survey.load_survey(path, scenario)
    assert read.light > 0.3 * read.active > 0.3 * 400
    assert "so look MET-minutes" not in read.note


def test_a_dose_beyond_its_bounds_speaks_of_met_minutes(tmp_path, scenario):
    told = refusal(tmp_path, people(dose="600 if i == 3 else 1"), scenario)
    assert "met_hours: is 600; must be a number from 0 to 500 (reported marginal MET-hours" in told
    assert "for MET-minutes set dose_unit: met_minutes" in told


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"age": "60 + i % 20", "sex": "'f'"},
         "has no male respondent and no female respondent under 30 among the rows used"),
        ({"age": "30 + i % 40"},
         "has no male respondent under 30 and no female respondent under 30"),
        ({"age": "20 + i % 40 + (i % 2) * 10"}, "has no female respondent under 30 among"),
    ],
    ids=["old women", "no young", "no young women"],
)  # fmt: skip
def test_newcomers_of_whom_a_survey_knows_nobody_are_refused(columns, told, tmp_path, scenario):
    text = people(**columns)
    refused = refusal(tmp_path, text, scenario)
    assert told in refused
    assert "people of 20 would join every year" in refused
    assert "population.entrants: false" in refused
    closed = survey.load_survey(written(tmp_path, text), among(scenario, entrants=False))
    assert len(closed.sample) == 60


def test_newcomers_of_the_sex_that_a_survey_knows_may_join(tmp_path, scenario):
    text = people(sex="'f'")
    assert "and population.sex: female" in refusal(tmp_path, text, scenario)
    assert (
        len(survey.load_survey(written(tmp_path, text), among(scenario, sex="female")).sample) == 60
    )
    unknown = "bmi\n" + "25\n" * 30
    assert len(survey.load_survey(written(tmp_path, unknown), scenario).sample) == 30


def test_what_is_said_of_a_survey_stands_before_the_run_and_in_its_manifest_once(tmp_path):
    from abm import simulate
    from analysis.commands.request import loaded
    from analysis.commands.sweep import variants_of

    written(tmp_path, people(dose="200 if i < 3 else 10"))
    path = tmp_path / "town.yaml"
    path.write_text("extends: uk\npopulation: {microdata: survey.csv}\n", encoding="utf-8")
    (scenario,), problems = loaded([str(path)], variants_of([])[0], {"persons": "50", "years": "1"})
    assert problems == []
    (note,) = (each for each in scenario.warnings if each.startswith("survey:"))
    assert "effective sample size 60" in note and "3 report more than 140" in note
    assert simulate(scenario, threads=1).manifest["warnings"].count(note) == 1
