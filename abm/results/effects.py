"""The effect of a scenario's policies: differences between twins, summed, with their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.biomarkers import BIOMARKERS
from abm.evidence.distributions import NORMAL_95
from abm.kernel import layout as c
from abm.kernel.blocks import Counts, of_world, tells_of_everybody
from abm.results.claims import known_errors, with_draws
from abm.results.outcome_tables import OutcomeTables, everybody
from abm.scenario.drawn import CENTRAL
from abm.scenario.parts import Policy, prices_offers

EXPECTED = c.OUTCOMES  # of all of them
# whose share through IL-6 is told
SHARED = (*(f"incidence.{disease}" for disease in c.DISEASES), "deaths", "life_years")
DAYS_PER_YEAR = 365.25
# Of the difference baseline less policy: years of life stand as gained, all else as averted.
SIGNS = np.where(np.arange(c.N_OUTCOMES) == c.O_LIFE_YEARS, -1.0, 1.0)
MEANS = (
    "il6.geometric_mean", *(f"{marker.name}.geometric_mean" for marker in BIOMARKERS),
    "met_hours.mean", "il6.spike_exposure",
)  # fmt: skip


def people_ever(counts: Counts) -> int:
    """Return the persons at the start plus all entrants, whether they were simulated or not."""
    return int(counts.people.sum())


def totals(counts: Counts, world: int) -> NDArray[np.float64]:
    """Return a world's sums over the run in the order of :data:`abm.kernel.layout.OUTCOMES`.

    NaN where not everybody was simulated.
    """
    if not tells_of_everybody(counts):
        return np.full(c.N_OUTCOMES, np.nan)
    sums = of_world(counts.strata, world)[1:].sum(axis=(0, 1))
    deaths = sums[c.T_DEATHS : c.T_DEATHS + c.N_CLOCKS]
    incidence = sums[c.T_INCIDENCE : c.T_INCIDENCE + c.N_DISEASES]
    years = sums[c.T_PERSON_YEARS] / c.FIXED_POINT
    return np.array([*incidence, sums[c.T_EPISODES], *deaths, deaths.sum(), years], float)


def compared(counts: Counts, world: int, group: int = 0) -> NDArray[np.float64]:
    """Return all that was summed of the persons' differences, expectations in their units.

    Shape (compared, fields), baseline less policy.
    """
    table = counts.effects[world - 1, group].astype(float)
    table[:, [c.E_EXPECTED, c.E_UNDISTURBED]] /= c.FIXED_POINT
    squares = [c.E_EXPECTED_SQUARE, c.E_UNDISTURBED_SQUARE, c.E_UNDISTURBED_PRODUCT]
    table[:, squares] /= np.array(c.SQUARE_POINTS)[:, None]
    money = [c.COSTS, c.SOCIAL]
    table[money, c.E_EXPECTED] *= c.COST_UNIT
    table[money, c.E_EXPECTED_SQUARE] *= c.COST_UNIT**2
    return table


def differences(counts: Counts, world: int, group: int = 0) -> NDArray[np.float64]:
    """Return sum and sum of squares of the persons' differences, delayed and added.

    Shape (outcomes, fields), baseline less policy; life years, counted in days, in years, and
    policy less baseline.
    """
    table = compared(counts, world, group)[: c.N_OUTCOMES]
    table[-1, c.E_DIFFERENCE] /= DAYS_PER_YEAR
    table[-1, c.E_SQUARE] /= DAYS_PER_YEAR**2
    signed = [c.E_DIFFERENCE, c.E_EXPECTED, c.E_UNDISTURBED]
    table[:, signed] = SIGNS[:, None] * table[:, signed] + 0.0  # no -0
    return table


def standard_error(
    table: NDArray[np.float64], people: int, expected: bool = False
) -> NDArray[np.float64]:
    """Return the Monte Carlo standard error of each summed difference, of events or hazards.

    Persons are independent, so the variance of a sum is that of one person times their number.
    """
    first = c.E_EXPECTED if expected else c.E_DIFFERENCE
    sums, squares = table[:, first], table[:, first + 1]
    return np.sqrt(np.maximum(squares - sums**2 / max(people, 1), 0.0))


def effect_columns(runs: Sequence[Counts], frozen: bool) -> dict[str, NDArray[np.float64]]:
    """Return the columns of effects of counted outcomes, in the order of the outcomes.

    Pooled over runs that differ in their seed: events are means over the seeds; intervals show the
    Monte Carlo error only. ``expected_averted`` compares what is to be expected of the twins
    instead of the events they had: the same expectation with a smaller error. Years of life stand
    in the same columns, as gained.
    """
    base, policy = (np.mean([totals(counts, w) for counts in runs], axis=0) for w in (0, 1))
    mean = np.mean([differences(counts, 1) for counts in runs], axis=0)
    averted = mean[:, c.E_DIFFERENCE]
    expected = mean[:, c.E_EXPECTED]
    per_100k = 1e5 / np.mean([people_ever(counts) for counts in runs])
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(base > 0.0, 0.0 - SIGNS * averted / base, np.nan)  # 0 and not -0
    columns = {
        "baseline": base,
        "policy": policy,
        "averted": averted,
        "delayed": mean[:, c.E_DELAYED],
        "added": mean[:, c.E_ADDED],
        "averted_per_100k": averted * per_100k,
        "relative_change": relative,
        **_with_interval(averted, _pooled_error(runs), ""),
        "expected_averted": expected,
        "expected_averted_per_100k": expected * per_100k,
        **_with_interval(expected, _pooled_error(runs, expected=True), "expected_"),
    }
    return columns | (il6_share(runs) if frozen else {})


def _pooled_error(runs: Sequence[Counts], expected: bool = False) -> NDArray[np.float64]:
    """Return the Monte Carlo standard errors of the means over runs that differ in their seed.

    NaN where they are unknown (:func:`abm.results.claims.known_errors`); of counted events, of
    which nothing is claimed, only where an error of 0 stands beside a difference.
    """
    tables = [differences(counts, 1) for counts in runs]
    errors = [
        standard_error(table, people_ever(counts), expected)
        for table, counts in zip(tables, runs, strict=True)
    ]
    total = np.sum(tables, axis=0)
    pooled = np.sqrt(np.sum(np.square(errors), axis=0)) / len(runs)
    if expected:
        return known_errors(pooled, total[:, c.E_EXPECTED], total[:, c.E_CONTRIBUTING])
    return np.where((pooled == 0.0) & (total[:, c.E_DIFFERENCE] != 0.0), np.nan, pooled)


def _with_interval(
    value: NDArray[np.float64], error: NDArray[np.float64], prefix: str
) -> dict[str, NDArray[np.float64]]:
    """Return the columns of a standard error and its 95 % interval."""
    return {
        f"{prefix}standard_error": error,
        f"{prefix}lower": value - NORMAL_95 * error,
        f"{prefix}upper": value + NORMAL_95 * error,
    }


def effects_of_runs(runs: Sequence[Counts], at_end: pd.DataFrame, frozen: bool) -> pd.DataFrame:
    """Return one row per outcome, as :func:`effect_columns`, and one per mean of the living.

    ``at_end`` holds the rows of :data:`MEANS` of everybody in the last year; without any, and
    where not everybody was simulated, all is blank that is no effect on persons.
    """
    table = pd.DataFrame({"outcome": c.OUTCOMES, **effect_columns(runs, frozen)})
    return pd.concat([table, _means(at_end)], ignore_index=True)


def effects_of_draws(
    runs: Mapping[tuple[int, int], Counts], tables: OutcomeTables, frozen: bool
) -> pd.DataFrame | None:
    """Return the effects of every parameter draw, one block of rows each; None without."""
    drawn = sorted({draw for _, draw in runs if draw != CENTRAL})
    if not drawn:
        return None
    frames = []
    for draw in drawn:
        own = [counts for (_, d), counts in runs.items() if d == draw]
        table = effects_of_runs(own, tables.at_end(MEANS, draw), frozen)
        table.insert(0, "draw", draw)
        frames.append(table)
    return pd.concat(frames, ignore_index=True)


def with_parameter_intervals(effects: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """Add the 95 % interval over parameter draws to the effects (each with its Monte Carlo error).

    Of the expected events where there are such: that error is then small.
    """
    best = draws.assign(best=draws["expected_averted"].fillna(draws["averted"]))
    quantiles = best.groupby("outcome")["best"].quantile([0.025, 0.975]).unstack()
    table = effects.copy()
    table["parameter_lower"] = table["outcome"].map(quantiles[0.025])
    table["parameter_upper"] = table["outcome"].map(quantiles[0.975])
    value = table["expected_averted"].fillna(table["averted"])
    table = with_draws(table, value, draws["draw"].nunique())
    if "share_via_il6" in draws:
        share = draws.groupby("outcome")["share_via_il6"].quantile([0.025, 0.975]).unstack()
        table["share_lower"] = table["outcome"].map(share[0.025])
        table["share_upper"] = table["outcome"].map(share[0.975])
    return table


def levels_table(tables: OutcomeTables) -> pd.DataFrame:
    """Return the totals of a run without policies in the shape of an effects table."""
    sums = sum(_sums_of_everybody(table) for table in tables.tables(CENTRAL)) / tables.seeds
    assert isinstance(sums, pd.Series)
    names = [name for name in c.OUTCOMES if name != "life_years"]
    return pd.DataFrame({"outcome": names, "baseline": [sums.get(name, np.nan) for name in names]})


def _sums_of_everybody(outcomes: pd.DataFrame) -> pd.Series:
    whole = outcomes[everybody(outcomes)]
    return whole.groupby("measure", observed=True)["value"].sum()


def il6_share(runs: Sequence[Counts]) -> dict[str, NDArray[np.float64]]:
    """Return 1 less the fall in hazard that stays when policies do not reach IL-6, per outcome.

    Hazards are compared while a person's histories are alike in all worlds, so the later cases of
    those who live longer do not blur the share. With its 95 % Monte Carlo interval; NaN where the
    effect is below two of its standard errors.
    """
    policy, frozen = (
        np.sum([differences(counts, world) for counts in runs], axis=0) for world in (1, 2)
    )
    full, left = policy[:, c.E_UNDISTURBED], frozen[:, c.E_UNDISTURBED]
    error = known_errors(
        np.sqrt(policy[:, c.E_EXPECTED_SQUARE]), full, policy[:, c.E_CONTRIBUTING]
    )
    clear = (np.abs(full) > 2.0 * error) & (full != 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1.0 - left / full
        squares = (
            policy[:, c.E_UNDISTURBED_SQUARE],
            frozen[:, c.E_UNDISTURBED_PRODUCT],
            frozen[:, c.E_UNDISTURBED_SQUARE],
        )
        lower, upper = ratio_interval(left, full, squares)
        # Squares are kept as whole numbers: of the smallest hazards too few digits are left.
        lost = ~((lower <= left / full) & (left / full <= upper))
        lower, upper = np.where(lost, -np.inf, lower), np.where(lost, np.inf, upper)
    found = {
        "share_via_il6": share,
        "share_monte_carlo_lower": 1.0 - upper,
        "share_monte_carlo_upper": 1.0 - lower,
    }
    return {name: np.where(clear, column, np.nan) for name, column in found.items()}


def ratio_interval(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    squares: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95 % limits of a ratio of two sums over the same persons (Fieller's theorem).

    ``squares``: sums of ``below`` squared, of the product, of ``above`` squared. Without limits
    (infinite) where ``below`` may be zero, and where the squares, kept in whole numbers, have lost
    the digits that would tell the limits apart. Both limits are the ratio itself only where there
    is no error: each person has 0 above, or the same above and below.
    """
    of_below, product, of_above = (NORMAL_95**2 * each for each in squares)
    first, second, third = below**2 - of_below, above * below - product, above**2 - of_above
    squared = second**2 - first * third  # 0 only if all have one ratio, by Cauchy and Schwarz
    sure = ((above == 0.0) & (of_above == 0.0)) | (
        (above == below) & (product == of_below) & (product == of_above)
    )
    root = np.sqrt(np.where(sure, 0.0, np.maximum(squared, 0.0)))
    bounded = (first > 0.0) & (sure | (squared > 0.0))
    limits = [(second + sign * root) / np.where(bounded, first, 1.0) for sign in (-1.0, 1.0)]
    lower, upper = (
        np.where(bounded, limit, end) for limit, end in zip(limits, (-np.inf, np.inf), strict=True)
    )
    return lower, upper


