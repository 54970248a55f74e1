"""Of whom a comparison is: place, years, persons simulated and represented, whether made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from abm.scenario.place_named import place_named
from abm.scenario.text import printable
from analysis.report.people import people_in
from analysis.words import capitalised, in_words, several

LONGEST_TITLE = 100
LONGEST_TAB = 70  # letters, of which a tab and a list of bookmarks show fewer still
MOST_NAMED = 3  # options in a heading or a tab
WORTH_MOST = ": which is worth most?"
CUT = "\N{HORIZONTAL ELLIPSIS}"
MADE_UP = "This place is made up. Nothing here is about anybody who lives."
NO_TABLES: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
Scenarios = Sequence[Mapping[str, Any]]


def setting_in_words(
    manifests: Mapping[str, Mapping[str, Any]], tables: Mapping[str, Mapping[str, Any]] = NO_TABLES
) -> list[str]:
    """Return sentences on what all runs share of place, years and persons, as far as it is known.

    What differs between runs is left to :mod:`analysis.report.unlike_runs`. The tables of the runs
    tell how many the people represented are with those who enter later.

    Examples
    --------
    >>> scenario = {"years": 10, "start_year": 2025, "population": {"represents": 300000}}
    >>> run = {"persons": 4000, "scenario": scenario}
    >>> [each.replace("\N{NARROW NO-BREAK SPACE}", " ") for each in setting_in_words({"a": run})]
    ['10 years from 2025; 4 000 persons simulated, who stand for 300 000.']
    """
    runs = list(manifests.values())
    scenarios = [_mapping(run.get("scenario")) for run in runs]
    place = _place(scenarios)
    known = (place and place[0], _years(scenarios), _persons(manifests, tables))
    parts = [each for each in known if each]
    told = [f"{capitalised('; '.join(parts))}."] if parts else []
    return [*told, MADE_UP] if place and place[1] else told


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _same(values: Sequence[Any]) -> Any:
    """Return what all have in common, or None."""
    return values[0] if values and all(each == values[0] for each in values) else None


def _population(scenarios: Scenarios) -> list[Mapping[str, Any]]:
    return [_mapping(each.get("population")) for each in scenarios]


def _place(scenarios: Scenarios) -> tuple[str, bool] | None:
    """Return title and whether it is made up; the name alone where its folder is gone."""
    name = _same([each.get("place") for each in _population(scenarios)])
    if not isinstance(name, str):
        return None
    try:
        place = place_named(name)
    except (ValueError, OSError):
        return printable(name, LONGEST_TITLE), False
    return printable(place.title, LONGEST_TITLE), place.synthetic


def _years(scenarios: Scenarios) -> str:
    years, start = (_same([each.get(key) for each in scenarios]) for key in ("years", "start_year"))
    if not years:
        return ""
    return several(years, "year") + (f" from {start}" if start else "")


def _persons(
    manifests: Mapping[str, Mapping[str, Any]], tables: Mapping[str, Mapping[str, Any]]
) -> str:
    """Return persons simulated, and represented where all runs represent the same."""
    runs = list(manifests.values())
    persons = _same([run.get("persons") for run in runs])
    if not persons:
        return ""
    told = several(in_words(persons, 12), "person simulated")
    people = represented_by_all(runs)
    if not people:
        return told
    groups = [tables.get(name, {}).get("group_effects.csv") for name in manifests]
    later = _same([
        "" if each is None else people_in(each, persons, people).with_later for each in groups
    ])  # fmt: skip
    return f"{told}, who stand for {in_words(people, 12)}{later or ''}"


def represented_by_all(runs: Sequence[Mapping[str, Any]]) -> float:
    """Return how many people every run represents; 0 where they do not, or not the same."""
    people = _same([each.get("represents") for each in
                    _population([_mapping(run.get("scenario")) for run in runs])])  # fmt: skip
    return float(people or 0.0)


def title_of_options(names: Sequence[str], titles: Sequence[str]) -> str:
    """Return the question of a comparison, which names up to three options.

    Examples
    --------
    >>> title_of_options(["walks", "b"], ["Walking groups", ""])
    'Walking groups or b: which is worth most?'
    >>> title_of_options(list("abcd"), [""] * 4)
    'Which of these 4 is worth most?'
    """
    told = _titles_or_names(names, titles)
    if not 1 < len(told) <= MOST_NAMED:
        return f"Which of these {len(told)} is worth most?" if told else "Which is worth most?"
    return f"{_any_of(told)}{WORTH_MOST}"


def _titles_or_names(names: Sequence[str], titles: Sequence[str]) -> list[str]:
    return [title.rstrip("?. ") or name for name, title in zip(names, titles, strict=True)]


def _any_of(told: Sequence[str]) -> str:
    return f"{', '.join(told[:-1])} or {told[-1]}"


def name_of_tab(names: Sequence[str], titles: Sequence[str]) -> str:
    """Return what a browser's tab calls a comparison: its options by their titles, cut to fit.

    Examples
    --------
    >>> name_of_tab(["walks", "b"], ["Walking groups", ""])
    'Walking groups or b: which is worth most?'
    >>> name_of_tab(["led_walks", "b"], ["Led walks for inactive adults, week by week", "Referral"])
    'Led walks for inactive adults... or Referral: which is worth most?'
    >>> name_of_tab(list("abcd"), [""] * 4)
    'Which of 4 options is worth most?'
    """
    if not 1 < len(names) <= MOST_NAMED:
        return f"Which of {len(names)} options is worth most?"
    told = _titles_or_names([name.replace("_", " ") for name in names], titles)
    room = LONGEST_TAB - len(f"{_any_of([''] * len(told))}{WORTH_MOST}")
    longest = _longest_that_fits([len(each) for each in told], room)
    return capitalised(f"{_any_of([_cut(each, longest) for each in told])}{WORTH_MOST}")


def _longest_that_fits(lengths: Sequence[int], room: int) -> int:
    """Return to how many letters each text is cut so that all of them take no more than there is.

    Examples
    --------
    >>> _longest_that_fits([5, 50], 40), _longest_that_fits([5, 6], 40)
    (35, 6)
    """
    return max(each for each in range(max(lengths) + 1)
               if sum(min(each, own) for own in lengths) <= room)  # fmt: skip


def _cut(text: str, longest: int) -> str:
    """Return a text of at most so many letters, cut between two words where one is cut at all."""
    if len(text) <= longest:
        return text
    kept = text[: longest - len(CUT) + 1]
    return f"{kept.rpartition(' ')[0].rstrip(',;:') or kept[:-1]}{CUT}"
