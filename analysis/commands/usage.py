"""What the commands share: exit codes, and how a number on the command line is read."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from abm.limits import LIMITS, Number

DONE, FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130
# Options of every command, which may stand before it too.
OF_ALL = ("--help", "--quiet", "--verbose", "--version", "-h")
MOST_SEEDS = 200  # at which --until gives up


class OfVerb(NamedTuple):
    """What a verb of a command takes: options beside those of all, names, and ``paths``.

    ``paths`` is the option of the shell's ``compgen`` for files or folders; empty for neither.
    """

    options: list[str]
    names: list[str]
    paths: str


class Words(NamedTuple):
    """What a command knows: its options, its verbs, whether it takes scenarios.

    ``folders``, ``files`` and ``values`` are options with a word after them: a folder, a file, or
    what no shell can know. ``of_verbs`` says what a verb takes, where verbs differ in that.
    """

    options: list[str]
    verbs: list[str]
    scenarios: bool
    folders: list[str]
    files: list[str]
    values: list[str]
    of_verbs: Mapping[str, OfVerb] = MappingProxyType({})


def number(name: str, kind: Number | None = None) -> Callable[[str], Any]:
    """Return a reader of one of :data:`abm.limits.LIMITS`, with the words of scenario files."""

    def read(text: str) -> int | float:
        # Here, as `--help` does without: reading scenarios takes as long to load as all the rest.
        from abm.scenario.check import number_in_text

        found = number_in_text(text, kind or LIMITS[name])
        if isinstance(found, str):
            raise argparse.ArgumentTypeError(found)
        return found

    return read


def any_number(unit: str) -> Callable[[str], float]:
    """Return a reader of any number, whose range is asked elsewhere."""
    kind = Number(-math.inf, math.inf, unit)

    def read(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            return float(number("", kind)(text))

    return read


def not_a_folder(out: Path) -> str:
    """Say that results cannot go to ``out`` because it is a file; nothing if they can."""
    is_file = out.exists() and not out.is_dir()
    return f"--out: {out} is a file; must be a folder" if is_file else ""


def words_that_call(program: str) -> list[str]:
    """Return the words by which a shell starts the program.

    Examples
    --------
    >>> words_that_call("run.py"), words_that_call("python -m abm")
    (['python', 'run.py'], ['python', '-m', 'abm'])
    """
    words = program.split()
    return ["python", *words] if words[0].endswith(".py") else words
