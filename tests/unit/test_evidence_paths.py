"""Who reads an evidence entry is found by searching for its path: paths stand whole in the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from abm.evidence.entries import load_evidence

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = load_evidence().entries

# Entries that the model does not read, and why they are kept.
NOT_READ = {
    "crp.person_sd": "the scatter of CRP that is not IL-6's: recorded, not drawn",
    "activity.meets_guideline_share_by_bmi.male.overweight": "not fitted: between two that are",
    "activity.meets_guideline_share_by_bmi.female.overweight": "not fitted: as for men",
    "bout.sustainable.at_one_hour": "only a figure of bouts reads it",
    "bout.sustainable.fall_per_log_hour": "only a figure of bouts reads it",
}


def modules() -> list[Path]:
    return sorted((ROOT / "abm").rglob("*.py"))


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def texts(path: Path) -> set[str]:
    """Return every text that stands whole in a module, parts of f-strings included."""
    return {
        node.value
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def could_be_a_path(text: ast.JoinedStr) -> bool:
    """Return whether an f-string that begins with text can come out as an evidence path."""
    begins = isinstance(text.values[0], ast.Constant)
    formatted = any(isinstance(v, ast.FormattedValue) and v.format_spec for v in text.values)
    pattern = "".join(
        re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"[\w.]+" for v in text.values
    )
    return begins and not formatted and any(re.fullmatch(pattern, path) for path in ENTRIES)


def glued(path: Path) -> list[str]:
    """Return the f-strings of a module that can come out as an evidence path."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for node in nodes(path)
        if isinstance(node, ast.JoinedStr) and could_be_a_path(node)
    ]


def test_every_path_stands_whole_in_some_module():
    written = set().union(*(texts(path) for path in modules()))
    assert sorted(set(ENTRIES) - written - set(NOT_READ)) == []


def test_no_entry_is_excused_without_need():
    written = set().union(*(texts(path) for path in modules()))
    assert set(NOT_READ) <= set(ENTRIES)
    assert not set(NOT_READ) & written


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_path_is_put_together_from_pieces(path):
    assert glued(path) == []


def test_a_glued_path_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    source = tmp_path / "module.py"
    source.write_text('a = p[f"il6.{n}"], p[f"economics.cost_{y}_year.{d}"], f"incidence.{d}"\n')
    assert len(glued(source)) == 2
