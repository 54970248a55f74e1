"""The experiments: which item of the published results each replays, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.validation.activity_cohort import slopes_on_the_report
from analysis.validation.bouts import extremes, marathon_peaks
from analysis.validation.bundled import ranks, shares
from analysis.validation.cohort_study import il6_and_disease
from analysis.validation.country import disease, life_table
from analysis.validation.death_parts import averted_by_cause, dementia
from analysis.validation.depression import ever_and_within_a_year
from analysis.validation.dose_response import dose_response, mediation
from analysis.validation.estimates import Found, Size
from analysis.validation.habits import persistence, prevalence
from analysis.validation.impact import impact_fractions, inactivity
from analysis.validation.inequality import gap_between_quintiles
from analysis.validation.inflammation import survey, tracking, trials, whitehall
from analysis.validation.invariants import invariants
from analysis.validation.one_cohort import cost_per_qaly
from analysis.validation.prediabetes import prediabetes
from analysis.validation.programmes import adherence, advice, free_leisure
from analysis.validation.the_ill import ratios_of_death
from analysis.validation.years_of_life import years_lost

Replay = Callable[[Size], Found]


@dataclass(frozen=True)
class Experiment:
    """One item: ``replay`` does it.

    ``full`` and ``quick`` are its sizes, persons of each seed and seeds; where nothing is drawn
    they do not matter.
    """

    item: str
    title: str
    replay: Replay
    full: Size
    quick: Size

    def run(self, quick: bool) -> Found:
        """Replay the item."""
        return self.replay(self.quick if quick else self.full)

    def explained(self) -> str:
        """Return what the experiment does, in the words of its function."""
        return " ".join((self.replay.__doc__ or "").split())


def _experiment(
    item: str, title: str, replay: Replay, full: tuple[int, int], quick: tuple[int, int] = (500, 2)
) -> Experiment:
    return Experiment(item, title, replay, Size(*full), Size(*quick))


EXPERIMENTS = {
    experiment.item: experiment
    for experiment in (
        _experiment("1", "Marathon", marathon_peaks, (10_000, 20)),
        _experiment("3", "Shortest and longest bouts", extremes, (1, 1)),
        _experiment("4", "Resting IL-6 of adults", survey, (10_000, 20)),
        _experiment("5", "IL-6 over the years", tracking, (10_000, 20)),
        _experiment("6", "Ten years of activity", whitehall, (40_000, 20)),
        _experiment("8", "Trials of training", trials, (4_000, 20)),
        _experiment("9", "IL-6 and disease", il6_and_disease, (25_000, 20)),
        _experiment("11", "Dose response", dose_response, (20_000, 20)),
        _experiment("12", "Impact fractions", impact_fractions, (20_000, 20)),
        _experiment("13", "Share through IL-6", mediation, (10_000, 20)),
        _experiment("16", "Life table", life_table, (200_000, 30)),
        _experiment("17", "Disease in the country", disease, (200_000, 30)),
        _experiment("18", "How active people are", prevalence, (200_000, 20)),
        _experiment("19", "Whether habits stay", persistence, (10_000, 20)),
        _experiment("20", "Staying with a programme", adherence, (10_000, 20)),
        _experiment("21", "Advice in primary care", advice, (25_000, 20)),
        _experiment("23", "Burden of inactivity", inactivity, (20_000, 20)),
        _experiment("24", "Deprivation", gap_between_quintiles, (200_000, 30)),
        _experiment("25", "Free leisure centres", free_leisure, (20_000, 20)),
        _experiment("26", "Asked once", slopes_on_the_report, (20_000, 10)),
        _experiment("27", "Death of the ill", ratios_of_death, (100_000, 30)),
        _experiment("28", "Years of life lost to diabetes and smoking", years_lost, (20_000, 10)),
        _experiment("29", "How many are depressed", ever_and_within_a_year, (20_000, 10)),
        _experiment("30", "Deaths averted by cause", averted_by_cause, (50_000, 20)),
        _experiment("31", "Prediabetes", prediabetes, (10_000, 10)),
        _experiment("32", "Dementia", dementia, (50_000, 20)),
        _experiment("33", "One cohort, two lengths", cost_per_qaly, (20_000, 10)),
        _experiment("34", "Share through IL-6 of programmes", shares, (20_000, 10)),
        _experiment("35", "Programmes in order", ranks, (20_000, 10)),
        _experiment("I", "What must always hold", invariants, (10_000, 5)),
    )
}
