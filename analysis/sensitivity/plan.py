"""What a study is to do, and whether that can work: checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from abm.limits import LIMITS, SEED_OF_STUDY, problem
from abm.scenario.hints import nearest
from analysis.sensitivity.design import Design, Input, make_design, units_of
from analysis.sensitivity.errors import StudyError
from analysis.sensitivity.methods import METHODS, Method
from analysis.words import several


@dataclass(frozen=True)
class Plan:
    """What a study is to do.

    Parameters
    ----------
    method
        A name in ``METHODS``.
    inputs
        The inputs to sample.
    samples
        Number of samples of the method.
    seed
        Seed of the sampling, of the bootstrap and of every run, at least 1.
    grouped
        Move the inputs of a group together and give one index per group.
    second_order
        Also estimate second-order Sobol indices.
    independent_seeds
        Give every run a seed of its own instead of common random numbers.
    """

    method: str
    inputs: tuple[Input, ...]
    samples: int
    seed: int = 1
    grouped: bool = False
    second_order: bool = False
    independent_seeds: bool = False

    def design(self) -> Design:
        """Draw the design."""
        return make_design(
            self.method,
            self.inputs,
            self.samples,
            seed=self.seed,
            grouped=self.grouped,
            second_order=self.second_order,
        )

    def units(self) -> tuple[str, ...]:
        """Return what gets an index: the inputs, or the groups."""
        return tuple(dict.fromkeys(units_of(self.inputs, self.grouped)))


def check_plan(plan: Plan, *, inputs_known: bool = True) -> list[str]:
    """Return warnings about a plan: what will work, but not well.

    Parameters
    ----------
    plan
        The plan.
    inputs_known
        False if choosing the inputs failed, so that their number says nothing.

    Raises
    ------
    StudyError
        With every reason why the study cannot be made.
    """
    method = METHODS.get(plan.method)
    if method is None:
        near = nearest(plan.method, METHODS)
        raise StudyError(
            [f"unknown method '{plan.method}'; must be one of {', '.join(METHODS)}{near}"]
        )
    problems = [
        *_too_few_inputs(plan, inputs_known),
        *_wrong_samples(plan, method),
        *_beyond_the_method(plan, method),
    ]
    if problems:
        raise StudyError(problems)
    few = few_samples(plan)
    return [few.removesuffix(".")] if few else []


def few_samples(plan: Plan) -> str:
    """Say that a plan has few samples; nothing if it has enough."""
    method = METHODS[plan.method]
    if plan.samples >= method.enough:
        return ""
    return (
        f"{several(plan.samples, method.sample)} are few for {plan.method}: expect wide intervals "
        f"({method.enough} or more are advised)."
    )


def _too_few_inputs(plan: Plan, inputs_known: bool) -> Iterator[str]:
    units = len(plan.units())
    if inputs_known and units < 2 and plan.method != "oat":
        what = "groups" if plan.grouped else "inputs"
        yield f"{units} {what} to compare; a sensitivity study needs at least 2"


def _wrong_samples(plan: Plan, method: Method) -> Iterator[str]:
    if wrong := problem("samples", plan.samples, LIMITS["samples"]):
        yield wrong
    elif plan.samples < method.fewest:
        yield (
            f"--samples is {plan.samples}, too few for an interval; {plan.method} "
            f"needs at least {method.fewest} ({method.samples} by default)"
        )
    elif plan.method == "oat" and plan.samples != method.samples:
        yield (
            f"--samples is {plan.samples}, but oat moves every input once, to each of its ends; "
            f"must be {method.samples} or left out"
        )
    elif method.power_of_two and plan.samples & (plan.samples - 1):
        below = 1 << plan.samples.bit_length() - 1
        yield (
            f"--samples is {plan.samples}, must be a power of two for {plan.method} "
            f"(its points are balanced only then), such as {below} or {2 * below}"
        )


def _beyond_the_method(plan: Plan, method: Method) -> Iterator[str]:
    units = len(plan.units())
    if plan.grouped and not method.takes_groups:
        able = ", ".join(m.name for m in METHODS.values() if m.takes_groups)
        yield f"{plan.method} cannot move groups of inputs together; use one of {able}"
    if method.most_units is not None and units > method.most_units:
        yield (
            f"{plan.method} needs 2^k runs per sample and so at most "
            f"{method.most_units} inputs, found {units}; name fewer or use --groups"
        )
    yield from filter(None, [problem("seed", plan.seed, SEED_OF_STUDY)])
    if plan.second_order and plan.method != "sobol":
        yield f"--second-order is for sobol only, not for {plan.method}"
