"""Whose a folder is: marks, other people's folders, links and pipes, folders of older versions."""

import ast
import json
import os
import re
import socket
from contextlib import suppress
from pathlib import Path

import pytest

import run
from abm.running import folders, output
from abm.running.folders import LOCK, MARK, check_folder, claimed, folder_problems
from abm.running.output import (
    MANIFEST,
    RESULTS,
    FolderError,
    ResultFolder,
    clear_partial,
    files_listed,
)
from abm.scenario.text import ScenarioError
from abm.version import __version__
from analysis.commands import run_scenarios
from analysis.decision.tables import OF_RUN

ROOT = Path(__file__).parents[2]
OURS = {"versions": {"exercise-il6": "0.0.9"}, "files": {"effects.csv": "0"}}
THEIRS = {"name": "their_app", "files": {"effects.csv": "0", "precious.txt": "0"}}

posix = pytest.mark.skipif(os.name != "posix", reason="makes links and pipes")


def put(folder, **files):
    """Write files into a folder that is made if need be; ``__`` stands for a slash."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def everything_in(folder):
    """Return name, kind and content of all that lies in a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        regular = path.is_file() and not path.is_symlink()
        found[str(path)] = mode, path.read_bytes() if regular else None
    return found


def test_a_new_folder_gets_the_mark_of_this_version(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "not" / "there"):
        with claimed(folder):
            assert (folder / LOCK).read_bytes() == MARK + f"{__version__}\n".encode()


def test_a_marked_folder_is_ours_whatever_else_lies_in_it(tmp_path):
    with claimed(tmp_path):
        put(tmp_path, notes_dot_txt="mine", manifest_dot_json="{ damaged")
    check_folder(tmp_path)
    with claimed(tmp_path):
        check_folder(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_into_which_nothing_was_written_is_as_before(tmp_path):
    (tmp_path / "empty").mkdir()
    new, deep = tmp_path / "new", tmp_path / "not" / "there"
    with suppress(ScenarioError), claimed(tmp_path / "empty"), claimed(new), claimed(deep):
        raise ScenarioError(["what only calibration finds out"])
    assert [each.name for each in tmp_path.iterdir()] == ["empty"]
    assert not list((tmp_path / "empty").iterdir())
    with claimed(new), claimed(deep):
        (new / "effects.csv").touch()
    assert {each.name for each in new.iterdir()} == {LOCK, "effects.csv"}
    assert not deep.parent.exists()


def test_a_lock_that_is_removed_while_another_run_waits_for_it_is_held(tmp_path):
    """The other run has opened it, and would lock a file that nobody else can find."""
    folder = tmp_path / "uk"
    folder.mkdir()
    with (folder / LOCK).open("w") as opened:
        (folder / LOCK).unlink()
        with pytest.raises(FolderError, match="being written by another run"):
            folders._lock(opened.fileno(), folder)


def test_the_mark_of_an_older_version_is_renewed(tmp_path):
    (tmp_path / LOCK).write_bytes(MARK + b"0.0.9 with a long name\n")
    with claimed(tmp_path):
        assert (tmp_path / LOCK).read_bytes() == MARK + f"{__version__}\n".encode()


def test_a_lock_that_was_just_made_belongs_to_a_new_folder(tmp_path):
    """A kill may come between making the lock and writing the mark."""
    (tmp_path / LOCK).touch()
    check_folder(tmp_path)


NOT_OURS = {
    "a manifest of another program": {"manifest_dot_json": THEIRS},
    "a manifest that cannot be read": {"manifest_dot_json": "{"},
    "a manifest of ours by name only": {"manifest_dot_json": {"versions": {"exercise-il6": 3}}},
    "versions that are no mapping": {"manifest_dot_json": {"versions": ["exercise-il6"]}},
    "a file": {"notes_dot_txt": "mine"},
    "files of names that a run writes": {"report_dot_html": "theirs", "effects_dot_csv": "a,b"},
    "a folder": {"thesis__chapter_dot_tex": "mine"},
    "a lock of another program": {"_dot_lock": "pid 17\n"},
    "a lock without content and a file": {"_dot_lock": "", "effects_dot_csv": "a,b"},
    "a long lock": {"_dot_lock": "x" * 1000},
    "figures of theirs": {"figures__mine_dot_png": "png"},
    "a table called comparison": {"comparison_dot_csv": "theirs,1\n"},
    "sensitivity of theirs": {"sensitivity__indices_dot_csv": "theirs\n"},
    "finished work and a file": {"finished__a_dot_journal": "journal-3 x", "notes_dot_txt": "mine"},
}


@pytest.mark.parametrize("what", NOT_OURS)
def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path, what):
    folder = put(tmp_path / "uk", **NOT_OURS[what])
    before = everything_in(folder)
    with pytest.raises(FolderError, match="holds .* and no mark of this program"):
        check_folder(folder)
    with pytest.raises(FolderError, match="holds .* and no mark of this program"), claimed(folder):
        pass
    assert everything_in(folder) == before


