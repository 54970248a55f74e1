"""What it is worth to find out: of everything, of single inputs and groups of them, of a study.

Expected value of perfect information, of partial perfect information by regression on the draws
(Strong, Oakley and Brennan, *Medical Decision Making* 34:311, 2014), and of sample information by
shrinking what the regression says to what a study would show of it (moment matching: Heath,
Manolopoulou and Baio, *Medical Decision Making* 38:163, 2018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.decision.acceptability import with_reliability
from analysis.decision.inputs import groups_of
from analysis.decision.options import FEWEST_FOR_INFORMATION, Options, in_order
from analysis.decision.smoothing import Fit, Smoother
from analysis.input_names import name_of_input

Numbers = NDArray[np.float64]
DUMMIES, BOOTSTRAPS = 5, 40
FEWEST = 20  # draws, below which nothing can be regressed
ORDERS = 20_240_501  # seed of the shuffles and signs, so that tables are the same every time
STUDIES = (1.0, 4.0)  # how much a study tells, in multiples of what is known today
COLUMNS = [
    "quantity", "input", "label", "study_information", "threshold", "value", "standard_error",
    "dummy",
]  # fmt: skip


class Value(NamedTuple):
    """Values at each threshold with their standard errors, and those of shuffled inputs."""

    value: Numbers
    error: Numbers
    dummy: Numbers


class Shaken(NamedTuple):
    """Random orders (dummies, draws) and signs (bootstraps, draws), the same for all inputs."""

    orders: NDArray[np.intp]
    signs: Numbers


def perfect_information(benefit: Numbers) -> tuple[Numbers, Numbers]:
    """Return the expected value of perfect information and its standard error.

    Parameters
    ----------
    benefit
        Net benefit, shape (draws, thresholds, options), doing nothing among them; or what is
        expected of it by what is found out.

    Returns
    -------
        Both of shape (thresholds,).
    """
    mean = benefit.mean(axis=0)
    best = mean.argmax(axis=1)
    chosen = np.take_along_axis(benefit, best[None, :, None], axis=2)[..., 0]
    gain = benefit.max(axis=2) - chosen
    value = np.maximum(gain.mean(axis=0), 0.0)
    return value, gain.std(axis=0) / math.sqrt(len(benefit))


def net_benefits(options: Options, thresholds: Sequence[float]) -> Numbers:
    """Return the net benefit by draw, threshold and option."""
    return np.stack([options.net_benefit(each) for each in in_order(thresholds)], axis=1)


def partial_information(smoother: Smoother, benefit: Numbers, shaken: Shaken) -> Value:
    """Return the expected value of partial perfect information of the inputs of a regression.

    The error holds that of the regression (wild bootstrap) and that of the mean over draws. Draws
    with other draws' inputs are a control: what they come to is the bias of so few draws. A part
    is never worth more than all, which a regression of few draws may say: it is held there.
    """
    flat = benefit[:, :, 1:].reshape(len(benefit), -1)  # doing nothing is 0 in every draw
    fit = smoother.fit(flat)
    value, by_draws = perfect_information(_with_nothing(fit.fitted, benefit.shape))
    wobbled = [fit.wobbled(signs) for signs in shaken.signs if fit.kept.any()]
    others = [smoother.shuffled(order).fit(flat).fitted for order in shaken.orders]
    moved, dummies = (
        [perfect_information(_with_nothing(each, benefit.shape))[0] for each in found]
        for found in (wobbled, others)
    )
    error = np.hypot(np.std(moved, axis=0) if moved else 0.0, by_draws)
    everything, _ = perfect_information(benefit)
    return Value(np.minimum(value, everything), error, np.mean(dummies, axis=0))


def _with_nothing(flat: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Return benefits by draw, threshold and option, doing nothing put back."""
    options = flat.reshape(shape[0], shape[1], shape[2] - 1)
    return np.concatenate([np.zeros((*shape[:2], 1)), options], axis=2)


def sample_information(fit: Fit, shape: tuple[int, ...], information: float) -> Numbers:
    """Return the expected value of a study that tells so many times what is known today.

    What such a study leaves to be expected varies by information / (1 + information) of the
    variance that perfect information would have. Shape (thresholds,).
    """
    kept = math.sqrt(information / (1.0 + information))
    expected = fit.mean + kept * (fit.fitted - fit.mean)
    return perfect_information(_with_nothing(expected, shape))[0]


