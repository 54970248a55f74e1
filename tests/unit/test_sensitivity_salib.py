"""Studies as SALib's own objects, and SALib's descriptions of inputs taken in."""

import math

import numpy as np
import pytest
from mesa import Model
from SALib import ProblemSpec
from SALib.analyze import morris, pawn, rbd_fast, sobol
from SALib.util import scale_samples

from analysis import study_mesa_model, study_scenario, uniform, whole_numbers
from analysis.sensitivity.design import Input
from analysis.sensitivity.errors import StudyError
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.salib_bridge import BOUNDS, inputs_of_problem
from analysis.sensitivity.study import in_values, run_study

PROBLEM = {
    "num_vars": 3,
    "names": ["x", "y", "z"],
    "bounds": [[-math.pi, math.pi], [0.0, 2.0], [1.0, 0.5]],
    "dists": ["unif", "unif", "norm"],
}


def ishigami(values, seed):
    x, y, z = (values.get(name, 0.5) for name in "xyz")
    return {"a": math.sin(x) + 7 * math.sin(y) ** 2 + 0.1 * z**4, "b": x + y * z}


def study_of(method, samples, outputs=("a", "b"), **options):
    inputs = inputs_of_problem(PROBLEM)
    plan = Plan(method, tuple(inputs), samples, **options)
    return run_study(plan, in_values(ishigami, inputs), outputs, resamples=50)


def estimates(study, output, index):
    rows = study.indices.query("output == @output and `index` == @index")
    return rows["estimate"].to_numpy(), rows["upper"].to_numpy() - rows["estimate"].to_numpy()


SAMPLES = {
    "oat": 1, "morris": 8, "sobol": 64, "fast": 3, "rbd_fast": 64, "delta": 128, "pawn": 128,
    "dgsm": 16, "shapley": 16,
}  # fmt: skip


@pytest.mark.parametrize("method", SAMPLES)
def test_every_method_has_its_indices_in_salib_form(method):
    study = study_of(method, SAMPLES[method])
    spec = study.to_salib()
    assert spec["names"] == ["x", "y", "z"] and spec["outputs"] == ["a", "b"]
    assert spec["bounds"] == PROBLEM["bounds"] and spec["dists"] == PROBLEM["dists"]
    assert spec.samples.shape == (len(study.table), 3)
    assert np.array_equal(spec.results, study.table)
    for output in ("a", "b"):
        for index in set(study.indices["index"]):
            mean, half = estimates(study, output, index)
            assert np.array_equal(spec.analysis[output][index], mean, equal_nan=True)
            if not np.isnan(half).all():
                assert np.allclose(spec.analysis[output][f"{index}_conf"], half)
    assert len(spec.to_df()) == 2
    assert "Analysis:" in str(spec)


def test_the_values_are_what_the_model_was_given():
    spec = study_of("sobol", 16).to_salib()
    again = [ishigami(dict(zip("xyz", row, strict=True)), 1)["a"] for row in spec.samples.tolist()]
    assert np.array_equal(spec.results[:, 0], again)


def test_salib_finds_the_same_indices():
    """Its analyzers, on the values and outputs handed out, with the study's own settings."""
    spec = study_of("sobol", 64, second_order=True).to_salib()
    own = sobol.analyze(spec, spec.results[:, 0], num_resamples=50, seed=1)
    for index in ("S1", "ST", "S2"):
        assert np.array_equal(spec.analysis["a"][index], own[index], equal_nan=True)
    assert np.allclose(spec.analysis["a"]["ST_conf"], own["ST_conf"])
    spec = study_of("rbd_fast", 128).to_salib()
    own = rbd_fast.analyze(spec, spec.samples, spec.results[:, 1], num_resamples=50, seed=1)
    assert np.allclose(spec.analysis["b"]["S1"], np.array(own["S1"], float))
    spec = study_of("pawn", 128).to_salib()
    assert np.allclose(
        spec.analysis["b"]["PAWN"], pawn.analyze(spec, spec.samples, spec.results[:, 1])["median"]
    )
    spec = study_of("morris", 8).to_salib()
    own = morris.analyze(spec, spec.samples, spec.results[:, 0], num_levels=4, seed=1)
    assert np.allclose(spec.analysis["a"]["mu_star"], own["mu_star"])
    turned = morris.analyze(spec, spec.samples, spec.results[::-1, 0], num_levels=4, seed=1)
    assert not np.allclose(spec.analysis["a"]["mu_star"], turned["mu_star"])


