"""No result of a bundled scenario moves unnoticed."""

import pytest

from abm.scenario.layers import bundled_names
from tests import regression

ROW = ("policy", "averted incidence.stroke", 3)


@pytest.mark.parametrize("name", bundled_names())
def test_the_numbers_are_those_kept(name):
    before, now = regression.kept(name), regression.table_of(name)
    assert before, f"no table is kept: {regression.REWRITE} {name}"
    lines = regression.moved(name, before, now)
    if lines:
        pytest.fail(regression.message(lines), pytrace=False)


def test_there_is_a_table_of_every_scenario_and_no_other():
    assert sorted(path.stem for path in regression.FOLDER.glob("*.csv")) == bundled_names()


def test_the_tables_hold_something():
    """Else they would stay the same whatever happens."""
    for name in bundled_names():
        rows = regression.kept(name)
        assert sum(value != 0 for _, _, value in rows) > 20, name
        if any(world == "policy" for world, _, _ in rows):
            assert any(value for _, measure, value in rows if "hazard averted" in measure), name


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ([("policy", "averted incidence.stroke", 4)], "3 before, 4 now"),
        ([], "3 before, absent now"),
        ([ROW, ("policy", "averted deaths", 0)], "absent before, 0 now"),
    ],
)
def test_a_number_that_moved_is_told_with_what_to_do(now, words):
    """The negative control."""
    told = regression.message(regression.moved("walking_groups", [ROW], now))
    assert "walking_groups: policy: averted" in told
    assert words in told
    assert "'Results move'" in told and "--rewrite" in told


def test_tables_change_on_request_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(regression, "FOLDER", tmp_path)
    assert regression.main(["uk"]) == 1
    assert "absent before" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert regression.main(["uk", "--rewrite"]) == 0
    assert regression.main(["uk"]) == 0
    assert "no number has moved" in capsys.readouterr().out
