"""Text of users: what nobody would see is refused, what looks like a formula is text in tables."""

import csv
import io
import os
import re
import unicodedata

import pandas as pd
import pytest

from abm import ScenarioError, load_scenario
from abm.limits import LIMITS
from abm.population.survey import load_survey
from abm.running.folders import folder_problems
from abm.running.output import ResultFolder
from abm.running.spreadsheet import as_csv
from abm.scenario.check import number_in_text
from abm.scenario.unseen import DRAWN, unseen_in

UNSEEN_KINDS = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")

UNSEEN = {
    "right-to-left override": "x \\u202E y",
    "isolate": "x \\u2067 y",
    "end of an embedding": "x \\u202C y",
    "half of a pair": "x \\ud800 y",
    "other half": "x \\udfff y",
    "null": "x \\0 y",
    "escape": "x \\e[31m y",
    "delete": "x \\x7f y",
    "no character": "x \\uFFFE y",
    "no character of another plane": "x \\U0001FFFF y",
    "next line of a terminal": "x \\x9b y",
    "zero width space": "wal\\u200Bks",
    "soft hyphen": "wal\\u00ADks",
    "word joiner": "wal\\u2060ks",
    "byte order mark": "wal\\uFEFFks",
    "separator of Mongolian vowels": "wal\\u180Eks",
    "joiner in Latin": "wal\\u200Dks",
    "non-joiner in Latin": "wal\\u200Cks",
    "joiner at the end": "\\u0643\\u200D",
    "tags behind a letter": "walks\\U000E0061\\U000E007F",
    "tags behind a flag": "\\U0001F3F4\\U000E0078\\U000E007F",
    "left-to-right mark": "a\\u200Eb",
    "Arabic letter mark": "a\\u061Cb",
    "invisible times": "a\\u2062b",
    "note of an interlinear text": "a\\uFFF9b",
    "grapheme joiner": "a\\u034Fb",
    "filler of Hangul": "a\\u3164b",
    "half width filler": "a\\uFFA0b",
    "blank of Braille": "a\\u2800b",
    "selector behind a letter": "a\\uFE0Fb",
    "selector twice": "\\u26A0\\uFE0F\\uFE0F",
    "selector of ideographs": "a\\U000E0100b",
    "line separator": "a\\u2028b",
    "unassigned": "a\\U0003FFF0b",
    "private use": "a\\uE000b",
    "private use of another plane": "a\\U00100000b",
    "mark at the start": "\\u0301alks",
    "enclosing mark at the start": "\\u20DDalks",
    "vowel sign at the start": "\\u093Ealks",
    "mark after a line end": "a\\n\\u0301b",
}


@pytest.mark.parametrize("key", ["title", "description", "source", "name"])
@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_letters_that_nobody_would_see_are_refused(tmp_path, key, text):
    path = tmp_path / "town.yaml"
    path.write_text(f'extends: uk\n{key}: "{text}"\n')
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    (problem,) = error.value.problems
    assert f"town.yaml:2:{len(key) + 3}: {key}" in problem
    assert re.search(r"holds the (character|mark) U\+[0-9A-F]{4,6}", problem)
    assert problem.isprintable()


def test_all_that_is_unseen_is_refused_but_line_ends_tabs_and_signs_that_are_drawn():
    letters = map(chr, range(0x110000))
    passed = [each for each in letters if unicodedata.category(each) in UNSEEN_KINDS
              and not unseen_in(f"a{each}b")]  # fmt: skip
    assert "".join(passed) == "\t\n" + DRAWN


@pytest.mark.parametrize("name", ["a\\u202Eb", "a\\ud800b", "a\\x07b", "a\\u200Bb", "a\\u3164b"])
def test_so_are_those_of_policies_names(tmp_path, name):
    path = tmp_path / "town.yaml"
    path.write_text(f'extends: uk\npolicies: [{{name: "{name}", adds: {{moderate: 30}}}}]\n')
    with pytest.raises(ScenarioError, match=r"holds the character U\+"):
        load_scenario(path)


def test_what_people_write_in_their_languages_stays():
    words = "Gehwege für Ältere – 散歩, הליכה, مشي, 🚶🏽\u200d♀️\nzweite\tZeile"
    assert load_scenario("uk", [f"description='{words}'"]).description


