"""A survey of a scenario: which file or table, and how it is to be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

TABLE = "DataFrame"
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014", "-----")


def code_of(text: str) -> float | str:
    """Return what two ways to write a code have in common.

    Examples
    --------
    >>> code_of("-9.0") == code_of(" -9"), code_of("16\u201324") == code_of("16-24")
    (True, True)
    """
    tidy = " ".join(text.translate(DASHES).casefold().split())
    return float(tidy) if NUMBER.fullmatch(tidy) else tidy


@dataclass(frozen=True)
class GivenSurvey:
    """A survey that the command line or Python gives with a scenario, which may lie anywhere.

    ``name`` is what is shown of it; ``path`` that of a file, or ``content`` a table as CSV.
    """

    name: str
    path: str | None = None
    content: bytes | None = field(default=None, repr=False)

    def read(self) -> bytes:
        """Return what it holds."""
        return self.content if self.content is not None else Path(self.path or "").read_bytes()


@dataclass(frozen=True)
class Answer:
    """A question about activity: the columns that say whether, how often, how long, and its METs.

    ``mets`` include rest, as questionnaires score them; ``missing`` are codes of these columns.
    """

    mets: float
    does: str | None = None
    days: str | None = None
    hours: str | None = None
    minutes: str | None = None
    missing: tuple[str, ...] = ()


Meanings = Mapping[str, Any]  # by code: a number, a word, a band (from, to), None for not known


@dataclass(frozen=True)
class Microdata:
    """How a survey is read; docs: "Your own survey" in scenarios/README.md.

    ``columns`` names the file's columns by ours, our own names if it is empty; ``values`` says what
    the codes of a column mean; ``missing`` which codes of any column say nothing; ``dose`` the
    questions that add up to a dose, in place of the column ``met_hours`` in ``dose_unit``.
    """

    file: str | GivenSurvey
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    values: Mapping[str, Meanings] = field(default_factory=dict, hash=False)
    missing: tuple[str, ...] = ()
    dose: tuple[Answer, ...] = ()
    dose_unit: str = "met_hours"
    decimal: str | None = None
    header_line: int = 1

    def __post_init__(self) -> None:
        """Let nothing be changed."""
        for name in ("columns", "values"):
            given = getattr(self, name)
            if isinstance(given, Mapping):
                object.__setattr__(self, name, MappingProxyType(dict(given)))

    def __getstate__(self) -> dict[str, Any]:
        # Read-only views cannot be pickled, and scenarios travel to other processes.
        state = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return state | {"columns": dict(self.columns), "values": dict(self.values)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self.__post_init__()


def as_microdata(found: str | Path | Microdata) -> Microdata:
    """Return how a survey is read; a path alone is a file in our own form."""
    return found if isinstance(found, Microdata) else Microdata(str(found))


def microdata_of(values: Mapping[str, Any]) -> Microdata:
    """Return the survey that the checked keys of a scenario describe."""
    known = {key: value for key, value in values.items() if value is not None}
    for key in ("columns", "values"):
        known[key] = {k: v for k, v in (known.get(key) or {}).items() if v is not None}
    known["dose"] = tuple(
        Answer(**{key: value for key, value in answer.items() if value is not None})
        for answer in known.get("dose", ())
    )
    return Microdata(**known)


def digest_of(found: str | Microdata) -> Any:
    """Return what tells a survey from others in the hash of a scenario: content and reading."""
    if isinstance(found, str):
        return hashlib.sha256(Path(found).read_bytes()).hexdigest()
    held = found.file.read() if isinstance(found.file, GivenSurvey) else None
    content = Path(str(found.file)).read_bytes() if held is None else held
    return as_written(found, hashlib.sha256(content).hexdigest())


def as_written(found: str | Microdata, file: str) -> Any:
    """Return a survey in the words of a scenario file, which calls it ``file``."""
    if isinstance(found, str):
        return file
    kept = {
        entry.name: getattr(found, entry.name)
        for entry in fields(found)
        if getattr(found, entry.name) != getattr(Microdata(""), entry.name)
    }
    return {key: _plain(value) for key, value in kept.items()} | {"file": file}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        parts = {entry.name: getattr(value, entry.name) for entry in fields(value)}
        return {name: _plain(part) for name, part in parts.items() if part not in (None, ())}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def shown_file(found: str | Microdata, root: Path | None) -> str:
    """Return how a scenario names its survey: relative to its folder, else by the name alone."""
    file = found if isinstance(found, str) else found.file
    if isinstance(file, GivenSurvey):
        return file.name
    path = Path(file)
    return path.relative_to(root).as_posix() if root and path.is_relative_to(root) else file


def with_file(found: str | Microdata, file: str | GivenSurvey) -> str | Microdata:
    """Return a survey that is read alike from another file."""
    if isinstance(found, str):
        return file if isinstance(file, str) else Microdata(file)
    return replace(found, file=file)


def given_survey(given: Any) -> GivenSurvey:
    """Return a path or a pandas DataFrame as a survey that may lie anywhere.

    Raises
    ------
    ValueError
        If it is neither, or a table whose columns have names of several levels.
    """
    if isinstance(given, str | Path):
        path = Path(given)
        return GivenSurvey(path.name, str(path.resolve()))
    if not (hasattr(given, "to_csv") and hasattr(given, "columns")):
        kind = type(given).__name__
        raise ValueError(f"is a {kind}; must be the path of a survey file, or a pandas DataFrame")
    if given.columns.nlevels > 1:
        raise ValueError("has columns with names of several levels; must have one name a column")
    return GivenSurvey(TABLE, content=given.to_csv(index=False).encode())
