"""The place that a scenario names: a bundled one, or a folder that is checked before it is used."""

from __future__ import annotations

from pathlib import Path

from abm.evidence.place import Place, bundled_place, bundled_places
from abm.scenario.hints import nearest
from abm.scenario.layers import inside
from abm.scenario.place_file import read_place
from abm.scenario.text import Node, Problem, ScenarioError, Source, printable
from abm.scenario.text import Place as Position


def place_named(name: str) -> Place:
    """Return a bundled place by its name, or that of a folder by its path.

    Raises
    ------
    ScenarioError
        With every fault of a folder.
    """
    if name in bundled_places():
        return bundled_place(name)
    found = read_place(Path(name))
    if isinstance(found, Place):
        return found
    raise ScenarioError(list(map(str, found)))


def place_as_written(place: Place, file: str | None) -> str:
    """Return a place as a scenario file names it: by its name, or by its path beside the file.

    A folder from elsewhere is its short name alone.
    """
    beside = Path(file).parent if file else None
    if place.bundled or beside is None or not Path(place.name).is_relative_to(beside):
        return place.shown
    written = Path(place.name).relative_to(beside).as_posix()
    return "./" * (written in bundled_places()) + written


def find_place(wanted: str, node: Node, root: Path | None) -> str | list[Problem]:
    """Return the bundled name or the whole path that a scenario means, or what is wrong with it.

    Parameters
    ----------
    wanted
        The name or path.
    node
        Where it stands; a path from the command line is relative to the current folder and may lead
        anywhere.
    root
        Folder in whose tree a path of a file must lie; None allows any.
    """
    if wanted in bundled_places():
        return wanted
    folder = _folder(wanted, node, root)
    if isinstance(folder, str):
        return [Problem(node.place, "population.place", folder)]
    found = read_place(folder)
    return found if isinstance(found, list) else str(folder)


def place_at(given: str) -> Place | list[Problem]:
    """Return the place that a name or path on the command line means, or what is wrong with it."""
    if given in bundled_places():
        return bundled_place(given)
    folder = Path(given).absolute()
    if not (folder.exists() or folder.is_symlink()):
        return [Problem(Position(Source(given)), "place", no_place(given))]
    return read_place(folder)


def no_place(wanted: str) -> str:
    """Say that a name or path leads to no place, and what would."""
    names = bundled_places()
    return (
        f"'{printable(wanted)}' is no bundled place and no folder; must be one of "
        f"{', '.join(names)}, or the folder of a place{nearest(wanted, names)}"
    )


def _folder(wanted: str, node: Node, root: Path | None) -> Path | str:
    """Return the folder that a path means, or why there is none."""
    told = node.place.source.shown.startswith("--")
    if root is None or told:
        found: Path | str = Path(wanted).absolute()
    else:
        found = inside(wanted, node.place.source.folder or root, (root,), follow=False)
    if isinstance(found, str) or found.exists() or found.is_symlink():
        return found
    return no_place(wanted)
