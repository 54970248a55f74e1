"""Evidence entries and the parameters made from them.

Every number of nature in the model is an entry in ``abm/evidence/*.yaml``. This module reads the
entries and turns them into parameters: their central values, one addressed draw of all of them,
or the values at chosen quantiles. The same three ways serve runs, uncertainty and sensitivity.
"""

import hashlib
import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Any

from abm.evidence.distributions import DISTRIBUTIONS, quantile
from abm.evidence.reader import EVIDENCE_FOLDER, read_tree

Value = float | Mapping[float, float]

GROUPS = ("policy", "behaviour", "inflammation", "disease", "mortality", "economics")
GRADES = ("measured", "derived", "assumed")
TABLE_UNCERTAINTIES = ("factor", "exponent")

_UNCERTAINTY = re.compile(r"^(?:(factor|exponent) )?(\w+), (\S+) to (\S+)$")
_RANGE = re.compile(r"^(\S+) to (\S+)$")
_REQUIRED = ("value", "unit", "source", "where", "grade", "description")
_OPTIONAL = ("uncertainty", "allowed", "group", "drawn_with", "remainder_of")


class ParameterError(ValueError):
    """A parameter path that does not exist, or a value outside its allowed range."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of nature, or one table of numbers over age, with where it comes from.

    ``low`` and ``high`` are the 95 % interval (the ends for triangular and uniform). For a table
    they belong to one shared multiplier (``table_uncertainty`` "factor") or power ("exponent",
    which scales the logarithm of every hazard ratio alike) with median 1. An entry that is
    ``drawn_with`` another uses the other's quantile; one that is ``remainder_of`` others is 1
    less their sum.
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


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values a run uses, by path; ``parameters["il6.training.amplitude"]``.

    ``overrides`` are the entries that were set by hand, ``hash`` identifies all values together.
    """

    values: Mapping[str, Value]
    overrides: Mapping[str, Value]
    hash: str

    def __getitem__(self, path: str) -> Any:
        """Return the number, or the table over age, at ``path``."""
        try:
            return self.values[path]
        except KeyError:
            raise ParameterError(_unknown(path)) from None

    def __iter__(self) -> Iterator[str]:
        """Iterate over the paths."""
        return iter(self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes as plain dictionaries; read-only mappings cannot be pickled."""
        plain = [
            {p: dict(v) if isinstance(v, Mapping) else v for p, v in values.items()}
            for values in (self.values, self.overrides)
        ]
        return _arrived, (*plain, self.hash)

    def under(self, prefix: str) -> dict[str, Any]:
        """Return what lies below ``prefix``, by the rest of the path."""
        start = prefix + "."
        below = [path for path in self.values if path.startswith(start)]
        found = {path[len(start) :]: self.values[path] for path in below}
        if not found:
            raise ParameterError(_unknown(prefix))
        return found


def _arrived(values: dict[str, Any], overrides: dict[str, Any], name: str) -> Parameters:
    """Make parameters from plain dictionaries, read-only again."""
    frozen = [
        MappingProxyType(
            {p: MappingProxyType(v) if isinstance(v, dict) else v for p, v in d.items()}
        )
        for d in (values, overrides)
    ]
    return Parameters(frozen[0], frozen[1], name)


def table_at(value: Value, age: float) -> float:
    """Return a table's value at ``age``: linear between knots, flat outside; a number as it is.

    Examples
    --------
    >>> table_at({20: 1.0, 40: 2.0}, 25)
    1.25
    >>> table_at({20: 1.0, 40: 2.0}, 90)
    2.0
    """
    if not isinstance(value, Mapping):
        return float(value)
    knots = sorted(value)
    above = bisect_right(knots, age)
    if above == 0 or above == len(knots):
        return float(value[knots[max(above - 1, 0)]])
    left, right = knots[above - 1], knots[above]
    share = (age - left) / (right - left)
    return float(value[left] + share * (value[right] - value[left]))


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
    missing = [key for key in _REQUIRED if key not in leaf]
    unknown = [key for key in leaf if key not in _REQUIRED + _OPTIONAL]
    if missing or unknown:
        raise ValueError(f"{where}: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}")
    kind, distribution, low, high = _uncertainty(where, leaf.get("uncertainty"))
    limits = _RANGE.match(leaf.get("allowed", "-inf to inf"))
    if limits is None:
        raise ValueError(f"{where}: allowed must read 'MINIMUM to MAXIMUM'")
    value = leaf["value"]
    for key, known in (("grade", GRADES), ("group", GROUPS)):
        if leaf[key] not in known:
            raise ValueError(f"{where}: {key} is {leaf[key]!r}, must be one of {', '.join(known)}")
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
    )


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


def uncertain_paths() -> list[str]:
    """Return the paths that have an uncertainty of their own, sorted."""
    entries = load_evidence().entries.values()
    return sorted(e.path for e in entries if e.distribution and not e.drawn_with)


def central_parameters(overrides: Mapping[str, Value] = MappingProxyType({})) -> Parameters:
    """Return the central value of every entry, with ``overrides`` in place of some.

    Raises
    ------
    ParameterError
        If an override's path is unknown or its value is not allowed.
    """
    return parameters_from_quantiles({}, overrides)


def parameters_from_quantiles(
    quantiles: Mapping[str, float], overrides: Mapping[str, Value] = MappingProxyType({})
) -> Parameters:
    """Return parameters with the named entries at quantiles of their uncertainty.

    Parameters
    ----------
    quantiles
        Path to u in (0, 1); entries not named keep their central value, and entries drawn with
        a named one follow it.
    overrides
        Path to value; wins over a quantile.

    Raises
    ------
    ParameterError
        If a path is unknown, has no uncertainty of its own, or an override is not allowed.
    """
    entries = load_evidence().entries
    for path in quantiles:
        if path not in entries:
            raise ParameterError(_unknown(path))
        if entries[path].distribution is None or entries[path].drawn_with:
            raise ParameterError(f"{path} has no uncertainty of its own")
    checked = {path: checked_value(path, value) for path, value in overrides.items()}
    values: dict[str, Value] = {}
    for path, entry in entries.items():
        u = quantiles.get(entry.drawn_with or path)
        if path in checked:
            values[path] = checked[path]
        else:
            values[path] = entry.value if u is None else entry.at_quantile(u)
    for entry in entries.values():
        if entry.remainder_of and entry.path not in checked:
            values[entry.path] = _remainder(entry, values)
    return Parameters(MappingProxyType(values), MappingProxyType(checked), _hash(values))


def draw_parameters(
    draw: int, seed: int, overrides: Mapping[str, Value] = MappingProxyType({})
) -> Parameters:
    """Return draw number ``draw`` of all uncertain entries; draw -1 holds the central values.

    Each entry's quantile is a hash of seed, path and draw: it depends neither on how many draws
    are made nor on which other entries exist.
    """
    if draw < 0:
        return central_parameters(overrides)
    return parameters_from_quantiles(
        {path: addressed_uniform(seed, path, draw) for path in uncertain_paths()}, overrides
    )


def addressed_uniform(seed: int, path: str, draw: int) -> float:
    """Return the uniform number in (0, 1) that belongs to this seed, path and draw."""
    digest = hashlib.blake2b(f"{seed}/{path}/{draw}".encode(), digest_size=8).digest()
    return ((int.from_bytes(digest, "big") >> 12) + 0.5) / 2**52


def checked_value(path: str, value: Any) -> Value:
    """Return ``value`` in the form of entry ``path``, refusing what the entry does not allow.

    A single number for a table over age holds at every age.
    """
    entry = load_evidence().entries.get(path)
    if entry is None:
        raise ParameterError(_unknown(path))
    if isinstance(value, Mapping) and isinstance(entry.value, float):
        raise ParameterError(f"{path} is one number [{entry.unit}], not a table")
    numbers = list(value.values()) if isinstance(value, Mapping) else [value]
    if not numbers:
        raise ParameterError(f"{path}: the table is empty")
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ParameterError(f"{path} is {number!r}, must be a number [{entry.unit}]")
        if not (math.isfinite(number) and entry.minimum <= number <= entry.maximum):
            raise ParameterError(
                f"{path} is {number:g}, must be within "
                f"[{entry.minimum:g}, {entry.maximum:g}] [{entry.unit}]"
            )
    if isinstance(value, Mapping):
        return MappingProxyType({float(knot): float(number) for knot, number in value.items()})
    if isinstance(entry.value, Mapping):
        return MappingProxyType(dict.fromkeys(entry.value, float(value)))
    return float(value)


def _remainder(entry: Entry, values: Mapping[str, Value]) -> float:
    """Return 1 less the sum of the entries it completes."""
    rest = 1.0
    for path in entry.remainder_of:
        part = values[path]
        assert isinstance(part, float)
        rest -= part
    if not entry.minimum - 1e-12 <= rest <= entry.maximum + 1e-12:
        parts = " + ".join(entry.remainder_of)
        raise ParameterError(f"{entry.path} = 1 - ({parts}) is {rest:g}, outside its range")
    return round(rest, 12)


def _hash(values: Mapping[str, Value]) -> str:
    """Return a short name for all values together, the same on every machine."""
    plain = {
        path: sorted(value.items()) if isinstance(value, Mapping) else value
        for path, value in values.items()
    }
    text = json.dumps(plain, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _unknown(path: str) -> str:
    """Say that a path is unknown, and which known one is nearest."""
    nearest = get_close_matches(path, load_evidence().entries, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"unknown parameter {path!r}{hint}"
