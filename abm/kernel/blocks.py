"""Memory for a block of people in all its worlds, and the whole-number tallies made from it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c

WORLDS = ("baseline", "policy", "il6_frozen")
PERSONS_PER_BLOCK = 1024
ROWS_AT_ONCE = 16  # as many as a vector instruction takes; loops run over whole multiples
MOST_LATER = 100  # years after a run in which participants may be followed
UNLUCKY_STRIDE = 1024  # rows of single precision in 4 KiB


class Block(NamedTuple):
    """The state of a block of people in all its worlds.

    ``numbers`` (worlds, columns, capacity), ``integers`` likewise, ``registers`` (worlds, columns,
    people ever), ``archive_numbers`` and ``archive_integers`` the last state of each person by
    register (or empty), ``size`` (worlds + 1,): rows in use per world, then people so far.
    Those who have died and are followed on stand like the people of a world (``follow_up_size``
    (worlds, 1)); where there is no room for them, they stay where they are.
    """

    numbers: NDArray[np.float32]
    integers: NDArray[np.int32]
    registers: NDArray[np.float32]
    archive_numbers: NDArray[np.float32]
    archive_integers: NDArray[np.int32]
    size: NDArray[np.int64]
    follow_up_numbers: NDArray[np.float32]
    follow_up_integers: NDArray[np.int32]
    follow_up_size: NDArray[np.int64]


class FollowUps(NamedTuple):
    """Those of one world who are followed on; in ``size[0]`` the rows in use."""

    numbers: NDArray[np.float32]
    integers: NDArray[np.int32]
    size: NDArray[np.int64]


class Counts(NamedTuple):
    """Whole-number tallies; shapes in :func:`new_counts`."""

    people: NDArray[np.int64]
    strata: NDArray[np.int64]
    crossings: NDArray[np.int64]
    histograms: NDArray[np.int32]
    effects: NDArray[np.int64]
    course: NDArray[np.int64]
    told: NDArray[np.int64]
    lifetime: NDArray[np.int64]
    told_later: NDArray[np.int64]
    by_cell: NDArray[np.int64]
    participants: NDArray[np.int64]
    lifetime_by_cell: NDArray[np.int64]
    worth: NDArray[np.int64]
    sources: NDArray[np.int64]
    care: NDArray[np.int64]


def new_block(
    worlds: int, policies: int, years: int, persons: int, entrant_rate: float, keep_people: bool
) -> Block:
    """Return empty memory for a block of up to ``persons`` at the start.

    ``entrant_rate`` is per person and year; with ``keep_people`` there is room for the last state
    of everybody who ever lives in the block.
    """
    ever = persons + int(np.ceil((persons * entrant_rate + 1) * years)) + 1
    capacity = row_capacity(ever)
    numbers = c.N_NUMBERS + c.N_POLICY_NUMBERS * policies
    integers = c.N_INTEGERS + c.N_POLICY_INTEGERS * policies
    kept = worlds if keep_people else 0
    follow_ups = capacity if worlds > 1 else 0  # only of those whose worlds differ
    return Block(
        np.zeros((worlds, numbers, capacity), np.float32),
        np.zeros((worlds, integers, capacity), np.int32),
        np.zeros((worlds, c.N_REGISTERS, ever), np.float32),
        np.zeros((kept, numbers, ever if kept else 0), np.float32),
        np.zeros((kept, integers, ever if kept else 0), np.int32),
        np.zeros(worlds + 1, np.int64),
        np.zeros((worlds, numbers, follow_ups), np.float32),
        np.zeros((worlds, integers, follow_ups), np.int32),
        np.zeros((worlds, 1), np.int64),
    )


def row_capacity(people: int) -> int:
    """Return how many rows hold so many people: whole vectors, and some to fill one up.

    Never a multiple of 1 024, with which the columns would lie 4 KiB apart and push one another
    out of the processor's cache: the month's loop then takes 18.0 instead of 7.5 ns.

    Examples
    --------
    >>> row_capacity(1000), row_capacity(1024), row_capacity(2030)
    (1040, 1040, 2064)
    """
    capacity = -(-people // ROWS_AT_ONCE) * ROWS_AT_ONCE + ROWS_AT_ONCE
    return capacity + ROWS_AT_ONCE if capacity % UNLUCKY_STRIDE == 0 else capacity


def seed_words(seed: int) -> tuple[int, int]:
    """Return a seed's low and high 32 bits."""
    return seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF


