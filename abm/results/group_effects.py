"""The effect of a scenario's policies by group of people, and its course over the years.

Expected effects with their Monte Carlo error; counted events stand beside those of some groups.
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
from abm.results.effects import DAYS_PER_YEAR, SIGNS, compared, people_ever
from abm.results.groups import ALL, STRATA, Group, all_groups, membership

CARE = "care_cost_averted"
# Of what only expectations are kept: its name, row, and sign (a gain counts as positive).
VALUES = (("qalys_gained", c.QALYS, -1.0), (CARE, c.COSTS, 1.0))
FOR_LIFE = "lifetime_"  # begins the name of what is looked at to the end of life
NAMES = ("averted", "standard_error", "expected_averted", "expected_standard_error")
EXPECTED = NAMES[2:]
BORROWED = 100  # persons: with 50 or 200 intervals hold the truth as often, within half a per cent


def people_ever_by_group(whole: Sequence[Counts]) -> dict[str, float]:
    """Return the persons at the start plus all entrants of the baseline, by label of the group.

    Summed over tallies that still have their strata. NaN for groups by what changes in the run (age
    band and activity group), and for all but everybody where not everybody was simulated.
    """
    labels = [group.label for group in all_groups()]
    unknown = dict.fromkeys(labels, math.nan)
    if not all(map(tells_of_everybody, whole)):
        return unknown | {ALL: sum(map(people_ever, whole))}
    by_age = np.sum([of_world(counts.strata, 0) for counts in whole], axis=0)
    crossings = np.sum([of_world(counts.crossings, 0) for counts in whole], axis=0)
    by_sex = _ever(by_age).reshape(len(c.SEXES), c.N_BANDS).sum(axis=1)
    both = _ever(crossings)[: c.N_BY_FIFTH].reshape(len(c.SEXES), c.N_FIFTHS)
    fixed = [*by_sex.tolist(), *both.sum(axis=0).tolist()]
    known = dict(zip(c.EFFECT_GROUPS[1:], fixed, strict=True))
    crossed = [each.label for each in all_groups() if ALL not in (each.sex, each.deprivation)]
    known |= dict(zip(crossed, both.ravel().tolist(), strict=True))
    return unknown | {ALL: int(by_sex.sum())} | known


def _ever(tallies: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return persons at the start plus all entrants by cell, from (years, cells, tallies)."""
    return np.asarray(tallies[0, :, c.T_PERSONS] + tallies[:, :, c.T_ENTRANTS].sum(axis=0))


def group_effects(
    runs: Sequence[Counts], whole: Sequence[Counts], care_has_prices: bool = True
) -> pd.DataFrame:
    """Return averted events of the run by groups of people, with errors.

    Expected; for everybody, sexes and quintiles of deprivation counted too. QALYs and health-care
    savings within the run and, where lives are followed, to their end (``lifetime_``). ``persons``
    are those of the group at the start plus entrants (mean over seeds), to whom ``_per_100k`` is
    scaled; blank where not everybody was simulated, but for all together, and for groups by what
    changes with the years. ``participants`` took part (mean over seeds), to each of whom
    ``_per_participant`` is scaled. ``whole`` are tallies that add up to those of the runs and have
    their strata. Without prices of care there are no rows of savings.
    """
    groups = all_groups()
    table = _expected_of(groups, runs)
    if not care_has_prices:
        table = table[~table["outcome"].str.endswith(CARE)].reset_index(drop=True)
    counted = pd.concat([_counted_of(runs, k) for k in range(len(c.EFFECT_GROUPS))])
    counted = counted.reindex(pd.MultiIndex.from_frame(table[["group", "outcome"]]))
    table[list(NAMES[:2])] = counted.to_numpy()
    persons = table["group"].map(people_ever_by_group(whole)) / len(runs)
    took_part = table["group"].map(participants_by_group(runs))
    for name in EXPECTED:
        table[f"{name}_per_100k"] = table[name] * (1e5 / persons.where(persons > 0))
    table = table.assign(persons=persons, participants=took_part)
    table = _per_participant(table, len(runs))
    scaled = [f"{name}_{of}" for of in ("per_100k", "per_participant") for name in EXPECTED]
    return table[["group", "outcome", *NAMES, "persons", *scaled[:2], *STRATA, "participants",
                  *scaled[2:]]]  # fmt: skip


def _per_participant(table: pd.DataFrame, seeds: int) -> pd.DataFrame:
    """Add the mean of a group's participants with its error: here their number is no chance."""
    took_part = table["participants"].where(table["participants"] > 0)
    mean = table[EXPECTED[0]] / took_part
    of_sum = table[EXPECTED[1]] ** 2 - mean**2 * took_part / seeds
    error = np.sqrt(of_sum.clip(lower=0.0)) / took_part
    return table.assign(
        **{f"{EXPECTED[0]}_per_participant": mean, f"{EXPECTED[1]}_per_participant": error}
    )


def participants_by_group(runs: Sequence[Counts]) -> dict[str, float]:
    """Return how many simulated persons took part, by label of the group (mean over seeds)."""
    groups = all_groups()
    total = membership(groups) @ np.sum([counts.participants for counts in runs], axis=0)
    names = [group.label for group in groups]
    return dict(zip(names, (total / len(runs)).tolist(), strict=True))


