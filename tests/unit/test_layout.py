"""Columns, draw addresses and places of conditions: nothing stands twice, nothing is left out."""

import ast
from pathlib import Path

import pytest

from abm.conditions import CONDITIONS, DISEASES, LAGS, where
from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.blocks import ROWS_AT_ONCE, row_capacity

ARRAYS = {
    "numbers": (c.NUMBERS, c.N_NUMBERS),
    "integers": (c.INTEGERS, c.N_INTEGERS),
    "registers": (c.REGISTERS, c.N_REGISTERS),
    "tallies": (c.TALLIES, c.N_TALLIES),
    "effect fields": (c.EFFECT_FIELDS, c.N_EFFECTS),
    "fields of parts": (c.PART_FIELDS, c.N_PART_FIELDS),
    "numbers of a policy": (c.POLICY_NUMBERS, c.N_POLICY_NUMBERS),
    "integers of a policy": (c.POLICY_INTEGERS, c.N_POLICY_INTEGERS),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_columns_never_overlap_and_fill_their_array(name):
    columns, size = ARRAYS[name]
    held = [row for first, count in columns.first_and_count for row in range(first, first + count)]
    assert held == list(range(size))


def test_every_column_of_the_layout_is_handed_out():
    """A column numbered by hand would not be known to the array's list."""
    names = {"NUMBERS", "INTEGERS", "REGISTERS", "TALLIES", "EFFECT_FIELDS"}
    tree = ast.parse(Path(c.__file__).read_text(encoding="utf-8"))
    by_hand = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.AnnAssign | ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, int)
        and "N_" not in ast.unparse(node)
    ]
    no_columns = ("YOUNGEST", "OLDEST", "MOST_POLICIES")
    assert all(any(word in line for word in no_columns) for line in by_hand), by_hand
    assert names <= set(vars(c))


def test_groups_of_columns_lie_inside_their_own():
    widths = dict(c.NUMBERS.first_and_count)
    assert widths[c.STEADY] == widths[c.TOLERANCE] == c.N_CLOCKS == len(CONDITIONS)
    assert widths[c.ILL] == c.N_DISEASES == len(DISEASES)
    assert widths[c.AVERAGE] == c.N_LAGS == len(LAGS)
    expected = dict(c.REGISTERS.first_and_count)[c.EXPECTED]
    assert (list(range(c.N_DISEASES, expected))) == [
        c.X_DEATHS,
        c.X_YEARS,
        c.X_HEALTHY,
        c.X_DISCOUNTED,
        c.X_QALYS,
        c.X_COSTS,
        c.X_SOCIAL,
        c.X_ACTIVE,
        c.X_LIVING,
        c.X_LOG_IL6,
        *range(c.X_BY_CAUSE, c.X_BY_CAUSE + c.N_CLOCKS),
        c.X_EPISODES,
    ]
    assert len(c.OUTCOMES) == c.N_OUTCOMES and c.LOG_IL6 == c.N_COMPARED - 1


def purposes() -> dict[str, int]:
    """Return the purposes of draws: those of the module, and the clock of each condition."""
    named = {
        name: value
        for name, value in vars(draws).items()
        if name.isupper() and isinstance(value, int) and value < 2**16
    }
    del named["DEPRESSION_COURSE"]  # a word of START_DISEASES, checked below
    return named | {f"clock of {each.name}": each.clock_draw for each in CONDITIONS}


def test_no_two_purposes_share_a_draw():
    found = purposes()
    shared = {each: [n for n, own in found.items() if own == each] for each in found.values()}
    assert [names for names in shared.values() if len(names) > 1] == []


def test_no_purpose_meets_an_episode_of_a_policy():
    """An episode of taking part is POLICY_EPISODE + 256 times its number."""
    others = [value for name, value in purposes().items() if name != "POLICY_EPISODE"]
    assert all(value < 256 or value % 256 != draws.POLICY_EPISODE for value in others)


def test_no_two_words_of_the_start_are_the_same():
    words = {each.name: each.start_draw for each in CONDITIONS if each.is_disease}
    words["DEPRESSION_COURSE of abm/kernel/draws.py"] = draws.DEPRESSION_COURSE
    shared = {word: [n for n, own in words.items() if own == word] for word in words.values()}
    assert [names for names in shared.values() if len(names) > 1] == []
    assert min(words.values()) >= 0


def test_diseases_come_before_causes_of_death():
    kinds = [each.is_disease for each in CONDITIONS]
    assert kinds == sorted(kinds, reverse=True)
    assert {each.lag for each in CONDITIONS} == set(LAGS)
    assert c.ALL_ELSE == where(kind="cause of death")[-1] == len(CONDITIONS) - 1
    # what follows nothing is a part of the last clock alone
    assert [each.name for each in CONDITIONS if each.unresponsive] == [CONDITIONS[-1].name]
    places = [each.causal_place for each in CONDITIONS if each.is_disease]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("years", range(1, 101))
def test_columns_never_lie_four_kib_apart(years):
    """At a multiple of 1 024 rows the columns push one another out of the processor's cache."""
    for persons in (1024, 1000, 512, 64):
        ever = persons + int(persons * 0.0156 * years) + years + 1
        capacity = row_capacity(ever)
        assert capacity % 1024 != 0
        assert capacity >= ever + ROWS_AT_ONCE // 2 and capacity % ROWS_AT_ONCE == 0


def test_the_check_of_the_stride_can_fail():
    assert -(-1008 // ROWS_AT_ONCE) * ROWS_AT_ONCE + ROWS_AT_ONCE == 1024  # without the exception
    assert row_capacity(1008) == 1040
