"""For how many people the numbers of a report stand, and what they are divided by."""

from __future__ import annotations

from typing import Any, NamedTuple

from analysis.words import in_words, several


class People(NamedTuple):
    """Persons at the start, and all who were ever there (mean over seeds), represented or not."""

    start: float
    ever: float
    represented: bool

    @property
    def hundred_thousands(self) -> float:
        """What a number per 100 000 is multiplied by to stand for the people represented, or 0."""
        return self.ever / 1e5 if self.represented else 0.0

    @property
    def for_whom(self) -> str:
        """The people of whom the first sentences speak, to begin a sentence."""
        if not self.represented:
            return "Per 100 000 persons"
        return f"For the {in_words(self.start, 12)} people represented{self.with_later}"

    @property
    def with_later(self) -> str:
        """In brackets, how many they are with those who enter during the run, if any do."""
        later = self.ever > self.start
        return f" ({_rounded(self.ever)} with those who enter later)" if later else ""

    @property
    def among(self) -> str:
        """The same people in the middle of a sentence that follows."""
        return "among the people represented" if self.represented else "per 100 000 persons"

    @property
    def denominators(self) -> str:
        """One sentence: of whom numbers per 100 000 and for the people represented are."""
        start = f"the {several(in_words(self.start, 12), 'person simulated')} at the start"
        what = "per 100 000"
        if self.represented:
            start = f"the {in_words(self.start, 12)} at the start"
            what = "for the people represented and per 100 000"
        if not self.ever > self.start:
            return f"Numbers {what} are of {start}; nobody enters later."
        return (
            f"Numbers {what} are of {start} and those who enter during the run, together "
            f"{_rounded(self.ever)}."
        )


def people_of(result: Any) -> People:
    """Return the people of a run with policies: those represented where it says how many."""
    scenario = result.scenario
    return people_in(result.group_effects, scenario.persons, scenario.population.represents)


def people_in(groups: Any, persons: float, represents: float | None) -> People:
    """Return the people of a run from its ``group_effects``; persons are those simulated."""
    simulated = float(groups.loc[groups["group"] == "all", "persons"].iloc[0])
    each = 1.0 if represents is None else represents / persons
    return People(persons * each, simulated * each, represents is not None)


def _rounded(number: float) -> str:
    return in_words(float(f"{number:.4g}"))