OLDER = {
    "a finished run": {"manifest_dot_json": OURS, "effects_dot_csv": "a,b", "notes_dot_txt": "n"},
    "a killed run": {"_dot_lock": "", "finished__0a_dot_journal": "journal-3 x"},
    "a run with units": {"_dot_lock": "", "units__0a__slots-0-1024_dot_unit": "x"},
    "a study": {"sensitivity__runs_dot_journal": "x", "sensitivity__identity_dot_json": "{}",
                "sensitivity__morris__indices_dot_csv": "a"},
    "an old study": {"sensitivity__runs_dot_jsonl": "x"},
    "a comparison of studies": {"sensitivity_oat__indices_dot_csv": "scenario,output\n"},
    "a comparison": {"comparison_dot_csv": "scenario,outcome\n", "comparison_dot_png": "png"},
}  # fmt: skip


@pytest.mark.parametrize("what", OLDER)
def test_folders_of_versions_without_a_mark_are_recognised(tmp_path, what):
    folder = put(tmp_path / "uk", **OLDER[what])
    check_folder(folder)
    with claimed(folder):
        assert (folder / LOCK).read_bytes().startswith(MARK)


def pipe(path):
    os.mkfifo(path)


def link_to_file(path):
    target = path.with_name(f"{path.name}.target")
    target.write_text("precious")
    path.symlink_to(target)


def link_to_folder(path):
    (path.parent.parent / "elsewhere").mkdir(exist_ok=True)
    path.symlink_to(path.parent.parent / "elsewhere")


def link_to_nothing(path):
    path.symlink_to("/nowhere/at/all")


def listening(path):
    here = os.getcwd()
    os.chdir(path.parent)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(path.name)
    finally:
        os.chdir(here)


WRONG_KINDS = [
    (MANIFEST, pipe, "a pipe"),
    (MANIFEST, Path.mkdir, "a folder"),
    (MANIFEST, link_to_file, "a link"),
    (MANIFEST, listening, "a socket"),
    (LOCK, pipe, "a pipe"),
    (LOCK, link_to_file, "a link"),
    (LOCK, Path.mkdir, "a folder"),
    ("effects.csv", link_to_nothing, "a link"),
    ("report.html", Path.mkdir, "a folder"),
    ("figures", link_to_folder, "a link"),
    ("figures", Path.touch, "a file"),
    ("figures/survival.png", pipe, "a pipe"),
    ("finished", link_to_folder, "a link"),
    ("finished", Path.touch, "a file"),
    (f"finished/{'0' * 32}.journal", pipe, "a pipe"),
    (f"finished/{'0' * 32}.journal", Path.mkdir, "a folder"),
    (f"finished/{'0' * 32}.journal", link_to_file, "a link"),
    ("sensitivity/runs.journal", pipe, "a pipe"),
    ("sensitivity/identity.json", link_to_file, "a link"),
    ("sensitivity/morris/figures", link_to_folder, "a link"),
]


@posix
@pytest.mark.parametrize(("name", "make", "kind"), WRONG_KINDS)
def test_what_is_no_plain_file_or_folder_is_found_and_left_alone(tmp_path, name, make, kind):
    folder = tmp_path / "uk"
    if name == LOCK:
        folder.mkdir()
    else:
        with claimed(folder):
            pass
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    make(folder / name)
    before = everything_in(tmp_path)
    for attempt in (check_folder, lambda each: claimed(each).__enter__()):
        with pytest.raises(FolderError, match=re.escape(f"{name} is {kind}")):
            attempt(folder)
    assert everything_in(tmp_path) == before


