"""Sums in single precision, in an order that no compiler and no processor chooses.

A sum over many nodes is kept as so many sums, each of every 32nd node, so that vectors of any width
add them up; then these are added to one another in pairs. A liberty to reassociate would make the
last bits depend on the width of a processor's vectors, and on which copy of a function was loaded.
"""

import numpy as np

from abm.kernel.compiled import keep_apart, kernel, multiply_add, rows, stage
from abm.kernel.constants import Single

LANES = 32
WIDTH = np.uint64(LANES)
ZERO = np.float32(0.0)


def filled_up(number: int) -> int:
    """Return the next whole number of lanes."""
    return -(-number // LANES) * LANES


def new_lanes(sums: int) -> Single:
    """Return memory for sums, which are taken four at a time."""
    return np.zeros((sums, LANES), np.float32)


@stage
def _add_four(row, one, two, three, four, vectors, sum_1, sum_2, sum_3, sum_4):
    keep_apart()
    for vector in rows(0, vectors):
        for lane in range(WIDTH):
            n = vector * WIDTH + lane
            sum_1[lane] = multiply_add(row[n], one[n], sum_1[lane])
            sum_2[lane] = multiply_add(row[n], two[n], sum_2[lane])
            sum_3[lane] = multiply_add(row[n], three[n], sum_3[lane])
            sum_4[lane] = multiply_add(row[n], four[n], sum_4[lane])


@kernel
def add_four(row, one, two, three, four, lanes):
    """Add the products of ``row`` and each of four others to four sums, ``lanes`` (4, LANES).

    All are arrays over the same nodes, whole numbers of lanes.
    """
    vectors = row.size // LANES
    _add_four(row, one, two, three, four, vectors, lanes[0], lanes[1], lanes[2], lanes[3])


@stage
def clear(lanes):
    """Set sums to 0."""
    for k in range(lanes.shape[0]):
        for lane in range(WIDTH):
            lanes[k, lane] = ZERO


@stage
def fold(lanes):
    """Leave each sum's whole, single precision, in its first lane."""
    for k in range(lanes.shape[0]):
        for lane in range(np.uint64(16)):
            lanes[k, lane] += lanes[k, lane + np.uint64(16)]
        for lane in range(np.uint64(8)):
            lanes[k, lane] += lanes[k, lane + np.uint64(8)]
        for lane in range(np.uint64(4)):
            lanes[k, lane] += lanes[k, lane + np.uint64(4)]
        lanes[k, 0] = (lanes[k, 0] + lanes[k, 2]) + (lanes[k, 1] + lanes[k, 3])


@kernel
def four_sums(row, one, two, three, four, lanes):
    """Return the sums of the products of ``row`` and each of four others over nodes.

    All are arrays over the same nodes, whole numbers of lanes; ``lanes`` is memory (4, LANES).
    """
    clear(lanes)
    add_four(row, one, two, three, four, lanes)
    return totals(lanes)


@kernel
def totals(lanes):
    """Return four sums, as double precision."""
    fold(lanes)
    one, two, three, four = lanes[0, 0], lanes[1, 0], lanes[2, 0], lanes[3, 0]
    return 1.0 * one, 1.0 * two, 1.0 * three, 1.0 * four
