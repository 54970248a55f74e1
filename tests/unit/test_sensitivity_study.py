"""Studies of toy functions: what is run, what is reused, what is refused, what is said."""

from __future__ import annotations

import io
import math
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.sensitivity.design import DUMMY, SEED, Input
from analysis.sensitivity.errors import RunError, StudyError
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.plan import Plan, check_plan
from analysis.sensitivity.presentation.figures import draw_study, first_by_column, main_finding
from analysis.sensitivity.presentation.labels import name_points, write_values
from analysis.sensitivity.presentation.panels import (
    draw_bars,
    draw_convergence,
    draw_heat_map,
    draw_mu_sigma,
    draw_scatter,
    draw_tornado,
)
from analysis.sensitivity.presentation.summary import (
    carriers,
    leaders,
    not_told_apart,
    output_in_words,
    rank_stability,
    ranking,
    summary_in_words,
)
from analysis.sensitivity.study import in_values, run_study

INPUTS = tuple(
    Input(
        f"il6.x{i}",
        group=("inflammation", "disease")[i % 2],
        unit="pg/mL",
        quantile=lambda share: 10 * share,
    )
    for i in range(4)
)
OUTPUTS = ["averted.stroke", "averted.deaths"]


@cache
def error_of(seed):
    return np.random.default_rng(seed).normal()


def policy(sample, seed):
    """Act as a model with Monte Carlo error: the first input matters most, the last not at all."""
    share = [sample.get(f"il6.x{i}", 0.5) for i in range(4)]
    drawn = error_of(seed)
    return {
        "averted.stroke": 100 * (4 * share[0] + 2 * share[1] + share[0] * share[2]) + 5 * drawn,
        "averted.deaths": 10 * share[1] + 0.5 * drawn,
    }


def counted(evaluate, calls):
    def evaluate_and_count(sample, seed):
        calls.append((dict(sample), seed))
        return evaluate(sample, seed)

    return evaluate_and_count


def index_of(study, output, index, name):
    rows = study.indices.query("output == @output and `index` == @index and input == @name")
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan("sobbol", INPUTS, 64), "unknown method 'sobbol'.*did you mean 'sobol'"),
        (Plan("sobol", INPUTS, 100), "100, must be a power of two.*such as 64 or 128"),
        (Plan("oat", INPUTS, 4), "4, but oat moves.*must be 1 or left out"),
        (Plan("sobol", INPUTS, 8), "8, too few for an interval.*at least 16"),
        (Plan("morris", INPUTS, 2), "2, too few for an interval"),
        (Plan("fast", INPUTS, 4, grouped=True), "fast cannot move groups.*morris, sobol, shapley"),
        (Plan("sobol", INPUTS[:1], 64), "1 inputs to compare"),
        (Plan("sobol", INPUTS, 64, seed=0), "seed: is 0; must be a whole number between 1 and"),
        (Plan("delta", INPUTS, 512, second_order=True), "--second-order is for sobol only"),
        (
            Plan("shapley", tuple(Input(f"x{i}") for i in range(20)), 64),
            "at most 12 inputs, found 20.*--groups",
        ),
    ],
)
def test_a_plan_that_cannot_work_is_refused_before_anything_runs(plan, message):
    calls = []
    with pytest.raises(StudyError, match=message):
        run_study(plan, counted(policy, calls), OUTPUTS)
    assert not calls


def test_every_problem_of_a_plan_is_named_at_once():
    with pytest.raises(StudyError) as caught:
        check_plan(Plan("pawn", INPUTS, 200, seed=-1, grouped=True))
    assert len(caught.value.problems) == 3


def test_few_samples_are_warned_about():
    assert "expect wide intervals" in check_plan(Plan("sobol", INPUTS, 64))[0]
    assert check_plan(Plan("sobol", INPUTS, 256)) == []


def test_twice_the_samples_run_only_the_new_half(tmp_path):
    first, second = [], []
    run_study(Plan("sobol", INPUTS, 32), counted(policy, first), OUTPUTS, folder=tmp_path)
    longer = run_study(Plan("sobol", INPUTS, 64), counted(policy, second), OUTPUTS, folder=tmp_path)
    assert len(first) == len(second) == 32 * 6
    assert longer.indices.equals(run_study(Plan("sobol", INPUTS, 64), policy, OUTPUTS).indices)