def limits_of_ratio(
    above: float, below: float, squares: tuple[float, float, float]
) -> tuple[float, float]:
    """Return the same of two numbers."""
    first, second, third = (np.array([each]) for each in squares)
    lower, upper = ratio_interval(np.array([above]), np.array([below]), (first, second, third))
    return float(lower[0]), float(upper[0])


def _means(at_end: pd.DataFrame) -> pd.DataFrame:
    """Return baseline, policy and relative change of the means of the living at the end."""
    table = at_end.pivot_table(
        index="measure", columns="world", values="value", aggfunc="mean", observed=True
    )
    # Where nobody is alive at the end, no column has come out of the pivot: blank, not an error.
    table = table.reindex(index=MEANS, columns=["baseline", "policy"])
    before = table["baseline"].where(table["baseline"] > 0.0)  # no change is relative to 0
    return pd.DataFrame(
        {
            "outcome": MEANS,
            "baseline": table["baseline"].to_numpy(),
            "policy": table["policy"].to_numpy(),
            "relative_change": (table["policy"] / before - 1.0).to_numpy(),
        }
    )


def expected_il6_change(counts: Counts, baseline: Counts) -> float:
    """Return the relative change of geometric mean IL-6 at the end, with a small error.

    The means of the living of both worlds, but those who take part weighed by their chance to
    live until then. ``baseline`` tells of everybody: the same run, or one of the same people with
    the central values, where only who can matter was simulated. NaN if it does not.
    """
    if not tells_of_everybody(baseline):
        return float("nan")
    at_end = of_world(baseline.strata, 0)[-1].sum(axis=0)
    fall = compared(counts, 1)[:, c.E_EXPECTED]
    living = at_end[c.T_PERSONS]
    level = at_end[c.T_LOG_IL6] / c.FIXED_POINT
    with np.errstate(divide="ignore", invalid="ignore"):
        before = level / living
        after = (level - fall[c.LOG_IL6]) / (living - fall[c.LIVING])
    return float(np.expm1(after - before))


def participation_table(
    counts: Counts, policies: Sequence[Policy], start_year: int
) -> pd.DataFrame:
    """Return what each policy did by year: persons offered, starting, and years of taking part.

    Those offered it are blank where not all of them were simulated.
    """
    rows: list[Mapping[str, object]] = []
    facts = counts.told[0] + counts.told[1]
    for p, policy in enumerate(policies):
        known = tells_of_offers(counts, policy)
        for year in range(facts.shape[1]):
            offered, years, started = facts[p, year, :3]
            rows.append(
                {
                    "policy": policy.name,
                    "year": start_year + year,
                    "offered": int(offered) if known else np.nan,
                    "started": int(started),
                    "participant_years": years / c.FIXED_POINT,
                }
            )
    return pd.DataFrame(rows)


def tells_of_offers(counts: Counts, policy: Policy) -> bool:
    """Return whether everybody was simulated who could be offered a policy."""
    return tells_of_everybody(counts) or prices_offers(policy)
