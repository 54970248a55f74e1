"""Check the nodes of a scenario against the vocabulary, and turn them into plain values.

Every fault found is noted with its place and path; checking goes on, so that one pass finds
them all. Values are complete: defaults stand wherever a key was left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from abm.evidence.renamed import renamed, renamed_elsewhere
from abm.limits import Number
from abm.scenario.hints import in_another_unit, nearest_path
from abm.scenario.kinds import (
    REQUIRED,
    Band,
    Choice,
    Code,
    Flag,
    Kind,
    Meanings,
    Overrides,
    Policies,
    Section,
    Several,
    Span,
    Text,
    TextOr,
    WordOr,
)
from abm.scenario.node_words import as_float, described, number_hint, of_two_ways
from abm.scenario.text import Node, Place, Problem, Source, printable
from abm.scenario.unseen import unseen_in
from abm.scenario.written_numbers import plain_scalar

INTERVAL_KEYS = ("value", "low", "high")
MOST_SUGGESTIONS = 50
LONGEST_CODE = 100


@dataclass(frozen=True)
class Interval:
    """A central value with its 95 per cent interval, and the range a draw of it must stay in."""

    value: float
    low: float
    high: float
    minimum: float = -math.inf
    maximum: float = math.inf


@dataclass
class Checker:
    """Collect the problems and intervals found while nodes become values.

    ``overridden`` says where each entry of the evidence is set, and how that is shown, in the order
    of layers. A value with a problem comes back as None; it is of no use once ``problems`` is not
    empty.
    """

    problems: list[Problem] = field(default_factory=list)
    intervals: dict[str, Interval] = field(default_factory=dict)
    overridden: dict[str, tuple[Place, str]] = field(default_factory=dict)

    def say(self, place: Place, path: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(place, path, message))

    def suggest(self, word: str, allowed: Iterable[str]) -> str:
        """Suggest the nearest allowed word, unless a broken file has asked too often."""
        return nearest_path(word, allowed) if len(self.problems) < MOST_SUGGESTIONS else ""

    def check(self, node: Node, kind: Kind, path: str) -> Any:
        """Turn a node into the value its kind allows, noting every fault below it."""
        if node.split and not isinstance(kind, Number):
            self.say(node.place, path, f"is {described(node)}; must be in quotes if it is one text")
            return None
        match kind:
            case Number():
                return self._number_or_interval(node, kind, path)
            case Flag():
                return self._flag(node, path)
            case Text():
                return self._text(node, kind, path)
            case Choice():
                return self._choice(node, kind.words, path)
            case Span():
                return self._span(node, kind, path)
            case Several():
                return self._several(node, kind, path)
            case WordOr():
                return self._word_or(node, kind, path)
            case TextOr():
                return self._text_or(node, kind, path)
            case Code():
                return self._code(node, path)
            case Band():
                return self._band(node, kind, path)
            case Meanings():
                return self._meanings(node, kind, path)
            case Section():
                return self._section(node, kind, path)
            case Policies():
                return self._policies(node, kind, path)
            case Overrides():
                raise TypeError("parameters are checked against the evidence, not here")

    def number(self, node: Node, kind: Number, path: str) -> Any:
        """Turn a scalar node into an int or float within its range."""
        value = node.value
        hint = number_hint(node, kind) if isinstance(value, str) else of_two_ways(node, kind)
        if isinstance(value, list) and kind.interval:
            hint = "; an interval is written {value: ..., low: ..., high: ...}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.say(node.place, path, f"is {described(node)}; must be {kind.allowed()}{hint}")
            return None
        if not math.isfinite(as_float(value)) or not kind.holds(value):
            hint = in_another_unit(as_float(value), kind) or hint
            self.say(node.place, path, f"is {described(node)}; must be {kind.allowed()}{hint}")
            return None
        if hint:
            found = f"is {described(node)}, which can be read in two ways"
            self.say(node.place, path, f"{found}; must be {kind.allowed()}{hint}")
            return None
        return int(value) if kind.whole else float(value)

    def keys(self, node: Node, known: Iterable[str], path: str) -> None:
        """Note the keys of a mapping that are not known."""
        known = tuple(known)
        for name, place in node.key_places.items():
            if name not in known:
                unknown = f"unknown key '{printable(name, 60)}'; must be one of {', '.join(known)}"
                child = node.value[name] if isinstance(node.value, dict) else node
                old = renamed(name, known) or _old_name_in(name, child)
                message = old or f"{unknown}{self.suggest(name, known)}"
                self.say(place, f"{path}.{name}" if path else name, message)

    def _number_or_interval(self, node: Node, kind: Number, path: str) -> Any:
        if isinstance(node.value, dict) and kind.interval:
            return self.interval(node, kind, path)
        if isinstance(node.value, dict) and "value" in node.value:
            message = f"cannot be an interval; must be {kind.allowed()}"
            self.say(node.place, path, message)
            return None
        return self.number(node, kind, path)

    def interval(self, node: Node, kind: Number, path: str) -> float | None:
        """Turn {value, low, high} into its central value, noting the interval."""
        assert isinstance(node.value, dict)
        self.keys(node, INTERVAL_KEYS, path)
        numbers: list[Any] = []
        for part in INTERVAL_KEYS:
            if part not in node.value:
                self.say(node.place, f"{path}.{part}", "is missing; must be given in an interval")
                numbers.append(None)
            else:
                numbers.append(self.number(node.value[part], kind, f"{path}.{part}"))
        value, low, high = numbers
        if value is None or low is None or high is None:
            return None
        if not (low <= value <= high and low < high):
            message = (
                f"has value {value:g}, low {low:g}, high {high:g}; must be low <= value <= high"
            )
            self.say(node.place, path, f"{message}, and low < high")
            return None
        self.intervals[path] = Interval(value, low, high, kind.minimum, kind.maximum)
        return float(value)

    def _flag(self, node: Node, path: str) -> bool | None:
        if isinstance(node.value, bool):
            return node.value
        hint = ""
        if isinstance(node.value, str):
            word = node.value.lower()
            if word in ("yes", "on", "y"):
                hint = "; did you mean true?"
            elif word in ("no", "off", "n"):
                hint = "; did you mean false?"
        self.say(node.place, path, f"is {described(node)}; must be true or false{hint}")
        return None

    def _text(self, node: Node, kind: Text, path: str) -> str | None:
        value = node.value
        if not isinstance(value, str):
            hint = "; put it in quotes" if node.written else ""
            self.say(node.place, path, f"is {described(node)}; must be {kind.wording}{hint}")
            return None
        if not value.strip() or len(value) > kind.longest:
            message = f"has {len(value)} characters; must be {kind.wording}"
            self.say(node.place, path, f"{message}, 1 to {kind.longest} characters long")
            return None
        if unseen := unseen_in(value):
            message = f"holds {unseen}; must be {kind.wording} that shows all it holds"
            self.say(node.place, path, message)
            return None
        if kind.pattern and not re.fullmatch(kind.pattern, value):
            self.say(node.place, path, f"is {described(node)}; must be {kind.wording}")
            return None
        if value.lower() in kind.reserved:
            use = kind.reserved[value.lower()]
            message = f"is {described(node)}, which is kept for {use}; must be another name"
            self.say(node.place, path, message)
            return None
        return value

    def _choice(self, node: Node, words: tuple[str, ...], path: str, other: str = "") -> str | None:
        if isinstance(node.value, str) and node.value in words:
            return node.value
        what = "disease" if "diseases" in path else "word"
        found = f"is {described(node)}"
        hint = ""
        if isinstance(node.value, str):
            found = f"unknown {what} '{printable(node.value, 60)}'"
            hint = self.suggest(node.value, words)
        elif node.value is None and "none" in words:
            hint = "; did you mean none?"
        self.say(node.place, path, f"{found}; must be one of {', '.join(words)}{other}{hint}")
        return None

    def _span(self, node: Node, kind: Span, path: str) -> tuple[int, int] | None:
        if not isinstance(node.value, list) or len(node.value) != 2:
            found = described(node)
            if isinstance(node.value, list):
                found = f"a list of {len(node.value)}"
            two = "two whole numbers" if kind.bound.whole else "two numbers"
            message = f"is {found}; must be [from, to), {two} such as [40, 75]"
            self.say(node.place, path, message)
            return None
        first = self.number(node.value[0], kind.bound, f"{path}[0]")
        last = self.number(node.value[1], kind.bound, f"{path}[1]")
        if first is None or last is None:
            return None
        if first >= last:
            message = f"is [{first}, {last}], which holds nobody; must be [from, to) with from < to"
            self.say(node.place, path, message)
            return None
        return first, last

    def _several(self, node: Node, kind: Several, path: str) -> tuple[Any, ...] | None:
        if kind.or_one and not isinstance(node.value, list):
            only = self.check(node, kind.item, path)
            return None if only is None else (only,)
        if not isinstance(node.value, list):
            hint = "; put it in [ ]" if node.written else ""
            self.say(node.place, path, f"is {described(node)}; must be a list{hint}")
            return None
        if not 1 <= len(node.value) <= kind.longest:
            message = f"is a list of {len(node.value)}; must hold 1 to {kind.longest} items"
            self.say(node.place, path, f"{message} (leave the key out for no restriction)")
            return None
        items = [self.check(item, kind.item, f"{path}[{i}]") for i, item in enumerate(node.value)]
        for i, item in enumerate(items):
            if item is not None and item in items[:i]:
                message = f"gives '{item}' twice; must be without repetition"
                self.say(node.value[i].place, f"{path}[{i}]", message)
        return None if None in items else tuple(items)

    def _word_or(self, node: Node, kind: WordOr, path: str) -> Any:
        if isinstance(node.value, list | dict):
            return self.check(node, kind.other, path)
        other = ", or a list in [ ]" if isinstance(kind.other, Several) else ""
        if isinstance(kind.other, Section):
            other = f", or {{{', '.join(f'{key}: ...' for key in kind.other.keys)}}}"
        return self._choice(node, kind.words, path, other)

    def _text_or(self, node: Node, kind: TextOr, path: str) -> Any:
        if isinstance(node.value, dict):
            return self._section(node, kind.section, path)
        if isinstance(node.value, str):
            return self._text(node, kind.text, path)
        message = f"is {described(node)}; must be {kind.text.wording}, or a mapping with {kind.key}"
        self.say(node.place, path, message)
        return None

    def _code(self, node: Node, path: str) -> str | None:
        """Return a code as it is written, whatever YAML takes it for."""
        written = node.written.strip()
        if isinstance(node.value, list | dict) or not 1 <= len(written) <= LONGEST_CODE:
            allowed = f"must be a number or text of 1 to {LONGEST_CODE} characters"
            self.say(node.place, path, f"is {described(node)}; {allowed}, such as -9 or NA")
            return None
        return written

    def _band(self, node: Node, kind: Band, path: str) -> Any:
        if isinstance(node.value, list):
            return self._span(node, Span(kind.bound), path)
        return self.number(node, kind.bound, path)

    def _meanings(self, node: Node, kind: Meanings, path: str) -> dict[str, Any] | None:
        """Return what each code means, by the code as it is written."""
        if not isinstance(node.value, dict) or not 1 <= len(node.value) <= kind.longest:
            allowed = f"must be a mapping of 1 to {kind.longest} codes, such as {{1: ..., 2: ...}}"
            self.say(node.place, path, f"is {described(node)}; {allowed}")
            return None
        return {
            code: None
            if child.value is None
            else self.check(child, kind.item, f"{path}.{printable(code, LONGEST_CODE)}")
            for code, child in node.value.items()
        }

    def _section(self, node: Node, kind: Section, path: str) -> dict[str, Any] | None:
        if not isinstance(node.value, dict):
            allowed = f"must be a mapping with keys out of {', '.join(kind.keys)}"
            self.say(node.place, path or "file", f"is {described(node)}; {allowed}")
            return None
        self.keys(node, kind.keys, path)
        return {
            name: self._key(node, name, f"{path}.{name}" if path else name, kind)
            for name in kind.keys
        }

    def _key(self, node: Node, name: str, path: str, section: Section) -> Any:
        assert isinstance(node.value, dict)
        key = section.keys[name]
        child = node.value.get(name)
        if child is not None and child.value is None and key.default is None:
            return None
        if child is not None:
            return self.check(child, key.kind, path)
        if key.default is REQUIRED:
            self.say(node.place, path, f"is missing; {key.description}")
            return None
        if isinstance(key.kind, Section) and key.default is not None:
            return self.check(Node({}, node.place), key.kind, path)
        return key.default

    def _policies(self, node: Node, kind: Policies, path: str) -> tuple[Any, ...]:
        if not isinstance(node.value, list):
            message = (
                f"is {described(node)}; must be a list of policies, each beginning `- name: ...`"
            )
            self.say(node.place, path, f"{message} ([] for none)")
            return ()
        if len(node.value) > kind.longest:
            message = f"is a list of {len(node.value)}; must hold at most {kind.longest} policies"
            self.say(node.place, path, message)
        return tuple(
            self.check(item, kind.item, policy_path(item, i)) for i, item in enumerate(node.value)
        )


def _old_name_in(path: str, node: Node) -> str:
    """Say of an unknown key, or of one below it, that it is an old name; or nothing."""
    below = node.value if isinstance(node.value, dict) else {}
    found = (_old_name_in(f"{path}.{name}", child) for name, child in below.items())
    return renamed_elsewhere(path) or next(filter(None, found), "")


def policy_path(node: Node, index: int) -> str:
    """Return the path of a policy: by its name, or by its place in the list if it has none."""
    name = policy_name(node)
    return f"policies.{printable(name, 64)}" if name else f"policies[{index}]"


def policy_name(node: Node) -> str | None:
    """Return the name of a policy node, or None if it has none that is text."""
    named = node.value.get("name") if isinstance(node.value, dict) else None
    return named.value if named and isinstance(named.value, str) and named.value else None


def number_in_text(text: str, kind: Number) -> int | float | str:
    """Return the number that a word of the command line stands for, or what is wrong with it."""
    checker, written = Checker(), text.strip()
    node = Node(plain_scalar(written), Place(Source("")), written=written, plain=True)
    found: int | float = checker.number(node, kind, "")
    return checker.problems[0].message if checker.problems else found
