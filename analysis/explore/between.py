"""Interpolation without bumps of its own, the same in the page's script (page/fit.js)."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[float]


def along(xs: Row, ys: Row, x: float) -> float:
    """Return a value between knots by the cubic of Fritsch and Carlson; held at the ends.

    Source: Fritsch and Butland, SIAM Journal on Scientific and Statistical Computing 1984;5:300
    (slopes as weighted harmonic means).

    Examples
    --------
    >>> along([0, 1, 2], [0, 1, 2], 1.5), along([0, 1, 2], [0, 1, 1], 1.5), along([0, 1], [3, 4], 9)
    (1.5, 1.0, 4.0)
    """
    if x <= xs[0]:
        return float(ys[0])
    if x >= xs[-1]:
        return float(ys[-1])
    k = next(place for place, each in enumerate(xs) if each > x) - 1
    width = xs[k + 1] - xs[k]
    t = (x - xs[k]) / width
    first, second = _slope(xs, ys, k), _slope(xs, ys, k + 1)
    return float(
        ys[k] * (1 + 2 * t) * (1 - t) ** 2
        + ys[k + 1] * t * t * (3 - 2 * t)
        + width * (first * t * (1 - t) ** 2 + second * t * t * (t - 1))
    )


def _slope(xs: Row, ys: Row, k: int) -> float:
    """Return the slope at a knot: a weighted harmonic mean of those beside it, 0 at a turn."""
    if k == 0:
        return (ys[1] - ys[0]) / (xs[1] - xs[0])
    before = (ys[k] - ys[k - 1]) / (xs[k] - xs[k - 1])
    if k == len(xs) - 1:
        return before
    after = (ys[k + 1] - ys[k]) / (xs[k + 1] - xs[k])
    if before * after <= 0:
        return 0.0
    near = 2 * (xs[k + 1] - xs[k]) + (xs[k] - xs[k - 1])
    far = (xs[k + 1] - xs[k]) + 2 * (xs[k] - xs[k - 1])
    return (near + far) / (near / before + far / after)


def where(xs: Row, ys: Row, y: float) -> float | None:
    """Return the x of a value of a rising or falling curve; None where it has no such value.

    Examples
    --------
    >>> round(where([0, 1, 2], [0, 2, 4], 3), 6), where([0, 1], [0, 1], 2), where([0, 1], [1, 1], 1)
    (1.5, None, None)
    """
    rises = [second > first for first, second in zip(ys[:-1], ys[1:], strict=True)]
    monotone = all(rises) or (not any(rises) and len(set(ys)) == len(ys))
    if not monotone or not min(ys) <= y <= max(ys):
        return None
    low, high = float(xs[0]), float(xs[-1])
    for _ in range(60):
        middle = (low + high) / 2
        if (along(xs, ys, middle) < y) == rises[0]:
            low = middle
        else:
            high = middle
    return (low + high) / 2
