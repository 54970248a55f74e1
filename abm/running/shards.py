"""Shards of a run: doing one, and finding those that others have done.

A shard keeps journals of its own in a folder ``NAME.shards/NUMBER-of-HOW_MANY``, and last of all
a note of what it is a shard of. Whoever merges them asks the notes first, so that a missing shard,
one of another version or of another question is named before anything is read. Tallies are whole
numbers, so that shards put together are one run, to the bit.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from abm.kernel.blocks import PERSONS_PER_BLOCK
from abm.running.finished_work import FOLDER, FinishedWork, Slots, question_of
from abm.running.journal import ENDING
from abm.running.output import read_file, remove_file, write_whole
from abm.running.provenance import difference_of, stamp
from abm.running.queue import Run, count_runs
from abm.running.recipe import recipe_of
from abm.running.setup import set_up
from abm.running.shard import Shard, shard_of_name
from abm.scenario.drawn import CENTRAL
from abm.scenario.parts import Scenario

NOTE = "shard.json"
LARGEST_NOTE = 100_000  # bytes
MOST_NAMED = 8
DIFFERING = {"scenario": "the scenario", "evidence": "the evidence"}


@dataclass(frozen=True)
class Sharded:
    """A run of one scenario that is divided into shards.

    Attributes
    ----------
    scenario
        With its persons, years and first seed.
    seeds, draws
        As for :func:`abm.simulate`.
    """

    scenario: Scenario
    seeds: int = 1
    draws: int = 0

    @property
    def blocks(self) -> int:
        """How many blocks a run has."""
        return math.ceil(self.scenario.persons / PERSONS_PER_BLOCK)

    def slots(self, first: int, last: int) -> Slots:
        """Return the slots of some of a run's blocks."""
        ends = (min(each * PERSONS_PER_BLOCK, self.scenario.persons) for each in (first, last))
        return Slots(*ends)

    def runs_of(self, shard: Shard) -> Iterator[Run]:
        """Yield a shard's runs, each with the slots that are the shard's."""
        first = self.scenario.seed
        central = set_up(self.scenario, lifetimes=True)
        for stretch in shard.stretches(self.seeds, self.blocks):
            slots = self.slots(stretch.first, stretch.last)
            yield Run(first + stretch.run, CENTRAL, central, slots=slots)
        recipe = recipe_of(central, CENTRAL, pathways=True, lifetimes=True)
        for stretch in shard.stretches(self.draws * self.seeds, self.blocks):
            draw, seed = divmod(stretch.run, self.seeds)
            if draw != recipe.draw:  # the same one is calibrated once
                recipe = replace(recipe, draw=draw)
            slots = self.slots(stretch.first, stretch.last)
            yield Run(first + seed, draw, recipe, slots=slots)

    def doers_of(self, of: int, seed: int, draw: int, slots: Slots) -> list[Shard]:
        """Return which of so many shards simulate some slots of a run."""
        place = seed - self.scenario.seed
        run, runs = place, self.seeds
        if draw != CENTRAL:
            run, runs = draw * self.seeds + place, self.draws * self.seeds
        return [
            shard
            for shard in (Shard(number, of) for number in range(1, of + 1))
            for each in shard.stretches(runs, self.blocks)
            if each.run == run
            and self.slots(each.first, each.last).first < slots.last
            and slots.first < self.slots(each.first, each.last).last
        ]

    def person_years(self, shard: Shard) -> int:
        """Return how much there is to simulate for a shard, by which its progress is told."""
        stretches = [
            *shard.stretches(self.seeds, self.blocks),
            *shard.stretches(self.draws * self.seeds, self.blocks),
        ]
        persons = sum(self.slots(each.first, each.last).number for each in stretches)
        return persons * self.scenario.years

    def note(self, shard: Shard) -> dict[str, Any]:
        """Return what a shard says of itself once it is done."""
        sizes = {name: getattr(self.scenario, name) for name in ("persons", "seed")}
        asked = {**question_of(self.scenario), **sizes, "seeds": self.seeds, "draws": self.draws}
        return {"shard": str(shard), "asked": asked, "program": stamp()}


