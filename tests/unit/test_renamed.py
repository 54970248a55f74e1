"""Old names: wherever a name can be given, one that is gone is refused with the right new one."""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from abm import ExerciseModel, ScenarioError, load_scenario, simulate, simulate_bout
from abm.evidence.entries import load_evidence
from abm.evidence.parameters import central_parameters
from abm.evidence.renamed import KEYWORDS, OF_A_POLICY, OF_A_POPULATION, OF_AN_OUTCOME, RENAMED
from abm.kernel.layout import OUTCOMES
from abm.scenario.vocabulary import POLICY, SCENARIO
from analysis.sensitivity.errors import StudyError
from analysis.sensitivity.outputs import chosen_outputs, output_names
from analysis.sensitivity.scenario_study import chosen_inputs
from run import main

OLD = list(RENAMED)
ENTRIES = load_evidence().entries
TABLE = "{20: 0.1, 60: 0.2}"
INTERVAL = "{value: 0.3, low: 0.2, high: 0.4}"
SCENARIO_NAME = "walking_groups"


def nested(path, value):
    """Return a path as a nested mapping in braces."""
    for part in reversed(path.split(".")):
        value = f"{{{part}: {value}}}"
    return value


def file_with(text):
    def give(name, tmp_path):
        path = tmp_path / "town.yaml"
        path.write_text("extends: walking_groups\n" + text(name) + "\n")
        load_scenario(path)

    return give


def setting(text):
    return lambda name, tmp_path: load_scenario(SCENARIO_NAME, [text(name)])


def in_the_program(*words):
    def give(name, tmp_path):
        main([each.replace("OLD", name) for each in words] + ["--out", str(tmp_path)])

    return give


def of_scenario(ask: Callable):
    return lambda name, tmp_path: ask(load_scenario(SCENARIO_NAME), name)


# Every place in which a name can be given. Each is tried with every old name.
PLACES = {
    "key of a file": file_with(lambda old: f"{old}: 0.3"),
    "key of a file, nested": file_with(lambda old: nested(old, "0.3")[1:-1]),
    "key of the population": file_with(lambda old: f"population: {{{old}: 0.3}}"),
    "key of economics": file_with(lambda old: f"economics: {{{old}: 0.3}}"),
    "key of a policy": file_with(lambda old: f"policies: [{{name: walks, {old}: 0.3}}]"),
    "key of who is eligible": file_with(
        lambda old: f"policies: [{{name: walks, eligible: {{{old}: 0.3}}}}]"
    ),
    "parameters, dotted": file_with(lambda old: f"parameters: {{{old}: 0.3}}"),
    "parameters, nested": file_with(lambda old: f"parameters: {nested(old, '0.3')}"),
    "parameters, half nested": file_with(
        lambda old: f"parameters: {{{old.partition('.')[0]}: {{{old.partition('.')[2]}: 0.3}}}}"
        if "." in old else f"parameters: {{{old}: 0.3}}"
    ),
    "parameters, an interval": file_with(lambda old: f"parameters: {{{old}: {INTERVAL}}}"),
    "parameters, a nested interval": file_with(lambda old: f"parameters: {nested(old, INTERVAL)}"),
    "parameters, a table": file_with(lambda old: f"parameters: {nested(old, TABLE)}"),
    "--set": setting(lambda old: f"{old}=0.3"),
    "--set, with blanks": setting(lambda old: f" {old} = 0.3"),
    "--set parameters.": setting(lambda old: f"parameters.{old}=0.3"),
    "--set parameters=": setting(lambda old: f"parameters={nested(old, '0.3')}"),
    "--set evidence.": setting(lambda old: f"evidence.{old}=0.3"),
    "--set of a group": setting(
        lambda old: f"{old.rpartition('.')[0]}={{{old.rpartition('.')[2]}: 0.3}}"
        if "." in old else f"{old}=0.3"
    ),
    "--set an interval": setting(lambda old: f"{old}={INTERVAL}"),
    "--set population.": setting(lambda old: f"population.{old}=0.3"),
    "--set policies.": setting(lambda old: f"policies.{old}=0.3"),
    "--set policies.NAME.": setting(lambda old: f"policies.walks.{old}=0.3"),
    "run --until": in_the_program("run", SCENARIO_NAME, "--until", "OLD=5%"),
    "run --until without a share": in_the_program("run", SCENARIO_NAME, "--until", "OLD"),
    "run --set": in_the_program("run", SCENARIO_NAME, "--set", "OLD=0.3"),
    "check --set": in_the_program("check", SCENARIO_NAME, "--set", "OLD=0.3"),
    "sensitivity --set": in_the_program("sensitivity", SCENARIO_NAME, "--set", "OLD=0.3"),
    "bout --set": in_the_program(
        "bout", "running", "--minutes", "60", "--intensity", "0.7", "--set", "OLD=0.3"
    ),
    "--inputs": of_scenario(lambda scenario, old: chosen_inputs(scenario, [old])),
    "--inputs parameters.": of_scenario(
        lambda scenario, old: chosen_inputs(scenario, [f"parameters.{old}"])
    ),
    "--inputs policies.NAME.": of_scenario(
        lambda scenario, old: chosen_inputs(scenario, [f"policies.walks.{old}"])
    ),
    "--outputs": of_scenario(lambda scenario, old: chosen_outputs(NAMES, [old])),
    "--outputs of a kind": of_scenario(
        lambda scenario, old: chosen_outputs(NAMES, [f"averted.{old}"])
    ),
    "--outputs expected": of_scenario(
        lambda scenario, old: chosen_outputs(NAMES, [f"expected_averted_per_100k.{old}"])
    ),
    "parameters in Python": lambda name, tmp_path: central_parameters({name: 0.3}),
    "one parameter in Python": lambda name, tmp_path: central_parameters()[name],
    "with_values parameters.": of_scenario(
        lambda scenario, old: scenario.with_values({f"parameters.{old}": 0.3})
    ),
    "with_values policies.": of_scenario(
        lambda scenario, old: scenario.with_values({f"policies.walks.{old}": 0.3})
    ),
    "a scenario changed in Python": of_scenario(
        lambda scenario, old: simulate(replace(scenario, parameters={old: 0.3}), persons=10)
    ),
    "a bout in Python": lambda name, tmp_path: simulate_bout(
        activity="running", minutes=60, intensity=0.7, parameters={name: 0.3}
    ),
}  # fmt: skip
NAMES = output_names(load_scenario(SCENARIO_NAME))
# Names that stand after "must be" or "now": of entries, keys of policies, outcomes.
NAMED = re.compile(r"(?:must be|now) (?:the [a-z ]+ )?(?:one of )?([\w., ]+?)(?: \(|$)")


