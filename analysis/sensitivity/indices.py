"""Sensitivity indices of one output from a finished design, each with its 95 % interval.

SALib's analyzers do what they can, on the design's shares of (0, 1). Ours are delta, Shapley
effects, and the intervals of FAST and PAWN, for the reasons given at each. Resampling is by whole
samples, so that the structure of a design stays intact.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import dgsm, fast, morris, pawn, rbd_fast, sobol
from scipy.stats import t as student_t

from abm.evidence.distributions import NORMAL_95
from analysis.sensitivity.design import MORRIS_LEVELS, Design
from analysis.sensitivity.methods import FAST_HARMONICS

Array = NDArray[np.float64]
Estimates = dict[str, tuple[Array, Array]]


PAWN_SLICES = 10
DENSITY_POINTS = 200
# What harmonics that meet add to or take from an index at most; seen on functions with known
# indices (Ishigami, Sobol G).
FAST_BIAS = 0.02
# Keeps a resample without any variance from dividing by zero.
TINY = float(np.finfo(float).tiny)


def estimate(design: Design, output: Array, *, resamples: int = 200, seed: int = 1) -> Estimates:
    """Estimate the indices of one output.

    Parameters
    ----------
    design
        The design the output belongs to, row by row.
    output
        Shape (rows of the design,), finite.
    resamples
        Number of bootstrap resamples behind each interval.
    seed
        Seed of the resampling, at least 1 (SALib takes 0 for "unseeded").

    Returns
    -------
        Per index, estimates and half-widths in the order of ``design.units``; NaN throughout if
        the output does not vary, because shares of no variance do not exist.

    Raises
    ------
    ValueError
        If the output has the wrong length or is not finite, or the seed is below 1.
    """
    if output.shape != (len(design.shares),):
        raise ValueError(f"{output.shape} outputs for a design of {len(design.shares)} rows")
    if not np.isfinite(output).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(output))} outputs are not finite")
    if seed < 1:
        raise ValueError(f"the seed is {seed}, must be 1 or more")
    estimates = _ESTIMATORS[design.method](design, output, resamples, seed)
    if design.method not in ("oat", "morris") and np.ptp(output) <= 1e-12 * np.abs(output).max():
        unknown = np.full(len(design.units), np.nan)
        return dict.fromkeys(estimates, (unknown, unknown))
    return estimates


@contextmanager
def _without_traces() -> Iterator[None]:
    """Keep SALib's warnings to itself, and the global random state that FAST and DGSM use."""
    state = np.random.get_state()  # noqa: NPY002 (SALib's own habit)
    try:
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002 (SALib's own habit)


@_without_traces()
def _sobol(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    found = sobol.analyze(
        design.problem(), output, calc_second_order=design.second_order,
        num_resamples=resamples, seed=seed,
    )  # fmt: skip
    names = ("S1", "ST", "S2") if design.second_order else ("S1", "ST")
    return {name: (found[name], found[f"{name}_conf"]) for name in names}


@_without_traces()
def _morris(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    """Average elementary effects; only mu* has an interval, and groups have only mu*."""
    found = morris.analyze(
        design.problem(), design.shares, output, num_levels=MORRIS_LEVELS,
        num_resamples=resamples, seed=seed,
    )  # fmt: skip
    unknown = np.full(len(design.units), np.nan)
    estimates = {"mu_star": (np.asarray(found["mu_star"]), np.asarray(found["mu_star_conf"]))}
    for name in ("mu", "sigma"):
        # A group moves some inputs up and others down: its effect has a size, but no direction.
        value = unknown if design.grouped else np.asarray(found[name])
        estimates[name] = (value, unknown)
    return estimates


@_without_traces()
def _fast(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    """Average over search curves with random phases; the interval is theirs (Student's t).

    SALib's bootstrap cuts curves in pieces and is known to be unreliable (SALib issue 649), and
    replicate curves are what the method's authors propose. The bias from harmonics that meet is
    the same in every curve; the interval is widened by an allowance for it.
    """
    found = [
        fast.analyze(design.problem(), curve, M=FAST_HARMONICS, num_resamples=2)
        for curve in output.reshape(design.samples, -1)
    ]
    spread = student_t.ppf(0.975, design.samples - 1) / math.sqrt(design.samples)
    estimates = {}
    for index in ("S1", "ST"):
        values = np.array([one[index] for one in found])
        estimates[index] = (values.mean(axis=0), FAST_BIAS + spread * values.std(axis=0, ddof=1))
    return estimates


@_without_traces()
def _rbd_fast(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    found = rbd_fast.analyze(
        design.problem(), design.shares, output, num_resamples=resamples, seed=seed
    )
    return {"S1": (np.array(found["S1"], float), np.array(found["S1_conf"], float))}


@_without_traces()
def _dgsm(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    r"""Bound the total index by mean squared derivatives (Sobol and Kucherenko 2009).

    .. math:: S_T \le E[(\partial f / \partial u)^2] / (\pi^2 V)

    SALib's interval is that of the mean squared derivative; the same factor makes it the bound's.
    """
    found = dgsm.analyze(
        design.problem(), design.shares, output, num_resamples=resamples, seed=seed
    )
    variance = output[:: design.rows_per_sample].var()
    return {"ST_bound": (found["dgsm"], found["dgsm_conf"] / (math.pi**2 * variance))}


def _delta(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    """Estimate delta with its bias reduced by the bootstrap (Plischke and others 2013).

    SALib's algorithm; ours because its kernel densities, evaluated point by point, take minutes
    for a study of many inputs and outputs.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(design.samples, size=(resamples, design.samples))
    repeats = np.array([density_distances(design.shares[r], output[r]) for r in drawn])
    estimates = 2.0 * density_distances(design.shares, output) - repeats.mean(axis=0)
    return {"delta": (estimates, NORMAL_95 * repeats.std(axis=0, ddof=1))}


def density_distances(shares: Array, output: Array) -> Array:
    """Return half the mean area between the density of the output and that given each input.

    Parameters
    ----------
    shares
        Shape (n, inputs).
    output
        Shape (n,), not constant.
    """
    count = len(output)
    exponent = 2.0 / (7.0 + math.tanh((1500.0 - count) / 500.0))
    slices = min(math.ceil(count**exponent), 48)
    low, step = float(output.min()), float(np.ptp(output)) / (DENSITY_POINTS - 1)
    if step == 0.0:
        return np.zeros(shares.shape[1])
    places = np.rint((output - low) / step).astype(np.intp)
    everywhere = _density(places, output, step)
    distances = np.zeros(shares.shape[1])
    for column, values in enumerate(shares.T):
        for part in np.array_split(np.argsort(values, kind="stable"), slices):
            if np.ptp(output[part]) > 0.0:
                gap = np.abs(_density(places[part], output[part], step) - everywhere)
                distances[column] += len(part) / (2 * count) * np.trapezoid(gap, dx=step)
    return distances


def _density(places: NDArray[np.intp], output: Array, step: float) -> Array:
    """Return a Gaussian kernel density on the grid, with Silverman's bandwidth."""
    width = output.std(ddof=1) * (0.75 * len(output)) ** -0.2
    shares = np.bincount(places, minlength=DENSITY_POINTS) / len(output)
    offsets = np.arange(1 - DENSITY_POINTS, DENSITY_POINTS) * step / width
    kernel = np.exp(-0.5 * offsets**2) / (width * math.sqrt(2.0 * math.pi))
    return np.convolve(kernel, shares, mode="valid")


@_without_traces()
def _pawn(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    """Take SALib's median as the estimate, and its spread over resamples as the interval.

    SALib gives no interval; ours repeats the same statistic with sorted look-ups, because the
    p-values that SALib computes and drops would take minutes.
    """
    found = pawn.analyze(design.problem(), design.shares, output, S=PAWN_SLICES)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(design.samples, size=(resamples, design.samples))
    repeats = np.array([median_distances(design.shares[r], output[r]) for r in drawn])
    return {"PAWN": (np.array(found["median"], float), NORMAL_95 * repeats.std(axis=0, ddof=1))}


def median_distances(shares: Array, output: Array) -> Array:
    """Return the median Kolmogorov-Smirnov distance between output and output given each input.

    Parameters
    ----------
    shares
        Shape (n, inputs).
    output
        Shape (n,).
    """
    levels = np.sort(output)
    everywhere = np.searchsorted(levels, levels, side="right") / len(levels)
    medians = np.empty(shares.shape[1])
    for column, values in enumerate(shares.T):
        edges = np.quantile(values, np.linspace(0.0, 1.0, PAWN_SLICES + 1))
        distances = []
        for low, high in zip(edges[:-1], edges[1:], strict=True):
            part = np.sort(output[(values >= low) & (values < high)])
            if len(part):
                share = np.searchsorted(part, levels, side="right") / len(part)
                distances.append(np.abs(share - everywhere).max())
        medians[column] = np.median(distances)
    return medians


def _shapley(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    """Share the variance among units by Shapley's rule (Owen 2014; Song, Nelson and Staum 2016).

    A sample holds the output at every mixture of two independent points. Two mixtures that differ
    exactly in the units of a set give its total effect by Jansen's formula, and each set has half
    as many such pairs as there are mixtures. The total effects are the game's values, so the
    shares add up to 1 exactly, in every resample. Needs independent inputs.
    """
    totals = _total_effects(output.reshape(design.samples, -1))
    weights = _shapley_weights(len(design.units))
    single = 2 ** np.arange(len(design.units))  # the sets of one unit
    others = totals.shape[1] - 1 - single  # the sets of all units but one

    def shares(rows: NDArray[np.intp]) -> Array:
        mean = totals[rows].mean(axis=0)
        variance = max(mean[-1], TINY)
        return np.stack(
            [weights @ mean / variance, 1.0 - mean[others] / variance, mean[single] / variance]
        )

    found = zip(*_bootstrapped(shares, design.samples, resamples, seed), strict=True)
    return dict(zip(("shapley", "S1", "ST"), found, strict=True))


def _total_effects(values: Array) -> Array:
    """Return half the mean squared difference that each set of units makes in each sample.

    Parameters
    ----------
    values
        Shape (samples, mixtures); bit by bit, a mixture's number says which units are exchanged.

    Returns
    -------
        Shape (samples, sets), sets numbered as mixtures are.
    """
    mixtures = np.arange(values.shape[1])
    squares = ((values - values[:, mixtures ^ exchanged]) ** 2 for exchanged in mixtures)
    return np.stack([0.5 * square.mean(axis=1) for square in squares], axis=1)


def _shapley_weights(count: int) -> Array:
    """Return what each set's value adds to each unit's Shapley value, shape (units, sets)."""
    weights = np.zeros((count, 2**count))
    for members in range(2**count):
        size = members.bit_count()
        for unit in range(count):
            if members >> unit & 1:
                weight = 1.0 / (count * math.comb(count - 1, size - 1))
                weights[unit, members] += weight
                weights[unit, members ^ 1 << unit] -= weight
    return weights


def _one_at_a_time(design: Design, output: Array, resamples: int, seed: int) -> Estimates:
    unknown = np.full(len(design.units), np.nan)
    low, high = output[1::2] - output[0], output[2::2] - output[0]
    # The centre counts too: an input can push the output the same way at both its ends.
    swing = np.maximum(0.0, np.maximum(low, high)) - np.minimum(0.0, np.minimum(low, high))
    return {"low": (low, unknown), "high": (high, unknown), "swing": (swing, unknown)}


def _bootstrapped(
    statistic: Callable[[NDArray[np.intp]], Array], count: int, resamples: int, seed: int
) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    found = [statistic(rng.integers(count, size=count)) for _ in range(resamples)]
    return statistic(np.arange(count)), NORMAL_95 * np.array(found).std(axis=0, ddof=1)


_ESTIMATORS: Mapping[str, Callable[[Design, Array, int, int], Estimates]] = {
    "oat": _one_at_a_time,
    "morris": _morris,
    "sobol": _sobol,
    "fast": _fast,
    "rbd_fast": _rbd_fast,
    "delta": _delta,
    "pawn": _pawn,
    "dgsm": _dgsm,
    "shapley": _shapley,
}
