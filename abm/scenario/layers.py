"""The layers of a scenario: the file, what it extends, and overrides from the command line.

Files are found here and nowhere else: bundled scenarios by name, others inside the folder tree of
the scenario asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from abm.evidence.renamed import old_names_below, renamed, renamed_elsewhere
from abm.scenario.check import Checker, policy_name
from abm.scenario.hints import nearest, nearest_path
from abm.scenario.kinds import Section
from abm.scenario.text import (
    Node,
    Place,
    Problem,
    ScenarioError,
    Source,
    parse,
    parse_value,
    printable,
    read_text,
)
from abm.scenario.unseen import unseen_in
from abm.scenario.vocabulary import ECONOMICS, POLICY, SCENARIO

MOST_LAYERS = 10


@dataclass
class Layers:
    """The layers of one scenario, parents first, and the problems met while gathering them."""

    path: Path
    trees: list[Node] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def bundled_folder() -> Path:
    """Return the folder of the bundled scenarios: inside an installed package, or in a checkout."""
    installed = Path(__file__).resolve().parents[1] / "_scenarios"
    checkout = Path(__file__).resolve().parents[2] / "scenarios"
    return installed if installed.is_dir() else checkout


def bundled_names() -> list[str]:
    """Return the names of the bundled scenarios in alphabetical order."""
    return sorted(path.stem for path in bundled_folder().glob("*.yaml"))


def gather(name_or_path: str) -> Layers:
    """Read a scenario and everything it extends.

    Raises
    ------
    ScenarioError
        If the scenario asked for cannot be read at all. Faults of what it extends are kept as
        problems, so that its own faults are still found.
    """
    path, shown = _asked_for(name_or_path)
    layers = Layers(path)
    text = read_text(path, Source(shown, path.parent))
    _gather_into(layers, text, path, Source(shown, path.parent), [])
    layers.trees.reverse()
    return layers


def _asked_for(name_or_path: str) -> tuple[Path, str]:
    bundled = bundled_names()
    if name_or_path in bundled:
        path = bundled_folder() / f"{name_or_path}.yaml"
        return path.resolve(), _shown(path)
    try:
        path = Path(name_or_path)
        exists = path.exists()
        resolved = path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise _no_scenario(name_or_path, f"is no usable path ({error})", "") from None
    if not is_utf8(str(resolved)):
        message = "has a name that is not UTF-8; must be renamed, or moved out of such a folder"
        raise _no_scenario(name_or_path, message, "")
    line_end = "a line end, which nobody would see" if "\n" in str(path) else ""
    if unseen := unseen_in(str(path)) or line_end:
        message = f"has a name that holds {unseen}; must be renamed"
        raise _no_scenario(name_or_path, message, "")
    if not exists:
        hint = nearest(path.stem, bundled)
        wanted = f"does not exist; must be a scenario file or one of {', '.join(bundled)}"
        raise _no_scenario(name_or_path, wanted, hint)
    return resolved, name_or_path


def is_utf8(name: str) -> bool:
    """Return whether a name can be written as UTF-8: reports and manifests have to hold it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_scenario(name_or_path: str, message: str, hint: str) -> ScenarioError:
    place = Place(Source(name_or_path), 1, 1)
    return ScenarioError([str(Problem(place, "file", printable(message, 500) + hint))])


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _gather_into(layers: Layers, text: str, path: Path, source: Source, below: list[Path]) -> None:
    tree, problems = parse(text, source)
    layers.problems += problems
    if tree is None or tree.value is None:
        if not problems:
            message = "is empty; must be a mapping that begins, say, `name: ...`"
            layers.problems.append(Problem(Place(source, 1, 1), "file", message))
        return
    if not isinstance(tree.value, dict):
        Checker(layers.problems).check(tree, SCENARIO, "")
        return
    layers.trees.append(tree)
    note_repeated_policies(layers.problems, tree)
    if "extends" in tree.value:
        _gather_parent(layers, tree.value["extends"], [*below, path])


