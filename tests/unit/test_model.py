"""ExerciseModel as a Mesa model: the same bits as a whole run, and sets of views that behave."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mesa import DataCollector, Model
from mesa.agent import Agent, AgentSet

import abm
from abm import ExerciseModel, Person, ScenarioError, load_scenario, simulate
from abm.conditions import DISEASES
from abm.mesa_face.collecting import reporter_name

SIZES = {"persons": 700, "years": 3}


def fingerprint(table: pd.DataFrame) -> str:
    return hashlib.sha256(pd.util.hash_pandas_object(table).to_numpy().tobytes()).hexdigest()


@pytest.fixture(scope="module")
def whole():
    return simulate("walking_groups", **SIZES, seed=4, keep_people=True, threads=1)


@pytest.fixture(scope="module")
def stepped():
    model = ExerciseModel("walking_groups", **SIZES, rng=4)
    while model.running:
        model.step()
    return model


@pytest.fixture
def model():
    """A model in the middle of its second year, with people whom a policy has reached."""
    model = ExerciseModel("walking_groups", **SIZES, rng=4)
    for _ in range(18):
        model.step()
    return model


def test_stepping_gives_the_bits_of_a_whole_run(whole, stepped):
    result = stepped.result()
    assert fingerprint(result.outcomes) == fingerprint(whole.outcomes)
    pd.testing.assert_frame_equal(result.effects, whole.effects)
    pd.testing.assert_frame_equal(result.participation, whole.participation)
    pd.testing.assert_frame_equal(result.il6_histogram, whole.il6_histogram)
    pd.testing.assert_frame_equal(stepped.people(), whole.people)


def test_another_seed_gives_other_bits(whole):
    other = ExerciseModel("walking_groups", **SIZES, rng=5)
    assert (other.population.seed, other.seed) == (5, 5)
    while other.running:
        other.step()
    assert fingerprint(other.result().outcomes) != fingerprint(whole.outcomes)


def test_results_so_far_are_those_of_fewer_years(model):
    one = simulate("walking_groups", persons=700, years=1, seed=4, threads=1)
    found = model.result()
    pd.testing.assert_frame_equal(found.outcomes, one.outcomes)
    pd.testing.assert_frame_equal(found.effects, one.effects)


def test_there_are_no_results_before_a_year_is_over():
    model = ExerciseModel("uk", persons=50, years=1)
    model.step()
    with pytest.raises(ValueError, match="after 11 more steps"):
        model.result()


def test_a_step_lasts_as_long_as_the_scenario_says():
    scenario = dataclasses.replace(load_scenario("uk"), step_months=3)
    model = ExerciseModel(scenario, persons=50, years=1)
    model.step()
    assert model.date == model.exercise_scenario.start_year + 0.25
    for _ in range(3):
        assert model.running
        model.step()
    assert not model.running
    assert (model.steps, model.date) == (4, model.exercise_scenario.start_year + 1)
    with pytest.raises(RuntimeError, match=r"over after 4 steps \(1 year\)"):
        model.step()


def test_mesa_sees_its_own_kinds(model):
    people = model.agents
    assert isinstance(model, Model) and isinstance(people, AgentSet)
    person = next(iter(people))
    assert isinstance(person, Person) and isinstance(person, Agent)
    assert model.agent_types == [Person]
    assert len(model.agents_by_type[Person]) == len(people)
    assert person.model is model and person.random is model.random
    with pytest.raises(NotImplementedError):
        person.remove()


def test_the_set_agrees_with_the_people_table(model):
    table = model.people()
    table = table[(table["world"] == "policy") & table["death_age"].isna()].set_index("person")
    people = model.agents
    ids = people.get("unique_id")
    assert sorted(ids) == sorted(table.index)
    own = table.loc[ids]
    np.testing.assert_allclose(people.get("il6"), own["il6_end"], rtol=1e-9)
    np.testing.assert_allclose(people.get("met_hours"), own["met_hours_end"], rtol=1e-6)
    assert people.get("deprivation") == own["deprivation"].tolist()
    assert people.get("sex") == own["sex"].tolist()
    assert people.get("reached") == own["reached"].tolist()
    assert people.get("age") == [person.age for person in people]
    assert 0 < sum(people.get("reached")) < len(people)


def test_select_groupby_agg_sort_and_shuffle(model):
    people = model.agents
    women = people.select(lambda person: person.sex == "female")
    groups = people.groupby("sex")
    assert groups.count() == {"female": len(women), "male": len(people) - len(women)}
    assert set(groups.groups["female"]) == set(women)
    by_decade = people.groupby(lambda person: person.age // 10, result_type="list")
    assert sum(len(group) for _, group in by_decade) == len(people)
    low, high = people.agg("il6", [min, max])
    assert low == min(people.get("il6")) < high
    assert groups.agg("age", max)["male"] <= max(people.get("age"))
    ages = people.sort("age").get("age")
    assert ages == sorted(ages, reverse=True)
    assert people.sort(lambda person: -person.age, ascending=True).get("age") == ages
    assert len(people.select(at_most=5)) == 5
    assert len(people.select(at_most=0.5)) == len(people) // 2
    assert len(people.select(agent_type=Model)) == 0
    mixed = people.shuffle()
    assert mixed.get("unique_id") != people.get("unique_id")
    assert set(mixed) == set(people)
    assert people.select(lambda person: person.age > 60, inplace=True) is people
    assert min(people.get("age")) > 60


def test_a_set_is_a_set_and_a_sequence(model):
    people = model.agents
    first, second = people.to_list()[:2]
    assert first in people and first.twin not in people and "somebody" not in people
    few = people.select(at_most=1)
    few.add(second)
    few.add(second)
    assert few.to_list() == [first, second] and few[1] == second and few[:1] == [first]
    few.discard(first)
    assert few.to_list() == [second] and len(people) > 2
    with pytest.raises(KeyError):
        few.remove(first)
    assert set(few | people.select(at_most=1)) == {first, second}
    assert set(copy.copy(people)) == set(people)
    empty = people.select(lambda person: False)
    assert (len(empty.shuffle()), empty.get("age"), list(empty)) == (0, [], [])


def test_do_map_and_shuffle_do_reach_everybody_once(model):
    people = model.agents.select(at_most=50)
    seen: list[int] = []
    assert people.do(lambda person: seen.append(person.unique_id)) is people
    assert seen == people.get("unique_id")
    shuffled: list[int] = []
    people.shuffle_do(lambda person, into: into.append(person.unique_id), shuffled)
    assert sorted(shuffled) == sorted(seen) and shuffled != seen
    assert people.map("step") == [None] * 50


def test_get_takes_several_names_and_says_what_is_missing(model):
    people = model.agents.select(at_most=3)
    assert people.get(["age", "world"]) == [[person.age, "policy"] for person in people]
    with pytest.raises(AttributeError):
        people.get("wealth")
    assert people.get("wealth", handle_missing="default", default_value=0) == [0, 0, 0]
    with pytest.raises(ValueError, match="handle_missing"):
        people.get("age", handle_missing="perhaps")


def test_a_twin_is_the_same_person_in_the_baseline(model):
    people = model.agents
    for person in people:
        assert person.twin.unique_id == person.unique_id
        assert (person.world, person.twin.world) == ("policy", "baseline")
        assert person.twin.policy_met_hours == 0
        if not person.reached:
            assert person.il6 == person.twin.il6
    walkers = people.select(lambda person: person.policy_met_hours > 0)
    assert len(walkers) > 0
    assert all(person.met_hours > person.twin.met_hours for person in walkers)


def test_without_policies_everybody_is_their_own_twin():
    model = ExerciseModel("uk", persons=50, years=1)
    assert model.worlds == ("baseline",)
    assert all(person.twin == person for person in model.agents)
    with pytest.raises(ValueError, match="must be one of baseline"):
        model.measures("policy")


def test_views_of_the_dead_show_their_last_state(model):
    before = model.agents.to_list()
    while model.running:
        model.step()
    dead = [person for person in before if not person.alive]
    assert dead and not set(dead) & set(model.agents)
    assert all(person.age >= 20 and person.il6 > 0 for person in dead)
    with pytest.raises(ValueError, match="has died"):
        dead[0].bmi = 25


@pytest.mark.parametrize(
    ("name", "value"), [("bmi", 22.0), ("smoker", False), ("habitual_met_hours", 30.0)]
)
def test_what_is_set_stays_and_leaves_the_twin_alone(model, name, value):
    people = model.agents.select(lambda p: p.age < 60 and p.bmi > 27 and p.twin.alive)
    twins = [getattr(person.twin, name) for person in people]
    people.set(name, value)
    # Read again, from the columns themselves.
    model.population._columns.clear()
    assert people.get(name) == pytest.approx([value] * len(people), rel=1e-6)
    assert [getattr(person.twin, name) for person in people] == twins
    for _ in range(12):
        model.step()
    alive = people.select(lambda person: person.alive and person.twin.alive)
    after = np.array(alive.get(name), float)
    untouched = np.array([getattr(person.twin, name) for person in alive], float)
    if name == "habitual_met_hours":  # drifts on, from the new level
        assert abs(np.median(np.log(after / value))) < 0.25
    elif name == "bmi":  # follows the mean of the age, within the year's change
        np.testing.assert_allclose(after, value, rtol=0.03)
    else:
        assert not after.any()
    assert not np.allclose(after, untouched)


def test_what_is_set_moves_il6_and_counts_as_an_effect():
    scenario = load_scenario("walking_groups")
    nobody = dataclasses.replace(scenario.policies[0], reach=0.0)
    scenario = dataclasses.replace(scenario, policies=(nobody,))
    model = ExerciseModel(scenario, persons=600, years=4, rng=2)
    idle = model.agents.select(lambda p: p.habitual_met_hours < 5 and p.age < 70)
    before = np.array(idle.get("il6"))
    idle.set("habitual_met_hours", 40.0)
    np.testing.assert_allclose(idle.get("il6"), before)  # not at once
    while model.running:
        model.step()
    alive = idle.select(lambda person: person.alive and person.twin.alive)
    change = np.array([np.log(person.il6 / person.twin.il6) for person in alive])
    assert change.mean() < -0.03 and (change < 0.05).all()
    table = model.result().effects.set_index("outcome")
    assert table.loc["il6.geometric_mean", "relative_change"] < 0
    assert table.loc["met_hours.mean", "relative_change"] > 0
    others = [p for p in model.agents if p not in idle and p.twin.alive]
    assert all(person.il6 == person.twin.il6 for person in others)


def test_bmi_moves_il6_at_once_and_the_habit_not_at_all(model):
    person = model.agents.select(lambda p: p.bmi < 30).to_list()[0]
    il6, bmi = person.il6, person.bmi
    slope = float(model.population.setup.constants.inflammation.bmi_slope)
    person.bmi = 40.0
    assert np.log(person.il6 / il6) == pytest.approx(slope * (40 - bmi), rel=1e-4)


def test_what_is_written_back_unchanged_changes_nothing():
    plain, touched = (ExerciseModel("walking_groups", **SIZES, rng=4) for _ in range(2))
    for each in (plain, touched):
        each.step()
    for person in touched.agents:
        person.bmi = person.bmi
        person.habitual_met_hours = person.habitual_met_hours
    for each in (plain, touched):
        while each.running:
            each.step()
    one, two = (each.people().set_index(["person", "world"]) for each in (plain, touched))
    np.testing.assert_allclose(two["il6_end"], one["il6_end"], rtol=2e-3)
    assert (one["death_age"].isna() == two["death_age"].isna()).mean() > 0.999


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("bmi", 500, "bmi .* is 500; must be a number from 10 to 100"),
        ("bmi", float("nan"), "is nan"),
        ("habitual_met_hours", -1, "is -1; must be a number from 0"),
        ("smoker", "often", "must be True or False"),
        ("il6", 1.0, "il6 cannot be set; bmi, smoker and habitual_met_hours can"),
        ("bmii", 1, "no column 'bmii'; did you mean 'bmi'"),
        ("world", "policy", "world of a person cannot be set"),
        ("twin", None, "twin of a person cannot be set"),
        ("step", None, "step of a person cannot be set"),
    ],
)
def test_what_cannot_be_set_is_refused(model, name, value, message):
    person = model.agents.to_list()[0]
    with pytest.raises((AttributeError, ValueError), match=message):
        setattr(person, name, value)


def test_what_is_collected_agrees_with_the_outcomes(whole, stepped):
    table = stepped.datacollector.get_model_vars_dataframe()
    assert len(table) == 36
    assert table["date"].tolist() == pytest.approx([2025 + k / 12 for k in range(1, 37)])
    outcomes = whole.outcomes
    strata = outcomes[["sex", "age_band", "deprivation", "activity_group"]].astype(str)
    outcomes = outcomes[(strata == "all").all(axis=1)]
    for world, prefix in (("policy", ""), ("baseline", "baseline.")):
        own = outcomes[outcomes["world"] == world]
        values = own.pivot_table(index="year", columns="measure", values="value", observed=True)
        december = table.iloc[11::12]
        flows = ["deaths", *(f"incidence.{d}" for d in abm.kernel.layout.DISEASES)]
        for name in flows:
            found = december[prefix + name].to_numpy()
            assert found.tolist() == values[name].loc[2025:].cumsum().tolist(), name
            assert table[prefix + name].is_monotonic_increasing
        for name in ("persons", "il6.geometric_mean", "met_hours.mean", "prevalence.depression"):
            expected = values[name].loc[2025:].to_numpy()
            found = december[reporter_name(name, world, "policy")]
            np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_collector_of_the_users_own_works(model):
    model.datacollector = DataCollector(
        model_reporters={"smokers": lambda m: sum(m.agents.get("smoker"))},
        agent_reporters={"il6": "il6"},
        agenttype_reporters={Person: {"age": "age"}},
    )
    model.step()
    assert model.datacollector.get_model_vars_dataframe()["smokers"].iloc[0] > 0
    assert len(model.datacollector.get_agent_vars_dataframe()) == len(model.agents)
    assert len(model.datacollector.get_agenttype_vars_dataframe(Person)) == len(model.agents)


def test_a_model_is_forgotten_when_its_last_name_is():
    import gc
    import weakref

    model = ExerciseModel("uk", persons=20, years=1)
    people = list(model.agents)
    gone = weakref.ref(model)
    del model, people
    gc.collect()
    assert gone() is None


def test_the_seed_may_be_anything_mesa_takes():
    generator = ExerciseModel("uk", persons=20, years=1, rng=np.random.default_rng(3))
    again = ExerciseModel("uk", persons=20, years=1, rng=np.random.default_rng(3))
    assert generator.population.seed == again.population.seed
    default = ExerciseModel("uk", persons=20, years=1)
    assert default.population.seed == default.exercise_scenario.seed


def test_bad_scenarios_and_sizes_are_refused():
    with pytest.raises(ScenarioError):
        ExerciseModel("walking_group")
    with pytest.raises(ValueError, match="persons"):
        ExerciseModel("uk", persons=0)


def test_every_column_of_a_person_is_documented():
    from abm.mesa_face.persons import Column, PersonColumns

    columns = {n: v for n, v in vars(PersonColumns).items() if isinstance(v, Column)}
    assert len(columns) >= 15
    assert all(column.__doc__ and column.__doc__.endswith(".") for column in columns.values())
    page = (Path(__file__).parents[2] / "docs" / "mesa.md").read_text(encoding="utf-8")
    assert [n for n in columns if f"`{n}`" not in page and n not in DISEASES] == []
    assert set(DISEASES) <= set(columns) and "the id of each disease" in page
