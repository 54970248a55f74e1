"""What is collected of a model after every step, under names that no parameter has.

``batch_run`` puts parameters and reporters into one row, where the later of two equal names wins
without a word.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable
from typing import Any

from mesa import DataCollector

OF_BATCH_RUN = ("RunId", "iteration", "Step", "AgentID")
# The living have a name of their own because ``persons`` is what the model was asked for.
RENAMED = {"persons": "living"}


def reporter_name(measure: str, world: str, shown: str) -> str:
    """Return the name under which a measure of a world is collected; ``shown`` has plain names."""
    name = RENAMED.get(measure, measure)
    return name if world == shown else f"{world}.{name}"


def check_collector(
    model_class: type[Any], collector: DataCollector, numbers: Iterable[str] = ()
) -> None:
    """Refuse reporters that would hide a parameter or each other in a row of ``batch_run``.

    Parameters
    ----------
    model_class
        Whose parameters have names.
    collector
        What is to be collected.
    numbers
        Paths of numbers that the model was given as keywords, which are parameters too.

    Raises
    ------
    ValueError
        Naming them all.
    """
    parameters = [*inspect.signature(model_class).parameters, *OF_BATCH_RUN, *numbers]
    ours = [*collector.model_reporters, *collector.agent_reporters]
    taken = sorted(set(ours) & set(parameters))
    twice = sorted(name for name, times in Counter(ours).items() if times > 1)
    problems = [
        f"reporter '{name}' has the name of a parameter of {model_class.__name__} or a column of "
        "batch_run, which would be lost; must have another name"
        for name in taken
    ]
    problems += [
        f"'{name}' names a reporter of the model and one of persons; must name one"
        for name in twice
    ]
    if problems:
        raise ValueError("\n".join(problems))
