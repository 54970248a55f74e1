"""One shard of a run that many processes share without talking to one another.

Every process does the same arithmetic and takes what is its own: a stretch of the blocks of people
of the central values, and one of those of the parameter draws, as many as all others. This module
is light: the command line reads ``--shard`` with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from abm.limits import spaced

MOST_SHARDS = 100_000
FOLDER_ENDING = ".shards"  # of the folder beside a scenario's results


class Stretch(NamedTuple):
    """The blocks from ``first`` to ``last`` - 1 of the run with a number."""

    run: int
    first: int
    last: int


@dataclass(frozen=True)
class Shard:
    """One of several equal shares of the work: the first is 1."""

    number: int
    of: int

    def __str__(self) -> str:
        """Return the shard as the command line writes it."""
        return f"{self.number}/{self.of}"

    @property
    def name(self) -> str:
        """The name of the folder that holds what it has done."""
        return f"{self.number}-of-{self.of}"

    def stretches(self, runs: int, blocks: int) -> Iterator[Stretch]:
        """Yield what is this shard's of some runs of so many blocks each.

        Examples
        --------
        >>> [tuple(each) for each in Shard(2, 3).stretches(runs=2, blocks=3)]
        [(0, 2, 3), (1, 0, 1)]
        """
        first, last = (runs * blocks * end // self.of for end in (self.number - 1, self.number))
        for run in range(first // blocks, -(-last // blocks)):
            begin, end = max(first - run * blocks, 0), min(last - run * blocks, blocks)
            if begin < end:
                yield Stretch(run, begin, end)


def folder_of_shards(results: Path) -> Path:
    """Return where the shards of a scenario lie, beside the folder of its results."""
    return results.with_name(results.name + FOLDER_ENDING)


def read_shard(text: str) -> Shard:
    """Return the shard that a text such as 3/100 names.

    Raises
    ------
    ValueError
        If it names none; the message says what is allowed.
    """
    found = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text)
    if found is None:
        raise ValueError(f"{text!r} is no shard; must be NUMBER/HOW_MANY, such as 3/100")
    number, of = int(found[1]), int(found[2])
    if not 1 <= of <= MOST_SHARDS:
        raise ValueError(f"is of {of} shards; must be of 1 to {spaced(MOST_SHARDS)}")
    if not 1 <= number <= of:
        hint = "; the first is 1" if number == 0 else ""
        raise ValueError(f"is {number}/{of}; must be from 1/{of} to {of}/{of}{hint}")
    return Shard(number, of)


def shard_of_name(name: str) -> Shard | None:
    """Return the shard whose folder has a name; None if none has.

    Examples
    --------
    >>> shard_of_name("3-of-100"), shard_of_name("finished")
    (Shard(number=3, of=100), None)
    """
    number, _, of = name.partition("-of-")
    try:
        found = read_shard(f"{number}/{of}")
    except ValueError:
        return None
    return found if found.name == name else None
