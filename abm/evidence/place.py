"""A place: the tables, values and words of a country or city, as its folder gives them.

A folder holds ``place.yaml`` and tables (CSV). Bundled ones stand in ``abm/places`` and are read
here quickly; a folder of a user is checked line by line first (:mod:`abm.scenario.place_file`).
Whichever way a place came, it is known by a digest of all that its folder says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from abm.evidence.reader import read_table, read_tree, references_in

BUNDLED_FOLDER = Path(__file__).parents[1] / "places"
DEFAULT_PLACE = "uk"
YAML_FILE, REFERENCES_FILE = "place.yaml", "references.bib"
# What place.yaml calls its tables, and the columns of each; units stand in the names.
TABLES: Mapping[str, tuple[str, ...]] = {
    "population": ("age", "sex", "population", "deaths_per_person_year"),
    "disease_rates": (
        "condition", "sex", "age", "incidence_per_person_year", "prevalence_share",
        "excess_mortality_per_case_year",
    ),
    "causes_of_death": ("cause", "sex", "age", "share_of_deaths"),
}  # fmt: skip
OPTIONAL_TABLES = ("causes_of_death",)
# What a place says of an entry of the evidence; all else about the entry holds everywhere.
ENTRY_FIELDS = ("value", "uncertainty", "source", "where", "grade", "price_year")
DISCOUNT_RATES = ("costs", "health")
DISCOUNT_ENTRIES = ("economics.discount_rate.costs", "economics.discount_rate.health")
THRESHOLD_ENTRY = "economics.willingness_to_pay"
Columns = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class TableSource:
    """Where a table is from, on what terms, of which date, and what else is to be known of it."""

    source: str
    licence: str
    date: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Place:
    """What the program knows of a place; two are equal if their folders say the same.

    ``name`` is that of a bundled place or the path of a folder, ``called`` a short name of its own
    and ``title`` what reports print.
    ``parameters`` hold values of evidence entries, nested or by path, alone or with the other
    :data:`ENTRY_FIELDS`; those that an entry leaves out come from ``parameter_source``.
    ``first_age`` says from which age on there are cases of conditions that set in late, and
    ``solved_incidence`` names those whose incidence is 0 in the table because prevalence and
    deaths give it. ``words`` are for reports. ``synthetic`` places are made up.
    """

    name: str
    called: str
    title: str
    year: int
    currency: str
    price_year: str
    thresholds: tuple[int, ...]
    deprivation: tuple[str, ...]
    sources: Mapping[str, TableSource]
    parameter_source: Mapping[str, Any]
    parameters: Mapping[str, Any]
    words: Mapping[str, Any]
    first_age: Mapping[str, int]
    solved_incidence: tuple[str, ...]
    synthetic: bool
    tables: Mapping[str, Columns]
    references: Mapping[str, Mapping[str, str]]
    digest: str
    bundled: bool

    def __eq__(self, other: object) -> bool:
        """Compare what the folders say."""
        return isinstance(other, Place) and other.digest == self.digest

    def __hash__(self) -> int:
        """Follow equality."""
        return hash(self.digest)

    @property
    def shown(self) -> str:
        """Return the name as a reader knows it, without the folders of a machine.

        No place of one's own is shown as a bundled one, whatever it calls itself.
        """
        if self.bundled:
            return self.name
        return f"own_{self.called}" if self.is_namesake else self.called

    @property
    def is_namesake(self) -> bool:
        """Return whether a place of one's own calls itself as a bundled one is called."""
        return not self.bundled and self.called in bundled_places()


def bundled_places() -> list[str]:
    """Return the names of the bundled places in alphabetical order."""
    return sorted(path.parent.name for path in BUNDLED_FOLDER.glob(f"*/{YAML_FILE}"))


@cache
def bundled_place(name: str = DEFAULT_PLACE) -> Place:
    """Return a bundled place, read once per process.

    Raises
    ------
    ValueError
        If its files are not of the plain part of YAML and CSV that is read quickly.
    """
    folder = BUNDLED_FOLDER / name
    contents = {path.name: path.read_bytes() for path in files_of(folder)}
    tree = read_tree(folder / YAML_FILE)
    tables = {
        table: read_table(contents[f"{table}.csv"].decode("utf-8"))
        for table in TABLES
        if f"{table}.csv" in contents
    }
    return place_of(tree, contents, tables, name, bundled=True)


