"""The tables of a decision, of one run and of several side by side, by the names of their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from abm.scenario.drawn import CENTRAL
from analysis.decision.acceptability import acceptability_table
from analysis.decision.assumptions import (
    assumptions_of_draws,
    assumptions_to_first_order,
    with_represented,
)
from analysis.decision.break_even import break_even_table
from analysis.decision.information import information_table
from analysis.decision.inputs import draw_positions, joined_positions
from analysis.decision.league import (
    DRAWS,
    Entry,
    comparable,
    league_table,
    shared_draws,
    thresholds_of,
)
from analysis.decision.options import NOTHING, Options, options_of

INPUTS = "draw_inputs.csv"
# Read again from the folders of finished runs when these are compared.
COMPARED = (
    "economics.csv", DRAWS, INPUTS, "group_effects.csv", "participation.csv", "effects.csv",
    "break_even.csv", "qaly_sources.csv", "budget_impact.csv", "equity.csv", "assumptions.csv",
)  # fmt: skip
OF_RUN = (
    "horizons.csv", "qaly_sources.csv", "break_even.csv", DRAWS, INPUTS, "assumptions.csv",
    "ceac.csv", "value_of_information.csv",
)  # fmt: skip
LEAGUE, CURVES, INFORMATION = "league_table.csv", "ceac.csv", "value_of_information.csv"
OF_COMPARISON = (LEAGUE, CURVES, INFORMATION)
FEWEST_TO_REGRESS = 100  # draws: with fewer, the inputs that seem to carry the answer are chance

Tables = dict[str, pd.DataFrame | None]


def decision_tables(result: Any) -> Tables:
    """Return the tables of a decision about one scenario against doing nothing.

    ``result`` is as of :func:`abm.simulate`; None stands for what it has no numbers for.
    """
    scenario = result.scenario
    if not scenario.policies:
        return {}
    central = [counts for (_, draw), counts in result.counts.items() if draw == CENTRAL]
    draws = result.economics_draws
    tables: Tables = {
        "horizons.csv": result.horizons,
        "qaly_sources.csv": result.qaly_sources,
        "break_even.csv": break_even_table(scenario, central),
        DRAWS: draws,
    }
    options = None if draws is None else options_of({scenario.name: draws})
    if draws is not None:
        tables[INPUTS] = draw_positions(scenario, sorted(set(draws["draw"]))).reset_index()
    found = _assumptions(result, options, tables.get(INPUTS))
    tables["assumptions.csv"] = None if found is None else with_represented(found, result.economics)
    return tables | _of_options(options, tables.get(INPUTS), scenario.place.thresholds)


def _assumptions(
    result: Any, options: Options | None, inputs: pd.DataFrame | None
) -> pd.DataFrame | None:
    """Return which assumptions carry the answer; None where no cost is known."""
    threshold = float(result.scenario.place.thresholds[0])
    if options is not None and inputs is not None and len(options.draws) >= FEWEST_TO_REGRESS:
        positions = inputs.set_index("draw").loc[list(options.draws)]
        return assumptions_of_draws(options, positions, result.scenario, threshold)
    if result.economics["value"].isna().any():
        return None
    sources, economics = result.qaly_sources, result.economics
    return assumptions_to_first_order(sources, economics, result.scenario, threshold)


def _of_options(
    options: Options | None, inputs: pd.DataFrame | None, thresholds: Sequence[float]
) -> Tables:
    """Return how surely each option is the best, and what it is worth to find out."""
    if options is None or inputs is None:
        return {CURVES: None, INFORMATION: None}
    positions = inputs.set_index("draw").loc[list(options.draws)]
    return {
        CURVES: acceptability_table(options),
        INFORMATION: information_table(options, positions, thresholds),
    }


def comparison_tables(entries: Mapping[str, Entry], against: str = NOTHING) -> Tables:
    """Return the tables of a decision between several scenarios.

    Parameters
    ----------
    entries
        By scenario.
    against
        As of :func:`analysis.decision.league.league_table`.

    Raises
    ------
    ValueError
        If the comparator cannot be compared.
    """
    tables: Tables = {LEAGUE: league_table(entries, against)}
    fit, _ = comparable(entries, against)
    options = shared_draws(fit)
    if options is None:
        return tables | _of_options(None, None, ())
    found = [entry.table(INPUTS).set_index("draw") for entry in fit.values()]
    positions = joined_positions(found, options.draws).reset_index()
    return tables | _of_options(options, positions, thresholds_of(fit))