def _expected_of(groups: list[Group], runs: Sequence[Counts]) -> pd.DataFrame:
    """Return expected effects, a row for each group and outcome.

    How many persons a group has is a matter of the seed too, so the variance of a sum is the sum of
    squares; of small groups part of it is borrowed (:func:`_with_borrowed`).
    """
    cells = np.sum([_in_units(counts.by_cell, 0) for counts in runs], axis=0)
    names = [*c.OUTCOMES, *(name for name, _, _ in VALUES)]
    rows = [*range(c.N_OUTCOMES), *(row for _, row, _ in VALUES)]
    signs = [*SIGNS, *(sign for _, _, sign in VALUES)]
    found = [cells[:, rows]]
    if all(counts.lifetime_by_cell.size for counts in runs):
        lives = np.sum([_in_units(counts.lifetime_by_cell, c.HEALTHY) for counts in runs], axis=0)
        found.append(lives[:, [row - c.HEALTHY for _, row, _ in VALUES]])
        names += [f"{FOR_LIFE}{name}" for name, _, _ in VALUES]
        signs += [sign for _, _, sign in VALUES]
    joined = np.concatenate(found, axis=1)
    sums = np.einsum("gc,cof->gof", membership(groups), joined)
    took_part = membership(groups) @ np.sum([counts.participants for counts in runs], axis=0)
    squares = _with_borrowed(groups, sums[..., c.P_EXPECTED_SQUARE], took_part)
    own = known_errors(
        np.sqrt(np.maximum(sums[..., c.P_EXPECTED_SQUARE], 0.0)), sums[..., c.P_EXPECTED],
        sums[..., c.P_CONTRIBUTING],
    )  # fmt: skip
    # Unknown stays unknown, and of nobody's effect nothing is in doubt.
    error = np.where(own > 0.0, np.sqrt(np.maximum(squares, 0.0)), own) / len(runs)
    value = np.array(signs) * sums[..., c.P_EXPECTED] / len(runs) + 0.0  # no -0
    table = pd.DataFrame(
        {
            "group": np.repeat([group.label for group in groups], len(names)),
            "outcome": np.tile(names, len(groups)),
            EXPECTED[0]: value.ravel(),
            EXPECTED[1]: error.ravel(),
        }
    )
    for stratum in STRATA:
        table[stratum] = np.repeat([getattr(group, stratum) for group in groups], len(names))
    return table


def _with_borrowed(
    groups: list[Group], squares: NDArray[np.float64], took_part: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return sums of squares, shape (groups, outcomes), those of small groups partly borrowed.

    Most of a sum of squares comes from the few whose history differs between the worlds. In a group
    without such a person it is too small, and the interval misses the truth. So ``BORROWED``
    persons of like others are counted in: with the mean square of everybody or, in a crossing, that
    of both its strata over everybody's. Everybody, sexes and quintiles stand as they are.
    """
    places = {group.label: place for place, group in enumerate(groups)}
    people = took_part[:, None].astype(float)
    mean = np.divide(squares, people, out=np.zeros_like(squares), where=people > 0.0)
    whole = mean[places[ALL]]
    like = np.tile(whole, (len(groups), 1))
    for place, group in enumerate(groups):
        if group.is_crossed:
            first, second = (mean[places[label]] for label in group.parts)
            like[place] = np.divide(first * second, whole, out=np.zeros_like(whole),
                                    where=whole > 0.0)  # fmt: skip
    weight = people / (people + BORROWED)
    weight[[places[label] for label in c.EFFECT_GROUPS]] = 1.0
    return weight * squares + (1.0 - weight) * like * people


def _in_units(tally: NDArray[np.int64], first: int) -> NDArray[np.float64]:
    """Return a tally by cell in its units; its outcomes are those compared from ``first`` on."""
    table = tally.astype(float)
    table[..., c.P_EXPECTED] /= c.FIXED_POINT
    points = c.SQUARE_POINTS[first : first + tally.shape[1]]
    table[..., c.P_EXPECTED_SQUARE] /= np.array(points)
    money = [c.COSTS - first, c.SOCIAL - first]
    table[:, money, c.P_EXPECTED] *= c.COST_UNIT
    table[:, money, c.P_EXPECTED_SQUARE] *= c.COST_UNIT**2
    return table


def _counted_of(runs: Sequence[Counts], place: int) -> pd.DataFrame:
    """Return what was counted in one group of effects, means over the seeds, by group and outcome.

    How many persons a group has is a matter of the seed too, so the variance of a sum is the sum of
    squares.
    """
    tables = [compared(counts, 1, place)[: c.N_OUTCOMES] for counts in runs]
    days = np.array([DAYS_PER_YEAR if each == "life_years" else 1.0 for each in c.OUTCOMES])
    averted = SIGNS * np.mean(tables, axis=0)[:, c.E_DIFFERENCE] + 0.0
    error = np.sqrt(np.maximum(np.sum(tables, axis=0)[:, c.E_SQUARE], 0.0)) / len(runs)
    index = pd.MultiIndex.from_product([[c.EFFECT_GROUPS[place]], c.OUTCOMES])
    return pd.DataFrame({NAMES[0]: averted / days, NAMES[1]: error / days}, index=index)


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