def files_of(folder: Path) -> list[Path]:
    """Return the files of a place's folder that are read, in a fixed order; those that exist."""
    names = [YAML_FILE, *(f"{table}.csv" for table in TABLES), REFERENCES_FILE]
    return [folder / name for name in names if (folder / name).is_file()]


def digest_of_files(contents: Mapping[str, bytes]) -> str:
    """Return what names all that a folder says: a digest of its files."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + contents[name] + b"\0")
    return digest.hexdigest()


def place_of(
    tree: Mapping[str, Any], contents: Mapping[str, bytes], tables: Mapping[str, Columns],
    name: str, bundled: bool,
) -> Place:  # fmt: skip
    """Return the place that checked files say.

    Parameters
    ----------
    tree
        ``place.yaml`` as plain values.
    contents
        The files by their names.
    tables
        What the tables among them hold.
    name
        Of the bundled place, or the path of the folder.
    bundled
        Whether it comes with the program.
    """
    bibliography = contents.get(REFERENCES_FILE, b"").decode("utf-8-sig")
    thresholds = tree["thresholds"]
    numbers = thresholds["value"] if isinstance(thresholds, Mapping) else thresholds
    return Place(
        name=name,
        called=str(tree["name"]),
        title=str(tree["title"]),
        year=int(tree["year"]),
        currency=str(tree["currency"]),
        price_year=as_year(tree["price_year"]),
        thresholds=tuple(int(each) for each in numbers),
        deprivation=tuple(str(tree["deprivation"][str(fifth)]) for fifth in range(1, 6)),
        sources={table: _source(each) for table, each in tree["tables"].items()},
        parameter_source=_of_entry(tree.get("parameter_source", {})),
        parameters={
            **tree.get("parameters", {}),
            **_discounting(tree["discount_rate"]),
            THRESHOLD_ENTRY: _first(thresholds),
        },
        words=tree.get("words", {}),
        first_age={each: int(age) for each, age in tree.get("first_age", {}).items()},
        solved_incidence=tuple(tree.get("solved_incidence", ())),
        synthetic=bool(tree.get("synthetic", False)),
        tables=tables,
        references=references_in(bibliography),
        digest=digest_of_files(contents),
        bundled=bundled,
    )


def as_year(given: Any) -> str:
    """Return a calendar or financial year as text: 2020 or 2023/24."""
    return f"{given:g}" if isinstance(given, float | int) else str(given)


def _source(given: Mapping[str, Any]) -> TableSource:
    return TableSource(
        str(given["source"]), str(given["licence"]), as_year(given["date"]),
        str(given.get("note", "")),
    )  # fmt: skip


def _of_entry(given: Any) -> dict[str, Any]:
    """Return the fields of an entry; a bare value stands for the first."""
    found = dict(given) if isinstance(given, Mapping) else {"value": given}
    if isinstance(found.get("source"), str):
        found["source"] = [found["source"]]
    return found


def _discounting(given: Any) -> dict[str, Any]:
    """Return the two discount rates by their entries; one number stands for both."""
    both = isinstance(given, Mapping) and set(DISCOUNT_RATES) <= set(given)
    return {
        path: given[name] if both else given
        for name, path in zip(DISCOUNT_RATES, DISCOUNT_ENTRIES, strict=True)
    }


def _first(thresholds: Any) -> Any:
    """Return the entry of the threshold that is used where one is: the first."""
    if isinstance(thresholds, Mapping):
        return {**thresholds, "value": thresholds["value"][0]}
    return thresholds[0]


def own_entries(place: Place, known: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what a place says of evidence entries, by path: :data:`ENTRY_FIELDS` of each.

    ``known`` are the paths of all entries; the values of a place stand nested or by path.
    """
    found: dict[str, dict[str, Any]] = {}
    _take(place.parameters, "", set(known), found)
    usual = {"where": "given by the place", **place.parameter_source}
    return {path: {**usual, **_of_entry(own)} for path, own in found.items()}


def _take(tree: Mapping[str, Any], above: str, known: set[str], found: dict[str, Any]) -> None:
    for name, below in tree.items():
        path = f"{above}.{name}" if above else str(name)
        if path in known:
            table = isinstance(below, Mapping) and not isinstance(next(iter(below), ""), str)
            found[path] = {"value": below} if table else below
        elif isinstance(below, Mapping):
            _take(below, path, known, found)
        else:
            raise ValueError(f"{path}: is no entry of the evidence")
