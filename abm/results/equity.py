"""Whether the most deprived gain more: slope and relative index of inequality of what is gained.

Slope index: the weighted straight line through the gain per person of the quintiles, by the middle
of each in the order of deprivation (Pamuk, *Population Studies* 39:17, 1985; Wagstaff, Paci and
van Doorslaer, *Social Science and Medicine* 33:545, 1991).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.claims import known_errors
from abm.results.effects import SIGNS, compared
from abm.results.group_effects import CARE, VALUES, people_ever_by_group
from abm.results.outcomes import QUINTILES
from abm.results.scales import PER_100_000
from abm.scenario.drawn import CENTRAL

Numbers = NDArray[np.float64]
NORMAL = NormalDist()
FIRST_QUINTILE = c.EFFECT_GROUPS.index(QUINTILES[0])
PLACES_OF_QUINTILES = tuple(range(FIRST_QUINTILE, FIRST_QUINTILE + c.N_FIFTHS))
SEXES = ("female", "male")
PLACES_OF_SEXES = tuple(c.EFFECT_GROUPS.index(each) for each in SEXES)
WOMEN = "p_women_gain_more"
# What is told: the outcomes, then what is valued, each with its row and the sign of a gain.
GAINS = (
    *((name, row, SIGNS[row]) for row, name in enumerate(c.OUTCOMES)),
    *VALUES,
)


class Index(NamedTuple):
    """Slope and relative index of some gains with their standard errors, each (gains,)."""

    slope: Numbers
    slope_error: Numbers
    relative: Numbers
    relative_error: Numbers

    @property
    def chance(self) -> Numbers:
        """Return the probability that the most deprived gain more, by the Monte Carlo error."""
        return _chances(self.slope, self.slope_error)


def indices(gains: Numbers, errors: Numbers, persons: Numbers) -> Index:
    """Return the indices of inequality of gains per person.

    Parameters
    ----------
    gains, errors
        Per person with their standard errors, shape (gains, groups), the most deprived first.
    persons
        In each group, shape (groups,).

    Returns
    -------
        ``slope`` is the gain at the most deprived end less that at the other, ``relative`` the same
        over the mean gain. Groups hold different persons, so their errors are independent.
    """
    share = persons / persons.sum()
    middle = np.cumsum(share) - share / 2.0
    centred = middle - share @ middle
    lever = -share * centred / (share @ centred**2)
    slope, mean = gains @ lever, gains @ share
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(mean != 0.0, slope / mean, math.nan)
        moved = (lever - relative[:, None] * share) * errors / np.abs(mean)[:, None]
    slope_error = np.sqrt(np.square(lever * errors).sum(axis=1))
    return Index(slope, slope_error, relative, np.sqrt(np.square(moved).sum(axis=1)))


def equity_table(
    runs: Mapping[tuple[int, int], Counts], whole: Sequence[Counts], care_has_prices: bool = True
) -> pd.DataFrame | None:
    """Return the indices of inequality of every outcome, QALYs and care within the run.

    Parameters
    ----------
    runs
        The tallies of each (seed, draw).
    whole
        Tallies of the central values that have their strata.
    care_has_prices
        Without, there is no row of savings.

    Returns
    -------
        Columns outcome, scale, slope_index, slope_index_standard_error, relative_index,
        relative_index_standard_error, p_most_deprived_gain_more (Monte Carlo error); with draws
        parameter_lower, parameter_upper of the slope and
        p_most_deprived_gain_more_draws; at the end p_women_gain_more and, with draws,
        p_women_gain_more_draws, of both sexes per person. None where the persons of each quintile
        are not known.
    """
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    people = people_ever_by_group(whole)
    persons = np.array([people[each] for each in QUINTILES]) / len(central)
    if np.isnan(persons).any() or persons.min() <= 0.0:
        return None
    found = indices(*_gains(central, persons), persons)
    table = pd.DataFrame({"outcome": [name for name, _, _ in GAINS], "scale": PER_100_000})
    table["slope_index"], table["slope_index_standard_error"] = 1e5 * found[0], 1e5 * found[1]
    table["relative_index"], table["relative_index_standard_error"] = found[2], found[3]
    table["p_most_deprived_gain_more"] = found.chance
    draws = [
        indices(*_gains(_of_draw(runs, draw), persons), persons)
        for draw in sorted({draw for _, draw in runs if draw != CENTRAL})
    ]
    table = _with_draws(table, draws) if draws else table
    of_sexes = np.array([people[each] for each in SEXES]) / len(central)
    table = _with_sexes(table, runs, of_sexes) if of_sexes.min() > 0.0 else table
    return table if care_has_prices else table[table["outcome"] != CARE]


def _with_draws(table: pd.DataFrame, draws: Sequence[Index]) -> pd.DataFrame:
    """Add what the draws of the parameters say; each has its Monte Carlo error as well."""
    slopes = 1e5 * np.array([each.slope for each in draws])
    low, high = np.quantile(slopes, [0.025, 0.975], axis=0)
    mean = _over_draws(slopes, np.array([each.chance for each in draws]))
    return table.assign(
        parameter_lower=low, parameter_upper=high, p_most_deprived_gain_more_draws=mean
    )


def _over_draws(differences: Numbers, chances: Numbers) -> Numbers:
    """Return the mean chance of a difference above 0 over draws; both have shape (draws, gains)."""
    clear = np.where(np.isnan(chances), differences > 0.0, chances)
    return np.where((differences != 0.0).any(axis=0), clear.mean(axis=0), math.nan)


def _with_sexes(
    table: pd.DataFrame, runs: Mapping[tuple[int, int], Counts], persons: Numbers
) -> pd.DataFrame:
    """Add how surely women gain more per person than men: the rule is that of the quintiles."""
    def told(draw: int) -> tuple[Numbers, Numbers]:
        gains, errors = _gains(_of_draw(runs, draw), persons, PLACES_OF_SEXES)
        apart = gains[:, 0] - gains[:, 1]
        return apart, _chances(apart, np.hypot(errors[:, 0], errors[:, 1]))

    draws = [told(draw) for draw in sorted({draw for _, draw in runs if draw != CENTRAL})]
    table = table.assign(**{WOMEN: told(CENTRAL)[1]})
    if not draws:
        return table
    apart, chances = (np.array(each) for each in zip(*draws, strict=True))
    return table.assign(**{f"{WOMEN}_draws": _over_draws(apart, chances)})


def _chances(differences: Numbers, errors: Numbers) -> Numbers:
    """Return the probability that each difference is above 0; NaN without a known error."""
    pairs = zip(differences.tolist(), errors.tolist(), strict=True)
    known = [NORMAL.cdf(apart / error) if error > 0.0 else math.nan for apart, error in pairs]
    return np.array(known)


def _of_draw(runs: Mapping[tuple[int, int], Counts], draw: int) -> list[Counts]:
    return [counts for (_, each), counts in runs.items() if each == draw]


def _gains(
    runs: Sequence[Counts], persons: Numbers, places: Sequence[int] = PLACES_OF_QUINTILES
) -> tuple[Numbers, Numbers]:
    """Return gains per person and their errors, means over seeds, shape (gains, groups)."""
    rows = [row for _, row, _ in GAINS]
    signs = np.array([sign for _, _, sign in GAINS])[:, None]
    total = np.sum(
        [
            [compared(counts, 1, place)[rows] for place in places]
            for counts in runs
        ],
        axis=0,
    )  # (groups, gains, fields)
    sums, squares, contributing = (
        total[..., field].T for field in (c.E_EXPECTED, c.E_EXPECTED_SQUARE, c.E_CONTRIBUTING)
    )
    errors = known_errors(np.sqrt(np.maximum(squares, 0.0)), sums, contributing)
    return signs * sums / len(runs) / persons + 0.0, errors / len(runs) / persons
