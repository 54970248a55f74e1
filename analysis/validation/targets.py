"""What was published, and within which limits the model has to come."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from abm.evidence.reader import read_tree

FOLDER = Path(__file__).parent
KINDS = ("tune", "check", "report")


@dataclass(frozen=True)
class Target:
    """One published number.

    ``published`` with its 95 % interval (NaN where there is none); ``lowest`` and ``highest`` are
    the limits for the modelled number. ``kind``: tune, parameters may have been chosen with it;
    check, it follows from the inputs; report, shown without a verdict. ``line``: what this and
    others of its kind are called where they stand on one line.
    """

    name: str
    item: str
    what: str
    unit: str
    published: float
    published_low: float
    published_high: float
    lowest: float
    highest: float
    kind: str
    source: tuple[str, ...]
    note: str
    line: str


def _number(text: str, empty: float = math.nan) -> float:
    return float(text) if text else empty


def _target(row: Mapping[str, str]) -> Target:
    return Target(
        name=row["name"],
        item=row["name"].split(".")[0],
        what=row["what"],
        unit=row["unit"],
        published=_number(row["published"]),
        published_low=_number(row["published_low"]),
        published_high=_number(row["published_high"]),
        lowest=_number(row["lowest"], -math.inf),
        highest=_number(row["highest"], math.inf),
        kind=row["kind"],
        source=tuple(row["source"].split()),
        note=row["note"],
        line=row["line"] or row["what"],
    )


@cache
def targets() -> dict[str, Target]:
    """Return the targets by name, in the order of the file.

    Raises
    ------
    ValueError
        If a name occurs twice, or a kind is unknown.
    """
    lines = (FOLDER / "targets.csv").read_text(encoding="utf-8").splitlines()
    found: dict[str, Target] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        if row["name"] in found:
            raise ValueError(f"targets.csv: {row['name']} is given twice")
        if row["kind"] not in KINDS:
            raise ValueError(f"targets.csv: {row['name']}: kind is {row['kind']!r}")
        found[row["name"]] = _target(row)
    return found


def of_item(item: str) -> list[Target]:
    """Return the targets of one item."""
    return [target for target in targets().values() if target.item == item]


@cache
def reasons() -> dict[str, str]:
    """Return why targets are missed, by name or by the beginning of several names."""
    return {str(key): str(text) for key, text in read_tree(FOLDER / "reasons.yaml").items()}


def reason_for(name: str) -> str:
    """Return the reason given for a target: its own, or that of the group its name belongs to."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        found = reasons().get("_".join(parts[:length]))
        if found:
            return found
    return ""
