"""What Mesa's users may call: each public name works, or says what to do instead."""

from __future__ import annotations

import copy
import inspect
import random
import warnings
from dataclasses import fields

import mesa
import numpy as np
import pytest
from mesa import Agent, DataCollector, Model, batch_run

from abm import ExerciseModel, People, load_scenario
from abm.mesa_face import seeds
from abm.mesa_face.guarded import FIXED
from abm.scenario.parts import Scenario
from tests.mesa_names import (
    KINDS,
    PAGE,
    make,
    present_version,
    public_names,
    rewritten,
    rows_of,
    verdict,
)

SCHEDULES = hasattr(Model, "run_until")  # Mesa 3.5
TAKES_SEEDS = seeds.TAKES_SEEDS


@pytest.fixture
def model():
    return make()


NAMES = [(title, name) for title, kind in KINDS.items() for name in kind.known]


@pytest.mark.parametrize(("title", "name"), NAMES)
def test_a_public_name_does_what_the_table_of_the_docs_says(title, name):
    told = rows_of(PAGE.read_text(encoding="utf-8"))[f"{title}.{name}"]
    if present_version() in told:
        assert verdict(title, name) == told[present_version()]
    else:  # a Mesa that is newer than the table
        verdict(title, name)


@pytest.mark.parametrize("title", KINDS)
def test_no_public_name_of_mesa_is_left_out(title):
    assert set(public_names(KINDS[title].of_mesa)) - set(KINDS[title].known) == set()


def test_the_table_of_the_docs_is_that_of_the_script():
    page = PAGE.read_text(encoding="utf-8")
    assert rewritten(page) == page, "python -m tests.mesa_names --rewrite"


def test_a_name_that_does_something_else_is_noticed(monkeypatch):
    wrong = KINDS["AgentSet"]._replace(known={"count": (lambda s: 7, 8), "pop": (len, "refused")})
    monkeypatch.setitem(KINDS, "AgentSet", wrong)
    for name in wrong.known:
        with pytest.raises(AssertionError, match=f"AgentSet.{name} gives"):
            verdict("AgentSet", name)


@pytest.mark.parametrize("rather", ["step", "run_for", "run_until", "schedule_event", "scheduled"])
def test_past_the_end_nothing_is_done_and_it_is_said_every_time(rather, model):
    ways = {"step": lambda: model.step()}
    if SCHEDULES:
        from mesa.time import Schedule

        ways["run_for"] = lambda: model.run_for(1)
        ways["run_until"] = lambda: model.run_until(13)
        ways["schedule_event"] = lambda: model.schedule_event(print, after=1)
        ways["scheduled"] = lambda: model.schedule_recurring(print, Schedule(1.0, start=13.0))
    if rather not in ways:
        pytest.skip(f"Mesa {mesa.__version__} has none")
    model.run_model()
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"step 13 lies past the end.*12 steps \(1 year\)"):
            ways[rather]()
    assert (model.steps, model.population.steps_done) == (12, 12)
    assert len(model.datacollector.model_vars["date"]) == 12