@pytest.mark.parametrize(("method", "samples"), [("morris", 5), ("shapley", 16)])
def test_other_methods_extend_too(tmp_path, method, samples):
    calls = []
    run_study(Plan(method, INPUTS, samples), policy, OUTPUTS, folder=tmp_path)
    run_study(Plan(method, INPUTS, 2 * samples), counted(policy, calls), OUTPUTS, folder=tmp_path)
    whole = run_study(Plan(method, INPUTS, 2 * samples), policy, OUTPUTS)
    assert len(calls) < whole.new_runs


def test_methods_that_ask_for_the_same_points_share_the_runs(tmp_path):
    calls = []
    run_study(Plan("rbd_fast", INPUTS, 128), policy, OUTPUTS, folder=tmp_path)
    run_study(Plan("pawn", INPUTS, 128), counted(policy, calls), OUTPUTS, folder=tmp_path)
    assert calls == []


def test_the_number_of_threads_changes_nothing():
    one = run_study(Plan("sobol", INPUTS, 16), policy, OUTPUTS)
    four = run_study(Plan("sobol", INPUTS, 16), policy, OUTPUTS, threads=4)
    assert one.indices.equals(four.indices)


def test_a_run_that_fails_is_named_and_the_finished_ones_are_kept(tmp_path):
    def failing(sample, seed):
        if sample["il6.x0"] > 0.9:
            raise ZeroDivisionError("no one left")
        return policy(sample, seed)

    with pytest.raises(RunError, match=r"run \d+ \[\w+\].*failed: ZeroDivisionError: no one"):
        run_study(Plan("sobol", INPUTS, 16), failing, OUTPUTS, folder=tmp_path)
    again = run_study(Plan("sobol", INPUTS, 16), policy, OUTPUTS, folder=tmp_path)
    assert 0 < again.new_runs < 16 * 6


def test_one_nan_stops_the_analysis_and_is_run_again_later(tmp_path):
    def broken(sample, seed):
        bad = sample["il6.x0"] > 0.98
        return {"averted.stroke": math.nan if bad else 1.0, "averted.deaths": sample["il6.x1"]}

    plan = Plan("rbd_fast", INPUTS, 64)
    with pytest.raises(RunError, match=r"run \d+ .*averted.stroke is nan"):
        run_study(plan, broken, OUTPUTS, folder=tmp_path)
    run_study(plan, broken, ["averted.deaths"], folder=tmp_path)
    again = run_study(plan, policy, OUTPUTS, folder=tmp_path)
    assert 1 <= again.new_runs < 5


def test_an_output_that_no_run_knows_is_left_out(tmp_path, capsys):
    def nobody_left(sample, seed):
        return policy(sample, seed) | {"level.bmi": math.nan, "level.sbp": math.nan}

    plan = Plan("morris", INPUTS, 4)
    found = run_study(plan, nobody_left, [*OUTPUTS, "level.bmi"], folder=tmp_path)
    told = capsys.readouterr().err
    assert told.count("level.bmi") == 1 and told.startswith("warning: study: left out: ")
    assert found.outputs == tuple(OUTPUTS) and found.left_out == ("level.bmi",)
    assert found.indices.equals(run_study(plan, policy, OUTPUTS).indices)
    assert "Left out: level.bmi (unknown in every run" in summary_in_words(found)
    again = run_study(plan, nobody_left, [*OUTPUTS, "level.bmi"], folder=tmp_path)
    assert again.left_out == ("level.bmi",)  # run again: runs of effects alone know no levels
    with pytest.raises(RunError) as none:
        run_study(plan, nobody_left, ["level.bmi", "level.sbp"], folder=tmp_path)
    told, *others = none.value.problems
    assert "--outputs: nothing is left to study: level.bmi, level.sbp (" in told and not others


def test_a_dummy_input_scores_zero_and_costs_no_runs():
    calls = []
    plan = Plan("sobol", (*INPUTS, Input(DUMMY, DUMMY)), 64)
    study = run_study(plan, counted(policy, calls), OUTPUTS)
    dummy = index_of(study, "averted.stroke", "ST", DUMMY)
    assert dummy["estimate"] == 0.0
    first = index_of(study, "averted.stroke", "S1", DUMMY)
    assert first["lower"] <= 0.0 <= first["upper"]
    assert all(DUMMY not in sample for sample, _ in calls)
    # A base point with only the dummy moved is the base point again.
    assert study.new_runs == 64 * 6


