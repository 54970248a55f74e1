"""What the figures of a run are made from, and what each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from abm.results.effects import MEANS
from abm.scenario.drawn import CENTRAL
from analysis.certainty.level_changes import IL6, ONE_SEED, UNKNOWN, Limits, limits_of_changes
from analysis.plots import style
from analysis.tables import of_figures
from analysis.tables.effect_tables import with_scale
from analysis.words import in_words, several

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A finished figure with its table and its words.

    Attributes
    ----------
    name
        File name without ending.
    figure
        The matplotlib figure.
    table
        The numbers it shows.
    title, note
        The sentence above it, and below it what the figure rests on.
    """

    name: str
    figure: Figure
    table: pd.DataFrame
    title: str
    note: str


class FigureInputs:
    """The tables of a result that several figures share, made once when first asked for."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.scenario = result.scenario

    @cached_property
    def levels(self) -> of_figures.Levels:
        """Outcomes split by stratum."""
        runs = self.result.tables
        return of_figures.central_levels(runs.mean(), lambda: runs.tables(CENTRAL))

    @cached_property
    def course(self) -> pd.DataFrame:
        """Resting IL-6 by world and year."""
        return of_figures.il6_course(self.levels)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """The effects, on the scale of the tables even where only parameter draws change them."""
        return with_scale(self.result.effects, getattr(self.result, "group_effects", None))

    @property
    def expected_course(self) -> pd.DataFrame | None:
        """What is expected to be averted from the start to the end of each year."""
        course: pd.DataFrame | None = self.result.expected_course
        return course

    @cached_property
    def limits(self) -> dict[str, Limits]:
        """Monte Carlo limits of what the policy changes of the levels at the end, by measure."""
        if not self.two_worlds:
            return {}
        return limits_of_changes(self.result.tables, MEANS)

    def of_change(self, measure: str = IL6) -> Limits:
        """Return the limits of one level's change; unknown where there are none."""
        return self.limits.get(measure, UNKNOWN)

    @property
    def one_seed(self) -> str:
        """What a note says of changes of levels that have no interval, or nothing."""
        unknown = self.two_worlds and self.result.tables.seeds == 1
        return f" {ONE_SEED}" if unknown else ""

    @property
    def two_worlds(self) -> bool:
        """Whether there is a policy world beside the baseline."""
        return "policy" in self.levels.worlds

    @cached_property
    def sample(self) -> str:
        """How many persons and seeds the figures rest on."""
        stocks = self.levels.table(["persons"])
        start = stocks[(stocks["year"] == self.levels.first_year) & (stocks["world"] == "baseline")]
        seeds = self.result.tables.seeds
        runs = "one seed" if seeds == 1 else f"mean of {seeds} seeds"
        entrants = " plus entrants" if self.scenario.population.entrants else ""
        persons = in_words(float(start["persons"].sum()), 9)
        return f"n = {several(persons, 'person')} at the start{entrants}; {runs}."

    @property
    def last_year(self) -> int:
        """The last simulated year."""
        return int(self.course["year"].max())


def mark_policy_starts(axes: Axes, inputs: FigureInputs, *, since_start: bool = False) -> None:
    """Draw a thin line where each policy starts: at 1 January of its year."""
    begun = inputs.levels.first_year + 1
    for year in {policy.start for policy in inputs.scenario.policies}:
        if begun <= year <= inputs.last_year:
            place = year - begun if since_start else year
            axes.axvline(place, color=style.MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
