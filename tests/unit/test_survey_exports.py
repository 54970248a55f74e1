"""Surveys as practice exports them, each a small synthetic file with the traits of its kind."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.evidence.place import bundled_place
from abm.places import country
from abm.population import survey, survey_file
from abm.population.survey import load_survey
from abm.population.survey_doses import dose_of
from abm.population.survey_summary import place_means, summary_of
from abm.scenario.load import load_scenario
from abm.scenario.microdata import GivenSurvey, Microdata
from abm.scenario.text import ScenarioError
from tests.statistics import assert_estimate

AGE, SEX, DEPRIVATION, BMI, SMOKER, DOSE = range(6)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Let surveys of a few rows pass, whose reading is looked at."""
    monkeypatch.setattr(survey, "LEAST_EFFECTIVE", 0)


@pytest.fixture
def town(tmp_path):
    """Return a function that reads a survey of this content through a scenario file."""

    def read(content: str | bytes, keys: str = "", name: str = "survey.csv"):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        described = f"{{file: {name}{', ' if keys else ''}{keys}}}"
        text = f"extends: uk\npopulation:\n  entrants: false\n  microdata: {described}\n"
        (tmp_path / "town.yaml").write_text(text, encoding="utf-8")
        scenario = load_scenario(tmp_path / "town.yaml")
        return load_survey(scenario.population.microdata, scenario)

    return read


def refused(read, *given) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read(*given)
    return list(caught.value.problems)


# Six layouts of practice -------------------------------------------------------------------------


def test_health_survey_for_england(town):
    """A tab file of SPSS codes: ages in groups, quintiles counted the other way, negative codes."""
    text = (
        "SerialA\tag16g10\tSex\tqimd19\tBMIVAL\tcigsta3_19\tMinWk\twt_int\n"
        "1001\t2\t1\t1\t24.50\t1\t210\t.95\n"
        "1002\t7\t2\t5\t-1\t3\t-9\t1.32\n"
        "1003\t4\t2\t3\t31.25\t2\t0\t0.41\n"
        "1004\t-8\t1\t2\t28.00\t-1\t90\t0\n"
    )
    found = town(
        text,
        "columns: {age: ag16g10, sex: Sex, deprivation: qimd19, bmi: BMIVAL, smoker: cigsta3_19, "
        "met_hours: MinWk, weight: wt_int}, "
        "values: {age: {1: [16, 25], 2: [25, 35], 3: [35, 45], 4: [45, 55], 5: [55, 65], "
        "6: [65, 75], 7: [75, 100]}, deprivation: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}, "
        "smoker: {1: yes, 2: no, 3: no}}, missing: [-9, -8, -1], dose_unit: minutes_moderate",
        "hse.tab",
    )
    ages = found.sample[:, AGE]
    assert 25 <= ages[0] < 35 and 75 <= ages[1] < 95 and 45 <= ages[2] < 55
    assert found.sample[:, SEX].tolist() == [0, 1, 1]
    assert found.sample[:, DEPRIVATION].tolist() == [5, 1, 3]
    assert found.sample[:, BMI].tolist() == [24.5, -1, 31.25]
    assert found.sample[:, SMOKER].tolist() == [1, 0, 0]
    assert found.sample[:, DOSE].tolist() == [12.25, -1, 0]  # 210 minutes of 3.5 METs above rest
    assert (found.unweighted, found.ignored) == (1, ("SerialA",))