@pytest.mark.parametrize("name", ["steps", "time"])
def test_what_mesa_counts_cannot_be_set(name, model):
    if "time" not in dir(Model) and name == "time":
        pytest.skip(f"Mesa {mesa.__version__} has none")
    model.step()
    for value in (0, 20):
        with pytest.raises(AttributeError, match=f"{name} is counted as people are simulated"):
            setattr(model, name, value)
    assert getattr(model, name) == 1
    model.run_model()
    assert getattr(model, name) == model.population.steps_done == 12


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("seed", 5, r"seed is given when a model is made .*ExerciseModel\(scenario, rng=2\)"),
        ("persons", 500, r"persons is given when .*ExerciseModel\(scenario, persons=5000\)"),
        ("years", 40, r"years is given when .*ExerciseModel\(scenario, years=40\)"),
        ("parameters", {}, "parameters is given when a model is made"),
        ("pathways", False, r"pathways is given when .*pathways=False\)"),
        ("numbers", {}, r"numbers is given when .*policies\.walks\.reach"),
        ("agent_reporters", {}, r"agent_reporters is given when .*agent_reporters="),
        ("rng", np.random.default_rng(5), "rng cannot be set: the random numbers of the run"),
        ("random", random.Random(5), "random cannot be set: the random numbers of the run"),
        ("exercise_scenario", None, "a model keeps the scenario it was made with"),
        ("policies", (), "policies belongs to the scenario .*load_scenario"),
        ("population", None, "population belongs to the scenario"),
        ("start_year", 2030, "start_year belongs to the scenario"),
        ("step_months", 12, "step_months belongs to the scenario"),
        ("economics", None, "economics belongs to the scenario"),
        ("agents", [], "agents cannot be set: people come from the scenario"),
        ("agent_types", [], "agent_types cannot be set: people come from the scenario"),
        ("agents_by_type", {}, "agents_by_type cannot be set: people come from the scenario"),
        ("date", 2030.0, "date follows from the scenario's start_year"),
        ("worlds", (), "worlds follow from the scenario's policies"),
        ("running", "no", "running: is the text 'no'; must be True or False"),
    ],
)
def test_what_would_be_without_effect_cannot_be_set(name, value, told, model):
    before = getattr(model, name, None)
    with pytest.raises(AttributeError, match=told):
        setattr(model, name, value)
    assert name in ("agents", "agents_by_type") or getattr(model, name, None) == before
    assert name not in vars(model) or name in ("rng", "random", "population", "numbers")
    model.step()
    assert model.datacollector.model_vars["seed"] == [3]


def test_every_argument_of_a_model_is_refused_later():
    arguments = set(inspect.signature(ExerciseModel).parameters) - {"kwargs"} | {"numbers"}
    words_for_people = {"name", "title", "description", "source", "not_valued"}
    of_files = {"path", "intervals", "warnings", "added", "source_from"}
    of_scenarios = {each.name for each in fields(Scenario)} - words_for_people - of_files
    assert arguments | of_scenarios <= set(FIXED)


@pytest.mark.parametrize(
    ("name", "value"), [("bmi", 20.0), ("smoker", False), ("habitual_met_hours", 20.0)]
)
def test_people_cannot_be_changed_after_the_end(name, value):
    model = make()
    model.run_model()
    with pytest.raises(ValueError, match="the run is over, so a change would be without effect"):
        model.agents.set(name, value)
    with pytest.raises(ValueError, match="the run is over"):
        setattr(model.agents[0], name, value)


def test_money_within_the_run_is_said_to_be_that():
    model = make()
    model.run_model()
    result = model.result()
    assert result.manifest["scenario"]["economics"]["horizon"] == "run"
    assert set(result.economics["horizon"]) == {"run"}
    assert any("to the end of the run only" in each for each in result.manifest["warnings"])
    scenario = load_scenario("walking_groups", ["economics.horizon=run"])
    asked = ExerciseModel(scenario, persons=60, years=1)
    asked.run_model()
    assert not any("end of the run only" in each for each in asked.result().manifest["warnings"])


def test_attributes_of_ones_own_stay(model):
    model.name, model.note = "mine", 3
    assert (model.name, model.note) == ("mine", 3)


class Stopping(ExerciseModel):
    """Stops after its fifth step, as models of Mesa do."""

    def step(self):
        super().step()
        if self.steps == 5:
            self.running = False


def test_a_model_that_is_told_to_stop_stops_and_goes_on_when_told():
    model = Stopping("walking_groups", persons=60, years=1)
    model.run_model()
    assert (model.steps, model.running) == (5, False)
    model.step()  # Mesa steps whenever it is asked
    assert (model.steps, model.running) == (6, False)
    model.running = True
    model.run_model()
    assert (model.steps, model.running) == (12, False)
    with pytest.raises(AttributeError, match=r"running: the run is over after 12 steps \(1 year\)"):
        model.running = True
    model.running = False