def simulate_shard(
    sharded: Sharded,
    shard: Shard,
    finished_work: FinishedWork,
    *,
    engine: str = "threads",
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> None:
    """Simulate one shard of a run, and keep what it found.

    Parameters
    ----------
    sharded
        The whole run.
    shard
        Which part of it.
    finished_work
        In the shard's folder, which this process has claimed.
    engine, threads, progress
        As for :func:`abm.simulate`.

    Raises
    ------
    TasksFailed, EngineError
        If a part cannot be simulated, or the engine cannot go on; what is finished stays kept.
    FolderError
        If the disk takes no more.
    """
    folder = finished_work.folder
    assert folder is not None, "a shard has a folder"
    remove_file(folder / NOTE)
    finished_work.asked_by(sharded.scenario)
    count_runs(
        sharded.runs_of(shard),
        lambda run, counts: None,
        engine=engine,
        workers=threads,
        number_of_runs=max(sharded.seeds * (sharded.draws + 1) // shard.of, 1),
        finished_work=finished_work,
        progress=progress,
    )
    finished_work.write()
    note = {**sharded.note(shard), "files": _checksums(folder)}
    text = json.dumps(note, indent=1, sort_keys=True) + "\n"
    write_whole(folder / NOTE, text.encode())


def shards_in(folder: Path) -> dict[Shard, Path]:
    """Return the folders of shards that lie in a folder, finished or not."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    found = {shard_of_name(path.name): path for path in paths if path.is_dir()}
    return {shard: path for shard, path in found.items() if shard is not None}


def problems_of_shards(sharded: Sharded, folder: Path) -> list[str]:
    """Return why the shards in a folder cannot be put together; nothing if they can."""
    found = shards_in(folder)
    if not found:
        return [f"{folder}: holds no shards; run the command with --shard 1/N to N/N first"]
    sizes = sorted({shard.of for shard in found})
    if len(sizes) > 1:
        kinds = " and ".join(map(str, sizes))
        return [f"{folder}: holds shards of {kinds}; must be of one division, so remove the others"]
    ours = {shard: _why_unlike(sharded, shard, path) for shard, path in found.items()}
    problems = [f"{found[shard]}: {why}" for shard, why in ours.items() if why]
    missing = [n for n in range(1, sizes[0] + 1) if Shard(n, sizes[0]) not in found]
    if missing:
        problems.append(
            f"{folder}: {len(missing)} of {sizes[0]} shards are missing: {_named(missing)}; run "
            f"them with --shard NUMBER/{sizes[0]}"
        )
    return problems


def _why_unlike(sharded: Sharded, shard: Shard, folder: Path) -> str:
    """Say why a shard is not one of this run; nothing if it is."""
    try:
        note = json.loads(read_file(folder / NOTE, LARGEST_NOTE))
        written, program = dict(note["asked"]), dict(note["program"])
        files = dict(note.get("files", {}))
    except FileNotFoundError:
        return f"not finished (no {NOTE}); the same command with --shard {shard} goes on"
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return f"{NOTE} cannot be read; run it again with --shard {shard}"
    if (said := note.get("shard")) != str(shard):
        return f"a copy of shard {ascii(said)[:20]}; run it again with --shard {shard} --fresh"
    if version := difference_of(program):
        return f"written by {version}; run it again with --shard {shard}"
    now = sharded.note(shard)["asked"]
    other = list(_differences(written, now))
    if other:
        return f"of another run: {'; '.join(other)}"
    own = _checksums(folder)
    damaged = [name for name, wanted in files.items() if own.get(name) != wanted]
    why = f"{min(damaged)} is missing or damaged" if damaged else ""
    return f"{why}; run it again with --shard {shard}" if why else ""


def _checksums(folder: Path) -> dict[str, str]:
    """Return the checksum of each journal of a shard, by its place in the shard's folder."""
    found = {}
    for path in sorted((folder / FOLDER).glob(f"*{ENDING}")):
        with path.open("rb") as stream:
            found[f"{FOLDER}/{path.name}"] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _differences(written: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for what, wanted in now.items():
        was = written.get(what)
        if was == wanted:
            continue
        if what in DIFFERING:
            yield f"{DIFFERING[what]} was another one"
        else:
            yield f"{what} was {ascii(was)[:40]}, is now {wanted}"


def _named(missing: Sequence[int]) -> str:
    rest = len(missing) - MOST_NAMED
    return ", ".join(map(str, missing[:MOST_NAMED])) + (f" and {rest} more" if rest > 0 else "")
