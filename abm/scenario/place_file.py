"""The folder of a place, read and checked: every fault at once, with file, line and column."""

from __future__ import annotations

import stat
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from abm.evidence.place import (
    OPTIONAL_TABLES,
    REFERENCES_FILE,
    TABLES,
    YAML_FILE,
    Place,
    digest_of_files,
    place_of,
)
from abm.limits import spaced
from abm.scenario.check import Checker
from abm.scenario.place_entries import PlaceEntries
from abm.scenario.place_rates import check_causes, check_diseases, check_population
from abm.scenario.place_references import check_references
from abm.scenario.place_tables import Faults, Row, columns_of, read_rows
from abm.scenario.place_vocabulary import OF_ENTRIES, PLACE
from abm.scenario.text import Node, Problem, Source, in_order, parse, printable
from abm.scenario.text import Place as Position
from abm.scenario.unseen import unseen_in

MOST_BYTES = {YAML_FILE: 256_000, REFERENCES_FILE: 2_000_000}
MOST_BYTES_OF_TABLE = 4_000_000  # a table has some thousand lines
MOST_KEPT = 8
_kept: OrderedDict[tuple[str, str], Place | list[Problem]] = OrderedDict()


def read_place(folder: Path) -> Place | list[Problem]:
    """Return the place of a folder, or all that is wrong with it.

    Nothing is read that is no ordinary file, or too large to be what it is called.
    """
    shown = _shown(folder)
    contents = _contents(folder, shown)
    if isinstance(contents, list):
        return contents
    key = str(folder), digest_of_files(contents)
    if key not in _kept:
        _kept[key] = _checked(folder, shown, contents)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return _kept[key]