def test_running_too_far_is_refused_before_the_first_step():
    if not SCHEDULES:
        pytest.skip(f"Mesa {mesa.__version__} has no run_until")
    model = make()
    with pytest.raises(RuntimeError, match="step 50 lies past the end"):
        model.run_until(50)
    assert model.population.steps_done == 0


def test_people_give_no_signals():
    if not SCHEDULES:
        pytest.skip(f"Mesa {mesa.__version__} has no signals")
    with pytest.raises(NotImplementedError, match="compare model.agents"):
        make().observe("agents", "agent_added", print)


# Attributes of persons of one's own ---------------------------------------------------------------


def test_an_attribute_of_ones_own_stays_with_the_person_in_that_world(model):
    number = model.agents[5].unique_id
    model.agents[5].arm = "control"
    model.agents[6].arm = ["kept", "as it is"]
    person = next(each for each in model.agents if each.unique_id == number)
    assert person.arm == "control" and not hasattr(person.twin, "arm")
    person.twin.arm = "twin's"
    model.step()
    assert (person.arm, person.twin.arm) == ("control", "twin's")
    assert model.agents.get("arm", "default", None).count("control") == 1
    assert not hasattr(make().agents[5], "arm")


def test_attributes_of_ones_own_serve_sets_and_reporters():
    model = make(agent_reporters={"arm": "arm", "dose": lambda person: person.met_hours})
    model.agents.select(at_most=20).set("arm", "first")
    model.agents.select(lambda person: not hasattr(person, "arm")).set("arm", "second")
    assert model.agents.groupby("arm").count() == {"first": 20, "second": 40}
    plain = make()
    for each in (model, plain):
        each.run_model()
    rows = model.datacollector.get_agent_vars_dataframe()
    assert rows.loc[12, "arm"].tolist() == model.agents.get("arm")
    assert rows.loc[12, "dose"].tolist() == model.agents.get("met_hours")
    assert plain.measures("policy") == model.measures("policy")  # the equations read none of it


def test_a_person_can_be_copied(model):
    person = model.agents[0]
    person.arm = 1
    assert copy.copy(person) == person and copy.copy(person).arm == 1
    with pytest.raises(AttributeError, match="has no attribute 'legs'"):
        person.legs  # noqa: B018


# Numbers as keywords -----------------------------------------------------------------------------


def test_numbers_are_those_of_a_scenario_with_them():
    paths = {"policies.walks.reach": 0.9, "parameters.causal_share.all_else": 0.2}
    told = load_scenario("walking_groups", [f"{path}={value}" for path, value in paths.items()])
    size = {"persons": 600, "years": 2, "rng": 3}
    by_keyword = run(ExerciseModel("walking_groups", **size, **paths))
    by_scenario = run(ExerciseModel(told, **size))
    without = run(ExerciseModel("walking_groups", **size))
    assert dict(by_keyword.numbers) == paths
    assert by_keyword.measures("policy") == by_scenario.measures("policy")
    effects = [each.result().effects for each in (by_keyword, by_scenario, without)]
    assert effects[0].equals(effects[1])
    assert (effects[0]["expected_averted"] != effects[2]["expected_averted"]).any()


def run(model):
    model.run_model()
    return model


@pytest.mark.parametrize(
    ("keyword", "value", "kind", "told"),
    [
        ("policies.walks.reech", 0.5, ValueError, "did you mean 'policies.walks.reach'"),
        ("policies.walk.reach", 0.5, ValueError, "must be one of walks; did you mean"),
        ("policies.walks.reach", 5, ValueError, "is 5; must be a number between 0 and 1"),
        ("policies.walks.reach", "all", ValueError, "is the text 'all'; must be a number"),
        ("parameters.no.such", 1, ValueError, "parameters.no.such: names no single number"),
        ("person", 5, TypeError, "takes no keyword 'person'; .* did you mean 'persons'"),
        ("seed", 5, TypeError, "takes no keyword 'seed'; .* did you mean 'rng'"),
        ("reach", 0.5, TypeError, "takes no keyword 'reach'; .*'policies.walks.reach'"),
    ],
)
def test_a_keyword_that_is_no_number_of_the_scenario_is_refused(keyword, value, kind, told):
    with pytest.raises(kind, match=told):
        make(**{keyword: value})


