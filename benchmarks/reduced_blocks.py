"""The reduced workload written as this program writes its own: compiled stages over blocks.

What is kept from the program are its blocks, its addressed draws, its exponential and its
whole-number tallies, counted every month; the sums are those of :mod:`benchmarks.reduced`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from abm import draws
from abm.arithmetic import exp
from abm.compiled import keep_apart, kernel, stage
from abm.kernel.live import PERSONS_PER_BLOCK
from benchmarks import reduced
from benchmarks.reduced import BANDS, DISEASES, MODES, RISKS, STRATA, TALLIES, Array, People

SINGLE = np.float32
FIXED_POINT = 2**20
BLOCKS_PER_TASK = 16

AGE, MALE, TRAINING, AVERAGE, ALIVE, ILLNESSES, DOSE, ILL, UNIFORM = 0, 1, 2, 3, 4, 5, 6, 10, 16
N_COLUMNS = UNIFORM + 8
SLOT, STRATUM, HAPPENED = range(3)

WEIGHTS = np.array(reduced.MODE_WEIGHTS, SINGLE)
SLOPES = np.array(
    [reduced.LOG_RISK, reduced.PER_YEAR, reduced.PER_TRAINING, reduced.PER_DOSE], SINGLE
)
AMPLITUDE, DOSE_SCALE = SINGLE(reduced.AMPLITUDE), SINGLE(reduced.DOSE_SCALE)
TRAINING_STEP, AVERAGE_STEP = SINGLE(reduced.TRAINING_STEP), SINGLE(reduced.AVERAGE_STEP)
PER_ILLNESS, ONE, ZERO = SINGLE(reduced.PER_ILLNESS), SINGLE(1.0), SINGLE(0.0)
MONTH, MIDDLE_AGE = SINGLE(1 / 12), SINGLE(50.0)


@stage
def draw(slot, month, purpose, low, high, u0, u1, u2, u3, n):  # type: ignore[no-untyped-def]
    """Draw four uniform numbers of every person."""
    keep_apart()
    for i in range(n):
        words = draws.philox(slot[i], 0, purpose, month, low, high)
        u0[i], u1[i] = draws.uniform(words[0]), draws.uniform(words[1])
        u2[i], u3[i] = draws.uniform(words[2]), draws.uniform(words[3])


@stage
def train(d0, d1, d2, d3, w0, w1, w2, w3, training, average, n):  # type: ignore[no-untyped-def]
    """Add up the modes; move the training effect and the lagged dose."""
    keep_apart()
    for i in range(n):
        dose = w0 * d0[i] + w1 * d1[i] + w2 * d2[i] + w3 * d3[i]
        target = -AMPLITUDE * (ONE - exp(-dose / DOSE_SCALE))
        training[i] += TRAINING_STEP * (target - training[i])
        average[i] += AVERAGE_STEP * (dose - average[i])


@stage
def run_risk(  # type: ignore[no-untyped-def]
    at_50, per_year, per_training, per_dose, per_illness, age, training, average, illnesses,
    uniform, happened, bit, n,
):  # fmt: skip
    """Mark to whom one risk happens."""
    keep_apart()
    for i in range(n):
        log_risk = at_50 + per_year * (age[i] - MIDDLE_AGE) + per_training * training[i]
        chance = exp(log_risk + per_dose * average[i] + per_illness * illnesses[i])
        happened[i] |= np.int32(uniform[i] < chance) << bit


@stage
def open_month(age, male, ill, illnesses, happened, stratum, n):  # type: ignore[no-untyped-def]
    """Count each person's illnesses and find the place in the tallies."""
    keep_apart()
    for i in range(n):
        illnesses[i] = ill[0, i] + ill[1, i] + ill[2, i] + ill[3, i] + ill[4, i] + ill[5, i]
        happened[i] = 0
        band = min(max(np.int32((age[i] - SINGLE(20.0)) * SINGLE(0.1)), np.int32(0)),
                   np.int32(BANDS - 1))  # fmt: skip
        stratum[i] = np.int32(male[i]) * np.int32(BANDS) + band


