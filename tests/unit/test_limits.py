"""One set of limits: what one door refuses all refuse, with the same words."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import mesa
import numpy as np
import pandas as pd
import pytest

import run
from abm import ExerciseModel, ScenarioError, load_scenario, simulate, simulate_bout
from abm.conditions import DISEASES
from abm.kernel.layout import MOST_POLICIES
from abm.limits import LIMITS, SEED_OF_STUDY, described, problem
from abm.running.engines.named import engine_problems
from abm.running.setup import with_sizes
from abm.scenario.check import Interval, number_in_text
from abm.scenario.drawn import drawn
from abm.scenario.layers import bundled_names
from abm.scenario.made_in_python import checked
from abm.scenario.parts import Adds, Adherence, ConstantDose
from abm.scenario.vocabulary import POLICY, SCENARIO, Policies
from analysis import study_mesa_model, uniform
from analysis.sensitivity import scenario_study
from analysis.sensitivity.errors import StudyError


class Toy(mesa.Model):
    def __init__(self, a=1.0, b=1.0, rng=None):
        super().__init__(rng=rng)
        self.out = a + b


def study(**given):
    wanted = {"steps": 1, **given}
    study_mesa_model(Toy, {"a": uniform(0, 1), "b": uniform(0, 1)}, {"out": "out"}, **wanted)


def python(name):
    """Return the doors of Python at which a number of this name is given."""
    doors = []
    if name in ("persons", "years", "seed", "seeds", "draws", "threads"):
        doors.append(lambda value: simulate("uk", **{name: value}))
    if name in ("persons", "years"):
        doors.append(lambda value: ExerciseModel("uk", **{name: value}))
    if name == "seed":
        doors.append(lambda value: ExerciseModel("uk", rng=value))
        doors.append(lambda value: simulate_bout("running", 60, 0.7, seed=value))
    if name == "people":
        doors.append(lambda value: simulate_bout("running", 60, 0.7, people=value))
    if name in ("steps", "samples"):
        doors.append(lambda value: study(**{name: value}))
    return doors


COMMANDS = {
    "persons": (["uk"], ["sensitivity", "walking_groups"], ["check", "uk"], ["benchmark"]),
    "years": (["uk"], ["sensitivity", "walking_groups"]),
    "seed": (["uk"], ["bout", "running"]),
    "seeds": (["uk"],),
    "draws": (["uk"],),
    "most_seeds": (["uk"],),
    "threads": (["uk"], ["sensitivity", "walking_groups"]),
    "people": (["bout", "running"],),
    "samples": (["sensitivity", "walking_groups"],),
    "top": (["sensitivity", "walking_groups"],),
    "repeats": (["benchmark"],),
}
IN_FILES = ("persons", "years", "seed", "step_months")

# Each value as Python gives it and as it is written.
NEVER = [(-1, "-1"), (1.5, "1.5"), (math.nan, ".nan"), (math.inf, ".inf"), (2**63, str(2**63)),
         (True, "true"), ("many", "many"), (10**400, "1" + "0" * 400)]  # fmt: skip
NUMBERS = [(name, value, text) for name in LIMITS for value, text in NEVER]
NUMBERS += [(name, 0, "0") for name, kind in LIMITS.items() if kind.minimum > 0]
NUMBERS += [("years", 1000, "1000"), ("persons", 1e12, "1e12"), ("seed", 2**31, str(2**31))]


def ids(value):
    return str(value)[:20]


@pytest.mark.parametrize(("name", "value", "text"), NUMBERS, ids=ids)
def test_a_number_out_of_its_limits_is_refused_in_python(name, value, text):
    del text
    for door in python(name):
        with pytest.raises(ValueError, match="must be") as caught:
            door(value)
        told = str(caught.value)
        assert f": is {described(value)}; must be {LIMITS[name].allowed()}" in told


@pytest.mark.parametrize(("name", "value", "text"), NUMBERS, ids=ids)
def test_a_number_out_of_its_limits_is_refused_by_commands(name, value, text, capsys, tmp_path):
    del value
    for words in COMMANDS.get(name, ()):
        option = f"--{name.replace('_', '-')}={text}"
        try:
            code = run.main([*words, option, "--out", str(tmp_path / "out")])
        except SystemExit as stopped:
            code = stopped.code
        told = capsys.readouterr().err
        assert code == 2
        assert f"; must be {LIMITS[name].allowed()}" in told
        assert f"--{name.replace('_', '-')}" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "value", "text"), NUMBERS, ids=ids)
def test_a_number_out_of_its_limits_is_refused_in_files(name, value, text, tmp_path):
    del value
    if name not in IN_FILES:
        return
    path = tmp_path / "own.yaml"
    path.write_text(f"extends: uk\n{name}: {text}\n", encoding="utf-8")
    for load in (
        lambda: load_scenario(path),
        lambda: load_scenario("uk", [f"{name}={text}"]),
        lambda: load_scenario("uk", (), {name: text}),
    ):
        with pytest.raises(ScenarioError) as caught:
            load()
        (told,) = caught.value.problems
        assert f"; must be {LIMITS[name].allowed()}" in told


def test_every_limit_has_a_door():
    for name in LIMITS:
        assert python(name) or name in COMMANDS or name in IN_FILES


@pytest.mark.parametrize("name", LIMITS)
def test_the_ends_of_a_range_belong_to_it(name):
    kind = LIMITS[name]
    for value in (int(kind.minimum), float(kind.maximum), np.int64(kind.minimum), Fraction(2)):
        assert problem(name, value, kind) is None
    assert number_in_text(f"{kind.maximum:.0f}", kind) == kind.maximum
    assert problem(name, kind.maximum + 1, kind) and problem(name, kind.minimum - 1, kind)


def test_numbers_may_be_written_as_people_write_them():
    assert number_in_text("1e3", LIMITS["seeds"]) == 1000
    assert with_sizes(load_scenario("uk"), persons=1e4, years=None, seed=None).persons == 10_000


def test_a_scenario_changed_in_python_keeps_to_the_limits_too():
    scenario = replace(load_scenario("uk"), years=1000, persons=0)
    for door in (simulate, ExerciseModel):
        with pytest.raises(ValueError, match=r"(?s)years: is 1000; .*persons: is 0; "):
            door(scenario)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match="must be") as caught:
        simulate("uk", persons=0, seeds=0, draws=-1, threads=math.nan, engine=None)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "persons", "seeds", "draws", "threads", "engine",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [0, -1, 2**31, 1.5, True, math.nan])
def test_the_seed_of_a_study_is_one_that_salib_takes(seed, capsys):
    told = f"seed: is {described(seed)}; must be {SEED_OF_STUDY.allowed()}"
    with pytest.raises(ValueError, match="must be") as caught:
        study(seed=seed)
    assert told in str(caught.value)
    text = str(seed).lower().replace("nan", ".nan")
    with pytest.raises(SystemExit) as stopped:
        run.main(["sensitivity", "walking_groups", f"--seed={text}"])
    assert stopped.value.code == 2
    assert f"; must be {SEED_OF_STUDY.allowed()}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        (None, "engine: is None; must be threads, processes or dask://HOST:PORT"),
        (3, "engine: is 3; must be threads, processes or"),
        ("typo", "engine: is 'typo'; must be threads, processes or"),
        ("thread", "did you mean 'threads'?"),
        ("process", "did you mean 'processes'?"),
        ("", "engine: is ''; must be threads"),
        ("dask://nowhere", "must be dask://HOST:PORT"),
    ],
)
def test_an_engine_that_is_none_is_refused_before_anything_else(engine, told, capsys):
    with pytest.raises(ValueError, match="must be") as caught:
        simulate("uk", engine=engine)
    assert told in str(caught.value)
    if isinstance(engine, str):
        with pytest.raises(SystemExit) as stopped:
            run.main(["uk", "--engine", engine])
        assert stopped.value.code == 2 and told.removeprefix("engine: ") in capsys.readouterr().err


def test_a_cluster_has_threads_of_its_own():
    (told,) = engine_problems("dask://127.0.0.1:8786", 2)
    assert told.startswith("threads: the workers of a cluster have theirs")


@pytest.mark.parametrize("share", ["0", "-5%", "100%", "5", "nan", "inf", "half", ""])
def test_a_precision_that_is_no_share_is_refused(share, capsys):
    with pytest.raises(SystemExit) as stopped:
        run.main(["walking_groups", f"--until={share}"])
    assert stopped.value.code == 2 and "is no share" in capsys.readouterr().err


# Parts of a scenario made in Python, and the whole message that refuses each.
WALKS = load_scenario("walking_groups").policies[0]
ONE_OF = ", ".join(DISEASES)
SHARE = "must be a number between 0 and 1 (a share, not a percentage)"
MONEY = "must be a number between 0 and 10 000 000 000 000 (money, in the currency named)"
NEEDS_PEOPLE = (
    "for the people represented, and nothing says how many these are; must come with "
    "population.represents, such as population: {represents: 300000}"
)
POLICIES_MADE = [
    ({"uptake": -1}, f"policies.walks.uptake: is -1; {SHARE}"),
    ({"reach": 7}, f"policies.walks.reach: is 7; {SHARE}; did you mean 0.07?"),
    ({"reach": math.nan}, f"policies.walks.reach: is NaN; {SHARE}"),
    ({"uptake": "0.5"}, f"policies.walks.uptake: is the text '0.5'; {SHARE}; did you mean 0.5 "
     "(without quotes)?"),
    ({"uptake": True}, f"policies.walks.uptake: is true; {SHARE}"),
    ({"uptake": None}, f"policies.walks.uptake: is empty (null); {SHARE}"),
    ({"uptake": 1j}, f"policies.walks.uptake: is 1j; {SHARE}"),
    ({"name": "two words"}, "policies.two words.name: is the text 'two words'; must be a name of "
     "letters, digits, _ and - that begins with a letter or digit"),
    ({"start": 2024}, "policies.walks.start: is 2024, before the run begins; must be 2025 "
     "(start_year) or later"),
    ({"end": 2026}, "policies.walks.end: is 2026, not after the start in 2026; must be 2027 or "
     "later, or null for no end"),
    ({"il6_signalling": 0}, "policies.walks.il6_signalling: is 0; must be a number between "
     "0.05 and 5 (a ratio; 0.7 is 30 per cent lower)"),
    ({"adds": Adds(-30, 0, 0, 0)}, "policies.walks.adds.moderate: is -30; must be a number between "
     "0 and 3 000 (minutes per week)"),
    ({"eligible": replace(WALKS.eligible, ages=(75, 40))}, "policies.walks.eligible.ages: is "
     "[75, 40], which holds nobody; must be [from, to) with from < to"),
    ({"eligible": replace(WALKS.eligible, deprivation=())}, "policies.walks.eligible.deprivation: "
     "is a list of 0; must hold 1 to 5 items (leave the key out for no restriction)"),
    ({"eligible": replace(WALKS.eligible, diseases=("strok",))}, "policies.walks.eligible.diseases"
     f"[0]: unknown disease 'strok'; must be one of {ONE_OF}; did you mean 'stroke'?"),
    ({"adherence": Adherence(1, 1.0, 0.1, 0.0)}, "policies.walks.adherence.quit_12_weeks: is 1; "
     "must be a number of at least 0 and below 1 (a share, not a percentage)"),
    ({"adherence": Adherence(0.5, 1.0, 1.5, 0.0)}, "policies.walks.adherence.stays: is 1.5; "
     f"{SHARE}; did you mean 0.015?"),
    ({"adherence": Adherence(0.5, 0, 0.1, 0.0)}, "policies.walks.adherence.half_life_years: is 0; "
     "must be a number between 0.01 and 100 (years)"),
    ({"cost": replace(WALKS.cost, per_participant=-1)}, "policies.walks.cost.per_participant: is "
     f"-1; {MONEY}"),
    ({"cost": replace(WALKS.cost, budget_per_year=-5.0)}, "policies.walks.cost.budget_per_year: is "
     f"-5.0; {MONEY}"),
    ({"cost": replace(WALKS.cost, budget_per_year=5e5)}, "policies.walks.cost.budget_per_year: is "
     f"500000 {NEEDS_PEOPLE}"),
    ({"cost": replace(WALKS.cost, fixed_per_year=1000)}, "policies.walks.cost.fixed_per_year: is "
     f"1000 {NEEDS_PEOPLE}"),
    ({"cost": replace(WALKS.cost, currency="gbp")}, "policies.walks.cost.currency: is the text "
     "'gbp'; must be a currency code of three capitals such as EUR"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "told"), POLICIES_MADE, ids=ids)
def test_a_policy_made_in_python_is_checked_as_that_of_a_file(changes, told):
    scenario = replace(load_scenario("walking_groups"), policies=(replace(WALKS, **changes),))
    for door in (simulate, ExerciseModel, lambda each: scenario_study.evaluator(each, 100)):
        with pytest.raises(ScenarioError) as caught:
            door(scenario)
        assert str(caught.value) == told


PEOPLE = load_scenario("walking_groups").population
SCENARIOS_MADE = [
    ({"policies": (WALKS, WALKS)}, "policies[1].name: the name 'walks' is given to two policies; "
     "must be unique"),
    ({"policies": (WALKS, replace(WALKS, name="runs", cost=replace(WALKS.cost, currency="EUR")))},
     "policies: has costs in GBP in walks, EUR in runs; must be one currency"),
    ({"policies": (None,)}, "policies[0]: is empty (null); must be a mapping with keys out of "
     "name, eligible, start, end, ramp_years, reach, uptake, adds, raises_to, build_up_months, "
     "adherence, il6_signalling, cost"),
    ({"policies": None}, "policies: is empty (null); must be a list of policies, each beginning "
     "`- name: ...` ([] for none)"),
    ({"step_months": 5}, "step_months: is 5; must be one of 1, 2, 3, 4, 6, 12 (months)"),
    ({"start_year": 20.25}, "start_year: is 20.25; must be a whole number between 1900 and 2200 "
     "(year of the calendar)"),
    ({"name": None}, "name: is empty (null); must be a name of letters, digits, _ and - that "
     "begins with a letter or digit"),
    ({"path": 5}, "path: is 5; must be the path of the scenario's file, or None"),
    ({"parameters": {"causal_share.cardiovascular": 7}},
     "parameters.causal_share.cardiovascular: is 7; must be a number between 0 and 1 (share)"),
    ({"population": None}, "population: is empty (null); must be a mapping with keys out of "
     "place, represents, microdata, ages, sex, entrants, activity, diseases"),
    ({"population": replace(PEOPLE, ages=(90, 30))}, "population.ages: is [90, 30], which holds "
     "nobody; must be [from, to) with from < to"),
    ({"population": replace(PEOPLE, represents=0)}, "population.represents: is 0; must be a number "
     "between 1 and 20 000 000 000 (real persons)"),
    ({"population": replace(PEOPLE, diseases=("flu",))}, "population.diseases[0]: unknown disease "
     f"'flu'; must be one of {ONE_OF}"),
    ({"population": replace(PEOPLE, activity=ConstantDose(math.inf))}, "population.activity."
     "met_hours: is infinite; must be a number between 0 and 100 (marginal MET-hours per week)"),
    ({"population": replace(PEOPLE, microdata="none.csv"), "path": None}, "population.microdata: "
     "'none.csv' is not a file; must be a survey file (CSV)"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "told"), SCENARIOS_MADE, ids=ids)
def test_a_scenario_made_in_python_is_checked_as_a_file_is(changes, told):
    scenario = replace(load_scenario("walking_groups"), **changes)
    for door in (simulate, ExerciseModel):
        with pytest.raises(ScenarioError) as caught:
            door(scenario)
        assert str(caught.value) == told


def test_a_fixed_cost_above_the_budget_is_refused_in_python_too():
    cost = replace(WALKS.cost, fixed_per_year=3e5, budget_per_year=2e5)
    scenario = replace(
        load_scenario("walking_groups", ["population.represents=300000"]),
        policies=(replace(WALKS, cost=cost),),
    )
    told = "policies.walks.cost.budget_per_year: is 200000, less than the fixed cost; must be"
    with pytest.raises(ScenarioError, match=told):
        simulate(scenario)


def test_everything_wrong_with_a_scenario_made_in_python_is_said_at_once():
    policy = replace(WALKS, uptake=-1, reach=7, adds=replace(WALKS.adds, vigorous=-1))
    scenario = replace(load_scenario("walking_groups"), policies=(policy,), step_months=0)
    with pytest.raises(ScenarioError) as caught:
        simulate(scenario)
    assert [line.partition(":")[0] for line in caught.value.problems] == [
        "step_months", "policies.walks.reach", "policies.walks.uptake",
        "policies.walks.adds.vigorous",
    ]  # fmt: skip


def many(policies):
    """Return so many policies; the last is of everybody, the others of nobody."""
    nobody = replace(WALKS.eligible, ages=(119, 120))
    others = [replace(WALKS, name=f"p{i}", eligible=nobody) for i in range(policies - 1)]
    everybody = replace(WALKS.eligible, ages=None, met_hours_below=None)
    return (*others, replace(WALKS, eligible=everybody, reach=0.5, uptake=0.5))


def test_more_policies_than_a_bit_set_tells_apart_are_refused_at_every_door(tmp_path, capsys):
    told = "policies: is a list of 33; must hold at most 32 policies"
    rows = ", ".join(f"{{name: p{i}}}" for i in range(33))
    file = tmp_path / "many.yaml"
    file.write_text(f"extends: uk\npolicies: [{rows}]\n", encoding="utf-8")
    setting = ["--set", f"policies=[{rows}]"]
    for words in ([str(file)], ["uk", *setting], ["sensitivity", str(file)]):
        assert run.main([*words, "--out", str(tmp_path / "out")]) == 2
        assert told in capsys.readouterr().err
    scenario = replace(load_scenario("walking_groups"), policies=many(33))
    for door in (simulate, ExerciseModel):
        with pytest.raises(ScenarioError) as caught:
            door(scenario)
        assert str(caught.value) == told


def of_the_last(policies):
    scenario = replace(load_scenario("walking_groups"), policies=many(policies))
    result = simulate(scenario, persons=300, years=3, pathways=False)
    taken = result.participation.query("policy == 'walks'").reset_index(drop=True)
    return taken.drop(columns="policy"), result.effects


def test_the_last_of_as_many_policies_as_are_allowed_is_as_alone(monkeypatch):
    alone, effects = of_the_last(1)
    taken, also = of_the_last(MOST_POLICIES)
    pd.testing.assert_frame_equal(taken, alone)
    pd.testing.assert_frame_equal(also, effects)
    longer = replace(SCENARIO.keys["policies"], kind=Policies(POLICY, MOST_POLICIES + 1))
    monkeypatch.setitem(SCENARIO.keys, "policies", longer)
    beyond, _ = of_the_last(MOST_POLICIES + 1)
    assert beyond["offered"].sum() > alone["offered"].sum()  # it is offered again every year


COURSE = "disease.depression.course_share."
OF_COURSE = f"(1 less {COURSE}single and {COURSE}chronic); must leave 0 to 1"
REMAINDERS = [
    ("recurrent", 0.9, "0.9", "recurrent: follows from "
     f"{COURSE}single and {COURSE}chronic, 1 less these; must be set by these"),
    ("single", 0.95, "0.95", f"single: leaves -0.1 for {COURSE}recurrent {OF_COURSE}"),
    ("single", Interval(0.7, 0.5, 0.88), "{value: 0.7, low: 0.5, high: 0.88}",
     f"single: leaves -0.03 to 0.35 for {COURSE}recurrent {OF_COURSE}"),
]  # fmt: skip


@pytest.mark.parametrize(("which", "value", "text", "told"), REMAINDERS, ids=ids)
def test_shares_of_a_whole_are_refused_at_every_door(which, value, text, told, tmp_path, capsys):
    file, path = tmp_path / "own.yaml", f"{COURSE}{which}"
    file.write_text(f"extends: walking_groups\nparameters: {{{path}: {text}}}\n", encoding="utf-8")
    setting = ["walking_groups", "uk", "--set", f"{path}={text}"]
    for words in (["uk", str(file)], setting, ["sensitivity", str(file)]):
        assert run.main([*words, "--out", str(tmp_path / "out")]) == 2
        assert f"{COURSE}{told}" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()
    given = isinstance(value, Interval)
    scenario = replace(
        load_scenario("walking_groups"),
        parameters={path: value.value if given else value},
        intervals={f"parameters.{path}": value} if given else {},
    )
    for door in (simulate, ExerciseModel):
        with pytest.raises(ScenarioError) as caught:
            door(scenario)
        assert str(caught.value) == f"parameters.{COURSE}{told}"


def test_the_last_of_several_overrides_is_the_one_that_leaves_too_little():
    later = [f"{COURSE}single=0.7", f"{COURSE}chronic=0.4"]
    with pytest.raises(ScenarioError, match=f"{COURSE}chronic: leaves -0.1 for"):
        load_scenario("uk", later)
    assert load_scenario("uk", [*later, f"{COURSE}chronic=0.3"]).parameters


def test_every_draw_and_sample_of_an_interval_leaves_what_is_allowed():
    text = f"{COURSE}single={{value: 0.7, low: 0.5, high: 0.84}}"
    scenario, path = load_scenario("walking_groups", [text]), f"parameters.{COURSE}single"
    inputs = scenario_study.inputs_of(scenario)
    found = [drawn(scenario, None, draw) for draw in range(200)]
    found += [
        scenario_study.sampled(scenario, inputs, {path: share, f"{COURSE}chronic": 1 - share})
        for share in (1e-9, 0.5, 0.99, 1 - 1e-9)
    ]
    left = [parameters[f"{COURSE}recurrent"] for _, parameters in found]
    assert min(left) == 0.0 and 0.0 < np.mean(np.equal(left, 0.0)) < 0.1
    for moved, parameters in found:
        shares = parameters.under(COURSE[:-1])
        assert sum(shares.values()) == pytest.approx(1.0) and min(shares.values()) >= 0.0
        assert moved.parameters[f"{COURSE}single"] == shares["single"]
    with pytest.raises(StudyError, match="1 less these; must be set by these"):
        scenario_study.chosen_inputs(scenario, [f"{COURSE}recurrent"])
    with pytest.raises(ValueError, match="1 less these; must be set by these"):
        scenario.with_values({f"parameters.{COURSE}recurrent": 0.2})


def test_a_survey_chosen_in_python_lies_where_that_of_a_file_must(tmp_path):
    survey = tmp_path / "survey.csv"
    survey.write_text("age\n40\n", encoding="utf-8")
    scenario = load_scenario("uk")
    moved = replace(scenario, population=replace(scenario.population, microdata=str(survey)))
    with pytest.raises(ScenarioError, match="lies outside the folder of the scenario's file"):
        checked(moved)
    free = replace(moved, path=None)
    assert checked(free) == free
    beside = replace(moved, path=str(tmp_path / "own.yaml"))
    assert checked(beside) == beside
    assert checked(beside).to_dict()["population"]["microdata"] == "survey.csv"


def test_intervals_made_in_python_are_intervals():
    scenario = load_scenario("walking_groups")
    for given in (None, {"policies.walks.reach": (0.4, 0.3, 0.5)}):
        with pytest.raises(ValueError, match=r"intervals: is .*must be a mapping from paths"):
            replace(scenario, intervals=given)
    reach = WALKS.reach
    for low, told in ((-1.0, r"reach\.low: is -1\.0; must be"), (0.9, "must be low <= value")):
        given = {"policies.walks.reach": Interval(reach, low, 0.95)}
        with pytest.raises(ScenarioError, match=told):
            checked(replace(scenario, intervals=given))
    bare = replace(scenario, intervals={"policies.walks.reach": Interval(reach, 0.1, 0.9)})
    assert checked(bare).intervals["policies.walks.reach"] == Interval(reach, 0.1, 0.9, 0, 1)


FILES = sorted(Path(__file__).parents[2].glob("analysis/validation/cohorts/*.yaml"))


@pytest.mark.parametrize("name", [*bundled_names(), *FILES], ids=str)
def test_a_scenario_that_was_loaded_comes_back_equal(name):
    scenario = load_scenario(name)
    found = checked(scenario)
    assert found == scenario and found.hash == scenario.hash
    assert found.warnings == scenario.warnings and list(found.intervals) == list(scenario.intervals)


def test_what_python_gives_comes_back_as_a_file_gives_it():
    scenario = load_scenario("walking_groups")
    policy = replace(
        WALKS, reach=np.float64(0.25), uptake=1, start=2026.0, name="all",
        eligible=replace(WALKS.eligible, ages=[np.int64(40), 75.0]),
    )  # fmt: skip
    made = replace(scenario, policies=[policy], years=np.int64(3), parameters={}, intervals={})
    (found,) = checked(made).policies
    assert (found.reach, found.uptake, found.start) == (0.25, 1.0, 2026)
    assert type(found.reach) is type(found.uptake) is float and type(found.start) is int
    assert found.eligible.ages == (40, 75) and type(checked(made).years) is int


def test_warnings_are_those_of_the_scenario_as_it_is_now():
    scenario = replace(load_scenario("walking_groups"), policies=(replace(WALKS, reach=0.0),))
    assert scenario.warnings == ()
    assert "The policy 'walks' reaches nobody: its reach is 0." in checked(scenario).warnings


MISFITS = [
    ({"finished_work": "folder"}, "finished_work: is the text 'folder'; must be FinishedWork("),
    ({"parameters": {}}, "parameters: is {}; must be what central_parameters(overrides) of"),
    ({"parameters": {"a": 1}}, "parameters: is {'a': 1}; must be what central_parameters"),
    ({"pathways": "no"}, "pathways: is the text 'no'; must be True or False"),
    ({"pathways": None}, "pathways: is None; must be True or False"),
    ({"lifetimes": "no"}, "lifetimes: is the text 'no'; must be True or False"),
    ({"keep_people": []}, "keep_people: is []; must be True or False"),
    ({"more_seeds": 3}, "more_seeds: is 3; must be a function of the tallies so far, or None"),
    ({"progress": "bar"}, "progress: is the text 'bar'; must be True, a function of a number"),
]


@pytest.mark.parametrize(("given", "told"), MISFITS, ids=ids)
def test_what_is_of_no_use_to_a_run_is_refused(given, told):
    with pytest.raises(ValueError, match="must be") as caught:
        simulate("uk", **given)
    assert str(caught.value).startswith(told)
    if set(given) <= {"parameters", "pathways"}:
        with pytest.raises(ValueError, match="must be") as caught:
            ExerciseModel("uk", **given)
        assert str(caught.value).startswith(told)


def test_whole_numbers_may_come_as_any_number():
    sizes = {"persons": 60.0, "years": np.float64(1), "seed": Fraction(3)}
    found = simulate("uk", **sizes, seeds=1.0, draws=0.0, threads=1.0, pathways=np.True_)
    assert found.scenario.persons == 60 and found.manifest["seeds"] == [3]
    study(steps=1.0, samples=16.0, seed=2.0)


ODD = [
    ((None,), "scenario: is None; must be a path, or the name of a bundled scenario"),
    ((5,), "scenario: is 5; must be a path, or the name of a bundled scenario"),
    ((["uk"],), "scenario: is ['uk']; must be a path, or the name of a bundled scenario"),
    (("uk", [1]), "overrides[0]: is 1; must be a text such as 'years=10'"),
    (("uk", ["years=2", None, ("years", 2)]), "overrides[1]: is None; must be a text such as "
     "'years=10'\noverrides[2]: is ('years', 2); must be a text such as 'years=10'"),
    (("uk", "years=2"), "overrides: is the text 'years=2'; must be a list of texts such as "
     "['years=10']"),
    (("uk", {"years": 2}), "overrides: is {'years': 2}; must be a list of texts such as "
     "['years=10']"),
    (("uk", None), "overrides: is None; must be a list of texts such as ['years=10']"),
    (("uk", (), ["persons"]), "options: is ['persons']; must be a mapping such as "
     "{'persons': '1e5'}"),
    ((None, 5, 5), "scenario: is None; must be a path, or the name of a bundled scenario\n"
     "overrides: is 5; must be a list of texts such as ['years=10']\n"
     "options: is 5; must be a mapping such as {'persons': '1e5'}"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "told"), ODD, ids=ids)
def test_what_names_no_scenario_and_sets_nothing_is_refused(given, told):
    with pytest.raises(ScenarioError) as caught:
        load_scenario(*given)
    assert str(caught.value) == told
    if len(given) == 1:
        for door in (simulate, ExerciseModel):
            with pytest.raises(ScenarioError, match="must be a path, or the name"):
                door(*given)


def test_a_number_of_thousands_of_digits_is_refused_in_words():
    with pytest.raises(ValueError, match="years: is too large a number; must be"):
        simulate("uk", years=10**5000)
    with pytest.raises(ScenarioError, match="years: is too large a number; must be"):
        simulate(replace(load_scenario("uk"), years=10**5000))


HOSTILE = [
    None, True, -1, 0.5, 1e300, 10**5000, math.nan, -math.inf, "", "x", "\x00", "\ud800", b"x", [],
    (1, 2), {}, {"a": 1}, {1, 2}, object(), np.array([1, 2]), np.array(3.0), np.float64("nan"),
    Fraction(1, 3), 1j, Path("x"), range(3), int,
]  # fmt: skip


def with_below(part, name, make):
    return replace(part, **{name: (make(),) if name == "policies" else make()})


def with_each(part):
    """Yield makers of a part with each of its fields, and of those below, put to each value."""
    for entry in fields(part):
        below = getattr(part, entry.name)
        for value in HOSTILE:
            yield partial(replace, part, **{entry.name: value})
        one = below[0] if entry.name == "policies" else below
        for made in with_each(one) if is_dataclass(one) else ():
            yield partial(with_below, part, entry.name, made)


def test_whatever_stands_in_a_scenario_is_refused_in_words_or_taken_as_a_file_takes_it():
    scenario = load_scenario("exercise_referral", ["population.represents=100000"])
    refused = taken = 0
    for make in with_each(scenario):
        try:
            found = checked(make())
        except ValueError as error:
            assert isinstance(error, ScenarioError) or str(error).startswith("intervals: is ")
            lines = str(error).splitlines()
            assert lines and all(": " in each for each in lines)
            refused += 1
        else:
            assert checked(found) == found and len(found.hash) == 64
            taken += 1
    assert refused > 1000 and taken > 50
