"""The finished work of a command: found again, and kept as soon as losing it would hurt.

A run (one seed, one parameter draw) has a journal of its own. An entry holds the tallies of some of
its slots, so that a run of more persons goes on with what is there; that of a draw also what was
found when it was laid out.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from abm.evidence.entries import load_evidence
from abm.kernel import layout as c
from abm.kernel.blocks import PERSONS_PER_BLOCK
from abm.population.setup import ToRun
from abm.running.findings import Findings, findings_in
from abm.running.journal import ENDING, Journal, first_entry
from abm.running.output import FolderError, remove_file
from abm.running.packing import packed, unpacked
from abm.running.provenance import difference_of, digest_of, stamp
from abm.scenario.parts import Scenario

log = logging.getLogger(__name__)

FOLDER = "finished"
OLDER_FOLDER = "units"  # one file per entry, until journals came
PROGRAM = "program"  # the entry that says which program the others are of
FINDINGS = "findings"  # the entry that holds what was found when a draw was laid out
Kept = TypeVar("Kept", bound=Any)  # a named tuple of arrays
LAID_OUT_OTHERWISE = "a draw calibrated to other constants, as on another kind of processor"
_NUMBER = re.compile(r"[0-9]{1,15}")


class Slots(NamedTuple):
    """The slots of a population from ``first`` to ``last`` - 1."""

    first: int
    last: int

    @property
    def number(self) -> int:
        """Return how many slots there are."""
        return self.last - self.first

    @property
    def name(self) -> str:
        """Return the name of the entry that holds their tallies."""
        return f"slots-{self.first}-{self.last}"


def slots_named(name: str) -> Slots | None:
    """Return the slots that an entry's name stands for, None if it is not such a name.

    Examples
    --------
    >>> slots_named(Slots(0, 1024).name)
    Slots(first=0, last=1024)
    """
    word, _, numbers = name.partition("-")
    first, _, last = numbers.partition("-")
    if word != "slots" or not (_NUMBER.fullmatch(first) and _NUMBER.fullmatch(last)):
        return None
    found = Slots(int(first), int(last))
    return found if found.number > 0 else None


def cover(
    persons: int, found: Sequence[Slots], size: int, first: int = 0
) -> Iterator[tuple[Slots, bool]]:
    """Cut a population from a slot on into parts, each with whether it is among those found.

    What is missing ends at multiples of ``size``, so that runs of other sizes can use it.

    Examples
    --------
    >>> [tuple(slots) for slots, _ in cover(250, [Slots(0, 70)], size=100)]
    [(0, 70), (70, 100), (100, 200), (200, 250)]
    """
    inside = [slots for slots in found if slots.last <= persons]
    place = first
    while place < persons:
        ends = [slots.last for slots in inside if slots.first == place]
        if ends:
            part = Slots(place, max(ends))
        else:
            starts = [slots.first for slots in inside if slots.first > place]
            part = Slots(place, min((place // size + 1) * size, persons, *starts))
        yield part, bool(ends)
        place = part.last


def key_of_run(given: ToRun, seed: int) -> str:
    """Return a digest of all that the tallies of a slot depend on.

    Of the central values that is what the kernel is given (which the scenario and the evidence have
    become), the seed, the sources and the compiler; not the number of persons, nor anything that
    only tables and reports show. What the kernel is given of a draw is not known until it is laid
    out, so its key holds what that follows from: the scenario, the evidence, the number of the draw
    and the seed that it is drawn with.
    """
    return digest_of((tuple(sorted(stamp().items())), given.decisive, seed))


def question_of(scenario: Scenario) -> dict[str, str]:
    """Return what a journal is written for: the evidence and a scenario, however many persons.

    The scenario is that of the command, as it is before a parameter draw moves it. It says of a
    journal why it is not used; what decides is :func:`key_of_run`.
    """
    alike = replace(scenario, persons=1, seed=0)
    return {"evidence": state_of_evidence(scenario), "scenario": alike.hash}


def state_of_evidence(scenario: Scenario) -> str:
    """Return a digest of all files that a scenario's evidence and tables are read from."""
    return load_evidence(scenario.place).hash


