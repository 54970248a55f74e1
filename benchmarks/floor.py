"""The machine's floor: what the vector primitives cost that a month of the model cannot do without.

Each primitive is one small compiled loop over the rows of a block, in the program's own options
and with its own draws and exponential. How many of each a person-month needs is counted from the
kernel; what a January or December needs is spread over twelve months.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.blocks import PERSONS_PER_BLOCK
from abm.kernel.compiled import keep_apart, kernel, stage
from abm.rules.arithmetic import exp

SINGLE = np.float32

MONTHS = 12
# A hazard of each clock, a set point of each lagged dose.
EXPONENTIALS = c.N_CLOCKS + c.N_LAGS + 1  # the last clock takes two
# One address of four words a year.
ADDRESSES = 1 / MONTHS
# Three tables for each clock, exits of six, four of habit, body and history: once a year.
GATHERS = (3 * c.N_CLOCKS + c.N_DISEASES + 4) / MONTHS
# Once a year: eight stocks, two flows and three histograms of everybody.
INCREMENTS = 13 / MONTHS


@stage
def draw_words(slot, year, low, high, w0, w1, w2, w3, n):  # type: ignore[no-untyped-def]
    """Draw four words of every person."""
    keep_apart()
    for i in range(n):
        words = draws.philox(slot[i], 0, draws.YEAR, year, low, high)
        w0[i], w1[i] = draws.uniform(words[0]), draws.uniform(words[1])
        w2[i], w3[i] = draws.uniform(words[2]), draws.uniform(words[3])


@stage
def exponentiate(x, y, n):  # type: ignore[no-untyped-def]
    """Take one exponential of every person."""
    keep_apart()
    for i in range(n):
        y[i] = exp(x[i])


@stage
def look_up(table, place, y, n):  # type: ignore[no-untyped-def]
    """Fetch one entry of a table of age and sex for every person."""
    keep_apart()
    for i in range(n):
        y[i] = table[place[i]]


@stage
def increase(tally, place, column, n):  # type: ignore[no-untyped-def]
    """Add 1 to one tally of every person's stratum."""
    keep_apart()
    for i in range(n):
        tally[place[i], column] += 1


@kernel
def repeat_words(slot, out, repeats):  # type: ignore[no-untyped-def]
    """Draw many times."""
    for k in range(repeats):
        draw_words(slot, k, 1, 0, out[0], out[1], out[2], out[3], slot.size)


@kernel
def repeat_exponentials(x, out, repeats):  # type: ignore[no-untyped-def]
    """Exponentiate many times."""
    for k in range(repeats):
        exponentiate(x[k % 4], out[k % 4], x.shape[1])


@kernel
def repeat_gathers(tables, cell, out, repeats):  # type: ignore[no-untyped-def]
    """Look up many times."""
    for k in range(repeats):
        look_up(tables[k % c.N_CLOCKS], cell, out[k % 4], cell.size)


@kernel
def repeat_increments(tally, stratum, repeats):  # type: ignore[no-untyped-def]
    """Count many times."""
    for k in range(repeats):
        increase(tally, stratum, k % c.N_TALLIES, stratum.size)


@dataclass(frozen=True)
class Primitive:
    """A primitive, how often a person-month needs it, and a function that repeats it."""

    name: str
    per_month: float
    repeat: Callable[[int], Any]


def primitives() -> list[Primitive]:
    """Return the primitives on the data of one block."""
    rng = np.random.default_rng(1)
    n = PERSONS_PER_BLOCK
    slot = np.arange(n, dtype=np.int32)
    cell = rng.integers(0, 2 * c.N_AGES, n).astype(np.int32)
    stratum = rng.integers(0, c.N_STRATA, n).astype(np.int32)
    x = rng.uniform(-12, 0, (4, n)).astype(SINGLE)
    out = np.zeros((4, n), SINGLE)
    tables = rng.random((c.N_CLOCKS, 2 * c.N_AGES)).astype(SINGLE)
    tally = np.zeros((c.N_STRATA, c.N_TALLIES), np.int64)
    return [
        Primitive("four random words", ADDRESSES, lambda k: repeat_words(slot, out, k)),
        Primitive("exponential", EXPONENTIALS, lambda k: repeat_exponentials(x, out, k)),
        Primitive("gather", GATHERS, lambda k: repeat_gathers(tables, cell, out, k)),
        Primitive("tally increment", INCREMENTS, lambda k: repeat_increments(tally, stratum, k)),
    ]


def nanoseconds(primitive: Primitive, repeats: int) -> float:
    """Return what a primitive costs [ns per person], timed over many passes of a block.

    Processor time, so that a neighbour on the machine does not raise the floor.
    """
    started = time.thread_time()
    primitive.repeat(repeats)
    spent = time.thread_time() - started
    return 1e9 * spent / (repeats * PERSONS_PER_BLOCK)
