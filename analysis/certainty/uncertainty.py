"""Monte Carlo error and parameter uncertainty of a result, separated.

More seeds or more persons reduce the Monte Carlo error; only better evidence narrows the parameter
interval. Everything here is arithmetic on arrays and tables: nothing is run. Loading
``scipy.stats`` takes a second, and only intervals over seeds need it: it is imported there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from abm.evidence.distributions import NORMAL_95
from abm.results.claims import with_draws

COLUMNS = (
    "standard_error",
    "lower",
    "upper",
    "parameter_lower",
    "parameter_upper",
    "monte_carlo_share",
    "precision",
    "seeds_needed",
    "persons_needed",
)


@dataclass(frozen=True)
class MonteCarlo:
    """A mean over seeds with its Monte Carlo standard error and 95 % interval."""

    estimate: float
    standard_error: float
    lower: float
    upper: float
    seeds: int

    @property
    def relative_half_width(self) -> float:
        """Return half the interval as a share of the estimate; infinite for an estimate of 0."""
        half = (self.upper - self.lower) / 2.0
        return half / abs(self.estimate) if self.estimate else math.inf


@dataclass(frozen=True)
class VarianceParts:
    """The variance of a result by what causes it, from draws that each ran with several seeds.

    ``parameters`` is the variance between parameter draws without Monte Carlo error, ``seeds`` the
    Monte Carlo variance common to all draws, ``residual`` that of single draws and seeds. The
    intervals are of the mean over seeds: ``lower`` and ``upper`` hold 95 % of the parameter
    uncertainty alone.
    """

    estimate: float
    parameters: float
    seeds: float
    residual: float
    standard_error: float
    lower: float
    upper: float

    @property
    def monte_carlo_share(self) -> float:
        """Return the Monte Carlo share of the variance of a single run; NaN if nothing varies."""
        monte_carlo = self.seeds + self.residual
        total = monte_carlo + self.parameters
        return monte_carlo / total if total > 0 else math.nan


def monte_carlo(values: ArrayLike, share: float = 0.95) -> MonteCarlo:
    """Return the mean over seeds with its Monte Carlo error (Student's t).

    Parameters
    ----------
    values
        One result per seed, shape (seeds,).
    share
        Probability that the interval holds the true mean.

    Raises
    ------
    ValueError
        If there are fewer than two values, or any is not finite.

    Examples
    --------
    >>> result = monte_carlo([9.0, 10.0, 11.0])
    >>> round(result.estimate, 3), round(result.standard_error, 3), round(result.upper, 2)
    (10.0, 0.577, 12.48)
    """
    from scipy.stats import t

    found = _finite(values, dimensions=1)
    if len(found) < 2:
        raise ValueError(f"{len(found)} seed(s); the error of a mean needs at least 2")
    mean = float(found.mean())
    error = float(found.std(ddof=1) / math.sqrt(len(found)))
    half = float(t.ppf(0.5 + share / 2.0, len(found) - 1)) * error
    return MonteCarlo(mean, error, mean - half, mean + half, len(found))


def parameter_interval(values: ArrayLike, share: float = 0.95) -> tuple[float, float]:
    """Return the interval that holds a share of the parameter draws (percentiles).

    Parameters
    ----------
    values
        One result per draw, shape (draws,); their Monte Carlo error widens the interval, see
        :func:`separated`.
    share
        Share of the draws inside.
    """
    found = _finite(values, dimensions=1)
    low, high = np.quantile(found, [0.5 - share / 2.0, 0.5 + share / 2.0])
    return float(low), float(high)


def separated(
    values: ArrayLike, *, common_seeds: bool = True, share: float = 0.95
) -> VarianceParts:
    r"""Separate parameter uncertainty from Monte Carlo error by analysis of variance.

    With common seeds (every draw ran the same seeds) a two-way layout without replicates,
    :math:`y_{ij} = \mu + p_i + s_j + e_{ij}`; otherwise a one-way layout. Negative variance
    estimates count as 0. The interval takes the draws' means, drawn towards their common mean
    until their variance is that of the parameters alone.

    Parameters
    ----------
    values
        Results, shape (draws, seeds), at least 2 x 2.
    common_seeds
        Whether column j is the same seed in every row.
    share
        Probability the parameter interval holds.

    Raises
    ------
    ValueError
        If the shape is smaller than 2 x 2 or a value is not finite.
    """
    found = _finite(values, dimensions=2)
    draws, seeds = found.shape
    if draws < 2 or seeds < 2:
        raise ValueError(f"{draws} draws x {seeds} seeds; at least 2 x 2 are needed")
    mean, draw_means, seed_means = found.mean(), found.mean(axis=1), found.mean(axis=0)
    if common_seeds:
        rest = found - draw_means[:, None] - seed_means[None, :] + mean
        residual = float((rest**2).sum() / ((draws - 1) * (seeds - 1)))
        between_seeds = max(0.0, float(seed_means.var(ddof=1)) - residual / draws)
    else:
        residual = float(found.var(axis=1, ddof=1).mean())
        between_seeds = 0.0
    observed = float(draw_means.var(ddof=1))
    between_draws = max(0.0, observed - residual / seeds)
    shrink = math.sqrt(between_draws / observed) if observed > 0 else 0.0
    lower, upper = parameter_interval(mean + shrink * (draw_means - mean), share)
    common = between_seeds / seeds if common_seeds else 0.0
    error = math.sqrt(common + residual / (draws * seeds))
    return VarianceParts(float(mean), between_draws, between_seeds, residual, error, lower, upper)


def persons_needed(persons: int, relative_half_width: float, relative: float) -> int:
    """Return how many persons would narrow an interval to +-``relative``, rounded up to 1 000.

    The Monte Carlo variance of a sum over persons falls as one over their number.

    Examples
    --------
    >>> persons_needed(20_000, 0.10, 0.05)
    80000
    """
    if relative <= 0:
        raise ValueError(f"the wanted precision is {relative:g}, must be above 0")
    wanted = persons * (relative_half_width / relative) ** 2
    return math.ceil(round(wanted / 1000.0, 9)) * 1000


def seeds_to_add(have: int, half_widths: Sequence[float], relative: float, most_seeds: int) -> int:
    """Return how many more seeds to run before looking again; 0 when precise enough.

    The rule behind ``--until``: as many as the errors so far ask for, but never more than double at
    a time, because those errors are themselves uncertain.

    Parameters
    ----------
    have
        Seeds run so far, at least 1.
    half_widths
        Per outcome, half the Monte Carlo interval as a share of the effect; infinite for an
        effect of 0.
    relative
        What each of them should come down to.
    most_seeds
        Where to stop whatever the precision.

    Examples
    --------
    >>> seeds_to_add(3, [0.04, 0.06], 0.05, 100)
    2
    """
    worst = max(half_widths, default=0.0)
    if worst <= relative:
        return 0
    wanted = math.ceil(have * min(worst / relative, 2.0) ** 2)
    return max(0, min(max(wanted, have + 1), 2 * have, most_seeds) - have)


def share_from_text(text: str) -> float:
    """Read a precision such as "5%", "5 %" or "0.05".

    Raises
    ------
    ValueError
        If it is no number, or not above 0 and below 1.

    Examples
    --------
    >>> share_from_text("5%")
    0.05
    """
    plain = text.strip()
    try:
        share = float(plain[:-1]) / 100.0 if plain.endswith("%") else float(plain)
    except ValueError:
        raise ValueError(f"{text!r} is no share; write 5% or 0.05") from None
    if not 0.0 < share < 1.0:
        hint = f"; did you mean {plain}%?" if 1.0 <= share < 100.0 and plain[-1] != "%" else ""
        raise ValueError(f"{text!r} is no share; must be above 0 % and below 100 %{hint}")
    return share


def uncertainty_table(
    runs: pd.DataFrame,
    *,
    errors: Mapping[str, float] | None = None,
    relative: float = 0.05,
    persons: int | None = None,
) -> pd.DataFrame:
    """Return, per outcome, Monte Carlo error and parameter uncertainty, and what would narrow it.

    Parameters
    ----------
    runs
        One row per draw, seed and outcome: columns ``draw``, ``seed``, ``outcome``, ``effect``.
        Draw -1 holds the central values, from which the estimate and its Monte Carlo error come
        (if it is absent, they come from the mean over draws).
    errors
        By outcome, the standard error of the central estimate where it is known from the spread
        between persons, NaN where that spread says nothing; of outcomes that are not named it comes
        from the spread between seeds.
    relative
        Precision for which seeds and persons are named.
    persons
        Persons per run, for ``persons_needed``.

    Returns
    -------
        Columns outcome, estimate, standard_error, lower, upper, parameter_lower,
        parameter_upper, monte_carlo_share, precision, and what would reach it: seeds_needed or
        persons_needed; NaN where there are too few seeds or draws to say. Then the columns of
        :func:`abm.results.claims.with_draws`.
    """
    known = errors or {}
    rows = [
        {"outcome": outcome, **_row(part, known.get(str(outcome)), relative, persons)}
        for outcome, part in runs.groupby("outcome", sort=False)
    ]
    table = pd.DataFrame(rows)
    drawn = runs.loc[runs["draw"] != -1, "draw"].nunique()
    return with_draws(table, table["estimate"], drawn)


def _row(
    part: pd.DataFrame, error: float | None, relative: float, persons: int | None
) -> dict[str, float]:
    wide = part.pivot(index="draw", columns="seed", values="effect").sort_index()
    central = wide.loc[-1].dropna() if -1 in wide.index else wide.mean(axis=0)
    drawn = wide.drop(index=-1, errors="ignore").dropna(axis=1)
    row = {"estimate": float(central.mean()), **dict.fromkeys(COLUMNS, math.nan)}
    row["precision"] = relative
    if (mean := _central_mean(central.to_numpy(), error)) is not None:
        row |= {"standard_error": mean.standard_error, "lower": mean.lower, "upper": mean.upper}
        row |= _what_would_reach(relative, mean, persons)
    if drawn.shape[0] >= 2 and drawn.shape[1] >= 2:
        parts = separated(drawn.to_numpy())
        row |= {
            "parameter_lower": parts.lower,
            "parameter_upper": parts.upper,
            "monte_carlo_share": parts.monte_carlo_share,
        }
    elif drawn.shape[0] >= 2:
        row["parameter_lower"], row["parameter_upper"] = parameter_interval(drawn.mean(axis=1))
    return row


def _what_would_reach(relative: float, mean: MonteCarlo, persons: int | None) -> dict[str, float]:
    """Return the seeds, or the persons in one run, that a precision takes; nothing if unknown.

    Nor is it known of an effect whose interval holds zero: a share of what may be nothing.
    """
    half = mean.relative_half_width
    if not 0.0 < half < 1.0:
        return {}
    needed: dict[str, float] = {
        "seeds_needed": max(1, math.ceil(mean.seeds * (half / relative) ** 2))
    }
    if persons is not None:
        needed["persons_needed"] = persons_needed(persons * mean.seeds, half, relative)
    return needed


def _central_mean(values: NDArray[np.float64], error: float | None) -> MonteCarlo | None:
    """Return the estimate with its known error, or with one from the seeds; None with neither."""
    if error is None:
        return monte_carlo(values) if len(values) >= 2 else None
    if math.isnan(error):
        return None
    mean, half = float(values.mean()), NORMAL_95 * error
    return MonteCarlo(mean, error, mean - half, mean + half, len(values))


def _finite(values: ArrayLike, dimensions: int) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != dimensions:
        raise ValueError(f"values have shape {found.shape}, must have {dimensions} dimension(s)")
    if not np.isfinite(found).all():
        bad = np.argwhere(~np.isfinite(found))[:5].tolist()
        raise ValueError(f"values are not finite at {bad}")
    return found
