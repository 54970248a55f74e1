"""The experiments: which item of the published results each replays, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from analysis.validation.estimates import Found, Size


@dataclass(frozen=True)
class Experiment:
    """One item: ``place`` is the module and function that replay it.

    ``full`` and ``quick`` are its sizes, persons of each seed and seeds; where nothing is drawn
    they do not matter.
    """

    item: str
    title: str
    place: str
    full: Size
    quick: Size

    def run(self, quick: bool) -> Found:
        """Replay the item."""
        module, _, name = self.place.partition(":")
        function: Callable[[Size], Found] = getattr(
            import_module(f"analysis.validation.{module}"), name
        )
        return function(self.quick if quick else self.full)

    def explained(self) -> str:
        """Return what the experiment does, in the words of its function."""
        module, _, name = self.place.partition(":")
        function = getattr(import_module(f"analysis.validation.{module}"), name)
        return " ".join((function.__doc__ or "").split())


def _experiment(
    item: str, title: str, place: str, full: tuple[int, int], quick: tuple[int, int] = (500, 2)
) -> Experiment:
    return Experiment(item, title, place, Size(*full), Size(*quick))


EXPERIMENTS = {
    experiment.item: experiment
    for experiment in (
        _experiment("1", "Marathon", "bouts:marathon_peaks", (10_000, 20)),
        _experiment("3", "Shortest and longest bouts", "bouts:extremes", (1, 1)),
        _experiment("4", "Resting IL-6 of adults", "inflammation:survey", (10_000, 20)),
        _experiment("5", "IL-6 over the years", "inflammation:tracking", (10_000, 20)),
        _experiment("6", "Ten years of activity", "inflammation:whitehall", (40_000, 20)),
        _experiment("8", "Trials of training", "inflammation:trials", (4_000, 20)),
        _experiment("9", "IL-6 and disease", "cohort_study:il6_and_disease", (25_000, 20)),
        _experiment("11", "Dose response", "dose_response:dose_response", (20_000, 20)),
        _experiment("12", "Impact fractions", "impact:impact_fractions", (20_000, 20)),
        _experiment("13", "Share through IL-6", "dose_response:mediation", (10_000, 20)),
        _experiment("16", "Life table", "country:life_table", (200_000, 30)),
        _experiment("17", "Disease in the country", "country:disease", (200_000, 30)),
        _experiment("18", "How active people are", "habits:prevalence", (200_000, 20)),
        _experiment("19", "Whether habits stay", "habits:persistence", (10_000, 20)),
        _experiment("20", "Staying with a programme", "programmes:adherence", (10_000, 20)),
        _experiment("21", "Advice in primary care", "programmes:advice", (25_000, 20)),
        _experiment("23", "Burden of inactivity", "impact:inactivity", (20_000, 20)),
        _experiment("24", "Deprivation", "inequality:gap_between_fifths", (200_000, 30)),
        _experiment("25", "Free leisure centres", "programmes:free_leisure", (20_000, 20)),
        _experiment("I", "What must always hold", "invariants:invariants", (10_000, 5)),
    )
}
