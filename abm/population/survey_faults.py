"""What is wrong with a survey file, by kind: the first place in full, then how many and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from abm.limits import spaced
from abm.scenario.text import Place, Problem, ScenarioError, Source

MOST_PLACES = 4  # named of each kind of fault
MOST_KINDS = 40  # told


@dataclass
class _Fault:
    """A kind of fault: where it was met first and what is said of it, and where else."""

    first: Problem
    noun: str
    count: int = 0
    places: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return one line, however many there are."""
        if self.count == 1:
            return str(self.first)
        left = self.count - len(self.places)
        more = f" and {spaced(left)} more" if left else ""
        named = f"{', '.join(self.places)}{more}"
        return f"{self.first}; {spaced(self.count)} such {self.noun}s: {named}"


@dataclass
class Faults:
    """What is wrong with a survey file, by kind, in the order in which the kinds were met."""

    shown: str
    found: dict[tuple[str, str], _Fault] = field(default_factory=dict)

    def say(
        self, name: str, kind: str, noun: str, place: str, first: Callable[[], tuple[int, int, str]]
    ) -> None:
        """Note a fault; ``first`` gives line, column and message, asked for once of a kind."""
        fault = self.found.get((name, kind))
        if fault is None:
            line, column, message = first()
            where = Place(Source(self.shown), line, column)
            fault = self.found[name, kind] = _Fault(Problem(where, name, message), noun)
        fault.count += 1
        if len(fault.places) < MOST_PLACES:
            fault.places.append(place)

    def at(self, line: int, column: int, name: str, message: str) -> None:
        """Note a fault that has one place."""
        self.say(name, message, "line", f"line {line}", lambda: (line, column, message))

    def refuse(self, line: int, column: int, name: str, message: str) -> None:
        """Note a problem beyond which reading makes no sense, and stop."""
        self.at(line, column, name, message)
        self.stop()

    def stop(self) -> None:
        """Raise with all problems found so far, if any."""
        if not self.found:
            return
        told = [str(fault) for fault in self.found.values()]
        if (left := len(told) - MOST_KINDS) > 0:
            told = [*told[:MOST_KINDS], f"{self.shown}: file: has {left} more kinds of fault"]
        raise ScenarioError(told)
