"""The effect of a scenario's policies by group of people, and its course over the years.

Expected effects with their Monte Carlo error; counted events stand beside those of groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.distributions import NORMAL_95
from abm.kernel import layout as c
from abm.kernel.blocks import Counts, of_world, tells_of_everybody
from abm.results.claims import known_errors
from abm.results.effects import DAYS_PER_YEAR, compared, people_ever

# Of what only expectations are kept: its name, row, and sign (a gain counts as positive).
VALUES = (("qalys_gained", c.QALYS, -1.0), ("care_cost_averted", c.COSTS, 1.0))


def people_ever_by_group(whole: Sequence[Counts]) -> dict[str, float]:
    """Return the persons at the start plus all entrants of the baseline, by group of effects.

    Summed over tallies that still have their strata. NaN for the groups of a run in which not
    everybody was simulated.
    """
    if not all(map(tells_of_everybody, whole)):
        unknown = dict.fromkeys(c.EFFECT_GROUPS, math.nan)
        return unknown | {c.EFFECT_GROUPS[0]: sum(map(people_ever, whole))}
    by_age = np.sum([of_world(counts.strata, 0) for counts in whole], axis=0)
    crossings = np.sum([of_world(counts.crossings, 0) for counts in whole], axis=0)
    by_sex = _ever(by_age).reshape(len(c.SEXES), c.N_BANDS).sum(axis=1)
    by_fifth = _ever(crossings)[: c.N_BY_FIFTH].reshape(len(c.SEXES), c.N_FIFTHS).sum(axis=0)
    sexes = dict(zip(c.SEXES, by_sex.tolist(), strict=True))
    fifths = {str(1 + k): int(number) for k, number in enumerate(by_fifth)}
    return {"all": int(by_sex.sum()), **sexes, **fifths}


def _ever(tallies: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return persons at the start plus all entrants by cell, from (years, cells, tallies)."""
    return np.asarray(tallies[0, :, c.T_PERSONS] + tallies[:, :, c.T_ENTRANTS].sum(axis=0))


def group_effects(
    runs: Sequence[Counts], whole: Sequence[Counts], care_has_prices: bool = True
) -> pd.DataFrame:
    """Return averted events of the run by sex and by quintile of deprivation, with errors.

    Counted and expected; of QALYs and health-care savings expected only. ``persons`` are those of
    the group at the start plus entrants (mean over seeds), to whom the last columns are scaled;
    these are blank where not everybody was simulated, but for all together.
    ``whole`` are tallies that add up to those of the runs and have their strata. Without prices of
    care there are no rows of savings.
    """
    people = people_ever_by_group(whole)
    parts = []
    for place, group in enumerate(c.EFFECT_GROUPS):
        table = _of_group(runs, place)
        persons = people[group] / len(runs)
        scale = 1e5 / persons if persons else np.nan
        table.insert(0, "group", group)
        table["persons"] = persons
        for name in ("expected_averted", "expected_standard_error"):
            table[f"{name}_per_100k"] = table[name] * scale
        parts.append(table)
    found = pd.concat(parts, ignore_index=True)
    if care_has_prices:
        return found
    return found[found["outcome"] != "care_cost_averted"].reset_index(drop=True)


def _of_group(runs: Sequence[Counts], place: int) -> pd.DataFrame:
    """Return the effects on one group, means over the seeds.

    How many persons a group has is a matter of the seed too, so the variance of a sum is the sum of
    squares.
    """
    tables = [compared(counts, 1, place) for counts in runs]
    mean = np.mean(tables, axis=0)
    total = np.sum(tables, axis=0)
    error = np.sqrt(np.maximum(total, 0.0)) / len(runs)
    error[:, c.E_EXPECTED_SQUARE] = known_errors(
        error[:, c.E_EXPECTED_SQUARE], total[:, c.E_EXPECTED], total[:, c.E_CONTRIBUTING]
    )
    rows = []
    for k, outcome in enumerate(c.OUTCOMES):
        unit = DAYS_PER_YEAR if outcome == "life_years" else 1.0
        expected = (mean[k, c.E_EXPECTED], error[k, c.E_EXPECTED_SQUARE])
        counted = (mean[k, c.E_DIFFERENCE] / unit, error[k, c.E_SQUARE] / unit)
        rows.append((outcome, *counted, *expected))
    for name, k, sign in VALUES:
        expected = (sign * mean[k, c.E_EXPECTED], error[k, c.E_EXPECTED_SQUARE])
        rows.append((name, np.nan, np.nan, *expected))
    names = ("averted", "standard_error", "expected_averted", "expected_standard_error")
    return pd.DataFrame(rows, columns=["outcome", *names])


def expected_course(runs: Sequence[Counts], start_year: int) -> pd.DataFrame:
    """Return what is expected to be averted from the start to the end of each year, with its error.

    Returns
    -------
        Columns year, outcome (``incidence.NAME`` or ``deaths``), expected_averted, lower, upper
        (95 % Monte Carlo interval), means over the seeds.
    """
    sums = np.sum([counts.course for counts in runs], axis=0)
    value = sums[..., c.S_EXPECTED] / c.FIXED_POINT / len(runs)
    squares = sums[..., c.S_EXPECTED_SQUARE] / c.EVENT_SQUARE_POINT / len(runs) ** 2
    people = float(np.mean([people_ever(counts) for counts in runs]))
    variance = np.maximum(squares - value**2 / max(people, 1.0) / len(runs), 0.0)
    half = NORMAL_95 * known_errors(np.sqrt(variance), value, sums[..., c.S_CONTRIBUTING])
    years = np.repeat(start_year + np.arange(len(value)), c.N_COURSES)
    return pd.DataFrame(
        {
            "year": years,
            "outcome": np.tile(c.COURSES, len(value)),
            "expected_averted": value.ravel(),
            "lower": (value - half).ravel(),
            "upper": (value + half).ravel(),
        }
    )
