"""The command and the scenario behind it: inputs from evidence, refusals, files, exit codes.

The simulation is replaced by arithmetic on the same parameters and scenario, so that these tests
are about the study alone.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.evidence.entries import load_evidence
from abm.evidence.parameters import central_parameters, uncertain_paths
from abm.results.effects import expected_il6_change
from abm.running.progress import in_words
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.running.simulate import simulate
from abm.scenario.load import load_scenario
from analysis.commands import sensitivity
from analysis.commands.streams import Ended
from analysis.commands.telling import set_loudness
from analysis.sensitivity import request as study_request
from analysis.sensitivity import scenario_study as study_of_scenario
from analysis.sensitivity.errors import StudyError
from analysis.sensitivity.finished_runs import identity_in_full
from analysis.sensitivity.outputs import (
    DEFAULT_OUTPUTS,
    KINDS,
    ask_for_everybody,
    ask_for_worth,
    levels_of,
    output_names,
    outputs_of,
)
from analysis.sensitivity.scenario_study import chosen_inputs, identity_of, inputs_of, sampled
from analysis.sensitivity.units import unit_and_scale, with_units_of_indices

SCENARIO = "walking_groups"
REACH = "policies.walks.reach"
SHARE = "causal_share.cardiovascular"


@pytest.fixture
def simulated(monkeypatch):
    """Stand in for the simulation; return the list of its calls."""
    calls = []

    def evaluator(scenario, persons, *, pathways=False, lifetimes=True, only_effects=False):
        inputs = inputs_of(scenario)

        def evaluate(sample, seed):
            calls.append((persons, seed))
            moved, parameters = sampled(scenario, inputs, sample)
            people = persons * moved.policies[0].reach * moved.policies[0].uptake
            averted = people * parameters[SHARE] * 0.01
            return {
                "expected_averted_per_100k.stroke": averted,
                "averted.stroke": averted,
                "averted.deaths": averted / 3,
                "relative_change.il6": -0.01,
                "level.deaths": 50.0,
            }

        return evaluate

    monkeypatch.setattr(study_request, "evaluator", evaluator)
    return calls


@pytest.fixture(autouse=True)
def _usual_loudness():
    yield
    set_loudness()


def studied(*words):
    """Run the command as the door does and return its exit code."""
    parser = argparse.ArgumentParser()
    sensitivity.add_arguments(parser)
    return sensitivity.run(parser.parse_args(words))


def command(*words):
    return studied(SCENARIO, *words)


def test_inputs_are_the_evidence_and_the_scenarios_own_intervals():
    inputs = inputs_of(load_scenario(SCENARIO))
    assert set(uncertain_paths()) < set(inputs)
    assert inputs[REACH].group == "policy"
    assert inputs[REACH].unit == "share"
    assert inputs["policies.walks.adds.moderate"].unit == "minutes per week"
    assert inputs["policies.walks.adherence.half_life_years"].unit == "years"
    assert inputs[REACH].quantile(0.5) == pytest.approx(0.4, rel=1e-3)
    assert inputs[REACH].quantile(0.975) == pytest.approx(0.6, abs=0.01)
    assert inputs[SHARE].quantile(0.5) == load_evidence().entries[SHARE].at_quantile(0.5)


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
        ("causal_share.cardiovasculr", "unknown input; did you mean 'causal_share.cardiovascular'"),
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


def counts_of(words, seed=4, pathways=False):
    scenario = load_scenario(SCENARIO, words)
    parameters = central_parameters(scenario.parameters)
    setup = set_up(scenario, parameters, pathways=pathways, lifetimes=True)
    return count_population(setup, seed, threads=1), parameters, scenario


def test_outputs_are_the_effects_of_a_simulation_by_name():
    words = ["persons=600", "years=3"]
    counts, parameters, scenario = counts_of(words, pathways=True)
    outputs = outputs_of(counts, parameters, scenario, counts)
    result = simulate(load_scenario(SCENARIO, words), seed=4, threads=1)
    effects = result.effects.set_index("outcome")
    stroke, years, il6 = (
        effects.loc[name] for name in ("incidence.stroke", "life_years", "il6.geometric_mean")
    )
    for kind in KINDS:
        np.testing.assert_equal(outputs[f"{kind}.stroke"], float(stroke[kind]))  # NaN as well
    assert outputs["level.incidence.stroke"] == stroke["baseline"]
    assert outputs["level_policy.deaths"] == effects.loc["deaths", "policy"]
    assert outputs["gained.life_years"] == years["averted"]
    assert outputs["expected_gained_per_100k.life_years"] == years["expected_averted_per_100k"]
    assert outputs["relative_change.il6"] == il6["relative_change"] < 0
    assert outputs["level_policy.il6.geometric_mean"] == il6["policy"]
    for row in result.economics.itertuples():
        if row.measure != "cost_per_qaly" and row.scale == "per_100000":
            assert outputs[f"{row.measure}_per_100k"] == pytest.approx(row.value)
    assert set(DEFAULT_OUTPUTS) < set(outputs)
    assert "expected_averted.deaths.stroke" in outputs
    assert "share_via_il6.stroke" in outputs


def test_a_run_of_a_study_has_the_tallies_of_any_other():
    scenario = load_scenario(SCENARIO, ["persons=1200", "years=2"])
    setup = set_up(scenario, central_parameters(scenario.parameters), pathways=False)
    ours, theirs = study_of_scenario.tallies_of(setup, 3), count_population(setup, 3, threads=2)
    assert all((one == other).all() for one, other in zip(ours, theirs, strict=True))


def test_a_scenario_without_policies_has_levels_only():
    counts, _, _ = counts_of(["persons=300", "years=1", "policies=[]"])
    outputs = levels_of(counts)
    scenario = load_scenario(SCENARIO, ["years=1", "policies=[]"])
    assert study_of_scenario.evaluator(scenario, 300, only_effects=True)({}, 4) == outputs
    assert {name.partition(".")[0] for name in outputs} == {"level"}


def test_tallies_are_shared_by_runs_that_differ_only_in_what_changes_none(monkeypatch):
    made = []
    make = study_of_scenario.tallies_of
    monkeypatch.setattr(study_of_scenario, "tallies_of", lambda *a: made.append(1) or make(*a))
    scenario = load_scenario(SCENARIO, ["years=2"])
    evaluate = study_of_scenario.evaluator(scenario, 300)
    first = evaluate({}, 1)
    assert evaluate({"crp.slope": 0.9}, 1)["averted.stroke"] == first["averted.stroke"]
    assert len(made) == 2  # with that of everybody with the central values
    evaluate({"causal_share.cardiovascular": 0.9}, 1)
    assert len(made) == 3
    evaluate({}, 2)
    assert len(made) == 5


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
    assert "hangs most on" in printed.out and "expect wide intervals" in printed.err
    folder = tmp_path / SCENARIO / "sensitivity"
    told = (folder / "sobol" / "summary.txt").read_text()
    assert "of the variance of cases of stroke averted" in told
    table = pd.read_csv(folder / "sobol" / "indices.csv")
    assert set(table["output"]) == {"averted.stroke", "relative_change.il6"}
    assert set(table["input"]) == {REACH, SHARE, "policies.walks.uptake", "dummy"}
    assert set(table["unit"].astype(str)) == {"1"} and table["scale"].isna().all()
    first = (folder / "sobol" / "indices.csv").read_bytes()
    runs = len(simulated)
    assert command(*words) == 0
    assert len(simulated) == runs + 6  # the small runs that tell the time it will take
    assert (folder / "sobol" / "indices.csv").read_bytes() == first


def test_the_time_of_a_study_grows_with_its_persons_whatever_is_paid_once(monkeypatch, capsys):
    """Loading and calibrating took longer than the persons tried, so ever so many took no time."""
    now, seen = [0.0], set()

    def evaluator(scenario, persons, *, pathways=False, lifetimes=True, only_effects=False):
        def evaluate(sample, seed):
            share = next(iter(sample.values()))
            now[0] += (10.0 if not seen else 0.0) + (0.0 if share in seen else 0.4)
            now[0] += 2e-5 * persons
            seen.add(share)

        return evaluate

    monkeypatch.setattr(study_request, "evaluator", evaluator)
    monkeypatch.setattr(study_request.time, "perf_counter", lambda: now[0])
    for persons, seconds in ((100, 0.402), (10_000, 0.6), (200_000_000, 4000.4)):
        seen.clear()
        words = ("--method", "oat", "--inputs", REACH, "--persons", str(persons), "--threads", "1")
        assert command(*words, "--dry-run") == 0
        assert f"3 runs, about {in_words(3 * seconds)} by" in capsys.readouterr().out


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


def test_screening_names_the_weakest_numbers(tmp_path, simulated, capsys):
    words = ("--inputs", "policies.*", SHARE, "--outputs", "averted.stroke", "averted.deaths")
    words += ("--out", str(tmp_path), "--method", "morris", "--samples", "4")
    both = [SCENARIO, "exercise_referral"]
    assert studied(*both, *words) == 0
    assert "Weakest, by influence and grade: " in capsys.readouterr().out
    folder = tmp_path / SCENARIO / "sensitivity" / "morris"
    table = pd.read_csv(folder / "weakest.csv").set_index("input")
    entry = load_evidence().entries[SHARE]
    assert table.loc[SHARE, ["group", "grade"]].to_list() == [entry.group, entry.grade]
    assert table.loc[REACH, "grade"] == "assumed"  # by the comment in the file
    assert table.loc["policies.walks.adds.moderate", "grade"] == "recalled"
    assert "The weakest numbers" in (folder / "summary.txt").read_text()
    compared = pd.read_csv(tmp_path / "comparison" / "sensitivity_morris" / "weakest.csv")
    assert set(compared["scenario"]) == set(both)
    own = compared[compared["scenario"] == SCENARIO].set_index("input")
    assert own.loc["policies.*.reach", "product"] == table.loc[REACH, "product"]


def test_groups_have_no_grade_and_so_no_weakest(tmp_path, simulated, capsys):
    words = ("--method", "morris", "--groups", "--samples", "4", "--outputs", "averted.stroke")
    assert studied(SCENARIO, *words, "--out", str(tmp_path)) == 0
    assert "The weakest numbers" not in capsys.readouterr().out
    assert not (tmp_path / SCENARIO / "sensitivity" / "morris" / "weakest.csv").exists()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: (folder / "indices.csv").write_text("a,b\n1,2\n"), "damaged, or not what"),
        (lambda folder: (folder / "indices.csv").write_bytes(b"\xff\0"), "damaged, or not what"),
        (lambda folder: (folder / "identity.json").write_text("{}"), "another version of the pro"),
        (lambda folder: (folder / "identity.json").unlink(), "identity.json does not exist"),
    ],
)
def test_screening_of_another_version_or_damaged_is_not_used(tmp_path, capsys, damage, told):
    """Made by hand: the tables of a Morris study and what they answer."""
    folder = tmp_path / SCENARIO / "sensitivity" / "morris"
    folder.mkdir(parents=True)
    (tmp_path / SCENARIO / "sensitivity" / "runs.jsonl").touch()
    table = f"output,index,input,estimate\ny,mu_star,{REACH},1.0\ny,mu_star,{SHARE},0.5\n"
    (folder / "indices.csv").write_text(table)
    identity = identity_in_full(identity_of(load_scenario(SCENARIO), 1000))
    (folder / "identity.json").write_text(identity)
    words = ("--method", "sobol", "--top", "2", "--persons", "1000", "--out", str(tmp_path))
    assert command(*words, "--dry-run") == 0
    capsys.readouterr()
    damage(folder)
    assert command(*words, "--dry-run") == 2
    assert told in capsys.readouterr().err


CERTAIN = next(
    e.path for e in load_evidence().entries.values() if not e.distribution and not e.remainder_of
)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--method", "sobool"), "unknown method 'sobool'.*did you mean 'sobol'"),
        (("--method", "sobol", "--samples", "100"), "100, must be a power of two.*64 or 128"),
        (("--method", "oat", "--samples", "4"), "4, but oat moves.*must be 1 or left out"),
        (("--method", "sobol", "--samples", "8"), "8, too few for an interval.*at least 16"),
        (("--inputs", "policies.walks.reech"), "did you mean 'policies.walks.reach'"),
        (("--inputs", CERTAIN, REACH), f"{CERTAIN}: has no uncertainty in the evidence"),
        (("--inputs", SHARE, "--set", f"{SHARE}=0.9"), f"{SHARE}: fixed by the scenario at 0.9"),
        (("--inputs", REACH, "--set", f"{REACH}=0.4"), f"{REACH}: is not given as"),
        (("--inputs", REACH), "1 inputs to compare; a sensitivity study needs at least 2"),
        (("--outputs", "averted.strok"), "unknown output; did you mean 'averted.stroke'"),
        (("--top", "3", "--inputs", REACH), "give one of them"),
        (("--seed-factor", "--independent-seeds"), "both set the seeds"),
        (("--method", "fast", "--groups"), "fast cannot move groups"),
        (("--method", "shapley"), "at most 12 inputs, found"),
        (("--second-order",), "--second-order is for sobol only"),
        (("--set", "yeers=3"), "yeers"),
    ],
)
def test_bad_usage_ends_with_code_2_before_anything_runs(
    tmp_path, simulated, capsys, words, message
):
    assert command(*words, "--out", str(tmp_path)) == 2
    assert simulated == []
    assert list(tmp_path.iterdir()) == []
    assert re.search(message, capsys.readouterr().err)


def test_few_samples_are_warned_about_before_anything_runs(tmp_path, simulated, capsys):
    words = ("--method", "sobol", "--samples", "16", "--inputs", "policies.*", "--dry-run")
    assert command(*words, "--out", str(tmp_path)) == 0
    assert "16 base points are few for sobol: expect wide intervals" in capsys.readouterr().err


def test_every_problem_of_a_command_is_named_at_once(tmp_path, simulated, capsys):
    words = ("--method", "pawn", "--samples", "100", "--groups", "--inputs", "il6.amplitud", "x")
    assert command(*words, "--outputs", "y", "--out", str(tmp_path)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 5


def test_several_scenarios_are_put_side_by_side(tmp_path, simulated, capsys):
    words = ("--method", "oat", "--inputs", "policies.*", SHARE)
    words += ("--outputs", "averted.stroke", "averted.deaths")
    both = [SCENARIO, "exercise_referral"]
    assert studied(*both, *words, "--out", str(tmp_path)) == 0
    folder = tmp_path / "comparison" / "sensitivity_oat"
    table = pd.read_csv(folder / "indices.csv").set_index(["input", "scenario", "output"])
    for name in both:
        assert table.loc[("policies.*.reach", name, "averted.stroke"), "estimate"] > 0
        assert table.loc[(SHARE, name, "averted.deaths"), "index"] == "swing"
        own = pd.read_csv(tmp_path / name / "sensitivity" / "oat" / "indices.csv")
        for each in (table.reset_index(), own):
            units = each.set_index("output")["unit"]
            assert set(units.loc["averted.deaths"]) == {"deaths"}
            assert set(units.loc["averted.stroke"]) == {"cases"}
            assert set(each["scale"]) == {"simulated"}
    assert (folder / "figures" / "oat_scenarios_averted.stroke.png").stat().st_size > 1000
    assert "the scenarios side by side" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("output", "unit", "scale"),
    [
        ("net_benefit_per_100k", "GBP", "per_100000"),
        ("net_benefit_40000_per_100k", "GBP", "per_100000"),
        ("cost_per_qaly_per_100k", "GBP per QALY", "per_100000"),
        ("qalys_gained_per_100k", "QALY", "per_100000"),
        ("expected_averted_per_100k.stroke", "cases", "per_100000"),
        ("expected_gained_per_100k.life_years", "years of life gained", "per_100000"),
        ("averted.depression", "first episodes", "simulated"),
        ("delayed.deaths.all_else", "deaths", "simulated"),
        ("level.incidence.stroke", "cases", "simulated"),
        ("level.il6.geometric_mean", "pg/mL", ""),
        ("relative_change.il6", "1", ""),
        ("share_via_il6.stroke", "1", ""),
    ],
)
def test_an_effect_on_an_output_has_its_unit_and_scale(output, unit, scale):
    place = load_scenario(SCENARIO).place
    assert unit_and_scale(output, place) == (unit, scale)
    table = pd.DataFrame({"output": [output] * 2, "index": ["mu_star", "S1"]})
    found = with_units_of_indices(table, place)
    assert list(found["unit"]) == [unit, "1"] and list(found["scale"]) == [scale, ""]


def test_every_output_of_a_scenario_has_a_unit():
    scenario = load_scenario(SCENARIO)
    for output in output_names(scenario):
        unit, scale = unit_and_scale(output, scenario.place)
        assert unit and scale in ("per_100000", "simulated", ""), output


def test_a_scenario_given_twice_is_refused(tmp_path, simulated, capsys):
    assert studied(SCENARIO, SCENARIO, "--out", str(tmp_path)) == 2
    assert "given twice" in capsys.readouterr().err


def test_the_share_through_il6_is_an_output_too(tmp_path, monkeypatch, capsys):
    asked = []

    def evaluator(scenario, persons, *, pathways=False, lifetimes=True, only_effects=False):
        asked.append(pathways)
        return lambda sample, seed: {"share_via_il6.stroke": sample.get(SHARE, 0.5)}

    monkeypatch.setattr(study_request, "evaluator", evaluator)
    words = ("--method", "oat", "--inputs", SHARE, "--outputs", "share_via_il6.stroke")
    assert command(*words, "--out", str(tmp_path)) == 0
    assert all(asked)
    assert "The share of cases of stroke averted through IL-6" in capsys.readouterr().out


def test_an_unknown_scenario_ends_with_code_2(capsys):
    assert studied("no_such_scenario") == 2
    assert "no_such_scenario" in capsys.readouterr().err


def failing_evaluator(monkeypatch, result):
    """Let every run end in ``result(sample)``, which may raise."""
    monkeypatch.setattr(
        study_request, "evaluator", lambda *a, **k: lambda sample, seed: result(sample)
    )


def test_a_result_that_is_not_finite_ends_with_code_1(tmp_path, monkeypatch, capsys):
    def result(sample):
        return {"averted.deaths": float("inf") if sample.get(REACH, 0.5) > 0.5 else 1.0}

    failing_evaluator(monkeypatch, result)
    words = ("--inputs", "policies.*", "--samples", "4", "--outputs", "averted.deaths")
    assert command(*words, "--out", str(tmp_path)) == 1
    assert re.search(r"run \d+ \[\w+\].*averted.deaths is inf", capsys.readouterr().err)


def test_a_signal_says_how_to_go_on_and_gives_its_own_code(tmp_path, monkeypatch, capsys):
    def result(sample):
        raise Ended(signal.SIGTERM)

    failing_evaluator(monkeypatch, result)
    words = ("--inputs", "policies.*", "--out", str(tmp_path))
    with pytest.raises(Ended) as ended:  # which the program turns into its exit code
        command(*words)
    assert (ended.value.code, ended.value.word) == (143, "terminated")
    assert "finished runs are saved; the same command continues" in capsys.readouterr().err


def test_lists_and_dry_runs_run_nothing(tmp_path, simulated, capsys):
    assert command("--list", "--out", str(tmp_path)) == 0
    listed = capsys.readouterr().out
    assert REACH in listed
    assert "averted.stroke" in listed
    assert "shapley" in listed
    assert command("--dry-run", "--groups", "--method", "shapley", "--out", str(tmp_path)) == 0
    assert "groups" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_dry_run_answers_where_answers_go_however_quiet(quiet, tmp_path, simulated, capsys):
    from run import main

    words = ["sensitivity", SCENARIO, "--method", "oat", "--inputs", REACH, "--dry-run"]
    assert main([*quiet, *words, "--out", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "3 runs, about" in told.out and "3 runs" not in told.err


@pytest.mark.parametrize("words", [["--help"], ["no_such_scenario"]])
def test_help_and_bad_scenarios_load_nothing_heavy(words):
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['sensitivity', *{words!r}]\n"
        "try:\n    runpy.run_module('analysis.sensitivity', run_name='__main__')\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == (0 if words == ["--help"] else 2)
    loaded = set(done.stderr.split())
    assert not loaded & {"pandas", "matplotlib", "SALib", "numba", "mesa", "scipy"}


def test_the_arguments_can_join_another_parser():
    parser = argparse.ArgumentParser()
    sensitivity.add_arguments(parser)
    arguments = parser.parse_args([SCENARIO, "other", "--groups"])
    assert arguments.scenarios == [SCENARIO, "other"]
    assert arguments.groups


@pytest.mark.parametrize("name", ["reach", "uptake", "adds.moderate", "adherence.half_life_years"])
def test_a_run_is_never_taken_for_one_of_other_people(name):
    """Tallies are shared by runs that differ in nothing the kernel is given, and by no others."""
    scenario = load_scenario(SCENARIO, ["years=3"])
    shared = study_of_scenario.evaluator(scenario, 400)
    for share in (0.1, 0.9, 0.1):
        sample = {f"policies.walks.{name}": share}
        alone = study_of_scenario.evaluator(scenario, 400)(sample, 1)
        assert {name: str(each) for name, each in shared(sample, 1).items()} == {
            name: str(each) for name, each in alone.items()
        }
    assert shared({f"policies.walks.{name}": 0.9}, 1) != shared({f"policies.walks.{name}": 0.1}, 1)


def test_lives_are_followed_to_their_end_only_for_health_and_money():
    """All other outputs end with the run, and what they hold is the same bits."""
    scenario = load_scenario(SCENARIO, ["years=2"])
    whole, run = (
        study_of_scenario.evaluator(scenario, 300, lifetimes=lifetimes)({}, 1)
        for lifetimes in (True, False)
    )
    money = {name for name in whole if ask_for_worth([name])}
    assert {"qalys_gained_per_100k", "dalys_averted_per_100k"} <= money
    assert set(whole) - set(run) == money
    assert all(str(run[name]) == str(whole[name]) for name in run)
    assert ask_for_worth(["averted.stroke", "net_benefit_per_100k"])
    assert not ask_for_worth(["averted.stroke", "expected_averted_per_100k.deaths"])


def test_a_study_of_effects_simulates_who_can_matter_and_gets_the_same_numbers():
    scenario = load_scenario(SCENARIO, ["years=3"])
    for sample in ({}, {SHARE: 0.9, "policies.walks.uptake": 0.1}):
        whole, part = (
            study_of_scenario.evaluator(scenario, 2500, pathways=True, only_effects=only)(sample, 1)
            for only in (False, True)
        )
        asked = [name for name in whole if not ask_for_everybody([name])]
        assert {name: str(part[name]) for name in asked} == {
            name: str(whole[name]) for name in asked
        }
        assert set(DEFAULT_OUTPUTS) <= set(asked) and part["expected_relative_change.il6"] < 0
        others = [part[name] for name in whole if ask_for_everybody([name])]
        assert len(others) > 40 and np.isnan(others).all()


@pytest.mark.parametrize("horizon", ["run", "lifetime"])
def test_without_health_and_money_nobody_is_simulated_for_a_price(horizon, monkeypatch):
    """Those who would decline an invitation that has a price, and residents who have one."""
    rows = []
    run = study_of_scenario.run_slots

    def counting(setup, *arguments):
        rows.append(setup.plan.simulated_uptake.tolist() + setup.plan.counts_residents.tolist())
        run(setup, *arguments)

    monkeypatch.setattr(study_of_scenario, "run_slots", counting)
    words = ["years=3", f"economics.horizon={horizon}", "policies.walks.uptake=0.25"]
    scenario = load_scenario(SCENARIO, [*words, "policies.walks.cost.per_resident_year=1"])
    whole, part, few = (
        study_of_scenario.evaluator(scenario, 1500, only_effects=only, lifetimes=lifetimes)({}, 1)
        for only, lifetimes in ((False, True), (True, True), (True, False))
    )
    # everybody with the central values has no policies
    assert rows == [[1.0, 0], [], [1.0, 1], [], [0.25, 0], []]
    money = {name for name in whole if ask_for_worth([name])}
    assert {"policy_cost_per_100k", "net_benefit_per_100k"} <= money
    assert set(whole) - set(few) == money
    assert all(whole[name] == part[name] for name in money)
    told = [name for name in few if not ask_for_everybody([name])]
    assert {name: str(few[name]) for name in told} == {name: str(whole[name]) for name in told}


def test_a_study_of_effects_goes_on_with_levels(tmp_path, capsys):
    """Runs in which not everybody was simulated have no levels, and are run again for them."""
    words = (SCENARIO, "--method", "oat", "--inputs", REACH, "--persons", "400", "--years", "2",
             "--out", str(tmp_path), "--outputs")  # fmt: skip

    def lines(*outputs):
        assert studied(*words, *outputs) == 0
        table = pd.read_csv(tmp_path / SCENARIO / "sensitivity" / "oat" / "indices.csv")
        return capsys.readouterr().err, table

    told, effects = lines("expected_averted_per_100k.stroke", "expected_relative_change.il6")
    assert "3 runs, 3 to do" in told
    told, both = lines("expected_averted_per_100k.stroke", "expected_relative_change.il6",
                       "level.deaths")  # fmt: skip
    assert "3 runs, 3 to do" in told
    assert both[both["output"] != "level.deaths"].reset_index(drop=True).equals(effects)
    assert (both.loc[both["output"] == "level.deaths", "estimate"] == 0.0).all()
    told, again = lines("expected_averted_per_100k.stroke", "expected_relative_change.il6")
    assert "3 saved before" in told and again.equals(effects)


def test_the_change_of_il6_is_that_of_a_whole_run_where_nothing_is_moved():
    scenario = load_scenario(SCENARIO, ["years=3", "persons=2500", "seed=2"])
    result = simulate(scenario, threads=1)
    (counts,) = result.counts.values()
    found = study_of_scenario.evaluator(scenario, 2500, only_effects=True)({}, 2)
    assert found["expected_relative_change.il6"] == expected_il6_change(counts, counts)
    moved = study_of_scenario.evaluator(scenario, 2500, only_effects=True)({REACH: 0.9}, 2)
    assert moved["expected_relative_change.il6"] < found["expected_relative_change.il6"]


@pytest.mark.parametrize(
    ("outputs", "only"),
    [(["averted.stroke"], True), (list(DEFAULT_OUTPUTS), True), (["share_via_il6.stroke"], True),
     (["averted.stroke", "level.deaths"], False), (["relative_change.il6"], False),
     (["relative_change.stroke"], False), (["level_policy.deaths"], False)],
)  # fmt: skip
def test_everybody_is_simulated_only_where_an_output_asks_for_everybody(
    outputs, only, simulated, monkeypatch, tmp_path
):
    asked = []
    monkeypatch.setattr(
        study_request, "evaluator",
        lambda *a, only_effects, **k: asked.append(only_effects) or (lambda sample, seed: {}),
    )  # fmt: skip
    studied(SCENARIO, "--inputs", REACH, "--method", "oat", "--out", str(tmp_path), "--dry-run",
            "--outputs", *outputs)  # fmt: skip
    assert set(asked) == {only}
