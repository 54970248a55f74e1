"""What ``simulate`` returns: the tables of a run, made from its tallies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    effects_of_runs,
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
from abm.results.saved import loaded, save
from abm.results.scales import SIMULATED, with_represented, with_scale
from abm.results.strata import dataset, split_by
from abm.results.summary import html_of, in_one_line, summary_table
from abm.results.units import units_of_care, with_units, with_units_of_columns
from abm.results.worth_of_draws import DrawWorth, worth_of_draws
from abm.scenario.drawn import CENTRAL
from abm.scenario.parts import Scenario

if TYPE_CHECKING:
    import xarray


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

    def __repr__(self) -> str:
        return f"<Result: {in_one_line(self)}>"

    def _repr_html_(self) -> str:
        return html_of(self, self.summary())

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row per seed, draw, world, year, stratum and measure: a copy for each run.

        ``draw`` is missing for the central values; ``attrs["units"]`` has the measures' units.

        Raises
        ------
        ValueError
            If only who can matter to an effect was simulated.
        """
        return self._of_everybody().joined()

    @property
    def totals(self) -> pd.DataFrame:
        """The outcomes of everybody together, which can be summed; columns as of :meth:`by`."""
        return self.by()

    def by(self, *strata: str) -> pd.DataFrame:
        """Return the outcomes split by some strata, such as ``by("sex", "age_band")``.

        Parameters
        ----------
        strata
            Names among sex, age_band, deprivation and activity_group that are counted together.

        Returns
        -------
            Columns seed, draw, world, year, the strata, measure, unit, value, without rows of all
            strata together: nobody is counted twice where rows are summed.

        Raises
        ------
        ValueError
            If such a split is not counted, or only who can matter to an effect was simulated.
        """
        return split_by(self._of_everybody(), strata)

    def to_xarray(self, *strata: str) -> xarray.Dataset:
        """Return :meth:`by` as a dataset of xarray: a variable for each measure, with its unit.

        Raises
        ------
        ImportError
            If xarray is not installed; the message says what installs it.
        """
        return dataset(self.by(*strata), strata)

    def summary(self) -> pd.DataFrame:
        """Return what matters at a glance, per 100 000 persons at the start or entering later.

        Returns
        -------
            Columns measure, unit, horizon, value, lower, upper (95 % Monte Carlo), with draws
            parameter_lower and parameter_upper: expected effects, QALYs gained and money; without
            policies the events of the run.
        """
        central = [counts for (_, draw), counts in self.counts.items() if draw == CENTRAL]
        return summary_table(self, central)

    def save(self, folder: Path | str) -> Path:
        """Write all of the result to a new or empty folder, for :func:`abm.load_result`.

        Raises
        ------
        FileExistsError
            If something is in its place.
        """
        parts = {each.name: getattr(self, each.name) for each in fields(self)}
        return save({**parts, **{name: getattr(self, name) for name in _made_when_asked()}}, folder)

    def _of_everybody(self) -> OutcomeTables:
        if not self.tables.runs:
            raise ValueError(
                "outcomes: ask for everybody, but with only_effects not everybody is simulated; "
                "must be run without it"
            )
        return self.tables

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


def load_result(folder: Path | str) -> Result:
    """Return the result that ``result.save(folder)`` wrote; nothing of it is unpickled.

    Raises
    ------
    FileNotFoundError
        If the folder holds no saved result.
    SavedResultError
        If another version wrote it, or a file is not as it was written.
    """
    found = loaded(folder)
    result = Result(**{each.name: found.pop(each.name, None) for each in fields(Result)})
    vars(result).update({name: found.get(name) for name in _made_when_asked()})
    return result


def _made_when_asked() -> list[str]:
    """Return the tables that a result makes when first asked for; the outcomes are kept anyway."""
    made = [name for name, each in vars(Result).items() if isinstance(each, cached_property)]
    return [name for name in made if name != "outcomes" and not name.startswith("_")]


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
        effects_of_runs(central, tables.at_end(MEANS, CENTRAL), frozen)
        if has_policy
        else levels_table(tables)
    )
    if draws is not None:
        effects = with_parameter_intervals(effects, draws)
        draws = _told(draws, scenario)
    return Result(
        scenario=scenario,
        tables=tables,
        effects=_told(effects, scenario),
        il6_histogram=with_units_of_columns(
            histogram_table(whole, setup.worlds, scenario.start_year)
        ),
        group_effects=(
            _told(group_effects(central, whole, has_costs(scenario.place)), scenario)
            if has_policy
            else None
        ),
        expected_course=(
            with_units(with_scale(expected_course(central, scenario.start_year)))
            if has_policy
            else None
        ),
        participation=(
            with_units_of_columns(
                participation_table(central[0], scenario.policies, scenario.start_year).assign(
                    scale=SIMULATED
                )
            )
            if has_policy
            else None
        ),
        budget_impact=budget_impact_table(scenario, central, setup.deliveries),
        equity=_equity(runs, whole, scenario),
        people=None if people is None else with_units_of_columns(people),
        draw_effects=draws,
        manifest=manifest,
        counts=runs,
        life_table=life_table_of(setup),
    )


def _told(effects: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return a table of effects with its units and scales, and for the people represented."""
    care = units_of_care(scenario.place.currency)
    return with_units(with_scale(with_represented(effects, scenario)), care)


def _equity(
    runs: Mapping[tuple[int, int], Counts], whole: Sequence[Counts], scenario: Scenario
) -> pd.DataFrame | None:
    """Return the table of equity with its units; None where there are no effects by quintile."""
    table = equity_table(runs, whole, has_costs(scenario.place)) if scenario.policies else None
    return None if table is None else with_units(table, units_of_care(scenario.place.currency))
