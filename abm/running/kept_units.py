"""What a command has finished: found again, and kept as soon as losing it would hurt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from abm.kernel.blocks import PERSONS_PER_BLOCK, Counts
from abm.population.setup import Setup
from abm.running.output import FolderError, clear_partial
from abm.running.provenance import digest_of, stamp
from abm.running.unit_store import ENDING, UNITS, UnitStore, key_of
from abm.scenario.parts import Scenario


class Stretch(NamedTuple):
    """Slots ``first`` to ``last`` - 1."""

    first: int
    last: int

    @property
    def slots(self) -> int:
        """Return how many slots there are."""
        return self.last - self.first

    @property
    def name(self) -> str:
        """Return the name of the unit that holds the stretch."""
        return f"slots-{self.first}-{self.last}"


def stretch_named(name: str) -> Stretch | None:
    """Return the stretch that a unit's name stands for, None if it is not such a name.

    Examples
    --------
    >>> stretch_named(Stretch(0, 1024).name)
    Stretch(first=0, last=1024)
    """
    word, _, numbers = name.partition("-")
    first, _, last = numbers.partition("-")
    if word != "slots" or not (first.isdecimal() and last.isdecimal()):
        return None
    return Stretch(int(first), int(last))


def cover(persons: int, found: Sequence[Stretch], size: int) -> Iterator[tuple[Stretch, bool]]:
    """Cut a population into stretches, each with whether it is among those found.

    What is missing ends at multiples of ``size``, so that runs of other sizes can use it.

    Examples
    --------
    >>> [tuple(stretch) for stretch, _ in cover(250, [Stretch(0, 70)], size=100)]
    [(0, 70), (70, 100), (100, 200), (200, 250)]
    """
    inside = [stretch for stretch in found if stretch.last <= persons]
    place = 0
    while place < persons:
        ends = [stretch.last for stretch in inside if stretch.first == place]
        if ends:
            stretch = Stretch(place, max(ends))
        else:
            starts = [each.first for each in inside if each.first > place]
            stretch = Stretch(place, min((place // size + 1) * size, persons, *starts))
        yield stretch, bool(ends)
        place = stretch.last


def key_of_run(setup: Setup, seed: int) -> str:
    """Return a digest of all that the life of a slot depends on.

    That is what the kernel is given (which the scenario, the evidence and the parameter draw have
    become), the seed, the sources and the compiler; not the number of persons, nor anything that
    only tables and reports show.
    """
    given = (
        setup.constants, setup.plan, setup.sample, setup.sample_cumulative, setup.worlds,
        setup.scenario.years, setup.steps_per_year,
    )  # fmt: skip
    return key_of({"stamp": stamp(), "given": digest_of(given), "seed": seed})


class KeptUnits:
    """The finished units of all runs of a command.

    Parameters
    ----------
    folder
        Folder of the results, claimed by this process; None finds and keeps nothing.
    fresh
        Forget what was kept before.

    Attributes
    ----------
    found
        Called with the person-years of each unit that is found.
    slots_per_unit
        Where units end; half a million persons take some seconds, which is what a kill may cost.
    seconds_not_worth_keeping
        Nothing is written before so much time has gone by: small runs leave nothing behind.
    units_found, units_lived, units_written
        How many units were there, how many had to be lived, and how many of these are on disk.
    set_aside
        Files found damaged or foreign, where they are now; their units were lived again.
    """

    slots_per_unit = 512 * PERSONS_PER_BLOCK
    seconds_not_worth_keeping = 3.0

    def __init__(self, folder: Path | None, *, fresh: bool = False) -> None:
        """Start the clock."""
        self.folder = folder
        self.units_found = self.units_lived = self.units_written = 0
        self.set_aside: list[Path] = []
        self.found: Callable[[int], Any] = lambda years: None
        self._write_from = time.monotonic() + self.seconds_not_worth_keeping
        self._not_written: list[tuple[UnitStore, Stretch, Counts]] = []
        if fresh and folder is not None:
            forget_units(folder)

    @property
    def bytes_on_disk(self) -> int:
        """Return the size of all that is kept in the folder, also by other scenarios and seeds."""
        if self.folder is None:
            return 0
        return sum(path.stat().st_size for path in (self.folder / UNITS).glob(f"*/*{ENDING}*"))

    def in_words(self) -> str:
        """Return what there is to go on with after a failure."""
        units = self.units_found + self.units_written
        if not units:
            return "nothing was finished that is worth keeping"
        noun = "finished unit is" if units == 1 else "finished units are"
        return f"{units} {noun} kept in {self.folder}; the same command goes on"

    def store_of(self, setup: Setup, seed: int) -> UnitStore | None:
        """Return the units of one run."""
        return UnitStore(self.folder, key_of_run(setup, seed)) if self.folder else None

    def stretches(
        self, store: UnitStore | None, scenario: Scenario, size: int
    ) -> Iterator[tuple[Stretch, Counts | None]]:
        """Cut a run into stretches, each with its tallies or None if it has to be lived."""
        names = store.names() if store else ()
        stored = [stretch for stretch in map(stretch_named, names) if stretch]
        for stretch, is_there in cover(scenario.persons, stored, size):
            arrays = store.get(stretch.name) if store and is_there else None
            if arrays is not None:
                self.units_found += 1
                self.found(stretch.slots * scenario.years)
            yield stretch, None if arrays is None else Counts(**arrays)
        if store:
            self.set_aside += store.set_aside

    def keep(self, store: UnitStore | None, stretch: Stretch, counts: Counts) -> None:
        """Keep a unit that has been lived.

        Raises
        ------
        FolderError
            If the disk takes no more, or the folder is gone.
        """
        self.units_lived += 1
        if store is None:
            return
        self._not_written.append((store, stretch, counts))
        if time.monotonic() >= self._write_from:
            self.write()

    def write(self) -> None:
        """Write what has been held back, so that a run that failed need not do it again.

        Raises
        ------
        FolderError
            If the disk takes no more, or the folder is gone.
        """
        while self._not_written:
            store, stretch, counts = self._not_written.pop()
            try:
                store.put(stretch.name, counts._asdict())
                self.units_written += 1
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise FolderError(
                    f"{self.folder}: finished work cannot be kept there ({reason}); put that "
                    "right, and the same command goes on with what is kept"
                ) from error


def forget_units(folder: Path) -> None:
    """Remove all kept units below a folder of results, those set aside too."""
    for each in (folder / UNITS).glob("*/"):
        clear_partial(each)
        for path in [*each.glob(f"*{ENDING}"), *each.glob(f"*{ENDING}.damaged-*")]:
            path.unlink(missing_ok=True)
        if not any(each.iterdir()):
            each.rmdir()