def test_a_dummy_input_scores_little_without_common_random_numbers():
    plan = Plan("sobol", (*INPUTS, Input(DUMMY, DUMMY)), 256, independent_seeds=True)
    study = run_study(plan, policy, OUTPUTS)
    first = index_of(study, "averted.stroke", "S1", DUMMY)
    assert first["lower"] <= 0.0 <= first["upper"]
    assert 0.0 < index_of(study, "averted.stroke", "ST", DUMMY)["estimate"] < 0.02


@pytest.mark.parametrize("spread", [0.0, 1.0, 4.0])
def test_the_seed_as_an_input_carries_the_share_of_the_monte_carlo_error(spread):
    def with_error(sample, seed):
        return {"y": sample["il6.x0"] + spread * np.random.default_rng(seed).normal() / 12**0.5}

    study = run_study(Plan("sobol", (INPUTS[0], Input(SEED, SEED)), 512), with_error, ["y"])
    share = index_of(study, "y", "ST", SEED)
    expected = spread**2 / (spread**2 + 1)
    assert share["lower"] - 0.01 <= expected <= share["upper"] + 0.01


def test_common_random_numbers_keep_monte_carlo_error_out_of_the_indices():
    common = run_study(Plan("sobol", INPUTS, 256), policy, OUTPUTS)
    independent = run_study(Plan("sobol", INPUTS, 256, independent_seeds=True), policy, OUTPUTS)
    idle = "il6.x3"
    assert index_of(common, "averted.deaths", "ST", idle)["estimate"] == pytest.approx(0, abs=1e-9)
    assert index_of(independent, "averted.deaths", "ST", idle)["estimate"] > 0.01


def test_progress_is_told_in_plain_lines(tmp_path):
    streams = io.StringIO(), io.StringIO()
    for stream in streams:
        run_study(
            Plan("morris", INPUTS, 20), policy, OUTPUTS, folder=tmp_path, progress=stream,
            title="walks",
        )  # fmt: skip
    first, again = (stream.getvalue().splitlines() for stream in streams)
    assert re.fullmatch(r"walks: (\d+) runs, \1 to do", first[0])
    assert first[-1].startswith("walks: done in")
    assert re.fullmatch(r"walks: (\d+) runs, \1 saved before, 0 to do", again[0])


def test_values_reach_a_function_that_asks_for_values():
    seen = []

    def evaluate(values, seed):
        seen.append(values["il6.x1"])
        return {"y": values["il6.x1"]}

    run_study(
        Plan("oat", INPUTS, 1),
        in_values(lambda v, s: evaluate({"il6.x1": 5.0} | v, s), INPUTS),
        ["y"],
    )
    assert min(seen) == pytest.approx(0.25)
    assert max(seen) == pytest.approx(9.75)


def test_the_tornado_measures_both_ends_against_the_centre():
    def hump(sample, seed):
        return {"y": -((sample.get("il6.x0", 0.5) - 0.5) ** 2) + sample.get("il6.x1", 0.5)}

    study = run_study(Plan("oat", INPUTS, 1), hump, ["y"])
    assert index_of(study, "y", "swing", "il6.x0")["estimate"] == pytest.approx(0.475**2)
    assert index_of(study, "y", "low", "il6.x1")["estimate"] == pytest.approx(-0.475)
    assert index_of(study, "y", "high", "il6.x1")["estimate"] == pytest.approx(0.475)


