"""The text of a scenario file as a tree of nodes that know where they stand.

This module decides what may be read at all: size, encoding, and the plain part of YAML 1.2
(no tags, no duplicate keys, no alias bombs). What the keys mean is decided elsewhere.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abm.limits import spaced
from abm.scenario.unseen import draws_nothing
from abm.scenario.written_numbers import Scalar, goes_on_after_comma, plain_scalar

MOST_BYTES = 256_000
MOST_NODES = 10_000
DEEPEST = 32


class ScenarioError(ValueError):
    """Every problem of a scenario, found in one pass.

    Attributes
    ----------
    problems
        One line per problem: ``file:line:column: path: what is wrong; what is allowed``.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(tuple(problems))
        self.problems: tuple[str, ...] = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


@dataclass(frozen=True)
class Source:
    """Where text comes from: the name shown to the user, and the folder paths are relative to."""

    shown: str
    folder: Path | None = None


@dataclass(frozen=True)
class Place:
    """A position in a source; ``line`` and ``column`` count from 1 and are 0 outside files."""

    source: Source
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        shown = printable(self.source.shown)
        return f"{shown}:{self.line}:{self.column}" if self.line else shown


@dataclass
class Node:
    """One value of the file: a scalar, a list of nodes, or a mapping from text to nodes.

    ``split`` marks a number in ``{ }`` whose comma YAML takes for the end of an entry.
    """

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    written: str = ""
    plain: bool = False
    split: bool = False
    key_places: dict[str, Place] = field(default_factory=dict)
    size: int = 1
    depth: int = 0


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place, and what would be right."""

    place: Place
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {printable(self.path)}: {self.message}"


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems as a reader meets them: source by source, from its first line to its last."""
    sources = list(dict.fromkeys(each.place.source.shown for each in problems))
    return sorted(
        problems,
        key=lambda each: (sources.index(each.place.source.shown), each.place.line,
                          each.place.column),
    )  # fmt: skip


def printable(text: str, longest: int = 200) -> str:
    """Return text fit for one line of a terminal: what is not seen escaped, length bounded."""
    shown = "".join(map(_seen, text))
    return shown if len(shown) <= longest else shown[: longest - 3] + "..."


def _seen(letter: str) -> str:
    if letter.isprintable():
        return ascii(letter)[1:-1] if draws_nothing(letter) else letter
    return repr(letter)[1:-1]


SCENARIO_FILE = "a scenario file (NAME.yaml) or the name of a bundled one"


def read_text(path: Path, source: Source, wanted: str = SCENARIO_FILE) -> str:
    """Read a file of text, refusing what cannot be one before any of it is parsed.

    Raises
    ------
    ScenarioError
        If the file is missing, not a regular file, unreadable, too large, or not UTF-8.
    """

    def refuse(message: str) -> ScenarioError:
        return ScenarioError([str(Problem(Place(source, 1, 1), "file", message))])

    try:
        status = path.stat()
        # Opening a named pipe or a device could wait for ever, so the kind is checked first.
        if stat.S_ISDIR(status.st_mode):
            raise refuse(f"is a folder; must be {wanted}")
        if not stat.S_ISREG(status.st_mode):
            raise refuse(f"is not a regular file; must be {wanted}")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise refuse(f"does not exist; must be {wanted}") from None
    except ScenarioError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise refuse(f"cannot be read ({reason}); must be {wanted} that can") from None
    if len(content) > MOST_BYTES:
        size = spaced(max(status.st_size, len(content)))
        raise refuse(f"has {size} bytes; must be at most {spaced(MOST_BYTES)} bytes")
    return _decoded(content, source)


def _decoded(content: bytes, source: Source) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"is not UTF-8 (byte 0x{content[error.start]:02x}); must be text saved as UTF-8"
        problem = Problem(Place(source, line, column), "file", message)
        raise ScenarioError([str(problem)]) from None


