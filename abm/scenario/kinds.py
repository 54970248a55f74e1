"""The kinds of value that a key of a scenario file may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from abm.limits import Number

REQUIRED = object()


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class Text:
    """Text of bounded length, by a pattern where it must serve as a name.

    ``reserved`` are words that it may not be, in small or capital letters, each with its use.
    """

    longest: int
    pattern: str = ""
    wording: str = "text"
    reserved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """One word out of a few."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """Two whole numbers [from, to), the first below the second."""

    bound: Number


@dataclass(frozen=True)
class Several:
    """A list without repetition, at least one long; ``or_one`` also takes a single item."""

    item: Number | Choice | Text | Section | Code
    longest: int
    or_one: bool = False


@dataclass(frozen=True)
class WordOr:
    """One of a few words, or else a list or section."""

    words: tuple[str, ...]
    other: Several | Section


@dataclass(frozen=True)
class Section:
    """A mapping with known keys."""

    keys: Mapping[str, Key]


@dataclass(frozen=True)
class TextOr:
    """Text that stands for one key of a section, or the section itself."""

    text: Text
    key: str
    section: Section


@dataclass(frozen=True)
class Code:
    """What a file may hold in a cell: a number or a short text, kept as it is written."""


@dataclass(frozen=True)
class Band:
    """A number, or two whole numbers [from, to) that it lies between."""

    bound: Number


@dataclass(frozen=True)
class Meanings:
    """A mapping from codes to what they mean, or to null for what is not known."""

    item: Number | Choice | Band
    longest: int


@dataclass(frozen=True)
class Policies:
    """A list of sections, each with a name of its own, at most ``longest`` of them."""

    item: Section
    longest: int


@dataclass(frozen=True)
class Overrides:
    """A mapping from evidence paths to numbers, checked against the evidence itself."""


Kind = (
    Number | Flag | Text | Choice | Span | Several | WordOr | TextOr | Code | Band | Meanings
    | Section | Policies | Overrides
)  # fmt: skip


@dataclass(frozen=True)
class Key:
    """A key of the vocabulary: what it may hold, its default, and one line of explanation.

    A default of None means that the key may be left out or null; a Section that is left out
    takes the defaults of its own keys unless its default is None. ``label`` names a number of a
    policy where it may be uncertain, as in "reach of led walks".
    """

    kind: Kind
    default: Any
    description: str
    label: str = ""
