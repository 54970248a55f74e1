"""The tutorial shows what its commands print; `python -m tests.tutorial --rewrite` renews it."""

import pytest

from tests import tutorial

TEXT = tutorial.TUTORIAL.read_text(encoding="utf-8")
BLOCKS = list(tutorial.shown_blocks(TEXT))


def test_there_are_such_blocks():
    assert len(BLOCKS) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.source.strip()[-30:])
def test_what_is_shown_is_what_is_printed(block, tmp_path):
    for name, text in tutorial.files_of(TEXT).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert tutorial.printed(block, tmp_path) == block.text


def test_an_excerpt_ends_before_the_folders():
    output = "warning\naveraged  1\nb 2\nresults/a/: report\n"
    assert tutorial.excerpt(output, "averaged  0\n") == "averaged  1\nb 2\n"
    long = "x.yaml:1: " + "word " * 40 + "did you mean 'uptake'?"
    assert len(tutorial.shortened(long)) <= tutorial.LONGEST
    assert tutorial.shortened(long).endswith("did you mean 'uptake'?")
