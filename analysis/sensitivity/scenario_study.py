"""A scenario as a function to study: its uncertain inputs, and the outputs of one run.

Inputs are the evidence entries with an uncertainty of their own, except those the scenario fixes,
and the scenario's own numbers given as {value, low, high}. A run simulates both worlds with one
sample of them. Only this module and :mod:`analysis.sensitivity.outputs` know the model.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.evidence.cache import Recent
from abm.evidence.distributions import quantile
from abm.evidence.entries import GROUPS, Entry, load_evidence
from abm.evidence.parameters import Parameters, parameters_from_quantiles, uncertain_paths
from abm.evidence.remainders import set_by
from abm.evidence.renamed import renamed, renamed_elsewhere
from abm.kernel.blocks import Counts, condensed
from abm.population.setup import Setup, empty_counts, new_block
from abm.running.people import run_slots
from abm.running.provenance import digest_of, hash_of_files
from abm.running.setup import for_effects, set_up, with_sizes
from abm.scenario.check import Interval
from abm.scenario.drawn import with_drawn
from abm.scenario.hints import nearest, nearest_of_kind
from abm.scenario.vocabulary import POLICY
from analysis.sensitivity import design, outputs, study
from analysis.sensitivity.design import DUMMY, SEED, SEED_CHOICES, Input
from analysis.sensitivity.errors import StudyError
from analysis.sensitivity.finished_runs import PROGRAM
from analysis.sensitivity.study import Evaluate

if TYPE_CHECKING:
    from abm.scenario.parts import Scenario

_OVERRIDE = "parameters."
# What makes outputs of shares and a seed, beside the sources of abm.
DEFINING = (__file__, outputs.__file__, design.__file__, study.__file__)


def inputs_of(scenario: Scenario) -> dict[str, Input]:
    """Return every input of a scenario that is uncertain, by name.

    Parameters
    ----------
    scenario
        Its ``intervals`` are inputs named as there (``policies.NAME.reach``, ``parameters.PATH``);
        evidence entries are named by their path.
    """
    entries = load_evidence(scenario.place).entries
    inputs = {}
    for path in uncertain_paths(scenario.place):
        if path not in scenario.parameters:
            inputs[path] = _input_of_entry(entries[path])
    for path, interval in scenario.intervals.items():
        evidence = path.removeprefix(_OVERRIDE)
        known = evidence != path and evidence in entries
        group = entries[evidence].group if known else "policy"
        unit = entries[evidence].unit if known else _unit_of_policy_number(path)
        inputs[path] = Input(path, group, unit, _quantile_of_interval(interval))
    return inputs


def special_inputs(seed: int, *, dummy: bool, seed_factor: bool) -> list[Input]:
    """Return the inputs that test the study itself: one without effect, and the seed.

    Parameters
    ----------
    seed
        The study's seed; the seed factor picks one at or above it.
    dummy, seed_factor
        Which of them are wanted.
    """
    found = []
    if dummy:
        found.append(Input(DUMMY, DUMMY, "1", lambda share: share))
    if seed_factor:
        found.append(Input(SEED, SEED, "1", lambda share: seed + int(share * SEED_CHOICES)))
    return found


def chosen_inputs(scenario: Scenario, wanted: Sequence[str]) -> list[Input]:
    """Return the inputs a user asked for; all if nothing was asked for.

    Parameters
    ----------
    scenario
        The scenario under study.
    wanted
        Names, patterns such as ``il6.*``, or groups such as ``policy``.

    Raises
    ------
    StudyError
        With every name that is unknown, fixed by the scenario, or without uncertainty.
    """
    inputs = inputs_of(scenario)
    if not wanted:
        return list(inputs.values())
    chosen: dict[str, Input] = {}
    problems = []
    for name in wanted:
        found = [
            entry
            for entry in inputs.values()
            if entry.group == name or fnmatch.fnmatchcase(entry.name, name)
        ]
        if found:
            chosen.update({entry.name: entry for entry in found})
        else:
            problems.append(f"--inputs {_why_not(name, scenario, inputs)}")
    if problems:
        raise StudyError(problems)
    return list(chosen.values())


def inputs_named(scenario: Scenario, names: Sequence[str]) -> list[Input]:
    """Return the inputs of a scenario that a SALib problem names, one for each name.

    Raises
    ------
    StudyError
        With every name that is no input's; patterns and groups are none.
    """
    inputs = inputs_of(scenario)
    groups = {entry.group for entry in inputs.values()}
    problems = []
    for name in names:
        if name in groups:
            problems.append(f"{name}: is a group of inputs; must be the name of one input")
        elif name not in inputs:
            problems.append(_why_not(name, scenario, inputs))
    if problems:
        raise StudyError([f"SALib problem: names: {each}" for each in problems])
    return [inputs[name] for name in names]


def _why_not(name: str, scenario: Scenario, inputs: Mapping[str, Input]) -> str:
    """Say why a name is none of an input's."""
    entries = load_evidence(scenario.place).entries
    entry = entries.get(name)
    if name in GROUPS:
        return f"{name}: no uncertain input belongs to this group in {scenario.name}"
    if f"{_OVERRIDE}{name}" in inputs:
        return f"{name}: the scenario gives its own interval; write {_OVERRIDE}{name}"
    if name in scenario.parameters:
        return (
            f"{name}: fixed by the scenario at {scenario.parameters[name]}; give it as {{value, "
            "low, high} there to study it"
        )
    if entry is not None and entry.drawn_with:
        return f"{name}: moves together with {entry.drawn_with}; name that"
    if entry is not None and entry.remainder_of:
        return f"{name}: {set_by(entry)}"
    if entry is not None:
        return f"{name}: has no uncertainty in the evidence, so it cannot be studied"
    if told := renamed(name.removeprefix(_OVERRIDE), entries) or renamed_elsewhere(name):
        return f"{name}: {told}"
    if name.startswith("policies."):
        given = [path for path in scenario.intervals if path.startswith("policies.")]
        hint = f"; given so: {', '.join(given)}" if given else ""
        return (
            f"{name}: is not given as {{value, low, high}} in scenario "
            f"{scenario.name}{nearest(name, inputs)}{hint}"
        )
    like = nearest(name, [*inputs, *GROUPS]) or nearest_of_kind(name, inputs)
    return f"{name}: unknown input{like}"