@posix
@pytest.mark.parametrize("make", [link_to_folder, link_to_nothing, link_to_file])
def test_a_folder_that_is_a_link_is_refused(tmp_path, make):
    (tmp_path / "out").mkdir()
    make(tmp_path / "out" / "uk")
    before = everything_in(tmp_path)
    for attempt in (check_folder, lambda each: claimed(each).__enter__()):
        with pytest.raises(FolderError, match="uk is a link, which is not followed"):
            attempt(tmp_path / "out" / "uk")
    assert everything_in(tmp_path) == before


@posix
def test_folders_above_may_be_links(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "disk")
    with claimed(tmp_path / "results" / "uk"):
        assert (tmp_path / "disk" / "uk" / LOCK).is_file()


@posix
def test_names_that_are_no_text_are_shown(tmp_path):
    (tmp_path / os.fsdecode(b"\xff\x1b[2J")).touch()
    with pytest.raises(FolderError, match=r"holds \\udcff\\x1b\[2J and no mark"):
        check_folder(tmp_path)


@posix
def test_a_folder_within_a_study_must_be_one(tmp_path):
    (tmp_path / "morris").touch()
    (problem,) = folder_problems({}, inside=[tmp_path / "morris", tmp_path / "sobol"])
    assert "morris is a file; must be a folder" in problem


NAMES_OF_OTHERS = [
    "notes.txt", "../precious.txt", "/etc/hostname", "figures/mine.png", "a\0b", "x" * 5000,
    "finished", "figures", ".", "", "figures/../notes.txt", "./notes.txt", "EFFECTS.CSV",
]  # fmt: skip


def test_only_names_that_a_run_writes_are_removed_whatever_a_manifest_lists(tmp_path):
    folder = put(
        tmp_path / "uk", notes_dot_txt="mine", figures__mine_dot_png="mine",
        figures__survival_dot_png="of a run", draw_effects_dot_csv="of a run, killed or not",
        manifest_dot_json={**OURS, "files": dict.fromkeys([*NAMES_OF_OTHERS, "effects.csv"], "0")},
    )  # fmt: skip
    put(tmp_path, precious_dot_txt="mine")
    assert list(files_listed(folder)) == ["effects.csv"]
    ResultFolder(folder).finish({})
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert left == ["precious.txt", "uk/figures/mine.png", "uk/manifest.json", "uk/notes.txt"]


def test_results_of_an_earlier_run_are_gone_before_the_first_new_file(tmp_path):
    put(tmp_path, effects_dot_csv="old", manifest_dot_json=OURS, report_dot_html="old")
    ResultFolder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_what_a_killed_writer_left_is_cleared(tmp_path):
    mine = [".mine.partial", "a.partial", ".a.ABCDEFGH.partial", ".a.abcdefg.partial"]
    for name in (*mine, ".effects.csv.abc_1234.partial"):
        (tmp_path / name).touch()
    (tmp_path / ".b.abcdefgh.partial").mkdir()
    clear_partial(tmp_path)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted([*mine, ".b.abcdefgh.partial"])


