"""Text of users: what nobody would see is refused, what looks like a formula is text in tables."""

import csv
import io
import os

import pandas as pd
import pytest

from abm import ScenarioError, load_scenario
from abm.running.output import ResultFolder
from abm.running.spreadsheet import as_csv

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
    assert "holds the character U+" in problem
    assert problem.isprintable()


@pytest.mark.parametrize("name", ["a\\u202Eb", "a\\ud800b", "a\\x07b"])
def test_so_are_those_of_policies_names(tmp_path, name):
    path = tmp_path / "town.yaml"
    path.write_text(f'extends: uk\npolicies: [{{name: "{name}", adds: {{moderate: 30}}}}]\n')
    with pytest.raises(ScenarioError, match=r"holds the character U\+"):
        load_scenario(path)


def test_what_people_write_in_their_languages_stays():
    words = "Gehwege für Ältere – 散歩, הליכה, مشي, 🚶🏽\u200d♀️\nzweite\tZeile"
    assert load_scenario("uk", [f"description='{words}'"]).description


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
        ("adds.moderate", "1,000", "; did you mean 1000?"),
        ("adds.moderate", "4,5", "; did you mean 4.5?"),
        ("adds.moderate", "40 %", ""),
        ("adds.moderate", "9.000,5", ""),
        ("start", "2026,5", ""),
        ("start", "2,030", "; did you mean 2030?"),
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
