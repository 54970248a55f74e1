"""README and the pages behind it keep their word: commands are understood, and Python runs."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from analysis.commands import door

ROOT = Path(__file__).resolve().parents[2]
README, COMMANDS, PYTHON, ROOMS = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/commands.md", "docs/api.md", "docs/architecture.md")
)


def blocks(page, language):
    found = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert found, f"the page has no {language} block"
    return found


def shell_lines(page):
    return [line for block in blocks(page, "bash") for line in block.splitlines()]


def commands_of_the_door():
    """Return the words after run.py of every command shown, without comments."""
    lines = [line for line in shell_lines(COMMANDS) if line.startswith("python run.py")]
    in_sentences = re.findall(r"`(python run\.py [^`]+)`", README)
    assert len(lines) > 15 and len(in_sentences) > 8
    wanted = [each for each in [*lines, *in_sentences] if "..." not in each]
    return [shlex.split(each, comments=True)[2:] for each in wanted]


def test_the_first_two_lines_set_up_and_test():
    first, second = shell_lines(README)
    assert first.startswith("python3 -m venv .venv && ")
    assert first.endswith("run.py scenarios/walking_groups.yaml")
    assert "'.[test]'" in second
    assert second.endswith("-m pytest")


def test_the_readme_is_a_page():
    assert len(README.splitlines()) <= 90
    pictures = re.findall(r"^!\[.+\]\((.+)\)$", README, re.MULTILINE)
    assert len(pictures) == 2
    assert all((ROOT / each).stat().st_size < 150_000 for each in pictures)


@pytest.mark.parametrize("words", commands_of_the_door(), ids=" ".join)
def test_commands_are_understood(words):
    name, rest = door.command_of(words)
    parser = door.Parser(prog=name, allow_abbrev=False)
    import_module(door.COMMANDS[name][0]).add_arguments(parser)
    parser.read(rest)


def test_every_command_is_shown():
    shown = {door.command_of(words)[0] for words in commands_of_the_door()}
    assert set(door.COMMANDS) - shown <= {"benchmark", "completion"}


def test_every_file_and_folder_named_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
    folders = re.findall(r"^\| `([a-z_]+/)` \|", ROOMS, re.MULTILINE)
    assert {"abm/", "analysis/", "tests/", "docs/"} <= set(folders)
    for folder in folders:
        assert (ROOT / folder).is_dir() or (ROOT / "abm" / folder).is_dir(), folder


def test_the_python_shown_runs():
    (code,) = blocks(PYTHON, "python")
    smaller = code.replace("100_000", "200")
    assert smaller != code
    names: dict[str, object] = {}
    exec(compile(smaller, "docs/api.md", "exec"), names)
    assert len(names["result"].effects) > 0
    assert names["course"]["il6_fold"].max() > 1
