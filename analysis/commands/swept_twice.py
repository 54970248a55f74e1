"""Settings that say again what a sweep varies, so that its runs would not be what they are named.

``policies.walks.reach=0.2,0.4`` names two runs. A later ``policies.walks.reach=0.5``, or an option
such as ``--seed 5`` beside ``seed=1,2``, would decide what both are run with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from abm.scenario.text import Node, Source, parse_value

OF_EVIDENCE = "parameters."  # which an evidence path may be written with, or without


def said_twice(choices: Sequence[Sequence[str]], options: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with settings that others overrule.

    Parameters
    ----------
    choices
        The settings in their order, each with all its values as KEY=VALUE.
    options
        Options as the user writes them (``--seed 5``), by the scenario key that they stand for.
    """
    keys = {key: frozenset({key}) for key in options}
    givers = [(f"--set {_as_written(each)}", _paths(each)) for each in choices]
    givers += [(options[key], paths) for key, paths in keys.items()]
    for place, each in enumerate(choices):
        if len(each) < 2:
            continue
        for giver, paths in givers[place + 1 :]:
            if common := _first_common(givers[place][1], paths):
                yield (
                    f"{givers[place][0]}: {giver} says {common} too and would hold for all its "
                    "runs; must be given once"
                )


def _as_written(choice: Sequence[str]) -> str:
    key, _, _ = choice[0].partition("=")
    return f"{key.strip()}={','.join(each.partition('=')[2].strip() for each in choice)}"


def _paths(choice: Sequence[str]) -> frozenset[str]:
    """Return the keys that the values of a setting give, to the innermost ones."""
    found: set[str] = set()
    for setting in choice:
        key, _, text = setting.partition("=")
        node, _ = parse_value(text, Source("--set", Path()))
        found |= set(_leaves(key.strip().removeprefix(OF_EVIDENCE), node))
    return frozenset(found)


def _leaves(key: str, node: Node | None) -> Iterator[str]:
    if node is None or not isinstance(node.value, dict) or not node.value:
        yield key
        return
    for name, inner in node.value.items():
        yield from _leaves(name if f"{key}." == OF_EVIDENCE else f"{key}.{name}", inner)


def _first_common(some: frozenset[str], others: frozenset[str]) -> str:
    """Return the first key that both give, the outer one where one is inside the other."""
    common = {
        min(one, other, key=len)
        for one in some
        for other in others
        if f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
    }
    return min(common, default="")