def parse(text: str, source: Source) -> tuple[Node | None, list[Problem]]:
    """Turn YAML 1.2 text into a tree of nodes with positions.

    Returns
    -------
        The root node (None if the text is empty or its syntax is broken) and the problems found.
    """
    builder = _TreeBuilder(source)
    try:
        for event in _events(text):
            builder.take(event)
    except _Stop:
        return None, builder.problems
    except ImportError:  # no fault of the file: a Python without the libraries
        raise
    except Exception as error:
        # The parser is given hostile text; whatever it raises is a fault of the file.
        builder.problems.append(_syntax_problem(error, text, source))
        return None, builder.problems
    return builder.root, builder.problems


def parse_value(text: str, source: Source) -> tuple[Node | None, list[Problem]]:
    """Read the value of an override, as one YAML scalar or flow collection without positions."""
    root, problems = parse(text, source)
    for node in _walk(root) if root else ():
        node.place = Place(source)
        node.key_places = dict.fromkeys(node.key_places, node.place)
    if root is None and not problems:
        root = Node(None, Place(source), plain=True)
    return root, [Problem(Place(source), problem.path, problem.message) for problem in problems]


def _walk(root: Node) -> Iterator[Node]:
    yield root
    children: Sequence[Node] = ()
    if isinstance(root.value, dict):
        children = list(root.value.values())
    elif isinstance(root.value, list):
        children = root.value
    for child in children:
        yield from _walk(child)


def _events(text: str) -> Iterator[Any]:
    # YAML 1.2 (ruamel), because YAML 1.1 readers take `no` for False and `1e-3` for text. Imported
    # here because it loads slowly, and commands that read no scenario need the errors above.
    from ruamel.yaml import YAML
    yaml: Any = YAML(typ="safe", pure=True)
    yield from yaml.parse(text)


def _syntax_problem(error: Exception, text: str, source: Source) -> Problem:
    before = text[: getattr(error, "position", 0)]  # of a character that YAML does not allow
    place = Place(source, before.count("\n") + 1, len(before) - before.rfind("\n"))
    if mark := getattr(error, "problem_mark", None) or getattr(error, "context_mark", None):
        place = Place(source, mark.line + 1, mark.column + 1)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    reason = printable(str(reason).splitlines()[0] if str(reason) else type(error).__name__)
    advice = "must be valid YAML"
    if "'\\t'" in str(reason):
        advice = "indent with spaces, never with tabs"
    elif "mapping values are not allowed" in str(reason):
        advice = "put one `key: value` on each line, and text that holds a colon in quotes"
    return Problem(place, "file", f"is not valid YAML ({reason}); {advice}")


class _Stop(Exception):
    """The text is refused as a whole; the reason stands in the problems."""