@pytest.mark.parametrize(
    "words",
    [
        "می\u200cخواهم",  # Persian: without the non-joiner the verb is misspelt
        "ක්\u200dරියා",  # Sinhala: rakaransaya
        "র\u200d্যাব",  # Bengali: the joiner stands before the virama
        "ᠠ\u180eᠠ",  # Mongolian
        "葛\U000e0100城市",  # Japanese: a form of an ideograph
        "⚠\ufe0f 1\ufe0f\u20e3 ℹ\ufe0f 👩🏽\u200d⚕\ufe0f 🏳\ufe0f\u200d🌈",
        "e\u0301galite\u0301, q̇, กำลัง, हिन्दी",
        "\u00a0\u0301 is an accent",
        "10\u202f000 personnes\u00a0: a\u3000b",
    ],
)
def test_spelling_that_needs_what_draws_nothing_stays(words):
    assert load_scenario("uk", [f"title='{words}'"]).title == words


@pytest.mark.parametrize("letter", ["\u200b", "\u3164", "\u034f", "\ue000", "\u180b"])
def test_keys_and_columns_show_what_they_hold(tmp_path, letter):
    shown = f"\\u{ord(letter):04x}"
    survey = tmp_path / "survey.csv"
    survey.write_text(f"age{letter},sex,met_hours\n50,male{letter},3\n", encoding="utf-8")
    path = tmp_path / "town.yaml"
    path.write_text("extends: uk\npopulation: {microdata: survey.csv}\n")
    scenario = load_scenario(path)
    with pytest.raises(ScenarioError) as error:
        load_survey(scenario.population.microdata, scenario)
    assert f"unknown column 'age{shown}'" in str(error.value)
    survey.write_text(f"age,sex,met_hours\n50,male{letter},3\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=re.escape(f"is 'male{shown}'")):
        load_survey(scenario.population.microdata, scenario)
    for setting in (f"years{letter}=3", f"population.sex=male{letter}", f"il6{letter}.x=3",
                    f"parameters.il6{letter}=3", f"population={{sex{letter}: male}}"):  # fmt: skip
        with pytest.raises(ScenarioError, match=re.escape(shown)) as error:
            load_scenario("uk", [setting])
        assert letter not in str(error.value)


@pytest.mark.parametrize("name", [b"caf\xe9.yaml", b"caf\xe9/town.yaml", b"\xff.yaml"])
def test_file_names_that_are_not_utf8_are_refused(tmp_path, name):
    path = os.fsencode(tmp_path) + b"/" + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as stream:
        stream.write("extends: uk\n")
    with pytest.raises(ScenarioError, match="has a name that is not UTF-8") as error:
        load_scenario(os.fsdecode(path))
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    ("key", "text", "hint"),
    [
        ("reach", "0,4", "; did you mean 0.4?"),
        ("reach", "4,5", ""),
        ("reach", "1.000,5", ""),
        ("reach", "40 %", "; did you mean 0.4?"),
        ("reach", "0,4 %", "; did you mean 0.004?"),
        ("reach", "400 %", ""),
        ("reach", "140", ""),
        ("reach", "60", "; did you mean 0.6?"),
        ("adds.moderate", "1.000,5", "; did you mean 1000.5?"),
        ("adds.moderate", "1,000", "; did you mean 1 or 1000?"),
        ("adds.moderate", "4,5", "; did you mean 4.5?"),
        ("adds.moderate", "40 %", ""),
        ("adds.moderate", "9.000,5", ""),
        ("start", "2026,5", ""),
        ("start", "2,030", "; did you mean 2030?"),
        ("cost.per_participant", "'150.000'", "; did you mean 150 or 150000 (without quotes)?"),
        ("cost.per_participant", "1.234.567", "; did you mean 1234567?"),
        ("cost.per_participant", "'1,234'", "; did you mean 1.234 or 1234 (without quotes)?"),
        ("cost.per_participant", "1,234,567.50", "; did you mean 1234567.5?"),
        ("cost.per_participant", "1 234 567", "; did you mean 1234567?"),
        ("cost.per_participant", "1\u202f234,5", "; did you mean 1234.5?"),
        ("cost.per_participant", "1'234", "; did you mean 1234?"),
        ("cost.per_participant", "1\u2019234.50", "; did you mean 1234.5?"),
        ("cost.per_participant", "1,50,000", "; did you mean 150000?"),
        ("cost.per_participant", "12,5", "; did you mean 12.5?"),
        ("cost.per_participant", "',5'", "; did you mean 0.5 (without quotes)?"),
        ("cost.per_participant", "1 2", ""),
        ("cost.per_participant", "1.2.3", ""),
        ("cost.per_participant", "1,234.567,8", ""),
        ("cost.per_participant", "\u22121,5", ""),
        ("cost.per_participant", "42 GBP", "; did you mean 42?"),
        ("cost.per_participant", "'42 GBP'", "; did you mean 42 (without quotes)?"),
        ("cost.per_participant", "\u00a345", "; did you mean 45?"),
        ("cost.per_participant", "42 minutes", ""),
        ("cost.per_participant", "42 per head", ""),
        ("ramp_years", "2 years", "; did you mean 2?"),
        ("ramp_years", "6 months", ""),
        ("build_up_months", "6 months", "; did you mean 6?"),
        ("adds.moderate", "150 min", "; did you mean 150?"),
        ("adds.moderate", "150 minutes a week", "; did you mean 150?"),
        ("adds.moderate", "9000 min", ""),
        ("reach", "'0.150'", "; did you mean 0.15 (without quotes)?"),
        ("reach", "'1.500'", ""),
        ("start", "'2.030'", "; did you mean 2030 (without quotes)?"),
    ],
)
def test_a_hint_is_a_value_that_is_allowed(tmp_path, key, text, hint):
    first, _, second = key.partition(".")
    path = tmp_path / "town.yaml"
    lines = [f"    {first}:", f"      {second}: {text}"] if second else [f"    {first}: {text}"]
    path.write_text("\n".join(["extends: walking_groups", "policies:", "  - name: walks", *lines]))
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    (problem,) = error.value.problems
    assert problem.endswith(hint or ")"), problem
    assert ("did you mean" in problem) == bool(hint)


