"""Who imports whom: rooms, floors, arrows and circles, drawn from the sources.

    python -m tests.import_graph              # the drawing that docs/architecture.md shows

A room is a folder of ``abm`` or ``analysis``, or a module that stands beside them. Imports inside
functions count like all others; those for type checkers alone do not. The floor of a room is one
more than that of the highest room it imports, so an arrow always leads down, unless there is a
circle.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("abm", "analysis")
Graph = dict[str, set[str]]


def module_name(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> dict[str, Path]:
    """Return the sources of both packages by module."""
    return {
        module_name(path): path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a tree's nodes, leaving out what is imported for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if not _for_types_only(child):
            yield child
            yield from _nodes(child)


def imported(path: Path, known: Mapping[str, Path]) -> set[str]:
    """Return the modules of both packages that a file imports, inside functions too."""
    found = set()
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return found & set(known)


def module_graph() -> Graph:
    """Return for each module those it imports; front doors (lazy names, ``-m``) are left out."""
    known = modules()
    return {
        name: imported(path, known) - {name}
        for name, path in known.items()
        if name not in PACKAGES and not name.endswith("__main__")
    }


def room_of(module: str) -> str:
    """Return the room that a module stands in.

    Examples
    --------
    >>> room_of("abm.kernel.month"), room_of("abm.conditions")
    ('abm.kernel', 'abm.conditions')
    """
    return ".".join(module.split(".")[:2])


def room_graph(graph: Graph) -> Graph:
    """Return for each room the other rooms it imports."""
    rooms: Graph = {}
    for module, others in graph.items():
        mine = rooms.setdefault(room_of(module), set())
        mine |= {room_of(each) for each in others if each not in PACKAGES}
    return {room: others - {room} for room, others in rooms.items()}


def circles(graph: Graph) -> list[list[str]]:
    """Return a way round for each circle that a walk from some node runs into."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(node: str, way: list[str]) -> None:
        if node in way:
            found.append([*way[way.index(node) :], node])
        elif node not in done:
            for other in sorted(graph.get(node, ())):
                walk(other, [*way, node])
            done.add(node)

    for node in sorted(graph):
        walk(node, [])
    return found


def floors(graph: Graph) -> dict[str, int]:
    """Return each node's floor, from 0 for those that import none; there must be no circle."""
    found: dict[str, int] = {}

    def floor(node: str) -> int:
        if node not in found:
            found[node] = 1 + max((floor(other) for other in graph.get(node, ())), default=-1)
        return found[node]

    for node in graph:
        floor(node)
    return found


def reduced(graph: Graph) -> Graph:
    """Return a graph without the arrows that a longer way implies; there must be no circle.

    Examples
    --------
    >>> reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()})["a"]
    {'b'}
    """

    def below(node: str) -> set[str]:
        return {node}.union(*(below(other) for other in graph[node]))

    return {
        node: {
            other for other in others if not any(other in below(each) for each in others - {other})
        }
        for node, others in graph.items()
    }


def drawing() -> str:
    """Return the rooms by floor, the highest first, each with the rooms right below it.

    Arrows that a longer way implies are left out of the drawing, and counted.
    """
    inner = module_graph()
    rooms = room_graph(inner)
    on, nearest = floors(rooms), reduced(rooms)
    lines = []
    for number in range(max(on.values()), -1, -1):
        for room in sorted(room for room, floor in on.items() if floor == number):
            others = ", ".join(sorted(nearest[room], key=lambda each: (-on[each], each)))
            lines.append(f"{number:>2}  {room:<21} {'-> ' + others if others else ''}".rstrip())
    arrows = sum(len(others) for others in rooms.values())
    lines.append(
        f"{len(rooms)} rooms, {max(on.values()) + 1} floors, {arrows} arrows, "
        f"{len(circles(rooms))} circles of rooms, {len(circles(inner))} circles of modules"
    )
    return "\n".join(lines)


def main() -> int:
    """Print the drawing, or the circles that forbid one."""
    found = circles(room_graph(module_graph())) or circles(module_graph())
    print("\n".join(" -> ".join(way) for way in found) or drawing())
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
