"""The entries of the evidence: each model parameter with its uncertainty, source and grade.

They stand in ``abm/evidence/*.yaml``; what a file of them may hold is said in its README. An entry
without a value there is a place's own: its number, source and grade stand in each place.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from abm.evidence.distributions import DISTRIBUTIONS, quantile
from abm.evidence.place import ENTRY_FIELDS, Place, bundled_place, own_entries
from abm.evidence.reader import EVIDENCE_FOLDER, read_tree

Value = float | Mapping[float, float]

GROUPS = ("policy", "behaviour", "inflammation", "disease", "mortality", "economics")
GRADES = ("measured", "derived", "recalled", "assumed")
UNCHECKED = ("recalled", "assumed")  # no source was read: reports and the ledger list them
TABLE_UNCERTAINTIES = ("factor", "exponent")

_UNCERTAINTY = re.compile(r"^(?:(factor|exponent) )?(\w+), (\S+) to (\S+)$")
_RANGE = re.compile(r"^(\S+) to (\S+)$")
_REQUIRED = ("value", "unit", "source", "where", "grade", "description")
_OPTIONAL = (
    "uncertainty", "allowed", "group", "drawn_with", "remainder_of", "price_year", "label",
)  # fmt: skip
# Of places that know no costs: money is left out of their tables, and nothing shows these.
PRICE_INDEX = "economics.price_index"
COSTS = ("economics.cost_", "economics.social_care_", PRICE_INDEX)
NO_COST: Mapping[str, Any] = MappingProxyType(
    {"value": 0.0, "source": (), "where": "the place gives no costs", "grade": "assumed"}
)
# A year, or a financial one that ends with the last two digits of the next: 2023/24, 1999/00.
PRICE_YEAR = r"\d{4}|" + "|".join(
    rf"\d\d{year:02}/{(year + 1) % 100:02}" for year in range(100)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One model parameter, or one table of numbers over age, with where it comes from.

    ``low`` and ``high`` are the 95 % interval (the ends for triangular and uniform). For a table
    they belong to one shared multiplier (``table_uncertainty`` "factor") or power ("exponent",
    which scales the logarithm of every hazard ratio alike) with median 1. An entry that is
    ``drawn_with`` another uses the other's quantile; one that is ``remainder_of`` others is 1
    less their sum. ``price_year`` is the calendar or financial year of a cost, such as "2020" or
    "2010/11"; "" where the number is no cost. ``label`` names the entry in a sentence or a figure.
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
    label: str = ""

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
    """All entries by path as a place has them, and a hash of every file that feeds the model."""

    entries: Mapping[str, Entry]
    hash: str


@dataclass(frozen=True, slots=True)
class General:
    """What holds everywhere: the fields of each entry by path, its file, and a hash of the files.

    An entry without ``value`` among its fields is a place's own.
    """

    fields: Mapping[str, dict[str, Any]]
    files: Mapping[str, str]
    hash: str

    @property
    def of_places(self) -> list[str]:
        """Return the paths whose values only a place gives."""
        return [path for path, leaf in self.fields.items() if "value" not in leaf]


def load_evidence(place: Place | None = None) -> Evidence:
    """Return all entries as a place has them, read once per process and place.

    Parameters
    ----------
    place
        Default the one that scenarios take if they name none.

    Raises
    ------
    ValueError
        If an entry is malformed, or the place leaves out one that only a place can give; the
        message names file and path.
    """
    return _evidence_of(bundled_place() if place is None else place)


@cache
def general_evidence() -> General:
    """Read the evidence folder: what is known of each entry, its value where it holds everywhere.

    Raises
    ------
    ValueError
        If a file is malformed or a path stands in two.
    """
    leaves: dict[str, dict[str, Any]] = {}
    files: dict[str, str] = {}
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(EVIDENCE_FOLDER.iterdir()):
        if file.suffix in (".yaml", ".csv"):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        if file.suffix == ".yaml":
            tree = read_tree(file)
            group = tree.pop("group", None)
            for path, leaf in _leaves(tree, ()):
                if path in leaves:
                    raise ValueError(f"{file.name}: {path} is already in another file")
                leaves[path], files[path] = {"group": group, **leaf}, file.name
    return General(MappingProxyType(leaves), MappingProxyType(files), digest.hexdigest())


@cache
def _evidence_of(place: Place) -> Evidence:
    general = general_evidence()
    own = own_entries(place, list(general.fields))
    entries = {}
    for path, leaf in general.fields.items():
        if path in own:
            leaf = {k: v for k, v in leaf.items() if k not in ENTRY_FIELDS} | own[path]
        elif "value" not in leaf and is_cost(path):
            leaf = {**leaf, **NO_COST}
        elif "value" not in leaf:
            raise ValueError(f"{place.shown}: gives no value for {path}, which is a place's own")
        if is_cost(path) and "price_year" not in leaf and path in own:
            leaf = leaf | ({} if path == PRICE_INDEX else {"price_year": place.price_year})
        unit = str(leaf["unit"]).replace("CURRENCY", place.currency)
        leaf = leaf | {"unit": unit.replace("PRICE_YEAR", place.price_year)}
        entries[path] = _entry(general.files[path], path, leaf)
    _check_links(entries)
    digest = hashlib.blake2b((general.hash + place.digest).encode(), digest_size=16)
    return Evidence(MappingProxyType(entries), digest.hexdigest())


def is_cost(path: str) -> bool:
    """Return whether an entry is a cost of care, or brings one to the prices of a year.

    A place gives all of them or none.
    """
    return path.startswith(COSTS)


@cache
def has_costs(place: Place) -> bool:
    """Return whether a place says what care costs."""
    return any(is_cost(path) for path in own_entries(place, list(general_evidence().fields)))


def _leaves(tree: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping that has a ``unit``, with its path."""
    for key, below in tree.items():
        path = (*above, key)
        if isinstance(below, dict) and "unit" in below:
            yield ".".join(path), below
        elif isinstance(below, dict):
            yield from _leaves(below, path)
        else:
            raise ValueError(f"{'.'.join(path)}: expected an entry, found {below!r}")