def test_the_plots_of_salib_draw_a_study():
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    for study in (study_of("sobol", 16), study_of("morris", 4), study_of("sobol", 16, ("a",))):
        spec = study.to_salib()
        assert spec.plot() is not None
        assert spec.heatmap() is not None
        pyplot.close("all")


def test_groups_come_out_and_go_in():
    grouped = {**PROBLEM, "groups": ["waves", "waves", "other"]}
    inputs = inputs_of_problem(grouped)
    plan = Plan("sobol", tuple(inputs), 16, grouped=True)
    spec = run_study(plan, in_values(ishigami, inputs), ["a"]).to_salib()
    assert spec["groups"] == ["waves", "waves", "other"]
    assert list(spec.to_df()[0].index) == ["waves", "other"]


class Drift(Model):
    """A walk whose steps are drawn anew in each run, from the seed."""

    def __init__(self, pull=0.0, spread=1.0, rng=None):
        super().__init__(rng=rng)
        self.pull, self.spread, self.place = pull, spread, 0.0

    def step(self):
        self.place += self.pull + self.spread * self.random.random()


def drift(inputs, **options):
    return study_mesa_model(Drift, inputs, {"place": "place"}, steps=3, samples=16, **options)


def test_a_problem_in_gives_the_same_study_out():
    names = ["pull", "spread"]
    problem = {"num_vars": 2, "names": names, "bounds": [[0.0, 0.6], [0.1, 0.5]]}
    ours = drift({"pull": uniform(0.0, 0.6), "spread": uniform(0.1, 0.5)})
    spec = ProblemSpec(dict(problem))
    for given in (problem, spec, ours.to_salib()):
        theirs = drift(given)
        assert np.array_equal(theirs.table, ours.table)
        assert theirs.indices.equals(ours.indices)
    assert ours.to_salib()["bounds"] == problem["bounds"]
    other = drift({**problem, "bounds": [[0.0, 0.6], [0.1, 0.9]]})
    assert not np.array_equal(other.table, ours.table)
    together = drift({**problem, "groups": ["a", "b"]})
    assert set(together.indices["input"]) == {"a", "b"}


def test_a_scenario_takes_names_and_groups_of_a_problem():
    options = {"method": "morris", "samples": 4, "persons": 50, "threads": 2}
    ours = study_scenario("walking_groups", some_inputs(), ["expected_averted.deaths"], **options)
    spec = ours.to_salib()
    assert spec["names"] == some_inputs()
    again = study_scenario("walking_groups", spec, ["expected_averted.deaths"], **options)
    assert again.indices.equals(ours.indices) and np.array_equal(again.table, ours.table)
    low, high = spec["bounds"][0]
    assert low < high and (spec.samples[:, 0] >= low - 1e-12).all()


def some_inputs():
    from abm import load_scenario
    from analysis.sensitivity.scenario_study import inputs_of

    found = inputs_of(load_scenario("walking_groups"))
    own = [name for name in found if name.startswith("policies.")][:2]
    return [*own, "il6.training.amplitude"]


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"names": ["x", "y"]}, ["3 bounds for 2 names", "num_vars is 3, but there are 2"]),
        ({"names": ["x", "y", "y"]}, ["'y' is named twice"]),
        ({"names": ["x", "y", 5]}, ["names: is 5; must be a text"]),
        ({"groups": ["a", "b"]}, ["2 groups for 3 names; must be one for each"]),
        ({"groups": "abc"}, ["groups: is 'abc'; must be a list"]),
        ({"groups": ["a", None, 3]}, ["groups: holds None; must be a text for each name"]),
        (
            {"dists": ["unif", "unif", "normal"]},
            ["dists: the one of 'z' is 'normal'; must be one of unif, logunif, norm, lognorm, "
             "truncnorm, triang, weibull; did you mean 'norm'?"],
        ),
        ({"dists": ["unif", 3, "norm"]}, ["dists: the one of 'y' is 3; must be one of unif,"]),
        (
            {"bounds": [[1, 1], [0, 1], [0, 1]]},
            ["bounds of 'x' are [1, 1]; the lower bound must be below the upper"],
        ),
        (
            {"bounds": [[1, 2], [0, 1], [0, -1]]},
            ["bounds of 'z' are [0, -1], for norm; must be [mean, standard deviation]: Normal "
             "distribution: stdev must be > 0"],
        ),
        (
            {"bounds": [[1], [0, 1, 2], [0]]},
            ["bounds of 'x' are [1]; must be [low, high] in finite numbers",
             "bounds of 'y' are [0, 1, 2]; must be [low, high] in finite numbers",
             "bounds of 'z' are [0], for norm; must be [mean, standard deviation] in finite"],
        ),
        (
            {"bounds": [1, ["a", 1], [0, math.nan]]},
            ["bounds of 'x' are 1; must be [low, high]", "bounds of 'y' are ['a', 1]; must be",
             "bounds of 'z' are [0, nan], for norm; must be [mean, standard deviation] in finite"],
        ),
        ({"bounds": [None, "01", [0, 1]]}, ["'x' are None; must be", "'y' are '01'; must be"]),
        ({"bounds": {"x": [0, 1]}}, ["bounds: is {'x': [0, 1]}; must be a list"]),
        ({"bounds": [1]}, ["1 bounds for 3 names; must be one for each"]),
        ({"bound": []}, ["unknown key 'bound'", "did you mean 'bounds'?"]),
    ],
)
def test_a_problem_that_is_wrong_is_refused(change, parts):
    with pytest.raises(StudyError) as refused:
        inputs_of_problem({**PROBLEM, **change})
    for part in parts:
        assert part in str(refused.value)
    assert all(line.startswith("SALib problem: ") for line in refused.value.problems)