def test_a_list_where_an_interval_may_stand_is_told_how_one_is_written(tmp_path):
    path = tmp_path / "town.yaml"
    lines = ["extends: walking_groups", "policies:", "  - name: walks", "    uptake: [0.1, 0.3]"]
    path.write_text("\n".join([*lines, "    start: [2026, 2027]"]))
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    uptake, start = sorted(error.value.problems, key=lambda problem: "start" in problem)
    assert uptake.endswith("; an interval is written {value: ..., low: ..., high: ...}")
    assert "start: is a list; must be" in start and start.endswith("calendar)")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("persons: '150.000'", "is the text '150.000'; must be a whole number"),
        ("persons: 150.000", "is 150.000, which can be read in two ways; must be a whole number"),
    ],
)
def test_of_two_readings_neither_is_taken_for_granted(tmp_path, text, told):
    path = tmp_path / "town.yaml"
    path.write_text(f"extends: uk\n{text}\n")
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    (problem,) = error.value.problems
    assert told in problem
    assert "; did you mean 150 or 150000" in problem
    assert "did you mean 150 or 150000?" in number_in_text("150.000", LIMITS["persons"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("population: {represents: 420.000}", "population.represents: is 420.000, which"),
        (
            "policies: [{name: w, adds: {moderate: 30}, cost: {per_participant: 1.500}}]",
            "per_participant: is 1.500, which",
        ),
    ],
)
def test_people_and_money_in_thousands_are_not_taken_for_fractions(tmp_path, text, told):
    path = tmp_path / "town.yaml"
    path.write_text(f"extends: uk\n{text}\n")
    with pytest.raises(ScenarioError, match="can be read in two ways") as error:
        load_scenario(path)
    assert any(told in problem for problem in error.value.problems)


@pytest.mark.parametrize(
    "name", ["d\033[31m\u202eed.yaml", "a\u2067b.yaml", "a\nb.yaml", "a\u200bb.yaml"]
)
def test_a_file_name_that_nobody_can_see_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_text("extends: uk\n")
    with pytest.raises(ScenarioError, match="which nobody would see; must be renamed"):
        load_scenario(path)


