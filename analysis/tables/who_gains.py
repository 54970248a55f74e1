"""Which of two groups gains or loses more, in words: every case with its sentence, in one place."""

from __future__ import annotations

from typing import Any, NamedTuple

# What is known of a group, from its own interval.
GAINS, LOSES, SAME, OPEN = "gains", "loses", "same", "open"
KINDS = (GAINS, LOSES, SAME, OPEN)
# By what is known of the first group and of the second, whichever fares better.
APART = {
    (GAINS, LOSES): "{first} {gain} QALYs and {second} {lose} some",
    (LOSES, GAINS): "{first} {lose} QALYs and {second} {gain} some",
    (GAINS, SAME): "{first} {gain} QALYs and nothing changes for {second}",
    (SAME, GAINS): "nothing changes for {first} and {second} {gain} QALYs",
    (LOSES, SAME): "{first} {lose} QALYs and nothing changes for {second}",
    (SAME, LOSES): "nothing changes for {first} and {second} {lose} QALYs",
    (SAME, SAME): "nothing changes for {first} or {second}",
    (OPEN, SAME): "nothing changes for {second}; whether {first} {gain} or {lose} QALYs {open}",
    (SAME, OPEN): "nothing changes for {first}; whether {second} {gain} or {lose} QALYs {open}",
}
# And by which of them fares better: 1 the first, -1 the second, 0 where that cannot be told.
COMPARED = {
    (GAINS, GAINS, 1): "{first} {gain} more QALYs than {second}",
    (GAINS, GAINS, -1): "{first} {gain} fewer QALYs than {second}",
    (GAINS, GAINS, 0): "whether {first} or {second} {gain} more QALYs{within} {open}",
    (LOSES, LOSES, 1): "{first} {lose} fewer QALYs than {second}",
    (LOSES, LOSES, -1): "{first} {lose} more QALYs than {second}",
    (LOSES, LOSES, 0): "whether {first} or {second} {lose} more QALYs{within} {open}",
    (GAINS, OPEN, 1): "{first} {gain} more QALYs than {second}, for whom a loss is not ruled out",
    (GAINS, OPEN, 0): "{first} {gain} QALYs; whether {second} {gain} more, fewer or none {open}",
    (OPEN, GAINS, -1): "{first} {gain} fewer QALYs than {second}, or {lose} some",
    (OPEN, GAINS, 0): "{second} {gain} QALYs; whether {first} {gain} more, fewer or none {open}",
    (LOSES, OPEN, -1): "{first} {lose} more QALYs than {second}, for whom a gain is not ruled out",
    (LOSES, OPEN, 0): "{first} {lose} QALYs; whether {second} {lose} more, fewer or none {open}",
    (OPEN, LOSES, 1): "{first} {lose} fewer QALYs than {second}, or {gain} some",
    (OPEN, LOSES, 0): "{second} {lose} QALYs; whether {first} {lose} more, fewer or none {open}",
    (OPEN, OPEN, 1): "{first} {gain} more QALYs than {second}, or {lose} fewer",
    (OPEN, OPEN, -1): "{first} {gain} fewer QALYs than {second}, or {lose} more",
    (OPEN, OPEN, 0): "whether {first} or {second} {gain} or {lose} QALYs{within} {open}",
}
CANNOT_BE_TOLD = "cannot be told"
WITHIN = " within the run"


class Pair(NamedTuple):
    """Two groups as they are called, and the verbs that go with either."""

    first: str
    second: str
    gain: str = "gain"
    lose: str = "lose"


def kind_of(value: Any, lower: Any, upper: Any) -> str:
    """Return what is known of a group from what it gains and the limits of that.

    Examples
    --------
    >>> kind_of(5.0, 1.0, 9.0), kind_of(0.0, 0.0, 0.0), kind_of(5.0, float("nan"), float("nan"))
    ('gains', 'same', 'open')
    """
    if lower > 0.0:
        return GAINS
    if upper < 0.0:
        return LOSES
    return SAME if value == lower == upper == 0.0 else OPEN


def who_gains(pair: Pair, kinds: tuple[str, str], side: int, within: str = "") -> str:
    """Return who gains or loses more, or that it cannot be told.

    Parameters
    ----------
    pair
        How both are called.
    kinds
        What is known of each, as of :func:`kind_of`.
    side
        1 if the first fares better, -1 if the second does, 0 if that cannot be told.
    within
        What stands behind QALYs where something cannot be told: :data:`WITHIN`, or nothing.
    """
    text = APART.get(kinds) or COMPARED.get((*kinds, side)) or COMPARED[OPEN, OPEN, side]
    return text.format(**pair._asdict(), within=within, open=CANNOT_BE_TOLD)
