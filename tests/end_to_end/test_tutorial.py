"""The tutorial shows what its commands print; `python -m tests.tutorial --rewrite` renews it."""

import pytest

from tests import example_survey, tutorial

TEXT = tutorial.TUTORIAL.read_text(encoding="utf-8")


def test_there_are_such_blocks():
    shown = [step for step in tutorial.steps(TEXT) if step.shown]
    assert len(shown) >= 7
    lines = [line for step in tutorial.steps(TEXT) for line in step.source.splitlines()]
    assert sum(line.startswith(tutorial.PROGRAM) for line in lines) >= 7


def test_the_survey_is_what_its_arithmetic_gives():
    assert example_survey.main([]) == 0


@pytest.mark.slow
def test_what_is_shown_is_what_is_printed(capsys):
    assert tutorial.main([]) == 0, capsys.readouterr().out


def test_a_refusal_and_python_are_steps(tmp_path):
    refusal = "```bash\nexercise-il6 nowhere.yaml\n```\n\n```\nnowhere.y\n```\n"
    refused, python = tutorial.steps(f"{refusal}\n```python\nprint(1)\n```\n")
    assert tutorial.printed(refused, tmp_path, {}).startswith("nowhere.yaml")
    assert python.shown == "" and tutorial.printed(python, tmp_path, {}) == "1\n"


def test_an_excerpt_ends_before_the_folders():
    output = "warning\naveraged  1\nb 2\nresults/a/: report\n"
    assert tutorial.excerpt(output, "averaged  0\n") == "averaged  1\nb 2\n"
    assert tutorial.excerpt(output, "averaged  0\n...\n") == "averaged  1\n...\n"
    long = "x.yaml:1: " + "word " * 40 + "did you mean 'uptake'?"
    lines = tutorial.wrapped(long)
    assert len(lines) == 2 and max(map(len, lines)) <= tutorial.LONGEST
    assert " ".join(line.strip() for line in lines) == long