def test_nhanes(town):
    """Several yes-or-no gates, days and minutes with their own codes, ages that end at 80."""
    head = "SEQN,RIDAGEYR,RIAGENDR,BMXBMI,SMQ040,PAQ605,PAQ610,PAD615,PAQ665,PAQ670,PAD675,WTMEC2YR"
    rows = (
        "109263,34,1,24.1,3,2,,,1,3,40,21500.3\n"
        "109264,80,2,27.9,1,2,,,2,,,12000.5\n"
        "109265,77,2,22.0,9,1,5,60,1,77,30,9000.1\n"
        "109266,12,1,18.0,,2,,,2,,,8000.0\n"
        "109267,45,1,,2,1,2,9999,2,,,7000.5\n"
        "109268,51,2,30.5,3,2,,,2,,,0\n"
    )
    found = town(
        f"{head}\n{rows}",
        "columns: {age: RIDAGEYR, sex: RIAGENDR, bmi: BMXBMI, smoker: SMQ040, weight: WTMEC2YR}, "
        "values: {age: {80: [80, 95]}, smoker: {1: yes, 2: yes, 3: no, 7: null, 9: null}}, "
        "dose: [{does: PAQ605, days: PAQ610, minutes: PAD615, mets: 8, missing: [77, 99, 9999]}, "
        "{does: PAQ665, days: PAQ670, minutes: PAD675, mets: 4, missing: [77, 99, 9999]}]",
    )
    assert found.sample[:, SEX].tolist() == [0, 1, 1, 0]
    assert found.sample[0, AGE] == 34 and 80 <= found.sample[1, AGE] < 95
    assert found.sample[2, AGE] == 77  # 77 is a code of the days alone
    assert found.sample[:, SMOKER].tolist() == [0, 1, -1, 1]
    # 3 days of 40 minutes at 4 METs, of which one is rest; nothing; unknown; unknown
    assert found.sample[:, DOSE].tolist() == [6, 0, -1, -1]
    assert (found.left_out, found.unweighted) == (1, 1)
    np.testing.assert_allclose(found.weights[0], 21500.3 / 49501.4)


def test_ipaq(town):
    """The short form: vigorous, moderate and walking, days times minutes at 8, 4 and 3.3 METs."""
    text = (
        "id,age,gender,vig_days,vig_min,mod_days,mod_min,walk_days,walk_min\n"
        "1,30,F,2,30,3,20,7,45\n2,61,M,0,,0,,5,60\n3,44,F,1,,0,,0,\n"
    )
    found = town(
        text,
        "columns: {age: age, sex: gender}, dose: [{days: vig_days, minutes: vig_min, mets: 8}, "
        "{days: mod_days, minutes: mod_min, mets: 4}, "
        "{days: walk_days, minutes: walk_min, mets: 3.3}]",
    )
    first = (2 * 30 * 7 + 3 * 20 * 3 + 7 * 45 * 2.3) / 60  # one MET less than the scoring protocol
    np.testing.assert_allclose(found.sample[:, DOSE], [first, 5 * 60 * 2.3 / 60, -1], rtol=1e-6)


def test_gpaq(town):
    """Hours and minutes in columns of their own, 1 for yes and 2 for no."""
    text = (
        "Participant;C1;C3;P1;P2;P3a;P3b;P7;P8;P9a;P9b\n"
        "1;1;25;1;5;2;30;2;;;\n2;2;38;2;;;;1;7;;20\n3;2;52;2;;;;2;;;\n"
    )
    found = town(
        text,
        "columns: {sex: C1, age: C3}, "
        "dose: [{does: P1, days: P2, hours: P3a, minutes: P3b, mets: 8}, "
        "{does: P7, days: P8, hours: P9a, minutes: P9b, mets: 4}]",
    )
    np.testing.assert_allclose(found.sample[:, DOSE], [5 * 2.5 * 7, 7 * 20 / 60 * 3, 0], rtol=1e-6)