@pytest.mark.parametrize("old", OLD)
@pytest.mark.parametrize("place", PLACES)
def test_an_old_name_is_refused_with_the_new_one_wherever_it_is_given(place, old, tmp_path, capsys):
    try:
        PLACES[place](old, tmp_path)
        told = capsys.readouterr().err
    except (ScenarioError, StudyError, ValueError, KeyError, SystemExit) as error:
        told = str(error) if not isinstance(error, SystemExit) else capsys.readouterr().err
    new, change = RENAMED[old]
    for each in new:
        assert each in told, told
    assert change in told
    for listed in NAMED.findall(told):
        for name in re.split(r", | or ", listed):
            name = name.removeprefix("policies.NAME.").removeprefix("population.")
            assert name in new, told
    assert "did you mean" not in told


def test_every_new_name_is_there_and_no_old_one_is():
    population = SCENARIO.keys["population"].kind.keys
    known = {*ENTRIES, *POLICY.keys, *OUTCOMES, *population}
    for old in OLD:
        assert old not in {*known, *SCENARIO.keys}
        assert set(RENAMED[old][0]) <= known, old
    assert all(new in population for old in OF_A_POPULATION for new in RENAMED[old][0])
    assert all(new in POLICY.keys for old in OF_A_POLICY for new in RENAMED[old][0])
    assert all(new in OUTCOMES for old in OF_AN_OUTCOME for new in RENAMED[old][0])


def test_no_valid_name_is_taken_for_an_old_one():
    for path in ("causal_share.cardiovascular", "mortality.lag_years.all_else"):
        assert load_scenario("uk", [f"{path}=0.3"]).parameters == {path: 0.3}
    path, table = "mortality.ill_hazard_ratio.stroke", "{30: 2, 80: 1.5}"
    assert load_scenario("uk", [f"{path}={table}"]).parameters[path] == {30.0: 2.0, 80.0: 1.5}


OLD_KEYWORDS = {
    "il6_ratio": lambda value: replace(load_scenario(SCENARIO_NAME).policies[0], il6_ratio=value),
    "kept": lambda value: simulate("uk", kept=value),
    "replicate": lambda value: ExerciseModel("uk", replicate=value),
}


@pytest.mark.parametrize("old", KEYWORDS)
def test_an_old_keyword_of_python_is_refused_with_the_new_one(old):
    new, change = KEYWORDS[old]
    with pytest.raises(TypeError, match=re.escape(f"{old} was renamed; must be {new} ({change})")):
        OLD_KEYWORDS[old](0.5)


def test_signatures_are_as_they_were():
    assert "finished_work" in inspect.signature(simulate).parameters
    assert "rng" in inspect.signature(ExerciseModel).parameters
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        simulate("uk", nothing=1)


def test_the_old_attribute_of_a_model_names_the_new_one():
    model = ExerciseModel("uk", persons=10, years=1)
    with pytest.raises(AttributeError, match="crowd was renamed; must be population"):
        _ = model.crowd
