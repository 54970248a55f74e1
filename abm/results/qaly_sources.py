"""Where a QALY comes from: quality spared of each disease, and time by the cause that puts it off.

A QALY is time lived at the quality of the well, less what each disease takes of it. What diseases
take is lower by less illness and higher by a longer life with it; time gained is put down to the
causes of death whose hazards fell (:func:`abm.kernel.twins.put_time_down`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.distributions import NORMAL_95
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.claims import known_errors
from abm.results.effects import compared, limits_of_ratio, people_ever
from abm.results.scales import scales
from abm.results.worth import LIFETIME, RUN
from abm.scenario.parts import Scenario

QUALITY, TIME, ACTIVITY, WHOLE = "quality", "time", "being active", "all"
AMOUNTS = ("qalys_gained", "standard_error", "lower", "upper")
NAMES = [*((QUALITY, each) for each in c.DISEASES), *((TIME, each) for each in c.CAUSES)]
LAST = len(NAMES) - 1  # time by all other causes of death, which takes the rounding up


def qaly_sources_table(scenario: Scenario, central: Sequence[Counts]) -> pd.DataFrame | None:
    """Return the parts of the QALYs gained, a row for each scale, horizon and source.

    Columns horizon (``run`` or ``lifetime``), scale, kind (quality of life spared of a disease,
    time gained by cause of death, the gain of being active, all), source, qalys_gained with its
    Monte Carlo error, share of all. Rows but the last of each block add up to it. Of all within the
    run ``share_via_il6`` with its Monte Carlo interval. None without policies. ``central`` are the
    tallies of the central values, one for each seed.
    """
    if not scenario.policies:
        return None
    looks = [RUN, LIFETIME][: len(central[0].sources)]
    blocks = [_block(scenario, central, horizon) for horizon in looks]
    table = pd.concat(blocks, ignore_index=True)
    parts = []
    for scale, factor in scales(scenario, central).items():
        part = table.assign(**{name: table[name] * factor for name in AMOUNTS})
        part.insert(1, "scale", scale)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _block(scenario: Scenario, runs: Sequence[Counts], horizon: str) -> pd.DataFrame:
    """Return the sources as far as a horizon, for the simulated persons."""
    sums = np.sum([counts.sources[int(horizon == LIFETIME)] for counts in runs], axis=0)
    value = sums[:, c.P_EXPECTED] / c.FIXED_POINT / len(runs)
    whole, active, error_of_whole = _whole(scenario, runs, horizon)
    value[LAST] += whole - active - value.sum()
    people = sum(map(people_ever, runs))
    square = sums[:, c.P_EXPECTED_SQUARE] / c.SQUARE_POINT / len(runs) ** 2
    error = known_errors(
        np.sqrt(np.maximum(square - value**2 / max(people, 1), 0.0)), value,
        sums[:, c.P_CONTRIBUTING],
    )  # fmt: skip
    rows = [*NAMES, (ACTIVITY, "first year"), (WHOLE, WHOLE)]
    table = pd.DataFrame(rows, columns=["kind", "source"])
    table.insert(0, "horizon", horizon)
    table["unit"] = "QALY"
    table["qalys_gained"] = [*value, active, whole]
    table["standard_error"] = [*error, 0.0 if active == 0.0 else math.nan, error_of_whole]
    half = NORMAL_95 * table["standard_error"]
    table["lower"], table["upper"] = table["qalys_gained"] - half, table["qalys_gained"] + half
    table["share"] = table["qalys_gained"] / whole if whole else math.nan
    shares = _through_il6(runs) if horizon == RUN else (math.nan,) * 3
    for name, share in zip(("", "_lower", "_upper"), shares, strict=True):
        column = f"share_via_il6{name}"
        table[column] = np.where(table["kind"] == WHOLE, share, math.nan)
    return table


def _whole(
    scenario: Scenario, runs: Sequence[Counts], horizon: str
) -> tuple[float, float, float]:
    """Return all QALYs gained, those of being active among them, and the error of all."""
    parameters = central_parameters(scenario.parameters, scenario.place)
    gain = parameters["economics.activity_utility_gain"]
    gain *= parameters["economics.activity_gain_counts"]
    rows = [_fall(counts, horizon, c.QALYS) for counts in runs]
    active = [_fall(counts, horizon, c.ACTIVE)[0] for counts in runs]
    people = [max(people_ever(counts), 1) for counts in runs]
    variance = sum(row[1] - row[0] ** 2 / each for row, each in zip(rows, people, strict=True))
    total, contributing = sum(row[0] for row in rows), sum(row[2] for row in rows)
    error = known_errors(math.sqrt(max(variance, 0.0)) / len(runs), total, contributing)
    return -total / len(runs), -gain * float(np.mean(active)), float(error)


def _fall(counts: Counts, horizon: str, row: int) -> NDArray[np.float64]:
    """Return sum, sum of squares and number of what is valued, baseline less policy."""
    if horizon == LIFETIME:
        points = c.FIXED_POINT, c.SQUARE_POINT, 1.0
        found: NDArray[np.float64] = counts.lifetime[0, row - c.HEALTHY, :3] / np.array(points)
        return found
    return compared(counts, 1)[row, [c.E_EXPECTED, c.E_EXPECTED_SQUARE, c.E_CONTRIBUTING]]


def _through_il6(runs: Sequence[Counts]) -> tuple[float, float, float]:
    """Return the share of the QALYs within the run that runs through IL-6, with its limits.

    NaN where it was not simulated, or the QALYs are below two of their standard errors.
    """
    if any(len(counts.effects) < 2 for counts in runs):
        return math.nan, math.nan, math.nan
    policy, frozen = (
        np.sum([compared(counts, world)[c.QALYS] for counts in runs], axis=0) for world in (1, 2)
    )
    whole, left = policy[c.E_EXPECTED], frozen[c.E_EXPECTED]
    squares = (
        policy[c.E_EXPECTED_SQUARE], frozen[c.E_UNDISTURBED_PRODUCT], frozen[c.E_EXPECTED_SQUARE],
    )  # fmt: skip
    error = float(known_errors(math.sqrt(squares[0]), whole, policy[c.E_CONTRIBUTING]))
    if not abs(whole) > 2.0 * error:
        return math.nan, math.nan, math.nan
    lower, upper = limits_of_ratio(left, whole, squares)
    return float(1.0 - left / whole), 1.0 - upper, 1.0 - lower