def test_eurobarometer(town):
    """Labels throughout, ages in bands of which the youngest lie partly below the model's."""
    text = (
        '"","Weight","d10","d11r1","qb1"\n'
        '"1",1.2,"Man","15 - 24 years","5 times a week or more"\n'
        '"2",0.8,"Woman","55 years and older","Never"\n'
        '"3",0.9,"Woman","25 - 39 years","Seldom"\n'
        '"4",1.1,"Man","40 - 54 years","DK"\n'
    )
    found = town(
        text,
        "columns: {age: d11r1, sex: d10, met_hours: qb1, weight: weight}, missing: DK, "
        'values: {sex: {Man: male, Woman: female}, age: {"55 years and older": [55, 90]}, '
        'met_hours: {"5 times a week or more": [15, 25], Seldom: 1.5, Never: 0}}',
    )
    by_sex = {row[SEX]: row for row in found.sample if row[AGE] < 25}
    assert len(found.sample) + found.left_out == 4 and found.left_out <= 1  # who is below 20
    assert all(15 <= row[DOSE] < 25 for row in by_sex.values())
    old = found.sample[(found.sample[:, AGE] >= 55)]
    assert old[:, DOSE].tolist() == [0] and old[0, SEX] == 1
    middle = found.sample[(found.sample[:, AGE] >= 25) & (found.sample[:, AGE] < 55)]
    assert sorted(middle[:, DOSE].tolist()) == [-1, 1.5]


CLINIC = (
    "Patientenliste Frühjahr;;;;\n;;;;\n"
    "Alter ;Geschlecht;BMI (kg/m²);Raucher;Gehen, min/Woche\n"
    " 45 ;m;27,4;nein; 150\n 62;w; 31,0;ja;0\n38;w;;nein;90,5\n"
)
GERMAN = (
    'columns: {age: Alter, sex: Geschlecht, bmi: "BMI (kg/m²)", smoker: Raucher, '
    'met_hours: "Gehen, min/Woche"}, values: {sex: {m: male, w: female}, '
    "smoker: {ja: yes, nein: no}}, dose_unit: minutes_moderate"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_clinics_spreadsheet(town, encoding):
    """Semicolons, decimal commas, blanks, a title row, in the letters of its machine."""
    found = town(CLINIC.encode(encoding), f"{GERMAN}, header_line: 3")
    rows = [[45, 0, -1, 27.4, 0, 8.75], [62, 1, -1, 31, 1, 0], [38, 1, -1, -1, 0, 90.5 * 3.5 / 60]]
    np.testing.assert_allclose(found.sample, rows, rtol=1e-6)
    assert ("Windows-1252" in found.note) == (encoding == "cp1252")


def test_a_title_above_the_header_is_refused_with_the_way_past_it(town):
    (told,) = refused(town, CLINIC, GERMAN)
    assert "survey.csv:1:1: header: has none of the columns" in told
    assert "line 3 looks like the header" in told and "header_line: 3" in told


# How files are written ---------------------------------------------------------------------------

PLAIN = "age,sex,bmi,met_hours,weight\n50,male,38.2,37.54,0.3835\n21,female,30.1,59.74,1.5167\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace(".", "\0").replace(",", ";").replace("\0", ","),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "|"),
        PLAIN.upper(),
        "\ufeff" + PLAIN.replace("\n", "\r\n"),
        '"","age","sex","bmi","met_hours","weight"\n"1",50,"male",38.2,37.54,0.3835\n'
        '"2",21,"female",30.1,59.74,1.5167\n',
        'age,sex,bmi,met_hours,weight\n50,male,"38,2","37,54","0,3835"\n'
        '21,female,"30,1","59,74","1,5167"\n',
        'note,age,sex,bmi,met_hours,weight\n"two\nlines, one ""cell""",50,male,38.2,37.54,0.3835\n'
        ",21,female,30.1,59.74,1.5167\n",
    ],
    ids=["comma", "semicolon", "tab", "bar", "capitals", "mark and Windows lines", "R", "quoted",
         "a cell of two lines"],
)  # fmt: skip
def test_one_table_written_in_many_ways_is_one_survey(town, content):
    found = town(content)
    expected = [[50, 0, -1, 38.2, -1, 37.54], [21, 1, -1, 30.1, -1, 59.74]]
    np.testing.assert_allclose(found.sample, expected, rtol=1e-6)
    np.testing.assert_allclose(found.weights, [0.3835 / 1.9002, 1.5167 / 1.9002])