@dataclass
class _Open:
    """A list or mapping whose end has not been read yet."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_place: Place | None = None
    expects_key: bool = True
    in_braces: bool = False
    last_key: str | None = None

    def goes_on(self, node: Node) -> Node | None:
        """Return the last value joined with the present key if both are one number, {stays: 1,5}.

        YAML reads the key `5` without a value there.
        """
        values, key, place = self.node.value, self.key, self.key_place
        if not (self.in_braces and isinstance(values, dict) and place and key and self.last_key):
            return None
        last, empty = values[self.last_key], node.plain and not node.written
        follows = Place(place.source, last.place.line, last.place.column + len(last.written) + 1)
        if not (empty and last.plain and place == follows):
            return None
        if not goes_on_after_comma(last.written, key):
            return None
        written = f"{last.written},{key}"
        return Node(written, last.place, written=written, plain=True, split=True)


class _TreeBuilder:
    """Build nodes from parser events with a stack, so that depth and size are bounded as they grow.

    Composing recursively would follow ``[[[[...`` into the recursion limit, and expand aliases
    before anything could count them.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            self._start_document(event)
        elif kind == "ScalarEvent":
            self._add(self._scalar(event), event.anchor)
        elif kind == "AliasEvent":
            self._add(self._alias(event), None)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._check_tag(event)
            empty: dict[str, Node] | list[Node] = {} if kind.startswith("Mapping") else []
            self._open.append(_Open(Node(empty, self._place(event)), event.anchor))
            self._open[-1].in_braces = bool(event.flow_style)
            if len(self._open) > DEEPEST:
                self._stop(event, f"is nested deeper than {DEEPEST} levels; must be at most that")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            ended = self._open.pop()
            self._add(ended.node, ended.anchor)

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.source, mark.line + 1, mark.column + 1)

    def _path(self) -> str:
        parts = [frame.key for frame in self._open if frame.key is not None]
        return ".".join(parts) or "file"

    def _say(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place, self._path(), message))

    def _stop(self, event: Any, message: str) -> None:
        self._say(self._place(event), message)
        raise _Stop

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(event, "holds a second document (`---`); must be one scenario per file")
        if event.version not in (None, (1, 2)):
            version = ".".join(map(str, event.version))
            self._say(self._place(event), f"asks for YAML {version}; must be YAML 1.2")

    def _check_tag(self, event: Any) -> None:
        if event.tag is not None:
            tag = printable(str(event.tag).replace("tag:yaml.org,2002:", "!!"), 60)
            self._say(self._place(event), f"has the tag '{tag}'; tags are not allowed, remove it")

    def _scalar(self, event: Any) -> Node:
        self._check_tag(event)
        plain = event.style is None
        value = plain_scalar(event.value) if plain else event.value
        return Node(value, self._place(event), written=event.value, plain=plain)

    def _alias(self, event: Any) -> Node:
        name = event.anchor
        if any(frame.anchor == name for frame in self._open):
            self._stop(event, f"the alias '*{printable(name)}' holds itself; must not be circular")
        if name not in self._anchors:
            self._stop(event, f"unknown alias '*{printable(name)}'; must be anchored with & above")
        return self._anchors[name]

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        frame = self._open[-1]
        if isinstance(frame.node.value, list):
            frame.node.value.append(node)
        elif isinstance(frame.node.value, dict) and frame.expects_key:
            self._take_key(frame, node)
            return
        else:
            self._take_value(frame, node)
        frame.node.size += node.size
        frame.node.depth = max(frame.node.depth, node.depth + 1)
        self._check_bounds(node)

    def _check_bounds(self, node: Node) -> None:
        if sum(frame.node.size for frame in self._open) > MOST_NODES:
            self._say(
                node.place,
                f"holds more than {spaced(MOST_NODES)} values once aliases are written out; "
                "must be at most that",
            )
            raise _Stop
        if len(self._open) + node.depth > DEEPEST:
            self._say(node.place, f"is nested deeper than {DEEPEST} levels; must be at most that")
            raise _Stop

    def _take_key(self, frame: _Open, node: Node) -> None:
        frame.expects_key = False
        if isinstance(node.value, (list, dict)):
            self._say(node.place, "has a list or mapping as a key; keys must be plain text")
            frame.key = None
            return
        frame.key, frame.key_place = node.written, node.place

    def _take_value(self, frame: _Open, node: Node) -> None:
        frame.expects_key = True
        values = frame.node.value
        if frame.key is not None and isinstance(values, dict):
            if joined := frame.goes_on(node):
                values[str(frame.last_key)] = joined
            else:
                self._take_entry(frame, values, node)
        frame.key = None

    def _take_entry(self, frame: _Open, values: dict[str, Node], node: Node) -> None:
        key, place, places = str(frame.key), frame.key_place, frame.node.key_places
        assert place is not None
        if key in places:
            self._say(
                place,
                f"the key '{printable(key)}' is given twice (first on line "
                f"{places[key].line}); must be given once",
            )
        places.setdefault(key, place)
        if node.plain and not node.written:
            node.place = place  # the parser places an empty value on a later line
        values.setdefault(key, node)
        frame.last_key = key