@pytest.mark.parametrize("name", ["a\u200bb", "a\u202eb", "a\u3164b"])
def test_so_is_such_a_folder_for_results(tmp_path, name):
    (problem,) = folder_problems({tmp_path / name: 0})
    assert "which nobody would see; choose another --out" in problem and problem.isprintable()
    assert name not in problem
    assert folder_problems({tmp_path / "résultats 2": 0}) == []


def test_a_whole_number_that_has_one_reading_is_taken():
    assert load_scenario("uk", ["years=20.000", "persons=2000.0"]).years == 20


COMMA = "which looks like a number with a decimal comma (in { } a comma begins the next key)"


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("adherence: {stays: 1,2}", ("adherence.stays: is 1,2,", ")")),
        ("adherence: {stays: 0,2}", ("adherence.stays: is 0,2,", "; did you mean 0.2?")),
        ("adherence: {half_life_years: 1,5, stays: 0.2}",
         ("half_life_years: is 1,5,", "; did you mean 1.5?")),
        ("adds: {moderate: 30, vigorous: 12,5}", ("vigorous: is 12,5,", "; did you mean 12.5?")),
        ("cost: {per_participant: {value: 1,5, low: 1, high: 2}}",
         ("per_participant.value: is 1,5,", "; did you mean 1.5?")),
        ("cost: {per_participant: 1.234,50}", ("is 1.234,50,", "; did you mean 1234.5?")),
        ("cost: {per_participant: 150,000}", ("is 150,000,", "; did you mean 150 or 150000?")),
        ("cost: {currency: 12,5}", ("currency: is 12,5,", "; must be in quotes if it is one text")),
    ],
)  # fmt: skip
def test_a_comma_that_splits_a_number_in_braces_is_seen(tmp_path, policy, told):
    path = tmp_path / "town.yaml"
    path.write_text(f"extends: walking_groups\npolicies:\n  - name: walks\n    {policy}\n")
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    (problem,) = error.value.problems
    assert told[0] in problem and COMMA in problem
    assert problem.endswith(told[1]), problem
    assert ("did you mean" in problem) == ("did you mean" in told[1])


def test_so_are_commas_between_thousands_though_a_key_comes_twice():
    with pytest.raises(ScenarioError) as error:
        load_scenario("uk", ["population={represents: 1,000,000, entrants: false}"])
    (problem,) = error.value.problems
    assert "is 1,000,000, which looks like a number with commas between thousands" in problem
    assert problem.endswith("did you mean 1000000?")


@pytest.mark.parametrize("braces", ["{stays: 0.2, 5}", "{stays: 0.2, 5: 1}", "{stays: 0.2,five}"])
def test_other_keys_in_braces_are_unknown_as_before(braces):
    with pytest.raises(ScenarioError, match="unknown key 'f?i?v?e?5?'; must be one of"):
        load_scenario("walking_groups", [f"policies.walks.adherence={braces}"])


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|'/c calc'!A0"]
TEXTS = ["'" + text.replace("\r", "\n") for text in FORMULAS]  # a lone CR would end the row


def test_text_that_looks_like_a_formula_is_text_and_numbers_are_numbers():
    table = pd.DataFrame({"name": [*FORMULAS, "walks"], "value": -1.5, "=head": 3})
    table["kind"] = pd.Categorical(table["name"])
    rows = list(csv.reader(io.StringIO(as_csv(table).decode(), newline="")))
    assert rows[0] == ["name", "value", "'=head", "kind"]
    assert [row[0] for row in rows[1:]] == [*TEXTS, "walks"]
    assert [row[3] for row in rows[1:]] == [*TEXTS, "walks"]
    assert {row[1] for row in rows[1:]} == {"-1.5"}
    assert list(table.columns) == ["name", "value", "=head", "kind"]  # the table itself stays


def test_every_csv_goes_through_the_same_function(tmp_path):
    table = pd.DataFrame({"policy": ["=1"], "x": [-2]})
    ResultFolder(tmp_path).write_table("participation.csv", table)
    assert (tmp_path / "participation.csv").read_text() == "policy,x\n'=1,-2\n"