def evaluator(
    scenario: Scenario, persons: int, *, pathways: bool = False, lifetimes: bool = True,
    only_effects: bool = False,
) -> Evaluate:  # fmt: skip
    """Return the function of sample and seed that a study evaluates.

    Parameters
    ----------
    scenario
        The scenario; its own values stand for whatever a sample leaves out.
    persons
        Simulated persons per run.
    pathways
        Also simulate the world in which policies do not reach IL-6, for ``share_via_il6``.
    lifetimes
        Also tell of health and money: those who took part are followed to the end of their lives,
        and who has a price is simulated. Outputs of health and money are left out otherwise.
    only_effects
        Simulate only who can matter to an effect: outputs that ask for everybody are NaN
        (:func:`analysis.sensitivity.outputs.ask_for_everybody`).
    """
    inputs = inputs_of(scenario)
    sized = with_sizes(scenario, persons=persons, years=None, seed=None)
    baselines: Recent[Counts] = Recent(12)

    def baseline(seed: int) -> Counts:
        """Return the tallies of everybody with the central values, for the change of IL-6."""
        central = replace(sized, policies=())
        return baselines.of(seed, lambda: condensed(tallies_of(set_up(central), seed)))

    # Many inputs (what a policy costs, the course of a single bout) change no tally: the tallies of
    # a run that differs only in such an input are kept. They take about 10 MB.
    recent: Recent[Counts] = Recent(12)

    def evaluate(sample: Mapping[str, float], seed: int) -> Mapping[str, float]:
        moved, parameters = sampled(sized, inputs, sample)
        setup = set_up(moved, parameters, pathways=pathways, lifetimes=lifetimes, moved=True)
        setup = for_effects(setup, prices=lifetimes) if only_effects else setup
        what_tallies_depend_on = digest_of((setup.decisive, seed))
        counts = recent.of(what_tallies_depend_on, lambda: tallies_of(setup, seed))
        if setup.worlds == 1:
            return outputs.levels_of(counts)
        found = outputs.outputs_of(counts, parameters, moved, baseline(seed))
        return found if lifetimes else outputs.without_worth(found)

    return evaluate


def tallies_of(setup: Setup, seed: int) -> Counts:
    """Return the tallies of a run, made in this thread: runs share out the processors."""
    block, counts = new_block(setup), empty_counts(setup)
    run_slots(setup, seed, 0, setup.scenario.persons, block, counts)
    return counts


def sampled(
    scenario: Scenario, inputs: Mapping[str, Input], sample: Mapping[str, float]
) -> tuple[Scenario, Parameters]:
    """Return the scenario and the parameters that belong to one sample.

    Parameters
    ----------
    scenario
        The scenario under study.
    inputs
        As returned by :func:`inputs_of`.
    sample
        Shares of the inputs' distributions; inputs not named keep their central value.
    """
    shares, values = {}, {}
    for name, share in sample.items():
        if name in scenario.intervals:
            exact = inputs[name].quantile
            assert exact is not None
            values[name] = exact(share)
        else:
            shares[name] = share
    moved = with_drawn(scenario, values) if values else scenario
    return moved, parameters_from_quantiles(shares, moved.parameters, moved.place)


def identity_of(scenario: Scenario, persons: int) -> dict[str, Any]:
    """Return what the results of a study depend on besides sample, seed and the model itself."""
    return {
        "scenario": scenario.name,
        "scenario_hash": scenario.hash,
        "evidence_hash": load_evidence(scenario.place).hash,
        "persons": persons,
        PROGRAM: {"outputs": hash_of_files(*map(Path, DEFINING))},
    }


def _input_of_entry(entry: Entry) -> Input:
    if not isinstance(entry.value, float):
        return Input(entry.path, entry.group, entry.unit)

    def value_at(share: float) -> float:
        value = entry.at_quantile(share)
        assert isinstance(value, float)
        return value

    return Input(entry.path, entry.group, entry.unit, value_at)


def _unit_of_policy_number(path: str) -> str:
    kind: Any = POLICY
    for key in path.split(".")[2:]:
        kind = kind.keys[key].kind
    # The vocabulary explains itself to users, as in "a share, not a percentage".
    unit: str = kind.unit
    return unit.partition(",")[0].removeprefix("a ")


def _quantile_of_interval(interval: Interval) -> Callable[[float], float]:
    low, high = interval.low, interval.high

    def value_at(share: float) -> float:
        ends = interval.minimum, interval.maximum
        return quantile(share, "normal", interval.value, low, high, *ends)

    return value_at