class FinishedWork:
    """The finished work of all runs of a command.

    Parameters
    ----------
    folder
        Folder of the results, claimed by this process; None finds and keeps nothing.
    fresh
        Forget what was finished before.
    shards
        Folders whose finished work is read too, and never written.

    Attributes
    ----------
    found
        Called with the person-years of each entry that is found.
    all_is_kept
        Nothing may be simulated: what is not found is refused.
    slots_per_entry
        Where entries end; half a million persons take some seconds, which is what a kill may cost.
    seconds_not_worth_keeping, most_bytes_held
        Nothing is written before so much time has gone by, so small runs leave nothing behind;
        unless more than this would have to be held in memory until then.
    entries_found, entries_new, entries_written
        How many entries were there, how many had to be simulated, and how many of these are on
        disk.
    """

    all_is_kept = False
    slots_per_entry = 512 * PERSONS_PER_BLOCK
    seconds_not_worth_keeping = 3.0
    most_bytes_held = 32_000_000

    def __init__(
        self, folder: Path | None, *, fresh: bool = False, shards: Iterable[Path] = ()
    ) -> None:
        """Start the clock."""
        self.folder = folder
        self._of_shards: dict[str, list[Path]] = {}
        for path in (each for shard in shards for each in _journals_in(shard)):
            self._of_shards.setdefault(path.name, []).append(path)
        self._fresh = fresh
        self.entries_found = self.entries_new = self.entries_written = 0
        self._told: list[str] = []
        self._question: dict[str, str] = {}
        self._opened: set[Path] = set()
        self.found: Callable[[int], Any] = lambda years: None
        self._write_from = time.monotonic() + self.seconds_not_worth_keeping
        self._not_written: list[tuple[Journal, Slots, Any]] = []
        self._not_noted: dict[Path, Findings] = {}
        self._alike: dict[Path, list[Journal]] = {}
        if folder is not None and (folder / OLDER_FOLDER).is_dir():
            self._told.append(
                f"{folder / OLDER_FOLDER}: finished work of an older format: not used, run again; "
                "the folder may be deleted"
            )
        if fresh:
            for path in self._paths():
                remove_file(path)

    @property
    def bytes_on_disk(self) -> int:
        """Return the size of all journals in the folder, also of other scenarios and seeds."""
        return sum(path.lstat().st_size for path in self._paths())

    @property
    def complaints(self) -> list[str]:
        """What lies in the folder and could not be used; its work was run again."""
        return [*self._told, *self._of_others()]

    def in_words(self) -> str:
        """Return what there is to go on with after a failure."""
        entries = self.entries_found + self.entries_written
        if not entries:
            return "no part was finished that is worth keeping; the same command begins anew"
        noun = "finished part is" if entries == 1 else "finished parts are"
        same = "the same command without --fresh" if self._fresh else "the same command"
        return f"{entries} {noun} kept in {self.folder}; {same} goes on"

    def asked_by(self, scenario: Scenario) -> None:
        """Note the scenario of the command, so that journals say what they were written for."""
        self._question = question_of(scenario)

    def journal_of(self, given: ToRun, seed: int, apart: tuple[Any, ...] = ()) -> Journal | None:
        """Return the journal of one run, or of what else is made of it; that says ``apart``."""
        if self.folder is None:
            return None
        key = key_of_run(given, seed)
        key = digest_of((key, apart)) if apart else key
        journal = Journal(self.folder / FOLDER / f"{key}{ENDING}", key)
        self._told += journal.complaints()
        self._opened.add(journal.path)
        return journal

    def findings(self, journal: Journal | None) -> Findings | None:
        """Return what was found when the draw of a journal was laid out, None if it is not there.

        The draw's tallies then are of no use either, nor are those of a shard that has laid it out
        to other constants than the one found first.
        """
        found, alike, journals = None, [], list(self._journals(journal))
        for each in [*journals[-1:], *journals[:-1]]:  # its own first
            noted = self._findings_in(each)
            found = noted if found is None else found
            if noted is None or found is None:
                continue
            if noted.given == found.given:
                alike.append(each)
            else:
                self._told.append(f"{each.path}: {LAID_OUT_OTHERWISE}: not used, run again")
        if journal is not None and found is not None:
            self._alike[journal.path] = [each for each in journals if each in alike]
            if journal not in alike:
                self.note(journal, found)
        return found

    def _findings_in(self, journal: Journal) -> Findings | None:
        content = journal.get(FINDINGS)
        if content is None:
            return None
        try:
            return findings_in(content, c.N_CLOCKS)
        except ValueError:
            self._told += journal.discard(FINDINGS)
            return None

    def note(self, journal: Journal | None, findings: Findings) -> None:
        """Keep what was found when a draw was laid out, once there are tallies to be kept."""
        if journal is not None:
            self._not_noted[journal.path] = findings

    def parts(
        self,
        journal: Journal | None,
        scenario: Scenario,
        size: int,
        like: Callable[[Slots], Kept],
        wanted: Slots | None = None,
    ) -> Iterator[tuple[Slots, Kept | None]]:
        """Cut a run into parts, each with what is kept of it or None if it has to be simulated.

        ``like`` returns arrays of the names, types and shapes that a part has, whatever they hold;
        ``wanted`` are the slots that are asked for, None means all.
        """
        first, last = wanted or (0, scenario.persons)
        stored = {
            slots: each
            for each in self._usable(journal)
            for slots in map(slots_named, each)
            if slots
        }
        for slots, is_there in cover(last, list(stored), size, first):
            part = self._read(stored[slots], slots, like(slots)) if is_there else None
            if part is not None:
                self.entries_found += 1
                self.found(slots.number * scenario.years)
            yield slots, part

    def _journals(self, journal: Journal | None) -> Iterator[Journal]:
        """Yield the journals of a run: those of shards, then its own, whose entries count first."""
        if journal is None:
            return
        for path in self._of_shards.get(journal.path.name, ()):
            of_shard = Journal(path, journal.key)
            self._told += of_shard.complaints()
            yield of_shard
        yield journal

    def _usable(self, journal: Journal | None) -> Iterable[Journal]:
        """Return the journals of a run whose tallies may be added up."""
        alike = None if journal is None else self._alike.pop(journal.path, None)
        return self._journals(journal) if alike is None else alike

    def _read(self, journal: Journal, slots: Slots, like: Kept) -> Kept | None:
        """Return what is kept in an entry; None, and a complaint, if it is not of this kind."""
        content = journal.get(slots.name)
        if content is None:
            return None
        try:
            return like._replace(**unpacked(content, like._asdict()))
        except ValueError:
            self._told += journal.discard(slots.name)
            return None

    def keep(self, journal: Journal | None, slots: Slots, part: Any) -> None:
        """Keep what has been simulated of some slots: tallies, or another named tuple of arrays.

        Raises
        ------
        FolderError
            If the disk takes no more, or the folder is gone.
        """
        self.entries_new += 1
        if journal is None:
            return
        self._not_written.append((journal, slots, part))
        held = len(self._not_written) * sum(array.nbytes for array in part)
        if time.monotonic() >= self._write_from or held > self.most_bytes_held:
            self.write()

    def write(self) -> None:
        """Write what has been held back, so that a run that failed need not do it again.

        Raises
        ------
        FolderError
            If the disk takes no more, or the folder is gone.
        """
        while self._not_written:
            journal, slots, part = self._not_written.pop()
            try:
                # Not its parents: the results may have been moved away.
                journal.path.parent.mkdir(exist_ok=True)
                with journal:
                    if PROGRAM not in journal:
                        written = stamp() | self._question
                        journal.append(PROGRAM, json.dumps(written).encode())
                    if findings := self._not_noted.get(journal.path):
                        journal.append(FINDINGS, findings.content)
                        del self._not_noted[journal.path]
                    journal.append(slots.name, packed(part._asdict()))
                self.entries_written += 1
                log.debug("%s: %s kept", journal.path, slots.name)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise FolderError(
                    f"{self.folder}: finished work cannot be kept there ({reason}); put that "
                    "right, and the same command goes on with what is kept"
                ) from error

    def _of_others(self) -> list[str]:
        """Return a sentence for each kind of journal that cannot serve this scenario."""
        found: dict[str, list[Path]] = {}
        for path in self._paths():
            why = "" if path in self._opened else why_not_used(path, self._question)
            if why:
                found.setdefault(why, []).append(path)
        return [
            f"{self.folder}/{FOLDER}: {len(paths)} journal{'s' if len(paths) > 1 else ''} written "
            f"{why}: not used, run again; may be deleted once that is done with (such as "
            f"{paths[0].name})"
            for why, paths in found.items()
        ]

    def _paths(self) -> list[Path]:
        return _journals_in(self.folder) if self.folder else []


def _journals_in(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob(f"*{ENDING}"))


def why_not_used(path: Path, question: Mapping[str, str]) -> str:
    """Return by which other version, or for what else, a journal was written; nothing if neither.

    Journals of other seeds and parameter draws of the same scenario are for later.
    """
    first = first_entry(path)
    try:
        written = json.loads(first[1]) if first and first[0] == PROGRAM else None
    except (ValueError, RecursionError):
        written = None
    if not isinstance(written, dict):
        return "by an earlier version"
    if version := difference_of(written):
        return f"by {version}"
    other = [what for what, ours in question.items() if written.get(what, ours) != ours]
    return f"for another state of the {' and the '.join(other)}" if other else ""