def test_rows_that_an_open_quotation_mark_joins_are_told(town):
    found = town('age,note\n34,"\n35,"\n36,x\n')
    assert found.sample[:, AGE].tolist() == [34, 36]
    assert "1 row has a cell in quotation marks that goes over lines" in found.note


@pytest.mark.parametrize(("key", "dose"), [("comma", 1.5), ("point", None)])
def test_a_mark_that_may_stand_between_thousands_is_asked_for(town, key, dose):
    text = "age;met_hours\n34;1,500\n45;2,250\n"
    (told,) = refused(town, text)
    assert "2:4: met_hours: is 1,500, which is 1.5 with a decimal comma, or 1500 with a" in told
    assert "decimal: comma or decimal: point" in told
    if dose:
        assert town(text, f"decimal: {key}").sample[0, DOSE] == dose
    else:
        assert "with a decimal point, not a comma" in refused(town, text, f"decimal: {key}")[0]


def test_one_number_that_can_only_have_a_comma_says_what_the_others_are(town):
    found = town("age;met_hours\n34;1,500\n45;12,25\n")
    assert found.sample[:, DOSE].tolist() == [1.5, 12.25]


def test_numbers_between_two_marks_are_refused_where_they_stand(town):
    (told,) = refused(town, "age;bmi;met_hours\n34;24,5;12,5\n35;24.5;12,5\n")
    assert "3:4: bmi: is 24.5; must be a number from 10 to 100" in told
    assert told.endswith("with a decimal comma, not a point")


@pytest.mark.parametrize(
    ("begins", "told"),
    [
        (b"PK\x03\x04", "is an Excel workbook"), (b"$FL2@(#)", "is an SPSS file"),
        (b"\x1f\x8b\x08", "is a compressed file"), (b"<stata_dta>", "is a Stata file"),
        (b"PAR1 and no more", "is a Parquet file that cannot be read"),
        (b"age,sex\n34,\x81", "is not UTF-8 (byte 0x81)"),
        (b"age,sex\n34,\xe4\x01", "is not UTF-8 (byte 0xe4)"),
    ],
)  # fmt: skip
def test_files_that_are_no_text_are_named(town, begins, told):
    (problem,) = refused(town, begins)
    assert told in problem and "Traceback" not in problem


# What cells mean ---------------------------------------------------------------------------------


def test_bands_are_read_by_themselves_and_spread_as_the_place_is(town):
    rows = "".join(
        f"{band},{sex}\n" for band in ("45-54", "90+") for sex in "mf" for _ in range(400)
    )
    found = town(f"age,sex\n{rows}", "")
    ages = found.sample[:, AGE]
    young, old = ages[:800], ages[800:]
    assert young.min() == 45 and young.max() == 54 and abs(young.mean() - 49.5) < 0.4
    assert old.min() == 90 and old.max() < 95 and found.left_out > 50  # uk runs to 94
    again = town(f"age,sex\n{rows}")
    assert (again.sample == found.sample).all()
    fewer = town("age,sex\n" + "".join(f"{row}\n" for row in rows.split()[:10]))
    assert (fewer.sample == found.sample[:10]).all()  # a draw hangs on nothing but its row


def test_an_open_band_is_as_old_as_the_people_of_the_place(town):
    found = town("age,sex\n" + "75+,f\n" * 1000)
    people = country.population(bundled_place())[1, 55:75]  # of 75 to 94
    mean = np.average(np.arange(75, 95), weights=people)
    assert abs(found.sample[:, AGE].mean() - mean) < 4 * 5.0 / np.sqrt(1000)
    assert found.left_out < 50  # evenly spread, four in ten would be 95 and older


@pytest.mark.parametrize(
    "band", ["16\u201324", "16 to 24", "aged 16-24", "16-24 years", "16 - 24"],
)  # fmt: skip
def test_bands_are_known_as_people_write_them(town, band):
    rows = "".join(f"{band},m\n" for _ in range(60))
    found = town(f"age,sex\n{rows}")
    assert (
        set(found.sample[:, AGE]) <= {20, 21, 22, 23, 24}
        and len(found.sample) + found.left_out == 60
    )
    assert 10 < found.left_out < 50  # 16 to 19 are nobody's age here