# People of two models ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mix",
    [
        lambda one, other: People([one[0], other[0]]),
        lambda one, other: one.add(other[0]),
        lambda one, other: one | other,
        lambda one, other: one ^ other,
        lambda one, other: one.__ior__(other),
        lambda one, other: People([*one, other[0].twin]),
    ],
    ids=["made", "added", "united", "either", "united in place", "twin"],
)
def test_people_of_two_models_are_refused_in_one_set(mix):
    one, other = make().agents.select(), make().agents.select()
    before = one.get("bmi")
    with pytest.raises(
        ValueError, match="people of two models cannot be in one set: .* keep a set"
    ):
        mix(one, other)
    assert one.get("bmi") == before


def test_sets_of_two_models_share_nobody_and_an_emptied_set_is_free():
    one, other = make().agents.select(), make().agents
    assert one.isdisjoint(other) and other[0] not in one
    assert len(one & other) == 0 and len(one - other) == len(one)
    one.clear()
    one.add(other[0])
    assert one.to_list() == [other[0]]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.discard(s[0]), lambda s: s.remove(s[0]), lambda s: s.pop(),
        lambda s: s.clear(), lambda s: s.add(s[0].twin),
    ],
)  # fmt: skip
def test_the_set_that_a_model_gives_is_not_changed_without_a_word(change, model):
    for people in (model.agents, model.people_of("baseline")):
        with pytest.raises(NotImplementedError, match="as in people = model.agents.select()"):
            change(people)
        assert len(people) == len(model.people_of(people[0].world))


@pytest.mark.parametrize("stranger", [3, "somebody", None, Agent(Model())])
def test_a_set_holds_persons_only(stranger):
    with pytest.raises(TypeError, match="must hold persons only"):
        People([stranger])


# Repeats and names of batch_run ------------------------------------------------------------------


