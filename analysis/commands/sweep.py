"""Several values of one setting: a run for each, named by its value.

``policies.walks.reach=0.2,0.4,0.6`` is three runs, and a second such setting makes a run for each
pair. Commas inside brackets and quotes belong to one value, and a comma that may be a decimal one
is asked about instead of guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from abm.limits import spaced
from abm.scenario.parts import Scenario
from abm.scenario.vocabulary import NAME, takes_whole_number
from abm.scenario.written_numbers import plain_scalar
from analysis.commands.commas import doubt_of_commas
from analysis.commands.swept_twice import said_twice

MOST_RUNS = 100
OF_TEXT = ("title", "description", "source", "not_valued", "name", "extends", "microdata")
_OPENING, _CLOSING = "[{(", "]})"


@dataclass(frozen=True)
class Variant:
    """One run of a sweep: its settings, and those of them that the others have otherwise."""

    settings: tuple[str, ...]
    own: tuple[str, ...] = ()

    def of(self, scenario: Scenario) -> Scenario:
        """Return a scenario named and titled by what is its own."""
        if not self.own:
            return scenario
        ending = "".join(f"_{_word(setting)}" for setting in self.own)
        name = f"{scenario.name[: max(NAME.longest - len(ending), 1)]}{ending}"
        title = f"{scenario.title} ({', '.join(map(_spaced, self.own))})"
        return replace(scenario, name=name[: NAME.longest], title=title)


def variants_of(
    settings: Sequence[str], options: Mapping[str, Any] | None = None, microdata: Path | None = None
) -> tuple[list[Variant], list[str]]:
    """Return the runs that settings ask for, one if none has several values, and what is wrong.

    ``options`` are those that stand for a scenario key, and ``microdata`` the one for a survey:
    they hold for every run, so that none of them can be varied too.
    """
    problems: list[str] = []
    choices = []
    for setting in settings:
        key, equals, text = setting.partition("=")
        values = [text] if _is_text(key) else values_in(text)
        problems += [f"--set: {key}: {why}" for why in _problems_of(key, text, values)]
        choices.append([f"{key}{equals}{value}" for value in values])
    given = {key: f"--{key} {value}" for key, value in (options or {}).items()}
    survey = {"population.microdata": f"--microdata {microdata}"} if microdata else {}
    problems += said_twice(choices, given | survey) if not problems else []
    runs = prod(len(each) for each in choices)
    if runs > MOST_RUNS:
        problems.append(
            f"--set: {spaced(runs)} runs are asked for, one for each combination; must be "
            f"at most {MOST_RUNS}"
        )
    if problems:
        return [], problems
    swept = [place for place, each in enumerate(choices) if len(each) > 1]
    found = [
        Variant(settings, tuple(settings[place] for place in swept))
        for settings in product(*choices)
    ]
    return found, []


def values_in(text: str) -> list[str]:
    """Cut a text at its commas, but for those inside brackets and quotes.

    Examples
    --------
    >>> values_in("0.2,0.4"), values_in("[50, 70]"), values_in("[20, 50],[50, 70]")
    (['0.2', '0.4'], ['[50, 70]'], ['[20, 50]', '[50, 70]'])
    """
    values, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += (letter in _OPENING) - (letter in _CLOSING)
        if letter == "," and not quote and depth <= 0:
            values.append("")
        else:
            values[-1] += letter
    return [value.strip() for value in values] if len(values) > 1 else [text]


def _problems_of(key: str, text: str, values: Sequence[str]) -> Iterator[str]:
    if len(values) == 1:
        return
    if doubt := doubt_of_commas(text.strip(), whole=takes_whole_number(key)):
        yield f"is {text.strip()}: {doubt}"
    elif not all(values):
        yield f"is '{text}': a value is missing; must be values with a comma between, and no blank"
    elif twice := _again(values):
        yield f"is {text}: {twice} stands there twice; must be different values"


def _again(values: Sequence[str]) -> str:
    """Return the first value that stands there before, however it is written."""
    seen: set[object] = set()
    for value in values:
        read = plain_scalar(value)
        if read in seen:
            return value
        seen.add(read)
    return ""


def _is_text(key: str) -> bool:
    return any(part in OF_TEXT for part in key.strip().split("."))


def _word(setting: str) -> str:
    """Return a setting as a part of a name, such as reach_0_2."""
    key, _, value = setting.partition("=")
    return re.sub(r"[^A-Za-z0-9-]+", "_", f"{key.strip().rpartition('.')[2]}_{value}").strip("_")


def _spaced(setting: str) -> str:
    key, _, value = setting.partition("=")
    return f"{key.strip()} = {value}"