def _gather_parent(layers: Layers, node: Node, chain: list[Path]) -> None:
    """Read the parent a layer names, unless it may not be read or the chain comes round."""
    if node.value is None:
        return

    def refuse(message: str) -> None:
        layers.problems.append(Problem(node.place, "extends", message))

    wanted = Checker(layers.problems).check(node, SCENARIO.keys["extends"].kind, "extends")
    if wanted is None:
        return
    found = _parent_path(wanted, node, layers.path.parent)
    if isinstance(found, str):
        refuse(found)
    elif found in chain:
        circle = " -> ".join(_shown(path) for path in [*chain[chain.index(found) :], found])
        refuse(f"is circular ({printable(circle, 500)}); must lead to a scenario without extends")
    elif len(chain) >= MOST_LAYERS:
        refuse(f"is the end of a chain of more than {MOST_LAYERS} files; must be at most that")
    else:
        source = Source(_shown(found), found.parent)
        try:
            text = read_text(found, source)
        except ScenarioError as error:
            reason = error.problems[0].split(": file: ", 1)[-1]
            refuse(f"'{printable(wanted)}' {reason}")
            return
        _gather_into(layers, text, found, source, chain)


def _parent_path(wanted: str, node: Node, root: Path) -> Path | str:
    """Return the file of a parent, or the reason why there is none."""
    bundled = bundled_names()
    if wanted in bundled:
        return (bundled_folder() / f"{wanted}.yaml").resolve()
    folder = node.place.source.folder or root
    found = inside(wanted, folder, (root, bundled_folder().resolve()))
    if isinstance(found, str):
        return found
    if not found.exists():
        return (
            f"'{printable(wanted)}' does not exist; must be a path relative to this file or one "
            f"of {', '.join(bundled)}{nearest(Path(wanted).stem, bundled)}"
        )
    return found


def inside(
    wanted: str, folder: Path, roots: Sequence[Path], follow: bool = True
) -> Path | str:
    """Resolve a relative path, links included, and say why if it leaves the folder trees.

    Without ``follow`` the path comes back as it is written, for those who look at links themselves.
    """
    shown = printable(wanted)
    if re.match(r"[A-Za-z]:|[/\\~]", wanted):
        return f"'{shown}' is not relative; must be a path relative to this file"
    try:
        found = (folder / wanted).resolve()
        if found.exists():
            found.stat()
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        return f"'{shown}' is no usable path ({printable(str(reason))}); must be a relative path"
    if not any(found.is_relative_to(root) for root in roots):
        return (
            f"'{shown}' lies outside the scenario's folder; must be a path inside its folder tree"
        )
    return found if follow else folder / wanted


def note_repeated_policies(problems: list[Problem], tree: Node) -> None:
    """Note every policy that has the name of one before it."""
    assert isinstance(tree.value, dict)
    policies = tree.value.get("policies")
    seen: dict[str, Place] = {}
    items = policies.value if policies and isinstance(policies.value, list) else []
    for i, item in enumerate(items):
        name = policy_name(item)
        if name in seen:
            line = seen[str(name)].line
            first = f" (first on line {line}); must be unique in a file" if line else ""
            message = f"the name '{printable(str(name), 64)}' is given to two policies"
            message += first or "; must be unique"
            problems.append(Problem(item.place, f"policies[{i}].name", message))
        elif name:
            seen[name] = item.place


def override_layers(
    pairs: Sequence[tuple[str, str]], tree: Node, entries: Mapping[str, object] | None, root: Path
) -> tuple[list[Node], list[Problem]]:
    """Turn overrides into layers to merge over the files.

    Parameters
    ----------
    pairs
        What the user wrote, as (option, "KEY=VALUE"); the option names the place in messages.
    tree
        The merged files, in which an overridden policy must exist.
    entries
        The evidence by path; None if no key of ``pairs`` needs it.
    root
        Folder that paths in values are relative to.
    """
    layers: list[Node] = []
    problems: list[Problem] = []
    for option, text in pairs:
        source = Source(option, root)
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            message = f"'{printable(text)}' has no value; must be KEY=VALUE such as years=10"
            problems.append(Problem(Place(source), printable(key) or "KEY", message))
            continue
        node, faults = parse_value(value, source)
        problems += [Problem(fault.place, key, fault.message) for fault in faults]
        if node is None:
            continue
        layer = _override_layer(key, node, tree, entries)
        if isinstance(layer, str):
            problems.append(Problem(Place(source), key, layer))
        else:
            layers.append(layer)
    return layers, problems