@pytest.mark.parametrize("dist", BOUNDS)
def test_each_distribution_of_salib_is_taken_with_the_numbers_that_are_named(dist):
    numbers = {"truncnorm": [0.5, 3.0, 1.0, 0.5], "triang": [0.5, 3.0, 0.4]}.get(dist, [1.0, 2.0])
    assert len(numbers) in BOUNDS[dist][0]
    problem = {"names": ["x"], "bounds": [numbers], "dists": [dist]}
    (found,) = inputs_of_problem(problem)
    wanted = scale_samples(np.array([[0.3]]), {"bounds": [numbers], "dists": [dist]})
    assert found.quantile(0.3) == pytest.approx(wanted.item())
    with pytest.raises(StudyError, match=r"must be \[.*\].* in finite numbers"):
        inputs_of_problem({**problem, "bounds": [[1.0]]})


@pytest.mark.parametrize(
    ("problem", "told"),
    [({"bounds": [[0, 1]]}, "names are missing; must be a list of the names of inputs"),
     ({"num_vars": 1, "names": "il6.age_slope", "bounds": [[0, 1]]},
      "names: is 'il6.age_slope'; must be a list of the names of inputs")],
)  # fmt: skip
def test_a_problem_without_a_list_of_names_says_so(problem, told):
    with pytest.raises(StudyError) as refused:
        study_scenario("walking_groups", problem, persons=50)
    assert refused.value.problems == (f"SALib problem: {told}",)


def test_a_name_like_no_other_is_refused_with_the_nearest_of_its_kind():
    problem = {"names": ["il6.nonsens"], "bounds": [[0, 1]]}
    with pytest.raises(StudyError, match=r"nonsens: unknown input; of il6\.\* 'il6\.\S+' is"):
        study_scenario("walking_groups", problem, persons=50)


def test_unknown_names_are_refused_with_the_nearest():
    problem = {"names": ["pul", "spread"], "bounds": [[0, 1], [0, 1]]}
    wanted = "takes no keyword 'pul'; must be one of .*pull, rng, spread; did you mean 'pull'"
    with pytest.raises(ValueError, match=wanted):
        drift(problem)
    own = [*some_inputs()[:2], "il6.training.amplitud"]
    problem = {"names": own, "bounds": [[0, 1]] * 3}
    with pytest.raises(StudyError, match=r"did you mean 'il6\.training\.amplitude'"):
        study_scenario("walking_groups", problem, persons=50)
    problem = {"names": ["policies.*", "policy"], "bounds": [[0, 1]] * 2}
    with pytest.raises(StudyError, match=r"names: policies\.\*: .*\n.*names: policy: is a group"):
        study_scenario("walking_groups", problem, persons=50)
    with pytest.raises(StudyError, match=r"polcy.*did you mean 'policy'"):
        study_scenario("walking_groups", ["polcy"], persons=50)
    problem = {"names": some_inputs(), "bounds": [[0, 1], [0, 1], [0, 50]]}
    with pytest.raises(StudyError, match=r"'il6\.training\.amplitude' are \[0, 50\]"):
        study_scenario("walking_groups", problem, persons=50)


