"""What a run's numbers may depend on: versions, sources, input; and the manifest that says so."""

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from abm.evidence.entries import load_evidence
from abm.kernel.blocks import WORLDS, Counts
from abm.population.setup import Setup
from abm.population.survey_summary import summary_of
from abm.version import __version__

PACKAGES = ("numpy", "numba", "llvmlite", "pandas", "pyarrow", "mesa", "SALib", "matplotlib")
# What turns the sources into numbers; the others only make tables and figures of them.
COMPILERS = ("numpy", "numba", "llvmlite")


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def versions() -> dict[str, str]:
    """Return the versions of the program, Python, and the packages it stands on."""
    found = {"exercise-il6": __version__, "python": platform.python_version()}
    known = {package: _version_of(package) for package in PACKAGES}
    return found | {package: number for package, number in known.items() if number}


@cache
def program_hash() -> str:
    """Return a hash of the model's sources as they were when first asked for."""
    return hash_of_files(*Path(__file__).parents[1].rglob("*.py"))


@cache
def hash_of_files(*files: Path) -> str:
    """Return a hash of files, and of where they lie in the program, as they were at first."""
    digest = hashlib.blake2b(digest_size=8)
    folder = Path(__file__).parents[2]
    for file in sorted(files):
        digest.update(f"{file.relative_to(folder).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()


@cache
def stamp() -> dict[str, str]:
    """Return what two processes must have in common to get the same bits from the same input."""
    found = {"exercise-il6": __version__, "sources": program_hash()}
    return found | {package: _version_of(package) or "none" for package in COMPILERS}


def difference_of(written: Mapping[str, Any]) -> str:
    """Say in what another stamp differs from this program's; nothing if it does not.

    Examples
    --------
    >>> difference_of(stamp())
    ''
    >>> difference_of(stamp() | {"exercise-il6": "0.0.9", "numpy": "1.26.4"})
    'version 0.0.9, numpy 1.26.4'
    """
    ours = stamp()
    different = [what for what in ours if str(written.get(what)) != ours[what]]
    if not different:
        return ""
    version = _shown(written, "exercise-il6")
    others = [f"{what} {_shown(written, what)}" for what in different if what != "exercise-il6"]
    return ", ".join([f"version {version}", *others])


def _shown(written: Mapping[str, Any], what: str) -> str:
    return ascii(str(written.get(what, "unknown")))[1:-1][:40]


def digest_of(content: Any) -> str:
    """Return a digest of nested tuples of arrays and plain values, exact to the bit.

    Examples
    --------
    >>> digest_of((1.0, "a")) == digest_of((1.0, "b"))
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    _feed(digest, content)
    return digest.hexdigest()


def _feed(digest: Any, content: Any) -> None:
    if isinstance(content, tuple):
        digest.update(f"{len(content)}(".encode())
        for part in content:
            _feed(digest, part)
    elif isinstance(content, np.ndarray | np.void) and content.dtype.names:
        # Field by field: the gaps between fields may hold anything.
        for name in content.dtype.names:
            _feed(digest, np.asarray(content[name]))
    elif isinstance(content, np.ndarray):
        if content.dtype.hasobject:
            raise TypeError("an array of objects has no digest")
        digest.update(f"{content.dtype}{content.shape}".encode() + content.tobytes())
    elif content is None or isinstance(content, bool | int | float | str | bytes | np.generic):
        digest.update(repr(content).encode() + b"\0")
    else:  # the text of others may leave something out
        raise TypeError(f"a {type(content).__name__} has no digest")


def manifest(
    setup: Setup, runs: Mapping[tuple[int, int], Counts], seconds: float
) -> dict[str, Any]:
    """Return what is needed to repeat a run, and what it cost."""
    scenario = setup.scenario
    evidence = load_evidence(scenario.place)
    survey = summary_of(setup.survey, scenario).facts() if setup.survey else None
    return {
        "scenario": scenario.to_dict(),
        "scenario_hash": scenario.hash,
        "parameters_hash": setup.parameters.hash,
        "evidence_hash": evidence.hash,
        "place": {
            "name": scenario.place.shown, "title": scenario.place.title,
            "year": scenario.place.year, "digest": scenario.place.digest,
        },
        "overrides": {key: _plain(value) for key, value in setup.parameters.overrides.items()},
        "versions": versions(),
        "sources_hash": program_hash(),
        "seeds": sorted({seed for seed, _ in runs}),
        "draws": len({draw for _, draw in runs}) - 1,
        "persons": scenario.persons,
        "worlds": list(WORLDS[: setup.worlds]),
        "only_effects": setup.only_effects,
        "wall_seconds": round(seconds, 3),
        "warnings": list(dict.fromkeys([*scenario.warnings, *setup.notes])),
        "assumed_entries": sum(e.grade == "assumed" for e in evidence.entries.values()),
        **({} if survey is None else {"survey": survey}),
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
