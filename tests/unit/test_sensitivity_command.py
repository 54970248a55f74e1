"""The command and the scenario behind it: inputs from evidence, refusals, files, exit codes.

The simulation is replaced by arithmetic on the same parameters and scenario, so that these tests
are about the study alone.
"""

from __future__ import annotations

import argparse
import re

import pandas as pd
import pytest

from abm.parameters import central_parameters, load_evidence, uncertain_paths
from abm.scenario import load_scenario
from abm.simulation import simulate
from analysis import sensitivity, study_of_scenario
from analysis.study_errors import StudyError
from analysis.study_of_scenario import chosen_inputs, inputs_of, outputs_of, sampled

SCENARIO = "walking_groups"
REACH = "policies.walks.reach"
SHARE = "causal_share.diseases"


@pytest.fixture
def simulated(monkeypatch):
    """Stand in for the simulation; return the list of its calls."""
    calls = []

    def simulate(scenario, parameters, seed, recent):
        calls.append((scenario.persons, seed))
        people = scenario.persons * scenario.policies[0].reach * scenario.policies[0].uptake
        averted = people * parameters[SHARE] * 0.01
        return pd.DataFrame(
            {
                "outcome": ["incidence.stroke", "deaths", "il6.geometric_mean"],
                "baseline": [100.0, 50.0, 1.4],
                "policy": [100.0 - averted, 50.0, 1.39],
                "averted": [averted, averted / 3, float("nan")],
                "delayed": [1.0, 0.0, float("nan")],
                "added": [0.5, 0.0, float("nan")],
                "averted_per_100k": [1.0, 1.0, float("nan")],
                "relative_change": [-averted / 100, 0.0, -0.01],
            }
        )

    monkeypatch.setattr(study_of_scenario, "effects_of", simulate)
    return calls


def command(*words):
    return sensitivity.main([SCENARIO, *words])


def test_inputs_are_the_evidence_and_the_scenarios_own_intervals():
    inputs = inputs_of(load_scenario(SCENARIO))
    assert set(uncertain_paths()) < set(inputs)
    assert inputs[REACH].group == "policy"
    assert inputs[REACH].unit == "share"
    assert inputs["policies.walks.adds.moderate"].unit == "minutes per week"
    assert inputs["policies.walks.adherence.half_life_years"].unit == "years"
    assert inputs[REACH].quantile(0.5) == pytest.approx(0.4, rel=1e-3)
    assert inputs[REACH].quantile(0.975) == pytest.approx(0.6, abs=0.01)
    assert inputs[SHARE].quantile(0.5) == pytest.approx(load_evidence().entries[SHARE].value)


def test_an_entry_fixed_by_the_scenario_is_no_input():
    scenario = load_scenario(SCENARIO, [f"{SHARE}=0.9"])
    assert SHARE not in inputs_of(scenario)
    with pytest.raises(StudyError, match="fixed by the scenario at 0.9"):
        chosen_inputs(scenario, [SHARE])


def test_inputs_are_chosen_by_name_pattern_and_group():
    scenario = load_scenario(SCENARIO)
    everything = chosen_inputs(scenario, [])
    assert len(everything) == len(inputs_of(scenario)) > 50
    names = {entry.name for entry in chosen_inputs(scenario, ["policies.*", "mortality", SHARE])}
    assert {REACH, SHARE} < names
    groups = {entry.group for entry in everything if entry.name in names}
    assert "inflammation" not in groups


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("causal_share.disease", "unknown input; did you mean 'causal_share.diseases'"),
        ("polcy", "unknown input; did you mean 'policy'"),
        ("policies.walks.ramp_years", r"is not given as \{value, low, high\}.*policies.walks"),
    ],
)
def test_an_input_that_cannot_be_studied_says_why(name, message):
    with pytest.raises(StudyError, match=message):
        chosen_inputs(load_scenario(SCENARIO), [name])


