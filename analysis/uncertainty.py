"""How sure a result is: noise of the simulation and ignorance about the world, told apart.

The Monte Carlo error is what more seeds or more persons would remove; the parameter interval is
what only better evidence would narrow. Everything here is arithmetic on arrays and tables: nothing
is run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import pandas as pd

# Fewer seeds than this leave the spread itself unknown, and stopping early would be luck.
FEWEST_SEEDS = 5


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

    ``parameters`` is the variance between parameter draws without noise, ``seeds`` that of luck
    common to all draws, ``residual`` that of luck particular to one draw and seed. The intervals
    are of the mean over seeds: ``lower`` and ``upper`` hold 95 % of the parameter uncertainty
    alone.
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
        """Return the share of noise in the variance of a single run; NaN if nothing varies."""
        noise = self.seeds + self.residual
        total = noise + self.parameters
        return noise / total if total > 0 else math.nan


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
        One result per draw, shape (draws,); noise in them widens the interval, see
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
    r"""Separate parameter uncertainty from Monte Carlo noise by analysis of variance.

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
    noise = between_seeds / seeds if common_seeds else 0.0
    error = math.sqrt(noise + residual / (draws * seeds))
    return VarianceParts(float(mean), between_draws, between_seeds, residual, error, lower, upper)


def seeds_needed(values: ArrayLike, relative: float, share: float = 0.95) -> int:
    """Return how many seeds make the interval of the mean +-``relative`` of it (Stein 1945).

    Parameters
    ----------
    values
        One result per seed so far, at least 2.
    relative
        Wanted half-width of the interval as a share of the mean, such as 0.05.
    share
        Probability of the interval.

    Returns
    -------
        Seeds in all, at least ``FEWEST_SEEDS``.

    Raises
    ------
    ValueError
        If ``relative`` is not positive, or the mean is 0 (no share of nothing can be reached).
    """
    from scipy.stats import t

    if relative <= 0:
        raise ValueError(f"the wanted precision is {relative:g}, must be above 0")
    found = _finite(values, dimensions=1)
    now = monte_carlo(found, share)
    if now.estimate == 0:
        raise ValueError("the mean is 0, so no number of seeds gives a share of it")
    quantile = float(t.ppf(0.5 + share / 2.0, len(found) - 1))
    spread = now.standard_error * math.sqrt(len(found))
    return max(FEWEST_SEEDS, math.ceil((quantile * spread / (relative * abs(now.estimate))) ** 2))


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


def seeds_to_add(
    values: ArrayLike, relative: float, *, most_seeds: int = 1000, share: float = 0.95
) -> int:
    """Return how many more seeds to run before looking again; 0 when precise enough.

    The rule behind ``--until``: at least ``FEWEST_SEEDS``, then as many as the spread so far asks
    for, but never more than double at a time, because that spread is itself uncertain.

    Parameters
    ----------
    values
        One result per seed so far, in the order of the seeds; may be empty.
    relative
        Wanted half-width of the Monte Carlo interval as a share of the mean.
    most_seeds
        Where to stop whatever the precision.
    share
        Probability of the interval.
    """
    found = _finite(values, dimensions=1)
    have = len(found)
    if have < FEWEST_SEEDS:
        return min(FEWEST_SEEDS, most_seeds) - have if have < most_seeds else 0
    if monte_carlo(found, share).relative_half_width <= relative:
        return 0
    mean = found.mean()
    wanted = seeds_needed(found, relative, share) if mean != 0 else 2 * have
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
        raise ValueError(f"{text!r} is no share; must be above 0 % and below 100 %")
    return share


def gain_of_common_luck(baseline: ArrayLike, policy: ArrayLike) -> float:
    """Return how many times more persons unpaired worlds would need for the same precision.

    Parameters
    ----------
    baseline, policy
        The same outcome in both worlds, one value per seed, seeds in the same order.

    Returns
    -------
        Variance of the difference of unpaired worlds over that of paired ones; infinite if the
        paired difference does not vary.
    """
    first, second = _finite(baseline, dimensions=1), _finite(policy, dimensions=1)
    if first.shape != second.shape or len(first) < 2:
        raise ValueError(f"{len(first)} and {len(second)} seeds; need the same, at least 2")
    unpaired = float(first.var(ddof=1) + second.var(ddof=1))
    paired = float((first - second).var(ddof=1))
    return unpaired / paired if paired > 0 else math.inf