def batch(parameters, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Mesa's, of iterations
        wanted = {"scenario": "walking_groups", "years": 1, "persons": 60, **parameters}
        return batch_run(ExerciseModel, wanted, display_progress=False, **how)


def test_iterations_have_seeds_of_their_own_which_are_recorded_and_can_be_repeated():
    rows = batch({}, iterations=3)
    assert [row["seed"] for row in rows] == [1, 2, 3]  # the scenario's is 1
    assert len({row["il6.geometric_mean"] for row in rows}) == 3
    again = make(rng=rows[2]["seed"])
    again.run_model()
    assert again.measures("policy")["il6.geometric_mean"] == rows[2]["il6.geometric_mean"]


def test_iterations_cross_with_parameters_on_the_same_seeds():
    rows = batch({"persons": [60, 70]}, iterations=2)
    found = sorted((row["persons"], row["iteration"], row["seed"]) for row in rows)
    assert found == [(60, 0, 1), (60, 1, 2), (70, 0, 1), (70, 1, 2)]


def test_a_sweep_over_a_policy_number_has_a_row_for_each_value_and_seed():
    reach = "policies.walks.reach"
    rows = batch({reach: [0.2, 0.8], "persons": 400, "years": 2}, iterations=3)
    found = sorted((row[reach], row["seed"]) for row in rows)
    assert found == [(share, seed) for share in (0.2, 0.8) for seed in (1, 2, 3)]
    few, many = (
        [row["met_hours.mean"] for row in rows if row[reach] == share] for share in (0.2, 0.8)
    )
    assert sum(many) > sum(few)
    baseline = {row["seed"]: row["baseline.met_hours.mean"] for row in rows}
    assert all(row["baseline.met_hours.mean"] == baseline[row["seed"]] for row in rows)


@pytest.mark.slow
def test_two_processes_give_the_rows_of_one():
    words = {"policies.walks.reach": [0.2, 0.8], "agent_reporters": [{"il6": "il6"}]}
    one, two = (batch(words, iterations=2, number_processes=each) for each in (1, 2))
    rows = [
        sorted(
            (row["RunId"], row["policies.walks.reach"], row["seed"], row["AgentID"], row["il6"],
             row["il6.geometric_mean"])
            for row in found
        )
        for found in (one, two)
    ]  # fmt: skip
    assert rows[0] == rows[1] and len({row[0] for row in rows[0]}) == 4 and len(rows[0]) > 200


def test_a_list_of_seeds_is_taken_as_it_is():
    given = [7, 9, 2**31 - 1]
    rows = batch({}, rng=given) if TAKES_SEEDS else batch({"rng": given})
    assert [row["seed"] for row in rows] == given
    assert len({row["il6.geometric_mean"] for row in rows}) == 3


def test_a_repeated_seed_is_said():
    if TAKES_SEEDS:
        pytest.skip(f"Mesa {mesa.__version__} does not let iterations repeat a seed")
    with pytest.warns(UserWarning, match="iteration 1 of batch_run repeats the run of seed 7"):
        rows = batch({"rng": 7}, iterations=2)
    assert [row["seed"] for row in rows] == [7, 7]


def test_a_mesa_that_keeps_its_iteration_elsewhere_gets_seeds_of_its_own():
    namespace = {"__name__": seeds.BATCH_RUNNER, "ask": seeds.iteration_of_batch_run}
    exec(
        "def known():\n    iteration = 4\n    return ask()\ndef unknown():\n    return ask()",
        namespace,
    )
    assert namespace["known"]() == 4
    found = {namespace["unknown"]() for _ in range(3)}
    assert len(found) == 3 and all(0 <= seed < 2**31 for seed in found)
    assert seeds.iteration_of_batch_run() is None


def test_no_column_of_a_batch_is_lost():
    (row,) = batch({"persons": [60]}, iterations=1)
    assert row["persons"] == 60 and 50 < row["living"] <= 60 and row["baseline.living"] <= 60
    reporters = set(make().datacollector.model_reporters)
    assert reporters <= set(row)
    assert len(row) >= len(reporters) + len({"RunId", "iteration", "Step", "scenario", "persons"})


@pytest.mark.parametrize(
    ("collector", "told"),
    [
        (
            {"model_reporters": {"persons": "date"}},
            "reporter 'persons' has the name of a parameter",
        ),
        ({"model_reporters": {"iteration": "date"}}, "reporter 'iteration' has the name"),
        ({"agent_reporters": {"scenario": "age"}}, "reporter 'scenario' has the name"),
        ({"model_reporters": {"policies.walks.reach": "date"}}, "'policies.walks.reach' has the"),
        ({"agent_reporters": {"age": "age"}, "model_reporters": {"age": "date"}}, "'age' names a"),
    ],
)
def test_a_reporter_of_ones_own_takes_no_name_of_a_parameter(collector, told):
    model = make(**{"policies.walks.reach": 0.5})
    kept = model.datacollector
    with pytest.raises(ValueError, match=told):
        model.datacollector = DataCollector(**collector)
    assert model.datacollector is kept


def test_a_parameter_of_a_subclass_takes_no_name_of_a_reporter():
    class Own(ExerciseModel):
        def __init__(self, scenario, living=1, **given):
            super().__init__(scenario, **given)

    with pytest.raises(ValueError, match="reporter 'living' has the name of a parameter of Own"):
        Own("uk", persons=10, years=1)


@pytest.mark.parametrize("rng", [2**63, 2**31, -1, True, 1.5, float("nan"), "one", [], [1, -2], {}])
def test_what_is_no_seed_is_refused(rng):
    with pytest.raises(ValueError, match=r"rng: is .*; must be a whole number between 0 and"):
        ExerciseModel("uk", persons=10, years=1, rng=rng)


@pytest.mark.parametrize(
    "rng", [0, 2**31 - 1, np.int64(5), 5.0, [1, 2], np.random.SeedSequence(3), np.random.PCG64(3)]
)
def test_seeds_and_generators_are_taken(rng):
    assert 0 <= ExerciseModel("uk", persons=10, years=1, rng=rng).seed < 2**31
