"""Parameters: the values of all evidence entries that a run uses.

They are the central values, one addressed draw of all of them, or the values at chosen quantiles.
The same three ways serve runs, uncertainty and sensitivity.
"""

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from abm.evidence.entries import Evidence, Value, general_evidence, load_evidence
from abm.evidence.place import Place, bundled_place
from abm.evidence.remainders import kept_whole, left_for, refused, set_by
from abm.evidence.renamed import renamed, renamed_elsewhere


class ParameterError(ValueError):
    """A parameter path that does not exist, or a value outside its allowed range."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values a run uses, by path; ``parameters["il6.training.amplitude"]``.

    ``overrides`` are the entries that were set by hand, ``hash`` identifies all values together;
    ``place`` is whose tables go with them.
    """

    values: Mapping[str, Value]
    overrides: Mapping[str, Value]
    hash: str
    place: Place

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
        return _arrived, (*plain, self.hash, self.place)

    def under(self, prefix: str) -> dict[str, Any]:
        """Return what lies below ``prefix``, by the rest of the path."""
        start = prefix + "."
        below = [path for path in self.values if path.startswith(start)]
        found = {path[len(start) :]: self.values[path] for path in below}
        if not found:
            raise ParameterError(_unknown(prefix))
        return found


def _arrived(
    values: dict[str, Any], overrides: dict[str, Any], name: str, place: Place
) -> Parameters:
    """Make parameters from plain dictionaries, read-only again."""
    frozen = [
        MappingProxyType(
            {p: MappingProxyType(v) if isinstance(v, dict) else v for p, v in d.items()}
        )
        for d in (values, overrides)
    ]
    return Parameters(frozen[0], frozen[1], name, place)


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


def uncertain_paths(place: Place | None = None) -> list[str]:
    """Return the paths that have an uncertainty of their own at a place, sorted."""
    entries = load_evidence(place).entries.values()
    return sorted(e.path for e in entries if e.distribution and not e.drawn_with)


def central_parameters(
    overrides: Mapping[str, Value] = MappingProxyType({}), place: Place | None = None
) -> Parameters:
    """Return the central value of every entry, with ``overrides`` in place of some.

    Values and tables are those of ``place``, default the one of scenarios that name none.

    Raises
    ------
    ParameterError
        If an override's path is unknown or its value is not allowed.
    """
    return parameters_from_quantiles({}, overrides, place)


def parameters_from_quantiles(
    quantiles: Mapping[str, float], overrides: Mapping[str, Value] = MappingProxyType({}),
    place: Place | None = None,
) -> Parameters:  # fmt: skip
    """Return parameters with the named entries at quantiles of their uncertainty.

    Parameters
    ----------
    quantiles
        Path to u in (0, 1); entries not named keep their central value, and entries drawn with
        a named one follow it.
    overrides
        Path to value; wins over a quantile.
    place
        Whose values and tables; default the one of scenarios that name none.

    Of an entry that is 1 less others these leave what is allowed at every quantile: see
    :func:`abm.evidence.remainders.kept_whole`.

    Raises
    ------
    ParameterError
        If a path is unknown, has no uncertainty of its own, or an override is not allowed.
    """
    place = bundled_place() if place is None else place
    evidence = load_evidence(place)
    entries = evidence.entries
    for path in quantiles:
        if path not in entries:
            raise ParameterError(_unknown(path))
        if entries[path].distribution is None or entries[path].drawn_with:
            raise ParameterError(f"{path} has no uncertainty of its own")
    checked = {path: checked_value(path, value, place) for path, value in overrides.items()}
    centre = {path: checked.get(path, entry.value) for path, entry in entries.items()}
    values = dict(centre)
    for path, entry in entries.items():
        u = quantiles.get(entry.drawn_with or path)
        if u is not None and path not in checked:
            values[path] = entry.at_quantile(u)
    values = _with_remainders(values, centre, evidence)
    return Parameters(MappingProxyType(values), MappingProxyType(checked), _hash(values), place)


def draw_parameters(
    draw: int, seed: int, overrides: Mapping[str, Value] = MappingProxyType({}),
    place: Place | None = None,
) -> Parameters:  # fmt: skip
    """Return draw number ``draw`` of all uncertain entries; draw -1 holds the central values.

    Each entry's quantile is a hash of seed, path and draw: it depends neither on how many draws
    are made nor on which other entries exist.
    """
    if draw < 0:
        return central_parameters(overrides, place)
    return parameters_from_quantiles(
        {path: addressed_uniform(seed, path, draw) for path in uncertain_paths(place)}, overrides,
        place,
    )  # fmt: skip


def addressed_uniform(seed: int, path: str, draw: int) -> float:
    """Return the uniform number in (0, 1) that belongs to this seed, path and draw."""
    digest = hashlib.blake2b(f"{seed}/{path}/{draw}".encode(), digest_size=8).digest()
    return ((int.from_bytes(digest, "big") >> 12) + 0.5) / 2**52


def checked_value(path: str, value: Any, place: Place | None = None) -> Value:
    """Return ``value`` in the form of entry ``path``, refusing what the entry does not allow.

    A single number for a table over age holds at every age.
    """
    entry = load_evidence(place).entries.get(path)
    if entry is None:
        raise ParameterError(_unknown(path))
    if told := set_by(entry):
        raise ParameterError(f"{path} {told}")
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


def _with_remainders(
    values: Mapping[str, Value], centre: Mapping[str, Value], evidence: Evidence
) -> dict[str, Value]:
    """Return values in which each entry that is 1 less others is so, within its range."""
    entries = [entry for entry in evidence.entries.values() if entry.remainder_of]
    for entry in entries:
        left = left_for(entry, centre)
        if told := refused(entry, left, left):
            raise ParameterError(f"{entry.remainder_of[0]} {told}")
    kept = kept_whole(values, centre, entries)
    for entry in entries:
        left = round(left_for(entry, kept), 12) + 0.0  # no -0.0
        kept[entry.path] = min(max(left, entry.minimum), entry.maximum)
    return kept


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
    known = general_evidence().fields
    if gone := renamed(path, known):
        return f"{path} {gone}"
    if told := renamed_elsewhere(path):
        return f"unknown parameter {path!r}: {told}"
    nearest = get_close_matches(path, known, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"unknown parameter {path!r}{hint}"
