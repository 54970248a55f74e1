"""The reduced workload written as this program writes its own: compiled stages over blocks.

What is kept from the program are its blocks, its addressed draws, its exponential and its
whole-number tallies, counted every month; the sums are those of :mod:`benchmarks.reduced`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from abm.kernel import draws
from abm.kernel.blocks import PERSONS_PER_BLOCK
from abm.kernel.compiled import inlined, keep_apart, kernel, rows, stage
from abm.kernel.traits import TOP
from abm.rules.arithmetic import exp
from benchmarks import reduced
from benchmarks.reduced import BANDS, DISEASES, MODES, STRATA, TALLIES, Array, People

SINGLE = np.float32
FIXED_POINT = 2**20
BLOCKS_PER_TASK = 4

AGE, MALE, TRAINING, AVERAGE, DOSE, ILL = 0, 1, 2, 3, 4, 8
N_COLUMNS = ILL + DISEASES
SLOT, ALIVE, STRATUM, HAPPENED, SHARE = range(5)

WEIGHTS = np.array(reduced.MODE_WEIGHTS, SINGLE)
SLOPES = np.array(
    [reduced.LOG_RISK, reduced.PER_YEAR, reduced.PER_TRAINING, reduced.PER_DOSE], SINGLE
)
AMPLITUDE, DOSE_SCALE = SINGLE(reduced.AMPLITUDE), SINGLE(reduced.DOSE_SCALE)
TRAINING_STEP, AVERAGE_STEP = SINGLE(reduced.TRAINING_STEP), SINGLE(reduced.AVERAGE_STEP)
PER_ILLNESS, ONE, ZERO = SINGLE(reduced.PER_ILLNESS), SINGLE(1.0), SINGLE(0.0)
MONTH, MIDDLE_AGE = SINGLE(1 / 12), SINGLE(50.0)
YOUNGEST, PER_BAND = SINGLE(20.0), SINGLE(0.1)
FIRST_BAND, LAST_BAND, BANDS_32 = np.int32(0), np.int32(BANDS - 1), np.int32(BANDS)


@inlined
def happens(slopes, k, years, training, average, illnesses, uniform):  # type: ignore[no-untyped-def]
    """Return 1 where a month's risk ``k`` strikes."""
    log_risk = slopes[0, k] + slopes[1, k] * years + slopes[2, k] * training
    chance = exp(log_risk + slopes[3, k] * average + illnesses)
    return np.int32(uniform < chance)


@stage
def run_month(  # type: ignore[no-untyped-def]
    weights, slopes, slot, month, low, high, male, d0, d1, d2, d3, ill, alive, age, training,
    average, happened, stratum, share, n,
):  # fmt: skip
    """Run a month of everybody, written out so that each column is read and written once.

    Training effect and lagged dose move, seven risks are held against fresh draws. ``happened``
    marks what struck whom of the living, ``stratum`` and ``share`` are where and what to count.
    """
    keep_apart()
    for i in range(n):
        dose = weights[0] * d0[i] + weights[1] * d1[i] + weights[2] * d2[i] + weights[3] * d3[i]
        target = -AMPLITUDE * (ONE - exp(-dose / DOSE_SCALE))
        now = training[i] + TRAINING_STEP * (target - training[i])
        lagged = average[i] + AVERAGE_STEP * (dose - average[i])
        years = age[i] - MIDDLE_AGE
        illnesses = ill[0, i] + ill[1, i] + ill[2, i] + ill[3, i] + ill[4, i] + ill[5, i]
        a = draws.philox(slot[i], 0, 0, month, low, high)
        b = draws.philox(slot[i], 0, 1, month, low, high)
        bits = happens(slopes, 0, years, now, lagged, ZERO, draws.uniform(a[0]))
        bits |= happens(slopes, 1, years, now, lagged, ZERO, draws.uniform(a[1])) << 1
        bits |= happens(slopes, 2, years, now, lagged, ZERO, draws.uniform(a[2])) << 2
        bits |= happens(slopes, 3, years, now, lagged, ZERO, draws.uniform(a[3])) << 3
        bits |= happens(slopes, 4, years, now, lagged, ZERO, draws.uniform(b[0])) << 4
        bits |= happens(slopes, 5, years, now, lagged, ZERO, draws.uniform(b[1])) << 5
        more = PER_ILLNESS * illnesses
        bits |= happens(slopes, 6, years, now, lagged, more, draws.uniform(b[2])) << 6
        band = min(max(np.int32((age[i] - YOUNGEST) * PER_BAND), FIRST_BAND), LAST_BAND)
        happened[i], stratum[i] = bits * alive[i], np.int32(male[i]) * BANDS_32 + band
        share[i] = np.int32(np.floor(now * SINGLE(FIXED_POINT))) * alive[i]
        training[i], average[i] = now, lagged
        age[i] += MONTH


