"""The entries of the evidence: each model parameter with its uncertainty, source and grade.

They stand in ``abm/evidence/*.yaml``; what a file of them may hold is said in its README.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from abm.evidence.distributions import DISTRIBUTIONS, quantile
from abm.evidence.reader import EVIDENCE_FOLDER, read_tree

Value = float | Mapping[float, float]

GROUPS = ("policy", "behaviour", "inflammation", "disease", "mortality", "economics")
GRADES = ("measured", "derived", "recalled", "assumed")
UNCHECKED = ("recalled", "assumed")  # no source was read: reports and the ledger list them
TABLE_UNCERTAINTIES = ("factor", "exponent")

_UNCERTAINTY = re.compile(r"^(?:(factor|exponent) )?(\w+), (\S+) to (\S+)$")
_RANGE = re.compile(r"^(\S+) to (\S+)$")
_REQUIRED = ("value", "unit", "source", "where", "grade", "description")
_OPTIONAL = ("uncertainty", "allowed", "group", "drawn_with", "remainder_of", "price_year")
_PRICE_YEAR = re.compile(r"^(\d{4})(/\d{2})?$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One model parameter, or one table of numbers over age, with where it comes from.

    ``low`` and ``high`` are the 95 % interval (the ends for triangular and uniform). For a table
    they belong to one shared multiplier (``table_uncertainty`` "factor") or power ("exponent",
    which scales the logarithm of every hazard ratio alike) with median 1. An entry that is
    ``drawn_with`` another uses the other's quantile; one that is ``remainder_of`` others is 1
    less their sum. ``price_year`` is the calendar or financial year of a cost, such as "2020" or
    "2010/11"; "" where the number is no cost.
    """

    path: str
    value: Value
    unit: str
    distribution: str | None
    low: float | None
    high: float | None
    minimum: float
    maximum: float
    source: tuple[str, ...]
    where: str
    grade: str
    description: str
    group: str
    table_uncertainty: str | None = None
    drawn_with: str | None = None
    remainder_of: tuple[str, ...] = ()
    price_year: str = ""

    def at_quantile(self, u: float) -> Value:
        """Return the value at quantile ``u`` of the entry's uncertainty; the value if it has none.

        Table values are held within the allowed range.
        """
        if self.distribution is None or self.low is None or self.high is None:
            return self.value
        if isinstance(self.value, float):
            return quantile(
                u, self.distribution, self.value, self.low, self.high, self.minimum, self.maximum
            )
        multiplier = quantile(u, self.distribution, 1.0, self.low, self.high)
        power = self.table_uncertainty == "exponent"
        moved = (
            (knot, value**multiplier if power else value * multiplier)
            for knot, value in self.value.items()
        )
        return MappingProxyType(
            {knot: min(max(value, self.minimum), self.maximum) for knot, value in moved}
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """All entries by path, and a hash of everything in the evidence folder that feeds the model."""

    entries: Mapping[str, Entry]
    hash: str


@cache
def load_evidence() -> Evidence:
    """Read all entries of the evidence folder, once per process.

    Raises
    ------
    ValueError
        If an entry is malformed; the message names file and path.
    """
    entries: dict[str, Entry] = {}
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(EVIDENCE_FOLDER.iterdir()):
        if file.suffix in (".yaml", ".csv"):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        if file.suffix == ".yaml":
            tree = read_tree(file)
            group = tree.pop("group", None)
            for path, leaf in _leaves(tree, ()):
                if path in entries:
                    raise ValueError(f"{file.name}: {path} is already in another file")
                entries[path] = _entry(file.name, path, {"group": group, **leaf})
    _check_links(entries)
    return Evidence(MappingProxyType(entries), digest.hexdigest())


def _leaves(tree: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping that has a ``value``, with its path."""
    for key, below in tree.items():
        path = (*above, key)
        if isinstance(below, dict) and "value" in below:
            yield ".".join(path), below
        elif isinstance(below, dict):
            yield from _leaves(below, path)
        else:
            raise ValueError(f"{'.'.join(path)}: expected an entry, found {below!r}")


def _entry(file: str, path: str, leaf: dict[str, Any]) -> Entry:
    """Make an entry from its mapping, refusing what is unknown or missing."""
    where = f"{file}: {path}"
    _check_keys(where, leaf)
    kind, distribution, low, high = _uncertainty(where, leaf.get("uncertainty"))
    limits = _RANGE.match(leaf.get("allowed", "-inf to inf"))
    if limits is None:
        raise ValueError(f"{where}: allowed must read 'MINIMUM to MAXIMUM'")
    value = leaf["value"]
    if isinstance(value, dict) and distribution and kind not in TABLE_UNCERTAINTIES:
        raise ValueError(f"{where}: the uncertainty of a table is a 'factor' or an 'exponent'")
    return Entry(
        path=path,
        value=MappingProxyType(value) if isinstance(value, dict) else float(value),
        unit=str(leaf["unit"]),
        distribution=distribution,
        low=low,
        high=high,
        minimum=float(limits[1]),
        maximum=float(limits[2]),
        source=tuple(leaf["source"]),
        where=str(leaf["where"]),
        grade=leaf["grade"],
        description=leaf["description"],
        group=leaf["group"],
        table_uncertainty=kind,
        drawn_with=leaf.get("drawn_with"),
        remainder_of=tuple(leaf.get("remainder_of", ())),
        price_year=_price_year(where, leaf.get("price_year", "")),
    )


def _price_year(where: str, given: float | str) -> str:
    """Read the year of a cost's money."""
    text = f"{given:g}" if isinstance(given, float) else given
    if text and not _PRICE_YEAR.match(text):
        raise ValueError(f"{where}: price_year is {text!r}, must read 2020 or 2010/11")
    return text


def _check_keys(where: str, leaf: dict[str, Any]) -> None:
    """Refuse an entry with missing or unknown keys, or of an unknown grade or group."""
    missing = [key for key in _REQUIRED if key not in leaf]
    unknown = [key for key in leaf if key not in _REQUIRED + _OPTIONAL]
    if missing or unknown:
        raise ValueError(f"{where}: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}")
    for key, known in (("grade", GRADES), ("group", GROUPS)):
        if leaf[key] not in known:
            raise ValueError(f"{where}: {key} is {leaf[key]!r}, must be one of {', '.join(known)}")


def _uncertainty(
    where: str, text: str | None
) -> tuple[str | None, str | None, float | None, float | None]:
    """Read ``[factor|exponent] DISTRIBUTION, LOW to HIGH``."""
    if text is None:
        return None, None, None, None
    match = _UNCERTAINTY.match(text)
    if match is None or match[2] not in DISTRIBUTIONS:
        raise ValueError(
            f"{where}: uncertainty is {text!r}, must read '[factor|exponent] DISTRIBUTION, "
            f"LOW to HIGH' with one of {', '.join(DISTRIBUTIONS)}"
        )
    return match[1], match[2], float(match[3]), float(match[4])


def _check_links(entries: Mapping[str, Entry]) -> None:
    """Refuse links between entries that lead nowhere."""
    for entry in entries.values():
        links = entry.remainder_of + ((entry.drawn_with,) if entry.drawn_with else ())
        for link in links:
            if link not in entries or entries[link].drawn_with or entries[link].remainder_of:
                raise ValueError(f"{entry.path}: {link} is not an entry of its own")