def new_counts(
    worlds: int, years: int, policies: int, lifetimes: bool = False, everybody: bool = True
) -> Counts:
    """Return empty tallies.

    ``people`` (years + 1,) how many are there at the start and enter in each year, whether they are
    simulated or not. ``strata`` (parts, years + 1, sex x age band, tallies), ``crossings`` (parts,
    years + 1, sex x deprivation and age band x activity group, tallies) and ``histograms`` (parts,
    years + 1, margins, bins): part 0 stands for every world, part 1 for the baseline only, part
    w + 1 for world w. Only what tables show is counted, so that all years stay close to the
    processor. These three have no years unless ``everybody`` is simulated: they are of nobody less.
    ``effects`` (worlds - 1, groups, outcomes, fields); ``course`` (years, courses, fields) the
    expected effect of the policy world so far; ``told`` (worlds, policies, years, facts). Where
    ``lifetimes`` are followed beyond the run: ``lifetime`` (groups, valued, fields) the expected
    effect of the policy world over whole lives, ``told_later`` (2, policies, later years, facts),
    ``lifetime_by_cell`` (cells, valued, fields); empty otherwise. ``by_cell`` (cells, outcomes,
    fields) the expected effect of the policy world by what participants were when they first took
    part, and how many did: ``participants`` (cells,). ``worth`` (1 + horizons, QALYs and care,
    fields) the expected effect within the run, then as far as each horizon that is reached.
    ``sources`` (within the run
    and over whole lives, sources, fields) where the QALYs come from, ``care`` (years, fields) what
    is averted of it in each year of the run. The last six take some 55 kB.
    """
    parts = worlds + 1 if worlds > 1 else 1
    others = max(worlds - 1, 1)
    groups, later = (len(c.EFFECT_GROUPS), MOST_LATER) if lifetimes else (0, 0)
    counted = years + 1 if everybody else 0
    cells = c.N_CELLS if worlds > 1 else 0
    looks = 1 + sum(each <= years or lifetimes for each in c.HORIZONS)
    return Counts(
        np.zeros(years + 1, np.int64),
        np.zeros((parts, counted, c.N_STRATA, c.N_TALLIES), np.int64),
        np.zeros((parts, counted, c.N_CROSSINGS, c.N_TALLIES), np.int64),
        np.zeros((parts, counted, c.N_MARGINS, c.N_BINS), np.int32),
        np.zeros((others, len(c.EFFECT_GROUPS), c.N_COMPARED, c.N_EFFECTS), np.int64),
        np.zeros((years, c.N_COURSES, c.N_COURSE_FIELDS), np.int64),
        np.zeros((worlds, max(policies, 1), years, len(c.TOLD)), np.int64),
        np.zeros((groups, c.N_VALUED, c.VALUED_FIELDS.size), np.int64),
        np.zeros((2, max(policies, 1), later, len(c.TOLD)), np.int64),
        np.zeros((cells, c.N_COMPARED, c.N_PART_FIELDS), np.int64),
        np.zeros(cells, np.int64),
        np.zeros((cells if lifetimes else 0, c.N_VALUED, c.N_PART_FIELDS), np.int64),
        np.zeros((looks if worlds > 1 else 0, c.N_WORTH, c.VALUED_FIELDS.size), np.int64),
        np.zeros((1 + lifetimes if worlds > 1 else 0, c.N_SOURCES, c.N_PART_FIELDS), np.int64),
        np.zeros((years, c.N_PART_FIELDS), np.int64),
    )


def added(first: Counts, second: Counts) -> Counts:
    """Add tallies in place to the first and return it."""
    for name in Counts._fields:
        ours: NDArray[Any] = getattr(first, name)
        ours += getattr(second, name)
    return first


def in_years(counts: Counts, years: slice) -> Counts:
    """Return tallies with some of their years only (effects and participation are of the run)."""
    return counts._replace(
        people=counts.people[years], strata=counts.strata[:, years],
        crossings=counts.crossings[:, years], histograms=counts.histograms[:, years],
    )  # fmt: skip


def tells_of_everybody(counts: Counts) -> bool:
    """Return whether everybody was simulated and counted, not only who can matter to an effect."""
    return counts.strata.shape[1] > 0


def of_world(parts: NDArray[Any], world: int) -> NDArray[Any]:
    """Return a world's tally: what stands for every world, and its own."""
    if len(parts) == 1:
        return parts[0]
    return parts[0] + parts[world + 1]


def condensed(counts: Counts) -> Counts:
    """Return the tallies of everybody: all that effects are made of, in little memory."""
    return counts._replace(
        strata=counts.strata.sum(axis=2, keepdims=True),
        crossings=counts.crossings[:, :, :0].copy(),  # a view would keep the whole
        histograms=counts.histograms[:, :, :0].copy(),
    )
