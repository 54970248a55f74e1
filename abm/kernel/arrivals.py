"""Who enters a block, and when: the addresses of its people, known before any of them is made.

A person is a slot of the population and a year of entry. Everybody there at the start has a slot of
their own; newcomers take turns. A block holds any people: their addresses need not be adjacent.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.kernel.blocks import PERSONS_PER_BLOCK, Counts
from abm.kernel.compiled import inlined, kernel, sequence
from abm.kernel.constants import Given
from abm.kernel.possible import may_be_asked, only_effects, pays_for_residents


class Arrivals(NamedTuple):
    """The slots of people, year of entry by year of entry.

    ``slots`` (people,); those of year y, of the start y = 0, stand before place ``until[y]``, and
    after those of the years before; ``until`` has shape (years,).
    """

    slots: NDArray[np.int32]
    until: NDArray[np.int64]


NOBODY = Arrivals(np.zeros(0, np.int32), np.zeros(0, np.int64))


@inlined
def newcomers_before(slot, year, rate):
    """Return how many of the slots before this one own a newcomer of a year, plus a constant.

    Only differences of it are used. A slot p owns one where p * rate passes a whole number. The
    phase differs from year to year by the golden ratio, so slots take turns.
    """
    return np.floor(slot * rate + (year * 0.6180339887498949) % 1.0)


@sequence
def may_matter(given, slot, year):
    """Return whether a person who enters in a year may take part in any policy, or is paid for."""
    found = False
    for p in range(given.policies.size):
        plan, share = given.policies[p], given.reach_to_come[p, year]
        found |= may_be_asked(plan, slot, year, share, given.seed)
        found |= pays_for_residents(plan, year)
    return found


@kernel
def count_entering(rate, first, last, people):
    """Add how many persons enter from some slots to ``people``, as :class:`Counts` has it."""
    people[0] += last - first
    for year in range(1, people.shape[0] - 1):
        if rate > 0.0:
            upto = newcomers_before(last, year, rate)
            people[year + 1] += int(upto - newcomers_before(first, year, rate))


@kernel
def gather(given, first, last, slots, until):
    """Write down the people who enter from some slots; where only effects are asked for, fewer."""
    rate, n = given.constants[0].entrant_rate, 0
    everybody = not only_effects(given)
    for year in range(until.size):
        before = newcomers_before(first, year, rate)
        for slot in range(first, last):
            upto = newcomers_before(slot + 1, year, rate)
            enters = year == 0 or upto > before
            before = upto
            if enters and (everybody or may_matter(given, slot, year)):
                slots[n] = slot
                n += 1
        until[year] = n


def arrivals_from(given: Given, first: int, last: int, counts: Counts) -> Arrivals:
    """Return who is simulated of those who enter from slots ``first`` to ``last`` - 1.

    Adds to ``counts`` how many enter, simulated or not.
    """
    years = counts.people.size - 1
    entering = np.zeros_like(counts.people)
    count_entering(float(given.constants["entrant_rate"][0]), first, last, entering)
    counts.people[...] += entering
    slots, until = np.zeros(int(entering.sum()), np.int32), np.zeros(years, np.int64)
    gather(given, first, last, slots, until)
    return Arrivals(slots[: until[-1]], until)


def shared_out(arrivals: Arrivals, room: int) -> Iterator[Arrivals]:
    """Share people out over as few blocks as hold them, as many to each; no block for nobody.

    A block has ``room`` for so many people who ever enter it.
    """
    entering = np.diff(arrivals.until, prepend=0)
    whole = max(room - entering.size, 1)  # of each year a block may get one more than another
    number = max(-(-int(entering[0]) // PERSONS_PER_BLOCK), -(-arrivals.slots.size // whole))
    ends = np.arange(number + 1)[:, None] * entering // max(number, 1)
    starts = arrivals.until - entering
    for low, high in zip(ends[:-1], ends[1:], strict=True):
        parts = [
            arrivals.slots[start + i : start + j]
            for start, i, j in zip(starts, low, high, strict=True)
        ]
        yield Arrivals(np.concatenate(parts), np.cumsum(high - low))
