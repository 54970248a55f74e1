"""The weakest numbers of a study: influence times the weight of a grade, and grades' origin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from abm.evidence.entries import GRADES, UNCHECKED, Evidence, load_evidence
from abm.scenario.load import load_scenario
from analysis.sensitivity import grades as grades_of_inputs
from analysis.sensitivity.design import DUMMY, INTERVAL, SEED, Design, Input
from analysis.sensitivity.grades import grades_of
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.presentation.weakest import weakest_in_words, weakest_side_by_side
from analysis.sensitivity.scenario_study import inputs_of
from analysis.sensitivity.study import Study, run_study
from analysis.sensitivity.weakest import WEIGHTS, has_weakest, weakest_inputs

PAGES = Path(__file__).resolve().parents[2] / "docs"
LOW, HIGH = INTERVAL
STEP = (HIGH - LOW) * 2 / 3
ROOT = 2**0.5
WORDS = """\
name: town
policies:
  - name: walks
    eligible: {ages: [40, 75]}   # measured
    reach: {value: 0.4, low: 0.2, high: 0.6}     # Measured: a register; interval assumed
    uptake: {value: 0.2, low: 0.1, high: 0.3}    # recalled (#3)
    adds:
      moderate: {value: 30, low: 10, high: 50}   # a guess
      vigorous: {value: 5, low: 1, high: 9}
      resistance:            # derived from minutes
        value: 20
        low: 10              # measured
        high: 40
parameters:
  causal_share.cardiovascular: {value: 0.3, low: 0.2, high: 0.4}   # derived: two reviews
