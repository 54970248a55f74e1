"""SALib's description of a study, out and in: ``ProblemSpec`` objects and problem dictionaries.

Studies sample shares of distributions; SALib writes bounds, and a distribution by name. What a
problem says of an input becomes its quantile function, and the other way round.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MethodType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from SALib import ProblemSpec
from SALib.analyze.sobol import to_df
from SALib.util.results import ResultDict

from abm.scenario.hints import nearest
from analysis.sensitivity.design import INTERVAL, SEED, Input, units_of
from analysis.sensitivity.distributions import UNIFORM, OfSALib, Uniform
from analysis.sensitivity.errors import StudyError

KEYS = ("names", "bounds", "dists", "groups", "num_vars", "outputs", "sample_scaled")
# Of each distribution of SALib's: how many numbers its bounds may have, and what they are.
BOUNDS = {
    UNIFORM: ((2,), "[low, high]"),
    "logunif": ((2,), "[low, high], both above 0"),
    "norm": ((2,), "[mean, standard deviation]"),
    "lognorm": ((2,), "[mean, standard deviation] of the logarithm"),
    "truncnorm": ((4,), "[low, high, mean, standard deviation]"),
    "triang": ((2, 3), "[low, high, place of the peak from 0 to 1]"),
    "weibull": ((2, 3), "[shape, scale] or [shape, scale, location]"),
}
FIRST, MIDDLE = 1e-6, 0.5  # shares at which a distribution is tried
SECOND_ORDER = "S2"


def is_problem(inputs: Any) -> bool:
    """Return whether inputs are given as a SALib problem: a dictionary of names and bounds.

    One without names is a problem that is wrong; quantile functions of inputs that happen to be
    called as a problem's keys are none.
    """
    return isinstance(inputs, Mapping) and any(
        key in KEYS and not callable(given) for key, given in inputs.items()
    )


def inputs_of_problem(problem: Mapping[str, Any]) -> list[Input]:
    """Return the inputs that a SALib problem names, each with its distribution and its group.

    Raises
    ------
    StudyError
        With everything that is wrong with the problem.
    """
    listed = problem.get("names")
    if listed is None or not _is_list(listed):
        found_there = "names are missing" if listed is None else f"names: is {listed!r}"
        raise StudyError([f"SALib problem: {found_there}; must be a list of the names of inputs"])
    names = list(listed)
    problems = [*_wrong_lists(problem, len(names)), *_wrong_names(names)]
    if problems:
        raise StudyError(problems)
    dists = _dists_of(problem)
    groups = problem["groups"] if moves_in_groups(problem) else [""] * len(names)
    found = []
    for name, group, dist, bounds in zip(names, groups, dists, problem["bounds"], strict=True):
        try:
            found.append(Input(str(name), str(group), quantile=_distribution(dist, bounds)))
        except ValueError as error:
            problems.append(f"SALib problem: {_of(name, dist, bounds)}; {error}")
    if problems:
        raise StudyError(problems)
    return found


def moves_in_groups(problem: Mapping[str, Any]) -> bool:
    """Return whether a SALib problem moves inputs together.

    A ``ProblemSpec`` without groups names each input as its own.
    """
    groups = problem.get("groups")
    return groups is not None and list(groups) != list(problem["names"])


def with_seed_factor(inputs: Sequence[Input], factor: Input | None) -> list[Input]:
    """Return inputs with the seed factor where a problem names it, else last; or without any.

    Raises
    ------
    StudyError
        If the seed is named, and no study with a seed factor is asked for.
    """
    named = any(entry.name == SEED for entry in inputs)
    if factor is None:
        if named:
            wanted = "must come with seed_factor=True, or be left out"
            raise StudyError([f"inputs: '{SEED}' is the seed of the runs; {wanted}"])
        return list(inputs)
    if not named:
        return [*inputs, factor]
    return [
        replace(factor, group=each.group or factor.group) if each.name == SEED else each
        for each in inputs
    ]


def refuse_other_distributions(problem: Mapping[str, Any], inputs: Sequence[Input]) -> None:
    """Refuse a problem that gives inputs of a scenario other distributions than they have.

    Parameters
    ----------
    problem
        A SALib problem; its bounds may be those that :func:`problem_spec` writes, or shares.
    inputs
        What it names, as the scenario and the evidence have them.

    Raises
    ------
    StudyError
        With every input whose bounds or distribution are others.
    """
    problems = []
    of_each = zip(inputs, problem["bounds"], _dists_of(problem), strict=True)
    for entry, given, dist in of_each:
        own = bounds_of(entry)
        if not any(_alike(given, bounds) for bounds in (own, [0.0, 1.0], INTERVAL)):
            problems.append(
                f"SALib problem: bounds of '{entry.name}' are {list(given)}, but the scenario and "
                f"the evidence say how it is distributed (95 % interval {own[0]:.6g} to "
                f"{own[1]:.6g}); must be that or [0, 1]; {{value, low, high}} in the scenario "
                "sets another"
            )
        if dist not in (None, UNIFORM, getattr(entry.quantile, "dist", None)):
            problems.append(
                f"SALib problem: dists: the one of '{entry.name}' is '{dist}', but the scenario "
                f"and the evidence say how it is distributed; must be '{UNIFORM}', or left out"
            )
    if problems:
        raise StudyError(problems)


def bounds_of(entry: Input) -> list[float]:
    """Return SALib's bounds of an input: its own, or its 95 % interval; shares if it is a table."""
    if entry.quantile is None:
        return list(INTERVAL)
    own = getattr(entry.quantile, "bounds", None)
    return list(own) if own else [float(entry.quantile(share)) for share in INTERVAL]