def test_summary_says_who_carries_the_variance():
    study = run_study(Plan("sobol", INPUTS, 256), policy, OUTPUTS)
    words = summary_in_words(study)
    assert "input by itself carries" in words
    assert "variance of cases of stroke averted: il6.x0 (" in words
    assert "variance of deaths averted: il6.x1 (" in words
    assert "With half the samples the same 4 lead" in words
    assert "all runs share their random numbers" in words


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_words_and_pictures(tmp_path, method):
    samples = {"oat": 1, "morris": 8, "fast": 3}.get(method, 128)
    outputs = OUTPUTS if method == "sobol" else OUTPUTS[:1]
    study = run_study(Plan(method, INPUTS, samples), policy, outputs)
    words = summary_in_words(study)
    assert METHODS[method].title in words
    about_stroke = words.split("\n\n")[1]
    assert "il6.x0 (" in about_stroke
    if method in ("fast", "rbd_fast", "delta", "pawn"):
        return  # drawn as sobol is
    paths = draw_study(study, tmp_path)
    names = {path.name for path in paths}
    assert ("sobol_heat_map.png" in names) == (method == "sobol")
    assert any(name.endswith("averted.stroke.png") for name in names)
    assert all(path.stat().st_size > 40 for path in paths)
    assert {path.suffix for path in paths} == {".png", ".svg", ".csv"}


def indices(*rows):
    names = ["column", "input", "estimate", "lower", "upper"]
    return pd.DataFrame(rows, columns=names).assign(index="mu_star")


def test_an_input_is_first_only_where_its_interval_is_clear_of_the_others():
    """By hand: b reaches into a's interval, c ends below it, d never moves anything."""
    met = indices(("y", "a", 3, 2, 4), ("y", "b", 2, 1, 2.5), ("y", "c", 1, 0, 1.9),
                  ("y", "d", 0, 0, 0))  # fmt: skip
    clear = indices(("z", "a", 3, 2, 4), ("z", "b", 1, 0.5, 1.9))
    one_at_a_time = indices(("w", "a", 3, math.nan, math.nan), ("w", "b", 2, math.nan, math.nan))
    assert [leaders(rows) for rows in (met, clear, one_at_a_time)] == [["a", "b"], ["a"], ["a"]]
    assert leaders(indices(("v", "a", 0, 0, 0))) == []
    assert not_told_apart(met) == "cannot be told apart: a and b"
    both = pd.concat([met, clear, indices(("v", "a", 0, 0, 0))])
    assert first_by_column(both, "results") == (
        "A matters most, clear of the second, for 1 of 2 results"
    )
    assert first_by_column(met, "results") == (
        "In none of 1 results is the first input clear of the second"
    )


@pytest.mark.parametrize(("weight", "told"), [(1.0, True), (9.0, False)])
def test_a_screening_names_the_first_only_if_it_can_be_told(weight, told):
    """Two inputs that multiply, of which one has a term of its own with some weight."""

    def model(sample, seed):
        a, b = sample["il6.x0"], sample["il6.x1"]
        return {"averted.deaths": a * b + (weight - 1.0) * a}

    study = run_study(Plan("morris", INPUTS, 4), model, ["averted.deaths"])
    finding, words = main_finding(study, "averted.deaths"), summary_in_words(study)
    assert ("cannot be told apart: il6.x" in finding) == told
    assert ("cannot be told apart: il6.x" in words) == told
    assert finding.startswith("Most moved by il6.x0") != told
    assert "4 trajectories are few for morris" in words
    enough = run_study(Plan("morris", INPUTS, 10), model, ["averted.deaths"])
    assert "are few" not in summary_in_words(enough)


def test_an_output_that_does_not_vary_is_said_so_and_not_drawn(tmp_path):
    output = "averted.breast_cancer"
    study = run_study(Plan("sobol", INPUTS, 16), lambda sample, seed: {output: 0.0}, [output])
    assert "Cases of breast cancer averted does not vary" in summary_in_words(study)
    assert draw_study(study, tmp_path) == []


def test_counts_too_small_to_show_an_influence_are_warned_about():
    def rare(sample, seed):
        return {
            "averted.stroke": float(sample["il6.x0"] > 0.5),
            "gained.life_years": sample["il6.x0"],
        }

    study = run_study(Plan("sobol", INPUTS, 16), rare, ["averted.stroke", "gained.life_years"])
    words = summary_in_words(study).split("\n\n")
    assert "whole numbers are too coarse" in words[1]
    assert "too coarse" not in words[2]


def test_too_few_samples_show_in_the_rank_stability():
    study = run_study(Plan("sobol", INPUTS, 128), policy, OUTPUTS)
    stable = rank_stability(study.convergence, "ST")
    assert stable["samples"].unique().tolist() == [16, 32, 64]
    assert stable["rank_correlation"].between(-1, 1).all()
    shifts = stable[stable["output"] == "averted.stroke"]["largest_shift"]
    assert (shifts > 0).all()