def test_codes_are_alike_however_they_are_written(town):
    found = town("age,sex,bmi\n40,1.0,-9.00\n41,2, -9\n42,2,22\n", "missing: [-9]")
    assert found.sample[:, SEX].tolist() == [0, 1, 1]
    assert found.sample[:, BMI].tolist() == [-1, -1, 22]


def test_a_code_that_is_not_listed_is_not_read_by_itself(town):
    text = "age,sex,deprivation\n40,1,5\n41,0,4\n42,3,1\n"
    keys = "values: {sex: {0: male, 1: female}, deprivation: {1: 5, 5: 1}}"
    told = refused(town, text, keys)
    assert [each.partition("survey.csv:")[2] for each in told] == [
        "3:6: deprivation: is 4, which values.deprivation does not list; must be one of 1, 5",
        "4:4: sex: is '3', which values.sex does not list; must be one of 0, 1",
    ]


def test_missing_codes_that_no_one_names_are_refused_with_the_key(town):
    told = refused(town, "age,sex,bmi,smoker\n40,m,-9,-1\n")
    assert all("if it means that nothing is known: missing: [-" in each for each in told)
    assert len(told) == 2


def test_what_is_missing_is_filled_in_and_counted(town):
    found = town("age,bmi,smoker\n40,NA,yes\n41,25,\n42,,no\n")
    assert found.sample[:, BMI].tolist() == [-1, 25, -1]
    summary = summary_of(found, load_scenario("uk", ["population.entrants=false"]))
    assert {name: many for name, many in summary.filled.items() if many} == {
        "sex": 3, "deprivation": 3, "bmi": 2, "smoker": 1, "met_hours": 3,
    }  # fmt: skip


def test_columns_that_are_named_are_read_and_no_others(town):
    found = town("Age,Sex,Weight,wt\n40,m,81.5,1\n50,f,66,3\n", "columns: {age: age, weight: wt}")
    np.testing.assert_allclose(found.weights, [0.25, 0.75])  # not the kilograms
    assert found.sample[:, SEX].tolist() == [-1, -1]
    assert found.ignored == ("Sex", "Weight")


