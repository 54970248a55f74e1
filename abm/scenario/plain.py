"""A scenario as plain JSON values and back: all of it, whatever file it came from.

:meth:`Scenario.to_dict` is for people and files; here nothing is read again, so a survey file need
not be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from abm.scenario import parts
from abm.scenario.parts import Scenario, frozen

KIND, ITEMS = "kind", "items"
KINDS = {name: each for name, each in vars(parts).items()
         if isinstance(each, type) and is_dataclass(each)}  # fmt: skip


def scenario_to_plain(scenario: Scenario) -> Any:
    """Return a scenario as values that JSON knows."""
    return _plain(scenario)


def scenario_from_plain(content: Any) -> Scenario:
    """Return the scenario that such values stand for.

    Raises
    ------
    ValueError
        If they stand for none.
    """
    try:
        found = _whole(content)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no scenario can be read from what was saved: {error}") from None
    if not isinstance(found, Scenario):
        raise ValueError(f"what was saved is a {type(found).__name__}; must be a scenario")
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        own = {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
        return {KIND: type(value).__name__, **own}
    if isinstance(value, Mapping):
        return {ITEMS: [[_plain(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_whole(item) for item in value)
    if not isinstance(value, dict):
        return value
    if ITEMS in value:
        return frozen({_whole(key): _whole(item) for key, item in value[ITEMS]})
    own = {name: _whole(item) for name, item in value.items() if name != KIND}
    return KINDS[value[KIND]](**own)