def shaken_for(draws: int) -> Shaken:
    """Return the same random orders and signs every time."""
    random = np.random.default_rng(ORDERS)
    orders = _permutations(random, draws, DUMMIES)
    return Shaken(orders, random.choice([-1.0, 1.0], (BOOTSTRAPS, draws)))


def shuffled_orders(draws: int, number: int) -> NDArray[np.intp]:
    """Return orders of draws, the same every time, shape (number, draws)."""
    return _permutations(np.random.default_rng(ORDERS), draws, number)


def _permutations(random: np.random.Generator, draws: int, number: int) -> NDArray[np.intp]:
    return np.array([random.permutation(draws) for _ in range(number)])


def information_table(
    options: Options, positions: pd.DataFrame, thresholds: Sequence[float]
) -> pd.DataFrame:
    """Return what it is worth to find out, a row for each quantity, input and threshold.

    Parameters
    ----------
    options
        With doing nothing among them.
    positions
        As of :mod:`analysis.decision.inputs`, a row for each draw of the options.
    thresholds
        What a QALY may cost, each larger than the one before.

    Returns
    -------
        Columns quantity (``evpi``, ``evppi_group``, ``evppi``, ``evsi`` of the input that is worth
        most), input, label (its name in words), study_information (multiples of what is known),
        threshold, scale, unit, value, standard_error, dummy (of shuffled inputs), draws,
        draws_needed, reliable. Of fewer than 20 draws ``evpi`` alone.

    Raises
    ------
    ValueError
        If thresholds are out of order.
    """
    found = in_order(thresholds)
    benefit = net_benefits(options, found)
    value, error = perfect_information(benefit)
    parts = [_rows("evpi", "all inputs", found, Value(value, error, np.full(len(found), np.nan)))]
    if len(benefit) >= FEWEST:
        parts += _partial(benefit, positions, found)
    table = pd.concat(parts, ignore_index=True)
    table.insert(5, "scale", options.scale)
    table.insert(6, "unit", options.unit)
    return with_reliability(table, len(benefit), FEWEST_FOR_INFORMATION)


def _partial(
    benefit: Numbers, positions: pd.DataFrame, thresholds: Sequence[float]
) -> list[pd.DataFrame]:
    """Return the rows of groups, of single inputs, and of a study of the one worth most."""
    shaken = shaken_for(len(benefit))
    groups = {
        name: partial_information(Smoother.of(positions[paths]), benefit, shaken)
        for name, paths in groups_of(positions.columns).items()
    }
    smoothers = {path: Smoother.of(positions[[path]]) for path in positions.columns}
    single = {
        path: partial_information(each, benefit, shaken) for path, each in smoothers.items()
    }
    ranked = sorted(single, key=lambda path: -float(single[path].value.sum()))
    parts = [
        _rows("evppi_group", name, thresholds, groups[name])
        for name in sorted(groups, key=lambda name: -float(groups[name].value.sum()))
    ]
    parts += [_rows("evppi", path, thresholds, single[path]) for path in ranked]
    top = ranked[0]
    fit = smoothers[top].fit(benefit[:, :, 1:].reshape(len(benefit), -1))
    for information in STUDIES:
        gained = sample_information(fit, benefit.shape, information)
        share = np.divide(gained, single[top].value, out=np.zeros_like(gained),
                          where=single[top].value > 0)  # fmt: skip
        own = Value(gained, single[top].error * share, single[top].dummy * share)
        parts.append(_rows("evsi", top, thresholds, own, information))
    return parts


def _rows(
    quantity: str, name: str, thresholds: Sequence[float], found: Value,
    information: float = math.nan,
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of one quantity and input, one for each threshold."""
    return pd.DataFrame(
        {
            "quantity": quantity, "input": name, "label": name_of_input(name),
            "study_information": information,
            "threshold": thresholds, "value": found.value,
            "standard_error": found.error, "dummy": found.dummy,
        }
    )[COLUMNS]  # fmt: skip