@pytest.mark.parametrize(
    ("text", "keys", "told"),
    [
        ("Age35,Sex\n40,m\n", "columns: {age: Age35g, sex: Sex}",
         "1:1: age: names 'Age35g', which is no column of the file; did you mean 'Age35'?"),
        ("age,AGE,sex\n40,40,m\n", "columns: {age: Age, sex: sex}", "header: has 'AGE' twice"),
        ("age,sex\n40,m\n", "columns: {age: age}, dose: [{days: age, mets: 4}]",
         "population.microdata.dose[0]: names no column of how long; must have minutes or hours"),
        ("age,sex\n40,m\n", "columns: {met_hours: age}, dose: [{minutes: age, mets: 4}]",
         "population.microdata.dose: comes with columns.met_hours; must be one of both"),
        ("age,sex\n40,m\n", "dose_unit: met_minute",
         "unknown word 'met_minute'; must be one of met_hours, met_minutes"),
        ("age,sex\n40,m\n", "colums: {age: age}", "unknown key 'colums'; must be one of file, col"),
        ("age,sex\n40,m\n", "values: {sex: {1: man}}", "unknown word 'man'; must be one of male"),
        ("age,sex\n40,m\n", "values: {age: {1: [30, 20]}}", "is [30, 20], which holds nobody"),
        ("age,sex\n40,m\n", "columns: {age: age, sex: sex, bmi: Age}",
         "columns.bmi: names 'Age', as columns.age does; must be another column"),
        ("age,sex\n40,m\n", "values: {sex: {m: male, M: female}}",
         "values.sex.M: is read as the code 'm', which means something else; must be one of both"),
        ("age,sex\n40,1\n", "values: {sex: {1: male, 1.0: female}}", "is read as the code '1'"),
        ("age,d\n40,9\n", "columns: {age: age}, dose: [{days: d, minutes: d, mets: 4}]",
         "dose[0].days: is 9; must be a number from 0 to 7 (days per week)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(town, text, keys, told):
    problems = refused(town, text, keys)
    assert any(told in each for each in problems), problems


def test_a_column_that_stands_twice_is_told_once(town):
    (told,) = refused(town, "age,sex,age\n40,m,41\n")
    assert "1:9: header: has 'age' twice; must be given once" in told


def test_codes_that_are_alike_may_mean_the_same(town):
    keys = "columns: {age: age, sex: sex}, values: {sex: {m: male, M: male}}"
    found = town("age,sex\n40,M\n", keys)
    assert found.sample[:, SEX].tolist() == [0]


def test_all_faults_are_told_at_once_and_their_number_is_bounded(town):
    text = "age,sex,deprivation,bmi,smoker,met_hours,weight\n" + "x,x,x,x,x,x,x\n" * 5
    text += "200,3,9,5,7,-5,-1\n"
    told = refused(town, text)
    assert len(told) == 12 and len({each.split(":")[3] for each in told}) == 7
    many = ",".join(f"m{i}" for i in range(12))
    asked = ", ".join(f"{{days: m{i}, hours: m{i}, minutes: m{i}, mets: 4}}" for i in range(12))
    rows = ",".join(["x"] * 12) + "\n" + ",".join(["200000"] * 12) + "\n"
    told = refused(town, f"age,{many}\n" + "".join(f"30,{row}\n" for row in rows.split()),
                   f"columns: {{age: age}}, dose: [{asked}]")  # fmt: skip
    assert len(told) == 41 and "more kinds of fault" in told[-1]


# Units -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "hours"),
    [("met_hours", 60), ("met_minutes", 1), ("gross_met_minutes", 3.5 / 4.5),
     ("minutes_moderate", 3.5)],
)  # fmt: skip
def test_a_dose_counts_in_its_unit(town, unit, hours):
    assert town("age,met_hours\n40,60\n", f"dose_unit: {unit}").sample[0, DOSE] == np.float32(hours)


def test_a_dose_follows_the_evidence_entry_of_its_unit(town, tmp_path):
    town("age,met_hours\n40,60\n", "dose_unit: minutes_moderate")
    scenario = load_scenario(tmp_path / "town.yaml", ["activity.marginal_met.moderate=3"])
    assert load_survey(scenario.population.microdata, scenario).sample[0, DOSE] == 3.0


def test_met_minutes_taken_for_met_hours_are_refused_with_the_key(town):
    (told,) = refused(town, "age,met_hours\n" + "".join(f"40,{i}\n" for i in (0, 240, 480)))
    assert "has a mean of 240" in told and "dose_unit: met_minutes" in told
    assert "2 of 3 rows lie above 140 marginal MET-hours" in told


def test_answers_add_up_and_what_is_not_known_is_not_taken_for_none():
    walks, runs = (4.0, {"days": 5.0, "minutes": 30.0}), (8.0, {"does": 0.0, "minutes": None})
    assert dose_of([walks, runs]) == pytest.approx(7.5)
    assert dose_of([walks, (8.0, {"does": 1.0, "days": 2.0, "minutes": None})]) is None
    assert dose_of([(8.0, {"does": None, "minutes": 30.0})]) == pytest.approx(3.5)
    assert dose_of([(8.0, {"days": None, "minutes": 30.0})]) is None


# Given from the command line and from Python -----------------------------------------------------


def people(rows: int = 40) -> pd.DataFrame:
    i = np.arange(rows)
    return pd.DataFrame(
        {"age": 20 + i, "sex": np.where(i % 2, "male", "female"), "bmi": 22 + i / 8}
    )


def test_a_table_and_a_parquet_file_are_read_as_the_csv(tmp_path):
    table = people()
    table.loc[3, "bmi"] = np.nan
    table.to_csv(tmp_path / "people.csv", index=False)
    table.assign(other="x").to_parquet(tmp_path / "people.parquet")
    given = [tmp_path / "people.csv", str(tmp_path / "people.parquet"), table]
    scenarios = [load_scenario("uk", microdata=each) for each in given]
    found = [load_survey(each.population.microdata, each) for each in scenarios]
    assert (found[0].sample == found[1].sample).all() and (found[0].sample == found[2].sample).all()
    assert [each.ignored for each in found] == [(), ("other",), ()]
    written = [each.to_dict()["population"]["microdata"] for each in scenarios]
    assert written == [{"file": "people.csv"}, {"file": "people.parquet"}, {"file": "DataFrame"}]
    assert str(tmp_path) not in str(written)


def test_a_given_table_is_part_of_what_a_scenario_is(tmp_path):
    one, other = people(), people()
    other.loc[0, "bmi"] += 1
    hashes = {load_scenario("uk", microdata=each).hash for each in (one, other, people())}
    assert len(hashes) == 2
    keyed = load_scenario("uk", ["population.microdata.missing=[-9]"], microdata=one)
    assert keyed.hash not in hashes and keyed.population.microdata.missing == ("-9",)


def test_a_file_given_beside_a_scenario_is_read_as_the_scenario_says(tmp_path):
    (tmp_path / "town").mkdir()
    (tmp_path / "survey.csv").write_text("Alter;g\n40;w\n")
    path = tmp_path / "town" / "town.yaml"
    described = "{file: own.csv, columns: {age: Alter, sex: g}, values: {sex: {w: female}}}"
    path.write_text(f"extends: uk\npopulation: {{entrants: false, microdata: {described}}}\n")
    scenario = load_scenario(path, microdata=tmp_path / "survey.csv")
    assert load_survey(scenario.population.microdata, scenario).sample[0, :2].tolist() == [40, 1]
    assert isinstance(scenario.population.microdata.file, GivenSurvey)


def test_keys_of_a_survey_merge_with_those_of_a_parent_and_of_the_command_line(tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "s.csv").write_text("Age;dose\n40;120\n")
    base = "population: {entrants: false, microdata: {file: s.csv, columns: {age: Age}}}\n"
    (tmp_path / "base" / "base.yaml").write_text("extends: uk\n" + base)
    child = "extends: base/base.yaml\npopulation: {microdata: {columns: {met_hours: dose}}}\n"
    (tmp_path / "town.yaml").write_text(child)
    scenario = load_scenario(tmp_path / "town.yaml", ["population.microdata.dose_unit=met_minutes"])
    assert load_survey(scenario.population.microdata, scenario).sample[0, DOSE] == 2.0
    written = scenario.to_dict()["population"]["microdata"]
    assert written == {
        "file": "base/s.csv", "columns": {"age": "Age", "met_hours": "dose"},
        "dose_unit": "met_minutes",
    }  # fmt: skip


def test_a_scenario_with_a_survey_travels_to_other_processes():
    keys = ["population.microdata.values={sex: {M: male, F: female}}",
            "population.microdata.columns={sex: sex, age: age}"]  # fmt: skip
    scenario = load_scenario("uk", keys, microdata=people())
    there = pickle.loads(pickle.dumps(scenario))
    assert there == scenario and there.hash == scenario.hash and hash(there) == hash(scenario)
    with pytest.raises(TypeError):
        there.population.microdata.columns["age"] = "other"


@pytest.mark.parametrize("where", ["../survey.csv", "/tmp/survey.csv", "~/survey.csv"])
@pytest.mark.parametrize("form", ["{where}", "{{file: '{where}'}}"])
def test_a_scenario_file_names_no_survey_elsewhere(tmp_path, where, form):
    path = tmp_path / "town.yaml"
    path.write_text(f"extends: uk\npopulation: {{microdata: {form.format(where=where)}}}\n")
    (told,) = refused(load_scenario, path)
    assert "town.yaml:2:" in told and told.endswith("command line: --microdata FILE")


@pytest.mark.parametrize(
    ("given", "told"),
    [(5, "microdata: is a int; must be the path"), (Path("none.csv"), "'none.csv' is not a file"),
     (pd.DataFrame({("a", "b"): [1]}), "names of several levels")],
)  # fmt: skip
def test_what_can_be_no_survey_is_refused(given, told):
    assert told in refused(lambda: load_scenario("uk", microdata=given))[0]


def test_a_survey_described_in_python_is_checked_as_a_file_is(tmp_path):
    from abm.scenario.made_in_python import checked

    people().to_csv(tmp_path / "people.csv", index=False)
    scenario = load_scenario("uk", microdata=people())
    assert checked(scenario) == scenario
    described = Microdata(str(tmp_path / "people.csv"), {"age": "age"}, dose_unit="met_minutes")
    population = replace(scenario.population, microdata=described)
    assert "lies outside" in refused(checked, replace(scenario, population=population))[0]
    free = replace(scenario, population=population, path=None)
    assert checked(free) == free
    wrong = replace(free, population=replace(population, microdata=replace(described, decimal="x")))
    assert refused(checked, wrong)[0].startswith("population.microdata.decimal: unknown word 'x'")


# The summary -------------------------------------------------------------------------------------


def test_the_summary_tells_rows_weights_means_and_what_is_left_out(town):
    text = (
        "Age,Sex,BMI,Met_hours,Weight,v1\n30,m,24,10,1,\n50,m,28,20,3,\n40,f,,0,2,\n99,f,20,5,1,\n"
    )
    found = town(text + "35,f,20,5,0,\n")
    scenario = load_scenario("uk", ["population.entrants=false"])
    summary = summary_of(found, scenario)
    lines = "\n".join(summary.lines())
    assert "survey survey.csv: 3 of 5 rows are used, which weigh as much as 3 equal ones" in lines
    assert "left out: 1 outside the scenario's ages or sex" in lines and "1 of weight 0" in lines
    assert "BMI of 1" in lines and "smoking of all" in lines and "columns not read: v1" in lines
    facts = summary.facts()
    assert facts["weighted_means"]["male"] == {
        "age": 45.0, "met_hours": 17.5, "bmi": 27.0, "smoker": None,
    }  # fmt: skip
    assert facts["effective_sample_size"] == round(36 / 14, 1)
    assert facts["filled_in"] == {"deprivation": 3, "bmi": 1, "smoker": 3}


def test_the_places_own_means_are_those_of_its_people():
    from abm import simulate

    scenario = load_scenario("uk")
    found = simulate(scenario, persons=24_000, years=1, keep_people=True, threads=1).people
    people = found[(found["entry_year"] == 2025) & (found["person"] < 24_000)]
    own = place_means(scenario, survey.central_parameters({}))
    for sex, of_sex in people.groupby("sex", observed=True):
        for name in ("age", "met_hours", "bmi", "smoker"):
            column = of_sex[name].astype(float)
            error = column.std() / np.sqrt(len(column))
            # the dead of a habit are left out of people, who so are a little healthier
            assert_estimate(
                column.mean(), own[sex][name], error, detect=0.3 * own[sex][name],
                allowance=0.03 * own[sex][name],
            )  # fmt: skip


def test_as_many_rows_as_a_national_survey_are_read_in_seconds(town, monkeypatch):
    import time

    row = "1;45-54;m;24,5;12,75;0,873;" + ";".join("x" * 50) + "\n"
    text = "id;age;sex;bmi;met_hours;weight;" + ";".join(f"v{i}" for i in range(50)) + "\n"
    began = time.process_time()
    found = town(text + row * 20_000)
    assert time.process_time() - began < 5.0
    assert len(found.sample) == 20_000
    monkeypatch.setattr(survey_file, "MOST_ROWS", 50)
    assert "has more than 50 rows" in refused(town, text + row * 60)[0]
