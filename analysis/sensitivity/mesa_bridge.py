"""Sensitivity studies of any Mesa model with keyword parameters.

Mesa has no sensitivity analysis and SALib knows no models. Here the same study that serves the
scenarios runs over a model class: its design, its saved runs, its indices with intervals.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from abm.limits import SEED_OF_STUDY, misfit, problem, problems_of, refuse
from abm.scenario.hints import nearest
from analysis.sensitivity.design import SEED, Input
from analysis.sensitivity.distributions import Uniform, WholeNumbers
from analysis.sensitivity.finished_runs import PROGRAM
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.model_identity import Quantile, Reporter, program_of
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.salib_bridge import inputs_of_problem, is_problem, with_seed_factor
from analysis.sensitivity.study import Evaluate, Study, in_values, run_study


def uniform(low: float, high: float) -> Quantile:
    """Return the quantile function of a uniform distribution from ``low`` to ``high``."""
    return Uniform(low, high)


def whole_numbers(low: int, high: int) -> Quantile:
    """Return the quantile function of whole numbers from ``low`` to ``high``, both included."""
    return WholeNumbers(low, high)


def study_mesa_model(
    model_class: type[Any],
    inputs: Mapping[str, Quantile] | Mapping[str, Any],
    reporters: Mapping[str, Reporter],
    *,
    steps: int,
    fixed: Mapping[str, Any] | None = None,
    method: str = "sobol",
    samples: int | None = None,
    seed: int = 1,
    seed_factor: bool = False,
    folder: Path | str | None = None,
    version: str | None = None,
    progress: TextIO | None = None,
) -> Study:
    """Run a sensitivity study over a Mesa model class.

    Parameters
    ----------
    model_class
        A subclass of ``mesa.Model`` that takes its parameters as keywords.
    inputs
        Keyword to quantile function, such as :func:`uniform` and :func:`whole_numbers`; or a SALib
        problem (dictionary or ``ProblemSpec``), whose names are keywords of the model. If it has
        groups, their inputs move together.
    reporters
        Name of an output to a function of the finished model, or to the name of its attribute, as
        Mesa's data collector takes them.
    steps
        Steps to run each model, fewer if it sets ``running`` to False.
    fixed
        Further keywords, the same in every run.
    method, samples
        As on the command line; None takes the method's default number of samples.
    seed
        Seed of the design and of every model.
    seed_factor
        Make the seed one of the inputs, so that the model's Monte Carlo error gets an index; a
        SALib problem may name it (``seed``).
    folder
        Where runs are saved; None keeps nothing. A saved run is used again only for the same
        values of its inputs, the same code of model and reporters and the same packages.
    version
        Your name for what results depend on and code does not show, such as a file that the model
        reads. Has to be given where something that the code names cannot be identified.
    progress
        Where to report progress.

    Returns
    -------
        The finished study; ``study.indices`` is a table with intervals.

    Raises
    ------
    ValueError
        If a number is out of its range, the model takes no such keyword, the plan cannot work, or
        runs are to be saved and what they depend on cannot be identified.
    """
    given = _inputs(inputs)
    grouped = any(entry.group for entry in given)
    sampled = [entry for entry in given if entry.name != SEED]
    inputs = {entry.name: entry.quantile for entry in sampled if entry.quantile is not None}
    refuse([*problems_of(steps=steps, samples=samples), problem("seed", seed, SEED_OF_STUDY)])
    steps, seed, samples = int(steps), int(seed), None if samples is None else int(samples)
    _check_keywords(model_class, [*inputs, *(fixed or {})])
    factor = Input(SEED, SEED) if seed_factor else None
    default = METHODS[method].samples if method in METHODS else 0
    every = tuple(with_seed_factor(given, factor))
    plan = Plan(method, every, samples or default, seed, grouped=grouped)
    evaluate = _evaluator(model_class, reporters, steps, dict(fixed or {}))
    question = {
        "model": f"{model_class.__module__}.{model_class.__qualname__}",
        "steps": steps,
        "seed keyword": _seed_keyword(model_class),
    }
    identity: dict[str, Any] = {}
    if folder is not None:
        program = program_of(model_class, inputs, reporters, dict(fixed or {}), version)
        identity = {**question, PROGRAM: program}
    return run_study(
        plan,
        in_values(evaluate, sampled),
        list(reporters),
        folder=folder,
        identity=identity,
        progress=progress,
    )


def _inputs(inputs: Mapping[str, Any]) -> list[Input]:
    """Return the inputs of a study, however they are written."""
    if is_problem(inputs):
        return inputs_of_problem(inputs)
    fits = isinstance(inputs, Mapping)
    wanted = "a quantile function for each keyword, such as uniform(0, 1), or a SALib problem"
    refuse([misfit("inputs", inputs, fits, wanted)])
    return [Input(name, quantile=quantile) for name, quantile in inputs.items()]


def _evaluator(
    model_class: type[Any], reporters: Mapping[str, Reporter], steps: int, fixed: Mapping[str, Any]
) -> Evaluate:
    keyword = _seed_keyword(model_class)

    def evaluate(values: Mapping[str, float], seed: int) -> Mapping[str, float]:
        model = model_class(**fixed, **values, **{keyword: seed})
        for _ in range(steps):
            if not model.running:
                break
            model.step()
        outputs = {name: _reported(model, reporter) for name, reporter in reporters.items()}
        # Mesa 3 remembers every model that had agents; without them it is at least a small one.
        with suppress(NotImplementedError):  # of ours, whose people it does not know
            model.remove_all_agents()
        return outputs

    return evaluate


def _reported(model: Any, reporter: Reporter) -> float:
    return float(getattr(model, reporter) if isinstance(reporter, str) else reporter(model))


def _seed_keyword(model_class: type[Any]) -> str:
    """Return how the model takes its seed: Mesa's own models are moving from one to the other."""
    return "rng" if "rng" in _keywords(model_class) else "seed"


def _keywords(model_class: type[Any]) -> set[str]:
    found: set[str] = set()
    for each in model_class.__mro__:
        if "__init__" not in vars(each):
            continue
        parameters = inspect.signature(vars(each)["__init__"]).parameters.values()
        found |= {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return found - {"self"}


def _check_keywords(model_class: type[Any], names: list[str]) -> None:
    known = sorted(_keywords(model_class))
    allowed = f"; must be one of {', '.join(known)}" if known else ""
    problems = [
        f"{model_class.__name__} takes no keyword '{name}'{allowed}{nearest(name, known)}"
        for name in names
        if name not in known
    ]
    if problems:
        raise ValueError("\n".join(problems))