@stage
def count(numbers, alive, happened, stratum, share, tallies, n):  # type: ignore[no-untyped-def]
    """Count the living and what happened to them, and let it happen."""
    for i in rows(TOP, n):
        row = tallies[stratum[i]]
        row[reduced.PERSONS] += alive[i]
        row[reduced.TRAINING] += share[i]
        if happened[i] == 0:
            continue
        for k in range(DISEASES):
            if (happened[i] >> k) & 1 and numbers[ILL + k, i] == ZERO:
                numbers[ILL + k, i] = ONE
                row[reduced.ONSETS + k] += 1
        if (happened[i] >> DISEASES) & 1:
            alive[i] = 0
            row[reduced.DEATHS] += 1


@stage
def remove_dead(numbers, integers, n):  # type: ignore[no-untyped-def]
    """Move the last living person into each gap; return how many are left."""
    i = 0
    while i < n:
        if integers[ALIVE, i] == 1:
            i += 1
            continue
        n -= 1
        for k in range(N_COLUMNS):
            numbers[k, i] = numbers[k, n]
        integers[SLOT, i], integers[ALIVE, i] = integers[SLOT, n], integers[ALIVE, n]
    return n


@kernel
def run_block(numbers, integers, slopes, weights, tallies, low, high):  # type: ignore[no-untyped-def]
    """Run one block for as many months as there are tallies."""
    n = numbers.shape[1]
    for month in range(tallies.shape[0]):
        run_month(
            weights, slopes, integers[SLOT], month, low, high, numbers[MALE], numbers[DOSE],
            numbers[DOSE + 1], numbers[DOSE + 2], numbers[DOSE + 3],
            numbers[ILL : ILL + DISEASES], integers[ALIVE], numbers[AGE], numbers[TRAINING],
            numbers[AVERAGE], integers[HAPPENED], integers[STRATUM], integers[SHARE], n,
        )  # fmt: skip
        count(
            numbers, integers[ALIVE], integers[HAPPENED], integers[STRATUM], integers[SHARE],
            tallies[month], n,
        )  # fmt: skip
        if month % 12 == 11:
            n = remove_dead(numbers, integers, n)


def block_of(people: People, first: int) -> tuple[Array, Array]:
    """Return the columns of one block of the people."""
    own = slice(first, first + PERSONS_PER_BLOCK)
    size = people.age[own].size
    numbers, integers = np.zeros((N_COLUMNS, size), SINGLE), np.zeros((5, size), np.int32)
    numbers[AGE], numbers[MALE] = people.age[own], people.male[own]
    integers[ALIVE] = 1
    numbers[TRAINING], numbers[AVERAGE] = people.training[own], people.average[own]
    numbers[DOSE : DOSE + MODES] = people.doses[:, own]
    integers[SLOT] = np.arange(first, first + size)
    return numbers, integers


def new_blocks(people: People) -> list[tuple[Array, Array]]:
    """Return the people in blocks."""
    return [block_of(people, first) for first in range(0, people.age.size, PERSONS_PER_BLOCK)]


def run(blocks: list[tuple[Array, Array]], months: int, seed: int, threads: int) -> Array:
    """Run blocks for some months, in place; return tallies (months, strata, tallies)."""

    def work(first: int) -> Any:
        tallies = np.zeros((months, STRATA, TALLIES), np.int64)
        for numbers, integers in blocks[first : first + BLOCKS_PER_TASK]:
            run_block(numbers, integers, SLOPES, WEIGHTS, tallies, seed, 0)
        return tallies

    with ThreadPoolExecutor(threads) as pool:
        found = sum(pool.map(work, range(0, len(blocks), BLOCKS_PER_TASK))).astype(float)
    found[..., reduced.TRAINING] /= FIXED_POINT
    return found