"""


def study_of(inputs, shares, table, samples=2):
    """Return a finished Morris study made by hand; what is not looked at stays empty."""
    design = Design("morris", tuple(inputs), samples, np.array(shares))
    plan = Plan("morris", tuple(inputs), samples)
    outputs = tuple(f"output {number}" for number in range(len(table[0])))
    empty = pd.DataFrame()
    return Study(plan, design, outputs, np.array(table, dtype=float), empty, empty, 0)


def by_hand(*inputs):
    """Return two trajectories: a moves the output by 2 and 2, b by 1 and 3; its deviation is 2**.5.

    The second output never varies.
    """
    start, moved = LOW, LOW + STEP
    shares = [
        *([start, start], [moved, start], [moved, moved]),
        *([moved, moved], [moved, start], [start, start]),
    ]
    return study_of(inputs, shares, [[0, 7], [2, 7], [3, 7], [1, 7], [4, 7], [2, 7]])


A, B = Input("a", "policy"), Input("b", "disease")


def test_influence_product_and_interval_by_hand():
    table = weakest_inputs(by_hand(A, B), {"a": "measured", "b": "assumed"}).set_index("input")
    assert list(table.index) == ["b", "a"]
    assert list(table["grade"]) == ["assumed", "measured"]
    np.testing.assert_allclose(table["influence"], [3 / ROOT, 3 / ROOT])
    np.testing.assert_allclose(table["product"], [3 * 3 / ROOT, 3 / ROOT])
    limits = table.loc["b", ["influence_lower", "influence_upper"]].astype(float)
    np.testing.assert_allclose(limits, [1.5 / ROOT, 4.5 / ROOT])
    limits = table.loc["b", ["product_lower", "product_upper"]].astype(float)
    np.testing.assert_allclose(limits, [3 * 1.5 / ROOT, 3 * 4.5 / ROOT])
    np.testing.assert_allclose(table.loc["a", "influence_lower"], 3 / ROOT)


def test_a_wrong_grade_changes_the_order():
    for planted, order in (("assumed", ["a", "b"]), ("measured", ["b", "a"])):
        found = weakest_inputs(by_hand(A, B), {"a": planted, "b": "derived"})
        assert list(found["input"]) == order


def test_a_grade_weighs_more_the_less_was_read():
    assert list(WEIGHTS) == list(GRADES)
    assert list(WEIGHTS.values()) == sorted(set(WEIGHTS.values()))


def test_what_tests_the_study_itself_is_not_among_the_weakest():
    for control in (DUMMY, SEED):
        found = weakest_inputs(by_hand(A, Input(control, control)), {"a": "recalled"})
        assert list(found["input"]) == ["a"]


def policy(sample, seed):
    first, second, third = (sample[f"x{number}"] for number in range(3))
    return {"y": 8 * first + first * second, "z": second - 3 * third**2}


def test_influence_is_mu_star_over_the_spread_of_the_output():
    inputs = tuple(Input(f"x{number}") for number in range(3))
    study = run_study(Plan("morris", inputs, 8), policy, ["y", "z"])
    table = weakest_inputs(study, dict.fromkeys(["x0", "x1", "x2"], "measured"))
    effects = study.indices[study.indices["index"] == "mu_star"]
    wide = effects.pivot(index="input", columns="output", values="estimate")
    expected = (wide / study.table.std(axis=0, ddof=1)).mean(axis=1)
    found = table.set_index("input")["influence"].loc[expected.index]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert (table["influence_lower"] <= table["influence"]).all()
    assert (table["influence_upper"] >= table["influence"]).all()
    assert table["influence_lower"].iloc[0] < table["influence_upper"].iloc[0]


def test_a_study_in_which_nothing_moves_has_no_weakest():
    flat = replace(by_hand(A, B), table=np.ones((6, 2)))
    table = weakest_inputs(flat, {"a": "measured", "b": "assumed"})
    assert (table["product"] == 0).all()
    assert "No input moves any output" in weakest_in_words(table)


def test_other_methods_and_groups_have_none():
    assert has_weakest(Plan("morris", (A, B), 4))
    assert not has_weakest(Plan("morris", (A, B), 4, grouped=True))
    assert not has_weakest(Plan("sobol", (A, B), 64))


def test_the_words_name_the_weakest_with_grade_and_interval():
    words = weakest_in_words(weakest_inputs(by_hand(A, B), {"a": "measured", "b": "assumed"}))
    assert "b (6.4: assumed, influence 2.1, 1.1 to 3.2) and a (2.1: measured" in words
    assert "without an interval" in words


def test_several_scenarios_stand_under_one_another():
    walks = weakest_inputs(
        by_hand(Input("policies.walks.reach"), Input("policies.more.reach")),
        {"policies.walks.reach": "measured", "policies.more.reach": "assumed"},
    )
    table = weakest_side_by_side({"town": walks, "city": walks})
    assert list(table["scenario"]) == ["town", "city"]
    assert list(table["input"]) == ["policies.*.reach"] * 2
    assert list(table["grade"]) == ["assumed"] * 2


def test_grades_are_those_of_the_evidence():
    scenario = load_scenario("everyone_meets_guideline")
    entries = load_evidence().entries
    found = grades_of(scenario, inputs_of(scenario))
    partners = {entry.drawn_with for entry in entries.values()}
    for path, grade in found.items():
        if path not in partners:
            assert grade == entries[path].grade, path
        assert GRADES.index(grade) >= GRADES.index(entries[path].grade), path
    assert set(found.values()) == set(GRADES)


def test_the_page_counts_what_cannot_be_in_the_list():
    outside = [
        entry.path
        for entry in load_evidence().entries.values()
        if entry.grade in UNCHECKED
        and not (entry.distribution or entry.drawn_with or entry.remainder_of)
    ]
    page = (PAGES / "sensitivity.md").read_text()
    assert f"({len(outside)} entries of grade assumed or recalled" in page


def test_an_entry_is_as_weak_as_what_is_drawn_with_it(monkeypatch):
    """A planted grade: every other entry keeps its own."""
    entries = dict(load_evidence().entries)
    partner = next(each for each in entries.values() if each.drawn_with)
    led = entries[partner.drawn_with]
    entries = {path: replace(each, grade="measured") for path, each in entries.items()}
    entries[partner.path] = replace(partner, grade="recalled")
    planted = Evidence(MappingProxyType(entries), "planted")
    monkeypatch.setattr(grades_of_inputs, "load_evidence", lambda place: planted)
    scenario = load_scenario("everyone_meets_guideline")
    found = grades_of(scenario, inputs_of(scenario))
    assert [path for path, grade in found.items() if grade != "measured"] == [led.path]
    assert found[led.path] == "recalled"


@pytest.fixture
def town(tmp_path):
    path = tmp_path / "town.yaml"
    path.write_text(WORDS)
    return path


def test_grades_of_a_scenario_are_those_beside_its_numbers(town):
    scenario = load_scenario(str(town))
    found = grades_of(scenario, inputs_of(scenario))
    assert found["policies.walks.reach"] == "assumed"  # the weakest of two
    assert found["policies.walks.uptake"] == "recalled"
    assert found["policies.walks.adds.moderate"] == "assumed"  # none named
    assert found["policies.walks.adds.vigorous"] == "assumed"
    assert found["policies.walks.adds.resistance"] == "derived"  # over several lines
    assert found["parameters.causal_share.cardiovascular"] == "derived"


def test_a_child_has_its_parents_grades_and_an_override_has_none(town):
    child = town.with_name("child.yaml")
    child.write_text(
        "extends: town.yaml\npolicies:\n  - name: walks\n"
        "    uptake: {value: 0.3, low: 0.2, high: 0.5}   # measured here\n"
    )
    override = "policies.walks.adds.resistance={value: 15, low: 10, high: 40}"
    scenario = load_scenario(str(child), [override])
    found = grades_of(scenario, inputs_of(scenario))
    assert found["policies.walks.uptake"] == "measured"
    assert found["parameters.causal_share.cardiovascular"] == "derived"
    assert found["policies.walks.adds.resistance"] == "assumed"