def needs_evidence(key: str) -> bool:
    """Say whether the key of an override is no scenario key, and so may be an evidence path."""
    return not _is_scenario_key(key)


def _is_scenario_key(key: str) -> bool:
    """Say whether a key is one of the vocabulary; evidence paths begin with ``economics`` too."""
    first, _, rest = key.strip().partition(".")
    of_the_evidence = first == "economics" and rest.split(".")[0] not in ("", *ECONOMICS.keys)
    return first.strip() in SCENARIO.keys and not of_the_evidence


def _override_layer(
    key: str, node: Node, tree: Node, entries: Mapping[str, object] | None
) -> Node | str:
    first, _, rest = key.partition(".")
    if first == "extends":
        return "cannot be set; must be written in a scenario file"
    if first == "parameters" and rest:
        return _nested(["parameters", rest], node)
    if first == "policies" and rest:
        return _policy_layer(rest, node, tree)
    if _is_scenario_key(key):
        return _nested(key.split("."), node)
    known = list(entries or ())
    if any(entry == key or entry.startswith(key + ".") for entry in known):
        return _nested(["parameters", key], node)
    if gone := renamed(key, known) or renamed_elsewhere(key):
        return gone
    if old_names_below(key):  # a group that is gone
        return _nested(["parameters", key], node)
    paths = [*_scenario_paths(tree), *known]
    ending = [path for path in paths if path.endswith("." + key)]
    return (
        "unknown key; must be a scenario key (such as years, population.entrants or "
        "policies.NAME.reach) or an evidence path"
        f"{nearest(ending[0], ending) if ending else nearest_path(key, paths)}"
    )


def _scenario_paths(tree: Node) -> list[str]:
    """Return the paths that an override of this scenario may name, for suggestions."""
    population = SCENARIO.keys["population"].kind
    assert isinstance(population, Section)
    paths = [*SCENARIO.keys, *(f"population.{name}" for name in population.keys)]
    paths += [".".join(("economics", name)) for name in ECONOMICS.keys]
    return paths + [f"policies.{name}.{key}" for name in policy_names(tree) for key in POLICY.keys]


def policy_names(tree: Node) -> list[str]:
    """Return the names of a scenario's policies, in their order."""
    policies = tree.value.get("policies") if isinstance(tree.value, dict) else None
    items = policies.value if policies and isinstance(policies.value, list) else []
    return [name for name in map(policy_name, items) if name]


def _policy_layer(rest: str, node: Node, tree: Node) -> Node | str:
    name, _, below = rest.partition(".")
    names = policy_names(tree)
    if name not in names and (gone := renamed_elsewhere(rest)):
        return gone
    if name not in names:
        listed = f"one of {', '.join(names)}" if names else "left out: the scenario has no policies"
        return f"unknown policy '{printable(name, 64)}'; must be {listed}{nearest(name, names)}"
    if not below:
        return "is a whole policy; must name one of its keys, such as reach"
    if below.split(".")[0] == "name":
        return "cannot be set; a policy keeps its name"
    policy = _nested(below.split("."), node)
    assert isinstance(policy.value, dict)
    policy.value["name"] = Node(name, node.place, written=name)
    policy.key_places["name"] = node.place
    return _nested(["policies"], Node([policy], node.place))


def _nested(keys: Sequence[str], node: Node) -> Node:
    for key in reversed(keys):
        node = Node({key: node}, node.place, key_places={key: node.place})
    return node