def uncertainty_table(
    runs: pd.DataFrame, *, relative: float = 0.05, persons: int | None = None
) -> pd.DataFrame:
    """Tabulate, per outcome, noise and parameter uncertainty apart, and what precision would cost.

    Parameters
    ----------
    runs
        One row per draw, seed and outcome: columns ``draw``, ``seed``, ``outcome``, ``effect``.
        Draw -1 holds the central values, from which the estimate and its Monte Carlo error come
        (if it is absent, they come from the mean over draws).
    relative
        Precision for which seeds and persons are named.
    persons
        Persons per run, for ``persons_needed``.

    Returns
    -------
        Columns outcome, estimate, standard_error, lower, upper, parameter_lower,
        parameter_upper, monte_carlo_share, seeds_needed, persons_needed; NaN where there are too
        few seeds or draws to say.
    """
    import pandas as pd

    rows = [
        {"outcome": outcome, **_row(part, relative, persons)}
        for outcome, part in runs.groupby("outcome", sort=False)
    ]
    return pd.DataFrame(rows)


def _row(part: pd.DataFrame, relative: float, persons: int | None) -> dict[str, float]:
    wide = part.pivot(index="draw", columns="seed", values="effect").sort_index()
    central = wide.loc[-1].dropna() if -1 in wide.index else wide.mean(axis=0)
    drawn = wide.drop(index=-1, errors="ignore").dropna(axis=1)
    names = (
        "standard_error",
        "lower",
        "upper",
        "parameter_lower",
        "parameter_upper",
        "monte_carlo_share",
        "seeds_needed",
        "persons_needed",
    )
    row = {"estimate": float(central.mean()), **dict.fromkeys(names, math.nan)}
    if len(central) >= 2:
        noise = monte_carlo(central)
        row |= {"standard_error": noise.standard_error, "lower": noise.lower, "upper": noise.upper}
        if noise.estimate != 0:
            row["seeds_needed"] = seeds_needed(central, relative)
            if persons is not None:
                width = noise.relative_half_width
                row["persons_needed"] = persons_needed(persons * len(central), width, relative)
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


def precision_in_words(outcome: str, row: dict[str, float], relative: float = 0.05) -> str:
    """Say in a sentence how sure an outcome is and what +-``relative`` would cost.

    Parameters
    ----------
    outcome
        Name as a reader says it, such as "cases of stroke averted".
    row
        One row of :func:`uncertainty_table`.
    relative
        Precision the row was made for.
    """
    if math.isnan(row["standard_error"]):
        return f"{outcome}: {row['estimate']:.4g}; one seed cannot show the noise, run more seeds."
    text = (
        f"{outcome}: {row['estimate']:.4g} (Monte Carlo interval {row['lower']:.4g} to "
        f"{row['upper']:.4g})"
    )
    if not math.isnan(row["parameter_lower"]):
        text += f"; parameters alone: {row['parameter_lower']:.4g} to {row['parameter_upper']:.4g}"
    if not math.isnan(row["seeds_needed"]):
        text += f"; +-{100 * relative:g} % takes {row['seeds_needed']:.0f} seeds"
        if not math.isnan(row["persons_needed"]):
            text += f" or {row['persons_needed']:,.0f} persons in one run".replace(",", " ")
    return text + "."


def _finite(values: ArrayLike, dimensions: int) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != dimensions:
        raise ValueError(f"values have shape {found.shape}, must have {dimensions} dimension(s)")
    if not np.isfinite(found).all():
        bad = np.argwhere(~np.isfinite(found))[:5].tolist()
        raise ValueError(f"values are not finite at {bad}")
    return found