def test_arrays_are_lists():
    lists = {**PROBLEM, "groups": ["waves", "waves", "other"]}
    arrays = {key: given if key == "num_vars" else np.array(given) for key, given in lists.items()}
    assert inputs_of_problem(arrays) == inputs_of_problem(lists)
    names = ["pull", "spread"]
    problem = {"names": names, "bounds": [[0.0, 0.6], [0.1, 0.5]]}
    given = {**problem, "groups": np.array(["a", "b"]), "dists": np.array(["unif", "unif"])}
    assert set(drift(given).indices["input"]) == {"a", "b"}
    own = {"names": some_inputs(), "bounds": [[0, 1]] * 3, "groups": np.array(["a", "a", "b"])}
    options = {"method": "morris", "samples": 4, "persons": 50}
    found = study_scenario("walking_groups", own, ["expected_averted.deaths"], **options)
    assert set(found.indices["input"]) == {"a", "b"}


@pytest.mark.parametrize(
    ("inputs", "part"),
    [
        (None, "inputs: is None; must be "),
        (5, "inputs: is 5; must be "),
        ({"num_vars": 1, "bounds": [[0, 1]]}, "SALib problem: names are missing; must be a list"),
        ({"names": None, "bounds": [[0, 1]]}, "SALib problem: names are missing; must be a list"),
        ({"names": "pull", "bounds": [[0, 1]]}, "SALib problem: names: is 'pull'; must be a list"),
    ],
)
def test_what_names_no_inputs_is_told(inputs, part):
    for study in (drift, lambda given: study_scenario("walking_groups", given, persons=50)):
        with pytest.raises(ValueError) as refused:
            study(inputs)
        assert str(refused.value).startswith(part)


def test_a_study_with_a_seed_factor_goes_out_and_comes_back():
    ours = drift({"pull": uniform(0.0, 0.6), "spread": uniform(0.1, 0.5)}, seed_factor=True)
    spec = ours.to_salib()
    assert spec["names"] == ["pull", "spread", "seed"]
    again = drift(spec, seed_factor=True)
    assert np.array_equal(again.table, ours.table) and again.indices.equals(ours.indices)
    with pytest.raises(StudyError, match=r"'seed' is the seed of the runs; .* seed_factor=True"):
        drift(spec)
    normal = {"names": ["pull"], "bounds": [[0.3, 0.1]], "dists": ["norm"]}
    bell = drift(normal, seed_factor=True)
    assert np.array_equal(drift(bell.to_salib(), seed_factor=True).table, bell.table)
    turned = {"names": ["seed", "spread"], "bounds": [[0, 1], [0.1, 0.5]], "groups": ["a", "b"]}
    assert list(drift(turned, seed_factor=True).indices["input"].unique()) == ["a", "b"]


@pytest.mark.parametrize("grouped", [False, True])
def test_a_study_of_a_scenario_with_a_seed_factor_comes_back(grouped):
    options = {"method": "morris", "samples": 4, "persons": 50, "seed_factor": True}
    outputs = ["expected_averted.deaths"]
    ours = study_scenario("walking_groups", some_inputs(), outputs, grouped=grouped, **options)
    spec = ours.to_salib()
    again = study_scenario("walking_groups", spec, outputs, **options)
    assert np.array_equal(again.table, ours.table) and again.indices.equals(ours.indices)
    with pytest.raises(StudyError, match=r"'seed' is the seed of the runs; .* seed_factor=True"):
        study_scenario("walking_groups", spec, outputs, persons=50)


def test_a_scenario_takes_no_distributions_of_a_problem():
    problem = {"names": some_inputs(), "bounds": [[0, 1]] * 3, "dists": ["norm", "unif", "lognorm"]}
    with pytest.raises(StudyError) as refused:
        study_scenario("walking_groups", problem, persons=50)
    first, last = refused.value.problems
    assert f"dists: the one of '{some_inputs()[0]}' is 'norm', but the scenario" in first
    assert f"'{some_inputs()[2]}' is 'lognorm'" in last and last.endswith("'unif', or left out")


def test_inputs_without_a_number_of_their_own_come_out_as_shares():
    table = Input("table")
    plan = Plan("morris", (table, Input("n", quantile=whole_numbers(1, 4))), 4)
    study = run_study(plan, lambda sample, seed: {"a": sample["table"] + sample["n"]}, ["a"])
    spec = study.to_salib()
    assert np.array_equal(spec.samples[:, 0], study.design.shares[:, 0])
    assert set(spec.samples[:, 1]) <= {1.0, 2.0, 3.0, 4.0}
    assert "dists" not in spec and spec["bounds"] == [[0.025, 0.975], [1, 4]]