def _shown(folder: Path) -> str:
    try:
        return str(folder.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(folder)


def _contents(folder: Path, shown: str) -> dict[str, bytes] | list[Problem]:
    """Return the files of a folder by their names, or why they cannot be read."""
    problem = _of_folder(folder)
    if problem:
        return [Problem(Position(Source(shown), 1, 1), "folder", problem)]
    names = [YAML_FILE, *(f"{table}.csv" for table in TABLES), REFERENCES_FILE]
    optional = {f"{table}.csv" for table in OPTIONAL_TABLES} | {REFERENCES_FILE}
    contents, problems = {}, []
    for name in names:
        found = _content(folder / name, name in optional)
        if isinstance(found, str):
            position = Position(Source(f"{shown}/{name}"), 1, 1)
            problems.append(Problem(position, "file", found))
        elif found is not None:
            contents[name] = found
    return problems or contents


def _of_folder(folder: Path) -> str:
    """Say why a path is no folder of a place; nothing if it is one."""
    wanted = "must be a folder with place.yaml and its tables"
    if unseen := unseen_in(str(folder)):
        return f"has a name that holds {unseen}; must be renamed"
    try:
        status = folder.lstat()
    except (OSError, ValueError) as error:
        return f"cannot be read ({getattr(error, 'strerror', None) or error}); {wanted}"
    if stat.S_ISLNK(status.st_mode):
        return f"is a link; {wanted}, itself and not a link to one"
    if not stat.S_ISDIR(status.st_mode):
        return f"is no folder; {wanted}"
    return ""


def _content(path: Path, optional: bool) -> bytes | str | None:
    """Return what a file holds, or why it is not read; None if it may be left out and is."""
    most = MOST_BYTES.get(path.name, MOST_BYTES_OF_TABLE)
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return "is a link; must be a file in the folder itself"
        if not stat.S_ISREG(status.st_mode):
            return "is not a regular file; must be one"
        if status.st_size > most:
            return f"has {spaced(status.st_size)} bytes; must be at most {spaced(most)} bytes"
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except FileNotFoundError:
        return None if optional else "is missing; must be in the folder of the place"
    except OSError as error:
        return f"cannot be read ({error.strerror or error}); must be a readable file"
    if len(content) > most:
        return f"has more than {spaced(most)} bytes; must be at most that"
    return content


def _texts(
    contents: Mapping[str, bytes], shown: str, problems: list[Problem]
) -> dict[str, str]:
    """Return the files that are text, noting those that are not."""
    texts = {}
    for name, content in contents.items():
        try:
            texts[name] = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            message = f"is not UTF-8 (byte 0x{content[error.start]:02x}); must be saved as UTF-8"
            position = Position(Source(f"{shown}/{name}"), line, column)
            problems.append(Problem(position, "file", message))
    return texts


def _checked(
    folder: Path, shown: str, contents: Mapping[str, bytes]
) -> Place | list[Problem]:
    """Return the place that files say, or all that is wrong with them."""
    problems: list[Problem] = []
    texts = _texts(contents, shown, problems)
    tree = _yaml(texts.get(YAML_FILE), f"{shown}/{YAML_FILE}", problems)
    rows: dict[str, list[Row]] = {}
    faults: dict[str, Faults] = {}
    for table in TABLES:
        if f"{table}.csv" in texts:
            faults[table] = Faults(table, Source(f"{shown}/{table}.csv"))
            rows[table] = read_rows(table, texts[f"{table}.csv"], faults[table])
    if REFERENCES_FILE in texts:
        own = Faults("references", Source(f"{shown}/{REFERENCES_FILE}"))
        faults["references"] = own
        check_references(texts[REFERENCES_FILE], own)
    _check_tables(rows, faults, tree)
    _described(tree, contents, f"{shown}/{YAML_FILE}", problems)
    problems += [each for found in faults.values() for each in found.told()]
    if problems or tree is None:
        return in_order(problems)
    tables = {table: columns_of(own) for table, own in rows.items()}
    return place_of(tree, contents, tables, str(folder), bundled=False)


def _check_tables(
    rows: Mapping[str, list[Row]], faults: Mapping[str, Faults], tree: Mapping[str, Any] | None
) -> None:
    """Check what holds between rows; rates of diseases only where place.yaml can be read."""
    deaths = {}
    if rows.get("population"):
        deaths = dict(check_population(rows["population"], faults["population"]))
    if rows.get("disease_rates") and tree is not None:
        first = {name: int(age) for name, age in (tree.get("first_age") or {}).items()}
        solved = tree.get("solved_incidence") or ()
        check_diseases(rows["disease_rates"], faults["disease_rates"], deaths, first, solved)
    if rows.get("causes_of_death"):
        people = rows.get("population", ())
        check_causes(rows["causes_of_death"], faults["causes_of_death"], people)


def _described(
    tree: Mapping[str, Any] | None, contents: Mapping[str, bytes], shown: str,
    problems: list[Problem],
) -> None:  # fmt: skip
    """Note tables that are there and not described, or described and not there."""
    if tree is None:
        return
    for table in OPTIONAL_TABLES:
        there, told = f"{table}.csv" in contents, bool((tree.get("tables") or {}).get(table))
        if there != told:
            message = (
                "is missing, and its file is there; must say its source, licence and date"
                if there
                else f"is described, and {table}.csv is not there; must be left out"
            )
            problems.append(Problem(Position(Source(shown), 1, 1), f"tables.{table}", message))


def _yaml(text: str | None, shown: str, problems: list[Problem]) -> dict[str, Any] | None:
    """Return ``place.yaml`` as plain values, noting its faults; None if it cannot be read."""
    if text is None:
        return None
    source = Source(shown)
    tree, found = parse(text, source)
    problems += found
    if tree is None or not isinstance(tree.value, dict):
        if not found:
            message = "is no mapping; must begin, say, `name: ...`"
            problems.append(Problem(Position(source, 1, 1), "file", message))
        return None
    checker = Checker(problems)
    values = _values(checker, tree)
    usual = {name: each for name, each in (values["parameter_source"] or {}).items() if each}
    if isinstance(usual.get("source"), tuple):
        usual["source"] = list(usual["source"])
    entries = PlaceEntries(checker, usual)
    entries.take(tree)
    if "thresholds" in tree.value:
        entries.thresholds(tree.value["thresholds"])
    else:
        message = "is missing; must list what a QALY may cost, such as [20000, 30000]"
        checker.say(tree.place, "thresholds", message)
    plain = {name: _plain(tree.value[name]) for name in OF_ENTRIES[:2] if name in tree.value}
    given = {name: _without_none(each) for name, each in values.items() if each is not None}
    return {**given, **plain, "parameters": entries.found}


def _values(checker: Checker, tree: Node) -> dict[str, Any]:
    """Check all keys but those of the evidence."""
    assert isinstance(tree.value, dict)
    kept = {name: node for name, node in tree.value.items() if name not in OF_ENTRIES}
    places = {name: place for name, place in tree.key_places.items() if name in kept}
    _years_as_text(kept)
    _no_files(checker, kept)
    return checker.check(Node(kept, tree.place, key_places=places), PLACE, "") or {}


def _years_as_text(nodes: Mapping[str, Node]) -> None:
    """Let years of prices and dates of tables, which YAML takes for numbers, be text."""
    tables = nodes["tables"].value if "tables" in nodes else None
    below = tables.values() if isinstance(tables, dict) else ()
    dates = [each.value.get("date") for each in below if isinstance(each.value, dict)]
    for node in (nodes.get("price_year"), *dates):
        if node is not None and isinstance(node.value, int) and not isinstance(node.value, bool):
            node.value = node.written


def _no_files(checker: Checker, nodes: Mapping[str, Node]) -> None:
    """Refuse paths: a place reads the files of its folder, whose names are fixed."""
    tables = nodes["tables"].value if "tables" in nodes else None
    for name, node in tables.items() if isinstance(tables, dict) else ():
        below = node.value if isinstance(node.value, dict) else {}
        for key in [key for key in below if key in ("file", "path")]:
            told = printable(str(below[key].value), 60)
            message = (
                f"names the file '{told}'; must be left out: a place reads {name}.csv of its own "
                "folder and no other file"
            )
            checker.say(below[key].place, f"tables.{name}.{key}", message)
            del below[key], node.key_places[key]
        if isinstance(node.value, str):
            message = (
                f"is the text '{printable(node.value, 60)}'; must be a mapping with source, "
                f"licence and date: a place reads {name}.csv of its own folder and no other file"
            )
            checker.say(node.place, f"tables.{name}", message)
            node.value = {
                key: Node("as said", node.place, written="as said")
                for key in ("source", "licence", "date")
            }


def _plain(node: Node) -> Any:
    """Return the plain values of a node: numbers, texts, lists and mappings."""
    if isinstance(node.value, dict):
        return {name: _plain(each) for name, each in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(each) for each in node.value]
    return node.value


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(each) for name, each in value.items() if each is not None}
    return value