@stage
def count(numbers, integers, tallies, n):  # type: ignore[no-untyped-def]
    """Count the living and what happened to them, and let it happen."""
    for i in range(n):
        if numbers[ALIVE, i] == ZERO:
            continue
        row = tallies[integers[STRATUM, i]]
        row[reduced.PERSONS] += 1
        row[reduced.TRAINING] += int(np.floor(numbers[TRAINING, i] * SINGLE(FIXED_POINT)))
        happened = integers[HAPPENED, i]
        if happened == 0:
            continue
        for k in range(DISEASES):
            if (happened >> k) & 1 and numbers[ILL + k, i] == ZERO:
                numbers[ILL + k, i] = ONE
                row[reduced.ONSETS + k] += 1
        if (happened >> DISEASES) & 1:
            numbers[ALIVE, i] = ZERO
            row[reduced.DEATHS] += 1


@stage
def grow_older(age, n):  # type: ignore[no-untyped-def]
    """Add a month of age."""
    keep_apart()
    for i in range(n):
        age[i] += MONTH


@stage
def bury(numbers, integers, n):  # type: ignore[no-untyped-def]
    """Move the last living person into each gap; return how many are left."""
    i = 0
    while i < n:
        if numbers[ALIVE, i] > ZERO:
            i += 1
            continue
        n -= 1
        for k in range(N_COLUMNS):
            numbers[k, i] = numbers[k, n]
        integers[SLOT, i] = integers[SLOT, n]
    return n


@kernel
def live_block(numbers, integers, slopes, weights, tallies, low, high):  # type: ignore[no-untyped-def]
    """Live one block for as many months as there are tallies."""
    n = numbers.shape[1]
    for month in range(tallies.shape[0]):
        open_month(
            numbers[AGE], numbers[MALE], numbers[ILL : ILL + DISEASES], numbers[ILLNESSES],
            integers[HAPPENED], integers[STRATUM], n,
        )  # fmt: skip
        for four in range(2):
            at = UNIFORM + 4 * four
            draw(
                integers[SLOT], month, four, low, high, numbers[at], numbers[at + 1],
                numbers[at + 2], numbers[at + 3], n,
            )  # fmt: skip
        train(
            numbers[DOSE], numbers[DOSE + 1], numbers[DOSE + 2], numbers[DOSE + 3], weights[0],
            weights[1], weights[2], weights[3], numbers[TRAINING], numbers[AVERAGE], n,
        )  # fmt: skip
        for k in range(RISKS):
            per_illness = PER_ILLNESS if k == DISEASES else ZERO
            run_risk(
                slopes[0, k], slopes[1, k], slopes[2, k], slopes[3, k], per_illness,
                numbers[AGE], numbers[TRAINING], numbers[AVERAGE], numbers[ILLNESSES],
                numbers[UNIFORM + k], integers[HAPPENED], np.int32(k), n,
            )  # fmt: skip
        count(numbers, integers, tallies[month], n)
        grow_older(numbers[AGE], n)
        if month % 12 == 11:
            n = bury(numbers, integers, n)


def block_of(people: People, first: int) -> tuple[Array, Array]:
    """Return the columns of one block of the people."""
    own = slice(first, first + PERSONS_PER_BLOCK)
    size = people.age[own].size
    numbers, integers = np.zeros((N_COLUMNS, size), SINGLE), np.zeros((3, size), np.int32)
    numbers[AGE], numbers[MALE], numbers[ALIVE] = people.age[own], people.male[own], ONE
    numbers[TRAINING], numbers[AVERAGE] = people.training[own], people.average[own]
    numbers[DOSE : DOSE + MODES] = people.doses[:, own]
    integers[SLOT] = np.arange(first, first + size)
    return numbers, integers


def live(people: People, months: int, seed: int, threads: int) -> Array:
    """Live the people for some months; return tallies (months, strata, tallies)."""

    def work(first: int) -> Any:
        tallies = np.zeros((months, STRATA, TALLIES), np.int64)
        last = min(first + BLOCKS_PER_TASK * PERSONS_PER_BLOCK, people.age.size)
        for start in range(first, last, PERSONS_PER_BLOCK):
            live_block(*block_of(people, start), SLOPES, WEIGHTS, tallies, seed, 0)
        return tallies

    firsts = range(0, people.age.size, BLOCKS_PER_TASK * PERSONS_PER_BLOCK)
    with ThreadPoolExecutor(threads) as pool:
        found = sum(pool.map(work, firsts)).astype(float)
    found[..., reduced.TRAINING] /= FIXED_POINT
    return found
