"""Published dose-response curves as pieces that add up: straight first, then monotone cubics."""

import numpy as np
from numpy.typing import NDArray

from abm.conditions import CONDITIONS
from abm.evidence.distributions import NORMAL_95
from abm.evidence.parameters import Parameters
from abm.evidence.reader import evidence_table


def published_curve(outcome: str, position: float) -> tuple[NDArray, NDArray]:  # type: ignore[type-arg]
    """Return doses and log relative risks of an outcome, moved ``position`` SDs along its interval.

    Parameters
    ----------
    outcome
        ``outcome`` column of ``activity_dose_response.csv``.
    position
        Standard normal score: 0 the published centre, 1.96 the upper limit at every dose.
    """
    table = evidence_table("activity_dose_response")
    rows = [i for i, name in enumerate(table["outcome"]) if name == outcome]
    doses, centre, low, high = (
        np.array([table[column][i] for i in rows])
        for column in ("met_hours", "relative_risk", "low", "high")
    )
    spread = (np.log(high) - np.log(low)) / (2.0 * NORMAL_95)
    return doses, np.log(centre) + position * spread


def monotone_slopes(x: NDArray, y: NDArray) -> NDArray:  # type: ignore[type-arg]
    """Return the slopes at the knots of a monotone cubic (Fritsch and Butland 1984)."""
    h, d = np.diff(x), np.diff(y) / np.diff(x)
    slopes = np.empty_like(y)
    slopes[0], slopes[-1] = d[0], d[-1]
    for i in range(1, len(y) - 1):
        if d[i - 1] * d[i] <= 0.0:
            slopes[i] = 0.0
            continue
        left, right = 2.0 * h[i] + h[i - 1], h[i] + 2.0 * h[i - 1]
        slopes[i] = (left + right) / (left / d[i - 1] + right / d[i])
    return slopes


def curve_pieces(doses: NDArray, log_ratios: NDArray) -> NDArray:  # type: ignore[type-arg]
    """Return the ten coefficients that :func:`abm.rules.disease.activity_log_ratio` takes.

    ``doses`` are 0 and four knots. The first piece is straight; each cubic piece is written in the
    distance from its own left knot and starts at 0.
    """
    slopes = monotone_slopes(doses, log_ratios)
    pieces = [log_ratios[1] / doses[1]]
    for i in range(1, len(doses) - 1):
        h = doses[i + 1] - doses[i]
        d = (log_ratios[i + 1] - log_ratios[i]) / h
        pieces += [
            slopes[i],
            (3.0 * d - 2.0 * slopes[i] - slopes[i + 1]) / h,
            (slopes[i] + slopes[i + 1] - 2.0 * d) / h**2,
        ]
    return np.array(pieces)


def all_curves(parameters: Parameters) -> tuple[NDArray, NDArray]:  # type: ignore[type-arg]
    """Return the pieces of all conditions, shape (conditions, 10), and the four knots."""
    curves = []
    doses = np.zeros(5)
    for row in CONDITIONS:
        doses, log_ratios = published_curve(row.curve, parameters[row.evidence.curve_position])
        curves.append(curve_pieces(doses, log_ratios))
    return np.array(curves), doses[1:]
