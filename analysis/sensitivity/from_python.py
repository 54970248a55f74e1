"""A sensitivity study of a scenario, asked for from Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from abm.limits import SEED_OF_STUDY, misfit, problem, problems_of, refuse
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario
from analysis.sensitivity.design import SEED, Input
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.outputs import chosen_outputs, output_names, what_to_simulate
from analysis.sensitivity.plan import Plan, check_plan
from analysis.sensitivity.salib_bridge import (
    inputs_of_problem,
    moves_in_groups,
    refuse_other_distributions,
    with_seed_factor,
)
from analysis.sensitivity.scenario_study import (
    chosen_inputs,
    evaluator,
    identity_of,
    inputs_named,
    special_inputs,
)
from analysis.sensitivity.study import Study, run_study

PERSONS = 20_000


def study_scenario(
    scenario: Scenario | str | Path,
    inputs: Sequence[str] | Mapping[str, Any] = (),
    outputs: Sequence[str] = (),
    *,
    method: str = "morris",
    samples: int | None = None,
    persons: int = PERSONS,
    seed: int = 1,
    grouped: bool = False,
    seed_factor: bool = False,
    folder: Path | str | None = None,
    threads: int = 1,
    progress: TextIO | None = None,
) -> Study:
    """Run a sensitivity study of a scenario, as the command ``sensitivity`` does.

    Parameters
    ----------
    scenario
        A scenario, the name of a bundled one, or a path.
    inputs
        Names, patterns such as ``il6.*`` or groups such as ``policy``; or a SALib problem
        (dictionary or ``ProblemSpec``), of which names and groups count: how an input is
        distributed, the scenario and the evidence say. Nothing means all.
    outputs
        Names or patterns of outputs; nothing means the default ones.
    method, samples
        As on the command line; None takes the method's default number of samples.
    persons
        Simulated persons per run.
    seed
        Seed of the design and of every run.
    grouped
        Move the inputs of a group together; a SALib problem with groups does.
    seed_factor
        Make the seed one of the inputs; a SALib problem may name it (``seed``).
    folder
        Where runs are saved; None keeps nothing.
    threads
        Runs at a time. The result does not depend on it.
    progress
        Where to report progress.

    Raises
    ------
    ScenarioError
        If the scenario cannot be loaded.
    StudyError
        If the study cannot be made, with every reason; as ``RunError`` if a run fails.
    ValueError
        If a number is out of its range.
    """
    refuse(
        [
            *problems_of(persons=persons, samples=samples, threads=threads),
            problem("seed", seed, SEED_OF_STUDY),
        ]
    )
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    _check_kind(inputs)
    by_problem = isinstance(inputs, Mapping) and bool(inputs)
    factor = next(iter(special_inputs(seed, dummy=False, seed_factor=seed_factor)), None)
    sampled = (
        _of_problem(chosen, inputs, factor)
        if by_problem
        else with_seed_factor(chosen_inputs(chosen, list(inputs)), factor)
    )
    grouped = grouped or (by_problem and moves_in_groups(inputs))  # type: ignore[arg-type]
    default = METHODS[method].samples if method in METHODS else 0
    plan = Plan(method, tuple(sampled), samples or default, seed, grouped=grouped)
    check_plan(plan)
    names = chosen_outputs(output_names(chosen), list(outputs))
    return run_study(
        plan,
        evaluator(chosen, persons, **what_to_simulate(names)),
        names,
        folder=folder,
        identity=identity_of(chosen, persons),
        threads=threads,
        progress=progress,
        title=chosen.name,
    )


def _check_kind(inputs: Any) -> None:
    """Refuse what is neither names of inputs nor a SALib problem."""
    fits = isinstance(inputs, Mapping | Iterable) and not isinstance(inputs, str)
    wanted = "names, patterns or groups in a list ([] for all), or a SALib problem"
    refuse([misfit("inputs", inputs, fits, wanted)])


def _of_problem(scenario: Scenario, problem: Any, factor: Input | None) -> list[Input]:
    """Return the inputs of a scenario that a SALib problem names, in its order and groups."""
    named = with_seed_factor(inputs_of_problem(problem), factor)
    known = inputs_named(scenario, [each.name for each in named if each.name != SEED])
    own = {each.name: each for each in [*known, *([factor] if factor else [])]}
    refuse_other_distributions(problem, [own[name] for name in problem["names"]])
    return [
        replace(own[given.name], group=given.group) if given.group else own[given.name]
        for given in named
    ]
