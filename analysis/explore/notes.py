"""What the page says of its own numbers: size, rounding, errors, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from abm.scenario.budgets import limited
from analysis.explore.levels import Levels
from analysis.explore.packing import Packed, size_in_words
from analysis.explore.shown import Shown
from analysis.words import in_words


def notes_of(policies: Sequence[Shown], titles: Sequence[str]) -> list[str]:
    """Return sentences for the foot of the page; titles say which policy one is about."""
    table = policies[0].table
    return [
        f"Expected effects of {in_words(table.scenario.persons, 9)} simulated persons, and those "
        "who enter later, each in two worlds that differ by the policy alone. The effects of all "
        "who may take part add up; the intervals of 95 % show the Monte Carlo error of these "
        "persons, exactly, and the error of a fit where one is used.",
        "Parameters of the evidence are held at their central values: their uncertainty, usually "
        "larger than the intervals here, is shown by a run with parameter draws.",
        f"The tables take {size_in_words(_packs(policies))} of this page. They are "
        f"rounded; for the policy as it stands this adds at most {_worst_rounding(policies)} % of "
        "the Monte Carlo error to an answer.",
        *_particular(policies, titles),
        "A start within a year counts in part as one on the 1 January before it, in part as one "
        "on the next. Spending on delivery is spread over the years by the adherence of the "
        "scenario; reach grows in a straight line.",
        "Not for advice to any one person, and no forecast: two worlds under stated assumptions.",
    ]


def _packs(policies: Sequence[Shown]) -> list[Packed | Levels]:
    levels = [each.levels for each in policies if each.levels]
    return [*(each.pack for each in policies), *levels]


def _worst_rounding(policies: Sequence[Shown]) -> str:
    return in_words(100.0 * max(max(each.pack.rounding) for each in policies), 2)


def _particular(policies: Sequence[Shown], titles: Sequence[str]) -> Iterator[str]:
    if any(limited(each.table.policy) for each in policies):
        yield (
            "A budget or a capacity of the scenario does not limit the reach here; the scenario "
            "file that is saved has none either."
        )
    for each, title in zip(policies, titles, strict=True):
        about = f"{title}: " if len(policies) > 1 else ""
        if each.cells:
            yield about + each.cells.told
        if each.levels:
            yield about + each.levels.header["told"]
        elif each.fit:
            yield about + each.fit["told"]