def problem_spec(study: Any) -> ProblemSpec:
    """Return a finished study as SALib's ``ProblemSpec``, with values, outputs and indices.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
        ``names`` and ``groups`` of the inputs; ``samples``, the value of each input in each run (a
        share of its distribution where it is a table of values, NaN where it was left at its
        central value); ``results``, shape (runs,) or (runs, outputs); ``analysis``, the study's
        indices with half their 95 % interval as ``_conf``. ``bounds`` are those of the input, or
        its 95 % interval where SALib has no such distribution; the analysis does not use them.
    """
    plan = study.plan
    described: dict[str, Any] = {
        "names": [entry.name for entry in plan.inputs],
        "bounds": [bounds_of(entry) for entry in plan.inputs],
        "outputs": list(study.outputs),
    }
    dists = [getattr(entry.quantile, "dist", None) for entry in plan.inputs]
    if all(dists) or set(dists) - {None, UNIFORM}:  # bounds mean nothing without their kind
        described["dists"] = [dist or UNIFORM for dist in dists]
    if plan.grouped:
        described["groups"] = units_of(plan.inputs, grouped=True)
    spec = ProblemSpec(described)
    spec.set_samples(_values(plan.inputs, study.design.shares))
    one = len(study.outputs) == 1
    spec.set_results(study.table[:, 0] if one else study.table)
    found = {output: _result(study, output, spec) for output in study.outputs}
    # SALib sets this nowhere but in its own analysis, which would give another bootstrap.
    spec._analysis = found[study.outputs[0]] if one else found
    return spec


