"""The list of deliberate faults stands, and the command that plants them tells what it finds."""

import ast
from pathlib import Path

import pytest

from tests import defects
from tests.defect_list import DEFECTS, Defect

ROOT = Path(__file__).resolve().parents[2]


def test_every_fault_can_still_be_planted():
    """A text that was rewritten is to be renewed in the list, or its fault replaced."""
    assert defects.faults_of_the_list() == []
    assert len(DEFECTS) >= 30


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_fault_is_a_change_that_can_be_read(defect):
    sound = (ROOT / defect.file).read_text(encoding="utf-8")
    faulty = sound.replace(defect.old, defect.new)
    assert faulty != sound
    if defect.file.endswith(".py"):
        assert ast.dump(ast.parse(faulty)) != ast.dump(ast.parse(sound))


def test_a_text_that_is_gone_is_told(monkeypatch):
    gone = Defect("gone", "abm/scenario/plan.py", "no such text", "")
    nowhere = Defect("nowhere", "abm/no_such_file.py", "x", "", ("tests/unit/no_such_test.py",))
    monkeypatch.setattr(defects, "DEFECTS", (gone, nowhere, gone))
    told = "\n".join(defects.faults_of_the_list())
    assert "gone: abm/scenario/plan.py holds 'no such text' 0 times, must be once; renew" in told
    assert "nowhere: abm/no_such_file.py" in told and "no file tests/unit/no_such_test.py" in told
    assert "gone is listed twice" in told


def test_the_copy_has_every_room_of_the_program(tmp_path):
    copy = defects.Copy(tmp_path)
    rooms = {path.relative_to(ROOT) for path in (ROOT / "abm").rglob("*.py")}
    assert {path.relative_to(copy.root) for path in (copy.root / "abm").rglob("*.py")} == rooms
    assert not (copy.root / "outputs").exists()


class Rehearsal(defects.Copy):
    """A copy whose tests are made up: they fail while a file holds one of some texts."""

    def __init__(self, folder, noticed):
        self.root, self.cache, self.noticed_texts = folder, folder / "cache", noticed

    def pytest(self, words):
        held = (self.root / "part.py").read_text()
        if "tests" not in words or not any(text in held for text in self.noticed_texts):
            return 0, "3 passed"
        return 1, "FAILED tests/unit/test_part.py::test_it - assert 1 == 2\n"


def test_what_is_noticed_and_what_is_not(tmp_path, capsys):
    (tmp_path / "part.py").write_text("a = 1\nb = 2\n")
    planted = [Defect("first", "part.py", "a = 1", "a = 9"), Defect("second", "part.py", "2", "3")]
    code = defects.run(Rehearsal(tmp_path, ["a = 9"]), planted, tmp_path / "table.md")
    told = capsys.readouterr().out
    assert code == 1
    assert "first: tests/unit/test_part.py::test_it (quick suite)" in told
    assert "second: NOT NOTICED" in told and "not noticed: second" in told
    assert "| second | `part.py` | NOT NOTICED |" in (tmp_path / "table.md").read_text()
    assert (tmp_path / "part.py").read_text() == "a = 1\nb = 2\n"
    assert defects.run(Rehearsal(tmp_path, ["a = 9", "3"]), planted, None) == 0
