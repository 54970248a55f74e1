"""Habits of a terminal: how much is said, tables for programs, completion, lines for editors."""

import csv
import io
import json
import logging
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlparse

import pytest

import abm
from abm.evidence.entries import load_evidence
from abm.scenario.layers import bundled_names
from analysis.commands import completion
from analysis.commands.door import COMMANDS, command_of, words_of_all
from analysis.commands.formats import in_csv, in_json
from analysis.commands.usage import OF_ALL
from run import main

SMALL = ["walking_groups", "--persons", "600", "--years", "4", "--no-figures"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _usual_loudness():
    yield
    for room in ("abm", "analysis"):
        logging.getLogger(room).setLevel(logging.INFO)


def said(capsys, *words):
    assert main(list(words)) == 0
    return capsys.readouterr()


@pytest.mark.parametrize("words", [["--version"], ["bout", "--version"], ["uk", "--version"]])
def test_the_version_is_said_by_every_command(words, capsys):
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 0
    assert capsys.readouterr().out == f"exercise-il6 {abm.__version__}\n"


@pytest.mark.parametrize("name", [*COMMANDS, "uk"])
@pytest.mark.parametrize("option", OF_ALL)
def test_options_of_every_command_may_stand_before_it_too(option, name, capsys):
    command, rest = command_of([option, name, "more"])
    assert (command, sorted(rest)) == (
        (name, sorted([option, "more"]))
        if name in COMMANDS
        else ("run", sorted([option, "uk", "more"]))
    )
    if option in ("--quiet", "--verbose"):
        return
    said = []
    for words in ([option, name], [name, option]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0
        said.append(capsys.readouterr())
    assert said[0] == said[1] and said[0].out and not said[0].err


def test_a_command_is_done_the_same_with_its_loudness_before_or_after(capsys):
    usual = said(capsys, "scenarios")
    for option in ("--quiet", "--verbose"):
        assert said(capsys, option, "scenarios").out == usual.out
        assert said(capsys, "scenarios", option).out == usual.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--json", "evidence"], "run.py: the command 'evidence' must stand before its options"),
        (["--method", "morris", "sensitivity", "uk"], "the command 'sensitivity' must stand"),
        (["--seeds", "3", "check", "uk"], "the command 'check' must stand before its options"),
        (["uk", "bout"], "the command 'bout' must stand before its options and scenarios"),
        (["explore", "uk", "run"], "the command 'run' must stand before its options"),
        (["--quiet", "scenaris"], "unknown command 'scenaris'; did you mean 'scenarios'?"),
        (["--quite", "scenarios"], "the command 'scenarios' must stand before its options"),
        (["--quiet", "--verbose", "scenarios"], "not allowed with argument"),
        (["uk", "--shard", "-1/5"], "'-1/5' is no shard; must be NUMBER/HOW_MANY"),
        (["uk", "--persons", "-1e3"], "--persons: persons: is -1e3"),
        (["uk", "--quiet", "-5"], "-5"),
    ],
)
def test_words_in_the_wrong_place_are_told_with_the_right_one(words, told, tmp_path, capsys):
    try:
        code = main([*words, "--out", str(tmp_path / "out")] if "uk" in words else words)
    except SystemExit as left:
        code = left.code
    err = capsys.readouterr().err
    assert code == 2 and told in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_how_much_is_said_on_standard_error(tmp_path, capsys):
    out = ["--out", str(tmp_path)]
    usual = said(capsys, *SMALL, *out)
    quiet = said(capsys, *SMALL, *out, "--quiet")
    verbose = said(capsys, *SMALL, *out, "--verbose")
    assert usual.err.startswith("walking_groups: done in ")
    assert quiet.err == "" and quiet.out == usual.out == verbose.out
    for part in ("engine threads", "calibrated after", "seed 1, central values: simulated"):
        assert part in verbose.err and part not in usual.err
    with pytest.raises(SystemExit):
        main([*SMALL, "--quiet", "--verbose"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_warnings_and_errors_are_said_in_any_case(tmp_path, capsys):
    setting = ["--set", "policies.walks.start=2040"]
    warned = said(capsys, *SMALL, *setting, "--out", str(tmp_path), "--quiet")
    assert "warning: walking_groups: The policy 'walks' never starts" in warned.err
    assert main(["no_such", "--quiet"]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_what_is_bundled_is_listed(capsys):
    lines = said(capsys, "scenarios").out.splitlines()
    assert [line.split()[0] for line in lines] == bundled_names()
    rows = json.loads(said(capsys, "scenarios", "--json").out)
    assert [row["name"] for row in rows] == bundled_names()
    assert rows[-2]["policies"] == ["walks"] and Path(rows[0]["path"]).is_file()
    table = list(csv.DictReader(io.StringIO(said(capsys, "scenarios", "--csv").out)))
    assert [row["title"] for row in table] == [row["title"] for row in rows]


def test_the_evidence_is_a_table_for_programs(capsys):
    rows = json.loads(said(capsys, "evidence", "--json").out)
    entries = load_evidence().entries
    assert [row["path"] for row in rows] == sorted(entries)
    for row in rows:
        entry = entries[row["path"]]
        value = row["value"]
        if isinstance(value, dict):
            assert {float(knot): number for knot, number in value.items()} == dict(entry.value)
        else:
            assert value == entry.value
        assert (row["unit"], row["grade"], row["low"]) == (entry.unit, entry.grade, entry.low)
    table = csv.DictReader(io.StringIO(said(capsys, "evidence", "--csv", "--assumed").out))
    found = list(table)
    assert 0 < len(found) < len(rows)
    assert {row["grade"] for row in found} == {"assumed", "recalled"}
    cited = json.loads(said(capsys, "evidence", "--json", "--cites").out)
    assert all(row["citation"] for row in cited)


def test_a_bout_is_a_table_for_programs(tmp_path, capsys):
    words = ["bout", "walking", "--minutes", "45", "--intensity", "0.5"]
    content = json.loads(said(capsys, *words, "--json").out)
    assert content["bout"]["activity"] == "walking" and content["evidence_disagrees"]
    folds = [row["il6_fold"] for row in content["course"]]
    course = abm.simulate_bout(activity="walking", minutes=45, intensity=0.5)
    assert folds == course["il6_fold"].tolist()
    told = said(capsys, *words, "--csv", "--out", str(tmp_path / "bout"))
    assert len(list(csv.DictReader(io.StringIO(told.out)))) == len(folds)
    assert f"files in {tmp_path / 'bout'}" in told.err
    published = json.loads(said(capsys, "bout", "--published", "--json").out)
    assert published["studies"] and published["must_hold"]


def test_what_holds_for_a_scenario_is_a_table_for_programs(tmp_path, capsys):
    words = ["check", "uk", "--persons", "300", "--set", "years=2", "--out", str(tmp_path)]
    found = said(capsys, *words, "--json")
    rows = json.loads(found.out)
    assert rows and {row["verdict"] for row in rows} <= {"pass", "not applicable"}
    assert f"{len(rows)} of {len(rows)} hold or do not apply" in found.err
    quiet = said(capsys, *words, "--csv", "--quiet")
    table = list(csv.DictReader(io.StringIO(quiet.out)))
    assert [row["check"] for row in table] == [row["check"] for row in rows]
    assert "hold" not in quiet.err


def test_cells_that_programs_cannot_read_are_none():
    rows = [{"a": float("nan"), "b": "=1+1", "c": [1, "x"], "d": {1.0: 2.0}, "e": None}]
    assert json.loads(in_json(rows)) == [
        {"a": None, "b": "=1+1", "c": [1, "x"], "d": {"1": 2.0}, "e": None}
    ]
    assert in_csv(rows).splitlines()[1] == """,'=1+1,"[1, ""x""]","{""1"": 2.0}","""
    assert in_csv([]) == ""


completions = pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("exercise-il6 sens", {"sensitivity"}),
        ("exercise-il6 walking", {"walking_groups"}),
        ("exercise-il6 walking_groups --sh", {"--shard"}),
        ("exercise-il6 bout --carb", {"--carbohydrate"}),
        ("exercise-il6 sensitivity uk --second", {"--second-order"}),
        ("exercise-il6 bout --sec", set()),
        ("exercise-il6 place ", {"check", "fit", "new", "list"}),
        ("exercise-il6 place f", {"fit"}),
        ("exercise-il6 place check ch", set()),
        ("exercise-il6 place check ", {"example_city", "uk", "usa", "own"}),
        ("exercise-il6 place check u", {"uk", "usa"}),
        ("exercise-il6 place check uk ", {"own"}),
        ("exercise-il6 place fit e", {"example_city"}),
        ("exercise-il6 place fit uk ", {"own", "counts.csv"}),
        ("exercise-il6 place fit uk counts.csv --scenario walking", {"walking_groups"}),
        ("exercise-il6 place fit uk --s", {"--scenario", "--seeds"}),
        ("exercise-il6 place check uk --s", {"--seeds"}),
        ("exercise-il6 place new --", {"--help", "--quiet", "--verbose", "--version"}),
        ("exercise-il6 place new ", {"own"}),
        ("exercise-il6 place list ", set()),
        ("exercise-il6 place --quiet ", {"check", "fit", "new", "list"}),
        ("exercise-il6 --quiet place ch", {"check"}),
        ("exercise-il6 --quiet sens", {"sensitivity"}),
        ("exercise-il6 check walking", {"walking_groups"}),
        ("exercise-il6 bout walking", set()),
        ("exercise-il6 evidence walking", set()),
        ("exercise-il6 uk che", set()),
        ("exercise-il6 uk --against walking", {"walking_groups"}),
        ("exercise-il6 --out ch", set()),
        ("exercise-il6 uk --out ", {"own"}),
        ("exercise-il6 uk --quiet walking", {"walking_groups"}),
        ("exercise-il6 run uk --persons ", set()),
        ("exercise-il6 decide uk --microdata ", {"own", "counts.csv"}),
        ("exercise-il6 decide uk --out w", set()),
        ("exercise-il6 explore uk --export ", {"own", "counts.csv"}),
        ("exercise-il6 schema --out ", {"own", "counts.csv"}),
        ("exercise-il6 place check uk --out ", {"own"}),
        ("exercise-il6 bout --out ", {"own"}),
        ("exercise-il6 evidence --place u", {"uk", "usa"}),
        ("exercise-il6 completion ", {"bash", "zsh", "fish"}),
    ],
)


@pytest.fixture(scope="module")
def words_known():
    return words_of_all()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@completions
def test_bash_completes(typed, wanted, tmp_path, words_known):
    script = completion.script("bash", words_known)
    (tmp_path / "own").mkdir()
    (tmp_path / "counts.csv").touch()
    words = typed.split(" ")
    asked = " ".join(f"'{word}'" for word in words)
    code = f"{script}\nCOMP_WORDS=({asked}) COMP_CWORD={len(words) - 1}\n_exercise_il6\n"
    code += 'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert set(done.stdout.split()) == wanted


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_a_word_after_an_equals_sign_is_the_options(tmp_path, words_known):
    """Bash takes the sign for a word of its own."""
    (tmp_path / "own").mkdir()
    words = "COMP_WORDS=(exercise-il6 uk --out = o) COMP_CWORD=4"
    code = f"{completion.script('bash', words_known)}\n{words}\n_exercise_il6\n"
    done = subprocess.run(
        ["bash", "-c", code + 'echo "${COMPREPLY[@]}"'], cwd=tmp_path, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.stdout == "own\n"


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
@completions
def test_zsh_completes(typed, wanted, tmp_path, words_known):
    """In the emulation of sh in which ``bashcompinit`` calls it."""
    (tmp_path / "own").mkdir()
    (tmp_path / "counts.csv").touch()
    words = typed.split(" ")
    asked = " ".join(f"'{word}'" for word in words)
    code = f"autoload -U +X compinit && compinit -u -D\n{completion.script('zsh', words_known)}\n"
    code += f"COMP_WORDS=({asked}) COMP_CWORD={len(words) - 1}\n"
    code += "asked() { emulate -L sh; setopt kshglob noshglob braceexpand\n"
    code += '_exercise_il6; print -l -- "${COMPREPLY[@]}" }\nasked'
    done = subprocess.run(["zsh", "-fc", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    # It keeps those that begin with what was typed afterwards.
    assert {word for word in done.stdout.split() if word.startswith(words[-1])} == wanted


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
@completions
def test_fish_completes(typed, wanted, tmp_path, tmp_path_factory, words_known):
    (tmp_path / "own").mkdir()
    (tmp_path / "counts.csv").touch()
    code = f"{completion.script('fish', words_known)}\ncomplete -C '{typed}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", code], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "HOME": str(tmp_path_factory.getbasetemp())},
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == ""
    found = {line.partition("\t")[0].rstrip("/") for line in done.stdout.splitlines()}
    # It also offers words that only hold what was typed.
    assert {word for word in found if word.startswith(typed.split(" ")[-1])} == wanted


LISTS_OF_FISH = ("options", "verbs", "folders", "files", "values")


def cases_of_fish(script):
    """Return the lists that each case of the script sets, without the names of the scenarios."""
    found, lists = {}, {}
    for line in script.splitlines():
        words = line.split()
        if words[:1] == ["case"]:
            lists = found.setdefault(words[1], {})
        elif words[:1] == ["set"] and words[1] in LISTS_OF_FISH:
            lists[words[1]] = set(words[2:])
    return found


def test_the_script_for_fish_has_every_command_option_and_verb(capsys, words_known):
    found = cases_of_fish(said(capsys, "completion", "fish").out)
    for name, words in words_known.items():
        assert found[name] == {each: set(getattr(words, each)) for each in LISTS_OF_FISH}
        for verb, own in words.of_verbs.items():
            assert found[f"{name}/{verb}"] == {"options": {*OF_ALL, *own.options}}


def test_completion_offers_of_a_verb_what_the_command_has():
    for name, words in words_of_all().items():
        assert set(words.of_verbs) in (set(), set(words.verbs)), name
        for own in words.of_verbs.values():
            assert set(own.options) <= set(words.options)
        assert {each for each in OF_ALL if each.startswith("--")} <= set(words.options)


def test_completion_knows_every_command_and_shell(capsys):
    words = words_of_all()
    assert list(words) == list(COMMANDS)
    assert {"--shard", "--merge", "--set", "--quiet"} <= set(words["run"].options)
    assert said(capsys, "completion", "zsh").out.startswith("autoload -U +X bashcompinit")
    with pytest.raises(SystemExit):
        main(["completion", "tcsh"])
    assert "choose from" in capsys.readouterr().err


def test_the_schema_has_a_name_and_a_line_for_editors(tmp_path, capsys):
    schema = json.loads(said(capsys, "schema").out)
    assert schema["$id"] == "urn:exercise-il6:scenario"
    line = said(capsys, "schema", "--line").out
    assert line.startswith("# yaml-language-server: $schema=file:///")
    place = Path(urlparse(line.strip().partition("$schema=")[2]).path)
    assert json.loads(place.read_text(encoding="utf-8")) == schema
    own = said(capsys, "schema", "--line", "--out", str(tmp_path / "own.json")).out
    assert own.strip().endswith("/own.json")