def _entry(file: str, path: str, leaf: dict[str, Any]) -> Entry:
    """Make an entry from its mapping, refusing what is unknown or missing."""
    where = f"{file}: {path}"
    _check_keys(where, leaf)
    kind, distribution, low, high = uncertainty_of(where, leaf.get("uncertainty"))
    try:
        minimum, maximum = limits_of(leaf)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
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
        minimum=minimum,
        maximum=maximum,
        source=tuple(leaf["source"]),
        where=str(leaf["where"]),
        grade=leaf["grade"],
        description=leaf["description"],
        group=leaf["group"],
        table_uncertainty=kind,
        drawn_with=leaf.get("drawn_with"),
        remainder_of=tuple(leaf.get("remainder_of", ())),
        price_year=_price_year(where, leaf.get("price_year", "")),
        label=leaf.get("label", within_a_sentence(leaf["description"])),
    )


def within_a_sentence(text: str) -> str:
    """Return a text without its first capital, unless it begins with an abbreviation.

    Examples
    --------
    >>> within_a_sentence("Rise of ln IL-6 with age"), within_a_sentence("IL-1ra fold")
    ('rise of ln IL-6 with age', 'IL-1ra fold')
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def limits_of(leaf: Mapping[str, Any]) -> tuple[float, float]:
    """Return the range of an entry; ValueError if its field cannot be read."""
    limits = _RANGE.match(leaf.get("allowed", "-inf to inf"))
    if limits is None:
        raise ValueError("allowed must read 'MINIMUM to MAXIMUM'")
    return float(limits[1]), float(limits[2])


def _price_year(where: str, given: float | str) -> str:
    """Read the year of a cost's money."""
    text = f"{given:g}" if isinstance(given, float) else given
    if text and not re.fullmatch(PRICE_YEAR, text):
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


def uncertainty_of(
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
