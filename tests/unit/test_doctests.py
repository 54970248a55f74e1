"""Examples in docstrings are true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def modules_with_examples():
    paths = [path for folder in ("abm", "analysis") for path in (ROOT / folder).rglob("*.py")]
    found = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted(paths)
        if ">>> " in path.read_text(encoding="utf-8")
    ]
    assert found
    return found


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_are_true(name):
    result = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0