def test_carriers_count_from_the_largest():
    study = run_study(Plan("sobol", INPUTS, 256), policy, OUTPUTS)
    ranked = ranking(study.indices, "averted.stroke", "S1")
    assert ranked["estimate"].is_monotonic_decreasing
    assert carriers(ranked, 0.5) == 1
    assert carriers(ranked, 0.9) == 2
    assert carriers(ranked, 2.0) is None


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("averted.type_2_diabetes", "cases of type 2 diabetes averted"),
        ("averted.deaths", "deaths averted"),
        ("relative_change.il6", "relative change of IL-6"),
        ("expected_relative_change.il6", "expected relative change of IL-6"),
        ("level.incidence.stroke", "the level of stroke in the baseline"),
        ("gini", "gini"),
    ],
)
def test_outputs_are_named_in_words(output, words):
    assert output_in_words(output) == words


def axes():
    from matplotlib.figure import Figure

    return Figure(layout="constrained").subplots()


def test_panels_are_labelled_and_complete():
    study = run_study(Plan("sobol", INPUTS, 64), policy, OUTPUTS)
    rows = study.indices.query("output == 'averted.stroke'")
    bars = draw_bars(rows, axes())
    assert len(bars.patches) == 8
    assert "[1]" in bars.get_xlabel() or "share" in bars.get_xlabel()
    lines = draw_convergence(
        study.convergence.query("output == 'averted.stroke' and `index` == 'ST'"), axes()
    )
    assert len(lines.lines) == 4
    assert lines.get_xlabel() == "samples"
    heat = draw_heat_map(
        study.indices.query("`index` == 'ST'").pivot(
            index="input", columns="output", values="estimate"
        ),
        axes(),
    )
    assert len(heat.texts) == 8


def test_panels_of_screening_and_tornado_name_their_inputs():
    morris = run_study(Plan("morris", INPUTS, 10), policy, OUTPUTS)
    rows = morris.indices.query("output == 'averted.stroke'")
    wide = rows.pivot(index="input", columns="index", values="estimate").reset_index()
    limits = rows.query("`index` == 'mu_star'").set_index("input").loc[wide["input"]]
    plane = draw_mu_sigma(
        wide.assign(lower=limits["lower"].to_numpy(), upper=limits["upper"].to_numpy()), axes()
    )
    assert len(plane.collections[1].get_offsets()) == 4
    name_points(plane, wide)
    # The last has no effect, so it is not named.
    assert {text.get_text() for text in plane.texts} == {entry.name for entry in INPUTS[:3]}
    oat = run_study(Plan("oat", INPUTS, 1), policy, OUTPUTS)
    rows = oat.indices.query("output == 'averted.stroke'")
    table = rows.pivot(index="input", columns="index", values="estimate").reset_index()
    tornado = draw_tornado(table, axes())
    assert len(tornado.patches) == 8
    write_values(tornado, table.assign(low_value="0.25", high_value="9.75"))
    assert [text.get_text() for text in tornado.texts] == ["0.25", "9.75"] * 4


def test_of_two_bars_on_one_side_both_values_stand_at_the_longer():
    table = pd.DataFrame(
        {"input": list("abcd"), "low": [-3.0, 1.0, -1.0, 0.0], "high": [2.0, 4.0, -2.0, 0.0],
         "low_value": "low", "high_value": "high"}
    )  # fmt: skip
    tornado = draw_tornado(table, axes())
    write_values(tornado, table)
    found = [(text.get_text(), text.xy) for text in tornado.texts]
    assert found == [
        ("low", (-3.0, 0)), ("high", (2.0, 0)), ("high / low", (4.0, 1)),
        ("high / low", (-2.0, 2)),
        ("low", (0.0, 3)), ("high", (0.0, 3)),
    ]  # fmt: skip
    order = [bar.get_zorder() for bar in tornado.patches]
    assert order[1] > order[5] and order[2] > order[6]  # the shorter bar lies on the longer one


def test_the_scatter_shows_every_run():
    table = pd.DataFrame({"input": np.arange(50.0), "output": np.arange(50.0), "label": "x [1]"})
    panel = draw_scatter(table, axes())
    assert panel.get_xlabel() == "x [1]"
    assert len(panel.collections[0].get_offsets()) == 50