def test_entries_without_uncertainty_of_their_own_say_so():
    entries = load_evidence().entries.values()
    certain = next(e.path for e in entries if e.distribution is None and not e.remainder_of)
    with pytest.raises(StudyError, match="has no uncertainty in the evidence"):
        chosen_inputs(load_scenario(SCENARIO), [certain])
    follower = next((e for e in entries if e.drawn_with), None)
    if follower is not None:
        with pytest.raises(StudyError, match=f"moves together with {follower.drawn_with}"):
            chosen_inputs(load_scenario(SCENARIO), [follower.path])


def test_a_sample_moves_the_scenario_and_the_evidence():
    scenario = load_scenario(SCENARIO)
    inputs = inputs_of(scenario)
    moved, parameters = sampled(scenario, inputs, {REACH: 0.975, SHARE: 0.25})
    assert moved.policies[0].reach == pytest.approx(0.6, abs=0.01)
    entry = load_evidence().entries[SHARE]
    assert parameters[SHARE] == pytest.approx(entry.at_quantile(0.25))
    same, central = sampled(scenario, inputs, {})
    assert same is scenario
    assert central[SHARE] == entry.value


def test_outputs_are_named_after_effects_and_levels():
    effects = pd.DataFrame(
        {
            "outcome": ["incidence.stroke", "il6.geometric_mean", "life_years"],
            "baseline": [10.0, 1.4, 5.0],
            "policy": [8.0, 1.3, 6.0],
            "averted": [2.0, float("nan"), -1.0],
            "relative_change": [-0.2, -0.07, 0.2],
            "standard_error": [1.0, float("nan"), 1.0],
        }
    )
    assert outputs_of(effects) == {
        "averted.stroke": 2.0,
        "relative_change.stroke": -0.2,
        "relative_change.il6": -0.07,
        "level.incidence.stroke": 10.0,
        "level_policy.incidence.stroke": 8.0,
        "level.il6.geometric_mean": 1.4,
        "level.life_years": 5.0,
        "level_policy.life_years": 6.0,
        "gained.life_years": 1.0,
        "level_policy.il6.geometric_mean": 1.3,
    }


def test_one_run_has_the_effects_of_a_simulation():
    scenario = load_scenario(SCENARIO, ["persons=600", "years=3"])
    parameters = central_parameters(scenario.parameters)
    ours = study_of_scenario.effects_of(scenario, parameters, 4)
    theirs = simulate(scenario, seed=4, threads=1, pathways=False).effects
    pd.testing.assert_frame_equal(ours, theirs)


def test_lives_are_shared_by_runs_that_differ_only_in_what_no_life_depends_on(monkeypatch):
    lived = []
    count = study_of_scenario.count_population
    monkeypatch.setattr(
        study_of_scenario, "count_population", lambda *a, **k: lived.append(1) or count(*a, **k)
    )
    scenario = load_scenario(SCENARIO, ["years=2"])
    evaluate = study_of_scenario.evaluator(scenario, 300)
    first = evaluate({}, 1)
    assert evaluate({"crp.slope": 0.9}, 1)["averted.stroke"] == first["averted.stroke"]
    assert len(lived) == 1
    evaluate({"causal_share.diseases": 0.9}, 1)
    evaluate({}, 2)
    assert len(lived) == 3


def test_a_study_from_the_command_line(tmp_path, simulated, capsys):
    words = (
        "--method",
        "sobol",
        "--inputs",
        REACH,
        SHARE,
        "policies.walks.uptake",
        "--samples",
        "64",
        "--persons",
        "1000",
        "--out",
        str(tmp_path),
        "--threads",
        "2",
        "--dummy",
        "--outputs",
        "averted.stroke",
        "relative_change.il6",
    )
    assert command(*words) == 0
    printed = capsys.readouterr()
    assert "of the variance of cases of stroke averted" in printed.out
    assert "expect wide intervals" in printed.err
    folder = tmp_path / SCENARIO / "sensitivity"
    table = pd.read_csv(folder / "sobol" / "indices.csv")
    assert set(table["output"]) == {"averted.stroke", "relative_change.il6"}
    assert set(table["input"]) == {REACH, SHARE, "policies.walks.uptake", "dummy"}
    first = (folder / "sobol" / "indices.csv").read_bytes()
    runs = len(simulated)
    assert command(*words) == 0
    assert len(simulated) == runs + 3  # the three runs that learn names and time
    assert (folder / "sobol" / "indices.csv").read_bytes() == first