def _values(inputs: Sequence[Input], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values of inputs at shares of their distributions, shape (runs, inputs)."""
    values = shares.copy()
    for column, entry in enumerate(inputs):
        if entry.quantile is None:
            continue
        different, places = np.unique(shares[:, column], return_inverse=True)
        at = [math.nan if math.isnan(s) else float(entry.quantile(s)) for s in different.tolist()]
        values[:, column] = np.array(at)[places]
    return values


def _result(study: Any, output: str, spec: ProblemSpec) -> ResultDict:
    """Return the indices of one output as SALib's analyzers do."""
    rows = study.indices[study.indices["output"] == output]
    units = study.design.units
    found: dict[str, Any] = {}
    for index, table in rows.groupby("index", sort=False):
        half_widths = (table["upper"] - table["lower"]).to_numpy() / 2
        shape = _of_pairs if index == SECOND_ORDER else _of_units
        found[str(index)] = shape(table["estimate"].to_numpy(), len(units))
        if not np.isnan(half_widths).all():
            found[f"{index}_conf"] = shape(half_widths, len(units))
    if study.plan.method != "sobol":
        return ResultDict(found, names=list(units))
    result = ResultDict(found)
    result.problem = spec
    result.to_df = MethodType(to_df, result)
    return result


def _of_units(values: NDArray[np.float64], units: int) -> NDArray[np.float64]:
    return values


def _of_pairs(values: NDArray[np.float64], units: int) -> NDArray[np.float64]:
    """Return indices of pairs as the upper triangle of a matrix, NaN elsewhere."""
    matrix = np.full((units, units), np.nan)
    matrix[np.triu_indices(units, 1)] = values
    return matrix


def _distribution(dist: Any, bounds: Any) -> Uniform | OfSALib:
    """Return a distribution by SALib's name and numbers; ValueError says what must be there."""
    kind = UNIFORM if dist is None else dist
    if not isinstance(kind, str) or kind not in BOUNDS:
        raise ValueError(f"must be one of {', '.join(BOUNDS)}{nearest(str(kind), BOUNDS)}")
    lengths, shape = BOUNDS[kind]
    numbers = _finite(bounds)
    if len(numbers) not in lengths:
        raise ValueError(f"must be {shape} in finite numbers")
    if kind == UNIFORM and not numbers[0] < numbers[1]:
        raise ValueError("the lower bound must be below the upper")
    found = Uniform(*numbers) if kind == UNIFORM else OfSALib(kind, numbers)
    try:
        values = [found(share) for share in (FIRST, MIDDLE, 1.0 - FIRST)]
    except ValueError as error:  # in several lines
        raise ValueError(f"must be {shape}: {' '.join(str(error).split())}") from None
    if not all(map(math.isfinite, values)):
        raise ValueError(f"must be {shape}; it has no finite value at some share")
    return found


def _of(name: str, dist: Any, bounds: Any) -> str:
    """Say what a problem says of an input: its distribution if that is unknown, else its bounds."""
    if dist is not None and not (isinstance(dist, str) and dist in BOUNDS):
        return f"dists: the one of '{name}' is {dist!r}"
    given = bounds.tolist() if isinstance(bounds, np.ndarray) else bounds
    of = "" if dist in (None, UNIFORM) else f", for {dist}"
    return f"bounds of '{name}' are {reprlib.repr(given)}{of}"


def _finite(bounds: Any) -> tuple[float, ...]:
    """Return the numbers of a list; none where something in it is no finite number."""
    if not _is_list(bounds):
        return ()
    try:
        numbers = tuple(float(each) for each in bounds)
    except (TypeError, ValueError):
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


def _wrong_lists(problem: Mapping[str, Any], number: int) -> Iterator[str]:
    """Yield what is wrong with the keys of a problem, and with how long its lists are."""
    for key in problem:
        if key not in KEYS:
            known = ", ".join(KEYS[:4])
            yield f"SALib problem: unknown key '{key}'; must be {known}{nearest(str(key), KEYS)}"
    if "bounds" not in problem:
        yield "SALib problem: bounds are missing; must be one [low, high] for each name"
    for key in ("bounds", "dists", "groups"):
        given = problem.get(key)
        if given is None:
            continue
        if not _is_list(given):
            yield f"SALib problem: {key}: is {given!r}; must be a list, one for each name"
        elif len(given) != number:
            yield f"SALib problem: {len(given)} {key} for {number} names; must be one for each"
        elif key == "groups" and (odd := [each for each in given if not isinstance(each, str)]):
            yield f"SALib problem: groups: holds {odd[0]!r}; must be a text for each name"
    said = problem.get("num_vars", number)
    if said != number:
        yield f"SALib problem: num_vars is {said}, but there are {number} names"


def _wrong_names(names: Sequence[Any]) -> Iterator[str]:
    for name in names:
        if not isinstance(name, str):
            yield f"SALib problem: names: is {name!r}; must be a text"
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        yield f"SALib problem: '{name}' is named twice"


def _dists_of(problem: Mapping[str, Any]) -> Sequence[Any]:
    dists = problem.get("dists")
    return [UNIFORM] * len(problem["names"]) if dists is None else list(dists)


def _is_list(given: Any) -> bool:
    return isinstance(given, Sequence | np.ndarray | pd.Series) and not isinstance(given, str)


def _alike(given: Any, bounds: Sequence[float]) -> bool:
    try:
        return bool(np.allclose(np.asarray(given, dtype=float), bounds, rtol=1e-9, atol=0.0))
    except (ValueError, TypeError):
        return False
