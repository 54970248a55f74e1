"""What ``simulate`` returns: the tables of a run, made from its tallies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from abm.evidence.entries import has_costs
from abm.kernel.blocks import Counts
from abm.population.setup import Setup
from abm.results.budget_impact import budget_impact_table
from abm.results.economics import economics_table
from abm.results.economics_draws import economics_draws_table
from abm.results.effects import (
    MEANS,
    effects_of_draws,
    effects_table,
    levels_table,
    participation_table,
    with_parameter_intervals,
)
from abm.results.equity import equity_table
from abm.results.group_effects import expected_course, group_effects
from abm.results.horizons import horizons_table
from abm.results.life_expectancy import LifeTable, life_expectancy_table, life_table_of
from abm.results.outcome_tables import OutcomeTables
from abm.results.outcomes import histogram_table
from abm.results.qaly_sources import qaly_sources_table
from abm.results.scales import with_represented, with_scale
from abm.results.worth_of_draws import DrawWorth, worth_of_draws
from abm.scenario.drawn import CENTRAL
from abm.scenario.parts import Scenario


@dataclass(frozen=True)
class Result:
    """What a run found. Tables are described in docs/results.md.

    ``tables`` holds the outcomes of each run that simulated everybody: not of parameter draws of
    policies, of which effects are told alone. ``counts`` has the tallies of each (seed, draw)
    without strata and histograms; ``people`` is None unless kept; ``draw_effects`` has the effects
    of every parameter draw; ``life_table`` is what the place gives to life expectancy.
    """

    scenario: Scenario
    tables: OutcomeTables = field(repr=False)
    effects: pd.DataFrame
    il6_histogram: pd.DataFrame
    group_effects: pd.DataFrame | None
    expected_course: pd.DataFrame | None
    participation: pd.DataFrame | None
    budget_impact: pd.DataFrame | None
    equity: pd.DataFrame | None
    people: pd.DataFrame | None
    draw_effects: pd.DataFrame | None
    manifest: dict[str, Any]
    counts: Mapping[tuple[int, int], Counts] = field(repr=False)
    life_table: LifeTable = field(repr=False)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row per seed, draw, world, year, stratum and measure: a copy for each run.

        Raises
        ------
        ValueError
            If only who can matter to an effect was simulated.
        """
        if not self.tables.runs:
            raise ValueError(
                "outcomes: ask for everybody, but with only_effects not everybody is simulated; "
                "must be run without it"
            )
        return self.tables.joined()

    @property
    def _central(self) -> list[Counts]:
        return [counts for (_, draw), counts in self.counts.items() if draw == CENTRAL]

    @cached_property
    def _draws(self) -> list[DrawWorth]:
        return worth_of_draws(self.scenario, self.counts) if self.scenario.policies else []

    @cached_property
    def economics(self) -> pd.DataFrame | None:
        """Health and money, one row per scale and measure; None without policies."""
        return economics_table(self.scenario, self.counts, self._draws)

    @cached_property
    def horizons(self) -> pd.DataFrame | None:
        """Cost per QALY within some years and for life; None without policies."""
        return horizons_table(self.scenario, self._central, self._draws)

    @cached_property
    def qaly_sources(self) -> pd.DataFrame | None:
        """Where the QALYs gained come from; None without policies."""
        return qaly_sources_table(self.scenario, self._central)

    @cached_property
    def economics_draws(self) -> pd.DataFrame | None:
        """Health and money of every parameter draw and seed; None without draws or policies."""
        return economics_draws_table(self.scenario, self._central, self._draws)

    @cached_property
    def life_expectancy(self) -> pd.DataFrame | None:
        """Years of life at some ages, a row per measure, sex and age; None with only_effects."""
        return life_expectancy_table(self.tables, self.life_table)


def result_of(
    runs: Mapping[tuple[int, int], Counts], tables: OutcomeTables,
    whole: Sequence[Counts], setup: Setup,
    people: pd.DataFrame | None, manifest: dict[str, Any],
) -> Result:  # fmt: skip
    """Put a result together.

    Parameters
    ----------
    runs
        The tallies of each (seed, draw).
    tables
        Their outcomes.
    whole
        Tallies whose strata and histograms add up to those of the central values.
    setup
        That of the central values.
    people, manifest
        As in :class:`Result`.
    """
    scenario, has_policy, frozen = setup.scenario, setup.worlds > 1, setup.worlds == 3
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    draws = effects_of_draws(runs, tables, frozen) if has_policy else None
    effects = (
        effects_table(central, tables.at_end(MEANS, CENTRAL), frozen)
        if has_policy
        else levels_table(tables)
    )
    if draws is not None:
        effects = with_parameter_intervals(effects, draws)
        draws = with_scale(with_represented(draws, scenario))
    return Result(
        scenario=scenario,
        tables=tables,
        effects=with_scale(with_represented(effects, scenario)),
        il6_histogram=histogram_table(whole, setup.worlds, scenario.start_year),
        group_effects=(
            with_scale(
                with_represented(group_effects(central, whole, has_costs(scenario.place)), scenario)
            )
            if has_policy
            else None
        ),
        expected_course=expected_course(central, scenario.start_year) if has_policy else None,
        participation=(
            participation_table(central[0], scenario.policies, scenario.start_year)
            if has_policy
            else None
        ),
        budget_impact=budget_impact_table(scenario, central, setup.deliveries),
        equity=equity_table(runs, whole, has_costs(scenario.place)) if has_policy else None,
        people=people,
        draw_effects=draws,
        manifest=manifest,
        counts=runs,
        life_table=life_table_of(setup),
    )
