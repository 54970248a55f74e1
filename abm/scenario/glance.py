"""A scenario at a glance: one line, and what a notebook shows of it.

Scenarios use this, so their types are not named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from abm import notebook
from abm.limits import spaced

HEAD = ("policy", "for", "from", "to", "reach", "uptake", "adds, minutes a week")


def in_one_line(scenario: Any) -> str:
    """Return what is simulated: name, years, persons, policies."""
    named = ", ".join(policy.name for policy in scenario.policies)
    return notebook.shortened(
        f"{scenario.name}, {scenario.years} years from {scenario.start_year}, "
        f"{spaced(scenario.persons)} persons, {f'policies {named}' if named else 'no policies'}"
    )


def html_of(scenario: Any) -> str:
    """Return a scenario as a notebook shows it."""
    sentences = [in_one_line(scenario), scenario.description, *_numbers_of_its_own(scenario)]
    rows = [_row(policy) for policy in scenario.policies]
    return notebook.shown(
        scenario.title or scenario.name,
        [*sentences, "All of it: .to_dict()"],
        HEAD if rows else (),
        rows,
    )


def _numbers_of_its_own(scenario: Any) -> Iterator[str]:
    if scenario.intervals:
        yield f"Uncertain numbers of its own: {', '.join(scenario.intervals)}"
    if scenario.parameters:
        yield f"Evidence replaced: {', '.join(scenario.parameters)}"


def _row(policy: Any) -> tuple[str, ...]:
    minutes = vars(policy.adds).items()
    added = ", ".join(f"{each:g} {name}" for name, each in minutes if each)
    if policy.raises_to is not None:
        added = f"up to {policy.raises_to:g} MET-hours a week"
    return (
        policy.name, _who(policy.eligible), str(policy.start), str(policy.end or ""),
        f"{policy.reach:g}", f"{policy.uptake:g}", added,
    )  # fmt: skip


def _who(eligible: Any) -> str:
    """Return who may be offered a policy, as the scenario's file says it."""
    given = {name: each for name, each in vars(eligible).items() if each not in (None, "both")}
    return ", ".join(f"{name} {_value(each)}" for name, each in given.items()) or "everybody"


def _value(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
