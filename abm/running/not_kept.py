"""Refuses to simulate where everything was to be found, as where shards are put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abm.running.finished_work import Slots


class NotKeptError(RuntimeError):
    """Something had to be simulated where all was to be found; ``slots`` are the first of it."""

    def __init__(self, seed: int, draw: int, slots: Slots) -> None:
        """Keep of which run it is."""
        super().__init__(f"nothing is kept of slots {slots.first} to {slots.last - 1}")
        self.seed, self.draw, self.slots = seed, draw, slots


def refuse_missing(seed: int, draw: int, missing: Sequence[Slots]) -> None:
    """Refuse to simulate what is missing of a run.

    Raises
    ------
    NotKeptError
        If something is missing.
    """
    if missing:
        raise NotKeptError(seed, draw, missing[0])
