"""The README keeps its word: its commands are understood, and its Python runs."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from analysis.commands import door

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found, f"the README has no {language} block"
    return found


def shell_lines():
    return [line for block in blocks("bash") for line in block.splitlines()]


def commands_of_the_door():
    """Return the words after run.py of every command shown, without comments."""
    lines = [line for line in shell_lines() if line.startswith("python run.py")]
    assert lines
    return [shlex.split(line, comments=True)[2:] for line in lines]


def test_the_first_two_lines_set_up_and_test():
    first, second = shell_lines()[:2]
    assert first.startswith("python3 -m venv .venv && ")
    assert first.endswith("run.py scenarios/walking_groups.yaml")
    assert "'.[test]'" in second
    assert second.endswith("-m pytest")


@pytest.mark.parametrize("words", commands_of_the_door(), ids=" ".join)
def test_commands_are_understood(words):
    name, rest = door.command_of(words)
    parser = door.Parser(prog=name, allow_abbrev=False)
    import_module(door.COMMANDS[name][0]).add_arguments(parser)
    parser.read(rest)


def test_every_file_and_folder_named_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
    for folder in re.findall(r"^\| `([a-z_]+/)` \|", README, re.MULTILINE):
        if folder not in ("figures/", "finished/"):  # of a run's results
            assert (ROOT / folder).is_dir(), folder


def test_the_python_shown_runs():
    (code,) = blocks("python")
    smaller = code.replace("100_000", "200")
    assert smaller != code
    names: dict[str, object] = {}
    exec(compile(smaller, "README.md", "exec"), names)
    assert len(names["result"].effects) > 0
    assert names["course"]["il6_fold"].max() > 1