def test_screening_feeds_the_next_study(tmp_path, simulated, capsys):
    base = (
        "--persons",
        "1000",
        "--out",
        str(tmp_path),
        "--threads",
        "1",
        "--outputs",
        "averted.stroke",
    )
    assert command("--method", "sobol", "--top", "2", *base) == 2
    assert "run --method morris" in capsys.readouterr().err
    assert (
        command(
            "--method", "morris", "--inputs", "policies.*", "behaviour", "--samples", "4", *base
        )
        == 0
    )
    assert command("--method", "shapley", "--top", "2", "--samples", "16", *base) == 0
    table = pd.read_csv(tmp_path / SCENARIO / "sensitivity" / "shapley" / "indices.csv")
    assert set(table["input"]) <= {REACH, "policies.walks.uptake", SHARE}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--method", "sobool"), "unknown method 'sobool'.*did you mean 'sobol'"),
        (("--method", "sobol", "--samples", "100"), "must be a power of two"),
        (("--inputs", "policies.walks.reech"), "did you mean 'policies.walks.reach'"),
        (("--outputs", "averted.strok"), "unknown output; did you mean 'averted.stroke'"),
        (("--samples", "0"), "--samples is 0, must be 1 or more"),
        (("--persons", "-5"), "--persons is -5"),
        (("--top", "3", "--inputs", REACH), "give one of them"),
        (("--seed-factor", "--independent-seeds"), "both set the seeds"),
        (("--set", "yeers=3"), "yeers"),
    ],
)
def test_bad_usage_ends_with_code_2_and_writes_nothing(tmp_path, simulated, capsys, words, message):
    assert command(*words, "--out", str(tmp_path)) == 2
    assert list(tmp_path.iterdir()) == []
    assert re.search(message, capsys.readouterr().err)


def test_every_problem_of_a_command_is_named_at_once(tmp_path, simulated, capsys):
    words = ("--method", "pawn", "--samples", "100", "--groups", "--inputs", "il6.amplitud", "x")
    assert command(*words, "--out", str(tmp_path)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_an_unknown_scenario_ends_with_code_2(capsys):
    assert sensitivity.main(["no_such_scenario"]) == 2
    assert "no_such_scenario" in capsys.readouterr().err


def test_a_result_that_is_not_finite_ends_with_code_1(tmp_path, monkeypatch, capsys):
    def simulate(scenario, *others):
        bad = scenario.policies[0].reach > 0.5
        return pd.DataFrame(
            {
                "outcome": ["deaths"],
                "baseline": [1.0],
                "policy": [1.0],
                "averted": [float("inf") if bad else scenario.policies[0].reach],
            }
        )

    monkeypatch.setattr(study_of_scenario, "effects_of", simulate)
    assert command("--inputs", "policies.*", "--samples", "4", "--out", str(tmp_path)) == 1
    assert "averted.deaths is inf" in capsys.readouterr().err


def test_a_keyboard_interrupt_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def simulate(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(study_of_scenario, "effects_of", simulate)
    assert command("--inputs", "policies.*", "--out", str(tmp_path)) == 130
    assert "the same command continues" in capsys.readouterr().err


def test_lists_and_dry_runs_run_nothing(tmp_path, simulated, capsys):
    assert command("--list", "--out", str(tmp_path)) == 0
    listed = capsys.readouterr().out
    assert REACH in listed
    assert "averted.stroke" in listed
    assert "shapley" in listed
    assert command("--dry-run", "--groups", "--method", "shapley", "--out", str(tmp_path)) == 0
    assert "groups" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_arguments_can_join_another_parser():
    parser = argparse.ArgumentParser()
    sensitivity.add_arguments(parser)
    arguments = parser.parse_args([SCENARIO, "other", "--groups"])
    assert arguments.scenarios == [SCENARIO, "other"]
    assert arguments.groups