@posix
def test_a_folder_that_became_a_link_meanwhile_takes_no_figure(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder = tmp_path / "uk"
    folder.mkdir()
    results = ResultFolder(folder)
    (folder / "figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="figures is a link; must be a folder"):
        results.write("figures/survival.png", b"png")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@posix
def test_a_file_that_is_a_link_is_replaced_and_not_followed(tmp_path):
    link_to_file(tmp_path / "effects.csv")
    output.write_whole(tmp_path / "effects.csv", b"new")
    assert (tmp_path / "effects.csv.target").read_text() == "precious"
    assert not (tmp_path / "effects.csv").is_symlink()


def test_a_name_that_no_later_run_could_remove_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="new.csv is not among the names"):
        ResultFolder(tmp_path).write("new.csv", b"")


def literals(path, wanted):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {name for node in ast.walk(tree) for name in wanted(node)}


def test_every_figure_and_table_of_a_run_is_among_the_names():
    def figure(node):
        called = isinstance(node, ast.Call) and ast.unparse(node.func) == "Drawing"
        return [node.args[0].value] if called and isinstance(node.args[0], ast.Constant) else []

    def table(node):
        keys = node.keys if isinstance(node, ast.Dict) else []
        found = [key.value for key in keys if isinstance(key, ast.Constant)]
        return [name for name in found if str(name).endswith((".csv", ".parquet"))]

    plots = [path.relative_to(ROOT) for path in (ROOT / "analysis" / "plots").glob("*.py")]
    drawn = set().union(*(literals(path, figure) for path in plots))
    assert drawn == set(output.FIGURES)
    written = literals("analysis/commands/run_results.py", table)
    assert written | {"outcomes.parquet", *OF_RUN} == set(output.TABLES)
    assert {f"figures/{name}.svg" for name in drawn} < RESULTS


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"[" * 100_000, b'{"files": ' + b"9" * 5000 + b"}", b"null", b'"a"', b"",
     b'{"files": {"effects.csv": [1]}, "versions": NaN}', b'{"files": [["effects.csv", "0"]]}'],
)  # fmt: skip
def test_no_manifest_does_harm(tmp_path, content):
    (tmp_path / MANIFEST).write_bytes(content)
    assert set(files_listed(tmp_path)) <= {"effects.csv"}
    with pytest.raises(FolderError, match="no mark"):
        check_folder(tmp_path)


def test_a_manifest_too_large_to_be_one_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "LARGEST_MANIFEST", 100)
    put(tmp_path, manifest_dot_json={**OURS, "more": "x" * 100})
    assert files_listed(tmp_path) == {}


@posix
@pytest.mark.parametrize("command", ["run", "dry run", "check", "sensitivity"])
@pytest.mark.parametrize("wrong", ["theirs", "pipe", "link", "journal"])
def test_every_command_refuses_before_anything_is_simulated(
    tmp_path, monkeypatch, capsys, command, wrong
):
    def simulated(*_, **__):
        raise AssertionError("simulated")

    monkeypatch.setattr(run_scenarios, "simulate", simulated)
    monkeypatch.setattr(run_scenarios, "compile_now", simulated)
    monkeypatch.setattr("analysis.commands.compiling.compile_now", simulated)
    folder = tmp_path / "walking_groups"
    if wrong == "theirs":
        put(folder, manifest_dot_json=THEIRS, precious_dot_txt="mine")
    elif wrong == "link":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        with claimed(folder):
            put(folder, notes_dot_txt="mine")
        path = folder / {"pipe": MANIFEST, "journal": f"finished/{'0' * 32}.journal"}[wrong]
        path.parent.mkdir(exist_ok=True)
        os.mkfifo(path)
    before = everything_in(tmp_path)
    words = {
        "run": ["walking_groups"],
        "dry run": ["walking_groups", "--dry-run"],
        "check": ["check", "walking_groups"],
        "sensitivity": ["sensitivity", "walking_groups"],
    }
    assert run.main([*words[command], "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "--out: " in told and "choose another --out" in told and "Traceback" not in told
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize("command", [[], ["sensitivity"]])
def test_the_folder_of_comparisons_is_claimed_like_any_other(tmp_path, capsys, command):
    put(tmp_path / "comparison", manifest_dot_json=THEIRS)
    words = [*command, "walking_groups", "brief_advice", "--out", str(tmp_path)]
    assert run.main(words) == 2
    assert "comparison holds manifest.json and no mark" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["comparison"]


def test_two_runs_cannot_compare_into_one_folder(tmp_path, capsys):
    words = ["walking_groups", "brief_advice", "--out", str(tmp_path), "--persons", "500"]
    with claimed(tmp_path / "comparison"):
        assert run.main(words) == 2
    assert "comparison is being written by another run" in capsys.readouterr().err


def test_results_of_another_version_are_named(tmp_path):
    assert run_scenarios.earlier_results(tmp_path) == []
    put(tmp_path, manifest_dot_json=OURS)
    (told,) = run_scenarios.earlier_results(tmp_path)
    assert "manifest.json: written by version 0.0.9, sources unknown" in told
    assert "run again and replaced" in told
    put(tmp_path, manifest_dot_json="{")
    assert "damaged" in run_scenarios.earlier_results(tmp_path)[0]
