"""The command ``place``: check a place of your own, fit it to what was counted, or begin one."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from abm.evidence.place import (
    BUNDLED_FOLDER,
    YAML_FILE,
    Place,
    bundled_place,
    bundled_places,
    files_of,
)
from abm.limits import spaced
from abm.running.folders import claimed, folder_problems
from abm.running.output import FolderError, write_all
from abm.scenario.place_doubts import doubts_about
from abm.scenario.place_named import place_at
from abm.scenario.text import printable
from abm.scenario.vocabulary import NAME
from analysis.commands.usage import (
    BAD_USAGE,
    DONE,
    OfVerb,
    number,
    words_that_call,
)

PERSONS, SEEDS = 200_000, 5
TEMPLATE_PLACE = "example_city"
TEMPLATE_NAME = b"\nname: example_city\n"


def words_of_verbs() -> dict[str, OfVerb]:
    """Return what each verb takes, for shells that complete it."""
    known, sizes = bundled_places(), ["--persons", "--seeds", "--out"]
    return {
        "check": OfVerb(sizes, known, "-d"),
        "fit": OfVerb([*sizes, "--scenario"], known, "-f"),
        "new": OfVerb([], [], "-d"),
        "list": OfVerb([], [], ""),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.usage = (
        "%(prog)s check DIR_OR_NAME [--persons N] [--seeds R] [--out DIR]\n"
        "       %(prog)s fit DIR_OR_NAME TARGETS.csv [--scenario FILE_OR_NAME] [...]\n"
        "       %(prog)s new DIR\n       %(prog)s list"
    )
    add = parser.add_argument
    add("what", choices=("check", "fit", "new", "list"), metavar="check|fit|new|list",
        help="check: say all that is wrong, then write how well simulated people meet the tables; "
        "fit: bring a place, or a programme there, to what was counted; "
        "new: begin a place with a commented template; list: the bundled places")  # fmt: skip
    add("place", nargs="?", metavar="DIR_OR_NAME", help="a place's folder, or a bundled place")
    add("targets", nargs="?", type=Path, metavar="TARGETS.csv", help="what was counted (fit)")
    add("--scenario", metavar="FILE_OR_NAME",
        help="the scenario whose policies a programme's monitoring table is of (fit)")  # fmt: skip
    add("--persons", type=number("persons"), default=PERSONS, metavar="N",
        help=f"persons to simulate (default {spaced(PERSONS)})")  # fmt: skip
    add("--seeds", type=number("seeds"), default=SEEDS, metavar="R",
        help=f"how often, each with a seed of its own (default {SEEDS})")  # fmt: skip
    add("--out", type=Path, metavar="DIR", default=Path("results"),
        help="DIR/place_NAME/ or DIR/fit_NAME/ is written (default results)")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for; 2 for bad usage or a faulty place."""
    if arguments.what == "list":
        for name in bundled_places():
            print(f"{name:<16} {_in_a_line(bundled_place(name))}")
        return DONE
    if arguments.place is None:
        wanted = "the folder to make" if arguments.what == "new" else "a place's folder or name"
        return _refused([f"place {arguments.what}: names no place; must be given {wanted}"])
    if arguments.what == "new":
        return _new(Path(arguments.place), arguments.program)
    if (arguments.what == "fit") != (arguments.targets is not None):
        wanted = "needs TARGETS.csv" if arguments.what == "fit" else "takes no TARGETS.csv"
        return _refused([f"place {arguments.what}: {wanted}; `run.py place --help`"])
    return _check(arguments)


def _in_a_line(place: Place) -> str:
    return f"{place.title}, {place.year}, money in {place.currency} of {place.price_year}"


def _refused(problems: list[str]) -> int:
    print("\n".join(problems), file=sys.stderr)
    return BAD_USAGE


def _new(folder: Path, program: str) -> int:
    """Write the template: the files of the made-up city, with comments on every key."""
    if folder.name in bundled_places():
        told = f"place new: {folder.name} is the name of a bundled place; must be another"
        return _refused([told])
    if folder.exists() or folder.is_symlink():
        return _refused([f"place new: {folder} is there already; must be a new folder"])
    template = files_of(BUNDLED_FOLDER / TEMPLATE_PLACE)
    try:
        folder.mkdir(parents=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        told = f"{printable(str(folder))} cannot be made ({reason.lower()})"
        return _refused([f"place new: {told}; must be a new folder where files can be written"])
    contents = {path.name: path.read_bytes() for path in template}
    if re.fullmatch(NAME.pattern, folder.name) and len(folder.name) <= NAME.longest:
        own = f"\nname: {folder.name}\n".encode()
        contents[YAML_FILE] = contents[YAML_FILE].replace(TEMPLATE_NAME, own)
    write_all({folder / name: content for name, content in contents.items()})
    print(f"{folder}: {', '.join(path.name for path in template)}")
    again = shlex.join([*words_that_call(program), "place", "check", str(folder)])
    print(f"Change what is not true of your place, then: {again}")
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    found = place_at(arguments.place)
    if not isinstance(found, Place):
        return _refused(list(map(str, found)))
    print(f"{_in_a_line(found)}: no faults in its files", flush=True)
    _warn([*_other_meaning(found), *doubts_about(found)])
    if arguments.what == "fit":
        from analysis.commands.place_targets import fit_to_targets

        given = arguments.targets, arguments.scenario, arguments.persons, arguments.seeds
        return fit_to_targets(found, *given, arguments.out)
    folder = arguments.out / f"place_{found.shown}"
    if problems := folder_problems({folder: 0}):
        return _refused(problems)
    from analysis.place_fit.checked import calibration_of

    notes, fault = calibration_of(found)
    if fault:
        return _refused([fault])
    try:
        with claimed(folder):
            _warn(notes)
            return _fit(found, folder, notes, arguments.persons, arguments.seeds)
    except FolderError as error:
        return _refused([f"--out: {error}"])


def _other_meaning(place: Place) -> Iterator[str]:
    """Yield a sentence where the current folder holds a place of the name of a bundled one."""
    if place.bundled and (Path(place.name) / YAML_FILE).is_file():
        yield f"'{place.name}' is the bundled place; the folder here is called ./{place.name}."


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"warning: {sentence}", file=sys.stderr, flush=True)


def _fit(place: Place, folder: Path, notes: list[str], persons: int, seeds: int) -> int:
    from analysis.place_fit.fit import fit_of
    from analysis.place_fit.page import fit_sentence, life_sentence, write_page

    cells = fit_of(place, persons, seeds)
    page = write_page(folder, place, cells, notes, persons, seeds)
    print(fit_sentence(cells))
    print(life_sentence(cells))
    print(f"{page}, fit.csv")
    return DONE
